package feed

import (
	"bytes"
	"strings"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// table is any other table with a time and figures: one series a column, named after the file, or
// after what a column such as symbol says the row is about.
var table = format{
	Format: Format{"table", "any table with a time column and figures: one series a column", KnownNextDay},
	match:  func(m *sample) bool { _, ok := m.layout(); return ok },
	read:   (*job).readTable,
}

// tableTimes are the names of a time column, those that say most first.
var tableTimes = []string{
	"create_time", "timestamp_utc", "timestamp_ms", "timestamp", "datetime", "time", "date", "d", "day",
	"observation_date", "report_date", "quarter", "month",
}

// tableKeys are the names of a column that says what a row is about.
var tableKeys = []string{"symbol", "ticker", "market", "asset", "instrument", "company", "segment", "coin", "series"}

// snapshotColumns mark tables whose rows are taken at their stamp: a rate that was paid then, an
// interest or a book that was seen then. Other rows with a time may be stamped with the beginning of
// the interval that they sum up, and are known at its end only.
var snapshotColumns = []string{"funding_rate", "open_interest", "sum_open_interest", "best_bid"}

// layout is what the columns of such a table are.
type layout struct {
	time, clock, key int // -1 when there is none
	figures          []int
	skipped          []string
	snapshot         bool
	zeroBlank        bool // the source writes 0 where it has nothing
	order            slashOrder
}

// layout finds the columns of a table, from the header and the first rows.
func (m *sample) layout() (l layout, ok bool) {
	body := m.body()
	if m.keys != nil || len(m.names) < 2 || len(body) == 0 {
		return l, false
	}
	l.time, l.clock, l.key = m.find(tableTimes...), -1, m.find(tableKeys...)
	if l.time < 0 {
		return l, false
	}
	l.order = m.slashes(l.time)
	stamps := 0
	for _, rec := range body {
		if len(rec) <= l.time {
			continue
		}
		if _, ok := tableStamp([]byte(rec[l.time]), l.order); ok {
			stamps++
		}
	}
	if 2*stamps < len(body) { // a bad row or two among the first are rejects, not another format
		return l, false
	}
	for i := range m.names {
		if i == l.time || i == l.key {
			continue
		}
		kind := m.columnKind(i, body, l.order)
		switch {
		case kind == columnClock && l.clock < 0:
			l.clock = i
		case kind == columnFigures && m.lower[i] != "timestamp_ms":
			l.figures = append(l.figures, i)
		default:
			l.skipped = append(l.skipped, m.names[i])
		}
	}
	// R. Shiller's table of the S&P 500 since 1871 fills the months without earnings yet, and the years
	// before the first ten-year average, with 0.
	l.zeroBlank = m.has("sp500", "dividend", "earnings", "pe10")
	snapshot := m.find(snapshotColumns...)
	l.snapshot = snapshot >= 0 && m.find("volume") < 0
	return l, len(l.figures) > 0
}

type columnKind uint8

const (
	columnText columnKind = iota
	columnFigures
	columnClock
	columnTime
)

// columnKind tells what most of the first cells of a column hold. A column whose first cells are all
// blank may hold figures farther down.
func (m *sample) columnKind(i int, body [][]string, order slashOrder) columnKind {
	var count [columnTime + 1]int
	for _, rec := range body {
		if i < len(rec) && !isBlankCell([]byte(rec[i])) {
			count[cellKind([]byte(rec[i]), order)]++
		}
	}
	best := columnFigures
	for kind, n := range count {
		if n > count[best] {
			best = columnKind(kind)
		}
	}
	if count[best] == 0 && m.lower[i] == "notes" {
		return columnText
	}
	return best
}

func cellKind(cell []byte, order slashOrder) columnKind {
	if _, rest, ok := readClock(cell); ok && len(rest) == 0 {
		return columnClock
	}
	if s, ok := readStamp(cell, order); ok && s.kind != unixTime && bytes.IndexByte(cell, '-') >= 0 {
		return columnTime
	}
	switch _, reason := number(cell); reason {
	case "", ReasonNotFinite, ReasonComma, ReasonRange:
		return columnFigures
	}
	return columnText
}

// tableStamp is readStamp, and the quarters that company reports are about: 2024-Q4, 2024Q4.
func tableStamp(b []byte, order slashOrder) (stamp, bool) {
	if d, ok := quarterStart(b); ok {
		return stamp{kind: dateOnly, date: d}, true
	}
	return readStamp(b, order)
}

// quarterStart reads 2024Q4 or 2024-Q4 as the first day of the quarter.
func quarterStart(b []byte) (calendar.Date, bool) {
	if len(b) == 7 && b[4] == '-' {
		b = append(append([]byte(nil), b[:4]...), b[5:]...)
	}
	if len(b) != 6 || b[4] != 'Q' && b[4] != 'q' || b[5] < '1' || b[5] > '4' {
		return 0, false
	}
	y, ok := whole(b[:4])
	if !ok {
		return 0, false
	}
	return civil(int(y), 3*int(b[5]-'1')+1, 1)
}

func (j *job) readTable() error {
	m := j.head
	l, _ := m.layout()
	j.skipped(l.skipped)
	set := j.newSeries()
	ny := localClock{loc: calendar.NewYork()}
	quarters, instants, zoneless := false, false, false
	prefix := slug(j.stem())
	if prefix == "" {
		prefix = "table"
	}
	err := j.table(false, func(line int, row [][]byte) error {
		s, ok := tableStamp(row[l.time], l.order)
		if !ok {
			j.row()
			return j.reject(line, m.names[l.time], row[l.time], ReasonDate, nil)
		}
		about := dayUnix(s.date)
		switch {
		case s.kind == unixTime:
			about, instants = s.unix, true
		case l.clock >= 0 && s.kind == dateOnly:
			sec, rest, ok := readClock(row[l.clock])
			if !ok || len(rest) > 0 {
				j.row()
				return j.reject(line, m.names[l.clock], row[l.clock], ReasonDate, nil)
			}
			about, instants, zoneless = ny.unix(s.date, sec), true, true
		case s.kind == zoned && s.sec != 0:
			about, instants = s.unix, true
		case s.kind == localTime && (s.sec != 0 || l.snapshot):
			about, instants = dayUnix(s.date)+int64(s.sec), true // columns such as timestamp_utc
			zoneless = !strings.Contains(m.lower[l.time], "utc")
		case s.kind == zoned && s.unix != about:
			// Midnight of the zone that is written: the row is about that day.
		}
		if _, ok := quarterStart(row[l.time]); ok {
			quarters = true
		}
		name := prefix
		if l.key >= 0 && len(row[l.key]) > 0 {
			name = slug(string(row[l.key]))
			if quarters {
				name = prefix + "/" + name
			}
		}
		for _, i := range l.figures {
			if l.zeroBlank && isZero(row[i]) {
				j.blank(m.names[i])
				continue
			}
			b := set.get(name+"/"+slug(m.names[i]), m.names[i], evidence.AsStated)
			if b == nil {
				return set.tooMany()
			}
			if err := b.observe(about, row[i], line); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	known := KnownNextDay
	switch {
	case quarters:
		known = KnownFiling
	case instants && l.snapshot:
		known = KnownInstant
	case instants:
		known = KnownInterval
	}
	grade := evidence.Published
	if known == KnownInstant {
		grade = evidence.Observed // the market's own rates and counts, copied
	}
	before := len(j.sets)
	rules := map[string]string{}
	err = set.finish("", grade, func(s *market.Series, f frequency) (knownRule, []evidence.Code) {
		rules[s.ID] = known
		if known == KnownNextDay && f >= monthly {
			rules[s.ID] = KnownRelease
		}
		rule, caveats := tableRule(rules[s.ID], s, f)
		if zoneless && instants {
			zone := "UTC"
			if l.clock >= 0 {
				zone = ny.loc.String()
			}
			caveats = append(caveats, evidence.Code{Code: CaveatZone, Args: evidence.Args{"zone": zone}})
		}
		return rule, caveats
	})
	for _, d := range j.sets[before:] {
		d.Series.Origin.KnownAt = rules[d.Series.ID]
	}
	return err
}

func isZero(cell []byte) bool {
	v, reason := number(cell)
	return reason == "" && v == 0
}

// filingDays is how long after the end of a quarter a company's figures are taken to be known: the
// largest companies file quarterly reports within 40 days and annual ones within 60, and a company
// whose fiscal quarter ends a month after the calendar quarter files a month later.
const filingDays = 100

// tableRule is the known-at rule of a table that does not say what it is.
func tableRule(known string, s *market.Series, f frequency) (knownRule, []evidence.Code) {
	byRule := []evidence.Code{{Code: CaveatKnownModel, Args: evidence.Args{"rule": known}}}
	switch known {
	case KnownInstant:
		return func(about int64) (int64, string) { return about, "" }, nil
	case KnownInterval:
		gap := medianGap(s.About)
		return func(about int64) (int64, string) { return about + gap, "" },
			[]evidence.Code{{Code: CaveatStamp, Args: evidence.Args{"seconds": gap}}}
	case KnownFiling:
		return func(about int64) (int64, string) {
			return dayEnd(periodEnd(dayOf(about), quarterly) + filingDays), ""
		}, byRule
	case KnownRelease:
		return func(about int64) (int64, string) {
			end := periodEnd(dayOf(about), f)
			r := map[frequency]release{monthly: otherMonthly, quarterly: otherQuarterly, yearly: otherYearly}[f]
			known, _, reason := r.after(dayOf(about), end, f)
			return known, reason
		}, append(byRule, evidence.Code{Code: CaveatVintage})
	}
	return func(about int64) (int64, string) { return otherDaily.daily(dayOf(about)), "" }, byRule
}
