package calendar

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

func near(a, b, tol float64) bool { return math.Abs(a-b) < tol }

func TestCalendarYearsAreACT365ToTheSecond(t *testing.T) {
	at := func(s string) time.Time {
		v, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	f := func(from, to string, seconds float64) {
		t.Helper()
		if got, want := Years(at(from), at(to)), seconds/31_536_000; got != want {
			t.Errorf("%s to %s is %v years, want %v", from, to, got, want)
		}
		if got := Years(at(to), at(from)); got != -seconds/31_536_000 {
			t.Errorf("%s back to %s is %v years", to, from, got)
		}
	}
	f("2025-11-20T16:00:00-05:00", "2025-11-21T09:30:00-05:00", 17.5*3600)
	f("2025-11-20T16:00:00-05:00", "2025-11-20T16:00:01-05:00", 1)
	f("2025-10-31T16:00:00-04:00", "2025-11-03T16:00:00-05:00", 73*3600) // clocks go back
	f("2025-03-07T16:00:00-05:00", "2025-03-10T16:00:00-04:00", 71*3600)
	f("2025-01-01T00:00:00Z", "2026-01-01T00:00:00Z", 31_536_000)
	f("2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z", 366*86400)
}

func TestSplitNamesTheHoursOfAHolidayWeek(t *testing.T) {
	f := func(x *Exchange, from, to time.Time, open, overnight, weekend, holiday float64) {
		t.Helper()
		s, err := x.Split(from, to)
		if err != nil {
			t.Fatal(err)
		}
		got := [...]float64{s.Open.Hours(), s.Overnight.Hours(), s.Weekend.Hours(), s.Holiday.Hours()}
		if want := [...]float64{open, overnight, weekend, holiday}; got != want {
			t.Errorf("%s %v to %v: open, overnight, weekend, holiday hours %v, want %v", x.Name(), from, to, got, want)
		}
	}
	ny := NewYork()
	nov := func(day, hour, min int) time.Time { return DateOf(2025, 11, day).At(hour, min, ny) }
	f(NYSE(), nov(20, 16, 0), nov(21, 9, 30), 0, 17.5, 0, 0)
	f(NYSE(), nov(21, 15, 0), nov(24, 10, 0), 1.5, 17.5, 48, 0)
	f(NYSE(), nov(26, 16, 0), nov(28, 9, 30), 0, 17.5, 0, 24) // Thanksgiving
	f(NYSE(), nov(28, 9, 30), nov(29, 0, 0), 3.5, 11, 0, 0)   // half day
	f(NYSE(), nov(1, 0, 0), nov(3, 0, 0), 0, 0, 49, 0)        // the weekend on which clocks go back
	f(Cboe(), nov(20, 9, 30), nov(21, 9, 30), 6.75, 17.25, 0, 0)
	f(CME(), nov(21, 17, 0), nov(23, 18, 0), 0, 7, 42, 0) // Globex opens on Sunday evening
	f(CME(), nov(23, 0, 0), nov(24, 0, 0), 6, 0, 18, 0)
	f(CME(), nov(27, 0, 0), nov(28, 0, 0), 19, 5, 0, 0) // Thanksgiving: halt 13:00 to 18:00
	f(CME(), DateOf(2025, 12, 25).At(0, 0, ny), DateOf(2025, 12, 26).At(0, 0, ny), 6, 0, 0, 18)
	f(Crypto(), nov(21, 0, 0), nov(25, 0, 0), 96, 0, 0, 0)
}

func TestSplitIsAdditiveToTheNanosecond(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	start := (First + 1).At(0, 0, time.UTC)
	span := int64((Last - 1).At(0, 0, time.UTC).Sub(start))
	clock := Clock{Overnight: 0.3, Weekend: 0.07, Holiday: 0.11}
	for _, x := range all() {
		for range 5000 {
			var at [3]time.Time
			at[0] = start.Add(time.Duration(rng.Int64N(span)))
			for i := 1; i < 3; i++ { // short and long stretches, in any order
				at[i] = at[0].Add(time.Duration((rng.Float64() - 0.5) * math.Pow(10, 10+8*rng.Float64())))
				if at[i].Before(start) || at[i].Sub(start) > time.Duration(span) {
					at[i] = at[0]
				}
			}
			ab, err1 := x.Split(at[0], at[1])
			bc, err2 := x.Split(at[1], at[2])
			ac, err3 := x.Split(at[0], at[2])
			if err := errors.Join(err1, err2, err3); err != nil {
				t.Fatal(err)
			}
			if ab.plus(bc) != ac {
				t.Fatalf("%s: %v, %v, %v: %v + %v is not %v", x.Name(), at[0], at[1], at[2], ab, bc, ac)
			}
			if ac.Open+ac.Overnight+ac.Weekend+ac.Holiday != at[2].Sub(at[0]) {
				t.Fatalf("%s: the parts %v do not add up to %v", x.Name(), ac, at[2].Sub(at[0]))
			}
			for _, part := range []time.Duration{ac.Open, ac.Overnight, ac.Weekend, ac.Holiday} {
				if part != 0 && (part < 0) != at[2].Before(at[0]) {
					t.Fatalf("%s: %v to %v has parts %v", x.Name(), at[0], at[2], ac)
				}
			}
			yab, err1 := clock.Years(x, at[0], at[1])
			ybc, err2 := clock.Years(x, at[1], at[2])
			yac, err3 := clock.Years(x, at[0], at[2])
			yca, err4 := clock.Years(x, at[2], at[0])
			if err := errors.Join(err1, err2, err3, err4); err != nil {
				t.Fatal(err)
			}
			// Sums of numbers up to 46 round at 1e-14.
			if !near(yab+ybc, yac, 1e-12) || yca != -yac {
				t.Fatalf("%s: years %v + %v is not %v; back %v", x.Name(), yab, ybc, yac, yca)
			}
		}
	}
}

// Split is held against a count of seconds, each asked of OpenAt and Session.
func TestSplitAgreesWithACountOfMinutes(t *testing.T) {
	for _, x := range all() {
		from, to := DateOf(2024, 12, 22).At(0, 0, x.Location()), DateOf(2025, 1, 12).At(0, 0, x.Location())
		var want Split
		for at := from; at.Before(to); at = at.Add(time.Minute) {
			var closed *ClosedError
			_, err := x.Session(DateIn(at, x.Location()))
			switch {
			case x.OpenAt(at):
				want.Open += time.Minute
			case !errors.As(err, &closed):
				want.Overnight += time.Minute
			case closed.Reason == weekendReason:
				want.Weekend += time.Minute
			default:
				want.Holiday += time.Minute
			}
		}
		if got, err := x.Split(from, to); err != nil || got != want {
			t.Errorf("%s: %+v, %v; want %+v", x.Name(), got, err, want)
		}
	}
}

func TestAPlainYearIntegratesToOne(t *testing.T) {
	clocks := []Clock{{}, {1, 1, 1}, DefaultClock(), {0.5, 0, 3}}
	for _, x := range all() {
		p := x.PlainYear()
		if p.Open+p.Overnight+p.Weekend+p.Holiday != act365 {
			t.Errorf("%s: the plain year lasts %v", x.Name(), p.Open+p.Overnight+p.Weekend+p.Holiday)
		}
		for _, c := range clocks {
			// A real year has 365.25 days, which adds 0.07 %; two or three half days, and on Globex seven
			// or eight, take up to 0.7 % of the open hours.
			got, err := c.Years(x, First.At(0, 0, x.Location()), (Last+1).At(0, 0, x.Location()))
			if err != nil {
				t.Fatal(err)
			}
			if perYear := got / 46; !near(perYear, 1, 0.008) {
				t.Errorf("%s %+v: a real year is %v plain ones", x.Name(), c, perYear)
			}
		}
	}
	// 2019: 252 sessions, 104 days of weekend, 9 holidays, 3 half days of 3.5 hours: the plain year but
	// for 9 hours moved from open to overnight.
	from, to := DateOf(2019, 1, 1).At(0, 0, NewYork()), DateOf(2020, 1, 1).At(0, 0, NewYork())
	s, err := NYSE().Split(from, to)
	want := NYSE().PlainYear()
	want.Open -= 9 * time.Hour
	want.Overnight += 9 * time.Hour
	if err != nil || s != want {
		t.Errorf("2019 is %v, %v; want %v", s, err, want)
	}
}

func TestClocksOfKnownWeights(t *testing.T) {
	day := DateOf(2025, 11, 20)
	open, close := day.At(9, 30, NewYork()), day.At(16, 0, NewYork())
	f := func(c Clock, x *Exchange, from, to time.Time, want float64) {
		t.Helper()
		if got, err := c.Years(x, from, to); err != nil || !near(got, want, 1e-15) {
			t.Errorf("%+v on %s: %v, %v; want %v", c, x.Name(), got, err, want)
		}
	}
	f(Clock{}, NYSE(), open, close, 1.0/252)
	f(Clock{}, NYSE(), close, open.AddDate(0, 0, 1), 0)
	f(Clock{}, CME(), day.At(-6, 0, NewYork()), day.At(17, 0, NewYork()), 1.0/258)
	f(Clock{1, 1, 1}, NYSE(), open, close, Years(open, close))
	f(Clock{1, 1, 1}, CME(), open, open.AddDate(1, 0, 0), 1)
	f(DefaultClock(), Crypto(), open, close, Years(open, close))
	f(Clock{}, NYSE(), open, open, 0)
	for _, c := range []Clock{{Overnight: -0.1}, {Weekend: math.NaN()}, {Holiday: math.Inf(1)}} {
		if v, err := c.Years(NYSE(), open, close); err == nil {
			t.Errorf("%+v measured %v", c, v)
		}
	}
	for _, at := range []time.Time{(First - 1).At(12, 0, NewYork()), (Last + 1).At(0, 1, NewYork()), {}} {
		if _, err := (Clock{}).Years(NYSE(), open, at); !errors.As(err, new(*RangeError)) {
			t.Errorf("to %v: %v", at, err)
		}
		if _, err := (Clock{}).Years(NYSE(), at, open); !errors.As(err, new(*RangeError)) {
			t.Errorf("from %v: %v", at, err)
		}
	}
}
