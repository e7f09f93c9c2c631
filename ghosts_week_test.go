package faultline

import (
	"testing"

	"faultline/calendar"
)

// The shocks of the register are sizes of a week, and belong to no part of one.
func TestOnlyAWholeWeekHasTheShocksOfAWeek(t *testing.T) {
	f := func(from, to string, want bool) {
		t.Helper()
		a, err := calendar.ParseDate(from)
		if err != nil {
			t.Fatal(err)
		}
		b, err := calendar.ParseDate(to)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := wholeWeek(a, b); err != nil || got != want {
			t.Errorf("%s to %s: %v, %v", from, to, got, err)
		}
	}
	f("2025-11-17", "2025-11-21", true)
	f("2025-11-24", "2025-11-28", true) // with Thanksgiving inside
	f("2025-09-02", "2025-09-05", true) // Labor Day before
	f("2025-11-19", "2025-11-21", false)
	f("2025-11-17", "2025-11-20", false)
	f("2025-11-17", "2025-11-28", false)
}
