package options

import (
	"math"

	"faultline/black"
	"faultline/market"
)

// impliedVols inverts the quotes that can tell a volatility, in batches over all contracts: the
// out-of-the-money side of each strike, and the other side where that one cannot be used.
func (w *work) impliedVols() {
	n := len(w.row)
	idx := make([]int32, 0, n)
	for g := range w.groups {
		e := &w.groups[g]
		if e.Absent != nil {
			continue
		}
		before := len(idx)
		for _, r := range w.rungs[e.rung0:e.rN] {
			if i := w.teller(e, r); i >= 0 {
				idx = append(idx, i)
				w.from[i] = FromQuote
			}
		}
		if len(idx) > before {
			continue
		}
		for _, r := range w.rungs[e.rung0:e.rN] {
			if i := outside(e, r); i >= 0 && w.why[i] == noBid {
				idx = append(idx, i)
				w.from[i] = FromAsk
			}
		}
	}
	m := len(idx)
	f := make([]float64, 6*m)
	price, fwd, strike, years, dst := f[:m], f[m:2*m], f[2*m:3*m], f[3*m:4*m], f[4*m:5*m]
	right := make([]black.Right, m)
	status := make([]black.Status, m)
	for j, i := range idx {
		fwd[j], strike[j], years[j], right[j] = w.forward[i], w.strike[i], w.years[i], w.right[i]
	}
	premium := f[5*m:] // of the right to exercise early, points
	bid := func(i int32) float64 { return w.bid[i] }
	ask := func(i int32) float64 { return w.ask[i] }
	mid := func(i int32) float64 {
		if w.from[i] == FromAsk {
			return w.ask[i] / 2
		}
		return w.mid[i]
	}
	invert := func(quote func(int32) float64, into []float64) {
		for j, i := range idx {
			price[j] = (quote(i) - premium[j]) / w.groups[w.exp[i]].Discount
		}
		black.ImpliedVols(dst, status, right, price, fwd, strike, years)
		for j, i := range idx {
			into[i] = market.Missing
			if status[j] == black.OK && dst[j] > 0 {
				into[i] = dst[j]
			}
		}
	}
	for i := range w.vol {
		w.vol[i], w.bidVol[i], w.askVol[i] = market.Missing, market.Missing, market.Missing
	}
	if w.in.American {
		invert(mid, w.vol)
		for range americanRounds {
			for j, i := range idx {
				if t := w.groups[w.exp[i]].early; t != nil && w.vol[i] > 0 {
					premium[j] = t.premium(right[j], strike[j], w.vol[i])
				}
			}
			invert(mid, w.vol)
		}
	}
	invert(bid, w.bidVol)
	invert(ask, w.askVol)
	invert(mid, w.vol) // last, for its status
	for j, i := range idx {
		switch {
		case status[j] == black.AboveMaximum:
			w.why[i] = aboveMaximum
		case status[j] != black.OK:
			w.why[i] = belowIntrinsic
		case !(w.vol[i] >= w.p.MinVol && w.vol[i] <= w.p.MaxVol):
			w.why[i], w.vol[i] = extremeVol, market.Missing
		}
	}
}

// teller chooses the contract of a strike whose quote gives its volatility: the side that is out of
// the money at the forward, whose price is all time value, if it is quoted well; else the other
// side, if even its bid is worth more than exercise; −1 if neither is.
func (w *work) teller(e *group, r rung) int32 {
	out := outside(e, r)
	in := r.call + r.put - out
	if in >= 0 && w.why[in] == ok && !w.in.American && w.ask[in]/e.Discount < math.Abs(r.strike-e.Forward) {
		w.why[in] = belowIntrinsic
	}
	if out >= 0 && w.why[out] == ok {
		return out
	}
	if w.in.American && out >= 0 {
		return -1 // what an American option in the money is worth is mostly exercise
	}
	if in >= 0 && w.why[in] == ok && w.bid[in]/e.Discount > math.Abs(r.strike-e.Forward) {
		return in
	}
	return -1
}

// outside is the contract of a strike that is out of the money at the forward, −1 without one.
func outside(e *group, r rung) int32 {
	if r.strike < e.Forward {
		return r.put
	}
	return r.call
}

// fillVols gives a volatility to every contract that its own quote does not give one.
func (w *work) fillVols() {
	for g := range w.groups {
		e := &w.groups[g]
		if e.Absent != nil {
			continue
		}
		for _, r := range w.rungs[e.rung0:e.rN] {
			w.fillRung(g, r)
		}
	}
}

func (w *work) fillRung(g int, r rung) {
	own := int32(-1)
	for _, i := range [2]int32{r.call, r.put} {
		if i >= 0 && w.from[i] != 0 && !market.IsMissing(w.vol[i]) {
			own = i
		}
	}
	for _, i := range [2]int32{r.call, r.put} {
		if i < 0 || i == own {
			continue
		}
		if own >= 0 {
			w.vol[i], w.bidVol[i], w.askVol[i], w.from[i] = w.vol[own], w.bidVol[own], w.askVol[own], FromOtherSide
			continue
		}
		w.bidVol[i], w.askVol[i] = market.Missing, market.Missing
		vendor := w.c.IV[w.row[i]]
		switch v, found := w.surfaceVol(g, r.strike); {
		case found:
			w.vol[i], w.from[i] = w.withinQuote(g, i, v), FromSurface
		case vendor >= w.p.MinVol && vendor <= w.p.MaxVol:
			w.vol[i], w.from[i] = vendor, FromVendor
		default:
			w.why[i], w.drop[i] = noVolatility, true
		}
	}
}

// withinQuote moves a volatility from the surface to the nearer side of the contract's own quote
// where that, though it tells no mid, excludes it: somebody sells at the ask of a quote without a
// bid, and a wide quote is a range.
func (w *work) withinQuote(g int, i int32, v float64) float64 {
	side := func(price float64) float64 {
		x, err := black.ImpliedVol(w.right[i], price/w.groups[g].Discount, w.forward[i], w.strike[i], w.years[i])
		if err != nil || x < w.p.MinVol || x > w.p.MaxVol {
			return v
		}
		return x
	}
	switch w.why[i] {
	case noBid:
		return min(v, side(w.ask[i]))
	case noAsk:
		return max(v, side(w.bid[i]))
	case wide:
		return min(max(v, side(w.bid[i])), side(w.ask[i]))
	}
	return v
}
