package black

import "math"

// Greeks are derivatives of the undiscounted price of one option on one unit of the underlying, with
// the forward held fixed where calendar time passes.
type Greeks struct {
	Delta  float64 // ∂price/∂forward: units of the forward that hedge one option
	Gamma  float64 // ∂²price/∂forward²: units of the forward per point of forward
	Vega   float64 // ∂price/∂vol: points per 1.00 of volatility (0.01 of it is one vol point)
	Theta  float64 // −∂price/∂years: points per year of calendar time passing
	Vanna  float64 // ∂²price/∂forward∂vol: units of the forward per 1.00 of volatility
	Charm  float64 // −∂delta/∂years: units of the forward per year of calendar time passing
	Vomma  float64 // ∂²price/∂vol²: points per 1.00 of volatility, squared
	Speed  float64 // ∂³price/∂forward³: units of the forward per point of forward, squared
	Colour float64 // −∂gamma/∂years: gamma per year of calendar time passing
}

// GreeksOf returns the greeks of one option (Haug, "The Complete Guide to Option Pricing Formulas",
// 2nd edition, chapter 2, with a cost of carry and a discount rate of zero). With n = φ(d1):
//
//	delta = r·Φ(r·d1)         gamma = n/(F·s)            vega   = F·√T·n
//	theta = −F·n·vol/(2·√T)   vanna = −n·d2/vol          charm  = n·d2/(2·T)
//	vomma = vega·d1·d2/vol    speed = −gamma/F·(1+d1/s)  colour = gamma·(1−d1·d2)/(2·T)
//
// The relative error is at most (12 + 2·d1²)·2⁻⁵², except near the zeros of d1, d2 and the brackets,
// where that holds for the terms. Where |d1| > 37.57, n is under 1e-306 and zero is returned for
// whatever is proportional to it.
//
// Without time or volatility (s < 2⁻¹⁰⁰⁰) the greeks are their limits. Away from the money delta is 0
// or r and all else is zero. At the money, forward = strike, the limit is taken along that line:
// delta is r/2, gamma and colour are +Inf, speed is −Inf, vega and vanna are F·√T/√(2π) and
// √T/√(8π), vomma is zero; theta and charm are −Inf if volatility is positive, and zero if it is not.
// With endless time or volatility (s > 2⁵⁰⁰) a call's delta is 1, a put's is 0, and all else is zero.
//
// Invalid input gives NaN in every field: a right other than Call and Put, a forward or strike that
// is not positive, negative years or volatility, anything infinite or NaN.
func GreeksOf(r Right, forward, strike, years, vol float64) Greeks {
	if !valid(r, forward, strike, years, vol) {
		n := math.NaN()
		return Greeks{n, n, n, n, n, n, n, n, n}
	}
	root := math.Sqrt(years)
	s := float64(vol * root)
	switch {
	case s < deviationSmallest:
		return expired(r, forward, strike, root, vol)
	case s > deviationLargest:
		return Greeks{Delta: max(0, float64(r))}
	}
	sign := float64(r)
	d1, d2, inverse := distances(logMoneyness(forward, strike), s)
	n := float64(gaussian(d1) * invRootTwoPi)
	tail := float64(n * millsRatio(math.Abs(d1)))
	if !(sign*d1 < 0) {
		tail = 1 - tail
	}
	nd2 := float64(n * d2)
	g := Greeks{
		Delta: sign * tail,
		Gamma: float64(n*inverse) / forward,
		Vega:  float64(forward*n) * root,
		Theta: -float64(forward*n) * vol / (2 * root),
		Vanna: -float64(float64(nd2*root) * inverse),
		Charm: float64(0.5*nd2) / years,
	}
	// Products with n come first, so that where n is zero nothing is infinite before it.
	g.Vomma = g.Vega * d1 * d2 / vol
	g.Speed = -(g.Gamma + float64(g.Gamma*d1*inverse)) / forward
	g.Colour = (g.Gamma - float64(g.Gamma*d1*d2)) / (2 * years)
	return g
}

const (
	deviationSmallest = 0x1p-1000
	deviationLargest  = 0x1p+500
)

// distances returns d1 = x/s + s/2, d2 = x/s − s/2 and 1/s. One product with 1/s, corrected by its
// remainder, stands for the division.
func distances(x, s float64) (d1, d2, inverse float64) {
	inverse = 1 / s
	h := float64(x * inverse)
	h = math.FMA(math.FMA(-h, s, x), inverse, h)
	half := 0.5 * s
	return h + half, h - half, inverse
}

// expired returns the limits of the greeks as vol·√years goes to zero.
func expired(r Right, forward, strike, root, vol float64) Greeks {
	switch {
	case forward != strike && (forward > strike) == (r == Call):
		return Greeks{Delta: float64(r)}
	case forward != strike:
		return Greeks{}
	}
	g := Greeks{
		Delta:  0.5 * float64(r),
		Gamma:  math.Inf(1),
		Vega:   forward * root * invRootTwoPi,
		Vanna:  root * invRootTwoPi / 2,
		Speed:  math.Inf(-1),
		Colour: math.Inf(1),
	}
	if vol > 0 {
		g.Theta, g.Charm = math.Inf(-1), math.Inf(-1)
	}
	return g
}
