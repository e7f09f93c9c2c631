package cta

import (
	"math"

	"faultline/calendar"
	"faultline/market"
)

// Parts divide a change into what the price, its volatility and the passing of time did. They add up to
// the change.
//
// With P(p, v) what results when the sessions' moves of the price (p) and the volatility that they
// added (v) are each let happen (1) or left out (0), and P₀ what there was before,
//
//	Time  = P(0,0) − P₀
//	Price = ½·[P(1,0) − P(0,0) + P(1,1) − P(0,1)]
//	Vol   = ½·[P(0,1) − P(0,0) + P(1,1) − P(1,0)]
//
// which is Shapley's value of the two (Shapley 1953): the sum is P(1,1) − P₀ whatever P is, and neither
// comes first. With the price left out, the carry-adjusted price still earns its carry. With the volatility left out,
// positions are scaled by that of before. Time is what remains: programs close the gap to a target that was
// set before, old prices leave the averages, carry accrues.
type Parts struct{ Price, Vol, Time float64 }

// Total is the whole change.
func (p Parts) Total() float64 { return p.Price + p.Vol + p.Time }

// Plus adds the parts of two changes.
func (p Parts) Plus(q Parts) Parts { return Parts{p.Price + q.Price, p.Vol + q.Vol, p.Time + q.Time} }

// attribute divides a change; at is what results with and without the price [p] and the volatility [v].
func attribute(before float64, at [2][2]float64) Parts {
	return Parts{
		Price: (at[1][0] - at[0][0] + at[1][1] - at[0][1]) / 2,
		Vol:   (at[0][1] - at[0][0] + at[1][1] - at[1][0]) / 2,
		Time:  at[0][0] - before,
	}
}

// lastWeek is how a market's snapshot came about in its last five sessions. Amounts are dollars for
// each dollar of risk; prices are over the last close. All of it is Missing where the five sessions, or
// the state before them, are not known.
type lastWeek struct {
	close    float64 // before the five sessions
	square   float64 // variance a session before them
	held     float64 // position before them
	traded   Parts   // of what was bought or sold
	revalued Parts   // of what the price did to the value of what was held: the rest of the change of position
	pivot    [speeds]float64
	aged     [speeds]float64 // the pivot that there would be had the price not moved
}

func unknownWeek() lastWeek {
	gone := Parts{market.Missing, market.Missing, market.Missing}
	w := lastWeek{close: market.Missing, square: market.Missing, held: market.Missing, traded: gone, revalued: gone}
	for k := range speeds {
		w.pivot[k], w.aged[k] = market.Missing, market.Missing
	}
	return w
}

// session is one close as advance takes it.
type session struct {
	date                 calendar.Date
	close, growth, carry float64
}

// week takes in the last five sessions and says how they moved the market. The moves of the price and
// its volatility are each left out in turn.
func (s *snapshot) takeWeek(p *params, steps []session) {
	before := *s
	s.week = 0
	var square, volume [weekSessions]float64
	for i, x := range steps {
		s.week += s.advance(p, x.date, x.close, x.growth, x.carry)
		square[i], volume[i] = s.square, s.volume
	}
	s.past = unknownWeek()
	if !(before.square > 0) || !before.complete(p) || len(steps) != weekSessions {
		return
	}
	var traded, revalued [2][2]float64
	var still snapshot
	for price := range 2 {
		for vol := range 2 {
			run, sum, last := before, 0.0, before.close
			for i, x := range steps {
				to, growth := x.close, x.growth
				if price == 0 {
					to, growth = run.close, x.growth-x.close/last+1
				}
				last = x.close
				sum += run.advance(p, x.date, to, growth, x.carry)
				run.square, run.volume = before.square, volume[i]
				if vol == 1 {
					run.square = square[i]
				}
			}
			traded[price][vol] = sum
			if price == 0 {
				still = run // and nothing was revalued
			} else {
				revalued[price][vol] = run.total() - before.total() - sum
			}
		}
	}
	w := &s.past
	w.close, w.square, w.held = before.close/s.close, before.square, before.total()
	w.traded, w.revalued = attribute(0, traded), attribute(0, revalued)
	for k := range speeds {
		w.pivot[k] = before.pivotNext(k) * w.close
		w.aged[k] = still.pivotNext(k) * w.close
	}
}

// pivotNext is the pivot of the next session over the last close; Missing beyond the calendar.
func (s *snapshot) pivotNext(k int) float64 {
	next, err := nextSession(s.date)
	if err != nil {
		return market.Missing
	}
	return s.pivot(k, s.carry*years(s.date, next))
}

// pivots are the pivots of the next session, in points.
func (s *snapshot) pivots() (out [speeds]float64) {
	for k := range out {
		out[k] = s.close * s.pivotNext(k)
	}
	return out
}

// PathDay is the model after one close of the past.
type PathDay struct {
	Session     calendar.Date
	Close       float64
	PositionUSD float64         // in all equity markets
	Pivots      [speeds]float64 // for the close of the session after this one
}

// path is the model over the last half year; nil where only the derived state of one session is known.
func (g *panel) path(p *params) []PathDay {
	past := g.legs[0].past
	held := g.history(p)
	n := min(len(past.pivot), len(held))
	out := make([]PathDay, n)
	for i := range out {
		k := len(past.pivot) - n + i
		out[i] = PathDay{
			Session: past.date[len(past.date)-n+i], Close: past.close[k], Pivots: past.pivot[k],
			PositionUSD: p.risk * held[len(held)-n+i],
		}
	}
	return out
}

// Change is how a reading differs from that of five sessions before.
type Change struct {
	From            calendar.Date // session after whose close the other reading stood
	Close           float64       // of that session
	PositionUSD     float64       // then, in all equity markets
	Percentile      float64       // then, among the same days as that of now
	VolThen, VolNow float64       // a year, by which positions are scaled, of the S&P 500

	// Traded is what was bought or sold, Revalued what the price did to the value of what was held: together
	// the change of the position. All equity markets, dollars.
	Traded, Revalued     Parts
	TradedUS, RevaluedUS Parts

	Pivots [speeds]PivotChange
}

// PivotChange is how a pivot moved, in points. Price and Time add up to the whole: a pivot knows no
// volatility.
type PivotChange struct {
	Before float64 // for the close that followed the session of before
	Price  float64 // what the moves of the price did
	Time   float64 // what would have happened had the price stood still
}

// change adds up the markets; nil where the last week of any of them is not known.
func (g *panel) change(p *params) (*Change, error) {
	for i := range g.legs {
		if w := &g.legs[i].shot.past; math.IsNaN(w.traded.Total()+w.revalued.Total()) || math.IsNaN(w.close) {
			return nil, nil
		}
	}
	first := g.legs[0].shot
	w := &first.past
	from, err := shift(first.date, -weekSessions)
	if err != nil {
		return nil, err
	}
	parts := func(of func(*lastWeek) Parts) (all, us Parts) {
		one := func(part func(Parts) float64) (float64, float64) {
			return p.risk * g.sum(p, func(x *snapshot) float64 { return part(of(&x.past)) }), p.risk * part(of(w))
		}
		all.Price, us.Price = one(func(x Parts) float64 { return x.Price })
		all.Vol, us.Vol = one(func(x Parts) float64 { return x.Vol })
		all.Time, us.Time = one(func(x Parts) float64 { return x.Time })
		return all, us
	}
	held := g.sum(p, func(x *snapshot) float64 { return x.past.held })
	c := &Change{
		From: from, Close: w.close * first.close, PositionUSD: p.risk * held, Percentile: percentile(g.rank, held),
		VolThen: max(math.Sqrt(w.square), p.floor) * math.Sqrt(year), VolNow: first.vol(p) * math.Sqrt(year),
	}
	c.Traded, c.TradedUS = parts(func(x *lastWeek) Parts { return x.traded })
	c.Revalued, c.RevaluedUS = parts(func(x *lastWeek) Parts { return x.revalued })
	for k := range speeds {
		c.Pivots[k] = PivotChange{
			Before: w.pivot[k] * first.close,
			Time:   (w.aged[k] - w.pivot[k]) * first.close,
			Price:  (first.pivotNext(k) - w.aged[k]) * first.close,
		}
	}
	return c, nil
}
