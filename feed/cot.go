package feed

import (
	"strings"
	"time"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// cotTFF is the CFTC's report on traders in financial futures, as its yearly archives hold it.
var cotTFF = format{
	Format: Format{"cot_tff", "CFTC Traders in Financial Futures, comma-separated text, also zipped", KnownCOT},
	match: func(m *sample) bool {
		return m.has("report_date_as_yyyy-mm-dd", "cftc_contract_market_code", "open_interest_all", "lev_money_positions_long_all")
	},
	read: (*job).readTFF,
}

// cotLegacy is a table made from the CFTC's legacy report: speculators' long and short positions.
var cotLegacy = format{
	Format: Format{"cot_legacy", "legacy CFTC positions: Market, Date, Spec_Long, …, or report_date, noncomm_long, …", KnownCOT},
	match: func(m *sample) bool {
		return m.has("market", "date", "spec_long", "spec_short") || m.has("report_date", "noncomm_long", "noncomm_short")
	},
	read: (*job).readCOTLegacy,
}

// isPosition picks the columns of the report that are counted: open interest and positions. The
// others (changes, percentages, numbers of traders, concentration) can be computed or are rarely
// asked for, and are noted as skipped.
func isPosition(lower string) bool {
	return lower == "open_interest_all" || strings.Contains(lower, "_positions_") && strings.HasSuffix(lower, "_all")
}

func (j *job) readTFF() error {
	m := j.head
	dateAt, codeAt, kindAt := m.find("report_date_as_yyyy-mm-dd"), m.find("cftc_contract_market_code"), m.find("futonly_or_combined")
	var columns []int
	var skipped []string
	for i, n := range m.lower {
		switch {
		case isPosition(n):
			columns = append(columns, i)
		case i > codeAt:
			skipped = append(skipped, m.names[i])
		}
	}
	j.skipped(skipped)
	set := j.newSeries()
	builders := map[string][]*seriesBuilder{}
	err := j.table(false, func(line int, row [][]byte) error {
		day, ok := onlyDay(row[dateAt])
		if !ok {
			j.row()
			return j.reject(line, m.names[dateAt], row[dateAt], ReasonDate, nil)
		}
		code := row[codeAt]
		if len(code) == 0 || len(code) > 12 {
			j.row()
			return j.reject(line, m.names[codeAt], code, ReasonSymbol, nil)
		}
		combined := kindAt >= 0 && strings.EqualFold(string(row[kindAt]), "Combined")
		key := "cot/" + printable(code)
		if combined {
			key = "cot_combined/" + printable(code)
		}
		list := builders[key]
		if list == nil {
			for _, at := range columns {
				b := set.get(key+"/"+m.names[at], m.names[at], evidence.Contracts)
				if b == nil {
					return set.tooMany()
				}
				list = append(list, b)
			}
			builders[key] = list
		}
		for i, at := range columns {
			if err := list[i].observe(dayUnix(day), row[at], line); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return set.finish("CFTC", evidence.Observed, cotRule)
}

func (j *job) readCOTLegacy() error {
	m := j.head
	dateAt, marketAt := m.find("report_date", "date"), m.find("market")
	set := j.newSeries()
	err := j.table(false, func(line int, row [][]byte) error {
		day, ok := onlyDay(row[dateAt])
		if !ok {
			j.row()
			return j.reject(line, m.names[dateAt], row[dateAt], ReasonDate, nil)
		}
		prefix := "cot_legacy/" + slug(j.stem())
		if marketAt >= 0 {
			prefix = "cot_legacy/" + slug(string(row[marketAt]))
		}
		for i, n := range m.lower {
			if i == dateAt || i == marketAt {
				continue
			}
			b := set.get(prefix+"/"+slug(n), m.names[i], evidence.Contracts)
			if b == nil {
				return set.tooMany()
			}
			if err := b.observe(dayUnix(day), row[i], line); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return set.finish("CFTC", evidence.Observed, cotRule)
}

// cotTime is the time of publication, 15:30 in New York.
var cotTime = clock(15, 30)

// cotSchedule is the CFTC's schedule for the reports that the shutdown of 2025 held up, announced on
// 18 November 2025: date of the report, date of publication. The later ones came out earlier than
// announced, on days that were not announced in advance; the schedule is an upper bound.
var cotSchedule = readDates(`
2025-09-30 2025-11-19
2025-10-07 2025-11-21
2025-10-14 2025-11-25
2025-10-21 2025-12-02
2025-10-28 2025-12-05
2025-11-04 2025-12-09
2025-11-10 2025-12-12
2025-11-18 2025-12-16
2025-11-25 2025-12-19
2025-12-02 2025-12-23
2025-12-09 2025-12-30
2025-12-16 2026-01-06
2025-12-23 2026-01-09
2025-12-30 2026-01-13
2026-01-06 2026-01-16
2026-01-13 2026-01-20
`)

// cotGaps are earlier stretches in which publication was suspended or late: the shutdowns of 2013
// and 2018–19 and the outage at a clearing software house in 2023. Reports from..to are taken as
// known on the day on which the CFTC had caught up.
var cotGaps = []struct{ from, to, known calendar.Date }{
	{calendar.DateOf(2013, 10, 1), calendar.DateOf(2013, 10, 29), calendar.DateOf(2013, 11, 8)},
	{calendar.DateOf(2018, 12, 24), calendar.DateOf(2019, 3, 5), calendar.DateOf(2019, 3, 8)},
	{calendar.DateOf(2023, 1, 31), calendar.DateOf(2023, 3, 14), calendar.DateOf(2023, 3, 24)},
}

func readDates(table string) map[calendar.Date]calendar.Date {
	m := map[calendar.Date]calendar.Date{}
	for line := range strings.Lines(strings.TrimSpace(table)) {
		f := strings.Fields(line)
		a, errA := calendar.ParseDate(f[0])
		b, errB := calendar.ParseDate(f[1])
		if errA != nil || errB != nil {
			panic("feed: table of dates: " + line)
		}
		m[a] = b
	}
	return m
}

// cotKnown is when the report on positions of a day, a Tuesday as a rule, was published: the Friday
// of that week at 15:30 New York, the next business day after it when a day from the report's to
// that Friday is a holiday, and otherwise as the tables above say.
func cotKnown(d calendar.Date) (known int64, delayed bool) {
	if day, ok := cotSchedule[d]; ok {
		return atNewYork(day, cotTime), true
	}
	for _, g := range cotGaps {
		if d >= g.from && d <= g.to {
			return atNewYork(g.known, cotTime), true
		}
	}
	friday := d
	for friday.Weekday() != time.Friday {
		friday++
	}
	for day := d; day <= friday; day++ {
		if !worksIn(day) {
			return atNewYork(nextBusiness(friday), cotTime), false
		}
	}
	return atNewYork(friday, cotTime), false
}

// worksIn reports whether federal offices are open: NYSE keeps all federal holidays but two.
func worksIn(d calendar.Date) bool {
	_, m, day := d.YMD()
	if m == time.November && day == 11 {
		return false
	}
	_, err := calendar.NYSE().Session(d)
	return closedError(err) == nil
}

func cotRule(s *market.Series, _ frequency) (knownRule, []evidence.Code) {
	var caveats []evidence.Code
	for _, a := range s.About {
		if _, delayed := cotKnown(dayOf(a)); delayed {
			caveats = []evidence.Code{{Code: CaveatDelayed}}
			break
		}
	}
	return func(about int64) (int64, string) {
		known, _ := cotKnown(dayOf(about))
		return known, ""
	}, caveats
}

// slug makes a part of a series' ID from a heading: lower case, words joined by underscores.
func slug(s string) string {
	f := strings.FieldsFunc(strings.ToLower(printable([]byte(s))), func(r rune) bool {
		return r == ' ' || r == '/' || r == ',' || r == '\t' || r == '_' || r == '"'
	})
	return strings.Join(f, "_")
}
