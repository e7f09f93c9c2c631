package calendar

import "time"

// Reasons for a closed day that other exchanges' rules refer to.
const (
	weekendReason = "weekend"
	newYearsDay   = "New Year's Day"
	goodFridayDay = "Good Friday"
	christmasDay  = "Christmas Day"
)

// Sources of this file, by what they settle:
//
//   - NYSE Rule 7.2 (Rule 51.10 before 2017): the holidays; Saturday is observed on Friday and Sunday
//     on Monday, but not when that Friday ends a month or a year, which in practice is New Year's Day.
//   - SR-NYSE-97-22 (Federal Register, 16 July 1997): Martin Luther King Jr. Day from 1998.
//   - NYSE filing of September 2021 to change Rule 7.2: Juneteenth from 2022.
//   - "NYSE special closings", the exchange's own list of special closures, early closings and late
//     openings from 1885 to 2011.
//   - NYSE press releases of the holiday and early closings calendar, yearly: 2012 to 2028 so far.
//   - NYSE press release of 4 June 1999: close at 13:00 on 31 December 1999, which the list above and
//     the public calendar libraries lack.
//
// From 2029 on, the rules of 2028 are carried forward.

// nyseSpecialClosure lists the closures that no rule gives.
var nyseSpecialClosure = map[Date]string{
	DateOf(1994, time.April, 27):     "funeral of President Nixon",
	DateOf(2001, time.September, 11): "attacks of September 11",
	DateOf(2001, time.September, 12): "attacks of September 11",
	DateOf(2001, time.September, 13): "attacks of September 11",
	DateOf(2001, time.September, 14): "attacks of September 11",
	DateOf(2004, time.June, 11):      "day of mourning for President Reagan",
	DateOf(2007, time.January, 2):    "day of mourning for President Ford",
	DateOf(2012, time.October, 29):   "Hurricane Sandy",
	DateOf(2012, time.October, 30):   "Hurricane Sandy",
	DateOf(2018, time.December, 5):   "day of mourning for President George H. W. Bush",
	DateOf(2025, time.January, 9):    "day of mourning for President Carter",
}

// nyseUnscheduled lists the days on which NYSE opened late or closed early without having said so in a
// calendar before: weather, failures, moments of silence. Halts within a session, and the quarter of
// an hour added on 2009-07-02 to clear orders, are not modelled.
var nyseUnscheduled = map[Date]hours{
	DateOf(1990, time.December, 27):  {open: 11 * 60, close: nyseClose},    // power failure
	DateOf(1991, time.January, 17):   {open: 9*60 + 31, close: nyseClose},  // silence, Gulf War
	DateOf(1991, time.February, 25):  {open: 9*60 + 31, close: nyseClose},  // silence, Gulf War
	DateOf(1994, time.February, 11):  {open: nyseOpen, close: 14*60 + 30},  // snow
	DateOf(1995, time.December, 18):  {open: 10*60 + 30, close: nyseClose}, // computer failure
	DateOf(1996, time.January, 8):    {open: 11 * 60, close: 14 * 60},      // snow
	DateOf(1997, time.October, 27):   {open: nyseOpen, close: 15*60 + 30},  // circuit breaker
	DateOf(2001, time.September, 17): {open: 9*60 + 33, close: nyseClose},  // silence, September 11
	DateOf(2001, time.October, 8):    {open: 9*60 + 31, close: nyseClose},  // silence, Afghanistan
	DateOf(2002, time.September, 11): {open: 12 * 60, close: nyseClose},    // anniversary
	DateOf(2003, time.March, 20):     {open: 9*60 + 32, close: nyseClose},  // silence, Iraq
	DateOf(2004, time.June, 7):       {open: 9*60 + 32, close: nyseClose},  // silence, Reagan
	DateOf(2005, time.June, 1):       {open: nyseOpen, close: 15*60 + 56},  // system failure
	DateOf(2006, time.December, 27):  {open: 9*60 + 32, close: nyseClose},  // silence, Ford
}

// nyseOpen and nyseClose are the regular hours since 1985-09-30, in minutes after midnight.
const (
	nyseOpen  = 9*60 + 30
	nyseClose = 16 * 60
)

// nyseHours is the session of NYSE on a date.
func nyseHours(d Date) hours {
	if r := nyseClosed(d); r != "" {
		return hours{reason: r}
	}
	if h, ok := nyseUnscheduled[d]; ok {
		return h
	}
	if c := nyseEarlyClose(d); c != 0 {
		return hours{open: nyseOpen, close: c, half: true}
	}
	return hours{open: nyseOpen, close: nyseClose}
}

// nyseClosed returns why NYSE has no session on a date, or "" when it has one. It holds for every year
// from 1972 on as a rule; the special closures are complete for the years of this package only.
func nyseClosed(d Date) string {
	if w := d.Weekday(); w == time.Saturday || w == time.Sunday {
		return weekendReason
	}
	if s, ok := nyseSpecialClosure[d]; ok {
		return s
	}
	y, m, _ := d.YMD()
	switch m {
	case time.January:
		// A New Year's Day on a Saturday is not observed; on a Sunday it moves to Monday.
		if d == observed(DateOf(y, time.January, 1)) {
			return newYearsDay
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
			return goodFridayDay
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
		if d == thanksgiving(y) {
			return "Thanksgiving Day"
		}
	case time.December:
		if d == observed(DateOf(y, time.December, 25)) {
			return christmasDay
		}
	}
	return ""
}

// nyseEarlyClose returns the minute of a scheduled early close, or 0 when there is none. The caller has
// checked that the day is not closed. Early closes were at 14:00 until 1992 and are at 13:00 since.
//
//   - The day after Thanksgiving since 1992-11-27.
//   - Christmas Eve, on any session since 1990. From Monday to Thursday only, in fact: on a Friday it
//     is the observed holiday.
//   - Around July 4 since 1995: July 3 when it is a Monday, Tuesday or Thursday; when July 4 is a
//     Thursday, the Friday after it until 2012 (1996, 2002) and Wednesday July 3 since 2013.
//   - 1997-12-26, 1999-12-31 and 2003-12-26, once each.
func nyseEarlyClose(d Date) int {
	y, m, day := d.YMD()
	const one, two = 13 * 60, 14 * 60
	switch m {
	case time.July:
		w := d.Weekday()
		switch {
		case y < 1995:
			return 0
		case day == 3 && (w != time.Wednesday || y >= 2013),
			day == 5 && w == time.Friday && y <= 2012:
			return one
		}
	case time.November:
		if d == thanksgiving(y)+1 {
			switch {
			case y >= 1993:
				return one
			case y == 1992:
				return two
			}
		}
	case time.December:
		switch {
		case day == 24 && y <= 1992:
			return two
		case day == 24,
			day == 26 && (y == 1997 || y == 2003),
			day == 31 && y == 1999:
			return one
		}
	}
	return 0
}

// thanksgiving is the fourth Thursday of November.
func thanksgiving(year int) Date { return nthWeekday(year, time.November, time.Thursday, 4) }

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
