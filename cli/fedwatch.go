package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"faultline"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/feed"
	"faultline/market"
)

type fedwatchCmd struct {
	Futures   string `required:"" placeholder:"FILE" help:"Fed funds futures: CSV with the columns contract_symbol, close_price and as_of_date."`
	Meetings  string `required:"" placeholder:"FILE" help:"Meetings of the FOMC: one ISO date a line, the day of the announcement."`
	Effective string `enum:"next_day,same_day" default:"next_day" help:"From which day a decision moves the rate: next_day, as published today, or same_day, as in the worked examples of 2015 and 2022."`
	Between   string `enum:"anchors,forward,mean" default:"anchors" help:"How the rate between meetings of neighbouring months is found: anchors, as published today, forward or mean."`
	Target    string `placeholder:"LOW-HIGH" help:"Target range in force, in basis points, such as 375-400. Default: read off the curve."`
}

// Run prints the probability of each target range after each meeting.
func (c *fedwatchCmd) Run(ctx context.Context, g *Globals, o *output) error {
	low := -1
	if c.Target != "" {
		l, h, ok := strings.Cut(c.Target, "-")
		a, errLow := strconv.Atoi(l)
		b, errHigh := strconv.Atoi(h)
		if !ok || errLow != nil || errHigh != nil || b-a != 25 || a < 0 || a > 3000 {
			return usage("read", "--target", "write the range in basis points, such as 375-400", "%q is no target range of 25 basis points", c.Target)
		}
		low = a
	}
	at, err := g.endOfDay()
	if err != nil {
		return err
	}
	meetings, err := readMeetings(c.Meetings)
	if err != nil {
		return err
	}
	r, err := feed.ReadFile(ctx, c.Futures, feed.Options{Now: o.now()})
	if err != nil {
		return err
	}
	const wanted = "the columns are contract_symbol, close_price and as_of_date"
	if r.Report.Format != "zq_curve" {
		return &Error{Op: "read", Path: c.Futures, Err: fmt.Errorf("the file is %s and holds no futures curve", r.Report.Format), Exit: exitInput, Hint: wanted}
	}
	book := &market.Book{}
	book.Add(r.Sets...)
	if at.IsZero() {
		at = latest(book)
	}
	a, err := g.assumptions()
	if err != nil {
		return err
	}
	p, err := faultline.FedWatch(book.AsOf(at), meetings, a, faultline.FedOptions{Effective: c.Effective, Between: c.Between, LowBP: low})
	if err != nil {
		var absent *evidence.Absent
		if errors.As(err, &absent) {
			return &Error{Op: "read probabilities", Path: c.Futures, Err: err, Exit: exitAbsent, Hint: "give futures of the months around the meetings, and an --as-of on or after the day of their prices"}
		}
		return &Error{Op: "read probabilities", Path: c.Futures, Err: err}
	}
	for _, x := range r.Report.Rejects {
		p.Rejected = append(p.Rejected, faultline.FedReject{
			What:   fmt.Sprintf("%s:%d", r.Report.File, x.Line),
			Reason: evidence.Absent{Code: "row_rejected", Args: evidence.Args{"column": x.Column, "value": x.Value, "reason": x.Reason.Code}},
		})
	}
	if g.JSON {
		return writeJSON(o.w, struct {
			Schema  int    `json:"schema"`
			Version string `json:"version"`
			AsOf    string `json:"as_of"`
			*faultline.FedPath
		}{faultline.Schema, faultline.Version, at.Format(time.RFC3339), p})
	}
	return printFedPath(o, p)
}

// endOfDay reads --as-of as instant does, but a date means the end of that day: what is dated by a day,
// such as a settlement price, is known then and not yet at the close of the stock exchange.
func (g *Globals) endOfDay() (time.Time, error) {
	if g.AsOf != nil {
		if d, err := calendar.ParseDate(*g.AsOf); err == nil {
			return faultline.EndOfDay(d), nil
		}
	}
	return g.instant(calendar.NYSE())
}

// maxMeetings bounds the lines of a file of meetings: eight a year for more than a century.
const maxMeetings = 1000

// readMeetings reads one ISO date a line. Empty lines, and lines that begin with #, are left out.
func readMeetings(path string) ([]calendar.Date, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, &Error{Op: "read", Path: path, Err: err, Exit: exitInput}
	}
	defer f.Close()
	const hint = "write one announcement day a line, such as 2025-12-10"
	var out []calendar.Date
	s := bufio.NewScanner(io.LimitReader(f, 1<<20))
	for line := 1; s.Scan(); line++ {
		text := strings.TrimSpace(strings.TrimPrefix(s.Text(), "\ufeff"))
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		d, err := calendar.ParseDate(text)
		if err != nil {
			return nil, &Error{Op: "read", Path: fmt.Sprintf("%s:%d", path, line), Err: err, Exit: exitInput, Hint: hint}
		}
		if out = append(out, d); len(out) > maxMeetings {
			return nil, &Error{Op: "read", Path: path, Err: fmt.Errorf("more than %d meetings", maxMeetings), Exit: exitInput, Hint: hint}
		}
	}
	if err := s.Err(); err != nil {
		return nil, &Error{Op: "read", Path: path, Err: err, Exit: exitInput, Hint: hint}
	}
	if len(out) == 0 {
		return nil, &Error{Op: "read", Path: path, Err: errors.New("there is no meeting in the file"), Exit: exitInput, Hint: hint}
	}
	return out, nil
}

func printFedPath(o *output, p *faultline.FedPath) error {
	w := tabwriter.NewWriter(o.w, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, o.words.Text("fed.title", evidence.Args{"day": p.Day, "low": p.Target.LowBP, "high": p.Target.HighBP}))
	fmt.Fprintf(w, "\n%s\t%s\t%s\t%s\n", o.words.Label("fed.meeting"), o.words.Label("fed.expected"), o.words.Label("fed.change"), o.words.Label("fed.ranges"))
	for _, m := range p.Meetings {
		if m.Absent != nil {
			fmt.Fprintf(w, "%s\t%s\n", m.Date, o.words.Absent(m.Absent))
			continue
		}
		var ranges []string
		for _, r := range m.Ranges {
			ranges = append(ranges, fmt.Sprintf("%d–%d %s±%s", r.LowBP, r.HighBP, o.words.Percent(r.Probability, 1), o.words.Number(100*r.Error, 1)))
		}
		fmt.Fprintf(w, "%s\t%s\t%s ± %s\t%s\n", m.Date, o.words.Number(*m.ExpectedBP, 1),
			o.words.Number(*m.ChangeBP, 1), o.words.Number(*m.ChangeErrorBP, 1), strings.Join(ranges, "  "))
	}
	for _, r := range p.Rejected {
		fmt.Fprintf(w, "%s: %s\n", r.What, o.words.Absent(&r.Reason))
	}
	for _, m := range p.Meetings {
		for _, c := range m.Caveats {
			fmt.Fprintf(w, "%s: %s\n", m.Date, o.words.Say(c))
		}
	}
	for _, c := range p.Caveats {
		fmt.Fprintln(w, o.words.Say(c))
	}
	return w.Flush()
}
