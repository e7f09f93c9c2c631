package main

// The functions of this file are the vector twins of black/elementary.go: the same operations in the
// same order, lane by lane.

const (
	roundingMagic    = 0x1.8p52
	log2E            = 0x1.71547652b82fep+00
	ln2High          = 0x1.62e42fefa39efp-01
	ln2Low           = 0x1.abc9e3b39803fp-56
	exponentMask     = 0xfff << 52
	rootTwoPi        = 0x1.40d931ff62706p+01
	invRootTwoPi     = 0x1.9884533d43651p-02
	expLowest        = -706
	exp2Highest      = 1020
	exponentScale    = 0x1.b2da4e9808a53p-01
	ordinarySmallest = 0x1p-960
	ordinaryLargest  = 0x1p+960
	priceScale       = 0x1p+800
	timeScale        = 0x1p+100
)

// expNegative is eˣ for x ≤ 0.
func (m *machine) expNegative(c coefficients, x value) value {
	k := m.fma(x, m.number(log2E), m.number(roundingMagic))
	n := m.sub(k, m.number(roundingMagic))
	r := m.fnma(n, m.number(ln2High), x)
	r = m.fnma(n, m.number(ln2Low), r)
	p := m.register(m.polynomial(c.exp, r))
	m.step(p, m.mul(r, r), r)
	scaled := m.addBits(m.add(p, m.number(1)), m.shiftLeft(k, 52))
	return m.keep(m.compare(nil, x, notLess, m.number(expLowest)), scaled)
}

// exp2Negative is 2⁻ˣ for x ≥ 0.
func (m *machine) exp2Negative(c coefficients, x value) value {
	k := m.sub(m.number(roundingMagic), x)
	p := m.polynomial(c.exp2, m.add(m.sub(k, m.number(roundingMagic)), x))
	scaled := m.addBits(p, m.shiftLeft(k, 52))
	return m.keep(m.compare(nil, x, lessEqual, m.number(exp2Highest)), scaled)
}

// gaussian is e^(−x²/2) of x ≥ 0.
func (m *machine) gaussian(c coefficients, x value) value {
	x = m.min(x, m.number(40))
	square := m.mul(x, x)
	low := m.fma(x, x, m.negative(square))
	e := m.expNegative(c, m.mul(square, m.number(-0.5)))
	return m.fma(e, m.mul(low, m.number(-0.5)), e)
}

// logRatio is ln(n/d).
func (m *machine) logRatio(c coefficients, n, d value) value {
	var half, bias uint64 = 1 << 51, 1 << 63
	bits := m.addBits(m.subBits(n, d), m.bits(half+bias))
	e := m.shiftRight(bits, 52)
	e = m.or(e, m.number(0x1p52))
	e = m.sub(e, m.number(0x1p52+2048))
	field := m.and(bits, m.bits(exponentMask))
	n = m.addBits(m.subBits(n, field), m.bits(bias))
	f := m.div(m.sub(n, d), m.add(n, d))
	z := m.mul(f, f)
	tail := m.fma(m.mul(f, z), m.polynomial(c.log, z), m.mul(e, m.number(ln2Low)))
	m.accumulate(m.register(tail), f, m.number(2))
	m.accumulate(m.register(tail), e, m.number(ln2High))
	return tail
}

// millsRatio is R(u).
func (m *machine) millsRatio(c coefficients, u value) value {
	w := m.div(m.number(1), m.add(u, m.number(millsPole)))
	v := m.fnma(w, m.number(millsSpan), m.number(1))
	return m.mul(w, m.polynomial(c.mills, v))
}

// millsPair is the polynomial of the Mills ratio at v1 and its divided difference to v2.
func (m *machine) millsPair(c coefficients, v1, v2 value) (p, d value) {
	n := len(c.mills)
	diff := m.register(m.number(c.mills[n-1]))
	sum := m.fresh(diff)
	m.step(sum, v1, m.number(c.mills[n-2]))
	for k := n - 3; k >= 0; k-- {
		m.step(diff, v2, sum)
		m.step(sum, v1, m.number(c.mills[k]))
	}
	return sum, diff
}

// distances are d1, d2 and 1/s for ln(forward/strike) = x.
func (m *machine) distances(x, s value) (d1, d2, inverse value) {
	inverse = m.div(m.number(1), s)
	h := m.mul(x, inverse)
	h = m.fma(m.fnma(h, s, x), inverse, h)
	half := m.mul(s, m.number(0.5))
	return m.add(h, half), m.sub(h, half), inverse
}

// within adds to a condition that x is an ordinary number.
func (m *machine) within(c condition, x value, smallest, largest float64) condition {
	return m.compare(m.compare(c, x, greaterEqual, m.number(smallest)), x, lessEqual, m.number(largest))
}
