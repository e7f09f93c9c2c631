package dealer

import (
	"context"
	"errors"

	"faultline/evidence"
	"faultline/flow"
	"faultline/options"
)

// New returns the dealers as a flow model: they hedge at every moment.
//
// Their hedge is minus the delta of what they hold. With open interest n, multiplier m, discount
// factor D, forward F and spot S, a contract's delta to spot is D·(F/S)·Δ(F), with Δ the undiscounted
// Black-76 delta (Black 1976, equation 16, by the chain rule); volatility stays with its strike.
// The order is the change of the hedge. What settles leaves with its hedge through settlement and not
// through the market.
func New() flow.Model { return With("open_interest", FromOpenInterest) }

// With is New for holdings that are told in another way: by volume, an inventory, classified trades.
// hold must give the same holding for the same book; key names it among the models that share a memo.
func With(key string, hold func(*options.Book) (*Holding, error)) flow.Model { return model{key, hold} }

type model struct {
	key  string
	hold func(*options.Book) (*Holding, error)
}

func (model) Name() string { return "dealer" }

// Compile prepares the chain of each asset that has one. It is absent when no asset has.
func (m model) Compile(_ context.Context, e *flow.Env) (flow.Program, error) {
	p := &program{env: e}
	var why error
	for i, asset := range e.Assets {
		b, err := Book(e.State, asset.ID, e.Assume, e.Memo)
		var h *Holding
		if err == nil {
			h, err = m.hold(b)
		}
		var absent *evidence.Absent
		switch {
		case errors.As(err, &absent):
			if why == nil || absent.Code != "no_chain" {
				why = err
			}
			p.books = append(p.books, nil)
			p.weight = append(p.weight, weights{})
			continue
		case err != nil:
			return nil, err
		}
		t, err := flow.Once(e.Memo, "dealer/"+m.key+"/"+asset.ID, func() (*table, error) { return newTable(h), nil })
		if err != nil {
			return nil, err
		}
		p.books = append(p.books, t)
		p.weight = append(p.weight, h.weights(e.Assume))
		p.assets = append(p.assets, i)
		p.start = append(p.start, p.hedge(i, 0, 1))
	}
	if len(p.assets) == 0 {
		return nil, why
	}
	return p, nil
}

// program is the dealers of one universe under one draw of the convention.
type program struct {
	env    *flow.Env
	books  []*table  // by asset, nil without a chain
	weight []weights // by asset
	assets []int     // those with a chain
	start  []float64 // their hedges at the start
}

func (p *program) Width() int { return len(p.env.Assets) }

func (p *program) Phases() flow.Phase { return flow.Tick | flow.Open | flow.Close | flow.Settle }

func (p *program) Start(state []float64) {
	clear(state)
	for i, a := range p.assets {
		for l := range flow.Lanes {
			state[a*flow.Lanes+l] = p.start[i]
		}
	}
}

func (p *program) Step(state []float64, m *flow.Moment, out, moved []float64) {
	var want [flow.Lanes]*answer
	to := out
	if m.Phase == flow.Settle {
		to = moved
	}
	for _, a := range p.assets {
		row := a * flow.Lanes
		p.books[a].deltas(&want, m.Slot, p.env.Timeline.Slots[m.Slot], m.Price[row:row+flow.Lanes], p.env.Assets[a].Price)
		for l := range flow.Lanes {
			hedge := -want[l].under(&p.weight[a])
			to[row+l] += hedge - state[row+l]
			state[row+l] = hedge
		}
	}
}

// hedge is the hedge of an asset at one relative price of a slot.
func (p *program) hedge(asset, slot int, x float64) float64 {
	var want [flow.Lanes]*answer
	var prices [flow.Lanes]float64
	for l := range prices {
		prices[l] = x
	}
	p.books[asset].deltas(&want, slot, p.env.Timeline.Slots[slot], prices[:], p.env.Assets[asset].Price)
	return -want[0].under(&p.weight[asset])
}

// Memoryless holds since the hedge is a function of instant and price.
func (*program) Memoryless() bool { return true }
