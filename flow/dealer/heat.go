package dealer

import (
	"time"

	"faultline/assumption"
	"faultline/black"
)

// Map is the rest of the session in time and price: rows are instants, columns prices.
type Map struct {
	At    []time.Time
	Price []float64   // points
	GEX   [][]float64 // dollars per 1 %, priced there and then
	CEX   [][]float64 // dollars per hour
	Trade [][]float64 // dollars to trade between now and then, when the price stands there: buying positive
}

// Instants are n instants, evenly from the quotes of a holding, or the opening of its session where the
// quotes are of before, to the close of the session, both included.
func Instants(h *Holding, n int) []time.Time {
	from := h.Book.Quoted
	if h.session.Open.After(from) {
		from = h.session.Open
	}
	length := h.session.Close.Sub(from)
	at := make([]time.Time, n)
	for i := range at {
		at[i] = from.Add(length * time.Duration(i) / time.Duration(max(n-1, 1)))
	}
	return at
}

// HeatMap prices a holding at relative prices x at each instant. At the close what settles with it has
// no gamma left.
func HeatMap(h *Holding, a assumption.Set, x []float64, at []time.Time) *Map {
	s, w := h.stock(), h.weights(a)
	spot := spotOf(h.Book)
	m := &Map{Price: make([]float64, len(x))}
	for j := range x {
		m.Price[j] = x[j] * spot
	}
	var start [1]float64
	c := s.now()
	black.DeltaProfile(start[:], []float64{1}, c.right, c.whole(c.weight, &w), c.forward, c.strike, c.years, c.vol)
	for _, t := range at {
		r := s.row(t, x, &w)
		m.At = append(m.At, t)
		m.GEX, m.CEX = append(m.GEX, r.gex), append(m.CEX, r.cex)
		for j := range x {
			r.delta[j] = (start[0] - r.delta[j]) * m.Price[j]
		}
		m.Trade = append(m.Trade, r.delta)
	}
	return m
}

// mapRow is one instant of a map.
type mapRow struct{ gex, cex, delta []float64 }

// row prices everything at one instant. The sums of charm, of forward times gamma and of delta have
// weights of their own (see Exposures).
func (s *stock) row(t time.Time, x []float64, w *weights) mapRow {
	c := s.at(t, time.Time{}, spotOf(s.h.Book))
	n, spot := len(x), spotOf(s.h.Book)
	weight, bend := c.whole(c.weight, w), c.whole(c.bend, w)
	carried, rolled := make([]float64, len(weight)), make([]float64, len(weight))
	for k := range weight {
		e := &s.terms[s.exp[c.from[k]]]
		carried[k] = weight[k] * e.carry * c.forward[k]
		rolled[k] = weight[k] * (e.carry - e.rate)
	}
	column := func() []float64 { return make([]float64, n) }
	g := black.GreekColumns{Delta: column(), Gamma: column(), Vega: column(), Vanna: column(), Charm: column()}
	black.GreekProfile(g, x, c.right, weight, c.forward, c.strike, c.years, c.vol)
	r := mapRow{gex: column(), cex: g.Charm, delta: g.Delta}
	c.gamma(r.gex, x, bend, spot)
	gamma, delta := column(), column()
	black.GammaProfile(gamma, x, carried, c.forward, c.strike, c.years, c.vol)
	black.DeltaProfile(delta, x, c.right, rolled, c.forward, c.strike, c.years, c.vol)
	for j := range x {
		r.cex[j] = (r.cex[j] - x[j]*gamma[j] - delta[j]) * spot * x[j] / (365 * 24)
	}
	return r
}
