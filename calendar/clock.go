package calendar

import (
	"fmt"
	"time"
)

// Years returns the calendar time between two instants in years of 365 days (ACT/365 fixed), negative
// when to is before from.
func Years(from, to time.Time) float64 {
	return to.Sub(from).Seconds() / (365 * secondsPerDay)
}

// Split divides a stretch of time by what the market did.
type Split struct {
	Open, Overnight, Weekend, Holiday time.Duration
}

func plainYear(open time.Duration) Split {
	return Split{
		Open:      252 * open,
		Overnight: 252 * (24*time.Hour - open),
		Weekend:   104 * 24 * time.Hour,
		Holiday:   9 * 24 * time.Hour,
	}
}

// Clock measures variance time.
type Clock struct {
	Overnight, Weekend, Holiday float64
}

func (c Clock) weigh(s Split) float64 {
	return s.Open.Hours() + c.Overnight*s.Overnight.Hours() + c.Weekend*s.Weekend.Hours() + c.Holiday*s.Holiday.Hours()
}

// Years returns the variance time between two instants.
func (c Clock) Years(x *Exchange, from, to time.Time) (float64, error) {
	if to.Before(from) {
		v, err := c.Years(x, to, from)
		return -v, err
	}
	s, err := x.Split(from, to)
	if err != nil {
		return 0, err
	}
	return c.weigh(s) / c.weigh(x.plain), nil
}

// Split divides the time from..to.
func (x *Exchange) Split(from, to time.Time) (Split, error) {
	var s Split
	for t := from; t.Before(to); {
		d := DateIn(t, x.loc)
		if !x.in(d) {
			return Split{}, &RangeError{x.name, d}
		}
		end := (d + 1).At(0, 0, x.loc)
		var bucket *time.Duration
		i := x.closedBy(t.Unix())
		switch {
		case i < len(x.sessions) && x.sessions[i].open <= t.Unix():
			bucket, end = &s.Open, time.Unix(x.sessions[i].close, 0)
		default:
			if i < len(x.sessions) && x.sessions[i].open < end.Unix() {
				end = time.Unix(x.sessions[i].open, 0)
			}
			switch x.reason[d-First] {
			case "":
				bucket = &s.Overnight
			case "weekend":
				bucket = &s.Weekend
			default:
				bucket = &s.Holiday
			}
		}
		if end.After(to) {
			end = to
		}
		*bucket += end.Sub(t)
		t = end
	}
	if s == (Split{}) && !x.in(DateIn(from, x.loc)) {
		return Split{}, fmt.Errorf("split: %w", &RangeError{x.name, DateIn(from, x.loc)})
	}
	return s, nil
}
