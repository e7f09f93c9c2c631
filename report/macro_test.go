package report

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"faultline"
	"faultline/evidence"
	"faultline/words"
)

// economyMade is a complete set of macro instruments. All numbers are invented.
func economyMade() *faultline.Analysis {
	a := made()
	fig := func(id string, v float64, u evidence.Unit) evidence.Figure {
		return evidence.Figure{ID: id, Value: &v, Unit: u, Grade: evidence.Modelled, Node: "run/cta"}
	}
	due := time.Date(2031, 3, 20, 12, 30, 0, 0, time.UTC)
	fan := func(series string) faultline.AnalogFan {
		return faultline.AnalogFan{
			Series: series, N: 3, Low: []float64{-0.5, -1}, Mid: []float64{0.2, 0.4}, High: []float64{0.9, 1.8},
			BaseLow: []float64{-1, -2}, BaseMid: []float64{0, 0.1}, BaseHigh: []float64{1, 2},
		}
	}
	band := func(f evidence.Figure, low, high float64) evidence.Figure { return f.WithBand(low, high) }
	a.Macro = &faultline.Macro{
		Releases: &faultline.ReleaseCalendar{
			AsOf: a.AsOf, From: a.AsOf.AddDate(0, -2, 0), To: a.AsOf.AddDate(0, 1, 0), Holes: 1,
			Releases: []faultline.ReleaseRow{
				{Report: "cpi", Period: "2031-01", Series: []string{"CPIAUCSL"}, Scheduled: a.AsOf.AddDate(0, -1, 0), Due: &due, Status: "delayed", Part: "with_next_month", Hole: true},
				{Report: "payrolls", Period: "2031-01", Series: []string{"PAYEMS"}, Scheduled: a.AsOf.AddDate(0, -1, 2), Actual: &due, Status: "on_time"},
			},
		},
		Fed: &faultline.FedPath{
			Day: "2031-03-14", Effective: "next_day", Between: "anchors", Target: faultline.FedRange{LowBP: 325, HighBP: 350, Probability: 1}, Inferred: true,
			Meetings: []faultline.FedMeeting{
				{
					Date: "2031-03-19", ExpectedBP: ptr(330), ExpectedErrorBP: ptr(0.4), ChangeBP: ptr(-7.5), ChangeErrorBP: ptr(0.4), StartBP: ptr(333), EndBP: ptr(325.5),
					Ranges:  []faultline.FedRange{{LowBP: 300, HighBP: 325, Probability: 0.3, Error: 0.01}, {LowBP: 325, HighBP: 350, Probability: 0.7, Error: 0.01}},
					Caveats: []evidence.Code{{Code: "no_anchor_after"}},
				},
				{Date: "2031-05-07", Ranges: []faultline.FedRange{}, Absent: &evidence.Absent{Code: "earlier_meeting_unknown", Args: evidence.Args{"meeting": "2031-05-07"}}},
			},
			Caveats: []evidence.Code{{Code: "target_range_inferred", Args: evidence.Args{"rate": 3.33}}}, Grade: evidence.Modelled,
		},
		Odds: &faultline.FedOdds{
			Meeting: "2031-03-19", Day: []string{"2031-03-12", "2031-03-13", "2031-03-14"}, Cut: []float64{0.2, 0.5, 0.3}, Hike: []float64{0, 0.1, 0},
			From: "exports", Grade: evidence.Published, Node: "run/cta",
		},
		Responses: []faultline.FedResponse{{
			Measure: "two_year_yield", Return: band(fig("macro.response.two_year_yield", -0.012, evidence.Ratio), -0.02, -0.004), Error: 0.005, R2: 0.1, Events: 40, First: "2026-01-28", Last: "2031-01-29",
		}},
		Analog: &faultline.Analog{
			From: "2027-03", To: "2031-02", PastFrom: "1955-01", PastTo: "1990-12", Chance: fig("macro.analog.chance", 0.17, evidence.Ratio), Verdict: "no_better_than_chance",
			Best: []faultline.AnalogBest{{Kind: "shape", Length: 48, From: "1970-01", To: "1973-12", Distance: 0.5, Expected: 0.6, Chance: 0.2}},
			Kinds: []faultline.AnalogKind{{
				Kind: "shape", Matches: []faultline.AnalogMatch{{From: "1970-01", To: "1973-12", Distance: 0.5, Eased: true}},
				Fans: []faultline.AnalogFan{fan("inflation"), fan("unemployment"), fan("policy_rate")},
			}},
			Branches: []faultline.AnalogBranch{{N: 2, Inflation: ptr(1.2), Unemployment: ptr(0.1)}, {Eased: true}},
			Gap:      ptr(-1.5), GapP: ptr(0.4), Horizon: 2,
			Overlay: faultline.AnalogOverlay{Now: []float64{3, 2.5, 2.8}, Then: []float64{5, 4, 4.5, 4.8, 5.1}, From: "1970-01"},
			Grade:   evidence.Modelled, Node: "run/cta",
		},
		Premium: &faultline.TermPremium{
			Day: "2031-03-13", Since: "2000-01-31", Months: 374, Largest: 0.98, Misfit: 0.0004, Month: []string{"2030-12", "2031-01", "2031-02"}, Premium: []float64{0.01, 0.012, 0.011},
			Maturity: []faultline.Maturity{{
				Years: 10, Yield: fig("macro.term_premium.yield.10", 0.042, evidence.PerYear), Expected: fig("macro.term_premium.expected.10", 0.031, evidence.PerYear),
				Premium: band(fig("macro.term_premium.premium.10", 0.011, evidence.PerYear), 0.004, 0.018), Change: 0.001, Loadings: []float64{0.01},
			}},
			Caveats: []evidence.Code{{Code: "premium_level_uncertain", Args: evidence.Args{"eigenvalue": 0.98}}}, Grade: evidence.Modelled, Node: "run/cta",
		},
		Liquidity: &faultline.Liquidity{
			Net: &faultline.LiquidityNet{
				Value: fig("macro.liquidity.net", 5.7e12, evidence.USD), Change: fig("macro.liquidity.change", -2e11, evidence.USD), Day: []string{"2031-03-05", "2031-03-12"},
				Net: []float64{5.8e12, 5.7e12}, Assets: []float64{6.7e12, 6.7e12}, Treasury: []float64{8e11, 9e11}, Repos: []float64{1e11, 1e11}, Grade: evidence.Modelled, Node: "run/cta",
			},
			Spread: &faultline.LiquiditySpread{
				Value: fig("macro.liquidity.spread", 0.0001, evidence.PerYear), Highest: fig("macro.liquidity.spread_highest", 0.0032, evidence.PerYear),
				Day: []string{"2031-03-13", "2031-03-14"}, Spread: []float64{0.0032, 0.0001}, Grade: evidence.Modelled, Node: "run/cta",
			},
			Races: []faultline.LiquidityRace{{
				Asset: "BTC", Weeks: 52, First: "2030-03-20", Last: "2031-03-12", Verdict: "neither_explains", Node: "run/cta",
				Runners: []faultline.LiquidityRunner{
					{Story: "net_liquidity", Beta: 0.01, Error: 0.02, R2: 0.01, BIC: -300, Joint: 0.01, JointError: 0.02},
					{Story: "tariffs", Beta: 0.02, Error: 0.02, R2: 0.02, BIC: -301, Joint: 0.02, JointError: 0.02},
				},
			}},
			Missing: []faultline.Missing{{Part: "race_high_beta", Absent: &evidence.Absent{Code: "no_daily_bars"}}},
		},
		Missing: []faultline.Missing{{Part: "response", Absent: &evidence.Absent{Code: "no_daily_bars"}}},
	}
	return a
}

func TestTheMacroSectionsStandInEveryFormatAndLanguage(t *testing.T) {
	a := economyMade()
	for _, lang := range words.Languages() {
		w, err := words.For(lang)
		if err != nil {
			t.Fatal(err)
		}
		d := compose(a, w)
		charts := map[string]int{}
		for _, s := range d.Sections {
			charts[s.ID] = len(s.Charts)
		}
		for id, want := range map[string]int{"releases": 0, "fed": 2, "analog": 1, "premium": 1, "liquidity": 1, "lacking": 0} {
			if got, ok := charts[id]; !ok || got != want {
				t.Errorf("%s: section %s has %d charts, want %d", lang, id, got, want)
			}
		}
		var page, text, screen strings.Builder
		for _, err := range []error{HTML(&page, a, w), Markdown(&text, a, w), Macro(&screen, a, w, 100, false)} {
			if err != nil {
				t.Fatal(err)
			}
		}
		for format, s := range map[string]string{"page": page.String(), "markdown": text.String(), "terminal": screen.String()} {
			for _, want := range []string{w.In("verdict", "no_better_than_chance"), w.In("verdict", "neither_explains"), "2031-03-19"} {
				if !strings.Contains(s, want) {
					t.Errorf("%s, %s: %q is not there", lang, format, want)
				}
			}
			// A code without words is written in brackets with its arguments.
			for _, bad := range []string{"[macro.", "[head.", "[codes.", "[verdict.", "[story.", "[part.", "NaN"} {
				if strings.Contains(s, bad) {
					t.Errorf("%s, %s holds %q", lang, format, bad)
				}
			}
		}
	}
}

func TestTheMacroJSONHasTheDocumentedShape(t *testing.T) {
	var b strings.Builder
	if err := JSON(&b, economyMade()); err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal([]byte(b.String()), &v); err != nil {
		t.Fatal(err)
	}
	conforms(t, documented(t), "economy", "Analysis", v)
}
