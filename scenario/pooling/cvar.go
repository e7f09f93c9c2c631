package pooling

import (
	"errors"
	"fmt"
	"math"
	"sort"
)

// Tail is the view that the expectation of x over its worst outcomes, those with probability Level
// together, is Target. It is not linear in the probabilities, as which outcomes are the worst depends on them.
type Tail struct {
	Name   string
	Values []float64
	Level  float64 // such as 0.05
	Target float64 // a mean return in the tail, in the unit of Values; a loss is negative
}

// PoolTails is Pool with CVaR views. For one tail of k paths, the lowest in x, the view is linear:
// Σ q = Level and Σ q·x = Level·Target over these k. The relative entropy is found for a few k, the search
// goes on between the neighbours of the best, and so on until every k between them has been tried (the
// recursive search of Meucci, Ardia and Keel, "Fully Flexible Extreme Views", Journal of Risk 14, 2011,
// section 4, with a grid in place of their derivative). Several tails are taken in turn until none moves.
// The search is local where relative entropy has several minima in k; TestTailsAgreeWithTryingEverything
// compares it with all k.
func PoolTails(prior []float64, views []View, tails []Tail) (*Posterior, error) {
	if len(tails) == 0 {
		return Pool(prior, views)
	}
	n := len(tails[0].Values)
	probe := append([]View(nil), views...)
	for _, t := range tails {
		if !(t.Level > 0 && t.Level < 1) {
			return nil, fmt.Errorf("pool: the level of tail %s is %v; give a probability between 0 and 1", t.Name, t.Level)
		}
		probe = append(probe, View{t.Name, t.Values, Equal, t.Target})
	}
	if _, err := check(prior, probe); err != nil {
		return nil, err
	}
	if len(views) > 0 { // without the tails they must hold
		if _, err := Pool(prior, views); err != nil {
			return nil, err
		}
	}
	order := make([][]int, len(tails))
	size := make([]int, len(tails))
	for i, t := range tails {
		o := make([]int, n)
		for j := range o {
			o[j] = j
		}
		sort.SliceStable(o, func(a, b int) bool { return t.Values[o[a]] < t.Values[o[b]] })
		order[i] = o
		lo, hi := t.Values[o[0]], t.Values[o[n-1]]
		if !(t.Target >= lo && t.Target <= hi) {
			return nil, &Contradiction{View: t.Name, Low: lo, High: hi, Target: t.Target}
		}
	}
	var best *Posterior
	for round := 0; round < 20; round++ {
		moved := false
		for i := range tails {
			// Later tails stand open until they have been looked at once.
			fixed := append([]View(nil), views...)
			for j := range tails {
				if j != i && (round > 0 || j < i) {
					fixed = append(fixed, tailViews(tails[j], order[j], size[j])...)
				}
			}
			k, p, err := search(prior, fixed, tails[i], order[i])
			if err != nil {
				return nil, err
			}
			moved = moved || k != size[i]
			size[i], best = k, p
		}
		if !moved || len(tails) == 1 {
			break
		}
	}
	best.Lambda, best.Binding = best.Lambda[:len(views)], best.Binding[:len(views)]
	return best, nil
}

// tailViews are the two linear views of a tail of k paths.
func tailViews(t Tail, order []int, k int) []View {
	in, sum := make([]float64, len(order)), make([]float64, len(order))
	for _, j := range order[:k] {
		in[j] = 1
		sum[j] = t.Values[j]
	}
	return []View{{t.Name, in, Equal, t.Level}, {t.Name, sum, Equal, t.Level * t.Target}}
}

// search finds the size of the tail with the least relative entropy.
func search(prior []float64, fixed []View, t Tail, order []int) (int, *Posterior, error) {
	n := len(order)
	// A mean of the tail at the target needs an outcome of the tail at or above it.
	lo := sort.Search(n, func(k int) bool { return t.Values[order[k]] >= t.Target }) + 1
	hi := n - 1
	type trial struct {
		entropy float64
		p       *Posterior
	}
	tried := map[int]trial{}
	at := func(k int) (float64, error) {
		if x, ok := tried[k]; ok {
			return x.entropy, nil
		}
		views := append(append([]View(nil), fixed...), tailViews(t, order, k)...)
		p, err := newSolver(prior, views, n).solve()
		switch {
		case errors.Is(err, errInfeasible):
			tried[k] = trial{math.Inf(1), nil}
		case err != nil:
			return 0, err
		default:
			tried[k] = trial{p.Entropy, p}
		}
		return tried[k].entropy, nil
	}
	const grid = 12
	from, to, best := lo, hi, -1
	for from <= to {
		step := max(1, (to-from+grid-1)/grid)
		least := math.Inf(1)
		for k := from; ; k = min(k+step, to) {
			e, err := at(k)
			if err != nil {
				return 0, nil, err
			}
			if e < least {
				least, best = e, k
			}
			if k == to {
				break
			}
		}
		if best < 0 || step == 1 {
			break
		}
		from, to = max(lo, best-step+1), min(hi, best+step-1)
	}
	if best < 0 {
		return 0, nil, &Contradiction{
			View: t.Name, With: names(fixed), Low: t.Values[order[0]], High: t.Values[order[n-1]], Target: t.Target,
		}
	}
	return best, tried[best].p, nil
}

// names lists views once each.
func names(views []View) (out []string) {
	for i, v := range views {
		if i == 0 || views[i-1].Name != v.Name {
			out = append(out, v.Name)
		}
	}
	return out
}
