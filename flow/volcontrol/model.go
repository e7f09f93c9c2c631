package volcontrol

import (
	"context"
	"math"

	"faultline/evidence"
	"faultline/flow"
	"faultline/market"
)

type model struct{}

// New returns the volatility-target funds and risk parity as one flow model. Of the assets of a
// universe they trade SPX, and where the universe carries them the bonds and commodities of risk
// parity. Prices of markets that the universe lacks stand still, and nothing is learned of them.
func New() flow.Model { return model{} }

func (model) Name() string { return "volcontrol" }

// program decides at the close and works the orders evenly over the following session.
//
// Its rows are the positions in units, then the state of each fund. Within a fund prices are relative
// to the State's, and holdings are dollars at the State's price.
type program struct {
	assets  int
	funds   []member
	elapsed float64 // share of the running session's order that was traded before the start
}

// member is a fund with its place in the state.
type member struct {
	rules
	first int
	legs  []place
	seen  [classes]bool // the universe carries its price
	begin *shot
}

// place is where a market of a fund stands in the universe.
type place struct {
	asset int     // -1 where the universe lacks it
	price float64 // points at the State's instant
	last  float64 // last close, relative to it
}

// Compile returns *evidence.Absent where the universe or the State lacks the S&P 500, or its history is
// too short. Risk parity is left out where it cannot run.
func (model) Compile(_ context.Context, e *flow.Env) (flow.Program, error) {
	g := &program{assets: len(e.Assets), elapsed: elapsed(e.Timeline)}
	rows := g.assets
	for _, name := range []string{Target, Parity} {
		r := read(e.Assume, name)
		x, err := r.load(e.Memo, e.State)
		if err != nil {
			if name == Target {
				return nil, err
			}
			continue
		}
		m := member{rules: r, first: rows, begin: x}
		held := false
		for i, id := range x.ids {
			p := place{asset: e.Asset(id), price: 1, last: 1}
			if p.asset >= 0 {
				a := e.Assets[p.asset]
				p.price, p.last = a.Price, a.LastClose/a.Price
				if !market.IsMissing(x.close[i]) {
					p.last = x.close[i] / a.Price
				}
				m.seen[i], held = true, true
			}
			m.legs = append(m.legs, p)
		}
		if held {
			g.funds = append(g.funds, m)
			rows += width(len(m.legs))
		}
	}
	if len(g.funds) == 0 {
		return nil, absent("not_in_universe", evidence.Args{"instrument": Instrument})
	}
	return g, nil
}

// elapsed is the share of session 0 that lies before the start.
func elapsed(t flow.Timeline) float64 {
	opened, left := true, 0.0
	for _, s := range t.Slots {
		if s.Session != 0 {
			break
		}
		if s.Phase == flow.Open {
			opened = false
		}
		if s.Phase == flow.Tick {
			left += s.Frac
		}
	}
	if !opened || left == 0 {
		return 0
	}
	return 1 - left
}

func (g *program) Width() int {
	last := &g.funds[len(g.funds)-1]
	return last.first + width(len(last.legs))
}

func (g *program) Phases() flow.Phase { return flow.Tick | flow.Close }

func (m *member) view(state []float64, lane int) view {
	return view{rows: state[m.first*flow.Lanes:], stride: flow.Lanes, lane: lane, n: len(m.legs)}
}

// Start puts what the funds held at the last close, and what they traded of the running session's order
// since, into every lane.
func (g *program) Start(state []float64) {
	clear(state)
	for k := range g.funds {
		m := &g.funds[k]
		from := m.begin.view()
		for lane := range flow.Lanes {
			v := m.view(state, lane)
			for row := range width(len(m.legs)) {
				*v.at(row) = *from.at(row)
			}
			*v.at(rowAssets) *= m.assets
			for i, p := range m.legs {
				*v.leg(i, legMark) = p.last
				*v.leg(i, legUnits) *= m.assets / p.last
				*v.leg(i, legOrder) *= m.assets / p.last
				v.count(i, p.last+g.elapsed*(1-p.last)/2) // traded on the way to where the price stands
				v.trade(i, g.elapsed)
				if p.asset >= 0 {
					state[p.asset*flow.Lanes+lane] += *v.leg(i, legUnits) / p.price
				}
			}
		}
	}
}

// Step trades over the session and decides at the close.
func (g *program) Step(state []float64, m *flow.Moment, out, _ []float64) {
	for k := range g.funds {
		f := &g.funds[k]
		if m.Phase == flow.Close {
			for lane := range flow.Lanes {
				f.decideLane(f.view(state, lane), m, lane)
			}
			continue
		}
		if m.Frac == 0 {
			continue
		}
		for lane := range flow.Lanes {
			v := f.view(state, lane)
			for i, p := range f.legs {
				if p.asset < 0 {
					v.trade(i, m.Frac)
					continue
				}
				row := p.asset*flow.Lanes + lane
				v.count(i, m.Price[row])
				units := v.trade(i, m.Frac) / p.price
				state[row] += units
				out[row] += units
			}
		}
	}
}

// decideLane takes in the close of a lane and sets the orders of the next session.
func (m *member) decideLane(v view, now *flow.Moment, lane int) {
	var r [classes]float64
	for i, p := range m.legs {
		if p.asset < 0 {
			continue
		}
		row := p.asset*flow.Lanes + lane
		v.count(i, now.Price[row])
		r[i] = math.Log(now.Price[row] / now.LastClose[row])
	}
	v.learn(&r, &m.seen, 1-m.short, 1-m.long)
	var x [classes]float64
	m.exposures(v, &x)
	m.decide(v, &x)
}
