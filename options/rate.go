package options

import "math"

// parity is what put–call parity says about the rate of one expiry.
type parity struct {
	rate, se float64 // estimate of −ln(discount)/years and its standard error; se is +Inf without one
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
