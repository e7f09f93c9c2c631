package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"faultline"
	"faultline/evidence"
	"faultline/market"
	"faultline/report"
)

// analyze reads the data of a verb and runs the analysis.
func (g *Globals) analyze(ctx context.Context, o *output, f *Files, with ...faultline.Option) (*faultline.Analysis, *market.State, error) {
	src, err := g.read(ctx, o, f)
	if err != nil {
		return nil, nil, err
	}
	return g.analyzed(ctx, o, src, with...)
}

// analyzed runs the analysis on what has been read.
func (g *Globals) analyzed(ctx context.Context, o *output, src *source, with ...faultline.Option) (*faultline.Analysis, *market.State, error) {
	a, err := g.assumptions()
	if err != nil {
		return nil, nil, err
	}
	for _, r := range src.report {
		if r.Rejected > 0 {
			o.note("%s", rejected(o, r.File, r.Rows, r.Rejected, r.ByReason))
		}
	}
	s := src.book.AsOf(src.at)
	if src.ledger != nil { // what the user names takes its place
		with = append([]faultline.Option{faultline.Audited(src.ledger)}, with...)
	}
	out, err := faultline.Analyze(ctx, s, a, with...)
	if err != nil {
		var absent *evidence.Absent
		if errors.As(err, &absent) {
			return nil, nil, &Error{Op: "analyse", Err: err, Exit: exitAbsent, Hint: "give prices up to then with --prices, or another --as-of"}
		}
		return nil, nil, &Error{Op: "analyse", Err: err}
	}
	return out, s, nil
}

// analyzeHeld is analyze with what the user tells of holdings, in the units asked for.
func (g *Globals) analyzeHeld(ctx context.Context, o *output, f *Files, h *Held, more ...faultline.Option) (*faultline.Analysis, *market.State, error) {
	with, err := h.options(o)
	if err != nil {
		return nil, nil, err
	}
	a, s, err := g.analyze(ctx, o, f, append(with, more...)...)
	if err != nil {
		return nil, nil, err
	}
	return a, s, h.convert(a)
}

// rejected says in one line how many rows of a file could not be used and why.
func rejected(o *output, file string, rows, n int, why map[string]int) string {
	reasons := make([]string, 0, len(why))
	for r := range why {
		reasons = append(reasons, r)
	}
	sort.Slice(reasons, func(i, j int) bool {
		if why[reasons[i]] != why[reasons[j]] {
			return why[reasons[i]] > why[reasons[j]]
		}
		return reasons[i] < reasons[j]
	})
	for i, r := range reasons {
		reasons[i] = fmt.Sprintf("%s %d", o.words.Say(evidence.Code{Code: r}), why[r])
	}
	return fmt.Sprintf("%s: %d / %d %s: %s", file, n, rows, o.words.Label("cli.rejected"), strings.Join(reasons, "; "))
}

// writeJSON writes one JSON document, encoded as the report's.
func writeJSON(w io.Writer, v any) error { return report.Encode(w, v) }

type reportCmd struct {
	Files
	Held
	Shock     string `default:"-3%" placeholder:"PERCENT" help:"Shock that the report puts into the loop of participants and price; none leaves it out."`
	Portfolio string `placeholder:"FILE" help:"CSV of positions, of which the report then says what they gain and lose."`
	Out       string `placeholder:"PATH" help:"File to write. Default: out/faultline-<underlying>-<date>.<format>."`
	Format    string `enum:",html,pdf,md,json" default:"" help:"html, pdf (printed by Chromium), md or json; without it what the name of --out ends with, else html."`
}

// Run writes the report.
func (c *reportCmd) Run(ctx context.Context, g *Globals, o *output) error {
	more := []faultline.Option{faultline.WithMacro()}
	if c.Shock != "none" {
		shock := shockCmd{Size: c.Shock}
		opts, err := shock.options(g)
		if err != nil {
			return err
		}
		more = append(more, faultline.WithShock(opts))
	}
	if c.Portfolio != "" {
		p, err := positions(c.Portfolio)
		if err != nil {
			return err
		}
		more = append(more, faultline.WithPositions(p, faultline.PortfolioOptions{}))
	}
	held, err := c.options(o)
	if err != nil {
		return err
	}
	src, err := g.read(ctx, o, &c.Files)
	if err != nil {
		return err
	}
	day, ok := sessionOf(src.ledger, src)
	if !ok {
		day, ok = lastWithin(src)
	}
	if ok {
		played, err := replayOf(src, day)
		if err != nil {
			return err
		}
		more = append(more, played)
		if week, ok := weekOf(src, day); ok {
			more = append(more, week)
		}
	}
	a, _, err := g.analyzed(ctx, o, src, append(held, more...)...)
	if err != nil {
		return portfolioError(err)
	}
	if err := c.convert(a); err != nil {
		return err
	}
	if g.JSON && c.Out == "" {
		return report.JSON(o.w, a)
	}
	path, format := c.Out, c.format()
	if path == "" {
		path = filepath.Join("out", fmt.Sprintf("faultline-%s-%s-%s.%s", strings.ToLower(a.Underlying), a.AsOf.Format("2006-01-02"), o.words.Name(), format))
	}
	if err := writeFile(path, func(w io.Writer) error {
		switch format {
		case "md":
			return report.Markdown(w, a, o.words)
		case "json":
			return report.JSON(w, a)
		case "pdf":
			return writePDF(ctx, w, func(w io.Writer) error { return report.HTML(w, a, o.words) })
		}
		return report.HTML(w, a, o.words)
	}); err != nil {
		return &Error{Op: "write the report", Path: path, Err: err, Hint: pdfHint(err)}
	}
	if err := report.Terminal(o.w, a, o.words, o.width, o.tty); err != nil {
		return err
	}
	_, err = fmt.Fprintln(o.w, "\n"+path)
	return err
}

// format is the one asked for, else the one that the name of the file promises.
func (c *reportCmd) format() string {
	if c.Format != "" {
		return c.Format
	}
	switch strings.ToLower(filepath.Ext(c.Out)) {
	case ".md", ".markdown":
		return "md"
	case ".json":
		return "json"
	case ".pdf":
		return "pdf"
	}
	return "html"
}

// writeFile writes a file so that whoever looks sees the old one or the whole new one.
func writeFile(path string, write func(io.Writer) error) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // does nothing once the file has its name
	if err := write(f); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := errors.Join(f.Chmod(0o644), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// envelope is what every JSON document of the command line begins with.
type envelope struct {
	Schema     int             `json:"schema"`
	Version    string          `json:"version"`
	RunID      string          `json:"run_id"`
	AsOf       string          `json:"as_of"`
	Underlying string          `json:"underlying"`
	Spot       evidence.Figure `json:"spot"`
	Caveats    []evidence.Code `json:"caveats"`
}

func wrap(a *faultline.Analysis) envelope {
	return envelope{
		Schema: a.Schema, Version: a.Version, RunID: a.RunID, AsOf: a.AsOf.Format("2006-01-02T15:04:05Z07:00"),
		Underlying: a.Underlying, Spot: a.Spot, Caveats: a.Caveats,
	}
}

type gammaCmd struct {
	Files
	Held
}

// Run prints what dealers hold and must trade.
func (c *gammaCmd) Run(ctx context.Context, g *Globals, o *output) error {
	a, _, err := g.analyzeHeld(ctx, o, &c.Files, &c.Held)
	if err != nil {
		return err
	}
	if a.Exposure == nil {
		return missing(a, "dealer")
	}
	if !g.JSON {
		return report.Gamma(o.w, a, o.words, o.width, o.tty)
	}
	return writeJSON(o.w, dealersJSON(a))
}

type ladderCmd struct {
	Files
	Held
}

// Run prints the ladder.
func (c *ladderCmd) Run(ctx context.Context, g *Globals, o *output) error {
	a, _, err := g.analyzeHeld(ctx, o, &c.Files, &c.Held)
	if err != nil {
		return err
	}
	if a.Ladder == nil {
		return missing(a, "ladder")
	}
	if !g.JSON {
		return report.Ladder(o.w, a, o.words, o.width, o.tty)
	}
	return writeJSON(o.w, struct {
		envelope
		Ladder  *faultline.Ladder   `json:"ladder"`
		Missing []faultline.Missing `json:"missing"`
	}{wrap(a), a.Ladder, a.Missing})
}

// missing is the error of a verb whose part of the analysis could not run.
func missing(a *faultline.Analysis, part string) error {
	for _, m := range a.Missing {
		if m.Part == part {
			return absentIf("compute "+part, m.Absent)
		}
	}
	return &Error{Op: "compute " + part, Err: errors.New("the analysis does not hold it"), Exit: exitAbsent}
}
