package black

import "math"

// ImpliedVol is the volatility per year at which Price gives price. A price equal to the intrinsic
// value gives zero. On error the volatility is NaN.
//
// The time value p = price − intrinsic, taken without rounding error, is that of the out-of-the-money
// side, so one problem is solved: given a = |ln(F/K)| and p, find s = vol·√years with
//
//	p = min(F,K)·φ(u1)·(R(u1) − R(u2)),  u1 = a/s − s/2,  u2 = a/s + s/2.
//
// A guess within 4·10⁻⁴ comes from a fit of the Bachelier model's deviation (see guessDeviation),
// and one step of fifth order in ln p (see stepDeviation) ends within rounding error. Both exist for
// σ√T up to about 2.5 and strikes between 1/7 and 7 times the forward. Elsewhere, and whenever the
// step is too long to be trusted, the same step is iterated inside a bracket (see searchDeviation).
//
// The relative error is at most 8·2⁻⁵²·(1 + p/(vega·vol)), p/(vega·vol) being the factor by which
// an error of p grows in the volatility. The tests measure it against 400-digit arithmetic.
func ImpliedVol(r Right, price, forward, strike, years float64) (float64, error) {
	if !valid(r, forward, strike, max(years, 0), 0) || !(math.Abs(price) <= math.MaxFloat64) {
		return math.NaN(), ErrNotFinite
	}
	if !(years > 0) {
		return math.NaN(), ErrNoTime
	}
	low, high := min(forward, strike), max(forward, strike)
	value := price
	if (r == Call) == (forward > strike) {
		value = timeValue(price, high, low)
	}
	if value < 0 {
		return math.NaN(), ErrBelowIntrinsic
	}
	if value >= low {
		return math.NaN(), ErrAboveMaximum
	}
	if value == 0 {
		return 0, nil
	}
	s, ok := fastDeviation(value, low, high)
	if !ok {
		s = searchDeviation(value, low, high)
	}
	return s / math.Sqrt(years), nil
}

// timeValue is price − (high − low). The rounding error of the difference is put back, so that the
// result is the nearest float to the truth wherever the time value is smaller than the intrinsic.
func timeValue(price, high, low float64) float64 {
	intrinsic := high - low
	back := intrinsic - high
	lost := (high - (intrinsic - back)) - (low + back)
	return (price - intrinsic) - lost
}

const (
	// The guess is trusted up to this squared Bachelier deviation and this moneyness, where its fit
	// ends.
	guessMaxSquare    = 3.9
	guessMaxMoneyness = 2
	// Steps longer than this, relative, are iterated. The error of the step is of fifth order.
	stepTrusted = 0x1p-10
	// nearestStrike is the distance of strike from forward, in prices, below which the guess takes
	// both a little further apart to keep ln(1+z)/z away from 0/0.
	nearestStrike = 0x1p-20
)

// fastDeviation is s without iteration. It is false where the caller must search.
func fastDeviation(value, low, high float64) (s float64, ok bool) {
	if !(value >= ordinarySmallest && low >= ordinarySmallest && high <= ordinaryLargest) {
		return 0, false
	}
	a := logRatio(high, low)
	guess, square := guessDeviation(value, low, high, a)
	newton, step := stepDeviation(value, low, a, guess)
	ok = a <= guessMaxMoneyness && square <= guessMaxSquare && math.Abs(newton) <= float64(stepTrusted*guess)
	return guess + step, ok
}

// guessDeviation is s within 4·10⁻⁴, and the square of the Bachelier deviation on which it rests.
//
// Bachelier's price is d·M(h), d the distance between strike and forward, h = d/deviation and
// M(h) = φ(h)/h − Φ(−h), so that h depends on z = d/p only. As a function of ℓ = ln(1+z) it runs
// smoothly from ℓ/√(2π) to √(2ℓ), and one polynomial of ℓ/(ℓ+10) gives (ℓ/h)²/(ℓ+10) for all z. In
// units of log price the deviation is s0 = a/h. Black's s is s0·(1 + s0²/24 + …), nearly whatever
// the moneyness (Grunspan 2011, "A note on the equivalence between the normal and the lognormal
// implied volatility", gives the first terms); a polynomial in s0² and a² is fitted to the ratio.
func guessDeviation(value, low, high, a float64) (s, square float64) {
	gap := max(high-low, float64(nearestStrike*value))
	a = max(a, float64(nearestStrike*value)/high)
	l := logRatio(value+gap, value)
	shifted := l + wingPole
	inverse := 1 / float64(l*shifted)
	v := math.FMA(float64(l*l), float64(2*inverse), -1)
	slope := float64(float64(shifted*inverse) * math.Sqrt(float64(shifted*wingPoly(v))))
	s0 := float64(a * slope)
	y := float64(s0 * s0)
	correction := math.FMA(float64(a*a), crossPoly(y), bulkPoly(y))
	return math.FMA(s0, float64(y*correction), s0), y
}

// stepDeviation is what to add to s, and the first term of it, Newton's step. With L = ln(p wanted) − ln(p at s) and D = ds/dL the inverse
// function has the Taylor series
//
//	δ = L·D·(1 + L/2·(c + L/3·(X + L/4·(c·X + D·X′)))),
//	c = 1 − A·D,  X = c·(1 − 2·A·D) − A′·D²,
//
// since p″ = A·p′ with A = u1·u2/s. For p up to half its maximum D = R(u1) − R(u2); beyond, the
// logarithm is that of the complement min(F,K) − p, and D = −(R(−u1) + R(u2)). Either logarithm is
// that of one quotient near e^(u1²/2), so that L keeps its absolute precision.
func stepDeviation(value, low, a, s float64) (newton, step float64) {
	inverse := 1 / s
	h := float64(a * inverse)
	h = math.FMA(math.FMA(-h, s, a), inverse, h)
	half := 0.5 * s
	u1, u2 := h-half, h+half
	upper := value > 0.5*low
	near, gap, wanted := u1, s, value
	if upper {
		near, gap, wanted = -u1, 2*h, low-value
	}
	w1, w2 := 1/(near+millsPole), 1/(u2+millsPole)
	p, d := millsPair(math.FMA(-millsSpan, w1, 1), math.FMA(-millsSpan, w2, 1))
	slope := math.FMA(float64(-millsSpan*w2), d, p)
	drop := float64(float64(gap*w1) * float64(w2*slope))
	size, signed := drop, drop
	if upper {
		size = math.FMA(float64(2*w1), p, -drop)
		signed = -size
	}
	l := math.FMA(float64(0.5*u1), u1, -logRatio(float64(size*low), float64(rootTwoPi*wanted)))
	return float64(l * signed), series(l, signed, h, half, inverse, float64(float64(u1*u2)*inverse))
}

// series is δ of stepDeviation, with A = curve = (h²−s²/4)/s, A′ = −(3h²+s²/4)/s² and A″ = 12h²/s³.
func series(l, d, h, half, inverse, curve float64) float64 {
	ad := float64(curve * d)
	di := float64(d * inverse) // d/s carries the powers of s that the derivatives of A lack
	hh := float64(h * h)
	bend := float64(-math.FMA(3, hh, float64(half*half)) * float64(di*di)) // A′·D²
	c := 1 - ad
	x := math.FMA(c, math.FMA(-2, ad, 1), -bend)
	// D·X′ = −3·A′D² − 3·AD·c + 4·AD·A′D² + 4·(AD)²·c − A″D³ − 2·A′D²·c
	third := float64(float64(12*hh) * float64(di*float64(di*di)))
	dx := math.FMA(math.FMA(4, ad, -3), math.FMA(ad, c, bend), -third)
	dx = math.FMA(float64(-2*bend), c, dx)
	inner := math.FMA(c, x, dx)
	inner = math.FMA(float64(0.25*l), inner, x)
	inner = math.FMA(float64(l*(1.0/3)), inner, c)
	inner = math.FMA(float64(0.5*l), inner, 1)
	return float64(float64(l*d) * inner)
}
