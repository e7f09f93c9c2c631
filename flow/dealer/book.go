package dealer

import (
	"faultline/assumption"
	"faultline/black"
	"faultline/evidence"
	"faultline/flow"
	"faultline/market"
	"faultline/options"
)

// Dynamics is the code of what happens to volatility when the price moves: each strike keeps its own.
const Dynamics = "sticky_strike"

// Book prepares the latest chain of an underlying, once for each State. It is absent where there is no
// chain, where the chain is too old, and where nothing in it is usable.
func Book(s *market.State, underlying string, a assumption.Set, memo *flow.Memo) (*options.Book, error) {
	c, err := s.Chain(underlying)
	if err != nil {
		return nil, err
	}
	if err := fresh(c, s, a); err != nil {
		return nil, err
	}
	if err := fits(c, s, a); err != nil {
		return nil, err
	}
	b, err := flow.Once(memo, "dealer/book/"+underlying, func() (*options.Book, error) {
		b, err := options.Prepare(c, options.DefaultParams())
		if err != nil {
			return nil, err
		}
		return whole(b), nil
	})
	if err != nil {
		return nil, err
	}
	return b, implied(b, a)
}

// A source that cuts an expiry off after so many rows leaves calls without their puts, and what the
// two hold together is then wrong: exchanges list every strike as a call and as a put.
const (
	sidedRows  = 40  // contracts below which an expiry is a hand-picked list, not a listing
	sidedShare = 0.5 // fewest contracts of the smaller side for each of the larger
)

// whole takes the open interest and the volume of expiries with a missing side as unknown, and says so.
func whole(b *options.Book) *options.Book {
	out := *b
	cut := 0
	for _, e := range b.Expiries {
		calls := 0
		for i := e.First; i < e.End; i++ {
			if b.Right[i] == black.Call {
				calls++
			}
		}
		n := e.End - e.First
		if n < sidedRows || float64(min(calls, n-calls)) >= sidedShare*float64(max(calls, n-calls)) {
			continue
		}
		if cut == 0 {
			out.OpenInterest = append([]float64(nil), b.OpenInterest...)
			out.Volume = append([]float64(nil), b.Volume...)
		}
		cut++
		for i := e.First; i < e.End; i++ {
			out.OpenInterest[i], out.Volume[i] = market.Missing, market.Missing
		}
	}
	if cut == 0 {
		return b
	}
	out.Caveats = append(append([]evidence.Code(nil), b.Caveats...), evidence.Code{
		Code: "one_sided_expiries", Args: evidence.Args{"count": cut, "of": len(b.Expiries)},
	})
	return &out
}
