package calendar

import "time"

// cboeHours is the regular session of Cboe index options, 09:30 to 16:15, and to 13:15 on half days:
// a quarter of an hour longer than stocks. (Cboe publishes 8:30 to 15:15 Chicago; NYSE's releases give
// "1:15 p.m. for eligible options" on half days.) Cboe's closed days are those of NYSE, 2012-10-29 and
// 2025-01-09 among them. The overnight and curb sessions of SPX and VIX options are not sessions here.
// Late openings and early closes that NYSE did not schedule are not carried over: no record of Cboe's
// own hours on those days was found.
func cboeHours(d Date) hours {
	if r := nyseClosed(d); r != "" {
		return hours{reason: r}
	}
	const quarter = 15
	if c := nyseEarlyClose(d); c != 0 {
		return hours{open: nyseOpen, close: c + quarter, half: true}
	}
	return hours{open: nyseOpen, close: nyseClose + quarter}
}

// cmeSpecial lists what CME did with equity index futures on days that the rules of cmeHours do not
// cover, as CME announced it:
// 1999-04-02 (schedule of 19 March 1999: extended Globex session to 10:00 Chicago for the jobs report);
// 2001-09-11 to 17 (statements of 11 to 14 September 2001: all markets suspended at 9:15 Chicago on the
// 11th, equity products reopened on Globex at 8:15 on the 17th);
// 2004-06-11 (statement of 9 June 2004: Globex to 8:00);
// 2012-10-29 and 30 (statement of 29 October 2012: Globex to 8:15 on both days);
// 2018-12-05 (statement of 2 December 2018: to 8:30);
// 2025-01-09 (statement of 30 December 2024: to 8:30).
// On 2007-01-02 CME closed equity products all day (Washington Post, 30 December 2006), which is what
// the rules give. For 1994-04-27 no announcement was found; it is taken as closed.
var cmeSpecial = map[Date]hours{
	DateOf(1999, time.April, 2):      {open: cmeOpen, close: 11 * 60, half: true},
	DateOf(2001, time.September, 11): {open: cmeOpen, close: 10*60 + 15}, // not scheduled, so not a half day
	DateOf(2001, time.September, 17): {open: 9*60 + 15, close: cmeClose},
	DateOf(2004, time.June, 11):      {open: cmeOpen, close: 9 * 60, half: true},
	DateOf(2012, time.October, 29):   {open: cmeOpen, close: 9*60 + 15, half: true},
	DateOf(2012, time.October, 30):   {open: cmeOpen, close: 9*60 + 15, half: true},
	DateOf(2018, time.December, 5):   {open: cmeOpen, close: 9*60 + 30, half: true},
	DateOf(2025, time.January, 9):    {open: cmeOpen, close: 9*60 + 30, half: true},
}

// cmeOpen and cmeClose bound the Globex day of equity index futures, in minutes after midnight in New
// York: 18:00 the evening before to 17:00.
const (
	cmeOpen  = -6 * 60
	cmeClose = 17 * 60
)

// cmeNoonHalt is the first holiday on which CME halted equity futures at 12:00 Chicago; before it the
// halt was at 10:30 (CME Globex holiday schedules 2006 to 2013, and from Memorial Day 2014).
var cmeNoonHalt = DateOf(2014, time.May, 26)

// cmeHours is the Globex session of CME equity index futures, by the rules of CME's holiday calendar
// (schedules of 1999, 2001 to 2007, 2013, 2017, 2024, 2025), all times New York:
//
//   - Closed: New Year's Day and Christmas Day (on the weekday on which NYSE observes them), Good
//     Friday. Trading resumes at 18:00 of the closed day, or on Sunday after Good Friday.
//   - Good Friday is a half day to 09:15 when it falls on the first seven days of April from 2010 on,
//     since the jobs report comes out that morning: 2010, 2012, 2015, 2021, 2023, 2026 and, if the
//     custom lasts, 2034. For the like Fridays of 1994, 1996 and 2007 no schedule was found; they are
//     taken as closed.
//   - Half day with a halt at 13:00 (11:30 until Memorial Day 2014): the other NYSE holidays. CME
//     itself clears that trading with the next business day; here it is a session of its own civil
//     date, since "when did it trade" is what the project asks.
//   - Half day to 13:15: the days on which NYSE closes early by schedule. This is CME's rule since at
//     least 2013; some earlier ones may have run longer.
//
// The hours are those since 2015 and are applied to all years: Globex began in 1992, the E-mini in
// 1997, and both had shorter days and a quarter-hour break after 16:15 for a long time.
func cmeHours(d Date) hours {
	if h, ok := cmeSpecial[d]; ok {
		return h
	}
	half := func(minute int) hours { return hours{open: cmeOpen, close: minute, half: true} }
	reason := nyseClosed(d)
	_, special := nyseSpecialClosure[d]
	switch {
	case reason == weekendReason, reason == newYearsDay, reason == christmasDay, special:
		return hours{reason: reason}
	case reason == goodFridayDay:
		if y, m, day := d.YMD(); y >= 2010 && m == time.April && day <= 7 {
			return half(9*60 + 15)
		}
		return hours{reason: reason}
	case reason != "" && d < cmeNoonHalt:
		return half(11*60 + 30)
	case reason != "":
		return half(13 * 60)
	case nyseEarlyClose(d) != 0:
		return half(13*60 + 15)
	default:
		return hours{open: cmeOpen, close: cmeClose}
	}
}
