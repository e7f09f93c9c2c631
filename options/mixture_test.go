package options

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"faultline/black"
)

func drawMixture(r *rapid.T) mixture {
	x := make(mixture, rapid.IntRange(1, 6).Draw(r, "parts"))
	for i := range x {
		x[i] = part{
			weight: rapid.Float64Range(0.01, 1).Draw(r, "weight"),
			mean:   rapid.Float64Range(0.7, 1.3).Draw(r, "mean"),
			sd:     rapid.Float64Range(0.02, 0.6).Draw(r, "sd"),
		}
	}
	x.centre()
	return x
}

func TestOneLognormalLawHasOneVolatility(t *testing.T) {
	x := mixture{{weight: 1, mean: 1, sd: 0.2}}
	for k := -1.5; k <= 1; k += 0.05 {
		w, slope := x.variance(k)
		if !(math.Abs(math.Sqrt(w)/0.2-1) < 1e-7) || !(math.Abs(slope) < 1e-6) {
			t.Errorf("at %v: standard deviation %v, slope %v", k, math.Sqrt(w), slope)
		}
	}
}

func TestMixturePricesAreThoseOfItsParts(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		x := drawMixture(r)
		k := rapid.Float64Range(-1, 1).Draw(r, "k")
		right := black.Call
		if k < 0 {
			right = black.Put
		}
		want := 0.0
		for _, p := range x {
			want += p.weight * black.Price(right, p.mean, math.Exp(k), 1, p.sd)
		}
		got, slope := x.otm(k)
		if !(math.Abs(got-want) <= 1e-9*want+1e-15) {
			r.Fatalf("price %v, want %v", got, want)
		}
		const h = 1e-6
		if k-h > 0 || k+h < 0 {
			up, _ := x.otm(k + h)
			down, _ := x.otm(k - h)
			if !(math.Abs(slope-(up-down)/(2*h)) < 1e-6) {
				r.Fatalf("slope %v, want %v", slope, (up-down)/(2*h))
			}
		}
	})
}

func TestVarianceGivesThePriceBackAndItsSlopeIsItsDerivative(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		x := drawMixture(r)
		k := rapid.Float64Range(-1, 1).Draw(r, "k")
		w, slope := x.variance(k)
		right := black.Call
		if k < 0 {
			right = black.Put
		}
		price, _ := x.otm(k)
		if price < 1e-150 {
			return // there the volatility is carried on
		}
		if got := black.Price(right, 1, math.Exp(k), 1, math.Sqrt(w)); !(math.Abs(got/price-1) < 1e-9) {
			r.Fatalf("price %v, want %v", got, price)
		}
		const h = 1e-5
		if k-h > 0 || k+h < 0 {
			up, _ := x.variance(k + h)
			down, _ := x.variance(k - h)
			if d := (up - down) / (2 * h); !(math.Abs(slope-d) < 1e-4*(1+math.Abs(d))) {
				r.Fatalf("slope %v, want %v", slope, d)
			}
		}
	})
}

func TestTablesAgreeWithTheExactSurface(t *testing.T) {
	_, c := indexChain()
	b := prepare(t, c)
	for g, e := range b.Expiries {
		s := &b.surface[g]
		for i := e.First; i < e.End; i++ {
			k := math.Log(b.Strike[i] / e.Forward)
			exact := s.at(k)
			// A thousandth of the volatility, a fiftieth of a point, is far below what the quotes resolve.
			if got := s.table.at(k); !(math.Abs(math.Sqrt(got/exact)-1) < 1e-3) {
				t.Errorf("%s %v: volatility %v, exact %v", e.Date, b.Strike[i], math.Sqrt(got/e.Years), math.Sqrt(exact/e.Years))
			}
		}
	}
}

func TestStretchedLawKeepsVolatilityAtEqualDeviations(t *testing.T) {
	x := mixture{{weight: 0.9, mean: 1.005, sd: 0.03}, {weight: 0.1, mean: 0.95, sd: 0.06}}
	x.centre()
	y := x.stretched(2)
	for _, z := range []float64{-3, -1, 0, 1} {
		w, _ := x.variance(z * 0.03)
		v, _ := y.variance(z * 0.06)
		// Twice the spread is four times the variance; what is left is the convexity of the exponential.
		if !(math.Abs(v/(4*w)-1) < 0.02) {
			t.Errorf("at %v deviations: variance %v, want %v", z, v, 4*w)
		}
	}
}

func TestNonNegativeLeastSquaresIsAtItsOptimum(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(1, 12).Draw(r, "n")
		s := newNonNegativeLS(n)
		for range n + 2 {
			row := make([]float64, n)
			for j := range row {
				row[j] = rapid.Float64Range(-1, 1).Draw(r, "a")
			}
			addRow(s, row, rapid.Float64Range(-2, 2).Draw(r, "b"), 1)
		}
		for j := range n {
			s.q[j*n+j] += 1e-3
			for l := range j {
				s.q[l*n+j] = s.q[j*n+l]
			}
			s.x[j] = rapid.Float64Range(-1, 1).Draw(r, "guess")
		}
		if !s.solve() {
			r.Fatal("not solved")
		}
		// Karush, Kuhn and Tucker: no negative entry, no gradient on the positive ones, none below zero on
		// the others.
		for j := range n {
			g := -s.c[j]
			for l := range n {
				g += s.q[j*n+l] * s.x[l]
			}
			if s.x[j] < 0 || s.x[j] > 0 && !(math.Abs(g) < 1e-9) || !(g > -1e-9) {
				r.Fatalf("entry %d is %v with gradient %v", j, s.x[j], g)
			}
		}
	})
}
