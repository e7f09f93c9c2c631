package black

import (
	"math"
	"math/rand/v2"
	"testing"
)

// chainSize and gridSize are the whole chain of an index with all its expiries, and a grid of prices
// that is fine enough to find its levels.
const (
	chainSize = 25_000
	gridSize  = 200
)

// syntheticChain has the shape of an index chain: expiries from a day to three years, strikes within
// four standard deviations, volatilities around a skew.
func syntheticChain(n int) book {
	rng := rand.New(rand.NewPCG(7, 8))
	b := randomBook(rng, n, 0)
	for i := range n {
		b.forward[i] = 5000
		b.years[i] = math.Exp(-5.9 + 7*rng.Float64())
		b.vol[i] = 0.08 + 0.5*rng.Float64()
		b.strike[i] = math.Round(b.forward[i]*math.Exp(b.vol[i]*math.Sqrt(b.years[i])*(8*rng.Float64()-4))*10) / 10
		b.price[i] = Price(b.r[i], b.forward[i], b.strike[i], b.years[i], b.vol[i])
	}
	return b
}

func syntheticGrid() []float64 {
	x := make([]float64, gridSize)
	for j := range x {
		x[j] = 0.85 + 0.3*float64(j)/(gridSize-1)
	}
	return x
}

func perContract(b *testing.B, n int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/each")
}

func BenchmarkImpliedVol(b *testing.B) {
	c := syntheticChain(chainSize)
	sum := 0.0
	for b.Loop() {
		for i := range c.price {
			v, _ := ImpliedVol(c.r[i], c.price[i], c.forward[i], c.strike[i], c.years[i])
			sum += v
		}
	}
	perContract(b, chainSize)
}

func BenchmarkPrice(b *testing.B) {
	c := syntheticChain(chainSize)
	for b.Loop() {
		for i := range c.price {
			c.price[i] = Price(c.r[i], c.forward[i], c.strike[i], c.years[i], c.vol[i])
		}
	}
	perContract(b, chainSize)
}

func BenchmarkGreeksOf(b *testing.B) {
	c := syntheticChain(chainSize)
	sum := 0.0
	for b.Loop() {
		for i := range c.price {
			sum += GreeksOf(c.r[i], c.forward[i], c.strike[i], c.years[i], c.vol[i]).Gamma
		}
	}
	perContract(b, chainSize)
}

func BenchmarkImpliedVols(b *testing.B) {
	c := syntheticChain(chainSize)
	dst, status := make([]float64, chainSize), make([]Status, chainSize)
	b.ReportAllocs()
	for b.Loop() {
		ImpliedVols(dst, status, c.r, c.price, c.forward, c.strike, c.years)
	}
	perContract(b, chainSize)
}

func BenchmarkGreeksBatch(b *testing.B) {
	c := syntheticChain(chainSize)
	dst := newColumns(chainSize)
	b.ReportAllocs()
	for b.Loop() {
		GreeksBatch(dst, c.r, c.forward, c.strike, c.years, c.vol)
	}
	perContract(b, chainSize)
}

func BenchmarkGammaProfile(b *testing.B) {
	c, x := syntheticChain(chainSize), syntheticGrid()
	dst := make([]float64, gridSize)
	b.ReportAllocs()
	for b.Loop() {
		GammaProfile(dst, x, c.weight, c.forward, c.strike, c.years, c.vol)
	}
	perContract(b, chainSize*gridSize)
}

func BenchmarkDeltaProfile(b *testing.B) {
	c, x := syntheticChain(chainSize), syntheticGrid()
	dst := make([]float64, gridSize)
	b.ReportAllocs()
	for b.Loop() {
		DeltaProfile(dst, x, c.r, c.weight, c.forward, c.strike, c.years, c.vol)
	}
	perContract(b, chainSize*gridSize)
}

func BenchmarkGreekProfile(b *testing.B) {
	c, x := syntheticChain(chainSize), syntheticGrid()
	dst := newColumns(gridSize)
	b.ReportAllocs()
	for b.Loop() {
		GreekProfile(dst, x, c.r, c.weight, c.forward, c.strike, c.years, c.vol)
	}
	perContract(b, chainSize*gridSize)
}
