package report

import (
	"math"
	"time"

	"faultline"
	"faultline/evidence"
)

// dealerDay gives a made-up exposure what dealers do until the close. All numbers are invented.
func dealerDay(a *faultline.Analysis) {
	e := a.Exposure
	spot, node := *a.Spot.Value, e.Node
	fig := func(id string, v float64, u evidence.Unit) evidence.Figure {
		return evidence.Figure{ID: id, Value: &v, Unit: u, Grade: evidence.Synthetic, Node: node}
	}
	why := func(code string, args evidence.Args) *evidence.Absent {
		return &evidence.Absent{Code: code, Args: args}
	}
	next := time.Date(2031, 3, 17, 20, 0, 0, 0, time.UTC)

	e.Hedge = &faultline.HedgeColumns{
		Move: []float64{-0.01, 0, 0.01}, Price: []float64{0.99 * spot, spot, 1.01 * spot}, At: next, Unit: evidence.USD,
		Now: []float64{0.9e9, 0, -1.1e9}, NowLow: []float64{-2e9, 0, -2.4e9}, NowHigh: []float64{2.2e9, 0, 1.8e9},
		Close: []float64{1.4e9, 0.6e9, -0.7e9}, CloseLow: []float64{-1.6e9, 0.1e9, -2e9}, CloseHigh: []float64{2.6e9, 0.9e9, 2e9},
		NowShare: []float64{0.021, 0, 0.026}, CloseShare: []float64{0.033, 0.014, 0.016},
	}
	coverage := 0.03
	e.Volume = &faultline.Volume{Instrument: "SPY", From: next.Add(-390 * time.Minute), To: next, USD: fig("exposure.volume.usd", 43e9, evidence.USD), Coverage: &coverage}
	m := &faultline.DayMap{}
	for j := range 9 {
		m.Price = append(m.Price, spot*(1+0.005*float64(j-4)))
	}
	for i := range 5 {
		m.At = append(m.At, next.Add(time.Duration(i-4)*97*time.Minute))
		var gex, cex, trade []float64
		for j := range m.Price {
			x := float64(j-4) / (5.5 - float64(i))
			gex = append(gex, 1e9*x*math.Exp(-x*x))
			cex = append(cex, -2e8*x*math.Exp(-x*x)-1e7)
			trade = append(trade, -1e8*float64(j-4)-2e7*float64(i))
		}
		m.GEX, m.CEX, m.Trade = append(m.GEX, gex), append(m.CEX, cex), append(m.Trade, trade)
	}
	e.Map = m
	e.Event = &faultline.AfterEvent{
		Points: 2.3, Vanna: fig("exposure.event.vanna", 4.1e9, evidence.USD).WithBand(1.1e9, 5e9), Charm: fig("exposure.event.charm", 1.2e9, evidence.USD),
		Both: fig("exposure.event.both", 5.3e9, evidence.USD), At: next, Node: node, Floored: 3,
		Balance: []faultline.EventBalance{{Price: 5466.25, Low: ptr(5441), High: ptr(5502), Buys: true, Between: 2.4e9}},
	}
	e.Today = []faultline.TodayShare{{
		At: a.AsOf, Gamma: fig("exposure.today.gamma", 0.21, evidence.Ratio), Volume: fig("exposure.today.volume", 0.61, evidence.Ratio),
		OpenInterest: evidence.Figure{ID: "exposure.today.open_interest", Unit: evidence.Ratio, Grade: evidence.Synthetic, Node: node, Absent: why("open_interest_unknown", evidence.Args{"underlying": "SPX"})},
	}}
	gex, today := fig("exposure.volume_adjusted.gex", 0.97e9, evidence.USDPerPercent).WithBand(-0.5e9, 2.3e9), fig("exposure.volume_adjusted.gex_0dte", -0.11e9, evidence.USDPerPercent)
	share, agree := 0.77, 0.77
	e.Adjusted = &faultline.VolumeAdjusted{
		GEX: &gex, Today: &today, Grade: evidence.Synthetic, Node: node,
		Caveats: []evidence.Code{{Code: "volume_share_assumed", Args: evidence.Args{"contracts": 122308}}},
		Levels: []faultline.Level{
			{
				Kind: faultline.ZeroGamma, Instrument: "SPX", Price: ptr(5391.5), Grade: evidence.Synthetic, ID: "levels.volume_adjusted.zero_gamma.1", Node: node,
				Share: &share, Agree: &agree, NoBand: why("band_too_few_draws", evidence.Args{"share": 0.77}),
			},
			{Kind: faultline.Pin, Instrument: "SPX", Grade: evidence.Synthetic, ID: "levels.volume_adjusted.pin", Node: node, Absent: why("no_expiry_today", evidence.Args{"underlying": "SPX", "date": "2031-03-17"})},
		},
	}
	e.Squeeze = &faultline.Squeeze{
		Depth: fig("squeeze.depth", 2.1e9, evidence.USD), Volume: fig("squeeze.volume", 21e9, evidence.USD), Gain: fig("squeeze.gain", 0.42, evidence.Ratio),
		Runaway:    evidence.Figure{ID: "squeeze.runaway", Unit: evidence.Points, Grade: evidence.Synthetic, Node: node, Absent: why("no_runaway", evidence.Args{"underlying": "SPX", "gain": 0.61})},
		CallVolume: fig("squeeze.call_volume", 1.2e6, evidence.Contracts), Bought: fig("squeeze.bought", 7e9, evidence.USD), Node: node,
		Rise:  faultline.RiseColumns{Move: []float64{0.05, 0.1}, USD: []float64{3e9, 5e9}, Low: []float64{-1e9, -2e9}, High: []float64{3e9, 5e9}, Share: []float64{0.14, 0.24}},
		Curve: &faultline.GainColumns{Price: []float64{spot, 1.05 * spot}, Gain: []float64{0.42, 0.61}},
	}
	smile := func(expiry, root string, settle time.Time, level float64) faultline.SurfaceExpiry {
		x := faultline.SurfaceExpiry{
			Expiry: expiry, Root: root, Settle: settle, From: "quotes", Quotes: 40,
			RMS: ptr(0.0021), Median: ptr(0.0011), Widths: ptr(0.24), Inside: ptr(0.93), Quoted: &faultline.Quoted{},
		}
		for i := range 21 {
			k := spot * (1 + 0.012*float64(i-10))
			v := level - 0.6*(k/spot-1) + 3*math.Pow(k/spot-1, 2)
			x.Strike, x.Vol = append(x.Strike, k), append(x.Vol, v)
			if i%4 == 0 {
				x.Quoted.Strike, x.Quoted.Bid, x.Quoted.Ask = append(x.Quoted.Strike, k), append(x.Quoted.Bid, v-0.004), append(x.Quoted.Ask, v+0.005)
			}
		}
		return x
	}
	bare := smile("2031-06-20", "SPX", time.Date(2031, 6, 20, 13, 30, 0, 0, time.UTC), 0.17)
	bare.From, bare.Quotes, bare.RMS, bare.Median, bare.Widths, bare.Inside, bare.Quoted = "neighbour", 0, nil, nil, nil, nil, nil
	e.Surface = &faultline.Surface{Median: ptr(0.0011), Widths: ptr(0.24), Fitted: 2, Expiries: []faultline.SurfaceExpiry{
		smile("2031-03-17", "SPXW", next, 0.12), smile("2031-04-17", "SPX", time.Date(2031, 4, 17, 13, 30, 0, 0, time.UTC), 0.15), bare,
	}}
	e.Unplaced = []faultline.Unplaced{
		{Row: 3, Reason: evidence.Code{Code: "contract_not_in_chain", Args: evidence.Args{"root": "SPXW", "expiry": "2031-03-17", "strike": 5}}},
		{Row: 9, Reason: evidence.Code{Code: "contract_not_in_chain", Args: evidence.Args{"root": "SPXW", "expiry": "2031-03-18", "strike": 7}}},
	}
	e.Notes = []evidence.Code{
		{Code: "value_at_end_of_band", Args: evidence.Args{"exposure": "vex"}}, {Code: "value_at_end_of_band", Args: evidence.Args{"exposure": "cex"}},
	}
	a.Levels[1].Share, a.Levels[1].Agree, a.Levels[1].NoBand = &share, &agree, why("band_too_few_draws", evidence.Args{"share": 0.77})
	basis := evidence.Figure{ID: "terms.ES.basis", Value: ptr(19.85), Unit: evidence.Points, Grade: evidence.Synthetic, Node: node}
	es := faultline.Terms{Instrument: "ES", Ratio: ptr(1 + 19.85/spot), Basis: &basis, From: "forward", Expiry: "2031-06-20", Node: node}
	for _, l := range a.Levels {
		if l.Price != nil {
			es.Levels = append(es.Levels, faultline.TermLevel{ID: l.ID, Kind: l.Kind, Price: *l.Price * *es.Ratio})
		}
	}
	a.Terms = []faultline.Terms{es, {Instrument: "SPY", Absent: why("no_other_price", evidence.Args{"instrument": "SPY"}), Node: node}}
}
