package termpremium

import (
	"context"
	"math"
	"math/rand/v2"
	"sort"

	"gonum.org/v1/gonum/mat"

	"faultline/evidence"
)

// Yields are zero-coupon yields by month: rows are months, columns maturities of 1, 2, … months;
// continuously compounded, decimal a year.
type Yields [][]float64

// Model is a Gaussian affine model of the yields:
//
//	X(t+1) = μ + Φ·X(t) + v(t+1), v ~ N(0, Σ);  Λ(t) = λ₀ + λ₁·X(t);  r(t) = δ₀ + δ₁'·X(t)
//
// of monthly steps, with r a month's rate (decimal a month).
type Model struct {
	K       int
	Mu      *mat.VecDense
	Phi     *mat.Dense
	Sigma   *mat.Dense
	Lambda0 *mat.VecDense // times Σ, as in the source: price of risk in units of the factors
	Lambda1 *mat.Dense
	Delta0  float64
	Delta1  *mat.VecDense
	S2      float64 // variance of the errors of the returns
}

// Options of the estimation.
type Options struct {
	Factors   int // principal components
	Months    int // longest maturity, months
	Resamples int
	Seed      uint64
}

// Premium is the answer for one maturity.
type Premium struct {
	Years       float64
	Yield       float64   // fitted by the model, decimal a year
	Expected    float64   // mean short rate expected over the life of the bond
	Premium     float64   // the difference
	Low, High   float64   // 5 % and 95 % of the premium over resamples
	History     []float64 // premium by month
	FitRMS      float64   // of the model's yields against the curve's
	PremiumMove float64   // change against the month a year before
}

// Result is the whole answer.
type Result struct {
	Premia   []Premium
	Model    *Model
	Largest  float64     // largest modulus of the eigenvalues of Φ: how long shocks last
	Loadings [][]float64 // by premium and factor: what one standard deviation of a factor does to the yield, decimal
	Explored int         // resamples that were stationary and counted
}

// fewestMonths is what the estimation asks for: ten years.
const fewestMonths = 120

// returnsAt are the maturities, in months, whose excess returns enter the regressions: every half-year
// to ten years, as in the source.
func returnsAt(months int) []int {
	var out []int
	for n := 6; n <= months; n += 6 {
		out = append(out, n)
	}
	return out
}

// Estimate runs the three steps of Adrian, Crump and Moench, "Pricing the term structure with linear
// regressions", Journal of Financial Economics 110, 2013, pages 110–138, and resamples
// them. The model is that of the months of y; now are the yields whose premium is asked for, of a day after the last
// month or nil for the last month itself. maturities are those asked for, in months.
func Estimate(ctx context.Context, y Yields, now []float64, maturities []int, o Options) (*Result, error) {
	t := len(y)
	if t < fewestMonths {
		return nil, &evidence.Absent{Code: "too_few_months", Args: evidence.Args{"months": t}}
	}
	if now == nil {
		now = y[t-1]
	}
	x, last, err := components(y, now, o.Factors, o.Months)
	if err != nil {
		return nil, err
	}
	rx, short := excess(y, returnsAt(o.Months))
	m, v, e, err := fit(x, rx, short)
	if err != nil {
		return nil, err
	}
	out := &Result{Model: m, Largest: largest(m.Phi)}
	asked := append([]int(nil), maturities...)
	sort.Ints(asked)
	a, b := m.recursion(o.Months, true)
	aq, bq := m.recursion(o.Months, false)
	for _, n := range asked {
		if n < 1 || n > o.Months {
			return nil, &evidence.Absent{Code: "maturity_outside", Args: evidence.Args{"months": n, "longest": o.Months}}
		}
		p := Premium{Years: float64(n) / 12, History: make([]float64, t)}
		s := 0.0
		for i := range t {
			fitted, expected := yieldOf(a, b, n, x.RowView(i)), yieldOf(aq, bq, n, x.RowView(i))
			p.History[i] = fitted - expected
			s += (fitted - y[i][n-1]) * (fitted - y[i][n-1])
		}
		p.FitRMS = math.Sqrt(s / float64(t))
		p.Yield, p.Expected = yieldOf(a, b, n, last), yieldOf(aq, bq, n, last)
		p.Premium = p.Yield - p.Expected
		p.PremiumMove = p.Premium - p.History[t-12]
		var l []float64
		for k := range o.Factors {
			l = append(l, -12*b[n][k]/float64(n)) // factors have standard deviation 1
		}
		out.Loadings = append(out.Loadings, l)
		out.Premia = append(out.Premia, p)
	}
	return out, resample(ctx, out, asked, x, last, m, v, e, o)
}

// components are the first principal components of the yields of 3, 6, … months, each with mean 0 and
// standard deviation 1 over the months: rows are months. last are those of the yields now.
func components(y Yields, now []float64, k, months int) (x *mat.Dense, last *mat.VecDense, err error) {
	var at []int
	for n := 3; n <= months; n += 3 {
		at = append(at, n)
	}
	t := len(y)
	for _, row := range append(y[:t:t], now) {
		if len(row) < months {
			return nil, nil, &evidence.Absent{Code: "too_few_yields"}
		}
		for _, v := range row[:months] {
			if v-v != 0 {
				return nil, nil, &evidence.Absent{Code: "too_few_yields"}
			}
		}
	}
	data := mat.NewDense(t, len(at), nil)
	today := mat.NewVecDense(len(at), nil)
	for j, n := range at {
		mean := 0.0
		for i := range y {
			mean += y[i][n-1] / float64(t)
		}
		for i := range y {
			data.Set(i, j, y[i][n-1]-mean)
		}
		today.SetVec(j, now[n-1]-mean)
	}
	var svd mat.SVD
	if !svd.Factorize(data, mat.SVDThin) {
		return nil, nil, &evidence.Absent{Code: "too_few_yields"}
	}
	values := svd.Values(nil)
	var v mat.Dense
	svd.VTo(&v)
	x, last = mat.NewDense(t, k, nil), mat.NewVecDense(k, nil)
	for j := range k {
		// Yields are known to a basis point: a component below a thousandth of one is noise of the fit.
		if j >= len(values) || !(values[j]/math.Sqrt(float64(t)) > 1e-7) {
			return nil, nil, &evidence.Absent{Code: "too_few_factors", Args: evidence.Args{"factors": j, "asked": k}}
		}
		scale := math.Sqrt(float64(t-1)) / values[j]
		for i := range t {
			x.Set(i, j, mat.Dot(data.RowView(i), v.ColView(j))*scale)
		}
		last.SetVec(j, mat.Dot(today, v.ColView(j))*scale)
	}
	return x, last, nil
}

// excess are the returns of a month, over the one-month rate, of bonds that then have the given
// maturities left less one month: rx(t+1, n−1) = p(t+1, n−1) − p(t, n) − r(t) in logarithms; rows are months
// from the second on. short is the one-month rate of each month, decimal a month.
func excess(y Yields, at []int) (rx *mat.Dense, short []float64) {
	t := len(y)
	rx = mat.NewDense(t-1, len(at), nil)
	short = make([]float64, t)
	price := func(i, n int) float64 {
		if n == 0 {
			return 0
		}
		return -float64(n) / 12 * y[i][n-1]
	}
	for i := range t {
		short[i] = y[i][0] / 12
		for j, n := range at {
			if i > 0 {
				rx.Set(i-1, j, price(i, n-1)-price(i-1, n)-short[i-1])
			}
		}
	}
	return rx, short
}

// fit is the three steps.
//
// 1. Φ, μ by least squares of X(t+1) on X(t); residuals v, Σ = v'v/T.
// 2. rx on a constant, v(t+1) and X(t): coefficients a, β', c; residuals e, σ² = tr(e'e)/(N·T).
// 3. λ₀ = (ββ')⁻¹·β·(a + (B*·vec Σ + σ²·1)/2), λ₁ = (ββ')⁻¹·β·c, with B* the rows vec(βᵢβᵢ').
func fit(x, rx *mat.Dense, short []float64) (m *Model, v, e *mat.Dense, err error) {
	t, k := x.Dims()
	_, n := rx.Dims()
	before := mat.NewDense(t-1, k+1, nil)
	both := mat.NewDense(t-1, 2*k+1, nil)
	for i := range t - 1 {
		before.Set(i, 0, 1)
		both.Set(i, 0, 1)
		for j := range k {
			before.Set(i, j+1, x.At(i, j))
			both.Set(i, 1+k+j, x.At(i, j))
		}
	}
	after := x.Slice(1, t, 0, k)
	var coef mat.Dense
	if err := coef.Solve(before, after); err != nil {
		return nil, nil, nil, &evidence.Absent{Code: "collinear"}
	}
	m = &Model{K: k, Mu: mat.NewVecDense(k, nil), Phi: mat.NewDense(k, k, nil), Sigma: mat.NewDense(k, k, nil)}
	for i := range k {
		m.Mu.SetVec(i, coef.At(0, i))
		for j := range k {
			m.Phi.Set(i, j, coef.At(j+1, i))
		}
	}
	v = new(mat.Dense)
	v.Mul(before, &coef)
	v.Sub(after, v)
	m.Sigma.Mul(v.T(), v)
	m.Sigma.Scale(1/float64(t-1), m.Sigma)
	for i := range t - 1 {
		for j := range k {
			both.Set(i, 1+j, v.At(i, j))
		}
	}
	var abc mat.Dense
	if err := abc.Solve(both, rx); err != nil {
		return nil, nil, nil, &evidence.Absent{Code: "collinear"}
	}
	e = new(mat.Dense)
	e.Mul(both, &abc)
	e.Sub(rx, e)
	for i := range t - 1 {
		for j := range n {
			m.S2 += e.At(i, j) * e.At(i, j)
		}
	}
	m.S2 /= float64(n * (t - 1))
	beta := abc.Slice(1, 1+k, 0, n) // K × N
	c := abc.Slice(1+k, 1+2*k, 0, n)
	right := mat.NewDense(n, 1+k, nil)
	var sb mat.Dense
	sb.Mul(m.Sigma, beta)
	for j := range n {
		convexity := 0.0
		for i := range k {
			convexity += beta.At(i, j) * sb.At(i, j)
		}
		right.Set(j, 0, abc.At(0, j)+(convexity+m.S2)/2)
		for i := range k {
			right.Set(j, 1+i, c.At(i, j))
		}
	}
	var lambda mat.Dense
	if err := lambda.Solve(beta.T(), right); err != nil {
		return nil, nil, nil, &evidence.Absent{Code: "collinear"}
	}
	m.Lambda0, m.Lambda1 = mat.NewVecDense(k, nil), mat.NewDense(k, k, nil)
	for i := range k {
		m.Lambda0.SetVec(i, lambda.At(i, 0))
		for j := range k {
			m.Lambda1.Set(i, j, lambda.At(i, 1+j))
		}
	}
	design := mat.NewDense(t, k+1, nil)
	for i := range t {
		design.Set(i, 0, 1)
		for j := range k {
			design.Set(i, j+1, x.At(i, j))
		}
	}
	var delta mat.VecDense
	if err := delta.SolveVec(design, mat.NewVecDense(t, short)); err != nil {
		return nil, nil, nil, &evidence.Absent{Code: "collinear"}
	}
	m.Delta0, m.Delta1 = delta.AtVec(0), mat.NewVecDense(k, nil)
	for j := range k {
		m.Delta1.SetVec(j, delta.AtVec(j+1))
	}
	return m, v, e, nil
}

// recursion is the price of each maturity, log P = Aₙ + Bₙ'X, from A₀ = 0 and B₀ = 0:
//
//	Aₙ = Aₙ₋₁ + Bₙ₋₁'(μ − λ₀) + (Bₙ₋₁'ΣBₙ₋₁ + σ²)/2 − δ₀
//	Bₙ' = Bₙ₋₁'(Φ − λ₁) − δ₁'
//
// Without risk the prices of risk are 0; the yield then is the mean expected short rate but for the
// convexity, which both have.
func (m *Model) recursion(months int, risk bool) (a []float64, b [][]float64) {
	k := m.K
	a, b = make([]float64, months+1), make([][]float64, months+1)
	b[0] = make([]float64, k)
	drift, phi := mat.VecDenseCopyOf(m.Mu), mat.DenseCopyOf(m.Phi)
	if risk {
		drift.SubVec(drift, m.Lambda0)
		phi.Sub(phi, m.Lambda1)
	}
	for n := 1; n <= months; n++ {
		b[n] = make([]float64, k)
		a[n] = a[n-1] - m.Delta0
		if n > 1 { // a bill of one month has no error of return
			a[n] += m.S2 / 2
		}
		for i := range k {
			a[n] += b[n-1][i] * drift.AtVec(i)
			for j := range k {
				a[n] += b[n-1][i] * b[n-1][j] * m.Sigma.At(i, j) / 2
				b[n][j] += b[n-1][i] * phi.At(i, j)
			}
		}
		for j := range k {
			b[n][j] -= m.Delta1.AtVec(j)
		}
	}
	return a, b
}

// yieldOf is the yield of n months, decimal a year.
func yieldOf(a []float64, b [][]float64, n int, x mat.Vector) float64 {
	s := a[n]
	for k, v := range b[n] {
		s += v * x.AtVec(k)
	}
	return -12 * s / float64(n)
}

func largest(phi *mat.Dense) float64 {
	var e mat.Eigen
	if !e.Factorize(phi, mat.EigenNone) {
		return math.Inf(1)
	}
	out := 0.0
	for _, v := range e.Values(nil) {
		out = max(out, math.Hypot(real(v), imag(v)))
	}
	return out
}

// resample repeats all three steps on factors and returns that are built from the model with its own
// residuals dealt anew, months of both kept together, and reads the premium of today's factors off each
// repetition. Repetitions whose factors run away are left out: the source restricts to stationary ones
// as little as we do for the point, but a band of explosions says nothing.
func resample(ctx context.Context, out *Result, asked []int, x *mat.Dense, last mat.Vector, m *Model, v, e *mat.Dense, o Options) error {
	t, k := x.Dims()
	_, n := e.Dims()
	at := returnsAt(o.Months)
	a, b := m.recursion(o.Months, true)
	draws := make([][]float64, len(asked))
	fake := mat.NewDense(t, k, nil)
	rx := mat.NewDense(t-1, n, nil)
	short := make([]float64, t)
	for r := range o.Resamples {
		if err := ctx.Err(); err != nil {
			return err
		}
		rng := rand.New(rand.NewPCG(o.Seed, uint64(r)))
		fake.SetRow(0, x.RawRowView(rng.IntN(t)))
		for i := range t {
			if i > 0 {
				pick := rng.IntN(t - 1)
				for j := range k {
					s := m.Mu.AtVec(j) + v.At(pick, j)
					for l := range k {
						s += m.Phi.At(j, l) * fake.At(i-1, l)
					}
					fake.Set(i, j, s)
				}
				// The model's own return, and the error of the month that was drawn.
				for j, mat := range at {
					s := a[mat-1] - a[mat] - short[i-1] + e.At(pick, j)
					for l := range k {
						s += b[mat-1][l]*fake.At(i, l) - b[mat][l]*fake.At(i-1, l)
					}
					rx.Set(i-1, j, s)
				}
			}
			short[i] = m.Delta0
			for l := range k {
				short[i] += m.Delta1.AtVec(l) * fake.At(i, l)
			}
		}
		g, _, _, err := fit(fake, rx, short)
		if err != nil || !(largest(g.Phi) < 1) {
			continue
		}
		ga, gb := g.recursion(o.Months, true)
		qa, qb := g.recursion(o.Months, false)
		for i, months := range asked {
			draws[i] = append(draws[i], yieldOf(ga, gb, months, last)-yieldOf(qa, qb, months, last))
		}
		out.Explored++
	}
	for i := range draws {
		p := &out.Premia[i]
		p.Low, p.High = math.NaN(), math.NaN()
		if len(draws[i]) >= 20 {
			sort.Float64s(draws[i])
			p.Low, p.High = draws[i][len(draws[i])/20], draws[i][len(draws[i])-1-len(draws[i])/20]
		}
	}
	return nil
}
