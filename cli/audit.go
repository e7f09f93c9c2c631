package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"faultline"
	"faultline/audit"
	"faultline/audit/extract"
	"faultline/calendar"
	"faultline/expr"
	"faultline/report"
	"faultline/words"
)

type auditCmd struct {
	Check   auditCheckCmd   `cmd:"" default:"withargs" help:"Hold the claims of a ledger against data and against each other."`
	Extract auditExtractCmd `cmd:"" help:"Propose a ledger from the figures in a report's text, Chinese or English."`
}

type auditCheckCmd struct {
	Ledger string   `arg:"" optional:"" placeholder:"LEDGER" help:"Ledger of claims, YAML as docs/methods/audit.md describes it. Default: the one of the pack."`
	Chain  []string `placeholder:"FILE" sep:"," help:"Option chains."`
	Prices []string `placeholder:"FILE" sep:"," help:"Price bars."`
	Rates  []string `placeholder:"FILE" sep:"," help:"Interest rates or other series."`
}

// Run audits.
func (c *auditCheckCmd) Run(ctx context.Context, g *Globals, o *output) error {
	l, err := g.ledger(c.Ledger)
	if err != nil {
		return err
	}
	// Published figures come from the pack; the user's files stand beside them.
	if g.Pack == "" && g.Data == "" {
		g.Pack = defaultPack
	}
	src, err := g.read(ctx, o, &Files{Chain: c.Chain, Prices: c.Prices, Rates: c.Rates})
	if err != nil {
		return err
	}
	with := []faultline.Option{faultline.Audited(l)}
	if day, ok := sessionOf(l, src); ok {
		more, err := replayOf(src, day)
		if err != nil {
			return err
		}
		with = append(with, more)
	}
	a, _, err := g.analyzed(ctx, o, src, with...)
	if err != nil {
		return err
	}
	if !g.JSON {
		return report.Audit(o.w, a, o.words, o.width, o.tty)
	}
	return writeJSON(o.w, struct {
		envelope
		Audit *faultline.Audit `json:"audit"`
	}{wrap(a), a.Audit})
}

// sessionOf is the session that the claims of a ledger speak of, where it is over by the instant of the analysis.
func sessionOf(l *audit.Ledger, src *source) (calendar.Date, bool) {
	if l == nil || l.Document.Session == "" {
		return 0, false
	}
	day, err := calendar.ParseDate(l.Document.Session)
	if err != nil {
		return 0, false // Load has refused such a ledger
	}
	s, err := calendar.NYSE().Session(day)
	return day, err == nil && !s.Close.After(src.at)
}

// ledger reads the claims of a file, or those that ship with the pack.
func (g *Globals) ledger(path string) (*audit.Ledger, error) {
	if path == "" {
		name := g.Pack
		if name == "" {
			name = defaultPack
		}
		l, ok, err := audit.Shipped(name)
		if err != nil {
			return nil, &Error{Op: "read the ledger of", Path: name, Err: err}
		}
		if !ok {
			return nil, &Error{
				Op: "read the ledger of", Path: name, Err: errors.New("the pack has none"), Exit: exitInput,
				Hint: "name a ledger: faultline audit LEDGER; propose one from a text with: faultline audit extract REPORT.txt",
			}
		}
		return l, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, &Error{Op: "read the ledger", Path: path, Err: err, Exit: exitInput}
	}
	defer f.Close()
	l, err := audit.Load(f)
	if err != nil {
		hint := "docs/methods/audit.md describes the form"
		var wrong *expr.Error
		if errors.As(err, &wrong) {
			hint = "docs/conditions.md lists the names that an expression may use"
		}
		return nil, &Error{Op: "read the ledger", Path: path, Err: err, Hint: hint, Exit: exitInput}
	}
	return l, nil
}

type auditExtractCmd struct {
	Report string `arg:"" placeholder:"REPORT" help:"Plain text or Markdown; - reads standard input."`
	Out    string `placeholder:"PATH" help:"File to write; standard output without it."`
}

// proposal is a claim as extract proposes it: what stands in the text, for a person to word and to check.
type proposal struct {
	ID     string          `json:"id"`
	Line   int             `json:"line"`
	Column int             `json:"column"`
	Text   string          `json:"printed"`
	Kind   string          `json:"kind"`
	Figure *proposedFigure `json:"figure"`
	About  string          `json:"about,omitempty"`
	Toward int             `json:"toward,omitempty"`
	Note   string          `json:"note,omitempty"`
}

type proposedFigure struct {
	Value *float64 `json:"value,omitempty"`
	High  *float64 `json:"high,omitempty"`
	Unit  string   `json:"unit,omitempty"`
	Bound string   `json:"bound,omitempty"`
	Date  string   `json:"date,omitempty"`
	Until string   `json:"until,omitempty"`
}

// Run proposes a ledger.
func (c *auditExtractCmd) Run(_ context.Context, g *Globals, o *output) error {
	in := io.Reader(os.Stdin)
	if c.Report != "-" {
		f, err := os.Open(c.Report)
		if err != nil {
			return &Error{Op: "read the report", Path: c.Report, Err: err, Exit: exitInput}
		}
		defer f.Close()
		in = f
	}
	found := []proposal{}
	err := extract.Scan(in, func(f extract.Figure) error {
		found = append(found, propose(f))
		return nil
	})
	if err != nil {
		return &Error{Op: "read the report", Path: c.Report, Err: err, Exit: exitInput}
	}
	write := func(w io.Writer) error { return writeProposals(w, g.JSON, filepath.Base(c.Report), found) }
	if c.Out == "" {
		return write(o.w)
	}
	if err := writeFile(c.Out, write); err != nil {
		return &Error{Op: "write", Path: c.Out, Err: err}
	}
	return nil
}

func writeProposals(w io.Writer, asJSON bool, name string, found []proposal) error {
	if asJSON {
		return writeJSON(w, map[string]any{"schema": faultline.Schema, "file": words.Clean(name), "figures": found})
	}
	if _, err := fmt.Fprintf(w, "# %d figures of %s. Word each claim anew in text.en and text.zh, give it readings, and delete\n# what is no claim; docs/methods/audit.md describes the form.\n", len(found), words.Clean(name)); err != nil {
		return err
	}
	b := append(make([]byte, 0, 512), "proposed:"...)
	if len(found) == 0 {
		b = append(b, " []"...)
	}
	b = append(b, '\n')
	for i := range found {
		b = found[i].yaml(b)
		if len(b) > 1<<16 || i == len(found)-1 {
			if _, err := w.Write(b); err != nil {
				return fmt.Errorf("write the proposals: %w", err)
			}
			b = b[:0]
		}
	}
	if len(found) == 0 {
		_, err := w.Write(b)
		return err
	}
	return nil
}

// yaml appends the proposal as an item of a list. A report of ten megabytes has more figures than a general
// encoder writes in a second, and what is written here are numbers and quoted strings only.
func (p *proposal) yaml(b []byte) []byte {
	text := func(indent, key, v string, always bool) {
		if v == "" && !always {
			return
		}
		b = append(append(append(b, indent...), key...), ": "...)
		b = append(strconv.AppendQuoteToGraphic(b, v), '\n')
	}
	number := func(indent, key string, v *float64) {
		if v != nil {
			b = append(append(append(b, indent...), key...), ": "...)
			b = append(strconv.AppendFloat(b, *v, 'g', -1, 64), '\n')
		}
	}
	text("  - ", "id", p.ID, true)
	b = strconv.AppendInt(append(b, "    line: "...), int64(p.Line), 10)
	b = strconv.AppendInt(append(b, "\n    column: "...), int64(p.Column), 10)
	b = append(b, '\n')
	text("    ", "printed", p.Text, true)
	text("    ", "kind", p.Kind, true)
	b = append(b, "    figure:\n"...)
	number("      ", "value", p.Figure.Value)
	number("      ", "high", p.Figure.High)
	text("      ", "unit", p.Figure.Unit, false)
	text("      ", "bound", p.Figure.Bound, false)
	text("      ", "date", p.Figure.Date, false)
	text("      ", "until", p.Figure.Until, false)
	text("    ", "about", p.About, false)
	if p.Toward != 0 {
		b = append(strconv.AppendInt(append(b, "    toward: "...), int64(p.Toward), 10), '\n')
	}
	text("    ", "note", p.Note, false)
	return b
}

// propose turns a figure into the beginning of a claim.
func propose(f extract.Figure) proposal {
	p := proposal{
		ID: fmt.Sprintf("line-%d-%d", f.Line, f.Column), Line: f.Line, Column: f.Column, Text: words.Clean(f.Raw), Kind: kindOf(f),
		About: f.About, Toward: f.Toward, Note: f.Note, Figure: &proposedFigure{Unit: f.Unit, Bound: string(f.Bound), Date: f.From, Until: f.To},
	}
	if f.Kind != extract.Date {
		v := f.Value
		p.Figure.Value = &v
		if f.Range() {
			h := f.High
			p.Figure.High = &h
		}
	}
	return p
}

// kindOf is what sort of claim a figure most likely belongs to.
func kindOf(f extract.Figure) string {
	switch {
	case f.Kind == extract.Date:
		return string(audit.Date)
	case f.Kind == extract.Count, f.Kind == extract.Duration:
		return string(audit.Count)
	case f.Toward != 0 && f.Kind == extract.Ratio:
		return string(audit.Change)
	case strings.Contains(f.About, "probability"):
		return string(audit.Forecast)
	}
	return string(audit.Level)
}
