package options

import (
	"math"
	"testing"
	"time"

	"faultline/black"
	"faultline/calendar"
	"faultline/market"
)

// withVendor fills the vendor's column of a chain as somebody would who adds shift to each forward and
// counts time from an instant late after the quotes.
func withVendor(w world, c *market.Chain, shift float64, late time.Duration) {
	for i := range c.Len() {
		years := w.years(c.Root[i], c.Expiry[i])
		forward := w.forward(years)
		price := math.Exp(w.rate*years) * (c.Bid[i] + c.Ask[i]) / 2
		s, err := calendar.Settle(c.Root[i], c.Expiry[i])
		if err != nil {
			panic(err)
		}
		v, err := black.ImpliedVol(c.Right[i], price, forward+shift, c.Strike[i], calendar.Years(w.at.Add(late), s.Settle))
		if err != nil {
			v = 0
		}
		c.IV[i] = v
	}
}

func TestTheCauseOfAGapToTheVendorIsFound(t *testing.T) {
	f := func(shift float64, late time.Duration, cause string) {
		t.Helper()
		w := indexWorld()
		c := w.chain()
		w.fill(c, "SPXW", date(2025, 3, 10), 5400, 6100, 10)
		w.fill(c, "SPX", date(2025, 3, 21), 5000, 6500, 25)
		withVendor(w, c, shift, late)
		b := prepare(t, c)
		gaps := VendorGaps(b, c)
		if len(gaps) != 2 {
			t.Fatalf("%d expiries compared", len(gaps))
		}
		for _, v := range gaps {
			e := b.Expiries[v.Expiry]
			if v.Cause != cause {
				t.Errorf("shift %v, late %v: %s: %+v", shift, late, e.Date, v)
				continue
			}
			hours := -v.Time * e.Years * 365 * 24
			if cause != "" && (!(math.Abs(v.Forward-shift) < 0.15*math.Abs(shift)+0.3) || !(math.Abs(hours-late.Hours()) < 0.1*late.Hours()+0.3)) {
				t.Errorf("shift %v, late %v: %s: found %v points and %v hours", shift, late, e.Date, v.Forward, hours)
			}
			if cause != "" && !(v.Explains > 0.6) {
				t.Errorf("shift %v, late %v: %s: explains %v", shift, late, e.Date, v.Explains)
			}
		}
	}
	f(0, 0, "")
	f(8, 0, "forward")
	f(-8, 0, "forward")
	f(0, 24*time.Hour, "time")
	f(10, 30*time.Hour, "forward_and_time")
}

func TestAClockOfTheVendorThatDiffersIsACaveat(t *testing.T) {
	w := indexWorld()
	c := w.chain()
	for _, d := range []int{5, 6, 7, 10, 12, 14} {
		w.fill(c, "SPXW", date(2025, 3, d), 5500, 6050, 10)
	}
	withVendor(w, c, 0, 0)
	if v := caveat(prepare(t, c), "vendor_clock_differs"); v != nil {
		t.Errorf("one clock: %v", v)
	}
	withVendor(w, c, 0, 9*time.Hour)
	v := caveat(prepare(t, c), "vendor_clock_differs")
	if v == nil {
		t.Fatal("no caveat")
	}
	if hours, ok := v.Args["hours"].(float64); !ok || !(math.Abs(hours-9) < 0.5) {
		t.Errorf("%v, want 9 hours", v)
	}
}
