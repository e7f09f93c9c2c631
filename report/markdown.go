package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"faultline"
	"faultline/words"
)

// maxRungs is how many prices of the ladder fit a text.
const maxRungs = 21

// Markdown writes the report as GitHub-flavoured Markdown. It has the tables of the page, of which long
// ones are thinned out, and no charts.
func Markdown(w io.Writer, a *faultline.Analysis, say *words.Words) error {
	if err := check(a); err != nil {
		return err
	}
	var b bytes.Buffer
	compose(a, say).markdown(&b)
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write Markdown: %w", err)
	}
	return nil
}

// markdown writes a document.
func (d *document) markdown(b *bytes.Buffer) {
	say := d.w
	fmt.Fprintf(b, "# %s\n\n%s · %s %s\n\n", md(d.Title), md(d.AsOf), md(say.Label("ui.spot")), d.mdCell(d.Spot))
	if d.Synthetic != "" {
		fmt.Fprintf(b, "> %s\n\n", md(d.Synthetic))
	}
	if len(d.Headlines) > 0 {
		d.mdTable(b, d.headlineTable())
	}
	for _, s := range d.Sections {
		fmt.Fprintf(b, "## %s\n\n", md(s.Title))
		if s.Lead != "" {
			fmt.Fprintf(b, "%s\n\n", md(s.Lead))
		}
		for _, p := range s.Points {
			fmt.Fprintf(b, "- %s\n", d.mdCell(p))
		}
		if len(s.Points) > 0 {
			b.WriteByte('\n')
		}
		for _, f := range s.Facts {
			if f.Text.Text != "" {
				fmt.Fprintf(b, "- %s: %s\n", md(f.Name), d.mdCell(f.Text))
			}
		}
		if len(s.Facts) > 0 {
			b.WriteByte('\n')
		}
		for _, t := range s.Tables {
			if t.Title != "" {
				fmt.Fprintf(b, "### %s\n\n", md(t.Title))
			}
			t, thinned := thin(t, maxRungs)
			d.mdTable(b, t)
			if thinned > 0 {
				fmt.Fprintf(b, "%s\n\n", md(d.thinned(len(t.Rows), thinned)))
			}
		}
		for _, n := range s.Notes {
			fmt.Fprintf(b, "- %s\n", md(n))
		}
		if len(s.Notes) > 0 {
			b.WriteByte('\n')
		}
	}
	b.WriteString("---\n\n" + md(d.footer()) + "\n")
}

// thin keeps at most n rows of a folded table, at even steps around the middle row. It also returns how
// many rows the whole table has, 0 where nothing was left out.
func thin(t table, n int) (table, int) {
	all := len(t.Rows)
	if !t.Folded || all <= n {
		return t, 0
	}
	step := (all + n - 1) / n
	var rows [][]cell
	for i := all / 2 % step; i < all; i += step {
		rows = append(rows, t.Rows[i])
	}
	t.Rows = rows
	return t, all
}

func (d *document) mdTable(b *bytes.Buffer, t table) {
	flush := t.Flush()
	for i, h := range t.Head {
		b.WriteString("| " + d.mdCell(cell{Text: h, Synthetic: i < len(t.Synthetic) && t.Synthetic[i]}) + " ")
	}
	b.WriteString("|\n")
	for i := range t.Head {
		if flush[i] {
			b.WriteString("| ---: ")
		} else {
			b.WriteString("| --- ")
		}
	}
	b.WriteString("|\n")
	for _, row := range t.Rows {
		for _, c := range row {
			b.WriteString("| " + d.mdCell(c) + " ")
		}
		b.WriteString("|\n")
	}
	b.WriteByte('\n')
}

func (d *document) mdCell(c cell) string {
	s := md(c.Text)
	switch {
	case c.Href != "":
		s = "[" + s + "](<" + c.Href + ">)"
	case s == "":
	case c.Strong:
		s = "**" + s + "**"
	case c.Absent:
		s = "*" + s + "*"
	}
	if c.Synthetic && !c.Absent {
		s += " \\[" + md(d.w.Label("ui.synthetic_mark")) + "\\]"
	}
	return s
}

// md escapes text for Markdown: every character that begins markup, a tag, an entity or a formula
// wherever it stands, and those that do so at the beginning of a line.
func md(s string) string {
	var b strings.Builder
	for i, r := range s {
		if r < 0x80 && (strings.ContainsRune("\\`*_[]<>|~$&", r) || i == 0 && strings.ContainsRune("#+-=", r)) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	// Addresses in plain text become links by themselves.
	return strings.NewReplacer("://", `\://`, "www.", `www\.`).Replace(b.String())
}
