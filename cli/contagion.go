package cli

import (
	"context"

	"faultline"
	"faultline/evidence"
	"faultline/report"
)

type contagionCmd struct {
	Files
}

// Run prints what the data say of a channel between crypto and equities.
func (c *contagionCmd) Run(ctx context.Context, g *Globals, o *output) error {
	a, _, err := g.analyze(ctx, o, &c.Files)
	if err != nil {
		return err
	}
	if a.Contagion == nil {
		return &Error{
			Op: "compute contagion", Err: reason(a, "contagion"), Exit: exitAbsent,
			Hint: "give prices of bitcoin and of stocks or indices, daily and within the day: faultline contagion BTC.csv QQQ.csv …",
		}
	}
	if !g.JSON {
		return report.Contagion(o.w, a, o.words, o.width, o.tty)
	}
	return writeJSON(o.w, struct {
		envelope
		Contagion *faultline.Contagion `json:"contagion"`
		Missing   []faultline.Missing  `json:"missing"`
	}{wrap(a), a.Contagion, a.Missing})
}

// reason says why a part of the analysis is missing; without crypto prices nothing was asked.
func reason(a *faultline.Analysis, part string) error {
	for _, m := range a.Missing {
		if m.Part == part {
			return m.Absent
		}
	}
	return &evidence.Absent{Code: "no_bars", Args: evidence.Args{"instrument": "BTC"}}
}
