package report

import (
	"math"
	"slices"
	"time"

	"faultline/evidence"
)

// pivotColours are the colours of the three speeds: those of no participant that the note shows.
var pivotColours = []string{"1", "2", "0"}

// bridge draws how the position of a week before became that of now: one bar a part.
func (d *document) bridge(s shape) string {
	c := d.a.Trend.Change
	traded, value := c.Traded, c.Revalued.All
	steps := []struct {
		key   string
		delta float64
		whole bool
	}{
		{"bridge_before", c.Position, true},
		{"bridge_price", traded.Price, false},
		{"bridge_vol", traded.Vol, false},
		{"bridge_time", traded.Time, false},
		{"bridge_value", value, false},
		{"bridge_now", c.Position + c.Total.All, true},
	}
	const rowHeight, top, foot = 30.0, 8.0, 40.0
	left, right := 190.0, 84.0
	if s.narrow {
		left, right = 124, 66
	}
	height := top + rowHeight*float64(len(steps)) + foot
	canvas := newCanvas(s.width, height, d.w.Label("note.bridge_chart"))
	var ends []float64
	at := 0.0
	for _, step := range steps {
		if step.whole {
			at = step.delta
		} else {
			at += step.delta
		}
		ends = append(ends, at)
	}
	lo, hi := extent(0.05, ends)
	x := axis{lo, hi, left, s.width - right}
	n := 6
	if s.narrow {
		n = 3
	}
	bottom := top + rowHeight*float64(len(steps))
	d.dollarAxis(canvas, x, top, bottom, n, largest(ends))
	canvas.text((x.from+x.to)/2, bottom+32, "middle", "s", d.w.ScaleFor(largest(ends)).Name)
	for i, step := range steps {
		y := top + rowHeight*float64(i)
		from, class := 0.0, "p6"
		if !step.whole {
			from = ends[i] - step.delta
			class = "buy"
			if step.delta < 0 {
				class = "sell"
			}
		}
		label := d.w.Label("note." + step.key)
		canvas.rect(x.at(from), y+6, x.at(ends[i])-x.at(from), rowHeight-12, class, label+" "+d.w.SignedAmount(step.delta, 3))
		if i+1 < len(steps) {
			canvas.line(x.at(ends[i]), y+rowHeight-6, x.at(ends[i]), y+rowHeight+6, "zero")
		}
		size, style := fontSize, "t"
		if s.narrow {
			size, style = labelSize, "m"
		}
		canvas.text(left-10, y+rowHeight/2+4, "end", style, cut(label, size, left-12))
		canvas.text(s.width, y+rowHeight/2+4, "end", style, d.w.SignedAmount(step.delta, 3))
	}
	return canvas.done()
}

// days reads the dates of the path; nil where one is none.
func (d *document) days() []time.Time {
	var out []time.Time
	for _, iso := range d.a.Trend.Path.Date {
		day, err := time.Parse(time.DateOnly, iso)
		if err != nil {
			return nil
		}
		out = append(out, day)
	}
	return out
}

// timeAxis draws the days below a chart.
func (d *document) timeAxis(c *canvas, x axis, days []time.Time, bottom float64, n int) {
	first, last := days[0], days[len(days)-1]
	c.line(x.from, bottom, x.to, bottom, "zero")
	for _, m := range months(first, last, n) {
		at := x.at(float64(m.Unix()))
		c.line(at, bottom, at, bottom+4, "zero")
		c.text(at, bottom+17, "middle", "t", d.monthLabel(m, last.Sub(first)))
	}
}

// pivotPath draws the closes of the last half year with the pivots that each close was compared with: a
// pivot that was computed after one close stands at the next.
func (d *document) pivotPath(s shape) string {
	p := d.a.Trend.Path
	days := d.days()
	if len(days) < 2 {
		return ""
	}
	const left, top = 52.0, 12.0
	right, height, n := 170.0, 300.0, 6
	if s.narrow {
		right, height, n = 128, 280, 2
	}
	c := newCanvas(s.width, height, d.w.Text("note.path_chart", evidence.Args{"instrument": d.instrument(d.a.Trend.Instrument)}))
	columns := [][]float64{p.Short, p.Medium, p.Long}
	lo, hi := slices.Min(p.Close), slices.Max(p.Close)
	for _, v := range columns {
		lo, hi = math.Min(lo, slices.Min(v)), math.Max(hi, slices.Max(v))
	}
	pad := 0.04 * (hi - lo)
	y := axis{lo - pad, hi + pad, height - 30, top}
	x := axis{float64(days[0].Unix()), float64(days[len(days)-1].Unix()), left, s.width - right - 10}
	d.priceAxis(c, y, left, s.width-right, 6, false)
	d.timeAxis(c, x, days, y.from, n)
	xs, ys := make([]float64, len(days)), make([]float64, len(days))
	for i, column := range columns {
		for k := range days {
			xs[k] = x.to + 6 // the last pivot is that of the next close
			if k+1 < len(days) {
				xs[k] = x.at(float64(days[k+1].Unix()))
			}
			ys[k] = y.at(column[k])
		}
		c.path(xs, ys, "lane l"+pivotColours[i])
	}
	for k := range days {
		xs[k], ys[k] = x.at(float64(days[k].Unix())), y.at(p.Close[k])
	}
	c.path(xs, ys, "halo")
	c.path(xs, ys, "curve")
	last := len(days) - 1
	ends := []float64{y.at(p.Close[last]), y.at(p.Short[last]), y.at(p.Medium[last]), y.at(p.Long[last])}
	placed := spread(ends, labelGap, top+4, y.from-4)
	names := []string{d.w.Label("ui.spot") + " " + d.w.Price(p.Close[last])}
	for i, r := range d.pivotRows() {
		names = append(names, d.w.In("level_brief", string(r.level.Kind))+" "+d.w.Price(columns[i][last]))
	}
	size, style := fontSize, "t"
	if s.narrow {
		size, style = labelSize, "m"
	}
	for i, name := range names {
		class := style
		if i > 0 {
			class += " n" + pivotColours[i-1]
		}
		c.path([]float64{x.to + 7, x.to + 16, x.to + 20}, []float64{ends[i], placed[i], placed[i]}, "leader")
		c.text(x.to+23, placed[i]+4, "start", class, cut(name, size, s.width-x.to-23))
	}
	for k := range days {
		from, to := left, x.to
		if k > 0 {
			from = (xs[k-1] + xs[k]) / 2
		}
		if k < last {
			to = (xs[k] + xs[k+1]) / 2
		}
		c.rect(from, top, to-from, y.from-top, "hit", d.w.Date(days[k])+"\n"+d.w.Price(p.Close[k])+"\n"+d.evidence(d.a.Trend.Grade, "", d.a.Trend.Node))
	}
	return c.done()
}

// positionPath draws the position of the last half year.
func (d *document) positionPath(s shape) string {
	p := d.a.Trend.Path
	days := d.days()
	if len(days) < 2 {
		return ""
	}
	const left, top, height = 64.0, 12.0, 200.0
	n := 6
	if s.narrow {
		n = 2
	}
	c := newCanvas(s.width, height, d.w.Label("note.position_chart"))
	lo, hi := extent(0.06, p.Position)
	y := axis{lo, hi, height - 30, top}
	x := axis{float64(days[0].Unix()), float64(days[len(days)-1].Unix()), left, s.width - 14}
	size := largest(p.Position)
	unit := math.Pow10(d.w.ScaleFor(size).Exp)
	at, places := ticks(y.lo/unit, y.hi/unit, 5)
	for _, v := range at {
		class := "grid"
		if v == 0 {
			class = "zero"
		}
		c.line(left, y.at(v*unit), x.to, y.at(v*unit), class)
		c.text(left-6, y.at(v*unit)+4, "end", "t", d.w.Signed(v, places))
	}
	c.text(left, top-2, "start", "s", d.w.ScaleFor(size).Name)
	d.timeAxis(c, x, days, y.from, n)
	xs, ys := []float64{x.at(float64(days[0].Unix()))}, []float64{y.at(0)}
	for k := range days {
		xs, ys = append(xs, x.at(float64(days[k].Unix()))), append(ys, y.at(p.Position[k]))
	}
	xs, ys = append(xs, xs[len(xs)-1]), append(ys, y.at(0))
	c.area(xs, ys, "band p1")
	c.path(xs[1:len(xs)-1], ys[1:len(ys)-1], "lane l1")
	for k := range days {
		from, to := x.from, x.to
		if k > 0 {
			from = (xs[k] + xs[k+1]) / 2
		}
		if k+1 < len(days) {
			to = (xs[k+1] + xs[k+2]) / 2
		}
		c.rect(from, top, to-from, y.from-top, "hit", d.w.Date(days[k])+"\n"+d.w.SignedAmount(p.Position[k], 3)+"\n"+d.evidence(d.a.Trend.Grade, "", d.a.Trend.Node))
	}
	return c.done()
}
