package cta

import (
	"faultline/assumption"
)

// speeds is how many speeds the programs have: short, medium, long.
const speeds = 3

// SpeedNames are the names of the speeds, in the order in which they stand everywhere.
var SpeedNames = [speeds]string{"short", "medium", "long"}

// params are the numbers of the register, read once.
type params struct {
	span     [speeds]float64 // days of each average: its decay a day is 1 − 2/(span+1)
	weight   [speeds]float64 // share of the risk that each speed gets
	squash   float64         // signal in standard deviations at which tanh turns over
	volSpan  float64         // days of the average of squared returns
	volFloor float64         // a year; no position is scaled by less
	adjust   float64         // share of the gap to the target that is traded a day
	atOpen   float64         // share of a day's order that is traded at the opening
	risk     float64         // dollars a year of standard deviation at full signal, all equity markets
	us       float64         // share of it in US equities
}

func read(a assumption.Set) params {
	p := params{
		squash:   a.Value("cta.squash"),
		volSpan:  a.Value("cta.vol_span"),
		volFloor: a.Value("cta.vol_floor"),
		adjust:   a.Value("cta.adjust"),
		atOpen:   a.Value("cta.open_share"),
		risk:     a.Value("cta.aum") * a.Value("cta.vol_target") * a.Value("cta.equity_share"),
		us:       a.Value("cta.us_share"),
	}
	total := 0.0
	for k, name := range SpeedNames {
		p.span[k] = a.Value("cta.span_" + name)
		p.weight[k] = a.Value("cta.weight_" + name)
		total += p.weight[k]
	}
	for k := range p.weight {
		p.weight[k] /= total
	}
	return p
}

// uncertain returns p with the numbers that bands draw taken from another set. They are those that act
// on what comes: how large the programs are and how fast they trade. The averages and the position
// relative to that size stay as they are, so that bands are the same from bars and from derived state.
func (p params) uncertain(drawn params) params {
	p.adjust, p.risk, p.us = drawn.adjust, drawn.risk, drawn.us
	return p
}
