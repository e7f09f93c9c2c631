package report

import (
	"math"
	"time"

	"faultline"
	"faultline/evidence"
)

// trace is one line of a plot.
type trace struct {
	x, y  []float64
	class string
	dots  bool // a mark at each point: what was observed on single days
}

// plot is a picture of lines over one axis.
type plot struct {
	title     string
	traces    []trace
	low, high trace                  // a band behind the lines, where low has points
	y         func(v float64) string // label of a value
	ticks     func(a axis) []xTick   // below the picture
	hover     func(i int) string     // of the points of the first trace
	zero      bool                   // the axis begins at zero
	free      bool                   // the axis need not hold zero: what is shown never comes near it
	mark      *float64               // a vertical line
}

// xTick is a label below a picture.
type xTick struct {
	at    float64
	label string
}

// lines draws a plot.
func (d *document) lines(s shape, p plot) string {
	const left, top = 52.0, 12.0
	height := 250.0
	if s.narrow {
		height = 220
	}
	var columns [][]float64
	x0, x1 := math.Inf(1), math.Inf(-1)
	for _, t := range append([]trace{p.low, p.high}, p.traces...) {
		columns = append(columns, t.y)
		for _, v := range t.x {
			x0, x1 = math.Min(x0, v), math.Max(x1, v)
		}
	}
	if !(x1 > x0) {
		return ""
	}
	lo, hi := extent(0.06, columns...)
	if p.zero {
		lo = 0
	}
	if p.free {
		lo, hi = math.Inf(1), math.Inf(-1)
		for _, column := range columns {
			for _, v := range column {
				lo, hi = math.Min(lo, v), math.Max(hi, v)
			}
		}
		if !(hi > lo) {
			lo, hi = lo-1, lo+1
		}
		lo, hi = lo-0.06*(hi-lo), hi+0.06*(hi-lo)
	}
	c := newCanvas(s.width, height, p.title)
	y := axis{lo, hi, height - 26, top}
	x := axis{x0, x1, left, s.width - 14}
	at, _ := ticks(y.lo, y.hi, 5)
	for _, v := range at {
		c.line(left, y.at(v), x.to, y.at(v), "grid")
		c.text(left-6, y.at(v)+4, "end", "t", p.y(v))
	}
	if y.holds(0) && !p.zero {
		c.line(left, y.at(0), x.to, y.at(0), "zero")
	}
	c.line(left, y.from, x.to, y.from, "zero")
	edge := -1e9
	for _, t := range p.ticks(x) {
		px := x.at(t.at)
		c.line(px, y.from, px, y.from+4, "zero")
		if half := textWidth(t.label, fontSize)/2 + 4; px-half > edge && px+half < s.width+8 {
			c.text(px, y.from+17, "middle", "t", t.label)
			edge = px + half
		}
	}
	place := func(t trace) (xs, ys []float64) {
		for i := range t.x {
			xs, ys = append(xs, x.at(t.x[i])), append(ys, y.at(t.y[i]))
		}
		return xs, ys
	}
	if len(p.low.x) > 1 {
		xs, ys := place(p.low)
		hx, hy := place(p.high)
		for i := len(hx) - 1; i >= 0; i-- {
			xs, ys = append(xs, hx[i]), append(ys, hy[i])
		}
		c.area(xs, ys, "band "+p.high.class)
	}
	if p.mark != nil {
		c.line(x.at(*p.mark), top, x.at(*p.mark), y.from, "level")
	}
	for _, t := range p.traces {
		xs, ys := place(t)
		c.path(xs, ys, t.class)
		if t.dots {
			for i := range xs {
				c.circle(xs[i], ys[i], 2.4, "dot", "")
			}
		}
	}
	if p.hover != nil && len(p.traces) > 0 {
		t := p.traces[0]
		for i := range t.x {
			from, to := left, x.to
			if i > 0 {
				from = (x.at(t.x[i-1]) + x.at(t.x[i])) / 2
			}
			if i+1 < len(t.x) {
				to = (x.at(t.x[i]) + x.at(t.x[i+1])) / 2
			}
			c.rect(from, top, to-from, y.from-top, "hit", p.hover(i))
		}
	}
	return c.done()
}

// dayTicks labels an axis of Unix seconds.
func (d *document) dayTicks(s shape) func(axis) []xTick {
	return func(a axis) []xTick {
		n := 7
		if s.narrow {
			n = 3
		}
		from, to := time.Unix(int64(a.lo), 0).UTC(), time.Unix(int64(a.hi), 0).UTC()
		var out []xTick
		for _, m := range months(from, to, n) {
			out = append(out, xTick{float64(m.Unix()), d.monthLabel(m, to.Sub(from))})
		}
		return out
	}
}

// seconds reads dates of the form 2025-11-21, or months of the form 2025-11; it is false for any other.
func seconds(dates []string) ([]float64, bool) {
	out := make([]float64, 0, len(dates))
	for _, text := range dates {
		layout := time.DateOnly
		if len(text) == len("2006-01") {
			layout = "2006-01"
		}
		t, err := time.Parse(layout, text)
		if err != nil {
			return nil, false
		}
		out = append(out, float64(t.Unix()))
	}
	return out, true
}

// oddsChart draws the published path of the odds of a cut.
func (d *document) oddsChart(o *faultline.FedOdds) chart {
	x, ok := seconds(o.Day)
	if !ok || len(x) < 2 || len(x) != len(o.Cut) {
		return chart{}
	}
	title := d.w.Text("macro.odds_chart", evidence.Args{"meeting": o.Meeting})
	traces := []trace{{x: x, y: o.Cut, class: "lane l0", dots: len(x) < 60}}
	var key []keyEntry
	if len(o.Hike) == len(x) {
		traces = append(traces, trace{x: x, y: o.Hike, class: "lane l1"})
		key = []keyEntry{{"p0", d.w.In("head", "cut")}, {"p1", d.w.In("head", "hike")}}
	}
	return d.both(chart{Title: title, Caption: d.w.Label("macro.odds_caption"), Key: key}, func(s shape) string {
		return d.lines(s, plot{
			title: title, zero: true, ticks: d.dayTicks(s),
			traces: traces,
			y:      func(v float64) string { return d.w.Percent(v, 0) },
			hover:  func(i int) string { return o.Day[i] + "\n" + d.w.Percent(o.Cut[i], 1) },
		})
	})
}

// strengths are classes of rising strength, by the least share that each stands for.
var strengths = []struct {
	from  float64
	class string
}{{0.6, "q6"}, {0.4, "q5"}, {0.25, "q4"}, {0.12, "q3"}, {0.05, "q2"}, {0.005, "q1"}}

// pathChart draws the probability of each target range after each meeting, and the expected rate.
func (d *document) pathChart(p *faultline.FedPath) chart {
	var meetings []faultline.FedMeeting
	lo, hi := math.MaxInt, math.MinInt
	for _, m := range p.Meetings {
		if m.Absent != nil || m.ExpectedBP == nil {
			continue
		}
		meetings = append(meetings, m)
		for _, r := range m.Ranges {
			if r.Probability >= strengths[len(strengths)-1].from {
				lo, hi = min(lo, r.LowBP), max(hi, r.HighBP)
			}
		}
	}
	if len(meetings) == 0 || lo >= hi {
		return chart{}
	}
	title := d.w.Label("macro.path_chart")
	return d.both(chart{Title: title, Caption: d.w.Label("macro.path_caption"), Synthetic: p.Grade == evidence.Synthetic}, func(s shape) string {
		const left, top, row = 62.0, 10.0, 26.0
		height := top + row*float64((hi-lo)/25) + 28
		c := newCanvas(s.width, height, title)
		y := axis{float64(lo), float64(hi), height - 28, top}
		x := axis{0, float64(len(meetings)), left, s.width - 8}
		for v := lo; v < hi; v += 25 {
			c.text(left-6, y.at(float64(v)+12.5)+4, "end", "t", d.w.Number(float64(v), 0)+"–"+d.w.Number(float64(v+25), 0))
		}
		var xs, ys []float64
		var labels []func()
		for i, m := range meetings {
			from, to := x.at(float64(i)), x.at(float64(i+1))
			for _, r := range m.Ranges {
				for _, q := range strengths {
					if r.Probability >= q.from {
						what := m.Date + "\n" + d.w.Number(float64(r.LowBP), 0) + "–" + d.w.Number(float64(r.HighBP), 0) + d.w.Label("ui.colon") + d.w.Percent(r.Probability, 1)
						c.rect(from+1, y.at(float64(r.HighBP))+1, to-from-2, row-2, "buy hot "+q.class, what)
						if !s.narrow && to-from > 40 {
							labels = append(labels, func() {
								c.text((from+to)/2, y.at(float64(r.LowBP)+12.5)+4, "middle", "m", d.w.Percent(r.Probability, 0))
							})
						}
						break
					}
				}
			}
			label := m.Date
			if s.narrow || to-from < 76 {
				label = m.Date[2:7]
			}
			if !s.narrow || i%2 == 0 {
				c.text((from+to)/2, y.from+17, "middle", "t", label)
			}
			xs, ys = append(xs, (from+to)/2), append(ys, y.at(*m.ExpectedBP))
		}
		c.path(xs, ys, "halo")
		c.path(xs, ys, "curve")
		for _, write := range labels { // above the line, so that no number is hidden
			write()
		}
		return c.done()
	})
}

// overlayChart lays inflation of now over that of the nearest stretch, with the fan that followed.
func (d *document) overlayChart(a *faultline.Analog) chart {
	o := a.Overlay
	n := len(o.Now)
	if n < 2 || len(o.Then) < 2 {
		return chart{}
	}
	count := func(from, k int) []float64 {
		out := make([]float64, k)
		for i := range out {
			out[i] = float64(from + i)
		}
		return out
	}
	// Both are shown from their own ends, so that level does not hide the course.
	base := func(x []float64, at float64) []float64 {
		out := make([]float64, len(x))
		for i, v := range x {
			out[i] = v - at
		}
		return out
	}
	then := base(o.Then, o.Then[min(n-1, len(o.Then)-1)])
	p := plot{
		title: d.w.Label("macro.overlay_chart"),
		traces: []trace{
			{x: count(1-n, n), y: base(o.Now, o.Now[n-1]), class: "curve"},
			{x: count(1-n, len(then)), y: then, class: "lane l1"},
		},
		y: func(v float64) string { return d.w.Signed(v, 0) },
		ticks: func(x axis) []xTick {
			var out []xTick
			for m := int(math.Ceil(x.lo/12)) * 12; float64(m) <= x.hi; m += 12 {
				out = append(out, xTick{float64(m), d.w.Signed(float64(m), 0)})
			}
			return out
		},
	}
	zero := 0.0
	p.mark = &zero
	for _, k := range a.Kinds {
		for _, f := range k.Fans {
			if k.Kind == "shape" && f.Series == "inflation" && len(f.Low) > 1 && len(f.Low) == len(f.High) {
				p.low = trace{x: count(1, len(f.Low)), y: f.Low}
				p.high = trace{x: count(1, len(f.High)), y: f.High, class: "p1"}
			}
		}
	}
	return d.both(chart{
		Title: d.w.Label("macro.overlay_chart"), Caption: d.w.Text("macro.overlay_caption", evidence.Args{"from": o.From, "months": a.Horizon}),
		Key:       []keyEntry{{"p7", d.w.Text("macro.key_now", evidence.Args{"from": a.From, "to": a.To})}, {"p1", d.w.Text("macro.key_then", evidence.Args{"from": o.From})}},
		Synthetic: a.Grade == evidence.Synthetic,
	}, func(s shape) string {
		q := p
		q.traces = append([]trace(nil), p.traces...)
		q.traces[0].class = "lane l7"
		return d.lines(s, q)
	})
}

// premiumChart draws the premium of ten years.
func (d *document) premiumChart(p *faultline.TermPremium) chart {
	x, ok := seconds(p.Month)
	if !ok || len(x) < 2 || len(x) != len(p.Premium) {
		return chart{}
	}
	title := d.w.Label("macro.premium_chart")
	return d.both(chart{Title: title, Caption: d.w.Label("macro.premium_caption"), Synthetic: p.Grade == evidence.Synthetic}, func(s shape) string {
		return d.lines(s, plot{
			title: title, ticks: d.dayTicks(s), traces: []trace{{x: x, y: p.Premium, class: "curve"}},
			y:     func(v float64) string { return d.w.Percent(v, 1) },
			hover: func(i int) string { return p.Month[i] + "\n" + d.w.Percent(p.Premium[i], 2) },
		})
	})
}

// balanceChart draws net liquidity where it is known, else the funding spread.
func (d *document) balanceChart(l *faultline.Liquidity) chart {
	if n := l.Net; n != nil {
		x, ok := seconds(n.Day)
		if !ok || len(x) < 2 || len(x) != len(n.Net) {
			return chart{}
		}
		title := d.w.Label("macro.net_chart")
		return d.both(chart{Title: title, Caption: d.w.Label("macro.net_caption"), Synthetic: n.Grade == evidence.Synthetic}, func(s shape) string {
			return d.lines(s, plot{
				title: title, ticks: d.dayTicks(s), traces: []trace{{x: x, y: n.Net, class: "curve"}},
				y:     func(v float64) string { return d.w.Amount(v, 3) },
				hover: func(i int) string { return n.Day[i] + "\n" + d.w.Amount(n.Net[i], 4) },
			})
		})
	}
	if v := l.Spread; v != nil {
		x, ok := seconds(v.Day)
		if !ok || len(x) < 2 || len(x) != len(v.Spread) {
			return chart{}
		}
		title := d.w.Label("macro.spread_chart")
		return d.both(chart{Title: title, Caption: d.w.Label("macro.spread_caption"), Synthetic: v.Grade == evidence.Synthetic}, func(s shape) string {
			return d.lines(s, plot{
				title: title, ticks: d.dayTicks(s), traces: []trace{{x: x, y: v.Spread, class: "curve"}},
				y:     func(v float64) string { return d.w.Percent(v, 2) },
				hover: func(i int) string { return v.Day[i] + "\n" + d.w.Percent(v.Spread[i], 2) },
			})
		})
	}
	return chart{}
}
