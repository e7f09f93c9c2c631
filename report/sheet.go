package report

import (
	"bytes"
	"fmt"
	"io"
	"slices"

	"faultline"
	"faultline/evidence"
	"faultline/words"
)

// SheetHTML writes the level sheet as a page that prints on one sheet of A4.
func SheetHTML(w io.Writer, s *faultline.Sheet, say *words.Words) error {
	d, err := composeSheet(s, say)
	if err != nil {
		return err
	}
	return page(w, d)
}

// SheetMarkdown writes the level sheet as Markdown.
func SheetMarkdown(w io.Writer, s *faultline.Sheet, say *words.Words) error {
	d, err := composeSheet(s, say)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	d.markdown(&b)
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write Markdown: %w", err)
	}
	return nil
}

// Sheet writes the level sheet to the terminal.
func Sheet(w io.Writer, s *faultline.Sheet, say *words.Words, width int, colour bool) error {
	d, err := composeSheet(s, say)
	if err != nil {
		return err
	}
	return d.terminal(w, width, colour, func(s *screen) { s.sections("levels", "sheet_last", "sheet_record", "dealers", "caveats") })
}

// sheetMoves are the moves of the hedging table that fit one page.
var sheetMoves = []float64{-0.02, -0.01, -0.005, 0, 0.005, 0.01, 0.02}

// composeSheet builds the document of one page.
func composeSheet(s *faultline.Sheet, w *words.Words) (*document, error) {
	if err := check(s.Analysis); err != nil {
		return nil, err
	}
	a := s.Analysis
	d := &document{w: w, a: a, AsOf: w.At(a.AsOf), Class: "sheet"}
	d.Spot = d.figure(a.Spot, false)
	d.Facts = []fact{{w.Label("ui.run_id"), plain(a.RunID)}, {w.Label("ui.version"), plain(a.Version)}}
	if synthetic(a) {
		d.Synthetic = w.Label("ui.synthetic_notice")
	}
	d.Title = w.Text("ui.sheet_title", evidence.Args{"instrument": d.instrument(s.Analysis.Underlying)})
	if s.Session != "" {
		d.Title = w.Text("ui.sheet_title_for", evidence.Args{"instrument": d.instrument(s.Analysis.Underlying), "date": d.w.DateOf(s.Session)})
	}
	levels := section{ID: "levels", Title: w.Label("ui.levels"), Tables: []table{d.sheetLevels()}, Notes: d.termNotes()}
	d.Sections = []section{levels, d.sheetLast(s), d.sheetRecord(s), d.sheetDealers(), d.caveats()}
	d.tidy()
	return d, nil
}

// sheetLevels is one row a level, with its price in the terms of other instruments.
func (d *document) sheetLevels() table {
	t := table{Head: d.head("level", "price", "band")}
	var others []faultline.Terms
	for _, x := range d.a.Terms {
		if x.Absent == nil {
			others = append(others, x)
			t.Head = append(t.Head, x.Instrument)
		}
	}
	t.Head = append(t.Head, d.w.In("head", "reason"))
	below := d.a.Spot.Value == nil
	row := func(cells ...cell) { t.Rows = append(t.Rows, cells) }
	spot := func() {
		c := d.Spot
		c.Strong = true
		cells := []cell{{Text: d.w.Label("ui.spot"), Strong: true}, c, {}}
		for range others {
			cells = append(cells, cell{})
		}
		row(append(cells, cell{})...)
	}
	for _, l := range byPrice(d.a.Levels) {
		if l.Instrument != d.a.Underlying {
			continue
		}
		if !below && (l.Price == nil || *l.Price < *d.a.Spot.Value) {
			below = true
			spot()
		}
		cells := []cell{{Text: d.w.In("level", string(l.Kind)), Keep: true}}
		if l.Absent != nil {
			cells = append(cells, cell{Text: d.w.Label("ui.none"), Absent: true}, cell{})
		} else {
			cells = append(cells, d.levelPrice(l), number(d.band(l.Low, l.High, evidence.Points)))
		}
		for _, x := range others {
			i := slices.IndexFunc(x.Levels, func(v faultline.TermLevel) bool { return v.ID == l.ID })
			if i < 0 {
				cells = append(cells, cell{})
				continue
			}
			cells = append(cells, d.graded(number(d.w.Price(x.Levels[i].Price)), l.Grade, "", x.Node))
		}
		why := cell{}
		switch {
		case l.Absent != nil:
			why = cell{Text: d.w.Absent(l.Absent), Absent: true}
		case l.NoBand != nil:
			why = cell{Text: d.w.Absent(l.NoBand), Absent: true}
		}
		row(append(cells, why)...)
	}
	if !below {
		spot()
	}
	return t
}

// sheetLast is what became of the levels of the session before.
func (d *document) sheetLast(s *faultline.Sheet) section {
	out := section{ID: "sheet_last", Title: d.w.Label("ui.sheet_last")}
	x := s.Last
	if x == nil {
		if s.Absent != nil {
			out.Notes = []string{d.w.Sentence(d.w.Absent(s.Absent))}
		}
		return out
	}
	if x.Ago != 1 {
		out.Title = d.w.Text("ui.sheet_earlier", evidence.Args{"sessions": x.Ago})
	}
	out.Lead = d.w.Text("ui.sheet_last_lead", evidence.Args{
		"session": d.w.DateOf(x.Session), "made": d.clock(x.Made), "spot": d.w.Price(x.Spot),
		"open": d.w.Price(x.Open), "high": d.w.Price(x.High), "low": d.w.Price(x.Low), "close": d.w.Price(x.Close),
	})
	t := table{Head: d.head("level", "price", "outcome", "overshoot")}
	for _, o := range x.Levels {
		row := []cell{{Text: d.w.In("level", string(o.Kind)), Keep: true}, {}, {}, {}}
		if o.Absent != nil {
			row[2] = cell{Text: d.w.Absent(o.Absent), Absent: true}
			t.Rows = append(t.Rows, row)
			continue
		}
		row[1] = number(d.w.Price(*o.Price))
		row[2] = cell{Text: d.w.In("outcome", outcome(o))}
		if o.Gapped {
			row[2].Text += d.w.Label("ui.comma") + d.w.In("outcome", "gapped")
		}
		if o.Touched {
			row[3] = number(d.w.Number(o.Overshoot, 2))
		}
		t.Rows = append(t.Rows, row)
	}
	out.Tables = []table{t}
	if x.During {
		out.Notes = []string{d.w.Label("ui.sheet_during")}
	}
	return out
}

// outcome is the code of what became of a level.
func outcome(o faultline.LevelOutcome) string {
	switch {
	case o.Side == "at":
		return "at"
	case o.Held:
		return "held"
	case o.Beyond:
		return "beyond"
	}
	return "untouched"
}

// sheetRecord counts what became of the levels of the sessions before.
func (d *document) sheetRecord(s *faultline.Sheet) section {
	out := section{ID: "sheet_record", Title: d.w.Label("ui.sheet_record")}
	t := table{Head: d.head("level", "sessions", "touched", "held", "beyond")}
	for _, r := range s.Record {
		if r.Sessions == 0 {
			continue
		}
		n := func(v int) cell { return number(d.w.Number(float64(v), 0)) }
		t.Rows = append(t.Rows, []cell{{Text: d.w.In("level", string(r.Kind)), Keep: true}, n(r.Sessions), n(r.Touched), n(r.Held), n(r.Beyond)})
	}
	if len(t.Rows) > 0 {
		out.Tables, out.Notes = []table{t}, []string{d.w.Label("ui.sheet_placebo")}
	}
	return out
}

// sheetDealers is what dealers hold and must trade, in short.
func (d *document) sheetDealers() section {
	s := d.dealers()
	e := d.a.Exposure
	if e == nil {
		return s
	}
	s.Lead, s.Charts, s.Tables, s.Notes = "", nil, nil, nil
	s.Facts = slices.DeleteFunc(s.Facts, func(f fact) bool { return f.Name == d.w.Label("ui.contracts") || f.Name == d.w.Label("ui.dynamics") })
	if n := len(e.Today); n > 0 {
		if v := e.Today[n-1].Gamma; v.Value != nil {
			c := d.figure(v, false)
			c.Text = d.w.Percent(*v.Value, 1)
			s.Facts = append(s.Facts, fact{d.w.Label("ui.today_gamma"), c})
		}
	}
	if h := e.Hedge; h != nil {
		short := *h
		pick := func(x []float64) []float64 {
			if len(x) != len(h.Move) {
				return nil
			}
			var out []float64
			for i, m := range h.Move {
				if slices.Contains(sheetMoves, m) {
					out = append(out, x[i])
				}
			}
			return out
		}
		for _, column := range []*[]float64{
			&short.Price, &short.Now, &short.NowLow, &short.NowHigh, &short.NowShare, &short.Close, &short.CloseLow, &short.CloseHigh, &short.CloseShare,
		} {
			*column = pick(*column)
		}
		short.Move = pick(h.Move)
		s.Tables = []table{d.hedge(&short, func(v float64) cell {
			return d.graded(number(d.w.SignedAmount(v, 3)), e.Grade, "", e.Node)
		})}
	}
	return s
}
