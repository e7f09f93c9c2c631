// Command gen writes the vector kernels of cascade with avo: the normals of a block, and what the loop does
// at every step with the lanes of a block. They take the order of operations of the scalar code and fuse no
// multiplication with an addition, so that both agree to the last bit.
//
// It is a tool of cascade: it may import avo and vector, it must not know any other package of the project, and
// nothing imports it.
package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"faultline/internal/vector"
)

//go:generate go run . -out ../../kernel_amd64.s -stubs ../../kernel_amd64_stub.go -pkg cascade

const block = 32 // lanes that run side by side: flow.Lanes

// machine adds the kernels to a set of instructions.
type machine struct{ vector.Machine }

// constants of all kernels, once a place of the longest vector; steps are those of a block's counters.
type constants struct {
	one, zero, lowest, highest, strict, unit Mem
	first, firstHigh, second, secondHigh     Mem
	steps, layer, sign                       Mem
	low32, two52, two84, both                Mem // both is 2^84 + 2^52
}

const golden = 0x9e3779b97f4a7c15

// The multipliers of mix.
const first, second = 0xbf58476d1ce4e5b9, 0x94d049bb133111eb

func newConstants() *constants {
	same := func(name string, x uint64) Mem {
		return vector.Integers(name, vector.Widest, func(int) uint64 { return x })
	}
	return &constants{
		one: vector.Numbers("one", 1), zero: vector.Numbers("zero", 0), lowest: vector.Numbers("lowest", 0.05), highest: vector.Numbers("highest", 50),
		strict: vector.Numbers("strict", 1e-11*1e-11/2), unit: vector.Numbers("unit", 1./(1<<53)),
		steps: vector.Integers("steps", block, func(i int) uint64 { x := uint64(i + 1); return x * golden }),
		first: same("first", first), firstHigh: same("firstHigh", first>>32),
		second: same("second", second), secondHigh: same("secondHigh", second>>32),
		layer: same("layer", 255), sign: same("sign", 1<<63), low32: same("low32", 1<<32-1),
		two52: same("two52", 0x4330000000000000), two84: same("two84", 0x4530000000000000),
		both: same("both", 0x4530000000100000),
	}
}

// times multiplies numbers of 64 bits by a constant, modulo 2^64. AVX2 has products of 32 bits only.
func (m machine) times(x reg.VecVirtual, by, byHigh Mem) {
	if m.Wide() {
		VPMULLQ(by, x, x)
		return
	}
	high, cross := m.Vec(), m.Vec()
	VPSRLQ(U8(32), x, high)
	VPMULUDQ(by, high, high)
	VPMULUDQ(byHigh, x, cross)
	VPADDQ(cross, high, high)
	VPSLLQ(U8(32), high, high)
	VPMULUDQ(by, x, x)
	VPADDQ(high, x, x)
}

// float turns whole numbers below 2^53 into floating point, exactly.
func (m machine) float(c *constants, x reg.VecVirtual) {
	if m.Wide() {
		VCVTUQQ2PD(x, x)
		return
	}
	// The upper and the lower 32 bits go into the mantissas of 2^84 and 2^52.
	high := m.Vec()
	VPSRLQ(U8(32), x, high)
	VPOR(c.two84, high, high)
	VSUBPD(c.both, high, high)
	VPAND(c.low32, x, x)
	VPOR(c.two52, x, x)
	VADDPD(high, x, x)
}

// normals emits the ziggurat up to its edges.
func (m machine) normals(c *constants) {
	m.Begin("normals", "func(dst *float64, key uint64, x *float64) uint32",
		"writes the normals of a block whose counters start at key, by the layers at x. The bits that it returns say which fell on an edge and are not right yet.")
	dst, layers := vector.Pointer("dst"), vector.Pointer("x")
	key, edges := m.Vec(), GP32()
	p, err := Param("key").Resolve()
	if err != nil {
		panic(err)
	}
	VPBROADCASTQ(p.Addr, key)
	XORL(edges, edges)
	for at := 0; at < block; at += m.Width {
		u, t := m.Vec(), m.Vec()
		VPADDQ(c.steps.Offset(8*at), key, u)
		for _, s := range []struct {
			shift    uint64
			by, high Mem
		}{{30, c.first, c.firstHigh}, {27, c.second, c.secondHigh}} {
			VPSRLQ(U8(s.shift), u, t)
			m.Xor(t, u, u)
			m.times(u, s.by, s.high)
		}
		VPSRLQ(U8(31), u, t)
		m.Xor(t, u, u)
		layer, x := m.Vec(), m.Vec()
		m.And(c.layer, u, layer)
		VPSRLQ(U8(11), u, x)
		m.float(c, x)
		VMULPD(c.unit, x, x)
		width, sure := m.Gather(layers, 0, layer), m.Gather(layers, 8, layer)
		VMULPD(width, x, x)
		bits := m.Compare(vector.NotLess, sure, x)
		if at > 0 {
			SHLL(U8(at), bits)
		}
		ORL(bits, edges)
		VPSLLQ(U8(55), u, u)
		m.And(c.sign, u, u)
		m.Or(u, x, x)
		VMOVUPD(x, Mem{Base: dst, Disp: 8 * at})
	}
	Store(edges, ReturnIndex(0))
	vector.End()
}

// combine emits the weighted sum of blocks.
func (m machine) combine() {
	m.Begin("combine", "func(to, from, weight *float64, count int)",
		"writes the sum of count blocks, one after another at from, each times its weight; there is at least one.")
	to, from, weight, left := vector.Pointer("to"), vector.Pointer("from"), vector.Pointer("weight"), Load(Param("count"), GP64())
	var sum []reg.VecVirtual
	w := m.Vec()
	VBROADCASTSD(Mem{Base: weight}, w)
	for at := 0; at < block; at += m.Width {
		x := m.Vec()
		VMULPD(Mem{Base: from, Disp: 8 * at}, w, x)
		sum = append(sum, x)
	}
	Label("more")
	DECQ(left)
	JEQ(LabelRef("done"))
	ADDQ(U8(8), weight)
	ADDQ(U32(8*block), from)
	VBROADCASTSD(Mem{Base: weight}, w)
	t := m.Vec()
	for k, x := range sum {
		VMULPD(Mem{Base: from, Disp: 8 * m.Width * k}, w, t)
		VADDPD(t, x, x)
	}
	JMP(LabelRef("more"))
	Label("done")
	for k, x := range sum {
		VMOVUPD(x, Mem{Base: to, Disp: 8 * m.Width * k})
	}
	vector.End()
}

// drift emits a slot's noise and the prices that follow.
func (m machine) drift(c *constants) {
	m.Begin("drift", "func(price, free, pushed, noise *float64, n int) uint32",
		"adds noise to free and sets price to 1 + free + pushed, n of each. It returns a number above 0 if one is beyond what is believed.")
	price, free, pushed, noise := vector.Pointer("price"), vector.Pointer("free"), vector.Pointer("pushed"), vector.Pointer("noise")
	bad := GP32()
	XORL(bad, bad)
	m.Loop(func(i reg.Register) {
		x, p := m.Load(vector.Element(free, i)), m.Vec()
		VADDPD(vector.Element(noise, i), x, x)
		VMOVUPD(x, vector.Element(free, i))
		VADDPD(c.one, x, p)
		VADDPD(vector.Element(pushed, i), p, p)
		VMOVUPD(p, vector.Element(price, i))
		ORL(m.Compare(vector.NotGreater, c.lowest, p), bad)
		ORL(m.Compare(vector.NotLess, c.highest, p), bad)
	})
	Store(bad, ReturnIndex(0))
	vector.End()
}

// trade emits the reading of a table.
func (m machine) trade(c *constants) {
	m.Begin("trade", "func(held, trial, out, row, price *float64, last int, low, inverse float64)",
		"sets the positions of a block to those of a row at its prices, writes the changes to out and adds them to trial; last is the row's last cell.")
	held, trial, out := vector.Pointer("held"), vector.Pointer("trial"), vector.Pointer("out")
	row, price := vector.Pointer("row"), vector.Pointer("price")
	low, inverse := m.Broadcast("low"), m.Broadcast("inverse")
	last := m.Half()
	p, err := Param("last").Resolve()
	if err != nil {
		panic(err)
	}
	VPBROADCASTD(p.Addr, last)
	top := m.Vec()
	VCVTDQ2PD(last, top)
	VADDPD(c.one, top, top)
	for at := 0; at < block; at += m.Width {
		x, k, whole := m.Load(Mem{Base: price, Disp: 8 * at}), m.Half(), m.Vec()
		VSUBPD(low, x, x)
		VMULPD(inverse, x, x)
		// Of two numbers of which one is none, both instructions take the one named first here.
		VMAXPD(c.zero, x, x)
		VMINPD(top, x, x)
		if m.Wide() {
			VCVTTPD2DQ(x, k)
		} else {
			VCVTTPD2DQY(x, k)
		}
		VPMINSD(last, k, k)
		VCVTDQ2PD(k, whole)
		VSUBPD(whole, x, x)
		from, to := m.Pairs(row, k)
		VSUBPD(from, to, to)
		VMULPD(x, to, to)
		VADDPD(to, from, from)
		change := m.Vec()
		VSUBPD(Mem{Base: held, Disp: 8 * at}, from, change)
		VMOVUPD(from, Mem{Base: held, Disp: 8 * at})
		VMOVUPD(change, Mem{Base: out, Disp: 8 * at})
		VADDPD(Mem{Base: trial, Disp: 8 * at}, change, change)
		VMOVUPD(change, Mem{Base: trial, Disp: 8 * at})
	}
	vector.End()
}

// audit emits double entry.
func (m machine) audit(c *constants) {
	m.Begin("audit", "func(trial, state, before, out, moved *float64, n int) int",
		"adds out to trial as long as state − before − out − moved is next to nothing, and returns how many it did.")
	trial, state, before := vector.Pointer("trial"), vector.Pointer("state"), vector.Pointer("before")
	out, moved := vector.Pointer("out"), vector.Pointer("moved")
	at := GP64()
	m.Loop(func(i reg.Register) {
		s, b, o := m.Load(vector.Element(state, i)), m.Load(vector.Element(before, i)), m.Load(vector.Element(out, i))
		d := m.Vec()
		VSUBPD(b, s, d)
		VSUBPD(o, d, d)
		VSUBPD(vector.Element(moved, i), d, d)
		VMULPD(d, d, d)
		VMULPD(s, s, s)
		VMULPD(b, b, b)
		VADDPD(b, s, s)
		VMULPD(c.strict, s, s)
		VSUBPD(s, d, d)
		broken := m.Compare(vector.NotAtMost, c.zero, d)
		MOVQ(i, at)
		TESTL(broken, broken)
		JNE(LabelRef("stop"))
		VADDPD(vector.Element(trial, i), o, o)
		VMOVUPD(o, vector.Element(trial, i))
	})
	MOVQ(Load(Param("n"), GP64()), at)
	Label("stop")
	Store(at, ReturnIndex(0))
	vector.End()
}

// wear emits what is left of the dollars of a block.
func (m machine) wear() {
	m.Begin("wear", "func(to, perm, fast, slow, trial *float64, lasts, keepFast, newFast, keepSlow, newSlow float64, keep bool)",
		"lets the dollars of a block wear off, adds what is new and writes their sum; with keep they stay.")
	to, trial := vector.Pointer("to"), vector.Pointer("trial")
	perm, fast, slow := vector.Pointer("perm"), vector.Pointer("fast"), vector.Pointer("slow")
	lasts := m.Broadcast("lasts")
	keepFast, newFast := m.Broadcast("keepFast"), m.Broadcast("newFast")
	keepSlow, newSlow := m.Broadcast("keepSlow"), m.Broadcast("newSlow")
	stays := Load(Param("keep"), GP8())
	i := GP64()
	XORQ(i, i)
	Label("loop")
	x, p, f, s, t := m.Load(vector.Element(trial, i)), m.Vec(), m.Vec(), m.Vec(), m.Vec()
	VMULPD(x, lasts, p)
	VADDPD(vector.Element(perm, i), p, p)
	VMULPD(vector.Element(fast, i), keepFast, f)
	VMULPD(x, newFast, t)
	VADDPD(t, f, f)
	VMULPD(vector.Element(slow, i), keepSlow, s)
	VMULPD(x, newSlow, t)
	VADDPD(t, s, s)
	vector.Keep(stays, "tried", func() {
		VMOVUPD(p, vector.Element(perm, i))
		VMOVUPD(f, vector.Element(fast, i))
		VMOVUPD(s, vector.Element(slow, i))
	})
	VADDPD(f, p, p)
	VADDPD(s, p, p)
	VMOVUPD(p, vector.Element(to, i))
	ADDQ(U8(m.Width), i)
	CMPQ(i, U8(block))
	JLT(LabelRef("loop"))
	vector.End()
}

// last emits the dollars of a block of which none wear off.
func (m machine) last() {
	m.Begin("last", "func(to, perm, trial *float64, usd float64, keep bool)",
		"writes perm + usd·trial of a block; with keep it stays.")
	to, perm, trial, usd := vector.Pointer("to"), vector.Pointer("perm"), vector.Pointer("trial"), m.Broadcast("usd")
	stays := Load(Param("keep"), GP8())
	i := GP64()
	XORQ(i, i)
	Label("loop")
	p := m.Vec()
	VMULPD(vector.Element(trial, i), usd, p)
	VADDPD(vector.Element(perm, i), p, p)
	vector.Keep(stays, "tried", func() { VMOVUPD(p, vector.Element(perm, i)) })
	VMOVUPD(p, vector.Element(to, i))
	ADDQ(U8(m.Width), i)
	CMPQ(i, U8(block))
	JLT(LabelRef("loop"))
	vector.End()
}

func main() {
	ConstraintExpr("amd64")
	c := newConstants()
	for _, one := range vector.Machines {
		m := machine{one}
		m.normals(c)
		m.combine()
		m.drift(c)
		m.trade(c)
		m.audit(c)
		m.wear()
		m.last()
	}
	Generate()
}
