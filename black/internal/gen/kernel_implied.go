package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The limits of black/implied.go.
const (
	guessMaxSquare    = 3.9
	guessMaxMoneyness = 2
	stepTrusted       = 0x1p-10
	nearestStrike     = 0x1p-20
)

// implied emits the vector twin of ImpliedVol's fast way, from black/implied.go.
func (m *machine) implied(c coefficients) {
	name := m.named("implied")
	a := m.function(name, "func(dst *float64, marks *uint8, right *int8, price, forward, strike, years *float64, count int)",
		"dst", "marks", "right", "price", "forward", "strike", "years", "count")
	dst, marks, right, price, forward, strike, years, count := a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7]
	m.loop(name+"Loop", count, m.unroll()*m.lanes(), func(i reg.Register) {
		m.abreast(m.unroll(), func(v int) { m.impliedVector(c, dst, marks, right, price, forward, strike, years, i, v) })
		m.ADDQ(operand.Imm(uint64(m.unroll())), marks)
	})
	m.finish()
}

// impliedVector is one vector of contracts of implied.
func (m *machine) impliedVector(c coefficients, dst, marks, right, price, forward, strike, years, i reg.Register, n int) {
	// Time value.
	f, k := m.register(m.at(forward, i, n)), m.register(m.at(strike, i, n))
	low, high := m.min(f, k), m.max(f, k)
	sign := m.signs(operand.Mem{Base: right, Index: i, Scale: 1, Disp: n * m.lanes()})
	ok := m.compare(nil, m.mul(sign, sign), equal, m.number(1))
	inside := m.compare(nil, m.mul(sign, m.sub(f, k)), greater, m.number(0))
	intrinsic := m.sub(high, low)
	back := m.sub(intrinsic, high)
	lost := m.sub(m.sub(high, m.sub(intrinsic, back)), m.add(low, back))
	p := m.register(m.at(price, i, n))
	wanted := m.choose(inside, m.sub(m.sub(p, intrinsic), lost), p)

	// Forward and strike apart, since the minimum of NaN and a number may be the number.
	ok = m.within(ok, f, ordinarySmallest, ordinaryLargest)
	ok = m.within(ok, k, ordinarySmallest, ordinaryLargest)
	ok = m.compare(ok, wanted, greaterEqual, m.number(ordinarySmallest))
	ok = m.compare(ok, wanted, less, low)
	ok = m.within(ok, m.at(years, i, n), ordinarySmallest, ordinaryLargest)

	// Guess.
	moneyness := m.logRatio(c, high, low)
	ok = m.compare(ok, moneyness, lessEqual, m.number(guessMaxMoneyness))
	nearest := m.mul(wanted, m.number(nearestStrike))
	gap := m.max(intrinsic, nearest)
	distance := m.max(moneyness, m.div(nearest, high))
	holdMoneyness, holdLow, holdWanted := m.hold(moneyness), m.hold(low), m.hold(wanted)
	l := m.logRatio(c, m.add(wanted, gap), wanted)
	shifted := m.add(l, m.number(wingPole))
	inverse := m.div(m.number(1), m.mul(l, shifted))
	v := m.fma(m.mul(l, l), m.mul(inverse, m.number(2)), m.number(-1))
	slope := m.mul(m.mul(shifted, inverse), m.root(m.mul(shifted, m.polynomial(c.wing, v))))
	s0 := m.mul(distance, slope)
	y := m.mul(s0, s0)
	ok = m.compare(ok, y, lessEqual, m.number(guessMaxSquare))
	correction := m.fma(m.mul(distance, distance), m.polynomial(c.cross, y), m.polynomial(c.bulk, y))
	guess := m.fma(s0, m.mul(y, correction), s0)

	// One step.
	newton, step := m.deviationStep(c, holdWanted, holdLow, holdMoneyness, guess)
	ok = m.compare(ok, m.magnitude(newton), lessEqual, m.mul(guess, m.number(stepTrusted)))
	m.mark(ok, operand.Mem{Base: marks, Disp: n})
	vol := m.div(m.add(guess, step), m.root(m.at(years, i, n)))
	m.VMOVUPD(vol, m.at(dst, i, n))
}

// deviationStep is stepDeviation.
func (m *machine) deviationStep(c coefficients, value, low, moneyness, s value) (newton, step value) {
	inverse := m.div(m.number(1), s)
	h := m.mul(moneyness, inverse)
	h = m.fma(m.fnma(h, s, moneyness), inverse, h)
	half := m.mul(s, m.number(0.5))
	u1, u2 := m.sub(h, half), m.add(h, half)
	value = m.register(value)
	low = m.register(low)
	upper := m.compare(nil, value, greater, m.mul(low, m.number(0.5)))
	near := m.choose(upper, m.negative(u1), u1)
	gap := m.choose(upper, m.add(h, h), s)
	wanted := m.choose(upper, m.sub(low, value), value)
	holdWanted, holdU1, holdU2, holdH, holdHalf, holdInverse := m.hold(m.mul(wanted, m.number(rootTwoPi))), m.hold(u1), m.hold(u2), m.hold(h), m.hold(half), m.hold(inverse)
	holdLow := m.hold(low)

	w1 := m.div(m.number(1), m.add(near, m.number(millsPole)))
	w2 := m.div(m.number(1), m.add(u2, m.number(millsPole)))
	v1 := m.fnma(w1, m.number(millsSpan), m.number(1))
	v2 := m.fnma(w2, m.number(millsSpan), m.number(1))
	p, d := m.millsPair(c, v1, v2)
	slope := m.fma(m.mul(w2, m.number(-millsSpan)), d, p)
	drop := m.mul(m.mul(gap, w1), m.mul(w2, slope))
	sum := m.fma(m.mul(w1, m.number(2)), p, m.negative(drop))
	size := m.choose(upper, sum, drop)
	signed := m.choose(upper, m.negative(sum), drop)

	l := m.logRatio(c, m.mul(size, holdLow), m.register(holdWanted))
	u1 = m.register(holdU1)
	l = m.fma(m.mul(u1, m.number(0.5)), u1, m.negative(l))
	inverse = m.register(holdInverse)
	curve := m.mul(m.mul(u1, holdU2), inverse)
	return m.mul(l, signed), m.series(l, signed, holdH, holdHalf, inverse, curve)
}

// series is its namesake.
func (m *machine) series(l, d, h, half, inverse, curve value) value {
	ad := m.mul(curve, d)
	di := m.mul(d, inverse)
	h, half = m.register(h), m.register(half)
	hh := m.mul(h, h)
	dd := m.mul(di, di)
	bend := m.negative(m.mul(m.fma(hh, m.number(3), m.mul(half, half)), dd))
	c := m.sub(m.number(1), ad)
	x := m.fma(c, m.fma(ad, m.number(-2), m.number(1)), m.negative(bend))
	third := m.mul(m.mul(hh, m.number(12)), m.mul(di, dd))
	dx := m.fma(m.fma(ad, m.number(4), m.number(-3)), m.fma(ad, c, bend), m.negative(third))
	dx = m.fma(m.mul(bend, m.number(-2)), c, dx)
	inner := m.fma(c, x, dx)
	inner = m.fma(m.mul(l, m.number(0.25)), inner, x)
	inner = m.fma(m.mul(l, m.number(1.0/3)), inner, c)
	inner = m.fma(m.mul(l, m.number(0.5)), inner, m.number(1))
	return m.mul(m.mul(l, d), inner)
}
