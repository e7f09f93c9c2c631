package options

import (
	"cmp"
	"math"
	"slices"

	"faultline/black"
	"faultline/market"
)

// flatten sorts the rows of each expiry, drops duplicates, and lays the contracts out as columns.
func (w *work) flatten() {
	n := 0
	for i := range w.groups {
		n += len(w.groups[i].rows)
	}
	ints := make([]int32, 2*n)
	w.exp, w.row = ints[:0:n], ints[n:n:2*n]
	w.right = make([]black.Right, 0, n)
	const columns = 9
	f := make([]float64, columns*n)
	for i, col := range []*[]float64{&w.strike, &w.bid, &w.ask, &w.mid, &w.years, &w.forward, &w.vol, &w.bidVol, &w.askVol} {
		*col = f[i*n : (i+1)*n : (i+1)*n]
	}
	w.rungs = make([]rung, 0, n)
	for g := range w.groups {
		e := &w.groups[g]
		w.sortRows(e.rows)
		e.first, e.rung0 = len(w.row), len(w.rungs)
		for _, r := range e.rows {
			k, right, at := w.c.Strike[r], w.c.Right[r], int32(len(w.row))
			last := len(w.row) - 1
			if last >= e.first && w.strike[last] == k && w.right[last] == right {
				w.reject(r, duplicate)
				continue
			}
			if len(w.rungs) == e.rung0 || w.rungs[len(w.rungs)-1].strike != k {
				w.rungs = append(w.rungs, rung{k, -1, -1})
			}
			if right == black.Call {
				w.rungs[len(w.rungs)-1].call = at
			} else {
				w.rungs[len(w.rungs)-1].put = at
			}
			w.strike[at], w.years[at] = k, e.Years
			w.exp, w.row, w.right = append(w.exp, int32(g)), append(w.row, r), append(w.right, right)
		}
		e.end, e.rN = len(w.row), len(w.rungs)
	}
	n = len(w.row)
	for _, col := range []*[]float64{&w.strike, &w.bid, &w.ask, &w.mid, &w.years, &w.forward, &w.vol, &w.bidVol, &w.askVol} {
		*col = (*col)[:n]
	}
	w.from, w.why, w.drop = make([]VolSource, n), make([]uint8, n), make([]bool, n)
}

// sortRows orders rows by strike, calls first, the best row of a contract first. Chains come sorted
// more often than not, which is found out first.
func (w *work) sortRows(rows []int32) {
	c := w.c
	compare := func(a, b int32) int {
		if c.Strike[a] != c.Strike[b] {
			return cmp.Compare(c.Strike[a], c.Strike[b])
		}
		if c.Right[a] != c.Right[b] {
			return cmp.Compare(c.Right[b], c.Right[a])
		}
		return w.compareRows(a, b)
	}
	for i := 1; i < len(rows); i++ {
		if compare(rows[i-1], rows[i]) > 0 {
			slices.SortFunc(rows, compare)
			return
		}
	}
}

// compareRows orders rows of one contract by what they hold: two-sided quotes before others,
// narrower before wider, larger open interest before smaller, then by every other column, so that
// rows that compare equal are equal in all that the book reads.
func (w *work) compareRows(a, b int32) int {
	c := w.c
	spread := func(i int32) float64 {
		if why := quoteState(c.Bid[i], c.Ask[i]); why != ok {
			return math.Inf(1)
		}
		return c.Ask[i] - c.Bid[i]
	}
	down := func(x, y float64) int { return cmp.Compare(y, x) } // Missing sorts last
	return cmp.Or(
		cmp.Compare(spread(a), spread(b)),
		down(c.OpenInterest[a], c.OpenInterest[b]),
		down(c.Volume[a], c.Volume[b]),
		down(c.Bid[a], c.Bid[b]),
		down(c.Ask[a], c.Ask[b]),
		down(c.Last[a], c.Last[b]),
		down(c.IV[a], c.IV[b]),
	)
}

// quoteState says what is wrong with a quote, looking at nothing else.
func quoteState(bid, ask float64) uint8 {
	switch {
	case bid < 0 || ask < 0 || math.IsInf(bid, 0) || math.IsInf(ask, 0):
		return badPrice
	case !(bid > 0) && !(ask > 0):
		return noQuote
	case !(bid > 0):
		return noBid
	case !(ask > 0):
		return noAsk
	case bid > ask:
		return crossed
	}
	return ok
}

// readQuotes fills bid, ask, mid and the reasons that need no forward.
func (w *work) readQuotes() {
	for i, r := range w.row {
		bid, ask := w.c.Bid[r], w.c.Ask[r]
		why := quoteState(bid, ask)
		w.bid[i], w.ask[i], w.mid[i] = bid, ask, market.Missing
		if why == ok {
			w.mid[i] = bid + (ask-bid)/2
			if ask-bid > w.p.WideShare*w.mid[i] {
				why = wide
			}
		}
		w.why[i] = why
	}
}
