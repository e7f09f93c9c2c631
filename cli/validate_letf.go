package cli

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"

	"faultline"
	"faultline/evidence"
)

type validateLetfCmd struct {
	Files
}

// Run confronts what leveraged funds had to trade at the close of --as-of with the published imbalance.
func (c *validateLetfCmd) Run(ctx context.Context, g *Globals, o *output) error {
	if len(c.all()) == 0 && g.Data == "" {
		return usage("validate letf", "", "give them as files: faultline validate letf --pack nov2025 --as-of 2025-11-20 GSPC.csv NDX.csv …", "prices of the funds' underlyings are needed")
	}
	src, err := g.read(ctx, o, &c.Files)
	if err != nil {
		return err
	}
	a, err := g.assumptions()
	if err != nil {
		return err
	}
	v, err := faultline.ValidateRebalancing(ctx, src.book.AsOf(src.at), src.book.AsOf(o.now()), a)
	if err != nil {
		var absent *evidence.Absent
		if errors.As(err, &absent) {
			return &Error{Op: "validate letf", Err: err, Exit: exitAbsent, Hint: "give daily prices of the underlyings up to --as-of"}
		}
		return &Error{Op: "validate letf", Err: err, Exit: exitInput}
	}
	if g.JSON {
		return writeJSON(o.w, struct {
			Schema  int    `json:"schema"`
			Version string `json:"version"`
			AsOf    string `json:"as_of"`
			*faultline.RebalanceValidation
		}{faultline.Schema, faultline.Version, src.at.Format("2006-01-02T15:04:05Z07:00"), v})
	}
	say := o.words
	fmt.Fprintln(o.w, say.Text("validate.letf_title", evidence.Args{"session": say.DateOf(v.Session)}))
	w := tabwriter.NewWriter(o.w, 0, 4, 2, ' ', tabwriter.AlignRight)
	row := func(name string, move, usd, share string) {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t\n", name, move, usd, share)
	}
	row(say.In("head", "market"), say.In("head", "move"), say.In("head", "flow"), say.Label("validate.of_auction"))
	for _, x := range v.Orders {
		name := x.Underlying
		if say.Has("instrument." + name) {
			name = say.In("instrument", name)
		}
		row(name, say.SignedPercent(x.Return, 2), say.SignedAmount(x.USD, 2), say.SignedPercent(x.ShareOfAuction, 1))
	}
	row(say.In("head", "total"), "", say.SignedAmount(v.Total, 3), say.SignedPercent(v.Share, 1))
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(o.w, say.Text("validate.covered", evidence.Args{"share": say.Percent(v.Covered, 0)}))
	for _, x := range v.Stated {
		fmt.Fprintln(o.w, say.Text("validate.imbalance", evidence.Args{"usd": say.SignedAmount(x.USD, 2), "what": x.What, "source": x.Source}))
	}
	switch {
	case len(v.Stated) == 0:
		fmt.Fprintln(o.w, say.Label("validate.no_imbalance"))
	case v.Opposite:
		fmt.Fprintln(o.w, say.Label("validate.opposite"))
	}
	for i, r := range v.Reasons {
		fmt.Fprintf(o.w, "%d. %s\n", i+1, say.Sentence(say.Say(r)))
	}
	return nil
}
