package report

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math"
	"strings"

	"faultline"
	"faultline/evidence"
	"faultline/words"
)

// Note is the weekly page on trend followers: an Analysis that holds them and, where somebody gave
// readouts, how those compare with the model.
type Note struct {
	Analysis *faultline.Analysis
	Banks    *faultline.BankValidation
}

// NoteHTML writes the note as one page that needs nothing else, as HTML does.
func NoteHTML(w io.Writer, n Note, say *words.Words) error {
	d, err := composeNote(n, say)
	if err != nil {
		return err
	}
	return page(w, d)
}

// NoteMarkdown writes the note as Markdown, without its charts.
func NoteMarkdown(w io.Writer, n Note, say *words.Words) error {
	d, err := composeNote(n, say)
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

// Banks writes to the terminal how published readouts compare with the model.
func Banks(w io.Writer, b *faultline.BankValidation, say *words.Words, width int) error {
	d := &document{w: say, a: &faultline.Analysis{}}
	d.Sections = []section{d.noteBanks(b)}
	d.tidy()
	s := &screen{out: bufio.NewWriter(w), d: d, width: min(max(width, minWidth), maxWidth)}
	s.sections("banks")
	for _, sec := range d.Sections {
		for _, t := range sec.Tables {
			if t.Folded {
				s.line("  " + t.Title)
				s.table(t)
			}
		}
	}
	if err := s.out.Flush(); err != nil {
		return fmt.Errorf("write to the terminal: %w", err)
	}
	return nil
}

// composeNote builds the document of the note.
func composeNote(n Note, say *words.Words) (*document, error) {
	if err := check(n.Analysis); err != nil {
		return nil, err
	}
	a := n.Analysis
	if a.Trend == nil {
		return nil, fmt.Errorf("write the note: the analysis holds no trend followers")
	}
	d := &document{w: say, a: a, Title: say.Label("note.title"), AsOf: say.At(a.AsOf), Spot: cell{}}
	d.Spot = d.figure(a.Spot, false)
	d.Facts = []fact{{say.Label("ui.run_id"), plain(a.RunID)}, {say.Label("ui.version"), plain(a.Version)}}
	t := a.Trend
	for _, f := range []evidence.Figure{t.Position, t.PositionUS, t.Percentile, t.LastWeek} {
		d.Headlines = append(d.Headlines, d.headline(faultline.Headline{ID: f.ID, With: f}))
	}
	for _, l := range []faultline.Level{t.Pivots.Short, t.Pivots.Medium, t.Pivots.Long} {
		f := evidence.Figure{ID: l.ID, Value: l.Price, Unit: evidence.Points, Low: l.Low, High: l.High, Grade: l.Grade, Node: l.Node, Absent: l.Absent}
		d.Headlines = append(d.Headlines, d.headline(faultline.Headline{ID: f.ID, With: f}))
	}
	if f, ok := d.worst(); ok {
		d.Headlines = append(d.Headlines, f)
	}
	d.Sections = []section{
		{ID: "summary", Title: say.Label("note.summary"), Notes: d.summary()},
		d.noteTapes(), d.noteChange(), d.notePivots(), d.notePosition(), d.noteBanks(n.Banks),
	}
	caveats := section{ID: "caveats", Title: say.Label("ui.caveats")}
	for _, c := range t.Caveats {
		caveats.Notes = append(caveats.Notes, say.Sentence(say.Say(c)))
	}
	caveats.Notes = append(caveats.Notes, say.Label("note.errors"))
	d.Sections = append(d.Sections, caveats, d.noteErrors())
	d.tidy()
	return d, nil
}

// worst is the flow of the big fall over a week, which is what the note's reader fears.
func (d *document) worst() (headline, bool) {
	tape, ok := d.a.Trend.Tapes["1w"]["down_big"]
	if !ok || tape.Global.Value == nil {
		return headline{}, false
	}
	f := tape.Global.Figure
	h := d.headline(faultline.Headline{ID: "trend.tapes.1w.down_big.global", With: f})
	return h, true
}

// summary says in sentences what the page shows.
func (d *document) summary() (out []string) {
	t, say := d.a.Trend, func(key string, args evidence.Args) string { return d.w.Text("note."+key, args) }
	if t.Position.Value != nil {
		side := "long"
		if *t.Position.Value < 0 {
			side = "short"
		}
		args := evidence.Args{"usd": d.w.Amount(abs(*t.Position.Value), 3)}
		if t.Percentile.Value != nil {
			args["percentile"] = d.w.Value(*t.Percentile.Value, evidence.Percentile)
		}
		out = append(out, say("stands_"+side, args))
	}
	if t.LastWeek.Value != nil {
		verb := "bought"
		if *t.LastWeek.Value < 0 {
			verb = "sold"
		}
		line := say("week_"+verb, evidence.Args{"usd": d.w.Amount(abs(*t.LastWeek.Value), 3)})
		if c := t.Change; c != nil {
			line = d.join(line, say("because", evidence.Args{
				"price": d.w.SignedAmount(c.Traded.Price, 2), "volatility": d.w.SignedAmount(c.Traded.Vol, 2), "time": d.w.SignedAmount(c.Traded.Time, 2),
			}))
		}
		out = append(out, line)
	}
	if tapes, ok := t.Tapes["1w"]; ok && tapes["flat"].Global.Value != nil && tapes["up"].Global.Value != nil && tapes["down"].Global.Value != nil {
		args := evidence.Args{}
		for _, k := range []string{"flat", "up", "down"} {
			args[k] = d.w.SignedAmount(*tapes[k].Global.Value, 2)
		}
		line := say("next_week", args)
		switch {
		case t.SellsAll:
			line = d.join(line, d.w.Label("note.sells_all"))
		case t.BuysAll:
			line = d.join(line, d.w.Label("note.buys_all"))
		}
		out = append(out, line)
	}
	var above, below []string
	for _, p := range d.pivotRows() {
		if p.level.Price == nil || d.a.Spot.Value == nil {
			continue
		}
		text := d.w.In("level", string(p.level.Kind)) + " " + d.w.Price(*p.level.Price)
		if *p.level.Price > *d.a.Spot.Value {
			above = append(above, text)
		} else {
			below = append(below, text)
		}
	}
	list := func(x []string) string { return strings.Join(x, d.w.Label("ui.comma")) }
	if len(above) > 0 {
		out = append(out, say("pivots_above", evidence.Args{"pivots": list(above)}))
	}
	if len(below) > 0 {
		out = append(out, say("pivots_below", evidence.Args{"pivots": list(below)}))
	}
	return out
}

// noteErrors is the errors of the trend model.
func (d *document) noteErrors() section {
	s := section{ID: "validation", Title: d.w.Label("ui.validation"), Appendix: true}
	for _, m := range d.a.Validation {
		if strings.HasPrefix(m.Model, "trend") {
			s.Lead = d.w.Label("ui.validation_lead")
			s.Tables = append(s.Tables, d.modelErrors(m))
		}
	}
	return s
}

// join puts one sentence behind another.
func (d *document) join(first, second string) string {
	return d.w.Text("note.join", evidence.Args{"first": first, "second": second})
}

func abs(x float64) float64 {
	if x < 0 {
		return -x
	}
	return x
}

// noteTapes is what they must trade, both areas side by side.
func (d *document) noteTapes() section {
	t := d.a.Trend
	s := section{ID: "tapes", Title: d.w.Label("note.tapes"), Lead: d.w.Label("note.tapes_lead"), Charts: d.tapeCharts()}
	size := 0.0
	for _, h := range t.Tapes {
		for _, x := range h {
			for _, v := range []*float64{x.Global.P05, x.Global.Value, x.Global.P95} {
				if v != nil {
					size = max(size, abs(*v))
				}
			}
		}
	}
	scale := d.w.ScaleFor(size)
	out := table{Title: d.w.Text("note.tapes_table", evidence.Args{"unit": scale.Name}), Head: d.head("horizon", "scenario", "end")}
	for _, r := range regions {
		out.Head = append(out.Head, d.w.In("region", r.name), d.w.In("head", "band"), d.w.In("head", "error"))
	}
	for _, h := range inOrder(t.Tapes, horizons) {
		for _, k := range inOrder(t.Tapes[h], scenarios) {
			x := t.Tapes[h][k]
			row := []cell{{Text: d.w.In("horizon", h), Keep: true}, {Text: d.w.In("scenario", k), Keep: true}, number(d.w.SignedPercent(x.Return, 1))}
			for _, r := range regions {
				f := r.flow(x)
				flow, band, miss := d.figure(f.Figure, true), cell{}, cell{}
				if f.Value != nil {
					flow.Text = d.w.Scaled(*f.Value, scale, 1)
				}
				if f.P05 != nil && f.P95 != nil {
					band = number(d.w.Text("ui.band", evidence.Args{"low": d.w.Scaled(*f.P05, scale, 1), "high": d.w.Scaled(*f.P95, scale, 1)}))
				}
				if f.Error != nil {
					miss = number("±" + d.w.Number(*f.Error/math.Pow10(scale.Exp), 0))
				}
				row = append(row, flow, band, miss)
			}
			out.Rows = append(out.Rows, row)
		}
	}
	s.Tables = []table{out}
	return s
}

// noteChange is what changed since the week before, and why.
func (d *document) noteChange() section {
	s := section{ID: "change", Title: d.w.Label("note.change")}
	c := d.a.Trend.Change
	if c == nil {
		s.Notes = []string{d.w.Label("note.no_change")}
		return s
	}
	s.Lead = d.w.Text("note.change_lead", evidence.Args{"from": d.w.DateOf(c.From)})
	t := d.a.Trend
	graded := func(x cell) cell { return d.graded(x, t.Grade, "", t.Node) }
	out := table{Head: d.head("what_changed", "due_price", "due_vol", "due_time", "total")}
	row := func(key string, p faultline.ChangeParts, strong bool) {
		cells := []cell{{Text: d.w.Label("note." + key), Strong: strong}}
		for _, v := range []float64{p.Price, p.Vol, p.Time, p.All} {
			x := graded(number(d.w.SignedAmount(v, 3)))
			x.Strong = strong
			cells = append(cells, x)
		}
		out.Rows = append(out.Rows, cells)
	}
	row("traded", c.Traded, false)
	row("revalued", c.Revalued, false)
	row("position_change", c.Total, true)
	row("traded_us", c.TradedUS, false)
	row("revalued_us", c.RevaluedUS, false)
	row("position_us_change", c.TotalUS, true)
	s.Charts = []chart{d.both(chart{Title: d.w.Label("note.bridge_chart"), Caption: d.w.Label("note.bridge_caption"), Synthetic: t.Grade == evidence.Synthetic}, d.bridge)}
	s.Tables = []table{out}
	then := func(from, to string) cell {
		return graded(cell{Text: d.w.Text("note.then_now", evidence.Args{"then": from, "now": to})})
	}
	if d.a.Spot.Value != nil {
		s.Facts = append(s.Facts, fact{d.instrument(t.Instrument), then(d.w.Price(c.Close), d.w.Price(*d.a.Spot.Value))})
	}
	s.Facts = append(s.Facts, fact{d.w.Label("note.volatility"), then(d.w.Percent(c.VolThen, 1), d.w.Percent(c.VolNow, 1))})
	if c.Percentile != nil && t.Percentile.Value != nil {
		s.Facts = append(s.Facts, fact{d.w.Label("ui.percentile"), then(d.w.Value(*c.Percentile, evidence.Percentile), d.w.Value(*t.Percentile.Value, evidence.Percentile))})
	}
	return s
}

// pivotRow is one pivot with its name among the speeds.
type pivotRow struct {
	speed string
	level faultline.Level
}

func (d *document) pivotRows() []pivotRow {
	p := d.a.Trend.Pivots
	return []pivotRow{{"short", p.Short}, {"medium", p.Medium}, {"long", p.Long}}
}

// notePivots is where signals turn, and how the levels have moved.
func (d *document) notePivots() section {
	s := section{ID: "pivots", Title: d.w.Label("note.pivots"), Lead: d.w.Label("note.pivots_lead")}
	t := table{Head: d.head("level", "price", "band", "from_price", "week_before", "due_price", "due_time")}
	points := func(v float64) cell { return number(d.w.Signed(v, 1)) }
	for _, p := range d.pivotRows() {
		row := []cell{{Text: d.w.In("level", string(p.level.Kind)), Keep: true}, {}, {}, {}, {}, {}, {}}
		if p.level.Absent != nil {
			row[1] = cell{Text: d.w.Absent(p.level.Absent), Absent: true}
			t.Rows = append(t.Rows, row)
			continue
		}
		row[1] = d.graded(number(d.w.Price(*p.level.Price)), p.level.Grade, p.level.ID, p.level.Node)
		row[2] = number(d.band(p.level.Low, p.level.High, evidence.Points))
		if d.a.Spot.Value != nil {
			row[3] = number(d.w.SignedPercent(*p.level.Price / *d.a.Spot.Value - 1, 1))
		}
		if c := d.a.Trend.Change; c != nil {
			if m, ok := c.Pivots[p.speed]; ok {
				row[4], row[5], row[6] = number(d.w.Price(m.Before)), points(m.Price), points(m.Time)
			}
		}
		t.Rows = append(t.Rows, row)
	}
	s.Tables = []table{t}
	if z := d.a.Trend.Peak; z != nil {
		s.Facts = []fact{{d.w.Label("ui.peak"), d.graded(cell{Text: d.w.Text("ui.peak_at", evidence.Args{
			"price": d.w.Price(z.Price), "low": d.w.Price(z.Low), "high": d.w.Price(z.High), "usd": d.w.SignedAmount(z.USD, 3),
		})}, d.a.Trend.Grade, "", d.a.Trend.Node)}}
	}
	if p := d.a.Trend.Path; p != nil && len(p.Date) > 1 {
		c := chart{Title: d.w.Text("note.path_chart", evidence.Args{"instrument": d.instrument(d.a.Trend.Instrument)}), Caption: d.w.Label("note.path_caption")}
		for i, r := range d.pivotRows() {
			c.Key = append(c.Key, keyEntry{"p" + pivotColours[i], d.w.In("level", string(r.level.Kind))})
		}
		s.Charts = []chart{d.both(c, d.pivotPath)}
	} else if h := d.a.History; h != nil && len(h.Date) > 1 {
		s.Charts = d.historyCharts()
	}
	return s
}

// notePosition is what is held, market by market, and how that came about.
func (d *document) notePosition() section {
	s := section{ID: "position", Title: d.w.Label("note.position")}
	if p := d.a.Trend.Path; p != nil && len(p.Date) > 1 {
		s.Charts = []chart{d.both(chart{Title: d.w.Label("note.position_chart"), Caption: d.w.Label("note.position_caption")}, d.positionPath)}
	}
	if len(d.a.Trend.Speeds) > 0 {
		s.Tables = append(s.Tables, d.speeds())
	}
	if len(d.a.Trend.Markets) > 0 {
		t := d.markets()
		t.Folded = false
		s.Tables = append(s.Tables, t)
	}
	return s
}

// noteBanks is how each publisher compares with the model, over time.
func (d *document) noteBanks(b *faultline.BankValidation) section {
	s := section{ID: "banks", Title: d.w.Label("note.banks")}
	if b == nil {
		return s
	}
	s.Lead = d.w.Text("note.banks_lead", evidence.Args{"readouts": b.Readouts})
	t := table{Head: d.head("publisher", "year", "figure", "count", "gap", "bias", "same_sign"), Cards: true}
	for _, year := range []bool{false, true} { // all years first
		for _, x := range b.Scores {
			if (x.Year != 0) == year {
				t.Rows = append(t.Rows, d.bankScore(x))
			}
		}
		if !year && len(t.Rows) > 0 {
			s.Tables = append(s.Tables, t)
			t = table{Title: d.w.Label("note.banks_by_year"), Head: d.head("publisher", "year", "figure", "count", "gap", "bias", "same_sign"), Folded: true}
		}
	}
	if len(t.Rows) > 0 {
		s.Tables = append(s.Tables, t)
	}
	if len(b.Outcomes) > 0 {
		t := table{Title: d.w.Label("note.outcomes"), Head: d.head("publisher", "area", "count", "bank_misses", "model_misses", "none_misses", "bank_signs", "model_signs")}
		for _, o := range b.Outcomes {
			t.Rows = append(t.Rows, []cell{
				plain(house(o.Publisher)),
				{Text: d.w.In("region", o.Area), Keep: true},
				number(d.w.Number(float64(o.N), 0)),
				number(d.w.Amount(o.BankRMS, 3)), number(d.w.Amount(o.ModelRMS, 3)), number(d.w.Amount(o.NoneRMS, 3)),
				number(d.w.Percent(o.BankSign, 0)), number(d.w.Percent(o.ModelSign, 0)),
			})
		}
		s.Tables = append(s.Tables, t)
		s.Notes = append(s.Notes, d.w.Label("note.outcomes_note"))
	}
	for _, x := range b.Skipped {
		s.Notes = append(s.Notes, d.w.Text("note.skipped", evidence.Args{
			"publisher": words.Clean(house(x.Publisher)), "date": d.w.DateOf(x.Date), "reason": d.w.Absent(x.Absent),
		}))
	}
	return s
}

// house is the name of a publisher as the feed keeps it, with its spaces back.
func house(publisher string) string { return strings.ReplaceAll(publisher, "_", " ") }

// bankScore is one row of scores.
func (d *document) bankScore(x faultline.BankScore) []cell {
	show := func(v float64, plus bool) cell {
		switch {
		case x.Unit == evidence.Ratio && plus:
			return number(d.w.SignedPercent(v, 2))
		case x.Unit == evidence.Ratio:
			return number(d.w.Percent(v, 2))
		case x.Unit == evidence.USD && plus:
			return number(d.w.SignedAmount(v, 2))
		case x.Unit == evidence.USD:
			return number(d.w.Amount(v, 2))
		case plus:
			return number(d.w.Signed(v, 1))
		}
		return number(d.w.Number(v, 1))
	}
	year := plain("")
	if x.Year != 0 {
		year = plain(fmt.Sprint(x.Year))
	}
	same := plain("")
	if x.Same != nil {
		same = number(d.w.Text("note.of", evidence.Args{"share": d.w.Percent(*x.Same, 0), "count": x.NumSign}))
	}
	return []cell{
		plain(house(x.Publisher)), year,
		{Text: d.w.In("readout_figure", x.Figure), Keep: true},
		number(d.w.Number(float64(x.N), 0)),
		show(x.MeanAbs, false), show(x.Bias, true), same,
	}
}
