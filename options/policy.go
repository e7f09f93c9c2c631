package options

import (
	"slices"
	"time"

	"faultline/calendar"
)

// target is the middle of the Federal Reserve's target range for the federal funds rate, a year, from
// the day on which it took effect.
type target struct {
	year  int
	month time.Month
	day   int
	rate  float64
}

// targets are the changes since there is a range: Board of Governors of the Federal Reserve System,
// "Open Market Operations", and the FOMC's implementation notes. They stand in for a rate where a
// chain does not tell one, which is always the case for American options.
var targets = []target{
	{2008, time.December, 16, 0.00125},
	{2015, time.December, 17, 0.00375},
	{2016, time.December, 15, 0.00625},
	{2017, time.March, 16, 0.00875},
	{2017, time.June, 15, 0.01125},
	{2017, time.December, 14, 0.01375},
	{2018, time.March, 22, 0.01625},
	{2018, time.June, 14, 0.01875},
	{2018, time.September, 27, 0.02125},
	{2018, time.December, 20, 0.02375},
	{2019, time.August, 1, 0.02125},
	{2019, time.September, 19, 0.01875},
	{2019, time.October, 31, 0.01625},
	{2020, time.March, 4, 0.01125},
	{2020, time.March, 16, 0.00125},
	{2022, time.March, 17, 0.00375},
	{2022, time.May, 5, 0.00875},
	{2022, time.June, 16, 0.01625},
	{2022, time.July, 28, 0.02375},
	{2022, time.September, 22, 0.03125},
	{2022, time.November, 3, 0.03875},
	{2022, time.December, 15, 0.04375},
	{2023, time.February, 2, 0.04625},
	{2023, time.March, 23, 0.04875},
	{2023, time.May, 4, 0.05125},
	{2023, time.July, 27, 0.05375},
	{2024, time.September, 19, 0.04875},
	{2024, time.November, 8, 0.04625},
	{2024, time.December, 19, 0.04375},
	{2025, time.September, 18, 0.04125},
	{2025, time.October, 30, 0.03875},
	{2025, time.December, 11, 0.03625},
}

// policyRate is the middle of the target range in effect on a date; false before there was one. The
// last change known to this version holds on after it.
func policyRate(d calendar.Date) (float64, bool) {
	i, same := slices.BinarySearchFunc(targets, d, func(t target, d calendar.Date) int {
		return int(calendar.DateOf(t.year, t.month, t.day)) - int(d)
	})
	if same {
		i++
	}
	if i == 0 {
		return 0, false
	}
	return targets[i-1].rate, true
}
