package cascade_test

import (
	"context"
	"testing"
	"time"

	"faultline/assumption"
	"faultline/calendar"
	"faultline/flow"
	"faultline/market"
)

type ctx = context.Context

// Small participants for the tests: a linear one, a stop, one that works an order over sessions.

// linearPlayer holds usd·(price − 1)/P units of the first asset at every moment: relative to the price of
// the start it trades usd dollars for a move of 1.
type linearPlayer struct {
	name   string
	usd    float64
	phases flow.Phase
	assets int
	price  float64
}

func (p linearPlayer) Name() string { return p.name }

func (p linearPlayer) Compile(_ context.Context, e *flow.Env) (flow.Program, error) {
	p.assets, p.price = len(e.Assets), e.Assets[0].Price
	if p.phases == 0 {
		p.phases = flow.Tick | flow.Open | flow.Close
	}
	return p, nil
}

func (p linearPlayer) Width() int            { return p.assets }
func (p linearPlayer) Phases() flow.Phase    { return p.phases }
func (p linearPlayer) Start(state []float64) { clear(state) }

func (p linearPlayer) Step(state []float64, m *flow.Moment, out, _ []float64) {
	for l := range flow.Lanes {
		want := p.usd * (m.Price[l] - 1) / p.price
		out[l] += want - state[l]
		state[l] = want
	}
}

// worker decides at each close to sell what it would hold less at the day's fall, and sells it evenly
// over the next session.
type worker struct {
	linearPlayer
}

func (p worker) Compile(_ context.Context, e *flow.Env) (flow.Program, error) {
	p.assets, p.price = len(e.Assets), e.Assets[0].Price
	return p, nil
}

func (p worker) Width() int         { return p.assets + 1 }
func (p worker) Phases() flow.Phase { return flow.Tick | flow.Close }

func (p worker) Step(state []float64, m *flow.Moment, out, _ []float64) {
	order := state[p.assets*flow.Lanes:]
	for l := range flow.Lanes {
		if m.Phase == flow.Close {
			order[l] = p.usd * (m.Price[l] - m.LastClose[l]) / p.price
			continue
		}
		out[l] += m.Frac * order[l]
		state[l] += m.Frac * order[l]
	}
}

var start = time.Date(2025, time.November, 19, 21, 0, 0, 0, time.UTC) // the close of a Wednesday

func env(t testing.TB, sessions int, assets ...flow.Asset) *flow.Env {
	t.Helper()
	line, err := flow.Sessions(calendar.NYSE(), start, sessions)
	if err != nil {
		t.Fatal(err)
	}
	if len(assets) == 0 {
		assets = []flow.Asset{{ID: "SPX", Price: 6000, LastClose: 6000}}
	}
	return &flow.Env{State: new(market.Book).AsOf(start), Assume: assumption.Default(), Timeline: line, Memo: &flow.Memo{}, Assets: assets}
}

func compile(t testing.TB, e *flow.Env, models ...flow.Model) []flow.Player {
	t.Helper()
	var out []flow.Player
	for _, m := range models {
		p, err := m.Compile(t.Context(), e)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, flow.Player{Name: m.Name(), Program: p})
	}
	return out
}
