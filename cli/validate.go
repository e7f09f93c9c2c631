package cli

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"

	"faultline"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/report"
)

type validateCmd struct {
	Eventvol validateEventvolCmd `cmd:"" help:"Hold straddles before releases and options on their last day against what happened."`
	Crypto   validateCryptoCmd   `cmd:"" help:"Replay the falls of 10 October and of 20 to 21 November 2025 beside what was observed and published."`
	Levels   validateLevelsCmd   `cmd:"" help:"Score the levels of many chains against the sessions that followed, beside placebos."`
	CTA      validateCTACmd      `cmd:"" name:"cta" help:"Score the trend model on published readouts and on data that its fit did not see."`
	Letf     validateLetfCmd     `cmd:"" help:"Confront what leveraged funds had to trade at a close with the published imbalance."`
	Cascade  validateCascadeCmd  `cmd:"" help:"Hold the feedback loop against real days: forecasts, calibration, and how much the tape excites itself."`
	Ghosts   validateGhostsCmd   `cmd:"" help:"Say who sold how much over some sessions, in dollars and in points of the index."`
	Scenario validateScenarioCmd `cmd:"" help:"Score a tree of scenarios on what is known by now, beside what markets gave for its conditions."`
}

type validateCTACmd struct {
	Files
	From string `default:"2025-11-03" placeholder:"DATE" help:"First session whose pivots are listed."`
	To   string `default:"2025-11-28" placeholder:"DATE" help:"Last session whose pivots are listed."`
	Rows bool   `help:"List every published figure beside the model's."`
}

// Run validates the trend model.
func (c *validateCTACmd) Run(ctx context.Context, g *Globals, o *output) error {
	if len(c.all()) == 0 && g.Data == "" {
		return usage("validate cta", "", "give them as files: faultline validate cta bank_readouts.csv GSPC.csv DAX.csv …", "readouts and prices are needed")
	}
	var days [2]calendar.Date
	for i, text := range []string{c.From, c.To} {
		d, err := calendar.ParseDate(text)
		if err != nil {
			return usage("read", []string{"--from", "--to"}[i], "write it as 2025-11-20", "%v", err)
		}
		days[i] = d
	}
	src, err := g.read(ctx, o, &c.Files)
	if err != nil {
		return err
	}
	a, err := g.assumptions()
	if err != nil {
		return err
	}
	state := src.book.AsOf(src.at)
	var banks *faultline.BankValidation
	if len(c.Readouts) > 0 {
		if banks, err = faultline.ScoreBanks(ctx, state, a); err != nil {
			return scoring(err)
		}
	}
	v, err := faultline.ValidateTrend(ctx, state, a, days[0], days[1])
	if err != nil {
		var absent *evidence.Absent
		if errors.As(err, &absent) {
			if banks != nil && absent.Code == "too_few_readouts" { // they can be scored, but none can be left out of a fit
				o.note("%s", o.words.Absent(absent))
				return c.banks(o, g, src, banks)
			}
			return &Error{Op: "validate cta", Err: err, Exit: exitAbsent, Hint: "give readouts and a daily history of the S&P 500"}
		}
		return &Error{Op: "validate cta", Err: err, Exit: exitInput}
	}
	if g.JSON {
		return writeJSON(o.w, struct {
			Schema  int    `json:"schema"`
			Version string `json:"version"`
			AsOf    string `json:"as_of"`
			*faultline.TrendValidation
			Banks *faultline.BankValidation `json:"banks,omitempty"`
		}{faultline.Schema, faultline.Version, src.at.Format("2006-01-02T15:04:05Z07:00"), v, banks})
	}
	if err := printValidation(o, v, c.Rows); err != nil || banks == nil {
		return err
	}
	return report.Banks(o.w, banks, o.words, o.width)
}

// banks writes the scores of publishers alone.
func (c *validateCTACmd) banks(o *output, g *Globals, src *source, b *faultline.BankValidation) error {
	if g.JSON {
		return writeJSON(o.w, struct {
			Schema  int                       `json:"schema"`
			Version string                    `json:"version"`
			AsOf    string                    `json:"as_of"`
			Banks   *faultline.BankValidation `json:"banks"`
		}{faultline.Schema, faultline.Version, src.at.Format("2006-01-02T15:04:05Z07:00"), b})
	}
	return report.Banks(o.w, b, o.words, o.width)
}

func printValidation(o *output, v *faultline.TrendValidation, rows bool) error {
	w := tabwriter.NewWriter(o.w, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, o.words.Text("validate.title", evidence.Args{"readouts": v.Readouts, "regions": v.Regions}))
	fmt.Fprintf(w, "\n%s\t%s\t%s\t%s\tn\n", o.words.Label("validate.measure"), o.words.Label("validate.value"), o.words.Label("validate.interval"), o.words.Label("validate.baseline"))
	for _, s := range v.Scores {
		value, band, base := "", "", ""
		switch {
		case s.Absent != nil:
			value = o.words.Absent(s.Absent)
		default:
			value = score(o, *s.Value, s)
		}
		if s.Low != nil && s.High != nil {
			band = score(o, *s.Low, s) + " … " + score(o, *s.High, s)
		}
		if s.Baseline != nil {
			base = score(o, *s.Baseline, s)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\n", o.words.In("measure", s.ID), value, band, base, s.N)
	}
	for _, m := range v.Missing {
		fmt.Fprintln(w, o.words.Absent(&m))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(o.w, o.words.Label("validate.momentum_note"))
	printLags(o, w, v.Lags)
	fmt.Fprintf(w, "\n%s\t%s\t%s\t%s\t%s\n", o.words.Label("validate.session"), o.words.Label("validate.close"), o.words.In("level", "cta_short"), o.words.In("level", "cta_medium"), o.words.In("level", "cta_long"))
	price := func(x *float64) string {
		if x == nil {
			return "·"
		}
		return o.words.Price(*x)
	}
	for _, d := range v.Days {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", d.Date, price(d.Close), price(d.Short), price(d.Medium), price(d.Long))
	}
	if rows {
		fmt.Fprintln(w)
		for _, r := range v.Rows {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", r.Date, r.Publisher, r.Figure,
				o.words.Value(r.Published, evidence.Unit(r.Unit)), o.words.Value(r.Model, evidence.Unit(r.Unit)))
		}
	}
	return w.Flush()
}

// printLags shows which session readouts describe: the errors at the model's own numbers if it were another.
func printLags(o *output, w *tabwriter.Writer, lags []faultline.TrendLag) {
	if len(lags) == 0 {
		return
	}
	show := func(x *float64, percent bool) string {
		switch {
		case x == nil:
			return "·"
		case percent:
			return fmt.Sprintf("%.2f %%", 100**x)
		}
		return fmt.Sprintf("%.2f", *x)
	}
	fmt.Fprintf(w, "\n%s\t%s\t%s\t%s\t%s\t%s\n", o.words.Label("validate.lag"), o.words.In("level", "cta_short"), o.words.In("level", "cta_medium"),
		o.words.In("level", "cta_long"), o.words.In("measure", "flow_global.skill"), o.words.In("measure", "flow_us.skill"))
	for _, l := range lags {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", o.words.Signed(float64(l.Sessions), 0), show(l.Short, true), show(l.Medium, true), show(l.Long, true), show(l.SkillGlobal, false), show(l.SkillUS, false))
	}
}

// score prints a measure: errors of pivots in percent with enough digits to compare, correlations and
// skills as they are.
func score(o *output, x float64, s faultline.Score) string {
	if s.Unit == evidence.Ratio {
		if len(s.ID) > 6 && s.ID[:6] == "pivot_" {
			return fmt.Sprintf("%.3f %%", 100*x)
		}
		return fmt.Sprintf("%.2f", x)
	}
	return o.words.Value(x, s.Unit)
}
