package cta

import (
	"context"

	"faultline/evidence"
	"faultline/flow"
)

type model struct{}

// New returns the trend followers. They trade the S&P 500 for all US equities.
func New() flow.Model { return model{} }

func (model) Name() string { return "cta" }

// rows of state after the positions.
const (
	rowRatio  = 0
	rowWeight = rowRatio + speeds
	rowSquare = rowWeight + speeds
	rowVolume = rowSquare + 1
	rowOrder  = rowVolume + 1 // units to trade in the session that comes or runs
	extraRows = rowOrder + 1
)

// program decides at the close and trades in the following session: a share of the day's order at the
// opening, the rest evenly over the session. It trades one asset of the universe.
type program struct {
	params
	assets  int
	asset   int
	carry   []float64 // of each session: what accrues between the close before and its own
	session []int     // of each slot
	begin   snapshot
	elapsed float64 // share of the day's order that was traded before the start
	price   float64 // points
	live    [speeds]bool
}

// Compile returns *evidence.Absent where the universe or the State lacks the market, or its history is
// too short for every speed.
func (model) Compile(_ context.Context, e *flow.Env) (flow.Program, error) {
	asset := e.Asset(Instrument)
	if asset < 0 {
		return nil, absent("not_in_universe", evidence.Args{"instrument": Instrument})
	}
	s, err := snap(e.State, e.Assume)
	if err != nil {
		return nil, err
	}
	p := read(e.Assume)
	return newProgram(&p, s, e, asset), nil
}

func newProgram(p *params, s *snapshot, e *flow.Env, asset int) *program {
	g := &program{
		params: *p, assets: len(e.Assets), asset: asset, begin: *s,
		price: e.Assets[asset].Price,
	}
	from := s.date
	for _, d := range e.Timeline.Dates {
		g.carry = append(g.carry, s.carry*years(from, d))
		from = d
	}
	for _, slot := range e.Timeline.Slots {
		g.session = append(g.session, slot.Session)
	}
	opened := true
	for _, slot := range e.Timeline.Slots {
		if slot.Session != 0 {
			break
		}
		if slot.Phase == flow.Open {
			opened = false
		}
		if slot.Phase == flow.Tick && slot.Frac > 0 && opened {
			g.elapsed = p.atOpen + (1-p.atOpen)*(1-slot.Frac)
		}
	}
	for k := range speeds {
		g.live[k] = s.known(p, k) == nil
	}
	return g
}

func (g *program) Width() int         { return g.assets + extraRows }
func (g *program) Phases() flow.Phase { return flow.Open | flow.Tick | flow.Close }

// Start puts the position of the last close, plus what was traded of the running session's order,
// into every lane.
func (g *program) Start(state []float64) {
	clear(state)
	const n = flow.Lanes
	own := state[g.assets*n:]
	scale := g.us * g.risk
	units := scale * g.begin.total() / g.begin.close
	order := 0.0
	for k := range speeds {
		order += scale * g.begin.order(&g.params, k)
	}
	for l := range n {
		state[g.asset*n+l] = units + g.elapsed*order
		for k := range speeds {
			own[(rowRatio+k)*n+l] = g.begin.ratio[k]
			own[(rowWeight+k)*n+l] = g.begin.weight[k]
		}
		own[rowSquare*n+l] = g.begin.square
		own[rowVolume*n+l] = g.begin.volume
		own[rowOrder*n+l] = order
	}
}

func (g *program) Step(state []float64, m *flow.Moment, out, _ []float64) {
	const n = flow.Lanes
	own := state[g.assets*n:]
	at := g.asset * n
	switch m.Phase {
	case flow.Open, flow.Tick:
		share := g.atOpen
		if m.Phase == flow.Tick {
			share = (1 - g.atOpen) * m.Frac
		}
		if share == 0 {
			return
		}
		for l := range n {
			trade := share * own[rowOrder*n+l]
			out[at+l] += trade
			state[at+l] += trade
		}
	case flow.Close:
		carry := g.carry[g.session[m.Slot]]
		for l := range n {
			g.decide(state, own, l, m.Price[at+l], m.LastClose[at+l], carry)
		}
	}
}

// decide takes in the close of a lane and sets the order of the next session.
func (g *program) decide(state, own []float64, l int, price, last, carry float64) {
	const n = flow.Lanes
	var f filter
	for k := range speeds {
		f.ratio[k] = own[(rowRatio+k)*n+l]
		f.weight[k] = own[(rowWeight+k)*n+l]
	}
	f.square, f.volume = own[rowSquare*n+l], own[rowVolume*n+l]
	f.step(&g.params, price/last+carry)
	target := 0.0
	for k := range speeds {
		own[(rowRatio+k)*n+l] = f.ratio[k]
		own[(rowWeight+k)*n+l] = f.weight[k]
		if g.live[k] {
			target += f.target(&g.params, k)
		}
	}
	own[rowSquare*n+l], own[rowVolume*n+l] = f.square, f.volume
	own[rowOrder*n+l] = g.adjust * (g.us*g.risk*target/(price*g.price) - state[g.asset*n+l])
}
