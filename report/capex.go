package report

import (
	"io"
	"strconv"
	"time"

	"faultline"
	"faultline/evidence"
	"faultline/words"
)

// Capex writes the trade in artificial intelligence.
func Capex(w io.Writer, a *faultline.Analysis, say *words.Words, width int, colour bool) error {
	return terminal(w, a, say, width, colour, func(s *screen) { s.sections("capex") })
}

func (d *document) capex() section {
	s := section{ID: "capex", Title: d.w.Label("capex.title")}
	x := d.a.Capex
	if x == nil {
		return s
	}
	s.Lead = d.w.Label("capex.lead")
	if c := d.substitution(); c.Wide != "" {
		s.Charts = append(s.Charts, c)
	}
	s.Tables = append(s.Tables, d.buyers(x), d.needed(x), d.changes(x))
	for _, t := range []table{d.events(x), d.leans(x), d.exposures(x), d.tilts(x), d.filings(x)} {
		if len(t.Rows) > 0 {
			s.Tables = append(s.Tables, t)
		}
	}
	n := len(x.HHI) - 1
	s.Notes = append(s.Notes, d.w.Text("capex.concentration", evidence.Args{
		"first": d.w.Number(x.HHI[0].Value, 2), "last": d.ranged(x.HHI[n], func(v float64) string { return d.w.Number(v, 2) }), "won": x.OneOrTwo, "year": strconv.Itoa(x.Years[len(x.Years)-1]),
	}))
	if p := x.Portfolio; p != nil {
		s.Notes = append(s.Notes, d.w.Text("capex.window", evidence.Args{"from": d.w.DateOf(p.From), "to": d.w.DateOf(p.To)}))
		for _, left := range p.Left {
			s.Notes = append(s.Notes, d.w.Absent(left))
		}
	}
	for _, c := range x.Caveats {
		s.Notes = append(s.Notes, d.w.Sentence(d.w.Say(c)))
	}
	for _, m := range x.Missing {
		s.Notes = append(s.Notes, d.w.In("part", m.Part)+d.w.Label("ui.colon")+d.w.Absent(m.Absent))
	}
	return s
}

// ranged writes a value with its band.
func (d *document) ranged(b faultline.Bounded, write func(float64) string) string {
	return d.w.Text("ui.value_with_band", evidence.Args{"value": write(b.Value), "low": write(b.Low), "high": write(b.High)})
}

func (d *document) amounts(b faultline.Bounded) cell {
	return d.graded(number(d.ranged(b, func(v float64) string { return d.w.Amount(v, 3) })), d.a.Capex.Grade, "", d.a.Capex.Node)
}

func (d *document) shares(b faultline.Bounded) cell {
	return d.graded(number(d.ranged(b, func(v float64) string { return d.w.Percent(v, 0) })), d.a.Capex.Grade, "", d.a.Capex.Node)
}

func (d *document) signedShares(b faultline.Bounded) cell {
	return d.graded(number(d.ranged(b, func(v float64) string { return d.w.SignedPercent(v, 0) })), d.a.Capex.Grade, "", d.a.Capex.Node)
}

func (d *document) buyers(x *faultline.Capex) table {
	t := table{Title: d.w.Label("capex.buyers"), Head: d.head("company", "own_now", "own_last", "from_nvidia"), Cards: true}
	for _, b := range x.Buyers {
		t.Rows = append(t.Rows, []cell{{Text: d.instrument(b.Ticker), Keep: true}, d.shares(b.OwnNow), d.shares(b.Own), d.shares(b.Nvidia)})
	}
	return t
}

func (d *document) needed(x *faultline.Capex) table {
	t := table{Title: d.w.Label("capex.needed"), Head: d.head("company", "plan", "needed", "revenue_gap"), Cards: true}
	for _, b := range x.Buyers {
		t.Rows = append(t.Rows, []cell{{Text: d.instrument(b.Ticker), Keep: true}, d.amounts(b.Plan), d.amounts(b.Needed), d.amounts(b.Gap)})
	}
	return t
}

func (d *document) changes(x *faultline.Capex) table {
	t := table{
		Title: d.w.Text("capex.changes", evidence.Args{"year": strconv.Itoa(x.Years[len(x.Years)-1]), "draws": x.Draws}),
		Head:  d.head("case", "company", "revenue", "margin", "earnings"), Cards: true,
	}
	for _, group := range []struct {
		code string
		list []faultline.CapexChange
	}{{"substitution", x.Substitution}, {"cut", x.Cut}, {"both", x.Both}} {
		for _, c := range group.list {
			t.Rows = append(t.Rows, []cell{
				{Text: d.w.In("capex_case", group.code)},
				{Text: d.instrument(c.Ticker), Keep: true},
				d.signedShares(c.Revenue),
				number(d.ranged(c.Margin, func(v float64) string { return d.w.Signed(100*v, 1) })),
				d.signedShares(c.Earnings),
			})
		}
	}
	return t
}

func (d *document) events(x *faultline.Capex) table {
	t := table{Title: d.w.Label("capex.events"), Head: d.head("asset", "beta", "date", "return", "abnormal", "std_error")}
	for _, e := range x.Events {
		for i, day := range e.Date {
			name, beta := "", cell{}
			if i == 0 {
				name, beta = words.Clean(e.Instrument), number(d.w.Number(e.Beta, 2))
			}
			t.Rows = append(t.Rows, []cell{
				{Text: name, Keep: true},
				beta,
				{Text: d.w.DateOf(day), Keep: true},
				number(d.w.SignedPercent(e.Return[i], 1)),
				number(d.w.SignedPercent(e.Abnormal[i], 1)), number(d.w.Percent(e.Error[i], 1)),
			})
		}
		total := number(d.w.SignedPercent(e.Total, 1))
		total.Strong = true
		t.Rows = append(t.Rows, []cell{{}, {}, {Text: d.w.Label("capex.sum")}, {}, total, number(d.w.Percent(e.TotalError, 1))})
	}
	return t
}

func (d *document) leans(x *faultline.Capex) table {
	t := table{Title: d.w.Label("capex.leans"), Head: d.head("advice", "instead", "five_years_before", "since_then"), Cards: true}
	measured := func(r *faultline.ActionRecord) cell {
		if r == nil || r.Value == nil {
			return cell{}
		}
		c := number(d.w.SignedPercent(*r.Value, 1) + " ± " + d.w.Percent(*r.Error, 1))
		c.Title = "n = " + d.w.Number(float64(r.N), 0)
		return c
	}
	for _, l := range x.Leans {
		before := measured(l.Before)
		if l.Absent != nil {
			before = cell{Text: d.w.Absent(l.Absent), Absent: true}
		}
		t.Rows = append(t.Rows, []cell{{Text: d.w.In("lean", l.Code)}, {Text: words.Clean(l.Long + " − " + l.Short), Keep: true}, before, measured(l.After)})
	}
	return t
}

func (d *document) exposures(x *faultline.Capex) table {
	p := x.Portfolio
	if p == nil {
		return table{}
	}
	t := table{Title: d.w.Text("capex.portfolio", evidence.Args{"value": p.Value}), Head: d.head("asset", "value_held", "market_beta", "hardware_beta", "data_beta", "r2")}
	with := func(v, e float64) cell { return number(d.w.Number(v, 2) + " ± " + d.w.Number(e, 2)) }
	for _, h := range p.Holdings {
		t.Rows = append(t.Rows, []cell{
			{Text: d.instrument(h.Ticker), Keep: true},
			number(d.w.Amount(h.USD, 3)), number(d.w.Number(h.Market, 2)),
			with(h.Hardware, h.HardwareError), with(h.Data, h.DataError), number(d.w.Number(h.R2, 2)),
		})
	}
	dollars := func(e faultline.CapexExposure) cell {
		return number(d.w.SignedAmount(e.USD, 3) + " ± " + d.w.Amount(e.Error, 2))
	}
	t.Rows = append(t.Rows, []cell{{Text: d.w.Label("capex.total"), Strong: true}, number(d.w.Amount(p.Value, 3)), dollars(p.Market), dollars(p.Hardware), dollars(p.Data), {}})
	return t
}

func (d *document) tilts(x *faultline.Capex) table {
	if x.Portfolio == nil {
		return table{}
	}
	t := table{Title: d.w.Label("capex.tilts"), Head: d.head("reduced_by", "trades", "hardware_left", "data_left", "tracking_error"), Cards: true}
	for _, tilt := range x.Portfolio.Tilts {
		trades := ""
		for i, ticker := range tilt.Ticker {
			if i > 0 {
				trades += d.w.Label("ui.semicolon")
			}
			trades += words.Clean(ticker) + " " + d.w.SignedAmount(tilt.Trade[i], 3)
		}
		t.Rows = append(t.Rows, []cell{
			number(d.w.Percent(tilt.Reduced, 0)), {Text: trades}, number(d.w.SignedAmount(tilt.Hardware, 3)), number(d.w.SignedAmount(tilt.Data, 3)), number(d.w.Percent(tilt.TrackingError, 1)),
		})
	}
	return t
}

func (d *document) filings(x *faultline.Capex) table {
	t := table{Title: d.w.Label("capex.filings"), Head: d.head("company", "quarter", "spent", "last_four", "not_undone"), Cards: true}
	for _, h := range x.History {
		row := []cell{{Text: d.instrument(h.Ticker), Keep: true}, {}, {}, {}, {}}
		if n := len(h.USD); n > 0 {
			row[1], row[2] = cell{Text: quarterOf(h.Quarter[n-1]), Keep: true}, number(d.w.Amount(h.USD[n-1], 3))
		}
		if h.LastYear != nil {
			row[3] = number(d.w.Amount(*h.LastYear, 3))
		}
		row[4] = number(d.w.Number(float64(len(h.Lacks)), 0))
		if h.Absent != nil {
			row[1] = cell{Text: d.w.Absent(h.Absent), Absent: true}
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// quarterOf names the quarter that begins on a day, as 2025 Q4.
func quarterOf(day string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return words.Clean(day)
	}
	return strconv.Itoa(t.Year()) + " Q" + strconv.Itoa((int(t.Month())+2)/3)
}
