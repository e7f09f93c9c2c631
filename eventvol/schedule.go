package eventvol

import (
	"time"

	"faultline/calendar"
)

// schedules are the days on which reports were due, by report, year and month of the release: Bureau of Labor
// Statistics, "Schedule of Releases". Package release knows the reports' rules, which are off by a day or more in many
// months; an option expires on a day. What the lapse of funding of 2025 moved stands in package release. A day of 0
// is not known, and the rule stands in.
//
// How they were checked: those of 2024 to August 2026 are the days in the addresses of the releases in the archive of
// the Bureau (bls.gov/news.release/archives, cpi_MMDDYYYY and empsit_MMDDYYYY), as public lists quote them. Those of
// 2019 (consumer prices only) to 2023 agree, every one, with at least two public lists that name the Bureau's schedule as
// their source and were made independently. The Bureau's own pages were not at hand. Employment reports of 2019 were in no
// list and are left to the rule; after August 2026 nothing is listed.
var schedules = map[string]map[int][12]int{
	"cpi": {
		2019: {11, 13, 12, 10, 10, 12, 11, 13, 12, 10, 13, 11},
		2020: {14, 13, 11, 10, 12, 10, 14, 12, 11, 13, 12, 10},
		2021: {13, 10, 10, 13, 12, 10, 13, 11, 14, 13, 10, 10},
		2022: {12, 10, 10, 12, 11, 10, 13, 10, 13, 13, 10, 13},
		2023: {12, 14, 14, 12, 10, 13, 12, 10, 13, 12, 14, 12},
		2024: {11, 13, 12, 10, 15, 12, 11, 14, 11, 10, 13, 11},
		2025: {15, 12, 12, 10, 13, 11, 15, 12, 11, 15, 13, 10},
		2026: {13, 11, 11, 10, 12, 10, 14, 12},
	},
	"payrolls": {
		2020: {10, 7, 6, 3, 8, 5, 2, 7, 4, 2, 6, 4},
		2021: {8, 5, 5, 2, 7, 4, 2, 6, 3, 8, 5, 3},
		2022: {7, 4, 4, 1, 6, 3, 8, 5, 2, 7, 4, 2},
		2023: {6, 3, 10, 7, 5, 2, 7, 4, 1, 6, 3, 8},
		2024: {5, 2, 8, 5, 3, 7, 5, 2, 6, 4, 1, 6},
		2025: {10, 7, 7, 4, 2, 6, 3, 1, 5, 3, 7, 5},
		2026: {9, 6, 6, 3, 8, 5, 2, 7},
	},
}

// moved are the releases of February 2026 that a second lapse of funding put off, by report: the day on which they came
// out (empsit_02112026 and cpi_02132026 in the archive). When the new days became known is on no page at hand: they
// count as known when the figures came out.
var moved = map[string]struct{ due, out calendar.Date }{
	"payrolls": {calendar.DateOf(2026, time.February, 6), calendar.DateOf(2026, time.February, 11)},
	"cpi":      {calendar.DateOf(2026, time.February, 11), calendar.DateOf(2026, time.February, 13)},
}

// listed replaces an instant that follows the rule of a report by the one of the schedule of its month, as known at an
// instant. Late says that it was put off; known is false where the month is not in the list.
func listed(report string, rule, at time.Time) (when time.Time, late, known bool) {
	ny := rule.In(calendar.NewYork())
	day := schedules[report][ny.Year()][ny.Month()-1]
	if day == 0 {
		return rule, false, false
	}
	on := func(d calendar.Date) time.Time { return d.At(ny.Hour(), ny.Minute(), calendar.NewYork()) }
	d := calendar.DateOf(ny.Year(), ny.Month(), day)
	if m, ok := moved[report]; ok && m.due == d && !on(m.out).After(at) {
		return on(m.out), true, true
	}
	return on(d), false, true
}
