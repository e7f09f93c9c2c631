package dealer

import (
	"math"

	"faultline/assumption"
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
	limit := a.Value("dealer.chain_max_age")
	if age := s.At().Sub(c.At).Hours() / 24; !(age <= limit) {
		return nil, &evidence.Absent{Code: "stale_chain", Args: evidence.Args{
			"underlying": underlying, "age_days": math.Round(age*10) / 10, "limit_days": limit,
		}}
	}
	if err := fits(c, s, a); err != nil {
		return nil, err
	}
	return flow.Once(memo, "dealer/book/"+underlying, func() (*options.Book, error) {
		return options.Prepare(c, options.DefaultParams())
	})
}
