package release

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"faultline/calendar"
)

// Status is what became of a release.
type Status string

// The states of a release as known at an instant.
const (
	Pending   Status = "pending"   // not due yet
	OnTime    Status = "on_time"   // came out when it was due
	Delayed   Status = "delayed"   // came out later, or is overdue
	Cancelled Status = "cancelled" // will never come out
	Partial   Status = "partial"   // came out, or will, without a part
)

// Release is one period of one report, as it was known at an instant.
type Release struct {
	Report    string
	Period    string        // "2025-09", "2025-Q3", "2025-11-08" (end of a week)
	End       calendar.Date // last day of the period
	Scheduled time.Time     // when it was due by the calendar of the year
	Due       time.Time     // when it was expected, as known; zero while nobody has said
	Actual    time.Time     // when it came out; zero until it has
	Status    Status
	Part      string // code of what is missing or joined; "" for a whole release
	Rule      bool   // dates follow the report's rule instead of a calendar that was read
	Source    string
}

// entry is what hindsight knows of a release.
type entry struct {
	report            string
	end               calendar.Date
	scheduled, actual time.Time // actual is zero: never
	announced         time.Time // zero: known only when it came out
	status            Status
	part, source      string
	rule              bool
}

//go:embed releases.csv
var table []byte

type key struct {
	report string
	end    calendar.Date
}

var entries = func() map[key]entry {
	m, err := parse(bytes.NewReader(table))
	if err != nil {
		panic("release: embedded table: " + err.Error())
	}
	return m
}()

func parse(r io.Reader) (map[key]entry, error) {
	c := csv.NewReader(r)
	c.Comment = '#'
	rows, err := c.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read the table of releases: %w", err)
	}
	m := map[key]entry{}
	for i, row := range rows {
		if i == 0 {
			continue
		}
		e, err := parseRow(row)
		if err != nil {
			return nil, fmt.Errorf("row %d: %w", i, err)
		}
		k := key{e.report, e.end}
		if _, ok := m[k]; ok {
			return nil, fmt.Errorf("row %d: %s of %s stands twice", i, e.report, row[1])
		}
		m[k] = e
	}
	return m, nil
}

func parseRow(row []string) (entry, error) {
	r, ok := Named(row[0])
	if !ok {
		return entry{}, fmt.Errorf("no report is called %q", row[0])
	}
	end, err := parsePeriod(r, row[1])
	if err != nil {
		return entry{}, err
	}
	e := entry{report: r.ID, end: end, status: Status(row[5]), part: row[6], source: row[7]}
	if e.scheduled, err = moment(row[2], r.Minute); err != nil {
		return entry{}, err
	}
	if row[3] != "never" {
		if e.actual, err = moment(row[3], r.Minute); err != nil {
			return entry{}, err
		}
	}
	if row[4] != "" {
		if e.announced, err = moment(row[4], 0); err != nil {
			return entry{}, err
		}
	}
	late := e.actual.After(e.scheduled)
	switch {
	case e.source == "":
		return entry{}, fmt.Errorf("%s of %s has no source", r.ID, row[1])
	case !slices.Contains([]Status{OnTime, Delayed, Cancelled, Partial}, e.status),
		e.status == Cancelled != e.actual.IsZero(), e.status == OnTime && late, e.status == Delayed && !late:
		return entry{}, fmt.Errorf("%s of %s: status %q does not fit its dates", r.ID, row[1], row[5])
	case e.status == Cancelled && e.announced.IsZero():
		return entry{}, fmt.Errorf("%s of %s is cancelled and nobody said so", r.ID, row[1])
	}
	return e, nil
}

// moment reads a day, at the given minute in New York, or a day and a time there.
func moment(s string, minute int) (time.Time, error) {
	day, at, timed := strings.Cut(s, "T")
	d, err := calendar.ParseDate(day)
	if err != nil {
		return time.Time{}, err
	}
	if timed {
		t, err := time.Parse("15:04", at)
		if err != nil {
			return time.Time{}, fmt.Errorf("time %q: %w", s, err)
		}
		minute = clock(t.Hour(), t.Minute())
	}
	return d.At(minute/60, minute%60, calendar.NewYork()), nil
}

func parsePeriod(r Report, s string) (calendar.Date, error) {
	year, quarter, ok := strings.Cut(s, "-Q")
	switch {
	case ok && r.Frequency == Quarterly && len(quarter) == 1 && quarter >= "1" && quarter <= "4":
		s = fmt.Sprintf("%s-%02d-01", year, 3*int(quarter[0]-'0'))
	case !ok && r.Frequency == Monthly:
		s += "-01"
	case !ok && r.Frequency == Weekly:
	default:
		return 0, fmt.Errorf("%q is not a period of %s", s, r.ID)
	}
	d, err := calendar.ParseDate(s)
	if err != nil {
		return 0, err
	}
	return r.End(d), nil
}

// Period names the period of a report that ends on a day.
func (r Report) Period(end calendar.Date) string {
	y, m, _ := end.YMD()
	switch r.Frequency {
	case Monthly:
		return fmt.Sprintf("%d-%02d", y, m)
	case Quarterly:
		return fmt.Sprintf("%d-Q%d", y, (int(m)+2)/3)
	}
	return end.String()
}

// lookup gives what hindsight knows of a report's period.
func (r Report) lookup(end calendar.Date) entry {
	if e, ok := entries[key{r.ID, end}]; ok {
		return e
	}
	t := r.due(end).At(r.Minute/60, r.Minute%60, calendar.NewYork())
	return entry{report: r.ID, end: end, scheduled: t, actual: t, status: OnTime, rule: true}
}

// Scheduled is when the period that ends on a day was due by the calendar of its year.
func (r Report) Scheduled(end calendar.Date) time.Time { return r.lookup(end).scheduled }

// Actual is when the period that ends on a day came out; false when it never does.
func (r Report) Actual(end calendar.Date) (time.Time, bool) {
	e := r.lookup(end)
	return e.actual, !e.actual.IsZero()
}

// AsOf is a report's period as it was known at an instant: a delay is known once the hour has passed, or
// once it was announced; a cancellation once it was announced.
func (r Report) AsOf(end calendar.Date, at time.Time) Release {
	e := r.lookup(end)
	out := Release{
		Report: r.ID, Period: r.Period(end), End: end, Scheduled: e.scheduled, Due: e.scheduled,
		Status: Pending, Rule: e.rule, Source: e.source,
	}
	told := !e.announced.IsZero() && !at.Before(e.announced)
	switch {
	case !e.actual.IsZero() && !at.Before(e.actual):
		out.Actual, out.Due, out.Status, out.Part = e.actual, e.actual, e.status, e.part
	case told && e.status == Cancelled:
		out.Due, out.Status, out.Part = time.Time{}, Cancelled, e.part
	case told:
		out.Due, out.Status, out.Part = e.actual, e.status, e.part
	case !at.Before(e.scheduled):
		out.Due, out.Status = time.Time{}, Delayed
	}
	if out.Status == Pending || out.Status == Delayed && out.Actual.IsZero() && !told {
		out.Source = "" // the page that tells what became of it was not written yet
	}
	return out
}

// Between lists the releases that were due, or came out, from one instant to another, as known at an
// instant, by the hour at which they were due and then in the order of the reports. Daily reports are left
// out.
func Between(from, to, at time.Time) []Release {
	var out []Release
	for _, r := range reports {
		if r.Frequency == Daily {
			continue
		}
		// The longest wait in the table is under seven months.
		last := calendar.DateIn(to, calendar.NewYork()) + 31
		for end := r.End(calendar.DateIn(from, calendar.NewYork()) - 220); end <= last; end = r.End(end + 1) {
			x := r.AsOf(end, at)
			in := func(t time.Time) bool { return !t.IsZero() && !t.Before(from) && !t.After(to) }
			if in(x.Scheduled) || in(x.Actual) || in(x.Due) {
				out = append(out, x)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Release) int { return a.Scheduled.Compare(b.Scheduled) })
	return out
}

// Hole reports whether a release is missing: its hour has passed, or it was called off, and it has not
// come out.
func (x Release) Hole(at time.Time) bool {
	return x.Actual.IsZero() && (x.Status == Cancelled || !at.Before(x.Scheduled))
}
