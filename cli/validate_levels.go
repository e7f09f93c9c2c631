package cli

import (
	"context"
	"errors"
	"path"
	"strings"
	"time"

	"faultline"
	"faultline/evidence"
	"faultline/market"
	"faultline/report"
)

type validateLevelsCmd struct {
	Files
}

// Run scores levels: give the chains of many days and the daily prices of their underlying. With the
// daily closes of an implied volatility, bars within the day and published figures of dealers' gamma
// among the files, it also tests what such figures are said to foretell.
func (c *validateLevelsCmd) Run(ctx context.Context, g *Globals, o *output) error {
	if len(c.all()) == 0 && g.Data == "" {
		return usage("validate levels", "", "give the chains of many days and the prices: faultline validate levels chains/*.json.gz GSPC.csv VIX.csv SPX_5min.csv DIX.csv", "chains and prices are needed")
	}
	src, err := g.read(ctx, o, &c.Files)
	if err != nil {
		return err
	}
	a, err := g.assumptions()
	if err != nil {
		return err
	}
	// Every session that is scored must be known; each chain itself sees only what came before it.
	d, underlying := levelData(src.book, o.now())
	if d.Bars == nil {
		return &Error{Op: "validate levels", Err: &evidence.Absent{Code: "no_bars", Args: evidence.Args{"instrument": underlying, "interval": "1d"}}, Exit: exitAbsent, Hint: "give the daily prices of the chains' underlying"}
	}
	v, err := faultline.ValidateLevels(d, a)
	if err != nil {
		var absent *evidence.Absent
		if errors.As(err, &absent) {
			return &Error{Op: "validate levels", Err: err, Exit: exitAbsent, Hint: "give the chains of many days"}
		}
		return &Error{Op: "validate levels", Err: err}
	}
	if g.JSON {
		return writeJSON(o.w, struct {
			Schema     int    `json:"schema"`
			Version    string `json:"version"`
			Underlying string `json:"underlying"`
			*faultline.LevelValidation
		}{faultline.Schema, faultline.Version, underlying, v})
	}
	return report.LevelRecord(o.w, v, o.words, o.width)
}

// levelData sorts what was given by what it is for. The underlying is that of the most chains, or the
// S&P 500 without any.
func levelData(book *market.Book, now time.Time) (d faultline.LevelData, underlying string) {
	chains := map[string][]*market.Chain{}
	underlying = "SPX"
	for _, set := range book.Sets() {
		if c := set.Chain; c != nil {
			chains[c.Underlying] = append(chains[c.Underlying], c)
			if len(chains[c.Underlying]) > len(chains[underlying]) {
				underlying = c.Underlying
			}
		}
	}
	s := book.AsOf(now)
	d.Chains = chains[underlying]
	if b, err := s.Daily(underlying); err == nil {
		d.Bars = b
	}
	if b, err := s.Daily("VIX"); err == nil {
		d.Implied = b
	}
	for _, key := range s.BarKeys() {
		name, interval := path.Split(key)
		b, err := s.Bars(underlying, market.ParseInterval(interval))
		if name == underlying+"/" && err == nil && b.Interval <= 30*time.Minute && (d.Intraday == nil || b.Len() > d.Intraday.Len()) {
			d.Intraday = b
		}
	}
	for _, id := range s.SeriesIDs() {
		if !strings.Contains(path.Base(id), "gex") {
			continue
		}
		if x, err := s.Series(id); err == nil {
			d.Published = append(d.Published, x)
		}
	}
	return d, underlying
}
