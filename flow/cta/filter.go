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
	quick  [speeds]float64 // the faster average of a crossover over X, where that kind has a weight
	quickW [speeds]float64
	memory
}

// start is the filter that has seen one close.
func start() filter {
	f := filter{}
	for k := range speeds {
		f.ratio[k], f.weight[k] = 1, 1
		f.quick[k], f.quickW[k] = 1, 1
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
	if p.mix.weight[kindCrossover] > 0 {
		for k := range speeds {
			w := 1 + p.mix.fastDecay[k]*f.quickW[k]
			a := 1 / w
			f.quick[k] = (1-a)*f.quick[k]*shrink + a
			f.quickW[k] = w
		}
	}
	if p.mix.reach > 0 {
		f.add(growth, p.mix.reach)
	}
	x := math.Log(growth)
	w := 1 + p.volDecay*f.volume
	f.square += (x*x - f.square) * (1 / w)
	f.volume = w
}

// vol is the volatility a session that scales positions.
func (f *filter) vol(p *params) float64 { return max(math.Sqrt(f.square), p.floor) }

// signal is the conviction of a speed, between −1 and 1. Of the price against its average it is the distance
// of X from its average in standard deviations that this distance has when X is a random walk, squashed.
//
//	s = tanh( (1 − u) / (σ·√(q²/(1−q²))) / c ),  q = (span−1)/(span+1)
func (f *filter) signal(p *params, k int) float64 { return f.conviction(p, k, 1/f.vol(p)) }

// targets are the positions that the speeds want, in dollars for each dollar of risk, of which each speed
// has its part.
func (f *filter) targets(p *params) (out [speeds]float64) {
	v := 1 / f.vol(p)
	for k := range speeds {
		out[k] = f.conviction(p, k, v) * v * p.part[k] * perYear
	}
	return out
}

// easing is the share of a gap between target and position that counts: all of it without a buffer, and with one
// only what lies beyond the buffer, a share of the full position. full is one over the volatility a session.
func (p *params) easing(gap, full float64) float64 {
	if p.buffer == 0 {
		return 1
	}
	b := p.buffer * full * perYear
	if math.Abs(gap) <= b {
		return 0
	}
	return 1 - b/math.Abs(gap)
}

// perYear turns one over the volatility a session into a position of a dollar of risk a year.
var perYear = 1 / math.Sqrt(year)

// pivot is the next close, relative to the last one, at which the price of a speed meets its average: where its
// signal is zero if that is its only kind. With
// X' = X·(S'/S + carry) and m' = (1−a)·m + a·X', the sign of X' − m' is that of X' − m, whatever a is,
// and so
//
//	S*/S = m/X − carry
func (f *filter) pivot(k int, carry float64) float64 { return f.ratio[k] - carry }
