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
	for k := range speeds {
		w := 1 + (1-2/(p.span[k]+1))*f.weight[k]
		f.ratio[k] = (1-1/w)*f.ratio[k]/growth + 1/w
		f.weight[k] = w
	}
	x := math.Log(growth)
	w := 1 + (1-2/(p.volSpan+1))*f.volume
	f.square += (x*x - f.square) / w
	f.volume = w
}

// vol is the volatility a year that scales positions.
func (f *filter) vol(p *params) float64 { return max(math.Sqrt(f.square*year), p.volFloor) }

// signal is the conviction of a speed, between −1 and 1: the distance of X from its average in
// standard deviations that this distance has when X is a random walk, squashed.
//
//	s = tanh( (1 − u) / (σ·√(q²/(1−q²))) / c ),  q = (span−1)/(span+1)
func (f *filter) signal(p *params, k int) float64 {
	q := (p.span[k] - 1) / (p.span[k] + 1)
	sigma := max(math.Sqrt(f.square), p.volFloor/math.Sqrt(year))
	return math.Tanh((1 - f.ratio[k]) / (sigma * math.Sqrt(q*q/(1-q*q)) * p.squash))
}

// target is the position that a speed wants, in dollars for each dollar of risk: each speed has the
// same share of it.
func (f *filter) target(p *params, k int) float64 {
	return f.signal(p, k) / (speeds * f.vol(p))
}

// pivot is the next close, relative to the last one, at which the signal of a speed is zero. With
// X' = X·(S'/S + carry·dt) and m' = (1−a)·m + a·X', the sign of X' − m' is that of X' − m, whatever
// a is, and so
//
//	S*/S = m/X − carry·dt
func (f *filter) pivot(k int, carry float64) float64 { return f.ratio[k] - carry }
