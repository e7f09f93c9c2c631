package feed

import (
	"bytes"
	"strings"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// capexJSON is a list of companies' capital expenditure by calendar quarter, from their filings.
var capexJSON = format{
	Format: Format{"capex_json", "quarterly capital expenditure: [{ticker, calendar_quarter, val, form}]", KnownFiling},
	match:  func(m *sample) bool { return m.hasKeys(true, "ticker", "calendar_quarter", "val") },
	read:   (*job).readCapex,
}

// fredJSON is a program's cache of FRED series.
var fredJSON = format{
	Format: Format{"fred_json", "cache of FRED series: series {ID: [[date, value], …]}", KnownRelease},
	match:  func(m *sample) bool { return m.hasKeys(false, "fetched_at", "series") },
	read:   (*job).readFredJSON,
}

func (j *job) readCapex() error {
	r := &jsonReader{s: j.src}
	set := j.newSeries()
	err := r.array(func(n int) error {
		j.row()
		t, err := r.value()
		if err != nil {
			return err
		}
		if t.kind != tokObject {
			if t.kind == tokArray {
				err = r.skip()
			}
			if err != nil {
				return err
			}
			return j.reject(n, "", t.text, ReasonShape, nil)
		}
		var ticker string
		var quarter calendar.Date
		okQuarter := false
		v, reason := market.Missing, ReasonBlank
		err = r.object(func(name []byte) error {
			switch string(name) {
			case "ticker":
				return r.text(&ticker)
			case "calendar_quarter":
				var text string
				err := r.text(&text)
				quarter, okQuarter = quarterStart([]byte(text))
				return err
			case "val":
				t, err := r.value()
				if err != nil {
					return err
				}
				v, reason = t.number()
				if t.kind == tokObject || t.kind == tokArray {
					return r.skip()
				}
				return nil
			}
			return r.skip()
		})
		switch {
		case err != nil:
			return err
		case ticker == "":
			return j.reject(n, "ticker", nil, ReasonBlank, nil)
		case !okQuarter:
			return j.reject(n, "calendar_quarter", nil, ReasonDate, nil)
		case reason != "":
			return j.reject(n, "val", nil, reason, nil)
		}
		in, _ := market.InstrumentOf(printable([]byte(ticker)))
		b := set.get("capex/"+in.ID, "val", evidence.USD)
		if b == nil {
			return set.tooMany()
		}
		return b.add(dayUnix(quarter), v, n, []byte(ticker))
	})
	if err != nil {
		return err
	}
	if err := r.end(); err != nil {
		return err
	}
	return set.finish("SEC filings", evidence.Published, func(s *market.Series, f frequency) (knownRule, []evidence.Code) {
		rule, caveats := tableRule(KnownFiling, s, f)
		return rule, append(caveats, evidence.Code{Code: CaveatYearToDate})
	})
}

func (j *job) readFredJSON() error {
	r := &jsonReader{s: j.src}
	set := j.newSeries()
	line := 0
	err := r.object(func(key []byte) error {
		if string(key) != "series" {
			return r.skip()
		}
		if r.next() != '{' {
			return r.bad("object of series")
		}
		return r.object(func(id []byte) error {
			b := set.get(strings.ToUpper(printable(id)), printable(id), evidence.AsStated)
			if b == nil {
				return set.tooMany()
			}
			if r.next() != '[' {
				return r.skip()
			}
			return r.array(func(int) error {
				line++
				if line%1024 == 0 && j.ctx.Err() != nil {
					return j.ctx.Err()
				}
				return j.fredPair(r, b, line)
			})
		})
	})
	if err != nil {
		return err
	}
	if err := r.end(); err != nil {
		return err
	}
	return set.finish("FRED", evidence.Published, releaseRule)
}

// fredPair reads one [date, value].
func (j *job) fredPair(r *jsonReader, b *seriesBuilder, line int) error {
	if r.next() != '[' {
		j.row()
		t, err := r.value()
		if err == nil && t.kind == tokObject {
			err = r.skip()
		}
		if err != nil {
			return err
		}
		return j.reject(line, b.column, t.text, ReasonShape, nil)
	}
	var day calendar.Date
	okDay := false
	var cell []byte
	var v token
	err := r.array(func(n int) error {
		t, err := r.value()
		if err != nil {
			return err
		}
		switch {
		case n == 1 && t.kind == tokString:
			day, okDay = onlyDay(t.text)
		case n == 2:
			v = token{t.kind, nil}
			cell = append(cell[:0], t.text...)
			v.text = cell
		}
		if t.kind == tokObject || t.kind == tokArray {
			return r.skip()
		}
		return nil
	})
	if err != nil {
		return err
	}
	if v.kind == tokNull {
		j.blank(b.column)
		return nil
	}
	j.row()
	if !okDay {
		return j.reject(line, b.column, cell, ReasonDate, nil)
	}
	x, reason := v.number()
	if reason != "" {
		return j.reject(line, b.column, bytes.Clone(cell), reason, nil)
	}
	return b.add(dayUnix(day), x, line, cell)
}
