package nowcast

import "math"

// Small dense matrices, row by row in one slice. They are a few dozen wide, where calls into a general
// library cost more than the work.

// multiply is out = a b, all k wide.
func multiply(out, a, b []float64, k int) {
	for i := range k {
		row := out[i*k : (i+1)*k]
		clear(row)
		for j, x := range a[i*k : (i+1)*k] {
			if x == 0 {
				continue
			}
			axpy(row, x, b[j*k:(j+1)*k])
		}
	}
}

// multiplyTransposed is out = a b′.
func multiplyTransposed(out, a, b []float64, k int) {
	for i := range k {
		for j := range k {
			out[i*k+j] = dot(a[i*k:(i+1)*k], b[j*k:(j+1)*k])
		}
	}
}

// axpy adds x·b to y.
func axpy(y []float64, x float64, b []float64) {
	b = b[:len(y)]
	for i := range y {
		y[i] += x * b[i]
	}
}

func dot(a, b []float64) float64 {
	s := 0.0
	b = b[:len(a)]
	for i, x := range a {
		s += x * b[i]
	}
	return s
}

// symmetrise takes the mean of a matrix and its transpose, against the drift of rounding.
func symmetrise(a []float64, k int) {
	for i := range k {
		for j := range i {
			x := (a[i*k+j] + a[j*k+i]) / 2
			a[i*k+j], a[j*k+i] = x, x
		}
	}
}

// lu factors a in place with row pivots and returns the logarithm of the absolute determinant; false where
// it is singular to working precision.
func lu(a []float64, pivot []int, k int) (logdet float64, ok bool) {
	for c := range k {
		best := c
		for i := c + 1; i < k; i++ {
			if math.Abs(a[i*k+c]) > math.Abs(a[best*k+c]) {
				best = i
			}
		}
		pivot[c] = best
		if best != c {
			for j := range k {
				a[c*k+j], a[best*k+j] = a[best*k+j], a[c*k+j]
			}
		}
		d := a[c*k+c]
		if !(math.Abs(d) > 1e-300) {
			return 0, false
		}
		logdet += math.Log(math.Abs(d))
		for i := c + 1; i < k; i++ {
			f := a[i*k+c] / d
			a[i*k+c] = f
			if f != 0 {
				axpy(a[i*k+c+1:i*k+k], -f, a[c*k+c+1:c*k+k])
			}
		}
	}
	return logdet, true
}

// luSolve solves for one right-hand side in place.
func luSolve(a []float64, pivot []int, k int, b []float64) {
	for i := range k {
		b[i], b[pivot[i]] = b[pivot[i]], b[i]
	}
	for i := range k {
		b[i] -= dot(a[i*k:i*k+i], b[:i])
	}
	for i := k - 1; i >= 0; i-- {
		b[i] = (b[i] - dot(a[i*k+i+1:(i+1)*k], b[i+1:k])) / a[i*k+i]
	}
}

// cholesky factors a symmetric matrix in place into its lower triangle; false where it is not positive
// definite.
func cholesky(a []float64, k int) bool {
	for j := range k {
		d := a[j*k+j] - dot(a[j*k:j*k+j], a[j*k:j*k+j])
		if !(d > 0) {
			return false
		}
		d = math.Sqrt(d)
		a[j*k+j] = d
		for i := j + 1; i < k; i++ {
			a[i*k+j] = (a[i*k+j] - dot(a[i*k:i*k+j], a[j*k:j*k+j])) / d
		}
	}
	return true
}

// choleskySolve solves in place with the factor of cholesky.
func choleskySolve(a []float64, k int, b []float64) {
	for i := range k {
		b[i] = (b[i] - dot(a[i*k:i*k+i], b[:i])) / a[i*k+i]
	}
	for i := k - 1; i >= 0; i-- {
		for j := i + 1; j < k; j++ {
			b[i] -= a[j*k+i] * b[j]
		}
		b[i] /= a[i*k+i]
	}
}

// solveSymmetric solves a x = b for a positive semidefinite matrix, in place of b. Where a is singular, a
// millionth of a millionth of its trace is added to the diagonal, which picks the solution near the
// shortest one; false where a is zero or not finite.
func solveSymmetric(a []float64, k int, b []float64) bool {
	trace := 0.0
	for i := range k {
		trace += a[i*k+i]
	}
	if !(trace > 0 && trace < math.MaxFloat64) {
		return false
	}
	c := make([]float64, len(a))
	for _, ridge := range [...]float64{0, 1e-12, 1e-9, 1e-6} {
		copy(c, a)
		for i := range k {
			c[i*k+i] += ridge * trace
		}
		if cholesky(c, k) {
			choleskySolve(c, k, b)
			return true
		}
	}
	return false
}
