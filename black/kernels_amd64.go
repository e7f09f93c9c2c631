package black

import "golang.org/x/sys/cpu"

// instructions is the best set that both the kernels and this processor have. AVX2 kernels use fused
// multiply-add, which every processor with AVX2 but one early maker's has.
type instructions int

const (
	scalar instructions = iota
	avx2
	avx512
)

var best = detect()

func detect() instructions {
	x := &cpu.X86
	switch {
	case x.HasAVX512F && x.HasAVX512DQ && x.HasAVX512VL && x.HasAVX2 && x.HasFMA:
		return avx512
	case x.HasAVX2 && x.HasFMA:
		return avx2
	}
	return scalar
}

func (i instructions) lanes() int {
	if i == avx2 {
		return 4
	}
	return 8
}

// pass is how many contracts every kernel takes per turn of its loop, or a multiple of that.
const pass = 16

// impliedKernel does the first done of count contracts and marks those it declines.
func impliedKernel(m *marks, dst []float64, r []Right, price, forward, strike, years []float64, count int) (done, lanes int) {
	if best == scalar {
		return 0, 8
	}
	lanes = best.lanes()
	if done = count &^ (pass - 1); done > 0 {
		implied(m[:], dst, r, price, forward, strike, years, done)
	}
	if rest := count - done; rest > 0 {
		p := padding
		copy(p.right[:rest], r[done:])
		copy(p.price[:rest], price[done:])
		copy(p.forward[:rest], forward[done:])
		copy(p.strike[:rest], strike[done:])
		copy(p.years[:rest], years[done:])
		implied(m[done/lanes:], p.out[0][:], p.right[:], p.price[:], p.forward[:], p.strike[:], p.years[:], pass)
		copy(dst[done:count], p.out[0][:])
	}
	return count, lanes
}

func implied(m []uint8, dst []float64, r []Right, price, forward, strike, years []float64, count int) {
	if best == avx512 {
		impliedAVX512(&dst[0], &m[0], (*int8)(&r[0]), &price[0], &forward[0], &strike[0], &years[0], count)
		return
	}
	impliedAVX2(&dst[0], &m[0], (*int8)(&r[0]), &price[0], &forward[0], &strike[0], &years[0], count)
}

// greeksKernel does the first done of count contracts and marks those it declines.
func greeksKernel(m *marks, dst GreekColumns, r []Right, forward, strike, years, vol []float64, count int) (done, lanes int) {
	if best == scalar {
		return 0, 8
	}
	lanes = best.lanes()
	if done = count &^ (pass - 1); done > 0 {
		greeks(m[:], dst, r, forward, strike, years, vol, done)
	}
	if rest := count - done; rest > 0 {
		p := padding
		copy(p.right[:rest], r[done:])
		copy(p.forward[:rest], forward[done:])
		copy(p.strike[:rest], strike[done:])
		copy(p.years[:rest], years[done:])
		copy(p.vol[:rest], vol[done:])
		out := GreekColumns{p.out[0][:], p.out[1][:], p.out[2][:], p.out[3][:], p.out[4][:]}
		greeks(m[done/lanes:], out, p.right[:], p.forward[:], p.strike[:], p.years[:], p.vol[:], pass)
		copy(dst.Delta[done:count], out.Delta)
		copy(dst.Gamma[done:count], out.Gamma)
		copy(dst.Vega[done:count], out.Vega)
		copy(dst.Vanna[done:count], out.Vanna)
		copy(dst.Charm[done:count], out.Charm)
	}
	return count, lanes
}

func greeks(m []uint8, dst GreekColumns, r []Right, forward, strike, years, vol []float64, count int) {
	if best == avx512 {
		greeksAVX512(&dst.Delta[0], &dst.Gamma[0], &dst.Vega[0], &dst.Vanna[0], &dst.Charm[0], &m[0],
			(*int8)(&r[0]), &forward[0], &strike[0], &years[0], &vol[0], count)
		return
	}
	greeksAVX2(&dst.Delta[0], &dst.Gamma[0], &dst.Vega[0], &dst.Vanna[0], &dst.Charm[0], &m[0],
		(*int8)(&r[0]), &forward[0], &strike[0], &years[0], &vol[0], count)
}

// remainder is a last turn of a kernel's loop that the contracts do not fill.
type remainder struct {
	right                              [pass]Right
	price, forward, strike, years, vol [pass]float64
	out                                [5][pass]float64
}

// padding fills it up with one contract that no kernel declines.
var padding = func() (p remainder) {
	for i := range pass {
		p.right[i], p.price[i], p.forward[i], p.strike[i], p.years[i], p.vol[i] = Call, 0.1, 1, 1, 1, 0.25
	}
	return p
}()

// hoistKernel fills the first done of count rows from the contracts at first and marks those it
// declines. It leaves the last few to the scalar twin.
func hoistKernel(h *hoisted, m *marks, c *contracts, first, count int, k kind) (done, lanes int) {
	done, lanes = count&^(pass-1), best.lanes()
	if best == scalar || done == 0 {
		return 0, lanes
	}
	to, weight := &h.inverse[0], &c.weight[first]
	forward, strike, years, vol := &c.forward[first], &c.strike[first], &c.years[first], &c.vol[first]
	switch {
	case k == sumGamma && best == avx512:
		hoistGammaAVX512(to, &m[0], weight, forward, strike, years, vol, done)
	case k == sumGamma:
		hoistGammaAVX2(to, &m[0], weight, forward, strike, years, vol, done)
	case k == sumDelta && best == avx512:
		hoistDeltaAVX512(to, &m[0], weight, forward, strike, years, vol, done, (*int8)(&c.right[first]))
	case k == sumDelta:
		hoistDeltaAVX2(to, &m[0], weight, forward, strike, years, vol, done, (*int8)(&c.right[first]))
	case best == avx512:
		hoistGreeksAVX512(to, &m[0], weight, forward, strike, years, vol, done, (*int8)(&c.right[first]))
	default:
		hoistGreeksAVX2(to, &m[0], weight, forward, strike, years, vol, done, (*int8)(&c.right[first]))
	}
	return done, lanes
}

// sumKernel adds count rows to the totals of the grid, and is false if it has no instructions to do
// so. Points are rounded up to what a pass takes, which the padded block has room for.
func sumKernel(t *sums, logs *[gridBlock]float64, points int, h *hoisted, count int, k kind) bool {
	totals, rows := &t.delta[0], &h.inverse[0]
	switch {
	case best == scalar:
		return false
	case k == sumGamma && best == avx512:
		sumGammaAVX512(totals, &logs[0], points, rows, count)
	case k == sumGamma:
		sumGammaAVX2(totals, &logs[0], points, rows, count)
	case k == sumDelta && best == avx512:
		sumDeltaAVX512(totals, &logs[0], points, rows, count)
	case k == sumDelta:
		sumDeltaAVX2(totals, &logs[0], points, rows, count)
	case best == avx512:
		sumGreeksAVX512(totals, &logs[0], points, rows, count)
	default:
		sumGreeksAVX2(totals, &logs[0], points, rows, count)
	}
	return true
}
