package dealer

import (
	"cmp"
	"math"
	"slices"

	"faultline/evidence"
)

// nothing is an exposure, in dollars per 1 %, below which the sign means nothing: far from all strikes
// both sides fade to less than a cent.
const nothing = 1

// bracket is a stretch of relative prices at whose ends the exposure has opposite signs.
type bracket struct{ lo, hi, ylo, yhi float64 }

// crossings are the prices where straight lines on the grid are zero, under each of many conventions.
func (g *gammaBasis) crossings(draws []weights) [][]float64 {
	all := make([][]float64, len(draws))
	for d := range draws {
		for _, b := range g.brackets(&draws[d]) {
			all[d] = append(all[d], g.spot*b.crossing())
		}
	}
	return all
}

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
				if v := f.at(x); v > 0 != up && math.Abs(v) >= nothing {
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

// exact prices a holding under one convention.
type exact struct {
	c     *columns
	bend  []float64
	price float64
	x, y  [probes]float64
}

// probes is how many prices are looked at together. The kernel takes that many in one pass, so that
// one would cost as much.
const probes = 32

func (c *columns) exact(w *weights, price float64) *exact {
	return &exact{c: c, bend: c.whole(c.bend, w), price: price}
}

// at is the exposure at one relative price.
func (f *exact) at(x float64) float64 {
	f.x[0] = x
	f.c.gamma(f.y[:1], f.x[:1], f.bend, f.price)
	return f.y[0]
}

// precision is how far apart, in points, prices are priced about a crossing. Between them a straight
// line is as good as the rounding to 0.01.
const precision = 0.01

// roots finds every change of sign from lo to hi, as seen from prices a thirtieth of the stretch apart,
// and narrows each down.
func (f *exact) roots(lo, hi float64, found []Crossing) []Crossing {
	for i := range f.x {
		f.x[i] = lo + (hi-lo)*float64(i)/(probes-1)
	}
	f.c.gamma(f.y[:], f.x[:], f.bend, f.price)
	x, y := f.x, f.y
	done := (x[1]-x[0])*f.price <= precision
	for i := 1; i < probes; i++ {
		if y[i-1] > 0 == (y[i] > 0) {
			continue
		}
		if !done {
			found = f.roots(x[i-1], x[i], found)
			continue
		}
		root := bracket{x[i-1], x[i], y[i-1], y[i]}.crossing()
		// A slope over one point would take two more pricings; over the stretch it is the same number.
		slope := (y[probes-1] - y[0]) / ((x[probes-1] - x[0]) * f.price)
		found = append(found, crossingAt(root*f.price, slope, f.price))
	}
	return found
}

// zero finds every price within the basis at which the exposure, repriced there, changes sign, in order of
// price, to 0.01 points; or the reason why there is none.
//
// The range is scanned on the grid of the basis, about an eighth of a percent a step and more finely around
// the strikes of contracts that are about to settle; where the exposure comes close to zero between steps
// without changing sign at them, the vertex of the parabola through three steps is looked at as well.
func zero(g *gammaBasis, c *columns, w *weights, underlying string) ([]Crossing, *evidence.Absent) {
	f := c.exact(w, g.spot)
	found := append(g.brackets(w), g.grazes(w, f)...)
	slices.SortFunc(found, func(a, b bracket) int { return cmp.Compare(a.lo, b.lo) })
	var out []Crossing
	for _, b := range found {
		n := len(out)
		if out = f.roots(b.lo, b.hi, out); len(out) == n {
			// The cubics of a refined grid were off by a little: look around.
			out = f.roots(b.lo-g.step, b.hi+g.step, out)
		}
	}
	slices.SortFunc(out, func(a, b Crossing) int { return cmp.Compare(a.Price, b.Price) })
	out = slices.CompactFunc(out, func(a, b Crossing) bool { return math.Abs(b.Price-a.Price) < 2*precision })
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
