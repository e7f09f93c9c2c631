package dealer

import (
	"slices"
	"time"

	"faultline/assumption"
	"faultline/black"
	"faultline/evidence"
)

// USDToClose counts dollars of the underlying from now to the close of the session.
const USDToClose evidence.Unit = "usd_to_close"

// Greek is one exposure, divided in every way that sums to its total.
type Greek struct {
	Unit      evidence.Unit
	Total     Amount
	ByBucket  Column // by Buckets
	ByExpiry  Column // by Book.Expiries
	Call, Put Column // by Exposures.Strike
	Net       Column // call and put of a strike together: their interval is not the sum of the intervals
}

// Exposures are the first-order changes of the underlying that a holding stands for. They are dollars
// of delta that the holding gains; its hedge trades the opposite. With net contracts q, multiplier m, discount factor D, forward F,
// spot S, carry c and rate r of the expiry, and the undiscounted Black-76 greeks (Haug 2007, chapter 2),
// the delta to spot is Δ_S = D·(F/S)·Δ(F), and
//
//	GEX = Σ q·m·D·(F/S)²·Γ · S²·0.01                          dollars per 1 %
//	VEX = Σ q·m·D·(F/S)·vanna · S·0.01                        dollars per volatility point, all volatilities alike
//	CEX = Σ q·m·D·(F/S)·(charm − c·F·Γ − (c−r)·Δ) · S/8760    dollars per hour
//	ToClose = Σ q·m·(Δ_S(close) − Δ_S(now)) · S               dollars until the session's close
//
// The bracket of CEX is −dΔ_S/dT along F = S·e^(cT) and D = e^(−rT) at a spot and volatilities that
// stand still. Near settlement charm is no straight line: ToClose reprices instead of multiplying.
// What settles before the close is counted until its settlement.
//
// Under the naive convention calls and puts have opposite signs in GEX, and its interval lies about its
// value. In VEX and CEX they mostly add up: the value is then the most that dealers can hold, and lies
// at or beyond the end of its interval.
type Exposures struct {
	Spot                   float64   // points
	Now, Close             time.Time // instant of the quotes, and close of the session
	Strike                 []float64 // points, ascending
	GEX, VEX, CEX, ToClose Greek
	Unknown                int // contracts of which nothing tells what is held
	strikeOf               []int32
	byStrike               [4][][parts]float64
	byExpiry               [4][][parts]float64
	total                  [4][parts]float64
	held                   []int // parts that have contracts; most are empty
	holding                *Holding
}

// greek is the number of a Greek in the tables.
const (
	gex = iota
	vex
	cex
	toClose
)

// Measure computes the exposures of a holding at the book's own spot and instant. Draws of the register
// give the intervals; nothing is priced again for them.
func Measure(h *Holding, a assumption.Set, draws []assumption.Set) *Exposures {
	s := h.stock()
	e := measure(s, s.now())
	e.apply(h.mix(a, draws))
	return e
}

// measure fills the tables by part.
func measure(s *stock, c *columns) *Exposures {
	h, b := s.h, s.h.Book
	spot := spotOf(b)
	e := &Exposures{Spot: spot, Now: b.Quoted, Close: h.session.Close, Unknown: h.Unknown, holding: h}
	e.strikes(s)
	for g := range e.byStrike {
		e.byStrike[g] = make([][parts]float64, len(e.Strike))
		e.byExpiry[g] = make([][parts]float64, len(b.Expiries))
	}
	later := s.at(e.Close, time.Time{}, spot)
	g, end := greeksOf(c), greeksOf(later)
	for p := range parts {
		if c.first[p] < c.first[p+1] {
			e.held = append(e.held, p)
		}
		for k := c.first[p]; k < c.first[p+1]; k++ {
			x := s.exp[k]
			t := &s.terms[x]
			w := c.weight[k]
			v := [4]float64{
				c.bend[k] * g.Gamma[k] * spot * spot * 0.01,
				w * g.Vanna[k] * spot * 0.01,
				w * (g.Charm[k] - t.carry*c.forward[k]*g.Gamma[k] - (t.carry-t.rate)*g.Delta[k]) * spot / (365 * 24),
				(later.weight[k]*end.Delta[k] - w*g.Delta[k]) * spot,
			}
			j := e.strikeOf[k]
			for i, v := range v {
				e.byStrike[i][j][p] += v
				e.byExpiry[i][x][p] += v
				e.total[i][p] += v
			}
		}
	}
	return e
}

// greeksOf are the greeks of every contract of the columns.
func greeksOf(c *columns) black.GreekColumns {
	n := len(c.strike)
	all := make([]float64, 5*n)
	g := black.GreekColumns{Delta: all[:n], Gamma: all[n : 2*n], Vega: all[2*n : 3*n], Vanna: all[3*n : 4*n], Charm: all[4*n:]}
	black.GreeksBatch(g, c.right, c.forward, c.strike, c.years, c.vol)
	return g
}

// strikes lists the strikes of the stock, and which of them each row has.
func (e *Exposures) strikes(s *stock) {
	place := make(map[float64]int32, 1024)
	e.strikeOf = make([]int32, len(s.strike))
	for _, k := range s.strike {
		if _, ok := place[k]; !ok {
			place[k] = 0
			e.Strike = append(e.Strike, k)
		}
	}
	slices.Sort(e.Strike)
	for j, k := range e.Strike {
		place[k] = int32(j)
	}
	for i, k := range s.strike {
		e.strikeOf[i] = place[k]
	}
}

// apply fills the greeks under a convention and their intervals over draws of it.
func (e *Exposures) apply(m *mix) {
	units := [4]evidence.Unit{evidence.USDPerPercent, evidence.USDPerVolPoint, evidence.USDPerHour, USDToClose}
	for i, g := range []*Greek{&e.GEX, &e.VEX, &e.CEX, &e.ToClose} {
		g.Unit = units[i]
		g.Total = m.column([][parts]float64{e.total[i]}, e.held).amount()
		var of [len(Buckets)][parts]float64
		for p, v := range e.total[i] {
			of[bucketOf(p)][p] = v
		}
		g.ByBucket = m.column(of[:], e.held)
		g.ByExpiry = m.column(e.byExpiry[i], e.held)
		g.Call, g.Put, g.Net = newColumn(len(e.Strike)), newColumn(len(e.Strike)), newColumn(len(e.Strike))
		q, net := m.quantiles(), make([]float64, m.n)
		e.eachStrike(i, m, func(k int, call, put []float64) {
			for d := range net {
				net[d] = call[d] + put[d]
			}
			q.fill(&g.Call, k, call)
			q.fill(&g.Put, k, put)
			q.fill(&g.Net, k, net)
		})
	}
}

// eachStrike hands every strike's calls and puts to f, under the convention in force and then under
// each draw. The slices are overwritten by the next strike.
func (e *Exposures) eachStrike(greek int, m *mix, f func(i int, call, put []float64)) {
	calls, puts := ofSide(e.held, false), ofSide(e.held, true)
	call, put := make([]float64, m.n), make([]float64, m.n)
	for i := range e.byStrike[greek] {
		row := &e.byStrike[greek][i]
		m.sum(call, calls, row)
		m.sum(put, puts, row)
		f(i, call, put)
	}
}
