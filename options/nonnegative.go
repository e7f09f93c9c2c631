package options

import "math"

// nonNegativeLS minimises ½·xᵀQx − cᵀx over x ≥ 0 for a symmetric positive definite Q of n rows, by
// block principal pivoting (Portugal, Júdice and Vicente 1994, algorithm 3.1): guess which entries
// are positive, solve for them, swap all entries that come out with the wrong sign, and when that
// stops making progress only the last of them, which always ends. x holds the first guess of the
// positive entries, and the result.
type nonNegativeLS struct {
	n       int
	q, c    []float64 // n×n by rows; n
	x, y    []float64 // solution and gradient
	free    []bool
	idx     []int
	factor  []float64
	reduced []float64
}

func newNonNegativeLS(n int) *nonNegativeLS {
	return &nonNegativeLS{
		n: n, q: make([]float64, n*n), c: make([]float64, n), x: make([]float64, n), y: make([]float64, n),
		free: make([]bool, n), idx: make([]int, 0, n), factor: make([]float64, n*n), reduced: make([]float64, n),
	}
}

// solve runs the pivoting from the guess that exactly the positive entries of x are positive. It
// reports false when Q is not positive definite or the rounds run out; x is then not to be used.
func (s *nonNegativeLS) solve() bool {
	const (
		maxRounds = 200
		patience  = 3
	)
	for i := range s.n {
		s.free[i] = s.x[i] > 0
	}
	fewest, left := s.n+1, patience
	for range maxRounds {
		if !s.solveFree() {
			return false
		}
		wrong, last := 0, -1
		for i := range s.n {
			if s.wrong(i) {
				wrong, last = wrong+1, i
			}
		}
		if wrong == 0 {
			return true
		}
		all := true
		switch {
		case wrong < fewest:
			fewest, left = wrong, patience
		case left > 0:
			left--
		default:
			all = false
		}
		for i := range s.n {
			if s.wrong(i) && (all || i == last) {
				s.free[i] = !s.free[i]
			}
		}
	}
	return false
}

// wrong reports whether entry i is free and negative, or held at zero against its gradient.
func (s *nonNegativeLS) wrong(i int) bool {
	const tolerance = 1e-12
	if s.free[i] {
		return s.x[i] < 0
	}
	return s.y[i] < -tolerance*s.c0()
}

func (s *nonNegativeLS) c0() float64 {
	m := 0.0
	for _, v := range s.c {
		m = max(m, v, -v)
	}
	return m
}

// solveFree solves for the free entries by Cholesky's method and fills in the gradient Qx − c.
func (s *nonNegativeLS) solveFree() bool {
	n := s.n
	s.idx = s.idx[:0]
	for i := range n {
		s.x[i] = 0
		if s.free[i] {
			s.idx = append(s.idx, i)
		}
	}
	m := len(s.idx)
	l, b := s.factor, s.reduced
	for j := range m {
		row := l[j*m : j*m+j+1]
		for k := range j + 1 {
			sum := s.q[s.idx[j]*n+s.idx[k]]
			other := l[k*m : k*m+k]
			for t, v := range other {
				sum -= row[t] * v
			}
			if k < j {
				row[k] = sum / l[k*m+k]
				continue
			}
			if !(sum > 0) {
				return false
			}
			row[k] = math.Sqrt(sum)
		}
	}
	for j := range m {
		sum := s.c[s.idx[j]]
		for t := range j {
			sum -= l[j*m+t] * b[t]
		}
		b[j] = sum / l[j*m+j]
	}
	for j := m - 1; j >= 0; j-- {
		for t := j + 1; t < m; t++ {
			b[j] -= l[t*m+j] * b[t]
		}
		b[j] /= l[j*m+j]
		s.x[s.idx[j]] = b[j]
	}
	for i := range n {
		sum := -s.c[i]
		for _, j := range s.idx {
			sum += s.q[i*n+j] * s.x[j]
		}
		s.y[i] = sum
	}
	return true
}
