package report

import (
	"math"
	"strconv"

	"faultline"
	"faultline/evidence"
)

// drawnExpiries are the times to settlement, in days, to which the nearest expiry is drawn: more curves
// than colours could not be told apart.
var drawnExpiries = []float64{0, 7, 30, 91, 182, 365}

// surfaceCharts draws volatility by strike for a few expiries, with the quotes from bid to ask.
func (d *document) surfaceCharts() []chart {
	shown := d.drawn()
	if len(shown) == 0 {
		return nil
	}
	c := chart{Title: d.w.Label("ui.surface_chart"), Caption: d.w.Label("ui.surface_caption"), Synthetic: d.a.Exposure.Grade == evidence.Synthetic}
	for i, e := range shown {
		c.Key = append(c.Key, keyEntry{"p" + strconv.Itoa(i), d.w.DateOf(e.Expiry) + " " + e.Root})
	}
	return []chart{d.both(c, func(s shape) string { return d.smiles(s, shown) })}
}

// drawn picks the expiries with quotes that are nearest to the wanted times.
func (d *document) drawn() (out []faultline.SurfaceExpiry) {
	taken := map[int]bool{}
	for _, days := range drawnExpiries {
		best, gap := -1, math.Inf(1)
		for i, e := range d.a.Exposure.Surface.Expiries {
			away := math.Abs(e.Settle.Sub(d.a.AsOf).Hours()/24 - days)
			if e.From == "quotes" && len(e.Strike) > 1 && away < gap {
				best, gap = i, away
			}
		}
		if best >= 0 && !taken[best] {
			taken[best] = true
			out = append(out, d.a.Exposure.Surface.Expiries[best])
		}
	}
	return out
}

func (d *document) smiles(s shape, shown []faultline.SurfaceExpiry) string {
	const left, top, right = 46.0, 14.0, 12.0
	height := 300.0
	c := newCanvas(s.width, height, d.w.Label("ui.surface_chart"))
	lo, hi := math.Inf(1), 0.0
	for _, e := range shown {
		lo, hi = math.Min(lo, e.Strike[0]), math.Max(hi, e.Strike[len(e.Strike)-1])
	}
	if v := d.a.Spot.Value; v != nil { // the far wings of years would leave the near expiries no room
		lo, hi = math.Max(lo, 0.75**v), math.Min(hi, 1.2**v)
	}
	most := 0.0
	for _, e := range shown {
		for i, k := range e.Strike {
			if k >= lo && k <= hi {
				most = math.Max(most, e.Vol[i])
			}
		}
	}
	x, y := axis{lo, hi, left, s.width - right}, axis{0, 1.05 * most, height - 40, top}
	at, places := ticks(0, 105*most, 6)
	for _, v := range at {
		c.line(left, y.at(v/100), s.width-right, y.at(v/100), "grid")
		c.text(left-6, y.at(v/100)+4, "end", "t", d.w.Number(v, places)+"%")
	}
	n := 7
	if s.narrow {
		n = 4
	}
	at, places = ticks(lo, hi, n)
	for _, v := range at {
		c.line(x.at(v), top, x.at(v), y.from, "grid")
		c.text(x.at(v), y.from+16, "middle", "t", d.w.Number(v, places))
	}
	for i, e := range shown {
		number := strconv.Itoa(i)
		if q := e.Quoted; q != nil {
			for j, k := range q.Strike {
				if x.holds(k) && q.Bid[j] < y.hi {
					c.line(x.at(k), y.at(q.Bid[j]), x.at(k), y.at(math.Min(q.Ask[j], y.hi)), "quote l"+number)
				}
			}
		}
		var xs, ys []float64
		for j, k := range e.Strike {
			if x.holds(k) {
				xs, ys = append(xs, x.at(k)), append(ys, y.at(e.Vol[j]))
			}
		}
		c.path(xs, ys, "lane l"+number)
	}
	if v := d.a.Spot.Value; v != nil && x.holds(*v) {
		c.line(x.at(*v), top, x.at(*v), y.from, "spot")
		c.text(x.at(*v)+4, top+10, "start", "s", d.w.Label("ui.spot")+" "+d.w.Price(*v))
	}
	c.text((left+s.width-right)/2, height-6, "middle", "s", d.w.Label("ui.strike_axis"))
	return c.done()
}

// surface is the section of the volatility surface: the chart, and the error of the fit by settlement.
func (d *document) surface() section {
	s := section{ID: "surface", Title: d.w.Label("ui.surface"), Appendix: true}
	if d.a.Exposure == nil || d.a.Exposure.Surface == nil {
		return s
	}
	s.Lead = d.w.Label("ui.surface_lead")
	s.Charts = d.surfaceCharts()
	t := table{Head: d.head("expiry", "root", "quotes", "fit_rms", "fit_median", "fit_widths", "fit_inside", "method"), Folded: true, Title: d.w.Label("ui.fit")}
	graded := func(text string) cell {
		return d.graded(number(text), d.a.Exposure.Grade, "", d.a.Exposure.Node)
	}
	points := func(v *float64) cell {
		if v == nil {
			return cell{}
		}
		return graded(d.w.Number(100**v, 2))
	}
	for _, e := range d.a.Exposure.Surface.Expiries {
		row := []cell{
			{Text: d.w.DateOf(e.Expiry), Keep: true},
			plain(e.Root), number(d.w.Number(float64(e.Quotes), 0)),
			points(e.RMS), points(e.Median),
			{},
			{},
			{Text: d.w.In("surface_from", e.From)},
		}
		if e.Widths != nil {
			row[5] = graded(d.w.Number(*e.Widths, 2))
		}
		if e.Inside != nil {
			row[6] = graded(d.w.Percent(*e.Inside, 0))
		}
		t.Rows = append(t.Rows, row)
	}
	if f := d.a.Exposure.Surface; f.Median != nil && f.Widths != nil {
		s.Facts = []fact{{d.w.Label("ui.fit_error"), plain(d.w.Text("ui.fit_error_is", evidence.Args{
			"points": d.w.Number(100**f.Median, 2), "widths": d.w.Number(*f.Widths, 2), "expiries": f.Fitted,
		}))}}
	}
	s.Tables = []table{t}
	return s
}
