package words

import (
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // The market's time must be right on a machine without zone files.
)

var newYork = sync.OnceValue(func() *time.Location {
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		panic("words: " + err.Error()) // the zones are linked into the binary
	}
	return zone
})

// At writes an instant in New York time, by which the sessions of US markets go.
func (w *Words) At(t time.Time) string {
	if t.IsZero() {
		return w.notation.Dates.NoInstant
	}
	return w.Time(t.In(newYork()))
}

// Date writes the day of an instant in the instant's own time zone: 20 Nov 2025, 2025年11月20日.
func (w *Words) Date(t time.Time) string {
	if t.IsZero() {
		return w.notation.Dates.NoInstant
	}
	return w.layout(t, w.notation.Dates.Date)
}

// DateOf writes an ISO date, as an Analysis holds them: 2025-11-20. What is no date shows as it is.
func (w *Words) DateOf(iso string) string {
	t, err := time.Parse(time.DateOnly, iso)
	if err != nil {
		return Clean(iso)
	}
	return w.Date(t)
}

// Day writes the day without its year, for axes: 20 Nov, 11月20日.
func (w *Words) Day(t time.Time) string { return w.layout(t, w.notation.Dates.Day) }

// Month writes month and year, for axes: Nov 2025, 2025年11月.
func (w *Words) Month(t time.Time) string { return w.layout(t, w.notation.Dates.Month) }

// Time writes an instant in its own time zone, with the zone's name: 20 Nov 2025, 16:00 New York.
// Seconds appear where there are any.
func (w *Words) Time(t time.Time) string {
	if t.IsZero() {
		return w.notation.Dates.NoInstant
	}
	zone, known := w.notation.Dates.Zones[t.Location().String()]
	if !known {
		if zone, _ = t.Zone(); zone == "" {
			zone = "UTC" + t.Format("-07:00")
		}
	}
	return strings.NewReplacer("{date}", w.Date(t), "{clock}", w.Clock(t), "{zone}", zone).Replace(w.notation.Dates.Time)
}

// Clock writes the time of day: 16:00, with seconds where there are any.
func (w *Words) Clock(t time.Time) string {
	layout := w.notation.Dates.Clock
	if t.Second() != 0 || t.Nanosecond() != 0 {
		layout += ":05"
	}
	return t.Format(layout)
}

// layout is Format with the language's own name in the place of MMM.
func (w *Words) layout(t time.Time, layout string) string {
	before, after, named := strings.Cut(layout, "MMM")
	if !named {
		return t.Format(layout)
	}
	return t.Format(before) + w.notation.Dates.Months[t.Month()-1] + t.Format(after)
}
