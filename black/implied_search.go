package black

import "math"

// searchDeviation is s for whatever fastDeviation declines: prices near the maximum, strikes far
// from the forward, numbers near the ends of the float range. It takes the steps of stepDeviation
// inside a bracket that closes on every step, and halves the bracket, in logarithms, where a step
// would leave it or is too long for its series.
func searchDeviation(value, low, high float64) float64 {
	a := logMoneyness(high, low)
	below, above := bracket(value, low, a)
	s := startDeviation(value, low, high, a, below, above)
	// A bracket of floats closes in at most about 64 + 11 halvings of its logarithm; the bound
	// stands for what no input has been seen to need.
	for range 200 {
		l, d := logError(value, low, a, s)
		if l == 0 {
			return s
		}
		if math.Signbit(l) == math.Signbit(d) {
			below = s
		} else {
			above = s
		}
		step := takeSeries(l, d, a, s)
		next := s + step
		if short(max(math.Abs(step), math.Abs(float64(l*d))), a, s) {
			return min(max(next, below), above)
		}
		if !(math.Abs(step) <= 0.5*s && next > below && next < above) {
			next = float64(math.Sqrt(below) * math.Sqrt(above))
			if !(next > below && next < above) {
				return s
			}
		}
		s = next
	}
	return s
}

// short says whether a step is the last, given the longer of the step and its first term: far from
// the solution the terms can cancel. The logarithm of the price bends on the scale of s, and on
// the scale of 1+|u1| in u1, which moves by u2/s times the step; 2⁻¹¹ of either is a step whose fifth
// power is below rounding error.
func short(step, a, s float64) bool {
	h := a / s
	bend := max(1, (h+s/2)/(1+math.Abs(h-s/2)))
	return float64(step*bend) <= float64(0x1p-11*s)
}

// bracket returns bounds of s that hold for every value in (0, low). From above: the complement of
// the price is at most 2·Φ(u1)·low, which at u1 = −9 is less than a rounding error of low. From
// below: p ≤ low·s/√(2π), and p ≤ low·Φ(−u1) is less than the smallest float at u1 = 60.
func bracket(value, low, a float64) (below, above float64) {
	below = max(deviationAt(60, a), 0.99*float64(rootTwoPi*(value/low)), math.SmallestNonzeroFloat64)
	return below, deviationAt(-9, a)
}

// deviationAt is the s at which u1 = a/s − s/2 has the given value, the positive root √(u1²+2a) − u1.
func deviationAt(u1, a float64) float64 {
	r := math.Sqrt(math.FMA(u1, u1, 2*a))
	if u1 <= 0 {
		return r - u1
	}
	return 2 * a / (u1 + r)
}

// startDeviation is where the search begins. Some way beyond its domain the guess is still near.
// Otherwise it is the better of two bounds of s that are tight in the wings: Φ(−u) ≤ ½·e^(−u²/2) for
// u ≥ 0 bounds u1 where the price is small, and the complement where it is not.
func startDeviation(value, low, high, a, below, above float64) float64 {
	if a < 4*guessMaxMoneyness && ordinary(value) && ordinary(low) && ordinary(high) {
		if s, square := guessDeviation(value, low, high, a); square <= guessMaxSquare && s > below && s < above {
			return s
		}
	}
	if value > 0.5*low {
		return min(deviationAt(-math.Sqrt(2*logRatioAny(low, low-value)), a), above)
	}
	lost := logRatioAny(low, value) - ln2High
	return max(deviationAt(math.Sqrt(2*max(lost, 0)), a), below)
}

// logError is L and D of stepDeviation at any s, however far from the solution. The logarithm is of
// the price, or of its complement where the price exceeds half its maximum.
func logError(value, low, a, s float64) (l, d float64) {
	h := a / s
	u1, u2 := h-s/2, h+s/2
	upper := value > 0.5*low
	wanted := value
	if upper {
		wanted = low - value
	}
	switch {
	case !upper && u1 >= millsSwitch:
		size, _ := millsDrop(u1, u2, s)
		return logNeeded(size, low, wanted, u1), size
	case upper && u1 <= -millsSwitch:
		size := upperSum(u1, u2, h)
		return logNeeded(size, low, wanted, u1), -size
	case upper: // The price at s is still small.
		drop, _ := millsDrop(u1, u2, s)
		density := NormPDF(u1)
		part := 1 - float64(density*drop)
		return logRatioAny(float64(wanted/low), part), -part / density
	default: // The price at s is near its maximum.
		density := NormPDF(u1)
		part := 1 - float64(density*upperSum(u1, u2, h))
		return logRatioAny(float64(value/low), part), part / density
	}
}

// upperSum is R(−u1) + R(u2), for −u1 ≥ −0.75.
func upperSum(u1, u2, h float64) float64 {
	drop, first := millsDrop(-u1, u2, 2*h)
	return 2*first - drop
}

// logNeeded is ln(wanted) − ln(size·low·φ(u1)), the logarithm taken of one quotient whose exponents
// are set apart, so that nothing under- or overflows.
func logNeeded(size, low, wanted, u1 float64) float64 {
	sm, se := math.Frexp(size)
	lm, le := math.Frexp(low)
	wm, we := math.Frexp(wanted)
	n, d, e := float64(sm*lm), float64(rootTwoPi*wm), se+le-we
	if e > -1000 && e < 1000 {
		return math.FMA(float64(0.5*u1), u1, -logRatio(math.Ldexp(n, e), d))
	}
	return math.FMA(float64(0.5*u1), u1, -math.FMA(float64(e), ln2High, logRatio(n, d)))
}

func takeSeries(l, d, a, s float64) float64 {
	inverse := 1 / s
	h, half := a/s, 0.5*s
	return series(l, d, h, half, inverse, float64((h-half)*(h+half))/s)
}
