package report

import (
	"math"
	"slices"
	"strings"

	"faultline"
	"faultline/evidence"
)

// gammaCharts draws the exposure of the whole chain repriced at each price, and below it on the same
// axis what each strike holds at the price of now.
func (d *document) gammaCharts() []chart {
	g := d.a.Exposure.GEX
	if g.Profile == nil || len(g.Profile.Price) < 2 {
		return nil
	}
	c := chart{
		Title:     d.w.Text("ui.gamma_chart", evidence.Args{"unit": d.w.Unit(g.Unit)}),
		Caption:   d.w.Label("ui.gamma_caption"),
		Synthetic: d.a.Exposure.Grade == evidence.Synthetic,
	}
	return []chart{d.both(c, d.gamma)}
}

func (d *document) gamma(s shape) string {
	g := d.a.Exposure.GEX
	const left, right, profile, between, bars = 52.0, 12.0, 230.0, 40.0, 150.0
	marks := d.marks(s, faultline.ZeroGamma, faultline.CallWall, faultline.PutWall)
	x := axis{slices.Min(g.Profile.Price), slices.Max(g.Profile.Price), left, s.width - right}
	marks = slices.DeleteFunc(marks, func(m mark) bool { return !x.holds(m.price) })
	place, width := make([]float64, len(marks)), make([]float64, len(marks))
	for i, m := range marks {
		place[i], width[i] = x.at(m.price), textWidth(m.label, fontSize)
	}
	row, count := stairs(place, width, 8)
	top := 16 + labelGap*float64(count)
	height := top + profile + between + bars + 50
	c := newCanvas(s.width, height, d.w.Text("ui.gamma_chart", evidence.Args{"unit": d.w.Unit(g.Unit)}))

	n := 7
	if s.narrow {
		n = 4
	}
	at, places := ticks(x.lo, x.hi, n)
	end := top + profile + between + bars
	for _, v := range at {
		c.line(x.at(v), top, x.at(v), top+profile, "grid")
		c.line(x.at(v), top+profile+between, x.at(v), end, "grid")
		c.text(x.at(v), end+16, "middle", "t", d.w.Number(v, places))
		if d.a.Spot.Value != nil {
			c.text(x.at(v), end+28, "middle", "s", d.w.SignedPercent(v / *d.a.Spot.Value - 1, 1))
		}
	}

	lo, hi := extent(0.06, g.Profile.GEX)
	y := axis{lo, hi, top + profile, top}
	d.valueAxis(c, y, left, s.width-right, 5, largest(g.Profile.GEX))
	synthetic := d.a.Exposure.Grade == evidence.Synthetic
	for _, side := range []struct {
		sign  float64
		class string
	}{{1, "long"}, {-1, "short"}} {
		xs, ys := halfArea(g.Profile.Price, g.Profile.GEX, side.sign)
		for i := range xs {
			xs[i], ys[i] = x.at(xs[i]), y.at(ys[i])
		}
		c.area(xs, ys, side.class)
		if synthetic {
			c.area(xs, ys, "hatch")
		}
	}
	xs, ys := make([]float64, len(g.Profile.Price)), make([]float64, len(g.Profile.Price))
	for i := range xs {
		xs[i], ys[i] = x.at(g.Profile.Price[i]), y.at(g.Profile.GEX[i])
	}
	line := "curve"
	if synthetic {
		line += " dashed"
	}
	c.path(xs, ys, line)
	d.zone(c, x, y.at(0)-6, 1, "ui.long_gamma", "ui.long_gamma_brief")
	d.zone(c, x, y.at(0)+14, -1, "ui.short_gamma", "ui.short_gamma_brief")

	d.strikes(c, s, x, axis{0, 0, end, top + profile + between}, left, right)

	for i, m := range marks {
		base := 12 + labelGap*float64(row[i])
		c.line(x.at(m.price), base-9, x.at(m.price), top+profile, m.class)
		c.line(x.at(m.price), top+profile+between, x.at(m.price), end, m.class)
		c.raw(`<g class="`, m.class, `-label">`)
		if at := place[i] + 4; at+width[i] > s.width {
			c.text(place[i]-4, base, "end", "t", m.label)
			c.rect(place[i]-4-width[i], base-11, width[i], labelGap, "hit", m.title)
		} else {
			c.text(at, base, "start", "t", m.label)
			c.rect(at, base-11, width[i], labelGap, "hit", m.title)
		}
		c.raw("</g>")
	}
	for _, l := range d.a.Levels {
		if l.Kind == faultline.ZeroGamma && l.Price != nil && l.Instrument == d.a.Underlying && x.holds(*l.Price) {
			if l.Low != nil && l.High != nil {
				c.line(x.at(math.Max(*l.Low, x.lo)), y.at(0), x.at(math.Min(*l.High, x.hi)), y.at(0), "whisker")
			}
			c.circle(x.at(*l.Price), y.at(0), 4, "crossing", "")
		}
	}
	edges := boundaries(g.Profile.Price)
	for i := range g.Profile.Price {
		title := strings.Join([]string{
			d.w.Price(g.Profile.Price[i]),
			d.w.Value(g.Profile.GEX[i], g.Unit),
			d.evidence(d.a.Exposure.Grade, "", d.a.Exposure.Node),
		}, "\n")
		c.rect(x.at(edges[i]), top, x.at(edges[i+1])-x.at(edges[i]), profile, "hit", title)
	}
	c.text((left+s.width-right)/2, height-4, "middle", "s", d.w.Text("ui.price_axis", evidence.Args{"instrument": d.instrument(d.a.Underlying)}))
	return c.done()
}

// zone names the region in which gamma has a sign, beside the zero line at that end of the axis where
// the region lies, and nowhere when it lies at neither. Where the whole name has no room its brief form
// stands.
func (d *document) zone(c *canvas, x axis, y, sign float64, key, brief string) {
	g, name := d.a.Exposure.GEX.Profile, d.w.Label(key)
	if textWidth(name, smallSize) > (x.to-x.from)/2 {
		name = d.w.Label(brief)
	}
	switch {
	case sign*g.GEX[0] > 0:
		c.text(x.from+6, y, "start", "s", name)
	case sign*g.GEX[len(g.GEX)-1] > 0:
		c.text(x.to-4, y, "end", "s", name)
	}
}

// halfArea is the outline of the part of a curve above (sign 1) or below (sign −1) zero, closed along
// zero. Points on zero are put in where the curve crosses it between two of its own.
func halfArea(x, v []float64, sign float64) (xs, ys []float64) {
	add := func(a, b float64) { xs, ys = append(xs, a), append(ys, b) }
	add(x[0], 0)
	for i := range x {
		if i > 0 && (v[i-1] < 0) != (v[i] < 0) {
			add(x[i-1]+(x[i]-x[i-1])*v[i-1]/(v[i-1]-v[i]), 0)
		}
		if v[i]*sign > 0 {
			add(x[i], v[i])
		} else {
			add(x[i], 0)
		}
	}
	add(x[len(x)-1], 0)
	return xs, ys
}

// valueAxis draws a vertical axis of dollars with its unit above.
func (d *document) valueAxis(c *canvas, y axis, left, right float64, n int, size float64) {
	scale := d.w.ScaleFor(size)
	unit := math.Pow10(scale.Exp)
	at, places := ticks(y.lo/unit, y.hi/unit, n)
	for _, v := range at {
		class := "grid"
		if v == 0 {
			class = "zero"
		}
		c.line(left, y.at(v*unit), right, y.at(v*unit), class)
		c.text(left-6, y.at(v*unit)+4, "end", "t", d.w.Signed(v, places))
	}
	c.text(2, math.Min(y.from, y.to)-5, "start", "s", scale.Name)
}

// strikes draws calls and puts by strike. Strikes outside the axis are not drawn; the caption says so.
func (d *document) strikes(c *canvas, s shape, x, room axis, left, right float64) {
	k := d.a.Exposure.GEX.ByStrike
	var shown []int
	for i, v := range k.Strike {
		if x.holds(v) {
			shown = append(shown, i)
		}
	}
	var call, put []float64
	for _, i := range shown {
		call, put = append(call, k.Call[i]), append(put, k.Put[i])
	}
	lo, hi := extent(0.08, call, put)
	y := axis{lo, hi, room.from, room.to}
	d.valueAxis(c, y, left, s.width-right, 5, largest(call, put))
	thick := 6.0
	for n := 1; n < len(shown); n++ {
		gap := x.at(k.Strike[shown[n]]) - x.at(k.Strike[shown[n-1]])
		thick = math.Min(thick, 0.8*gap)
	}
	thick = math.Max(thick, 0.6)
	for _, i := range shown {
		title := strings.Join([]string{
			d.w.Price(k.Strike[i]),
			d.w.In("right", "call") + " " + d.w.SignedValue(k.Call[i], d.a.Exposure.GEX.Unit),
			d.w.In("right", "put") + " " + d.w.SignedValue(k.Put[i], d.a.Exposure.GEX.Unit),
			d.evidence(d.a.Exposure.Grade, "", d.a.Exposure.Node),
		}, "\n")
		at := x.at(k.Strike[i]) - thick/2
		c.rect(at, y.at(0), thick, y.at(k.Call[i])-y.at(0), "call", title)
		c.rect(at, y.at(0), thick, y.at(k.Put[i])-y.at(0), "put", title)
	}
	c.line(left, y.at(0), s.width-right, y.at(0), "zero")
	c.text(left+6, room.to+12, "start", "h call-name", d.w.Label("ui.calls"))
	c.text(left+6, room.from-6, "start", "h put-name", d.w.Label("ui.puts"))
}
