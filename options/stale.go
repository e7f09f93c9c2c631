package options

import (
	"math"
	"slices"

	"faultline/market"
)

// dropStaleExpiries rejects the quotes of an expiry whose forward stands off the line through those of
// its neighbours by more than Params.StaleForward: they are of another time. An expiry that is off
// also bends the lines of its neighbours, so the one to go is that without which the others agree
// best; where that leaves a choice, as among three, the one furthest from the printed spot. It then
// has the forward of the others. With fewer than three forwards nothing can be said.
func (w *work) dropStaleExpiries() {
	for w.oneUnderlying() {
		var known []int
		for g := range w.groups {
			if w.groups[g].ForwardFrom == "parity" {
				known = append(known, g)
			}
		}
		if most, _ := w.disagreement(known); !(most > w.p.StaleForward) {
			return
		}
		worst, least, far := -1, math.Inf(1), 0.0
		for n, g := range known {
			_, sum := w.disagreement(slices.Concat(known[:n], known[n+1:]))
			d := math.Abs(math.Log(w.groups[g].Forward / w.b.Spot))
			switch {
			case sum < least-w.p.StaleForward/10:
				worst, least, far = g, sum, d
			case sum < least+w.p.StaleForward/10 && d > far:
				worst, least, far = g, min(sum, least), d
			}
		}
		if worst < 0 || len(known) == 3 && market.IsMissing(w.b.Spot) {
			return
		}
		e := &w.groups[worst]
		for i := e.first; i < e.end; i++ {
			if w.why[i] == ok {
				w.why[i] = stale
			}
		}
		e.Forward, e.ForwardLow, e.ForwardHigh = market.Missing, market.Missing, market.Missing
		e.ForwardFrom, e.early, e.Pairs = "", nil, 0
	}
}

// disagreement is the largest distance of a forward from the line of its neighbours, and the sum of
// these distances.
func (w *work) disagreement(known []int) (most, sum float64) {
	for n := range known {
		off := w.offLine(known, n)
		most, sum = max(most, off), sum+off
	}
	return most, sum
}

// offLine is the distance of the n-th known forward from the line through its two neighbours, or, at
// the ends, through the next two, as a share of itself. Roots that settle on one day count as one.
func (w *work) offLine(known []int, n int) float64 {
	const oneDay = 1.0 / 365
	years := func(i int) float64 { return w.groups[known[i]].Years }
	before, after := n-1, n+1
	for before >= 0 && years(n)-years(before) < oneDay/2 {
		before--
	}
	for after < len(known) && years(after)-years(n) < oneDay/2 {
		after++
	}
	switch {
	case before < 0:
		before, after = after, after+1
		for after < len(known) && years(after)-years(before) < oneDay/2 {
			after++
		}
	case after >= len(known):
		before, after = before-1, before
		for before >= 0 && years(after)-years(before) < oneDay/2 {
			before--
		}
	}
	if before < 0 || after >= len(known) {
		return 0
	}
	t := (years(n) - years(before)) / (years(after) - years(before))
	a, b := math.Log(w.groups[known[before]].Forward), math.Log(w.groups[known[after]].Forward)
	// Far outside the two the line is worth less than their own errors.
	t = min(max(t, -2), 3)
	return math.Abs(math.Log(w.groups[known[n]].Forward) - a - t*(b-a))
}

// dropStaleQuotes rejects a quote whose volatility stands off those of its neighbours in strike by more
// than Params.StaleWidths half spreads and Params.StaleShare of itself: a price that was not moved with
// the others. What its neighbours say is the median of the four lines that pass through one of two
// strikes on each side, so that a second stale quote beside it does not vote it in.
func (w *work) dropStaleQuotes() {
	var at []int32
	var line [4]float64
	for g := range w.groups {
		e := &w.groups[g]
		if e.Absent != nil {
			continue
		}
		at = at[:0]
		for _, r := range w.rungs[e.rung0:e.rN] {
			for _, i := range [2]int32{r.call, r.put} {
				if i >= 0 && w.from[i] == FromQuote && w.vol[i] > 0 {
					at = append(at, i)
				}
			}
		}
		for n := 2; n+2 < len(at); n++ {
			i := at[n]
			for m, s := range [4][2]int32{{at[n-1], at[n+1]}, {at[n-2], at[n+1]}, {at[n-1], at[n+2]}, {at[n-2], at[n+2]}} {
				t := (w.strike[i] - w.strike[s[0]]) / (w.strike[s[1]] - w.strike[s[0]])
				line[m] = w.vol[s[0]] + t*(w.vol[s[1]]-w.vol[s[0]])
			}
			slices.Sort(line[:])
			off := math.Abs(w.vol[i] - (line[1]+line[2])/2)
			if off > w.p.StaleShare*w.vol[i] && off > w.p.StaleWidths*w.knot(0, i).unit {
				w.why[i] = stale
			}
		}
		for _, i := range at {
			if w.why[i] == stale {
				w.from[i], w.vol[i] = 0, market.Missing
			}
		}
	}
}
