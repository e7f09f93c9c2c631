package cli

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"faultline"
	"faultline/evidence"
	"faultline/feed"
	"faultline/market"
)

type validateCryptoCmd struct {
	Files
	Runs bool `help:"List every replay, by scale of the open interest."`
}

// eventDay dates the tables about 10 October 2025, which do not say of when they are: the end of that day.
var eventDay = time.Date(2025, 10, 11, 0, 0, 0, 0, time.UTC)

// Run replays the falls of 10 October and of 20 to 21 November 2025.
func (c *validateCryptoCmd) Run(ctx context.Context, g *Globals, o *output) error {
	paths := c.all()
	if len(paths) == 0 {
		return usage("validate crypto", "", "give prices of five minutes, open interest, funding and the tables of the event: faultline validate crypto BTC_5min.csv crypto/* facts.csv",
			"prices and open interest of coins are needed")
	}
	book := &market.Book{}
	for _, p := range paths {
		r, err := feed.ReadFile(ctx, p, feed.Options{At: eventDay, Now: o.now(), Strict: c.Strict})
		if err != nil {
			return err
		}
		if r.Report.Rejected > 0 {
			o.note("%s", rejected(o, r.Report.File, r.Report.Rows, r.Report.Rejected, r.Report.ByReason))
		}
		book.Add(r.Sets...)
	}
	a, err := g.assumptions()
	if err != nil {
		return err
	}
	v, err := faultline.ValidateCrypto(ctx, book, o.now(), a)
	if err != nil {
		return &Error{Op: "validate crypto", Err: err, Exit: exitAbsent, Hint: "give five-minute prices of a coin around the events and its open interest before them"}
	}
	if g.JSON {
		return writeJSON(o.w, struct {
			Schema  int    `json:"schema"`
			Version string `json:"version"`
			*faultline.CryptoValidation
		}{faultline.Schema, faultline.Version, v})
	}
	return printCryptoValidation(o, v, c.Runs)
}

func printCryptoValidation(o *output, v *faultline.CryptoValidation, runs bool) error {
	w := tabwriter.NewWriter(o.w, 0, 4, 2, ' ', 0)
	span := func(r *faultline.ModelRange, u evidence.Unit) string {
		switch {
		case r == nil:
			return "·"
		case r.Low == r.High:
			return cryptoValue(o, r.Low, u)
		}
		return cryptoValue(o, r.Low, u) + " … " + cryptoValue(o, r.High, u)
	}
	for i, e := range v.Events {
		if i > 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintln(w, o.words.Text("validate.crypto_title", evidence.Args{"event": o.words.In("crypto_event", e.Event), "book": e.Book, "until": e.Until}))
		fmt.Fprintf(w, "\n%s\t%s\t%s\t%s\t%s\t%s\n", o.words.Label("validate.measure"), o.words.Label("validate.crypto_given"), o.words.Label("validate.crypto_failed"),
			o.words.Label("validate.crypto_own"), o.words.Label("validate.crypto_claim"), o.words.Label("validate.crypto_verdict"))
		for _, r := range e.Rows {
			for k, c := range r.Claims {
				claim := cryptoValue(o, c.Value, r.Unit)
				if c.Compared != nil {
					claim += " → " + cryptoValue(o, *c.Compared, r.Unit)
				}
				claim += " (" + o.words.In("coverage", c.Coverage) + ")"
				if k > 0 {
					fmt.Fprintf(w, "\t\t\t\t%s\t\n", claim)
					continue
				}
				fmt.Fprintf(w, "%s, %s\t%s\t%s\t%s\t%s\t%s\n", o.words.In("crypto_measure", r.Measure), r.Coin,
					span(r.Given, r.Unit), span(r.Failed, r.Unit), span(r.Own, r.Unit), claim, o.words.In("crypto_verdict", r.OfGiven)+" · "+o.words.In("crypto_verdict", r.OfOwn))
			}
		}
		for _, m := range e.Missing {
			fmt.Fprintln(w, o.words.Absent(m))
		}
		if runs {
			fmt.Fprintln(w)
			for _, x := range e.Runs {
				at := "·"
				if x.PeakAt != nil {
					at = x.PeakAt.Format("15:04")
				}
				fmt.Fprintf(w, "%s\t%s\t%s %s\t%s\t%s (%s)\t%s\n", x.Coin, o.words.In("crypto_prices", x.Prices), o.words.In("crypto_scale", x.Scale),
					o.words.Amount(x.Interest, 3), o.words.Amount(x.Liquidated, 3), o.words.Amount(x.Peak, 3), at, o.words.Price(x.Low))
			}
		}
	}
	fmt.Fprintln(w, "\n"+o.words.Label("validate.crypto_notes"))
	return w.Flush()
}

// cryptoValue prints a measure in its unit.
func cryptoValue(o *output, x float64, u evidence.Unit) string {
	switch u {
	case evidence.USD:
		return o.words.Amount(x, 3)
	case evidence.Points:
		return o.words.Price(x)
	case evidence.Ratio:
		return o.words.Percent(x, 1)
	}
	return o.words.Number(x, 0)
}
