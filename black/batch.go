package black

import (
	"errors"
	"math/bits"
)

// Status says how the implied volatility of one contract of a batch came out.
type Status uint8

// The statuses, in the order of the errors of ImpliedVol.
const (
	OK Status = iota
	BelowIntrinsic
	AboveMaximum
	NoTime
	NotFinite
)

// Err is the error of ImpliedVol that the status stands for, or nil.
func (s Status) Err() error {
	return [...]error{nil, ErrBelowIntrinsic, ErrAboveMaximum, ErrNoTime, ErrNotFinite}[s]
}

func statusOf(err error) Status {
	switch {
	case err == nil:
		return OK
	case errors.Is(err, ErrBelowIntrinsic):
		return BelowIntrinsic
	case errors.Is(err, ErrAboveMaximum):
		return AboveMaximum
	case errors.Is(err, ErrNoTime):
		return NoTime
	}
	return NotFinite
}

// chunk is how many contracts a kernel takes at a time. A chunk's columns stay in the first-level
// cache, and its marks of declined lanes on the stack.
const chunk = 256

// marks has one byte for each vector of a chunk. A set bit is a lane that the kernel declined: its
// inputs are not ordinary numbers or it needs iteration, and the scalar function has to do it.
type marks [chunk / 4]uint8

// declined calls f with the index of every marked lane.
func (m *marks) declined(contracts, lanes int, f func(i int)) {
	for v, mark := range m[:(contracts+lanes-1)/lanes] {
		for ; mark != 0; mark &= mark - 1 {
			f(v*lanes + bits.TrailingZeros8(mark))
		}
	}
}

// ImpliedVols is ImpliedVol over len(dst) contracts; the other columns must not be shorter, nor share
// memory with dst. Where status is not OK the volatility is NaN. Every volatility has the bits that ImpliedVol returns,
// whatever vector instructions the processor has.
func ImpliedVols(dst []float64, status []Status, r []Right, price, forward, strike, years []float64) {
	n := len(dst)
	status, r, price, forward, strike, years = status[:n], r[:n], price[:n], forward[:n], strike[:n], years[:n]
	one := func(i int) {
		v, err := ImpliedVol(r[i], price[i], forward[i], strike[i], years[i])
		dst[i], status[i] = v, statusOf(err)
	}
	clear(status)
	var m marks
	for start := 0; start < n; start += chunk {
		count := min(chunk, n-start)
		done, lanes := impliedKernel(&m, dst[start:], r[start:], price[start:], forward[start:], strike[start:], years[start:], count)
		m.declined(done, lanes, func(i int) { one(start + i) })
		for i := start + done; i < start+count; i++ {
			one(i)
		}
	}
}

// GreekColumns are the greeks of a batch, one column each, in the units of Greeks.
type GreekColumns struct {
	Delta, Gamma, Vega, Vanna, Charm []float64
}

// GreeksBatch is GreeksOf over len(dst.Delta) contracts; no other column may be shorter, and none of
// dst may share memory with another. Every greek has the bits that GreeksOf returns, whatever vector
// instructions the processor has.
func GreeksBatch(dst GreekColumns, r []Right, forward, strike, years, vol []float64) {
	n := len(dst.Delta)
	dst = dst.slice(0, n)
	r, forward, strike, years, vol = r[:n], forward[:n], strike[:n], years[:n], vol[:n]
	one := func(i int) {
		g := GreeksOf(r[i], forward[i], strike[i], years[i], vol[i])
		dst.Delta[i], dst.Gamma[i], dst.Vega[i], dst.Vanna[i], dst.Charm[i] = g.Delta, g.Gamma, g.Vega, g.Vanna, g.Charm
	}
	var m marks
	for start := 0; start < n; start += chunk {
		count := min(chunk, n-start)
		done, lanes := greeksKernel(&m, dst.slice(start, n), r[start:], forward[start:], strike[start:], years[start:], vol[start:], count)
		m.declined(done, lanes, func(i int) { one(start + i) })
		for i := start + done; i < start+count; i++ {
			one(i)
		}
	}
}

func (c GreekColumns) slice(i, j int) GreekColumns {
	return GreekColumns{c.Delta[i:j], c.Gamma[i:j], c.Vega[i:j], c.Vanna[i:j], c.Charm[i:j]}
}
