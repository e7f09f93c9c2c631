package dealer

import (
	"math"

	"faultline/assumption"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// fits refuses a chain whose spot cannot be of its day: files exist that carry a price of the night, of
// a future or of another day beside the quotes of a session, and every number from them would be wrong.
// After the close the spot must be near the official close; during the session, once its bar is known,
// within its range; before that, within the widest daily move that the exchange's circuit breakers allow
// of the last known close.
func fits(c *market.Chain, s *market.State, a assumption.Set) error {
	b, err := s.Daily(c.Underlying)
	if err != nil || market.IsMissing(c.Spot) {
		return nil // nothing to compare with
	}
	in, _ := market.InstrumentOf(c.Underlying)
	x := in.Calendar()
	day := calendar.DateIn(c.At, calendar.NewYork())
	session, err := x.Session(day)
	if err != nil || c.At.Before(session.Open) {
		if session, err = x.Prev(day); err != nil {
			return nil // outside the calendar's years
		}
		day = session.Date
	}
	last := b.Len() - 1
	for last > 0 && b.Date(last) > day {
		last--
	}
	low, high, margin := b.Low[last], b.High[last], a.Value("dealer.spot_margin")
	switch {
	case b.Date(last) != day:
		if day-b.Date(last) > 7 {
			return nil // the prices end long before the chain
		}
		low, high, margin = b.Close[last], b.Close[last], a.Value("dealer.spot_move")
	case in.Adjusted():
		// A close that later dividends have lowered is not the price of the day.
		low, high, margin = b.Close[last], b.Close[last], a.Value("dealer.spot_move")
	case c.At.After(session.Close):
		low, high, margin = b.Close[last], b.Close[last], a.Value("dealer.spot_after_close")
	case market.IsMissing(low) || market.IsMissing(high):
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
