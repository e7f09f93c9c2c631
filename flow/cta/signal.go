package cta

import (
	"math"

	"faultline/assumption"
)

// blend is how the conviction of a speed is made up of kinds of signal: a mean of signals between −1 and 1,
// each with its weight. The price against its average is what published pivots turn on; the others are
// what trend followers use beside it. Windows and averages are those of the speed, shortened or not.
//
//	price      tanh( (1 − m/X) / (σ·√(q²/(1−q²))) / c )                q = (span−1)/(span+1)
//	crossover  tanh( (m_fast − m)/X / (σ·√(q²/(1−q²))) / c )           m_fast of a shorter span
//	momentum   tanh( (1 − X_{t−n}/X) / (σ·√n) / c_m )                  n sessions (Moskowitz, Ooi and Pedersen 2012)
//	breakout   tanh( (X − (H + L)/2) / ((H − L)/2) / c_b )             H, L highest and lowest of n sessions (Donchian)
type blend struct {
	weight         [kinds]float64 // they add up to 1
	fast           float64        // span of the fast average of a crossover, as a share of the speed's
	momentumWindow float64        // sessions, as a share of the span
	breakoutWindow float64
	momentumSquash float64
	breakoutSquash float64

	// What follows, set by prepare.
	fastDecay [speeds]float64
	momentum  [speeds]int // sessions
	breakout  [speeds]int
	momScale  [speeds]float64
	reach     int // sessions that have to be remembered; 0 where no kind looks into a window
}

// Kinds of signal, in the order of their weights.
const (
	kindPrice = iota
	kindCrossover
	kindMomentum
	kindBreakout
	kinds
)

var kindNames = [kinds]string{"price", "crossover", "momentum", "breakout"}

func readBlend(a assumption.Set) blend {
	m := blend{
		fast: a.Value("cta.crossover_fast"), momentumWindow: a.Value("cta.momentum_window"), breakoutWindow: a.Value("cta.breakout_window"),
		momentumSquash: a.Value("cta.momentum_squash"), breakoutSquash: a.Value("cta.breakout_squash"),
	}
	for i, name := range kindNames {
		m.weight[i] = a.Value("cta.weight_" + name)
	}
	return m
}

// prepare computes what follows. Without any weight the price has it all.
func (m *blend) prepare(p *params) {
	sum := 0.0
	for _, w := range m.weight {
		sum += w
	}
	for i := range m.weight {
		m.weight[i] /= sum
	}
	if !(sum > 0) {
		m.weight = [kinds]float64{kindPrice: 1}
	}
	m.reach = 0
	for k, span := range p.span {
		m.fastDecay[k] = 1 - 2/(max(m.fast*span, 1)+1)
		m.momentum[k] = max(int(math.Round(m.momentumWindow*span)), 1)
		m.breakout[k] = max(int(math.Round(m.breakoutWindow*span)), 2)
		m.momScale[k] = 1 / (math.Sqrt(float64(m.momentum[k])) * m.momentumSquash)
		if m.weight[kindMomentum] > 0 {
			m.reach = max(m.reach, m.momentum[k])
		}
		if m.weight[kindBreakout] > 0 {
			m.reach = max(m.reach, m.breakout[k])
		}
	}
}

// single reports whether the price against its average is the only kind.
func (m *blend) single() bool { return m.weight[kindPrice] == 1 }

// windowless is the parameters without the kinds that look into a window; their weight goes to the others.
func (p params) windowless() params {
	m := &p.mix
	m.weight[kindMomentum], m.weight[kindBreakout] = 0, 0
	m.prepare(&p)
	return p
}

// freshLength is how many closes a memory takes in before it is laid down anew.
const freshLength = 32

// memory is the carry-adjusted price of the past, in a scale of its own. It is a value: what one copy takes
// in no other sees, since past is never written to.
type memory struct {
	blind bool // the past is not known and no window is looked into
	past  []float64
	fresh [freshLength]float64
	n     int // of fresh
}

// add takes in the growth of a session; reach is how far back anybody will look.
func (m *memory) add(growth float64, reach int) {
	if m.blind {
		return
	}
	last := 1.0
	switch {
	case m.n > 0:
		last = m.fresh[m.n-1]
	case len(m.past) > 0:
		last = m.past[len(m.past)-1]
	default:
		m.past = []float64{1}
	}
	if m.n == freshLength {
		from := max(0, len(m.past)-reach)
		past := make([]float64, 0, len(m.past)-from+freshLength)
		m.past = append(append(past, m.past[from:]...), m.fresh[:]...)
		m.n = 0
	}
	m.fresh[m.n] = last * growth
	m.n++
}

// size is how many prices are known.
func (m *memory) size() int { return len(m.past) + m.n }

// at is the price a number of sessions ago.
func (m *memory) at(lag int) float64 {
	if lag < m.n {
		return m.fresh[m.n-1-lag]
	}
	return m.past[len(m.past)-1-(lag-m.n)]
}

// conviction is the mean of the signals of a speed; v is one over the volatility a session. A signal whose
// window is not known whole leaves its weight to the others.
func (f *filter) conviction(p *params, k int, v float64) float64 {
	price := tanh((1 - f.ratio[k]) * v * p.scale[k])
	m := &p.mix
	if m.single() {
		return price
	}
	sum, all := m.weight[kindPrice]*price, m.weight[kindPrice]
	if w := m.weight[kindCrossover]; w > 0 {
		sum += w * tanh((f.quick[k]-f.ratio[k])*v*p.scale[k])
		all += w
	}
	if w, n := m.weight[kindMomentum], m.momentum[k]; w > 0 && f.size() > n {
		sum += w * tanh((1-f.at(n)/f.at(0))*v*m.momScale[k])
		all += w
	}
	if w, n := m.weight[kindBreakout], m.breakout[k]; w > 0 && f.size() >= n {
		now := f.at(0)
		low, high := now, now
		for i := 1; i < n; i++ {
			low, high = min(low, f.at(i)), max(high, f.at(i))
		}
		if high > low {
			sum += w * tanh((2*now-low-high)/(high-low)/m.breakoutSquash)
			all += w
		}
	}
	if all == 0 {
		return 0
	}
	return sum / all
}
