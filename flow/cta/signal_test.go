package cta

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// mixed is parameters of short speeds with every kind of signal.
func mixed(weight [kinds]float64) *params {
	p := &params{
		span: [speeds]float64{12, 30, 60}, squash: 0.4, volSpan: 20, volFloor: 0.05, adjust: 0.2,
		mix: blend{weight: weight, fast: 0.25, momentumWindow: 0.5, breakoutWindow: 1, momentumSquash: 0.7, breakoutSquash: 0.5},
	}
	p.prepare()
	return p
}

// Each kind against its definition, computed from the whole past at once.
func TestEachKindOfSignalIsItsDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(150, 400).Draw(t, "sessions")
		seed := rapid.Uint64().Draw(t, "seed")
		kind := rapid.IntRange(0, kinds-1).Draw(t, "kind")
		var weight [kinds]float64
		weight[kind] = 2 // weights count over their sum
		p := mixed(weight)
		f := start()
		x := []float64{1}
		for i := range n {
			g := math.Exp(0.001 + 0.01*normal(seed, uint64(i)))
			f.step(p, g)
			x = append(x, x[len(x)-1]*g)
		}
		now, v := x[n], 1/f.vol(p)
		average := func(span float64) float64 {
			sum, all, w := 0.0, 0.0, 1.0
			for i := n; i >= 0; i-- {
				sum, all = sum+w*x[i], all+w
				w *= 1 - 2/(span+1)
			}
			return sum / all
		}
		for k, span := range p.span {
			q := (span - 1) / (span + 1)
			spread := math.Sqrt(q*q/(1-q*q)) / v * p.squash
			var want float64
			switch kind {
			case kindPrice:
				want = (1 - average(span)/now) / spread
			case kindCrossover:
				want = (average(span/4) - average(span)) / now / spread
			case kindMomentum:
				m := int(math.Round(span / 2))
				want = (1 - x[n-m]/now) * v / math.Sqrt(float64(m)) / 0.7
			case kindBreakout:
				low, high := math.Inf(1), math.Inf(-1)
				for _, y := range x[n+1-int(span):] {
					low, high = min(low, y), max(high, y)
				}
				want = (now - (low+high)/2) / ((high - low) / 2) / 0.5
			}
			// Averages over 400 sessions lose a few units in the sixteenth place, and distances from them some more.
			if got := f.signal(p, k); !(math.Abs(got-math.Tanh(want)) < 1e-11) {
				t.Errorf("%s, %s: %v, want %v", kindNames[kind], SpeedNames[k], got, math.Tanh(want))
			}
		}
	})
}

// A memory that is copied and goes on apart tells the past of its own copy.
func TestCopiesOfAMemoryDoNotSeeEachOther(t *testing.T) {
	var m memory
	for range 70 {
		m.add(1.01, 40)
	}
	a, b := m, m
	for range 40 {
		a.add(1.5, 40)
		b.add(0.5, 40)
	}
	for lag := range 40 {
		if !(math.Abs(a.at(lag)/a.at(lag+1)-1.5) < 1e-12) || !(math.Abs(b.at(lag)/b.at(lag+1)-0.5) < 1e-12) {
			t.Fatalf("%d sessions ago: %v and %v", lag, a.at(lag), b.at(lag))
		}
	}
	if m.size() < 40 || !(math.Abs(m.at(0)/m.at(39)-math.Pow(1.01, 39)) < 1e-12) {
		t.Error("the memory that was copied has changed")
	}
}

func TestNothingIsTradedWithinTheBuffer(t *testing.T) {
	p := mixed([kinds]float64{kindPrice: 1})
	p.buffer = 0.1
	s := &snapshot{filter: start(), bars: 1, close: 1}
	for i := range 200 {
		s.step(p, math.Exp(0.002+0.01*normal(5, uint64(i))))
	}
	s.bars = 500
	to := s.targets(p)
	full := perYear / s.vol(p)
	total := func(x [speeds]float64) float64 { return x[0] + x[1] + x[2] }
	for _, x := range []struct{ gap, want float64 }{
		{0.05 * full, 0}, {-0.0999 * full, 0}, {0.3 * full, p.adjust * 0.2 * full}, {-0.3 * full, -p.adjust * 0.2 * full},
	} {
		s.held = to
		s.held[0] -= x.gap
		if got := total(s.orders(p)); !(math.Abs(got-x.want) < 1e-12*full) {
			t.Errorf("a gap of %v of the full position trades %v, want %v", x.gap/full, got, x.want)
		}
	}
}
