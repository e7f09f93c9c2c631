package dealer

import (
	"context"
	"errors"
	"math"
	"sync"

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
func New() flow.Model { return model{} }

type model struct{}

func (model) Name() string { return "dealer" }

// Compile prepares the chain of each asset that has one. It is absent when no asset has.
func (model) Compile(_ context.Context, e *flow.Env) (flow.Program, error) {
	p := &program{env: e, long: e.Assume.Value("dealer.calls_long"), short: e.Assume.Value("dealer.puts_short")}
	var why error
	for i, asset := range e.Assets {
		b, err := Book(e.State, asset.ID, e.Assume, e.Memo)
		if err == nil {
			err = check(b)
		}
		var absent *evidence.Absent
		switch {
		case errors.As(err, &absent):
			if why == nil || absent.Code != "no_chain" {
				why = err
			}
			p.books = append(p.books, nil)
			continue
		case err != nil:
			return nil, err
		}
		t, err := flow.Once(e.Memo, bookKey(asset.ID), func() (*table, error) { return newTable(b), nil })
		if err != nil {
			return nil, err
		}
		p.books = append(p.books, t)
		p.start = append(p.start, 0)
		p.start[len(p.start)-1] = p.hedge(t, 0, 1, e.Assets[i].Price)
		p.assets = append(p.assets, i)
	}
	if len(p.assets) == 0 {
		return nil, why
	}
	return p, nil
}

// program is the dealers of one universe under one draw of the convention.
type program struct {
	env         *flow.Env
	long, short float64
	books       []*table  // by asset, nil without a chain
	assets      []int     // those with a chain
	start       []float64 // their hedges at the start
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
	var want [flow.Lanes]pair
	to := out
	if m.Phase == flow.Settle {
		to = moved
	}
	for _, a := range p.assets {
		row := a * flow.Lanes
		p.books[a].deltas(&want, m.Slot, p.env.Timeline.Slots[m.Slot], m.Price[row:row+flow.Lanes], p.env.Assets[a].Price)
		for l := range flow.Lanes {
			hedge := -(p.long*want[l].calls - p.short*want[l].puts)
			to[row+l] += hedge - state[row+l]
			state[row+l] = hedge
		}
	}
}

// hedge is the hedge at one relative price of the first slot.
func (p *program) hedge(t *table, slot int, x, price float64) float64 {
	var want [flow.Lanes]pair
	var prices [flow.Lanes]float64
	for l := range prices {
		prices[l] = x
	}
	t.deltas(&want, slot, p.env.Timeline.Slots[slot], prices[:], price)
	return -(p.long*want[0].calls - p.short*want[0].puts)
}

// pair is the delta of all calls and of all puts, in units, as their holders have it.
type pair struct{ calls, puts float64 }

// table answers what the deltas of a book are at an instant and a price, and remembers answers: rungs,
// lanes and draws of the convention ask for the same ones.
type table struct {
	calls, puts side
	mu          sync.Mutex
	known       map[point]pair
	alive       map[point][2]columns // by instant and cut: what of the calls and of the puts lives
}

type point struct {
	at, cut int64 // Unix nanoseconds
	price   uint64
}

// memoLimit bounds the memory of a table; beyond it answers are computed each time.
const memoLimit = 1 << 17

func newTable(b *options.Book) *table {
	t := &table{known: map[point]pair{}, alive: map[point][2]columns{}}
	t.calls, t.puts = sides(b)
	return t
}

// deltas fills want with the deltas at relative prices x of an asset whose price is price.
func (t *table) deltas(want *[flow.Lanes]pair, n int, s flow.Slot, x []float64, price float64) {
	cut := cutoff(n, s)
	key := point{at: s.At.UnixNano(), cut: cut.UnixNano()}
	var ask [flow.Lanes]float64 // distinct prices that are not known yet
	var slot [flow.Lanes]int    // lane to place in ask, or -1
	asked := 0
	t.mu.Lock()
	for l := range flow.Lanes {
		slot[l] = -1
		key.price = math.Float64bits(x[l])
		if v, ok := t.known[key]; ok {
			want[l] = v
			continue
		}
		for j := range asked {
			if ask[j] == x[l] {
				slot[l] = j
			}
		}
		if slot[l] < 0 {
			slot[l] = asked
			ask[asked] = x[l]
			asked++
		}
	}
	t.mu.Unlock()
	if asked == 0 {
		return
	}
	key.price = math.Float64bits(price)
	t.mu.Lock()
	parts, ok := t.alive[key]
	t.mu.Unlock()
	if !ok {
		parts = [2]columns{t.calls.at(s.At, cut, price), t.puts.at(s.At, cut, price)}
		t.mu.Lock()
		t.alive[key] = parts
		t.mu.Unlock()
	}
	var calls, puts [flow.Lanes]float64
	parts[0].delta(calls[:asked], ask[:asked])
	parts[1].delta(puts[:asked], ask[:asked])
	t.mu.Lock()
	defer t.mu.Unlock()
	for l := range flow.Lanes {
		if j := slot[l]; j >= 0 {
			want[l] = pair{calls[j], puts[j]}
			if len(t.known) < memoLimit {
				key.price = math.Float64bits(x[l])
				t.known[key] = want[l]
			}
		}
	}
}
