package cta

import (
	"context"
	"errors"

	"faultline/evidence"
	"faultline/flow"
)

type model struct{}

// New returns the trend followers. Of the assets of a universe they trade those that stand for a
// market of theirs: SPX for all US equities, BTC for Bitcoin, and so on.
func New() flow.Model { return model{} }

func (model) Name() string { return "cta" }

// Rows of state of each leg, after the positions.
const (
	rowRatio  = 0
	rowWeight = rowRatio + speeds
	rowSquare = rowWeight + speeds
	rowVolume = rowSquare + 1
	rowOrder  = rowVolume + 1 // units to trade in the session that comes or runs
	rowQuick  = rowOrder + 1
	rowQuickW = rowQuick + speeds
	legRows   = rowQuickW + speeds // and a row for each session, its growth, where a signal looks into a window
)

// program decides at the close and trades in the following session: a share of the day's order at the
// opening, the rest evenly over the session.
type program struct {
	params
	assets  int
	legs    []programLeg
	session []int   // of each slot
	rows    int     // of state, each leg
	elapsed float64 // share of the running session's order that was traded before the start
}

type programLeg struct {
	asset int
	price float64   // points at the State's instant
	last  float64   // points of the close that the snapshot stands at
	usd   float64   // dollars of a dollar of risk
	carry []float64 // of each session: what accrues between the close before and its own
	live  [speeds]bool
	begin snapshot
}

// Compile returns *evidence.Absent where the universe or the State lacks every market of the programs,
// or its history is too short for every speed. A market beside the S&P 500 that cannot be used is left
// out. A risk budget that knows correlations is taken at the State's instant, over every market that the State
// holds, and stays as it is while the program walks: neither what a lane does to correlations and volatilities
// of the book nor its own signals move the factor, and so all orders are those without it, times one number.
func (model) Compile(_ context.Context, e *flow.Env) (flow.Program, error) {
	p, _, _, err := budgeted(e.State, e.Memo, read(e.Assume))
	if err != nil {
		return nil, err
	}
	var g *program
	why := absent("not_in_universe", evidence.Args{"instrument": Instrument})
	for _, class := range []Class{Equity, Rates, Currency, Metal, Energy, Crypto} {
		all := present(e.State, class)
		share := shares(all)
		for i, v := range all {
			asset := e.Asset(v.id)
			if asset < 0 {
				continue
			}
			x, err := shared(e.Memo, e.State, &p, v)
			if errors.As(err, &why) {
				if v.id == Instrument {
					return nil, why
				}
				continue
			}
			if err != nil {
				return nil, err
			}
			if g == nil {
				g = newProgram(&p, e)
			}
			g.add(e, leg{venue: v, share: share[i], shot: x.shot}, asset)
		}
	}
	if g == nil {
		if e.Asset(Instrument) >= 0 {
			_, err := load(e.State, &p, spx())
			return nil, err
		}
		return nil, why
	}
	return g, nil
}

func newProgram(p *params, e *flow.Env) *program {
	g := &program{params: *p, assets: len(e.Assets), rows: legRows}
	if p.mix.reach > 0 {
		g.rows += len(e.Timeline.Dates)
	}
	opened, left := true, 0.0
	for _, slot := range e.Timeline.Slots {
		g.session = append(g.session, slot.Session)
		if slot.Session != 0 {
			continue
		}
		if slot.Phase == flow.Open {
			opened = false
		}
		if slot.Phase == flow.Tick {
			left += slot.Frac
		}
	}
	if opened && left > 0 {
		g.elapsed = p.atOpen + (1-p.atOpen)*(1-left)
	}
	return g
}

// add adds a market. The snapshot of a market that is not stepped may lack its close: the price of the
// universe then stands in.
func (g *program) add(e *flow.Env, l leg, asset int) {
	a := e.Assets[asset]
	n := programLeg{asset: asset, price: a.Price, last: l.shot.close, usd: l.usd(&g.params), begin: *l.shot}
	if !(n.last > 0) {
		n.last = a.LastClose
	}
	from := l.shot.date
	for _, d := range e.Timeline.Dates {
		n.carry = append(n.carry, l.shot.carry*years(from, max(d, from)))
		from = max(d, from)
	}
	for k := range speeds {
		n.live[k] = l.shot.known(&g.params, k) == nil
	}
	g.legs = append(g.legs, n)
}

func (g *program) Width() int         { return g.assets + g.rows*len(g.legs) }
func (g *program) Phases() flow.Phase { return flow.Open | flow.Tick | flow.Close }

// Start puts the position of the last close, plus what was traded of the running session's order,
// into every lane.
func (g *program) Start(state []float64) {
	clear(state)
	const n = flow.Lanes
	for i := range g.legs {
		l := &g.legs[i]
		own := g.own(state, i)
		units := l.usd * l.begin.total() / l.last
		order := 0.0
		for _, usd := range l.begin.orders(&g.params) {
			order += l.usd * usd / l.last
		}
		for lane := range n {
			state[l.asset*n+lane] = units + g.elapsed*order
			for k := range speeds {
				own[(rowRatio+k)*n+lane] = l.begin.ratio[k]
				own[(rowWeight+k)*n+lane] = l.begin.weight[k]
			}
			for k := range speeds {
				own[(rowQuick+k)*n+lane] = l.begin.quick[k]
				own[(rowQuickW+k)*n+lane] = l.begin.quickW[k]
			}
			own[rowSquare*n+lane] = l.begin.square
			own[rowVolume*n+lane] = l.begin.volume
			own[rowOrder*n+lane] = order
		}
	}
}

// own is a leg's rows of state.
func (g *program) own(state []float64, i int) []float64 {
	const n = flow.Lanes
	from := (g.assets + i*g.rows) * n
	return state[from : from+g.rows*n]
}

// Step trades at the opening and over the session and decides at the close.
func (g *program) Step(state []float64, m *flow.Moment, out, _ []float64) {
	const n = flow.Lanes
	for i := range g.legs {
		l := &g.legs[i]
		own := g.own(state, i)
		at := l.asset * n
		if m.Phase == flow.Close {
			carry := l.carry[g.session[m.Slot]]
			for lane := range n {
				g.decide(l, own, lane, g.session[m.Slot], state[at+lane], m.Price[at+lane], m.LastClose[at+lane], carry)
			}
			continue
		}
		share := g.atOpen
		if m.Phase == flow.Tick {
			share = (1 - g.atOpen) * m.Frac
		}
		if share == 0 {
			continue
		}
		order := own[rowOrder*n : rowOrder*n+n]
		for lane, o := range order {
			out[at+lane] += share * o
			state[at+lane] += share * o
		}
	}
}

// decide takes in the close of a lane and sets the order of the next session.
func (g *program) decide(l *programLeg, own []float64, lane, session int, units, price, last, carry float64) {
	const n = flow.Lanes
	var f filter
	for k := range speeds {
		f.ratio[k] = own[(rowRatio+k)*n+lane]
		f.weight[k] = own[(rowWeight+k)*n+lane]
	}
	f.square, f.volume = own[rowSquare*n+lane], own[rowVolume*n+lane]
	for k := range speeds {
		f.quick[k], f.quickW[k] = own[(rowQuick+k)*n+lane], own[(rowQuickW+k)*n+lane]
	}
	if g.mix.reach > 0 { // what the lane has seen stands behind what all have seen
		f.memory = l.begin.memory
		for s := range session {
			f.add(own[(legRows+s)*n+lane], g.mix.reach)
		}
	}
	growth := price/last + carry
	f.step(&g.params, growth)
	if g.mix.reach > 0 {
		own[(legRows+session)*n+lane] = growth
	}
	target := 0.0
	to := f.targets(&g.params)
	for k := range speeds {
		own[(rowRatio+k)*n+lane] = f.ratio[k]
		own[(rowWeight+k)*n+lane] = f.weight[k]
		if l.live[k] {
			target += to[k]
		}
	}
	for k := range speeds {
		own[(rowQuick+k)*n+lane], own[(rowQuickW+k)*n+lane] = f.quick[k], f.quickW[k]
	}
	own[rowSquare*n+lane], own[rowVolume*n+lane] = f.square, f.volume
	point := l.usd / (price * l.price)
	gap := point*target - units
	own[rowOrder*n+lane] = g.adjust * g.easing(gap/point, 1/f.vol(&g.params)) * gap
}
