package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The columns of hoisted in black/profile.go, in its order.
const (
	atInverse = iota
	atDistance
	atDeviation
	atDelta
	atGamma
	atVega
	atVanna
	atCharm
)

// chunk and gridBlock are their namesakes in black.
const (
	chunk     = 256
	gridBlock = 240
)

// hoistKind is how much of a contract a profile needs.
type hoistKind int

const (
	hoistDelta hoistKind = iota
	hoistGamma
	hoistGreeks
)

// hoist emits the vector twin of hoisted.hoist for one kind of profile. Gamma takes no rights.
func (m *machine) hoist(c coefficients, what string, kind hoistKind) {
	name := m.named("hoist" + what)
	arguments := []string{"to", "marks", "weight", "forward", "strike", "years", "vol", "count"}
	signature := "func(to *float64, marks *uint8, weight, forward, strike, years, vol *float64, count int)"
	if kind != hoistGamma {
		arguments = append(arguments, "right")
		signature = "func(to *float64, marks *uint8, weight, forward, strike, years, vol *float64, count int, right *int8)"
	}
	a := m.function(name, signature, arguments...)
	marks, count := a[1], a[7]
	var right reg.Register
	if kind != hoistGamma {
		right = a[8]
	}
	m.loop(name+"Loop", count, m.unroll()*m.lanes(), func(i reg.Register) {
		m.abreast(m.unroll(), func(n int) { m.hoistVector(c, a, right, i, n, kind) })
		m.ADDQ(operand.Imm(uint64(m.unroll())), marks)
	})
	m.finish()
}

// hoistVector is one vector of contracts of hoist.
func (m *machine) hoistVector(c coefficients, a []reg.Register, right, i reg.Register, n int, kind hoistKind) {
	to, marks, weights := a[0], a[1], a[2]
	t := m.contractTerms(c, right, a[3], a[4], a[5], a[6], i, n)
	m.mark(t.ok, operand.Mem{Base: marks, Disp: n})
	store := func(column int, v value) {
		m.VMOVUPD(v, m.at(to, i, n).Offset(8*chunk*column))
	}
	inverse := m.register(t.inverse)
	store(atInverse, m.mul(m.mul(inverse, m.number(exponentScale)), t.sign))
	store(atDistance, m.mul(m.mul(t.d, m.number(exponentScale)), t.sign))
	weight := m.register(m.at(weights, i, n))
	if kind != hoistGamma {
		store(atDelta, m.mul(weight, t.sign))
	}
	if kind == hoistDelta {
		return
	}
	scaled := m.mul(weight, m.number(invRootTwoPi))
	forward := m.register(t.forward)
	store(atGamma, m.div(m.mul(scaled, inverse), forward))
	if kind == hoistGamma {
		return
	}
	store(atDeviation, m.mul(m.mul(t.deviation, m.number(exponentScale)), t.sign))
	root := m.register(t.root)
	store(atVega, m.mul(m.mul(forward, root), scaled))
	signed := m.mul(m.mul(weight, m.number(invRootTwoPi/exponentScale)), t.sign)
	store(atVanna, m.negative(m.mul(signed, m.mul(root, inverse))))
	store(atCharm, m.div(m.mul(signed, m.number(0.5)), t.years))
}

// sum emits the vector twin of hoisted.sum for one kind of profile. Lanes run over the grid; each
// pass keeps the totals of as many vectors of grid points as registers allow while it walks through
// the contracts, so that every point is summed in the order of the contracts.
func (m *machine) sum(c coefficients, what string, kind hoistKind, vectors int) {
	name := m.named("sum" + what)
	a := m.function(name, "func(totals, logs *float64, points int, hoisted *float64, count int)",
		"totals", "logs", "points", "hoisted", "count")
	totals, logs, points, hoisted, count := a[0], a[1], a[2], a[3], a[4]
	columns := map[hoistKind][]int{
		hoistDelta:  {atDelta},
		hoistGamma:  {atGamma},
		hoistGreeks: {atDelta, atGamma, atVega, atVanna, atCharm},
	}[kind]
	total := func(column, v int) operand.Mem {
		return operand.Mem{Base: totals, Disp: 8*gridBlock*(column-atDelta) + v*m.width()}
	}
	m.Label(name + "Grid")
	accumulators := make([][]reg.Register, vectors)
	for v := range vectors {
		for _, column := range columns {
			accumulators[v] = append(accumulators[v], m.register(total(column, v)))
		}
	}
	m.loop(name+"Contracts", count, 1, func(i reg.Register) {
		each := func(column int) operand.Mem {
			return operand.Mem{Base: hoisted, Index: i, Scale: 8, Disp: 8 * chunk * column}
		}
		inverse, distance := m.broadcast(each(atInverse)), m.broadcast(each(atDistance))
		factors := make([]value, len(columns))
		for k, column := range columns {
			factors[k] = constant{each(column)}
			if !m.wide || vectors > 2 {
				factors[k] = m.broadcast(each(column))
			}
		}
		m.abreast(vectors, func(v int) {
			y := m.fma(inverse, operand.Mem{Base: logs, Disp: v * m.width()}, distance)
			e := m.exp2Negative(c, m.mul(y, y))
			if kind == hoistGamma {
				m.accumulate(accumulators[v][0], e, factors[0])
				return
			}
			scaled := m.mul(e, m.number(invRootTwoPi*exponentScale))
			w := m.div(m.number(1), m.add(m.magnitude(y), m.number(millsPole*exponentScale)))
			ratio := m.mul(w, m.polynomial(c.mills, m.fnma(w, m.number(millsSpan*exponentScale), m.number(1))))
			tail := m.mul(scaled, ratio)
			law := m.choose(m.compare(nil, y, less, m.number(0)), tail, m.sub(m.number(1), tail))
			m.accumulate(accumulators[v][0], law, factors[0])
			if kind == hoistDelta {
				return
			}
			ed2 := m.mul(e, m.sub(y, m.broadcast(each(atDeviation))))
			for k, term := range []value{e, e, ed2, ed2} {
				m.accumulate(accumulators[v][k+1], term, factors[k+1])
			}
		})
	})
	for v := range vectors {
		for k, column := range columns {
			m.VMOVUPD(accumulators[v][k], total(column, v))
		}
	}
	m.ADDQ(operand.U32(vectors*m.width()), totals)
	m.ADDQ(operand.U32(vectors*m.width()), logs)
	m.SUBQ(operand.U32(vectors*m.lanes()), points)
	m.CMPQ(points, operand.Imm(0))
	m.JGT(operand.LabelRef(name + "Grid"))
	m.finish()
	if gridBlock%(vectors*m.lanes()) != 0 {
		panic(fmt.Sprintf("a block of %d points is no multiple of %d vectors", gridBlock, vectors))
	}
}
