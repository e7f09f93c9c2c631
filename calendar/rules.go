package calendar

import "time"

// nthWeekday returns the nth (from 1) given weekday of a month.
func nthWeekday(year int, month time.Month, w time.Weekday, n int) Date {
	first := DateOf(year, month, 1)
	return first + Date((int(w)-int(first.Weekday())+7)%7+7*(n-1))
}

// lastWeekday returns the last given weekday of a month.
func lastWeekday(year int, month time.Month, w time.Weekday) Date {
	last := DateOf(year, month+1, 1) - 1
	return last - Date((int(last.Weekday())-int(w)+7)%7)
}

// goodFriday returns the Friday before Western Easter. The date of Easter is by the anonymous
// Gregorian algorithm (Nature, 20 April 1876; Meeus, Astronomical Algorithms, chapter 8).
func goodFriday(year int) Date {
	a, b, c := year%19, year/100, year%100
	d, e := b/4, b%4
	f := (b + 8) / 25
	g := (b - f + 1) / 3
	h := (19*a + b - d - g + 15) % 30
	i, k := c/4, c%4
	l := (32 + 2*e + 2*i - h - k) % 7
	m := (a + 11*h + 22*l) / 451
	n := h + l - 7*m + 114
	return DateOf(year, time.Month(n/31), n%31+1) - 2
}

// observed moves a fixed holiday off the weekend: Saturday to the Friday before, Sunday to the Monday
// after.
func observed(d Date) Date {
	switch d.Weekday() {
	case time.Saturday:
		return d - 1
	case time.Sunday:
		return d + 1
	default:
		return d
	}
}

// nyseHoliday returns the reason why NYSE is closed on a weekday by rule or by special decision, and
// "" when it is not. The rules are those of NYSE Rule 7.2 and hold for any year from 1990 on.
func nyseHoliday(d Date) string {
	if s, ok := nyseSpecialClosure[d]; ok {
		return s
	}
	y, m, _ := d.YMD()
	switch m {
	case time.January:
		// A New Year's Day on a Saturday is not observed: Rule 7.2 keeps the Friday open since it ends
		// the month and the year. On a Sunday it moves to Monday.
		ny := DateOf(y, time.January, 1)
		if d == ny || (ny.Weekday() == time.Sunday && d == ny+1) {
			return "New Year's Day"
		}
		if y >= 1998 && d == nthWeekday(y, time.January, time.Monday, 3) {
			return "Martin Luther King Jr. Day"
		}
	case time.February:
		if d == nthWeekday(y, time.February, time.Monday, 3) {
			return "Washington's Birthday"
		}
	case time.March, time.April:
		if d == goodFriday(y) {
			return "Good Friday"
		}
	case time.May:
		if d == lastWeekday(y, time.May, time.Monday) {
			return "Memorial Day"
		}
	case time.June:
		if y >= 2022 && d == observed(DateOf(y, time.June, 19)) {
			return "Juneteenth"
		}
	case time.July:
		if d == observed(DateOf(y, time.July, 4)) {
			return "Independence Day"
		}
	case time.September:
		if d == nthWeekday(y, time.September, time.Monday, 1) {
			return "Labor Day"
		}
	case time.November:
		if d == nthWeekday(y, time.November, time.Thursday, 4) {
			return "Thanksgiving Day"
		}
	case time.December:
		if d == observed(DateOf(y, time.December, 25)) {
			return "Christmas Day"
		}
	}
	return ""
}

// nyseSpecialClosure lists the closures that no rule gives.
var nyseSpecialClosure = map[Date]string{
	DateOf(1994, time.April, 27):     "funeral of President Nixon",
	DateOf(2001, time.September, 11): "attacks of September 11",
	DateOf(2001, time.September, 12): "attacks of September 11",
	DateOf(2001, time.September, 13): "attacks of September 11",
	DateOf(2001, time.September, 14): "attacks of September 11",
	DateOf(2004, time.June, 11):      "funeral of President Reagan",
	DateOf(2007, time.January, 2):    "funeral of President Ford",
	DateOf(2012, time.October, 29):   "Hurricane Sandy",
	DateOf(2012, time.October, 30):   "Hurricane Sandy",
	DateOf(2018, time.December, 5):   "funeral of President George H. W. Bush",
	DateOf(2025, time.January, 9):    "funeral of President Carter",
}
