package main

import (
	"fmt"
	"math"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/ir"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// machine emits one instruction set. Kernels are written once against it: with wide, vectors are
// eight lanes in ZMM registers and conditions are mask registers; without, vectors are four lanes in
// YMM registers and conditions are vectors of all or no bits.
type machine struct {
	*build.Context
	wide   bool
	table  string
	offset map[uint64]int // bit pattern of a constant to its place in the table
	order  []uint64
}

// value is a vector: a register, a vector in memory, or a constant.
type value = operand.Op

type constant struct{ operand.Mem }

type condition reg.Register

func newMachine(wide bool, table string) *machine {
	return &machine{Context: build.NewContext(), wide: wide, table: table, offset: map[uint64]int{}}
}

func (m *machine) lanes() int {
	if m.wide {
		return 8
	}
	return 4
}

func (m *machine) width() int { return 8 * m.lanes() }

func (m *machine) vector() reg.VecVirtual {
	if m.wide {
		return m.ZMM()
	}
	return m.YMM()
}

// bits is the constant with this bit pattern in every lane. The table holds each constant as often as
// a YMM register has lanes; AVX-512 instructions broadcast the first of them.
func (m *machine) bits(pattern uint64) value {
	if _, known := m.offset[pattern]; !known {
		m.offset[pattern] = 32 * len(m.order)
		m.order = append(m.order, pattern)
	}
	table := operand.Mem{Symbol: operand.Symbol{Name: m.table, Static: true}, Base: reg.StaticBase}
	return constant{table.Offset(m.offset[pattern])}
}

func (m *machine) number(x float64) value { return m.bits(math.Float64bits(x)) }

// writeTable emits the constants that the kernels used.
func (m *machine) writeTable() {
	m.StaticGlobal(m.table)
	m.DataAttributes(attr.RODATA | attr.NOPTR)
	for _, pattern := range m.order {
		for range 4 {
			m.AppendDatum(operand.U64(pattern))
		}
	}
}

// register returns v in a register, loading it if need be.
func (m *machine) register(v value) reg.Register {
	switch v := v.(type) {
	case reg.Register:
		return v
	case constant:
		r := m.vector()
		if m.wide {
			m.VBROADCASTSD(v.Mem, r)
		} else {
			m.VMOVUPD(v.Mem, r)
		}
		return r
	}
	r := m.vector()
	m.VMOVUPD(v, r)
	return r
}

// fresh returns a copy of v that may be overwritten.
func (m *machine) fresh(v value) reg.Register {
	if r, ok := v.(reg.Register); ok {
		c := m.vector()
		m.VMOVAPD(r, c)
		return c
	}
	return m.register(v)
}

// hold keeps v for later: in its register where there are 32 of them, on the stack where 16.
func (m *machine) hold(v value) value {
	if m.wide {
		return v
	}
	slot := m.AllocLocal(m.width())
	m.VMOVUPD(v, slot)
	return slot
}

type emitter = func(...operand.Op)

// instruction emits plain or, with a constant as its first operand, the broadcasting form.
func (m *machine) instruction(plain, broadcast emitter, operands ...operand.Op) {
	if c, ok := operands[0].(constant); ok {
		operands[0] = c.Mem
		if m.wide {
			plain = broadcast
		}
	}
	plain(operands...)
}

func (m *machine) binary(plain, broadcast emitter, a, b value) value {
	dst := m.vector()
	m.instruction(plain, broadcast, b, m.register(a), dst)
	return dst
}

func (m *machine) add(a, b value) value { return m.binary(m.VADDPD, m.VADDPD_BCST, a, b) }
func (m *machine) sub(a, b value) value { return m.binary(m.VSUBPD, m.VSUBPD_BCST, a, b) }
func (m *machine) mul(a, b value) value { return m.binary(m.VMULPD, m.VMULPD_BCST, a, b) }
func (m *machine) div(a, b value) value { return m.binary(m.VDIVPD, m.VDIVPD_BCST, a, b) }
func (m *machine) max(a, b value) value { return m.binary(m.VMAXPD, m.VMAXPD_BCST, a, b) }
func (m *machine) min(a, b value) value { return m.binary(m.VMINPD, m.VMINPD_BCST, a, b) }
func (m *machine) and(a, b value) value { return m.binary(m.VANDPD, m.VANDPD_BCST, a, b) }
func (m *machine) or(a, b value) value  { return m.binary(m.VORPD, m.VORPD_BCST, a, b) }
func (m *machine) xor(a, b value) value { return m.binary(m.VXORPD, m.VXORPD_BCST, a, b) }

// addBits and subBits are integer sums of the lanes' bit patterns.
func (m *machine) addBits(a, b value) value { return m.binary(m.VPADDQ, m.VPADDQ_BCST, a, b) }
func (m *machine) subBits(a, b value) value { return m.binary(m.VPSUBQ, m.VPSUBQ_BCST, a, b) }

func (m *machine) shiftLeft(a value, by int) value {
	dst := m.vector()
	m.VPSLLQ(operand.Imm(uint64(by)), m.register(a), dst)
	return dst
}

func (m *machine) shiftRight(a value, by int) value {
	dst := m.vector()
	m.VPSRLQ(operand.Imm(uint64(by)), m.register(a), dst)
	return dst
}

func (m *machine) root(a value) value {
	dst := m.vector()
	m.VSQRTPD(m.register(a), dst)
	return dst
}

func (m *machine) magnitude(a value) value { return m.and(a, m.bits(1<<63-1)) }
func (m *machine) negative(a value) value  { return m.xor(a, m.bits(1<<63)) }

// fma is a·b + c in a new register.
func (m *machine) fma(a, b, c value) value {
	dst := m.fresh(c)
	m.instruction(m.VFMADD231PD, m.VFMADD231PD_BCST, b, m.register(a), dst)
	return dst
}

// fnma is c − a·b in a new register: the bits of fma with a negated.
func (m *machine) fnma(a, b, c value) value {
	dst := m.fresh(c)
	m.instruction(m.VFNMADD231PD, m.VFNMADD231PD_BCST, b, m.register(a), dst)
	return dst
}

// accumulate overwrites sum with a·b + sum.
func (m *machine) accumulate(sum reg.Register, a, b value) {
	m.instruction(m.VFMADD231PD, m.VFMADD231PD_BCST, b, m.register(a), sum)
}

// step overwrites p with p·v + c, one step of Horner's rule.
func (m *machine) step(p reg.Register, v, c value) {
	m.instruction(m.VFMADD213PD, m.VFMADD213PD_BCST, c, m.register(v), p)
}

func (m *machine) polynomial(c []float64, v value) value {
	v = m.register(v)
	n := len(c)
	p := m.register(m.number(c[n-1]))
	for k := n - 2; k >= 0; k-- {
		m.step(p, v, m.number(c[k]))
	}
	return p
}

// Predicates of VCMPPD. All but notLess are false for NaN.
const (
	equal        = 0x00
	less         = 0x11
	lessEqual    = 0x12
	notLess      = 0x15
	greaterEqual = 0x1d
	greater      = 0x1e
)

// compare is a predicate b. With an earlier condition it is the conjunction of both.
func (m *machine) compare(earlier condition, a value, predicate int, b value) condition {
	imm := operand.Imm(uint64(predicate))
	if m.wide {
		k := m.K()
		operands := []operand.Op{imm, b, m.register(a)}
		emit := m.VCMPPD
		if c, ok := b.(constant); ok {
			operands[1], emit = c.Mem, m.VCMPPD_BCST
		}
		if earlier != nil {
			operands = append(operands, earlier)
		}
		emit(append(operands, k)...)
		return k
	}
	if c, ok := b.(constant); ok {
		b = c.Mem
	}
	y := m.YMM()
	m.VCMPPD(imm, b, m.register(a), y)
	if earlier != nil {
		m.VANDPD(earlier, y, y)
	}
	return y
}

// choose is yes where the condition holds and no elsewhere.
func (m *machine) choose(c condition, yes, no value) value {
	if m.wide {
		// A merging move, since the register allocator takes a blend to read what it overwrites.
		dst := m.fresh(no)
		m.VMOVAPD(m.register(yes), c, dst)
		return dst
	}
	dst := m.vector()
	m.VBLENDVPD(c, m.register(yes), m.register(no), dst)
	return dst
}

// keep is a where the condition holds and zero elsewhere.
func (m *machine) keep(c condition, a value) value {
	dst := m.vector()
	if m.wide {
		m.VMOVAPD_Z(m.register(a), c, dst)
	} else {
		m.VANDPD(c, m.register(a), dst)
	}
	return dst
}

// mark stores one byte whose set bits are the lanes in which the condition does not hold.
func (m *machine) mark(c condition, to operand.Mem) {
	if m.wide {
		k := m.K()
		m.KNOTB(c, k)
		m.KMOVB(k, to)
		return
	}
	r := m.GP32()
	m.VMOVMSKPD(c, r)
	m.XORL(operand.U32(15), r)
	m.MOVB(r.As8(), to)
}

// signs loads as many int8 as there are lanes and converts them to floats.
func (m *machine) signs(from operand.Mem) value {
	dst := m.vector()
	if m.wide {
		y := m.YMM()
		m.VPMOVSXBD(from, y)
		m.VCVTDQ2PD(y, dst)
		return dst
	}
	x := m.XMM()
	m.VPMOVSXBD(from, x)
	m.VCVTDQ2PD(x, dst)
	return dst
}

// broadcast loads one float into every lane.
func (m *machine) broadcast(from operand.Mem) reg.Register {
	dst := m.vector()
	m.VBROADCASTSD(from, dst)
	return dst
}

// loop runs body for index = 0, stride, 2·stride … below the count in limit.
func (m *machine) loop(name string, limit reg.Register, stride int, body func(index reg.Register)) {
	index := m.GP64()
	m.XORQ(index, index)
	m.Label(name)
	body(index)
	m.ADDQ(operand.Imm(uint64(stride)), index)
	m.CMPQ(index, limit)
	m.JLT(operand.LabelRef(name))
}

// loopParam is loop with the count left in its argument slot, for kernels short of registers.
func (m *machine) loopParam(name, limit string, stride int, body func(index reg.Register)) {
	index := m.GP64()
	m.XORQ(index, index)
	m.Label(name)
	body(index)
	m.ADDQ(operand.Imm(uint64(stride)), index)
	m.CMPQ(index, m.Load(m.Param(limit), m.GP64()))
	m.JLT(operand.LabelRef(name))
}

// function starts a kernel and returns its pointer and count arguments in registers.
func (m *machine) function(name, signature string, arguments ...string) []reg.Register {
	m.Function(name)
	m.Attributes(attr.NOSPLIT)
	m.Pragma("noescape")
	m.SignatureExpr(signature)
	var out []reg.Register
	for _, a := range arguments {
		out = append(out, m.Load(m.Param(a), m.GP64()))
	}
	return out
}

func (m *machine) finish() {
	m.VZEROUPPER()
	m.RET()
}

func (m *machine) suffix() string {
	if m.wide {
		return "AVX512"
	}
	return "AVX2"
}

// abreast runs body for n independent vectors and marks what each emits, so that weave can merge them
// into one stream. One vector's chain of dependent instructions is several times longer than its
// instructions need for issue; merged, the chains fill each other's gaps.
func (m *machine) abreast(n int, body func(v int)) {
	for v := range n {
		m.Comment(weaveStart)
		body(v)
	}
	m.Comment(weaveEnd)
}

const (
	weaveStart = "weave: next vector"
	weaveEnd   = "weave: end"
)

// weave merges the marked streams of a function, taking one instruction from each in turn.
func weave(f *ir.Function) {
	var nodes []ir.Node
	var streams [][]ir.Node
	for _, node := range f.Nodes {
		if c, ok := node.(*ir.Comment); ok && c.Lines[0] == weaveStart {
			streams = append(streams, nil)
			continue
		} else if ok && c.Lines[0] == weaveEnd {
			for i := 0; len(streams) > 0 && i < len(streams[0]); i++ {
				for _, s := range streams {
					nodes = append(nodes, s[i])
				}
			}
			streams = nil
			continue
		}
		if len(streams) > 0 {
			streams[len(streams)-1] = append(streams[len(streams)-1], node)
			continue
		}
		nodes = append(nodes, node)
	}
	f.Nodes = nodes
}

// unroll is how many vectors of contracts a kernel works on abreast: as many as registers allow.
func (m *machine) unroll() int {
	if m.wide {
		return 2
	}
	return 1
}

// at is vector v of a column that is walked by index.
func (m *machine) at(base, index reg.Register, v int) operand.Mem {
	return operand.Mem{Base: base, Index: index, Scale: 8, Disp: v * m.width()}
}

func (m *machine) named(what string) string { return fmt.Sprintf("%s%s", what, m.suffix()) }
