package dealer

import (
	"fmt"
	"math"
	"time"

	"faultline/assumption"
	"faultline/black"
	"faultline/evidence"
	"faultline/flow"
	"faultline/market"
	"faultline/options"
)

// Convention is the code of the sign convention that the register's values amount to.
func Convention(a assumption.Set) string {
	if a.Value("dealer.calls_long") == 1 && a.Value("dealer.puts_short") == 1 {
		return "naive"
	}
	return "stated_shares"
}

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

// side is the calls or the puts of a book as columns for the profile kernels, without the contracts
// that nobody holds. Dealers' share of them is a factor outside, so that draws of it share all sums.
type side struct {
	right  []black.Right
	strike []float64
	vol    []float64
	open   []float64   // open interest times multiplier: units of the underlying
	ratio  []float64   // forward over spot today
	carry  []float64   // ln(forward/spot)/years, a year
	rate   []float64   // a year
	settle []time.Time //
}

func sides(b *options.Book) (calls, puts side) {
	spot := reference(b)
	for i := range b.Len() {
		s := &calls
		if b.Right[i] == black.Put {
			s = &puts
		}
		if !(b.OpenInterest[i] > 0) { // absent or none
			continue
		}
		e := b.Expiries[b.Exp[i]]
		s.right = append(s.right, b.Right[i])
		s.strike = append(s.strike, b.Strike[i])
		s.vol = append(s.vol, b.Vol[i])
		s.open = append(s.open, b.OpenInterest[i]*b.Multiplier)
		s.ratio = append(s.ratio, b.Forward[i]/spot)
		s.carry = append(s.carry, math.Log(b.Forward[i]/spot)/b.Years[i])
		s.rate = append(s.rate, -math.Log(e.Discount)/b.Years[i])
		s.settle = append(s.settle, e.Settle)
	}
	return calls, puts
}

// spotMisfit is the caveat of package options that the printed spot is not that of the quotes.
const spotMisfit = "spot_does_not_fit"

// reference is the price of the underlying that the forwards belong to. It is the printed spot, unless
// the forwards imply another one: an index that closed at four does not go with options quoted in the
// evening. Forwards over a spot of another moment would shift every level by the difference.
func reference(b *options.Book) float64 {
	for _, c := range b.Caveats {
		if c.Code == spotMisfit && b.SpotImplied > 0 {
			return b.SpotImplied
		}
	}
	return spotOf(b)
}

func spotOf(b *options.Book) float64 {
	if market.IsMissing(b.Spot) {
		return b.SpotImplied
	}
	return b.Spot
}

// grace is how long after an instant a settlement still belongs to it: fund options trade on for
// fifteen minutes after the close that fixes what they are worth.
const grace = 30 * time.Minute

// columns are the contracts of a side that live at an instant, for the profile kernels: weight is what
// the underlying's hedge counts for each unit of undiscounted forward delta.
type columns struct {
	right                               []black.Right
	weight, forward, strike, years, vol []float64
}

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

// at gives the contracts alive at an instant that do not settle before cut, with forwards for a spot
// of price points.
func (s *side) at(t, cut time.Time, price float64) columns {
	n := len(s.strike)
	cells := make([]float64, 0, 5*n)
	column := func(k int) []float64 { return cells[k*n : k*n : (k+1)*n] }
	c := columns{
		right: make([]black.Right, 0, n), weight: column(0), forward: column(1), strike: column(2), years: column(3), vol: column(4),
	}
	for i := range s.strike {
		if s.settle[i].Before(cut) {
			continue
		}
		years := max(s.settle[i].Sub(t).Hours()/(24*365), 0)
		ratio := math.Exp(s.carry[i] * years)
		c.right = append(c.right, s.right[i])
		c.strike = append(c.strike, s.strike[i])
		c.vol = append(c.vol, s.vol[i])
		c.years = append(c.years, years)
		c.forward = append(c.forward, price*ratio)
		c.weight = append(c.weight, s.open[i]*math.Exp(-s.rate[i]*years)*ratio)
	}
	return c
}

// delta sets dst[j] to the side's delta in units of the underlying at price·x[j].
func (c *columns) delta(dst, x []float64) {
	black.DeltaProfile(dst, x, c.right, c.weight, c.forward, c.strike, c.years, c.vol)
}

// check refuses a book on which nothing can be computed.
func check(b *options.Book) error {
	if s := spotOf(b); !(s > 0) {
		return &evidence.Absent{Code: "no_spot", Args: evidence.Args{"underlying": b.Underlying}}
	}
	held, unknown := false, false
	for _, n := range b.OpenInterest {
		held = held || n > 0
		unknown = unknown || market.IsMissing(n)
	}
	switch {
	case held:
		return nil
	case unknown:
		return &evidence.Absent{Code: "open_interest_unknown", Args: evidence.Args{"underlying": b.Underlying}}
	}
	return &evidence.Absent{Code: "no_open_interest", Args: evidence.Args{"underlying": b.Underlying}}
}

func bookKey(underlying string) string { return fmt.Sprintf("dealer/sides/%s", underlying) }
