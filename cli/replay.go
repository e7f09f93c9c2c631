package cli

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"faultline"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
	"faultline/report"
)

type replayCmd struct {
	Day    string   `arg:"" placeholder:"DATE" help:"Session to reconstruct."`
	Files  []string `arg:"" optional:"" name:"file" help:"Bars within the day and daily, chains and other data, told apart by their content."`
	Out    string   `placeholder:"PATH" help:"File to write: .html, .pdf, .md or .json. Default: out/faultline-replay-<date>-<lang>.html."`
	Strict bool     `help:"Stop at the first row that cannot be used."`
}

// replayJSON is what is written of a session as JSON, to the terminal and to a file.
type replayJSON struct {
	envelope
	Replay *faultline.Replay `json:"replay"`
}

// Run reconstructs a session.
func (c *replayCmd) Run(ctx context.Context, g *Globals, o *output) error {
	day, err := calendar.ParseDate(c.Day)
	if err != nil {
		return usage("read", "DATE", "write it as 2025-11-20", "%q is no date", c.Day)
	}
	f := &Files{Files: c.Files, Strict: c.Strict}
	src, err := g.read(ctx, o, f)
	if err != nil {
		return err
	}
	a, err := g.replayed(ctx, o, src, day)
	if err != nil {
		return err
	}
	if a.Replay == nil {
		for _, m := range a.Missing {
			if m.Part == "replay" {
				return &Error{Op: "replay", Path: c.Day, Err: m.Absent, Exit: exitAbsent, Hint: "give bars within the day and daily prices: faultline replay " + c.Day + " SPX_5min.csv GSPC.csv VIX.csv …"}
			}
		}
		return &Error{Op: "replay", Path: c.Day, Err: &evidence.Absent{Code: "no_intraday_bars"}, Exit: exitAbsent}
	}
	if g.JSON && c.Out == "" {
		return writeJSON(o.w, replayJSON{wrap(a), a.Replay})
	}
	path := c.Out
	if path == "" {
		path = filepath.Join("out", fmt.Sprintf("faultline-replay-%s-%s.html", day, o.words.Name()))
	}
	if err := writeFile(path, func(w io.Writer) error {
		switch strings.ToLower(filepath.Ext(path)) {
		case ".md", ".markdown":
			return report.ReplayMarkdown(w, a, o.words)
		case ".json":
			return writeJSON(w, replayJSON{wrap(a), a.Replay})
		case ".pdf":
			return writePDF(ctx, w, func(w io.Writer) error { return report.ReplayHTML(w, a, o.words) })
		}
		return report.ReplayHTML(w, a, o.words)
	}); err != nil {
		return &Error{Op: "write the replay", Path: path, Err: err, Hint: pdfHint(err)}
	}
	if err := report.Replay(o.w, a, o.words, o.width, o.tty); err != nil {
		return err
	}
	_, err = fmt.Fprintln(o.w, "\n"+path)
	return err
}

// replayed runs the analysis with the reconstruction of a session.
func (g *Globals) replayed(ctx context.Context, o *output, src *source, day calendar.Date) (*faultline.Analysis, error) {
	played, err := replayOf(src, day)
	if err != nil {
		return nil, err
	}
	a, _, err := g.analyzed(ctx, o, src, played)
	return a, err
}

// replayOf asks for the reconstruction of a session.
func replayOf(src *source, day calendar.Date) (faultline.Option, error) {
	eve, err := faultline.EveningBefore(day)
	if err != nil {
		return nil, &Error{Op: "replay", Path: day.String(), Err: err, Exit: exitUsage, Hint: "name a day on which New York trades"}
	}
	return faultline.Replayed(day, src.book.AsOf(eve)), nil
}

// weekOf asks who sold how much in the week of a session, up to the last close that is known. It begins at the
// first session before which trend followers can be placed: a pack that cannot carry prices carries their state
// of some evenings only.
func weekOf(src *source, day calendar.Date) (faultline.Option, bool) {
	monday := day - calendar.Date(int(day.Weekday()+6)%7)
	sessions, err := calendar.NYSE().Sessions(monday, monday+4)
	if err != nil {
		return nil, false
	}
	for len(sessions) > 0 && sessions[len(sessions)-1].Close.After(src.at) {
		sessions = sessions[:len(sessions)-1]
	}
	if len(sessions) == 0 {
		return nil, false
	}
	last := sessions[len(sessions)-1].Date
	var whole faultline.Option
	for _, s := range sessions {
		eve, err := calendar.NYSE().Prev(s.Date)
		if err != nil {
			return nil, false
		}
		before := src.book.AsOf(eve.Close.UTC())
		option := faultline.Sold(s.Date, last, before)
		if whole == nil {
			whole = option
		}
		if _, err := before.Daily("SPX"); err == nil || slices.ContainsFunc(before.SeriesIDs(), func(id string) bool { return strings.HasPrefix(id, "state/cta/") }) {
			return option, true
		}
	}
	return whole, true
}

// lastWithin is the last session, over by the instant of the analysis, of which there are bars of the S&P
// 500 within the day: the one that a report reconstructs.
func lastWithin(src *source) (calendar.Date, bool) {
	s := src.book.AsOf(src.at)
	var last calendar.Date
	found := false
	for _, key := range s.BarKeys() {
		name, interval, _ := strings.Cut(key, "/")
		if name != "SPX" || interval == "1d" {
			continue
		}
		b, err := s.Bars(name, market.ParseInterval(interval))
		if err != nil {
			continue
		}
		for i := b.Len() - 1; i >= 0; i-- {
			day := calendar.DateIn(time.Unix(b.Begin[i], 0), calendar.NewYork())
			x, err := calendar.NYSE().Session(day)
			if err != nil || x.Close.After(s.At()) {
				continue
			}
			if !found || day > last {
				last, found = day, true
			}
			break
		}
	}
	return last, found
}
