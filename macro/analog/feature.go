package analog

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// Features of a stretch: for each series its mean, its last value less its first, and its standard
// deviation. They know levels, which the other two distances do not.
const features = 3 * Dims

func describe(dst []float64, x *[Dims][]float64, e, w int) {
	for k := range Dims {
		part := x[k][e-w+1 : e+1]
		mid := mean(part)
		s := 0.0
		for _, v := range part {
			s += (v - mid) * (v - mid)
		}
		dst[3*k], dst[3*k+1], dst[3*k+2] = mid, part[w-1]-part[0], math.Sqrt(s/float64(w))
	}
}

// shrink is the weight of the diagonal in the covariance of the features. Stretches overlap, so that
// some 400 of them hold the information of a dozen, fewer than the 45 covariances need; half the weight
// on the diagonal keeps the matrix away from singular.
const shrink = 0.5

// mahalanobis is the distance of the features of the last months of q from those of every stretch of x,
// over the covariance C of the latter, shrunk towards its diagonal:
//
//	d² = (f_q − f_x)ᵀ C⁻¹ (f_q − f_x) / features
//
// It is 1 on average for two independent draws up to a factor √2.
func mahalanobis(q, x *[Dims][]float64, w int) []float64 {
	n := len(x[0])
	out := make([]float64, n)
	for e := range out {
		out[e] = math.Inf(1)
	}
	rows := n - w + 1
	if rows < features+2 {
		return out
	}
	f := mat.NewDense(rows, features, nil)
	row := make([]float64, features)
	mid := make([]float64, features)
	for e := w - 1; e < n; e++ {
		describe(row, x, e, w)
		f.SetRow(e-w+1, row)
		for i, v := range row {
			mid[i] += v / float64(rows)
		}
	}
	centred := mat.NewDense(rows, features, nil)
	centred.Apply(func(_, j int, v float64) float64 { return v - mid[j] }, f)
	c := mat.NewSymDense(features, nil)
	c.SymOuterK(1/float64(rows-1), centred.T())
	for i := range features {
		if !(c.At(i, i) > flat*flat) {
			return out
		}
		for j := range i {
			c.SetSym(i, j, (1-shrink)*c.At(i, j))
		}
	}
	var chol mat.Cholesky
	if !chol.Factorize(c) {
		return out
	}
	want := make([]float64, features)
	describe(want, q, len(q[0])-1, w)
	var solved mat.VecDense
	diff := mat.NewVecDense(features, nil)
	for e := w - 1; e < n; e++ {
		for i := range features {
			diff.SetVec(i, want[i]-f.At(e-w+1, i))
		}
		if chol.SolveVecTo(&solved, diff) == nil {
			out[e] = math.Sqrt(mat.Dot(diff, &solved) / features)
		}
	}
	return out
}
