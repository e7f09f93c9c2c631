package dealer

import (
	"math"
	"time"

	"faultline/assumption"
	"faultline/black"
	"faultline/market"
)

// Rungs is how many prices a live ladder has: as many as Moves.
const Rungs = 15

// Live keeps exposures and a ladder current as ticks, trades and quotes come in, under one convention
// and without allocating. It is not safe for concurrent use.
//
// The ladder stands at fixed prices. What a contract's delta is there changes with time and volatility
// only, so that a spot tick touches the delta at spot alone, and a trade adds one row of
// numbers. Refresh brings the rows to another instant and to the volatilities of the quotes since.
type Live struct {
	at       time.Time
	spot     float64
	terms    []terms
	first    []int // rows of expiry e: first[e] ≤ i < first[e+1]
	right    []black.Right
	strike   []float64
	vol      []float64
	position []float64 // contracts times multiplier, dealers' side
	units    float64   // multiplier
	years    []float64
	forward  []float64
	greeks   black.GreekColumns
	discount []float64 // by expiry
	ratio    []float64 // by expiry: forward over spot
	price    [Rungs]float64
	row      []rung
	there    [Rungs]float64 // delta of all positions at each rung, units
	sums     Marks
	size     [128]float64 // units of the trades of a batch
	batch    quotes
}

// rung is what one unit of a contract adds to the ladder: its delta to spot at each rung, and, to fill
// up two cache lines, D·F/S, by which its forward delta counts at spot.
type rung struct {
	delta [Rungs]float64
	scale float64
}

// Marks are the totals after the last tick: dollars of delta, and the exposures in the units of
// Exposures.
type Marks struct{ Delta, GEX, VEX, CEX float64 }

// NewLive starts from a holding at the instant of its quotes and the book's spot, with a ladder at the
// given prices. Rows are those of the book; contracts of which nothing is known start at zero.
func NewLive(h *Holding, a assumption.Set, prices [Rungs]float64) *Live {
	b := h.Book
	n := b.Len()
	l := &Live{
		terms: h.stock().terms, right: b.Right, strike: b.Strike, vol: append([]float64(nil), b.Vol...), units: b.Multiplier,
		position: h.Net(a), years: make([]float64, n), forward: make([]float64, n), price: prices, row: make([]rung, n),
		discount: make([]float64, len(b.Expiries)), ratio: make([]float64, len(b.Expiries)), first: make([]int, len(b.Expiries)+1),
	}
	for i, q := range l.position {
		if market.IsMissing(q) {
			q = 0
		}
		l.position[i] = q * b.Multiplier
		l.first[b.Exp[i]+1] = i + 1
	}
	for e := range b.Expiries {
		l.first[e+1] = max(l.first[e+1], l.first[e])
	}
	all := make([]float64, 5*n)
	l.greeks = black.GreekColumns{Delta: all[:n], Gamma: all[n : 2*n], Vega: all[2*n : 3*n], Vanna: all[3*n : 4*n], Charm: all[4*n:]}
	l.spot = spotOf(b)
	l.Refresh(b.Quoted)
	return l
}

// Refresh moves to another instant: times to settlement, discounting, and every row of the ladder with
// the volatilities in force. What has settled counts with its limit.
func (l *Live) Refresh(t time.Time) {
	l.at = t
	for e := range l.terms {
		x := &l.terms[e]
		years := max(x.settle.Sub(t).Hours()/(24*365), 0)
		l.ratio[e], l.discount[e] = math.Exp(x.carry*years), math.Exp(-x.rate*years)
		for i := l.first[e]; i < l.first[e+1]; i++ {
			l.years[i] = years
		}
	}
	for j, p := range l.price {
		l.mark(p)
		for e := range l.terms {
			w := l.discount[e] * l.ratio[e]
			for i := l.first[e]; i < l.first[e+1]; i++ {
				l.row[i].delta[j] = w * l.greeks.Delta[i]
				l.row[i].scale = w
			}
		}
	}
	l.there = [Rungs]float64{}
	for i, q := range l.position {
		for j, v := range l.row[i].delta {
			l.there[j] += q * v
		}
	}
	l.Tick(l.spot)
}

// mark prices the greeks of every contract with the underlying at a price.
func (l *Live) mark(price float64) {
	for e := range l.terms {
		f := price * l.ratio[e]
		forward := l.forward[l.first[e]:l.first[e+1]]
		for i := range forward {
			forward[i] = f
		}
	}
	black.GreeksBatch(l.greeks, l.right, l.forward, l.strike, l.years, l.vol)
}

// Tick re-marks the whole chain at a price of the underlying.
func (l *Live) Tick(price float64) {
	l.spot = price
	l.mark(price)
	l.sums = Marks{}
	for e := range l.terms {
		i, k := l.first[e], l.first[e+1]
		delta, gamma, vanna, charm := weigh(l.position[i:k], l.greeks.Delta[i:k], l.greeks.Gamma[i:k], l.greeks.Vanna[i:k], l.greeks.Charm[i:k])
		x, ratio := &l.terms[e], l.ratio[e]
		w := l.discount[e] * ratio
		l.sums.Delta += w * delta * price
		l.sums.GEX += w * ratio * gamma * price * price * 0.01
		l.sums.VEX += w * vanna * price * 0.01
		l.sums.CEX += w * (charm - x.carry*price*ratio*gamma - (x.carry-x.rate)*delta) * price / (365 * 24)
	}
}

// weigh sums greeks over the positions of an expiry.
func weigh(q, delta, gamma, vanna, charm []float64) (d, g, v, c float64) {
	n := len(q)
	delta, gamma, vanna, charm = delta[:n], gamma[:n], vanna[:n], charm[:n]
	for i, q := range q {
		d += q * delta[i]
		g += q * gamma[i]
		v += q * vanna[i]
		c += q * charm[i]
	}
	return d, g, v, c
}

// Marks are the totals of the last tick, with the trades since.
func (l *Live) Marks() Marks { return l.sums }

// Ladder sets dst[j] to the dollars to trade when the price jumps from spot to rung j, buying positive.
func (l *Live) Ladder(dst *[Rungs]float64) {
	for j, p := range l.price {
		dst[j] = (l.sums.Delta/l.spot - l.there[j]) * p
	}
}

// Trade takes option trades: dealers gain contracts[i] of row rows[i] of the book, negative where they
// sold. The ladder has them at once; gamma, vanna and charm have them at the next tick.
func (l *Live) Trade(rows []int32, contracts []float64) {
	contracts = contracts[:len(rows)]
	for len(rows) > 0 {
		n := min(len(rows), len(l.size))
		l.take(rows[:n], contracts[:n])
		rows, contracts = rows[n:], contracts[n:]
	}
}

// take adds one batch. The rungs are added up in three passes of five, so that the sums stay in
// registers; the batch is small enough for its rows to stay in the cache between them.
func (l *Live) take(rows []int32, contracts []float64) {
	here := 0.0
	size := l.size[:len(rows)]
	for k, i := range rows {
		q := contracts[k] * l.units
		size[k] = q
		l.position[i] += q
		here += q * l.row[i].scale * l.greeks.Delta[i]
	}
	l.sums.Delta += here * l.spot
	for j := 0; j < Rungs; j += 5 {
		var a, b, c, d, e float64
		for k, i := range rows {
			q, r := size[k], (*[5]float64)(l.row[i].delta[j:])
			a += q * r[0]
			b += q * r[1]
			c += q * r[2]
			d += q * r[3]
			e += q * r[4]
		}
		l.there[j] += a
		l.there[j+1] += b
		l.there[j+2] += c
		l.there[j+3] += d
		l.there[j+4] += e
	}
}

// quotes are the columns of a batch of quotes.
type quotes struct {
	right                        [256]black.Right
	price, forward, strike, year [256]float64
	vol                          [256]float64
	status                       [256]black.Status
}

// Quote takes mid prices, in points, of rows of the book at the spot of the last tick, and counts those
// that have no volatility: their contracts keep the one they had. Marks have the new volatilities at the
// next tick, the ladder at the next Refresh.
func (l *Live) Quote(rows []int32, mids []float64) (rejected int) {
	q := &l.batch
	for start := 0; start < len(rows); start += len(q.vol) {
		some := rows[start:min(start+len(q.vol), len(rows))]
		n := len(some)
		for k, i := range some {
			// D is scale over F/S, and l.forward is at the last tick's price.
			q.price[k] = mids[start+k] / (l.row[i].scale * l.spot / l.forward[i])
			q.right[k], q.forward[k], q.strike[k], q.year[k] = l.right[i], l.forward[i], l.strike[i], l.years[i]
		}
		black.ImpliedVols(q.vol[:n], q.status[:n], q.right[:n], q.price[:n], q.forward[:n], q.strike[:n], q.year[:n])
		for k, i := range some {
			if q.status[k] != black.OK || !(q.vol[k] > 0) {
				rejected++
				continue
			}
			l.vol[i] = q.vol[k]
		}
	}
	return rejected
}
