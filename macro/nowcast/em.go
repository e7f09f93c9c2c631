package nowcast

import (
	"context"
	"fmt"
	"math"

	"faultline/evidence"
)

// Spec chooses a model.
type Spec struct {
	Factors    int     // at least 1
	Lags       int     // of the factors' autoregression, at least 1
	White      bool    // no autoregression of the series' own parts
	Iterations int     // of EM at most
	Tolerance  float64 // EM stops when the likelihood gains less than this share of its size
}

// Limits of a specification.
const (
	MaxFactors    = 12
	MaxLags       = 12
	MaxIterations = 5000
)

// Fit is an estimated model.
type Fit struct {
	Model   *Model
	Loglik  []float64 // of the standardised data: at the start, then after each iteration
	Done    bool      // the tolerance was reached
	Dropped []Dropped // series that the model leaves out
	Panel   *Panel    // the series that it has
}

// varianceFloor bounds variances of standardised series from below. Two series that are alike would drive
// their own parts to zero and the likelihood to infinity; the constrained maximum is at the floor.
const varianceFloor = 1e-6

// rhoLimit bounds ρ: beyond it a series' own part has no mean to return to within a sample.
const rhoLimit = 0.995

// Estimate fits a model by EM. The steps follow Bańbura and Modugno (2014) for the factors. For the series
// they differ: with e in the state and no noise of measurement, their step for the loadings stands still,
// since y − e equals the old common part; here the loadings are fitted to quasi-differences with e
// integrated out, and then ρ and σ² given the loadings (expectation and conditional maximisation, Meng and
// Rubin, Biometrika 80, 1993). Every step raises the expected likelihood or leaves it, so that the
// likelihood never falls; Estimate returns an error if it did by more than rounding can explain.
// Observations that stand for their month only in part are left out of the estimation.
func Estimate(ctx context.Context, p *Panel, spec Spec) (*Fit, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	switch {
	case spec.Factors < 1 || spec.Factors > MaxFactors || spec.Lags < 1 || spec.Lags > MaxLags:
		return nil, fmt.Errorf("nowcast: %d factors with %d lags: choose 1 to %d factors and 1 to %d lags", spec.Factors, spec.Lags, MaxFactors, MaxLags)
	case spec.Iterations < 0 || spec.Iterations > MaxIterations || !(spec.Tolerance >= 0):
		return nil, fmt.Errorf("nowcast: %d iterations with tolerance %v: choose at most %d and no negative tolerance", spec.Iterations, spec.Tolerance, MaxIterations)
	}
	keep, dropped := p.usable()
	if len(keep) == 0 {
		return nil, &evidence.Absent{Code: "nowcast_no_series", Args: evidence.Args{"count": p.N()}}
	}
	if len(keep) < spec.Factors {
		return nil, &evidence.Absent{Code: "nowcast_few_series", Args: evidence.Args{"count": len(keep), "factors": spec.Factors}}
	}
	if p.T < spec.Lags+2 {
		return nil, &evidence.Absent{Code: "nowcast_few_months", Args: evidence.Args{"months": p.T, "least": spec.Lags + 2}}
	}
	data := p.Select(keep)
	mod, err := initial(data.whole(), spec)
	if err != nil {
		return nil, err
	}
	out := &Fit{Model: mod, Dropped: dropped, Panel: data}
	return out, out.climb(ctx, spec)
}

// Join fits a model to more series, starting from what it was without them: the new ones begin with their
// regressions on the factors. The panel must hold the series of the fit, in any order; of the others those
// that cannot be used are dropped. Quarterly series make the state several times as long, so that it is
// cheaper to fit the monthly ones first.
func (f *Fit) Join(ctx context.Context, p *Panel, spec Spec) (*Fit, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	keep, dropped := p.usable()
	data := p.Select(keep)
	have, err := f.Model.Stationary().Run(f.Panel)
	if err != nil {
		return nil, err
	}
	if p.T != f.Panel.T {
		return nil, fmt.Errorf("nowcast: a panel of %d months cannot join one of %d", p.T, f.Panel.T)
	}
	r, n := f.Model.Factors, data.N()
	m := &Model{
		Names: data.Names, Kinds: data.Kinds, Factors: r, Lags: f.Model.Lags, White: f.Model.White,
		Mean: make([]float64, n), Scale: make([]float64, n), Load: make([]float64, n*r), A: f.Model.A, Q: f.Model.Q,
		Rho: make([]float64, n), Var: make([]float64, n), Noise: make([]float64, n),
	}
	factors, whole, found := have.Factors(), data.whole(), 0
	y := make([]float64, p.T)
	for i, name := range data.Names {
		if j := f.Panel.Find(name); j >= 0 {
			m.Mean[i], m.Scale[i], m.Rho[i], m.Var[i], m.Noise[i] = f.Model.Mean[j], f.Model.Scale[j], f.Model.Rho[j], f.Model.Var[j], f.Model.Noise[j]
			copy(m.Load[i*r:(i+1)*r], f.Model.Load[j*r:(j+1)*r])
			found++
			continue
		}
		m.Mean[i], m.Scale[i] = centre(whole.Y[i*p.T : (i+1)*p.T])
		for t := range y {
			y[t] = (whole.At(i, t) - m.Mean[i]) / m.Scale[i]
		}
		m.startSeries(i, y, factors)
	}
	if found != len(f.Model.Names) {
		return nil, fmt.Errorf("nowcast: %d of the %d series of the fit are in the panel that joins it", found, len(f.Model.Names))
	}
	out := &Fit{Model: m, Dropped: dropped, Panel: data}
	return out, out.climb(ctx, spec)
}

// climb takes steps of EM until the likelihood gains no more.
func (f *Fit) climb(ctx context.Context, spec Spec) error {
	whole := f.Panel.whole()
	for k := 0; ; k++ {
		l, err := compile(f.Model, whole, nil)
		if err != nil {
			return err
		}
		s := newSmoother(l)
		s.run(true)
		if s.loglik-s.loglik != 0 {
			return fmt.Errorf("nowcast: the likelihood of iteration %d is %v", k, s.loglik)
		}
		f.Loglik = append(f.Loglik, s.loglik)
		if k > 0 {
			gain := s.loglik - f.Loglik[k-1]
			size := 1 + math.Abs(s.loglik)
			// Rounding: a sum of some 10⁵ terms in a recursion, each right to 10⁻¹⁵ of the whole.
			if gain < -1e-8*size {
				return fmt.Errorf("nowcast: EM lost likelihood in iteration %d, from %.10g to %.10g: this is a fault of the program", k, f.Loglik[k-1], s.loglik)
			}
			if gain <= spec.Tolerance*size {
				f.Done = true
				return nil
			}
		}
		if k == spec.Iterations {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		f.Model = s.maximise()
	}
}

// whole is the panel without observations that stand for their month only in part.
func (p *Panel) whole() *Panel {
	if p.Noise == nil {
		return p
	}
	out := &Panel{Names: p.Names, Kinds: p.Kinds, T: p.T, Y: append([]float64(nil), p.Y...)}
	for k, v := range p.Noise {
		if v > 0 {
			out.Y[k] = math.NaN()
		}
	}
	return out
}

// maximise returns the model that one EM step leads to.
func (s *smoother) maximise() *Model {
	old := s.mod
	next := *old
	next.Load = append([]float64(nil), old.Load...)
	next.Rho = append([]float64(nil), old.Rho...)
	next.Var = append([]float64(nil), old.Var...)
	next.Noise = append([]float64(nil), old.Noise...)
	s.maximiseFactors(&next)
	for i := range old.Names {
		st := s.moments(i)
		load, rho, v := st.solve(old.Load[i*s.r:(i+1)*s.r], old.Rho[i], old.Var[i], old.White && old.Kinds[i] != Trend)
		copy(next.Load[i*s.r:], load)
		next.Rho[i], next.Var[i] = rho, v
		if old.Kinds[i] == Trend {
			next.Noise[i] = s.noiseOf(i)
		}
	}
	return &next
}

// maximiseFactors regresses the factors on their lags (Bańbura and Modugno 2014, equations 6 and 8; for
// the first state their equation 5, with its covariance free).
func (s *smoother) maximiseFactors(next *Model) {
	m, r, k, T := s.m, s.r, s.r*s.mod.Lags, s.months()
	xx, xy, yy := make([]float64, k*k), make([]float64, r*k), make([]float64, r*r)
	second := func(t, i, j int) float64 { return s.v[(t*m+i)*m+j] + s.s[t*m+i]*s.s[t*m+j] }
	for t := 1; t < T; t++ {
		for i := range k {
			for j := range i + 1 {
				xx[i*k+j] += second(t, r+i, r+j)
			}
		}
		for i := range r {
			for j := range k {
				xy[i*k+j] += second(t, i, r+j)
			}
			for j := range i + 1 {
				yy[i*r+j] += second(t, i, j)
			}
		}
	}
	for i := range k {
		for j := range i {
			xx[j*k+i] = xx[i*k+j]
		}
	}
	a := make([]float64, r*k)
	ok := true
	for i := range r {
		row := a[i*k : (i+1)*k]
		copy(row, xy[i*k:(i+1)*k])
		ok = ok && solveSymmetric(xx, k, row)
	}
	if ok {
		q := make([]float64, r*r)
		for i := range r {
			for j := range i + 1 {
				// E[(f − A x)(f − A x)′], whole, so that it is a covariance even where A was ridged.
				x := yy[i*r+j] - dot(a[i*k:(i+1)*k], xy[j*k:(j+1)*k]) - dot(a[j*k:(j+1)*k], xy[i*k:(i+1)*k])
				for g := range k {
					x += a[i*k+g] * dot(xx[g*k:(g+1)*k], a[j*k:(j+1)*k])
				}
				q[i*r+j] = x / float64(T-1)
				q[j*r+i] = q[i*r+j]
			}
		}
		for i := range r {
			q[i*r+i] = max(q[i*r+i], varianceFloor)
		}
		next.A, next.Q = a, q
	}
	w := r * s.lags
	next.InitMean, next.InitCov = make([]float64, w), make([]float64, w*w)
	copy(next.InitMean, s.s[:w])
	for i := range w {
		copy(next.InitCov[i*w:(i+1)*w], s.v[i*m:i*m+w])
	}
}

// pairs are the moments of one series at pairs of observations that lie some months apart: f and y of the
// later, g and h of the earlier.
type pairs struct {
	n          float64
	ff, fg, gg []float64
	yf, yg     []float64
	hf, hg     []float64
	yy, yh, hh float64
}

// moment holds what the maximisation for one series needs: first is its first observation.
type moment struct {
	r     int
	first pairs // ff, yf, yy only
	gaps  []pairs
}

func newPairs(r int) pairs {
	return pairs{
		ff: make([]float64, r*r), fg: make([]float64, r*r), gg: make([]float64, r*r),
		yf: make([]float64, r), yg: make([]float64, r), hf: make([]float64, r), hg: make([]float64, r),
	}
}

// add takes one pair in: x are the means of (f, g, y, h), and cov gives their covariances.
func (q *pairs) add(r int, x []float64, cov func(i, j int) float64) {
	q.n++
	e := func(i, j int) float64 { return x[i]*x[j] + cov(i, j) }
	y, h := 2*r, 2*r+1
	for i := range r {
		for j := range r {
			q.ff[i*r+j] += e(i, j)
			q.fg[i*r+j] += e(i, r+j)
			q.gg[i*r+j] += e(r+i, r+j)
		}
		q.yf[i] += e(i, y)
		q.yg[i] += e(r+i, y)
		q.hf[i] += e(i, h)
		q.hg[i] += e(r+i, h)
	}
	q.yy += e(y, y)
	q.yh += e(y, h)
	q.hh += e(h, h)
}

// moments gathers the expected moments of one series. Where its e is not in the state the series itself is
// given; where it is, the complete data are the latent monthly y* = Λ f + e, with Λ as it was.
func (s *smoother) moments(i int) *moment {
	r, m, T := s.r, s.m, s.months()
	out := &moment{r: r, first: newPairs(r), gaps: make([]pairs, maxGap+1)}
	gap := func(k int) *pairs {
		if out.gaps[k].ff == nil {
			out.gaps[k] = newPairs(r)
		}
		return &out.gaps[k]
	}
	if s.at[i] >= 0 {
		s.latentMoments(i, out, gap(1))
		return out
	}
	last := -1
	for t := range T {
		y := s.y[i*T+t]
		if math.IsNaN(y) {
			continue
		}
		sm, v := s.s[t*m:(t+1)*m], s.v[t*m*m:(t+1)*m*m]
		if last < 0 || s.mod.White {
			q := &out.first
			q.n++
			for a := range r {
				for b := range r {
					q.ff[a*r+b] += sm[a]*sm[b] + v[a*m+b]
				}
				q.yf[a] += y * sm[a]
			}
			q.yy += y * y
		} else {
			q := gap(t - last)
			q.n++
			g, h := (t-last)*r, s.y[i*T+last]
			for a := range r {
				for b := range r {
					q.ff[a*r+b] += sm[a]*sm[b] + v[a*m+b]
					q.fg[a*r+b] += sm[a]*sm[g+b] + v[a*m+g+b]
					q.gg[a*r+b] += sm[g+a]*sm[g+b] + v[(g+a)*m+g+b]
				}
				q.yf[a] += y * sm[a]
				q.yg[a] += y * sm[g+a]
				q.hf[a] += h * sm[a]
				q.hg[a] += h * sm[g+a]
			}
			q.yy += y * y
			q.yh += y * h
			q.hh += h * h
		}
		last = t
	}
	return out
}

// latentMoments are those of y* = Λ f + e at neighbouring months, those before the first one included.
func (s *smoother) latentMoments(i int, out *moment, q *pairs) {
	r, m, T := s.r, s.m, s.months()
	load := s.mod.Load[i*r : (i+1)*r]
	w := 2*r + 2
	x, cov, half := make([]float64, w), make([]float64, w*w), make([]float64, m)
	// columns are f, g, y* and h* as functions of the state: the pair of lags d and d+1.
	columns := func(d int) [][]entry {
		cols := make([][]entry, w)
		for a := range r {
			cols[a], cols[r+a] = []entry{{d*r + a, 1}}, []entry{{(d+1)*r + a, 1}}
		}
		for b := range 2 {
			z := []entry{{s.at[i] + d + b, 1}}
			for a, u := range load {
				z = append(z, entry{(d+b)*r + a, u})
			}
			cols[2*r+b] = z
		}
		return cols
	}
	// take fills x and cov with the moments of the columns in a month.
	take := func(t int, cols [][]entry) {
		sm, v := s.s[t*m:(t+1)*m], s.v[t*m*m:(t+1)*m*m]
		for a, z := range cols {
			x[a] = 0
			clear(half)
			for _, e := range z {
				x[a] += e.v * sm[e.col]
				axpy(half, e.v, v[e.col*m:(e.col+1)*m])
			}
			for b, u := range cols {
				y := 0.0
				for _, e := range u {
					y += e.v * half[e.col]
				}
				cov[a*w+b] = y
			}
		}
	}
	at := func(a, b int) float64 { return cov[a*w+b] }
	for d := s.depth[i] - 2; d >= 0; d-- {
		take(0, columns(d))
		if d == s.depth[i]-2 { // the earliest month of all stands alone
			f := &out.first
			f.n++
			for a := range r {
				for b := range r {
					f.ff[a*r+b] = x[r+a]*x[r+b] + at(r+a, r+b)
				}
				f.yf[a] = x[r+a]*x[2*r+1] + at(r+a, 2*r+1)
			}
			f.yy = x[2*r+1]*x[2*r+1] + at(2*r+1, 2*r+1)
		}
		q.add(r, x, at)
	}
	cols := columns(0)
	for t := 1; t < T; t++ {
		take(t, cols)
		q.add(r, x, at)
	}
}

// noiseOf is the variance of ν that the smoothed signal leaves.
func (s *smoother) noiseOf(i int) float64 {
	T := s.months()
	z := s.row(i)
	sum, n := 0.0, 0.0
	for t := range T {
		y := s.y[i*T+t]
		if math.IsNaN(y) {
			continue
		}
		mean, v := s.value(t, z)
		sum += (y-mean)*(y-mean) + v
		n++
	}
	return max(sum/n, varianceFloor)
}

// residual are the moments of u = y − Λ f at pairs: the later squared, the product, the earlier squared.
func (q *pairs) residual(r int, load []float64) (uu, uh, hh float64) {
	uu, uh, hh = q.yy, q.yh, q.hh
	for i, x := range load {
		uu -= 2 * x * q.yf[i]
		uh -= x * (q.yg[i] + q.hf[i])
		hh -= 2 * x * q.hg[i]
		uu += x * dot(q.ff[i*r:(i+1)*r], load)
		uh += x * dot(q.fg[i*r:(i+1)*r], load)
		hh += x * dot(q.gg[i*r:(i+1)*r], load)
	}
	return uu, uh, hh
}

// reduced are the moments of residuals that ρ and σ² depend on.
type reduced struct {
	first, n float64 // sum of squares that stand alone, and how many
	gaps     [maxGap + 1]struct{ n, uu, uh, hh float64 }
}

func (st *moment) reduce(load []float64) reduced {
	var out reduced
	q := &st.first
	out.n = q.n
	out.first = q.yy
	for i, x := range load {
		out.first += x * (dot(q.ff[i*st.r:(i+1)*st.r], load) - 2*q.yf[i])
	}
	for k := range st.gaps {
		if st.gaps[k].n > 0 {
			g := &out.gaps[k]
			g.n = st.gaps[k].n
			g.uu, g.uh, g.hh = st.gaps[k].residual(st.r, load)
		}
	}
	return out
}

// squares is the sum of squared innovations, each over its variance in units of σ², the number of
// observations, and the sum of the logarithms of those variances.
func (d *reduced) squares(rho float64) (sum, n, logs float64) {
	sum, n = (1-rho*rho)*d.first, d.n
	logs = -d.n * math.Log(1-rho*rho)
	for k := 1; k <= maxGap; k++ {
		if g := d.gaps[k]; g.n > 0 {
			rk, v := power(rho, k), spread(rho, k)
			sum += (g.uu - 2*rk*g.uh + rk*rk*g.hh) / v
			n += g.n
			logs += g.n * math.Log(v)
		}
	}
	return max(sum, 0), n, logs
}

// objective is −2 times the expected likelihood, less a constant.
func (d *reduced) objective(rho, v float64) float64 {
	sum, n, logs := d.squares(rho)
	return n*math.Log(v) + logs + sum/v
}

// best is σ² that suits a ρ, and the objective there.
func (d *reduced) best(rho float64) (v, value float64) {
	sum, n, logs := d.squares(rho)
	v = max(sum/n, varianceFloor)
	return v, n*math.Log(v) + logs + sum/v
}

// solve gives the parameters of one series: loadings at the old ρ, then ρ and σ². Each part is taken only
// if it does not make the objective worse.
func (st *moment) solve(load []float64, rho, v float64, white bool) ([]float64, float64, float64) {
	r := st.r
	a, b := make([]float64, r*r), make([]float64, r)
	w := 1 - rho*rho
	if white {
		w, rho = 1, 0
	}
	axpy(a, w, st.first.ff)
	axpy(b, w, st.first.yf)
	for k := 1; k <= maxGap; k++ {
		q := &st.gaps[k]
		if q.n == 0 {
			continue
		}
		rk, c := power(rho, k), 1/spread(rho, k)
		for i := range r {
			for j := range r {
				a[i*r+j] += c * (q.ff[i*r+j] - rk*(q.fg[i*r+j]+q.fg[j*r+i]) + rk*rk*q.gg[i*r+j])
			}
			b[i] += c * (q.yf[i] - rk*(q.yg[i]+q.hf[i]) + rk*rk*q.hg[i])
		}
	}
	before := st.reduce(load)
	chosen, d := load, before
	if solveSymmetric(a, r, b) {
		if after := st.reduce(b); after.objective(rho, v) <= before.objective(rho, v) {
			chosen, d = b, after
		}
	}
	value := d.objective(rho, v)
	pairs := 0.0
	for k := range d.gaps {
		pairs += d.gaps[k].n
	}
	bestRho, bestV := rho, v
	try := func(x float64) float64 {
		u, o := d.best(x)
		if o <= value {
			bestRho, bestV, value = x, u, o
		}
		return o
	}
	try(rho)
	if white || pairs == 0 {
		return chosen, bestRho, bestV
	}
	// Golden section over ρ: 40 steps leave an interval of 10⁻⁸.
	const golden = 0.6180339887498949
	lo, hi := -rhoLimit, rhoLimit
	x1, x2 := hi-golden*(hi-lo), lo+golden*(hi-lo)
	f1, f2 := try(x1), try(x2)
	for range 40 {
		if f1 < f2 {
			hi, x2, f2 = x2, x1, f1
			x1 = hi - golden*(hi-lo)
			f1 = try(x1)
		} else {
			lo, x1, f1 = x1, x2, f2
			x2 = lo + golden*(hi-lo)
			f2 = try(x2)
		}
	}
	return chosen, bestRho, bestV
}
