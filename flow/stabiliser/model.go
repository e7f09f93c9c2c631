package stabiliser

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/flow"
	"faultline/market"
)

type model struct{}

// New returns buybacks and pension rebalancing as one flow model. Companies buy SPX evenly over each
// session; pension funds trade SPX, and bonds where the universe carries them, at the close.
func New() flow.Model { return model{} }

func (model) Name() string { return "stabiliser" }

// program has the positions in units, then equities and bonds of each group of pension funds, in dollars
// at the State's prices. Of companies only what they bought since the start is a position.
type program struct {
	buybacks
	assets  int
	equity  int // row of SPX
	price   float64
	bought  []float64 // dollars of each session at an unchanged price
	session []int     // of each slot
	funds   []fund
}

// fund is a group with its place in the state.
type fund struct {
	group
	left  []int // sessions that remain of the window, by session; 0 outside
	begin *since
	last  float64 // last close of equities, relative to the State's price
	bond  int     // asset, or -1
	point float64 // points of the bond at the State's instant
	lastB float64 // last close of the bond, relative to it
}

// Compile returns *evidence.Absent where the universe lacks the S&P 500 or the State knows nothing of it.
// A group of pension funds is left out where the close at which its period began is not known.
func (model) Compile(_ context.Context, e *flow.Env) (flow.Program, error) {
	g := &program{buybacks: readBuybacks(e.Assume), assets: len(e.Assets), equity: e.Asset(Instrument)}
	if g.equity < 0 {
		return nil, absent("not_in_universe", evidence.Args{"instrument": Instrument})
	}
	if !priced(e.State) {
		return nil, absent("no_bars", evidence.Args{"instrument": Instrument})
	}
	a := e.Assets[g.equity]
	g.price = a.Price
	for _, s := range e.Timeline.Slots {
		g.session = append(g.session, s.Session)
	}
	per := map[int]float64{} // by year
	for _, d := range e.Timeline.Dates {
		year, _, _ := d.YMD()
		if _, ok := per[year]; !ok {
			x, err := g.perWeight(d)
			if err != nil {
				return nil, fmt.Errorf("sessions of %d: %w", year, err)
			}
			per[year] = x
		}
		g.bought = append(g.bought, per[year]*g.weight(d))
	}
	for _, group := range readGroups(e.Assume) {
		x, err := shared(e.Memo, e.State, &group)
		var none *evidence.Absent
		if errors.As(err, &none) {
			continue
		}
		if err != nil {
			return nil, err
		}
		f := fund{group: group, begin: x, bond: e.Asset(x.bond), point: 1, lastB: 1, last: x.equityClose / a.Price}
		if f.bond >= 0 {
			f.point = e.Assets[f.bond].Price
			f.lastB = x.bondClose / f.point
		}
		for _, d := range e.Timeline.Dates {
			n, err := group.left(d)
			if err != nil {
				return nil, fmt.Errorf("sessions after %s: %w", d, err)
			}
			f.left = append(f.left, n)
		}
		g.funds = append(g.funds, f)
	}
	return g, nil
}

// shared is follow, kept in the memo: it depends on the weight and the window, not on the assets.
func shared(m *flow.Memo, s *market.State, g *group) (*since, error) {
	digest := s.Digest()
	key := fmt.Sprintf("stabiliser/%s/%x/%d/%s", g.period, g.weight, g.window, hex.EncodeToString(digest[:]))
	return flow.Once(m, key, func() (*since, error) { return g.follow(s) })
}

// priced reports whether the State says anything of the S&P 500's price.
func priced(s *market.State) bool {
	if _, err := s.Daily(Instrument); err == nil {
		return true
	}
	if _, err := s.Chain(Instrument); err == nil {
		return true
	}
	return len(s.Facts(Instrument+"_close")) > 0
}

func (g *program) Width() int         { return g.assets + 2*len(g.funds) }
func (g *program) Phases() flow.Phase { return flow.Tick | flow.Close }

// Start puts what the pension funds hold into every lane.
func (g *program) Start(state []float64) {
	clear(state)
	for k, f := range g.funds {
		equities, held := f.assets*f.begin.equities/f.last, f.assets*f.begin.bonds/f.lastB
		for lane := range flow.Lanes {
			state[(g.assets+2*k)*flow.Lanes+lane] = equities
			state[(g.assets+2*k+1)*flow.Lanes+lane] = held
			state[g.equity*flow.Lanes+lane] += equities / g.price
			if f.bond >= 0 {
				state[f.bond*flow.Lanes+lane] += held / f.point
			}
		}
	}
}

// Step buys back over the session and rebalances at the close.
func (g *program) Step(state []float64, m *flow.Moment, out, _ []float64) {
	const n = flow.Lanes
	at := g.equity * n
	price := m.Price[at : at+n]
	if m.Phase == flow.Tick {
		if m.Frac == 0 {
			return
		}
		usd := g.bought[g.session[m.Slot]] * m.Frac / g.price
		for lane, p := range price {
			units := usd * g.lean(p) / p
			state[at+lane] += units
			out[at+lane] += units
		}
		return
	}
	for k := range g.funds {
		f := &g.funds[k]
		left := f.left[g.session[m.Slot]]
		if left == 0 {
			continue
		}
		equities := state[(g.assets+2*k)*n : (g.assets+2*k+1)*n]
		held := state[(g.assets+2*k+1)*n : (g.assets+2*k+2)*n]
		for lane, p := range price {
			q := 1.0
			if f.bond >= 0 {
				q = m.Price[f.bond*n+lane]
			}
			trade := f.rebalance(equities[lane]*p, held[lane]*q, left)
			equities[lane] += trade / p
			held[lane] -= trade / q
			units := trade / p / g.price
			state[at+lane] += units
			out[at+lane] += units
			if f.bond >= 0 {
				units = -trade / q / f.point
				state[f.bond*n+lane] += units
				out[f.bond*n+lane] += units
			}
		}
	}
}

// dates is the next sessions after the State's last close.
func dates(s *market.State, n int) ([]calendar.Date, error) {
	last, err := calendar.NYSE().LastClosed(s.At())
	if err != nil {
		return nil, err
	}
	var out []calendar.Date
	d := last.Date
	for range n {
		x, err := calendar.NYSE().Next(d)
		if err != nil {
			return nil, err
		}
		d = x.Date
		out = append(out, d)
	}
	return out, nil
}
