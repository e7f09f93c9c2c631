package cta_test

import (
	"math"
	"testing"

	"faultline/calendar"
	"faultline/flow/cta"
)

// What a reading says of the week before is what the reading of that week said.
func TestTheChangeLeadsFromTheReadingOfAWeekBefore(t *testing.T) {
	last := calendar.DateOf(2025, 11, 19)
	s := madeMarkets(6000, last, "SPX", "N225", "HSI")
	now := mustRead(t, s)
	c := now.Change
	if c == nil {
		t.Fatal("the reading does not say what changed")
	}
	if want := calendar.DateOf(2025, 11, 12); c.From != want {
		t.Errorf("the change counts from %s, not %s", c.From, want)
	}
	before := mustRead(t, upTo(t, s, c.From, "SPX", "N225", "HSI"))
	near := func(what string, got, want float64) {
		t.Helper()
		if !(math.Abs(got-want) <= 1e-9*max(math.Abs(want), 1)) { // sums of thousands of products in another order
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	near("close", c.Close, before.Close)
	near("position before", c.PositionUSD, before.PositionUSD)
	near("change of position", c.Traded.Plus(c.Revalued).Total(), now.PositionUSD-before.PositionUSD)
	near("change of US position", c.TradedUS.Plus(c.RevaluedUS).Total(), now.PositionUSUSD-before.PositionUSUSD)
	near("traded", c.Traded.Total(), now.FlowLastWeekUSD)
	for k := range cta.SpeedNames {
		near("pivot before", c.Pivots[k].Before, before.Pivots[k].Price)
		near("pivot", c.Pivots[k].Before+c.Pivots[k].Price+c.Pivots[k].Time, now.Pivots[k].Price)
	}
	for _, d := range now.Path {
		if d.Session == c.From {
			near("position on the path", d.PositionUSD, before.PositionUSD)
			near("pivot on the path", d.Pivots[1], before.Pivots[1].Price)
		}
	}
	if n := len(now.Path); n != 130 || now.Path[n-1].Session != last {
		t.Errorf("the path has %d sessions", n)
	}
	if c.Traded.Price == 0 || c.Traded.Vol == 0 || c.Traded.Time == 0 || c.Revalued.Time != 0 {
		t.Errorf("a part of the change is exactly zero, or time has revalued something: %+v", c)
	}
}
