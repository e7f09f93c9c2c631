package calendar

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

func TestSettlementInstantsOfTheContractSpecifications(t *testing.T) {
	f := func(root, date string, style Style, expiry, lastTrade, settle, rule string) {
		t.Helper()
		s, err := Settle(root, mustDate(t, date))
		if err != nil {
			t.Error(err)
			return
		}
		const layout = "2006-01-02 15:04"
		got := fmt.Sprintf("%v %s, last %s, settle %s, %s",
			s.Style, s.Expiry, s.LastTrade.Format(layout), s.Settle.Format(layout), s.Rule)
		want := fmt.Sprintf("%v %s, last %s, settle %s, %s", style, expiry, lastTrade, settle, rule)
		if got != want {
			t.Errorf("%s %s:\n got %s\nwant %s", root, date, got, want)
		}
		if s.Listed != mustDate(t, date) || s.Moved() != (date != expiry) {
			t.Errorf("%s %s is listed for %s, moved %v", root, date, s.Listed, s.Moved())
		}
	}
	// The third Friday of November 2025 has both roots.
	f("SPX", "2025-11-21", AM, "2025-11-21", "2025-11-20 16:15", "2025-11-21 09:30", "am-open")
	f("SPXW", "2025-11-21", PM, "2025-11-21", "2025-11-21 16:00", "2025-11-21 16:00", "pm-close")
	f("SPXW", "2025-11-20", PM, "2025-11-20", "2025-11-20 16:00", "2025-11-20 16:00", "pm-close")
	// Good Friday 2025 and Juneteenth 2026, by the true date and by the third Friday.
	f("SPX", "2025-04-17", AM, "2025-04-17", "2025-04-16 16:15", "2025-04-17 09:30", "am-open")
	f("SPX", "2025-04-18", AM, "2025-04-17", "2025-04-16 16:15", "2025-04-17 09:30", "am-open;moved-from:2025-04-18:Good Friday")
	f("SPX", "2026-06-18", AM, "2026-06-18", "2026-06-17 16:15", "2026-06-18 09:30", "am-open")
	f("SPXW", "2026-06-19", PM, "2026-06-18", "2026-06-18 16:00", "2026-06-18 16:00", "pm-close;moved-from:2026-06-19:Juneteenth")
	// A Saturday of the time before 2015, and the same with Good Friday 2014 before it.
	f("SPX", "2013-01-19", AM, "2013-01-18", "2013-01-17 16:15", "2013-01-18 09:30", "am-open;moved-from:2013-01-19:weekend")
	f("AAPL", "2014-04-19", PM, "2014-04-17", "2014-04-17 16:00", "2014-04-17 16:00", "equity;moved-from:2014-04-19:weekend")
	// A closure announced after listing.
	f("SPXW", "2025-01-09", PM, "2025-01-08", "2025-01-08 16:00", "2025-01-08 16:00",
		"pm-close;moved-from:2025-01-09:day of mourning for President Carter")
	// Half days.
	f("SPXW", "2025-11-28", PM, "2025-11-28", "2025-11-28 13:00", "2025-11-28 13:00", "pm-close")
	f("SPY", "2025-11-28", PM, "2025-11-28", "2025-11-28 13:15", "2025-11-28 13:00", "etf-late")
	f("SPY", "2025-11-21", PM, "2025-11-21", "2025-11-21 16:15", "2025-11-21 16:00", "etf-late")
	f("NVDA", "2025-11-28", PM, "2025-11-28", "2025-11-28 13:00", "2025-11-28 13:00", "equity")
	// The last trade of an AM contract on a half day: monthly VIX after Thanksgiving week does not
	// exist, but a weekly one of Wednesday 2024-12-25 moves to Christmas Eve, with Monday before it.
	f("VIXW", "2024-12-25", AM, "2024-12-24", "2024-12-23 16:15", "2024-12-24 09:30", "am-open;moved-from:2024-12-25:Christmas Day")
	f("VIXW", "2025-12-26", AM, "2025-12-26", "2025-12-24 13:15", "2025-12-26 09:30", "am-open")
	f("VIX", "2025-11-19", AM, "2025-11-19", "2025-11-18 16:15", "2025-11-19 09:30", "am-open")
	f("VIX", "2025-03-18", AM, "2025-03-18", "2025-03-17 16:15", "2025-03-18 09:30", "am-open")
	f("VIX", "2025-03-19", AM, "2025-03-19", "2025-03-18 16:15", "2025-03-19 09:30", "am-open;off-cycle")
	// A weekly date under the monthly root is a file that lost its W.
	f("SPX", "2025-11-28", AM, "2025-11-28", "2025-11-26 16:15", "2025-11-28 09:30", "am-open;off-cycle")
	f("NDX", "2025-12-19", AM, "2025-12-19", "2025-12-18 16:15", "2025-12-19 09:30", "am-open")
	f("NDXP", "2025-12-19", PM, "2025-12-19", "2025-12-19 16:00", "2025-12-19 16:00", "pm-close")
	f("RUT", "2025-12-19", AM, "2025-12-19", "2025-12-18 16:15", "2025-12-19 09:30", "am-open")
	f("XSP", "2025-12-19", PM, "2025-12-19", "2025-12-19 16:00", "2025-12-19 16:00", "pm-close")
}

func TestRootsAreReadAsFilesWriteThem(t *testing.T) {
	d := DateOf(2025, 11, 21)
	want, err := Settle("SPX", d)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []string{"^SPX", "_SPX", "$SPX", "spx"} {
		if s, err := Settle(r, d); err != nil || s != want {
			t.Errorf("%q: %+v, %v", r, s, err)
		}
	}
	for _, r := range []string{"", "^", "SPX W", "SPX251121C", "\x00", strings.Repeat("A", 1000), "标普"} {
		if s, err := Settle(r, d); err == nil {
			t.Errorf("%q was read as %s", r, s.Root)
		} else if len(err.Error()) > 200 {
			t.Errorf("the error has %d bytes", len(err.Error()))
		}
	}
	if got := fmt.Sprint(AM, PM, Style(0)); got != "AM PM Style(0)" {
		t.Errorf("styles print as %s", got)
	}
}

func TestSettlementIsOrderedAndWithinItsDay(t *testing.T) {
	names := []string{"AAPL", "BRK.B"}
	for r := range roots {
		names = append(names, r)
	}
	rng := rand.New(rand.NewPCG(5, 6))
	for range 20_000 {
		root := names[rng.IntN(len(names))]
		d := First + 5 + Date(rng.IntN(int(Last-First)-5))
		s, err := Settle(root, d)
		if err != nil {
			t.Fatal(err)
		}
		if s.Expiry > d || d-s.Expiry > 6 || !NYSE().Trades(s.Expiry) {
			t.Fatalf("%s %s expires on %s", root, d, s.Expiry)
		}
		if DateIn(s.Settle, NewYork()) != s.Expiry {
			t.Fatalf("%s %s settles at %v, not on its expiry day", root, d, s.Settle)
		}
		if !s.LastTrade.Before((s.Expiry + 1).At(0, 0, NewYork())) {
			t.Fatalf("%s %s trades until %v", root, d, s.LastTrade)
		}
		switch late := s.LastTrade.Sub(s.Settle); {
		case s.Style == AM && !(late < 0):
			t.Fatalf("%s %s trades after it has settled", root, d)
		case s.Style == PM && late != 0 && (roots[root] != lateETF || late != 15*time.Minute):
			t.Fatalf("%s %s trades %v after it has settled", root, d, late)
		case s.Style != AM && s.Style != PM:
			t.Fatalf("%s %s has no style", root, d)
		}
		if s.Moved() != strings.Contains(s.Rule, movedFrom+d.String()) {
			t.Fatalf("%s %s: moved %v, rule %s", root, d, s.Moved(), s.Rule)
		}
		// The same contract named by its true date settles at the same instants.
		same, err := Settle(root, s.Expiry)
		if err != nil || !same.Settle.Equal(s.Settle) || !same.LastTrade.Equal(s.LastTrade) || same.Moved() {
			t.Fatalf("%s %s: %+v, by its expiry %+v, %v", root, d, s, same, err)
		}
	}
}

func TestSettleOutsideTheKnownYearsIsARangeError(t *testing.T) {
	for _, d := range []Date{First - 1, First, Last + 1} { // First is a holiday without a session before
		if _, err := Settle("SPXW", d); !errors.As(err, new(*RangeError)) {
			t.Errorf("%s: %v", d, err)
		}
	}
	if _, err := Settle("SPX", First+1); !errors.As(err, new(*RangeError)) {
		t.Errorf("the last trade before the first session: %v", err)
	}
}

func TestMonthlyExpiriesAreThoseOfTheExchangeCalendars(t *testing.T) {
	f := func(got Date, want string) {
		t.Helper()
		if got.String() != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	f(StandardMonthly(2025, time.November), "2025-11-21")
	f(StandardMonthly(2025, time.April), "2025-04-17") // Good Friday
	f(StandardMonthly(2022, time.April), "2022-04-14") // Good Friday
	f(StandardMonthly(2014, time.April), "2014-04-17") // Good Friday
	f(StandardMonthly(2008, time.March), "2008-03-20") // Good Friday
	f(StandardMonthly(2026, time.June), "2026-06-18")  // Juneteenth
	f(StandardMonthly(2027, time.June), "2027-06-17")  // Juneteenth observed on Friday
	f(StandardMonthly(2001, time.September), "2001-09-21")
	f(StandardMonthly(2036, time.January), "2036-01-18") // beyond the table
	// CFE expiration calendars.
	f(VIXExpiry(2025, time.November), "2025-11-19")
	f(VIXExpiry(2025, time.December), "2025-12-17")
	f(VIXExpiry(2025, time.October), "2025-10-22")
	f(VIXExpiry(2025, time.March), "2025-03-18") // Good Friday in April: a Tuesday
	f(VIXExpiry(2024, time.June), "2024-06-18")  // Juneteenth is the Wednesday
	f(VIXExpiry(2026, time.May), "2026-05-19")   // Juneteenth in June: a Tuesday
	f(VIXExpiry(2014, time.March), "2014-03-18") // Good Friday in April: a Tuesday
	f(VIXExpiry(2008, time.February), "2008-02-19")
	f(VIXExpiry(2035, time.December), "2035-12-19")
	for y := 1990; y <= 2035; y++ {
		for m := time.January; m <= time.December; m++ {
			d, v := StandardMonthly(y, m), VIXExpiry(y, m)
			third := nthWeekday(y, m, time.Friday, 3)
			if !NYSE().Trades(d) || d > third || d < third && NYSE().Trades(third) {
				t.Errorf("SPX of %d-%d expires on %s", y, m, d)
			}
			if gap := StandardMonthly(y, m+1) - v; !NYSE().Trades(v) || gap < 30 || gap > 33 {
				t.Errorf("VIX of %d-%d expires on %s, %d days before the SPX expiry", y, m, v, gap)
			}
		}
	}
}
