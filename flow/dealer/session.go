package dealer

import (
	"fmt"

	"faultline/calendar"
	"faultline/market"
	"faultline/options"
)

// SessionOf is the session that a book's levels are for: the one in progress when its options were
// quoted or, once that has closed, the next one. Buckets count from it, and "the close" is its close.
func SessionOf(b *options.Book) (calendar.Session, error) {
	in, _ := market.InstrumentOf(b.Underlying)
	x := in.Calendar()
	last, err := x.LastClosed(b.Quoted)
	if err != nil {
		return calendar.Session{}, fmt.Errorf("session of %s: %w", b.Underlying, err)
	}
	s, err := x.Next(last.Date)
	if err != nil {
		return calendar.Session{}, fmt.Errorf("session of %s: %w", b.Underlying, err)
	}
	return s, nil
}

// Buckets are the classes of time to settlement, in calendar days from the session that the levels are
// for: the same day, up to 7 days, up to 31, beyond.
var Buckets = [...]string{"0dte", "week", "month", "rest"}

func bucket(days int) int {
	switch {
	case days <= 0:
		return 0
	case days <= 7:
		return 1
	case days <= 31:
		return 2
	}
	return 3
}

// buckets classifies the expiries of a book.
func buckets(b *options.Book) ([]int, calendar.Session, error) {
	s, err := SessionOf(b)
	if err != nil {
		return nil, s, err
	}
	of := make([]int, len(b.Expiries))
	for i, e := range b.Expiries {
		of[i] = bucket(int(e.Date - s.Date))
	}
	return of, s, nil
}
