package feed

import (
	"strings"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// readouts is a table of what desks have published about the positions and pivots of trend followers.
var readouts = format{
	Format: Format{"readouts", "desk readouts: date_used, pub_date, bank, positions, flows by tape, pivots", KnownReadout},
	match:  func(m *sample) bool { return m.has("date_used", "pub_date", "bank") },
	read:   (*job).readReadouts,
}

// readoutText are the columns that are not figures.
var readoutText = []string{"date_used", "date_basis", "as_of_date", "pub_date", "bank", "url", "note"}

func (j *job) readReadouts() error {
	m := j.head
	dayAt, pubAt, bankAt, basisAt := m.find("date_used"), m.find("pub_date"), m.find("bank"), m.find("date_basis")
	set := j.newSeries()
	inferred := map[string]int{}
	err := j.table(true, func(line int, row [][]byte) error {
		if len(row[dayAt]) == 0 {
			j.row()
			return j.reject(line, m.names[dayAt], row[bankAt], ReasonNoDate, nil)
		}
		day, ok := onlyDay(row[dayAt])
		if !ok {
			j.row()
			return j.reject(line, m.names[dayAt], row[dayAt], ReasonDate, nil)
		}
		known, err := j.readoutKnown(day, row[pubAt])
		if err != "" {
			j.row()
			return j.reject(line, m.names[pubAt], row[pubAt], err, nil)
		}
		if len(row[bankAt]) == 0 {
			j.row()
			return j.reject(line, m.names[bankAt], nil, ReasonBlank, nil)
		}
		for i, n := range m.lower {
			if isReadoutText(n) || len(row[i]) == 0 {
				continue // most desks give a few of the figures: a blank says nothing
			}
			j.row()
			b := set.get("readout/"+slug(string(row[bankAt]))+"/"+n, m.names[i], readoutUnit(n))
			if b == nil {
				return set.tooMany()
			}
			v, reason := number(row[i])
			if reason != "" {
				if err := j.reject(line, m.names[i], row[i], reason, nil); err != nil {
					return err
				}
				continue
			}
			if err := b.addKnown(dayUnix(day), known, v, line, row[i]); err != nil {
				return err
			}
			if basisAt >= 0 && string(row[basisAt]) == "inferred" {
				inferred[b.s.ID]++
			}
		}
		for _, f := range readoutFlags(m, row) {
			j.row()
			b := set.get("readout/"+slug(string(row[bankAt]))+"/"+f.name, f.column, evidence.UnitNone)
			if b == nil {
				return set.tooMany()
			}
			if err := b.addKnown(dayUnix(day), known, f.value, line, row[dayAt]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return set.finish("", evidence.Published, func(s *market.Series, _ frequency) (knownRule, []evidence.Code) {
		if n := inferred[s.ID]; n > 0 {
			return nil, []evidence.Code{{Code: CaveatInferred, Args: evidence.Args{"count": n}}}
		}
		return nil, nil
	})
}

// readoutFlag is what a text column says, as 1 or 0.
type readoutFlag struct {
	name, column string
	value        float64
}

// readoutFlags reads the two texts on which the figures of a row depend: whether its date is the day
// that it speaks of (stated, or inferred from the text) rather than only that of its publication, and
// what its note says about the flows into the US, which desks count in futures only or in all equities.
func readoutFlags(m *sample, row [][]byte) (flags []readoutFlag) {
	if i := m.find("date_basis"); i >= 0 && len(row[i]) > 0 {
		f := readoutFlag{name: "dated", column: m.names[i], value: 1}
		if string(row[i]) == "publication" {
			f.value = 0
		}
		flags = append(flags, f)
	}
	if i := m.find("note"); i >= 0 {
		note := strings.ToLower(string(row[i]))
		switch {
		case strings.Contains(note, "us_basis=spx futures only"):
			flags = append(flags, readoutFlag{"us_futures_only", m.names[i], 1})
		case strings.Contains(note, "us_basis=all us equities"):
			flags = append(flags, readoutFlag{"us_futures_only", m.names[i], 0})
		}
	}
	return flags
}

func isReadoutText(name string) bool {
	for _, t := range readoutText {
		if name == t {
			return true
		}
	}
	return false
}

// readoutUnit is the unit of a column: positions and flows are in billions of dollars as printed,
// buying positive; pivots are index points.
func readoutUnit(name string) evidence.Unit {
	switch {
	case name == "percentile":
		return evidence.Percentile
	case strings.HasPrefix(name, "pivot_"), strings.HasPrefix(name, "spx_"):
		return evidence.Points
	case strings.HasPrefix(name, "flow_"), strings.HasSuffix(name, "_usd_bn"):
		return evidence.USDBillions
	}
	return evidence.AsStated
}

// readoutKnown is when a readout was public: at the end of the day on which a page carried it, and
// where no page is dated at the close of the session after the day that it speaks of.
func (j *job) readoutKnown(day calendar.Date, published []byte) (known int64, reason string) {
	if len(published) > 0 {
		pub, ok := onlyDay(published)
		if !ok {
			return 0, ReasonDate
		}
		if pub < day { // a page cannot carry what is dated after it
			return 0, ReasonContradicts
		}
		return dayEnd(pub), ""
	}
	next := nextBusiness(day)
	known, _ = closeOf(calendar.NYSE(), next)
	return known, ""
}

// facts is a list of published figures, each with the page that stated it.
var facts = format{
	Format: Format{"facts", "published figures: date, time_et_if_stated, series, value, unit, what, url", KnownStated},
	match:  func(m *sample) bool { return m.has("date", "series", "value", "unit", "what", "url") },
	read:   (*job).readFacts,
}

// readFacts reads published figures. A value that is not one number, such as a range, is kept as
// text; a blank value marks an event. A figure is known from the time that its page states, else
// from the end of the day in New York.
func (j *job) readFacts() error {
	m := j.head
	dayAt, timeAt, idAt, valueAt := m.find("date"), m.find("time_et_if_stated", "time_et", "time"), m.find("series"), m.find("value")
	unitAt, whatAt, urlAt := m.find("unit"), m.find("what"), m.find("url")
	out := &market.Facts{}
	ny := localClock{loc: calendar.NewYork()}
	seen := map[market.Fact]int{}
	err := j.table(true, func(line int, row [][]byte) error {
		j.row()
		day, ok := onlyDay(row[dayAt])
		if !ok {
			reason := ReasonDate
			if len(row[dayAt]) == 0 {
				reason = ReasonNoDate
			}
			return j.reject(line, m.names[dayAt], row[dayAt], reason, nil)
		}
		if len(row[idAt]) == 0 {
			return j.reject(line, m.names[idAt], nil, ReasonBlank, nil)
		}
		f := market.Fact{
			ID: string(row[idAt]), About: dayUnix(day), Known: dayEnd(day), Value: market.Missing,
			Unit: string(row[unitAt]), What: string(row[whatAt]), Source: string(row[urlAt]), Line: int32(line),
		}
		if timeAt >= 0 && len(row[timeAt]) > 0 {
			sec, rest, ok := readClock(row[timeAt])
			if !ok || len(rest) > 0 {
				return j.reject(line, m.names[timeAt], row[timeAt], ReasonDate, nil)
			}
			f.About = ny.unix(day, sec)
			f.Known = f.About
		}
		if j.futureDate(day) || j.future(f.About) {
			return j.reject(line, m.names[dayAt], row[dayAt], CodeInFuture, nil)
		}
		if cell := row[valueAt]; len(cell) > 0 {
			v, reason := number(cell)
			switch reason {
			case "":
				f.Value = v
			case ReasonNotFinite, ReasonRange:
				return j.reject(line, m.names[valueAt], cell, reason, nil)
			default:
				f.Text = string(cell)
			}
		}
		key := f
		key.Line = 0
		if market.IsMissing(key.Value) { // NaN is not equal to itself, and would never be found
			key.Value = 0
			key.Text += "\x00"
		}
		if first, ok := seen[key]; ok {
			return j.reject(line, m.names[idAt], row[idAt], ReasonDuplicate, evidence.Args{"line": first})
		}
		seen[key] = line
		out.Rows = append(out.Rows, f)
		j.accept()
		return nil
	})
	if err != nil || len(out.Rows) == 0 {
		return err
	}
	out.Origin = j.origin("", evidence.Published)
	j.sets = append(j.sets, market.Dataset{Facts: out})
	return nil
}
