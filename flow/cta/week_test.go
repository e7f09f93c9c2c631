package cta_test

import (
	"math"
	"testing"

	"faultline/calendar"
	"faultline/flow/cta"
	"faultline/market"
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

// A derived state holds no prices: signals that look into a window are left out, and it says so.
func TestADerivedStateLeavesOutSignalsOfAWindow(t *testing.T) {
	full := made(6000, calendar.DateOf(2025, 11, 19))
	a := everyKind(t)
	sets, err := cta.Derive(full, a)
	if err != nil {
		t.Fatal(err)
	}
	b, err := full.Daily("SPX")
	if err != nil {
		t.Fatal(err)
	}
	n := b.Len() - 1
	one := &market.Bars{Origin: b.Origin, Instrument: "SPX", Interval: market.Day}
	one.Append(b.Begin[n], b.Known[n], b.Open[n], b.High[n], b.Low[n], b.Close[n], b.Volume[n], 1)
	var book market.Book
	book.Add(sets...)
	book.Add(market.Dataset{Bars: one})
	got, err := cta.Read(t.Context(), book.AsOf(full.At()), a)
	if err != nil {
		t.Fatal(err)
	}
	told := false
	for _, c := range got.Caveats {
		told = told || c.Code == "signals_without_history"
	}
	if !told {
		t.Errorf("nothing is said of the signals that are left out: %v", got.Caveats)
	}
	bare := a
	for _, name := range []string{"cta.weight_momentum", "cta.weight_breakout"} {
		if bare, err = bare.With(name, 0, "test"); err != nil {
			t.Fatal(err)
		}
	}
	want, err := cta.Read(t.Context(), full, bare)
	if err != nil {
		t.Fatal(err)
	}
	if !(math.Abs(got.PositionUSD/want.PositionUSD-1) < 1e-9) || !(math.Abs(got.Tapes[1][2].US.P50/want.Tapes[1][2].US.P50-1) < 1e-9) {
		t.Errorf("the state gives %v and %v, the history without those signals %v and %v",
			got.PositionUSD, got.Tapes[1][2].US.P50, want.PositionUSD, want.Tapes[1][2].US.P50)
	}
}
