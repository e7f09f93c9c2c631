package regime

import "math"

// States is a hidden Markov model with two states of volatility: on a day in state s the return is normal
// with mean 0 and variance Var[s], and the state changes with the probabilities of P (Hamilton 1989,
// Econometrica 57, without switching means: a daily mean is far below its error).
type States struct {
	Var   [2]float64    // daily, calm first
	P     [2][2]float64 // from, to
	First [2]float64    // distribution of the state on the first day
	Log   float64       // log likelihood
	N     int
}

// FitStates estimates the model by EM (Baum and others 1970). It starts from a calm and a wild half of the
// squared returns, and stops when the log likelihood, which never falls, gains less than a millionth.
func FitStates(ret []float64) (*States, bool) {
	n := len(ret)
	if n < leastTurb {
		return nil, false
	}
	total := 0.0
	for _, r := range ret {
		total += r * r
	}
	if total /= float64(n); !(total > 0) {
		return nil, false
	}
	m := &States{Var: [2]float64{total / 2, total * 2.5}, P: [2][2]float64{{0.99, 0.01}, {0.03, 0.97}}, First: [2]float64{0.75, 0.25}, N: n}
	filtered := make([][2]float64, n)
	back := math.Inf(-1)
	for range 500 {
		m.Log = m.filter(ret, filtered)
		if m.Log-m.Log != 0 {
			return nil, false
		}
		if m.Log-back < 1e-6 {
			break
		}
		back = m.Log
		m.step(ret, filtered)
	}
	if m.Var[0] > m.Var[1] {
		m.Var[0], m.Var[1] = m.Var[1], m.Var[0]
		m.P = [2][2]float64{{m.P[1][1], m.P[1][0]}, {m.P[0][1], m.P[0][0]}}
		m.First[0], m.First[1] = m.First[1], m.First[0]
	}
	return m, true
}

func (m *States) density(s int, r float64) float64 {
	return math.Exp(-r*r/(2*m.Var[s])) / math.Sqrt(2*math.Pi*m.Var[s])
}

// filter writes the probability of each state given the returns up to and including the day, and returns
// the log likelihood.
func (m *States) filter(ret []float64, out [][2]float64) float64 {
	prior, log := m.First, 0.0
	for i, r := range ret {
		a, b := prior[0]*m.density(0, r), prior[1]*m.density(1, r)
		sum := a + b
		if !(sum > 0) { // so far out that both densities underflow: the wild state it is
			sum = math.SmallestNonzeroFloat64
			out[i] = [2]float64{0, 1}
		} else {
			out[i] = [2]float64{a / sum, b / sum}
		}
		log += math.Log(sum)
		prior = [2]float64{
			out[i][0]*m.P[0][0] + out[i][1]*m.P[1][0],
			out[i][0]*m.P[0][1] + out[i][1]*m.P[1][1],
		}
	}
	return log
}

// step is one round of EM from the filtered probabilities: the smoothed ones serve the estimation only.
func (m *States) step(ret []float64, filtered [][2]float64) {
	n := len(ret)
	next := filtered[n-1] // smoothed probability of the day after the one in hand
	var weight, square [2]float64
	var move [2][2]float64
	for s := range 2 {
		weight[s] += next[s]
		square[s] += next[s] * ret[n-1] * ret[n-1]
	}
	for i := n - 2; i >= 0; i-- {
		f := filtered[i]
		ahead := [2]float64{f[0]*m.P[0][0] + f[1]*m.P[1][0], f[0]*m.P[0][1] + f[1]*m.P[1][1]}
		var now [2]float64
		for a := range 2 {
			for b := range 2 {
				if ahead[b] > 0 {
					joint := f[a] * m.P[a][b] * next[b] / ahead[b]
					move[a][b] += joint
					now[a] += joint
				}
			}
		}
		for s := range 2 {
			weight[s] += now[s]
			square[s] += now[s] * ret[i] * ret[i]
		}
		next = now
	}
	m.First = [2]float64{next[0] / (next[0] + next[1]), next[1] / (next[0] + next[1])}
	for s := range 2 {
		m.Var[s] = max(square[s]/weight[s], 1e-12)
		row := move[s][0] + move[s][1]
		m.P[s] = [2]float64{move[s][0] / row, move[s][1] / row}
	}
}

// Filtered is the probability of the wild state on each day, given the days up to it.
func (m *States) Filtered(ret []float64) []float64 {
	out := make([][2]float64, len(ret))
	m.filter(ret, out)
	p := make([]float64, len(ret))
	for i := range p {
		p[i] = out[i][1]
	}
	return p
}
