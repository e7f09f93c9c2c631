package options

import (
	"math"
	"slices"

	"faultline/evidence"
	"faultline/market"
)

// fitSurface fits every expiry to its quotes, from the longest to the shortest, so that a short expiry
// whose quotes do not reach far has the shape of the longer one there. Each fit is a probability law
// and so has no butterfly arbitrage. Across expiries total variance must not fall as time grows, at
// equal strike over forward (Gatheral and Jacquier 2014, "Arbitrage-free SVI volatility surfaces",
// Lemma 2.1). The surface of an expiry is therefore the largest total variance of its own fit and of
// those of all shorter expiries. The larger of two convex functions is convex and the price of an
// option grows with variance, so this brings no butterfly back.
func (w *work) fitSurface() {
	w.collectKnots()
	w.laws = make([]mixture, len(w.groups))
	f := newFitter()
	for g := len(w.groups) - 1; g >= 0; g-- {
		e := &w.groups[g]
		e.Fit = Fit{RMS: market.Missing, Median: market.Missing, Widths: market.Missing, Inside: market.Missing}
		if e.Absent != nil || e.knot0 == e.kN {
			continue
		}
		if law, good := f.fit(w.knots[e.knot0:e.kN], e.Years); good {
			w.laws[g] = law
			e.Fit.From = "quotes"
		}
	}
	for g := range w.groups {
		e := &w.groups[g]
		if e.Fit.From != "" || e.Absent != nil {
			continue
		}
		if n := w.nearest(g); n >= 0 {
			w.laws[g] = w.laws[n].stretched(math.Sqrt(e.Years / w.groups[n].Years))
			e.Fit.From = "neighbour"
		}
	}
	lo, hi := make([]float64, len(w.groups)), make([]float64, len(w.groups))
	for g := range w.groups {
		e := &w.groups[g]
		lo[g] = math.Log(w.rungs[e.rung0].strike / e.Forward)
		hi[g] = math.Log(w.rungs[e.rN-1].strike / e.Forward)
	}
	w.surface = orderCalendar(w.laws, lo, hi, w.oneUnderlying())
}

// nearest is the fitted expiry from which one without quotes takes its shape: the next longer one,
// else the longest there is; −1 without any.
func (w *work) nearest(g int) int {
	for n := g + 1; n < len(w.groups); n++ {
		if w.groups[n].Fit.From == "quotes" {
			return n
		}
	}
	for n := g - 1; n >= 0; n-- {
		if w.groups[n].Fit.From == "quotes" {
			return n
		}
	}
	return -1
}

// collectKnots lists the quotes that tell a volatility, by expiry and strike.
func (w *work) collectKnots() {
	w.knots = make([]knot, 0, len(w.rungs))
	for g := range w.groups {
		e := &w.groups[g]
		e.knot0 = len(w.knots)
		for _, r := range w.rungs[e.rung0:e.rN] {
			for _, i := range [2]int32{r.call, r.put} {
				if i >= 0 && w.from[i] != 0 && !market.IsMissing(w.vol[i]) {
					w.knots = append(w.knots, w.knot(math.Log(r.strike/e.Forward), i))
				}
			}
		}
		e.kN = len(w.knots)
	}
}

// knot is the volatility that the quote of contract i tells. Its unit is half the quote's spread in
// volatility, and at least a hundredth of the volatility: quotes come in ticks, and no surface is so
// smooth that a tighter quote should dictate it.
func (w *work) knot(k float64, i int32) knot {
	q := knot{k: k, vol: w.vol[i], low: w.bidVol[i], high: w.askVol[i]}
	if market.IsMissing(q.low) {
		q.low = 0
	}
	if market.IsMissing(q.high) {
		q.high = 2*q.vol - q.low
	}
	q.unit = max((q.high-q.low)/2, 0.01*q.vol)
	return q
}

// surfaceVol is the volatility of group g at a strike: that of the surface times the ratio by which
// the nearest quotes on either side differ from it, so that a contract between two quoted ones has a
// volatility between theirs, and one beyond the last quote keeps its distance from the surface.
func (w *work) surfaceVol(g int, strike float64) (float64, bool) {
	if w.surface[g].empty() {
		return 0, false
	}
	e := &w.groups[g]
	k := math.Log(strike / e.Forward)
	v := math.Sqrt(w.surface[g].table.at(k) / e.Years)
	knots := w.knots[e.knot0:e.kN]
	n, _ := slices.BinarySearchFunc(knots, k, func(q knot, k float64) int {
		if q.k < k {
			return -1
		}
		return 1
	})
	ratio := func(from, to int) float64 { // mean over knots from ≤ i < to, by their certainty
		var sum, weight float64
		for _, q := range knots[max(from, 0):min(to, len(knots))] {
			wt := 1 / (q.unit * q.unit)
			sum, weight = sum+wt*q.vol/math.Sqrt(w.surface[g].table.at(q.k)/e.Years), weight+wt
		}
		return sum / weight
	}
	const end = 3
	switch {
	case len(knots) == 0:
		return v, true
	case n == 0:
		return v * ratio(0, end), true
	case n == len(knots):
		return v * ratio(n-end, n), true
	}
	t := (k - knots[n-1].k) / (knots[n].k - knots[n-1].k)
	return v * ((1-t)*ratio(n-1, n) + t*ratio(n, n+1)), true
}

// scoreFits fills in how far the surface is from the quotes.
func (w *work) scoreFits() {
	var errs, widths []float64
	for g := range w.groups {
		e := &w.groups[g]
		knots := w.knots[e.knot0:e.kN]
		e.Fit.Quotes = len(knots)
		if w.surface[g].empty() || len(knots) == 0 {
			continue
		}
		errs, widths = errs[:0], widths[:0]
		sum, inside := 0.0, 0
		for _, q := range knots {
			v := math.Sqrt(w.surface[g].table.at(q.k) / e.Years)
			d := math.Abs(v - q.vol)
			errs = append(errs, d)
			if q.high > q.low { // a locked market has no width
				widths = append(widths, d/(q.high-q.low))
			}
			sum += d * d
			if v >= q.low && v <= q.high {
				inside++
			}
		}
		slices.Sort(errs)
		slices.Sort(widths)
		n := float64(len(knots))
		e.Fit.RMS, e.Fit.Inside = math.Sqrt(sum/n), float64(inside)/n
		e.Fit.Median = errs[len(errs)/2]
		if len(widths) > 0 {
			e.Fit.Widths = widths[len(widths)/2]
		}
	}
}

// VolAt is the volatility a year of an expiry of the book at any strike, from the surface fitted to
// its quotes. Errors: *evidence.Absent with code "no_such_expiry", "no_surface" or "bad_strike".
func (b *Book) VolAt(expiry int, strike float64) (float64, error) {
	if expiry < 0 || expiry >= len(b.Expiries) {
		return 0, &evidence.Absent{Code: "no_such_expiry", Args: evidence.Args{"expiry": expiry, "expiries": len(b.Expiries)}}
	}
	if !validStrike(strike) {
		return 0, &evidence.Absent{Code: BadStrike, Args: evidence.Args{"strike": strike}}
	}
	e := &b.Expiries[expiry]
	if len(b.surface) != len(b.Expiries) || b.surface[expiry].empty() {
		return 0, &evidence.Absent{Code: "no_surface", Args: evidence.Args{"root": e.Root, "expiry": e.Date.String()}}
	}
	v := b.surface[expiry].at(math.Log(strike / e.Forward))
	return math.Sqrt(v / e.Years), nil
}
