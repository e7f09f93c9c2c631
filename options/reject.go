package options

import "faultline/evidence"

// Unusable is the error of a chain of which every row was rejected: there is no book, and yet each row
// has its reason.
type Unusable struct {
	Absent   *evidence.Absent
	Rejected []Reject
}

func (u *Unusable) Error() string { return u.Absent.Error() }

func (u *Unusable) Unwrap() error { return u.Absent }

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
