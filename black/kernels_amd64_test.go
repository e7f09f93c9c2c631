package black

import (
	"math"
	"math/rand/v2"
	"testing"
)

// each runs f once for every instruction set that this processor has, and always for the scalar code.
func each(t *testing.T, f func(t *testing.T)) {
	found := best
	defer func() { best = found }()
	for i, name := range []string{"scalar", "AVX2", "AVX-512"} {
		set := instructions(i)
		if set > found {
			t.Logf("this processor has no %s", name)
			continue
		}
		best = set
		t.Run(name, f)
	}
}

func TestImpliedVolsHaveTheBitsOfImpliedVol(t *testing.T) {
	each(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(1, 2))
		for n := range 600 {
			b := randomBook(rng, n, 0.1)
			dst, status := make([]float64, n), make([]Status, n)
			ImpliedVols(dst, status, b.r, b.price, b.forward, b.strike, b.years)
			for i := range n {
				want, err := ImpliedVol(b.r[i], b.price[i], b.forward[i], b.strike[i], b.years[i])
				if !sameBits(dst[i], want) || status[i] != statusOf(err) {
					t.Fatalf("contract %d of %d, right %d price %g forward %g strike %g years %g: batch %x status %d, single %x %v",
						i, n, b.r[i], b.price[i], b.forward[i], b.strike[i], b.years[i], dst[i], status[i], want, err)
				}
			}
		}
	})
}

func TestGreeksBatchHasTheBitsOfGreeksOf(t *testing.T) {
	each(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(3, 4))
		for n := range 600 {
			b := randomBook(rng, n, 0.1)
			dst := newColumns(n)
			GreeksBatch(dst, b.r, b.forward, b.strike, b.years, b.vol)
			for i := range n {
				g := GreeksOf(b.r[i], b.forward[i], b.strike[i], b.years[i], b.vol[i])
				if !sameBits(dst.Delta[i], g.Delta) || !sameBits(dst.Gamma[i], g.Gamma) || !sameBits(dst.Vega[i], g.Vega) ||
					!sameBits(dst.Vanna[i], g.Vanna) || !sameBits(dst.Charm[i], g.Charm) {
					t.Fatalf("contract %d of %d, right %d forward %g strike %g years %g vol %g: batch %g %g %g %g %g, single %+v",
						i, n, b.r[i], b.forward[i], b.strike[i], b.years[i], b.vol[i],
						dst.Delta[i], dst.Gamma[i], dst.Vega[i], dst.Vanna[i], dst.Charm[i], g)
				}
			}
		}
	})
}

func TestProfilesHaveTheSameBitsOnEveryInstructionSet(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	type result struct{ gamma, delta, all []float64 }
	for trial := range 60 {
		adverse := 0.02 * float64(trial%2)
		n, points := rng.IntN(700), rng.IntN(600)
		b := randomBook(rng, n, adverse)
		x := make([]float64, points)
		for j := range x {
			x[j] = math.Exp(0.2 * rng.NormFloat64())
			if rng.Float64() < adverse {
				x[j] = odd(rng)
			}
		}
		if trial%4 == 1 {
			// An invalid contract turns the whole profile into NaN; keep some profiles finite.
			for i := range n {
				if math.IsNaN(GreeksOf(b.r[i], b.forward[i], b.strike[i], b.years[i], b.vol[i]).Delta) {
					b.weight[i], b.r[i], b.forward[i], b.strike[i], b.years[i], b.vol[i] = 1, Call, 100, 110, 0, 0.2
				}
			}
		}
		var reference *result
		each(t, func(t *testing.T) {
			got := result{make([]float64, points), make([]float64, points), nil}
			GammaProfile(got.gamma, x, b.weight, b.forward, b.strike, b.years, b.vol)
			DeltaProfile(got.delta, x, b.r, b.weight, b.forward, b.strike, b.years, b.vol)
			columns := newColumns(points)
			GreekProfile(columns, x, b.r, b.weight, b.forward, b.strike, b.years, b.vol)
			for _, c := range [][]float64{columns.Delta, columns.Gamma, columns.Vega, columns.Vanna, columns.Charm} {
				got.all = append(got.all, c...)
			}
			if reference == nil {
				reference = &got
				return
			}
			for j := range points {
				if !sameBits(got.gamma[j], reference.gamma[j]) || !sameBits(got.delta[j], reference.delta[j]) {
					t.Fatalf("x=%g: gamma %x and %x, delta %x and %x", x[j], got.gamma[j], reference.gamma[j], got.delta[j], reference.delta[j])
				}
			}
			for j := range got.all {
				if !sameBits(got.all[j], reference.all[j]) {
					t.Fatalf("greek %d at x=%g: %x and %x", j/points, x[j%points], got.all[j], reference.all[j])
				}
			}
		})
	}
}
