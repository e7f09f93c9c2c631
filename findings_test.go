package faultline

import (
	"slices"
	"strings"
	"testing"
	"time"

	"faultline/audit"
	"faultline/evidence"
	"faultline/words"
)

// summed is an analysis with everything that the summary can speak of; its numbers are invented.
func summed() *Analysis {
	fig := func(v float64, u evidence.Unit) evidence.Figure { return evidence.Figure{Value: &v, Unit: u} }
	num := func(v float64) *float64 { return &v }
	band := func(v, lo, hi float64) evidence.Figure { return fig(v, evidence.Ratio).WithBand(lo, hi) }
	law := ShockLaw{Law: "linear"}
	law.Amplification.With, law.FinalMove.With = band(1.25, 1.1, 1.5), fig(-0.0375, evidence.Ratio)
	law.LoopGain.Total.With = band(0.2, 0.1, 0.3)
	at := time.Date(2031, 3, 14, 20, 0, 0, 0, time.UTC)
	return &Analysis{
		AsOf: at, Spot: fig(5400, evidence.Points),
		Trend:     &Trend{Pivots: Pivots{Short: Level{Price: num(5444)}}},
		Published: []Published{{Series: publishedThreshold, Figure: fig(5450, "stated:index"), About: "2031-03-12"}},
		History:   &History{Date: []string{"2031-03-11", "2031-03-12", "2031-03-13", "2031-03-14"}, Close: []float64{5401, 5460, 5420, 5400}},
		Audit: &Audit{
			Claims: make([]AuditClaim, 9), Counts: map[string]int{string(audit.Contradicted): 4, string(audit.Supported): 5},
			Violations: []AuditConflict{
				{Rule: "beyond_record_short", Size: num(2.5), Mend: &AuditMend{Claims: []string{"a"}, Factor: 0.1, Value: 42e9, Unit: "usd"}},
				{Rule: "beyond_record_short", Size: num(3.5), Mend: &AuditMend{Claims: []string{"b"}, Factor: 0.001, Value: 7e9, Unit: "usd"}},
			},
		},
		Replay: &Replay{
			Day: "2031-03-13", Laws: []string{"linear", "square_root"}, Move: fig(-0.021, evidence.Ratio),
			Players: []ReplayPlayer{{Name: "dealer"}, {Name: "cta"}}, Total: []evidence.Figure{fig(-3e9, evidence.USD), fig(-5e9, evidence.USD)},
			Parts: []ReplayPart{
				{Key: "night", To: at.Add(-30 * time.Hour), Move: 0.011, Points: [][]float64{{1, 2}, {3, 4}}, Left: []float64{30, 27}},
				{Key: "to_close", To: at.Add(-24 * time.Hour), Move: -0.032, Points: [][]float64{{-20, -30}, {-25, -35}}, Left: []float64{-60, -50}},
			},
			Rarity: &ReplayRarity{AtGap: 0.0135, AtChange: -0.015, Days: 8000, From: "1999-01-29", Falls: []string{"2008-10-10", "2031-03-13"}, Earlier: fig(1, evidence.Count)},
		},
		Ladder:    &Ladder{Until: at.Add(72 * time.Hour)},
		Headlines: []Headline{{ID: "ladder.total.down_1", With: fig(-11e9, evidence.USD)}, {ID: "ladder.total.down_3", With: fig(-34e9, evidence.USD)}},
		Shock:     &Shock{Size: -0.03, ImpactLaw: "linear", Laws: []ShockLaw{law}},
		Crypto: &Crypto{
			Published: []Published{{Series: "crypto_liquidations_total", About: "2031-02-01", Figure: fig(12, "stated:usd bn")}},
			Coins: []CryptoCoin{{
				Instrument: "BTC",
				Below:      &LiquidationCluster{Price: fig(90000, evidence.Points), USD: fig(8e8, evidence.USD), Distance: fig(-0.04, evidence.Ratio)},
				Above:      &LiquidationCluster{Price: fig(99000, evidence.Points), USD: fig(6e8, evidence.USD), Distance: fig(0.06, evidence.Ratio)},
			}},
		},
		Macro: &Macro{
			Fog:  &Fog{Lapses: []FogCourse{{Begin: "2031-01-02", Worst: "2031-02-11", PricesRatio: fig(1.1, evidence.Ratio), JobsRatio: fig(1.7, evidence.Ratio)}}},
			Odds: &FedOdds{Meeting: "2031-04-30", Day: []string{"2031-03-01", "2031-03-14"}, Cut: []float64{0.9, 0.4}},
		},
		Regime: &Regime{Extreme: 2, Measures: []RegimeMeasure{{Percentile: num(97)}, {Percentile: num(2)}, {Percentile: num(50)}, {}}},
		Scenario: &Scenarios{From: "2031-01-05", Branches: []ScenarioBranch{
			{Name: "A", Prior: 0.5, Posterior: fig(0.2, evidence.Ratio)},
			{Name: "B", Prior: 0.3, Posterior: fig(0.8, evidence.Ratio)},
			{Name: "C", Prior: 0.2, Posterior: fig(0.9, evidence.Ratio), Dead: &evidence.Code{Code: "x"}},
		}},
	}
}

// said writes the summary in one language, by code; two sentences of one code follow each other.
func said(t *testing.T, a *Analysis, lang string) map[string]string {
	t.Helper()
	w, err := words.For(lang)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, f := range findings(a) {
		s := w.Say(f.Says)
		if strings.ContainsAny(s, "{}") || strings.Contains(s, "NaN") {
			t.Errorf("%s lacks a number: %s", f.Says.Code, s)
		}
		out[f.Says.Code] += s
	}
	return out
}

func TestASentenceOfTheSummaryChangesWithItsData(t *testing.T) {
	for _, lang := range words.Languages() {
		before := said(t, summed(), lang)
		f := func(code string, change func(*Analysis)) {
			t.Helper()
			a := summed()
			change(a)
			after := said(t, a, lang)
			if before[code] == "" {
				t.Errorf("%s: no sentence %s", lang, code)
			}
			if after[code] == before[code] {
				t.Errorf("%s: %s stays %q though its data changed", lang, code, before[code])
			}
			for other, s := range before {
				if other != code && after[other] != s {
					t.Errorf("%s: what changes %s changes %s to %q too", lang, code, other, after[other])
				}
			}
		}
		f("finding_pivot_below", func(a *Analysis) { *a.Trend.Pivots.Short.Price = 5300 })
		f("finding_pivot_below", func(a *Analysis) { a.History.Close[1] = 5440 })
		f("finding_pivot_below", func(a *Analysis) { *a.Published[0].Figure.Value = 5410 })
		f("finding_slip_ten", func(a *Analysis) { a.Audit.Violations[0].Mend.Value = 43e9 })
		f("finding_slip_ten", func(a *Analysis) { *a.Audit.Violations[0].Size = 3 })
		f("finding_slip", func(a *Analysis) { a.Audit.Violations[1].Mend.Factor = 0.01 })
		f("finding_audit", func(a *Analysis) { a.Audit.Counts[string(audit.Contradicted)] = 3 })
		f("finding_minutes", func(a *Analysis) { a.Replay.Parts[1].Move = -0.04 })
		f("finding_minutes", func(a *Analysis) { a.Replay.Parts[0].Move = 0.04 })
		f("finding_sold", func(a *Analysis) { *a.Replay.Total[0].Value = -9e9 })
		f("finding_sold", func(a *Analysis) { a.Replay.Parts[1].Left[0] = -10 })
		f("finding_rare", func(a *Analysis) { a.Replay.Rarity.Falls = append(a.Replay.Rarity.Falls, "2031-03-14") })
		f("finding_forced", func(a *Analysis) { *a.Headlines[1].With.Value = 34e9 })
		f("finding_loop", func(a *Analysis) { *a.Shock.Laws[0].Amplification.With.High = 2 })
		f("finding_loop", func(a *Analysis) { *a.Shock.Laws[0].LoopGain.Total.With.Value = 0.25 })
		f("finding_liquidated", func(a *Analysis) { *a.Crypto.Published[0].Figure.Value = 13 })
		f("finding_cluster", func(a *Analysis) { *a.Crypto.Coins[0].Above.Distance.Value = 0.01 })
		f("finding_fog", func(a *Analysis) { *a.Macro.Fog.Lapses[0].JobsRatio.Value = 1.2 })
		f("finding_odds", func(a *Analysis) { a.Macro.Odds.Cut[1] = 0.7 })
		f("finding_regime_extreme", func(a *Analysis) { a.Regime.Extreme = 1 })
		f("finding_scenario", func(a *Analysis) { *a.Scenario.Branches[0].Posterior.Value = 0.85 })
	}
}

func TestTheSummaryTurnsWhenTheDataDo(t *testing.T) {
	f := func(code string, change func(*Analysis)) {
		t.Helper()
		a := summed()
		change(a)
		if said(t, a, "en")[code] == "" || said(t, a, "zh")[code] == "" {
			t.Errorf("no sentence %s", code)
		}
	}
	f("finding_pivot_above", func(a *Analysis) { a.History.Close[3] = 5500 })
	f("finding_pivot_alone", func(a *Analysis) { a.Published = nil })
	f("finding_regime_usual", func(a *Analysis) { a.Regime.Extreme = 0 })
	f("finding_runs_away", func(a *Analysis) { a.Shock.Laws[0].Away = true })
	f("finding_scenario_outside", func(a *Analysis) { a.Scenario.Outside = true })
}

func TestTheSummaryLeavesOutWhatIsNotThere(t *testing.T) {
	if got := findings(&Analysis{}); len(got) != 0 {
		t.Errorf("an empty analysis says %v", got)
	}
	codes := func(a *Analysis) []string {
		var out []string
		for _, f := range findings(a) {
			out = append(out, f.Says.Code)
		}
		return out
	}
	f := func(change func(*Analysis), gone ...string) {
		t.Helper()
		a := summed()
		change(a)
		left := codes(a)
		for _, c := range codes(summed()) {
			if slices.Contains(left, c) == slices.Contains(gone, c) {
				t.Errorf("%s: there %v, expected gone %v", c, slices.Contains(left, c), gone)
			}
		}
	}
	f(func(a *Analysis) { a.Trend.Pivots.Short.Price = nil }, "finding_pivot_below")
	f(func(a *Analysis) { a.Audit = nil }, "finding_slip_ten", "finding_slip", "finding_audit")
	f(func(a *Analysis) { a.Audit.Violations = nil }, "finding_slip_ten", "finding_slip")
	f(func(a *Analysis) { a.Replay = nil }, "finding_minutes", "finding_sold", "finding_rare")
	f(func(a *Analysis) { a.Replay.Rarity = nil }, "finding_rare")
	f(func(a *Analysis) { a.Replay.Total[1].Value = nil }, "finding_sold")
	f(func(a *Analysis) { a.Headlines = a.Headlines[:1] }, "finding_forced")
	f(func(a *Analysis) { a.Shock.Laws[0].Amplification.With.Low = nil }, "finding_loop")
	f(func(a *Analysis) { a.Crypto.Coins = nil }, "finding_cluster")
	f(func(a *Analysis) { a.Crypto.Published[0].Figure.Unit = "stated:usd" }, "finding_liquidated")
	f(func(a *Analysis) { a.AsOf = a.AsOf.AddDate(-1, 0, 0) }, "finding_fog")
	f(func(a *Analysis) { a.Macro.Odds = nil }, "finding_odds")
	f(func(a *Analysis) { a.Regime.Measures = nil }, "finding_regime_extreme")
	f(func(a *Analysis) { a.Scenario = nil }, "finding_scenario")
}
