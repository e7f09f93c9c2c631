package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// terms are what greeks and profiles share of one vector of contracts.
type terms struct {
	ok                            condition
	sign, forward, root, d, years value
	d2, inverse, deviation        value
}

// contractTerms loads a vector of contracts and computes the distances of black/greeks.go. A nil
// right means calls.
func (m *machine) contractTerms(c coefficients, right, forward, strike, years, vol, i reg.Register, n int) terms {
	f, k := m.register(m.at(forward, i, n)), m.register(m.at(strike, i, n))
	t := m.register(m.at(years, i, n))
	ok := m.within(nil, f, 1/priceScale, priceScale)
	ok = m.within(ok, k, 1/priceScale, priceScale)
	ok = m.within(ok, t, 1/timeScale, timeScale)
	sign := m.number(1)
	if right != nil {
		sign = m.hold(m.signs(operand.Mem{Base: right, Index: i, Scale: 1, Disp: n * m.lanes()}))
		ok = m.compare(ok, m.mul(sign, sign), equal, m.number(1))
	}
	root := m.root(t)
	s := m.mul(root, m.at(vol, i, n))
	ok = m.within(ok, s, 1/timeScale, timeScale)
	d1, d2, inverse := m.distances(m.logRatio(c, f, k), s)
	return terms{ok, sign, m.at(forward, i, n), m.hold(root), d1, m.at(years, i, n), m.hold(d2), m.hold(inverse), s}
}

// greeks emits the vector twin of the five greeks of GreeksOf.
func (m *machine) greeks(c coefficients) {
	name := m.named("greeks")
	a := m.function(name, "func(delta, gamma, vega, vanna, charm *float64, marks *uint8, right *int8, forward, strike, years, vol *float64, count int)",
		"delta", "gamma", "vega", "vanna", "charm", "marks", "right", "forward", "strike", "years", "vol")
	delta, gamma, vega, vanna, charm, marks := a[0], a[1], a[2], a[3], a[4], a[5]
	// Thirteen registers hold the arguments and the index; the count is compared from memory.
	m.loopParam(name+"Loop", "count", m.unroll()*m.lanes(), func(i reg.Register) {
		m.abreast(m.unroll(), func(n int) {
			t := m.contractTerms(c, a[6], a[7], a[8], a[9], a[10], i, n)
			m.mark(t.ok, operand.Mem{Base: marks, Disp: n})
			y := m.hold(m.mul(t.d, t.sign))
			distance := m.magnitude(t.d)
			density := m.mul(m.gaussian(c, distance), m.number(invRootTwoPi))
			holdDensity := m.hold(density)
			tail := m.mul(density, m.millsRatio(c, distance))
			negative := m.compare(nil, y, less, m.number(0))
			law := m.choose(negative, tail, m.sub(m.number(1), tail))
			m.VMOVUPD(m.mul(law, t.sign), m.at(delta, i, n))

			density = m.register(holdDensity)
			inverse, root := m.register(t.inverse), m.register(t.root)
			forward := m.register(t.forward)
			m.VMOVUPD(m.div(m.mul(density, inverse), forward), m.at(gamma, i, n))
			m.VMOVUPD(m.mul(m.mul(forward, density), root), m.at(vega, i, n))
			nd2 := m.mul(density, t.d2)
			m.VMOVUPD(m.negative(m.mul(m.mul(nd2, root), inverse)), m.at(vanna, i, n))
			m.VMOVUPD(m.div(m.mul(nd2, m.number(0.5)), t.years), m.at(charm, i, n))
		})
		m.ADDQ(operand.Imm(uint64(m.unroll())), marks)
	})
	m.finish()
}
