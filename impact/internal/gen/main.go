// Command gen writes the vector kernels of impact with avo: the displacements of a block of lanes under a
// straight law and under a power law. They take the order of operations of the scalar code and fuse no
// multiplication with an addition, so that both agree to the last bit.
//
// It is a tool of impact: it may import avo and vector, it must not know any other package of the project, and
// nothing imports it.
package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"faultline/internal/vector"
)

//go:generate go run . -out ../../kernel_amd64.s -stubs ../../kernel_amd64_stub.go -pkg impact

// machine adds the kernels to a set of instructions.
type machine struct{ vector.Machine }

// The tables of powers: what of a number's bits chooses the octave and the part.
const (
	lowest   = 40 // octaves begin at 2^−lowest
	highest  = 24 // and end at 2^highest
	partBits = 8
	mantissa = 52
)

// constants of all kernels.
type constants struct{ one, low, high, magnitude, bias, seven, fraction, unit, pairs Mem }

func newConstants() *constants {
	same := func(name string, x uint64) Mem {
		return vector.Integers(name, vector.Widest, func(int) uint64 { return x })
	}
	return &constants{
		one: vector.Numbers("one", 1), low: vector.Numbers("low", 1./(1<<lowest)), high: vector.Numbers("high", 1<<highest),
		magnitude: same("magnitude", 1<<63-1), bias: same("bias", 1023-lowest), seven: same("seven", 7),
		fraction: same("fraction", 1<<mantissa-1), unit: same("unit", 1023<<mantissa), pairs: same("pairs", (1<<partBits-1)<<1),
	}
}

func (m machine) straight() {
	m.Begin("straight", "func(dst, usd, load *float64, n int, slope float64)",
		"sets dst to slope·usd·load, n of them, a whole number of vectors.")
	dst, usd, load := vector.Pointer("dst"), vector.Pointer("usd"), vector.Pointer("load")
	slope := m.Broadcast("slope")
	m.Loop(func(i reg.Register) {
		x := m.Vec()
		VMULPD(vector.Element(usd, i), slope, x)
		VMULPD(vector.Element(load, i), x, x)
		VMOVUPD(x, vector.Element(dst, i))
	})
	vector.End()
}

// eighth returns a function that reads one of eight numbers at base by the lowest three bits of an index.
func (m machine) eighth(c *constants, base reg.Register) func(index reg.VecVirtual) reg.VecVirtual {
	if !m.Wide() {
		return func(index reg.VecVirtual) reg.VecVirtual {
			k := m.Vec()
			m.And(c.seven, index, k)
			return m.Gather(base, 0, k)
		}
	}
	all := m.Load(Mem{Base: base})
	return func(index reg.VecVirtual) reg.VecVirtual {
		x := m.Vec()
		VPERMPD(all, index, x)
		return x
	}
}

// roots emits the power law as powers.root has it.
func (m machine) roots(c *constants) {
	m.Begin("roots", "func(dst, usd, load, coarse, fine, part, series *float64, n int, scale, inverse, start float64) int",
		"sets dst to scale·q·(|q| + start)^p for q = usd·inverse·load as long as the sum is within the octaves, n of them, a whole number of vectors, and returns how many it did.")
	dst, usd, load := vector.Pointer("dst"), vector.Pointer("usd"), vector.Pointer("load")
	coarse, fine := m.eighth(c, vector.Pointer("coarse")), m.eighth(c, vector.Pointer("fine"))
	part, series := vector.Pointer("part"), vector.Pointer("series")
	scale, inverse, start := m.Broadcast("scale"), m.Broadcast("inverse"), m.Broadcast("start")
	var s [4]reg.VecVirtual
	for k := range s {
		s[k] = m.Vec()
		VBROADCASTSD(Mem{Base: series, Disp: 8 * k}, s[k])
	}
	done := GP64()
	m.Loop(func(i reg.Register) {
		q, x := m.Vec(), m.Vec()
		VMULPD(vector.Element(usd, i), inverse, q)
		VMULPD(vector.Element(load, i), q, q)
		m.And(c.magnitude, q, x)
		VADDPD(start, x, x)
		outside := m.Compare(vector.NotAtLeast, c.low, x)
		ORL(m.Compare(vector.NotLess, c.high, x), outside)
		MOVQ(i, done)
		TESTL(outside, outside)
		JNE(LabelRef("stop"))
		k, j, r := m.Vec(), m.Vec(), m.Vec()
		VPSRLQ(U8(mantissa-partBits-1), x, j)
		m.And(c.pairs, j, j)
		power, center := m.Pairs(part, m.Narrow(j))
		m.And(c.fraction, x, r)
		m.Or(c.unit, r, r)
		VMULPD(center, r, r)
		VSUBPD(c.one, r, r)
		VPSRLQ(U8(mantissa), x, k)
		VPSUBQ(c.bias, k, k)
		VMULPD(scale, q, q)
		y := fine(k)
		VPSRLQ(U8(3), k, k)
		VMULPD(coarse(k), q, q)
		VMULPD(y, q, q)
		VMULPD(power, q, q)
		sum := m.Vec()
		VMULPD(s[3], r, sum)
		for _, b := range []reg.VecVirtual{s[2], s[1], s[0]} {
			VADDPD(b, sum, sum)
			VMULPD(r, sum, sum)
		}
		VADDPD(c.one, sum, sum)
		VMULPD(sum, q, q)
		VMOVUPD(q, vector.Element(dst, i))
	})
	MOVQ(Load(Param("n"), GP64()), done)
	Label("stop")
	Store(done, ReturnIndex(0))
	vector.End()
}

func main() {
	ConstraintExpr("amd64")
	c := newConstants()
	for _, one := range vector.Machines {
		m := machine{one}
		m.straight()
		m.roots(c)
	}
	Generate()
}
