package options

import (
	"cmp"
	"math"
	"slices"
	"time"

	"faultline/black"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// work is a Book in the making. Its columns run over the contracts in book order; a reason that
// stands in why keeps the contract and rejects its quote.
type work struct {
	c      *market.Chain
	p      Params
	in     market.Instrument
	b      *Book
	groups []group

	exp                 []int32
	row                 []int32
	right               []black.Right
	strike, bid, ask    []float64
	mid                 []float64 // of two-sided, uncrossed quotes; Missing otherwise
	years, forward      []float64
	vol, bidVol, askVol []float64
	from                []VolSource
	why                 []uint8
	drop                []bool
	rungs               []rung
	laws                []mixture
	surface             []slice
	knots               []knot // by group, then strike
	droppedRows         []Reject
	rootsInferred       int
}

// group is the raw rows of one expiry.
type group struct {
	Expiry
	rows       []int32
	first, end int // of the contracts of work
	rung0, rN  int // of work.rungs
	fit        parity
	early      *early // of American options; nil without a premium
	knot0, kN  int    // of work.knots
}

// rung is one strike of an expiry, with the positions of its call and put, −1 where absent.
type rung struct {
	strike    float64
	call, put int32
}

// Prepare makes a chain usable. The result depends on the content of the chain's rows only, never
// on their order, and not on the number of processors.
//
// Time to settlement runs from the instant at which the quotes were live. A chain known while its
// options trade was quoted then, less the delay that Params.Delays has for its format. A chain known at another time was quoted
// at the last close before it: a download of Saturday evening shows Friday's quotes, and counting
// from Saturday would take a day and a half of time value for volatility. Whatever has settled when
// the chain is known is rejected as expired.
//
// Errors: *evidence.Absent with code "empty_chain" when there are no rows, "chain_date_unknown" when
// the chain's time lies outside the years of the calendar, "no_usable_contract" when every row was
// rejected (the reasons and their counts are the arguments).
func Prepare(c *market.Chain, p Params) (*Book, error) {
	if c.Len() == 0 {
		return nil, &evidence.Absent{Code: "empty_chain", Args: evidence.Args{"underlying": c.Underlying}}
	}
	in, _ := market.InstrumentOf(c.Underlying)
	w := &work{c: c, p: p, in: in, b: &Book{
		Underlying: c.Underlying, At: c.At, Multiplier: in.Multiplier, RejectedBy: map[string]int{},
		Spot: market.Missing, SpotImplied: market.Missing,
	}}
	if c.Spot > 0 && !math.IsInf(c.Spot, 1) {
		w.b.Spot = c.Spot
	}
	quoted, err := quotedAt(in, c.At, p.Delays[c.Origin.Format])
	if err != nil {
		return nil, &evidence.Absent{Code: "chain_date_unknown", Args: evidence.Args{"underlying": c.Underlying, "at": c.At.UTC().Format(time.RFC3339)}}
	}
	w.b.Quoted = quoted
	if market.IsMissing(w.p.RatePrior) {
		w.p.RatePrior = anyRate
		if r, known := policyRate(calendar.DateIn(quoted, calendar.NewYork())); known {
			w.p.RatePrior = r
		}
	}
	w.group()
	w.flatten()
	w.readQuotes()
	w.fitForwards()
	w.impliedVols()
	w.dropStaleQuotes()
	w.fitSurface()
	w.scoreFits()
	w.fillVols()
	w.pack()
	w.caveats()
	if w.b.Len() == 0 {
		args := evidence.Args{"underlying": c.Underlying}
		for k, n := range w.b.RejectedBy {
			args[k] = n
		}
		return nil, &evidence.Absent{Code: "no_usable_contract", Args: args}
	}
	return w.b, nil
}

// anyRate is assumed before the Federal Reserve had a target range.
const anyRate = 0.03

// reject records a row that does not become a contract of the book.
func (w *work) reject(row int32, why uint8) {
	w.droppedRows = append(w.droppedRows, Reject{Row: row, Reason: reasons[why]})
}

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

// pack copies the accepted contracts into the book and the reasons into its list.
func (w *work) pack() {
	b := w.b
	n := 0
	for _, d := range w.drop {
		if !d {
			n++
		}
	}
	ints := make([]int32, 2*n)
	b.Exp, b.Row = ints[:n:n], ints[n:]
	b.Right, b.VolFrom = make([]black.Right, n), make([]VolSource, n)
	f := make([]float64, 9*n)
	for i, col := range []*[]float64{&b.Strike, &b.Years, &b.Forward, &b.Vol, &b.OpenInterest, &b.Volume, &b.Mid, &b.BidVol, &b.AskVol} {
		*col = f[i*n : (i+1)*n : (i+1)*n]
	}
	rejected := make([]Reject, 0, n/2+len(w.droppedRows))
	j := 0
	for g := range w.groups {
		e := &w.groups[g]
		e.First = j
		for i := e.first; i < e.end; i++ {
			r := w.row[i]
			if w.why[i] != ok {
				rejected = append(rejected, Reject{r, reasons[w.why[i]], !w.drop[i]})
			}
			if w.drop[i] {
				continue
			}
			b.Exp[j], b.Row[j], b.Right[j], b.VolFrom[j] = w.exp[i], r, w.right[i], w.from[i]
			b.Strike[j], b.Years[j], b.Forward[j], b.Vol[j] = w.strike[i], w.years[i], w.forward[i], w.vol[i]
			b.OpenInterest[j], b.Volume[j] = nonNegative(w.c.OpenInterest[r]), nonNegative(w.c.Volume[r])
			b.Mid[j], b.BidVol[j], b.AskVol[j] = w.mid[i], w.bidVol[i], w.askVol[i]
			j++
		}
		e.End = j
		e.Contracts = e.End - e.First
		b.Expiries = append(b.Expiries, e.Expiry)
	}
	slices.SortFunc(w.droppedRows, func(x, y Reject) int {
		return cmp.Or(cmp.Compare(x.Reason, y.Reason), w.compareAnyRows(x.Row, y.Row))
	})
	b.surface = w.surface
	b.Rejected = append(rejected, w.droppedRows...)
	for _, r := range b.Rejected {
		b.RejectedBy[r.Reason]++
		if !r.Kept {
			b.Dropped++
		}
	}
}

// compareAnyRows orders rows of any contracts by what they hold.
func (w *work) compareAnyRows(a, b int32) int {
	c := w.c
	return cmp.Or(
		cmp.Compare(c.Expiry[a], c.Expiry[b]),
		cmp.Compare(c.Root[a], c.Root[b]),
		cmp.Compare(c.Strike[a], c.Strike[b]),
		cmp.Compare(c.Right[b], c.Right[a]),
		w.compareRows(a, b),
	)
}

// nonNegative makes a count that is no count missing.
func nonNegative(x float64) float64 {
	if x >= 0 && !math.IsInf(x, 1) {
		return x
	}
	return market.Missing
}

// quotedAt is the instant at which the quotes of a chain known at t were live: t less delay while
// the options trade, else the last close of their session before t. Options on indices, and on the
// funds that follow them, trade until a quarter past four New York time.
func quotedAt(in market.Instrument, t time.Time, delay time.Duration) (time.Time, error) {
	x := in.Calendar()
	switch in.ID {
	case "SPY", "QQQ", "IWM", "DIA":
		x = calendar.Cboe()
	}
	if in.Kind == market.Index || in.Kind == market.Volatility {
		x = calendar.Cboe()
	}
	live := t.Add(-delay)
	if x.OpenAt(live) {
		return live, nil
	}
	s, err := x.LastClosed(live)
	if err != nil {
		return time.Time{}, err
	}
	return s.Close, nil
}
