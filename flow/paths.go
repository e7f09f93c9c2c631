package flow

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"sort"
	"sync"

	"faultline/evidence"
)

// Path is a price path that is fixed beforehand: the price of every asset, relative to the State's
// price, at every slot of a timeline.
type Path func(slot, asset int) float64

// Sum is what the players trade along a set of paths, from the start to the end of the timeline.
type Sum struct {
	Players []Totals
	Low     []float64 // 5 % quantile of the dollars of all players together, one for each path; nil without draws
	High    []float64 // 95 % quantile
	Absent  []Missing // models that could not run, with the reason
	Halted  int       // lanes that were halted because something stopped being finite
}

// Totals are the orders of one player, one entry for each path.
type Totals struct {
	Name     string
	USD      []float64   // dollars over all assets, each order at the price of its slot
	Units    [][]float64 // [asset][path]
	Low      []float64   // 5 % quantile of USD over the draws; nil without draws
	High     []float64   // 95 % quantile
	StartUSD float64     // dollars of the position at the State's instant and price
}

// Missing is a model that could not run.
type Missing struct {
	Name   string
	Absent *evidence.Absent
}

// RunPaths compiles the models and walks every path. Draws is how many draws of the uncertain
// assumptions the bands rest on; 0 turns them off. The result does not depend on the number of cores:
// lanes are independent and sums are taken in the order of slots and assets.
func RunPaths(ctx context.Context, e *Env, models []Model, paths []Path, draws int, seed uint64) (*Sum, error) {
	if len(e.Assets) == 0 {
		return nil, errors.New("walk: the universe has no asset")
	}
	sum := &Sum{}
	var players []Player
	for _, m := range models {
		p, err := m.Compile(ctx, e)
		var absent *evidence.Absent
		switch {
		case errors.As(err, &absent):
			sum.Absent = append(sum.Absent, Missing{m.Name(), absent})
			continue
		case err != nil:
			return nil, fmt.Errorf("compile %s: %w", m.Name(), err)
		}
		players = append(players, Player{m.Name(), p})
	}
	base, err := walkPaths(ctx, e, players, paths)
	if err != nil {
		return nil, err
	}
	sum.Players, sum.Halted = base.Players, base.Halted
	if draws == 0 || len(players) == 0 {
		return sum, nil
	}
	present := make([]Model, 0, len(players))
	for _, m := range models {
		for _, p := range players {
			if p.Name == m.Name() {
				present = append(present, m)
			}
		}
	}
	samples := make([][][]float64, len(players)) // [player][path][draw]
	for i := range samples {
		samples[i] = make([][]float64, len(paths))
		for j := range samples[i] {
			samples[i][j] = make([]float64, draws)
		}
	}
	together := make([][]float64, len(paths)) // [path][draw]
	for j := range together {
		together[j] = make([]float64, draws)
	}
	errs := make([]error, draws)
	parallel(draws, func(k int) {
		if ctx.Err() != nil {
			errs[k] = ctx.Err()
			return
		}
		drawn := *e
		drawn.Assume = e.Assume.Draw(seed, k)
		var ps []Player
		for _, m := range present {
			p, err := m.Compile(ctx, &drawn)
			if err != nil {
				errs[k] = fmt.Errorf("compile draw %d of %s: %w", k, m.Name(), err)
				return
			}
			ps = append(ps, Player{m.Name(), p})
		}
		s, err := walkPaths(ctx, &drawn, ps, paths)
		if err != nil {
			errs[k] = err
			return
		}
		for i := range s.Players {
			for j, v := range s.Players[i].USD {
				samples[i][j][k] = v
				together[j][k] += v
			}
		}
	})
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	for i := range sum.Players {
		t := &sum.Players[i]
		t.Low, t.High = quantiles(samples[i])
	}
	sum.Low, sum.High = quantiles(together)
	return sum, nil
}

// quantiles takes the 5 and 95 % quantiles of each path's draws, which it sorts.
func quantiles(draws [][]float64) (low, high []float64) {
	low, high = make([]float64, len(draws)), make([]float64, len(draws))
	for j, d := range draws {
		sort.Float64s(d)
		low[j], high[j] = Quantile(d, 0.05), Quantile(d, 0.95)
	}
	return low, high
}

// walkPaths runs the players along the paths, Lanes at a time.
func walkPaths(ctx context.Context, e *Env, players []Player, paths []Path) (*Sum, error) {
	sum := &Sum{}
	for _, p := range players {
		t := Totals{Name: p.Name, USD: make([]float64, len(paths)), Units: make([][]float64, len(e.Assets))}
		for a := range t.Units {
			t.Units[a] = make([]float64, len(paths))
		}
		sum.Players = append(sum.Players, t)
	}
	blocks := (len(paths) + Lanes - 1) / Lanes
	errs := make([]error, blocks)
	halted := make([]int, blocks)
	parallel(blocks, func(b int) {
		w := NewWalk(e, players)
		if b == 0 {
			for i := range players {
				for a, asset := range e.Assets {
					sum.Players[i].StartUSD += w.Position(i)[a*Lanes] * asset.Price
				}
			}
		}
		first := b * Lanes
		price := make([]float64, len(e.Assets)*Lanes)
		for s := range e.Timeline.Slots {
			if ctx.Err() != nil {
				errs[b] = ctx.Err()
				return
			}
			for a := range e.Assets {
				for l := range Lanes {
					// Lanes past the last path repeat it; their orders are not read.
					price[a*Lanes+l] = paths[min(first+l, len(paths)-1)](s, a)
				}
			}
			if err := w.Step(s, price); err != nil {
				errs[b] = err
				return
			}
			for i := range players {
				out := w.Orders(i)
				for a, asset := range e.Assets {
					for l := range min(Lanes, len(paths)-first) {
						units := out[a*Lanes+l]
						sum.Players[i].Units[a][first+l] += units
						sum.Players[i].USD[first+l] += units * price[a*Lanes+l] * asset.Price
					}
				}
			}
		}
		halted[b] = w.Halted(min(Lanes, len(paths)-first))
	})
	for _, h := range halted {
		sum.Halted += h
	}
	return sum, errors.Join(errs...)
}

// Hold is the path of a ladder's rung: one asset jumps to a price at the first slot and stays; the
// others do not move.
func Hold(asset int, price float64) Path {
	return func(_, a int) float64 {
		if a == asset {
			return price
		}
		return 1
	}
}

// Ramp is the path of a tape: over the sessions of the timeline one asset moves to its end in equal
// log steps, one a session, trading at the last close until the session's tick; the others follow
// with their beta to it in log price.
func Ramp(t Timeline, asset int, end float64, beta func(a int) float64) Path {
	n := float64(len(t.Dates))
	total := math.Log(end)
	return func(slot, a int) float64 {
		s := t.Slots[slot]
		done := float64(s.Session)
		if s.Phase == Tick && slot > 0 || s.Phase == Close || s.Phase == Settle && slot > 0 && t.Slots[slot-1].Phase == Close {
			done++
		}
		x := total * done / n
		if a != asset {
			x *= beta(a)
		}
		return math.Exp(x)
	}
}

// Quantile is the quantile of sorted values by linear interpolation between order statistics (type 7
// of Hyndman and Fan 1996).
func Quantile(sorted []float64, q float64) float64 {
	h := q * float64(len(sorted)-1)
	i := int(math.Floor(h))
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + (h-float64(i))*(sorted[i+1]-sorted[i])
}

// parallel calls do for 0 … n-1 on as many goroutines as there are cores. The calls must not share
// anything that they write.
func parallel(n int, do func(int)) {
	workers := min(n, runtime.GOMAXPROCS(0))
	if workers <= 1 {
		for i := range n {
			do(i)
		}
		return
	}
	var wg sync.WaitGroup
	next := make(chan int)
	for range workers {
		wg.Go(func() {
			for i := range next {
				do(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
}
