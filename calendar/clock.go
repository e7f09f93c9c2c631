package calendar

import (
	"fmt"
	"math"
	"time"
)

// act365 is the year of ACT/365 fixed.
const act365 = 365 * 24 * time.Hour

// Years returns the calendar time between two instants in years: seconds elapsed divided by the
// seconds of 365 days (ACT/365 fixed, leap days not made up for). Elapsed means physical time, so that
// the day on which clocks change counts 23 or 25 hours. It is negative when to is before from. Instants
// more than 292 years apart saturate, as time.Time.Sub does.
func Years(from, to time.Time) float64 {
	return to.Sub(from).Seconds() / act365.Seconds()
}

// Split divides a stretch of time by what the market was doing. The parts add up to the stretch.
type Split struct {
	Open      time.Duration // in session
	Overnight time.Duration // closed, on a civil date that has a session
	Weekend   time.Duration // closed, on a Saturday or Sunday
	Holiday   time.Duration // closed, on a weekday without a session
}

func (s Split) plus(o Split) Split {
	return Split{s.Open + o.Open, s.Overnight + o.Overnight, s.Weekend + o.Weekend, s.Holiday + o.Holiday}
}

func (s Split) minus(o Split) Split {
	return Split{s.Open - o.Open, s.Overnight - o.Overnight, s.Weekend - o.Weekend, s.Holiday - o.Holiday}
}

// plainStockYear is the year that variance time counts as 1 on a stock calendar: 252 regular sessions,
// 104 days of weekend and 9 holidays.
func plainStockYear(sessionMinutes int) Split {
	open := 252 * time.Duration(sessionMinutes) * time.Minute
	return Split{
		Open: open, Overnight: 252*24*time.Hour - open, Weekend: 104 * 24 * time.Hour, Holiday: 9 * 24 * time.Hour,
	}
}

// plainGlobexYear is the like for Globex: 258 full sessions of 23 hours (every weekday but three), 52
// Saturdays, 52 Sundays up to 18:00, three holidays of which two reopen at 18:00, and the rest
// overnight.
var plainGlobexYear = func() Split {
	s := Split{
		Open:    258 * 23 * time.Hour,
		Weekend: 52*24*time.Hour + 52*18*time.Hour,
		Holiday: (18 + 18 + 24) * time.Hour,
	}
	s.Overnight = act365 - s.Open - s.Weekend - s.Holiday
	return s
}()

// within divides the instants lo..hi (Unix nanoseconds) of the one date d.
func (x *Exchange) within(d Date, lo, hi int64) Split {
	var open int64
	// Sessions that overlap the date are those that bear it and, on Globex, the next one. Sessions are
	// in order and do not overlap each other.
	for i := int(x.from[d-First]); i < len(x.sessions); i++ {
		from, to := x.sessions[i].open*int64(time.Second), x.sessions[i].close*int64(time.Second)
		if from >= hi {
			break
		}
		open += max(0, min(to, hi)-max(from, lo))
	}
	s := Split{Open: time.Duration(open)}
	closed := time.Duration(hi - lo - open)
	switch x.reason[d-First] {
	case "":
		s.Overnight = closed
	case weekendReason:
		s.Weekend = closed
	default:
		s.Holiday = closed
	}
	return s
}

// elapsedAt divides the time from the start of First to t.
func (x *Exchange) elapsedAt(t time.Time) (Split, error) {
	d := DateIn(t, x.loc)
	if !known(d) {
		// The instant at which the last day ends is still within the table.
		if d == Last+1 && t.Equal(d.At(0, 0, x.loc)) {
			return x.elapsed[d-First], nil
		}
		return Split{}, &RangeError{x.name, d}
	}
	return x.elapsed[d-First].plus(x.within(d, d.midnight(x.loc), t.UnixNano())), nil
}

// Split divides the time between two instants, exact to the nanosecond; the parts are negative when to
// is before from. It is additive: Split(a, b) plus Split(b, c) is Split(a, c). Its cost does not depend
// on the distance. An instant outside 1990–2035 is a *RangeError.
func (x *Exchange) Split(from, to time.Time) (Split, error) {
	a, err := x.elapsedAt(from)
	if err != nil {
		return Split{}, err
	}
	b, err := x.elapsedAt(to)
	if err != nil {
		return Split{}, err
	}
	return b.minus(a), nil
}

// PlainYear returns the year that every Clock counts as 1 on this exchange: 365 days, all of its
// sessions of full length. For NYSE and Cboe it has 252 sessions, 104 days of weekend and 9 holidays.
func (x *Exchange) PlainYear() Split { return x.plain }

// Clock measures variance time: each field is the weight of one closed hour of a kind, relative to an
// open hour, which weighs 1. The zero Clock counts open hours only; weights of 1 give back calendar
// time. Which hours are of which kind is said at Split.
type Clock struct {
	Overnight float64
	Weekend   float64
	Holiday   float64
}

// DefaultClock is what S&P 500 returns support: a closed hour next to a session carries about a sixth
// of the variance of an open hour, one on a weekend or holiday about a thirtieth. Measured on SPY,
// 1993–2026: the mean squared log return from close to open over 17.5 hours, against open to close over
// 6.5, gives 0.163 for a night; what plain weekends add, over 48 hours, gives 0.027; what holidays add
// to that, over their 24 hours, gives 0.04 with a standard error of 0.03, no different from a weekend.
// By period, the night was 0.13 (2000–2009), 0.21 (2010–2019) and 0.25 (2020–2026): a default, to be
// configured. French and Roll (Journal of Financial Economics 17, 1986, 5–26) found the same order of
// things.
func DefaultClock() Clock { return Clock{Overnight: 0.16, Weekend: 0.03, Holiday: 0.03} }

// Years returns the variance time between two instants in years of x:
//
//	(open + Overnight·overnight + Weekend·weekend + Holiday·holiday) / (the same sum of x.PlainYear())
//
// so that a plain year integrates to 1 whatever the weights, a full session of NYSE under the zero
// Clock is 1/252, and a real year differs from 1 by its half days and its count of sessions. It is
// additive up to rounding and negative when to is before from. Weights that are negative, infinite or
// not numbers are an error; an instant outside 1990–2035 is a *RangeError.
func (c Clock) Years(x *Exchange, from, to time.Time) (float64, error) {
	for _, w := range [...]float64{c.Overnight, c.Weekend, c.Holiday} {
		if !(w >= 0 && w <= math.MaxFloat64) {
			return 0, fmt.Errorf("clock weights %+v: want finite numbers from 0", c)
		}
	}
	s, err := x.Split(from, to)
	if err != nil {
		return 0, fmt.Errorf("variance time: %w", err)
	}
	return c.weigh(s) / c.weigh(x.plain), nil
}

func (c Clock) weigh(s Split) float64 {
	return s.Open.Hours() + c.Overnight*s.Overnight.Hours() + c.Weekend*s.Weekend.Hours() +
		c.Holiday*s.Holiday.Hours()
}
