package contagion

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"

	"faultline/evidence"
)

// VAR is a vector autoregression with an intercept, fitted by least squares:
//
//	y_t = c + A_1·y_{t−1} + … + A_p·y_{t−p} + u_t
//
// (Lütkepohl, New Introduction to Multiple Time Series Analysis, 2005, section 3.2).
type VAR struct {
	Vars, Lags, N int         // N is the number of equations fitted to: observations less Lags
	Coef          []float64   // [variable][1 + Lags·Vars]: intercept, then lag 1 of each variable, …
	Sigma         []float64   // [variable][variable]: covariance of u, by N − 1 − Lags·Vars degrees of freedom
	Resid         [][]float64 // [variable][N]

	data    [][]float64 // [variable][observation]
	inverse []float64   // of X'X, [regressor][regressor]
}

// regressors is the number of coefficients of one equation.
func (v *VAR) regressors() int { return 1 + v.Vars*v.Lags }

// Fit estimates the model on y[variable][observation]. It returns *evidence.Absent where there are too few
// observations or where they are collinear.
func Fit(y [][]float64, lags int) (*VAR, error) {
	v, ch, err := solve(y, lags)
	if err != nil {
		return nil, err
	}
	m := v.regressors()
	var inverse mat.SymDense
	if err := ch.InverseTo(&inverse); err != nil {
		return nil, &evidence.Absent{Code: "collinear_returns"}
	}
	v.inverse = make([]float64, m*m)
	for i := range m {
		for j := range m {
			v.inverse[i*m+j] = inverse.At(i, j)
		}
	}
	x := make([]float64, m)
	v.Resid = make([][]float64, v.Vars)
	for k := range v.Resid {
		v.Resid[k] = make([]float64, v.N)
	}
	for t := range v.N {
		v.regressor(x, t+lags)
		for k := range v.Vars {
			v.Resid[k][t] = y[k][t+lags] - floats.Dot(v.Coef[k*m:(k+1)*m], x)
		}
	}
	return v, nil
}

// worstCondition bounds the condition of X'X, beyond which coefficients have lost more than half of their
// digits.
const worstCondition = 1e12

// solve finds coefficients and covariance only, which is what a draw of a bootstrap needs. Every regressor
// is a stretch of a variable, so that moments are products of stretches:
//
//	B = (X'X)⁻¹·X'Y,   Σ = (Y'Y − B'·X'Y) / (N − 1 − Lags·Vars)
func solve(y [][]float64, lags int) (*VAR, *mat.Cholesky, error) {
	v := &VAR{Vars: len(y), Lags: lags, data: y}
	obs := len(y[0])
	m, k := v.regressors(), v.Vars
	v.N = obs - lags
	if v.N <= 2*m {
		return nil, nil, &evidence.Absent{Code: "too_few_observations"}
	}
	columns := make([][]float64, 1, m+k)
	columns[0] = make([]float64, v.N)
	for t := range columns[0] {
		columns[0][t] = 1
	}
	for l := 1; l <= lags; l++ {
		for _, series := range y {
			columns = append(columns, series[lags-l:obs-l])
		}
	}
	for _, series := range y {
		columns = append(columns, series[lags:])
	}
	xx, xy := make([]float64, m*m), mat.NewDense(m, k, nil)
	for i := range m {
		for j := range i + 1 {
			c := floats.Dot(columns[i], columns[j])
			xx[i*m+j], xx[j*m+i] = c, c
		}
		for j := range k {
			xy.Set(i, j, floats.Dot(columns[i], columns[m+j]))
		}
	}
	var ch mat.Cholesky
	if !ch.Factorize(mat.NewSymDense(m, xx)) || !(ch.Cond() < worstCondition) {
		return nil, nil, &evidence.Absent{Code: "collinear_returns"}
	}
	var b mat.Dense
	if err := ch.SolveTo(&b, xy); err != nil {
		return nil, nil, &evidence.Absent{Code: "collinear_returns"}
	}
	v.Coef, v.Sigma = make([]float64, k*m), make([]float64, k*k)
	for j := range k {
		for i := range m {
			v.Coef[j*m+i] = b.At(i, j)
		}
	}
	for i := range k {
		for j := range i + 1 {
			s := floats.Dot(columns[m+i], columns[m+j])
			for r := range m {
				s -= v.Coef[i*m+r] * xy.At(r, j)
			}
			s /= float64(v.N - m)
			v.Sigma[i*k+j], v.Sigma[j*k+i] = s, s
		}
		if !(v.Sigma[i*k+i] > 0) {
			return nil, nil, &evidence.Absent{Code: "collinear_returns"}
		}
	}
	return v, &ch, nil
}

// regressor fills x with 1 and the observations before t.
func (v *VAR) regressor(x []float64, t int) {
	x[0] = 1
	for l := range v.Lags {
		for k := range v.Vars {
			x[1+l*v.Vars+k] = v.data[k][t-1-l]
		}
	}
}

// lag is coefficient [i][j] of A_l, l from 1.
func (v *VAR) lag(l, i, j int) float64 { return v.Coef[i*v.regressors()+1+(l-1)*v.Vars+j] }

// Granger is a test of whether the past of one variable helps to foretell another.
type Granger struct {
	F       float64 // statistic of Lütkepohl (2005), equation 3.6.7
	P       float64 // by F with Lags and Vars·(N − 1 − Lags·Vars) degrees of freedom
	PRobust float64 // by χ² of the Wald statistic with White's covariance, which lets variances differ
	Sum     float64 // of the coefficients over all lags: size and direction
}

// Granger tests whether cause helps to foretell effect.
func (v *VAR) Granger(cause, effect int) Granger {
	m := v.regressors()
	at := make([]int, v.Lags) // the coefficients in question
	b := mat.NewVecDense(v.Lags, nil)
	g := Granger{}
	for l := range v.Lags {
		at[l] = 1 + l*v.Vars + cause
		c := v.Coef[effect*m+at[l]]
		b.SetVec(l, c)
		g.Sum += c
	}
	wald := func(cov func(i, j int) float64) float64 {
		s := mat.NewDense(v.Lags, v.Lags, nil)
		for i := range at {
			for j := range at {
				s.Set(i, j, cov(at[i], at[j]))
			}
		}
		var z mat.VecDense
		if err := z.SolveVec(s, b); err != nil {
			return math.NaN()
		}
		return mat.Dot(b, &z)
	}
	variance := v.Sigma[effect*v.Vars+effect]
	g.F = wald(func(i, j int) float64 { return variance * v.inverse[i*m+j] }) / float64(v.Lags)
	g.P = distuv.F{D1: float64(v.Lags), D2: float64(v.Vars * (v.N - m))}.Survival(g.F)
	robust := v.white(effect)
	w := wald(func(i, j int) float64 { return robust[i*m+j] })
	g.PRobust = distuv.ChiSquared{K: float64(v.Lags)}.Survival(w)
	return g
}

// white is (X'X)⁻¹·X'·diag(u²)·X·(X'X)⁻¹ of one equation (White, Econometrica 48, 1980).
func (v *VAR) white(equation int) []float64 {
	m := v.regressors()
	meat := mat.NewDense(m, m, nil)
	x := make([]float64, m)
	raw := meat.RawMatrix().Data
	for t := range v.N {
		v.regressor(x, t+v.Lags)
		u := v.Resid[equation][t]
		for i := range m {
			for j := range m {
				raw[i*m+j] += u * u * x[i] * x[j]
			}
		}
	}
	bread := mat.NewDense(m, m, v.inverse)
	var out mat.Dense
	out.Product(bread, meat, bread)
	return out.RawMatrix().Data
}
