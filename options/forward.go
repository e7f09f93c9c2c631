package options

import (
	"math"

	"faultline/evidence"
	"faultline/market"
)

// parity is what put–call parity says about the rate of one expiry.
type parity struct {
	rate, se float64 // estimate of −ln(discount)/years and its standard error; se is +Inf without one
}

// pair is one strike with a usable call and put. Parity: call − put = discount · (forward − strike).
type pair struct {
	strike float64
	diff   float64 // mid of call less mid of put, points
	half   float64 // half the spread of the synthetic, points
}

// tinyHalf keeps a locked market, whose spread is zero, from having infinite weight: half a cent.
const tinyHalf = 0.005

// fitForwards finds forward and discount factor of every expiry.
//
// The discount factor is the slope of call − put over strike, by regression weighted with the
// inverse square of the synthetic's spread and made robust by Tukey's biweight (Beaton and Tukey
// 1974). A short expiry tells little about its rate: 0.1 points over 1,000 points of strikes is
// 0.01 % of the discount factor and 3.6 % a year over one day. So the rates of all
// expiries are smoothed together.
//
// The forward is then the weighted median of strike + (call − put)/discount: a median, since one
// stale pair must not move it.
func (w *work) fitForwards() {
	w.estimateRates()
	w.smoothRates()
	w.parityForwards()
	if w.in.American {
		w.americanForwards()
	}
	w.dropStaleExpiries()
	w.fillForwards()
	w.implySpot()
	for g := range w.groups {
		e := &w.groups[g]
		for i := e.first; i < e.end; i++ {
			w.forward[i] = e.Forward
			if e.Absent != nil {
				w.why[i], w.drop[i] = noForward, true
			}
		}
		const week = 7.0 / 365
		if s := w.spot(); w.oneUnderlying() && e.Absent == nil && s > 0 && e.Years >= week {
			e.DividendYield = e.Rate - math.Log(e.Forward/s)/e.Years
			// Dividends come in lumps: only over a quarter of a year is a yield their rate.
			e.Borrow = w.in.Kind == market.Stock && e.Years >= 0.25 && e.DividendYield > w.p.BorrowYield
		}
	}
}

// estimateRates finds what each expiry by itself says about the rate. American options say nothing:
// their premiums follow whatever rate is assumed.
func (w *work) estimateRates() {
	var buf []pair
	var scratch []weighted
	for g := range w.groups {
		e := &w.groups[g]
		buf = w.pairs(e, buf[:0])
		e.Pairs = len(buf)
		e.fit = parity{se: math.Inf(1)}
		if w.in.American || len(buf) < w.p.MinPairs {
			continue
		}
		var rough float64
		rough, scratch = medianForward(buf, math.Exp(-w.p.RatePrior*e.Years), 0.05*e.Years, scratch)
		e.fit.rate, e.fit.se, scratch = regressRate(buf, rough, e.Years, w.p.PairRange, scratch)
	}
}

// parityForwards finds the forward of each expiry that has pairs.
func (w *work) parityForwards() {
	var buf []pair
	var scratch []weighted
	for g := range w.groups {
		e := &w.groups[g]
		if buf = w.pairs(e, buf[:0]); len(buf) == 0 {
			continue
		}
		unsure := w.p.DiscountError
		if w.in.American {
			unsure = 0.05 * e.Years // far from the money early exercise bends parity
		}
		e.Forward, scratch = medianForward(buf, e.Discount, unsure, scratch)
		e.settleForward(buf)
	}
}

// settleForward finds the best synthetic of the pairs and holds the forward within it.
func (e *group) settleForward(p []pair) {
	e.ForwardLow, e.ForwardHigh = bestSynthetic(p, e.Forward, e.Discount)
	e.Forward = hold(e.Forward, e.ForwardLow, e.ForwardHigh)
	e.ForwardFrom = "parity"
}

// spot is the best price of the underlying at the instant of the quotes.
func (w *work) spot() float64 {
	if !market.IsMissing(w.b.SpotImplied) {
		return w.b.SpotImplied
	}
	return w.b.Spot
}

// pairs appends the strikes of an expiry whose call and put are both quoted well. Where these are
// too few, an option with an ask only counts as well, as worth between nothing and its ask: in the
// last minute of an expiry no option out of the money has a bid.
func (w *work) pairs(e *group, buf []pair) []pair {
	buf = w.pairsWhere(e, buf, ok)
	if len(buf) < w.p.MinPairs {
		buf = w.pairsWhere(e, buf, noBid)
	}
	return buf
}

// pairsWhere appends the pairs whose worse side is in the state why.
func (w *work) pairsWhere(e *group, buf []pair, why uint8) []pair {
	for _, r := range w.rungs[e.rung0:e.rN] {
		if r.call < 0 || r.put < 0 || w.why[r.call] != ok && w.why[r.put] != ok || max(w.why[r.call], w.why[r.put]) != why {
			continue
		}
		callMid, callHalf := w.middle(r.call)
		putMid, putHalf := w.middle(r.put)
		buf = append(buf, pair{r.strike, callMid - putMid, max(callHalf+putHalf, tinyHalf)})
	}
	return buf
}

// middle is the mid of a quote and half its spread, a missing bid being nothing.
func (w *work) middle(i int32) (mid, half float64) {
	bid := w.bid[i]
	if w.why[i] == noBid {
		bid = 0
	}
	return (bid + w.ask[i]) / 2, (w.ask[i] - bid) / 2
}

type weighted struct{ value, weight float64 }

// weightedMedian returns the least value at and below which half of the weight lies, by quickselect
// (Hoare 1961). It reorders v; it is NaN without any.
func weightedMedian(v []weighted) float64 {
	total := 0.0
	for _, x := range v {
		total += x.weight
	}
	below := 0.0 // weight of what has been set aside as less
	for len(v) > 0 {
		a, b, c := v[0].value, v[len(v)/2].value, v[len(v)-1].value
		pivot := max(min(a, b), min(max(a, b), c))
		// Three parts: less, equal, greater.
		less, greater := 0, len(v)
		lighter, equal := 0.0, 0.0
		for i := 0; i < greater; {
			switch x := v[i]; {
			case x.value < pivot:
				lighter += x.weight
				v[i], v[less] = v[less], x
				less++
				i++
			case x.value > pivot:
				greater--
				v[i], v[greater] = v[greater], x
			default:
				equal += x.weight
				i++
			}
		}
		switch {
		case less > 0 && below+lighter >= total/2:
			v = v[:less]
		case below+lighter+equal >= total/2 || greater == len(v):
			return pivot
		default:
			below += lighter + equal
			v = v[greater:]
		}
	}
	return math.NaN()
}

// medianForward is the weighted median of the forwards that the pairs imply. The weight is the
// inverse square of what is not known: half the synthetic's spread, and, for strikes far from the
// forward, the error that a discount factor wrong by the share unsure would make.
func medianForward(p []pair, discount, unsure float64, scratch []weighted) (float64, []weighted) {
	scratch = scratch[:0]
	for _, x := range p {
		s := (x.half + unsure*math.Abs(x.diff)) / discount
		scratch = append(scratch, weighted{x.strike + x.diff/discount, 1 / (s * s)})
	}
	return weightedMedian(scratch), scratch
}

// regressRate estimates the rate, and its standard error, from the slope of call − put over strike.
func regressRate(p []pair, forward, years, within float64, scratch []weighted) (rate, se float64, _ []weighted) {
	lo, hi := forward*math.Exp(-within), forward*math.Exp(within)
	const (
		rounds = 6
		tukey  = 4.685 // 95 % efficiency on normal errors (Holland and Welsch 1977)
		mad    = 1.4826
	)
	slope, level, scale := -1.0, 0.0, math.Inf(1)
	var sumW, varX float64
	for round := range rounds {
		var s0, s1, s2, t0, t1 float64
		n := 0
		for _, x := range p {
			if x.strike < lo || x.strike > hi {
				continue
			}
			dx := x.strike - forward
			wt := 1 / (x.half * x.half)
			if round > 0 {
				u := (x.diff - level - slope*dx) / (x.half * tukey * scale)
				if u*u >= 1 {
					continue
				}
				wt *= (1 - u*u) * (1 - u*u)
			}
			n++
			s0, s1, s2 = s0+wt, s1+wt*dx, s2+wt*dx*dx
			t0, t1 = t0+wt*x.diff, t1+wt*dx*x.diff
		}
		det := s0*s2 - s1*s1
		if n < 3 || !(det > 1e-12*s0*s2) {
			return 0, math.Inf(1), scratch
		}
		slope, level = (s0*t1-s1*t0)/det, (s2*t0-s1*t1)/det
		sumW, varX = s0, s2/s0-(s1/s0)*(s1/s0)
		scratch = scratch[:0]
		for _, x := range p {
			if x.strike >= lo && x.strike <= hi {
				scratch = append(scratch, weighted{math.Abs(x.diff-level-slope*(x.strike-forward)) / x.half, 1})
			}
		}
		// A twentieth of the half spread is as well as mid prices can agree: below that the scale
		// would make outliers of rounding.
		scale = max(mad*weightedMedian(scratch), 0.05)
	}
	if !(slope < 0) {
		return 0, math.Inf(1), scratch
	}
	// The errors of neighbouring strikes are not independent, as one machine quotes them all; a
	// handful of independent ones is what the chain is worth.
	const independent = 10.0
	n := float64(len(scratch))
	seSlope := scale / math.Sqrt(sumW*varX) * math.Sqrt(max(n/independent, 1))
	return -math.Log(-slope) / years, seSlope / (-slope) / years, scratch
}

// smoothRates fills in the rate of every expiry from all of their estimates: a random walk over the
// logarithm of time, seen with noise, by Kalman filter and Rauch–Tung–Striebel smoother. Short
// expiries say little, long ones much, and the morning and afternoon expiry of one date share what
// they know. The walk starts from Params.RatePrior, which is what a chain without any estimate gets.
func (w *work) smoothRates() {
	n := len(w.groups)
	f := make([]float64, 3*n)
	mean, variance, step := f[:n], f[n:2*n], f[2*n:]
	m, v := w.p.RatePrior, sq(w.p.RatePriorSD)
	for g := range w.groups {
		e := &w.groups[g]
		if g > 0 {
			step[g] = sq(w.p.RateWalkSD) * math.Log(e.Years/w.groups[g-1].Years)
			v += step[g]
		}
		if !math.IsInf(e.fit.se, 1) {
			noise := sq(e.fit.se) + sq(w.p.DiscountError/e.Years)
			gain := v / (v + noise)
			m, v = m+gain*(e.fit.rate-m), (1-gain)*v
		}
		mean[g], variance[g] = m, v
	}
	for g := n - 1; g >= 0; g-- {
		e := &w.groups[g]
		if g+1 < n {
			back := variance[g] / (variance[g] + step[g+1])
			mean[g] += back * (mean[g+1] - mean[g])
		}
		e.Rate = mean[g]
		e.Discount = math.Exp(-e.Rate * e.Years)
	}
}

func sq(x float64) float64 { return x * x }

// bestSynthetic is bid and ask of the forward at the strike where buying one side and selling the
// other costs least; among equals, at the strike nearest to the forward. A synthetic whose mid is
// further from the forward than three times what it costs to trade is of another time and not asked.
func bestSynthetic(p []pair, forward, discount float64) (low, high float64) {
	low, high = market.Missing, market.Missing
	least, near := math.Inf(1), math.Inf(1)
	for _, x := range p {
		mid, half := x.strike+x.diff/discount, x.half/discount
		if math.Abs(mid-forward) > 3*half+tinyHalf {
			continue
		}
		d := math.Abs(x.strike - forward)
		const same = 1e-9 // spreads are sums of rounded prices
		if half < least-same || half < least+same && d < near {
			least, near = min(half, least), d
			low, high = mid-half, mid+half
		}
	}
	return low, high
}

// hold moves a forward into the bid and ask of the best synthetic, where there is one: outside them
// somebody would trade it.
func hold(forward, low, high float64) float64 {
	if low <= high {
		return min(max(forward, low), high)
	}
	return forward
}

// fillForwards gives a forward to the expiries without a pair. Between two forwards from parity the
// logarithm of the forward runs straight in time, which is a constant carry; outside them it keeps
// the carry of the whole chain. The carry is always that of traded forwards, never a rate alone,
// since dividends and borrowing cost as much as money does. With a single forward the carry is
// unknown; it is taken from the printed spot where that is far enough away in time to tell.
func (w *work) fillForwards() {
	var known []int
	for g := range w.groups {
		if w.groups[g].ForwardFrom == "parity" {
			known = append(known, g)
		}
	}
	carry, haveCarry := w.carry(known)
	haveCarry = haveCarry && w.oneUnderlying()
	for g := range w.groups {
		e := &w.groups[g]
		if e.ForwardFrom != "" {
			continue
		}
		before, after := -1, -1
		for _, k := range known {
			if w.groups[k].Years <= e.Years {
				before = k
			} else if after < 0 {
				after = k
			}
		}
		switch {
		case before >= 0 && after >= 0:
			a, b := &w.groups[before], &w.groups[after]
			t := (e.Years - a.Years) / (b.Years - a.Years)
			e.Forward = a.Forward * math.Pow(b.Forward/a.Forward, t)
			e.ForwardFrom = "interpolated"
		case before >= 0 && w.groups[before].Years == e.Years:
			e.Forward, e.ForwardFrom = w.groups[before].Forward, "interpolated"
		case (before >= 0 || after >= 0) && haveCarry:
			k := max(before, after)
			e.Forward = w.groups[k].Forward * math.Exp(carry*(e.Years-w.groups[k].Years))
			e.ForwardFrom = "extrapolated"
		default:
			e.Discount, e.Rate = market.Missing, market.Missing
			e.Absent = &evidence.Absent{Code: NoForward, Args: evidence.Args{"root": e.Root, "expiry": e.Date.String(), "pairs": e.Pairs}}
		}
	}
}

// carry is the growth rate of the forward a year, by least squares of its logarithm over time,
// weighted with time so that the noise of neighbouring short expiries does not count.
func (w *work) carry(known []int) (float64, bool) {
	if len(known) == 0 {
		return 0, false
	}
	first, last := &w.groups[known[0]], &w.groups[known[len(known)-1]]
	if last.Years-first.Years >= w.p.MinCarryTime {
		var xx, xy float64
		for _, k := range known[1:] {
			t := w.groups[k].Years - first.Years
			xx, xy = xx+t*t, xy+t*math.Log(w.groups[k].Forward/first.Forward)
		}
		return xy / xx, true
	}
	if w.b.Spot > 0 && last.Years >= w.p.MinCarryTime {
		return math.Log(last.Forward/w.b.Spot) / last.Years, true
	}
	return 0, false
}

// oneUnderlying reports whether all expiries are options on one thing, whose forwards are tied to each
// other by carry and whose variance adds up over time. Options on a volatility index are not: each
// expiry is on a future of its own.
func (w *work) oneUnderlying() bool { return w.in.Kind != market.Volatility }

// implySpot carries the nearest forward back to the instant of the quotes.
func (w *work) implySpot() {
	if !w.oneUnderlying() {
		return
	}
	var known []int
	for g := range w.groups {
		if w.groups[g].ForwardFrom == "parity" {
			known = append(known, g)
		}
	}
	if len(known) == 0 {
		return
	}
	near := &w.groups[known[0]]
	carry, have := w.carry(known)
	if !have && near.Years >= w.p.MinCarryTime {
		return
	}
	w.b.SpotImplied = near.Forward * math.Exp(-carry*near.Years)
}
