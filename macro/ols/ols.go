// Package ols holds least squares with standard errors that do not ask for equal variances or for
// independent errors: the regressions of the macro instruments.
//
// It stands on floor 3: it may import gonum and evidence. It must not know what the numbers mean.
package ols

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"faultline/evidence"
)

// Fit is a regression y = X·b + e.
type Fit struct {
	Beta     []float64
	Error    []float64 // standard errors
	Residual []float64
	R2       float64 // against the mean
	SSR      float64
	N        int
}

// Robust says how the standard errors are found.
type Robust struct {
	// Lags is how many lags of autocorrelation are allowed for. 0 means independent errors of any
	// variance: HC3, which divides each squared residual by the square of one minus its leverage
	// (MacKinnon and White, Journal of Econometrics 29, 1985). Above 0 it is Newey and West
	// (Econometrica 55, 1987) with Bartlett weights and the factor n/(n − k).
	Lags int
}

// maxCondition is how badly conditioned the scaled columns may be: beyond it their effects cannot be
// told apart.
const maxCondition = 1e8

// Regress fits y on the columns of x, which hold one row an observation; a constant is a column like
// others. An error says that there are too few observations, or that columns are collinear.
func Regress(y []float64, x [][]float64, how Robust) (*Fit, error) {
	n := len(y)
	if n == 0 || len(x) != n {
		return nil, &evidence.Absent{Code: "too_few_observations"}
	}
	k := len(x[0])
	if n < k+2 {
		return nil, &evidence.Absent{Code: "too_few_observations"}
	}
	// Columns are scaled to length 1, so that the condition number speaks of their directions only.
	scale := make([]float64, k)
	for _, row := range x {
		for j, v := range row {
			scale[j] += v * v
		}
	}
	data := make([]float64, 0, n*k)
	for j := range scale {
		if scale[j] = math.Sqrt(scale[j]); !(scale[j] > 0) || math.IsInf(scale[j], 0) {
			return nil, &evidence.Absent{Code: "collinear"}
		}
	}
	for i, row := range x {
		for j, v := range row {
			data = append(data, v/scale[j])
		}
		if v := y[i]; v-v != 0 {
			return nil, &evidence.Absent{Code: "too_few_observations"}
		}
	}
	xm := mat.NewDense(n, k, data)
	var qr mat.QR
	qr.Factorize(xm)
	if !(qr.Cond() < maxCondition) {
		return nil, &evidence.Absent{Code: "collinear"}
	}
	var b mat.VecDense
	if err := qr.SolveVecTo(&b, false, mat.NewVecDense(n, y)); err != nil {
		return nil, &evidence.Absent{Code: "collinear"}
	}
	f := &Fit{N: n, Beta: make([]float64, k), Error: make([]float64, k), Residual: make([]float64, n)}
	mean := 0.0
	for _, v := range y {
		mean += v / float64(n)
	}
	var fitted mat.VecDense
	fitted.MulVec(xm, &b)
	total := 0.0
	for i, v := range y {
		f.Residual[i] = v - fitted.AtVec(i)
		f.SSR += f.Residual[i] * f.Residual[i]
		total += (v - mean) * (v - mean)
	}
	if total > 0 {
		f.R2 = 1 - f.SSR/total
	}
	var gram, inverse mat.Dense
	gram.Mul(xm.T(), xm)
	if err := inverse.Inverse(&gram); err != nil {
		return nil, &evidence.Absent{Code: "collinear"}
	}
	meat := middle(xm, f.Residual, &inverse, how)
	var cov mat.Dense
	cov.Product(&inverse, meat, &inverse)
	for j := range k {
		f.Beta[j] = b.AtVec(j) / scale[j]
		f.Error[j] = math.Sqrt(max(cov.At(j, j), 0)) / scale[j]
	}
	return f, nil
}

// middle is the middle of the sandwich.
func middle(x *mat.Dense, e []float64, inverse *mat.Dense, how Robust) *mat.Dense {
	n, k := x.Dims()
	out := mat.NewDense(k, k, nil)
	score := mat.NewDense(n, k, nil)
	for i := range n {
		weight := e[i]
		if how.Lags == 0 {
			row := x.RowView(i)
			leverage := mat.Inner(row, inverse, row)
			weight /= max(1-leverage, 1e-9) // a row that fits itself has no residual to speak of
		}
		for j := range k {
			score.Set(i, j, weight*x.At(i, j))
		}
	}
	out.Mul(score.T(), score)
	if how.Lags == 0 {
		return out
	}
	var lagged, sum mat.Dense
	for l := 1; l <= min(how.Lags, n-1); l++ {
		lagged.Mul(score.Slice(l, n, 0, k).T(), score.Slice(0, n-l, 0, k))
		sum.Add(&lagged, lagged.T())
		sum.Scale(1-float64(l)/float64(how.Lags+1), &sum)
		out.Add(out, &sum)
		lagged.Reset()
		sum.Reset()
	}
	out.Scale(float64(n)/float64(n-k), out)
	return out
}
