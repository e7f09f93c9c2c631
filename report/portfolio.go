package report

import (
	"io"

	"faultline"
	"faultline/evidence"
	"faultline/words"
)

// Portfolio writes what a portfolio gains and loses.
func Portfolio(w io.Writer, a *faultline.Analysis, say *words.Words, width int, colour bool) error {
	return terminal(w, a, say, width, colour, func(s *screen) { s.sections("portfolio") })
}

// portfolio is the section of a user's positions.
func (d *document) portfolio() section {
	s := section{ID: "portfolio", Title: d.w.Label("ui.portfolio")}
	x := d.a.Portfolio
	if x == nil {
		return s
	}
	s.Lead = d.w.Text("ui.portfolio_lead", evidence.Args{
		"file": x.File, "positions": len(x.Lines), "paths": x.Paths, "sessions": x.Sessions, "from": x.From, "to": x.To,
	})
	s.Facts = []fact{
		{d.w.Label("ui.portfolio_value"), d.figure(x.Value, true)},
		{d.w.Label("ui.portfolio_gross"), d.figure(x.Gross, false)},
		{d.w.Label("ui.portfolio_delta"), d.figure(x.Delta, true)},
	}
	s.Tables = append(s.Tables, d.tails(x))
	if len(x.Shocks) > 0 {
		s.Tables = append(s.Tables, d.owned(x))
	}
	if len(x.Limits) > 0 {
		s.Tables = append(s.Tables, d.portfolioLimits(x))
	}
	if x.Hedge != nil {
		tables, notes := d.hedgePlan(x.Hedge)
		s.Tables, s.Notes = append(s.Tables, tables...), append(s.Notes, notes...)
	}
	if len(x.Exit) > 0 {
		s.Tables = append(s.Tables, d.exit(x))
	}
	s.Tables = append(s.Tables, d.holdings(x))
	if v := x.Vol; v != nil {
		s.Notes = append(s.Notes, d.w.Text("ui.portfolio_vol", evidence.Args{
			"beta": d.w.Number(v.Beta, 1), "sudden": d.w.Number(v.Sudden, 1), "r2": d.w.Percent(v.R2, 0),
		}))
	}
	for _, c := range x.Caveats {
		s.Notes = append(s.Notes, d.w.Say(c))
	}
	return s
}

// weights is the name of a set of probabilities.
func (d *document) weights(name string) string {
	if d.w.Has("portfolio_weights." + name) {
		return d.w.In("portfolio_weights", name)
	}
	return d.w.Text("ui.portfolio_scenario", evidence.Args{"name": words.Clean(name)})
}

func (d *document) dollars(v float64) cell { return number(d.w.SignedValue(v, evidence.USD)) }

// tails is the table of profit and loss under each set of probabilities.
func (d *document) tails(x *faultline.PortfolioRisk) table {
	t := table{
		Title: d.w.Text("ui.portfolio_tails", evidence.Args{"level": d.w.Percent(x.Level, 0)}),
		Head:  d.head("weights", "probability", "mean_pnl", "var", "cvar", "effective_paths", "remark"),
	}
	for _, y := range x.Tails {
		row := []cell{{Text: d.weights(y.Name)}, {}, {}, {}, {}, {}, {}}
		if y.Probability != nil {
			row[1] = number(d.w.Percent(*y.Probability, 0))
		}
		if y.Absent != nil {
			row[6] = cell{Text: d.w.Absent(y.Absent), Absent: true}
		} else {
			row[2], row[3], row[4] = d.figure(*y.Mean, true), d.figure(*y.VaR, false), d.figure(*y.CVaR, false)
		}
		if y.Effective != nil {
			row[5] = number(d.w.Number(*y.Effective, 0))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// owned is the table of sudden moves.
func (d *document) owned(x *faultline.PortfolioRisk) table {
	t := table{Title: d.w.Label("ui.portfolio_shocks"), Head: d.head("shock", "index_move", "vol_ratio", "pnl")}
	for _, y := range x.Shocks {
		name := y.Name
		if d.w.Has("portfolio_shock." + name) {
			name = d.w.In("portfolio_shock", name)
		} else {
			name = d.w.In("shock", name)
		}
		t.Rows = append(t.Rows, []cell{{Text: name}, number(d.w.SignedPercent(y.Move, 1)), number(d.w.Number(y.Vol, 2)), d.figure(y.PnL, true)})
	}
	return t
}

// portfolioLimits is the table of the user's limits.
func (d *document) portfolioLimits(x *faultline.PortfolioRisk) table {
	t := table{Title: d.w.Label("ui.portfolio_limits"), Head: d.head("limit", "nearest", "limit_is", "value", "remark")}
	for _, y := range x.Limits {
		of := y.Of
		switch {
		case d.w.Has("portfolio_shock." + of):
			of = d.w.In("portfolio_shock", of)
		case d.w.Has("shock." + of):
			of = d.w.In("shock", of)
		case y.Name != "line":
			of = d.weights(of)
		}
		verdict := cell{Text: d.w.Label("ui.limit_holds")}
		if y.Breached {
			verdict = cell{Text: d.w.Label("ui.limit_breached"), Strong: true}
		}
		t.Rows = append(t.Rows, []cell{{Text: d.w.In("portfolio_limit", y.Name)}, plain(of), number(d.w.Value(y.Limit, evidence.USD)), number(d.w.Value(y.Value, evidence.USD)), verdict})
	}
	return t
}

// hedgePlan is what the search for a hedge found.
func (d *document) hedgePlan(h *faultline.PortfolioHedge) (tables []table, notes []string) {
	bought := table{Title: d.w.Text("ui.portfolio_hedge", evidence.Args{"bound": d.w.Value(h.Bound, evidence.USD)}), Head: d.head("instrument", "units", "price", "outlay")}
	if h.Absent != nil {
		bought.Head, bought.Rows = d.head("remark"), [][]cell{{{Text: d.w.Absent(h.Absent), Absent: true}}}
		tables = append(tables, bought)
	} else {
		for _, u := range h.Units {
			bought.Rows = append(bought.Rows, []cell{
				{Text: d.hedgeName(u.Name)},
				number(d.w.Number(u.Units, 2)), number(d.w.Value(u.Price, evidence.USD)), d.dollars(u.Outlay),
			})
		}
		if len(h.Units) == 0 {
			return nil, []string{d.w.Label("ui.hedge_not_needed")}
		}
		tables = append(tables, bought)
		effects := table{Title: d.w.Label("ui.portfolio_gives_up"), Head: d.head("weights", "mean_before", "mean_after")}
		for _, e := range h.Effects {
			effects.Rows = append(effects.Rows, []cell{{Text: d.weights(e.Name)}, d.dollars(e.Before), d.dollars(e.After)})
		}
		tables = append(tables, effects)
		for _, b := range h.Scenarios {
			notes = append(notes, d.w.Text("ui.hedge_holds", evidence.Args{
				"weights": d.weights(b.Name), "before": d.w.Value(b.Before, evidence.USD), "after": d.w.Value(b.After, evidence.USD),
			}))
		}
		notes = append(notes, d.w.Text("ui.hedge_cost", evidence.Args{
			"cost": d.w.Value(h.Cost, evidence.USD), "outlay": d.w.Value(h.Outlay, evidence.USD), "offered": h.Offered,
		}))
	}
	if len(h.Lacks) > 0 {
		list := ""
		for i, n := range h.Lacks {
			if i > 0 {
				list += d.w.Label("ui.comma")
			}
			list += d.hedgeName(n)
		}
		notes = append(notes, d.w.Text("ui.hedge_lacks", evidence.Args{"list": list}))
	}
	return tables, notes
}

func (d *document) hedgeName(name string) string {
	if d.w.Has("hedge." + name) {
		return d.w.In("hedge", name)
	}
	return d.instrument(name)
}

// exit is what leaving costs beside the forced flow.
func (d *document) exit(x *faultline.PortfolioRisk) table {
	t := table{Title: d.w.Text("ui.portfolio_exit", evidence.Args{"own": d.w.SignedValue(x.Exit[0].Own, evidence.USD)}), Head: d.head("law", "index_move", "forced", "cost_alone", "cost_among")}
	for _, y := range x.Exit {
		t.Rows = append(t.Rows, []cell{
			{Text: d.w.In("law", y.Law)},
			number(d.w.SignedPercent(y.Move, 0)), d.dollars(y.Forced), number(d.w.Value(y.Alone, evidence.USD)), d.dollars(y.Among),
		})
	}
	return t
}

// holdings is the table of positions with what each adds to the tail.
func (d *document) holdings(x *faultline.PortfolioRisk) table {
	const most = 50 // a page is read, a list of ten thousand is exported
	t := table{Title: d.w.Label("ui.portfolio_lines"), Head: d.head("line", "instrument", "quantity", "value", "delta_usd", "adds_cvar"), Folded: len(x.Lines) > 15}
	for _, l := range x.Lines[:min(most, len(x.Lines))] {
		name := words.Clean(l.Symbol)
		if l.Expiry != "" {
			name += " " + l.Expiry + " " + d.w.Number(l.Strike, 0) + " " + d.w.In("right", l.Right)
		}
		t.Rows = append(t.Rows, []cell{
			number(d.w.Number(float64(l.Line), 0)),
			{Text: name},
			number(d.w.Number(l.Quantity, 2)), d.dollars(l.Value), d.dollars(l.Delta), d.dollars(l.CVaR),
		})
	}
	if len(x.Lines) > most {
		t.Title += " " + d.thinned(most, len(x.Lines))
	}
	return t
}
