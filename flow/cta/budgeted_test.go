package cta_test

import (
	"math"
	"testing"

	"faultline/assumption"
	"faultline/calendar"
	"faultline/flow"
	"faultline/flow/cta"
	"faultline/market"
)

func withBudget(t *testing.T, a assumption.Set) assumption.Set {
	t.Helper()
	a, err := a.With("cta.risk_budget", 1, "test")
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// The factor is taken before the walk and every lane keeps it: orders, whatever the path, are those of
// programs without the budget times one number, which is also that of the reading's positions and tapes.
func TestTheRiskBudgetIsFrozenOverTheWalk(t *testing.T) {
	ids := []string{"SPX", "N225", "TLT"}
	s := madeMarkets(4000, calendar.DateOf(2025, 11, 19), ids...)
	off := noBands(t)
	on := withBudget(t, off)
	plain, err := cta.Read(t.Context(), s, off)
	if err != nil {
		t.Fatal(err)
	}
	scaled, err := cta.Read(t.Context(), s, on)
	if err != nil {
		t.Fatal(err)
	}
	factor := scaled.PositionUSD / plain.PositionUSD
	if !(math.Abs(factor-1) > 0.01) {
		t.Fatalf("positions are scaled by %v: the test sees nothing", factor)
	}
	said := false
	for _, c := range scaled.Caveats {
		said = said || c.Code == "risk_budget" && math.Abs(c.Args["scale"].(float64)-factor) < 0.001 && c.Args["markets"] == len(ids)
	}
	if !said {
		t.Errorf("caveats %v do not tell the factor %v", scaled.Caveats, factor)
	}
	same := func(what string, got, want float64) {
		t.Helper()
		if !(math.Abs(got-factor*want) <= 1e-9*math.Abs(want)) {
			t.Errorf("%s: %v with the budget, %v without, factor %v", what, got, want, factor)
		}
	}
	for i := range plain.Markets {
		same(plain.Markets[i].Instrument, scaled.Markets[i].USD, plain.Markets[i].USD)
	}
	for h := range plain.Tapes {
		for k := range plain.Tapes[h] {
			same("tape", scaled.Tapes[h][k].Global.P05, plain.Tapes[h][k].Global.P05)
		}
	}
	if scaled.Pivots != plain.Pivots || scaled.Percentile != plain.Percentile {
		t.Error("the budget moved pivots or the percentile, which know no size")
	}
	paths := []flow.Path{flow.Hold(0, 0.9), flow.Hold(0, 1), flow.Hold(0, 1.08)}
	e := env(t, s, 5)
	for _, id := range ids[1:] {
		b, err := s.Daily(id)
		if err != nil {
			t.Fatal(err)
		}
		c := b.Close[b.Len()-1]
		e.Assets = append(e.Assets, flow.Asset{ID: id, Price: c, LastClose: c})
	}
	var orders [2][]float64
	for i, a := range []assumption.Set{off, on} {
		e.Assume, e.Memo = a, &flow.Memo{}
		sum, err := flow.RunPaths(t.Context(), e, []flow.Model{cta.New()}, paths, 0, 1)
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range sum.Players[0].Units {
			orders[i] = append(orders[i], u...)
		}
	}
	for i := range orders[0] {
		same("orders", orders[1][i], orders[0][i])
	}
}

func TestProgramsUnderARiskBudgetAreAFlowModel(t *testing.T) {
	isAFlowModel(t, withBudget(t, assumption.Default()))
}

func TestOneMarketIsItsOwnBudget(t *testing.T) {
	s := made(4000, calendar.DateOf(2025, 11, 19))
	off, err := cta.Read(t.Context(), s, noBands(t))
	if err != nil {
		t.Fatal(err)
	}
	on, err := cta.Read(t.Context(), s, withBudget(t, noBands(t)))
	if err != nil {
		t.Fatal(err)
	}
	if !(math.Abs(on.PositionUSD/off.PositionUSD-1) < 1e-12) {
		t.Errorf("one market holds %v dollars under a budget of its own, %v without", on.PositionUSD, off.PositionUSD)
	}
}

// A derived state holds no returns: the reading says that the budget is left out and stands without it.
func TestADerivedStateHasNoRiskBudget(t *testing.T) {
	last := calendar.DateOf(2025, 11, 19)
	s := madeMarkets(4000, last, "SPX", "N225")
	sets, err := cta.Derive(s, noBands(t))
	if err != nil {
		t.Fatal(err)
	}
	bars, err := s.Daily("SPX")
	if err != nil {
		t.Fatal(err)
	}
	tail := &market.Bars{Origin: bars.Origin, Instrument: "SPX", Interval: market.Day}
	for i := bars.Len() - 1; i < bars.Len(); i++ {
		tail.Append(bars.Begin[i], bars.Known[i], bars.Open[i], bars.High[i], bars.Low[i], bars.Close[i], bars.Volume[i], bars.Line[i])
	}
	var book market.Book
	book.Add(sets...)
	book.Add(market.Dataset{Bars: tail})
	derived := book.AsOf(s.At())
	off, err := cta.Read(t.Context(), derived, noBands(t))
	if err != nil {
		t.Fatal(err)
	}
	on, err := cta.Read(t.Context(), derived, withBudget(t, noBands(t)))
	if err != nil {
		t.Fatal(err)
	}
	said := false
	for _, c := range on.Caveats {
		said = said || c.Code == "risk_budget_unknown"
	}
	if !said || on.PositionUSD != off.PositionUSD {
		t.Errorf("position %v, without a budget %v, caveats %v", on.PositionUSD, off.PositionUSD, on.Caveats)
	}
}
