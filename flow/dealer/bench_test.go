package dealer_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"faultline/assumption"
	"faultline/black"
	"faultline/flow/dealer"
	"faultline/options"
)

// wholeBook has the shape of a whole SPX chain: sixty expiries from a day to three years, 25,000
// contracts, strikes 5 points apart near the price and 25 farther off.
func wholeBook() *options.Book {
	rng := rand.New(rand.NewPCG(11, 20))
	var all []contract
	for e := range 60 {
		days := 1 + e
		if e > 30 {
			days = 31 + (e-30)*35
		}
		for k := range 208 {
			vol := 0.12 + 0.1*rng.Float64()
			strike := 6000 + 5*float64(k-104)
			if days > 7 && (k < 64 || k >= 144) {
				strike = 6000 + 25*float64(k-104) + 800*float64(104-k)/math.Abs(float64(k-104))
			}
			for _, r := range []black.Right{black.Call, black.Put} {
				all = append(all, contract{r, days, strike, vol, math.Floor(5000 * rng.Float64())})
			}
		}
	}
	return book(6000, 0.02, 0.04, all...)
}

func registerDraws(n int) []assumption.Set {
	var out []assumption.Set
	for k := range n {
		out = append(out, naive().Draw(20251120, k))
	}
	return out
}

func BenchmarkLevels(b *testing.B) {
	k := wholeBook()
	h := holding(b, k)
	draws := registerDraws(64)
	b.ReportMetric(float64(k.Len()), "contracts")
	for b.Loop() {
		dealer.FindLevels(h, naive(), draws)
	}
}

func BenchmarkHolding(b *testing.B) {
	k := wholeBook()
	for b.Loop() {
		if _, err := dealer.FromOpenInterest(k); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkHedgeTable(b *testing.B) {
	h := holding(b, wholeBook())
	draws := registerDraws(64)
	for b.Loop() {
		dealer.HedgeTable(h, naive(), draws, dealer.Moves)
	}
}
