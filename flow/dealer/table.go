package dealer

import (
	"math"
	"sync"
	"time"

	"faultline/flow"
)

// grace is how long after an instant a settlement still belongs to it: fund options trade on for
// fifteen minutes after the close that fixes what they are worth.
const grace = 30 * time.Minute

// cutoff is the instant before which a settlement is past at a slot. At the start of a walk what has
// settled is past; at a settlement also what settles within the grace; at any other slot a contract
// that settles right then still lives, with no time left.
func cutoff(slot int, s flow.Slot) time.Time {
	switch {
	case s.Phase == flow.Settle:
		return s.At.Add(grace + 1)
	case slot == 0:
		return s.At.Add(1)
	}
	return s.At
}

// answer is the delta of every part that has contracts, in units of the underlying, as a holder of one
// contract each has it.
type answer struct {
	held  []int
	delta []float64
}

func (a *answer) under(w *weights) float64 {
	sum := 0.0
	for i, p := range a.held {
		sum += w[p] * a.delta[i]
	}
	return sum
}

// table answers what the deltas of a holding are at an instant and a price, and remembers answers:
// rungs, lanes and draws of the convention ask for the same ones.
type table struct {
	stock *stock
	held  []int
	mu    sync.Mutex
	known map[point]*answer
	alive map[point]*columns // by instant, cut and price of the asset
}

type point struct {
	at, cut int64 // Unix nanoseconds
	price   uint64
}

// memoLimit bounds the memory of a table; beyond it answers are computed each time.
const memoLimit = 1 << 16

func newTable(h *Holding) *table {
	t := &table{stock: h.stock(), known: map[point]*answer{}, alive: map[point]*columns{}}
	for p := range parts {
		if h.first[p] < h.first[p+1] {
			t.held = append(t.held, p)
		}
	}
	return t
}

// deltas fills want with the answers at relative prices x of an asset whose price is price.
func (t *table) deltas(want *[flow.Lanes]*answer, n int, s flow.Slot, x []float64, price float64) {
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
	key.price = math.Float64bits(price)
	c := t.alive[key]
	t.mu.Unlock()
	if asked == 0 {
		return
	}
	if c == nil {
		c = t.stock.at(s.At, cut, price)
	}
	found := t.price(c, ask[:asked])
	t.mu.Lock()
	defer t.mu.Unlock()
	t.alive[key] = c
	for l := range flow.Lanes {
		if j := slot[l]; j >= 0 {
			want[l] = &found[j]
			if len(t.known) < memoLimit {
				key.price = math.Float64bits(x[l])
				t.known[key] = want[l]
			}
		}
	}
}

// price computes the answers at relative prices.
func (t *table) price(c *columns, x []float64) []answer {
	var sums [parts][]float64
	all := make([]float64, len(t.held)*len(x))
	for i, p := range t.held {
		sums[p] = all[i*len(x) : (i+1)*len(x)]
	}
	c.delta(&sums, x)
	found := make([]answer, len(x))
	deltas := make([]float64, len(all))
	for j := range found {
		found[j] = answer{t.held, deltas[j*len(t.held) : (j+1)*len(t.held)]}
		for i, p := range t.held {
			found[j].delta[i] = sums[p][j]
		}
	}
	return found
}
