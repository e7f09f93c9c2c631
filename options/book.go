package options

import (
	"time"

	"faultline/black"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// Book is a chain made usable: every accepted contract with its forward, time and volatility. It is
// a struct of arrays whose rows are sorted by settlement, root, strike and right (calls first). It
// is immutable; readers must not write to its columns.
type Book struct {
	Underlying  string
	At          time.Time // instant from which the chain is known
	Quoted      time.Time // instant at which its quotes were live, from which Years runs
	Spot        float64   // price of the underlying that the source prints, or SpotImplied where it prints none
	SpotImplied float64   // price of the underlying that the forwards imply at Quoted; market.Missing without a forward
	Multiplier  float64   // units of the underlying that one contract stands for

	Expiries []Expiry // by settlement instant, then root; AM and PM roots of one date are separate

	Exp          []int32       // index into Expiries
	Right        []black.Right //
	Strike       []float64     // points
	Years        []float64     // years of 365 days from Quoted to settlement, always positive
	Forward      []float64     // points
	Vol          []float64     // a year, decimal; always finite and positive
	OpenInterest []float64     // contracts at last night's clearing; market.Missing where absent
	Volume       []float64     // contracts today; market.Missing where absent
	Mid          []float64     // of the contract's own quote, points; market.Missing unless it is two-sided and uncrossed
	BidVol       []float64     // volatility of the bid of the quote that gave Vol; market.Missing where it has none
	AskVol       []float64     // likewise of the ask
	VolFrom      []VolSource   //
	Row          []int32       // row in the chain

	Rejected   []Reject       // in order of the chain's content, never of its rows
	RejectedBy map[string]int // reasons of Rejected, counted
	Dropped    int            // how many of Rejected are contracts that the book does not hold

	Caveats []evidence.Code

	surface []slice // by expiry
}

// Len is the number of contracts.
func (b *Book) Len() int { return len(b.Strike) }

// Expiry is what the contracts that settle at one instant on one root have in common.
type Expiry struct {
	Root          string
	Date          calendar.Date // session whose price settles the contracts
	Style         calendar.Style
	Settle        time.Time
	Years         float64 // years of 365 days from Book.Quoted to Settle
	Forward       float64 // points; market.Missing when Absent is set
	ForwardLow    float64 // bid of the best synthetic forward, points; market.Missing unless ForwardFrom is "parity"
	ForwardHigh   float64 // ask of the best synthetic forward, points
	Discount      float64 // price today of 1 paid at settlement
	Rate          float64 // −ln(Discount)/Years, a year, decimal
	DividendYield float64 // Rate − ln(Forward/Spot)/Years, a year; market.Missing without spot or under a week
	Borrow        bool    // the yield is more than a stock's dividends: who is short pays to borrow it
	ForwardFrom   string  // "parity", "interpolated" or "extrapolated"
	Contracts     int     // accepted
	Pairs         int     // strikes whose call and put gave the forward
	First, End    int     // rows First ≤ i < End of the book
	Fit           Fit     // how well the surface fits the quotes
	Absent        *evidence.Absent
}

// Fit says how the surface of an expiry was found and how far it is from the quotes. Errors are those
// of the fitted surface against the volatility of the mid, over the strikes whose quotes tell one.
type Fit struct {
	From   string  // "quotes", or "neighbour" where the expiry has none; "" without a surface
	Quotes int     // strikes with a volatility from quotes
	RMS    float64 // root mean square error, volatility a year (0.01 is one point); market.Missing without quotes
	Median float64 // median absolute error, volatility a year
	Widths float64 // median absolute error in widths of the quote from bid to ask
	Inside float64 // share of the quotes that the surface passes between bid and ask
}

// VolSource says where the volatility of a contract came from.
type VolSource uint8

// The sources of a volatility, most direct first.
const (
	FromQuote     VolSource = iota + 1 // mid of the contract's own two-sided quote
	FromOtherSide                      // the call or put of the same strike and expiry, by parity
	FromSurface                        // the fitted or interpolated surface
	FromVendor                         // the vendor's column, where an expiry has no quotes to fit
	FromAsk                            // half of an ask without a bid, where an expiry has nothing better
)

var volSourceNames = [...]string{"none", "quote", "other_side", "surface", "vendor", "ask"}

func (s VolSource) String() string {
	if int(s) < len(volSourceNames) {
		return volSourceNames[s]
	}
	return "unknown"
}

// Reject is one row of the chain whose quote was not believed.
type Reject struct {
	Row    int32  // row in the chain
	Reason string // one of the constants below
	Kept   bool   // the contract is in the book all the same, with a volatility from elsewhere
}

// The reasons for which a quote is not believed. The first group drops the contract.
const (
	BadStrike    = "bad_strike"    // strike, right or root is not that of an option
	BadExpiry    = "bad_expiry"    // expiry outside the years of the calendar
	AdjustedRoot = "adjusted_root" // root of a contract whose deliverable was changed by a corporate action
	Expired      = "expired"       // already settled when the chain was known
	Duplicate    = "duplicate"     // a better row of the same contract stands in the chain
	NoForward    = "no_forward"    // neither its expiry nor the neighbours have a forward
	NoVolatility = "no_volatility" // nothing from which a volatility could be taken

	BadPrice       = "bad_price"       // negative or infinite bid or ask
	NoQuote        = "no_quote"        // neither bid nor ask
	NoBid          = "no_bid"          // an ask only
	NoAsk          = "no_ask"          // a bid only
	Crossed        = "crossed"         // bid above ask
	Wide           = "wide"            // spread above Params.WideShare of the mid
	Stale          = "stale"           // disagrees with its neighbours by more than its spread allows
	BelowIntrinsic = "below_intrinsic" // the mid is not above what exercise would give
	AboveMaximum   = "above_maximum"   // the mid is not below what infinite volatility would give
	ExtremeVol     = "extreme_vol"     // implied volatility outside Params.MinVol to Params.MaxVol
)

// Reasons lists every reason, in order of declaration.
func Reasons() []string { return append([]string(nil), reasons[1:]...) }

// reasons is indexed by the byte under which the working columns hold a reason; 0 is none.
var reasons = [...]string{
	"", BadStrike, BadExpiry, AdjustedRoot, Expired, Duplicate, NoForward, NoVolatility,
	BadPrice, NoQuote, NoBid, NoAsk, Crossed, Wide, Stale, BelowIntrinsic, AboveMaximum, ExtremeVol,
}

const (
	ok uint8 = iota
	badStrike
	badExpiry
	adjustedRoot
	expired
	duplicate
	noForward
	noVolatility
	badPrice
	noQuote
	noBid
	noAsk
	crossed
	wide
	stale
	belowIntrinsic
	aboveMaximum
	extremeVol
)

// Params are the thresholds of Prepare.
type Params struct {
	WideShare     float64                  // a quote is wide when its spread exceeds this share of its mid (1: the ask is three times the bid)
	MinVol        float64                  // smallest believable volatility a year, decimal
	MaxVol        float64                  // largest believable volatility a year, decimal
	MinPairs      int                      // fewest strikes from which a discount factor is estimated
	PairRange     float64                  // parity uses strikes with |ln(strike/forward)| up to this
	RatePrior     float64                  // rate a year assumed where the chain does not tell, decimal; market.Missing: the middle of the Federal Reserve's target of the day
	RatePriorSD   float64                  // how far the chain's rates may stray from RatePrior, a year
	RateWalkSD    float64                  // how far the rate of an expiry may stray from that of one e times as long, a year
	DiscountError float64                  // error of a discount factor from parity that its regression does not show, share
	MinCarryTime  float64                  // years between forwards from which a carry may be extrapolated
	StaleForward  float64                  // an expiry is stale when its forward is off its neighbours' line by more than this share
	StaleWidths   float64                  // a quote is stale when its volatility is off its neighbours' by more than so many half spreads
	StaleShare    float64                  // and by more than this share of itself
	BorrowYield   float64                  // a stock whose forwards imply a yield above this, a year, is dear to borrow
	SpotTooFar    float64                  // printed and implied spot that differ by more than this share are reported
	Delays        map[string]time.Duration // how much older than the chain's time its quotes are, by the code of its format
}

// DefaultParams returns the thresholds that the manual documents.
func DefaultParams() Params {
	return Params{
		WideShare:     1,
		MinVol:        0.005,
		MaxVol:        10,
		MinPairs:      5,
		PairRange:     0.5,
		RatePrior:     market.Missing,
		RatePriorSD:   0.01,
		RateWalkSD:    0.005,
		DiscountError: 3e-4,
		MinCarryTime:  5.0 / 365,
		StaleForward:  0.01,
		StaleWidths:   6,
		StaleShare:    0.15,
		BorrowYield:   0.05,
		SpotTooFar:    0.001,
		// The page behind the table prints the time of the download over quotes that are 15 minutes old:
		// its index level of 2025-11-20, 09:52, is that of 09:37, and lies outside all that traded in the
		// five minutes about 09:52; its volatilities fit the same delay.
		Delays: map[string]time.Duration{"cboe_table": 15 * time.Minute},
	}
}
