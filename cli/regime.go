package cli

import (
	"context"

	"faultline"
	"faultline/evidence"
	"faultline/report"
)

type regimeCmd struct {
	Files
}

// Run prints the state of the market against its own history.
func (c *regimeCmd) Run(ctx context.Context, g *Globals, o *output) error {
	a, _, err := g.analyze(ctx, o, &c.Files)
	if err != nil {
		return err
	}
	if a.Regime == nil {
		return &Error{
			Op: "measure the regime", Err: &evidence.Absent{Code: "regime_without_prices"}, Exit: exitAbsent,
			Hint: "give daily prices of the index, the VIX, SPY and the sector funds: faultline regime GSPC.csv VIX.csv SPY.csv XLK.csv …",
		}
	}
	if !g.JSON {
		return report.Regime(o.w, a, o.words, o.width, o.tty)
	}
	return writeJSON(o.w, struct {
		envelope
		Regime *faultline.Regime `json:"regime"`
	}{wrap(a), a.Regime})
}
