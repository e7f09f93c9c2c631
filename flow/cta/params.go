package cta

import (
	"math"

	"faultline/assumption"
)

// speeds is how many speeds the programs have: short, medium, long.
const speeds = 3

// SpeedNames are the names of the speeds, in the order in which they stand everywhere.
var SpeedNames = [speeds]string{"short", "medium", "long"}

// params are the numbers of the register, read once.
type params struct {
	span                  [speeds]float64 // days of each average: its decay a day is 1 − 2/(span+1)
	squash                float64         // signal in standard deviations at which tanh turns over
	volSpan               float64         // days of the average of squared returns
	volFloor              float64         // a year; no position is scaled by less
	adjust                float64         // share of the gap to the target that is traded a day
	atOpen                float64         // share of a day's order that is traded at the opening
	risk                  float64         // dollars a year of standard deviation at full signal, one region of equities
	other                 float64         // likewise, each class that is not equities
	crypto                float64         // likewise, crypto
	together              float64         // correlation of the regions
	rough                 float64         // volatility of a tape around its line, as a share of the market's
	tapeSpan              float64         // days of the average of squared returns in whose deviations tapes end
	buffer                float64         // gap, as a share of the full position, below which nothing is traded
	mix                   blend           // kinds of signal
	budget                float64         // strength of the risk budget that knows correlations: 0 none, 1 whole
	budgetSpan, budgetCap float64         // sessions of its correlations; the most by which it scales up
	part                  [speeds]float64 // of the risk, each speed's; they add up to 1

	// What follows from them, set by prepare.
	decay    [speeds]float64 // 1 − α of each average, α = 2/(span+1)
	scale    [speeds]float64 // 1 / (deviation of the distance from an average, for volatility 1, times squash)
	volDecay float64
	endDecay float64 // of the variance in whose deviations tapes end
	floor    float64 // of volatility a session
}

// prepare computes what follows from the parameters. It has to be called whenever one has changed.
func (p *params) prepare() {
	for k, span := range p.span {
		q := (span - 1) / (span + 1)
		p.decay[k] = 1 - 2/(span+1)
		p.scale[k] = 1 / (math.Sqrt(q*q/(1-q*q)) * p.squash)
	}
	if p.part == [speeds]float64{} {
		for k := range speeds {
			p.part[k] = 1.0 / speeds
		}
	}
	p.mix.prepare(p)
	p.volDecay = 1 - 2/(p.volSpan+1)
	p.endDecay = 1 - 2/(p.tapeSpan+1)
	p.floor = p.volFloor / math.Sqrt(year)
}

func read(a assumption.Set) params {
	budget := a.Value("cta.aum") * a.Value("cta.vol_target")
	p := params{
		squash:     a.Value("cta.squash"),
		volSpan:    a.Value("cta.vol_span"),
		volFloor:   a.Value("cta.vol_floor"),
		adjust:     a.Value("cta.adjust"),
		atOpen:     a.Value("cta.open_share"),
		risk:       budget * a.Value("cta.equity_share") / regions,
		other:      budget * a.Value("cta.class_share"),
		crypto:     budget * a.Value("cta.crypto_share"),
		together:   a.Value("cta.region_correlation"),
		rough:      a.Value("cta.tape_roughness"),
		tapeSpan:   a.Value("cta.tape_span"),
		buffer:     a.Value("cta.buffer"),
		mix:        readBlend(a),
		budget:     a.Value("cta.risk_budget"),
		budgetSpan: a.Value("cta.budget_span"),
		budgetCap:  a.Value("cta.budget_cap"),
	}
	sum := 0.0
	for k, name := range SpeedNames {
		p.span[k] = a.Value("cta.span_" + name)
		p.part[k] = a.Value("cta.part_" + name)
		sum += p.part[k]
	}
	for k := range p.part {
		if p.part[k] /= sum; !(sum > 0) {
			p.part[k] = 1.0 / speeds
		}
	}
	p.prepare()
	return p
}

// riskOf is the risk of a region or class in dollars a year.
func (p *params) riskOf(c Class) float64 {
	switch c {
	case Equity:
		return p.risk
	case Crypto:
		return p.crypto
	}
	return p.other
}

// unknown is what the equity position of some regions has to be multiplied by to stand for all: the
// regions that are not known are expected to hold their correlation with the others times the mean of
// those.
func (p *params) unknown(known int) float64 {
	if known == 0 {
		return 0
	}
	return 1 + float64(regions-known)/float64(known)*p.together
}

// sized reports whether the parameters differ from others in the sizes of risks at most: flows in equities
// are then the others' times the ratio of the equity risks.
func (p *params) sized(other *params) bool {
	q := *p
	q.risk, q.other, q.crypto = other.risk, other.other, other.crypto
	return q == *other && other.risk > 0
}
