package options

import (
	"math"

	"faultline/evidence"
	"faultline/market"
)

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
