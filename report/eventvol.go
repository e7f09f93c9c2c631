package report

import (
	"io"

	"faultline"
	"faultline/evidence"
	"faultline/words"
)

// EventVol writes what the coming events are priced at.
func EventVol(w io.Writer, a *faultline.Analysis, say *words.Words, width int, colour bool) error {
	return terminal(w, a, say, width, colour, func(s *screen) { s.sections("eventvol") })
}

// eventKind is the name of an event: of a release, a decision, or as the user gave it.
func (d *document) eventKind(kind string) string {
	if d.w.Has("event_kind." + kind) {
		return d.w.In("event_kind", kind)
	}
	return words.Clean(kind)
}

// eventVol is the section of what events are priced at.
func (d *document) eventVol() section {
	s := section{ID: "eventvol", Title: d.w.Label("ui.eventvol")}
	x := d.a.EventVol
	if x == nil {
		return s
	}
	s.Lead = d.w.Text("ui.eventvol_lead", evidence.Args{"instrument": d.instrument(x.Underlying), "error": d.w.Percent(x.RMS, 2)})
	s.Facts = []fact{
		{d.w.Label("ui.ordinary_now"), d.figure(x.Short, false)},
		{d.w.Label("ui.ordinary_far"), d.figure(x.Long, false)},
	}
	if c := d.eventVariance(); c.Wide != "" {
		s.Charts = append(s.Charts, c)
	}
	if len(x.Events) > 0 {
		s.Tables = append(s.Tables, d.pricedEvents(x), d.straddles(x))
	}
	if len(x.Record) > 0 {
		s.Tables = append(s.Tables, d.eventRecord(x.Record))
		s.Notes = append(s.Notes, d.w.Label("ui.event_record_note"))
	}
	for _, c := range x.Caveats {
		s.Notes = append(s.Notes, d.w.Say(c))
	}
	return s
}

// moveBand is the band of a move, which has no sign.
func (d *document) moveBand(f evidence.Figure) cell {
	if f.Low == nil || f.High == nil {
		return cell{}
	}
	return number(d.w.Percent(*f.Low, 1) + " … " + d.w.Percent(*f.High, 1))
}

// names joins events with their days.
func (d *document) eventNames(list []faultline.EventName) string {
	out := ""
	for i, e := range list {
		if i > 0 {
			out += d.w.Label("ui.comma")
		}
		out += d.eventKind(e.Kind) + " " + d.w.Date(e.At)
	}
	return out
}

func (d *document) pricedEvents(x *faultline.EventVol) table {
	t := table{Title: d.w.Label("ui.priced_events"), Head: d.head("event", "expiry", "one_deviation", "band", "straddle_costs")}
	for _, e := range x.Events {
		t.Rows = append(t.Rows, []cell{
			{Text: d.eventNames(e.Events)},
			{Text: d.w.DateOf(e.Expiry) + " " + words.Clean(e.Root), Keep: true},
			d.figure(e.Move, false), d.moveBand(e.Move), d.figure(e.Straddle, false),
		})
	}
	return t
}

func (d *document) straddles(x *faultline.EventVol) table {
	t := table{Title: d.w.Label("ui.event_straddles"), Head: d.head("event", "expiry", "strike", "ask", "break_even", "carry", "event_share", "profitable", "straddle_result", "count")}
	for _, e := range x.Events {
		for i, y := range e.Straddles {
			row := []cell{
				{},
				{Text: d.w.DateOf(y.Expiry) + " " + words.Clean(y.Root), Keep: true, Strong: e.Best != nil && *e.Best == y.Expiry+" "+y.Root},
				number(d.w.Price(y.Strike)), number(d.w.Price(y.Ask)), number(d.w.Price(y.Low) + " … " + d.w.Price(y.High)),
				number(d.w.Price(y.Carry)), number(d.w.Percent(y.Share, 0)),
				{},
				{},
				number(d.w.Number(float64(y.N), 0)),
			}
			if i == 0 {
				row[0].Text = d.eventNames(e.Events)
			}
			if y.Profitable != nil && y.ProfitSE != nil {
				row[7] = number(d.w.Percent(*y.Profitable, 0) + " ± " + d.w.Percent(*y.ProfitSE, 0))
			}
			if y.Result != nil && y.ResultSE != nil {
				row[8] = number(d.w.SignedPercent(*y.Result, 0) + " ± " + d.w.Percent(*y.ResultSE, 0))
			}
			t.Rows = append(t.Rows, row)
		}
	}
	return t
}

func (d *document) eventRecord(list []faultline.StraddleRecord) table {
	t := table{Title: d.w.Label("ui.event_record"), Head: d.head("event", "count", "straddle_result", "band", "variance_ratio", "won")}
	for _, r := range list {
		t.Rows = append(t.Rows, []cell{
			{Text: d.eventKind(r.Kind)},
			number(d.w.Number(float64(r.Result.N), 0)), number(d.w.SignedPercent(r.Result.Value, 1)), number(d.w.Band(r.Result.Low, r.Result.High, evidence.Ratio)),
			number(d.w.Number(r.Variance.Value, 2)), number(d.w.Percent(r.Won, 0)),
		})
	}
	return t
}
