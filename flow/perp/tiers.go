package perp

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
)

// Tier is one bracket of a venue's table of maintenance margin.
type Tier struct {
	Above float64 // dollars of notional from which it holds
	Rate  float64 // maintenance margin for each dollar of notional
	Less  float64 // dollars taken off, so that the margin is continuous in the notional
}

// Tiers is a table of brackets, the smallest first. The first one begins at 0.
type Tiers []Tier

// of is the bracket of a notional.
func (t Tiers) of(notional float64) Tier {
	k := len(t) - 1
	for k > 0 && notional <= t[k].Above {
		k--
	}
	return t[k]
}

// Maintenance is the maintenance margin of a position, in dollars:
//
//	rate·notional − less,  less_n = less_{n−1} + above_n·(rate_n − rate_{n−1})
//
// which is the form that Binance ("maintenance amount") and Hyperliquid ("maintenance deduction") publish.
func (t Tiers) Maintenance(notional float64) float64 {
	b := t.of(notional)
	return b.Rate*notional - b.Less
}

// newTiers sets the deductions of brackets that rise in both columns.
func newTiers(rows []Tier) (Tiers, error) {
	for k := range rows {
		r := &rows[k]
		switch {
		case !(r.Rate > 0 && r.Rate < 1):
			return nil, fmt.Errorf("maintenance margin %v is not between 0 and 1", r.Rate)
		case k == 0 && r.Above != 0:
			return nil, fmt.Errorf("the first bracket begins at %v dollars and not at 0", r.Above)
		case k > 0 && !(r.Above > rows[k-1].Above && r.Rate > rows[k-1].Rate):
			return nil, fmt.Errorf("bracket from %v dollars does not rise", r.Above)
		}
		if k > 0 {
			r.Less = rows[k-1].Less + r.Above*(r.Rate-rows[k-1].Rate)
		}
	}
	if len(rows) == 0 {
		return nil, errors.New("no bracket")
	}
	return rows, nil
}

//go:embed tiers.csv
var tierText []byte

// tierTables are the embedded brackets by venue and coin; coin * stands for all others. None was read from
// data: the column source tells those that a venue states from those that are assumed.
var tierTables = func() map[string]map[string]Tiers {
	t, err := parseTiers(bytes.NewReader(tierText))
	if err != nil {
		panic("perp: embedded brackets: " + err.Error())
	}
	return t
}()

// parseTiers reads a table of brackets: venue, coin, above_usd, maintenance, source.
func parseTiers(r io.Reader) (map[string]map[string]Tiers, error) {
	rows, err := csv.NewReader(r).ReadAll()
	if err != nil {
		return nil, err
	}
	raw := map[string]map[string][]Tier{}
	for i, row := range rows {
		if i == 0 {
			continue
		}
		if len(row) != 5 {
			return nil, fmt.Errorf("line %d has %d columns instead of 5", i+1, len(row))
		}
		above, err := strconv.ParseFloat(row[2], 64)
		if err != nil || math.IsNaN(above) || math.IsInf(above, 0) {
			return nil, fmt.Errorf("line %d: %q is not an amount", i+1, row[2])
		}
		rate, err := strconv.ParseFloat(row[3], 64)
		if err != nil {
			return nil, fmt.Errorf("line %d: %q is not a rate", i+1, row[3])
		}
		if raw[row[0]] == nil {
			raw[row[0]] = map[string][]Tier{}
		}
		if len(raw[row[0]][row[1]]) == 0 && row[4] == "" {
			return nil, fmt.Errorf("line %d: a table needs a source", i+1)
		}
		raw[row[0]][row[1]] = append(raw[row[0]][row[1]], Tier{Above: above, Rate: rate})
	}
	out := map[string]map[string]Tiers{}
	for venue, coins := range raw {
		out[venue] = map[string]Tiers{}
		for coin, list := range coins {
			if out[venue][coin], err = newTiers(list); err != nil {
				return nil, fmt.Errorf("%s %s: %w", venue, coin, err)
			}
		}
		if out[venue]["*"] == nil {
			return nil, fmt.Errorf("%s has no brackets for other coins", venue)
		}
	}
	return out, nil
}
