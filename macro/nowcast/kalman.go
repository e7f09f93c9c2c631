package nowcast

import "math"

// smoother is one run of filter and smoother over a layout. Its slices are kept, so that runs of the same
// pattern with other numbers only repeat the means.
//
// Per month the implicit observations, whose noise is independent, come in at once in information form:
// with C = Z′H⁻¹Z and b = Z′H⁻¹y over the c entries E of the state that they touch, G = P E and
// W = (I + C E′PE)⁻¹,
//
//	a⁺ = a + G W (b − C E′a),  P⁺ = P − G W C G′,
//	log p = −½ [Σ log 2πh + log|I + C E′PE| + Σ y²/h − 2 a′b + a′Ca − d′E′PE W d],  d = b − C E′a
//
// which is the collapse of Jungbacker and Koopman (Econometrics Journal 18, 2015) without its detour over
// a smaller observation, and holds where P is singular. The others follow one by one (Durbin and Koopman,
// Time Series Analysis by State Space Methods, 2012, section 6.4). The smoother runs the adjoint r, N of
// section 4.4 backwards through both, so that no covariance is inverted.
type smoother struct {
	*layout
	loglik float64
	a, p   []float64 // predicted moments of each month
	s, v   []float64 // smoothed moments of each month
	d      []float64 // W C of each month, c×c in a slot of its own
	w      []float64 // W likewise
	c      []float64 // C likewise
	slot   []int     // where a month's W C and W begin
	pz     [][]float64
	f      [][]float64 // of each month's scalar observations; 0: it was skipped, being known already
	inn    [][]float64
	dif    []float64 // d of each month, m wide
	// scratch
	b1, b2, b3 []float64
	piv        []int
}

func newSmoother(l *layout) *smoother {
	T, m := l.p.T, l.m
	s := &smoother{layout: l}
	s.a, s.s = make([]float64, T*m), make([]float64, T*m)
	s.p, s.v = make([]float64, T*m*m), make([]float64, T*m*m)
	s.dif = make([]float64, T*m)
	s.slot = make([]int, T+1)
	for t := range T {
		c := s.width(t)
		s.slot[t+1] = s.slot[t] + c*c
	}
	s.d, s.w, s.c = make([]float64, s.slot[T]), make([]float64, s.slot[T]), make([]float64, s.slot[T])
	s.pz, s.f, s.inn = make([][]float64, T), make([][]float64, T), make([][]float64, T)
	for t := range T {
		n := len(l.scalars[t])
		s.pz[t], s.f[t], s.inn[t] = make([]float64, n*m), make([]float64, n), make([]float64, n)
	}
	scratch := m*m + 4*m
	s.b1, s.b2, s.b3 = make([]float64, scratch), make([]float64, scratch), make([]float64, scratch)
	s.piv = make([]int, m)
	return s
}

// width is how many entries of the state a month's implicit observations touch.
func (s *smoother) width(t int) int {
	if len(s.implicit[t]) == 0 {
		return 0
	}
	return s.r * (s.reach[t] + 1)
}

// known is the variance, of a standardised series, below which an observation says nothing new.
const known = 1e-11

// run filters and, if asked, smooths.
func (s *smoother) run(smooth bool) {
	s.forward()
	if smooth {
		s.backward()
	}
}

// information gathers C and b of a month, and the terms of the likelihood that do not depend on the state.
func (s *smoother) information(t, c int, cm, b []float64, y []float64) (constant float64) {
	T, r := s.months(), s.r
	clear(b)
	if cm != nil {
		clear(cm)
	}
	for _, o := range s.implicit[t] {
		i := o.series
		load := s.mod.Load[i*r : (i+1)*r]
		x := y[i*T+t]
		if o.gap > 0 {
			x -= o.rk * y[i*T+t-o.gap]
		}
		constant += math.Log(2*math.Pi) + o.logv + x*x*o.w
		axpy(b[:r], x*o.w, load)
		if o.gap > 0 && o.rk != 0 {
			axpy(b[o.gap*r:(o.gap+1)*r], -o.rk*x*o.w, load)
		}
		if cm == nil {
			continue
		}
		for j := range r {
			u := load[j] * o.w
			row := cm[j*c : j*c+r]
			axpy(row, u, load)
			if o.gap > 0 && o.rk != 0 {
				g := o.gap * r
				axpy(cm[j*c+g:j*c+g+r], -o.rk*u, load)
				axpy(cm[(g+j)*c:(g+j)*c+r], -o.rk*u, load)
				axpy(cm[(g+j)*c+g:(g+j)*c+g+r], o.rk*o.rk*u, load)
			}
		}
	}
	return constant
}

// months is the number of months.
func (s *smoother) months() int { return s.layout.p.T }

func (s *smoother) forward() {
	T, m := s.months(), s.m
	a, p := make([]float64, m), make([]float64, m*m)
	next := make([]float64, m)
	s.start(a, p)
	s.loglik = 0
	for t := range T {
		copy(s.a[t*m:], a)
		copy(s.p[t*m*m:], p)
		s.takeImplicit(t, a, p)
		s.takeScalars(t, a, p)
		// Predict: a ← T a, P ← T P T′ + R.
		s.predictMean(next, a)
		a, next = next, a
		s.predictCov(p)
	}
}

func (s *smoother) takeImplicit(t int, a, p []float64) {
	c := s.width(t)
	if c == 0 {
		return
	}
	m := s.m
	cm, b := s.c[s.slot[t]:s.slot[t+1]], s.b2[:c]
	constant := s.information(t, c, cm, b, s.y)
	w := s.w[s.slot[t]:s.slot[t+1]]
	wc := s.d[s.slot[t]:s.slot[t+1]]
	// I + C P over the touched entries, factored; W is its inverse.
	f := s.b3[:c*c]
	for i := range c {
		row := f[i*c : (i+1)*c]
		clear(row)
		row[i] = 1
		for j := range c {
			if x := cm[i*c+j]; x != 0 {
				axpy(row, x, p[j*m:j*m+c])
			}
		}
	}
	// det(I + C P) is at least one, so that the factorisation stands.
	logdet, _ := lu(f, s.piv[:c], c)
	col := s.b2[c : 2*c]
	for j := range c {
		clear(col)
		col[j] = 1
		luSolve(f, s.piv[:c], c, col)
		for i := range c {
			w[i*c+j] = col[i]
		}
	}
	for i := range c {
		row := wc[i*c : (i+1)*c]
		clear(row)
		for j := range c {
			axpy(row, w[i*c+j], cm[j*c:(j+1)*c])
		}
	}
	symmetrise(wc, c)
	quad := 0.0
	d := s.dif[t*m : t*m+c]
	for i := range c {
		ca := dot(cm[i*c:(i+1)*c], a[:c])
		d[i] = b[i] - ca
		quad += a[i]*ca - 2*a[i]*b[i]
	}
	wd := s.b2[2*c : 3*c]
	for i := range c {
		wd[i] = dot(w[i*c:(i+1)*c], d)
	}
	for i := range c {
		quad -= d[i] * dot(p[i*m:i*m+c], wd)
	}
	s.loglik -= (constant + logdet + quad) / 2
	for i := range m {
		a[i] += dot(p[i*m:i*m+c], wd)
	}
	// P ← P − G (W C) G′.
	g := s.b3[:m*c]
	for i := range m {
		row := g[i*c : (i+1)*c]
		clear(row)
		for j := range c {
			axpy(row, p[i*m+j], wc[j*c:(j+1)*c])
		}
	}
	old := s.p[t*m*m:] // P before the update, whose first c columns are G
	for i := range m {
		for j := range i + 1 {
			x := p[i*m+j] - dot(g[i*c:(i+1)*c], old[j*m:j*m+c])
			p[i*m+j], p[j*m+i] = x, x
		}
	}
}

func (s *smoother) takeScalars(t int, a, p []float64) {
	m, T := s.m, s.months()
	for k, o := range s.scalars[t] {
		pz := s.pz[t][k*m : (k+1)*m]
		clear(pz)
		pred := 0.0
		for _, e := range o.z {
			axpy(pz, e.v, p[e.col*m:(e.col+1)*m])
			pred += e.v * a[e.col]
		}
		f := o.h
		for _, e := range o.z {
			f += e.v * pz[e.col]
		}
		v := s.y[o.series*T+t] - pred
		s.inn[t][k], s.f[t][k] = v, f
		if !(f > known) {
			s.f[t][k] = 0
			continue
		}
		s.loglik -= (math.Log(2*math.Pi*f) + v*v/f) / 2
		axpy(a, v/f, pz)
		for i := range m {
			axpy(p[i*m:(i+1)*m], -pz[i]/f, pz)
		}
	}
}

func (s *smoother) predictMean(out, a []float64) {
	for i, row := range s.t {
		x := 0.0
		for _, e := range row {
			x += e.v * a[e.col]
		}
		out[i] = x
	}
}

func (s *smoother) predictCov(p []float64) {
	m, r := s.m, s.r
	b := s.b1[:m*m]
	for i, row := range s.t {
		out := b[i*m : (i+1)*m]
		if len(row) == 1 && row[0].v == 1 {
			copy(out, p[row[0].col*m:(row[0].col+1)*m])
			continue
		}
		clear(out)
		for _, e := range row {
			axpy(out, e.v, p[e.col*m:(e.col+1)*m])
		}
	}
	for i := range m {
		row := b[i*m : (i+1)*m]
		for j, tr := range s.t {
			if j > i {
				break
			}
			x := 0.0
			for _, e := range tr {
				x += e.v * row[e.col]
			}
			p[i*m+j], p[j*m+i] = x, x
		}
	}
	for i := range r {
		axpy(p[i*m:i*m+r], 1, s.mod.Q[i*r:(i+1)*r])
	}
	for i, at := range s.at {
		if at >= 0 {
			p[at*m+at] += s.mod.Var[i]
		}
	}
}

func (s *smoother) backward() {
	T, m := s.months(), s.m
	r, n := make([]float64, m), make([]float64, m*m)
	x, b := make([]float64, m), make([]float64, m*m)
	for t := T - 1; t >= 0; t-- {
		if t < T-1 {
			s.adjointMean(r, x)
			s.adjointCov(n, b)
		}
		for k := len(s.scalars[t]) - 1; k >= 0; k-- {
			s.backScalarMean(t, k, r)
			s.backScalarCov(t, k, n)
		}
		s.backImplicitMean(t, r)
		s.backImplicitCov(t, n)
		s.smoothMean(t, r)
		// V = P − P N P.
		p, v := s.p[t*m*m:(t+1)*m*m], s.v[t*m*m:(t+1)*m*m]
		multiply(b, p, n, m)
		for i := range m {
			row := b[i*m : (i+1)*m]
			for j := range i + 1 {
				y := p[i*m+j] - dot(row, p[j*m:(j+1)*m])
				v[i*m+j], v[j*m+i] = y, y
			}
		}
	}
}

func (s *smoother) smoothMean(t int, r []float64) {
	m := s.m
	for i := range m {
		s.s[t*m+i] = s.a[t*m+i] + dot(s.p[(t*m+i)*m:(t*m+i+1)*m], r)
	}
}

// adjointMean is r ← T′ r.
func (s *smoother) adjointMean(r, x []float64) {
	clear(x)
	for i, row := range s.t {
		for _, e := range row {
			x[e.col] += e.v * r[i]
		}
	}
	copy(r, x)
}

// adjointCov is N ← T′ N T.
func (s *smoother) adjointCov(n, b []float64) {
	m := s.m
	clear(b)
	for k := range m {
		in, out := n[k*m:(k+1)*m], b[k*m:(k+1)*m]
		for i, row := range s.t {
			if in[i] == 0 {
				continue
			}
			for _, e := range row {
				out[e.col] += e.v * in[i]
			}
		}
	}
	clear(n)
	for i, row := range s.t {
		for _, e := range row {
			axpy(n[e.col*m:(e.col+1)*m], e.v, b[i*m:(i+1)*m])
		}
	}
}

func (s *smoother) backScalarMean(t, k int, r []float64) {
	f := s.f[t][k]
	if f == 0 {
		return
	}
	g := (s.inn[t][k] - dot(s.pz[t][k*s.m:(k+1)*s.m], r)) / f
	for _, e := range s.scalars[t][k].z {
		r[e.col] += e.v * g
	}
}

func (s *smoother) backScalarCov(t, k int, n []float64) {
	f, m := s.f[t][k], s.m
	if f == 0 {
		return
	}
	pz := s.pz[t][k*m : (k+1)*m]
	q := s.b1[:m] // N K
	knk := 0.0
	for i := range m {
		q[i] = dot(n[i*m:(i+1)*m], pz) / f
		knk += q[i] * pz[i] / f
	}
	z := s.scalars[t][k].z
	for _, e := range z {
		for i := range m {
			n[e.col*m+i] -= e.v * q[i]
		}
	}
	for _, e := range z {
		for i := range m {
			n[i*m+e.col] -= e.v * q[i]
		}
	}
	for _, e := range z {
		for _, g := range z {
			n[e.col*m+g.col] += e.v * g.v * (1/f + knk)
		}
	}
}

func (s *smoother) backImplicitMean(t int, r []float64) {
	c, m := s.width(t), s.m
	if c == 0 {
		return
	}
	d, wc := s.dif[t*m:t*m+c], s.d[s.slot[t]:s.slot[t+1]]
	for i := range c {
		r[i] += d[i]
	}
	g := s.b1[:c]
	p := s.p[t*m*m:]
	for j := range c {
		g[j] = dot(p[j*m:(j+1)*m], r) // G′ r: column j of P is its row j
	}
	for i := range c {
		r[i] -= dot(wc[i*c:(i+1)*c], g)
	}
}

func (s *smoother) backImplicitCov(t int, n []float64) {
	c, m := s.width(t), s.m
	if c == 0 {
		return
	}
	wc := s.d[s.slot[t]:s.slot[t+1]]
	p := s.p[t*m*m:]
	gn := s.b1[:c*m] // G′ N
	for j := range c {
		row := gn[j*m : (j+1)*m]
		clear(row)
		for i, x := range p[j*m : (j+1)*m] {
			if x != 0 {
				axpy(row, x, n[i*m:(i+1)*m])
			}
		}
	}
	gng := s.b2[:c*c]
	for i := range c {
		for j := range c {
			gng[i*c+j] = dot(gn[i*m:(i+1)*m], p[j*m:(j+1)*m])
		}
	}
	x := s.b3[:c*m] // W C G′ N
	for i := range c {
		row := x[i*m : (i+1)*m]
		clear(row)
		for j := range c {
			axpy(row, wc[i*c+j], gn[j*m:(j+1)*m])
		}
	}
	// W C + W C G′N G (W C)′.
	y := s.b1[:c*c]
	for i := range c {
		for j := range c {
			y[i*c+j] = dot(wc[i*c:(i+1)*c], gng[j*c:(j+1)*c])
		}
	}
	for i := range c {
		axpy(n[i*m:(i+1)*m], -1, x[i*m:(i+1)*m])
	}
	for i := range c {
		for j := range m {
			n[j*m+i] -= x[i*m+j]
		}
	}
	for i := range c {
		for j := range c {
			n[i*m+j] += wc[i*c+j] + dot(y[i*c:(i+1)*c], wc[j*c:(j+1)*c])
		}
	}
}

// means filters and smooths other numbers in the pattern of the last run: y is standardised, and the first
// state has mean zero when centred is true. The smoothed means are written to out, [month][state]. The
// result is linear in y then.
func (s *smoother) means(y []float64, centred bool, out []float64) {
	T, m := s.months(), s.m
	a, next := make([]float64, m), make([]float64, m)
	if !centred {
		s.start(a, s.b1[:m*m])
	}
	mean := make([]float64, T*m)
	dif := make([]float64, T*m)
	inn := make([][]float64, T)
	for t := range T {
		copy(mean[t*m:], a)
		p := s.p[t*m*m:]
		if c := s.width(t); c > 0 {
			b := s.b2[:c]
			s.information(t, c, nil, b, y)
			d := dif[t*m : t*m+c]
			cm := s.c[s.slot[t]:s.slot[t+1]]
			for i := range c {
				d[i] = b[i] - dot(cm[i*c:(i+1)*c], a[:c])
			}
			w := s.w[s.slot[t]:s.slot[t+1]]
			wd := s.b2[c : 2*c]
			for i := range c {
				wd[i] = dot(w[i*c:(i+1)*c], d)
			}
			for i := range m {
				a[i] += dot(p[i*m:i*m+c], wd)
			}
		}
		inn[t] = make([]float64, len(s.scalars[t]))
		for k, o := range s.scalars[t] {
			v := y[o.series*T+t]
			for _, e := range o.z {
				v -= e.v * a[e.col]
			}
			inn[t][k] = v
			if f := s.f[t][k]; f > 0 {
				axpy(a, v/f, s.pz[t][k*m:(k+1)*m])
			}
		}
		s.predictMean(next, a)
		a, next = next, a
	}
	keep, keepDif, keepInn, keepS := s.a, s.dif, s.inn, s.s
	s.a, s.dif, s.inn, s.s = mean, dif, inn, out
	r, x := make([]float64, m), make([]float64, m)
	for t := T - 1; t >= 0; t-- {
		if t < T-1 {
			s.adjointMean(r, x)
		}
		for k := len(s.scalars[t]) - 1; k >= 0; k-- {
			s.backScalarMean(t, k, r)
		}
		s.backImplicitMean(t, r)
		s.smoothMean(t, r)
	}
	s.a, s.dif, s.inn, s.s = keep, keepDif, keepInn, keepS
}

// value is the smoothed mean and variance of a linear function of a month's state.
func (s *smoother) value(t int, z []entry) (mean, variance float64) {
	m := s.m
	for _, e := range z {
		mean += e.v * s.s[t*m+e.col]
		for _, g := range z {
			variance += e.v * g.v * s.v[(t*m+e.col)*m+g.col]
		}
	}
	return mean, max(variance, 0)
}
