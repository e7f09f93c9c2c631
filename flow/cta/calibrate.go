package cta

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sort"
	"sync"
	"sync/atomic"

	"faultline/assumption"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/flow"
	"faultline/market"
)

// unit is what the model says at one readout, in dollars for each dollar of a region's risk.
type unit struct {
	position   [2]float64       // by area
	flow       [2][3][2]float64 // as in Readout
	percentile float64
	lever      float64 // of the risk budget, which position and flow contain; 1 without one
}

// bench is the data of a calibration: histories up to the last readout and, for each readout, the
// session whose close it describes.
type bench struct {
	hist     []*history
	legs     []venue
	share    []float64
	known    int
	readouts []Readout
	after    []calendar.Date // session whose close each readout describes
	skipped  []SkippedReadout
	wander   [2][]float64 // bridges by horizon
	books    *books       // nil without a risk budget
}

// newBench loads the equity markets. Lag is how many sessions the state lies after the close before
// the readout's date; 0 is what the readouts mean.
func newBench(prices *market.State, readouts []Readout, a assumption.Set, lag int) (_ *bench, err error) {
	b := &bench{}
	p := read(a)
	seen := map[Region]bool{}
	for _, v := range present(prices, Equity) {
		h, err := daily(prices, v)
		if err != nil {
			return nil, fmt.Errorf("calibrate cta: %s: %w", v.id, err)
		}
		b.hist, b.legs = append(b.hist, h), append(b.legs, v)
		if !seen[v.region] {
			seen[v.region] = true
			b.known++
		}
	}
	if len(b.legs) == 0 || b.legs[0].id != Instrument {
		return nil, absent("no_bars", evidence.Args{"instrument": Instrument})
	}
	b.share = shares(b.legs)
	for h, n := range horizonSessions {
		b.wander[h] = bridges(uint64(a.Value("band.seed")), n, len(b.legs), &p)
	}
	readouts = slices.Clone(readouts)
	slices.SortStableFunc(readouts, func(x, y Readout) int { return cmp.Compare(x.Date, y.Date) })
	for _, r := range readouts {
		if !r.Dated {
			b.skip(&r, "readout_undated", nil)
			continue
		}
		d, err := shift(r.Date, lag-1)
		if err != nil {
			b.skip(&r, "readout_outside_calendar", nil)
			continue
		}
		dates := b.hist[0].date
		if last := dates[len(dates)-1]; d > last {
			b.skip(&r, "readout_after_prices", evidence.Args{"last": last.String()})
			continue
		}
		if d < dates[0] {
			b.skip(&r, "readout_before_prices", evidence.Args{"first": dates[0].String()})
			continue
		}
		b.readouts, b.after = append(b.readouts, r), append(b.after, d)
	}
	if p.budget > 0 {
		if b.books, err = newBooks(prices, b, &p); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// shift returns the session n sessions after the first one on or after a date; n may be negative.
func shift(d calendar.Date, n int) (calendar.Date, error) {
	x := calendar.NYSE()
	s, err := x.Next(d - 1)
	for ; err == nil && n > 0; n-- {
		s, err = x.Next(s.Date)
	}
	for ; err == nil && n < 0; n++ {
		s, err = x.Prev(s.Date)
	}
	return s.Date, err
}

// units runs the model once over every market and reads it at each readout. With rank it also ranks
// the position among the days since 1990 before it.
func (b *bench) units(p *params, rank bool) ([]unit, error) {
	out, _, err := b.run(p, rank)
	return out, err
}

// run is units, and the panel with its tracks where the position is ranked.
func (b *bench) run(p *params, rank bool) ([]unit, *panel, error) {
	out := make([]unit, len(b.readouts))
	shots := make([][]*snapshot, len(b.readouts)) // [readout][leg]
	for i := range shots {
		shots[i] = make([]*snapshot, len(b.legs))
	}
	g := &panel{known: b.known}
	for j, h := range b.hist {
		s := begin(h)
		l := leg{venue: b.legs[j], share: b.share[j]}
		next := 1
		for i, d := range b.after {
			for next < len(h.date) && h.date[next] <= d {
				s.advance(p, h.date[next], h.close[next], h.growth[next], h.yearly[next])
				next++
				if rank && s.complete(p) {
					l.past.date, l.past.held = append(l.past.date, s.date), append(l.past.held, s.total())
				}
			}
			if d-s.date > staleDays {
				return nil, nil, absent("stale_prices", evidence.Args{"instrument": h.instrument, "last": s.date.String(), "session": d.String()})
			}
			c := *s
			shots[i][j] = &c
		}
		g.legs = append(g.legs, l)
	}
	var levers []float64 // of each readout
	if b.books != nil {
		levers = b.books.levers(p)
	}
	for i := range out {
		u := &out[i]
		for j := range g.legs {
			g.legs[j].shot = shots[i][j]
		}
		u.position = [2]float64{g.sum(p, (*snapshot).total), shots[i][0].total()}
		for h, n := range horizonSessions {
			dates, err := nextSessions(b.after[i], n)
			if err != nil {
				return nil, nil, err
			}
			row := len(b.legs) * flow.Lanes
			for shape := range u.flow[h] {
				var global, us [flow.Lanes]float64
				for j, s := range shots[i] {
					bridge := func(i int) []float64 { return b.wander[h][i*row+j*flow.Lanes : i*row+(j+1)*flow.Lanes] }
					s.lanes(p, dates, shapeSigmas[shape], bridge, b.share[j]*p.unknown(b.known), &global)
					if j == 0 {
						us = global
						for l := range us {
							us[l] /= b.share[0] * p.unknown(b.known)
						}
					}
				}
				u.flow[h][shape] = [2]float64{median(global[:]), median(us[:])}
			}
		}
		u.lever = 1
		if b.books != nil {
			u.scale(levers[i])
		}
		u.percentile = market.Missing
		if rank {
			u.percentile = percentile(quantiles(g.until(p, b.after[i])), u.position[0])
		}
	}
	return out, g, nil
}

// until is history up to a date.
func (g *panel) until(p *params, d calendar.Date) []float64 {
	cut := panel{known: g.known}
	for _, l := range g.legs {
		n := len(l.past.date)
		for n > 0 && l.past.date[n-1] > d {
			n--
		}
		l.past = track{date: l.past.date[:n], held: l.past.held[:n]}
		cut.legs = append(cut.legs, l)
	}
	return cut.history(p)
}

// lanes adds what is traded over the sessions of dates along each lane of a tape, in dollars for each
// dollar of risk, to out. It is the walk of a tape without its machinery: [closes][lane] are the
// bridges of the market.
func (s *snapshot) lanes(p *params, dates []calendar.Date, sigmas float64, bridge func(i int) []float64, scale float64, out *[flow.Lanes]float64) {
	end, rough := s.wideVol(p), s.vol(p)
	n := float64(len(dates))
	for l := range out {
		x := *s
		last := 0.0
		for i, d := range dates {
			at := end*sigmas*math.Sqrt(n)*float64(i+1)/n + rough*bridge(i + 1)[l]
			move := math.Exp(at - last)
			last = at
			for k, order := range x.orders(p) {
				out[l] += scale * order * (p.atOpen + (1-p.atOpen)*move)
				x.held[k] = (x.held[k] + order) * move
			}
			x.step(p, move+x.carry*years(x.date, d))
			x.bars++
			x.date = d
		}
	}
}

func median(v []float64) float64 {
	sort.Float64s(v)
	return quantile(v, .5)
}

func nextSessions(d calendar.Date, n int) ([]calendar.Date, error) {
	out := make([]calendar.Date, 0, n)
	for range n {
		next, err := nextSession(d)
		if err != nil {
			return nil, err
		}
		out = append(out, next)
		d = next
	}
	return out, nil
}

// Fit is a choice of the parameters that are calibrated on published flows and positions.
type Fit struct {
	Squash, VolSpan, Adjust, Buffer, TapeSpan float64
	Risk                                      float64 // dollars a year, one region of equities
	Futures                                   float64 // part of the US risk that stands in S&P 500 futures
	Loss                                      float64 // sum of squared errors, each over the scale of its column
}

// The grid of the calibration, in steps of about two. The loss is flat around its minimum, so that finer
// steps would fit noise; the risk and the futures' part enter linearly and are solved for.
var (
	gridSquash  = []float64{0.15, 0.3, 0.6}
	gridVolSpan = []float64{50, 75, 110}
	gridAdjust  = []float64{0.12, 0.24, 0.48}
	gridBuffer  = []float64{0, 0.1, 0.2, 0.4}
	gridTape    = []float64{125, 500}
)

// Scales of errors of positions, dollars: about the error that is asked for. Those of flows are the
// standard deviations of their columns.
const (
	scalePosition   = 25e9
	scalePositionUS = 15e9
)

// calibration is the model at every point of the grid.
type calibration struct {
	*bench
	points []params
	units  [][]unit // [point][readout]
	scale  [2][3][2]float64
}

func (b *bench) calibration(p params) (*calibration, error) {
	c := &calibration{bench: b}
	for h := range c.scale {
		for s := range c.scale[h] {
			for area := range c.scale[h][s] {
				var m moments
				for _, r := range b.readouts {
					m.add(r.Flow[h][s][area])
				}
				c.scale[h][s][area] = m.deviation()
			}
		}
	}
	for _, squash := range gridSquash {
		for _, span := range gridVolSpan {
			for _, adjust := range gridAdjust {
				for _, buffer := range gridBuffer {
					for _, tape := range gridTape {
						q := p
						q.squash, q.volSpan, q.adjust, q.buffer, q.tapeSpan = squash, span, adjust, buffer, tape
						q.prepare()
						c.points = append(c.points, q)
					}
				}
			}
		}
	}
	c.units = make([][]unit, len(c.points))
	errs := make([]error, len(c.points))
	var next atomic.Int64
	var all sync.WaitGroup
	for range runtime.GOMAXPROCS(0) { // each point stands alone, so that the number of workers changes nothing
		all.Go(func() {
			for k := int(next.Add(1)) - 1; k < len(c.points); k = int(next.Add(1)) - 1 {
				c.units[k], errs[k] = b.units(&c.points[k], false)
			}
		})
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return c, nil
}

// moments collects mean and standard deviation of what is not Missing.
type moments struct{ n, sum, square float64 }

func (m *moments) add(x float64) {
	if !market.IsMissing(x) {
		m.n++
		m.sum += x
		m.square += x * x
	}
}

func (m *moments) mean() float64 { return m.sum / m.n }

// deviation is the standard deviation, 1 where there are fewer than two values.
func (m *moments) deviation() float64 {
	if m.n < 2 {
		return 1
	}
	return math.Sqrt(max(m.square/m.n-m.mean()*m.mean(), 0))
}

// pair is one published number beside what the model says for a dollar of risk.
type pair struct{ published, unit, scale float64 }

// pairs calls f for every number of a readout that the calibration uses; futures tells those that
// count S&P 500 futures only.
func (c *calibration) pairs(point, i int, f func(x pair, futures bool)) {
	r, u := &c.readouts[i], &c.units[point][i]
	use := func(published, unit, scale float64, futures bool) {
		if !market.IsMissing(published) {
			f(pair{published, unit, scale}, futures)
		}
	}
	use(r.Position, u.position[0], scalePosition, false)
	use(r.PositionUS, u.position[1], scalePositionUS, false)
	for h := range r.Flow {
		for s := range r.Flow[h] {
			use(r.Flow[h][s][0], u.flow[h][s][0], c.scale[h][s][0], false)
			use(r.Flow[h][s][1], u.flow[h][s][1], c.scale[h][s][1], r.Futures)
		}
	}
}

// fit finds the point of the grid, the risk and the futures' part with the least loss over the
// readouts for which keep is true.
func (c *calibration) fit(keep func(i int) bool) (Fit, int) {
	best, at := Fit{Loss: math.Inf(1)}, 0
	for point := range c.points {
		var xy, xx [2]float64 // all, futures
		sums := func(p pair, futures bool) {
			k := 0
			if futures {
				k = 1
			}
			xy[k] += p.published * p.unit / (p.scale * p.scale)
			xx[k] += p.unit * p.unit / (p.scale * p.scale)
		}
		for i := range c.readouts {
			if keep(i) {
				c.pairs(point, i, sums)
			}
		}
		risk, futures := xy[0]/xx[0], 0.0
		if xx[1] > 0 {
			futures = xy[1] / xx[1]
		}
		loss := 0.0
		for i := range c.readouts {
			if !keep(i) {
				continue
			}
			c.pairs(point, i, func(p pair, only bool) {
				k := risk
				if only {
					k = futures
				}
				e := (p.published - k*p.unit) / p.scale
				loss += e * e
			})
		}
		if loss < best.Loss {
			q := c.points[point]
			best = Fit{Squash: q.squash, VolSpan: q.volSpan, Adjust: q.adjust, Buffer: q.buffer, TapeSpan: q.tapeSpan, Risk: risk, Futures: futures / risk, Loss: loss}
			at = point
		}
	}
	return best, at
}
