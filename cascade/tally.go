package cascade

import (
	"math"
	"math/bits"
)

// What many paths leave behind does not grow with their number, and does not depend on the order in which
// they come: integer counts in fixed bins, and sums of fixed-point numbers in 128 bits.

// total is a sum of fixed-point numbers with 50 bits behind the point.
type total struct {
	hi int64
	lo uint64
}

const fixedPoint = 1 << 50

// add adds x, which must be within ±8000; what is beyond is cut off there.
func (t *total) add(x float64) {
	v := int64(math.Round(min(max(x, -8000), 8000) * fixedPoint))
	lo, carry := bits.Add64(t.lo, uint64(v), 0)
	t.lo = lo
	t.hi += v>>63 + int64(carry)
}

func (t *total) merge(u total) {
	lo, carry := bits.Add64(t.lo, u.lo, 0)
	t.lo = lo
	t.hi += u.hi + int64(carry)
}

func (t total) value() float64 {
	return (float64(t.hi)*(1<<32)*(1<<32) + float64(t.lo)) / fixedPoint
}

// estimate sums a quantity and its square.
type estimate struct{ sum, square total }

func (e *estimate) add(x float64) {
	e.sum.add(x)
	e.square.add(x * x)
}

func (e *estimate) merge(f *estimate) {
	e.sum.merge(f.sum)
	e.square.merge(f.square)
}

// Estimate is a mean over paths with its standard error.
type Estimate struct{ Mean, Error float64 }

// Interval is the 5–95 % interval of the mean, by the normal approximation: 1.645 standard errors.
func (e Estimate) Interval() (low, high float64) {
	return e.Mean - 1.645*e.Error, e.Mean + 1.645*e.Error
}

func (e *estimate) over(n int) Estimate {
	k := float64(n)
	mean := e.sum.value() / k
	v := (e.square.value() - k*mean*mean) / (k - 1)
	return Estimate{Mean: mean, Error: math.Sqrt(math.Max(v, 0) / k)}
}

// histogram counts in bins of equal width; the first and last one take what lies beyond.
type histogram struct {
	low, step float64
	count     []int64
}

func newHistogram(span, step float64) histogram {
	n := int(math.Round(2*span/step)) + 1
	return histogram{low: -step * (float64(n) / 2), step: step, count: make([]int64, n)}
}

func (h *histogram) add(x float64) {
	i := math.Floor((x - h.low) / h.step)
	h.count[int(min(max(i, 0), float64(len(h.count)-1)))]++
}

func (h *histogram) merge(o *histogram) {
	for i, c := range o.count {
		h.count[i] += c
	}
}

// quantile is linear within its bin; half a bin's width is its error.
func (h *histogram) quantile(q float64) float64 {
	all := int64(0)
	for _, c := range h.count {
		all += c
	}
	rank := q * float64(all)
	seen := 0.0
	for i, c := range h.count {
		if c > 0 && seen+float64(c) >= rank {
			return h.low + h.step*(float64(i)+(rank-seen)/float64(c))
		}
		seen += float64(c)
	}
	return h.low + h.step*float64(len(h.count))
}

// below is the share of what was counted that lies below x, linear within its bin.
func (h *histogram) below(x float64) float64 {
	all, under := 0.0, 0.0
	for i, c := range h.count {
		all += float64(c)
		from := h.low + h.step*float64(i)
		under += float64(c) * min(max((x-from)/h.step, 0), 1)
	}
	return under / all
}

// Widths of bins: a tenth of a basis point would show nothing more. Flows are counted in half billions.
const (
	moveSpan, moveStep = 0.6, 1e-4
	flowSpan, flowStep = 600e9, 0.25e9
)

// detail is the distribution of one case.
type detail struct {
	final histogram
	fan   []histogram // by checkpoint
	flow  []histogram // by player
	paid  []estimate  // by player, in billions of dollars
	half  []int64     // by slot: first slot at half of the final move
	after []int64     // by slot: first slot at half of what the final move adds to the shock
	touch []int64     // by level
}

func newDetail(checkpoints, players, slots, levels int) *detail {
	d := &detail{
		final: newHistogram(moveSpan, moveStep), half: make([]int64, slots), after: make([]int64, slots),
		touch: make([]int64, levels), paid: make([]estimate, players),
	}
	for range checkpoints {
		d.fan = append(d.fan, newHistogram(moveSpan, moveStep))
	}
	for range players {
		d.flow = append(d.flow, newHistogram(flowSpan, flowStep))
	}
	return d
}

func (d *detail) merge(o *detail) {
	d.final.merge(&o.final)
	for i := range d.fan {
		d.fan[i].merge(&o.fan[i])
	}
	for i := range d.flow {
		d.flow[i].merge(&o.flow[i])
		d.paid[i].merge(&o.paid[i])
	}
	for i, c := range o.half {
		d.half[i] += c
		d.after[i] += o.after[i]
	}
	for i, c := range o.touch {
		d.touch[i] += c
	}
}

// quantileOf is the slot by which the share q of what was counted has come.
func quantileOf(count []int64, q float64) int {
	all, seen := int64(0), int64(0)
	for _, c := range count {
		all += c
	}
	for i, c := range count {
		seen += c
		if float64(seen) >= q*float64(all) {
			return i
		}
	}
	return len(count) - 1
}
