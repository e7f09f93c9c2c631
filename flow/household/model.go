package household

import (
	"context"

	"faultline/evidence"
	"faultline/flow"
	"faultline/market"
)

type model struct{}

// New returns the households as a flow model. Of the assets of a universe they trade BTC, ETH, NDX and
// HIBETA. What they own of assets that the universe lacks keeps its price, and is sold with the rest.
func New() flow.Model { return model{} }

func (model) Name() string { return "household" }

// rows of the state of one kind: its units of each asset, then these.
const (
	rowDebt   = owned + iota // dollars
	rowRaised                // dollars taken out
	rowsOfKind
)

// program sells while the market trades. Its rows are the positions in units, then each kind.
type program struct {
	rules
	assets int
	place  [owned]int     // in the universe, -1 where it lacks the asset
	price  [owned]float64 // points at the State's instant; 1 dollar where the universe lacks the asset
	last   [owned]float64 // last close, relative to it
}

// Compile returns *evidence.Absent where the universe has no asset that households own and of which the
// State knows a price.
func (model) Compile(_ context.Context, e *flow.Env) (flow.Program, error) {
	g := &program{rules: read(e.Assume), assets: len(e.Assets)}
	why := &evidence.Absent{Code: "no_household_asset"}
	some := false
	for i, id := range assetIDs {
		g.place[i], g.price[i], g.last[i] = -1, 1, 1
		at := e.Asset(id)
		if at < 0 {
			continue
		}
		if !priced(e.State, id) {
			why = &evidence.Absent{Code: "no_bars", Args: evidence.Args{"instrument": id}}
			continue
		}
		a := e.Assets[at]
		g.place[i], g.price[i], g.last[i], some = at, a.Price, a.LastClose/a.Price, true
	}
	if !some {
		return nil, why
	}
	return g, nil
}

// priced reports whether the State says anything of an asset's price; of the basket, of any member's.
func priced(s *market.State, id string) bool {
	ids := []string{id}
	if id == HiBeta {
		ids = market.HighBeta()
	}
	for _, id := range ids {
		if _, err := s.Daily(id); err == nil || len(s.Facts(id+"_close")) > 0 {
			return true
		}
		for _, k := range s.BarKeys() {
			if len(k) > len(id) && k[:len(id)] == id && k[len(id)] == '/' {
				return true
			}
		}
	}
	return false
}

func (g *program) Width() int         { return g.assets + len(Kinds)*rowsOfKind }
func (g *program) Phases() flow.Phase { return flow.Tick }

// Start puts what was held at the last close into every lane.
func (g *program) Start(state []float64) {
	const n = flow.Lanes
	clear(state)
	for k := range g.kinds {
		h := &g.kinds[k]
		base := g.assets + k*rowsOfKind
		for lane := range n {
			for i := range owned {
				units := h.held[i] / (g.last[i] * g.price[i])
				state[(base+i)*n+lane] = units
				if p := g.place[i]; p >= 0 {
					state[p*n+lane] += units
				}
			}
			state[(base+rowDebt)*n+lane] = h.debt
		}
	}
}

// Step sells for what a step's share of the needs asks.
func (g *program) Step(state []float64, m *flow.Moment, out, _ []float64) {
	const n = flow.Lanes
	if m.Frac == 0 {
		return
	}
	var met [len(Kinds)]float64
	for k := range g.kinds {
		met[k] = g.kinds[k].share(m.Frac)
	}
	for lane := range n {
		var price [owned]float64
		for i, p := range g.place {
			price[i] = g.price[i]
			if p >= 0 {
				price[i] *= m.Price[p*n+lane]
			}
		}
		for k := range g.kinds {
			rows := state[(g.assets+k*rowsOfKind)*n+lane:]
			var value, sale [owned]float64
			assets := 0.0
			for i := range owned {
				value[i] = rows[i*n] * price[i]
				assets += value[i]
			}
			repay, raise := g.kinds[k].needs(assets, rows[rowDebt*n], rows[rowRaised*n])
			repay, raise = repay*met[k], raise*met[k]
			if repay+raise == 0 {
				continue
			}
			got := split(repay+raise, &value, &g.weight, &sale)
			paid := min(repay, got) // lenders come first
			rows[rowDebt*n] -= paid
			rows[rowRaised*n] += got - paid
			for i, x := range sale {
				units := x / price[i]
				if x == value[i] {
					units = rows[i*n] // all of it, without a remainder from rounding
				}
				rows[i*n] -= units
				if p := g.place[i]; p >= 0 {
					state[p*n+lane] -= units
					out[p*n+lane] -= units
				}
			}
		}
	}
}
