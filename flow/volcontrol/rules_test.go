package volcontrol

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// drawCorrelations draws a correlation matrix from loadings on two factors, so that it is positive
// semidefinite, with no correlation beyond 0.95.
func drawCorrelations(r *rapid.T, n int) (rho [classes][classes]float64) {
	var load [classes][2]float64
	for i := range n {
		angle := rapid.Float64Range(0, 2*math.Pi).Draw(r, "angle")
		size := rapid.Float64Range(0, 0.97).Draw(r, "loading")
		load[i] = [2]float64{size * math.Cos(angle), size * math.Sin(angle)}
	}
	for i := range n {
		rho[i][i] = 1
		for j := range i {
			c := load[i][0]*load[j][0] + load[i][1]*load[j][1]
			rho[i][j], rho[j][i] = c, c
		}
	}
	return rho
}

func TestEveryMarketContributesTheSameRisk(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(1, classes).Draw(r, "markets")
		b := rapid.Float64Range(0.05, 1).Draw(r, "budget")
		rho := drawCorrelations(r, n)
		var y [classes]float64
		equalise(&y, n, &rho, b)
		for i := range n {
			c := 0.0
			for j := range n {
				c += y[i] * rho[i][j] * y[j]
			}
			if !(math.Abs(c-b) <= 1e-9*b) || !(y[i] > 0) {
				r.Fatalf("market %d of %v contributes %v, budget %v", i, y, c, b)
			}
		}
	})
}

func TestEqualRiskInClosedForm(t *testing.T) {
	// Two markets: y = 1/√(2(1+ρ)) each, whatever their volatilities (Maillard, Roncalli and Teiletche
	// 2010, section 2.2). Three with one correlation: y = 1/√(3(1+2ρ)).
	for _, c := range []float64{-0.4, 0, 0.3, 0.9} {
		rho := [classes][classes]float64{{1, c, c}, {c, 1, c}, {c, c, 1}}
		for n, want := range map[int]float64{1: 1, 2: 1 / math.Sqrt(2*(1+c)), 3: 1 / math.Sqrt(3*(1+2*c))} {
			var y [classes]float64
			equalise(&y, n, &rho, 1/float64(n))
			for i := range n {
				if !(math.Abs(y[i]-want) <= 1e-9) {
					t.Errorf("%d markets with correlation %v: %v, want %v", n, c, y[i], want)
				}
			}
		}
	}
}

func TestWhatIsNoCorrelationMatrixStillGivesFinitePositiveExposures(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		var rho [classes][classes]float64
		for i := range classes {
			rho[i][i] = 1
			for j := range i {
				rho[i][j] = rapid.Float64Range(-most, most).Draw(r, "correlation")
				rho[j][i] = rho[i][j]
			}
		}
		var y [classes]float64
		equalise(&y, classes, &rho, 1.0/classes)
		for _, v := range y {
			if !(v > 0) || math.IsInf(v, 0) {
				r.Fatalf("%v from %v", y, rho)
			}
		}
	})
}

func TestTheRecursionOfVarianceIsItsDefinition(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(40, 200).Draw(r, "returns")
		x := rapid.SliceOfN(rapid.Float64Range(-0.1, 0.1), n, n).Draw(r, "x")
		y := rapid.SliceOfN(rapid.Float64Range(-0.1, 0.1), n, n).Draw(r, "y")
		lambda := rapid.SampledFrom([]float64{0.9, 0.94, 0.97}).Draw(r, "decay")
		v := view{rows: make([]float64, width(2)), stride: 1, n: 2}
		seen := [classes]bool{true, true}
		for k := range n {
			a := max(1-lambda, 1/float64(k+1))
			v.learn(&[classes]float64{x[k], y[k]}, &seen, a, a)
		}
		// A plain mean of the first returns, as many as weigh 1−λ each, then weights (1−λ)·λ^age.
		first := int(1/(1-lambda) + 1e-9)
		define := func(a, b []float64) float64 {
			sum := 0.0
			for k := range first {
				sum += a[k] * b[k] / float64(first) * math.Pow(lambda, float64(n-first))
			}
			for k := first; k < n; k++ {
				sum += (1 - lambda) * math.Pow(lambda, float64(n-1-k)) * a[k] * b[k]
			}
			return sum
		}
		for what, pair := range map[string][2]float64{
			"variance":   {*v.leg(0, legLong), define(x, x)},
			"short":      {*v.leg(1, legShort), define(y, y)},
			"covariance": {*v.pair(0, 1), define(x, y)},
		} {
			if !(math.Abs(pair[0]-pair[1]) <= 1e-14) {
				r.Fatalf("%s is %v, by definition %v", what, pair[0], pair[1])
			}
		}
	})
}

func TestNothingIsLearnedOfAMarketThatIsNotSeen(t *testing.T) {
	v := view{rows: make([]float64, width(3)), stride: 1, n: 3}
	for i := range 3 {
		*v.leg(i, legShort), *v.leg(i, legLong) = 1e-4, 1e-4
	}
	*v.pair(0, 1), *v.pair(0, 2), *v.pair(1, 2) = -3e-5, 2e-5, 1e-5
	v.learn(&[classes]float64{0.05, 0.03, 0.03}, &[classes]bool{0: true}, 0.06, 0.03)
	correlation := func(i, j int) float64 {
		return *v.pair(i, j) / math.Sqrt(*v.leg(i, legLong)**v.leg(j, legLong))
	}
	if *v.leg(1, legLong) != 1e-4 || *v.leg(2, legShort) != 1e-4 {
		t.Errorf("a variance moved: %v", v.rows)
	}
	for _, c := range []struct {
		i, j int
		want float64
	}{{0, 1, -0.3}, {0, 2, 0.2}, {1, 2, 0.1}} {
		if got := correlation(c.i, c.j); !(math.Abs(got-c.want) <= 1e-12) {
			t.Errorf("correlation of %d and %d is %v, it was %v", c.i, c.j, got, c.want)
		}
	}
	if want := 1e-4 + 0.03*(0.0025-1e-4); !(math.Abs(*v.leg(0, legLong)-want) <= 1e-18) {
		t.Errorf("long variance of what was seen is %v, want %v", *v.leg(0, legLong), want)
	}
}

func TestTheAssetsOfAFundChangeByWhatItsPositionsGained(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		f := rules{name: Parity, budget: 1.0 / classes, target: 0.1, cap: 3, lag: 4, limit: 0.05, short: 0.94, long: 0.97, floor: 1e-6}
		v := view{rows: make([]float64, width(classes)), stride: 1, n: classes}
		*v.at(rowAssets) = 100
		var price [classes]float64
		seen := [classes]bool{true, true, true}
		cash := 100.0
		for i := range classes {
			price[i] = 50
			*v.leg(i, legMark) = 50
			*v.leg(i, legShort), *v.leg(i, legLong) = 1e-4, 1e-4
		}
		for range rapid.IntRange(1, 40).Draw(r, "sessions") {
			assets := *v.at(rowAssets)
			traded := 0.0
			last := price
			for i := range classes {
				price[i] *= math.Exp(rapid.Float64Range(-0.2, 0.2).Draw(r, "return"))
				units := *v.leg(i, legOrder)
				cash -= units * (last[i] + price[i]) / 2
				traded += math.Abs(units * last[i])
			}
			if !(traded <= f.limit*max(assets, 0)*(1+1e-12)) {
				r.Fatalf("orders of %v with assets of %v", traded, assets)
			}
			v.work(&price)
			var r, x [classes]float64
			for i := range classes {
				r[i] = math.Log(price[i] / last[i])
			}
			v.learn(&r, &seen, 1-f.short, 1-f.long)
			f.exposures(v, &x)
			f.decide(v, &x)
		}
		worth := cash
		for i := range classes {
			worth += *v.leg(i, legUnits) * price[i]
		}
		if !(math.Abs(worth-*v.at(rowAssets)) <= 1e-9*(100+math.Abs(worth))) {
			r.Fatalf("assets %v, but cash and positions are worth %v", *v.at(rowAssets), worth)
		}
	})
}

func TestTheSumOfExposuresStaysWithinTheCapAndIsFinite(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(1, classes).Draw(r, "markets")
		f := rules{budget: 1 / float64(n), target: rapid.Float64Range(0.02, 0.4).Draw(r, "target"), cap: rapid.Float64Range(0.1, 3).Draw(r, "cap"), floor: 0.02 * 0.02 / year}
		v := view{rows: make([]float64, width(n)), stride: 1, n: n}
		for k := range v.rows {
			v.rows[k] = rapid.SampledFrom([]float64{0, 1e-300, 1e-12, 1e-6, 1e-4, 1e-2, 1}).Draw(r, "row")
		}
		var x [classes]float64
		f.exposures(v, &x)
		sum := 0.0
		for i := range n {
			if !(x[i] > 0) {
				r.Fatalf("exposures %v", x)
			}
			sum += x[i]
		}
		if !(sum <= f.cap*(1+1e-12)) {
			r.Fatalf("exposures %v above the cap of %v", x, f.cap)
		}
	})
}
