package feed

import (
	"strconv"
	"strings"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// fedwatchExport is the download of CME FedWatch for one meeting: a line a day, a column for each
// target range. The meeting's date stands in the file's name only.
var fedwatchExport = format{
	Format: Format{"fedwatch", "CME FedWatch export of one meeting: Date, (350-375), …; the meeting in the file's name", KnownDayEnd},
	match: func(m *sample) bool {
		if m.find("date") != 0 || len(m.names) < 2 {
			return false
		}
		ranges := 0
		for _, n := range m.names[1:] {
			if _, ok := rateRange(n); ok {
				ranges++
			}
		}
		return ranges > len(m.names)/2
	},
	read: (*job).readFedwatchExport,
}

// fedwatchHistory is a log of FedWatch pages: snapshot, meeting, range, probability in percent.
var fedwatchHistory = format{
	Format: Format{"fedwatch_history", "log of FedWatch snapshots: snapshot_date, meeting_date, rate_range, prob_now", KnownDayEnd},
	match:  func(m *sample) bool { return m.has("snapshot_date", "meeting_date", "rate_range", "prob_now") },
	read:   (*job).readFedwatchHistory,
}

// fedwatchTable is one snapshot of all meetings; its day must be given or stand in the name.
var fedwatchTable = format{
	Format: Format{"fedwatch_table", "FedWatch probabilities of one day: meeting_date, rate_low, rate_high, probability_pct", KnownDayEnd},
	match:  func(m *sample) bool { return m.has("meeting_date", "rate_low", "rate_high", "probability_pct") },
	read:   (*job).readFedwatchTable,
}

// zqCurve is the curve of fed funds futures.
var zqCurve = format{
	Format: Format{"zq_curve", "fed funds futures: contract_symbol, close_price, as_of_date", KnownDayEnd},
	match:  func(m *sample) bool { return m.has("contract_symbol", "close_price", "as_of_date") },
	read:   (*job).readZQ,
}

// rateRange reads a target range in hundredths of a percent: (350-375), 350-375, and with a point
// between thousands (975-1.000). It returns it as low-high.
func rateRange(s string) (string, bool) {
	s = strings.TrimSpace(strings.TrimSuffix(s, "(Current)"))
	s = strings.TrimSuffix(strings.TrimPrefix(s, "("), ")")
	low, high, ok := strings.Cut(s, "-")
	if !ok {
		return "", false
	}
	l, okL := thousands(low)
	h, okH := thousands(high)
	if !okL || !okH || h <= l || h > 3000 {
		return "", false
	}
	return strconv.FormatInt(l, 10) + "-" + strconv.FormatInt(h, 10), true
}

func thousands(s string) (int64, bool) {
	s = strings.TrimSpace(s)
	if head, tail, ok := strings.Cut(s, "."); ok {
		if len(tail) != 3 || head == "" {
			return 0, false
		}
		s = head + tail
	}
	return whole([]byte(s))
}

// probability reads a share of 1; percent says that the source prints percents. The point is moved
// in the text, so that 65.8 becomes the number nearest to 0.658.
func probability(b []byte, percent bool) (float64, string) {
	v, reason := number(b)
	if percent && reason == "" {
		var buf [32]byte
		if shifted, r := number(append(append(buf[:0], b...), "e-2"...)); r == "" {
			v = shifted
		} else { // the text had an exponent of its own
			v /= 100
		}
	}
	switch {
	case reason != "":
		return v, reason
	case v < 0:
		return market.Missing, ReasonNegative
	case v > 1+1e-9:
		return market.Missing, ReasonRange
	}
	return v, ""
}

// endOfDay is the rule for pages dated by a day: they were known when that day had ended.
func endOfDay(*market.Series, frequency) (knownRule, []evidence.Code) {
	return func(about int64) (int64, string) { return dayEnd(dayOf(about)), "" }, nil
}

func (j *job) readFedwatchExport() error {
	m := j.head
	meeting, ok := j.nameDate()
	if !ok {
		return j.fail(CodeBadHeader, evidence.Args{"missing": "meeting date"}, "put the meeting's date into the file's name, as CME does: FedMeeting_20251210.csv")
	}
	set := j.newSeries()
	columns := make([]*seriesBuilder, len(m.names))
	var skipped []string
	for i, n := range m.names[1:] {
		r, ok := rateRange(n)
		if !ok {
			skipped = append(skipped, printable([]byte(n)))
			continue
		}
		columns[i+1] = set.get("fedwatch/"+meeting.String()+"/"+r, n, evidence.Ratio)
	}
	j.skipped(skipped)
	order := m.slashes(0)
	err := j.table(false, func(line int, row [][]byte) error {
		s, ok := readStamp(row[0], order)
		if !ok || s.kind != dateOnly {
			j.row()
			return j.reject(line, m.names[0], row[0], ReasonDate, nil)
		}
		for i, b := range columns {
			if b == nil {
				continue
			}
			if len(row[i]) == 0 {
				j.blank(b.column)
				continue
			}
			j.row()
			v, reason := probability(row[i], false)
			var err error
			if reason != "" {
				err = j.reject(line, b.column, row[i], reason, nil)
			} else {
				err = b.add(dayUnix(s.date), v, line, row[i])
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return set.finish("CME", evidence.Published, endOfDay)
}

// skipped notes the columns that hold no figure of the format.
func (j *job) skipped(names []string) {
	if n := len(names); n > 0 {
		j.note(NoteColumns, evidence.Args{"count": n, "columns": strings.Join(names[:min(n, 8)], ", ")})
	}
}

func (j *job) readFedwatchHistory() error {
	m := j.head
	snapshotAt, meetingAt, rangeAt, probAt := m.find("snapshot_date"), m.find("meeting_date"), m.find("rate_range"), m.find("prob_now")
	set := j.newSeries()
	err := j.table(false, func(line int, row [][]byte) error {
		j.row()
		day, okDay := onlyDay(row[snapshotAt])
		if !okDay {
			return j.reject(line, m.names[snapshotAt], row[snapshotAt], ReasonDate, nil)
		}
		meeting, okMeeting := onlyDay(row[meetingAt])
		if !okMeeting {
			return j.reject(line, m.names[meetingAt], row[meetingAt], ReasonDate, nil)
		}
		name, ok := rateRange(string(row[rangeAt]))
		if !ok {
			switch text := strings.ToUpper(string(row[rangeAt])); text {
			case "NO CHANGE", "HIKE", "CUT", "EASE":
				name = strings.ToLower(strings.ReplaceAll(text, " ", "-"))
			default:
				return j.reject(line, m.names[rangeAt], row[rangeAt], ReasonNumber, nil)
			}
		}
		v, reason := probability(row[probAt], true)
		if reason != "" {
			return j.reject(line, m.names[probAt], row[probAt], reason, nil)
		}
		b := set.get("fedwatch/"+meeting.String()+"/"+name, m.names[probAt], evidence.Ratio)
		if b == nil {
			return set.tooMany()
		}
		return b.add(dayUnix(day), v, line, row[probAt])
	})
	if err != nil {
		return err
	}
	return set.finish("CME", evidence.Published, endOfDay)
}

func onlyDay(b []byte) (calendar.Date, bool) {
	s, ok := readStamp(b, slashUnknown)
	return s.date, ok && s.kind == dateOnly
}

func (j *job) readFedwatchTable() error {
	m := j.head
	day, ok := j.nameDate()
	known := dayEnd(day)
	if at := j.opt.At; !at.IsZero() && (!ok || calendar.DateIn(at, calendar.NewYork()) == day) {
		day, ok, known = calendar.DateIn(at, calendar.NewYork()), true, at.Unix()
	}
	if !ok {
		return j.fail(CodeNoInstant, nil, "the table does not say of which day it is: give the instant, or put the date into the file's name")
	}
	meetingAt, lowAt, highAt, probAt := m.find("meeting_date"), m.find("rate_low"), m.find("rate_high"), m.find("probability_pct")
	set := j.newSeries()
	err := j.table(false, func(line int, row [][]byte) error {
		j.row()
		meeting, ok := onlyDay(row[meetingAt])
		if !ok {
			return j.reject(line, m.names[meetingAt], row[meetingAt], ReasonDate, nil)
		}
		name, ok := rateRange(string(row[lowAt]) + "-" + string(row[highAt]))
		if !ok {
			return j.reject(line, m.names[lowAt], row[lowAt], ReasonNumber, nil)
		}
		v, reason := probability(row[probAt], true)
		if reason != "" {
			return j.reject(line, m.names[probAt], row[probAt], reason, nil)
		}
		b := set.get("fedwatch/"+meeting.String()+"/"+name, m.names[probAt], evidence.Ratio)
		if b == nil {
			return set.tooMany()
		}
		return b.add(dayUnix(day), v, line, row[probAt])
	})
	if err != nil {
		return err
	}
	return set.finish("CME", evidence.Published, func(*market.Series, frequency) (knownRule, []evidence.Code) {
		return func(int64) (int64, string) { return known, "" }, nil
	})
}

func (j *job) readZQ() error {
	m := j.head
	symbolAt, priceAt, dayAt := m.find("contract_symbol"), m.find("close_price"), m.find("as_of_date")
	set := j.newSeries()
	err := j.table(false, func(line int, row [][]byte) error {
		j.row()
		day, ok := onlyDay(row[dayAt])
		if !ok {
			return j.reject(line, m.names[dayAt], row[dayAt], ReasonDate, nil)
		}
		if len(row[symbolAt]) == 0 || len(row[symbolAt]) > 12 {
			return j.reject(line, m.names[symbolAt], row[symbolAt], ReasonSymbol, nil)
		}
		v, reason := strikeCell(row[priceAt])
		if reason != "" {
			return j.reject(line, m.names[priceAt], row[priceAt], reason, nil)
		}
		b := set.get("zq/"+strings.ToUpper(printable(row[symbolAt])), m.names[priceAt], evidence.Points)
		if b == nil {
			return set.tooMany()
		}
		return b.add(dayUnix(day), v, line, row[priceAt])
	})
	if err != nil {
		return err
	}
	return set.finish("CME", evidence.Observed, endOfDay)
}
