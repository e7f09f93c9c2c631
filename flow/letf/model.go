package letf

import (
	"context"

	"faultline/evidence"
	"faultline/flow"
)

type model struct{}

// New returns the leveraged and inverse funds as a flow model. Of the assets of a universe they trade
// those on which there are products.
func New() flow.Model { return model{} }

func (model) Name() string { return "letf" }

// program trades at the close only. Its rows are the positions in units, then the assets of each product
// in dollars: they depend on the path.
type program struct {
	params
	assets  int
	holders []holder
}

// holder is one product on an asset of the universe.
type holder struct {
	asset    int
	multiple float64
	start    float64 // dollars at the last close
	price    float64 // points at the State's instant
	last     float64 // last close, relative to it
}

// Compile returns *evidence.Absent where the universe has no asset with products of which the State
// knows a price.
func (model) Compile(_ context.Context, e *flow.Env) (flow.Program, error) {
	g := &program{params: read(e.Assume), assets: len(e.Assets)}
	x, err := shared(e.Memo, e.State)
	if err != nil {
		return nil, err
	}
	why := absent("no_product", evidence.Args{})
	for k, p := range products {
		i := e.Asset(p.Underlying)
		if i < 0 || p.Underlying == Volatility {
			continue
		}
		if !priced(e.State, p.Underlying) {
			why = absent("no_bars", evidence.Args{"instrument": p.Underlying})
			continue
		}
		a := e.Assets[i]
		g.holders = append(g.holders, holder{
			asset: i, multiple: p.Multiple, start: x.assets[k] * g.scale, price: a.Price, last: a.LastClose / a.Price,
		})
	}
	if len(g.holders) == 0 {
		return nil, why
	}
	return g, nil
}

func (g *program) Width() int         { return g.assets + len(g.holders) }
func (g *program) Phases() flow.Phase { return flow.Close }

// Start puts what the funds held at the last close into every lane: the multiple of their assets.
func (g *program) Start(state []float64) {
	clear(state)
	for k, h := range g.holders {
		for lane := range flow.Lanes {
			state[(g.assets+k)*flow.Lanes+lane] = h.start
			state[h.asset*flow.Lanes+lane] += h.multiple * h.start / (h.last * h.price)
		}
	}
}

// Step rebalances at the close.
func (g *program) Step(state []float64, m *flow.Moment, out, _ []float64) {
	const n = flow.Lanes
	for k := range g.holders {
		h := &g.holders[k]
		at := h.asset * n
		price, last := m.Price[at:at+n], m.LastClose[at:at+n]
		own := state[(g.assets+k)*n : (g.assets+k+1)*n]
		held, orders := state[at:at+n], out[at:at+n]
		for lane := range n {
			r := price[lane]/last[lane] - 1
			units := own[lane] * g.trade(h.multiple, r) / (price[lane] * h.price)
			own[lane] *= g.next(h.multiple, r)
			held[lane] += units
			orders[lane] += units
		}
	}
}
