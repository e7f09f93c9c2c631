package nowcast

import (
	"fmt"
	"math"
)

// Model is a dynamic factor model with its parameters. Series are standardised: y below is
// (Y − Mean)/Scale.
//
//	f_t = A_1 f_{t−1} + … + A_p f_{t−p} + u_t,  u_t ~ N(0, Q)
//	e_it = ρ_i e_{i,t−1} + ε_it,                ε_it ~ N(0, σ²_i)
//
// and y_it follows f and e by its kind (Bańbura and Modugno, Journal of Applied Econometrics 29, 2014,
// equations 1 to 3, without their artificial noise).
type Model struct {
	Names       []string
	Kinds       []Kind
	Factors     int       // r
	Lags        int       // p
	White       bool      // ρ is 0 for every series but those of kind Trend
	Mean, Scale []float64 // by series
	Load        []float64 // [series][factor]
	A           []float64 // [factor][lag][factor]: row i holds A_1's row i, then A_2's
	Q           []float64 // [factor][factor]
	Rho, Var    []float64 // ρ and σ² of e, by series
	Noise       []float64 // variance of ν of kind Trend, 0 for others
	// InitMean and InitCov are the moments of (f_1, f_0, f_{−1}, …), estimated; nil stands for the
	// moments that the autoregression implies.
	InitMean, InitCov []float64
}

// Stationary returns the model with factors that start from the moments of their autoregression, to be
// used on a panel that begins elsewhere.
func (m *Model) Stationary() *Model {
	out := *m
	out.InitMean, out.InitCov = nil, nil
	return &out
}

// maxGap is the longest hole, in months, across which a series is differenced in one step. A series with a
// longer one carries e in the state.
const maxGap = 5

// entry is one nonzero of a row of the transition.
type entry struct {
	col int
	v   float64
}

// scalar is one observation that is taken alone: z's + noise.
type scalar struct {
	series int
	z      []entry
	h      float64
}

// implicit is one observation of a series whose e is not in the state. y_t − ρ^k y_{t−k} is measured;
// gap k is 0 for the first observation.
type implicit struct {
	series, gap int
	rk          float64 // ρ^k
	w           float64 // one over the variance of what is measured
	logv        float64 // logarithm of that variance
}

// layout is a model compiled for the pattern of one panel: which e stand in the state, and what each month
// measures. State: f_t, f_{t−1}, …, f_{t−L+1}, then for each explicit series e_t, e_{t−1}, ….
type layout struct {
	mod      *Model
	p        *Panel
	r, lags  int       // factors; L
	m        int       // length of the state
	at       []int     // where a series' e begins, −1 when it is not in the state
	depth    []int     // how many lags of e it has
	y        []float64 // standardised, [series][month]
	implicit [][]implicit
	scalars  [][]scalar
	t        [][]entry // rows of the transition
	reach    []int     // lags of f that the implicit observations of each month touch, less one
}

// explicitDepth is how many lags of e a series needs: those of its aggregation and one more, so that the
// smoothed covariance of the state holds the pairs of neighbours.
func explicitDepth(k Kind) int {
	if k == Quarterly {
		return len(quarterWeights) + 1
	}
	return 2
}

// compile lays a model out for a panel. The series listed in force have e in the state whatever their
// pattern, so that their own future can be read there.
func compile(m *Model, p *Panel, force []int) (*layout, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	if p.N() != len(m.Names) {
		return nil, fmt.Errorf("nowcast: a model of %d series met a panel of %d", len(m.Names), p.N())
	}
	l := &layout{mod: m, p: p, r: m.Factors, lags: m.Lags + 1}
	n := p.N()
	l.at, l.depth = make([]int, n), make([]int, n)
	for i := range l.at {
		l.at[i] = -1
		gap, noisyBefore := 1, false
		last := -1
		for t := range p.T {
			if math.IsNaN(p.At(i, t)) {
				continue
			}
			if last >= 0 {
				gap = max(gap, t-last)
				noisyBefore = noisyBefore || p.noise(i, last) > 0
			}
			last = t
		}
		switch {
		case m.Kinds[i] != Monthly, !m.White && (gap > maxGap || noisyBefore):
			l.depth[i] = explicitDepth(m.Kinds[i])
		case !m.White:
			l.lags = max(l.lags, gap+1)
		}
	}
	for _, i := range force {
		l.depth[i] = explicitDepth(m.Kinds[i])
	}
	for _, d := range l.depth {
		l.lags = max(l.lags, d)
	}
	l.m = l.r * l.lags
	for i, d := range l.depth {
		if d > 0 {
			l.at[i] = l.m
			l.m += d
		}
	}
	l.standardise()
	l.measure()
	l.transit()
	return l, nil
}

func (l *layout) standardise() {
	l.y = make([]float64, len(l.p.Y))
	for i := range l.mod.Names {
		for t := range l.p.T {
			l.y[i*l.p.T+t] = (l.p.At(i, t) - l.mod.Mean[i]) / l.mod.Scale[i]
		}
	}
}

// row is the measurement of a series whose e is in the state.
func (l *layout) row(i int) []entry {
	var z []entry
	load := l.mod.Load[i*l.r : (i+1)*l.r]
	weights := []float64{1}
	if l.mod.Kinds[i] == Quarterly {
		weights = quarterWeights[:]
	}
	for j, w := range weights {
		for k, x := range load {
			z = append(z, entry{j*l.r + k, w * x})
		}
		z = append(z, entry{l.at[i] + j, w})
	}
	return z
}

// signal is what a series would be without the noise of its measurement, in the month itself: Λ f_t + e_t.
func (l *layout) signal(i int) []entry {
	z := make([]entry, 0, l.r+1)
	for k, x := range l.mod.Load[i*l.r : (i+1)*l.r] {
		z = append(z, entry{k, x})
	}
	return append(z, entry{l.at[i], 1})
}

// measure lists what each month observes.
func (l *layout) measure() {
	T, m := l.p.T, l.mod
	l.implicit, l.scalars, l.reach = make([][]implicit, T), make([][]scalar, T), make([]int, T)
	for i := range m.Names {
		var z []entry
		if l.at[i] >= 0 {
			z = l.row(i)
		}
		last := -1
		for t := range T {
			if math.IsNaN(l.y[i*T+t]) {
				continue
			}
			extra := l.p.noise(i, t) / (m.Scale[i] * m.Scale[i])
			if z != nil {
				l.scalars[t] = append(l.scalars[t], scalar{series: i, z: z, h: m.Noise[i] + extra})
				continue
			}
			o := implicit{series: i}
			v := m.Var[i]
			if !m.White {
				rho := m.Rho[i]
				if last >= 0 {
					o.gap = t - last
					o.rk = power(rho, o.gap)
					v *= spread(rho, o.gap)
				} else {
					v /= 1 - rho*rho
				}
			}
			v += extra
			o.w, o.logv = 1/v, math.Log(v)
			l.reach[t] = max(l.reach[t], o.gap)
			l.implicit[t] = append(l.implicit[t], o)
			last = t
		}
	}
}

// power is ρ^k for small k.
func power(rho float64, k int) float64 {
	x := 1.0
	for range k {
		x *= rho
	}
	return x
}

// spread is the variance of e_t given e_{t−k} over σ²: 1 + ρ² + … + ρ^{2(k−1)}.
func spread(rho float64, k int) float64 {
	v, x := 0.0, 1.0
	for range k {
		v += x
		x *= rho * rho
	}
	return v
}

// transit lists the rows of the transition.
func (l *layout) transit() {
	l.t = make([][]entry, l.m)
	r, p := l.r, l.mod.Lags
	for i := range r {
		for j := range r * p {
			l.t[i] = append(l.t[i], entry{j, l.mod.A[i*r*p+j]})
		}
	}
	for i := r; i < r*l.lags; i++ {
		l.t[i] = []entry{{i - r, 1}}
	}
	for i, at := range l.at {
		if at < 0 {
			continue
		}
		l.t[at] = []entry{{at, l.mod.Rho[i]}}
		for d := 1; d < l.depth[i]; d++ {
			l.t[at+d] = []entry{{at + d - 1, 1}}
		}
	}
}

// start gives the moments of the first state.
func (l *layout) start(a, p []float64) {
	clear(a)
	clear(p)
	k := l.r * l.lags
	if l.mod.InitMean != nil && len(l.mod.InitMean) >= k {
		w := len(l.mod.InitMean)
		copy(a[:k], l.mod.InitMean)
		for i := range k {
			copy(p[i*l.m:i*l.m+k], l.mod.InitCov[i*w:i*w+k])
		}
	} else {
		c := stationary(l.mod.A, l.mod.Q, l.r, l.mod.Lags, l.lags)
		for i := range k {
			copy(p[i*l.m:i*l.m+k], c[i*k:(i+1)*k])
		}
	}
	for i, at := range l.at {
		if at < 0 {
			continue
		}
		rho := l.mod.Rho[i]
		for d := range l.depth[i] {
			for g := range l.depth[i] {
				p[(at+d)*l.m+at+g] = l.mod.Var[i] / (1 - rho*rho) * power(rho, max(d-g, g-d))
			}
		}
	}
}

// diffuse is the variance with which a factor starts whose autoregression has no stationary moments;
// factors have a variance near one.
const diffuse = 1e4

// stationary is the covariance of (f_t, …, f_{t−L+1}) that the autoregression implies: P = T P T′ + R, by
// doubling (Anderson and Moore, Optimal Filtering, 1979, section 6.7). Where there is none, the factors
// start diffuse.
func stationary(a, q []float64, r, p, lags int) []float64 {
	k := r * lags
	t, v := make([]float64, k*k), make([]float64, k*k)
	for i := range r {
		copy(t[i*k:], a[i*r*p:(i+1)*r*p])
		copy(v[i*k:], q[i*r:(i+1)*r])
	}
	for i := r; i < k; i++ {
		t[i*k+i-r] = 1
	}
	b, c := make([]float64, k*k), make([]float64, k*k)
	for range 60 {
		// v ← v + t v t′, t ← t t.
		multiply(b, t, v, k)
		multiplyTransposed(c, b, t, k)
		grown, size := 0.0, 0.0
		for i := range v {
			v[i] += c[i]
			grown, size = max(grown, math.Abs(c[i])), max(size, math.Abs(v[i]))
		}
		if !(size < 1e12) {
			break
		}
		if grown <= 1e-16*size {
			symmetrise(v, k)
			return v
		}
		multiply(b, t, t, k)
		t, b = b, t
	}
	clear(v)
	for i := range k {
		v[i*k+i] = diffuse
	}
	return v
}
