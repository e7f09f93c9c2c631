package options

import (
	"time"

	"faultline/market"
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
		MaxVol:        20,
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
