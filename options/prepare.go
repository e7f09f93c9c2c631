package options

import (
	"math"
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
// options trade was quoted then, less the delay that Params.Delays has for its format. A chain known
// at another time was quoted at the last close before it: a download of Saturday evening shows
// Friday's quotes, and counting from Saturday would take a day and a half of time value for
// volatility. Whatever has settled when the chain is known is rejected as expired.
//
// Errors: *evidence.Absent with code "empty_chain" when there are no rows, "chain_date_unknown" when
// the chain's time lies outside the years of the calendar, "no_usable_contract" when every row was
// rejected (the reasons and their counts are the arguments; the error is an *Unusable, which lists the rows).
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
		if r, known := market.FedFundsInForce(calendar.DateIn(quoted, calendar.NewYork())); known {
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
		return nil, &Unusable{Absent: &evidence.Absent{Code: "no_usable_contract", Args: args}, Rejected: w.b.Rejected}
	}
	return w.b, nil
}

// anyRate is assumed before the Federal Reserve had a target range.
const anyRate = 0.03

// reject records a row that does not become a contract of the book.
func (w *work) reject(row int32, why uint8) {
	w.droppedRows = append(w.droppedRows, Reject{Row: row, Reason: reasons[why]})
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
