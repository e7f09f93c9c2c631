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
	var inputs []string
	for _, in := range r.out.Inputs {
		used := in.Key == "bars/"+cta.Instrument+"/1d"
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
			l.Price = finite(p.Price)
		}
		levels[i] = l
		r.out.Levels = append(r.out.Levels, l)
	}
	t := &Trend{
		From: reading.From, Pivots: Pivots{Short: levels[0], Medium: levels[1], Long: levels[2]},
		Instrument: cta.Instrument,
		Position:   r.record.Mint("trend.position_usd", reading.PositionUSD, evidence.USD, node),
		PositionUS: r.record.Mint("trend.position_us_usd", reading.PositionUSUSD, evidence.USD, node),
		LastWeek:   r.record.Mint("trend.flow_last_week_usd", reading.FlowLastWeekUSD, evidence.USD, node),
		SellsAll:   reading.SellerInEveryScenario, BuysAll: reading.BuyerInEveryScenario,
		Caveats: reading.Caveats, Grade: n.Grade, Node: node, Tapes: map[string]Tapes{},
	}
	if market.IsMissing(reading.Percentile) {
		t.Percentile = r.record.MintAbsent("trend.percentile", evidence.Percentile, node, &evidence.Absent{Code: "short_history"})
	} else {
		t.Percentile = r.record.Mint("trend.percentile", reading.Percentile, evidence.Percentile, node)
	}
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

// amount gives a tape's flow its quantiles over paths of the same end and draws of the parameters.
func (r *run) amount(id string, a cta.Amount, node string) Flow {
	return Flow{
		Figure: r.record.Mint(id, a.Central, evidence.USD, node).WithBand(a.P05, a.P95),
		P05:    finite(a.P05), P50: finite(a.P50), P95: finite(a.P95),
	}
}
