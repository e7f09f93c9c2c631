package black

import "math"

// The elementary functions of this file replace those of package math, which has assembly with
// different last bits on different machines. Every product that is added to something is either one
// math.FMA, which is exact by definition and therefore the same in software, or is rounded by an
// explicit float64 conversion, which the language forbids compilers to fuse. The vector kernels take
// the same steps in the same order.

const (
	roundingMagic = 0x1.8p52 // added and taken off again, it rounds to the nearest integer
	log2E         = 0x1.71547652b82fep+00
	ln2High       = 0x1.62e42fefa39efp-01
	ln2Low        = 0x1.abc9e3b39803fp-56
	exponentMask  = 0xfff << 52
	rootTwoPi     = 0x1.40d931ff62706p+01 // √(2π)
	invRootTwoPi  = 0x1.9884533d43651p-02 // 1/√(2π)

	// expLowest is the argument below which expNegative returns zero, and exp2Highest that above which
	// exp2Negative does: 2e-307 and 9e-308, as near to the smallest normal number as adding to the
	// exponent field may come.
	expLowest   = -706
	exp2Highest = 1020
)

// expParts returns eˣ·2⁻ᵏ, between 0.7 and 1.42, and k as the integer in the low bits of a float.
func expParts(x float64) (mantissa, k float64) {
	k = math.FMA(x, log2E, roundingMagic)
	n := k - roundingMagic
	r := math.FMA(n, -ln2Low, math.FMA(n, -ln2High, x))
	return 1 + math.FMA(float64(r*r), expPoly(r), r), k
}

// expNegative is eˣ for x ≤ 0, within 1·2⁻⁵² relative, and zero below expLowest.
func expNegative(x float64) float64 {
	m, k := expParts(x)
	if x < expLowest {
		return 0
	}
	return math.Float64frombits(math.Float64bits(m) + math.Float64bits(k)<<52)
}

// exp2Negative is 2⁻ˣ for x ≥ 0, within 2·2⁻⁵² relative, and zero above exp2Highest. It is the
// cheaper exponential of the profiles, which scale their arguments beforehand.
func exp2Negative(x float64) float64 {
	k := roundingMagic - x
	m := exp2Poly(x + (k - roundingMagic))
	if !(x <= exp2Highest) {
		return 0
	}
	return math.Float64frombits(math.Float64bits(m) + math.Float64bits(k)<<52)
}

// logRatio is ln(n/d) for positive normal n and d, within 2·2⁻⁵² relative however close they are.
// Scaling n by the power of two that brings it within a factor 3/2 of d makes n−d exact, and
// ln(n/d) = 2·artanh((n−d)/(n+d)).
func logRatio(n, d float64) float64 {
	bits := math.Float64bits(n) - math.Float64bits(d) + 1<<51 + 1<<63
	e := float64(int(bits>>52)) - 2048
	n = math.Float64frombits(math.Float64bits(n) - (bits & exponentMask) + 1<<63)
	f := (n - d) / (n + d)
	z := float64(f * f)
	tail := math.FMA(float64(f*z), logPoly(z), float64(e*ln2Low))
	return math.FMA(e, ln2High, math.FMA(2, f, tail))
}

// logRatioAny is logRatio for all positive finite n and d, denormal ones and those whose quotient
// overflows included.
func logRatioAny(n, d float64) float64 {
	nm, ne := math.Frexp(n)
	dm, de := math.Frexp(d)
	e := float64(ne - de)
	if e == 0 {
		return logRatio(nm, dm)
	}
	if e == 1 && nm < dm {
		return logRatio(2*nm, dm)
	}
	if e == -1 && nm > dm {
		return logRatio(nm, 2*dm)
	}
	return math.FMA(e, ln2High, math.FMA(e, ln2Low, logRatio(nm, dm)))
}

// The ordinary numbers are those whose products and quotients, as they occur here, stay normal. The
// vector kernels take no others.
const (
	ordinarySmallest = 0x1p-960
	ordinaryLargest  = 0x1p+960
)

func ordinary(x float64) bool { return x >= ordinarySmallest && x <= ordinaryLargest }

// logMoneyness is ln(n/d) for all positive finite n and d.
func logMoneyness(n, d float64) float64 {
	if ordinary(n) && ordinary(d) {
		return logRatio(n, d)
	}
	return logRatioAny(n, d)
}

// millsRatio is R(u) = (1−Φ(u))/φ(u) for u ≥ −0.75, within 5·2⁻⁵² relative.
func millsRatio(u float64) float64 {
	w := 1 / (u + millsPole)
	return float64(w * millsPoly(math.FMA(-millsSpan, w, 1)))
}

// millsDrop is R(u1) − R(u2) for −0.75 ≤ u1 ≤ u2 = u1 + gap, within 5·2⁻⁵² relative even when gap is
// tiny, and R(u1). With w = 1/(u+millsPole) and v = 1 − millsSpan·w the ratio is w·P(v), and
//
//	w1·P(v1) − w2·P(v2) = (w1−w2)·(P(v1) − millsSpan·w2·P[v1,v2]),  w1−w2 = gap·w1·w2,
//
// where P[v1,v2] is the divided difference. Both terms are positive.
func millsDrop(u1, u2, gap float64) (drop, first float64) {
	w1, w2 := 1/(u1+millsPole), 1/(u2+millsPole)
	p, d := millsPair(math.FMA(-millsSpan, w1, 1), math.FMA(-millsSpan, w2, 1))
	slope := math.FMA(float64(-millsSpan*w2), d, p)
	return float64(gap*w1) * float64(w2*slope), float64(w1 * p)
}

// gaussian is e^(−x²/2), with the rounding error of x² put back, and zero beyond |x| = 37.57.
func gaussian(x float64) float64 {
	x = min(math.Abs(x), 40) // An infinite x would make the correction NaN.
	square := float64(x * x)
	low := math.FMA(x, x, -square)
	e := expNegative(-0.5 * square)
	return math.FMA(e, -0.5*low, e)
}

// NormPDF is the standard normal density e^(−x²/2)/√(2π), within 4·2⁻⁵² relative, and zero beyond
// |x| = 37.57.
func NormPDF(x float64) float64 {
	if math.IsNaN(x) {
		return x
	}
	return float64(gaussian(x) * invRootTwoPi)
}

// NormCDF is the standard normal distribution function, φ(x)·R(−x) in the left tail and one minus
// the other tail on the right, within 8·2⁻⁵² relative, and zero below −37.57.
func NormCDF(x float64) float64 {
	if math.IsNaN(x) {
		return x
	}
	tail := float64(NormPDF(x) * millsRatio(math.Abs(x)))
	if x < 0 {
		return tail
	}
	return 1 - tail
}
