package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"faultline"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/report"
)

type eventvolCmd struct {
	Files
	Event []string `placeholder:"NAME=TIME" sep:"none" help:"An event of your own, such as NVDA=2025-11-19T16:20:00-05:00, or NVDA=2025-11-19/after (the close) or /before (the open). May be repeated."`
}

// ownEvents reads the events of the user.
func ownEvents(list []string) (out []faultline.OwnEvent, err error) {
	for _, text := range list {
		name, when, ok := strings.Cut(text, "=")
		if !ok || strings.TrimSpace(name) == "" {
			return nil, misused("read", "--event", "event", evidence.Code{Code: "usage_event_without_name", Args: evidence.Args{"text": text}})
		}
		if at, err := time.Parse(time.RFC3339, when); err == nil {
			out = append(out, faultline.OwnEvent{Name: name, At: at.UTC()})
			continue
		}
		day, half, _ := strings.Cut(when, "/")
		d, err := calendar.ParseDate(day)
		hours := map[string]int{"before": 7, "after": 17}
		hour, known := hours[half]
		if err != nil || !known {
			return nil, misused("read", "--event", "event_time", evidence.Code{Code: "usage_event_time", Args: evidence.Args{"text": when}})
		}
		out = append(out, faultline.OwnEvent{Name: name, At: d.At(hour, 0, calendar.NewYork()).UTC()})
	}
	return out, nil
}

// Run prints what the coming events are priced at.
func (c *eventvolCmd) Run(ctx context.Context, g *Globals, o *output) error {
	own, err := ownEvents(c.Event)
	if err != nil {
		return err
	}
	a, _, err := g.analyze(ctx, o, &c.Files, faultline.WithEvents(own))
	if err != nil {
		return err
	}
	if a.EventVol == nil {
		for _, m := range a.Missing {
			if m.Part == "eventvol" {
				return &Error{Op: "price events", Err: m.Absent, Exit: exitAbsent, Next: "more_expiries"}
			}
		}
		return &Error{Op: "price events", Err: &evidence.Absent{Code: "eventvol_without_chain"}, Exit: exitAbsent, Next: "chain"}
	}
	if !g.JSON {
		return report.EventVol(o.w, a, o.words, o.width, o.tty)
	}
	return writeJSON(o.w, struct {
		envelope
		EventVol *faultline.EventVol `json:"eventvol"`
	}{wrap(a), a.EventVol})
}

type validateEventvolCmd struct {
	Files
	Mids string `placeholder:"FILE" help:"JSON of middles of SPX options on their last day, by session and time of day."`
}

// Run holds straddles against what happened.
func (c *validateEventvolCmd) Run(ctx context.Context, g *Globals, o *output) error {
	src, err := g.read(ctx, o, &c.Files)
	if err != nil {
		return err
	}
	a, err := g.assumptions()
	if err != nil {
		return err
	}
	var mids *faultline.Mids
	if c.Mids != "" {
		f, err := os.Open(c.Mids)
		if err != nil {
			return &Error{Op: "read middles", Path: c.Mids, Err: err, Exit: exitInput}
		}
		defer f.Close()
		if mids, err = faultline.ReadMids(f); err != nil {
			return &Error{Op: "read middles", Path: c.Mids, Err: err, Exit: exitInput, Next: "middles_form"}
		}
	}
	v, err := faultline.ValidateEventVol(ctx, src.book.AsOf(src.at), a, mids)
	if err != nil {
		var absent *evidence.Absent
		if errors.As(err, &absent) {
			return &Error{Op: "validate eventvol", Err: err, Exit: exitAbsent, Next: "validate_eventvol"}
		}
		return err
	}
	if g.JSON {
		return writeJSON(o.w, struct {
			Schema  int    `json:"schema"`
			Version string `json:"version"`
			*faultline.EventVolValidation
		}{faultline.Schema, faultline.Version, v})
	}
	w := tabwriter.NewWriter(o.w, 0, 4, 2, ' ', 0)
	mean := func(e faultline.BootstrappedMean) string {
		return fmt.Sprintf("%s (%s … %s)", o.words.SignedPercent(e.Value, 1), o.words.SignedPercent(e.Low, 1), o.words.SignedPercent(e.High, 1))
	}
	if len(v.Record) > 0 {
		fmt.Fprintln(w, o.words.Label("ui.event_record"))
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", o.words.Label("head.event"), o.words.Label("head.count"), o.words.Label("head.straddle_result"), o.words.Label("head.variance_ratio"), o.words.Label("head.won"))
		for _, r := range v.Record {
			fmt.Fprintf(w, "%s\t%d\t%s\t%s (%s … %s)\t%s\n", o.words.In("event_kind", r.Kind), r.Result.N, mean(r.Result),
				o.words.Number(r.Variance.Value, 2), o.words.Number(r.Variance.Low, 2), o.words.Number(r.Variance.High, 2), o.words.Percent(r.Won, 0))
		}
		fmt.Fprintln(w)
	}
	if len(v.LastDay) > 0 {
		fmt.Fprintln(w, o.words.Text("ui.last_day", evidence.Args{"days": v.Days, "from": v.From, "to": v.To}))
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", o.words.Label("head.structure"), o.words.Label("head.clock"), o.words.Label("head.before_costs"), o.words.Label("head.after_costs"), o.words.Label("head.usd_contract"), o.words.Label("head.won"))
		for _, r := range v.LastDay {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", o.words.In("structure", r.Structure), r.Clock, mean(r.Before), mean(r.After),
				o.words.SignedValue(r.USD.Value, evidence.USD), o.words.Percent(r.Won, 0))
		}
	}
	for _, m := range v.Missing {
		fmt.Fprintln(w, o.words.Absent(m.Absent))
	}
	return w.Flush()
}
