package calendar

import (
	"fmt"
	"sort"
	"strings"
	"sync"
	"time"
)

// First and Last bound the dates for which sessions are known.
const (
	First Date = 7305  // 1990-01-01
	Last  Date = 24105 // 2035-12-31
)

// Session is one trading session. The exchange is open from Open, included, to Close, excluded.
type Session struct {
	Date  Date      // the civil date that the session bears
	Open  time.Time // New York time; UTC for crypto
	Close time.Time
	Half  bool // a shortened session by schedule; unscheduled early closes are not marked
}

// session is the stored form, with instants in Unix seconds: half the size, and no pointers.
type session struct {
	open, close int64
	date        Date
	half        bool
}

// hours is what a rule says of one date: the session in minutes after midnight of that date in the
// exchange's zone (negative on the evening before), or the reason why there is none.
type hours struct {
	open, close int
	half        bool
	reason      string
}

// Exchange is the calendar of one market, a table of all its sessions. Obtain it from NYSE, Cboe, CME,
// Crypto or ByName; it is built once, on first use, and immutable.
type Exchange struct {
	name     string
	loc      *time.Location
	sessions []session
	from     []int32  // [date−First], one more than dates: index of the first session on or after
	reason   []string // [date−First]: why the date is closed, "" when it is a session
	elapsed  []Split  // [date−First], one more than dates: time from First to midnight of the date
	plain    Split
}

func build(name string, loc *time.Location, plain Split, rule func(Date) hours) *Exchange {
	n := int(Last-First) + 1
	x := &Exchange{
		name: name, loc: loc, plain: plain,
		from: make([]int32, n+1), reason: make([]string, n), elapsed: make([]Split, n+1),
	}
	for i := range n {
		d := First + Date(i)
		x.from[i] = int32(len(x.sessions))
		h := rule(d)
		x.reason[i] = h.reason
		if h.reason != "" {
			continue
		}
		x.sessions = append(x.sessions, session{
			open: d.At(0, h.open, loc).Unix(), close: d.At(0, h.close, loc).Unix(), date: d, half: h.half,
		})
	}
	x.from[n] = int32(len(x.sessions))
	for i := range n {
		d := First + Date(i)
		x.elapsed[i+1] = x.elapsed[i].plus(x.within(d, d.midnight(loc), (d + 1).midnight(loc)))
	}
	return x
}

func (d Date) midnight(loc *time.Location) int64 { return d.At(0, 0, loc).UnixNano() }

var (
	nyse   = sync.OnceValue(func() *Exchange { return build("NYSE", NewYork(), plainStockYear(nyseClose-nyseOpen), nyseHours) })
	cboe   = sync.OnceValue(func() *Exchange { return build("Cboe", NewYork(), plainStockYear(nyseClose+15-nyseOpen), cboeHours) })
	cme    = sync.OnceValue(func() *Exchange { return build("CME", NewYork(), plainGlobexYear, cmeHours) })
	crypto = sync.OnceValue(func() *Exchange {
		return build("Crypto", time.UTC, Split{Open: act365}, func(Date) hours { return hours{close: 24 * 60} })
	})
)

// NYSE is the New York Stock Exchange: 09:30 to 16:00 New York, 13:00 on half days (14:00 until 1992).
func NYSE() *Exchange { return nyse() }

// Cboe is the regular session of Cboe index options: 09:30 to 16:15 New York, 13:15 on half days.
// Series on their last day stop earlier: ask Settle.
func Cboe() *Exchange { return cboe() }

// CME is the Globex session of CME equity index futures: 18:00 New York of the evening before to 17:00.
// A session bears the date of the day on which it ends. Which days are closed and which are short is
// written in cmeHours, with CME's announcements.
func CME() *Exchange { return cme() }

// Crypto never closes; its session is the UTC day, every day.
func Crypto() *Exchange { return crypto() }

// ByName returns an exchange by its name (NYSE, Cboe, CME, Crypto), in upper or lower case.
func ByName(name string) (*Exchange, error) {
	switch {
	case strings.EqualFold(name, "NYSE"):
		return NYSE(), nil
	case strings.EqualFold(name, "Cboe"):
		return Cboe(), nil
	case strings.EqualFold(name, "CME"):
		return CME(), nil
	case strings.EqualFold(name, "Crypto"):
		return Crypto(), nil
	default:
		return nil, fmt.Errorf("exchange %q: want NYSE, Cboe, CME or Crypto", shorten(name))
	}
}

// Name returns the name that ByName takes.
func (x *Exchange) Name() string { return x.name }

// Location is the time zone of the exchange's dates: New York, or UTC for crypto.
func (x *Exchange) Location() *time.Location { return x.loc }

func known(d Date) bool { return First <= d && d <= Last }

func (x *Exchange) session(i int) Session {
	s := &x.sessions[i]
	return Session{
		Date: s.date, Open: time.Unix(s.open, 0).In(x.loc), Close: time.Unix(s.close, 0).In(x.loc), Half: s.half,
	}
}

// Trades reports whether the date is a session. It is false outside 1990–2035.
func (x *Exchange) Trades(d Date) bool { return known(d) && x.reason[d-First] == "" }

// Session returns the session of a date, *ClosedError when there is none, *RangeError outside
// 1990–2035.
func (x *Exchange) Session(d Date) (Session, error) {
	if !known(d) {
		return Session{}, &RangeError{x.name, d}
	}
	if r := x.reason[d-First]; r != "" {
		return Session{}, &ClosedError{x.name, d, r}
	}
	return x.session(int(x.from[d-First])), nil
}

// Next returns the first session strictly after d, *RangeError when it is not within 1990–2035.
func (x *Exchange) Next(d Date) (Session, error) {
	if d < First-1 || d >= Last {
		return Session{}, &RangeError{x.name, d}
	}
	i := int(x.from[d+1-First])
	if i == len(x.sessions) {
		return Session{}, &RangeError{x.name, d}
	}
	return x.session(i), nil
}

// Prev returns the last session strictly before d, *RangeError when it is not within 1990–2035.
func (x *Exchange) Prev(d Date) (Session, error) {
	if d <= First || d > Last+1 {
		return Session{}, &RangeError{x.name, d}
	}
	i := int(x.from[d-First])
	if i == 0 {
		return Session{}, &RangeError{x.name, d}
	}
	return x.session(i - 1), nil
}

// span returns the half-open range of indices of the sessions of from..to.
func (x *Exchange) span(from, to Date) (lo, hi int, err error) {
	switch {
	case !known(from):
		return 0, 0, &RangeError{x.name, from}
	case !known(to):
		return 0, 0, &RangeError{x.name, to}
	case to < from:
		return 0, 0, fmt.Errorf("%s sessions from %s to %s: the end is before the start", x.name, from, to)
	}
	return int(x.from[from-First]), int(x.from[to+1-First]), nil
}

// Sessions returns the sessions of the dates from..to, both included, in order. There may be none. A
// date outside 1990–2035 is a *RangeError; an end before the start is an error.
func (x *Exchange) Sessions(from, to Date) ([]Session, error) {
	lo, hi, err := x.span(from, to)
	if err != nil {
		return nil, err
	}
	out := make([]Session, hi-lo)
	for i := range out {
		out[i] = x.session(lo + i)
	}
	return out, nil
}

// Count returns the number of sessions of the dates from..to, both included. Errors as for Sessions.
func (x *Exchange) Count(from, to Date) (int, error) {
	lo, hi, err := x.span(from, to)
	return hi - lo, err
}

// closedBy returns how many sessions have a close at or before the Unix second sec. Closes are whole
// seconds, so that fractions of a second never matter.
func (x *Exchange) closedBy(sec int64) int {
	return sort.Search(len(x.sessions), func(i int) bool { return x.sessions[i].close > sec })
}

// LastClosed returns the last session whose Close is not after t: what is known of closing prices at
// t. It is a *RangeError before the first close of 1990 and after the end of 2035.
func (x *Exchange) LastClosed(t time.Time) (Session, error) {
	i := x.closedBy(t.Unix())
	if d := DateIn(t, x.loc); i == 0 || (d > Last && t.Unix() > x.sessions[len(x.sessions)-1].close) {
		return Session{}, &RangeError{x.name, d}
	}
	return x.session(i - 1), nil
}

// OpenAt reports whether the exchange is in session at t. It is false outside 1990–2035.
func (x *Exchange) OpenAt(t time.Time) bool {
	i := x.closedBy(t.Unix())
	return i < len(x.sessions) && x.sessions[i].open <= t.Unix()
}
