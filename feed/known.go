package feed

import (
	"errors"
	"time"

	"faultline/calendar"
	"faultline/market"
)

// Codes of the known-at rules, as in Origin.KnownAt. doc.go says what each means.
const (
	KnownClose    = "session_close"
	KnownBarEnd   = "bar_end"
	KnownQuote    = "quote_time"
	KnownNextDay  = "next_business_day"
	KnownRelease  = "release_rule"
	KnownDayEnd   = "day_end"
	KnownCOT      = "cot_release"
	KnownReadout  = "publication_or_next_close"
	KnownStated   = "stated_time"
	KnownInstant  = "row_time"
	KnownInterval = "interval_end"
	KnownFiling   = "filing_lag"
)

// closeOf returns when the close of a daily bar becomes known: the official close of the exchange's
// session, and 16:00 New York where the exchange has none that day or its sessions are not known;
// of crypto, 24:00 UTC. The second result is false on a day without a session.
func closeOf(x *calendar.Exchange, d calendar.Date) (unix int64, open bool) {
	if x == calendar.Crypto() {
		return (int64(d) + 1) * 86400, true
	}
	s, err := x.Session(d)
	if err == nil {
		return s.Close.Unix(), true
	}
	return d.At(16, 0, calendar.NewYork()).Unix(), closedError(err) == nil
}

// closedError is the error of a day without a session, nil for any other error and for none.
func closedError(err error) *calendar.ClosedError {
	var closed *calendar.ClosedError
	errors.As(err, &closed)
	return closed
}

// nextBusiness returns the first day after d on which New York works: a session of NYSE, or a
// weekday where sessions are not known.
func nextBusiness(d calendar.Date) calendar.Date {
	if s, err := calendar.NYSE().Next(d); err == nil {
		return s.Date
	}
	for d++; d.Weekday() == time.Saturday || d.Weekday() == time.Sunday; d++ {
	}
	return d
}

// strictSessions reports whether a daily bar of the instrument on a day without a session is a
// mistake. Currencies, metals, coins and foreign indices trade on days that New York does not.
func strictSessions(in market.Instrument) bool {
	switch in.Kind {
	case market.Stock, market.Fund:
		return true
	case market.Index:
		return in.Currency == "USD"
	}
	return false
}
