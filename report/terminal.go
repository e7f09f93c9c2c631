package report

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"faultline"
	"faultline/words"
)

// The widths between which the terminal is used. A narrower one wraps by itself.
const (
	minWidth = 60
	maxWidth = 140
)

// Terminal writes the summary: headlines, levels, ladder, dealers, trend followers, what is missing and
// what to bear in mind. Colour never carries meaning alone.
func Terminal(w io.Writer, a *faultline.Analysis, say *words.Words, width int, colour bool) error {
	return terminal(w, a, say, width, colour, func(s *screen) {
		s.sections("findings")
		s.headlines()
		s.sections("levels", "ladder", "dealers", "event", "today", "squeeze", "trend", "crypto", "missing", "caveats", "changed")
	})
}

// Levels writes the table of levels only.
func Levels(w io.Writer, a *faultline.Analysis, say *words.Words, width int, colour bool) error {
	return terminal(w, a, say, width, colour, func(s *screen) { s.sections("levels", "missing", "caveats") })
}

// Ladder writes the forced-flow ladder only.
func Ladder(w io.Writer, a *faultline.Analysis, say *words.Words, width int, colour bool) error {
	return terminal(w, a, say, width, colour, func(s *screen) { s.sections("ladder", "missing", "caveats") })
}

// Gamma writes what dealers hold and must trade.
func Gamma(w io.Writer, a *faultline.Analysis, say *words.Words, width int, colour bool) error {
	return terminal(w, a, say, width, colour, func(s *screen) { s.sections("dealers", "event", "today", "squeeze", "missing", "caveats") })
}

// Trend writes the reading of the trend followers only.
func Trend(w io.Writer, a *faultline.Analysis, say *words.Words, width int, colour bool) error {
	return terminal(w, a, say, width, colour, func(s *screen) { s.sections("trend", "missing", "caveats") })
}

func terminal(w io.Writer, a *faultline.Analysis, say *words.Words, width int, colour bool, body func(*screen)) error {
	if err := check(a); err != nil {
		return err
	}
	return compose(a, say).terminal(w, width, colour, body)
}

// terminal writes the parts of a document that body asks for.
func (d *document) terminal(w io.Writer, width int, colour bool, body func(*screen)) error {
	say := d.w
	s := &screen{
		out: bufio.NewWriter(w), d: d, colour: colour,
		width: min(max(width, minWidth), maxWidth),
	}
	s.line(s.bold(s.d.Title))
	s.line(s.d.AsOf + "   " + say.Label("ui.spot") + " " + s.cell(s.d.Spot))
	if s.d.Synthetic != "" {
		s.paragraph("! ", s.d.Synthetic)
	}
	body(s)
	s.line("")
	s.line(s.dim(s.d.footer()))
	if err := s.out.Flush(); err != nil {
		return fmt.Errorf("write to the terminal: %w", err)
	}
	return nil
}

// screen writes lines of text.
type screen struct {
	out    *bufio.Writer
	d      *document
	width  int
	colour bool
}

func (s *screen) line(text string) {
	s.out.WriteString(strings.TrimRight(text, " ")) // a failed write shows when the buffer is flushed
	s.out.WriteByte('\n')
}

func (s *screen) sgr(code, text string) string {
	if !s.colour || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (s *screen) bold(text string) string { return s.sgr("1", text) }
func (s *screen) dim(text string) string  { return s.sgr("2", text) }

// cell is a cell's text with its visible mark.
func (s *screen) cell(c cell) string {
	if c.Synthetic && !c.Absent {
		return c.Text + " [" + s.d.w.Label("ui.synthetic_mark") + "]"
	}
	return c.Text
}

// paragraph breaks a text into lines behind a mark.
func (s *screen) paragraph(mark, text string) {
	room := s.width - words.Width(mark)
	for i, l := range wrap(text, room) {
		if i > 0 {
			mark = strings.Repeat(" ", words.Width(mark))
		}
		s.line(mark + l)
	}
}

// wrap breaks a text into lines of at most so many columns: at spaces, and between any two characters
// that are two columns wide, as Chinese does, but not before its closing punctuation.
func wrap(text string, columns int) []string {
	var lines []string
	var line, word strings.Builder
	flush := func() {
		if words.Width(line.String())+words.Width(word.String()) > columns && line.Len() > 0 {
			lines = append(lines, strings.TrimRight(line.String(), " "))
			line.Reset()
		}
		line.WriteString(word.String())
		word.Reset()
	}
	previous := ' '
	for _, r := range text {
		isWide := words.Width(string(r)) == 2
		if (isWide || words.Width(string(previous)) == 2) && !strings.ContainsRune("，。；：、）！？”%", r) {
			flush()
		}
		word.WriteRune(r)
		if r == ' ' {
			flush()
		}
		previous = r
	}
	flush()
	return append(lines, strings.TrimRight(line.String(), " "))
}

func (s *screen) headlines() {
	if len(s.d.Headlines) > 0 {
		s.line("")
		s.table(s.d.headlineTable())
	}
}

// sections writes the sections of the given names, in the document's order.
func (s *screen) sections(ids ...string) {
	for _, sec := range s.d.Sections {
		for _, id := range ids {
			if sec.ID != id || id == "changed" && len(sec.Tables) == 0 {
				continue
			}
			s.line("")
			s.line(s.bold(sec.Title))
			for _, p := range sec.Points {
				s.paragraph("  - ", s.cell(p))
			}
			for _, f := range sec.Facts {
				if f.Text.Text != "" {
					s.paragraph("  ", f.Name+s.d.w.Label("ui.colon")+s.cell(f.Text))
				}
			}
			for _, t := range sec.Tables {
				switch {
				case id == "ladder" && t.Folded:
					s.rungs(t)
				case !t.Folded || id == "shock_curve": // the curve is there only where somebody asks for it
					if t.Title != "" {
						s.line("  " + s.dim(t.Title))
					}
					s.table(s.terse(id, t))
				}
			}
			for _, n := range sec.Notes {
				s.paragraph("  - ", n)
			}
		}
	}
}

// terse leaves out what each level means: whoever works at a terminal knows. The reason why a level does
// not exist stays.
func (s *screen) terse(id string, t table) table {
	meaning := slices.Index(t.Head, s.d.w.In("head", "meaning"))
	if id != "levels" || meaning < 0 {
		return t
	}
	t.Head = slices.Clone(t.Head)
	rows := make([][]cell, len(t.Rows))
	for i, row := range t.Rows {
		rows[i] = slices.Clone(row)
		if !row[meaning].Absent {
			rows[i][meaning] = cell{}
		}
	}
	t.Rows = rows
	t.tidy()
	if meaning = slices.Index(t.Head, s.d.w.In("head", "meaning")); meaning >= 0 {
		t.Head[meaning] = s.d.w.In("head", "reason")
	}
	return t
}

// rungs writes the ladder with a bar for the total, thinned to what fits a screen.
func (s *screen) rungs(t table) {
	l := s.d.a.Ladder
	order := descending(l.Price)
	size := largest(l.Total)
	half := 12
	if len(present(l)) > 2 {
		half = 5 // many columns leave little room
	}
	t.Head = append(append([]string(nil), t.Head...), "")
	rows := make([][]cell, len(t.Rows))
	for i, row := range t.Rows {
		n := 0
		if size > 0 {
			n = int(math.Round(float64(half) * math.Abs(l.Total[order[i]]) / size))
		}
		bar := strings.Repeat(" ", half) + "│" + strings.Repeat("█", n)
		if l.Total[order[i]] < 0 {
			bar = strings.Repeat(" ", half-n) + strings.Repeat("█", n) + "│"
		}
		rows[i] = append(append([]cell(nil), row...), cell{Text: bar})
	}
	t.Rows = rows
	t, all := thin(t, maxRungs)
	s.line("  " + t.Title)
	s.table(t)
	if all > 0 {
		s.paragraph("  ", s.d.thinned(len(t.Rows), all))
	}
}

// table sets columns two spaces apart. Where they do not fit, the widest column of text gives way, and
// what does not fit into it continues on the next line.
func (s *screen) table(t table) {
	n := len(t.Head)
	width := make([]int, n)
	least := make([]int, n) // numbers are never cut
	head := make([]string, n)
	for i, h := range t.Head {
		head[i] = s.cell(cell{Text: h, Synthetic: i < len(t.Synthetic) && t.Synthetic[i]})
		width[i] = words.Width(head[i])
		least[i] = 12
	}
	text := make([][]string, len(t.Rows))
	for r, row := range t.Rows {
		text[r] = make([]string, n)
		for i, c := range row {
			text[r][i] = s.cell(c)
			width[i] = max(width[i], words.Width(text[r][i]))
			if c.Number && !c.Absent {
				least[i] = max(least[i], words.Width(text[r][i]))
			}
		}
	}
	flush := t.Flush()
	total := func() int {
		sum := 0
		for _, w := range width {
			sum += w + 2
		}
		return sum
	}
	for total() > s.width {
		give := -1
		for i := range width {
			if width[i] > least[i] && (give < 0 || width[i] > width[give]) {
				give = i
			}
		}
		if give < 0 {
			break // the line runs over
		}
		width[give]--
	}
	write := func(cells []string, right func(int) bool, style func(int, string) string) {
		lines := make([][]string, n)
		height := 1
		for i, c := range cells {
			lines[i] = []string{c}
			if words.Width(c) > width[i] {
				lines[i] = wrap(c, width[i])
			}
			height = max(height, len(lines[i]))
		}
		for k := range height {
			var b strings.Builder
			for i := range n {
				part := ""
				if k < len(lines[i]) {
					part = lines[i][k]
				}
				fill := strings.Repeat(" ", max(0, width[i]-words.Width(part)))
				if part = style(i, part); right(i) {
					b.WriteString("  " + fill + part)
				} else {
					b.WriteString("  " + part + fill)
				}
			}
			s.line(b.String())
		}
	}
	write(head, func(i int) bool { return flush[i] }, func(_ int, text string) string { return s.dim(text) })
	for r, row := range t.Rows {
		write(text[r], func(i int) bool { return row[i].Number }, func(i int, text string) string {
			c := row[i]
			switch {
			case c.Synthetic:
				return s.sgr("33", text)
			case c.Strong:
				return s.bold(text)
			case c.Absent:
				return s.dim(text)
			}
			return text
		})
	}
}
