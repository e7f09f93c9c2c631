package options

import (
	"math"

	"faultline/black"
	"faultline/evidence"
	"faultline/market"
)

// smile is the volatility of one expiry over strikes: total variance vol²·years at the log
// moneyness ln(strike/forward) of each strike whose out-of-the-money quote is usable, straight
// between them, and straight beyond the last ones with the slopes left and right.
type smile struct {
	k, v        []float64
	left, right float64 // slopes of total variance over log moneyness outside the knots
}

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
		for _, r := range w.rungs[e.rung0:e.rN] {
			if i := w.teller(e, r); i >= 0 {
				idx = append(idx, i)
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
	invert := func(quote, into []float64) {
		for j, i := range idx {
			price[j] = quote[i] / w.groups[w.exp[i]].Discount
		}
		black.ImpliedVols(dst, status, right, price, fwd, strike, years)
		for j, i := range idx {
			into[i] = market.Missing
			if status[j] == black.OK {
				into[i] = dst[j]
			}
		}
	}
	for i := range w.vol {
		w.vol[i], w.bidVol[i], w.askVol[i] = market.Missing, market.Missing, market.Missing
	}
	invert(w.bid, w.bidVol)
	invert(w.ask, w.askVol)
	invert(w.mid, w.vol)
	for j, i := range idx {
		switch {
		case status[j] == black.AboveMaximum:
			w.why[i] = aboveMaximum
		case status[j] != black.OK:
			w.why[i] = belowIntrinsic
		case w.vol[i] < w.p.MinVol || w.vol[i] > w.p.MaxVol:
			w.why[i], w.vol[i] = extremeVol, market.Missing
		}
		w.from[i] = FromQuote
	}
}

// teller chooses the contract of a strike whose quote gives its volatility: the side that is out of
// the money at the forward, whose price is all time value, if it is quoted well; else the other
// side, if even its bid is worth more than exercise; −1 if neither is.
func (w *work) teller(e *group, r rung) int32 {
	out, in := r.call, r.put
	if r.strike < e.Forward {
		out, in = r.put, r.call
	}
	if in >= 0 && w.why[in] == ok && w.ask[in]/e.Discount < math.Abs(r.strike-e.Forward) {
		w.why[in] = belowIntrinsic
	}
	if out >= 0 && w.why[out] == ok {
		return out
	}
	if in >= 0 && w.why[in] == ok && w.bid[in]/e.Discount > math.Abs(r.strike-e.Forward) {
		return in
	}
	return -1
}

// fitSmiles collects the knots of each expiry.
func (w *work) fitSmiles() {
	n := len(w.rungs)
	f := make([]float64, 2*n)
	ks, vs := f[:0:n], f[n:n:2*n]
	w.smiles = make([]smile, len(w.groups))
	for g := range w.groups {
		e := &w.groups[g]
		start := len(ks)
		for _, r := range w.rungs[e.rung0:e.rN] {
			for _, i := range [2]int32{r.call, r.put} {
				if i >= 0 && w.from[i] == FromQuote && w.why[i] == ok {
					ks, vs = append(ks, math.Log(r.strike/e.Forward)), append(vs, sq(w.vol[i])*e.Years)
				}
			}
		}
		s := &w.smiles[g]
		s.k, s.v = ks[start:len(ks):len(ks)], vs[start:len(vs):len(vs)]
		s.left, s.right = wing(s.k, s.v, 0, 1), wing(s.k, s.v, len(s.k)-1, -1)
	}
}

// wing is the slope with which total variance runs on outside the knots: that of a straight line
// from the end to the fifth knot, not falling outwards, and under 2, the steepest slope that has no
// arbitrage (Lee 2004, Theorems 3.2 and 3.4).
func wing(k, v []float64, end, inward int) float64 {
	const reach = 5
	m := min(reach, len(k)-1)
	if m < 1 {
		return 0
	}
	j := end + inward*m
	outward := -float64(inward)
	slope := (v[end] - v[j]) / (k[end] - k[j]) * outward
	return min(max(slope, 0), 1.9) * outward
}

// at is the total variance at log moneyness k.
func (s *smile) at(k float64) float64 {
	n := len(s.k)
	switch {
	case k <= s.k[0]:
		return s.v[0] + s.left*(k-s.k[0])
	case k >= s.k[n-1]:
		return s.v[n-1] + s.right*(k-s.k[n-1])
	}
	lo, hi := 0, n-1
	for hi-lo > 1 {
		if mid := (lo + hi) / 2; s.k[mid] <= k {
			lo = mid
		} else {
			hi = mid
		}
	}
	return s.v[lo] + (s.v[hi]-s.v[lo])*(k-s.k[lo])/(s.k[hi]-s.k[lo])
}

// volAt is the volatility of expiry g at a strike. An expiry without knots borrows from the nearest
// one that has some, at the same number of standard deviations: ln(strike/forward)/√years.
func (w *work) volAt(g int, strike float64) (float64, bool) {
	e := &w.groups[g]
	if len(w.smiles[g].k) > 0 {
		return math.Sqrt(w.smiles[g].at(math.Log(strike/e.Forward)) / e.Years), true
	}
	near, gap := -1, math.Inf(1)
	for h := range w.groups {
		if d := math.Abs(math.Log(w.groups[h].Years / e.Years)); len(w.smiles[h].k) > 0 && d < gap {
			near, gap = h, d
		}
	}
	if near < 0 {
		return 0, false
	}
	t := w.groups[near].Years
	k := math.Log(strike/e.Forward) * math.Sqrt(t/e.Years)
	return math.Sqrt(w.smiles[near].at(k) / t), true
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
		if i >= 0 && w.from[i] == FromQuote && !market.IsMissing(w.vol[i]) {
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
		believable := vendor >= w.p.MinVol && vendor <= w.p.MaxVol
		v, found := w.volAt(g, r.strike)
		switch {
		case believable && len(w.smiles[g].k) == 0:
			w.vol[i], w.from[i] = vendor, FromVendor
		case found:
			w.vol[i], w.from[i] = w.capByAsk(g, i, v), FromSurface
		default:
			w.why[i], w.drop[i] = noVolatility, true
		}
	}
}

// capByAsk lowers a volatility from the surface to that of the contract's own ask, where it has one
// without a bid: somebody sells at that price.
func (w *work) capByAsk(g int, i int32, v float64) float64 {
	if w.why[i] != noBid {
		return v
	}
	top, err := black.ImpliedVol(w.right[i], w.ask[i]/w.groups[g].Discount, w.forward[i], w.strike[i], w.years[i])
	if err != nil || top < w.p.MinVol {
		return v
	}
	return min(v, top)
}

// VolAt is the volatility a year of an expiry of the book at any strike, from the surface fitted to
// its quotes. Errors: *evidence.Absent with code "no_such_expiry", "no_surface" or "bad_strike".
func (b *Book) VolAt(expiry int, strike float64) (float64, error) {
	if expiry < 0 || expiry >= len(b.Expiries) {
		return 0, &evidence.Absent{Code: "no_such_expiry", Args: evidence.Args{"expiry": expiry, "expiries": len(b.Expiries)}}
	}
	e := &b.Expiries[expiry]
	if !validStrike(strike) {
		return 0, &evidence.Absent{Code: BadStrike, Args: evidence.Args{"strike": strike}}
	}
	if e.Absent != nil || len(b.smiles[expiry].k) == 0 {
		return 0, &evidence.Absent{Code: "no_surface", Args: evidence.Args{"root": e.Root, "expiry": e.Date.String()}}
	}
	return math.Sqrt(b.smiles[expiry].at(math.Log(strike/e.Forward)) / e.Years), nil
}
