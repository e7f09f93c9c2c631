package calendar

import "time"

// nyseHours is the session of NYSE: 09:30 to 16:00.
func nyseHours(d Date) hours {
	if r := weekend(d); r != "" {
		return hours{reason: r}
	}
	if r := nyseHoliday(d); r != "" {
		return hours{reason: r}
	}
	h := hours{open: 9*60 + 30, close: 16 * 60}
	if c := nyseEarlyClose(d); c != 0 {
		h.close, h.half = c, true
	}
	return h
}

// cboeHours is the regular session of Cboe index options: 09:30 to 16:15, a quarter of an hour longer
// than stocks, on half days as well.
func cboeHours(d Date) hours {
	h := nyseHours(d)
	if h.reason == "" {
		h.close += 15
	}
	return h
}

// cmeHours is the Globex session of equity index futures.
func cmeHours(d Date) hours {
	if r := weekend(d); r != "" {
		return hours{reason: r}
	}
	h := hours{open: -6 * 60, close: 17 * 60}
	switch r := nyseHoliday(d); r {
	case "":
		if nyseEarlyClose(d) != 0 {
			h.close, h.half = 13*60+15, true
		}
	case "New Year's Day", "Good Friday", "Christmas Day":
		return hours{reason: r}
	default:
		h.close, h.half = 13*60, true
	}
	return h
}

func weekend(d Date) string {
	if w := d.Weekday(); w == time.Saturday || w == time.Sunday {
		return "weekend"
	}
	return ""
}

// nyseEarlyClose returns the minute of an early close, or 0 on a regular day.
func nyseEarlyClose(d Date) int {
	y, m, day := d.YMD()
	one := 13 * 60
	if y < 1993 {
		one = 14 * 60
	}
	switch {
	case m == time.November && d == nthWeekday(y, time.November, time.Thursday, 4)+1:
		return one
	case m == time.December && day == 24:
		return one
	case y >= 1995 && m == time.July && day == 3:
		return one
	}
	return 0
}
