package cascade

import (
	"math"

	"faultline/flow"
	"faultline/impact"
)

// Setup is everything that the paths of a simulation share.
type Setup struct {
	Env     *flow.Env
	Players []flow.Player
	Curves  []impact.Curve // by asset
	Cross   *impact.Cross
	Decay   impact.Propagator
	Noise   Noise
	// Elasticity of liquidity to volatility, and over how many sessions volatility is remembered.
	Elasticity, Memory float64
	// Tables are of the players in Env; nil has New read them. Simulations that differ in other things share
	// them.
	Tables *Tables
}

// Case is one run of the same paths: which players are in, and which shock hits at the start.
type Case struct {
	Players []bool    // by player of the setup
	Shock   []float64 // relative move of each asset
}

// tolerance of double entry, as in flow.Walk.
const tolerance = 1e-11

// refresh is the share of a session after which volatility and liquidity are looked at again.
const refresh = 1. / 13

// trials bounds how often a closing auction is tried: a loop of gain g is off by g^trials of its move.
const trials = 8

// settled is the change of price at which an auction counts as solved, relative.
const settled = 1e-10

// seat is a player with how it is run.
type seat struct {
	player flow.Player
	table  *table
	width  int
	start  []float64
}

// engine runs one block of lanes, one case after another. It allocates when it is made and never after.
type engine struct {
	*Setup
	n       int // assets · lanes
	seats   []seat
	noise   [][]float64
	lasting bool // nothing wears off

	state  [][]float64
	saved  [][]float64
	before []float64
	out    []float64
	moved  []float64
	moment flow.Moment

	free    []float64 // what moved the price besides the participants
	pushed  []float64 // displacement
	own     []float64 // displacement by each asset's own flow
	perm    []float64 // dollars that still count, by speed
	fast    []float64
	slow    []float64
	total   []float64
	trial   []float64 // units of this slot
	load    []float64 // inverse of liquidity
	depth   []float64 // by asset: dollars for 1 % at liquidity 1
	square  []float64 // variance a session, by asset and lane
	mark    []float64 // price when volatility was last looked at
	marked  float64   // share of a session since
	halted  [flow.Lanes]bool
	nHalted int
	path    []float64   // [slot][lane], first asset
	flows   [][]float64 // [player][lane], dollars since the start
	watch   bool        // keep path and flows
}

// slots of decay by timeline: factors kept and shares of what is new, computed once.
type decays struct{ keepFast, keepSlow, newFast, newSlow float64 }

func decaysOf(t flow.Timeline, p impact.Propagator) []decays {
	out := make([]decays, len(t.Slots))
	for i, s := range t.Slots {
		d := &out[i]
		d.keepFast, d.keepSlow = p.Factors(s.Frac)
		d.newFast, d.newSlow = p.Spread(s.Frac)
		d.newFast *= p.Fast
		d.newSlow *= 1 - p.Permanent - p.Fast
	}
	return out
}

func newEngine(s *Setup, seats []seat) *engine {
	n := len(s.Env.Assets) * flow.Lanes
	g := &engine{Setup: s, n: n, seats: seats, lasting: s.Decay.Permanent == 1}
	cells := make([]float64, 14*n)
	for _, to := range []*[]float64{
		&g.before, &g.out, &g.moved, &g.free, &g.pushed, &g.own, &g.perm, &g.fast, &g.slow, &g.total,
		&g.trial, &g.load, &g.square, &g.mark,
	} {
		*to, cells = cells[:n:n], cells[n:]
	}
	for _, p := range seats {
		g.state = append(g.state, make([]float64, p.width*flow.Lanes))
		g.saved = append(g.saved, make([]float64, p.width*flow.Lanes))
		g.flows = append(g.flows, make([]float64, flow.Lanes))
	}
	g.moment = flow.Moment{
		Price: make([]float64, n), LastClose: make([]float64, n), Vol: make([]float64, n), Depth: make([]float64, n),
	}
	for a := range s.Curves {
		g.depth = append(g.depth, s.Curves[a].Dollars(0.01))
	}
	for range s.Env.Timeline.Slots {
		g.noise = append(g.noise, make([]float64, n))
	}
	g.path = make([]float64, len(s.Env.Timeline.Slots)*flow.Lanes)
	return g
}

// begin puts every lane back to the start.
func (g *engine) begin(c *Case) {
	for i := range g.seats {
		if c.Players[i] {
			copy(g.state[i], g.seats[i].start)
		}
		clear(g.flows[i])
	}
	for _, x := range [][]float64{g.pushed, g.perm, g.fast, g.slow, g.total} {
		clear(x)
	}
	for a, asset := range g.Env.Assets {
		v := g.Noise.Vol[a]
		for l := range flow.Lanes {
			k := a*flow.Lanes + l
			g.free[k] = c.Shock[a]
			g.moment.LastClose[k] = asset.LastClose / asset.Price
			g.square[k], g.mark[k] = v*v, 1
		}
	}
	g.marked = 0
	g.halted, g.nHalted = [flow.Lanes]bool{}, 0
	g.volatility()
}

// volatility sets what participants see of volatility and depth, and the load of impact.
func (g *engine) volatility() {
	const n = flow.Lanes
	for a := range g.Curves {
		usual := g.Noise.Vol[a]
		for l := range n {
			k := a*n + l
			v := math.Sqrt(g.square[k])
			liquidity := 1.0
			if v != usual {
				liquidity = impact.Liquidity(v/usual, g.Elasticity)
			}
			g.load[k] = 1 / liquidity
			g.moment.Vol[k] = v * math.Sqrt(252)
			g.moment.Depth[k] = g.depth[a] * liquidity
		}
	}
}

// learn takes the moves since the last look into each lane's variance: v ← v + (r² − v·t)/memory.
func (g *engine) learn() {
	for k := range g.n {
		p := g.moment.Price[k]
		r := p/g.mark[k] - 1
		g.square[k] = max(g.square[k]+(r*r-g.square[k]*g.marked)/g.Memory, g.square[k]/16)
		g.mark[k] = p
	}
	g.marked = 0
	g.volatility()
}

// run walks one case along the block's noise. It reports a broken double entry.
func (g *engine) run(c *Case, decay []decays) error {
	g.begin(c)
	m := &g.moment
	for s, slot := range g.Env.Timeline.Slots {
		m.Phase, m.Slot, m.Frac = slot.Phase, s, slot.Frac
		if drift(m.Price, g.free, g.pushed, g.noise[s]) || g.nHalted > 0 {
			g.halt()
		}
		d := &decay[s]
		if slot.Phase == flow.Close {
			if err := g.auction(c, d); err != nil {
				return err
			}
			g.price()
			copy(m.LastClose, m.Price)
		} else {
			if err := g.orders(c, true); err != nil {
				return err
			}
			g.settle(d, true)
			g.displace()
		}
		g.marked += slot.Frac
		if g.marked >= refresh-1e-9 || s == 0 || slot.Phase == flow.Open {
			g.price()
			g.learn()
		}
		if g.watch {
			row := g.path[s*flow.Lanes : (s+1)*flow.Lanes]
			for l := range row {
				row[l] = g.free[l] + g.pushed[l]
			}
		}
	}
	return nil
}

// at is where the price of asset and lane k stands. As in the to-rest solver, an asset besides the first that
// has lost 95 % is priced there and goes no lower.
func (g *engine) at(k int) float64 {
	p := 1 + g.free[k] + g.pushed[k]
	if k >= flow.Lanes {
		return max(p, Lowest) // NaN stays NaN
	}
	return p
}

// price adds up where the prices stand. A lane in which the first asset falls below the lowest that anything
// is priced at, or any price stops being finite, is halted: its prices stay and its orders end.
func (g *engine) price() {
	price := g.moment.Price[:g.n]
	bad := false
	for k := range price {
		p := g.at(k)
		if !(p >= Lowest && p < highest) {
			bad = true
		}
		price[k] = p
	}
	if bad || g.nHalted > 0 {
		g.halt()
	}
}

// highest is the largest relative price that is believed.
const highest = 50

func (g *engine) halt() {
	for k, p := range g.moment.Price {
		l := k % flow.Lanes
		if k >= flow.Lanes && p < Lowest { // drift knows no floor
			p = Lowest
			g.moment.Price[k] = p
		}
		if !(p >= Lowest && p < highest) && !g.halted[l] {
			g.halted[l] = true
			g.nHalted++
		}
	}
	for l, h := range g.halted {
		if !h {
			continue
		}
		for k := l; k < g.n; k += flow.Lanes {
			p := g.moment.Price[k]
			if !(p > Lowest) {
				p = Lowest
			}
			p = min(p, highest)
			g.moment.Price[k] = p
			g.free[k], g.pushed[k] = p-1, 0
			g.perm[k], g.fast[k], g.slow[k], g.total[k] = 0, 0, 0, 0
		}
	}
}

// orders steps the players of a case that act in this phase and adds up their orders, in units, in trial.
// Keep adds the orders to what each has traded.
func (g *engine) orders(c *Case, keep bool) error {
	clear(g.trial)
	for i := range g.seats {
		p := &g.seats[i]
		if !c.Players[i] || p.player.Program.Phases()&g.moment.Phase == 0 {
			continue
		}
		if p.table != nil {
			g.read(i, p.table)
		} else {
			clear(g.out)
			clear(g.moved)
			copy(g.before, g.state[i][:g.n])
			p.player.Program.Step(g.state[i], &g.moment, g.out, g.moved)
			if err := g.audit(i); err != nil {
				return err
			}
		}
		if keep && g.watch {
			g.account(i)
		}
	}
	if g.nHalted > 0 {
		for k := range g.trial {
			if g.halted[k%flow.Lanes] {
				g.trial[k] = 0
			}
		}
	}
	return nil
}

// read takes a player's positions from its table.
func (g *engine) read(i int, t *table) {
	const n = flow.Lanes
	if g.watch {
		clear(g.out)
	}
	state := g.state[i]
	for k, a := range t.assets {
		at := a * n
		held, price := state[at:at+n], g.moment.Price[at:at+n]
		if g.moment.Phase == flow.Settle {
			t.hold(held, g.moment.Slot, k, price) // what expires leaves without the market
			continue
		}
		t.trade(held, g.trial[at:at+n], g.out[at:at+n], g.moment.Slot, k, price)
	}
}

// audit holds double entry for one player and adds its orders to trial: orders and transfers are the
// change of position, to 1e-11 relative, for every asset and lane. What balanced does not pass is looked at
// lane by lane.
func (g *engine) audit(i int) error {
	state := g.state[i][:g.n]
	for k := 0; k < g.n; {
		k += balanced(g.trial[k:], state[k:], g.before[k:], g.out[k:], g.moved[k:])
		for end := min(k+widest, g.n); k < end; k++ {
			if err := g.broken(i, k); err != nil {
				return err
			}
			if o := g.out[k]; finite(o) {
				g.trial[k] += o
			}
		}
	}
	return nil
}

// broken tells a lane that stopped being finite, which is halted, from a program that does not keep its
// books. A lane that is halted already may show anything.
func (g *engine) broken(i, k int) error {
	lane := k % flow.Lanes
	s, b, o, v := g.state[i][k], g.before[k], g.out[k], g.moved[k]
	if g.halted[lane] {
		return nil
	}
	if !finite(s + o + v) {
		g.halted[lane] = true
		g.nHalted++
		return nil
	}
	if math.Abs(s-b-o-v) <= tolerance*max(math.Abs(s), math.Abs(b), math.Abs(o), math.Abs(v)) {
		return nil
	}
	return &flow.DoubleEntryError{
		Player: g.seats[i].player.Name, Asset: g.Env.Assets[k/flow.Lanes].ID, Slot: g.moment.Slot, Lane: lane,
		Before: b, After: s, Out: o, Moved: v,
	}
}

// account adds a player's orders to what it has traded, in dollars at the prices of the start.
func (g *engine) account(i int) {
	const n = flow.Lanes
	sum := g.flows[i]
	for a, asset := range g.Env.Assets {
		for l, x := range g.out[a*n : a*n+n] {
			if !g.halted[l] {
				sum[l] += x * asset.Price
			}
		}
	}
}

// settle sets total to the dollars that count after the orders of trial. Keep makes them last; otherwise
// they are tried only.
func (g *engine) settle(d *decays, keep bool) {
	for a, asset := range g.Env.Assets {
		at, usd := a*lanes, asset.Price
		block := func(x []float64) *[lanes]float64 { return (*[lanes]float64)(x[at:]) }
		if g.lasting {
			last(block(g.total), block(g.perm), block(g.trial), usd, keep)
			continue
		}
		wear(block(g.total), block(g.perm), block(g.fast), block(g.slow), block(g.trial),
			g.Decay.Permanent*usd, d, d.newFast*usd, d.newSlow*usd, keep)
	}
}

// displace sets the displacements that go with the dollars that count.
func (g *engine) displace() {
	const n = flow.Lanes
	assets := len(g.Curves)
	if assets == 1 {
		g.Curves[0].Block(g.pushed[:n], g.total, g.load)
		return
	}
	for a := range assets {
		at := a * n
		g.Curves[a].Block(g.own[at:at+n], g.total[at:at+n], g.load[at:at+n])
	}
	for a := range assets {
		combine(g.pushed[a*n:a*n+n], g.own, g.Cross.Row(a))
	}
}

// auction solves the close: the price at which the orders that it sets off are the orders that make it.
func (g *engine) auction(c *Case, d *decays) error {
	const n = flow.Lanes
	for i := range g.seats {
		if c.Players[i] && g.seats[i].player.Program.Phases()&flow.Close != 0 {
			copy(g.saved[i], g.state[i])
		}
	}
	for k := range trials {
		last := k == trials-1
		if err := g.orders(c, false); err != nil {
			return err
		}
		g.settle(d, false)
		g.displace()
		off := 0.0
		for j, p := range g.moment.Price {
			if !g.halted[j%n] {
				off = max(off, math.Abs(g.at(j)-p))
			}
		}
		for i := range g.seats {
			if c.Players[i] && g.seats[i].player.Program.Phases()&flow.Close != 0 {
				copy(g.state[i], g.saved[i])
			}
		}
		if !(off > settled) || last {
			break
		}
		g.price()
	}
	if err := g.orders(c, true); err != nil {
		return err
	}
	g.settle(d, true)
	g.displace()
	return nil
}
