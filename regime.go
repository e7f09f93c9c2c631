package faultline

import (
	"errors"
	"fmt"
	"math"

	"faultline/evidence"
	"faultline/market"
	"faultline/regime"
)

// Regime is the state of the market, each measure against its own history, and the tests of the claim that a
// new regime has begun.
type Regime struct {
	Measures []RegimeMeasure `json:"measures"`
	States   *RegimeStates   `json:"states,omitempty"`
	GoodNews *GoodNews       `json:"good_news,omitempty"`
	Foretell []Foretold      `json:"foretell"`
	Extreme  int             `json:"extreme"` // measures beyond the 5th or 95th percentile
	Grade    evidence.Grade  `json:"grade"`
	Node     string          `json:"node"`
}

// RegimeMeasure is one measure with its place in its history.
type RegimeMeasure struct {
	Key        string          `json:"key"` // code
	Value      evidence.Figure `json:"value"`
	Percentile *float64        `json:"percentile,omitempty"` // 0 to 100
	Day        string          `json:"day,omitempty"`
	From       string          `json:"from,omitempty"` // first day of the history
	N          int             `json:"n"`              // days in it
}

// RegimeStates is the model with two states of volatility.
type RegimeStates struct {
	Calm     float64 `json:"calm"`      // volatility a year
	Wild     float64 `json:"wild"`      // volatility a year
	LeaveP   float64 `json:"leave"`     // probability a day of leaving the calm state
	ReturnP  float64 `json:"return"`    // probability a day of leaving the wild state
	Sessions int     `json:"sessions"`  // fitted on
	CalmDays float64 `json:"calm_days"` // expected length of a calm spell
	WildDays float64 `json:"wild_days"` // expected length of a wild spell
}

// GoodNews is how the rest of the day followed mornings that opened high.
type GoodNews struct {
	From   string      `json:"from"`
	To     string      `json:"to"`
	Groups []NewsGroup `json:"groups"`
	Gamma  *NewsGap    `json:"gamma,omitempty"` // dealers short gamma less long
	Vol    *NewsGap    `json:"vol,omitempty"`   // VIX above its median of the year before less below
}

// NewsGroup is the days of one kind.
type NewsGroup struct {
	Key       string  `json:"key"` // code
	N         int     `json:"n"`
	Mean      float64 `json:"mean"` // open to close, ratio
	Error     float64 `json:"error"`
	Sold      float64 `json:"sold"` // share that closed below the open
	SoldError float64 `json:"sold_error"`
}

// NewsGap is a difference of two groups.
type NewsGap struct {
	Mean  float64 `json:"mean"`
	Error float64 `json:"error"`
	T     float64 `json:"t"`
	P     float64 `json:"p"`
}

// Foretold is how well one variable foretold the return of the next twelve months, out of sample.
type Foretold struct {
	Key    string           `json:"key"`  // code
	Kind   string           `json:"kind"` // code: value or liquidity
	R2     *float64         `json:"r2,omitempty"`
	CW     *float64         `json:"clark_west,omitempty"`
	P      *float64         `json:"p,omitempty"`
	N      int              `json:"n"`
	From   string           `json:"from,omitempty"`
	To     string           `json:"to,omitempty"`
	Absent *evidence.Absent `json:"absent,omitempty"`
}

// regime measures the state of the market where there are prices to measure it from.
func (r *run) regime() error {
	m, err := regime.Read(r.state)
	var none *evidence.Absent
	if errors.As(err, &none) {
		return nil // nobody gave prices of the whole market: the verb says what it needs
	}
	if err != nil {
		return fmt.Errorf("regime: %w", err)
	}
	var inputs []string
	used := map[string]bool{"bars/SPY/1d": true, "bars/VIX/1d": true, "series/dix/gex": true}
	for _, x := range m.Measures {
		for _, key := range x.Source {
			used[key] = true
		}
	}
	for _, in := range r.out.Inputs {
		if used[in.Key] {
			inputs = append(inputs, in.Node)
		}
	}
	node := r.record.Add(evidence.Node{
		ID: "run/regime", Kind: evidence.Run, Method: "regime", Grade: evidence.Modelled, AsOf: r.state.At(), Inputs: inputs,
	})
	n, _ := r.record.Node(node)
	out := &Regime{Extreme: m.Extreme, Grade: n.Grade, Node: node, Foretell: []Foretold{}}
	for _, x := range m.Measures {
		v := RegimeMeasure{Key: x.Key, N: x.N}
		unit := map[regime.Unit]evidence.Unit{regime.VolPerYear: evidence.VolPerYear, regime.Ratio: evidence.Ratio}[x.Unit]
		if x.Absent != nil {
			v.Value = r.record.MintAbsent("regime."+x.Key, unit, node, x.Absent)
		} else {
			v.Value = r.record.Mint("regime."+x.Key, x.Value, unit, node)
			v.Percentile, v.Day, v.From = finite(x.Percentile), x.Day.String(), x.From.String()
		}
		out.Measures = append(out.Measures, v)
	}
	if s := m.States; s != nil {
		out.States = &RegimeStates{
			Calm: math.Sqrt(252 * s.Var[0]), Wild: math.Sqrt(252 * s.Var[1]), LeaveP: s.P[0][1], ReturnP: s.P[1][0], Sessions: s.N,
			CalmDays: 1 / s.P[0][1], WildDays: 1 / s.P[1][0],
		}
	}
	if g, err := regime.RespondToGoodNews(r.state); err == nil {
		out.GoodNews = goodNews(g)
	}
	if _, err := r.state.Series("shiller_sp500_monthly/sp500"); err == nil {
		for _, p := range regime.Foretell(r.state) {
			f := Foretold{Key: p.Key, Kind: p.Kind, N: p.N, Absent: p.Absent}
			if p.Absent == nil {
				f.R2, f.CW, f.P, f.From, f.To = finite(p.R2), finite(p.CW), finite(p.P), p.From.String(), p.To.String()
			}
			out.Foretell = append(out.Foretell, f)
		}
	}
	r.out.Regime = out
	return nil
}

func goodNews(g *regime.GoodNews) *GoodNews {
	out := &GoodNews{From: g.From.String(), To: g.To.String()}
	for _, x := range g.Groups {
		out.Groups = append(out.Groups, NewsGroup{x.Key, x.N, x.Mean, x.Error, x.Sold, x.SoldSE})
	}
	gap := func(x regime.Gap) *NewsGap {
		if market.IsMissing(x.Mean) || finite(x.T) == nil {
			return nil
		}
		return &NewsGap{x.Mean, x.Error, x.T, x.P}
	}
	out.Gamma, out.Vol = gap(g.Gamma), gap(g.Vol)
	return out
}
