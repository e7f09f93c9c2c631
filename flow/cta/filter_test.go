package cta

import (
	"errors"
	"math"
	"sort"
	"testing"

	"pgregory.net/rapid"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

var standard = func() params {
	p := params{
		span: [speeds]float64{42, 140, 420}, squash: 0.2, volSpan: 75, volFloor: 0.05, adjust: 0.135, atOpen: 0.25,
		risk: 1, together: 0.5, rough: 0.7, tapeSpan: 250,
	}
	p.prepare()
	return p
}()

// weighted is the average of the values with weights (1−α)^age, α = 2/(span+1), over their sum: the
// definition, written out.
func weighted(values []float64, span float64) float64 {
	sum, weights := 0.0, 0.0
	for i, v := range values {
		w := math.Pow(1-2/(span+1), float64(len(values)-1-i))
		sum += w * v
		weights += w
	}
	return sum / weights
}

func TestFilterIsTheWeightedAverageOfItsDefinition(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(2, 600).Draw(r, "closes")
		growth := rapid.SliceOfN(rapid.Float64Range(0.9, 1.1), n, n).Draw(r, "growth")
		p := standard
		p.span[0] = rapid.Float64Range(2, 500).Draw(r, "span")
		p.volSpan = rapid.Float64Range(2, 300).Draw(r, "volatility span")
		p.prepare()
		f := start()
		x := []float64{1}
		var squares []float64
		for _, g := range growth {
			f.step(&p, g)
			x = append(x, x[len(x)-1]*g)
			squares = append(squares, math.Log(g)*math.Log(g))
		}
		for k := range speeds {
			want := weighted(x, p.span[k]) / x[len(x)-1]
			if !(math.Abs(f.ratio[k]-want) <= 1e-9*want) {
				r.Fatalf("average over price is %v, by definition %v", f.ratio[k], want)
			}
		}
		if want := weighted(squares, p.volSpan); !(math.Abs(f.square-want) <= 1e-9*(want+1e-12)) {
			r.Fatalf("variance is %v, by definition %v", f.square, want)
		}
	})
}

func TestSignalIsOddBoundedAndRisesWithThePrice(t *testing.T) {
	f := start()
	for i := range 1000 {
		f.step(&standard, math.Exp(0.01*normal(1, uint64(i))))
	}
	for k := range speeds {
		last := -1.0
		for u := 1.5; u > 0.5; u -= 0.001 {
			f.ratio[k] = u
			s := f.signal(&standard, k)
			if !(s >= last-1e-15 && s >= -1 && s <= 1) {
				t.Fatalf("signal at average/price %v is %v after %v", u, s, last)
			}
			last = s
			f.ratio[k] = 2 - u
			if mirror := f.signal(&standard, k); !(math.Abs(mirror+s) <= 1e-12) {
				t.Fatalf("signals %v and %v at the same distance above and below", s, mirror)
			}
		}
	}
}

// The distance of a random walk from its average has the standard deviation by which the signal is
// scaled: over many days its mean square is σ²·q²/(1−q²), Σ q²ⁱ over the days in the average.
func TestSignalScaleIsThatOfARandomWalk(t *testing.T) {
	const sigma = 0.0001 // small, so that logarithms and ratios agree
	f := start()
	p := standard
	sum, n := 0.0, 0
	for i := range 400000 {
		f.step(&p, math.Exp(sigma*normal(3, uint64(i))))
		if i > 2000 {
			d := 1 - f.ratio[0]
			sum += d * d
			n++
		}
	}
	q := (p.span[0] - 1) / (p.span[0] + 1)
	want := sigma * math.Sqrt(q*q/(1-q*q))
	// About n/span independent distances: the standard error of the deviation is near 1 %.
	if got := math.Sqrt(sum / float64(n)); !(math.Abs(got/want-1) < 0.04) {
		t.Fatalf("the distance has deviation %v, the formula says %v", got, want)
	}
}

func TestAFlatPriceIsNeverHeldWithoutLimit(t *testing.T) {
	h := &history{instrument: "SPX"}
	for i := range 1200 {
		h.date = append(h.date, calendar.Date(10000+i))
		h.close = append(h.close, 100)
		h.growth = append(h.growth, 1)
		h.yearly = append(h.yearly, 0)
	}
	_, _, err := take(h, &standard)
	var a *evidence.Absent
	if !errors.As(err, &a) || a.Code != "no_volatility" {
		t.Fatalf("a flat series gives %v", err)
	}
	// One move in a thousand days: the floor bounds the position.
	h.close[600], h.growth[600] = 101, 1.01
	for i := 601; i < 1200; i++ {
		h.close[i] = 101
	}
	s, _, err := take(h, &standard)
	if err != nil {
		t.Fatal(err)
	}
	if limit := 1 / standard.volFloor; !(math.Abs(s.total()) <= limit*1.05) {
		t.Fatalf("position of %v for each dollar of risk, above %v", s.total(), limit)
	}
}

func TestPercentileRanksAgainstTheDaysThatWere(t *testing.T) {
	var values []float64
	for i := range rankSessions + 500 {
		values = append(values, normal(11, uint64(i)))
	}
	rank := quantiles(values)
	sorted := append([]float64(nil), values...)
	sort.Float64s(sorted)
	for _, x := range []float64{-5, -1.3, 0, 0.4, 2, 5} {
		below := float64(sort.SearchFloat64s(sorted, x)) / float64(len(sorted)) * 100
		if got := percentile(rank, x); !(math.Abs(got-below) <= 0.6) { // the quantiles stand 1 % apart
			t.Errorf("%v ranks at %v, %v %% of days were below", x, got, below)
		}
	}
	if got := percentile(quantiles(values[:rankSessions-1]), 0); !market.IsMissing(got) {
		t.Errorf("a rank among too few days is %v", got)
	}
}

func TestDuplicateDatesAreRefused(t *testing.T) {
	var b market.Book
	bars := &market.Bars{Instrument: "SPX", Interval: market.Day}
	for _, d := range []int64{20000, 20001, 20002} {
		bars.Append(d*86400, d*86400, 1, 1, 1, 100, 0, 1)
	}
	b.Add(market.Dataset{Bars: bars})
	s := b.AsOf(calendar.Date(20010).At(0, 0, calendar.NewYork()))
	got, err := s.Daily("SPX")
	if err != nil {
		t.Fatal(err)
	}
	got.Begin[2] = got.Begin[1] // no book gives such a State; a table made by hand may
	_, err = daily(s, spx())
	var a *evidence.Absent
	if !errors.As(err, &a) || a.Code != "duplicate_date" {
		t.Fatalf("two bars of one date give %v", err)
	}
}
