package release

import (
	"slices"
	"time"

	"faultline/calendar"
)

// Frequency is how often a report comes out.
type Frequency uint8

// The frequencies of periods.
const (
	Daily Frequency = iota
	Weekly
	Monthly
	Quarterly
)

// Report is one statistical release.
type Report struct {
	ID        string // stable name, such as "payrolls"
	Frequency Frequency
	Series    []string // FRED's IDs of what it carries
	Minute    int      // of its hour in New York
	Private   bool     // no lapse of federal funding stops it
	// due gives the usual day for a period that ends on a date.
	due func(end calendar.Date) calendar.Date
}

// after is the business day that many days after the end of the period, or the next one.
func after(days int) func(calendar.Date) calendar.Date {
	return func(end calendar.Date) calendar.Date { return onSession(end + calendar.Date(days)) }
}

// weekdayOf is the n-th such weekday of the month after the period.
func weekdayOf(w time.Weekday, n int) func(calendar.Date) calendar.Date {
	return func(end calendar.Date) calendar.Date {
		d := end + 1
		for d.Weekday() != w {
			d++
		}
		return onSession(d + calendar.Date(7*(n-1)))
	}
}

// within is the n-th such weekday of the period's own last month.
func within(w time.Weekday, n int) func(calendar.Date) calendar.Date {
	return func(end calendar.Date) calendar.Date {
		y, m, _ := end.YMD()
		return weekdayOf(w, n)(calendar.DateOf(y, m, 1) - 1)
	}
}

// onSession moves a day on which New York rests to the next session.
func onSession(d calendar.Date) calendar.Date {
	if s, err := calendar.NYSE().Next(d - 1); err == nil {
		return s.Date
	}
	for d.Weekday() == time.Saturday || d.Weekday() == time.Sunday {
		d++
	}
	return d
}

func clock(hour, minute int) int { return 60*hour + minute }

// reports are the releases that the macro instruments follow, in the order in which a reader meets them.
// The usual days are those of the agencies' calendars of 2023–2025, a day or two late rather than early.
var reports = []Report{
	{ID: "payrolls", Frequency: Monthly, Series: []string{"PAYEMS"}, Minute: clock(8, 30), due: weekdayOf(time.Friday, 1)},
	{ID: "household", Frequency: Monthly, Series: []string{"UNRATE", "CIVPART"}, Minute: clock(8, 30), due: weekdayOf(time.Friday, 1)},
	{ID: "cpi", Frequency: Monthly, Series: []string{"CPILFESL", "CPIAUCSL"}, Minute: clock(8, 30), due: after(14)},
	{ID: "ppi", Frequency: Monthly, Series: []string{"PPIACO"}, Minute: clock(8, 30), due: after(15)},
	{ID: "retail", Frequency: Monthly, Series: []string{"RSAFS"}, Minute: clock(8, 30), due: after(16)},
	{ID: "income", Frequency: Monthly, Series: []string{"PCEPILFE", "PCEPI"}, Minute: clock(8, 30), due: after(30)},
	{ID: "production", Frequency: Monthly, Series: []string{"INDPRO"}, Minute: clock(9, 15), due: after(17)},
	{ID: "construction", Frequency: Monthly, Series: []string{"PERMIT", "HOUST"}, Minute: clock(8, 30), due: after(19)},
	{ID: "jolts", Frequency: Monthly, Series: []string{"JTSJOL"}, Minute: clock(10, 0), due: after(37)},
	{ID: "gdp", Frequency: Quarterly, Series: []string{"GDPC1"}, Minute: clock(8, 30), due: after(30)},
	{ID: "claims", Frequency: Weekly, Series: []string{"ICSA"}, Minute: clock(8, 30), due: after(5)},
	{ID: "adp", Frequency: Monthly, Series: []string{"ADPMNUSNERSA"}, Minute: clock(8, 15), Private: true, due: weekdayOf(time.Wednesday, 1)},
	{ID: "sentiment", Frequency: Monthly, Series: []string{"UMCSENT"}, Minute: clock(10, 0), Private: true, due: within(time.Friday, 4)},
	{ID: "cards", Frequency: Monthly, Series: []string{"CARDSPEND"}, Minute: clock(8, 0), Private: true, due: after(10)},
	{ID: "breakevens", Frequency: Daily, Series: []string{"T5YIE"}, Minute: clock(16, 0), Private: true, due: after(1)},
}

// Reports lists the reports in a fixed order.
func Reports() []Report { return slices.Clone(reports) }

// Of returns the report that carries a series of FRED.
func Of(series string) (Report, bool) {
	for _, r := range reports {
		if slices.Contains(r.Series, series) {
			return r, true
		}
	}
	return Report{}, false
}

// Named returns a report by its ID.
func Named(id string) (Report, bool) {
	for _, r := range reports {
		if r.ID == id {
			return r, true
		}
	}
	return Report{}, false
}

// End is the last day of the period that contains a day; weeks end on Saturday.
func (r Report) End(d calendar.Date) calendar.Date {
	y, m, _ := d.YMD()
	switch r.Frequency {
	case Weekly:
		return d + calendar.Date(time.Saturday-d.Weekday())
	case Monthly:
		return calendar.DateOf(y, m+1, 1) - 1
	case Quarterly:
		return calendar.DateOf(y, m+3-(m-1)%3, 1) - 1
	}
	return d
}

// WordKeys are the keys of the words for what this package says in codes.
var WordKeys = []string{
	"release.payrolls", "release.household", "release.cpi", "release.ppi", "release.retail", "release.income",
	"release.production", "release.construction", "release.jolts", "release.gdp", "release.claims", "release.adp",
	"release.sentiment", "release.cards", "release.breakevens",
	"release_status.pending", "release_status.on_time", "release_status.delayed", "release_status.cancelled", "release_status.partial",
	"release_part.not_collected", "release_part.with_next_month", "release_part.no_monthly_change",
}
