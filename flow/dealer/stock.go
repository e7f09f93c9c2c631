package dealer

import (
	"math"
	"time"

	"faultline/black"
	"faultline/market"
	"faultline/options"
)

// stock is a holding as columns from which it can be priced at any instant: the contracts by part, and
// what contracts of an expiry share.
type stock struct {
	h      *Holding
	right  []black.Right
	strike []float64
	vol    []float64
	units  []float64 // contracts times multiplier
	exp    []int32
	terms  []terms // by expiry
}

// terms of an expiry: its forward is spot·e^(carry·years), its discount factor e^(−rate·years).
type terms struct {
	settle      time.Time
	carry, rate float64 // a year
}

func (h *Holding) stock() *stock {
	b, n := h.Book, len(h.row)
	s := &stock{h: h, right: make([]black.Right, n), exp: make([]int32, n)}
	cols := make([]float64, 3*n)
	s.strike, s.vol, s.units = cols[:n:n], cols[n:2*n:2*n], cols[2*n:]
	for k, i := range h.row {
		s.right[k], s.exp[k] = b.Right[i], b.Exp[i]
		s.strike[k], s.vol[k] = b.Strike[i], b.Vol[i]
		s.units[k] = h.contracts[k] * b.Multiplier
	}
	spot := Reference(b)
	for _, e := range b.Expiries {
		s.terms = append(s.terms, terms{e.Settle, math.Log(e.Forward/spot) / e.Years, -math.Log(e.Discount) / e.Years})
	}
	return s
}

// columns are the contracts of a stock at one instant, for the kernels. Part p has the rows from
// first[p] to first[p+1].
type columns struct {
	first [parts + 1]int
	right []black.Right
	from  []int32 // row of the stock
	// weight is what the underlying's hedge counts for each unit of undiscounted forward delta:
	// units · D · F/S. bend is the same for gamma: units · D · (F/S)².
	weight, bend, forward, strike, years, vol []float64
}

// at gives the contracts that do not settle before cut at instant t, with forwards for a spot of price
// points. What settles before t but not before cut is counted at its settlement, with no time left.
func (s *stock) at(t, cut time.Time, price float64) *columns {
	n := len(s.strike)
	type now struct {
		years, ratio, discount float64
		past                   bool
	}
	shared := make([]now, len(s.terms))
	for e, x := range s.terms {
		years := max(x.settle.Sub(t).Hours()/(24*365), 0)
		shared[e] = now{years, math.Exp(x.carry * years), math.Exp(-x.rate * years), x.settle.Before(cut)}
	}
	cells := make([]float64, 6*n)
	c := &columns{
		right: make([]black.Right, n), from: make([]int32, n),
		weight: cells[:n], bend: cells[n : 2*n], forward: cells[2*n : 3*n],
		strike: cells[3*n : 4*n], years: cells[4*n : 5*n], vol: cells[5*n:],
	}
	j := 0
	for p := range parts {
		c.first[p] = j
		for k := s.h.first[p]; k < s.h.first[p+1]; k++ {
			x := &shared[s.exp[k]]
			if x.past {
				continue
			}
			c.right[j], c.from[j] = s.right[k], int32(k)
			c.weight[j] = s.units[k] * x.discount * x.ratio
			c.bend[j] = c.weight[j] * x.ratio
			c.forward[j], c.strike[j], c.years[j], c.vol[j] = price*x.ratio, s.strike[k], x.years, s.vol[k]
			j++
		}
	}
	c.first[parts] = j
	c.right, c.from = c.right[:j], c.from[:j]
	for _, col := range []*[]float64{&c.weight, &c.bend, &c.forward, &c.strike, &c.years, &c.vol} {
		*col = (*col)[:j]
	}
	return c
}

// now gives the contracts at the instant of the quotes and the book's own spot.
func (s *stock) now() *columns { return s.at(s.h.Book.Quoted, time.Time{}, spotOf(s.h.Book)) }

// whole is every part at once, each contract weighted by a convention: for numbers that need no band.
func (c *columns) whole(column []float64, w *weights) []float64 {
	out := make([]float64, len(column))
	for p := range parts {
		for k := c.first[p]; k < c.first[p+1]; k++ {
			out[k] = column[k] * w[p]
		}
	}
	return out
}

// delta sets dst[p][j] to the delta of part p, in units of the underlying, at x[j] times the price.
// Parts without contracts stay as they are.
func (c *columns) delta(dst *[parts][]float64, x []float64) {
	for p := range parts {
		if i, k := c.first[p], c.first[p+1]; i < k {
			black.DeltaProfile(dst[p], x, c.right[i:k], c.weight[i:k], c.forward[i:k], c.strike[i:k], c.years[i:k], c.vol[i:k])
		}
	}
}

// gamma sets dst[j] to the signed exposure in dollars per 1 % at x[j] times price.
func (c *columns) gamma(dst, x []float64, bend []float64, price float64) {
	black.GammaProfile(dst, x, bend, c.forward, c.strike, c.years, c.vol)
	perPercent(dst, x, price)
}

// perPercent turns gamma in units a point into dollars per 1 %.
func perPercent(gamma, x []float64, price float64) {
	for j := range gamma {
		p := x[j] * price
		gamma[j] *= p * p * 0.01
	}
}

// spotMisfit is the caveat of package options that the printed spot is not that of the quotes.
const spotMisfit = "spot_does_not_fit"

// Reference is the price of the underlying that the forwards of a book belong to. It is the printed spot, unless
// the forwards imply another one: an index that closed at four does not go with options quoted in the
// evening. Forwards over a spot of another moment would shift every level by the difference.
func Reference(b *options.Book) float64 {
	for _, c := range b.Caveats {
		if c.Code == spotMisfit && b.SpotImplied > 0 {
			return b.SpotImplied
		}
	}
	return spotOf(b)
}

func spotOf(b *options.Book) float64 {
	if market.IsMissing(b.Spot) {
		return b.SpotImplied
	}
	return b.Spot
}
