package faultline

import (
	"time"

	"faultline/macro/release"
)

// ReleaseCalendar is the calendar of economic releases as it was known at an instant.
type ReleaseCalendar struct {
	AsOf     time.Time    `json:"as_of"`
	From     time.Time    `json:"from"` // releases that were due or came out from here on
	To       time.Time    `json:"to"`
	Holes    int          `json:"holes"` // of them, those that are missing
	Releases []ReleaseRow `json:"releases"`
}

// ReleaseRow is one period of one report.
type ReleaseRow struct {
	Report    string     `json:"report"`
	Period    string     `json:"period"`
	Series    []string   `json:"series"`
	Scheduled time.Time  `json:"scheduled"`
	Due       *time.Time `json:"due,omitempty"`
	Actual    *time.Time `json:"actual,omitempty"`
	Status    string     `json:"status"`
	Part      string     `json:"part,omitempty"`
	Hole      bool       `json:"hole"`
	Rule      bool       `json:"rule"`
	Source    string     `json:"source,omitempty"`
}

// Days of the calendar before and after the instant: what a reader still asks about, and what comes next.
const (
	calendarPast  = 80 * 24 * time.Hour
	calendarAhead = 45 * 24 * time.Hour
)

// Releases lists the releases of the weeks around an instant, as known at it.
func Releases(at time.Time) *ReleaseCalendar {
	return ReleasesBetween(at.Add(-calendarPast), at.Add(calendarAhead), at)
}

// ReleasesBetween lists the releases that were due or came out between two instants, as known at a third.
func ReleasesBetween(from, to, at time.Time) *ReleaseCalendar {
	out := &ReleaseCalendar{AsOf: at.UTC(), From: from.UTC(), To: to.UTC(), Releases: []ReleaseRow{}}
	instant := func(t time.Time) *time.Time {
		if t.IsZero() {
			return nil
		}
		u := t.UTC()
		return &u
	}
	for _, x := range release.Between(from, to, at) {
		r, _ := release.Named(x.Report)
		row := ReleaseRow{
			Report: x.Report, Period: x.Period, Series: r.Series, Scheduled: x.Scheduled.UTC(),
			Due: instant(x.Due), Actual: instant(x.Actual), Status: string(x.Status), Part: x.Part,
			Hole: x.Hole(at), Rule: x.Rule, Source: x.Source,
		}
		if row.Hole {
			out.Holes++
		}
		out.Releases = append(out.Releases, row)
	}
	return out
}
