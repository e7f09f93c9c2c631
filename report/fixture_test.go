package report

import (
	"math"
	"time"

	"faultline"
	"faultline/assumption"
	"faultline/evidence"
)

// The numbers of this file are invented. They are round where that does not matter, and shaped by simple
// formulas where a chart needs a curve.

func ptr(v float64) *float64 { return &v }

// made is a complete analysis: three participants of which one is absent, every kind of level, synthetic
// and other grades, absent figures and published ones.
func made() *faultline.Analysis {
	asOf := time.Date(2031, 3, 14, 20, 0, 0, 0, time.UTC) // a Friday, 16:00 in New York
	const spot = 5432.1
	fig := func(id string, v float64, u evidence.Unit, g evidence.Grade, node string) evidence.Figure {
		return evidence.Figure{ID: id, Value: &v, Unit: u, Grade: g, Node: node}
	}
	level := func(kind faultline.LevelKind, id string, price float64, g evidence.Grade, node string) faultline.Level {
		return faultline.Level{Kind: kind, Instrument: "SPX", Price: &price, Grade: g, ID: id, Node: node}
	}
	zero := level(faultline.ZeroGamma, "levels.zero_gamma.1", 5398.12, evidence.Synthetic, "run/dealer")
	zero.Low, zero.High, zero.Slope = ptr(5371.4), ptr(5424.9), ptr(21.5e6)
	low := level(faultline.ZeroGamma, "levels.zero_gamma.2", 4893.5, evidence.Synthetic, "run/dealer")
	low.Slope = ptr(-8.2e6)
	short := level(faultline.CTAShort, "levels.cta_short", 5391.37, evidence.Modelled, "run/cta")
	medium := level(faultline.CTAMedium, "levels.cta_medium", 5216.04, evidence.Modelled, "run/cta")
	long := faultline.Level{
		Kind: faultline.CTALong, Instrument: "SPX", Grade: evidence.Modelled, ID: "levels.cta_long", Node: "run/cta",
		Absent: &evidence.Absent{Code: "short_history", Args: evidence.Args{"needs": 420, "has": 260}}, Reason: "short_history",
	}
	a := &faultline.Analysis{
		Schema: faultline.Schema, Version: "0.0.0-test", RunID: "0123456789abcdef", AsOf: asOf, Underlying: "SPX",
		Spot: fig("spot", spot, evidence.Points, evidence.Observed, "in/bars/SPX/1d"),
		Levels: []faultline.Level{
			zero, low,
			level(faultline.CallWall, "levels.call_wall", 5500, evidence.Synthetic, "run/dealer"),
			level(faultline.PutWall, "levels.put_wall", 5300, evidence.Synthetic, "run/dealer"),
			short, medium, long,
		},
		Inputs: []faultline.Input{
			{
				Key: "bars/SPX/1d", File: "made-up-daily.csv", Format: "derived_state", KnownAt: "session_close", Grade: evidence.Observed, Rows: 260,
				First: time.Date(2030, 3, 4, 0, 0, 0, 0, time.UTC), Last: time.Date(2031, 3, 14, 0, 0, 0, 0, time.UTC), Node: "in/bars/SPX/1d",
			},
			{
				Key: "chain/SPX", File: "made-up-chain", Format: "synthetic_chain", Source: "invented", KnownAt: "quote_time", Grade: evidence.Synthetic, Rows: 5120,
				First: asOf, Last: asOf, Node: "in/chain/SPX",
				Caveats: []evidence.Code{{Code: "synthetic_chain", Args: evidence.Args{"underlying": "SPX", "seed": 7}}},
			},
		},
		Findings: []faultline.Finding{
			{Says: evidence.Code{Code: "finding_pivot_alone", Args: evidence.Args{"now": 5391.37, "spot": spot}}, Part: "trend", Grade: evidence.Modelled, Node: "run/cta"},
			{Says: evidence.Code{Code: "finding_forced", Args: evidence.Args{"one": -4.2e9, "three": -18.6e9, "until": asOf}}, Part: "ladder", Grade: evidence.Synthetic, Node: "run/ladder"},
		},
		Missing: []faultline.Missing{},
		Caveats: []evidence.Code{
			{Code: "convention_naive"},
			{Code: "synthetic_chain", Args: evidence.Args{"underlying": "SPX", "seed": 7}},
			{Code: "quotes_before_chain_time", Args: evidence.Args{"at": asOf, "quoted": asOf.Add(-15 * time.Minute)}},
		},
		Assumptions: []assumption.Item{
			{
				Entry:   assumption.Entry{Name: "ladder.range", Value: 0.08, Unit: "ratio", Low: 0.005, High: 0.5, Source: "choice of presentation", Means: "The ladder spans this share of the price on each side."},
				Default: 0.1, Origin: "--set",
			},
			{
				Entry:   assumption.Entry{Name: "made.up", Value: 0.09, Unit: "ratio per session", Low: 0.06, High: 0.13, Spread: true, Source: "invented", Means: "An assumption of this test."},
				Default: 0.09,
			},
		},
		Nodes: []evidence.Node{
			{ID: "in/bars/SPX/1d", Kind: evidence.Dataset, Method: "derived_state", Grade: evidence.Observed, Source: "made-up-daily.csv", AsOf: time.Date(2031, 3, 14, 0, 0, 0, 0, time.UTC)},
			{ID: "in/chain/SPX", Kind: evidence.Dataset, Method: "synthetic_chain", Grade: evidence.Synthetic, Source: "made-up-chain", AsOf: asOf},
			{ID: "run/dealer", Kind: evidence.Run, Method: "dealer_gamma", Grade: evidence.Synthetic, AsOf: asOf, Inputs: []string{"in/chain/SPX"}},
			{ID: "run/cta", Kind: evidence.Run, Method: "cta_bars", Grade: evidence.Modelled, AsOf: asOf, Inputs: []string{"in/bars/SPX/1d"}},
			{ID: "run/ladder", Kind: evidence.Run, Method: "ladder", Grade: evidence.Synthetic, AsOf: asOf, Inputs: []string{"run/dealer", "run/cta"}},
		},
		Published: []faultline.Published{
			{Figure: fig("published.desk_week_down.2031-03-13.1", 39, "stated:usd bn", evidence.Published, "in/facts"), About: "2031-03-13", What: "trend followers to sell over a week in a falling market", Source: "https://www.example.com/desk/note?id=1"},
			{Figure: fig("published.cut_odds.2031-03-14.1", 30.1, "stated:pct", evidence.Published, "in/facts"), About: "2031-03-14", What: "odds of a cut", Source: "a printed newspaper, page 3"},
		},
		Forward: []faultline.Forward{
			{Expiry: "2031-03-21", Root: "SPX", Settle: time.Date(2031, 3, 21, 13, 30, 0, 0, time.UTC), Forward: ptr(5436.2), Low: ptr(5435.8), High: ptr(5436.6), Discount: ptr(0.99921), Method: "parity"},
			{Expiry: "2031-06-20", Root: "SPX", Settle: time.Date(2031, 6, 20, 13, 30, 0, 0, time.UTC), Absent: &evidence.Absent{Code: "no_forward", Args: evidence.Args{"root": "SPX", "expiry": "2031-06-20", "pairs": 1}}},
		},
		Rejected: []faultline.RejectedQuote{
			{Root: "SPX", Expiry: "2031-03-21", Strike: 4000, Right: "put", Reason: "no_bid", Used: true},
			{Root: "SPX", Expiry: "2031-03-21", Strike: 4010, Right: "put", Reason: "no_bid", Used: true},
			{Root: "SPX", Expiry: "2031-03-21", Strike: 5000, Right: "call", Reason: "crossed"},
		},
	}

	profile := func(x float64) float64 { // two zeros, one of them near spot
		return 21.5e6 * (x - 5398.12) * (x - 4893.5) / 500 * math.Exp(-math.Pow((x-5400)/420, 2))
	}
	gex := faultline.Greek{Unit: evidence.USDPerPercent, Profile: &faultline.ProfileColumns{}}
	gex.Total = fig("exposure.gex.total", profile(spot), evidence.USDPerPercent, evidence.Synthetic, "run/dealer").WithBand(-0.4e9, 2.1e9)
	for i := range 31 {
		x := spot * (1 + 0.15*(float64(i)/15-1))
		gex.Profile.Price = append(gex.Profile.Price, x)
		gex.Profile.GEX = append(gex.Profile.GEX, profile(x))
	}
	for k := 4700.0; k <= 6100; k += 50 {
		bump := 1.0
		if int(k)%100 == 0 {
			bump = 2.6
		}
		gex.ByStrike.Strike = append(gex.ByStrike.Strike, k)
		gex.ByStrike.Call = append(gex.ByStrike.Call, bump*90e6*math.Exp(-math.Pow((k-5500)/180, 2)))
		gex.ByStrike.Put = append(gex.ByStrike.Put, -bump*70e6*math.Exp(-math.Pow((k-5300)/220, 2)))
	}
	for i, b := range []string{"0dte", "week", "month", "rest"} {
		gex.ByBucket = append(gex.ByBucket, faultline.BucketExposure{Bucket: b, Value: []float64{-0.21e9, 0.44e9, 0.52e9, 0.118e9}[i]})
	}
	gex.ByExpiry = []faultline.ExpiryExposure{
		{Expiry: "2031-03-14", Root: "SPXW", Settle: asOf, Value: -0.21e9, Contracts: 310},
		{Expiry: "2031-03-21", Root: "SPX", Settle: time.Date(2031, 3, 21, 13, 30, 0, 0, time.UTC), Value: 0.44e9, Contracts: 402},
	}
	vex := faultline.Greek{Unit: evidence.USDPerVolPoint, ByExpiry: gex.ByExpiry, ByStrike: gex.ByStrike, Total: fig("exposure.vex.total", -1.2e9, evidence.USDPerVolPoint, evidence.Synthetic, "run/dealer")}
	cex := faultline.Greek{Unit: evidence.USDPerHour, ByExpiry: gex.ByExpiry, ByStrike: gex.ByStrike, Total: fig("exposure.cex.total", 3.4e8, evidence.USDPerHour, evidence.Synthetic, "run/dealer")}
	for i, b := range []string{"0dte", "week", "month", "rest"} {
		vex.ByBucket = append(vex.ByBucket, faultline.BucketExposure{Bucket: b, Value: []float64{-0.1e9, -0.3e9, -0.4e9, -0.4e9}[i]})
		cex.ByBucket = append(cex.ByBucket, faultline.BucketExposure{Bucket: b, Value: []float64{2e8, 1e8, 3e7, 1e7}[i]})
	}
	close := fig("exposure.to_close", 1.7e9, evidence.USD, evidence.Synthetic, "run/dealer")
	a.Exposure = &faultline.Exposure{Convention: "naive", Dynamics: "sticky_strike", GEX: gex, VEX: vex, CEX: cex, ToClose: close, Contracts: 5014, Grade: evidence.Synthetic, Node: "run/dealer"}
	dealerDay(a)

	ladder := &faultline.Ladder{
		Sessions: 1, Until: time.Date(2031, 3, 17, 20, 0, 0, 0, time.UTC), Grade: evidence.Synthetic, Node: "run/ladder", Unit: evidence.USD, Halted: 1,
	}
	dealer := faultline.Lane{Name: "dealer", Grade: evidence.Synthetic, Node: "run/dealer"}
	cta := faultline.Lane{Name: "cta", Grade: evidence.Modelled, Node: "run/cta"}
	dealerNow, ctaNow := fig("ladder.dealer.position_usd", -61.2e9, evidence.USD, evidence.Synthetic, "run/dealer"), fig("ladder.cta.position_usd", 118e9, evidence.USD, evidence.Modelled, "run/cta")
	dealer.Position, cta.Position = &dealerNow, &ctaNow
	for i := range 25 {
		move := 0.0075 * float64(i-12)
		x := spot * (1 + move)
		d := -move * 100 * 0.8 * profile(spot*(1+0.5*move)) // against the move where gamma is long
		c := -1.1e9
		if x < 5391.37 {
			c -= 2.9e9 * (1 - math.Exp(-(5391.37-x)/120))
		}
		if x < 5216.04 {
			c -= 2.2e9 * (1 - math.Exp(-(5216.04-x)/60))
		}
		if x > 5480 {
			c += 1.6e9
		}
		ladder.Price = append(ladder.Price, x)
		dealer.USD, cta.USD = append(dealer.USD, d), append(cta.USD, c)
		dealer.Low, dealer.High = append(dealer.Low, d-0.5*math.Abs(d)), append(dealer.High, d+0.4*math.Abs(d))
		cta.Low, cta.High = append(cta.Low, 1.35*c-0.1e9), append(cta.High, 0.7*c+0.1e9)
		ladder.Total = append(ladder.Total, d+c)
	}
	ladder.Players = []faultline.Lane{dealer, cta, {Name: "letf", Grade: evidence.Modelled, Absent: &evidence.Absent{Code: "no_series", Args: evidence.Args{"series": "letf/assets"}}}}
	a.Ladder = ladder

	flow := func(id string, v, p05, p95 float64) faultline.Flow {
		return faultline.Flow{Figure: fig(id, v, evidence.USD, evidence.Modelled, "run/cta").WithBand(p05, p95), P05: &p05, P50: &v, P95: &p95}
	}
	a.Trend = &faultline.Trend{
		Instrument: "SPX", From: "bars", Regions: 4, Pivots: faultline.Pivots{Short: short, Medium: medium, Long: long},
		Position:   fig("trend.position_usd", 118e9, evidence.USD, evidence.Modelled, "run/cta"),
		PositionUS: fig("trend.position_us_usd", 41.3e9, evidence.USD, evidence.Modelled, "run/cta"),
		Percentile: evidence.Figure{ID: "trend.percentile", Unit: evidence.Percentile, Grade: evidence.Modelled, Node: "run/cta", Absent: &evidence.Absent{Code: "short_history", Args: evidence.Args{"needs": 750, "has": 260}}},
		LastWeek:   fig("trend.flow_last_week_usd", -6.4e9, evidence.USD, evidence.Modelled, "run/cta"),
		SellsAll:   true, Grade: evidence.Modelled, Node: "run/cta",
		Speeds: []faultline.Speed{
			{Name: "short", USD: ptr(-12.5e9), Signal: ptr(-0.41)},
			{Name: "medium", USD: ptr(62.5e9), Signal: ptr(0.93)},
			{Name: "long", Absent: &evidence.Absent{Code: "short_history", Args: evidence.Args{"needs": 840, "has": 260}}},
		},
		Caveats: []evidence.Code{{Code: "stale_prices", Args: evidence.Args{"instrument": "SPX", "last": "2031-03-13", "session": "2031-03-14"}}},
		Tapes: map[string]faultline.Tapes{
			"1w": {
				"flat":     {Return: 0, Global: flow("trend.tapes.1w.flat.global", -4.4e9, -7.9e9, -1.2e9), US: flow("trend.tapes.1w.flat.us", -1.5e9, -2.8e9, -0.3e9)},
				"up":       {Return: 0.031, Global: flow("trend.tapes.1w.up.global", -0.8e9, -3.1e9, 1.9e9), US: flow("trend.tapes.1w.up.us", -0.4e9, -1.3e9, 0.6e9)},
				"down":     {Return: -0.031, Global: flow("trend.tapes.1w.down.global", -39e9, -52e9, -27e9), US: flow("trend.tapes.1w.down.us", -17.2e9, -23e9, -11e9)},
				"down_big": {Return: -0.039, Global: flow("trend.tapes.1w.down_big.global", -48.5e9, -61e9, -33e9), US: flow("trend.tapes.1w.down_big.us", -21.4e9, -28e9, -14e9)},
			},
			"1m": {
				"flat":     {Return: 0, Global: flow("trend.tapes.1m.flat.global", -9.1e9, -16e9, -3e9), US: flow("trend.tapes.1m.flat.us", -3.4e9, -6e9, -1e9)},
				"up":       {Return: 0.066, Global: flow("trend.tapes.1m.up.global", -2.2e9, -9e9, 6e9), US: flow("trend.tapes.1m.up.us", -0.9e9, -4e9, 2e9)},
				"down":     {Return: -0.066, Global: flow("trend.tapes.1m.down.global", -121e9, -160e9, -84e9), US: flow("trend.tapes.1m.down.us", -48e9, -66e9, -31e9)},
				"down_big": {Return: -0.083, Global: flow("trend.tapes.1m.down_big.global", -149e9, -197e9, -104e9), US: flow("trend.tapes.1m.down_big.us", -59e9, -80e9, -39e9)},
			},
		},
	}

	history := &faultline.History{Grade: evidence.Observed, Node: "in/bars/SPX/1d"}
	day := time.Date(2030, 12, 9, 0, 0, 0, 0, time.UTC)
	for i := 0; len(history.Date) < 70; i++ {
		if wd := day.Weekday(); wd != time.Saturday && wd != time.Sunday {
			n := float64(len(history.Date))
			history.Date = append(history.Date, day.Format(time.DateOnly))
			history.Close = append(history.Close, spot-5*(69-n)+90*math.Sin(n/9)-90*math.Sin(69.0/9)+18*math.Sin(n*1.7)-18*math.Sin(69*1.7))
		}
		day = day.AddDate(0, 0, 1)
	}
	a.History = history

	without := evidence.Figure{ID: "exposure.gex.total.without_synthetic", Unit: evidence.USDPerPercent, Grade: evidence.Modelled, Node: "run/dealer", Absent: &evidence.Absent{Code: "only_synthetic"}}
	ladderWithout := fig("ladder.total.down_3.without_synthetic", -3.3e9, evidence.USD, evidence.Modelled, "run/ladder")
	a.Headlines = []faultline.Headline{
		{ID: "spot", With: a.Spot},
		{ID: "exposure.gex.total", With: gex.Total, Without: &without},
		{ID: "levels.zero_gamma.nearest", With: evidence.Figure{ID: "levels.zero_gamma.1", Value: zero.Price, Unit: evidence.Points, Low: zero.Low, High: zero.High, Grade: evidence.Synthetic, Node: "run/dealer"}, Without: &without},
		{ID: "levels.cta_short", With: fig("levels.cta_short", 5391.37, evidence.Points, evidence.Modelled, "run/cta")},
		{ID: "levels.cta_long", With: evidence.Figure{ID: "levels.cta_long", Unit: evidence.Points, Grade: evidence.Modelled, Node: "run/cta", Absent: long.Absent}},
		{ID: "trend.position_usd", With: a.Trend.Position},
		{ID: "ladder.total.down_3", With: fig("ladder.total.down_3", -7.9e9, evidence.USD, evidence.Synthetic, "run/ladder"), Without: &ladderWithout},
	}
	a.Contagion = madeContagion()
	a.Scenario, a.Actions, a.Capex = madeScenario(), madeActions(), madeCapex()
	a.EventVol = madeEvents()
	return a
}

// bare is an analysis in which everything that can be absent is.
func bare() *faultline.Analysis {
	why := &evidence.Absent{Code: "no_bars", Args: evidence.Args{"instrument": "SPX", "interval": "1d"}}
	return &faultline.Analysis{
		Schema: faultline.Schema, Version: "0.0.0-test", RunID: "fedcba9876543210",
		AsOf: time.Date(2031, 3, 14, 20, 0, 0, 0, time.UTC), Underlying: "SPX",
		Spot:   evidence.Figure{ID: "spot", Unit: evidence.Points, Grade: evidence.Modelled, Node: "run/spot", Absent: why},
		Inputs: []faultline.Input{}, Findings: []faultline.Finding{}, Headlines: []faultline.Headline{},
		Levels: []faultline.Level{
			{Kind: faultline.ZeroGamma, Instrument: "SPX", ID: "levels.zero_gamma.1", Grade: evidence.Modelled, Absent: &evidence.Absent{Code: "no_chain", Args: evidence.Args{"underlying": "SPX"}}},
			{Kind: faultline.CTAShort, Instrument: "SPX", ID: "levels.cta_short", Grade: evidence.Modelled, Absent: why},
		},
		Missing: []faultline.Missing{
			{Part: "dealer", Absent: &evidence.Absent{Code: "no_chain", Args: evidence.Args{"underlying": "SPX"}}},
			{Part: "cta", Absent: why},
			{Part: "ladder", Absent: &evidence.Absent{Code: "no_participant"}},
		},
		Caveats: []evidence.Code{}, Assumptions: []assumption.Item{}, Nodes: []evidence.Node{},
	}
}
