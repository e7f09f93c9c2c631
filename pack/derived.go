package pack

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/feed"
	"faultline/market"
)

// derivedHeader is the first line of a file of derived state, by which it is recognised.
const derivedHeader = "id,unit,session,known,value\n"

// maxDerivedRows limits a file of derived state: a hundred numbers a session for ten years.
const maxDerivedRows = 300_000

// WriteDerived writes series as a file of derived state, in the order given: one line an observation
// with id, unit, session, instant from which it is known, and value with as many digits as tell it
// from every other number. readDerived gives the same numbers back, to the bit.
func WriteDerived(w io.Writer, sets []market.Dataset) error {
	b := bufio.NewWriter(w)
	b.WriteString(derivedHeader)
	for _, d := range sets {
		v := d.Series
		if v == nil {
			return &Error{Op: "write derived state", Err: fmt.Errorf("%s is not a series", d.Key())}
		}
		if strings.ContainsAny(v.ID+string(v.Unit), ",\"\r\n") {
			return &Error{Op: "write derived state", Err: fmt.Errorf("the name %q cannot stand in a CSV file", v.ID)}
		}
		for i := range v.Len() {
			if v.About[i]%86400 != 0 {
				return &Error{Op: "write derived state", Err: fmt.Errorf("%s: row %d is about an instant, not a session", v.ID, i+1)}
			}
			fmt.Fprintf(b, "%s,%s,%s,%s,%s\n", v.ID, v.Unit, calendar.Date(v.About[i]/86400), stamp(v.Known[i]),
				strconv.FormatFloat(v.Value[i], 'g', -1, 64))
		}
	}
	return b.Flush()
}

// readDerived reads a file of derived state. It is the program's own file: any fault ends the
// reading.
func readDerived(ctx context.Context, fsys fs.FS, path string) ([]market.Dataset, feed.Report, error) {
	report := feed.Report{File: path, Format: FormatDerived, ByReason: map[string]int{}}
	f, err := fsys.Open(path)
	if err != nil {
		return nil, report, cause(err)
	}
	defer f.Close()
	r := csv.NewReader(bufio.NewReader(ctxReader{ctx, f}))
	r.FieldsPerRecord = strings.Count(derivedHeader, ",") + 1
	r.ReuseRecord = true
	if _, err := r.Read(); err != nil {
		return nil, report, err
	}
	origin := market.Origin{
		File: path, Format: FormatDerived, Source: "faultline pack derive", Grade: evidence.Modelled, KnownAt: KnownState,
		Caveats: []evidence.Code{{Code: CaveatDerived}},
	}
	byID := map[string]*market.Series{}
	var out []market.Dataset
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			var bad *csv.ParseError
			if errors.As(err, &bad) {
				return nil, report, placed(bad.Line, bad.Err)
			}
			return nil, report, err
		}
		line, _ := r.FieldPos(0)
		if report.Rows++; report.Rows > maxDerivedRows {
			return nil, report, placed(line, fmt.Errorf("more than %d rows", maxDerivedRows))
		}
		d, known, value, err := derivedRow(row)
		if err != nil {
			return nil, report, placed(line, err)
		}
		v := byID[row[0]]
		if v == nil {
			v = &market.Series{ID: strings.Clone(row[0]), Unit: evidence.Unit(strings.Clone(row[1])), Origin: origin}
			byID[v.ID] = v
			out = append(out, market.Dataset{Series: v})
		}
		if string(v.Unit) != row[1] {
			return nil, report, placed(line, fmt.Errorf("%s has two units, %q and %q", shorten(row[0]), v.Unit, shorten(row[1])))
		}
		if n := v.Len(); n > 0 && v.About[n-1] >= int64(d)*86400 {
			return nil, report, placed(line, fmt.Errorf("%s: the session %s does not come after the one before it", v.ID, d))
		}
		v.Append(int64(d)*86400, known.Unix(), value, int32(line))
	}
	if report.Rows == 0 {
		return nil, report, errors.New("holds no row")
	}
	report.Accepted = report.Rows
	return out, report, nil
}

func derivedRow(row []string) (d calendar.Date, known time.Time, value float64, err error) {
	if !strings.HasPrefix(row[0], "state/") || len(row[0]) > 200 {
		return 0, known, 0, fmt.Errorf("id %q does not begin with state/", shorten(row[0]))
	}
	if d, err = calendar.ParseDate(row[2]); err != nil {
		return 0, known, 0, err
	}
	session, err := calendar.NYSE().Session(d)
	if err != nil {
		return 0, known, 0, err
	}
	if known, err = time.Parse(time.RFC3339, row[3]); err != nil {
		return 0, known, 0, fmt.Errorf("known %q is not an instant", shorten(row[3]))
	}
	if known.Before(session.Close) {
		return 0, known, 0, fmt.Errorf("the state of %s cannot be known at %s, before the close", d, row[3])
	}
	if value, err = strconv.ParseFloat(row[4], 64); err != nil || !(value-value == 0) {
		return 0, known, 0, fmt.Errorf("value %q is not a finite number", shorten(row[4]))
	}
	return d, known, value, nil
}

// placed is an error with its line; readFile adds the file.
func placed(line int, err error) error { return &Error{Op: "read derived state", Line: line, Err: err} }
