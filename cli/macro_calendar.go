package cli

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"faultline"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/words"
)

type macroCmd struct {
	Show     macroShowCmd     `cmd:"" default:"withargs" help:"Print what is known of the economy and of what the Federal Reserve will do."`
	Calendar macroCalendarCmd `cmd:"" help:"Print the calendar of economic releases and its holes, as it was known."`
}

type macroCalendarCmd struct {
	From string `placeholder:"DATE" help:"First day. Default: eighty days before --as-of."`
	To   string `placeholder:"DATE" help:"Last day. Default: forty-five days after --as-of."`
}

// Run prints the calendar. Without --as-of it is that of the pack.
func (c *macroCalendarCmd) Run(ctx context.Context, g *Globals, o *output) error {
	at, err := g.instant(calendar.NYSE())
	if err != nil {
		return err
	}
	if at.IsZero() {
		p, err := g.openPack(ctx)
		if err != nil {
			return err
		}
		at = p.Meta.AsOf
	}
	list := faultline.Releases(at)
	bounds := [2]time.Time{list.From, list.To}
	for i, text := range []string{c.From, c.To} {
		if text == "" {
			continue
		}
		d, err := calendar.ParseDate(text)
		if err != nil {
			return usage("read", []string{"--from", "--to"}[i], "write it as 2025-11-20", "%v", err)
		}
		bounds[i] = (d + calendar.Date(i)).At(0, 0, calendar.NewYork())
	}
	if bounds[1].Before(bounds[0]) || bounds[1].Sub(bounds[0]) > 3*366*24*time.Hour {
		return usage("read", "--from", "give two days in order, at most three years apart", "from %s to %s is no stretch of the calendar",
			bounds[0].Format(time.DateOnly), bounds[1].Format(time.DateOnly))
	}
	list = faultline.ReleasesBetween(bounds[0], bounds[1], at)
	if g.JSON {
		return writeJSON(o.w, struct {
			Schema  int    `json:"schema"`
			Version string `json:"version"`
			*faultline.ReleaseCalendar
		}{faultline.Schema, faultline.Version, list})
	}
	w := tabwriter.NewWriter(o.w, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, o.words.Text("ui.calendar_lead", evidence.Args{"count": len(list.Releases), "holes": list.Holes}))
	fmt.Fprintln(w)
	day := func(t *time.Time) string {
		if t == nil {
			return "·"
		}
		return calendar.DateIn(*t, calendar.NewYork()).String()
	}
	for _, r := range list.Releases {
		mark := " "
		if r.Hole {
			mark = "○"
		}
		part := ""
		if r.Part != "" {
			part = o.words.In("release_part", r.Part)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", mark, o.words.In("release", r.Report), words.Clean(r.Period),
			day(&r.Scheduled), day(r.Due), day(r.Actual), o.words.In("release_status", r.Status), part)
	}
	return w.Flush()
}
