package faultline_test

import (
	"bytes"
	"encoding/json"
	"math"
	"math/rand/v2"
	"testing"

	"faultline"
	"faultline/evidence"
	"faultline/market"
)

// coins makes daily closes of a coin that moves with the index and has moves of its own.
func coins(t testing.TB) *market.Bars {
	t.Helper()
	index := prices(t)
	b := &market.Bars{Instrument: "BTC", Interval: market.Day, Origin: market.Origin{File: "made-up-coin.csv", Format: "daily", KnownAt: "session_close"}}
	random := rand.New(rand.NewPCG(3, 4))
	level := 30000.0
	m := market.Missing
	for i := range index.Len() {
		if i > 0 {
			level *= math.Exp(1.5*math.Log(index.Close[i]/index.Close[i-1]) + 0.03*random.NormFloat64())
		}
		b.Append(index.Begin[i], index.Begin[i]+86400, m, m, m, level, m, int32(i+2))
	}
	return b
}

func TestContagionStandsInTheAnalysisWithItsEvidence(t *testing.T) {
	a := few(t)
	for name, v := range map[string]float64{"contagion.from_year": 2021, "contagion.draws": 20, "contagion.placebos": 99} {
		var err error
		if a, err = a.With(name, v, "test"); err != nil {
			t.Fatal(err)
		}
	}
	var b market.Book
	b.Add(market.Dataset{Bars: prices(t)}, market.Dataset{Bars: coins(t)})
	out, err := faultline.Analyze(t.Context(), b.AsOf(close), a)
	if err != nil {
		t.Fatal(err)
	}
	c := out.Contagion
	if c == nil || len(c.Systems) == 0 || c.Rolling == nil || len(c.Events) == 0 || len(c.Findings) == 0 {
		t.Fatalf("contagion %+v", c)
	}
	if c.Tariff != nil || len(c.LeadLag) != 0 {
		t.Error("daily prices of 2025 before April were enough for a tariff shock, or for a lead within the day")
	}
	reasons := map[string]string{}
	for _, m := range c.Missing {
		reasons[m.Part] = m.Absent.Code
	}
	if reasons["lead_lag"] != "no_bars_of_the_day" || reasons["tariff"] != "no_prices_of_announcements" {
		t.Errorf("missing: %v", reasons)
	}
	var node evidence.Node
	for _, n := range out.Nodes {
		if n.ID == c.Node {
			node = n
		}
	}
	if len(node.Inputs) != 2 || len(node.Assumes) == 0 {
		t.Errorf("the measurement rests on %v and assumes %v", node.Inputs, node.Assumes)
	}
	f := c.Systems[0].Forward
	if f.Value == nil || f.ID != "contagion.long.coins_to_stocks" || f.Node != c.Node || !(*f.Low <= *f.Value && *f.Value <= *f.High) || !(f.P <= 0.05) {
		t.Errorf("%+v", f)
	}
	// The same inputs give the same bytes.
	again, err := faultline.Analyze(t.Context(), b.AsOf(close), a)
	if err != nil {
		t.Fatal(err)
	}
	x, err := json.Marshal(out.Contagion)
	if err != nil {
		t.Fatal(err)
	}
	y, err := json.Marshal(again.Contagion)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(x, y) {
		t.Error("two runs differ")
	}
}

func TestNobodyIsToldThatContagionIsMissingWhoHasNoCrypto(t *testing.T) {
	var b market.Book
	b.Add(market.Dataset{Bars: prices(t)})
	out, err := faultline.Analyze(t.Context(), b.AsOf(close), few(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range out.Missing {
		if m.Part == "contagion" {
			t.Errorf("missing: %v", m.Absent)
		}
	}
	if out.Contagion != nil {
		t.Error("contagion without coins")
	}
}
