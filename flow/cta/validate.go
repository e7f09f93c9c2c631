package cta

import (
	"context"
	"fmt"
	"math"
	"sort"

	"faultline/assumption"
	"faultline/calendar"
	"faultline/market"
)

// Validation is the error of the model on published readouts. Every number under "left out" comes from
// a fit that did not see the readout it is compared with.
type Validation struct {
	Readouts int // that could be used
	Regions  int // of equities that the prices hold

	InForce Fit   // what the register says
	All     Fit   // fitted to all readouts
	Folds   []Fit // fitted without each readout, in order of Rows

	Rows   []Row
	Pivots [speeds]PivotScore
	Flows  [2]FlowScore // global, US
	// Baseline is what the mean of the other readouts' same cell scores.
	Baseline [2]FlowScore

	Position, PositionUS, Percentile Interval // median absolute error, dollars and points
	PositionRMS                      float64  // dollars

	// RegionCorrelation is the mean correlation of two regions' modelled positions since 1990, at the
	// parameters in force; Missing with one region.
	RegionCorrelation float64

	Lags []Lag
}

// Row is one readout beside the model that did not see it.
type Row struct {
	Published Readout
	State     calendar.Date // session whose close the model took in last
	Model     Readout
	Spans     [speeds]float64 // with which the pivots were computed
}

// Interval is a number with the 5 and 95 % quantiles of a bootstrap over readouts.
type Interval struct {
	Value, Low, High float64
	N                int
}

// PivotScore is the error of one speed's pivots, each as a share of the published price.
type PivotScore struct {
	Name      string
	MeanAbs   Interval // left out
	RMS       float64  // left out
	Bias      float64  // left out; above 0 where the model is too high
	Span      float64  // fitted to all
	InSample  float64  // mean absolute error at that span
	InForce   float64  // mean absolute error at the register's span
	SpanLeast float64  // smallest span of any fold
	SpanMost  float64  // largest
}

// FlowScore is how well flows are met over all cells of an area, left out.
type FlowScore struct {
	Skill      Interval // 1 − squared error / squared error of each column's mean
	Demeaned   Interval // correlation after each column's mean is taken off
	Pooled     Interval // plain correlation over all cells
	Sign       Interval // share of right signs among published flows above 5 billion dollars
	RMS        [2]float64
	N, NumSign int
}

// Lag is the error if readouts described another session.
type Lag struct {
	Sessions int             // from the readout's date: −1 is the close before it, which is what readouts mean
	Pivot    [speeds]float64 // mean absolute error at the register's spans
	Skill    [2]float64      // global, US; parameters in force
}

// large is the size of a published flow from which on its sign counts.
const large = 5e9

// resamples is the number of bootstrap samples: the standard error of a 5 % quantile is then about
// half a percentage point.
const resamples = 2000

// Validate fits the model to all readouts but one, predicts that one, and scores the predictions.
// Spans are fitted to pivots, the rest to flows and positions. Nothing of it is random: the bootstrap
// draws from a counter-based stream.
func Validate(ctx context.Context, readouts []Readout, prices *market.State, a assumption.Set) (*Validation, error) {
	p := read(a)
	b, err := newBench(prices, readouts, a, 0)
	if err != nil {
		return nil, err
	}
	if err := b.few(); err != nil {
		return nil, err
	}
	v := &Validation{
		Readouts: len(b.readouts), Regions: b.known,
		InForce: Fit{Squash: p.squash, VolSpan: p.volSpan, Adjust: p.adjust, Buffer: p.buffer, TapeSpan: p.tapeSpan, Risk: p.risk, Futures: a.Value("cta.futures_share")},
	}
	for i, r := range b.readouts {
		v.Rows = append(v.Rows, Row{Published: r, State: b.after[i], Model: Empty(r.Date)})
	}
	for k := range speeds {
		v.Pivots[k] = b.pivotScore(v.Rows, k, p.span[k])
	}
	c, err := b.calibration(p)
	if err != nil {
		return nil, err
	}
	v.All, _ = c.fit(func(int) bool { return true })
	ranked := map[int][]unit{}
	for i := range v.Rows {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		fold, point := c.fit(func(j int) bool { return j != i })
		v.Folds = append(v.Folds, fold)
		u := c.units[point][i]
		if !market.IsMissing(b.readouts[i].Percentile) {
			if ranked[point] == nil {
				if ranked[point], err = b.units(&c.points[point], true); err != nil {
					return nil, err
				}
			}
			u.percentile = ranked[point][i].percentile
		}
		v.Rows[i].Model.fill(&u, fold, b.readouts[i].Futures)
	}
	for area := range Areas {
		model := cells(v.Rows, area, func(r *Row) *Readout { return &r.Model })
		published := cells(v.Rows, area, func(r *Row) *Readout { return &r.Published })
		v.Flows[area] = score(published, model)
		v.Baseline[area] = score(published, others(published))
	}
	v.Position = medianError(v.Rows, func(r *Readout) float64 { return r.Position })
	v.PositionUS = medianError(v.Rows, func(r *Readout) float64 { return r.PositionUS })
	v.Percentile = medianError(v.Rows, func(r *Readout) float64 { return r.Percentile })
	v.PositionRMS = rms(v.Rows, func(r *Readout) float64 { return r.Position })
	_, g, err := b.run(&p, true)
	if err != nil {
		return nil, err
	}
	v.RegionCorrelation = g.correlation()
	if v.Lags, err = lags(prices, readouts, a, &p, v.InForce); err != nil {
		return nil, err
	}
	return v, nil
}

// fill writes what the model says into a readout.
func (r *Readout) fill(u *unit, f Fit, futures bool) {
	r.Position, r.PositionUS, r.Percentile = f.Risk*u.position[0], f.Risk*u.position[1], u.percentile
	us := f.Risk
	if futures {
		us *= f.Futures
	}
	for h := range r.Flow {
		for s := range r.Flow[h] {
			r.Flow[h][s] = [2]float64{f.Risk * u.flow[h][s][0], us * u.flow[h][s][1]}
		}
	}
}

// spanGrid lists the spans that are tried for a speed: two thirds to three halves of the register's,
// in steps of about half a percent.
func spanGrid(centre float64) []float64 {
	var out []float64
	for i := -80; i <= 80; i++ {
		out = append(out, centre*math.Pow(1.5, float64(i)/80))
	}
	return out
}

// pivotAt is the pivot of a speed at each readout for one span.
func (b *bench) pivotAt(span float64) []float64 {
	h := b.hist[0]
	p := params{span: [speeds]float64{span, span, span}}
	p.prepare()
	f := start()
	out := make([]float64, len(b.after))
	next := 1
	for i, d := range b.after {
		for next < len(h.date) && h.date[next] <= d {
			f.step(&p, h.growth[next])
			next++
		}
		n := next - 1
		out[i] = market.Missing
		if following, err := nextSession(h.date[n]); err == nil && next >= p.needs(0) {
			out[i] = h.close[n] * f.pivot(0, h.yearly[n]*years(h.date[n], following))
		}
	}
	return out
}

// pivotScore fits the span of a speed without each readout in turn, by least squares of the error of
// the price, and writes the pivots left out into rows.
func (b *bench) pivotScore(rows []Row, k int, inForce float64) PivotScore {
	out := PivotScore{Name: SpeedNames[k], SpanLeast: math.Inf(1)}
	grid := spanGrid(inForce)
	errs := make([][]float64, len(grid)) // [span][readout]
	pivot := make([][]float64, len(grid))
	for g, span := range grid {
		pivot[g] = b.pivotAt(span)
		for i := range rows {
			errs[g] = append(errs[g], pivot[g][i]/rows[i].Published.Pivot[k]-1)
		}
	}
	best := func(without int) int {
		at, least := 0, math.Inf(1)
		for g := range grid {
			sum := 0.0
			for i, e := range errs[g] {
				if i != without && !market.IsMissing(e) {
					sum += e * e
				}
			}
			if sum < least {
				at, least = g, sum
			}
		}
		return at
	}
	all := best(-1)
	out.Span = grid[all]
	var left, in, force moments
	var abs []float64
	for i := range rows {
		if market.IsMissing(errs[all][i]) {
			continue
		}
		g := best(i)
		rows[i].Spans[k], rows[i].Model.Pivot[k] = grid[g], pivot[g][i]
		out.SpanLeast, out.SpanMost = min(out.SpanLeast, grid[g]), max(out.SpanMost, grid[g])
		e := errs[g][i]
		left.add(e)
		abs = append(abs, math.Abs(e))
		in.add(math.Abs(errs[all][i]))
		force.add(math.Abs(errs[len(grid)/2][i]))
	}
	out.MeanAbs = bootstrap(len(abs), func(pick []int) float64 {
		sum := 0.0
		for _, i := range pick {
			sum += abs[i]
		}
		return sum / float64(len(pick))
	})
	out.RMS, out.Bias = math.Sqrt(left.square/left.n), left.mean()
	out.InSample, out.InForce = in.mean(), force.mean()
	return out
}

// columns is the number of flow cells of one area in a readout.
const columns = 2 * 3

// cells lists the flows of an area, [readout][column].
func cells(rows []Row, area int, of func(*Row) *Readout) [][columns]float64 {
	out := make([][columns]float64, len(rows))
	for i := range rows {
		r := of(&rows[i])
		for h := range r.Flow {
			for s := range r.Flow[h] {
				out[i][h*3+s] = r.Flow[h][s][area]
			}
		}
	}
	return out
}

// others is the mean of the same cell over the other readouts.
func others(x [][columns]float64) [][columns]float64 {
	out := make([][columns]float64, len(x))
	for i := range x {
		for c := range columns {
			var m moments
			for j := range x {
				if j != i {
					m.add(x[j][c])
				}
			}
			out[i][c] = m.mean()
		}
	}
	return out
}

// score compares two tables of flows over the cells that are published.
func score(published, model [][columns]float64) FlowScore {
	var out FlowScore
	var error2 [2]moments
	for i := range published {
		for c, x := range published[i] {
			if market.IsMissing(x) {
				continue
			}
			out.N++
			error2[c/3].add(x - model[i][c])
			if math.Abs(x) > large {
				out.NumSign++
			}
		}
	}
	for h := range error2 {
		out.RMS[h] = math.Sqrt(error2[h].square / error2[h].n)
	}
	of := func(k int) Interval {
		return bootstrap(len(published), func(pick []int) float64 { return four(published, model, pick)[k] })
	}
	out.Skill, out.Demeaned, out.Pooled, out.Sign = of(0), of(1), of(2), of(3)
	return out
}

// four computes skill, demeaned correlation, pooled correlation and the share of right signs over a
// choice of readouts.
func four(published, model [][columns]float64, pick []int) [4]float64 {
	var mean, modelMean [columns]moments
	for _, i := range pick {
		for c, x := range published[i] {
			if !market.IsMissing(x) {
				mean[c].add(x)
				modelMean[c].add(model[i][c])
			}
		}
	}
	var miss, base, right, count float64
	var within, pooled correlation
	for _, i := range pick {
		for c, x := range published[i] {
			if market.IsMissing(x) {
				continue
			}
			y := model[i][c]
			miss += (x - y) * (x - y)
			base += (x - mean[c].mean()) * (x - mean[c].mean())
			within.add(x-mean[c].mean(), y-modelMean[c].mean())
			pooled.add(x, y)
			if math.Abs(x) > large {
				count++
				if x*y > 0 {
					right++
				}
			}
		}
	}
	return [4]float64{1 - miss/base, within.value(), pooled.value(), right / count}
}

// correlation collects Pearson's correlation.
type correlation struct{ n, x, y, xx, yy, xy float64 }

func (c *correlation) add(x, y float64) {
	c.n++
	c.x += x
	c.y += y
	c.xx += x * x
	c.yy += y * y
	c.xy += x * y
}

func (c *correlation) value() float64 {
	vx, vy := c.xx-c.x*c.x/c.n, c.yy-c.y*c.y/c.n
	return (c.xy - c.x*c.y/c.n) / math.Sqrt(vx*vy)
}

// bootstrap computes a statistic over all n things and over samples of them drawn with replacement
// (Efron 1979). Samples on which it is not defined are left out.
func bootstrap(n int, statistic func(pick []int) float64) Interval {
	pick := make([]int, n)
	for i := range pick {
		pick[i] = i
	}
	if n == 0 {
		return Interval{Value: market.Missing, Low: market.Missing, High: market.Missing}
	}
	out := Interval{Value: statistic(pick), N: n}
	var values []float64
	for s := range resamples {
		for i := range pick {
			pick[i] = int(mix(uint64(s), uint64(i)) % uint64(n))
		}
		if x := statistic(pick); !market.IsMissing(x) && !math.IsInf(x, 0) {
			values = append(values, x)
		}
	}
	sort.Float64s(values)
	out.Low, out.High = quantile(values, .05), quantile(values, .95)
	return out
}

func gaps(rows []Row, of func(*Readout) float64) []float64 {
	var out []float64
	for i := range rows {
		if e := of(&rows[i].Model) - of(&rows[i].Published); !market.IsMissing(e) {
			out = append(out, e)
		}
	}
	return out
}

func medianError(rows []Row, of func(*Readout) float64) Interval {
	e := gaps(rows, of)
	return bootstrap(len(e), func(pick []int) float64 {
		abs := make([]float64, len(pick))
		for k, i := range pick {
			abs[k] = math.Abs(e[i])
		}
		sort.Float64s(abs)
		if len(abs) == 1 {
			return abs[0]
		}
		return quantile(abs, .5)
	})
}

func rms(rows []Row, of func(*Readout) float64) float64 {
	var m moments
	for _, e := range gaps(rows, of) {
		m.add(e)
	}
	return math.Sqrt(m.square / m.n)
}

// lags scores the parameters in force as if readouts described the close of another session.
func lags(prices *market.State, readouts []Readout, a assumption.Set, p *params, f Fit) ([]Lag, error) {
	var out []Lag
	for lag := -1; lag <= 2; lag++ { // closes of the sessions −2 to +1 from the date
		b, err := newBench(prices, readouts, a, lag)
		if err != nil {
			return nil, fmt.Errorf("lag %d: %w", lag, err)
		}
		u, err := b.units(p, false)
		if err != nil {
			return nil, fmt.Errorf("lag %d: %w", lag, err)
		}
		l := Lag{Sessions: lag - 1}
		rows := make([]Row, len(b.readouts))
		for i, r := range b.readouts {
			rows[i] = Row{Published: r, Model: Empty(r.Date)}
			rows[i].Model.fill(&u[i], f, r.Futures)
		}
		all := make([]int, len(rows))
		for i := range all {
			all[i] = i
		}
		for area := range Areas {
			published := cells(rows, area, func(r *Row) *Readout { return &r.Published })
			model := cells(rows, area, func(r *Row) *Readout { return &r.Model })
			l.Skill[area] = four(published, model, all)[0]
		}
		for k := range speeds {
			var m moments
			for i, x := range b.pivotAt(p.span[k]) {
				m.add(math.Abs(x/b.readouts[i].Pivot[k] - 1))
			}
			l.Pivot[k] = m.mean()
		}
		out = append(out, l)
	}
	return out, nil
}
