package report

import (
	"time"

	"faultline"
	"faultline/evidence"
)

// madeScenario is an invented tree in every state that a reader can meet.
func madeScenario() *faultline.Scenarios {
	day := func(d int) time.Time { return time.Date(2031, 2, d, 0, 0, 0, 0, time.UTC) }
	in := func(en, zh string) map[string]string { return map[string]string{"en": en, "zh": zh} }
	reading := faultline.ScenarioReading{Name: `jobs.unemployment("2031-01-01")`, Value: ptr(4.6), Known: "2031-02-07"}
	posterior := func(id string, v float64) evidence.Figure {
		return evidence.Figure{ID: "scenario." + id + ".posterior", Value: ptr(v), Unit: evidence.Ratio, Grade: evidence.Modelled, Node: "run/scenario"}
	}
	return &faultline.Scenarios{
		Name: "made", Title: in("A made tree", "虚构的情景树"), From: "2031-02-01", Until: "2031-06-30", Source: "made up", Gap: 0.2,
		Branches: []faultline.ScenarioBranch{
			{
				Name: "up", Title: in("Things go well", "一切顺利"), Prior: 0.6, Posterior: posterior("up", 1), Naive: 0.9, Leak: 0.3, Requires: []string{"jobs"}, Source: "made up",
				Effective: ptr(8123), Entropy: ptr(0.2), Held: ptr(0.12),
				Outcomes: []faultline.ScenarioOutcome{{Title: in("Stocks rise", "股票上涨"), Asset: "SPX", Low: ptr(0), Expression: `ret("SPX", "2031-02-01") > 0`, True: yes(true), Least: 0.6, BrierLeast: ptr(0.16), Odds: []faultline.MarketOdds{{Source: "options", Probability: ptr(0.55), Brier: ptr(0.2025)}}, Source: "made up"}},
				Spreads:  []faultline.AssetSpread{{Asset: "SPX", Mean: 0.04, Low: -0.1, Median: 0.04, High: 0.2}, {Asset: "TNX", Mean: 0.1, Low: -0.5, Median: 0.1, High: 0.7}},
			},
			{
				Name: "down", Title: in("Things go badly", "形势恶化"), Prior: 0.4, Posterior: posterior("down", 0), Naive: 0.1, Leak: 0.1, Requires: []string{"cut"}, Source: "made up",
				Dead:       &evidence.Code{Code: "condition_failed", Args: evidence.Args{"condition": "cut", "date": "2031-02-20"}},
				Contradict: &evidence.Code{Code: "views_contradict", Args: evidence.Args{"view": "SPX ≤", "with": "SPX ≥"}},
				Outcomes: []faultline.ScenarioOutcome{
					{Title: in("Stocks fall", "股票下跌"), Asset: "SPX", High: ptr(-0.1), Expression: `ret("SPX", "2031-02-01") < 0`, True: yes(false), Least: 0.4, Odds: []faultline.MarketOdds{}, Source: "made up"},
					{Title: in("Bonds fall", "债券下跌"), Expression: `ret("TLT", "2031-02-01") < 0`, Absent: &evidence.Absent{Code: "no_observation", Args: evidence.Args{"name": "TLT"}}, Least: 0.4, Odds: []faultline.MarketOdds{}, Source: "made up"},
				},
			},
		},
		Conditions: []faultline.ScenarioCondition{
			{
				Name: "jobs", Title: in("Unemployment above 4.5 %", "失业率高于4.5%"), Expression: `jobs.unemployment("2031-01-01") > 4.5`, By: "2031-06-30", Status: "met", Since: "2031-02-07",
				Probability: 1, Prior: 0.6, Readings: []faultline.ScenarioReading{reading}, Revised: true, Odds: []faultline.MarketOdds{}, Source: "made up",
			},
			{
				Name: "cut", Title: in("A cut", "降息"), Expression: `fed.cut_bp("2031-02-19") >= 25`, By: "2031-02-20", Status: "failed", Since: "2031-02-20",
				Prior: 0.4, Readings: []faultline.ScenarioReading{}, Odds: []faultline.MarketOdds{{Source: "fedwatch", Probability: ptr(0.3)}, {Source: "kalshi"}}, Source: "made up",
			},
			{
				Name: "later", Title: in("Something later", "后续事件"), Expression: `vix > 40.0`, By: "2031-06-30", Status: "open", Probability: 0.2, Prior: 0.2,
				Readings: []faultline.ScenarioReading{}, Odds: []faultline.MarketOdds{}, Absent: &evidence.Absent{Code: "not_yet_observed", Args: evidence.Args{"name": "vix"}}, Source: "made up",
			},
		},
		Log: []faultline.ScenarioStep{
			{At: day(1), Status: "prior", Readings: []faultline.ScenarioReading{}, Posterior: []float64{0.6, 0.4}, Naive: []float64{0.6, 0.4}, Dead: []string{}},
			{At: day(7), Condition: "jobs", Status: "met", Readings: []faultline.ScenarioReading{reading}, Posterior: []float64{0.8, 0.2}, Naive: []float64{0.75, 0.25}, Dead: []string{}},
			{At: day(20), Condition: "cut", Status: "failed", Readings: []faultline.ScenarioReading{}, Posterior: []float64{1, 0}, Naive: []float64{0.9, 0.1}, Dead: []string{"down"}},
			{At: day(28), Condition: "jobs", Status: "revised", Readings: []faultline.ScenarioReading{}, Posterior: []float64{1, 0}, Naive: []float64{0.9, 0.1}, Dead: []string{}},
		},
		Overlaps: []faultline.ScenarioOverlap{{A: "up", B: "down", Probability: 0.05}},
		Paths: &faultline.ScenarioPaths{
			Source: "bootstrap_and_cascade", Loop: &faultline.ScenarioLoop{Share: 0.5, Sessions: 21, Paths: 1024, Law: "sqrt"}, Paths: 10000, Sessions: 75, From: "2021-03-01", To: "2031-03-13", Covered: 1,
			Prior:   []faultline.AssetSpread{{Asset: "SPX", Mean: 0.02, Low: -0.13, Median: 0.02, High: 0.16}, {Asset: "TNX", Mean: 0, Low: -0.6, Median: 0, High: 0.6}},
			Mixture: []faultline.AssetSpread{{Asset: "SPX", Mean: 0.04, Low: -0.1, Median: 0.04, High: 0.2}, {Asset: "TNX", Mean: 0.1, Low: -0.5, Median: 0.1, High: 0.7}},
		},
		Score: &faultline.ScenarioScore{
			True: []string{"up"}, Undecided: []string{}, Brier: ptr(0.32), Uniform: ptr(0.5), Log: ptr(0.51),
			Conditions: []faultline.ConditionScore{
				{Name: "jobs", Status: "met", Tree: 0.6, BrierTree: ptr(0.16), Odds: []faultline.MarketOdds{}},
				{Name: "cut", Status: "failed", Tree: 0.4, BrierTree: ptr(0.16), Odds: []faultline.MarketOdds{{Source: "fedwatch", Probability: ptr(0.3), Brier: ptr(0.09)}}},
				{Name: "later", Status: "open", Tree: 0.2, Odds: []faultline.MarketOdds{}},
			},
		},
		Missing: []faultline.Missing{{Part: "scenario_paths", Absent: &evidence.Absent{Code: "no_joint"}}},
		Caveats: []evidence.Code{{Code: "one_tree"}}, Grade: evidence.Modelled, Node: "run/scenario",
	}
}

func yes(b bool) *bool { return &b }

func madeActions() []faultline.Action {
	in := func(en, zh string) map[string]string { return map[string]string{"en": en, "zh": zh} }
	return []faultline.Action{
		{
			Name: "watch", Title: in("Watch a level", "关注一个点位"), Expression: `price("SPX") > 5500`, Status: "firing", Since: "2031-03-01",
			Readings: []faultline.ScenarioReading{{Name: `price("SPX")`, Value: ptr(5512.25), Known: "2031-03-14"}},
			Record:   []faultline.ActionRecord{{Code: "recovery_after", Value: ptr(0.004), Error: ptr(0.003), N: 40}, {Code: "recovery_all", Absent: &evidence.Absent{Code: "too_few_observations"}}},
			Cost:     &faultline.ActionRecord{Code: "cost_of_waiting", Value: ptr(0.02), N: 1}, Source: "made up",
		},
		{
			Name: "hedge", Title: in("Hedge", "对冲"), Expression: `cpi.yoy > 3.0`, Status: "not_known",
			Readings: []faultline.ScenarioReading{{Name: "cpi.yoy", Absent: &evidence.Absent{Code: "no_observation", Args: evidence.Args{"name": "cpi.yoy"}}}},
			Record:   []faultline.ActionRecord{}, Source: "made up",
		},
	}
}

// madeCapex is an invented trade with a portfolio.
func madeCapex() *faultline.Capex {
	b := func(v, low, high float64) faultline.Bounded { return faultline.Bounded{Value: v, Low: low, High: high} }
	change := func(ticker string, year int, v float64) faultline.CapexChange {
		return faultline.CapexChange{Ticker: ticker, Year: year, Revenue: b(v, v-0.05, v+0.05), Margin: b(v/10, v/10-0.01, v/10+0.01), Earnings: b(1.3*v, 1.3*v-0.1, 1.3*v+0.1)}
	}
	c := &faultline.Capex{
		Buyers: []faultline.CapexBuyer{{
			Ticker: "MSFT", Plan: b(100e9, 95e9, 150e9), OwnNow: b(0.03, 0, 0.1), Own: b(0.3, 0.15, 0.45), Nvidia: b(0.85, 0.8, 0.88), Needed: b(51e9, 46e9, 83e9), Gap: b(26e9, 18e9, 57e9),
		}},
		History: []faultline.CapexHistory{
			{Ticker: "MSFT", Quarter: []string{"2030-10-01"}, USD: []float64{20e9}, Rule: []string{"as_filed"}, Lacks: []faultline.CapexLack{{Quarter: "2031-01-01", Absent: &evidence.Absent{Code: "not_reconciled", Args: evidence.Args{"ticker": "MSFT", "year": 2031}}}}},
			{Ticker: "NVDA", Quarter: []string{}, USD: []float64{}, Rule: []string{}, Lacks: []faultline.CapexLack{}, Absent: &evidence.Absent{Code: "fiscal_year_unknown", Args: evidence.Args{"ticker": "NVDA"}}},
		},
		Substitution: []faultline.CapexChange{change("NVDA", 2030, -0.2)}, Cut: []faultline.CapexChange{change("NVDA", 2030, -0.1)}, Both: []faultline.CapexChange{change("NVDA", 2030, -0.3)},
		HHI: []faultline.Bounded{b(0.23, 0.2, 0.27), b(0.5, 0.26, 0.85)}, TopTwo: []faultline.Bounded{b(0.6, 0.5, 0.7), b(0.9, 0.6, 1)}, OneOrTwo: 0.7, Draws: 256,
		Headline: evidence.Figure{ID: "capex.nvidia_earnings", Value: ptr(-0.26), Low: ptr(-0.37), High: ptr(-0.15), Unit: evidence.Ratio, Grade: evidence.Modelled, Node: "run/capex"},
		Events: []faultline.CapexEvent{{
			Instrument: "GOOGL − NVDA", Benchmark: "SPY", Beta: -0.8, Date: []string{"2031-03-13", "2031-03-14"}, Return: []float64{0.02, 0.04}, Abnormal: []float64{0.01, 0.05},
			Error: []float64{0.027, 0.027}, Total: 0.06, TotalError: 0.038, Days: 250,
		}},
		Leans: []faultline.CapexLean{
			{Code: "data_over_hardware", Long: "GOOGL", Short: "SMH", Before: &faultline.ActionRecord{Code: "before", Value: ptr(0.003), Error: ptr(0.13), N: 1260}},
			{Code: "energy", Long: "XLE", Short: "SPY", Absent: &evidence.Absent{Code: "no_bars", Args: evidence.Args{"instrument": "XLE", "interval": "1d"}}},
		},
		Portfolio: &faultline.CapexPortfolio{
			From: "2030-03-15", To: "2031-03-14",
			Value: 50e3, Market: faultline.CapexExposure{USD: 48e3, Error: 2e3}, Hardware: faultline.CapexExposure{USD: 50e3, Error: 7e3}, Data: faultline.CapexExposure{USD: -4e3, Error: 3e3},
			Holdings: []faultline.CapexHolding{{Ticker: "NVDA", USD: 50e3, Market: 0.96, Hardware: 1, HardwareError: 0.14, Data: -0.08, DataError: 0.06, R2: 0.7}},
			Tilts:    []faultline.CapexTilt{{Reduced: 0.5, Ticker: []string{"NVDA", "SPY"}, Trade: []float64{-25e3, 25e3}, After: []float64{25e3, 25e3}, Hardware: 25e3, Data: -2e3, TrackingError: 0.09}},
			Left:     []*evidence.Absent{{Code: "unknown_ticker", Args: evidence.Args{"ticker": "GONE"}}},
		},
		Missing: []faultline.Missing{{Part: "capex_event", Absent: &evidence.Absent{Code: "too_few_observations"}}},
		Caveats: []evidence.Code{{Code: "adjusted_returns"}}, Grade: evidence.Modelled, Node: "run/capex",
	}
	for y := 2026; y <= 2030; y++ {
		c.Years = append(c.Years, y)
		c.Nvidia = append(c.Nvidia, change("NVDA", y, -0.05*float64(y-2025)))
		c.Margin = append(c.Margin, b(0.73, 0.7, 0.76))
	}
	return c
}

// poisonScenario puts a hostile text wherever one from outside can stand.
func poisonScenario(a *faultline.Analysis, poison string) {
	x := a.Scenario
	x.Source, x.Name = poison, poison
	x.Branches[0].Name, x.Branches[0].Title = poison, map[string]string{"en": poison, "zh": poison}
	x.Branches[0].Outcomes[0].Title, x.Branches[0].Outcomes[0].Expression = map[string]string{"en": poison}, poison
	x.Conditions[0].Title, x.Conditions[0].Expression = map[string]string{"en": poison, "zh": poison}, poison
	x.Conditions[0].Readings[0].Name = poison
	x.Conditions[1].Odds[0].Source = poison
	x.Overlaps[0].A, x.Score.True = poison, []string{poison}
	a.Actions[0].Title, a.Actions[0].Expression = map[string]string{"en": poison}, poison
	a.Actions[0].Record[0].Code = poison
	a.Capex.Events[0].Instrument, a.Capex.Leans[0].Code, a.Capex.Leans[0].Long = poison, poison, poison
	a.Capex.Portfolio.Tilts[0].Ticker[0], a.Capex.Portfolio.Left[0].Args["ticker"] = poison, poison
}
