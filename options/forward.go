package options

import (
	"math"

	"faultline/market"
)

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
				w.drop[i] = true
				if w.why[i] == ok { // what is wrong with a quote says more than what follows from it
					w.why[i] = noForward
				}
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
