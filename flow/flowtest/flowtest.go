// Package flowtest holds what must be true of every flow model, so that each participant is tested in
// the same way.
//
// It may import flow, market and assumption, and is imported by tests only. It must not know any
// participant.
package flowtest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"

	"faultline/assumption"
	"faultline/evidence"
	"faultline/flow"
	"faultline/market"
)

// Case is a model with an environment in which it can run.
type Case struct {
	Model flow.Model
	Env   *flow.Env
	// Empty changes an environment so that the participant has no assets: no open interest, nothing
	// under management. The model then has to trade nothing, or to be absent.
	Empty func(e flow.Env) *flow.Env
}

// Run checks that stock and flow agree, that a resumed run equals a straight one, that lanes are
// independent, that a trial step leaves no trace, that no assets give no orders, that compiling twice
// gives the same program, and that absence has a code.
func Run(t *testing.T, c Case) {
	t.Helper()
	p, err := c.Model.Compile(t.Context(), c.Env)
	if err != nil {
		t.Fatalf("compile %s: %v", c.Model.Name(), err)
	}
	again, err := c.Model.Compile(t.Context(), c.Env)
	if err != nil {
		t.Fatalf("compile %s again: %v", c.Model.Name(), err)
	}
	name := c.Model.Name()
	t.Run("stock and flow agree along any path", func(t *testing.T) {
		rapid.Check(t, func(r *rapid.T) {
			paths := drawPaths(r, c.Env)
			w := flow.NewWalk(c.Env, []flow.Player{{Name: name, Program: p}})
			start := append([]float64(nil), w.Position(0)...)
			sum := make([]float64, len(start))
			scale := make([]float64, len(start))
			for s := range c.Env.Timeline.Slots {
				step(r, w, s, paths)
				for k := range sum {
					d := w.Orders(0)[k] + w.Moved(0)[k]
					sum[k] += d
					scale[k] += math.Abs(d)
				}
			}
			if n := w.Halted(flow.Lanes); n > 0 {
				r.Fatalf("%d lanes stopped being finite", n)
			}
			for k, now := range w.Position(0) {
				if gap := math.Abs(now - start[k] - sum[k]); !(gap <= 1e-10*(1+math.Abs(start[k])+scale[k])) {
					r.Fatalf("row %d: position went from %v to %v, but orders and transfers sum to %v", k, start[k], now, sum[k])
				}
			}
		})
	})
	t.Run("a resumed run equals a straight one and a trial step leaves no trace", func(t *testing.T) {
		rapid.Check(t, func(r *rapid.T) {
			paths, trial := drawPaths(r, c.Env), drawPaths(r, c.Env)
			straight := flow.NewWalk(c.Env, []flow.Player{{Name: name, Program: p}})
			resumed := flow.NewWalk(c.Env, []flow.Player{{Name: name, Program: again}})
			var kept flow.Checkpoint
			for s := range c.Env.Timeline.Slots {
				step(r, straight, s, paths)
				resumed.Save(&kept)
				step(r, resumed, s, trial)
				resumed.Restore(&kept)
				step(r, resumed, s, paths)
				same(r, fmt.Sprintf("orders at slot %d", s), straight.Orders(0), resumed.Orders(0))
				same(r, fmt.Sprintf("position at slot %d", s), straight.Position(0), resumed.Position(0))
			}
		})
	})
	t.Run("lanes are independent", func(t *testing.T) {
		rapid.Check(t, func(r *rapid.T) {
			paths := drawPaths(r, c.Env)
			keep := rapid.IntRange(0, flow.Lanes-1).Draw(r, "lane kept")
			other := drawPaths(r, c.Env)
			for s := range other {
				for a := range c.Env.Assets {
					other[s][a*flow.Lanes+keep] = paths[s][a*flow.Lanes+keep]
				}
			}
			one := flow.NewWalk(c.Env, []flow.Player{{Name: name, Program: p}})
			two := flow.NewWalk(c.Env, []flow.Player{{Name: name, Program: p}})
			for s := range c.Env.Timeline.Slots {
				step(r, one, s, paths)
				step(r, two, s, other)
				for a := range c.Env.Assets {
					k := a*flow.Lanes + keep
					if x, y := one.Orders(0)[k], two.Orders(0)[k]; math.Float64bits(x) != math.Float64bits(y) {
						r.Fatalf("slot %d: lane %d trades %v beside one set of lanes and %v beside another", s, keep, x, y)
					}
				}
			}
		})
	})
	t.Run("no price move at no time gives no order", func(t *testing.T) {
		w := flow.NewWalk(c.Env, []flow.Player{{Name: name, Program: p}})
		flat := make([]float64, len(c.Env.Assets)*flow.Lanes)
		for k := range flat {
			flat[k] = 1
		}
		if err := w.Step(0, flat); err != nil {
			t.Fatal(err)
		}
		for k, o := range w.Orders(0) {
			if !(math.Abs(o) <= 1e-9*(1+math.Abs(w.Position(0)[k]))) {
				t.Fatalf("order of %v units although nothing moved", o)
			}
		}
	})
	if c.Empty != nil {
		t.Run("no assets give no orders", func(t *testing.T) {
			e := c.Empty(*c.Env)
			p, err := c.Model.Compile(t.Context(), e)
			var absent *evidence.Absent
			if errors.As(err, &absent) {
				if absent.Code == "" {
					t.Fatal("absent without a code")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			rapid.Check(t, func(r *rapid.T) {
				paths := drawPaths(r, e)
				w := flow.NewWalk(e, []flow.Player{{Name: name, Program: p}})
				for s := range e.Timeline.Slots {
					step(r, w, s, paths)
					for _, o := range w.Orders(0) {
						if o != 0 {
							r.Fatalf("order of %v units from nothing", o)
						}
					}
				}
			})
		})
	}
	t.Run("an empty state makes the model absent with a code", func(t *testing.T) {
		e := *c.Env
		e.State = new(market.Book).AsOf(c.Env.State.At())
		e.Memo = nil
		_, err := c.Model.Compile(context.Background(), &e)
		var absent *evidence.Absent
		if !errors.As(err, &absent) || absent.Code == "" {
			t.Fatalf("compiling on an empty state gives %v, want an absence with a code", err)
		}
	})
	t.Run("a draw of the assumptions compiles", func(t *testing.T) {
		e := *c.Env
		e.Assume = assumption.Default().Draw(1, 1)
		if _, err := c.Model.Compile(t.Context(), &e); err != nil {
			t.Fatal(err)
		}
	})
}

// drawPaths draws prices for all slots and lanes: jumps of up to ±20 % within a lane, quiet stretches,
// and returns to earlier prices.
func drawPaths(r *rapid.T, e *flow.Env) [][]float64 {
	n := len(e.Assets) * flow.Lanes
	base := rapid.SliceOfN(rapid.Float64Range(0.8, 1.2), n, n).Draw(r, "prices")
	turns := rapid.SliceOfN(rapid.Float64Range(-0.05, 0.05), len(e.Timeline.Slots), len(e.Timeline.Slots)).Draw(r, "turns")
	out := make([][]float64, len(e.Timeline.Slots))
	for s := range out {
		out[s] = make([]float64, n)
		for k := range out[s] {
			out[s][k] = base[k] * (1 + turns[s]*float64(k%7-3)/3)
		}
	}
	return out
}

func step(r *rapid.T, w *flow.Walk, slot int, paths [][]float64) {
	if err := w.Step(slot, paths[slot]); err != nil {
		r.Fatal(err)
	}
}

func same(r *rapid.T, what string, a, b []float64) {
	for k := range a {
		if math.Float64bits(a[k]) != math.Float64bits(b[k]) {
			r.Fatalf("%s: row %d is %v on one way and %v on the other", what, k, a[k], b[k])
		}
	}
}
