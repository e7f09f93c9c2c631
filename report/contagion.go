package report

import (
	"io"
	"strings"

	"faultline"
	"faultline/evidence"
	"faultline/words"
)

// Contagion writes what the data say of a channel between crypto and equities.
func Contagion(w io.Writer, a *faultline.Analysis, say *words.Words, width int, colour bool) error {
	return terminal(w, a, say, width, colour, func(s *screen) { s.sections("contagion", "missing") })
}

func (d *document) contagion() section {
	s := section{ID: "contagion", Title: d.w.Label("contagion.title")}
	c := d.a.Contagion
	if c == nil {
		return s
	}
	s.Lead = d.w.Label("contagion.lead")
	for _, f := range c.Findings {
		s.Facts = append(s.Facts, fact{d.w.In("finding", f.Code), cell{Text: d.w.Sentence(d.w.Say(f))}})
	}
	for _, chart := range []chart{d.network(), d.rolling()} {
		if chart.Wide != "" {
			s.Charts = append(s.Charts, chart)
		}
	}
	tables := []table{d.leadLags(), d.systems()}
	for _, e := range c.Events {
		tables = append(tables, d.effects(e))
	}
	for _, t := range append(tables, d.shocks(), d.granger(), d.eventDates()) {
		if len(t.Rows) > 0 {
			s.Tables = append(s.Tables, t)
		}
	}
	for _, n := range c.Caveats {
		s.Notes = append(s.Notes, d.w.Sentence(d.w.Say(n)))
	}
	for _, m := range c.Missing {
		s.Notes = append(s.Notes, d.w.In("part", m.Part)+d.w.Label("ui.colon")+d.w.Absent(m.Absent))
	}
	return s
}

// chance writes a p-value: three places are what the draws can tell.
func (d *document) chance(p float64) cell {
	c := number(d.w.Number(p, 3))
	if p < 0.0005 {
		c.Text = "< " + d.w.Number(0.001, 3)
	}
	c.Strong = p < 0.05
	return c
}

func (d *document) correlation(v float64) cell {
	return d.graded(number(d.w.Signed(v, 2)), d.a.Contagion.Grade, "", d.a.Contagion.Node)
}

// returned writes a logarithmic return with its error.
func (d *document) returned(t faultline.Tested) cell {
	return d.graded(number(d.w.SignedPercent(t.Value, 1)+" ± "+d.w.Percent(t.Error, 1)), d.a.Contagion.Grade, "", d.a.Contagion.Node)
}

func (d *document) leadLags() table {
	t := table{
		Title: d.w.Label("contagion.lead_lag_table"),
		Head:  append(d.head("contagion_asset"), d.head("contagion_zero", "contagion_ahead", "contagion_p", "contagion_behind", "contagion_p", "contagion_ratio", "contagion_p", "contagion_days")...),
	}
	for _, p := range d.a.Contagion.LeadLag {
		name := d.instrument(p.Y)
		if p.Instrument != p.Y {
			name += " (" + d.instrument(p.Instrument) + ")"
		}
		t.Rows = append(t.Rows, []cell{
			{Text: name, Keep: true},
			d.correlation(p.Zero.Value), d.correlation(p.Ahead.Value), d.chance(p.AheadPHolm),
			d.correlation(p.Behind.Value), d.chance(p.Behind.P), number(d.w.Number(p.Ratio, 2)), d.chance(p.RatioP), number(d.w.Number(float64(p.Days), 0)),
		})
	}
	return t
}

func (d *document) systems() table {
	t := table{
		Title: d.w.Label("contagion.systems_table"),
		Head:  d.head("contagion_system", "period", "contagion_total", "contagion_forward", "contagion_null", "contagion_p", "contagion_back", "contagion_null", "contagion_p"),
	}
	for _, y := range d.a.Contagion.Systems {
		row := []cell{
			{Text: d.w.In("part", y.System)},
			{Text: d.w.DateOf(y.From) + " – " + d.w.DateOf(y.To)},
			number(d.w.Percent(y.Total.Value, 1)),
		}
		for _, c := range []faultline.Channel{y.Forward, y.Back} {
			f := d.figure(c.Figure, false)
			f.Title += "\n" + d.band(c.Low, c.High, c.Unit)
			row = append(row, f, number(d.w.Percent(c.Null, 1)), d.chance(c.P))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func (d *document) effects(e faultline.EventStudy) table {
	t := table{
		Title: d.w.Text("contagion.events_table", evidence.Args{
			"count": len(e.Dates), "from": d.w.DateOf(e.From), "to": d.w.DateOf(e.To), "clock": d.w.In("clock", e.Clock),
		}),
		Head: d.head("contagion_asset", "contagion_before", "contagion_day", "contagion_p", "contagion_next", "contagion_p", "contagion_after", "contagion_p"),
	}
	for _, x := range e.Effects {
		row := []cell{{Text: d.instrument(x.Asset), Keep: true}, d.returned(x.Before)}
		for _, v := range []faultline.Tested{x.Day, x.Next, x.After} {
			row = append(row, d.returned(v), d.chance(v.P))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// shocks lists the statements, one column each, and their mean.
func (d *document) shocks() table {
	x := d.a.Contagion.Tariff
	if x == nil {
		return table{}
	}
	t := table{Title: d.w.Label("contagion.tariff_table"), Head: append(d.head("contagion_asset"), d.w.In("head", "contagion_mean"), d.w.In("head", "band"), d.w.In("head", "contagion_in_force"))}
	for _, s := range x.Shocks {
		t.Head = append(t.Head, d.w.In("announcement", s.ID))
	}
	when, wait := []cell{{Text: d.w.Label("contagion.statement")}, {}, {}, {}}, []cell{{Text: d.w.Label("contagion.wait")}, {}, {}, {}}
	for _, s := range x.Shocks {
		when = append(when, number(d.w.Date(s.At)))
	}
	t.Rows = append(t.Rows, when)
	for _, m := range x.Mean {
		row := []cell{{Text: d.instrument(m.Asset), Keep: true}, d.figure(m.Return, true), number(d.band(m.Return.Low, m.Return.High, m.Return.Unit)), number(d.w.SignedPercent(m.InForce, 1))}
		for _, s := range x.Shocks {
			c := cell{}
			for _, v := range s.Moves {
				if v.Asset == m.Asset {
					c = d.returned(v.Return)
				}
			}
			row = append(row, c)
		}
		t.Rows = append(t.Rows, row)
	}
	for _, s := range x.Shocks {
		wait = append(wait, number(d.w.Text("contagion.hours", evidence.Args{"hours": s.Wait})))
	}
	t.Rows = append(t.Rows, wait)
	return t
}

func (d *document) granger() table {
	t := table{
		Title: d.w.Label("contagion.granger_table"), Folded: true,
		Head: d.head("contagion_system", "contagion_cause", "contagion_effect", "contagion_sum", "contagion_f", "contagion_robust", "contagion_holm"),
	}
	for _, y := range d.a.Contagion.Systems {
		for _, g := range y.Granger {
			t.Rows = append(t.Rows, []cell{
				{Text: d.w.In("part", y.System)},
				{Text: d.instrument(g.Cause)},
				{Text: d.instrument(g.Effect)},
				d.correlation(g.Sum), number(d.w.Number(g.F, 2)), d.chance(g.PRobust), d.chance(g.PHolm),
			})
		}
	}
	return t
}

func (d *document) eventDates() table {
	t := table{Title: d.w.Label("contagion.dates_table"), Folded: true, Head: d.head("contagion_clock", "contagion_session", "contagion_fall")}
	for _, e := range d.a.Contagion.Events {
		for i, day := range e.Dates {
			t.Rows = append(t.Rows, []cell{
				{Text: d.w.In("clock", e.Clock)},
				{Text: d.w.DateOf(day), Keep: true},
				d.graded(number(d.w.SignedPercent(e.Falls[i], 1)), d.a.Contagion.Grade, "", d.a.Contagion.Node),
			})
		}
	}
	return t
}

// coin reports whether an asset stands on the side of crypto.
func coin(id string) bool { return strings.EqualFold(id, "BTC") || strings.EqualFold(id, "ETH") }

// checkContagion finds columns that do not belong together.
func checkContagion(c *faultline.Contagion, same func(string, int, ...[]float64), fault func(string, ...any)) {
	for _, p := range c.LeadLag {
		same("contagion.lead_lag."+p.Y, len(p.Lag), p.Correlation)
	}
	for _, y := range c.Systems {
		if k := len(y.Assets); len(y.Shares) != k*k || len(y.Net) != k {
			fault("contagion.systems.%s has %d shares and %d nets of %d assets", y.System, len(y.Shares), len(y.Net), k)
		}
	}
	if p := c.Rolling; p != nil {
		same("contagion.rolling", len(p.Date), p.Total, p.TotalLow, p.TotalHigh, p.Forward, p.Low, p.High, p.Null, p.Back, p.BackLow, p.BackHigh, p.BackNull)
	}
	for _, e := range c.Events {
		if len(e.Dates) != len(e.Falls) {
			fault("contagion.events has %d dates and %d falls", len(e.Dates), len(e.Falls))
		}
	}
}
