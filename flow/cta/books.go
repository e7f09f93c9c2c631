package cta

import (
	"errors"
	"fmt"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// books are the risk budgets of a calibration: every market of the programs, of which the bench itself knows
// equities only, and how they moved together up to each readout.
type books struct {
	legs []leg
	hist []*history
	at   [][]int     // [readout] markets that had begun and were not stale
	corr [][]float64 // [readout] their correlations
}

// newBooks measures the correlations up to each readout of a bench. They do not depend on what is fitted.
func newBooks(prices *market.State, b *bench, p *params) (*books, error) {
	k := &books{}
	for _, class := range []Class{Equity, Rates, Currency, Metal, Energy, Crypto} {
		for _, v := range present(prices, class) {
			h, err := daily(prices, v)
			var none *evidence.Absent
			if errors.As(err, &none) && class != Equity {
				continue
			}
			if err != nil {
				return nil, fmt.Errorf("risk budget of cta: %s: %w", v.id, err)
			}
			k.legs, k.hist = append(k.legs, leg{venue: v}), append(k.hist, h)
		}
	}
	for _, d := range b.after {
		var at []int
		var cut []*history
		for m, h := range k.hist {
			if c := h.until(d); len(c.date) > 0 && d-c.date[len(c.date)-1] <= staleDays {
				at, cut = append(at, m), append(cut, c)
			}
		}
		k.at, k.corr = append(k.at, at), append(k.corr, correlations(cut, p.budgetSpan))
	}
	return k, nil
}

// until is the history up to a day.
func (h *history) until(d calendar.Date) *history {
	n := len(h.date)
	for n > 0 && h.date[n-1] > d {
		n--
	}
	return &history{instrument: h.instrument, date: h.date[:n], close: h.close[:n], growth: h.growth[:n], yearly: h.yearly[:n]}
}

// levers is the factor of the risk budget at each readout, whose sessions are in order.
func (k *books) levers(p *params, after []calendar.Date) ([]float64, error) {
	shots := make([][]snapshot, len(after)) // [readout][market]
	for m, h := range k.hist {
		s := begin(h)
		next := 1
		for i, d := range after {
			for next < len(h.date) && h.date[next] <= d {
				s.advance(p, h.date[next], h.close[next], h.growth[next], h.yearly[next])
				next++
			}
			if m == 0 {
				shots[i] = make([]snapshot, len(k.hist))
			}
			shots[i][m] = *s
		}
	}
	out := make([]float64, len(after))
	for i := range after {
		b := &budget{moves: k.corr[i]}
		var have []venue
		for _, m := range k.at[i] {
			have = append(have, k.legs[m].venue)
		}
		share := shares(have)
		for j, m := range k.at[i] {
			b.legs = append(b.legs, newBudgetLeg(p, leg{venue: have[j], share: share[j], shot: &shots[i][m]}))
		}
		out[i], _ = b.lever(p)
	}
	return out, nil
}

// scale multiplies what the model holds and trades.
func (u *unit) scale(lambda float64) {
	u.lever *= lambda
	for area := range u.position {
		u.position[area] *= lambda
		for h := range u.flow {
			for s := range u.flow[h] {
				u.flow[h][s][area] *= lambda
			}
		}
	}
}
