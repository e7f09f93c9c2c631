package cascade

import (
	"context"
	"errors"
	"fmt"
	"math"

	"faultline/flow"
	"faultline/impact"
)

// Axis are the prices at which responses are read: relative moves of the first asset, and how the others
// move with it.
type Axis struct {
	X    []float64 // ascending, 0 among them
	Beta []float64 // by asset; 1 for the first
}

// Even is the axis with points every step over ±span, 0 in the middle.
func Even(span, step float64, beta []float64) Axis {
	n := int(math.Round(span / step))
	a := Axis{Beta: beta}
	for i := -n; i <= n; i++ {
		a.X = append(a.X, float64(i)*step)
	}
	return a
}

// farMove is the move beyond which Thinning's points lie four steps apart.
const farMove = 0.12

// Thinning is Even with points four times as far apart beyond moves of 12 %, where hardly a loop comes to
// rest and what participants do bends less: half of the walks would go there.
func Thinning(span, step float64, beta []float64) Axis {
	even := Even(span, step, beta)
	a := Axis{Beta: beta}
	zero := len(even.X) / 2
	for i, x := range even.X {
		if i == 0 || i == len(even.X)-1 || math.Abs(x) <= farMove+1e-9 || (i-zero)%4 == 0 {
			a.X = append(a.X, x)
		}
	}
	return a
}

// Lowest is the smallest relative price that anything is priced at: a coin whose beta would take it
// below has lost 95 % and stays there.
const Lowest = 0.05

// Respond walks the players with the prices held at each point of the axis and returns what each has
// traded by each of the slots ends, worn off by then as each of the decays says: the responses by decay and
// end. One walk serves all decays, since they change how orders wear off and not what is ordered. Orders
// within a slot are spread evenly over it. Halted counts the points at which a player stopped being finite, whose
// orders count as none.
func Respond(ctx context.Context, e *flow.Env, players []flow.Player, axis Axis, decays []impact.Propagator, ends []int) (out [][][]Response, halted int, err error) {
	if len(axis.Beta) != len(e.Assets) || len(axis.X) < 2 {
		return nil, 0, fmt.Errorf("respond: an axis of %d points and %d assets for %d assets", len(axis.X), len(axis.Beta), len(e.Assets))
	}
	return follow(ctx, e, players, len(axis.X), func(_, asset, point int) float64 {
		return max(1+axis.Beta[asset]*axis.X[point], Lowest)
	}, decays, ends)
}

// Along walks the players along paths of prices, as they are, and returns what each has traded by each of the
// slots ends, worn off by then: responses by end, whose points are the paths.
func Along(ctx context.Context, e *flow.Env, players []flow.Player, paths []flow.Path, decay impact.Propagator, ends []int) (out [][]Response, halted int, err error) {
	all, halted, err := follow(ctx, e, players, len(paths), func(slot, asset, k int) float64 { return paths[k](slot, asset) }, []impact.Propagator{decay}, ends)
	if err != nil {
		return nil, 0, err
	}
	return all[0], halted, nil
}

// follow walks the players along as many paths as there are points.
func follow(ctx context.Context, e *flow.Env, players []flow.Player, points int, path func(slot, asset, point int) float64, decays []impact.Propagator, ends []int) (out [][][]Response, halted int, err error) {
	assets := len(e.Assets)
	out = make([][][]Response, len(decays))
	for d := range decays {
		for range ends {
			all := make([]Response, len(players))
			for i, p := range players {
				all[i] = Response{Name: p.Name, USD: make([][]float64, assets)}
				for a := range all[i].USD {
					all[i].USD[a] = make([]float64, points)
				}
			}
			out[d] = append(out[d], all)
		}
	}
	n := assets * flow.Lanes
	blocks := (points + flow.Lanes - 1) / flow.Lanes
	errs, counts := make([]error, blocks), make([]int, blocks)
	parallel(blocks, func(b int) {
		w := flow.NewWalk(e, players)
		first := b * flow.Lanes
		lanes := min(flow.Lanes, points-first)
		price := make([]float64, n)
		kept := make([]worn, len(decays))
		for d := range kept {
			kept[d] = newWorn(len(players) * n)
		}
		for s, slot := range e.Timeline.Slots {
			if ctx.Err() != nil {
				errs[b] = ctx.Err()
				return
			}
			for k := range price { // lanes past the last point repeat it; their orders are not read
				price[k] = path(s, k/flow.Lanes, min(first+k%flow.Lanes, points-1))
			}
			if errs[b] = w.Step(s, price); errs[b] != nil {
				return
			}
			for d := range kept {
				kept[d].add(decays[d], e, slot.Frac, len(players), w.Orders)
			}
			for h, end := range ends {
				if end != s {
					continue
				}
				for d := range kept {
					kept[d].read(out[d][h], first, lanes, n)
				}
			}
		}
		counts[b] = w.Halted(lanes)
	})
	for _, c := range counts {
		halted += c
	}
	return out, halted, errors.Join(errs...)
}

// worn is what is left of all orders so far, dollars by player, asset and lane: the part that stays, and
// those that wear off fast and slowly.
type worn struct{ lasting, fast, slow []float64 }

func newWorn(n int) worn { return worn{make([]float64, n), make([]float64, n), make([]float64, n)} }

// add lets what is there wear off over a slot and adds the slot's orders.
func (x *worn) add(decay impact.Propagator, e *flow.Env, frac float64, players int, orders func(int) []float64) {
	keepFast, keepSlow := decay.Factors(frac)
	newFast, newSlow := decay.Spread(frac)
	n := len(e.Assets) * flow.Lanes
	for i := range players {
		for k, units := range orders(i) {
			usd := units * e.Assets[k/flow.Lanes].Price
			k += i * n
			x.lasting[k] += decay.Permanent * usd
			x.fast[k] = x.fast[k]*keepFast + newFast*decay.Fast*usd
			x.slow[k] = x.slow[k]*keepSlow + newSlow*(1-decay.Permanent-decay.Fast)*usd
		}
	}
}

// read copies the lanes of one block to the points from first on; n is the length of one player.
func (x *worn) read(out []Response, first, lanes, n int) {
	for i := range out {
		for a := range out[i].USD {
			for l := range lanes {
				k := i*n + a*flow.Lanes + l
				out[i].USD[a][first+l] = x.lasting[k] + x.fast[k] + x.slow[k]
			}
		}
	}
}
