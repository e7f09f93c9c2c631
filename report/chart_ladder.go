package report

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"faultline"
	"faultline/evidence"
)

// shape is the size for which a chart is drawn. Both shapes stand in the page and its style picks one:
// scaling one picture down would make its text too small to read on a telephone.
type shape struct {
	width  float64
	narrow bool
}

var (
	wide   = shape{width: 760}
	narrow = shape{width: 360, narrow: true}
)

const (
	fontSize  = 12.0
	smallSize = 10.5
	labelSize = 11.0 // of the levels at the side of a chart for a telephone
	labelGap  = 15.0 // between the baselines of two labels, one above the other
)

// both draws a chart in both shapes.
func (d *document) both(c chart, draw func(shape) string) chart {
	c.Wide, c.Narrow = draw(wide), draw(narrow)
	if strings.Contains(c.Wide, dagger) {
		c.Caption += d.w.Label("ui.dagger")
	}
	return c
}

// palette is how many colours page.css has for participants.
const palette = 8

// colours gives known participants a colour of their own, so that it is the same in every report.
var colours = []string{"dealer", "cta", "letf", "volcontrol", "perp", "household", "stabiliser"}

// colour is the number of a participant's colour.
func colour(name string, place int) string {
	if i := slices.Index(colours, name); i >= 0 {
		return strconv.Itoa(i)
	}
	return strconv.Itoa((len(colours) + place) % palette)
}

// mark is a labelled price on an axis.
type mark struct {
	price float64
	label string
	class string
	title string
}

// dagger marks in a picture what rests on something made up; the caption explains it.
const dagger = "†"

// marks lists the levels of the underlying, of the kinds given, and the price of now. On a telephone a
// large price loses its decimals; they stand in the table and on hover.
func (d *document) marks(s shape, kinds ...faultline.LevelKind) []mark {
	price := d.w.Price
	if s.narrow {
		price = func(v float64) string {
			if v < 1000 {
				return d.w.Price(v)
			}
			return d.w.Number(v, 0)
		}
	}
	sign := func(g evidence.Grade) string {
		if g == evidence.Synthetic {
			return dagger
		}
		return ""
	}
	var out []mark
	if v := d.a.Spot.Value; v != nil {
		out = append(out, mark{*v, d.w.Label("ui.spot") + " " + price(*v) + sign(d.a.Spot.Grade), "spot", d.w.Price(*v) + " · " + d.evidence(d.a.Spot.Grade, d.a.Spot.ID, d.a.Spot.Node)})
	}
	for _, l := range d.a.Levels {
		if l.Price == nil || l.Instrument != d.a.Underlying || len(kinds) > 0 && !slices.Contains(kinds, l.Kind) {
			continue
		}
		label := d.w.In("level_brief", string(l.Kind)) + " " + price(*l.Price) + sign(l.Grade)
		out = append(out, mark{*l.Price, label, "level", d.w.In("level", string(l.Kind)) + " " + d.w.Price(*l.Price) + " · " + d.evidence(l.Grade, l.ID, l.Node)})
	}
	return out
}

// extent is the range of all values and zero, with a margin at both ends.
func extent(margin float64, columns ...[]float64) (lo, hi float64) {
	for _, c := range columns {
		for _, v := range c {
			lo, hi = math.Min(lo, v), math.Max(hi, v)
		}
	}
	if lo == hi {
		return -1, 1
	}
	pad := margin * (hi - lo)
	if lo < 0 {
		lo -= pad
	}
	if hi > 0 {
		hi += pad
	}
	return lo, hi
}

// ladderCharts draws the stacked ladder, and each participant on its own with its band.
func (d *document) ladderCharts() []chart {
	l := d.a.Ladder
	lanes := present(l)
	if len(l.Price) < 2 || len(lanes) == 0 {
		return nil
	}
	stacked := chart{
		Title:     d.w.Label("ui.ladder_chart"),
		Caption:   d.w.Label("ui.ladder_caption"),
		Synthetic: l.Grade == evidence.Synthetic,
	}
	for i, p := range lanes {
		stacked.Key = append(stacked.Key, keyEntry{"p" + colour(p.Name, i), d.player(p.Name)})
	}
	stacked.Key = append(stacked.Key, keyEntry{"total", d.w.In("head", "total")})
	out := []chart{d.both(stacked, func(s shape) string { return d.stack(s, lanes) })}
	alone := chart{
		Title:     d.w.Label("ui.lanes_chart"),
		Caption:   d.w.Label("ui.lanes_caption"),
		Synthetic: l.Grade == evidence.Synthetic,
	}
	return append(out, d.both(alone, func(s shape) string { return d.lanes(s, lanes) }))
}

// priceAxis draws the price axis at the left: round prices, and below each how far it is from now.
func (d *document) priceAxis(c *canvas, y axis, x, right float64, n int, distance bool) {
	at, places := ticks(y.lo, y.hi, n)
	for _, v := range at {
		c.line(x, y.at(v), right, y.at(v), "grid")
		if !distance || d.a.Spot.Value == nil {
			c.text(x-6, y.at(v)+4, "end", "t", d.w.Number(v, places))
			continue
		}
		c.text(x-6, y.at(v)+1, "end", "t", d.w.Number(v, places))
		c.text(x-6, y.at(v)+12, "end", "s", d.w.SignedPercent(v / *d.a.Spot.Value - 1, 1))
	}
}

// crowded reports whether the labels of ticks on a horizontal axis would run together.
func (d *document) crowded(x axis, at []float64, unit float64, places int) bool {
	const gap = 12
	for i := 1; i < len(at); i++ {
		half := textWidth(d.w.Signed(at[i-1], places), fontSize) + textWidth(d.w.Signed(at[i], places), fontSize)
		if x.at(at[i]*unit)-x.at(at[i-1]*unit) < half/2+gap {
			return true
		}
	}
	return false
}

// dollarAxis draws a horizontal axis of dollars with its unit.
func (d *document) dollarAxis(c *canvas, x axis, top, bottom float64, n int, largest float64) {
	scale := d.w.ScaleFor(largest)
	unit := math.Pow10(scale.Exp)
	at, places := ticks(x.lo/unit, x.hi/unit, n)
	for n > 1 && d.crowded(x, at, unit, places) {
		n--
		at, places = ticks(x.lo/unit, x.hi/unit, n)
	}
	for _, v := range at {
		class := "grid"
		if v == 0 {
			class = "zero"
		}
		c.line(x.at(v*unit), top, x.at(v*unit), bottom, class)
		c.text(x.at(v*unit), bottom+16, "middle", "t", d.w.Signed(v, places))
	}
}

// largest is the largest size in a column.
func largest(columns ...[]float64) float64 {
	m := 0.0
	for _, c := range columns {
		for _, v := range c {
			m = math.Max(m, math.Abs(v))
		}
	}
	return m
}

func (d *document) stack(s shape, lanes []faultline.Lane) string {
	l := d.a.Ladder
	const top, left = 34.0, 56.0
	height := 640.0
	right := 208.0
	if s.narrow {
		height, right = 600, 150
	}
	bottom := height - 44
	c := newCanvas(s.width, height, d.w.Label("ui.ladder_chart"))
	bought, sold := make([]float64, len(l.Price)), make([]float64, len(l.Price))
	for _, p := range lanes {
		for i, v := range p.USD {
			bought[i] += math.Max(v, 0)
			sold[i] += math.Min(v, 0)
		}
	}
	lo, hi := extent(0.04, bought, sold, l.Total, l.Low, l.High)
	x := axis{lo, hi, left, s.width - right}
	edges := boundaries(l.Price)
	y := axis{slices.Min(edges), slices.Max(edges), bottom, top}
	d.priceAxis(c, y, left, s.width-right, 10, true)
	n := 7
	if s.narrow {
		n = 4
	}
	d.dollarAxis(c, x, top, bottom, n, largest(bought, sold, l.Total))
	for i := range l.Price {
		a, b := y.at(edges[i]), y.at(edges[i+1])
		thick := math.Abs(a - b)
		if thick > 9 {
			thick *= 0.84 // gaps between thin bars would only flicker
		}
		at := (a+b)/2 - thick/2
		plus, minus := 0.0, 0.0
		for k, p := range lanes {
			v := p.USD[i]
			from := &plus
			if v < 0 {
				from = &minus
			}
			class := "p" + colour(p.Name, k)
			c.rect(x.at(*from), at, x.at(*from+v)-x.at(*from), thick, class, "")
			if p.Grade == evidence.Synthetic {
				c.rect(x.at(*from), at, x.at(*from+v)-x.at(*from), thick, "hatch", "")
			}
			*from += v
		}
	}
	c.line(x.at(0), top, x.at(0), bottom, "zero")
	xs, ys := make([]float64, len(l.Price)), make([]float64, len(l.Price))
	for _, bound := range [][]float64{l.Low, l.High} {
		if len(bound) != len(l.Price) {
			continue
		}
		for i := range l.Price {
			xs[i], ys[i] = x.at(bound[i]), y.at(l.Price[i])
		}
		c.path(xs, ys, "bound")
	}
	for i := range l.Price {
		xs[i], ys[i] = x.at(l.Total[i]), y.at(l.Price[i])
	}
	c.path(xs, ys, "halo")
	c.path(xs, ys, "total")
	c.text(x.at(0)-8, top-10, "end", "s", d.w.Label("ui.sell_side"))
	c.text(x.at(0)+8, top-10, "start", "s", d.w.Label("ui.buy_side"))
	d.labels(c, y, x, d.marks(s), s)
	// The hover strips lie on top of everything.
	for i := range l.Price {
		c.rect(left, y.at(math.Max(edges[i], edges[i+1])), s.width-right-left, math.Abs(y.at(edges[i])-y.at(edges[i+1])), "hit", d.rungTitle(i, lanes))
	}
	c.text((left+s.width-right)/2, height-8, "middle", "s", d.w.Text("ui.dollar_axis", evidence.Args{"unit": d.w.ScaleFor(largest(bought, sold, l.Total)).Name}))
	return c.done()
}

// boundaries are the middles between neighbouring prices, and the ends: one more than there are prices.
func boundaries(p []float64) []float64 {
	n := len(p)
	out := make([]float64, n+1)
	for i := 1; i < n; i++ {
		out[i] = (p[i-1] + p[i]) / 2
	}
	out[0], out[n] = p[0]-(out[1]-p[0]), p[n-1]+(p[n-1]-out[n-1])
	return out
}

// rungTitle says on hover what everyone trades at a price.
func (d *document) rungTitle(i int, lanes []faultline.Lane) string {
	l := d.a.Ladder
	out := []string{d.w.Price(l.Price[i])}
	for _, p := range lanes {
		out = append(out, d.player(p.Name)+" "+d.w.SignedAmount(p.USD[i], 3)+" · "+d.w.In("grade", p.Grade.String()))
	}
	out = append(out, d.w.In("head", "total")+" "+d.w.SignedAmount(l.Total[i], 3)+" · "+d.evidence(l.Grade, "", l.Node))
	return strings.Join(out, "\n")
}

// labels draws the marks: a line across the plot, and at its right the label, moved only as far as it
// must to keep clear of its neighbours. Marks outside the axis are named at its end with an arrow.
func (d *document) labels(c *canvas, y, x axis, marks []mark, s shape) {
	lo, hi := math.Min(y.from, y.to), math.Max(y.from, y.to)
	at := make([]float64, len(marks))
	for i, m := range marks {
		at[i] = math.Min(math.Max(y.at(m.price), lo), hi)
	}
	placed := spread(at, labelGap, lo, hi)
	size, class, arm := fontSize, "t", 18.0
	if s.narrow {
		size, class, arm = labelSize, "m", 11
	}
	for i, m := range marks {
		label := m.label
		switch {
		case m.price > y.hi:
			label = "↑ " + label
		case m.price < y.lo:
			label = "↓ " + label
		default:
			c.line(x.from, at[i], x.to, at[i], m.class)
		}
		c.raw(`<g class="`, m.class, `-label">`)
		c.path([]float64{x.to, x.to + 3, x.to + arm - 4, x.to + arm}, []float64{at[i], at[i], placed[i], placed[i]}, "leader")
		c.text(x.to+arm+3, placed[i]+4, "start", class, cut(label, size, s.width-x.to-arm-3))
		c.rect(x.to, placed[i]-labelGap/2, s.width-x.to, labelGap, "hit", m.title)
		c.raw("</g>")
	}
}

// lanes draws each participant alone, with its 5–95 % band, side by side on one price axis.
func (d *document) lanes(s shape, lanes []faultline.Lane) string {
	l := d.a.Ladder
	columns := 3
	if s.narrow {
		columns = 2
	}
	columns = min(columns, len(lanes))
	const left, gap, top, plot, foot = 56.0, 22.0, 26.0, 240.0, 52.0
	panelHeight := top + plot + foot
	count := (len(lanes) + columns - 1) / columns
	c := newCanvas(s.width, panelHeight*float64(count), d.w.Label("ui.lanes_chart"))
	width := (s.width - left - 10 - gap*float64(columns-1)) / float64(columns)
	edges := boundaries(l.Price)
	for k, p := range lanes {
		x0 := left + float64(k%columns)*(width+gap)
		y0 := panelHeight * float64(k/columns)
		y := axis{slices.Min(edges), slices.Max(edges), y0 + top + plot, y0 + top}
		lo, hi := extent(0.06, p.USD, p.Low, p.High)
		x := axis{lo, hi, x0, x0 + width}
		if k%columns == 0 {
			d.priceAxis(c, y, x0, x0+width, 5, true)
		} else {
			at, _ := ticks(y.lo, y.hi, 5)
			for _, v := range at {
				c.line(x0, y.at(v), x0+width, y.at(v), "grid")
			}
		}
		n := 4
		if s.narrow {
			n = 2
		}
		size := largest(p.USD, p.Low, p.High)
		d.dollarAxis(c, x, y.to, y.from, n, size)
		class := colour(p.Name, k)
		var xs, ys []float64
		if p.Low != nil {
			for i := range p.Low {
				xs, ys = append(xs, x.at(p.Low[i])), append(ys, y.at(l.Price[i]))
			}
			for i := len(p.High) - 1; i >= 0; i-- {
				xs, ys = append(xs, x.at(p.High[i])), append(ys, y.at(l.Price[i]))
			}
			c.area(xs, ys, "band p"+class)
		}
		xs, ys = nil, nil
		for i := range p.USD {
			xs, ys = append(xs, x.at(p.USD[i])), append(ys, y.at(l.Price[i]))
		}
		line := "lane l" + class
		if p.Grade == evidence.Synthetic {
			line += " dashed"
		}
		c.path(xs, ys, line)
		if v := d.a.Spot.Value; v != nil && y.holds(*v) {
			c.line(x0, y.at(*v), x0+width, y.at(*v), "spot")
		}
		name := d.player(p.Name)
		if p.Grade == evidence.Synthetic {
			name += dagger
		}
		c.text(x0, y0+14, "start", "h n"+class, cut(name, fontSize, width))
		c.text(x0+width/2, y.from+32, "middle", "s", d.w.ScaleFor(size).Name)
		for i := range l.Price {
			title := d.w.Price(l.Price[i]) + "\n" + d.player(p.Name) + " " + d.w.SignedAmount(p.USD[i], 3)
			if p.Low != nil {
				title += "\n" + d.w.Label("ui.band_name") + d.w.Label("ui.colon") + d.w.Band(p.Low[i], p.High[i], evidence.USD)
			}
			title += "\n" + d.evidence(p.Grade, "", p.Node)
			c.rect(x0, y.at(math.Max(edges[i], edges[i+1])), width, math.Abs(y.at(edges[i])-y.at(edges[i+1])), "hit", title)
		}
	}
	return c.done()
}
