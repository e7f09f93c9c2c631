package cli

import (
	"context"
	"errors"
	"io"
	"strings"

	"faultline"
	"faultline/evidence"
	"faultline/report"
)

type levelsCmd struct {
	Files
	Held
	Export string `enum:",csv,tradingview" default:"" placeholder:"FORMAT" help:"Write the levels for another program: csv or tradingview."`
	In     string `placeholder:"INSTRUMENT" help:"Export in the terms of another instrument: ES or SPY."`
	Sheet  bool   `help:"One page: the levels, and what became of those of the session before. Give that session's chain too, or a store."`
	HTML   string `name:"html" placeholder:"PATH" help:"Write the sheet as a page that prints on A4."`
	Format string `enum:"text,md" default:"text" help:"Form of the sheet on standard output: text or md."`
}

// Run prints the levels.
func (c *levelsCmd) Run(ctx context.Context, g *Globals, o *output) error {
	if c.Sheet || c.HTML != "" || c.Format == "md" {
		return c.sheet(ctx, g, o)
	}
	a, _, err := g.analyzeHeld(ctx, o, &c.Files, &c.Held)
	if err != nil {
		return err
	}
	if c.Export != "" {
		return c.export(o, a)
	}
	if !g.JSON {
		return report.Levels(o.w, a, o.words, o.width, o.tty)
	}
	return writeJSON(o.w, dealersJSON(a))
}

// dealersOut is what levels and gamma write as JSON: one contract, whichever of the two a program calls.
type dealersOut struct {
	envelope
	Levels     []faultline.Level         `json:"levels"`
	Convention string                    `json:"convention,omitempty"`
	Unit       evidence.Unit             `json:"unit,omitempty"` // of exposure.gex
	Exposure   *faultline.Exposure       `json:"exposure,omitempty"`
	Terms      []faultline.Terms         `json:"terms"`
	Forward    []faultline.Forward       `json:"forward"`
	Rejected   []faultline.RejectedQuote `json:"rejected"`
	Missing    []faultline.Missing       `json:"missing"`
}

func dealersJSON(a *faultline.Analysis) dealersOut {
	out := dealersOut{
		envelope: wrap(a), Levels: a.Levels, Exposure: a.Exposure, Terms: append([]faultline.Terms{}, a.Terms...), Missing: a.Missing,
		Forward: append([]faultline.Forward{}, a.Forward...), Rejected: append([]faultline.RejectedQuote{}, a.Rejected...),
	}
	if a.Exposure != nil {
		out.Convention, out.Unit = a.Exposure.Convention, a.Exposure.GEX.Unit
	}
	return out
}

// export writes the levels for another program.
func (c *levelsCmd) export(o *output, a *faultline.Analysis) error {
	err := report.Export(o.w, a, o.words, c.Export, strings.ToUpper(c.In))
	var absent *evidence.Absent
	switch {
	case errors.As(err, &absent):
		return &Error{Op: "export", Path: c.In, Err: absent, Exit: exitAbsent}
	case err != nil && c.In != "":
		return &Error{Op: "read", Path: "--in", Err: err, Exit: exitUsage, Hint: "the terms that there are: ES and SPY, of the S&P 500"}
	}
	return err
}

// sheet writes the level sheet.
func (c *levelsCmd) sheet(ctx context.Context, g *Globals, o *output) error {
	if c.Export != "" {
		return usage("read", "--export", "leave --sheet out, or --export", "a sheet is no list for another program")
	}
	with, err := c.options(o)
	if err != nil {
		return err
	}
	src, err := g.read(ctx, o, &c.Files)
	if err != nil {
		return err
	}
	a, err := g.assumptions()
	if err != nil {
		return err
	}
	s, err := faultline.LevelSheet(ctx, src.book, src.at, a, with...)
	if err != nil {
		var absent *evidence.Absent
		if errors.As(err, &absent) {
			return &Error{Op: "analyse", Err: err, Exit: exitAbsent, Hint: "give prices up to then with --prices, or another --as-of"}
		}
		return &Error{Op: "analyse", Err: err}
	}
	if err := c.convert(s.Analysis); err != nil {
		return err
	}
	if c.HTML != "" {
		if err := writeFile(c.HTML, func(w io.Writer) error { return report.SheetHTML(w, s, o.words) }); err != nil {
			return &Error{Op: "write the sheet", Path: c.HTML, Err: err, Hint: "choose another place with --html"}
		}
	}
	switch {
	case g.JSON:
		return writeJSON(o.w, struct {
			envelope
			Levels []faultline.Level `json:"levels"`
			Terms  []faultline.Terms `json:"terms"`
			*faultline.Sheet
		}{wrap(s.Analysis), s.Analysis.Levels, append([]faultline.Terms{}, s.Analysis.Terms...), s})
	case c.Format == "md":
		return report.SheetMarkdown(o.w, s, o.words)
	}
	return report.Sheet(o.w, s, o.words, o.width, o.tty)
}
