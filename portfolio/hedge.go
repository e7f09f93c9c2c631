package portfolio

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize/convex/lp"
)

// Hedge is one instrument that may be bought.
type Hedge struct {
	Name string
	PnL  []float64 // of one unit by path, dollars, from the price at which it is bought
	Cost float64   // what one unit costs in the objective, dollars, at least 0
	Max  float64   // most units
}

// Bound says that the conditional value at risk under some probabilities of the paths must stay at or below a
// number of dollars.
type Bound struct {
	Name  string
	P     []float64 // nil is equal ones
	Level float64
	CVaR  float64
}

// Plan is the cheapest mix.
type Plan struct {
	Units  []float64
	Cost   float64
	Before []float64 // by bound: conditional value at risk without the hedge
	After  []float64
	PnL    []float64 // of book and hedge together
	Cuts   int       // linear constraints that it took
}

// NoHedgeError says that no mix holds all bounds, and what could be held.
type NoHedgeError struct {
	Excess float64 // dollars by which all bounds have to rise so that there is a mix
	Bounds []Bound
}

func (e *NoHedgeError) Error() string {
	return fmt.Sprintf("find a hedge: no mix of the instruments brings the CVaR under the bound; raise it by at least %.0f dollars, "+
		"raise the most that may be bought, or add instruments", e.Excess)
}

// mostCuts bounds the rounds; a handful is usual.
const mostCuts = 400

// Cheapest finds the units x ≥ 0, at most Max of each, of least Σ cost·x for which the conditional value at risk of
// book and hedge holds every bound.
//
// CVaR is the largest mean loss over all ways to put the probability of the tail on outcomes (the dual of
// Rockafellar and Uryasev 2000), so that a bound on it is as many linear constraints as there are such ways. Few
// matter: the linear programme is solved with those found so far, the tail of its solution gives the next, until
// all bounds hold to a millionth (Künzi-Bay and Mayer, "Computational aspects of minimizing conditional
// value-at-risk", Computational Management Science 3, 2006). Each programme is solved by the simplex method of
// gonum. Where there is no solution a *NoHedgeError says how far the bounds are from one.
func Cheapest(book []float64, hedges []Hedge, bounds []Bound) (*Plan, error) {
	if len(hedges) == 0 {
		return nil, errors.New("find a hedge: there is no instrument to buy; give a chain or prices of one")
	}
	scale := 1.0
	for _, b := range bounds {
		if err := check(book, b.P, b.Level); err != nil {
			return nil, fmt.Errorf("bound %s: %w", b.Name, err)
		}
		scale = max(scale, math.Abs(b.CVaR), math.Abs(worst(book, b.P, b.Level).mean(book)))
	}
	for _, h := range hedges {
		if len(h.PnL) != len(book) || !(h.Cost >= 0) || math.IsInf(h.Cost, 0) || !(h.Max > 0) || math.IsInf(h.Max, 0) {
			return nil, fmt.Errorf("find a hedge: %s has no cost at or above 0, no limit above 0, or another number of paths than the book", h.Name)
		}
		if err := check(h.PnL, nil, 0.5); err != nil {
			return nil, fmt.Errorf("%s: %w", h.Name, err)
		}
	}
	p := &program{book: book, hedges: hedges, bounds: bounds, scale: scale}
	x, err := p.run(false)
	if errors.Is(err, lp.ErrInfeasible) {
		if _, err = p.run(true); err != nil {
			return nil, fmt.Errorf("find a hedge: %w", err)
		}
		return nil, &NoHedgeError{Excess: p.excess * scale, Bounds: bounds}
	}
	if err != nil {
		return nil, fmt.Errorf("find a hedge: %w", err)
	}
	out := &Plan{Units: x, PnL: p.mixed(x), Cuts: len(p.cuts)}
	for k, h := range hedges {
		out.Cost += h.Cost * x[k]
	}
	for _, b := range bounds {
		out.Before = append(out.Before, -worst(book, b.P, b.Level).mean(book))
		out.After = append(out.After, -worst(out.PnL, b.P, b.Level).mean(out.PnL))
	}
	return out, nil
}

// program is the linear programme in shares of Max and in units of scale dollars, which keeps its numbers near one.
type program struct {
	book   []float64
	hedges []Hedge
	bounds []Bound
	scale  float64
	cuts   []cut
	excess float64
}

// cut is gain·x ≥ need: what the instruments bring in one tail, and what is needed there.
type cut struct {
	gain []float64
	need float64
}

// mixed is the profit and loss of book and units.
func (p *program) mixed(units []float64) []float64 {
	out := append([]float64(nil), p.book...)
	for k, u := range units {
		if u == 0 {
			continue
		}
		for j, v := range p.hedges[k].PnL {
			out[j] += u * v
		}
	}
	return out
}

// run solves programme after programme. Elastic adds one variable by which every bound may be passed and makes it
// as small as it can be.
func (p *program) run(elastic bool) ([]float64, error) {
	units := make([]float64, len(p.hedges))
	for range mostCuts {
		if len(p.cuts) > 0 {
			share, err := p.solve(elastic)
			if err != nil {
				return nil, err
			}
			for k := range units {
				units[k] = share[k] * p.hedges[k].Max
			}
			if elastic {
				p.excess = share[len(p.hedges)]
			}
		}
		mixed := p.mixed(units)
		added := false
		for _, b := range p.bounds {
			t := worst(mixed, b.P, b.Level)
			allowed := b.CVaR / p.scale
			if elastic {
				allowed += p.excess
			}
			if -t.mean(mixed)/p.scale <= allowed+1e-6 {
				continue
			}
			c := cut{need: -t.mean(p.book)/p.scale - b.CVaR/p.scale}
			for _, h := range p.hedges {
				c.gain = append(c.gain, t.mean(h.PnL)*h.Max/p.scale)
			}
			p.cuts, added = append(p.cuts, c), true
		}
		if !added {
			return units, nil
		}
	}
	return nil, fmt.Errorf("the programme did not settle within %d rounds", mostCuts)
}

// solve solves the programme with the cuts so far, in the standard form of gonum: variables at or above 0, a slack
// for each inequality. The limits x ≤ 1 come first.
func (p *program) solve(elastic bool) ([]float64, error) {
	n := len(p.hedges)
	v := n
	if elastic {
		v++
	}
	m := n + len(p.cuts)
	a := mat.NewDense(m, v+m, nil)
	b, cost := make([]float64, m), make([]float64, v+m)
	for k, h := range p.hedges {
		a.Set(k, k, 1)
		a.Set(k, v+k, 1)
		b[k] = 1
		if !elastic {
			cost[k] = h.Cost * h.Max / p.scale
		}
	}
	if elastic {
		cost[n] = 1
	}
	for i, c := range p.cuts {
		row := n + i
		sign := 1.0
		if c.need < 0 { // keeps the right side at or above 0
			sign = -1
		}
		for k, g := range c.gain {
			a.Set(row, k, sign*g)
		}
		if elastic {
			a.Set(row, n, sign)
		}
		a.Set(row, v+row, -sign)
		b[row] = sign * c.need
	}
	_, x, err := lp.Simplex(cost, a, b, 1e-10, nil)
	if err != nil {
		return nil, err
	}
	return x[:v], nil
}
