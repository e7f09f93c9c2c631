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
	sec := time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix()
	return Date(floorDiv(sec, secondsPerDay))
}

// floorDiv divides rounding towards minus infinity, which the integer division of Go does not do.
func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}

// ParseDate reads a date written as 2025-11-20. Nothing else is accepted: no other separators, no
// missing zeros, no surrounding space, no day that does not exist, no year 0.
func ParseDate(s string) (Date, error) {
	if len(s) != 10 || s[4] != '-' || s[7] != '-' {
		return 0, fmt.Errorf("date %q: want the form 2025-11-20", shorten(s))
	}
	y, okY := digits(s[0:4])
	m, okM := digits(s[5:7])
	d, okD := digits(s[8:10])
	if !okY || !okM || !okD {
		return 0, fmt.Errorf("date %q: want the form 2025-11-20", s)
	}
	date := DateOf(y, time.Month(m), d)
	if yy, mm, dd := date.YMD(); y == 0 || yy != y || int(mm) != m || dd != d {
		return 0, fmt.Errorf("date %q: there is no such day", s)
	}
	return date, nil
}

// shorten keeps an error message readable when the input is not a date at all but a whole file.
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
	// 1970-01-01 was a Thursday. The sum is taken modulo 7 twice since Go's remainder is negative for
	// dates before 1970.
	return time.Weekday(((int64(d)+int64(time.Thursday))%7 + 7) % 7)
}

// At returns the instant at which clocks in loc show hour:min on this date. When daylight saving skips
// or repeats that time, the choice is that of time.Date; no session of any exchange here begins or
// ends within such an hour.
func (d Date) At(hour, min int, loc *time.Location) time.Time {
	y, m, day := d.YMD()
	return time.Date(y, m, day, hour, min, 0, 0, loc)
}

// String writes the date as 2025-11-20.
func (d Date) String() string {
	y, m, day := d.YMD()
	return fmt.Sprintf("%04d-%02d-%02d", y, int(m), day)
}

// MarshalText writes the date as 2025-11-20.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads a date as ParseDate does.
func (d *Date) UnmarshalText(text []byte) error {
	v, err := ParseDate(string(text))
	if err != nil {
		return err
	}
	*d = v
	return nil
}
