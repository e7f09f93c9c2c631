package dealer

import (
	"math"
	"slices"

	"faultline/black"
)

// gammaBasis is the exposure of each part, unsigned, repriced on a grid of relative prices: dollars per
// 1 %. Any convention is a weighted sum of it.
type gammaBasis struct {
	x    []float64
	spot float64
	part [parts][]float64 // nil without contracts
	held []int            // the others
	step float64          // of an even grid, or of the one that was refined
}

// half is how many points an even grid has on each side of 1. The kernels take 240 points in one pass
// over the contracts: one more would cost a second.
const half = 119

// grid are relative prices within span of 1, evenly spaced.
func grid(span float64) []float64 {
	x := make([]float64, 2*half+1)
	for i := range x {
		x[i] = 1 + span*(float64(i)/half-1)
	}
	return x
}

func (g *gammaBasis) at(j int, w *weights) float64 {
	sum := 0.0
	for _, p := range g.held {
		sum += w[p] * g.part[p][j]
	}
	return sum
}

// basis prices every part on x.
func (c *columns) basis(x []float64, price float64) *gammaBasis {
	g := &gammaBasis{x: x, spot: price}
	for p := range parts {
		i, k := c.first[p], c.first[p+1]
		if i == k {
			continue
		}
		g.held = append(g.held, p)
		g.part[p] = make([]float64, len(x))
		black.GammaProfile(g.part[p], x, c.bend[i:k], c.forward[i:k], c.strike[i:k], c.years[i:k], c.vol[i:k])
		perPercent(g.part[p], x, price)
	}
	return g
}

// sharp is how many steps of an even grid the deviation vol·√years of a contract must have for the grid
// to resolve its gamma: a cubic through four grid points is then off by less than a thousandth of the
// peak.
const sharp = 4

// offsets are where, in deviations from the strike, the grid is refined for contracts close to
// settlement.
var offsets = [...]float64{-6, -4.5, -3.5, -3, -2.5, -2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4.5, 6}

// fineBasis is the basis on an even grid over ±span that is refined around the strikes of contracts
// about to settle. Those are priced on the refined grid, all others on the even one and carried over by
// cubics.
func (c *columns) fineBasis(span, price float64) *gammaBasis {
	even := grid(span)
	near, rest := c.split(sharp * span / half)
	if near == nil {
		return c.basis(even, price)
	}
	x := refine(even, near)
	slow := rest.basis(even, price)
	fast := near.basis(x, price)
	out := &gammaBasis{x: x, spot: price, step: span / half}
	for p := range parts {
		if slow.part[p] == nil && fast.part[p] == nil {
			continue
		}
		out.held = append(out.held, p)
		out.part[p] = make([]float64, len(x))
		if v := slow.part[p]; v != nil {
			carry(out.part[p], x, v, even)
		}
		for j, v := range fast.part[p] {
			out.part[p][j] += v
		}
	}
	return out
}

// split parts the contracts with a deviation below least from the others; near is nil without any.
func (c *columns) split(least float64) (near, rest *columns) {
	small := make([]bool, len(c.strike))
	n := 0
	for k := range small {
		if s := c.vol[k] * math.Sqrt(c.years[k]); s > 0 && s < least {
			small[k] = true
			n++
		}
	}
	if n == 0 {
		return nil, nil
	}
	return c.keep(small, true, n), c.keep(small, false, len(small)-n)
}

// keep copies the n contracts whose mark is want, with what gamma needs.
func (c *columns) keep(mark []bool, want bool, n int) *columns {
	cells := make([]float64, 5*n)
	out := &columns{bend: cells[:n], forward: cells[n : 2*n], strike: cells[2*n : 3*n], years: cells[3*n : 4*n], vol: cells[4*n:]}
	j := 0
	for p := range parts {
		out.first[p] = j
		for k := c.first[p]; k < c.first[p+1]; k++ {
			if mark[k] == want {
				out.bend[j], out.forward[j], out.strike[j], out.years[j], out.vol[j] = c.bend[k], c.forward[k], c.strike[k], c.years[k], c.vol[k]
				j++
			}
		}
	}
	out.first[parts] = j
	return out
}

// refine adds to an even grid points around the strikes of contracts.
func refine(even []float64, c *columns) []float64 {
	low, high := even[0], even[len(even)-1]
	x := append([]float64(nil), even...)
	for k, strike := range c.strike {
		s := c.vol[k] * math.Sqrt(c.years[k])
		for _, z := range offsets {
			if v := strike / c.forward[k] * math.Exp(z*s); v > low && v < high {
				x = append(x, v)
			}
		}
	}
	slices.Sort(x)
	return slices.Compact(x)
}

// carry sets dst to values on the even grid from, by the cubic of Lagrange through the four nearest
// points.
func carry(dst, x, values, from []float64) {
	j, last := 1, len(from)-3
	step := from[1] - from[0]
	for i, at := range x {
		for j < last && from[j+1] <= at {
			j++
		}
		t := (at - from[j]) / step
		y := values[j-1 : j+3]
		dst[i] = y[1] + t*((y[2]-y[0])/2+t*((y[0]+y[2])/2-y[1])) +
			t*(t*t-1)*(y[3]-3*y[2]+3*y[1]-y[0])/6
	}
}
