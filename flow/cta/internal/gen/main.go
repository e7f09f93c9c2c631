// Command gen writes the vector kernels of flow/cta with avo: the targets of one program in many markets, their
// sum at a scenario, and the volatilities of one. They take the order of operations of the scalar code, so
// that both agree to the last bit.
//
// It is a tool of flow/cta: it may import avo, it must not know any other package of the project, and nothing
// imports it.
package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

//go:generate go run . -out ../../kernel_amd64.s -stubs ../../kernel_amd64_stub.go -pkg cta

// lanes is the length of the longest vector.
const lanes = 8

// constant lays a number down once a lane and returns its place.
func constant(name string, x float64) Mem {
	m := GLOBL(name, RODATA|NOPTR)
	for i := range lanes {
		DATA(8*i, F64(x))
	}
	return m
}

// table holds the constants of the tangent.
type table struct {
	one, two, twenty, least, log2e, round, high, low, bias Mem
	factorial                                              [14]Mem
}

func newTable() *table {
	c := &table{
		one: constant("one", 1), two: constant("two", 2), twenty: constant("twenty", 20), least: constant("least", -20),
		log2e: constant("log2e", math.Log2E), round: constant("round", 3<<51),
		high: constant("high", 6.93147180369123816490e-01), low: constant("low", 1.90821492927058770002e-10),
		bias: GLOBL("bias", RODATA|NOPTR),
	}
	for i := range lanes {
		DATA(8*i, U64(1023))
	}
	f := 1.0
	for i, name := range []string{"f2", "f3", "f4", "f5", "f6", "f7", "f8", "f9", "f10", "f11", "f12", "f13"} {
		f *= float64(i + 2)
		c.factorial[i+2] = constant(name, 1/f)
	}
	return c
}

// tanh emits the hyperbolic tangent of x, which it overwrites; vec gives registers of the length wanted.
func (c *table) tanh(x reg.VecVirtual, vec func() reg.VecVirtual) reg.VecVirtual {
	VMINPD(c.twenty, x, x)
	VMAXPD(c.least, x, x)
	y, shifted, k, r, t := vec(), vec(), vec(), vec(), vec()
	VADDPD(x, x, y)
	VMULPD(c.log2e, y, shifted)
	VADDPD(c.round, shifted, shifted)
	VSUBPD(c.round, shifted, k)
	VMULPD(c.high, k, t)
	VSUBPD(t, y, r)
	VMULPD(c.low, k, t)
	VSUBPD(t, r, r)
	r2, r4, r8 := vec(), vec(), vec()
	VMULPD(r, r, r2)
	VMULPD(r2, r2, r4)
	VMULPD(r4, r4, r8)
	// four is (1/i! + r/(i+1)!) + r²·(1/(i+2)! + r/(i+3)!).
	sum, part := vec(), vec()
	four := func(i int, to, t Op) {
		VMULPD(c.factorial[i+3], r, t)
		VADDPD(c.factorial[i+2], t, t)
		VMULPD(r2, t, t)
		VMULPD(c.factorial[i+1], r, to)
		VADDPD(c.factorial[i], to, to)
		VADDPD(t, to, to)
	}
	four(2, sum, t)
	four(6, part, t)
	VMULPD(r4, part, part)
	VADDPD(part, sum, sum)
	four(10, part, t)
	VMULPD(r8, part, part)
	VADDPD(part, sum, sum)
	VMULPD(r2, sum, sum)
	VADDPD(r, sum, sum)
	VPADDQ(c.bias, shifted, shifted)
	VPSLLQ(U8(52), shifted, shifted)
	e := vec()
	VMULPD(sum, shifted, e)
	VSUBPD(c.one, shifted, shifted)
	VADDPD(shifted, e, e)
	VADDPD(c.two, e, t)
	VDIVPD(t, e, e)
	return e
}

func ymm() reg.VecVirtual { return YMM() }
func zmm() reg.VecVirtual { return ZMM() }

// broadcast loads a parameter into every lane.
func broadcast(name string, vec func() reg.VecVirtual) reg.VecVirtual {
	x := vec()
	p, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	VBROADCASTSD(p.Addr, x)
	return x
}

// loop emits what is done for each step of an index up to the parameter n.
func loop(step int, body func(i reg.Register)) {
	n, i := Load(Param("n"), GP64()), GP64()
	XORQ(i, i)
	Label("loop")
	CMPQ(i, n)
	JGE(LabelRef("done"))
	body(i)
	ADDQ(U8(step), i)
	JMP(LabelRef("loop"))
	Label("done")
}

func targets(c *table) {
	TEXT("targetsAVX2", NOSPLIT, "func(dst, ratio, perVol *float64, n int, scale, perYear float64)")
	Doc("targetsAVX2 writes tanh((1−ratio)·perVol·scale)·perVol·perYear, n of them, a multiple of four.")
	dst, ratio, perVol := Load(Param("dst"), GP64()), Load(Param("ratio"), GP64()), Load(Param("perVol"), GP64())
	scale, perYear := broadcast("scale", ymm), broadcast("perYear", ymm)
	loop(4, func(i reg.Register) {
		v, x := YMM(), YMM()
		VMOVUPD(Mem{Base: perVol, Index: i, Scale: 8}, v)
		VMOVUPD(c.one, x)
		VSUBPD(Mem{Base: ratio, Index: i, Scale: 8}, x, x)
		VMULPD(v, x, x)
		VMULPD(scale, x, x)
		e := c.tanh(x, ymm)
		VMULPD(v, e, e)
		VMULPD(perYear, e, e)
		VMOVUPD(e, Mem{Base: dst, Index: i, Scale: 8})
	})
	VZEROUPPER()
	RET()
}

// addTargets sums over markets lane by lane: market m goes to sum m modulo 8, whatever the vectors' length.
func addTargets(c *table, name string, width int, vec func() reg.VecVirtual) {
	TEXT(name, NOSPLIT, "func(sums, ratio, perVol, worth *float64, n int, whole, slope float64)")
	Doc(name + " adds tanh((whole−slope·ratio)·perVol)·worth of market m to sum m modulo 8; n is a multiple of eight.")
	sums := Load(Param("sums"), GP64())
	ratio, perVol, worth := Load(Param("ratio"), GP64()), Load(Param("perVol"), GP64()), Load(Param("worth"), GP64())
	whole, slope := broadcast("whole", vec), broadcast("slope", vec)
	var sum []reg.VecVirtual
	for at := 0; at < lanes; at += width {
		s := vec()
		VMOVUPD(Mem{Base: sums, Disp: 8 * at}, s)
		sum = append(sum, s)
	}
	loop(lanes, func(i reg.Register) {
		for part, s := range sum {
			at := func(base reg.Register) Mem { return Mem{Base: base, Index: i, Scale: 8, Disp: 8 * width * part} }
			x, t := vec(), vec()
			VMULPD(at(ratio), slope, t)
			VSUBPD(t, whole, x)
			VMULPD(at(perVol), x, x)
			e := c.tanh(x, vec)
			VMULPD(at(worth), e, e)
			VADDPD(e, s, s)
		}
	})
	for part, s := range sum {
		VMOVUPD(s, Mem{Base: sums, Disp: 8 * width * part})
	}
	VZEROUPPER()
	RET()
}

func volatilities(c *table, name string, width int, vec func() reg.VecVirtual) {
	TEXT(name, NOSPLIT, "func(perVol, worth, square, gain, size *float64, n int, move, floor float64)")
	Doc(name + " writes 1/max(√(square+(move−square)·gain), floor) and size times that, n of them, a multiple of eight.")
	perVol, worth := Load(Param("perVol"), GP64()), Load(Param("worth"), GP64())
	square, gain, size := Load(Param("square"), GP64()), Load(Param("gain"), GP64()), Load(Param("size"), GP64())
	move, floor := broadcast("move", vec), broadcast("floor", vec)
	loop(width, func(i reg.Register) {
		at := func(base reg.Register) Mem { return Mem{Base: base, Index: i, Scale: 8} }
		x, s, one := vec(), vec(), vec()
		VMOVUPD(at(square), s)
		VSUBPD(s, move, x)
		VMULPD(at(gain), x, x)
		VADDPD(x, s, x)
		VSQRTPD(x, x)
		VMAXPD(floor, x, x)
		VMOVUPD(c.one, one)
		VDIVPD(x, one, x)
		VMOVUPD(x, at(perVol))
		VMULPD(at(size), x, x)
		VMOVUPD(x, at(worth))
	})
	VZEROUPPER()
	RET()
}

func main() {
	ConstraintExpr("amd64")
	c := newTable()
	targets(c)
	addTargets(c, "addTargetsAVX2", 4, ymm)
	addTargets(c, "addTargetsAVX512", lanes, zmm)
	volatilities(c, "volatilitiesAVX2", 4, ymm)
	volatilities(c, "volatilitiesAVX512", lanes, zmm)
	Generate()
}
