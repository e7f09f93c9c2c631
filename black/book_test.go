package black

import (
	"math"
	"math/rand/v2"
)

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

func newColumns(n int) GreekColumns {
	return GreekColumns{make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)}
}
