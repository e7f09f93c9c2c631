package report

import (
	"math"
	"time"

	"faultline"
	"faultline/evidence"
)

// nowcast shows what this month's figures would be, with their fans, and which releases moved them.
func (d *document) nowcast(m *faultline.Macro) section {
	s := section{ID: "nowcast", Title: d.w.Label("macro.nowcast")}
	f := m.Fog
	if f == nil {
		return s
	}
	s.Lead = d.w.Text("macro.nowcast_lead", evidence.Args{
		"series": len(f.Model.Series), "factors": f.Model.Factors, "from": f.Model.From, "to": f.Model.To,
	})
	for _, t := range f.Trends {
		name := d.w.In("trend_of", t.Series)
		s.Facts = append(s.Facts,
			fact{d.w.Text("macro.trend_now", evidence.Args{"trend": name, "month": t.Month}), d.estimate(t.Now)},
			fact{d.w.Text("macro.trend_ahead", evidence.Args{"trend": name, "months": f.Ahead}), d.estimate(t.Ahead)})
	}
	for i := range f.Nowcasts {
		withCharts(&s, d.fanOf(&f.Nowcasts[i], f.Grade))
	}
	if len(f.News) > 0 {
		t := table{
			Title: d.w.Text("macro.news", evidence.Args{"from": f.NewsFrom}),
			Head:  d.head("release", "month", "expected", "came", "moved_prices", "moved_jobs"),
		}
		for _, x := range f.News {
			t.Rows = append(t.Rows, append(d.released(x),
				number(d.w.SignedPercent(x.Prices, 2)), number(d.w.SignedPercent(x.Unemployment, 2))))
		}
		s.Tables = append(s.Tables, t)
	}
	if j := f.Surprise; j != nil {
		t := table{
			Title: d.w.Text("macro.surprise", evidence.Args{"at": j.At}),
			Head:  d.head("release", "month", "expected", "came", "deviations"),
		}
		for _, x := range j.Items {
			cell := number("")
			if x.SD > 0 {
				cell = number(d.w.Signed((x.Value-x.Expected)/x.SD, 1))
			}
			t.Rows = append(t.Rows, append(d.released(x), cell))
		}
		s.Tables = append(s.Tables, t)
		if j.Distance.Value != nil && j.P.Value != nil {
			verdict := "macro.surprise_plain"
			if *j.P.Value < 0.05 {
				verdict = "macro.surprise_odd"
			}
			s.Notes = append(s.Notes, d.w.Text(verdict, evidence.Args{"distance": d.w.Number(*j.Distance.Value, 2), "p": d.w.Number(*j.P.Value, 2)}))
		}
		if j.Correlation != nil && len(j.Pair) == 2 {
			verdict := "macro.surprise_agree"
			if *j.Correlation < 0 {
				verdict = "macro.surprise_contradict"
			}
			s.Notes = append(s.Notes, d.w.Text(verdict, evidence.Args{
				"first": d.w.In("series_name", j.Pair[0]), "second": d.w.In("series_name", j.Pair[1]), "correlation": d.w.Number(math.Abs(*j.Correlation), 2),
			}))
		}
	}
	return s
}

// estimate is a figure in percent with its interval.
func (d *document) estimate(f evidence.Figure) cell {
	if f.Value == nil || f.Low == nil || f.High == nil {
		return d.figure(f, false)
	}
	return d.graded(number(d.w.Text("macro.estimate", evidence.Args{
		"value": d.w.Percent(*f.Value, 2), "low": d.w.Percent(*f.Low, 2), "high": d.w.Percent(*f.High, 2),
	})), f.Grade, f.ID, f.Node)
}

// released are the first cells of a release: what it is, its month, what was expected and what came.
func (d *document) released(x faultline.NewsItem) []cell {
	return []cell{
		{Text: d.w.In("series_name", x.Series), Keep: true},
		plain(x.Month),
		number(d.macroValue(x.Expected, x.Unit)), number(d.macroValue(x.Value, x.Unit)),
	}
}

// macroValue writes a number of the economy: shares in percent with two digits, jobs in thousands.
func (d *document) macroValue(v float64, unit evidence.Unit) string {
	switch unit {
	case evidence.Ratio, evidence.PerYear:
		return d.w.Percent(v, 2)
	case evidence.Count:
		return d.w.Text("macro.thousands", evidence.Args{"value": d.w.Signed(v/1000, 0)})
	}
	return d.w.Number(v, 2)
}

// fanOf draws a series by month: what was published, and the quantiles of what was not.
func (d *document) fanOf(f *faultline.NowcastFan, grade evidence.Grade) chart {
	x, ok := seconds(f.Month)
	n := len(x)
	if !ok || n < 3 || len(f.Out) != n || len(f.P05) != n || len(f.P25) != n || len(f.P50) != n || len(f.P75) != n || len(f.P95) != n {
		return chart{}
	}
	title := d.w.Text("macro.fan_chart", evidence.Args{"series": d.w.In("series_name", f.Series)})
	return d.both(chart{
		Title: title, Caption: d.w.Label("macro.fan_caption"), Synthetic: grade == evidence.Synthetic,
		Key: []keyEntry{{"p7", d.w.Label("macro.key_median")}, {"p1", d.w.Label("macro.key_band")}},
	}, func(s shape) string {
		p := plot{
			title: title, ticks: d.dayTicks(s), free: f.Unit == evidence.Ratio,
			low: trace{x: x, y: f.P05}, high: trace{x: x, y: f.P95, class: "p1"},
			traces: []trace{{x: x, y: f.P50, class: "lane l7"}},
			y:      func(v float64) string { return d.axisValue(v, f.Unit) },
			hover: func(i int) string {
				if f.Out[i] {
					return f.Month[i] + "\n" + d.macroValue(f.P50[i], f.Unit)
				}
				return f.Month[i] + "\n" + d.macroValue(f.P50[i], f.Unit) + " (" + d.macroValue(f.P05[i], f.Unit) + " … " + d.macroValue(f.P95[i], f.Unit) + ")"
			},
		}
		var out trace
		for i := range x {
			if f.Out[i] {
				out.x, out.y = append(out.x, x[i]), append(out.y, f.P50[i])
			}
		}
		out.class, out.dots = "lane l7", true
		p.traces = append(p.traces, out)
		return d.lines(s, p)
	})
}

// axisValue is macroValue with as few digits as an axis needs.
func (d *document) axisValue(v float64, unit evidence.Unit) string {
	switch unit {
	case evidence.Ratio, evidence.PerYear:
		return d.w.Percent(v, 1)
	case evidence.Count:
		return d.w.Signed(v/1000, 0)
	}
	return d.w.Number(v, 1)
}

// fog shows how much is not known for want of releases.
func (d *document) fog(m *faultline.Macro) section {
	s := section{ID: "fog", Title: d.w.Label("macro.fog")}
	f := m.Fog
	if f == nil || len(f.Lapses) == 0 {
		return s
	}
	last := &f.Lapses[len(f.Lapses)-1]
	s.Lead = d.w.Label("macro.fog_lead")
	withCharts(&s, d.bitsChart(last, f), d.deviationChart(last, f))
	t := table{Title: d.w.Label("macro.lapses"), Head: d.head("lapse", "worst_day", "bits", "prices_ratio", "jobs_ratio", "costs_most", "buys_back")}
	top := func(list []faultline.FogCost) cell {
		if len(list) == 0 || !(list[0].Bits >= 0.0005) {
			return cell{Text: d.w.Label("ui.none"), Absent: true}
		}
		return plain(d.cost(list[0]))
	}
	for _, l := range f.Lapses {
		t.Rows = append(t.Rows, []cell{
			{Text: d.w.DateOf(l.Begin), Keep: true},
			plain(d.w.DateOf(l.Worst)),
			d.fixed(l.Peak, 2), d.fixed(l.PricesRatio, 2), d.fixed(l.JobsRatio, 2), top(l.Missing), top(l.Substitutes),
		})
	}
	s.Tables = append(s.Tables, t)
	costs := table{Title: d.w.Text("macro.costs", evidence.Args{"day": d.w.DateOf(last.Worst)}), Head: d.head("release", "period", "bits", "bits_ahead")}
	for i, c := range last.Missing {
		if i == 10 {
			break
		}
		costs.Rows = append(costs.Rows, []cell{
			{Text: d.w.In("release", c.Report), Keep: true},
			plain(c.Period),
			d.modelled(d.w.Number(c.Bits, 3), f), d.modelled(d.w.Number(c.Ahead, 3), f),
		})
	}
	gains := table{Title: d.w.Text("macro.gains", evidence.Args{"day": d.w.DateOf(last.Worst)}), Head: d.head("substitute", "bits", "bits_ahead")}
	for _, c := range last.Substitutes {
		gains.Rows = append(gains.Rows, []cell{
			{Text: d.w.In("release", c.Report), Keep: true}, d.modelled(d.w.Number(c.Bits, 3), f), d.modelled(d.w.Number(c.Ahead, 3), f),
		})
	}
	daily := table{Title: d.w.Label("macro.daily"), Folded: true, Head: d.head("day", "bits", "bits_ahead", "prices_ratio", "jobs_ratio")}
	for i, day := range last.Date {
		if len(last.Bits) != len(last.Date) || len(last.AheadBits) != len(last.Date) || len(last.PricesSD) != len(last.Date) ||
			len(last.PricesWhole) != len(last.Date) || len(last.JobsSD) != len(last.Date) || len(last.JobsWhole) != len(last.Date) {
			break
		}
		daily.Rows = append(daily.Rows, []cell{
			{Text: d.w.DateOf(day), Keep: true},
			d.modelled(d.w.Number(last.Bits[i], 3), f), d.modelled(d.w.Number(last.AheadBits[i], 3), f),
			d.modelled(d.w.Number(last.PricesSD[i]/last.PricesWhole[i], 2), f), d.modelled(d.w.Number(last.JobsSD[i]/last.JobsWhole[i], 2), f),
		})
	}
	for _, x := range []table{costs, gains, daily} {
		if len(x.Rows) > 0 {
			s.Tables = append(s.Tables, x)
		}
	}
	return s
}

// cost names a release with its bits.
func (d *document) cost(c faultline.FogCost) string {
	name := d.w.In("release", c.Report)
	if c.Period != "" {
		name += " " + c.Period
	}
	return d.w.Text("macro.cost", evidence.Args{"release": name, "bits": d.w.Number(c.Bits, 2)})
}

// modelled is a number of the fog's model.
func (d *document) modelled(text string, f *faultline.Fog) cell {
	return d.graded(number(text), f.Grade, "", f.Node)
}

// fixed is a figure with so many digits.
func (d *document) fixed(f evidence.Figure, digits int) cell {
	if f.Value == nil {
		return d.figure(f, false)
	}
	return d.graded(number(d.w.Number(*f.Value, digits)), f.Grade, f.ID, f.Node)
}

// bitsChart draws the fog of a lapse by day.
func (d *document) bitsChart(l *faultline.FogCourse, f *faultline.Fog) chart {
	x, ok := seconds(l.Date)
	if !ok || len(x) < 2 || len(l.Bits) != len(x) || len(l.AheadBits) != len(x) {
		return chart{}
	}
	title := d.w.Label("macro.bits_chart")
	return d.both(chart{
		Title: title, Caption: d.w.Text("macro.bits_caption", evidence.Args{"months": f.Ahead}), Synthetic: f.Grade == evidence.Synthetic,
		Key: []keyEntry{{"p7", d.w.Label("macro.key_fog_now")}, {"p1", d.w.Text("macro.key_fog_ahead", evidence.Args{"months": f.Ahead})}},
	}, func(s shape) string {
		return d.lines(s, plot{
			title: title, zero: true, ticks: d.dayTicks(s), mark: lapseToday(l, x),
			traces: []trace{{x: x, y: l.Bits, class: "lane l7"}, {x: x, y: l.AheadBits, class: "lane l1"}},
			y:      func(v float64) string { return d.w.Number(v, 1) },
			hover: func(i int) string {
				return l.Date[i] + "\n" + d.w.Number(l.Bits[i], 3) + " / " + d.w.Number(l.AheadBits[i], 3)
			},
		})
	})
}

// deviationChart draws how uncertain trend unemployment is, and what it would be.
func (d *document) deviationChart(l *faultline.FogCourse, f *faultline.Fog) chart {
	x, ok := seconds(l.Date)
	if !ok || len(x) < 2 || len(l.JobsSD) != len(x) || len(l.JobsWhole) != len(x) {
		return chart{}
	}
	title := d.w.Label("macro.deviation_chart")
	return d.both(chart{
		Title: title, Caption: d.w.Label("macro.deviation_caption"), Synthetic: f.Grade == evidence.Synthetic,
		Key: []keyEntry{{"p7", d.w.Label("macro.key_actual")}, {"p1", d.w.Label("macro.key_on_time")}},
	}, func(s shape) string {
		return d.lines(s, plot{
			title: title, zero: true, ticks: d.dayTicks(s), mark: lapseToday(l, x),
			low: trace{x: x, y: l.JobsWhole}, high: trace{x: x, y: l.JobsSD, class: "p7"},
			traces: []trace{{x: x, y: l.JobsSD, class: "lane l7"}, {x: x, y: l.JobsWhole, class: "lane l1"}},
			y:      func(v float64) string { return d.w.Percent(v, 2) },
			hover: func(i int) string {
				return l.Date[i] + "\n" + d.w.Percent(l.JobsSD[i], 3) + " / " + d.w.Percent(l.JobsWhole[i], 3)
			},
		})
	})
}

// lapseToday is where the days that had not come begin, nil where all had.
func lapseToday(l *faultline.FogCourse, x []float64) *float64 {
	if l.Projected <= 0 || l.Projected >= len(x) {
		return nil
	}
	at := x[l.Projected] - (24*time.Hour).Seconds()/2
	return &at
}
