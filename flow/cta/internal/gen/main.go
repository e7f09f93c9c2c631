// Command gen writes the vector kernel of flow/cta with avo: tanh((1−u)·v·s)·v·y for four markets at a
// time, in the order of operations of the scalar code, so that both agree to the last bit.
//
// It is a tool of flow/cta: it may import avo, it must not know any other package of the project, and nothing
// imports it.
package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

//go:generate go run . -out ../../kernel_amd64.s -stubs ../../kernel_amd64_stub.go -pkg cta

// constant lays a number down four times and returns its place.
func constant(name string, x float64) Mem {
	m := GLOBL(name, RODATA|NOPTR)
	for i := range 4 {
		DATA(8*i, F64(x))
	}
	return m
}

func main() {
	ConstraintExpr("amd64")
	one, two, twenty, least := constant("one", 1), constant("two", 2), constant("twenty", 20), constant("least", -20)
	log2e, round := constant("log2e", math.Log2E), constant("round", 3<<51)
	high, low := constant("high", 6.93147180369123816490e-01), constant("low", 1.90821492927058770002e-10)
	bias := GLOBL("bias", RODATA|NOPTR)
	for i := range 4 {
		DATA(8*i, U64(1023))
	}
	var factorial [14]Mem
	f := 1.0
	for i, name := range []string{"f2", "f3", "f4", "f5", "f6", "f7", "f8", "f9", "f10", "f11", "f12", "f13"} {
		f *= float64(i + 2)
		factorial[i+2] = constant(name, 1/f)
	}

	TEXT("targetsAVX2", NOSPLIT, "func(dst, ratio, perVol *float64, n int, scale, perYear float64)")
	Doc("targetsAVX2 writes tanh((1−ratio)·perVol·scale)·perVol·perYear, n of them, a multiple of four.")
	dst, ratio, perVol := Load(Param("dst"), GP64()), Load(Param("ratio"), GP64()), Load(Param("perVol"), GP64())
	n := Load(Param("n"), GP64())
	scale, perYear := YMM(), YMM()
	p, _ := Param("scale").Resolve()
	VBROADCASTSD(p.Addr, scale)
	p, _ = Param("perYear").Resolve()
	VBROADCASTSD(p.Addr, perYear)
	i := GP64()
	XORQ(i, i)
	Label("loop")
	CMPQ(i, n)
	JGE(LabelRef("done"))

	v, x := YMM(), YMM()
	VMOVUPD(Mem{Base: perVol, Index: i, Scale: 8}, v)
	VMOVUPD(one, x)
	VSUBPD(Mem{Base: ratio, Index: i, Scale: 8}, x, x)
	VMULPD(v, x, x)
	VMULPD(scale, x, x)
	VMINPD(twenty, x, x)
	VMAXPD(least, x, x)
	y, shifted, k, r := YMM(), YMM(), YMM(), YMM()
	VADDPD(x, x, y)
	VMULPD(log2e, y, shifted)
	VADDPD(round, shifted, shifted)
	VSUBPD(round, shifted, k)
	t := YMM()
	VMULPD(high, k, t)
	VSUBPD(t, y, r)
	VMULPD(low, k, t)
	VSUBPD(t, r, r)
	r2, r4, r8 := YMM(), YMM(), YMM()
	VMULPD(r, r, r2)
	VMULPD(r2, r2, r4)
	VMULPD(r4, r4, r8)
	// four is (1/i! + r/(i+1)!) + r²·(1/(i+2)! + r/(i+3)!).
	sum, part := YMM(), YMM()
	four := func(i int, to, t Op) {
		VMULPD(factorial[i+3], r, t)
		VADDPD(factorial[i+2], t, t)
		VMULPD(r2, t, t)
		VMULPD(factorial[i+1], r, to)
		VADDPD(factorial[i], to, to)
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
	VPADDQ(bias, shifted, shifted)
	VPSLLQ(U8(52), shifted, shifted)
	e := YMM()
	VMULPD(sum, shifted, e)
	VSUBPD(one, shifted, shifted)
	VADDPD(shifted, e, e)
	VADDPD(two, e, t)
	VDIVPD(t, e, e)
	VMULPD(v, e, e)
	VMULPD(perYear, e, e)
	VMOVUPD(e, Mem{Base: dst, Index: i, Scale: 8})
	ADDQ(U8(4), i)
	JMP(LabelRef("loop"))
	Label("done")
	VZEROUPPER()
	RET()
	Generate()
}
