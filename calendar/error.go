package calendar

import "fmt"

// ClosedError says that an exchange has no session on a date, and why.
type ClosedError struct {
	Exchange string
	Date     Date
	Reason   string // "weekend", or the name of the holiday or special closure
}

func (e *ClosedError) Error() string {
	return fmt.Sprintf("%s is closed on %s: %s", e.Exchange, e.Date, e.Reason)
}

// RangeError says that a date, or the session it leads to, is outside the years for which sessions are
// known.
type RangeError struct {
	Exchange string
	Date     Date
}

func (e *RangeError) Error() string {
	return fmt.Sprintf("%s sessions are known from %s to %s only: asked for %s", e.Exchange, First, Last, e.Date)
}
