package report

import (
	"math"
	"strings"

	"faultline"
	"faultline/evidence"
)

// day is what dealers do until the close: the map of the rest of the session.
func (d *document) day() section {
	s := section{ID: "day", Title: d.w.Label("ui.day")}
	if d.a.Exposure == nil {
		return s
	}
	if s.Charts = d.mapCharts(); len(s.Charts) > 0 {
		s.Lead = d.w.Label("ui.day_lead")
	}
	return s
}

// event is what dealers must trade when implied volatility falls and the price does not move.
func (d *document) event() section {
	s := section{ID: "event", Title: d.w.Label("ui.event")}
	if d.a.Exposure == nil || d.a.Exposure.Event == nil {
		return s
	}
	e := d.a.Exposure.Event
	s.Lead = d.w.Text("ui.event_lead", evidence.Args{"points": d.w.General(e.Points)})
	banded := func(f evidence.Figure) cell {
		c := d.figure(f, true)
		if band := d.band(f.Low, f.High, f.Unit); band != "" {
			c.Text += " (" + band + ")"
		}
		return c
	}
	s.Facts = []fact{
		{d.w.Label("ui.event_vanna"), banded(e.Vanna)},
		{d.w.Label("ui.event_charm"), banded(e.Charm)},
		{d.w.Label("ui.event_both"), banded(e.Both)},
	}
	if e.Absent != nil {
		s.Facts = append(s.Facts, fact{d.w.Label("ui.event_balance"), cell{Text: d.w.Absent(e.Absent), Absent: true}})
	}
	if len(e.Balance) > 0 {
		t := table{Title: d.w.Label("ui.event_balance"), Head: d.head("price", "band", "half_way", "meaning")}
		for _, b := range e.Balance {
			meaning := "ui.balance_sells"
			if b.Between > 0 {
				meaning = "ui.balance_buys"
			}
			t.Rows = append(t.Rows, []cell{
				d.graded(number(d.w.Price(b.Price)), d.a.Exposure.Grade, "", e.Node),
				number(d.band(b.Low, b.High, evidence.Points)), d.graded(number(d.w.SignedAmount(b.Between, 3)), d.a.Exposure.Grade, "", e.Node),
				{Text: d.w.Label(meaning)},
			})
		}
		s.Tables = []table{t}
	}
	if e.Floored > 0 {
		s.Notes = []string{d.w.Text("ui.event_floored", evidence.Args{"count": e.Floored})}
	}
	return s
}

// today is the part of the contracts that settle in this session, and what the day's volume changes.
func (d *document) today() section {
	s := section{ID: "today", Title: d.w.Label("ui.today")}
	if d.a.Exposure == nil || len(d.a.Exposure.Today) == 0 {
		return s
	}
	s.Lead = d.w.Label("ui.today_lead")
	share := func(f evidence.Figure) cell {
		c := d.figure(f, false)
		if f.Value != nil {
			c.Text = d.w.Percent(*f.Value, 1)
		}
		return c
	}
	t := table{Title: d.w.Label("ui.today_share"), Head: d.head("as_of", "share", "share_volume", "share_open")}
	for _, x := range d.a.Exposure.Today {
		t.Rows = append(t.Rows, []cell{{Text: d.clock(x.At), Keep: true}, share(x.Gamma), share(x.Volume), share(x.OpenInterest)})
	}
	s.Tables = []table{t}
	v := d.a.Exposure.Adjusted
	switch {
	case v == nil:
	case v.Absent != nil:
		s.Facts = []fact{{d.w.Label("ui.adjusted"), cell{Text: d.w.Absent(v.Absent), Absent: true}}}
	default:
		t := table{Title: d.w.Label("ui.adjusted"), Head: d.head("what_is", "last_night", "with_volume", "band", "grade")}
		e := d.a.Exposure
		t.Rows = append(t.Rows, []cell{
			{Text: d.w.Label("ui.gex_total")}, d.figure(e.GEX.Total, true), d.figure(*v.GEX, true), number(d.band(v.GEX.Low, v.GEX.High, v.GEX.Unit)), d.grade(v.Grade),
		})
		night := cell{}
		if len(e.GEX.ByBucket) > 0 {
			night = d.graded(number(d.w.SignedValue(e.GEX.ByBucket[0].Value, e.GEX.Unit)), e.Grade, "", e.Node)
		}
		t.Rows = append(t.Rows, []cell{
			{Text: d.w.Label("ui.gex_today")}, night, d.figure(*v.Today, true), number(d.band(v.Today.Low, v.Today.High, v.Today.Unit)), d.grade(v.Grade),
		})
		for _, l := range v.Levels {
			t.Rows = append(t.Rows, []cell{
				{Text: d.w.In("level", string(l.Kind))}, d.sameLevel(l), d.levelPrice(l), d.levelBand(l), d.grade(l.Grade),
			})
		}
		s.Tables = append(s.Tables, t)
		for _, c := range v.Caveats {
			s.Notes = append(s.Notes, d.w.Sentence(d.w.Say(c)))
		}
	}
	return s
}

// levelPrice is a level's price, or why there is none.
func (d *document) levelPrice(l faultline.Level) cell {
	if l.Absent != nil {
		return d.graded(cell{Text: d.w.Absent(l.Absent), Absent: true}, l.Grade, l.ID, l.Node)
	}
	return d.graded(number(d.w.Price(*l.Price)), l.Grade, l.ID, l.Node)
}

// sameLevel is the level of the main analysis that stands beside one of a variant: the nearest of its kind.
func (d *document) sameLevel(l faultline.Level) cell {
	best := -1
	for i, x := range d.a.Levels {
		if x.Kind != l.Kind || x.Instrument != l.Instrument {
			continue
		}
		if best < 0 || l.Price != nil && x.Price != nil && math.Abs(*x.Price-*l.Price) < math.Abs(*d.a.Levels[best].Price-*l.Price) {
			best = i
		}
	}
	if best < 0 {
		return cell{}
	}
	return d.levelPrice(d.a.Levels[best])
}

// squeeze is the loop that call buying sets off in a single stock.
func (d *document) squeeze() section {
	s := section{ID: "squeeze", Title: d.w.Label("ui.squeeze")}
	if d.a.Exposure == nil || d.a.Exposure.Squeeze == nil {
		return s
	}
	q := d.a.Exposure.Squeeze
	s.Lead = d.w.Text("ui.squeeze_lead", evidence.Args{"instrument": d.instrument(d.a.Underlying)})
	gain := d.figure(q.Gain, false)
	if q.Gain.Value != nil {
		gain.Text = d.w.Number(*q.Gain.Value, 3)
	}
	s.Facts = []fact{
		{d.w.Label("ui.squeeze_gain"), gain},
		{d.w.Label("ui.squeeze_runaway"), d.figure(q.Runaway, false)},
		{d.w.Label("ui.squeeze_depth"), d.figure(q.Depth, false)},
		{d.w.Label("ui.squeeze_volume"), d.figure(q.Volume, false)},
		{d.w.Label("ui.squeeze_calls"), d.figure(q.CallVolume, false)},
		{d.w.Label("ui.squeeze_bought"), d.figure(q.Bought, false)},
	}
	t := table{Title: d.w.Label("ui.squeeze_rise"), Head: d.head("move", "flow", "band", "share_day")}
	for i, m := range q.Rise.Move {
		row := []cell{number(d.w.SignedPercent(m, 0)), d.graded(number(d.w.SignedAmount(q.Rise.USD[i], 3)), d.a.Exposure.Grade, "", q.Node), number(""), number("")}
		if len(q.Rise.Low) == len(q.Rise.Move) {
			row[2] = number(d.w.Band(q.Rise.Low[i], q.Rise.High[i], evidence.USD))
		}
		if len(q.Rise.Share) == len(q.Rise.Move) {
			row[3] = number(d.w.Percent(q.Rise.Share[i], 1))
		}
		t.Rows = append(t.Rows, row)
	}
	s.Tables = []table{t}
	for _, n := range d.a.Nodes {
		if n.ID == q.Node {
			for _, c := range n.Caveats {
				s.Notes = append(s.Notes, d.w.Sentence(d.w.Say(c)))
			}
		}
	}
	return s
}

// terms are the levels in the terms of a future and a fund.
func (d *document) terms() table {
	t := table{Title: d.w.Label("ui.terms"), Head: append(d.head("level"), d.instrument(d.a.Underlying))}
	var shown []faultline.Terms
	for _, x := range d.a.Terms {
		if x.Absent == nil {
			shown = append(shown, x)
			t.Head = append(t.Head, x.Instrument)
		}
	}
	if len(shown) == 0 {
		return table{}
	}
	for _, l := range byPrice(d.a.Levels) {
		if l.Price == nil || l.Instrument != d.a.Underlying {
			continue
		}
		row := []cell{{Text: d.w.In("level", string(l.Kind)), Keep: true}, d.graded(number(d.w.Price(*l.Price)), l.Grade, "", l.Node)}
		there := false
		for _, x := range shown {
			c := number("")
			for _, v := range x.Levels {
				if v.ID == l.ID {
					c, there = d.graded(number(d.w.Price(v.Price)), l.Grade, "", x.Node), true
				}
			}
			row = append(row, c)
		}
		if there {
			t.Rows = append(t.Rows, row)
		}
	}
	return t
}

// termNotes say what the basis is and where it is from, or why a level has no terms of an instrument.
func (d *document) termNotes() (notes []string) {
	for _, x := range d.a.Terms {
		if x.Absent != nil {
			notes = append(notes, d.w.Text("ui.terms_absent", evidence.Args{"instrument": x.Instrument, "reason": d.w.Absent(x.Absent)}))
			continue
		}
		args := evidence.Args{"instrument": x.Instrument, "points": d.w.Signed(*x.Basis.Value, 2), "expiry": ""}
		key := "ui.basis_quoted"
		if x.From == "forward" {
			key = "ui.basis_forward"
			args["expiry"] = d.w.DateOf(x.Expiry)
		}
		notes = append(notes, d.w.Text(key, args))
	}
	return notes
}

// unplaced counts the rows of the user's own table that count for nothing, by reason.
func (d *document) unplaced() (notes []string) {
	by := map[string]int{}
	for _, x := range d.a.Exposure.Unplaced {
		by[x.Reason.Code]++
	}
	for _, code := range inOrder(by, nil) {
		for _, x := range d.a.Exposure.Unplaced {
			if x.Reason.Code == code {
				notes = append(notes, d.w.Text("ui.unplaced", evidence.Args{"count": by[code], "row": x.Row, "reason": d.w.Say(x.Reason)}))
				break
			}
		}
	}
	return notes
}

// exposureNotes say how exposures are to be read; what holds of several is said once.
func (d *document) exposureNotes() (notes []string) {
	var ends []string
	for _, c := range d.a.Exposure.Notes {
		if name, ok := c.Args["exposure"].(string); ok && c.Code == "value_at_end_of_band" {
			ends = append(ends, d.w.In("exposure", name))
			continue
		}
		notes = append(notes, d.w.Sentence(d.w.Say(c)))
	}
	if len(ends) > 0 {
		notes = append(notes, d.w.Sentence(d.w.Text("ui.ends_of_band", evidence.Args{"exposures": strings.Join(ends, d.w.Label("ui.comma"))})))
	}
	return notes
}
