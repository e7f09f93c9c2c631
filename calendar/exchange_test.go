package calendar

import (
	"errors"
	"math/rand/v2"
	"testing"
	"time"
)

func all() []*Exchange { return []*Exchange{NYSE(), Cboe(), CME(), Crypto()} }

func TestNextAndPrevAreInverse(t *testing.T) {
	for _, x := range all() {
		list, err := x.Sessions(First, Last)
		if err != nil {
			t.Fatal(err)
		}
		for i, s := range list {
			if i+1 < len(list) {
				if n, err := x.Next(s.Date); err != nil || n != list[i+1] {
					t.Fatalf("%s: after %s comes %v, %v", x.Name(), s.Date, n, err)
				}
				if p, err := x.Prev(list[i+1].Date); err != nil || p != s {
					t.Fatalf("%s: before %s comes %v, %v", x.Name(), list[i+1].Date, p, err)
				}
			}
			if same, err := x.Session(s.Date); err != nil || same != s {
				t.Fatalf("%s: session of %s is %v, %v", x.Name(), s.Date, same, err)
			}
		}
	}
}

func TestNextAndPrevSkipClosedDaysOnly(t *testing.T) {
	for _, x := range all() {
		for d := First; d < Last; d++ {
			n, err := x.Next(d)
			if err != nil {
				t.Fatal(err)
			}
			if n.Date <= d || !x.Trades(n.Date) {
				t.Fatalf("%s: next after %s is %s", x.Name(), d, n.Date)
			}
			for c := d + 1; c < n.Date; c++ {
				if x.Trades(c) {
					t.Fatalf("%s: next after %s skips %s", x.Name(), d, c)
				}
			}
		}
	}
}

func TestSessionsAreInOrderApartAndOnTheirOwnDate(t *testing.T) {
	for _, x := range all() {
		list, err := x.Sessions(First, Last)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := x.Count(First, Last); err != nil || n != len(list) {
			t.Errorf("%s counts %d sessions, %v; lists %d", x.Name(), n, err, len(list))
		}
		for i, s := range list {
			if !s.Open.Before(s.Close) {
				t.Fatalf("%s %s opens %v and closes %v", x.Name(), s.Date, s.Open, s.Close)
			}
			if x != Crypto() && (DateIn(s.Close, NewYork()) != s.Date || s.Date.Weekday()%6 == 0) {
				t.Fatalf("%s %s is a %v and closes %v", x.Name(), s.Date, s.Date.Weekday(), s.Close)
			}
			if i > 0 && (s.Open.Before(list[i-1].Close) || s.Date <= list[i-1].Date) {
				t.Fatalf("%s %s overlaps the session before", x.Name(), s.Date)
			}
		}
	}
}

func TestEveryDateIsASessionOrClosedForAReason(t *testing.T) {
	for _, x := range all() {
		for d := First; d <= Last; d++ {
			_, err := x.Session(d)
			var closed *ClosedError
			switch {
			case err == nil && x.Trades(d):
			case errors.As(err, &closed) && !x.Trades(d) && closed.Reason != "" && closed.Date == d && closed.Exchange == x.Name():
				weekend := d.Weekday() == time.Saturday || d.Weekday() == time.Sunday
				if weekend != (closed.Reason == weekendReason) {
					t.Fatalf("%v on a %v", err, d.Weekday())
				}
			default:
				t.Fatalf("%s %s: %v, trades %v", x.Name(), d, err, x.Trades(d))
			}
		}
	}
}

func TestHoursOfEachExchangeInNewYorkTime(t *testing.T) {
	f := func(x *Exchange, date, open, close string, half bool) {
		t.Helper()
		s, err := x.Session(mustDate(t, date))
		if err != nil {
			t.Error(err)
			return
		}
		const layout = "01-02 15:04"
		if o, c := s.Open.Format(layout), s.Close.Format(layout); o != open || c != close || s.Half != half {
			t.Errorf("%s %s: %s to %s, half %v; want %s to %s, half %v", x.Name(), date, o, c, s.Half, open, close, half)
		}
	}
	f(NYSE(), "2025-11-20", "11-20 09:30", "11-20 16:00", false)
	f(NYSE(), "2025-11-28", "11-28 09:30", "11-28 13:00", true)
	f(Cboe(), "2025-11-20", "11-20 09:30", "11-20 16:15", false)
	f(Cboe(), "2025-11-28", "11-28 09:30", "11-28 13:15", true)
	f(Cboe(), "1992-12-24", "12-24 09:30", "12-24 14:15", true)
	f(CME(), "2025-11-20", "11-19 18:00", "11-20 17:00", false)
	f(CME(), "2025-11-24", "11-23 18:00", "11-24 17:00", false) // Monday opens on Sunday
	f(CME(), "2025-11-27", "11-26 18:00", "11-27 13:00", true)  // Thanksgiving 2025
	f(CME(), "2025-11-28", "11-27 18:00", "11-28 13:15", true)
	f(CME(), "2024-11-28", "11-27 18:00", "11-28 13:00", true) // CME: halt at 12:00 Chicago
	f(CME(), "2024-07-03", "07-02 18:00", "07-03 13:15", true) // CME: early close 12:15 Chicago
	f(CME(), "2013-07-04", "07-03 18:00", "07-04 11:30", true) // CME: close at 10:30 Chicago
	f(CME(), "2007-09-03", "09-02 18:00", "09-03 11:30", true) // CME: halt at 10:30 Chicago
	f(CME(), "2024-06-19", "06-18 18:00", "06-19 13:00", true)
	f(CME(), "2015-04-03", "04-02 18:00", "04-03 09:15", true) // Good Friday with a jobs report
	f(CME(), "2023-04-07", "04-06 18:00", "04-07 09:15", true)
	f(CME(), "1999-04-02", "04-01 18:00", "04-02 11:00", true)
	f(CME(), "2012-10-30", "10-29 18:00", "10-30 09:15", true)
	f(CME(), "2018-12-05", "12-04 18:00", "12-05 09:30", true)
	f(CME(), "2025-01-09", "01-08 18:00", "01-09 09:30", true)
	f(CME(), "2024-12-26", "12-25 18:00", "12-26 17:00", false) // reopens on Christmas evening
	f(CME(), "2001-09-17", "09-17 09:15", "09-17 17:00", false)
	f(Crypto(), "2025-10-11", "10-11 00:00", "10-12 00:00", false)
	for _, s := range []string{"2025-04-18", "2024-03-29", "2005-03-25", "2024-12-25", "2023-01-02", "2025-01-01", "2001-09-12", "2007-01-02"} {
		if CME().Trades(mustDate(t, s)) {
			t.Errorf("CME trades on %s", s)
		}
	}
	for _, s := range []string{"2012-10-29", "2025-01-09", "2001-09-11", "2025-04-18"} {
		if Cboe().Trades(mustDate(t, s)) {
			t.Errorf("Cboe trades on %s", s)
		}
	}
}

func TestOutsideTheKnownYearsIsARangeError(t *testing.T) {
	f := func(name string, err error) {
		t.Helper()
		var r *RangeError
		if !errors.As(err, &r) || r.Exchange == "" || r.Error() == "" {
			t.Errorf("%s: got %v, want *RangeError", name, err)
		}
	}
	for _, x := range all() {
		for _, d := range []Date{First - 1, Last + 1, -1 << 31, 1<<31 - 1} {
			_, err := x.Session(d)
			f("Session", err)
			_, err = x.Sessions(d, Last)
			f("Sessions from", err)
			_, err = x.Sessions(First, d)
			f("Sessions to", err)
			if x.Trades(d) {
				t.Errorf("%s trades on %s", x.Name(), d)
			}
		}
		_, err := x.Next(Last)
		f("Next(Last)", err)
		_, err = x.Next(First - 2)
		f("Next(First-2)", err)
		_, err = x.Prev(First)
		f("Prev(First)", err)
		_, err = x.Prev(Last + 2)
		f("Prev(Last+2)", err)
		if s, err := x.Next(First - 1); err != nil || s.Date > First+1 {
			t.Errorf("%s: first session is %v, %v", x.Name(), s, err)
		}
		if s, err := x.Prev(Last + 1); err != nil || s.Date != Last {
			t.Errorf("%s: last session is %v, %v", x.Name(), s, err)
		}
		_, err = x.LastClosed(First.At(0, 0, time.UTC))
		f("LastClosed before the first close", err)
		_, err = x.LastClosed((Last + 2).At(0, 0, time.UTC))
		f("LastClosed after the end", err)
		for _, at := range []time.Time{{}, First.At(0, 0, time.UTC).AddDate(0, 0, -2), (Last + 2).At(12, 0, time.UTC)} {
			if x.OpenAt(at) {
				t.Errorf("%s is open at %v", x.Name(), at)
			}
		}
		if _, err := x.Sessions(Last, First); err == nil || errors.As(err, new(*RangeError)) {
			t.Errorf("sessions from the end to the start: %v", err)
		}
	}
}

// LastClosed and OpenAt are held against a plain walk over the list.
func TestLastClosedAndOpenAtAgreeWithAWalk(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, x := range all() {
		list, err := x.Sessions(DateOf(2001, 9, 1), DateOf(2003, 1, 31))
		if err != nil {
			t.Fatal(err)
		}
		check := func(at time.Time) {
			t.Helper()
			var want Session
			open := false
			for _, s := range list {
				if !s.Close.After(at) {
					want = s
				}
				if !at.Before(s.Open) && at.Before(s.Close) {
					open = true
				}
			}
			if got, err := x.LastClosed(at); err != nil || got != want {
				t.Fatalf("%s: last closed at %v is %v, %v; want %v", x.Name(), at, got, err, want)
			}
			if x.OpenAt(at) != open {
				t.Fatalf("%s: open at %v is %v", x.Name(), at, !open)
			}
		}
		for _, s := range list[5 : len(list)-1] {
			for _, at := range []time.Time{s.Open, s.Close} {
				check(at)
				check(at.Add(-time.Nanosecond))
				check(at.Add(time.Nanosecond))
			}
		}
		span := list[len(list)-1].Close.Sub(list[5].Close)
		for range 300 {
			check(list[5].Close.Add(time.Duration(rng.Int64N(int64(span)))))
		}
	}
}

// A clock is right only if it is right on the Mondays after a change of time.
func TestOpeningInstantsFollowDaylightSaving(t *testing.T) {
	list, err := NYSE().Sessions(First, Last)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range list {
		if _, special := nyseUnscheduled[s.Date]; special {
			continue
		}
		y, _, _ := s.Date.YMD()
		start, end := nthWeekday(y, time.March, time.Sunday, 2), nthWeekday(y, time.November, time.Sunday, 1)
		if y < 2007 {
			start, end = nthWeekday(y, time.April, time.Sunday, 1), lastWeekday(y, time.October, time.Sunday)
		}
		want := s.Date.At(14, 30, time.UTC)
		if start <= s.Date && s.Date < end {
			want = want.Add(-time.Hour)
		}
		if !s.Open.Equal(want) {
			t.Fatalf("%s opens at %v, want %v", s.Date, s.Open.UTC(), want)
		}
	}
}

func TestByNameFindsEachExchangeAndNoOther(t *testing.T) {
	for _, x := range all() {
		if y, err := ByName(x.Name()); err != nil || y != x {
			t.Errorf("ByName(%q) is %v, %v", x.Name(), y, err)
		}
	}
	if x, err := ByName("cboe"); err != nil || x != Cboe() {
		t.Errorf("cboe in lower case: %v", err)
	}
	for _, s := range []string{"", "NYS", "LSE", " NYSE"} {
		if _, err := ByName(s); err == nil {
			t.Errorf("%q was found", s)
		}
	}
}

func TestLookupsDoNotAllocate(t *testing.T) {
	x, d := CME(), DateOf(2025, 11, 20)
	at := d.At(12, 0, NewYork())
	clock := DefaultClock()
	var err error
	f := func(name string, call func()) {
		t.Helper()
		if n := testing.AllocsPerRun(100, call); n != 0 || err != nil {
			t.Errorf("%s allocates %v times, %v", name, n, err)
		}
	}
	f("Session", func() { _, err = x.Session(d) })
	f("Next", func() { _, err = x.Next(d) })
	f("Prev", func() { _, err = x.Prev(d) })
	f("LastClosed", func() { _, err = x.LastClosed(at) })
	f("OpenAt", func() { x.OpenAt(at) })
	f("Trades", func() { x.Trades(d) })
	f("DateIn", func() { d = DateIn(at, NewYork()) })
	f("Clock.Years", func() { _, err = clock.Years(x, at, at.Add(time.Hour)) })
	f("Settle of a plain contract", func() { _, err = Settle("SPXW", d) })
}

func BenchmarkSession(b *testing.B) {
	x, d := NYSE(), DateOf(2025, 11, 20)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := x.Session(d); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLastClosed(b *testing.B) {
	x, at := NYSE(), DateOf(2025, 11, 20).At(12, 0, NewYork())
	b.ReportAllocs()
	for b.Loop() {
		if _, err := x.LastClosed(at); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkClockYears(b *testing.B) {
	x, c := NYSE(), DefaultClock()
	from, to := DateOf(2025, 11, 20).At(12, 0, NewYork()), DateOf(2027, 12, 17).At(9, 30, NewYork())
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Years(x, from, to); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSettle(b *testing.B) {
	d := DateOf(2025, 11, 20)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Settle("SPXW", d); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBuild(b *testing.B) {
	for b.Loop() {
		build("NYSE", NewYork(), plainStockYear(390), nyseHours)
	}
}
