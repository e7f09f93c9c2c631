package cta

import (
	"context"
	"errors"
	"fmt"
	"math"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// Momentum is time-series momentum as Moskowitz, Ooi and Pedersen (2012, Journal of Financial
// Economics 104, 228–250, equations 1 and 5) define it, on the markets of a State: each month a market
// is held long or short by the sign of its excess return over the twelve months before, scaled to 40 %
// volatility a year; the strategy is the mean over markets. The paper finds, on 58 futures from 1985 to
// 2009, a Sharpe ratio above one, about 2.5 times that of equities. Kim, Tse and Wald (2016, Journal of
// Financial Markets 30, 103–124) find that scaling, not momentum, makes most of that.
type Momentum struct {
	Markets []string
	From    calendar.Date // end of the first month held
	To      calendar.Date
	Months  int

	Scaled       Interval // Sharpe ratio a year of time-series momentum
	Unscaled     Interval // the same without scaling by volatility
	LongScaled   Interval // always long, scaled
	LongUnscaled Interval // always long, not scaled
	Held         float64  // mean number of markets held
}

// Numbers of the paper.
const (
	momentumMonths = 12
	momentumVol    = 0.40
	momentumMass   = 60.0 // days: centre of mass of the weights of squared returns
)

// monthEnd is one market at the end of a month.
type monthEnd struct {
	excess float64 // return of the month beyond financing
	vol    float64 // a year, from the days up to its end
	date   calendar.Date
}

// TimeSeriesMomentum computes the strategy over every market of the programs that the State holds.
func TimeSeriesMomentum(_ context.Context, s *market.State) (*Momentum, error) {
	out := &Momentum{}
	var all []map[int]monthEnd
	first, last := math.MaxInt, 0
	for _, v := range venues {
		h, err := daily(s, v)
		var none *evidence.Absent
		if errors.As(err, &none) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("momentum: %w", err)
		}
		m := monthEnds(h)
		for k := range m {
			first, last = min(first, k), max(last, k)
		}
		all = append(all, m)
		out.Markets = append(out.Markets, v.id)
	}
	var scaled, unscaled, long, plain []float64
	held := 0.0
	for t := max(first, month(rankFrom)); t <= last; t++ {
		var n, a, b, c, d float64
		for _, m := range all {
			now, ok := m[t]
			before, had := m[t-1]
			if !ok || !had || !(before.vol > 0) {
				continue
			}
			past, whole := 0.0, true
			for k := t - momentumMonths; k < t; k++ {
				x, ok := m[k]
				whole = whole && ok
				past += math.Log1p(x.excess)
			}
			if !whole {
				continue
			}
			sign := math.Copysign(1, past)
			lever := momentumVol / before.vol
			n++
			a += sign * lever * now.excess
			b += sign * now.excess
			c += lever * now.excess
			d += now.excess
			out.To = max(out.To, now.date)
			if out.From == 0 {
				out.From = now.date
			}
		}
		if n == 0 {
			continue
		}
		held += n
		scaled, unscaled = append(scaled, a/n), append(unscaled, b/n)
		long, plain = append(long, c/n), append(plain, d/n)
	}
	out.Months = len(scaled)
	if out.Months < 2*momentumMonths {
		return nil, absent("short_history", evidence.Args{"needs": 2 * momentumMonths, "has": out.Months})
	}
	out.Held = held / float64(out.Months)
	out.Scaled, out.Unscaled, out.LongScaled, out.LongUnscaled = sharpe(scaled), sharpe(unscaled), sharpe(long), sharpe(plain)
	return out, nil
}

// monthEnds cuts a history into whole months. The variance is that of the paper's equation 1 with the
// mean return taken as zero.
func monthEnds(h *history) map[int]monthEnd {
	out := map[int]monthEnd{}
	keep := momentumMass / (1 + momentumMass)
	square, weight, x := 0.0, 0.0, 1.0
	started := false // the first month is not whole
	for i := 1; i < len(h.date); i++ {
		x *= h.growth[i]
		r := h.growth[i] - 1
		weight = 1 + keep*weight
		square += (r*r - square) / weight
		if i+1 == len(h.date) || month(h.date[i+1]) == month(h.date[i]) {
			continue
		}
		if started {
			out[month(h.date[i])] = monthEnd{excess: x - 1, vol: math.Sqrt(square * year), date: h.date[i]}
		}
		started, x = true, 1
	}
	return out
}

// sharpe is the Sharpe ratio a year of monthly excess returns, with a bootstrap over months.
func sharpe(returns []float64) Interval {
	return bootstrap(len(returns), func(pick []int) float64 {
		var m moments
		for _, i := range pick {
			m.add(returns[i])
		}
		return m.mean() / m.deviation() * math.Sqrt(12)
	})
}
