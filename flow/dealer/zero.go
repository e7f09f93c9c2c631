package dealer

import (
	"cmp"
	"math"
	"slices"

	"faultline/assumption"
	"faultline/evidence"
)

// nothing is an exposure, in dollars per 1 %, below which the sign means nothing: far from all strikes
// both sides fade to less than a cent.
const nothing = 1

// bracket is a stretch of relative prices at whose ends the exposure has opposite signs.
type bracket struct{ lo, hi, ylo, yhi float64 }

// crossing is where a straight line through the ends is zero.
func (b bracket) crossing() float64 { return b.lo + (b.hi-b.lo)*b.ylo/(b.ylo-b.yhi) }

// brackets finds the changes of sign of the exposure under a convention.
func (g *gammaBasis) brackets(w *weights) []bracket {
	var found []bracket
	before, last := -1, 0.0
	for i := range g.x {
		y := g.at(i, w)
		if math.Abs(y) < nothing {
			continue
		}
		if before >= 0 && last > 0 != (y > 0) {
			found = append(found, bracket{g.x[before], g.x[i], last, y})
		}
		before, last = i, y
	}
	return found
}

// grazes finds the crossings that come in pairs between two grid points: where the exposure comes
// nearer to zero than at either neighbour, and the vertex of the parabola through the three is past
// zero or close to it, that vertex is priced.
func (g *gammaBasis) grazes(w *weights, f *exact) []bracket {
	var found []bracket
	if len(g.x) < 3 {
		return nil
	}
	y0, y1 := g.at(0, w), g.at(1, w)
	for i := 1; i+1 < len(g.x); i++ {
		y2 := g.at(i+1, w)
		up := y1 > 0
		if y0 > 0 == up && y2 > 0 == up && min(math.Abs(y0), math.Abs(y1), math.Abs(y2)) >= nothing &&
			math.Abs(y1) < math.Abs(y0) && math.Abs(y1) <= math.Abs(y2) {
			x, y := vertex(g.x[i-1], g.x[i], g.x[i+1], y0, y1, y2)
			if y > 0 != up || math.Abs(y) < 0.5*math.Abs(y1) {
				if v := f.at(x)[0]; v > 0 != up && math.Abs(v) >= nothing {
					found = append(found, bracket{g.x[i-1], x, y0, v}, bracket{x, g.x[i+1], v, y2})
				}
			}
		}
		y0, y1 = y1, y2
	}
	return found
}

// vertex of the parabola through three points with ascending x and y1 the extreme.
func vertex(x0, x1, x2, y0, y1, y2 float64) (x, y float64) {
	d0, d2 := (y0-y1)/(x0-x1), (y2-y1)/(x2-x1)
	bend := (d2 - d0) / (x2 - x0)
	slope := d0 + bend*(x1-x0) // at x1
	x = x1 - slope/(2*bend)
	return x, y1 - slope*slope/(4*bend)
}

// Crossing is a price at which the exposure changes sign.
type Crossing struct {
	Price float64 // points, to 0.01
	Slope float64 // change of exposure by one point of price, dollars per 1 % per point; above 0: short gamma below, long above
	Side  string  // "above" or "below" the spot, "at" within half a hundredth of a point
}

// exact prices a holding under one convention at single prices.
type exact struct {
	c     *columns
	bend  []float64
	price float64
}

func (c *columns) exact(w *weights, price float64) *exact {
	return &exact{c, c.whole(c.bend, w), price}
}

// at is the exposure at each of up to three relative prices.
func (f *exact) at(x ...float64) [3]float64 {
	var y [3]float64
	f.c.gamma(y[:len(x)], x, f.bend, f.price)
	return y
}

// precision of a crossing, points.
const precision = 1e-3

// root finds the change of sign within a bracket by false position (the Illinois rule of Dowell and
// Jarratt 1971): each step is one pricing of the whole book, and five or so suffice where bisection
// takes a dozen. Every third step halves the bracket all the same: between two far strikes exposure
// falls by twenty orders of magnitude, and there a straight line leads nowhere.
func (f *exact) root(lo, hi, ylo, yhi float64) float64 {
	side := 0
	for i := range 100 {
		if !((hi-lo)*f.price > precision) {
			break
		}
		mid := (lo*yhi - hi*ylo) / (yhi - ylo)
		if i%3 == 2 {
			mid = lo + (hi-lo)/2
		}
		if margin := 0.25 * precision / f.price; !(mid > lo+margin) {
			mid = lo + margin
		} else if !(mid < hi-margin) {
			mid = hi - margin
		}
		y := f.at(mid)[0]
		switch {
		case y == 0:
			return mid
		case y > 0 == (yhi > 0):
			hi, yhi = mid, y
			if side == 1 {
				ylo /= 2
			}
			side = 1
		default:
			lo, ylo = mid, y
			if side == -1 {
				yhi /= 2
			}
			side = -1
		}
	}
	return lo + (hi-lo)/2
}

// zero finds every crossing of the basis under a convention, priced exactly.
func zero(g *gammaBasis, c *columns, w *weights, underlying string) ([]Crossing, *evidence.Absent) {
	f := c.exact(w, g.spot)
	found := append(g.brackets(w), g.grazes(w, f)...)
	slices.SortFunc(found, func(a, b bracket) int { return cmp.Compare(a.lo, b.lo) })
	var out []Crossing
	for _, b := range found {
		y := f.at(b.lo, b.hi)
		if y[0] > 0 == (y[1] > 0) {
			continue // a change of sign of the straight lines only
		}
		root := f.root(b.lo, b.hi, y[0], y[1])
		d := 0.5 / g.spot
		y = f.at(root-d, root+d)
		out = append(out, crossingAt(root*g.spot, y[1]-y[0], g.spot))
	}
	if len(out) > 0 {
		return out, nil
	}
	return nil, g.absent(w, underlying)
}

func crossingAt(price, slope, spot float64) Crossing {
	side := "at"
	switch {
	case price > spot+0.005:
		side = "above"
	case price < spot-0.005:
		side = "below"
	}
	return Crossing{Price: math.Round(price*100) / 100, Slope: slope, Side: side}
}

// absent says why there is no crossing.
func (g *gammaBasis) absent(w *weights, underlying string) *evidence.Absent {
	most := 0.0
	for j := range g.x {
		if y := g.at(j, w); math.Abs(y) > math.Abs(most) {
			most = y
		}
	}
	args := evidence.Args{"low": g.x[0] * g.spot, "high": g.x[len(g.x)-1] * g.spot}
	switch {
	case math.Abs(most) < nothing:
		return &evidence.Absent{Code: "no_exposure", Args: evidence.Args{"underlying": underlying}}
	case most < 0:
		return &evidence.Absent{Code: "gamma_negative_throughout", Args: args}
	}
	return &evidence.Absent{Code: "gamma_positive_throughout", Args: args}
}

// Zeros finds every price within the register's search range at which the exposure of a holding,
// repriced there, changes sign, in order of price, to 0.01 points. It is absent, with the reason, when
// there is none.
//
// The range is scanned in steps of a thousandth of spot, and finer around the strikes of contracts that
// are about to settle; where the exposure comes close to zero between steps without changing sign at
// them, the vertex of the parabola through three steps is looked at as well.
func Zeros(h *Holding, a assumption.Set) ([]Crossing, error) {
	c, w := h.stock().now(), h.weights(a)
	found, absent := zero(c.fineBasis(a.Value("dealer.search"), spotOf(h.Book)), c, &w, h.Book.Underlying)
	if absent != nil {
		return nil, absent
	}
	return found, nil
}
