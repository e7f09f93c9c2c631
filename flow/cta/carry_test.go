package cta

import (
	"math"
	"testing"

	"faultline/calendar"
	"faultline/market"
)

func TestTablesOfRatesAreInOrderAndPlausible(t *testing.T) {
	for name, table := range map[string][]rate{"policy": policy, "euro": euro, "yen": yen, "dividends": dividends} {
		for i, r := range table {
			if i > 0 && r.from <= table[i-1].from {
				t.Errorf("%s: %s does not follow %s", name, r.from, table[i-1].from)
			}
			if !(r.value >= -0.01 && r.value <= 0.12) {
				t.Errorf("%s: %v on %s", name, r.value, r.from)
			}
		}
		if table[0].from > calendar.DateOf(1985, 1, 1) {
			t.Errorf("%s begins on %s", name, table[0].from)
		}
	}
}

func TestARateHoldsFromItsDayToTheNext(t *testing.T) {
	f := func(d calendar.Date, want float64) {
		t.Helper()
		if got := at(policy, d); got != want {
			t.Errorf("policy rate on %s is %v, want %v", d, got, want)
		}
	}
	// Announcements of the FOMC.
	f(calendar.DateOf(2025, 9, 16), 0.04375)
	f(calendar.DateOf(2025, 9, 17), 0.04125)
	f(calendar.DateOf(2025, 11, 20), 0.03875)
	f(calendar.DateOf(2020, 3, 13), 0.01125)
	f(calendar.DateOf(2020, 3, 16), 0.00125)
	f(calendar.DateOf(1994, 2, 3), 0.03)
	f(calendar.DateOf(1960, 1, 4), policy[0].value)
	f(calendar.DateOf(2035, 1, 2), policy[len(policy)-1].value)
}

// A rolled future on an index that stands still earns dividends and pays financing, for every calendar
// day, at the rates known at the close before.
func TestCarryAccruesByCalendarDays(t *testing.T) {
	bars := &market.Bars{Instrument: "SPX", Interval: market.Day}
	sessions, err := calendar.NYSE().Sessions(calendar.DateOf(2025, 9, 11), calendar.DateOf(2025, 11, 19))
	if err != nil {
		t.Fatal(err)
	}
	for i, x := range sessions {
		price := 5000.0
		if i > 15 {
			price += float64(i % 3)
		}
		bars.Append(int64(x.Date)*86400, x.Close.Unix(), price, price, price, price, 0, int32(i))
	}
	var b market.Book
	b.Add(market.Dataset{Bars: bars})
	h, err := daily(b.AsOf(sessions[len(sessions)-1].Close), spx())
	if err != nil {
		t.Fatal(err)
	}
	f := func(day int, want float64) {
		t.Helper()
		for i, d := range h.date {
			if d == calendar.DateOf(2025, 9, day) {
				if got := h.growth[i] - 1; !(math.Abs(got-want) < 1e-15) {
					t.Errorf("growth to September %d is %v, want %v", day, got, want)
				}
				return
			}
		}
		t.Fatalf("no session on September %d", day)
	}
	f(12, (0.0125-0.04375)*1/365) // a Friday
	f(15, (0.0125-0.04375)*3/365) // over the weekend
	f(17, (0.0125-0.04375)*1/365) // the rate cut of this afternoon counts from its close on
	f(18, (0.0125-0.04125)*1/365)
}
