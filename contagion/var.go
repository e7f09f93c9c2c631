package contagion

import (
	"math"

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
	v := &VAR{Vars: len(y), Lags: lags, data: y}
	obs := len(y[0])
	m := v.regressors()
	v.N = obs - lags
	if v.N <= 2*m {
		return nil, &evidence.Absent{Code: "too_few_observations"}
	}
	xx, xy := make([]float64, m*m), make([]float64, m*v.Vars)
	x := make([]float64, m)
	for t := lags; t < obs; t++ {
		v.regressor(x, t)
		for i := range m {
			row := xx[i*m : i*m+i+1]
			for j := range row {
				row[j] += x[i] * x[j]
			}
			for k := range v.Vars {
				xy[i*v.Vars+k] += x[i] * y[k][t]
			}
		}
	}
	for i := range m {
		for j := range i {
			xx[j*m+i] = xx[i*m+j]
		}
	}
	var ch mat.Cholesky
	if !ch.Factorize(mat.NewSymDense(m, xx)) || !(ch.Cond() < 1e12) {
		return nil, &evidence.Absent{Code: "collinear_returns"}
	}
	var b mat.Dense
	if err := ch.SolveTo(&b, mat.NewDense(m, v.Vars, xy)); err != nil {
		return nil, &evidence.Absent{Code: "collinear_returns"}
	}
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
	v.Coef = make([]float64, v.Vars*m)
	for k := range v.Vars {
		for i := range m {
			v.Coef[k*m+i] = b.At(i, k)
		}
	}
	v.residuals()
	return v, nil
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

func (v *VAR) residuals() {
	m := v.regressors()
	flat := make([]float64, v.Vars*v.N)
	v.Resid = make([][]float64, v.Vars)
	for k := range v.Resid {
		v.Resid[k] = flat[k*v.N : (k+1)*v.N]
	}
	x := make([]float64, m)
	for t := range v.N {
		v.regressor(x, t+v.Lags)
		for k := range v.Vars {
			u := v.data[k][t+v.Lags]
			for i, c := range v.Coef[k*m : (k+1)*m] {
				u -= c * x[i]
			}
			v.Resid[k][t] = u
		}
	}
	v.Sigma = make([]float64, v.Vars*v.Vars)
	free := float64(v.N - m)
	for i := range v.Vars {
		for j := range i + 1 {
			s := 0.0
			for t, u := range v.Resid[i] {
				s += u * v.Resid[j][t]
			}
			v.Sigma[i*v.Vars+j], v.Sigma[j*v.Vars+i] = s/free, s/free
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
