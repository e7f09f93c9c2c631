package faultline

import (
	"errors"
	"strings"

	"faultline/evidence"
	"faultline/flow/cta"
	"faultline/market"
)

// trend reads the trend followers.
func (r *run) trend() error {
	kinds := [...]LevelKind{CTAShort, CTAMedium, CTALong}
	reading, err := cta.Read(r.ctx, r.state, r.assume)
	if err != nil {
		var absent *evidence.Absent
		if errors.As(err, &absent) {
			for _, k := range kinds {
				r.out.Levels = append(r.out.Levels, Level{
					Kind: k, Instrument: cta.Instrument, Absent: absent, Grade: evidence.Modelled,
					ID: "levels." + string(k), Node: r.attempt(string(k)),
				})
			}
		}
		return r.missing("cta", err)
	}
	markets := map[string]bool{"bars/" + cta.Instrument + "/1d": true}
	for _, m := range reading.Markets {
		markets["bars/"+m.Instrument+"/1d"] = true
	}
	var inputs []string
	for _, in := range r.out.Inputs {
		used := markets[in.Key] || in.Key == "series/DFF" || in.Key == "series/DGS3MO"
		if reading.From != "bars" {
			used = strings.HasPrefix(in.Key, "series/state/cta/") || in.Key == "facts"
		}
		if used {
			inputs = append(inputs, in.Node)
		}
	}
	node := r.record.Add(evidence.Node{
		ID: "run/cta", Kind: evidence.Run, Method: "cta_" + reading.From, Grade: evidence.Weakest(evidence.Modelled, reading.Grade),
		AsOf: r.state.At(), Inputs: inputs, Assumes: r.names("cta.", "band."), Caveats: reading.Caveats,
	})
	n, _ := r.record.Node(node)
	levels := [len(kinds)]Level{}
	for i, p := range reading.Pivots {
		l := Level{Kind: kinds[i], Instrument: cta.Instrument, Grade: n.Grade, ID: "levels." + string(kinds[i]), Node: node}
		if p.Absent != nil {
			l.Absent, l.Reason = p.Absent, p.Absent.Code
		} else {
			l.Price, l.Low, l.High = finite(p.Price), finite(p.Low), finite(p.High)
		}
		levels[i] = l
		r.out.Levels = append(r.out.Levels, l)
	}
	t := &Trend{
		From: reading.From, Regions: reading.Regions, Pivots: Pivots{Short: levels[0], Medium: levels[1], Long: levels[2]},
		Instrument: cta.Instrument,
		// 1.645 standard errors on each side hold 90 % of a normal error of the size that the model had
		// on readouts left out of its fit.
		Position: r.record.Mint("trend.position_usd", reading.PositionUSD, evidence.USD, node).
			WithBand(reading.PositionUSD-1.645*reading.PositionError, reading.PositionUSD+1.645*reading.PositionError),
		PositionUS: r.record.Mint("trend.position_us_usd", reading.PositionUSUSD, evidence.USD, node),
		LastWeek:   r.number("trend.flow_last_week_usd", reading.FlowLastWeekUSD, evidence.USD, node),
		Percentile: r.number("trend.percentile", reading.Percentile, evidence.Percentile, node),
		SellsAll:   reading.SellerInEveryScenario, BuysAll: reading.BuyerInEveryScenario,
		Caveats: reading.Caveats, Grade: n.Grade, Node: node, Tapes: map[string]Tapes{},
	}
	for k, name := range cta.SpeedNames {
		s := Speed{Name: name, Absent: reading.Pivots[k].Absent}
		if s.Absent == nil {
			s.USD, s.Signal = finite(reading.BySpeedUSD[k]), finite(reading.Pivots[k].SignalNow)
		}
		t.Speeds = append(t.Speeds, s)
	}
	for _, m := range reading.Markets {
		x := Market{
			Instrument: m.Instrument, Class: string(m.Class), USD: m.USD, BySpeed: map[string]float64{},
			Percentile: finite(m.Percentile), LastWeek: finite(m.FlowLastWeekUSD),
		}
		for k, name := range cta.SpeedNames {
			x.BySpeed[name] = m.BySpeedUSD[k]
		}
		t.Markets = append(t.Markets, x)
	}
	if z := reading.Peak; z != nil {
		t.Peak = &Zone{Price: z.Price, Low: z.Low, High: z.High, USD: z.USD}
	}
	t.Change, t.Path = changeOf(reading), pathOf(reading)
	for h, horizon := range cta.Horizons {
		tapes := Tapes{}
		for s, shape := range cta.Shapes {
			tape := reading.Tapes[h][s]
			id := "trend.tapes." + horizon + "." + shape
			tapes[shape] = Tape{
				Return: tape.Return,
				Global: r.amount(id+".global", tape.Global, node),
				US:     r.amount(id+".us", tape.US, node),
			}
		}
		t.Tapes[horizon] = tapes
	}
	r.out.Trend = t
	return nil
}

// changeOf tells what changed in a week, where that is known.
func changeOf(reading *cta.Reading) *TrendChange {
	c := reading.Change
	if c == nil {
		return nil
	}
	parts := func(p cta.Parts) ChangeParts { return ChangeParts{p.Price, p.Vol, p.Time, p.Total()} }
	out := &TrendChange{
		From: c.From.String(), Close: c.Close, Position: c.PositionUSD, Percentile: finite(c.Percentile),
		VolThen: c.VolThen, VolNow: c.VolNow,
		Total: parts(c.Traded.Plus(c.Revalued)), TotalUS: parts(c.TradedUS.Plus(c.RevaluedUS)), Traded: parts(c.Traded), TradedUS: parts(c.TradedUS),
		Revalued: parts(c.Revalued), RevaluedUS: parts(c.RevaluedUS),
		Pivots: map[string]Moved{},
	}
	for k, name := range cta.SpeedNames {
		if m := c.Pivots[k]; reading.Pivots[k].Absent == nil && finite(m.Before+m.Price+m.Time) != nil {
			out.Pivots[name] = Moved(m)
		}
	}
	return out
}

// pathOf tells the last half year, where prices are known.
func pathOf(reading *cta.Reading) *TrendPath {
	if len(reading.Path) == 0 {
		return nil
	}
	out := &TrendPath{}
	for _, d := range reading.Path {
		out.Date = append(out.Date, d.Session.String())
		out.Close, out.Position = append(out.Close, d.Close), append(out.Position, d.PositionUSD)
		out.Short, out.Medium, out.Long = append(out.Short, d.Pivots[0]), append(out.Medium, d.Pivots[1]), append(out.Long, d.Pivots[2])
	}
	return out
}

// number mints a figure, or says that there is too little history for it.
func (r *run) number(id string, x float64, unit evidence.Unit, node string) evidence.Figure {
	if market.IsMissing(x) {
		return r.record.MintAbsent(id, unit, node, &evidence.Absent{Code: "short_history"})
	}
	return r.record.Mint(id, x, unit, node)
}

// amount gives a tape's flow its quantiles over paths of the same end and draws of the parameters.
func (r *run) amount(id string, a cta.Amount, node string) Flow {
	return Flow{
		Figure: r.record.Mint(id, a.P50, evidence.USD, node).WithBand(a.P05, a.P95),
		P05:    finite(a.P05), P50: finite(a.P50), P95: finite(a.P95), Error: finite(a.Error),
	}
}
