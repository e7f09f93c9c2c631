package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"text/tabwriter"

	"faultline"
	"faultline/calendar"
	"faultline/evidence"
)

type validateCascadeCmd struct {
	Files
	Date string `default:"2025-11-20" placeholder:"DATE" help:"Session whose branching ratio is set beside the others."`
}

// Run holds the loop against real days.
func (c *validateCascadeCmd) Run(ctx context.Context, g *Globals, o *output) error {
	if len(c.all()) == 0 && g.Data == "" {
		return usage("validate cascade", "", "give them as files: faultline validate cascade GSPC.csv VIX.csv DIX.csv SPY_1min.csv", "prices, volatility and published gamma are needed")
	}
	date, err := calendar.ParseDate(c.Date)
	if err != nil {
		return usage("read", "--date", "write it as 2025-11-20", "%v", err)
	}
	src, err := g.read(ctx, o, &c.Files)
	if err != nil {
		return err
	}
	a, err := g.assumptions()
	if err != nil {
		return err
	}
	v, err := faultline.ValidateCascade(ctx, src.book, src.book.AsOf(src.at), a, date)
	if err != nil {
		var absent *evidence.Absent
		if errors.As(err, &absent) {
			return &Error{Op: "validate cascade", Err: err, Exit: exitAbsent, Hint: "give daily prices of SPX and VIX, and published gamma with at least five years of days"}
		}
		return &Error{Op: "validate cascade", Err: err}
	}
	if g.JSON {
		return writeJSON(o.w, struct {
			Schema  int    `json:"schema"`
			Version string `json:"version"`
			*faultline.CascadeValidation
		}{faultline.Schema, faultline.Version, v})
	}
	return printCascade(o, v)
}

func printCascade(o *output, v *faultline.CascadeValidation) error {
	w := tabwriter.NewWriter(o.w, 0, 4, 2, ' ', 0)
	say := func(key string, args evidence.Args) string { return o.words.Text("validate."+key, args) }
	fmt.Fprintln(w, say("cascade_title", evidence.Args{"days": v.Days, "first": v.First, "last": v.Last}))
	fmt.Fprintf(w, "\n%s\t%s\t%s\n", say("cascade_gain", nil), o.words.In("head", "mean"), say("cascade_days_band", nil))
	for _, p := range append(slices.Clone(v.Players), "total", "interaction") {
		s := v.Gain[p]
		fmt.Fprintf(w, "%s\t%.4f\t%.4f … %.4f\n", p, *s.Value, *s.Low, *s.High)
	}
	fmt.Fprintf(w, "\n%s\t%s\t%s\tt\tp\tn\t%s\n", say("cascade_target", nil), say("cascade_beyond", nil), say("cascade_saves", nil), say("cascade_in_sample", nil))
	for _, t := range v.Tests {
		fmt.Fprintf(w, "%s\t%s + %s\t%.2f %%\t%.2f\t%.3f\t%d\t%.2f\n", t.Target, t.Baseline, t.With, 100*t.Gain, t.T, t.P, t.N, t.InSample)
	}
	fmt.Fprintln(w, "\n"+say("cascade_pit", nil))
	for _, p := range v.PIT {
		fmt.Fprintf(w, "%s\tKS %.3f (5 %%: %.3f)\t%.1f %% / 90 %%\t", p.Name, p.Distance, p.Critical, 100*p.Inside)
		for _, b := range p.Bins {
			fmt.Fprintf(w, " %.0f", 100*b)
		}
		fmt.Fprintln(w)
	}
	if t := v.Tape; t != nil {
		fmt.Fprintln(w, "\n"+say("cascade_tape", evidence.Args{
			"instrument": t.Instrument, "days": len(t.Days), "first": t.Days[0].Date, "last": t.Days[len(t.Days)-1].Date,
		}))
		fmt.Fprintf(w, "%s\t%.2f (%.2f … %.2f)\t%s %.2f\t%s %.0f\n", t.Date, *t.Branching.Value, *t.Branching.Low, *t.Branching.High,
			say("cascade_median", nil), t.Median, say("cascade_percentile", nil), *t.Percentile.Value)
		if t.LoopGain.Value != nil {
			fmt.Fprintf(w, "%s\t%.3f\n", say("cascade_loop_gain", nil), *t.LoopGain.Value)
		}
	}
	for i := range v.Missing {
		fmt.Fprintln(w, o.words.Absent(&v.Missing[i]))
	}
	return w.Flush()
}
