package cascade

import (
	"math"
	"sort"

	"faultline/impact"
)

// Response is what one player trades when the prices jump to a point of the axis and stay there until a
// horizon, after what has worn off since.
type Response struct {
	Name string
	USD  [][]float64 // [asset][point], dollars at the prices of the start
}

// Map is the price map of one horizon and law, x ↦ shock + impact(x), on an axis of relative moves of the
// first asset; the other assets move with it as the responses were walked.
type Map struct {
	X       []float64 // relative moves, ascending; 0 is no move
	Players []Response
	Curves  []impact.Curve // by asset
	Weight  []float64      // displacement of the first asset for one that each asset's own flow makes in it
	Small   float64        // the small move that loop gain is stated for, relative
}

// Loop is a map with some of its players, at a liquidity and with positions of a size.
type Loop struct {
	*Map
	in     []int
	size   float64
	curves []impact.Curve
	flow   [][]float64 // [asset][point]
}

// parts is how many pieces a cell of the axis is searched in: two fixed points within one piece are
// missed, both of them.
const parts = 4

// Loop is the loop of the players whose names are given; nil means all.
func (m *Map) Loop(players []string) *Loop {
	l := &Loop{Map: m, size: 1, curves: m.Curves}
	for i, p := range m.Players {
		if players == nil || has(players, p.Name) {
			l.in = append(l.in, i)
		}
	}
	l.add()
	return l
}

func has(names []string, name string) bool {
	for _, n := range names {
		if n == name {
			return true
		}
	}
	return false
}

func (l *Loop) add() {
	l.flow = make([][]float64, len(l.curves))
	for a := range l.flow {
		l.flow[a] = make([]float64, len(l.X))
		for _, i := range l.in {
			for k, v := range l.Players[i].USD[a] {
				l.flow[a][k] += l.size * v
			}
		}
	}
}

// With is the loop at a liquidity, with all positions multiplied by size.
func (l *Loop) With(liquidity, size float64) *Loop {
	out := &Loop{Map: l.Map, in: l.in, size: size, curves: make([]impact.Curve, len(l.curves))}
	for a := range out.curves {
		out.curves[a] = l.Map.Curves[a].Thin(liquidity)
	}
	if size == 1 && l.size == 1 {
		out.flow = l.flow
		return out
	}
	out.add()
	return out
}

// cell finds the cell of the axis in which x lies, the first or last one for an x outside, and the share
// of the way through it.
func (m *Map) cell(x float64) (i int, t float64) {
	i = sort.SearchFloat64s(m.X, x)
	i = min(max(i-1, 0), len(m.X)-2)
	return i, (x - m.X[i]) / (m.X[i+1] - m.X[i])
}

// Impact is the displacement that the orders at x make, linear between the points of the axis.
func (l *Loop) Impact(x float64) float64 {
	i, t := l.cell(x)
	sum := 0.0
	for a := range l.curves {
		f := l.flow[a]
		sum += l.Weight[a] * l.curves[a].Move(f[i]+t*(f[i+1]-f[i]))
	}
	return sum
}

// Rest is where a shock comes to rest.
type Rest struct {
	Shock float64
	Move  float64 // final move; where it ran away the end of the axis
	Away  bool    // it ran away: there is no fixed point on the way to the end of the axis
}

// Rest starts at the shock and follows the orders to the first price that they confirm. That is where
// dx/dτ = shock + impact(x) − x comes to rest. Without orders it is the shock itself, bit for bit.
func (l *Loop) Rest(shock float64) Rest {
	push := func(x float64) float64 { return shock + l.Impact(x) - x }
	first := l.Impact(shock)
	if first == 0 {
		return Rest{Shock: shock, Move: shock}
	}
	down := first < 0
	at, from := shock, first
	for _, x := range l.way(shock, down) {
		if p := push(x); p == 0 {
			return Rest{Shock: shock, Move: x}
		} else if p < 0 != down {
			return Rest{Shock: shock, Move: root(push, at, x, from, p)}
		} else {
			at, from = x, p
		}
	}
	return Rest{Shock: shock, Move: at, Away: true}
}

// way lists the points from x to an end of the axis at which a sign is looked for.
func (m *Map) way(x float64, down bool) []float64 {
	var out []float64
	last := (len(m.X) - 1) * parts
	for k := range last + 1 {
		if down {
			k = last - k
		}
		p := m.X[k/parts]
		if j := k % parts; j > 0 {
			p += (m.X[k/parts+1] - p) * float64(j) / parts
		}
		if down && p < x || !down && p > x {
			out = append(out, p)
		}
	}
	return out
}

// root finds a zero between a and b, at which f has the opposite signs fa and fb: false position with
// the weights of Illinois (Dowell and Jarratt 1971, BIT 11), which solves a straight line in one step, and
// a bisection whenever it is slow. It ends when the bracket is as narrow as the numbers allow.
func root(f func(float64) float64, a, b, fa, fb float64) float64 {
	for k := range 200 {
		width := math.Abs(b - a)
		if width <= 4e-16*math.Max(math.Abs(a), math.Abs(b)) {
			break
		}
		x := a + (b-a)*(fa/(fa-fb))
		if k%3 == 2 || !(x > min(a, b) && x < max(a, b)) {
			x = a + (b-a)/2
		}
		fx := f(x)
		switch {
		case fx == 0:
			return x
		case fx < 0 == (fb < 0):
			b, fb = x, fx
			fa /= 2
		default:
			a, fa = x, fx
			fb /= 2
		}
	}
	if math.Abs(f(a)) < math.Abs(f(b)) {
		return a
	}
	return b
}

// FixedPoint is a price that the orders of a shock confirm.
type FixedPoint struct {
	Move   float64
	Slope  float64 // of the price map there: the loop gain of an infinitesimal move
	Stable bool    // small pushes die out
}

// FixedPoints lists all fixed points for a shock, in ascending order. Stable ones are those at which the
// orders push back: shock + impact(x) − x falls through 0.
func (l *Loop) FixedPoints(shock float64) []FixedPoint {
	push := func(x float64) float64 { return shock + l.Impact(x) - x }
	var out []FixedPoint
	keep := func(x float64, stable bool) {
		const h = 1e-6
		out = append(out, FixedPoint{Move: x, Slope: (l.Impact(x+h) - l.Impact(x-h)) / (2 * h), Stable: stable})
	}
	at := l.X[0]
	before := push(at)
	if before == 0 {
		keep(at, push(at+1e-9) < 0)
	}
	for _, x := range l.way(at, false) {
		p := push(x)
		switch {
		case p == 0 && before != 0:
			keep(x, before > 0)
		case p != 0 && before != 0 && p < 0 != (before < 0):
			keep(root(push, at, x, before, p), before > 0)
		}
		at, before = x, p
	}
	return out
}

// Gain is the loop gain about x: the price impact of the orders that the small move from x − Small to
// x + Small sets off, per unit of that move, in all and by player in the order of the map. The parts
// share one slope of each impact curve, so that they add up. Players that are not in the loop have 0.
func (l *Loop) Gain(x float64) (total float64, by []float64) {
	h := l.Small
	low, high := math.Max(x-h, l.X[0]), math.Min(x+h, l.X[len(l.X)-1])
	i, t := l.cell(low)
	j, u := l.cell(high)
	at := func(f []float64, i int, t float64) float64 { return f[i] + t*(f[i+1]-f[i]) }
	by = make([]float64, len(l.Players))
	for a := range l.curves {
		from, to := at(l.flow[a], i, t), at(l.flow[a], j, u)
		slope := l.curves[a].Slope((from + to) / 2)
		if from != to {
			slope = (l.curves[a].Move(to) - l.curves[a].Move(from)) / (to - from)
		}
		slope *= l.Weight[a] * l.size / (high - low)
		for _, p := range l.in {
			f := l.Players[p].USD[a]
			by[p] += slope * (at(f, j, u) - at(f, i, t))
		}
	}
	for _, g := range by {
		total += g
	}
	return total, by
}

// Pockets are the moves at which the loop gain passes 1 on the way up: below the first one under 0 (above
// the first one over 0) nothing that the loop does stops a move until the gain falls below 1 again.
func (l *Loop) Pockets() []float64 {
	excess := func(x float64) float64 { g, _ := l.Gain(x); return g - 1 }
	var out []float64
	for _, down := range []bool{true, false} {
		at := 0.0
		before := excess(at)
		for _, x := range l.way(0, down) {
			e := excess(x)
			if before < 0 && e >= 0 {
				out = append(out, root(excess, at, x, before, e))
				break
			}
			at, before = x, e
		}
	}
	sort.Float64s(out)
	return out
}

// Critical is the liquidity at which the loop gain about no move would be 1: 0.5 says that it would if
// every amount moved the price as twice the amount does now. It is NaN where no liquidity between 1e-6
// and 1e6 does that: the participants push back.
func (l *Loop) Critical() float64 {
	excess := func(log float64) float64 { g, _ := l.With(math.Exp(log), l.size).Gain(0); return g - 1 }
	low, high := math.Log(1e-6), math.Log(1e6)
	a, b := excess(low), excess(high)
	if !(a > 0 && b < 0) {
		return math.NaN()
	}
	// In the logarithm of liquidity a linear loop is a hyperbola: halve, do not interpolate.
	for high-low > 1e-14*math.Max(1, math.Abs(low)) {
		mid := low + (high-low)/2
		if mid == low || mid == high {
			break
		}
		if excess(mid) > 0 {
			low = mid
		} else {
			high = mid
		}
	}
	return math.Exp((low + high) / 2)
}
