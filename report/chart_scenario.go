package report

import (
	"math"
	"strconv"

	"faultline"
	"faultline/evidence"
)

// course draws the probabilities of the scenarios over time, as steps; naive ones are thin.
func (d *document) course() chart {
	x := d.a.Scenario
	if len(x.Log) < 2 {
		return chart{}
	}
	c := chart{Title: d.w.Label("scenario_tree.course"), Caption: d.w.Label("scenario_tree.course_caption")}
	for i, b := range x.Branches {
		c.Key = append(c.Key, keyEntry{class(i), d.branch(b)})
	}
	return d.both(c, d.steps)
}

// class is the colour of a scenario.
func class(i int) string { return []string{"p0", "p1", "p2", "p3", "p4", "p5", "p6", "p7"}[i%palette] }

func (d *document) steps(s shape) string {
	x := d.a.Scenario
	const height, top, bottom = 250.0, 14.0, 222.0
	left, right := 46.0, s.width-14
	c := newCanvas(s.width, height, d.w.Label("scenario_tree.course"))
	first, last := x.Log[0].At, d.a.AsOf
	if end := x.Log[len(x.Log)-1].At; end.After(last) {
		last = end
	}
	h := axis{float64(first.Unix()), float64(last.Unix()), left, right}
	v := axis{0, 1, bottom, top}
	for _, p := range []float64{0, 0.25, 0.5, 0.75, 1} {
		c.line(left, v.at(p), right, v.at(p), "grid")
		c.text(left-6, v.at(p)+4, "end", "s", d.w.Percent(p, 0))
	}
	free := left - 100.0 // where the next date may stand
	for _, step := range x.Log {
		at := h.at(float64(step.At.Unix()))
		c.line(at, top, at, bottom, "grid")
		label := d.w.Day(step.At)
		if half := textWidth(label, 11)/2 + 4; at-half > free && at+half < right+10 {
			c.text(at, bottom+17, "middle", "s", label)
			free = at + half
		}
	}
	draw := func(of func(faultline.ScenarioStep) []float64, i int, kind string) {
		var px, py []float64
		for k, step := range x.Log {
			y := v.at(of(step)[i])
			if k > 0 {
				px, py = append(px, h.at(float64(step.At.Unix()))), append(py, py[len(py)-1])
			}
			px, py = append(px, h.at(float64(step.At.Unix()))), append(py, y)
		}
		px, py = append(px, right), append(py, py[len(py)-1])
		c.path(px, py, kind)
	}
	for i := range x.Branches {
		draw(func(s faultline.ScenarioStep) []float64 { return s.Naive }, i, "lane dashed l"+class(i)[1:])
		draw(func(s faultline.ScenarioStep) []float64 { return s.Posterior }, i, "lane l"+class(i)[1:])
	}
	return c.done()
}

// substitution draws Nvidia's gross margin and earnings by year when own designs follow their curve.
func (d *document) substitution() chart {
	if len(d.a.Capex.Nvidia) == 0 {
		return chart{}
	}
	return d.both(chart{
		Title: d.w.Label("capex.chart"), Caption: d.w.Text("capex.chart_caption", evidence.Args{"draws": d.a.Capex.Draws}),
		Key: []keyEntry{{"p0", d.w.In("head", "earnings")}, {"p1", d.w.In("head", "revenue")}},
	}, d.loss)
}

func (d *document) loss(s shape) string {
	x := d.a.Capex
	const height, top, bottom = 250.0, 14.0, 222.0
	left, right := 52.0, s.width-24
	lo, hi := 0.0, 0.0
	for _, c := range x.Nvidia {
		for _, b := range []faultline.Bounded{c.Earnings, c.Revenue} {
			lo, hi = math.Min(lo, b.Low), math.Max(hi, b.High)
		}
	}
	c := newCanvas(s.width, height, d.w.Label("capex.chart"))
	at, _ := ticks(lo, hi, 5)
	lo, hi = math.Min(lo, at[0]), math.Max(hi, at[len(at)-1])
	v := axis{lo, hi, bottom, top}
	h := axis{float64(x.Years[0]), float64(x.Years[len(x.Years)-1]), left + 20, right - 20}
	for _, p := range at {
		c.line(left, v.at(p), right, v.at(p), "grid")
		c.text(left-6, v.at(p)+4, "end", "s", d.w.SignedPercent(p, 0))
	}
	for _, y := range x.Years {
		c.text(h.at(float64(y)), bottom+17, "middle", "s", strconv.Itoa(y))
	}
	for _, kind := range []struct {
		class string
		of    func(faultline.CapexChange) faultline.Bounded
	}{
		{"p1", func(c faultline.CapexChange) faultline.Bounded { return c.Revenue }},
		{"p0", func(c faultline.CapexChange) faultline.Bounded { return c.Earnings }},
	} {
		var px, py, bx, by []float64
		for _, ch := range x.Nvidia {
			b := kind.of(ch)
			px, py = append(px, h.at(float64(ch.Year))), append(py, v.at(b.Value))
			bx, by = append(bx, h.at(float64(ch.Year))), append(by, v.at(b.High))
		}
		for i := len(x.Nvidia) - 1; i >= 0; i-- {
			bx, by = append(bx, h.at(float64(x.Nvidia[i].Year))), append(by, v.at(kind.of(x.Nvidia[i]).Low))
		}
		c.area(bx, by, "band "+kind.class)
		c.path(px, py, "lane l"+kind.class[1:])
	}
	return c.done()
}
