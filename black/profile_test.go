package black

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestProfilesAreSumsOfGreeks(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	for _, n := range []int{0, 1, 7, 255, 256, 257, 700} {
		b := randomBook(rng, n, 0)
		if n > 2 {
			b.years[n/2], b.vol[n/3] = 0, 0 // Expired, and without volatility.
		}
		// More points than a block, in no order.
		x := make([]float64, 300)
		for j := range x {
			x[j] = math.Exp(0.3 * rng.NormFloat64())
		}
		gamma, delta, all := make([]float64, len(x)), make([]float64, len(x)), newColumns(len(x))
		GammaProfile(gamma, x, b.weight, b.forward, b.strike, b.years, b.vol)
		DeltaProfile(delta, x, b.r, b.weight, b.forward, b.strike, b.years, b.vol)
		GreekProfile(all, x, b.r, b.weight, b.forward, b.strike, b.years, b.vol)
		for j := range x {
			var want, size [5]float64
			for i := range n {
				forward := b.forward[i] * x[j]
				g := GreeksOf(b.r[i], forward, b.strike[i], b.years[i], b.vol[i])
				s := b.vol[i] * math.Sqrt(b.years[i])
				d1 := 1e3
				if s > 0 {
					d1 = math.Log(forward/b.strike[i])/s + s/2
				}
				// forward·x rounds, and ln(x)/s is added to d1 at x = 1: roundings of the sizes
				// of |ln x|/s and |d1|, times d1 and the greek.
				bend := 16 + 4*(1+math.Abs(d1))*(1+math.Abs(d1)+math.Abs(math.Log(x[j]))/max(s, 1e-12))
				for k, v := range []float64{g.Delta, g.Gamma, g.Vega, g.Vanna, g.Charm} {
					if math.IsInf(v, 0) {
						t.Fatalf("contract %d is exactly at the money at x=%g", i, x[j])
					}
					want[k] += b.weight[i] * v
					size[k] += math.Abs(b.weight[i]*v) * bend
				}
				// Delta's own error is of the size of the density, vanna's and charm's of d2's scale.
				bell := math.Abs(b.weight[i]) * NormPDF(d1) * bend
				size[0] += bell
				size[3] += bell * (1 + s) / max(b.vol[i], 1e-12)
				size[4] += bell * (1 + s) / max(b.years[i], 1e-12)
			}
			for k, got := range []float64{all.Delta[j], all.Gamma[j], all.Vega[j], all.Vanna[j], all.Charm[j]} {
				if !(math.Abs(got-want[k]) <= epsilon*(size[k]+float64(n)*math.Abs(size[k]))) {
					t.Errorf("greek %d of %d contracts at x=%g: %g, want %g", k, n, x[j], got, want[k])
				}
			}
			if !sameBits(gamma[j], all.Gamma[j]) || !sameBits(delta[j], all.Delta[j]) {
				t.Errorf("x=%g: gamma %x and delta %x alone, %x and %x together", x[j], gamma[j], delta[j], all.Gamma[j], all.Delta[j])
			}
		}
	}
}

func TestProfilePointsDoNotDependOnTheRestOfTheGrid(t *testing.T) {
	rng := rand.New(rand.NewPCG(13, 14))
	b := randomBook(rng, 300, 0)
	x := syntheticGrid()
	whole := make([]float64, len(x))
	GammaProfile(whole, x, b.weight, b.forward, b.strike, b.years, b.vol)
	for j := range x {
		var alone [1]float64
		GammaProfile(alone[:], x[j:], b.weight, b.forward, b.strike, b.years, b.vol)
		if alone[0] != whole[j] {
			t.Fatalf("x=%g: %x alone, %x in the grid", x[j], alone[0], whole[j])
		}
	}
}

func TestExpiredContractsHaveDeltaAndNoGamma(t *testing.T) {
	x := []float64{0.9, 1, 1.1}
	weight, forward, strike, years, vol := []float64{2}, []float64{100}, []float64{100}, []float64{0}, []float64{0.2}
	gamma, delta := make([]float64, 3), make([]float64, 3)
	GammaProfile(gamma, x, weight, forward, strike, years, vol)
	if gamma[0] != 0 || gamma[1] != 0 || gamma[2] != 0 {
		t.Errorf("gamma %v, want none", gamma)
	}
	for r, want := range map[Right][3]float64{Call: {0, 1, 2}, Put: {-2, -1, 0}} {
		DeltaProfile(delta, x, []Right{r}, weight, forward, strike, years, vol)
		if [3]float64(delta) != want {
			t.Errorf("right %d: delta %v, want %v", r, delta, want)
		}
	}
}

func TestProfileOfInvalidInputIsNaN(t *testing.T) {
	x := []float64{1, -1, 0, math.NaN(), math.Inf(1), 1.1}
	weight, forward, strike, years, vol := []float64{1, 1}, []float64{100, 100}, []float64{100, 90}, []float64{0.1, 0.2}, []float64{0.2, 0.3}
	right := []Right{Call, Put}
	gamma, delta := make([]float64, len(x)), make([]float64, len(x))
	GammaProfile(gamma, x, weight, forward, strike, years, vol)
	DeltaProfile(delta, x, right, weight, forward, strike, years, vol)
	for j := range x {
		bad := !(x[j] > 0 && x[j] < math.Inf(1))
		if math.IsNaN(gamma[j]) != bad || math.IsNaN(delta[j]) != bad {
			t.Errorf("x=%g: gamma %g, delta %g", x[j], gamma[j], delta[j])
		}
	}
	for _, spoil := range []func(){
		func() { weight[1] = math.NaN() },
		func() { weight[1], years[1] = 1, -0.1 },
		func() { years[1], forward[1] = 0.1, 0 },
		func() { forward[1], vol[1] = 100, math.NaN() },
	} {
		spoil()
		GammaProfile(gamma, x[:1], weight, forward, strike, years, vol)
		DeltaProfile(delta, x[:1], right, weight, forward, strike, years, vol)
		if !math.IsNaN(gamma[0]) || !math.IsNaN(delta[0]) {
			t.Errorf("weight %v forward %v years %v vol %v: gamma %g, delta %g; want NaN", weight, forward, years, vol, gamma[0], delta[0])
		}
	}
}

func TestBatchesAllocateNothing(t *testing.T) {
	rng := rand.New(rand.NewPCG(15, 16))
	b := randomBook(rng, 1003, 0.05)
	for i := range b.years {
		if !valid(b.r[i], b.forward[i], b.strike[i], b.years[i], b.vol[i]) {
			b.r[i], b.forward[i], b.strike[i], b.years[i], b.vol[i] = Call, 1, 1, 1, 1
		}
	}
	dst, status, columns, x := make([]float64, 1003), make([]Status, 1003), newColumns(1003), syntheticGrid()
	points := newColumns(gridSize)
	for name, f := range map[string]func(){
		"ImpliedVols":  func() { ImpliedVols(dst, status, b.r, b.price, b.forward, b.strike, b.years) },
		"GreeksBatch":  func() { GreeksBatch(columns, b.r, b.forward, b.strike, b.years, b.vol) },
		"GammaProfile": func() { GammaProfile(points.Gamma, x, b.weight, b.forward, b.strike, b.years, b.vol) },
		"DeltaProfile": func() { DeltaProfile(points.Delta, x, b.r, b.weight, b.forward, b.strike, b.years, b.vol) },
		"GreekProfile": func() { GreekProfile(points, x, b.r, b.weight, b.forward, b.strike, b.years, b.vol) },
	} {
		if n := testing.AllocsPerRun(5, f); n != 0 {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
}
