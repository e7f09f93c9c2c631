package cli

import (
	"context"
	"fmt"
	"time"

	"faultline"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/feed"
	"faultline/market"
	"faultline/report"
)

type cryptoCmd struct {
	Files
	Positions []string `placeholder:"FILE" sep:"," help:"Your own or a venue's positions: coin, side, units, entry, leverage or margin; venue and account where known."`
}

// source reads the market data. Positions alone need none: their own marks stand in, as of now.
func (c *cryptoCmd) source(ctx context.Context, g *Globals, o *output) (*source, error) {
	if len(c.Positions) == 0 || len(c.all()) > 0 || g.Data != "" || g.Pack != "" {
		return g.read(ctx, o, &c.Files)
	}
	at, err := g.instant(calendar.Crypto())
	if err != nil {
		return nil, err
	}
	if at.IsZero() {
		at = o.now().UTC()
	}
	return &source{book: &market.Book{}, at: at}, nil
}

// Run prints what is liquidated at which price in perpetual contracts on coins.
func (c *cryptoCmd) Run(ctx context.Context, g *Globals, o *output) error {
	src, err := c.source(ctx, g, o)
	if err != nil {
		return err
	}
	for _, path := range c.Positions {
		r, err := feed.ReadFile(ctx, path, feed.Options{At: src.at, Now: o.now(), Strict: c.Strict})
		if err != nil {
			return err
		}
		held := false
		for _, d := range r.Sets {
			held = held || d.Positions != nil && !d.Positions.Outcomes
		}
		if !held {
			return &Error{
				Op: "read", Path: path, Exit: exitInput, Err: fmt.Errorf("the file is %s and holds no open positions", r.Report.Format),
				Hint: "its head must name coin, side, units and entry, and leverage or margin",
			}
		}
		src.book.Add(r.Sets...)
		src.report = append(src.report, r.Report)
	}
	a, _, err := g.analyzed(ctx, o, src)
	if err != nil {
		return err
	}
	if a.Crypto == nil {
		why := &evidence.Absent{Code: "no_crypto_data"}
		for _, m := range a.Missing {
			if m.Part == "perp" {
				why = m.Absent
			}
		}
		return &Error{
			Op: "compute crypto", Err: why, Exit: exitAbsent,
			Hint: "give prices of a coin with its open interest, or positions: faultline crypto BTC_1h.csv BTCUSD_metrics.csv --positions mine.csv",
		}
	}
	if !g.JSON {
		return report.Crypto(o.w, a, o.words, o.width, o.tty)
	}
	return writeJSON(o.w, struct {
		Schema  int                 `json:"schema"`
		Version string              `json:"version"`
		RunID   string              `json:"run_id"`
		AsOf    string              `json:"as_of"`
		Caveats []evidence.Code     `json:"caveats"`
		Crypto  *faultline.Crypto   `json:"crypto"`
		Missing []faultline.Missing `json:"missing"`
	}{a.Schema, a.Version, a.RunID, a.AsOf.Format(time.RFC3339), a.Crypto.Caveats, a.Crypto, a.Missing})
}
