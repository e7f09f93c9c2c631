package feed

import (
	"slices"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// Margins of CheckSpot, as shares of the price. Vendors round the spot or print it some minutes late:
// a thousandth beyond the day's low and high. Once a session has closed the spot is its close; what
// vendors print then drifts with the futures of the evening, by up to 0.35 % on nine days in ten in
// the chains that the margin was chosen with. A day without low and high gets a band around its
// close.
const (
	spotRangeMargin = 0.001
	spotCloseMargin = 0.004
	spotNoRange     = 0.03
)

// CheckSpot compares the spot that a chain prints with the prices of the session in which its quotes
// were made: that of its date, or the one before it when there is none or it had not opened. It
// returns nil when the spot lies within the session's low and high, widened by a thousandth, and, of
// quotes taken outside the session, within 0.4 % of its close. It returns spot_off_day when it does
// not, with the date among the neighbours (two sessions on either side) whose range the spot fits, if
// there is one; and spot_unchecked when the chain has no spot, the bars do not hold the session, or
// their prices are adjusted for dividends, as no spot is.
func CheckSpot(c *market.Chain, daily *market.Bars) *evidence.Code {
	day, during, ok := quoteDay(c)
	args := evidence.Args{"date": day.String()}
	adjusted := slices.ContainsFunc(daily.Origin.Caveats, func(v evidence.Code) bool { return v.Code == CaveatAdjusted })
	if market.IsMissing(c.Spot) || !ok || adjusted {
		return &evidence.Code{Code: CaveatSpotUnknown, Args: args}
	}
	i, found := slices.BinarySearch(daily.Begin, dayUnix(day))
	if !found {
		return &evidence.Code{Code: CaveatSpotUnknown, Args: args}
	}
	low, high := barRange(daily, i)
	if !during {
		low = max(low, daily.Close[i]*(1-spotCloseMargin))
		high = min(high, daily.Close[i]*(1+spotCloseMargin))
	}
	if c.Spot >= low && c.Spot <= high {
		return nil
	}
	args["spot"], args["low"], args["high"] = c.Spot, low, high
	for _, k := range [...]int{-1, 1, -2, 2} {
		if n := i + k; n >= 0 && n < daily.Len() {
			if low, high := barRange(daily, n); c.Spot >= low && c.Spot <= high {
				args["fits"] = daily.Date(n).String()
				break
			}
		}
	}
	return &evidence.Code{Code: CaveatSpotOff, Args: args}
}

// quoteDay is the session in which the chain's quotes were made, and whether they were taken while
// it was open.
func quoteDay(c *market.Chain) (day calendar.Date, during, ok bool) {
	x := calendar.NYSE()
	if in, ok := market.Lookup(c.Underlying); ok {
		x = in.Calendar()
	}
	day = calendar.DateIn(c.At, x.Location())
	s, err := x.Session(day)
	if err == nil && !c.At.Before(s.Open) {
		return day, c.At.Before(s.Close), true
	}
	if err != nil && closedError(err) == nil {
		return day, false, false
	}
	prev, err := x.Prev(day)
	return prev.Date, false, err == nil
}

// barRange is the low and high of a bar, widened.
func barRange(b *market.Bars, i int) (low, high float64) {
	low, high = b.Low[i], b.High[i]
	if market.IsMissing(low) || market.IsMissing(high) {
		return b.Close[i] * (1 - spotNoRange), b.Close[i] * (1 + spotNoRange)
	}
	return low * (1 - spotRangeMargin), high * (1 + spotRangeMargin)
}
