package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"

	"faultline"
	"faultline/words"
)

// Export writes the levels for another program: "csv", one row a level, or "tradingview", a Pine script
// that draws them as lines on a chart of the instrument. Levels that do not exist stand in the CSV with
// their reason and are left out of the script. With another instrument, such as ES or SPY, they are those
// of the underlying in its terms; it is an error where there are none.
func Export(w io.Writer, a *faultline.Analysis, say *words.Words, format, instrument string) error {
	if err := check(a); err != nil {
		return err
	}
	if instrument != "" && instrument != a.Underlying {
		var err error
		if a, err = inTerms(a, instrument); err != nil {
			return err
		}
	}
	switch format {
	case "csv":
		return exportCSV(w, a)
	case "tradingview":
		return exportPine(w, a, say)
	}
	return fmt.Errorf("export levels: %q is none of csv, tradingview", format)
}

// inTerms is an analysis whose levels are in the terms of another instrument.
func inTerms(a *faultline.Analysis, instrument string) (*faultline.Analysis, error) {
	for _, x := range a.Terms {
		if x.Instrument != instrument {
			continue
		}
		if x.Absent != nil {
			return nil, fmt.Errorf("export levels: %w", x.Absent)
		}
		out := *a
		out.Underlying, out.Levels = instrument, nil
		for _, l := range a.Levels {
			for i := range x.Levels {
				if v := &x.Levels[i]; v.ID == l.ID {
					l.Instrument, l.Price, l.Low, l.High = instrument, &v.Price, v.Low, v.High
					out.Levels = append(out.Levels, l)
				}
			}
		}
		return &out, nil
	}
	return nil, fmt.Errorf("export levels: there are none in terms of %s", words.Clean(instrument))
}

func exportCSV(w io.Writer, a *faultline.Analysis) error {
	c := csv.NewWriter(w)
	number := func(x *float64) string {
		if x == nil {
			return ""
		}
		return strconv.FormatFloat(*x, 'f', -1, 64)
	}
	rows := [][]string{{"as_of", "run_id", "instrument", "kind", "price", "low", "high", "grade", "reason"}}
	for _, l := range a.Levels {
		rows = append(rows, []string{
			a.AsOf.Format("2006-01-02T15:04:05Z07:00"), a.RunID, words.Clean(l.Instrument), string(l.Kind),
			number(l.Price), number(l.Low), number(l.High), l.Grade.String(), l.Reason,
		})
	}
	if err := c.WriteAll(rows); err != nil {
		return fmt.Errorf("export levels: %w", err)
	}
	return nil
}

func exportPine(w io.Writer, a *faultline.Analysis, say *words.Words) error {
	var b strings.Builder
	quote := func(s string) string {
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(words.Clean(s)) + `"`
	}
	fmt.Fprintf(&b, "//@version=6\n// %s, run %s\n", a.AsOf.Format("2006-01-02T15:04:05Z07:00"), a.RunID)
	fmt.Fprintf(&b, "indicator(%s, overlay=true)\n", quote("Faultline "+a.Underlying))
	for _, l := range a.Levels {
		if l.Price == nil || l.Instrument != a.Underlying {
			continue
		}
		name := say.In("level", string(l.Kind)) + " (" + say.In("grade", l.Grade.String()) + ")"
		fmt.Fprintf(&b, "hline(%s, %s)\n", strconv.FormatFloat(*l.Price, 'f', -1, 64), quote(name))
	}
	_, err := io.WriteString(w, b.String())
	return err
}
