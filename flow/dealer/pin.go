package dealer

import (
	"math"
	"time"

	"faultline/black"
	"faultline/evidence"
)

// reach is how many standard deviations of the time left to settlement a strike may be away to be a pin.
const reach = 2

// pin finds the strike of today's expiry that would hold the most gamma with the price at it, among
// those that the price can reach, or the nearest one when it can reach none. With gamma at spot the
// nearest strike always wins in the last hours, whoever holds it; the gamma that a strike has with the
// price at it is in the end its open contracts. That large strikes attract closing prices
// was measured for stocks by Ni, Pearson and Poteshman (2005, Journal of Financial Economics 78, 49–87)
// and for S&P futures by Golez and Jackwerth (2012, Journal of Financial Economics 106, 566–585).
func (l *Levels) pin(s *stock, c *columns, m *mix) {
	l.Pin.Kind = KindPin
	e, w, draws := l.Exposures, m.base(), m.draws()
	peak := make([][parts]float64, len(e.Strike))
	var today, held []int // strikes that can be reached, parts of today's expiry
	seen := make([]bool, len(e.Strike))
	nearest, distance := -1, math.Inf(1)
	for _, p := range e.held {
		if bucketOf(p) != 0 {
			continue
		}
		held = append(held, p)
		for k := c.first[p]; k < c.first[p+1]; k++ {
			i := e.strikeOf[c.from[k]]
			strike := c.strike[k]
			gamma := black.GreeksOf(c.right[k], strike, strike, c.years[k], c.vol[k]).Gamma
			peak[i][p] += c.bend[k] * gamma * strike * strike * 0.01
			if away := math.Abs(strike - e.Spot); away < distance {
				nearest, distance = int(i), away
			}
			within := math.Abs(math.Log(strike/c.forward[k])) <= reach*c.vol[k]*math.Sqrt(c.years[k])
			if within && !seen[i] {
				seen[i] = true
				today = append(today, int(i))
			}
		}
	}
	if len(today) == 0 && nearest >= 0 {
		today = []int{nearest}
	}
	find := func(w *weights) (int, float64) {
		best, most := -1, 0.0
		for _, i := range today {
			v := 0.0
			for _, p := range held {
				v += math.Abs(w[p] * peak[i][p])
			}
			if v > most || v == most && best >= 0 && math.Abs(e.Strike[i]-e.Spot) < math.Abs(e.Strike[best]-e.Spot) {
				best, most = i, v
			}
		}
		return best, most
	}
	best, most := find(w)
	if best < 0 || !(most >= nothing) {
		l.Pin.Absent = &evidence.Absent{Code: "no_expiry_today", Args: evidence.Args{"underlying": s.h.Book.Underlying, "date": s.h.session.Date.String()}}
		return
	}
	l.Pin.Price = e.Strike[best]
	for _, p := range held {
		l.Pull.Strength += w[p] * peak[best][p]
	}
	l.Pin.Gamma = l.Pull.Strength
	l.Pull.Distance = l.Pin.Price - l.Spot
	l.Pull.ToClose = -s.drift(c, w, held, l.Pin.Price, e.Close, l.Spot)
	var found []float64
	same := 0
	for d := range draws {
		if i, most := find(&draws[d]); i >= 0 && most >= nothing {
			found = append(found, e.Strike[i])
			if i == best {
				same++
			}
		}
	}
	l.Pin.Band = band(found, len(draws))
	if len(draws) > 0 {
		l.Pin.Agree = float64(same) / float64(len(draws))
	}
}

// drift is the change of the delta of the contracts of some parts struck at one price, from the columns
// of now to the close, at an unchanged spot, in dollars.
func (s *stock) drift(c *columns, w *weights, of []int, strike float64, end time.Time, spot float64) float64 {
	later := s.at(end, time.Time{}, spot)
	sum := 0.0
	for _, p := range of {
		for k := c.first[p]; k < c.first[p+1]; k++ {
			if c.strike[k] != strike {
				continue
			}
			before := c.weight[k] * black.GreeksOf(c.right[k], c.forward[k], strike, c.years[k], c.vol[k]).Delta
			after := later.weight[k] * black.GreeksOf(c.right[k], later.forward[k], strike, later.years[k], c.vol[k]).Delta
			sum += w[p] * (after - before) * spot
		}
	}
	return sum
}
