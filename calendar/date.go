package calendar

import (
	"fmt"
	"time"
)

// Date is a civil date without a time zone: the number of days since 1970-01-01 in the proleptic
// Gregorian calendar. Dates compare and subtract as integers.
type Date int32

const secondsPerDay = 86400

// DateOf returns the date of a year, month and day. Values outside their usual ranges are normalised
// as by time.Date, so that October 32 is November 1.
func DateOf(year int, month time.Month, day int) Date {
	// Midnight UTC is a whole number of days from the epoch, so that the division leaves no rest.
	return Date(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / secondsPerDay)
}

// ParseDate reads a date written as 2025-11-20, years 0001 to 9999. Nothing else is accepted: no other
// separators, no missing zeros, no surrounding space, no day that does not exist.
func ParseDate(s string) (Date, error) {
	if len(s) != 10 || s[4] != '-' || s[7] != '-' {
		return 0, fmt.Errorf("date %q: want the form 2025-11-20", shorten(s))
	}
	year, okYear := digits(s[:4])
	month, okMonth := digits(s[5:7])
	day, okDay := digits(s[8:])
	if !okYear || !okMonth || !okDay {
		return 0, fmt.Errorf("date %q: want the form 2025-11-20", s)
	}
	date := DateOf(year, time.Month(month), day)
	// DateOf normalises; a date that comes back different did not exist.
	if y, m, d := date.YMD(); year == 0 || y != year || int(m) != month || d != day {
		return 0, fmt.Errorf("date %q: there is no such day", s)
	}
	return date, nil
}

// shorten keeps an error message readable when the input is not what it should be but a whole file.
func shorten(s string) string {
	const limit = 32
	if len(s) <= limit {
		return s
	}
	return s[:limit] + "…"
}

func digits(s string) (int, bool) {
	n := 0
	for i := range len(s) {
		c := s[i]
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}

// DateIn returns the civil date that clocks in loc show at the instant t.
func DateIn(t time.Time, loc *time.Location) Date {
	return DateOf(t.In(loc).Date())
}

// YMD returns year, month and day of the month.
func (d Date) YMD() (int, time.Month, int) {
	return time.Unix(int64(d)*secondsPerDay, 0).UTC().Date()
}

// Weekday returns the day of the week.
func (d Date) Weekday() time.Weekday {
	// 1970-01-01 was a Thursday. The rest is taken twice since Go's is negative for dates before 1970.
	return time.Weekday(((int64(d)+int64(time.Thursday))%7 + 7) % 7)
}

// At returns the instant at which clocks in loc show hour:minute on this date. When daylight saving skips
// or repeats that time, the choice is that of time.Date; no session of any exchange here begins or
// ends within such an hour.
func (d Date) At(hour, minute int, loc *time.Location) time.Time {
	y, m, day := d.YMD()
	return time.Date(y, m, day, hour, minute, 0, 0, loc)
}

// String writes the date as 2025-11-20. ParseDate reads it back for the years 0001 to 9999.
func (d Date) String() string {
	y, m, day := d.YMD()
	return fmt.Sprintf("%04d-%02d-%02d", y, int(m), day)
}

// MarshalText writes the date as 2025-11-20. It is an error outside the years 0001 to 9999, which
// could not be read back.
func (d Date) MarshalText() ([]byte, error) {
	if y, _, _ := d.YMD(); y < 1 || y > 9999 {
		return nil, fmt.Errorf("date %s: year outside 0001 to 9999", d)
	}
	return []byte(d.String()), nil
}

// UnmarshalText reads a date as ParseDate does.
func (d *Date) UnmarshalText(text []byte) error {
	v, err := ParseDate(string(text))
	if err != nil {
		return err
	}
	*d = v
	return nil
}
