package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"faultline"
	"faultline/evidence"
	"faultline/report"
)

type ctaCmd struct {
	Show ctaShowCmd `cmd:"" default:"withargs" help:"Print positions, pivots and tapes (the default)."`
	Note ctaNoteCmd `cmd:"" help:"Write the weekly note: a page on where they stand, what they must trade, what changed and why."`
}

type ctaShowCmd struct {
	Files
}

// Run prints the trend followers.
func (c *ctaShowCmd) Run(ctx context.Context, g *Globals, o *output) error {
	a, _, err := g.analyze(ctx, o, &c.Files)
	if err != nil {
		return err
	}
	if a.Trend == nil {
		return missing(a, "cta")
	}
	if !g.JSON {
		return report.Trend(o.w, a, o.words, o.width, o.tty)
	}
	t := a.Trend
	out := struct {
		envelope
		Instrument string                     `json:"instrument"`
		From       string                     `json:"from"`
		Grade      evidence.Grade             `json:"grade"`
		Pivots     faultline.Pivots           `json:"pivots"`
		Position   *float64                   `json:"position_usd"`
		PositionUS *float64                   `json:"position_us_usd"`
		Percentile *float64                   `json:"percentile"`
		LastWeek   *float64                   `json:"flow_last_week_usd"`
		Tapes      map[string]faultline.Tapes `json:"tapes"`
		Regions    int                        `json:"regions"`
		Speeds     []faultline.Speed          `json:"speeds"`
		Markets    []faultline.Market         `json:"markets"`
		Peak       *faultline.Zone            `json:"peak,omitempty"`
		Change     *faultline.TrendChange     `json:"change,omitempty"`
		SellsAll   bool                       `json:"seller_in_every_scenario"`
		BuysAll    bool                       `json:"buyer_in_every_scenario"`
		Figures    []evidence.Figure          `json:"figures"` // of the plain numbers above
	}{
		envelope: wrap(a), Instrument: t.Instrument, From: t.From, Grade: t.Grade, Pivots: t.Pivots,
		Position: t.Position.Value, PositionUS: t.PositionUS.Value, Percentile: t.Percentile.Value, LastWeek: t.LastWeek.Value,
		Tapes: t.Tapes, Regions: t.Regions, Speeds: t.Speeds, Markets: t.Markets, Peak: t.Peak, Change: t.Change, SellsAll: t.SellsAll, BuysAll: t.BuysAll,
		Figures: []evidence.Figure{t.Position, t.PositionUS, t.Percentile, t.LastWeek},
	}
	return writeJSON(o.w, out)
}

type ctaNoteCmd struct {
	Files
	Out    string `placeholder:"PATH" help:"File to write; - is standard output. Default: out/faultline-cta-<date>-<lang>.<format>."`
	Format string `enum:"html,md,json" default:"html" help:"html, md or json."`
}

// Run writes the weekly note.
func (c *ctaNoteCmd) Run(ctx context.Context, g *Globals, o *output) error {
	a, s, err := g.analyze(ctx, o, &c.Files)
	if err != nil {
		return err
	}
	if a.Trend == nil {
		return missing(a, "cta")
	}
	n := report.Note{Analysis: a}
	if len(c.Readouts) > 0 {
		assume, err := g.assumptions()
		if err != nil {
			return err
		}
		if n.Banks, err = faultline.ScoreBanks(ctx, s, assume); err != nil {
			return scoring(err)
		}
	}
	if g.JSON || c.Format == "json" {
		return c.write(o, a, "json", func(w io.Writer) error {
			return report.Encode(w, struct {
				envelope
				Trend   *faultline.Trend          `json:"trend"`
				Missing []faultline.Missing       `json:"missing"`
				Banks   *faultline.BankValidation `json:"banks,omitempty"`
			}{wrap(a), a.Trend, a.Missing, n.Banks})
		}, g.JSON && c.Out == "")
	}
	return c.write(o, a, c.Format, func(w io.Writer) error {
		if c.Format == "md" {
			return report.NoteMarkdown(w, n, o.words)
		}
		return report.NoteHTML(w, n, o.words)
	}, false)
}

// write puts the note into its file and says where that is, or writes it to standard output.
func (c *ctaNoteCmd) write(o *output, a *faultline.Analysis, format string, write func(io.Writer) error, toStdout bool) error {
	if toStdout || c.Out == "-" {
		return write(o.w)
	}
	path := c.Out
	if path == "" {
		path = filepath.Join("out", fmt.Sprintf("faultline-cta-%s-%s.%s", a.AsOf.Format("2006-01-02"), o.words.Name(), format))
	}
	if err := writeFile(path, write); err != nil {
		return &Error{Op: "write the note", Path: path, Err: err, Hint: "choose another place with --out"}
	}
	_, err := fmt.Fprintln(o.w, path)
	return err
}

// scoring is the error of a comparison that could not be made.
func scoring(err error) error {
	var absent *evidence.Absent
	if errors.As(err, &absent) {
		return &Error{Op: "score readouts", Err: err, Exit: exitAbsent, Hint: "give a daily history of the S&P 500 with --prices"}
	}
	return &Error{Op: "score readouts", Err: err, Exit: exitInput}
}
