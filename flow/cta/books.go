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
	legs    []leg
	hist    []*history
	instant []int64     // [readout] close of its session, in order
	at      [][]int     // [readout] markets that had begun and were not stale
	corr    [][]float64 // [readout] their correlations
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
		x, err := calendar.NYSE().Session(d)
		if err != nil {
			return nil, fmt.Errorf("risk budget of cta: %s: %w", d, err)
		}
		k.instant = append(k.instant, x.Close.Unix())
		var at []int
		var cut []*history
		for m, h := range k.hist {
			if c := h.until(x.Close.Unix()); len(c.date) > 0 && d-c.date[len(c.date)-1] <= staleDays {
				at, cut = append(at, m), append(cut, c)
			}
		}
		k.at, k.corr = append(k.at, at), append(k.corr, correlations(cut, p.budgetSpan))
	}
	return k, nil
}

// until is the history that is known at an instant: some markets close hours after the S&P 500 does.
func (h *history) until(instant int64) *history {
	n := len(h.date)
	for n > 0 && h.known[n-1] > instant {
		n--
	}
	return &history{instrument: h.instrument, date: h.date[:n], known: h.known[:n], close: h.close[:n], growth: h.growth[:n], yearly: h.yearly[:n]}
}

// levers is the factor of the risk budget at each readout.
func (k *books) levers(p *params) []float64 {
	shots := make([][]snapshot, len(k.instant)) // [readout][market]
	for m, h := range k.hist {
		s := begin(h)
		next := 1
		for i, instant := range k.instant {
			for next < len(h.date) && h.known[next] <= instant {
				s.advance(p, h.date[next], h.close[next], h.growth[next], h.yearly[next])
				next++
			}
			if m == 0 {
				shots[i] = make([]snapshot, len(k.hist))
			}
			shots[i][m] = *s
		}
	}
	out := make([]float64, len(k.instant))
	for i := range out {
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
	return out
}

// scale multiplies what the model holds and trades.
func (u *unit) scale(factor float64) {
	u.lever *= factor
	for area := range u.position {
		u.position[area] *= factor
		for h := range u.flow {
			for s := range u.flow[h] {
				u.flow[h][s][area] *= factor
			}
		}
	}
}
