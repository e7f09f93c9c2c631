package options

import (
	"time"

	"faultline/black"
	"faultline/calendar"
	"faultline/evidence"
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
	DividendYield float64 // Rate − ln(Forward/SpotImplied)/Years, a year; with Spot where none is implied, market.Missing without either and under a week
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
	Widths float64 // median absolute error in widths of the quote from bid to ask; market.Missing where all are locked
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
