package report

import (
	"slices"
	"sort"
	"time"

	"faultline"
	"faultline/evidence"
	"faultline/words"
)

// document is an Analysis in the words of one language: what every format shows, in order.
type document struct {
	w         *words.Words
	a         *faultline.Analysis
	Title     string
	Class     string // of the page, where it is not the report's
	AsOf      string
	Spot      cell
	Facts     []fact // run id, version and the like
	Synthetic string // the notice, where something is synthetic
	Headlines []headline
	Sections  []section
}

// fact is a name and what it is.
type fact struct {
	Name string
	Text cell
}

// headline is one number that a reader takes away.
type headline struct {
	Name    string
	With    cell
	Band    string
	Grade   string
	Without *cell // what remains without synthetic data
}

// section is a part of the document. A section without charts, facts and tables says nothing.
type section struct {
	ID       string
	Title    string
	Lead     string
	Points   []cell // sentences, each with its evidence
	Facts    []fact
	Charts   []chart
	Tables   []table
	Notes    []string
	Appendix bool
}

// table holds rows of cells below one head.
type table struct {
	Title     string
	Head      []string
	Synthetic []bool // of a column: all its figures rest on something made up, and its head bears the mark
	Rows      [][]cell
	Folded    bool // long: closed on a page until asked for
	Cards     bool // mostly text: on a telephone each row stands as a list of its own
}

// cell is one text of a table, with the evidence behind it where it is a figure.
type cell struct {
	Text      string
	Number    bool // set flush right
	Absent    bool // the text is the reason why there is no number
	Synthetic bool // the number rests on something made up
	Strong    bool
	Keep      bool // on one line
	Href      string
	Grade     string // code
	ID        string
	Node      string
	Title     string // what shows on hover
}

// chart is a picture in two shapes: for a page and for a telephone.
type chart struct {
	Title     string // what the picture shows, said before it
	Caption   string
	Key       []keyEntry
	Wide      string // SVG
	Narrow    string
	Synthetic bool
}

// keyEntry explains one colour.
type keyEntry struct {
	Class, Name string
}

func plain(s string) cell { return cell{Text: words.Clean(s)} }

func number(s string) cell { return cell{Text: s, Number: true} }

// figure is a cell with the evidence of a figure.
func (d *document) figure(f evidence.Figure, signed bool) cell {
	c := d.graded(cell{Number: true}, f.Grade, f.ID, f.Node)
	switch {
	case f.Absent != nil:
		c.Text, c.Number, c.Absent, c.Synthetic = d.w.Absent(f.Absent), false, true, false
	case signed:
		c.Text = d.w.SignedValue(*f.Value, f.Unit)
	default:
		c.Text = d.w.Value(*f.Value, f.Unit)
	}
	return c
}

// graded adds grade, identity and node to a cell.
func (d *document) graded(c cell, g evidence.Grade, id, node string) cell {
	c.Grade, c.ID, c.Node = g.String(), words.Clean(id), words.Clean(node)
	c.Synthetic = g == evidence.Synthetic
	c.Title = d.evidence(g, id, node)
	return c
}

// evidence says on one line how a number came about, for showing on hover.
func (d *document) evidence(g evidence.Grade, id, node string) string {
	s := d.w.In("grade", g.String())
	for _, part := range []string{id, node} {
		if part != "" {
			s += " · " + words.Clean(part)
		}
	}
	return s
}

func (d *document) grade(g evidence.Grade) cell {
	return cell{Text: d.w.In("grade", g.String()), Title: d.w.In("grade_means", g.String()), Keep: true}
}

// band writes a 5–95 % interval, or nothing where there is none.
func (d *document) band(low, high *float64, u evidence.Unit) string {
	if low == nil || high == nil {
		return ""
	}
	return d.w.Band(*low, *high, u)
}

// instrument is the name of an instrument in the reader's language.
func (d *document) instrument(id string) string {
	if d.w.Has("instrument." + id) {
		return d.w.In("instrument", id)
	}
	return words.Clean(id)
}

// at writes an instant. Instants at midnight UTC are days: daily data speak of a date.
func (d *document) at(t time.Time) string {
	if u := t.UTC(); u.Equal(u.Truncate(24*time.Hour)) && !t.IsZero() {
		return d.w.Date(u)
	}
	return d.clock(t)
}

func (d *document) clock(t time.Time) string { return d.w.At(t) }

// compose builds the whole document.
func compose(a *faultline.Analysis, w *words.Words) *document {
	d := &document{w: w, a: a}
	d.Title = w.Text("ui.title", evidence.Args{"instrument": d.instrument(a.Underlying)})
	d.AsOf = d.clock(a.AsOf)
	d.Spot = d.figure(a.Spot, false)
	d.Facts = []fact{
		{w.Label("ui.run_id"), plain(a.RunID)},
		{w.Label("ui.version"), plain(a.Version)},
		{w.Label("ui.schema"), plain(w.Number(float64(a.Schema), 0))},
	}
	if synthetic(a) {
		d.Synthetic = w.Label("ui.synthetic_notice")
	}
	for _, h := range a.Headlines {
		d.Headlines = append(d.Headlines, d.headline(h))
	}
	d.Sections = slices.Concat([]section{
		d.findings(),
		d.trend(),
		d.dealers(),
		d.day(),
		d.event(),
		d.today(),
		d.squeeze(),
		d.eventVol(),
		d.levels(),
		d.ladder(),
		d.history(),
		d.shock(),
		d.shockParts(),
		d.shockReverse(),
		d.crypto(),
		d.contagion(),
		d.portfolio(),
	}, d.economy(), []section{
		d.regime(),
		d.capex(),
		d.replay(),
		d.ghosts(),
		d.scenario(),
		d.watch(),
		d.audit(),
		d.missing(),
		d.caveats(),
		d.validation(),
		d.changed(),
		d.assumptions(),
		d.shockCurve(),
		d.published(),
		d.inputs(),
		d.surface(),
		d.forwards(),
		d.rejected(),
		d.nodes(),
	})
	d.tidy()
	return d
}

// tidy leaves out sections that say nothing, and puts the tables of the others in order.
func (d *document) tidy() {
	kept := d.Sections[:0]
	for _, s := range d.Sections {
		if len(s.Points)+len(s.Facts)+len(s.Charts)+len(s.Tables)+len(s.Notes) > 0 || s.Lead != "" {
			kept = append(kept, s)
		}
	}
	d.Sections = kept
	for i := range d.Sections {
		for k := range d.Sections[i].Tables {
			d.Sections[i].Tables[k].tidy()
		}
	}
}

// synthetic reports whether anything in the analysis rests on something made up.
func synthetic(a *faultline.Analysis) bool {
	for _, n := range a.Nodes {
		if n.Grade == evidence.Synthetic {
			return true
		}
	}
	for _, h := range a.Headlines {
		if h.With.Grade == evidence.Synthetic {
			return true
		}
	}
	return a.Spot.Grade == evidence.Synthetic
}

// headlineTable is the headlines for formats that show them as a table.
func (d *document) headlineTable() table {
	t := table{Head: d.head("headline", "figure", "band", "without", "grade")}
	for _, h := range d.Headlines {
		without := cell{}
		if h.Without != nil {
			without = *h.Without
			without.Number = !without.Absent
		}
		t.Rows = append(t.Rows, []cell{{Text: h.Name}, h.With, number(h.Band), without, {Text: h.Grade}})
	}
	t.tidy()
	return t
}

func (d *document) headline(h faultline.Headline) headline {
	signed := h.With.Unit != evidence.Points && h.With.Unit != evidence.Percentile
	out := headline{
		Name: d.w.In("figure", h.ID), With: d.figure(h.With, signed),
		Band: d.band(h.With.Low, h.With.High, h.With.Unit), Grade: d.w.In("grade", h.With.Grade.String()),
	}
	if h.With.Absent != nil {
		out.Band = ""
	}
	if h.Without != nil {
		c := d.figure(*h.Without, signed)
		out.Without = &c
	}
	return out
}

// byPrice sorts levels from the highest price to the lowest, those without a price last, in the order
// in which the analysis lists them.
func byPrice(levels []faultline.Level) []faultline.Level {
	out := append([]faultline.Level(nil), levels...)
	sort.SliceStable(out, func(i, j int) bool {
		a, b := out[i].Price, out[j].Price
		if a == nil || b == nil {
			return a != nil && b == nil
		}
		return *a > *b
	})
	return out
}

// markColumns moves the mark of synthetic figures into the head of a column in which every figure bears
// it: a mark on each number of a long table would hide the numbers.
func (t *table) markColumns() {
	t.Synthetic = make([]bool, len(t.Head))
	for i := range t.Head {
		figures, marked := 0, 0
		for _, row := range t.Rows {
			if row[i].Grade != "" && !row[i].Absent {
				figures++
			}
			if row[i].Synthetic {
				marked++
			}
		}
		if t.Synthetic[i] = marked == figures && marked > 1; !t.Synthetic[i] {
			continue
		}
		for _, row := range t.Rows {
			row[i].Synthetic = false
		}
	}
}

// tidy drops columns in which no row says anything, and moves marks into the heads.
func (t *table) tidy() {
	for i := len(t.Head) - 1; i >= 0 && len(t.Rows) > 0; i-- {
		if slices.ContainsFunc(t.Rows, func(row []cell) bool { return row[i].Text != "" }) {
			continue
		}
		t.Head = slices.Delete(t.Head, i, i+1)
		for k := range t.Rows {
			t.Rows[k] = slices.Delete(t.Rows[k], i, i+1)
		}
	}
	t.markColumns()
}

// Class is the table's class in page.css.
func (t table) Class() string {
	switch {
	case t.Cards:
		return "cards"
	case len(t.Head) <= 3:
		return "slim"
	}
	return ""
}

// Flush tells for each column whether it is set flush right: when any of its cells is a number.
func (t table) Flush() []bool {
	out := make([]bool, len(t.Head))
	for _, row := range t.Rows {
		for i, c := range row {
			out[i] = out[i] || c.Number && c.Text != ""
		}
	}
	return out
}

// footer says what makes the same report again.
func (d *document) footer() string {
	return d.w.Text("ui.footer", evidence.Args{"run": d.a.RunID, "version": d.a.Version, "at": d.AsOf})
}

// thinned says that a table shows some of its rows only.
func (d *document) thinned(shown, all int) string {
	return d.w.Text("ui.thinned", evidence.Args{"shown": shown, "all": all})
}
