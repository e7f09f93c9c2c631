// Package vector is what the generators of vector kernels say alike for AVX2 and AVX-512: a vector, its loads
// and comparisons, the reading of tables, a loop over an array. A kernel is then written once for both.
//
// It is a tool of the generators: it may import avo, it must not know any other package of the project, and
// only generators import it.
package vector

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Widest is how many numbers the longest vector holds.
const Widest = 8

// Predicates of comparisons: those that are true where a number is none.
const (
	NotLess    = 0x15
	NotGreater = 0x1a
	NotAtMost  = 0x16
	NotAtLeast = 0x19
)

// Machine is one set of instructions.
type Machine struct {
	Name  string
	Width int // numbers in a vector
	Vec   func() reg.VecVirtual
	Half  func() reg.VecVirtual // as many numbers of 32 bits
}

// Machines are all sets, the best one last.
var Machines = []Machine{
	{"AVX2", 4, func() reg.VecVirtual { return YMM() }, func() reg.VecVirtual { return XMM() }},
	{"AVX512", 8, func() reg.VecVirtual { return ZMM() }, func() reg.VecVirtual { return YMM() }},
}

// Wide reports whether a vector is as long as any.
func (m Machine) Wide() bool { return m.Width == Widest }

// Begin starts a function of the machine; doc goes on where its name ends.
func (m Machine) Begin(name, signature, doc string) {
	TEXT(name+m.Name, NOSPLIT, signature)
	Doc(name + m.Name + " " + doc)
}

// End leaves the function.
func End() {
	VZEROUPPER()
	RET()
}

// Broadcast loads a number that is a parameter into every place of a vector.
func (m Machine) Broadcast(name string) reg.VecVirtual {
	x := m.Vec()
	p, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	VBROADCASTSD(p.Addr, x)
	return x
}

// Pointer loads a parameter that is a pointer.
func Pointer(name string) reg.Register { return Load(Param(name), GP64()) }

// Load brings one vector from memory.
func (m Machine) Load(at Mem) reg.VecVirtual {
	x := m.Vec()
	VMOVUPD(at, x)
	return x
}

// Pairs reads two neighbours, base[k] and base[k+1], for each index of 32 bits. It goes by loads of two, which
// take half as long as two gathers.
func (m Machine) Pairs(base reg.Register, index reg.VecVirtual) (first, second reg.VecVirtual) {
	const size = 4
	spill := AllocLocal(size * m.Width)
	VMOVUPD(index, spill)
	pair := func(i int) Mem {
		k := GP64()
		MOVL(spill.Offset(size*i), k.As32())
		return Mem{Base: base, Index: k, Scale: 8}
	}
	// Pairs 0, 2, … stand in one vector and pairs 1, 3, … in another; unpacking sorts them.
	even, odd := m.Vec(), m.Vec()
	for i := 0; i < m.Width; i += 2 {
		part := U8(i / 2)
		switch {
		case i == 0 && m.Wide():
			VBROADCASTF64X2(pair(0), even)
			VBROADCASTF64X2(pair(1), odd)
		case i == 0:
			VBROADCASTF128(pair(0), even)
			VBROADCASTF128(pair(1), odd)
		case m.Wide():
			VINSERTF64X2(part, pair(i), even, even)
			VINSERTF64X2(part, pair(i+1), odd, odd)
		default:
			VINSERTF128(part, pair(i), even, even)
			VINSERTF128(part, pair(i+1), odd, odd)
		}
	}
	first, second = m.Vec(), m.Vec()
	VUNPCKLPD(odd, even, first)
	VUNPCKHPD(odd, even, second)
	return first, second
}

// Narrow keeps the lower 32 bits of each number.
func (m Machine) Narrow(x reg.VecVirtual) reg.VecVirtual {
	to := m.Half()
	if m.Wide() {
		VPMOVQD(x, to)
		return to
	}
	high := XMM()
	VEXTRACTF128(U8(1), x, high)
	VSHUFPS(U8(0x88), high, x.AsX(), to)
	return to
}

// Gather reads base[k] for each index of 64 bits.
func (m Machine) Gather(base reg.Register, disp int, index reg.VecVirtual) reg.VecVirtual {
	x, at := m.Vec(), Mem{Base: base, Disp: disp, Index: index, Scale: 8}
	m.Xor(x, x, x) // what a gather leaves out stays as it was: without this it would wait for that
	if m.Wide() {
		places, all := GP32(), K()
		MOVL(U32(1<<Widest-1), places)
		KMOVB(places, all)
		VGATHERQPD(at, all, x)
	} else {
		all := m.Vec()
		m.Xor(all, all, all)
		VPCMPEQD(all, all, all)
		VGATHERQPD(all, at, x)
	}
	return x
}

// Compare returns the bits, one a number, of how x stands to y.
func (m Machine) Compare(predicate uint8, y Op, x reg.VecVirtual) reg.Register {
	bits := GP32()
	if m.Wide() {
		k := K()
		VCMPPD(U8(predicate), y, x, k)
		KMOVB(k, bits)
		return bits
	}
	t := m.Vec()
	VCMPPD(U8(predicate), y, x, t)
	VMOVMSKPD(t, bits)
	return bits
}

// And writes x & y to to.
func (m Machine) And(y Op, x, to reg.VecVirtual) {
	if m.Wide() {
		VPANDQ(y, x, to)
	} else {
		VPAND(y, x, to)
	}
}

// Or writes x | y to to.
func (m Machine) Or(y Op, x, to reg.VecVirtual) {
	if m.Wide() {
		VPORQ(y, x, to)
	} else {
		VPOR(y, x, to)
	}
}

// Xor writes x ^ y to to.
func (m Machine) Xor(y Op, x, to reg.VecVirtual) {
	if m.Wide() {
		VPXORQ(y, x, to)
	} else {
		VPXOR(y, x, to)
	}
}

// Numbers lays a number down once a place of the longest vector and returns where.
func Numbers(name string, x float64) Mem {
	m := GLOBL(name, RODATA|NOPTR)
	for i := range Widest {
		DATA(8*i, F64(x))
	}
	return m
}

// Integers lays n whole numbers down and returns where.
func Integers(name string, n int, x func(i int) uint64) Mem {
	m := GLOBL(name, RODATA|NOPTR)
	for i := range n {
		DATA(8*i, U64(x(i)))
	}
	return m
}

// Loop emits what is done for each vector up to the parameter n, which is a number of whole vectors.
func (m Machine) Loop(body func(i reg.Register)) {
	n, i := Load(Param("n"), GP64()), GP64()
	XORQ(i, i)
	Label("loop")
	CMPQ(i, n)
	JGE(LabelRef("done"))
	body(i)
	ADDQ(U8(m.Width), i)
	JMP(LabelRef("loop"))
	Label("done")
}

// Element is base[i].
func Element(base, i reg.Register) Mem { return Mem{Base: base, Index: i, Scale: 8} }

// Keep emits the test of the parameter that says whether something lasts, before what is then done.
func Keep(flag reg.Register, label string, body func()) {
	TESTB(flag, flag)
	JEQ(LabelRef(label))
	body()
	Label(label)
}
