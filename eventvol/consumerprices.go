package eventvol

import (
	"time"

	"faultline/calendar"
)

// consumerPrices are the days on which consumer prices were due, by year and month: Bureau of Labor Statistics,
// "Schedule of Releases for the Consumer Price Index". Package release knows the report's rule, which is off by a day
// or two in many months; an option expires on a day. What a lapse of funding moved stands in package release.
var consumerPrices = map[int][12]int{
	2019: {11, 13, 12, 10, 10, 12, 11, 13, 12, 10, 13, 11},
	2020: {14, 13, 11, 10, 12, 10, 14, 12, 11, 13, 12, 10},
	2021: {13, 10, 10, 13, 12, 10, 13, 11, 14, 13, 10, 10},
	2022: {12, 10, 10, 12, 11, 10, 13, 10, 13, 13, 10, 13},
	2023: {12, 14, 14, 12, 10, 13, 12, 10, 13, 12, 14, 12},
	2024: {11, 13, 12, 10, 15, 12, 11, 14, 11, 10, 13, 11},
	2025: {15, 12, 12, 10, 13, 11, 15, 12, 11, 15, 13, 10},
}

// listed replaces an instant that follows the rule of consumer prices by the one of the schedule of its month; false
// where the month is not in the list.
func listed(rule time.Time) (time.Time, bool) {
	ny := rule.In(calendar.NewYork())
	days, ok := consumerPrices[ny.Year()]
	if !ok {
		return rule, false
	}
	d := calendar.DateOf(ny.Year(), ny.Month(), days[ny.Month()-1])
	return d.At(ny.Hour(), ny.Minute(), calendar.NewYork()), true
}
