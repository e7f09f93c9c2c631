package impact

import (
	"fmt"
	"math"
)

// Cross is how the flow in one asset moves the others. In units of each asset's own volatility the
// displacement is K·i, with i what the law says of each asset's own flow and
//
//	K = (1 − share)·1 + share·ρ
//
// for the correlation ρ of returns: a share of what moves a price is common to what it moves with. K has
// the eigenvectors of ρ, as in the eigenliquidity model of Mastromatteo, Benzaquen, Eisler and Bouchaud
// (2017, Risk, July), and is symmetric and positive definite, without which there would be round trips
// that make money (Schneider and Lillo 2019, Quantitative Finance 19).
type Cross struct {
	n    int
	rows []float64 // [to][from] of displacements, volatilities put in
}

// NotPositiveDefiniteError says at which row a matrix stops being positive definite.
type NotPositiveDefiniteError struct {
	Row   int
	Pivot float64
}

func (e *NotPositiveDefiniteError) Error() string {
	return fmt.Sprintf("impact: the matrix is not positive definite: pivot %g at row %d", e.Pivot, e.Row+1)
}

// NewCross builds the matrix for a correlation, by rows, and the volatilities of the assets.
func NewCross(correlation, vol []float64, share float64) (*Cross, error) {
	n := len(vol)
	if len(correlation) != n*n {
		return nil, fmt.Errorf("impact: %d entries are no matrix of %d assets", len(correlation), n)
	}
	if !(share >= 0 && share <= 1) {
		return nil, &InputError{"cross share", share, "must lie between 0 and 1"}
	}
	k := make([]float64, n*n)
	for a := range n {
		if err := above("volatility", vol[a]); err != nil {
			return nil, err
		}
		for b := range n {
			x, y := correlation[a*n+b], correlation[b*n+a]
			if !(math.Abs(x-y) <= 1e-12) {
				return nil, fmt.Errorf("impact: the matrix is not symmetric: %g and %g at %d, %d", x, y, a+1, b+1)
			}
			k[a*n+b] = share * x
			if a == b {
				if !(math.Abs(x-1) <= 1e-12) {
					return nil, &InputError{"correlation of an asset with itself", x, "must be 1"}
				}
				k[a*n+b] = 1
			}
		}
	}
	if _, err := Cholesky(k, n); err != nil {
		return nil, err
	}
	for a := range n {
		for b := range n {
			k[a*n+b] *= vol[a] / vol[b]
		}
	}
	return &Cross{n: n, rows: k}, nil
}

// Own is the matrix without any impact across assets.
func Own(n int) *Cross {
	c := &Cross{n: n, rows: make([]float64, n*n)}
	for a := range n {
		c.rows[a*n+a] = 1
	}
	return c
}

// Weight is the displacement of asset to for a displacement of 1 that asset from's own flow makes in it.
func (c *Cross) Weight(to, from int) float64 { return c.rows[to*c.n+from] }

// Row is Weight of one asset from each.
func (c *Cross) Row(to int) []float64 { return c.rows[to*c.n : (to+1)*c.n] }

// Size is the number of assets.
func (c *Cross) Size() int { return c.n }

// Cholesky returns the lower triangle L with L·Lᵀ = m for a symmetric matrix by rows (Golub and Van Loan
// 2013, Matrix Computations, algorithm 4.2.1), or a NotPositiveDefiniteError.
func Cholesky(m []float64, n int) ([]float64, error) {
	l := make([]float64, n*n)
	for j := range n {
		d := m[j*n+j]
		for k := range j {
			d -= l[j*n+k] * l[j*n+k]
		}
		if !(d > 1e-12*math.Abs(m[j*n+j])) {
			return nil, &NotPositiveDefiniteError{Row: j, Pivot: d}
		}
		l[j*n+j] = math.Sqrt(d)
		for i := j + 1; i < n; i++ {
			x := m[i*n+j]
			for k := range j {
				x -= l[i*n+k] * l[j*n+k]
			}
			l[i*n+j] = x / l[j*n+j]
		}
	}
	return l, nil
}
