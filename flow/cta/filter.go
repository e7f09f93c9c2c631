package cta

import "math"

// year is how many sessions a year of volatility has.
const year = 252

// filter is the memory of one market: everything that the next close needs. X is the carry-adjusted
// price; averages stand relative to it, so that no level of X is ever needed.
//
//	m_k  = exponential average of X with weights that add up to 1
//	u_k  = m_k / X
//	v    = exponential average of (ln X_t/X_{t-1})²
//
// The averages are those of pandas' ewm(span, adjust=True): weights (1−α)^i over their sum,
// α = 2/(span+1).
type filter struct {
	ratio  [speeds]float64 // u_k
	weight [speeds]float64 // sum of the weights of average k
	square float64         // v, a session
	volume float64         // sum of the weights of v
}

// start is the filter that has seen one close.
func start() filter {
	f := filter{}
	for k := range speeds {
		f.ratio[k], f.weight[k] = 1, 1
	}
	return f
}

// step takes in a close after which X stands at growth times its last value.
func (f *filter) step(p *params, growth float64) {
	shrink := 1 / growth
	for k := range speeds {
		w := 1 + p.decay[k]*f.weight[k]
		a := 1 / w
		f.ratio[k] = (1-a)*f.ratio[k]*shrink + a
		f.weight[k] = w
	}
	x := math.Log(growth)
	w := 1 + p.volDecay*f.volume
	f.square += (x*x - f.square) * (1 / w)
	f.volume = w
}

// vol is the volatility a session that scales positions.
func (f *filter) vol(p *params) float64 { return max(math.Sqrt(f.square), p.floor) }

// signal is the conviction of a speed, between −1 and 1: the distance of X from its average in
// standard deviations that this distance has when X is a random walk, squashed.
//
//	s = tanh( (1 − u) / (σ·√(q²/(1−q²))) / c ),  q = (span−1)/(span+1)
func (f *filter) signal(p *params, k int) float64 {
	return tanh((1 - f.ratio[k]) * (1 / f.vol(p)) * p.scale[k])
}

// targets are the positions that the speeds want, in dollars for each dollar of risk: each speed has
// the same share of it.
func (f *filter) targets(p *params) (out [speeds]float64) {
	v := 1 / f.vol(p)
	for k := range speeds {
		out[k] = tanh((1-f.ratio[k])*v*p.scale[k]) * v * perYear
	}
	return out
}

// perYear turns one over the volatility a session into the share of a speed in a dollar of risk a year.
var perYear = 1 / (speeds * math.Sqrt(year))

// pivot is the next close, relative to the last one, at which the signal of a speed is zero. With
// X' = X·(S'/S + carry) and m' = (1−a)·m + a·X', the sign of X' − m' is that of X' − m, whatever a is,
// and so
//
//	S*/S = m/X − carry
func (f *filter) pivot(k int, carry float64) float64 { return f.ratio[k] - carry }
