package eventvol

import (
	"fmt"
	"sort"
	"time"

	"faultline/calendar"
	"faultline/macro/fedwatch"
	"faultline/macro/release"
)

// FOMC is the kind of a decision of the Federal Reserve. Kinds of releases are the IDs of package release.
const FOMC = "fomc"

// Releases are those that options are held against: the two that have moved stocks most.
var Releases = []string{"payrolls", "cpi"}

// Event is something of which the hour is known beforehand.
type Event struct {
	Kind      string // of a release, FOMC, or a name that the user gives
	At        time.Time
	Effective time.Time     // from which prices can hold it: the next opening for what comes when the market is shut
	Session   calendar.Date // of that price
	Irregular bool          // a release that did not come as the calendar had it
	ByRule    bool          // its day follows the report's rule and may be off by a few days
}

// effective settles from when the price of the stock market can hold an event. What comes out after a close
// belongs to the next session, what comes out before an opening to that one; a decision at 14:00 to its own hour,
// so that an option that settled on the opening of that day does not contain it.
func effective(e Event) (Event, error) {
	x := calendar.NYSE()
	d := calendar.DateIn(e.At, calendar.NewYork())
	if s, err := x.Session(d); err == nil && e.At.Before(s.Close) {
		e.Session, e.Effective = d, e.At
		if e.At.Before(s.Open) {
			e.Effective = s.Open
		}
		return e, nil
	}
	s, err := x.Next(d)
	if err != nil {
		return e, fmt.Errorf("event %s: %w", e.Kind, err)
	}
	e.Session, e.Effective = s.Date, s.Open
	return e, nil
}

// decision is when a decision of the FOMC is announced, New York time.
const decisionHour = 14

// Events lists the releases and decisions from one instant (not included) to another, as known at an instant, with
// those of the user, by their hour. A release that nobody has given a day is left out.
func Events(from, to, at time.Time, own []Event) ([]Event, error) {
	var out []Event
	add := func(e Event) error {
		if !e.At.After(from) || e.At.After(to) {
			return nil
		}
		e, err := effective(e)
		if err == nil {
			out = append(out, e)
		}
		return err
	}
	// A delayed release was due before the interval or comes after it: look around it by the longest delay there was.
	const delay = 75 * 24 * time.Hour
	for _, r := range release.Between(from.Add(-delay), to.Add(delay), at) {
		wanted := false
		for _, id := range Releases {
			wanted = wanted || r.Report == id
		}
		if !wanted || r.Status == release.Cancelled {
			continue
		}
		when := r.Actual
		if when.IsZero() {
			when = r.Due
		}
		if when.IsZero() {
			continue
		}
		e := Event{Kind: r.Report, At: when, Irregular: r.Status == release.Delayed || r.Status == release.Partial || !when.Equal(r.Scheduled)}
		if r.Rule {
			day, late, known := listed(r.Report, when, at)
			e.At, e.ByRule, e.Irregular = day, !known, e.Irregular || late
		}
		if err := add(e); err != nil {
			return nil, err
		}
	}
	ny := calendar.NewYork()
	for _, d := range fedwatch.Announcements(calendar.DateIn(from, ny), calendar.DateIn(to, ny)) {
		if err := add(Event{Kind: FOMC, At: d.At(decisionHour, 0, ny)}); err != nil {
			return nil, err
		}
	}
	for _, e := range own {
		if err := add(e); err != nil {
			return nil, err
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].At.Before(out[j].At) })
	return out, nil
}

// Contains reports whether the price that settles an option at an instant can hold the event. A release at 8:30
// stands in the opening that settles a morning expiry of that day.
func (e Event) Contains(settle time.Time) bool { return !e.Effective.After(settle) }
