package cli

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"

	"faultline"
	"faultline/calendar"
	"faultline/evidence"
)

type validateGhostsCmd struct {
	Files
	From string `default:"2025-11-17" placeholder:"DATE" help:"First session."`
	To   string `default:"2025-11-21" placeholder:"DATE" help:"Last session."`
}

// Run says who sold how much.
func (c *validateGhostsCmd) Run(ctx context.Context, g *Globals, o *output) error {
	var days [2]calendar.Date
	for i, text := range []string{c.From, c.To} {
		d, err := calendar.ParseDate(text)
		if err != nil {
			return usage("read", []string{"--from", "--to"}[i], "write it as 2025-11-17", "%v", err)
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
	v, err := faultline.WhoSold(ctx, src.book, a, days[0], days[1])
	if err != nil {
		var absent *evidence.Absent
		if errors.As(err, &absent) {
			return &Error{Op: "validate ghosts", Err: err, Exit: exitAbsent, Hint: "give daily prices of the S&P 500 up to the close before and over the sessions"}
		}
		return &Error{Op: "validate ghosts", Err: err, Exit: exitInput}
	}
	if g.JSON {
		return writeJSON(o.w, struct {
			Schema  int    `json:"schema"`
			Version string `json:"version"`
			*faultline.Ghosts
		}{faultline.Schema, faultline.Version, v})
	}
	w := tabwriter.NewWriter(o.w, 0, 4, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(o.w, o.words.Text("validate.ghosts_title", evidence.Args{
		"from": v.From, "to": v.To, "start": o.words.Price(v.Start), "end": o.words.Price(v.End), "move": o.words.SignedPercent(v.End/v.Start-1, 2),
	}))
	fmt.Fprintf(w, "\t%s\t", o.words.Text("validate.ghosts_usd", nil))
	for _, l := range v.Laws {
		fmt.Fprintf(w, "%s\t", o.words.In("law", l))
	}
	fmt.Fprintln(w)
	points := func(name, usd string, p []float64) {
		fmt.Fprintf(w, "%s\t%s\t", name, usd)
		for _, x := range p {
			fmt.Fprintf(w, "%s\t", o.words.Signed(x, 1))
		}
		fmt.Fprintln(w)
	}
	for _, p := range v.Players {
		points(o.words.In("player", p.Name), o.words.SignedAmount(p.USD, 3), p.Points)
	}
	for _, p := range v.Shocks {
		points(o.words.In("shock", p.Name), "", p.Points)
	}
	points(o.words.In("head", "total"), "", v.Total)
	points(o.words.Text("validate.ghosts_residual", nil), "", v.Residual)
	if err := w.Flush(); err != nil {
		return err
	}
	for _, m := range v.Absent {
		fmt.Fprintln(o.w, o.words.In("player", m.Part)+o.words.Label("ui.colon")+o.words.Absent(m.Absent))
	}
	for _, c := range v.Caveats {
		fmt.Fprintln(o.w, o.words.Sentence(o.words.Say(c)))
	}
	return nil
}
