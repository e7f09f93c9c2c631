package report

import (
	"math"
	"slices"
	"time"

	"faultline"
	"faultline/evidence"
)

// tapeCharts draws what trend followers trade in each scenario, with 5–95 % whiskers.
func (d *document) tapeCharts() []chart {
	if len(d.a.Trend.Tapes) == 0 {
		return nil
	}
	c := chart{
		Title:     d.w.Label("ui.tape_chart"),
		Caption:   d.w.Label("ui.tape_caption"),
		Synthetic: d.a.Trend.Grade == evidence.Synthetic,
	}
	return []chart{d.both(c, d.tapes)}
}

// tapeRow is one scenario of one horizon.
type tapeRow struct {
	first    bool // of its horizon
	horizon  string
	scenario string
	tape     faultline.Tape
}

func (d *document) tapes(s shape) string {
	t := d.a.Trend
	var list []tapeRow
	for _, h := range inOrder(t.Tapes, horizons) {
		for i, k := range inOrder(t.Tapes[h], scenarios) {
			list = append(list, tapeRow{i == 0, h, k, t.Tapes[h][k]})
		}
	}
	const rowHeight, head, foot, gap = 22.0, 34.0, 40.0, 26.0
	between := 14.0
	groups := 0
	for _, r := range list {
		if r.first {
			groups++
		}
	}
	plot := rowHeight*float64(len(list)) + between*float64(groups)
	labelWidth := 124.0
	panels := 2
	if s.narrow {
		labelWidth, panels = 112, 1
	}
	panelHeight := head + plot + foot
	height := panelHeight
	if panels == 1 {
		height = 2 * panelHeight
	}
	c := newCanvas(s.width, height, d.w.Label("ui.tape_chart"))
	valueWidth := 0.0
	for _, r := range list {
		for _, region := range regions {
			if f := region.flow(r.tape); f.Value != nil {
				valueWidth = math.Max(valueWidth, textWidth(d.w.SignedValue(*f.Value, f.Unit), fontSize)+10)
			}
		}
	}
	for k, region := range regions {
		left, top := labelWidth, head
		width := (s.width - labelWidth - gap) / 2
		if panels == 1 {
			top += panelHeight * float64(k)
			width = s.width - labelWidth - 4
		} else if k == 1 {
			left += width + gap
		}
		var values []float64
		for _, r := range list {
			f := region.flow(r.tape)
			for _, v := range []*float64{f.Value, f.P05, f.P95} {
				if v != nil {
					values = append(values, *v)
				}
			}
		}
		lo, hi := extent(0.05, values)
		x := axis{lo, hi, left, left + width - valueWidth}
		size := largest(values)
		d.dollarAxis(c, x, top, top+plot, 4, size)
		c.text(left, top-18, "start", "h", d.w.In("region", region.name))
		c.text((x.from+x.to)/2, top+plot+32, "middle", "s", d.w.ScaleFor(size).Name)
		y := top
		for _, r := range list {
			if r.first {
				if panels == 1 || k == 0 {
					c.text(0, y+12, "start", "s", d.w.In("horizon", r.horizon))
				}
				y += between
			}
			mid := y + rowHeight/2
			if panels == 1 || k == 0 {
				c.text(0, mid+4, "start", "t", d.w.In("scenario", r.scenario))
				c.text(labelWidth-10, mid+4, "end", "s", d.w.SignedPercent(r.tape.Return, 1))
			}
			d.tape(c, x, mid, left+width, region.flow(r.tape))
			y += rowHeight
		}
	}
	return c.done()
}

// tape draws one flow: a dot, its whiskers, and its number at the right.
func (d *document) tape(c *canvas, x axis, y, right float64, f faultline.Flow) {
	if f.Value == nil {
		c.text(right, y+4, "end", "s", d.w.Label("ui.none"))
		return
	}
	title := d.w.SignedValue(*f.Value, f.Unit)
	if f.P05 != nil && f.P95 != nil {
		c.line(x.at(*f.P05), y, x.at(*f.P95), y, "whisker")
		c.line(x.at(*f.P05), y-4, x.at(*f.P05), y+4, "whisker")
		c.line(x.at(*f.P95), y-4, x.at(*f.P95), y+4, "whisker")
		title += "\n" + d.w.Label("ui.band_name") + d.w.Label("ui.colon") + d.w.Band(*f.P05, *f.P95, f.Unit)
	}
	title += "\n" + d.evidence(f.Grade, f.ID, f.Node)
	class := "buy"
	if *f.Value < 0 {
		class = "sell"
	}
	if f.Grade == evidence.Synthetic {
		class += " hollow"
	}
	c.circle(x.at(*f.Value), y, 4.5, class, title)
	c.text(right, y+4, "end", "t", d.w.SignedValue(*f.Value, f.Unit))
}

// longestClosure is the longest time from one close of the New York exchange to the next since 1990:
// 10 to 17 September 2001.
const longestClosure = 7 * 24 * time.Hour

// historyCharts draws the closes of the recent past and, at their end, the pivots of now.
func (d *document) historyCharts() []chart {
	h := d.a.History
	c := chart{
		Title:     d.w.Text("ui.history_chart", evidence.Args{"instrument": d.instrument(d.a.Underlying)}),
		Caption:   d.w.Label("ui.history_caption"),
		Synthetic: h.Grade == evidence.Synthetic,
	}
	if h.Grade != evidence.Observed {
		c.Caption = d.w.Text("ui.history_grade", evidence.Args{"caption": c.Caption, "grade": d.w.In("grade", h.Grade.String())})
	}
	drawn := d.both(c, d.prices)
	if drawn.Wide == "" {
		return nil
	}
	return []chart{drawn}
}

func (d *document) prices(s shape) string {
	h := d.a.History
	var days []time.Time
	for _, iso := range h.Date {
		day, err := time.Parse(time.DateOnly, iso)
		if err != nil {
			return "" // an Analysis of another program; the table of levels still says everything
		}
		days = append(days, day)
	}
	const left, top = 52.0, 12.0
	right, height, n := 180.0, 330.0, 6
	if s.narrow {
		right, height, n = 150, 300, 2
	}
	c := newCanvas(s.width, height, d.w.Text("ui.history_chart", evidence.Args{"instrument": d.instrument(d.a.Underlying)}))
	marks := d.marks(s, faultline.CTAShort, faultline.CTAMedium, faultline.CTALong)
	lo, hi := slices.Min(h.Close), slices.Max(h.Close)
	for _, m := range marks {
		lo, hi = math.Min(lo, m.price), math.Max(hi, m.price)
	}
	pad := math.Max(0.04*(hi-lo), 1e-9*hi)
	y := axis{lo - pad, hi + pad, height - 30, top}
	first, last := float64(days[0].Unix()), float64(days[len(days)-1].Unix())
	// The pivots hold for the next close, so that they stand to the right of the last one.
	x := axis{first, last, left, s.width - right - 26}
	d.priceAxis(c, y, left, s.width-right, 6, false)
	for _, m := range months(days[0], days[len(days)-1], n) {
		c.line(x.at(float64(m.Unix())), y.from, x.at(float64(m.Unix())), y.from+4, "zero")
		c.text(x.at(float64(m.Unix())), y.from+17, "middle", "t", d.monthLabel(m, days[len(days)-1].Sub(days[0])))
	}
	c.line(left, y.from, s.width-right, y.from, "zero")
	xs, ys := make([]float64, len(days)), make([]float64, len(days))
	for i := range days {
		xs[i], ys[i] = x.at(float64(days[i].Unix())), y.at(h.Close[i])
	}
	line := "curve"
	if h.Grade == evidence.Synthetic {
		line += " dashed"
	}
	// Closes further apart than the longest closure of the exchange are not joined: nobody published what
	// lies between them.
	for i, from := 1, 0; i <= len(days); i++ {
		if i == len(days) || days[i].Sub(days[i-1]) > longestClosure {
			c.path(xs[from:i], ys[from:i], line)
			from = i
		}
	}
	if h.Grade != evidence.Observed { // published closes have gaps, which a line alone would hide
		for i := range xs {
			c.circle(xs[i], ys[i], 2, "dot", "")
		}
	}
	d.labels(c, y, axis{0, 1, x.to + 4, s.width - right}, marks, s)
	for i := range days {
		from, to := left, x.to
		if i > 0 {
			from = (xs[i-1] + xs[i]) / 2
		}
		if i+1 < len(xs) {
			to = (xs[i] + xs[i+1]) / 2
		}
		c.rect(from, top, to-from, y.from-top, "hit", d.w.Date(days[i])+"\n"+d.w.Price(h.Close[i])+"\n"+d.evidence(h.Grade, "", h.Node))
	}
	return c.done()
}

// months are up to n round dates within a span: first days of months, or days where the span is short.
func months(from, to time.Time, n int) []time.Time {
	var out []time.Time
	if span := to.Sub(from); span < 62*24*time.Hour {
		step := max(1, int(span.Hours()/24)/n)
		for t := from; !t.After(to); t = t.AddDate(0, 0, step) {
			out = append(out, t)
		}
		return out
	}
	count := (to.Year()-from.Year())*12 + int(to.Month()-from.Month())
	step := max(1, (count+n-1)/n)
	for t := time.Date(from.Year(), from.Month()+1, 1, 0, 0, 0, 0, time.UTC); !t.After(to); t = t.AddDate(0, step, 0) {
		out = append(out, t)
	}
	return out
}

func (d *document) monthLabel(t time.Time, span time.Duration) string {
	if span < 62*24*time.Hour {
		return d.w.Day(t)
	}
	return d.w.Month(t)
}
