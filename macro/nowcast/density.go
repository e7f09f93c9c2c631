package nowcast

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// MaxDraws bounds a simulation.
const MaxDraws = 100_000

// Simulate draws paths of some series over months from their joint distribution given the data:
// [draw][series][month]. The series must be targets. A path is simulated with its own data, smoothed, and what the smoother missed
// is added to the true smoothed path (Durbin and Koopman, Biometrika 89, 2002, algorithm 2). A draw depends
// on the seed and its number only.
func (n *Nowcast) Simulate(series, months []int, draws int, seed uint64) ([][][]float64, error) {
	if draws < 1 || draws > MaxDraws {
		return nil, fmt.Errorf("nowcast: %d draws: choose 1 to %d", draws, MaxDraws)
	}
	for _, i := range series {
		for _, t := range months {
			if err := n.has(i, t); err != nil {
				return nil, err
			}
		}
	}
	s := n.s
	m, T := s.m, s.months()
	root := s.startRoot()
	qroot := append([]float64(nil), s.mod.Q...)
	semidefinite(qroot, s.r)
	state, y, smoothed := make([]float64, T*m), make([]float64, len(s.y)), make([]float64, T*m)
	out := make([][][]float64, draws)
	for d := range out {
		g := rand.New(rand.NewPCG(seed, uint64(d)))
		s.imagine(g, root, qroot, state, y)
		s.means(y, true, smoothed)
		out[d] = make([][]float64, len(series))
		for j, i := range series {
			z, sd := s.row(i), math.Sqrt(s.mod.Noise[i])
			path := make([]float64, len(months))
			for k, t := range months {
				x := sd * g.NormFloat64()
				for _, e := range z {
					x += e.v * (s.s[t*m+e.col] + state[t*m+e.col] - smoothed[t*m+e.col])
				}
				path[k] = s.mod.Mean[i] + s.mod.Scale[i]*x
			}
			out[d][j] = path
		}
	}
	return out, nil
}

// startRoot is a square root of the covariance of the first state.
func (s *smoother) startRoot() []float64 {
	p := make([]float64, s.m*s.m)
	s.start(make([]float64, s.m), p)
	semidefinite(p, s.m)
	return p
}

// semidefinite factors a covariance in place into a lower triangle; directions without variance stay empty.
func semidefinite(a []float64, k int) {
	size := 0.0
	for i := range k {
		size = max(size, a[i*k+i])
	}
	for j := range k {
		d := a[j*k+j] - dot(a[j*k:j*k+j], a[j*k:j*k+j])
		root := 0.0
		if d > 1e-12*size {
			root = math.Sqrt(d)
		}
		a[j*k+j] = root
		for i := j + 1; i < k; i++ {
			if root == 0 {
				a[i*k+j] = 0
				continue
			}
			a[i*k+j] = (a[i*k+j] - dot(a[i*k:i*k+j], a[j*k:j*k+j])) / root
		}
		clear(a[j*k+j+1 : (j+1)*k])
	}
}

// imagine simulates states and the data that they would show, in the pattern of the panel, with means of
// zero.
func (s *smoother) imagine(g *rand.Rand, root, qroot, state, y []float64) {
	m, r, T := s.m, s.r, s.months()
	shock := make([]float64, m)
	for i := range shock {
		shock[i] = g.NormFloat64()
	}
	for i := range m {
		state[i] = dot(root[i*m:i*m+i+1], shock)
	}
	for t := 1; t < T; t++ {
		now := state[t*m : (t+1)*m]
		s.predictMean(now, state[(t-1)*m:t*m])
		for i := range r {
			shock[i] = g.NormFloat64()
		}
		for i := range r {
			now[i] += dot(qroot[i*r:i*r+i+1], shock)
		}
		for i, at := range s.at {
			if at >= 0 {
				now[at] += math.Sqrt(s.mod.Var[i]) * g.NormFloat64()
			}
		}
	}
	for i, at := range s.at {
		scale := s.mod.Scale[i]
		if at >= 0 {
			z := s.row(i)
			for t := range T {
				if math.IsNaN(s.y[i*T+t]) {
					continue
				}
				x := math.Sqrt(s.mod.Noise[i]+s.layout.p.noise(i, t)/(scale*scale)) * g.NormFloat64()
				for _, e := range z {
					x += e.v * state[t*m+e.col]
				}
				y[i*T+t] = x
			}
			continue
		}
		rho := s.mod.Rho[i]
		e := math.Sqrt(s.mod.Var[i]/(1-rho*rho)) * g.NormFloat64()
		for t := range T {
			if t > 0 {
				e = rho*e + math.Sqrt(s.mod.Var[i])*g.NormFloat64()
			}
			if !math.IsNaN(s.y[i*T+t]) {
				y[i*T+t] = dot(s.mod.Load[i*r:(i+1)*r], state[t*m:t*m+r]) + e + math.Sqrt(s.layout.p.noise(i, t))/scale*g.NormFloat64()
			}
		}
	}
}
