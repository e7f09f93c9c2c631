package dealer

import (
	"math"

	"faultline/assumption"
	"faultline/options"
)

// Exposure is the gamma exposure of a book's open interest under the register's convention: Measure has
// the formula, the other greeks and the intervals. Contracts whose open interest is absent are left out
// and counted in Unknown.
type Exposure struct {
	Spot     float64   // points
	Total    float64   // dollars per 1 %
	Strike   []float64 // points, ascending
	Call     []float64 // dollars per 1 % of the calls of a strike, signed
	Put      []float64 // of the puts, signed
	ByExpiry []float64 // as Book.Expiries
	ByBucket [len(Buckets)]float64
	Unknown  int // contracts without open interest
}

// Expose computes the gamma exposure of a book at its own spot.
func Expose(b *options.Book, a assumption.Set) (*Exposure, error) {
	h, err := FromOpenInterest(b)
	if err != nil {
		return nil, err
	}
	m := Measure(h, a, nil)
	e := &Exposure{
		Spot: m.Spot, Total: m.GEX.Total.Value, Strike: m.Strike, Call: m.GEX.Call.Value, Put: m.GEX.Put.Value,
		ByExpiry: m.GEX.ByExpiry.Value, Unknown: m.Unknown,
	}
	copy(e.ByBucket[:], m.GEX.ByBucket.Value)
	return e, nil
}

// Profile is the gamma exposure of a book repriced at relative prices x of its spot, dollars per 1 %.
// It is NaN where FromOpenInterest has nothing.
func Profile(b *options.Book, a assumption.Set, x []float64) []float64 {
	dst := make([]float64, len(x))
	h, err := FromOpenInterest(b)
	if err != nil {
		for j := range dst {
			dst[j] = math.NaN()
		}
		return dst
	}
	c, w := h.stock().now(), h.weights(a)
	c.gamma(dst, x, c.whole(c.bend, &w), spotOf(b))
	return dst
}

// ZeroGamma is Zeros for the open interest of a book.
func ZeroGamma(b *options.Book, a assumption.Set) ([]Crossing, error) {
	h, err := FromOpenInterest(b)
	if err != nil {
		return nil, err
	}
	return Zeros(h, a)
}
