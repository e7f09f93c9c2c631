package report

import (
	"io"

	"faultline"
	"faultline/evidence"
	"faultline/words"
)

// Regime writes the state of the market.
func Regime(w io.Writer, a *faultline.Analysis, say *words.Words, width int, colour bool) error {
	return terminal(w, a, say, width, colour, func(s *screen) { s.sections("regime") })
}

// regime is the section of the state of the market against its own history.
func (d *document) regime() section {
	s := section{ID: "regime", Title: d.w.Label("ui.regime")}
	m := d.a.Regime
	if m == nil {
		return s
	}
	measured := 0
	t := table{Head: d.head("measure", "value", "percentile", "since", "remark"), Cards: true}
	for _, x := range m.Measures {
		row := []cell{{Text: d.w.In("regime", x.Key), Title: d.w.In("regime_means", x.Key)}, d.figure(x.Value, false), {}, {}, {}}
		if x.Value.Unit == evidence.UnitNone && x.Value.Absent == nil {
			row[1].Text = d.w.Number(*x.Value.Value, places(*x.Value.Value))
		}
		if x.Percentile != nil {
			measured++
			row[2] = number(d.w.Value(*x.Percentile, evidence.Percentile))
			row[3] = plain(d.w.DateOf(x.From))
			switch {
			case *x.Percentile < 5:
				row[4] = cell{Text: d.w.Label("ui.regime_low"), Strong: true}
			case *x.Percentile > 95:
				row[4] = cell{Text: d.w.Label("ui.regime_high"), Strong: true}
			}
		}
		t.Rows = append(t.Rows, row)
	}
	s.Lead = d.w.Text("ui.regime_lead", evidence.Args{"measures": measured, "extreme": m.Extreme, "chance": d.w.Number(0.1*float64(measured), 1)})
	s.Tables = append(s.Tables, t)
	if x := m.States; x != nil {
		s.Notes = append(s.Notes, d.w.Text("ui.regime_states", evidence.Args{
			"calm": d.w.Percent(x.Calm, 1), "wild": d.w.Percent(x.Wild, 1), "calm_days": d.w.Number(x.CalmDays, 0), "wild_days": d.w.Number(x.WildDays, 0),
		}))
	}
	if g := m.GoodNews; g != nil {
		s.Tables = append(s.Tables, d.goodNews(g))
		for _, x := range []struct {
			key string
			gap *faultline.NewsGap
		}{{"ui.news_gamma", g.Gamma}, {"ui.news_vol", g.Vol}} {
			if x.gap != nil {
				s.Notes = append(s.Notes, d.w.Text(x.key, evidence.Args{
					"mean": d.w.SignedPercent(x.gap.Mean, 2), "error": d.w.Percent(x.gap.Error, 2), "p": d.w.Number(x.gap.P, 2),
					"says": d.w.Label(significance(x.gap.P)),
				}))
			}
		}
	}
	if len(m.Foretell) > 0 {
		s.Tables = append(s.Tables, d.foretold(m.Foretell))
	}
	return s
}

// significance is the key of the words for a chance.
func significance(p float64) string {
	if p < 0.05 {
		return "ui.beyond_chance"
	}
	return "ui.within_chance"
}

func (d *document) goodNews(g *faultline.GoodNews) table {
	t := table{
		Title: d.w.Text("ui.good_news", evidence.Args{"from": g.From, "to": g.To}),
		Head:  d.head("days", "count", "mean_move", "error", "closed_below"),
	}
	for _, x := range g.Groups {
		t.Rows = append(t.Rows, []cell{
			{Text: d.w.In("news_group", x.Key)},
			number(d.w.Number(float64(x.N), 0)), number(d.w.SignedPercent(x.Mean, 2)),
			number(d.w.Percent(x.Error, 2)), number(d.w.Percent(x.Sold, 0)),
		})
	}
	return t
}

func (d *document) foretold(all []faultline.Foretold) table {
	t := table{Title: d.w.Label("ui.foretold"), Head: d.head("variable", "kind", "r2_out", "chance", "months", "remark")}
	for _, x := range all {
		row := []cell{{Text: d.w.In("foretell", x.Key)}, {Text: d.w.In("foretell_kind", x.Kind)}, {}, {}, {}, {}}
		if x.Absent != nil {
			row[5] = cell{Text: d.w.Absent(x.Absent), Absent: true}
		} else {
			row[2], row[3], row[4] = number(d.w.SignedPercent(*x.R2, 1)), number(d.w.Number(*x.P, 2)), number(d.w.Number(float64(x.N), 0))
			row[5] = plain(d.w.Label(significance(*x.P)))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// places are the decimals of a number without a unit: more for a small one.
func places(v float64) int {
	switch {
	case v > -0.01 && v < 0.01:
		return 6
	case v > -1 && v < 1:
		return 3
	}
	return 2
}
