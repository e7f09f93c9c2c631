package options

import (
	"fmt"
	"math"
)

// Dynamics says what volatility does when the price of the underlying moves: it is the skew-stickiness
// ratio R of Bergomi (2009), "Smile dynamics IV": the volatility at the money moves by R times the skew
// times the move. At x times today's forward the option struck at K has the volatility that the
// surface of today has at log moneyness
//
//	ln(K/(F·x)) + R·ln x.
type Dynamics float64

// The dynamics that have names.
const (
	StickyDelta    Dynamics = 0 // the smile moves with the price: an option with the same strike over forward keeps its volatility
	StickyStrike   Dynamics = 1 // each strike keeps its volatility
	SurfaceImplied Dynamics = 2 // what today's surface implies of itself, as local volatility, in the limit of short expiries
)

// String is the code of the dynamics, for output that must state it.
func (d Dynamics) String() string {
	switch d {
	case StickyDelta:
		return "sticky_delta"
	case StickyStrike:
		return "sticky_strike"
	case SurfaceImplied:
		return "surface_implied"
	}
	return fmt.Sprintf("skew_stickiness_%g", float64(d))
}

// Vols fills dst with the volatility of each contract of the book when every forward has moved to x
// times its value. A contract keeps the ratio of its own volatility to the surface's. Contracts of an
// expiry without a surface keep their volatility. len(dst) must be b.Len() and x positive.
func (b *Book) Vols(dst []float64, x float64, d Dynamics) {
	shift := (float64(d) - 1) * math.Log(x)
	if shift == 0 || len(b.surface) != len(b.Expiries) {
		copy(dst, b.Vol)
		return
	}
	for g := range b.Expiries {
		e := &b.Expiries[g]
		if b.surface[g].empty() {
			copy(dst[e.First:e.End], b.Vol[e.First:e.End])
			continue
		}
		t := &b.surface[g].table
		for i := e.First; i < e.End; i++ {
			if i > e.First && b.Strike[i] == b.Strike[i-1] { // the put of the call before
				dst[i] = dst[i-1] / b.Vol[i-1] * b.Vol[i]
				continue
			}
			k := math.Log(b.Strike[i] / e.Forward)
			dst[i] = b.Vol[i] * math.Sqrt(t.at(k+shift)/t.at(k))
		}
	}
}
