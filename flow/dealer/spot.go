package dealer

import (
	"math"
	"time"

	"faultline/assumption"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
	"faultline/options"
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
	closed := err != nil
	if closed || c.At.Before(session.Open) {
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
	case closed:
		// Nothing trades on a closed day: what is downloaded then is the last close, or not of this market.
		low, high, margin = b.Close[last], b.Close[last], a.Value("dealer.spot_closed_day")
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

// fresh refuses a chain after which a whole session has passed: expiries have settled since, open
// interest is of another day, and walls would be drawn around a price that is gone.
func fresh(c *market.Chain, s *market.State, a assumption.Set) error {
	stale := func(sessions int) error {
		return &evidence.Absent{Code: "stale_chain", Args: evidence.Args{
			"underlying": c.Underlying, "at": c.At.UTC().Format(time.RFC3339), "sessions": sessions,
		}}
	}
	if s.At().Sub(c.At).Hours()/24 > a.Value("dealer.chain_max_age") {
		return stale(int(s.At().Sub(c.At).Hours() / 24))
	}
	in, _ := market.InstrumentOf(c.Underlying)
	x := in.Calendar()
	before, err := x.LastClosed(c.At)
	if err != nil {
		return nil // outside the calendar's years; Prepare says so
	}
	last, err := x.LastClosed(s.At())
	if err != nil {
		return nil
	}
	// A chain of during a session serves through that session's close and the night after it.
	if next, err := x.Next(before.Date); err == nil && !c.At.Before(next.Open) {
		before = next
	}
	if last.Date <= before.Date {
		return nil
	}
	n, err := x.Count(before.Date, last.Date)
	if err != nil {
		return err
	}
	return stale(n - 1)
}

// implied refuses a chain whose printed spot is far from what its own options imply: it is of another
// underlying, or its quotes are no market.
func implied(b *options.Book, a assumption.Set) error {
	if market.IsMissing(b.Spot) || !(b.SpotImplied > 0) {
		return nil
	}
	if gap := math.Abs(b.Spot/b.SpotImplied - 1); !(gap <= a.Value("dealer.spot_implied")) {
		return &evidence.Absent{Code: "spot_off_quotes", Args: evidence.Args{
			"underlying": b.Underlying, "spot": b.Spot, "implied": math.Round(b.SpotImplied*100) / 100,
		}}
	}
	return nil
}
