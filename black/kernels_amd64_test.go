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

// odd returns a number that batches must survive anywhere: zeros, ends of the float range, NaN.
func odd(rng *rand.Rand) float64 {
	all := []float64{
		0, math.Copysign(0, -1), -1, 1, math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat64,
		math.SmallestNonzeroFloat64, 0x1p-1022, 0x1p-961, 0x1p-960, 0x1p960, 0x1p961, 0x1p-500, 0x1p500, 5000,
	}
	return all[rng.IntN(len(all))]
}

// book is a set of random contracts, some of them adverse.
type book struct {
	r                                          []Right
	price, forward, strike, years, vol, weight []float64
}

func randomBook(rng *rand.Rand, n int, adverse float64) book {
	b := book{make([]Right, n), make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)}
	for i := range n {
		b.r[i] = Right(1 - 2*rng.IntN(2))
		b.forward[i] = math.Exp(4 + 4*rng.Float64())
		b.years[i] = math.Exp(-9 + 10*rng.Float64())
		b.vol[i] = math.Exp(-3 + 3.5*rng.Float64())
		s := b.vol[i] * math.Sqrt(b.years[i])
		b.strike[i] = b.forward[i] * math.Exp(s*(8*rng.Float64()-4))
		if rng.IntN(50) == 0 {
			b.strike[i] = b.forward[i]
		}
		b.price[i] = Price(b.r[i], b.forward[i], b.strike[i], b.years[i], b.vol[i])
		b.weight[i] = rng.NormFloat64()
		if rng.Float64() >= adverse {
			continue
		}
		switch rng.IntN(8) {
		case 0:
			b.r[i] = Right(rng.IntN(4) - 2)
		case 1:
			b.forward[i] = odd(rng)
		case 2:
			b.strike[i] = odd(rng)
		case 3:
			b.years[i] = odd(rng)
		case 4:
			b.vol[i], b.price[i] = odd(rng), odd(rng)
		case 5:
			b.price[i] = b.forward[i] * rng.Float64()
		case 6:
			b.vol[i] *= 30
			b.price[i] = Price(b.r[i], b.forward[i], b.strike[i], b.years[i], b.vol[i])
		case 7:
			b.strike[i] = b.forward[i] * math.Exp(20*rng.NormFloat64())
			b.price[i] = Price(b.r[i], b.forward[i], b.strike[i], b.years[i], b.vol[i])
		}
	}
	return b
}

func sameBits(a, b float64) bool {
	return math.Float64bits(a) == math.Float64bits(b) || math.IsNaN(a) && math.IsNaN(b)
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

func newColumns(n int) GreekColumns {
	return GreekColumns{make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)}
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
