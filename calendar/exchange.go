package calendar

import (
	"fmt"
	"sort"
	"strings"
	"sync"
	"time"
)

// First and Last bound the dates for which sessions are known.
var (
	First = DateOf(1990, time.January, 1)
	Last  = DateOf(2035, time.December, 31)
)

// Session is one trading session. It is open at Open and no longer open at Close.
type Session struct {
	Date  Date      // the civil date that the exchange gives the session
	Open  time.Time // New York time; UTC for crypto
	Close time.Time
	Half  bool // closed earlier than on a regular day
}

// session is the stored form: instants in Unix seconds.
type session struct {
	open, close int64
	date        Date
	half        bool
}

// Exchange is the calendar of one market. Obtain it from NYSE, Cboe, CME, Crypto or ByName. It is
// immutable.
type Exchange struct {
	name     string
	loc      *time.Location
	sessions []session
	from     []int32 // by date since First: the index of the first session on or after that date
	reason   []string
	plain    Split
}

// hours gives the session of a date in minutes since midnight in the exchange's zone (negative: the
// evening before), or the reason why there is none.
type hours struct {
	open, close int
	half        bool
	reason      string
}

func build(name string, loc *time.Location, plain Split, rule func(Date) hours) *Exchange {
	n := int(Last-First) + 1
	x := &Exchange{name: name, loc: loc, from: make([]int32, n+1), reason: make([]string, n), plain: plain}
	for i := range n {
		d := First + Date(i)
		x.from[i] = int32(len(x.sessions))
		h := rule(d)
		if h.reason != "" {
			x.reason[i] = h.reason
			continue
		}
		x.sessions = append(x.sessions, session{
			open: d.At(0, h.open, loc).Unix(), close: d.At(0, h.close, loc).Unix(), date: d, half: h.half,
		})
	}
	x.from[n] = int32(len(x.sessions))
	return x
}

var (
	nyse = sync.OnceValue(func() *Exchange {
		return build("NYSE", NewYork(), plainYear(390*time.Minute), nyseHours)
	})
	cboe = sync.OnceValue(func() *Exchange {
		return build("Cboe", NewYork(), plainYear(405*time.Minute), cboeHours)
	})
	cme = sync.OnceValue(func() *Exchange {
		return build("CME", NewYork(), plainYear(23*time.Hour), cmeHours)
	})
	crypto = sync.OnceValue(func() *Exchange {
		return build("Crypto", time.UTC, Split{Open: 365 * 24 * time.Hour}, func(Date) hours {
			return hours{open: 0, close: 24 * 60}
		})
	})
)

// NYSE is the New York Stock Exchange.
func NYSE() *Exchange { return nyse() }

// Cboe is the regular session of Cboe index options.
func Cboe() *Exchange { return cboe() }

// CME is the Globex session of CME equity index futures.
func CME() *Exchange { return cme() }

// Crypto trades at all times; its session is the UTC day.
func Crypto() *Exchange { return crypto() }

// ByName returns an exchange by its name, in any case.
func ByName(name string) (*Exchange, error) {
	switch strings.ToLower(name) {
	case "nyse":
		return NYSE(), nil
	case "cboe":
		return Cboe(), nil
	case "cme":
		return CME(), nil
	case "crypto":
		return Crypto(), nil
	default:
		return nil, fmt.Errorf("exchange %q: want NYSE, Cboe, CME or Crypto", shorten(name))
	}
}

// Name returns the name that ByName takes.
func (x *Exchange) Name() string { return x.name }

func (x *Exchange) in(d Date) bool { return First <= d && d <= Last }

func (x *Exchange) session(i int32) Session {
	s := &x.sessions[i]
	return Session{
		Date: s.date, Open: time.Unix(s.open, 0).In(x.loc), Close: time.Unix(s.close, 0).In(x.loc), Half: s.half,
	}
}

// Session returns the session of a date, *ClosedError when there is none, *RangeError outside
// 1990–2035.
func (x *Exchange) Session(d Date) (Session, error) {
	if !x.in(d) {
		return Session{}, &RangeError{x.name, d}
	}
	if r := x.reason[d-First]; r != "" {
		return Session{}, &ClosedError{x.name, d, r}
	}
	return x.session(x.from[d-First]), nil
}

// Next returns the first session strictly after d.
func (x *Exchange) Next(d Date) (Session, error) {
	if d < First-1 || d >= Last {
		return Session{}, &RangeError{x.name, d}
	}
	i := x.from[d+1-First]
	if int(i) == len(x.sessions) {
		return Session{}, &RangeError{x.name, d}
	}
	return x.session(i), nil
}

// Prev returns the last session strictly before d.
func (x *Exchange) Prev(d Date) (Session, error) {
	if d <= First || d > Last+1 {
		return Session{}, &RangeError{x.name, d}
	}
	i := x.from[d-First]
	if i == 0 {
		return Session{}, &RangeError{x.name, d}
	}
	return x.session(i - 1), nil
}

// Sessions returns the sessions of the dates from..to, both included, in order.
func (x *Exchange) Sessions(from, to Date) ([]Session, error) {
	if !x.in(from) {
		return nil, &RangeError{x.name, from}
	}
	if !x.in(to) {
		return nil, &RangeError{x.name, to}
	}
	if to < from {
		return nil, fmt.Errorf("sessions of %s: %s is before %s", x.name, to, from)
	}
	a, b := x.from[from-First], x.from[to+1-First]
	out := make([]Session, 0, b-a)
	for i := a; i < b; i++ {
		out = append(out, x.session(i))
	}
	return out, nil
}

// closedBy returns how many sessions have closed at or before the Unix second sec.
func (x *Exchange) closedBy(sec int64) int {
	return sort.Search(len(x.sessions), func(i int) bool { return x.sessions[i].close > sec })
}

// LastClosed returns the last session whose Close is not after t.
func (x *Exchange) LastClosed(t time.Time) (Session, error) {
	i := x.closedBy(t.Unix())
	if i == 0 || t.Unix() > Last.At(24, 0, x.loc).Unix() {
		return Session{}, &RangeError{x.name, DateIn(t, x.loc)}
	}
	return x.session(int32(i - 1)), nil
}

// OpenAt reports whether the exchange is in session at t. It is false outside 1990–2035.
func (x *Exchange) OpenAt(t time.Time) bool {
	i := x.closedBy(t.Unix())
	return i < len(x.sessions) && x.sessions[i].open <= t.Unix()
}
