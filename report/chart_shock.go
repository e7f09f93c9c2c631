package report

import (
	"math"
	"slices"
	"sort"
	"strings"

	"faultline"
	"faultline/evidence"
)

// shockCharts draws what a shock becomes: the amplification curve, the fan of paths, who moves the index,
// which assumptions matter, and how each kind of participant passes the shock on.
func (d *document) shockCharts() []chart {
	x, l := d.a.Shock, d.firstLaw()
	law := evidence.Args{"law": d.w.In("law", x.ImpactLaw)}
	synthetic := x.Grade == evidence.Synthetic
	var out []chart
	if len(l.Curves) > 0 {
		c := chart{Title: d.w.Text("ui.amplification_chart", law), Caption: d.w.Label("ui.amplification_caption"), Synthetic: synthetic}
		for i, k := range l.Curves {
			c.Key = append(c.Key, keyEntry{"p" + colour("", i), d.w.In("shock_horizon", k.Horizon)})
		}
		out = append(out, d.both(c, d.amplificationCurve))
	}
	if l.Distribution != nil && len(l.Distribution.Level) > 0 {
		out = append(out, d.both(chart{Title: d.w.Text("ui.fan_chart", law), Caption: d.w.Label("ui.fan_caption"), Synthetic: synthetic}, d.fan))
	}
	if len(l.Shapley) > 0 && !slices.ContainsFunc(l.Shapley, func(p faultline.PlayerFigure) bool { return p.Figure.Absent != nil }) {
		out = append(out, d.both(chart{Title: d.w.Text("ui.waterfall_chart", law), Caption: d.w.Label("ui.waterfall_caption"), Synthetic: synthetic}, d.waterfall))
	}
	if len(x.Tornado) > 0 {
		out = append(out, d.both(chart{
			Title: d.w.Text("ui.tornado_chart", law), Caption: d.w.Label("ui.tornado_caption"), Synthetic: synthetic,
			Key: []keyEntry{{"p1", d.w.Label("ui.lower_end")}, {"p3", d.w.Label("ui.upper_end")}},
		}, d.tornado))
	}
	if x.Transmit != nil {
		c := chart{Title: d.w.Label("ui.transmit_chart"), Caption: d.transmitCaption(), Synthetic: synthetic}
		for _, name := range inOrder(x.Transmit.USD, colours) {
			c.Key = append(c.Key, keyEntry{"p" + colour(name, 0), d.player(name)})
		}
		out = append(out, d.both(c, d.transmission))
	}
	return out
}

// percentAxis draws an axis of relative moves; vertical ones stand at the left.
func (d *document) percentAxis(c *canvas, a axis, from, to float64, n int, vertical bool) {
	at, _ := ticks(100*a.lo, 100*a.hi, n)
	for _, v := range at {
		class := "grid"
		if v == 0 {
			class = "zero"
		}
		label := d.w.SignedPercent(v/100, decimals(at))
		if vertical {
			c.line(from, a.at(v/100), to, a.at(v/100), class)
			c.text(from-6, a.at(v/100)+4, "end", "t", label)
		} else {
			c.line(a.at(v/100), from, a.at(v/100), to, class)
			c.text(a.at(v/100), to+16, "middle", "t", label)
		}
	}
}

// decimals is how many places the labels of percent need.
func decimals(at []float64) int {
	for _, v := range at {
		if math.Abs(v-math.Round(v)) > 1e-9 {
			return 1
		}
	}
	return 0
}

func (d *document) amplificationCurve(s shape) string {
	l := d.firstLaw()
	const left, top, bottom = 58.0, 14.0, 44.0
	height := 400.0
	n := 10
	if s.narrow {
		height, n = 320, 4
	}
	c := newCanvas(s.width, height, d.w.Text("ui.amplification_chart", evidence.Args{"law": d.w.In("law", l.Law)}))
	shocks := l.Curves[0].Shock
	lo, hi := shocks[0], shocks[len(shocks)-1]
	x := axis{lo, hi, left, s.width - 24}
	var values []float64
	for _, k := range l.Curves {
		for j, v := range k.Move {
			if !k.Away[j] {
				values = append(values, v)
			}
		}
	}
	// A loop that ran away would squeeze all else flat: the axis ends at two and a half times the shock.
	down, up := extent(0.03, values, shocks)
	y := axis{math.Max(down, 2.5*lo), math.Min(up, 2.5*hi), height - bottom, top}
	d.percentAxis(c, x, top, y.from, n, false)
	d.percentAxis(c, y, left, x.to, 7, true)
	c.line(x.at(lo), y.at(lo), x.at(hi), y.at(hi), "bound")
	clip := func(v float64) float64 { return y.at(math.Min(math.Max(v, y.lo), y.hi)) }
	for i, k := range l.Curves {
		// Where the loop runs away there is no end, and the line breaks off.
		var xs, ys []float64
		for j := range k.Shock {
			if !k.Away[j] {
				xs, ys = append(xs, x.at(k.Shock[j])), append(ys, clip(k.Move[j]))
			}
			if len(xs) > 0 && (k.Away[j] || j+1 == len(k.Shock)) {
				c.path(xs, ys, "lane l"+colour("", i))
				xs, ys = nil, nil
			}
		}
		for _, j := range k.Jumps {
			title := d.w.Text("ui.jump", evidence.Args{
				"horizon": d.w.In("shock_horizon", k.Horizon), "shock": d.w.SignedPercent(j.Shock, 2), "from": d.w.SignedPercent(j.From, 2), "to": d.w.SignedPercent(j.To, 2),
			})
			for _, v := range []float64{j.From, j.To} {
				if v >= y.lo && v <= y.hi {
					c.circle(x.at(j.Shock), y.at(v), 3.5, "crossing", title)
				}
			}
		}
	}
	step := (x.to - x.from) / float64(len(shocks)-1)
	for j, shock := range shocks {
		lines := []string{d.w.SignedPercent(shock, 1)}
		for _, k := range l.Curves {
			end := d.w.SignedPercent(k.Move[j], 2)
			if k.Away[j] {
				end = d.w.Label("ui.runs_away")
			}
			lines = append(lines, d.w.In("shock_horizon", k.Horizon)+d.w.Label("ui.colon")+end)
		}
		c.rect(x.at(shock)-step/2, top, step, y.from-top, "hit", strings.Join(lines, "\n"))
	}
	c.text((x.from+x.to)/2, height-8, "middle", "s", d.w.Label("ui.shock_axis"))
	return c.done()
}

func (d *document) fan(s shape) string {
	l := d.firstLaw()
	f := l.Distribution
	const left, top, bottom = 58.0, 14.0, 44.0
	height := 340.0
	if s.narrow {
		height = 280
	}
	c := newCanvas(s.width, height, d.w.Text("ui.fan_chart", evidence.Args{"law": d.w.In("law", l.Law)}))
	track := func(x *faultline.ShockDistribution, q string) []float64 { return x.Fan[q] }
	last := f.Session[len(f.Session)-1]
	x := axis{0, last, left, s.width - 24}
	lo, hi := extent(0.04, track(f, "0.05"), track(f, "0.95"))
	y := axis{lo, hi, height - bottom, top}
	d.percentAxis(c, y, left, x.to, 7, true)
	at, places := ticks(0, last, 6)
	for _, v := range at {
		c.text(x.at(v), y.from+16, "middle", "t", d.w.Number(v, places))
	}
	xs := make([]float64, len(f.Session))
	for i, v := range f.Session {
		xs[i] = x.at(v)
	}
	line := func(v []float64) []float64 {
		ys := make([]float64, len(v))
		for i := range v {
			ys[i] = y.at(v[i])
		}
		return ys
	}
	for _, b := range [][2]string{{"0.05", "0.95"}, {"0.25", "0.75"}} {
		low, high := line(track(f, b[0])), line(track(f, b[1]))
		px, py := append([]float64{}, xs...), append([]float64{}, high...)
		for i := len(xs) - 1; i >= 0; i-- {
			px, py = append(px, xs[i]), append(py, low[i])
		}
		c.area(px, py, "band p0")
	}
	c.path(xs, line(track(f, "0.50")), "curve")
	if w := l.WithoutDist; w != nil && len(w.Level) > 0 {
		c.path(xs, line(track(w, "0.50")), "curve dashed")
	}
	c.line(left, y.at(d.a.Shock.Size), x.to, y.at(d.a.Shock.Size), "level")
	for i := range xs {
		from, to := x.from, x.to
		if i > 0 {
			from = (xs[i-1] + xs[i]) / 2
		}
		if i+1 < len(xs) {
			to = (xs[i] + xs[i+1]) / 2
		}
		title := d.w.Number(f.Session[i], 2)
		for _, q := range []string{"0.05", "0.25", "0.50", "0.75", "0.95"} {
			title += "\n" + q + d.w.Label("ui.colon") + d.w.SignedPercent(track(f, q)[i], 2)
		}
		c.rect(from, top, to-from, y.from-top, "hit", title)
	}
	c.text((x.from+x.to)/2, height-8, "middle", "s", d.w.Label("ui.session_axis"))
	return c.done()
}

func (d *document) waterfall(s shape) string {
	l := d.firstLaw()
	const row, head, foot = 26.0, 8.0, 40.0
	labels := 170.0
	if s.narrow {
		labels = 118
	}
	n := len(l.Shapley)
	height := head + row*float64(n+1) + foot
	c := newCanvas(s.width, height, d.w.Text("ui.waterfall_chart", evidence.Args{"law": d.w.In("law", l.Law)}))
	var ends []float64
	sum := 0.0
	for _, p := range l.Shapley {
		if p.Figure.Value != nil {
			sum += *p.Figure.Value
		}
		ends = append(ends, sum)
	}
	lo, hi := extent(0.06, ends)
	x := axis{lo, hi, labels, s.width - 78}
	d.percentAxis(c, x, head, height-foot, 5, false)
	at := 0.0
	for i, p := range l.Shapley {
		y := head + row*float64(i)
		c.text(0, y+row/2+4, "start", "t", cut(d.member(p.Name), fontSize, labels-8))
		if p.Figure.Value == nil {
			continue
		}
		v := *p.Figure.Value
		class := "buy"
		if v < 0 {
			class = "sell"
		}
		c.rect(x.at(at), y+5, x.at(at+v)-x.at(at), row-10, class, d.member(p.Name)+"\n"+d.w.SignedPercent(v, 3)+"\n"+d.evidence(p.Figure.Grade, p.Figure.ID, p.Figure.Node))
		at += v
		c.line(x.at(at), y+5, x.at(at), y+row+5, "leader")
		if p.Figure.Low != nil && p.Figure.High != nil {
			c.line(x.at(at-v+*p.Figure.Low), y+row/2, x.at(at-v+*p.Figure.High), y+row/2, "whisker")
		}
		c.text(s.width, y+row/2+4, "end", "t", d.w.SignedPercent(v, 2))
	}
	y := head + row*float64(n)
	c.text(0, y+row/2+4, "start", "h", d.w.In("head", "total"))
	c.rect(x.at(0), y+5, x.at(at)-x.at(0), row-10, "dot", d.w.SignedPercent(at, 3))
	c.text(s.width, y+row/2+4, "end", "h", d.w.SignedPercent(at, 2))
	return c.done()
}

func (d *document) tornado(s shape) string {
	t := d.a.Shock.Tornado
	l := d.firstLaw()
	const row, head, foot = 24.0, 8.0, 40.0
	labels := 210.0
	if s.narrow {
		labels = 150
	}
	height := head + row*float64(len(t)) + foot
	c := newCanvas(s.width, height, d.w.Text("ui.tornado_chart", evidence.Args{"law": d.w.In("law", l.Law)}))
	lo, hi := math.Inf(1), math.Inf(-1)
	if v := l.Amplification.With.Value; v != nil {
		lo, hi = *v, *v
	}
	for _, a := range t {
		for _, v := range []*float64{a.Low, a.High} {
			if v != nil {
				lo, hi = math.Min(lo, *v), math.Max(hi, *v)
			}
		}
	}
	pad := 0.06 * (hi - lo)
	x := axis{lo - pad, hi + pad, labels, s.width - 10}
	at, places := ticks(x.lo, x.hi, 5)
	for _, v := range at {
		c.line(x.at(v), head, x.at(v), height-foot, "grid")
		c.text(x.at(v), height-foot+16, "middle", "t", d.w.Number(v, places))
	}
	for i, a := range t {
		y := head + row*float64(i)
		c.text(0, y+row/2+4, "start", "m", cut(a.Name, 11, labels-6))
		base := x.lo
		if v := l.Amplification.With.Value; v != nil {
			base = *v
		}
		for _, end := range []struct {
			v     *float64
			at    float64
			class string
		}{{a.Low, a.From, "p1"}, {a.High, a.To, "p3"}} {
			to, says := x.hi, d.w.Label("ui.runs_away") // a loop that runs away reaches the edge
			if end.v != nil {
				to, says = *end.v, d.w.Number(*end.v, 3)
			}
			c.rect(x.at(base), y+5, x.at(to)-x.at(base), row-10, end.class, a.Name+" = "+d.w.General(end.at)+"\n"+says)
		}
	}
	if v := l.Amplification.With.Value; v != nil {
		c.line(x.at(*v), head, x.at(*v), height-foot, "spot")
	}
	c.text((x.from+x.to)/2, height-8, "middle", "s", d.w.In("measure", "amplification"))
	return c.done()
}

// transmitCaption explains the kinds that are in the picture.
func (d *document) transmitCaption() string {
	t := d.a.Shock.Transmit
	seen := map[string][]string{}
	for _, name := range inOrder(t.USD, colours) {
		seen[t.Kind[name]] = append(seen[t.Kind[name]], d.player(name))
	}
	var kinds []string
	for k := range seen {
		kinds = append(kinds, k)
	}
	sort.Strings(kinds)
	out := d.w.Text("ui.transmit_caption", evidence.Args{"back": t.BackAfter})
	for _, k := range kinds {
		out += " " + d.w.Text("ui.transmit_kind", evidence.Args{"kind": d.w.In("transmit", k), "players": strings.Join(seen[k], d.w.Label("ui.comma"))})
	}
	return out
}

func (d *document) transmission(s shape) string {
	t := d.a.Shock.Transmit
	const left, top, bottom = 58.0, 22.0, 44.0
	height := 360.0
	if s.narrow {
		height = 300
	}
	c := newCanvas(s.width, height, d.w.Label("ui.transmit_chart"))
	var values []float64
	for _, of := range []map[string]faultline.FanTrack{t.USD, t.Back} {
		for _, v := range of {
			values = append(values, v...)
		}
	}
	lo, hi := extent(0.05, values)
	y := axis{lo, hi, height - bottom, top}
	x := axis{0, float64(t.Session[len(t.Session)-1]), left, s.width - 24}
	d.valueAxis(c, y, left, x.to, 6, largest(values))
	at, places := ticks(x.lo, x.hi, 7)
	for _, v := range at {
		c.text(x.at(v), y.from+16, "middle", "t", d.w.Number(v, places))
	}
	xs := make([]float64, len(t.Session))
	for i, v := range t.Session {
		xs[i] = x.at(float64(v))
	}
	names := inOrder(t.USD, colours)
	heights := func(track faultline.FanTrack) []float64 {
		ys := make([]float64, len(track))
		for i, v := range track {
			ys[i] = y.at(v)
		}
		return ys
	}
	for _, name := range names {
		c.path(xs, heights(t.USD[name]), "lane l"+colour(name, 0))
		if back := heights(t.Back[name]); t.BackAfter < len(back) {
			c.path(xs[t.BackAfter:], back[t.BackAfter:], "lane dashed l"+colour(name, 0))
		}
	}
	step := (x.to - x.from) / float64(len(xs)-1)
	for i := range xs {
		lines := []string{d.w.Number(float64(t.Session[i]), 0)}
		for _, name := range names {
			lines = append(lines, d.player(name)+d.w.Label("ui.colon")+d.w.SignedAmount(t.USD[name][i], 3))
		}
		c.rect(xs[i]-step/2, top, step, y.from-top, "hit", strings.Join(lines, "\n"))
	}
	c.text((x.from+x.to)/2, height-8, "middle", "s", d.w.Label("ui.session_axis"))
	return c.done()
}
