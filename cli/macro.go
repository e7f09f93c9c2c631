package cli

import (
	"context"

	"faultline"
	"faultline/evidence"
	"faultline/report"
)

type macroShowCmd struct {
	Files
}

// Run prints what is known of the economy and of what the Federal Reserve will do. It needs no prices.
func (c *macroShowCmd) Run(ctx context.Context, g *Globals, o *output) error {
	src, err := g.read(ctx, o, &c.Files)
	if err != nil {
		return err
	}
	a, err := g.assumptions()
	if err != nil {
		return err
	}
	for _, r := range src.report {
		if r.Rejected > 0 {
			o.note("%s", rejected(o, r.File, r.Rows, r.Rejected, r.ByReason))
		}
	}
	out, err := faultline.AnalyzeMacro(ctx, src.book.AsOf(src.at), a)
	if err != nil {
		return &Error{Op: "analyse the economy", Err: err}
	}
	if g.JSON {
		return writeJSON(o.w, struct {
			Schema  int    `json:"schema"`
			Version string `json:"version"`
			RunID   string `json:"run_id"`
			AsOf    string `json:"as_of"`
			*faultline.Macro
			Inputs []faultline.Input `json:"inputs"`
			Nodes  []evidence.Node   `json:"nodes"`
		}{out.Schema, out.Version, out.RunID, out.AsOf.Format("2006-01-02T15:04:05Z07:00"), out.Macro, out.Inputs, out.Nodes})
	}
	return report.Macro(o.w, out, o.words, o.width, o.tty)
}
