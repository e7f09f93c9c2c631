package termpremium

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// Curve is a zero-coupon curve of Nelson and Siegel (Journal of Business 60, 1987) with Svensson's second
// hump (NBER Working Paper 4871, 1994, equation 22). With x = t/τ, continuously compounded, decimal a
// year:
//
//	z(t) = β₀ + β₁·(1 − e^(−x₁))/x₁ + β₂·((1 − e^(−x₁))/x₁ − e^(−x₁)) + β₃·((1 − e^(−x₂))/x₂ − e^(−x₂))
type Curve struct {
	Beta [4]float64
	Tau  [2]float64 // years
	RMS  float64    // root mean square error of the par yields, decimal
}

// loadings are the factors that the betas multiply at a maturity of t years.
func loadings(t float64, tau [2]float64) [4]float64 {
	slope := func(x float64) float64 {
		if x < 1e-6 {
			return 1 - x/2 // the series of (1 − e^(−x))/x, whose next term is below 1e-12
		}
		return -math.Expm1(-x) / x
	}
	x1, x2 := t/tau[0], t/tau[1]
	a := slope(x1)
	return [4]float64{1, a, a - math.Exp(-x1), slope(x2) - math.Exp(-x2)}
}

// Zero is the zero-coupon yield at t years, continuously compounded, decimal a year.
func (c *Curve) Zero(t float64) float64 {
	l := loadings(t, c.Tau)
	return c.Beta[0]*l[0] + c.Beta[1]*l[1] + c.Beta[2]*l[2] + c.Beta[3]*l[3]
}

// Discount is the price of a dollar at t years.
func (c *Curve) Discount(t float64) float64 { return math.Exp(-t * c.Zero(t)) }

// Par is the yield, decimal a year with half-yearly coupons, at which a bond of t years is worth its
// face value:
//
//	y = 2·(1 − P(t)) / Σ P(tᵢ)
//
// over the coupon dates. Below a half-year there is no coupon, and the yield is the simple one that turns
// P into 1 on the bond-equivalent basis: (1/P)^(1/(2t)) compounded twice a year.
func (c *Curve) Par(t float64) float64 {
	p := c.Discount(t)
	if t < 0.5 {
		return 2 * (math.Pow(p, -1/(2*t)) - 1)
	}
	sum := 0.0
	for k := 1; k <= int(math.Round(2*t)); k++ {
		sum += c.Discount(float64(k) / 2)
	}
	return 2 * (1 - p) / sum
}

// The decays tried, in years: the first hump within three years, the second between four and twenty.
// Betas are linear given the decays, and a grid cannot get lost where a search for decays does.
var (
	tau1 = [...]float64{0.4, 0.8, 1.4, 2.2, 3.2}
	tau2 = [...]float64{4.5, 8, 13, 20}
)

// ridge keeps betas apart that few yields cannot tell apart: a standard deviation of one point of yield for a
// beta of a hundred points.
const ridge = 1e-4

// FitPar finds the curve whose par yields are nearest to those given, decimal a year, at maturities in
// years, in least squares. With fewer than six yields the second hump is left out. start is a curve
// nearby, or nil.
//
// For each pair of decays the betas are found by Gauss and Newton on the par yields; two steps from the
// linear start suffice, since par yields are nearly linear in zero yields.
func FitPar(maturity, yield []float64, start *Curve) (*Curve, bool) {
	n := len(maturity)
	const fewest = 4
	if n < fewest {
		return nil, false
	}
	k := 4
	if n < 6 {
		k = 3
	}
	var best *Curve
	grid := tau2[:]
	if k == 3 {
		grid = tau2[:1]
	}
	for _, a := range tau1 {
		for _, b := range grid {
			c := &Curve{Tau: [2]float64{a, b}}
			if start != nil {
				c.Beta = start.project(c.Tau, k)
			} else {
				c.Beta[0] = yield[n-1]
			}
			ok := true
			for range 3 {
				if ok = c.step(maturity, yield, k); !ok {
					break
				}
			}
			if ok {
				c.RMS = c.misfit(maturity, yield)
			}
			if ok && c.RMS-c.RMS == 0 && (best == nil || c.RMS < best.RMS) {
				best = c
			}
		}
	}
	return best, best != nil
}

// project finds betas of other decays that give nearly the same curve: a start only.
func (c *Curve) project(tau [2]float64, k int) [4]float64 {
	if c.Tau == tau && k == 4 {
		return c.Beta
	}
	return [4]float64{c.Zero(30), c.Zero(0.05) - c.Zero(30)}
}

func (c *Curve) misfit(maturity, yield []float64) float64 {
	s := 0.0
	for i, t := range maturity {
		d := c.Par(t) - yield[i]
		s += d * d
	}
	return math.Sqrt(s / float64(len(maturity)))
}

// step is one step of Gauss and Newton.
func (c *Curve) step(maturity, yield []float64, k int) bool {
	gram := mat.NewSymDense(k, nil)
	rhs := mat.NewVecDense(k, nil)
	for i, t := range maturity {
		par, slope := c.parSlope(t)
		for a := range k {
			rhs.SetVec(a, rhs.AtVec(a)+slope[a]*(yield[i]-par))
			for b := a; b < k; b++ {
				gram.SetSym(a, b, gram.At(a, b)+slope[a]*slope[b])
			}
		}
	}
	for a := range k {
		gram.SetSym(a, a, gram.At(a, a)+ridge*ridge)
	}
	var chol mat.Cholesky
	if !chol.Factorize(gram) {
		return false
	}
	var d mat.VecDense
	if chol.SolveVecTo(&d, rhs) != nil {
		return false
	}
	for a := range k {
		c.Beta[a] += d.AtVec(a)
	}
	return true
}

// parSlope is the par yield with its derivatives by the betas: dP(t)/dβ = −t·P(t)·loading.
func (c *Curve) parSlope(t float64) (par float64, slope [4]float64) {
	discount := func(t float64) (float64, [4]float64) {
		l := loadings(t, c.Tau)
		p := math.Exp(-t * (c.Beta[0]*l[0] + c.Beta[1]*l[1] + c.Beta[2]*l[2] + c.Beta[3]*l[3]))
		for a := range l {
			l[a] *= -t * p
		}
		return p, l
	}
	p, dp := discount(t)
	if t < 0.5 {
		y := math.Pow(p, -1/(2*t))
		for a := range slope {
			slope[a] = -y / (t * p) * dp[a]
		}
		return 2 * (y - 1), slope
	}
	sum := 0.0
	var ds [4]float64
	for k := 1; k <= int(math.Round(2*t)); k++ {
		q, dq := discount(float64(k) / 2)
		sum += q
		for a := range ds {
			ds[a] += dq[a]
		}
	}
	par = 2 * (1 - p) / sum
	for a := range slope {
		slope[a] = (-2*dp[a] - par*ds[a]) / sum
	}
	return par, slope
}
