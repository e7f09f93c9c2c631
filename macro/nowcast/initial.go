package nowcast

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// initial starts EM: factors are the principal components of the standardised series with holes filled by
// what the components say (Stock and Watson, Journal of Business & Economic Statistics 20, 2002, appendix),
// loadings and autoregressions their regressions.
func initial(p *Panel, spec Spec) (*Model, error) {
	n, T, r := p.N(), p.T, spec.Factors
	m := &Model{
		Names: p.Names, Kinds: p.Kinds, Factors: r, Lags: spec.Lags, White: spec.White,
		Mean: make([]float64, n), Scale: make([]float64, n), Load: make([]float64, n*r),
		Rho: make([]float64, n), Var: make([]float64, n), Noise: make([]float64, n),
	}
	y := make([]float64, n*T)
	for i := range n {
		m.Mean[i], m.Scale[i] = centre(p.Y[i*T : (i+1)*T])
		for t := range T {
			y[i*T+t] = (p.At(i, t) - m.Mean[i]) / m.Scale[i]
		}
	}
	var base []int // principal components are those of the monthly series, where there are enough
	for i, k := range p.Kinds {
		if k != Quarterly {
			base = append(base, i)
		}
	}
	if len(base) < r {
		base = base[:0]
		for i := range n {
			base = append(base, i)
		}
	}
	f, err := components(y, base, T, r)
	if err != nil {
		return nil, err
	}
	for i := range n {
		m.startSeries(i, y[i*T:(i+1)*T], f)
	}
	m.startFactors(f, T)
	return m, nil
}

// centre is the mean and the standard deviation of what a series has. The sums are scaled by its largest
// number, so that they do not overflow.
func centre(y []float64) (mean, scale float64) {
	n, size := 0.0, 0.0
	for _, x := range y {
		if !math.IsNaN(x) {
			n++
			size = max(size, math.Abs(x))
		}
	}
	for _, x := range y {
		if !math.IsNaN(x) {
			mean += x / size / n
		}
	}
	for _, x := range y {
		if !math.IsNaN(x) {
			scale += (x/size - mean) * (x/size - mean) / n
		}
	}
	return mean * size, math.Sqrt(scale) * size
}

// fills is how often holes are filled anew.
const fills = 10

// components are the first r principal components, [month][factor], each with variance one.
func components(y []float64, base []int, T, r int) ([]float64, error) {
	n := len(base)
	x := mat.NewDense(T, n, nil)
	for j, i := range base {
		for t := range T {
			if v := y[i*T+t]; !math.IsNaN(v) {
				x.Set(t, j, v)
			}
		}
	}
	f := make([]float64, T*r)
	for range fills {
		score, err := scores(x, T, n, r)
		if err != nil {
			return nil, err
		}
		f = score
		holes := false
		for j, i := range base {
			load := project(f, x, j, T, r)
			for t := range T {
				if math.IsNaN(y[i*T+t]) {
					holes = true
					x.Set(t, j, dot(load, f[t*r:(t+1)*r]))
				}
			}
		}
		if !holes {
			break
		}
	}
	return f, nil
}

// project is the regression of a column on scores that are orthogonal with variance one.
func project(f []float64, x *mat.Dense, j, T, r int) []float64 {
	load := make([]float64, r)
	for t := range T {
		axpy(load, x.At(t, j)/float64(T), f[t*r:(t+1)*r])
	}
	return load
}

// scores are the first r principal components of the columns, from the smaller of the two second-moment
// matrices. A component without variance is replaced by waves, which no other component holds.
func scores(x *mat.Dense, T, n, r int) ([]float64, error) {
	wide := n > T
	k := min(n, T)
	sym := mat.NewSymDense(k, nil)
	if wide {
		sym.SymOuterK(1/float64(T), x)
	} else {
		sym.SymOuterK(1/float64(T), x.T())
	}
	var eig mat.EigenSym
	if !eig.Factorize(sym, true) {
		return nil, fmt.Errorf("nowcast: the principal components of %d series in %d months did not converge", n, T)
	}
	var vec mat.Dense
	eig.VectorsTo(&vec)
	values := eig.Values(nil)
	f := make([]float64, T*r)
	for c := range r {
		col := k - 1 - c
		ok := col >= 0 && values[max(col, 0)] > 1e-10*values[k-1]
		sum, size := 0.0, 0.0
		for t := range T {
			v := 0.0
			switch {
			case !ok:
				v = math.Cos(math.Pi * (float64(t) + 0.5) * float64(c+1) / float64(T))
			case wide:
				v = vec.At(t, col)
			default:
				for j := range n {
					v += x.At(t, j) * vec.At(j, col)
				}
			}
			f[t*r+c] = v
			size += v * v
		}
		// The sign of a component is free: the one that most series follow upwards.
		for t := range T {
			for j := range n {
				sum += f[t*r+c] * x.At(t, j)
			}
		}
		g := 1 / math.Sqrt(max(size/float64(T), 1e-300))
		if sum < 0 {
			g = -g
		}
		for t := range T {
			f[t*r+c] *= g
		}
	}
	return f, nil
}

// startSeries regresses one series on the components and its residual on its own past.
func (m *Model) startSeries(i int, y, f []float64) {
	r, T := m.Factors, len(y)
	weights := []float64{1}
	if m.Kinds[i] == Quarterly {
		weights = quarterWeights[:]
	}
	total := 0.0
	for _, w := range weights {
		total += w
	}
	x := make([]float64, T*r)
	xx, xy := make([]float64, r*r), make([]float64, r)
	for t := range T {
		for j, w := range weights {
			axpy(x[t*r:(t+1)*r], w, f[max(t-j, 0)*r:(max(t-j, 0)+1)*r])
		}
		if !math.IsNaN(y[t]) {
			for a := range r {
				axpy(xx[a*r:(a+1)*r], x[t*r+a], x[t*r:(t+1)*r])
			}
			axpy(xy, y[t], x[t*r:(t+1)*r])
		}
	}
	// A series with fewer observations than factors has no regression of its own: a ridge of one
	// observation keeps its loadings small.
	for a := range r {
		xx[a*r+a] += total * total
	}
	load := m.Load[i*r : (i+1)*r]
	if solveSymmetric(xx, r, xy) {
		copy(load, xy)
	}
	uu, uh, hh, n, last := 0.0, 0.0, 0.0, 0.0, math.NaN()
	for t := range T {
		if math.IsNaN(y[t]) {
			last = math.NaN()
			continue
		}
		u := y[t] - dot(load, x[t*r:(t+1)*r])
		uu += u * u
		n++
		if !math.IsNaN(last) {
			uh += u * last
			hh += last * last
		}
		last = u
	}
	v := max(uu/n, 1e-3)
	rho := 0.0
	if hh > 0 && m.Kinds[i] != Quarterly {
		rho = max(-0.9, min(uh/hh, 0.9))
	}
	switch {
	case m.Kinds[i] == Trend:
		m.Rho[i], m.Noise[i] = 0.9, v/2
		m.Var[i] = v / 2 * (1 - 0.81)
	case m.White:
		m.Var[i] = v
	default:
		m.Rho[i] = rho
		m.Var[i] = v * (1 - rho*rho)
	}
	if m.Kinds[i] == Quarterly {
		m.Var[i] = v / 19 // Σ w² of white e
	}
}

// startFactors regresses the components on their lags. Where that explodes, they start as white noise.
func (m *Model) startFactors(f []float64, T int) {
	r, k := m.Factors, m.Factors*m.Lags
	xx, xy := make([]float64, k*k), make([]float64, r*k)
	x := make([]float64, k)
	lagged := func(t int) {
		for l := range m.Lags {
			copy(x[l*r:(l+1)*r], f[(t-1-l)*r:(t-l)*r])
		}
	}
	for t := m.Lags; t < T; t++ {
		lagged(t)
		for i := range k {
			axpy(xx[i*k:(i+1)*k], x[i], x)
		}
		for i := range r {
			axpy(xy[i*k:(i+1)*k], f[t*r+i], x)
		}
	}
	for i := range k {
		xx[i*k+i] += 1
	}
	m.A, m.Q = make([]float64, r*k), make([]float64, r*r)
	for i := range r {
		row := xy[i*k : (i+1)*k]
		if solveSymmetric(xx, k, row) {
			copy(m.A[i*k:], row)
		}
	}
	n := 0.0
	u := make([]float64, r)
	for t := m.Lags; t < T; t++ {
		lagged(t)
		for i := range r {
			u[i] = f[t*r+i] - dot(m.A[i*k:(i+1)*k], x)
		}
		for i := range r {
			axpy(m.Q[i*r:(i+1)*r], u[i], u)
		}
		n++
	}
	for i := range m.Q {
		m.Q[i] /= n
	}
	for i := range r {
		m.Q[i*r+i] = max(m.Q[i*r+i], 1e-3)
	}
	if c := stationary(m.A, m.Q, r, m.Lags, m.Lags); c[0] >= diffuse {
		clear(m.A)
		clear(m.Q)
		for i := range r {
			m.Q[i*r+i] = 1
		}
	}
}
