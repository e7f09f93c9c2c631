package dealer

import (
	"math"

	"faultline/assumption"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// fits refuses a chain whose spot cannot be of its day: files exist that carry yesterday's index beside
// today's quotes, or the reverse, and every number from them would be wrong. Where the session's bar is
// known the spot must lie within its range, widened by a margin; before that it must lie within the
// widest daily move that the exchange's circuit breakers allow of the last known close.
func fits(c *market.Chain, s *market.State, a assumption.Set) error {
	b, err := s.Daily(c.Underlying)
	if err != nil || market.IsMissing(c.Spot) {
		return nil // nothing to compare with
	}
	in, _ := market.InstrumentOf(c.Underlying)
	x := in.Calendar()
	day := calendar.DateIn(c.At, calendar.NewYork())
	if session, err := x.Session(day); err != nil || c.At.Before(session.Open) {
		before, err := x.Prev(day)
		if err != nil {
			return nil
		}
		day = before.Date
	}
	last := b.Len() - 1
	for last > 0 && b.Date(last) > day {
		last--
	}
	low, high, margin := b.Low[last], b.High[last], a.Value("dealer.spot_margin")
	if b.Date(last) != day {
		if day-b.Date(last) > 7 {
			return nil // the prices end long before the chain
		}
		low, high, margin = b.Close[last], b.Close[last], a.Value("dealer.spot_move")
	}
	if market.IsMissing(low) || market.IsMissing(high) || in.Adjusted() {
		// A close that later dividends have lowered is not the price of the day.
		low, high, margin = b.Close[last], b.Close[last], a.Value("dealer.spot_move")
	}
	if c.Spot < low*(1-margin) || c.Spot > high*(1+margin) {
		return &evidence.Absent{Code: "spot_off_day", Args: evidence.Args{
			"underlying": c.Underlying, "spot": c.Spot, "date": day.String(),
			"low": math.Round(low*100) / 100, "high": math.Round(high*100) / 100,
		}}
	}
	return nil
}
