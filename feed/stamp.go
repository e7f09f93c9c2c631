package feed

import (
	"bytes"
	"time"

	"faultline/calendar"
)

// stampKind is how much a time cell says.
type stampKind uint8

const (
	dateOnly  stampKind = iota + 1 // a day
	localTime                      // a day and a time without a zone
	zoned                          // a day, a time and an offset
	unixTime                       // seconds since 1970
)

// stamp is a time cell as it was written.
type stamp struct {
	kind stampKind
	date calendar.Date // as written; of unixTime, in UTC
	sec  int32         // seconds since midnight as written; of unixTime, in UTC
	unix int64         // of zoned and unixTime
}

// slashOrder is the order of day and month in dates written with slashes.
type slashOrder uint8

const (
	slashUnknown slashOrder = iota
	monthFirst
	dayFirst
)

var monthDays = [...]uint8{31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}

// civil returns the date of a year, month and day that exist, by the algorithm of H. Hinnant,
// "chrono-compatible low-level date algorithms" (2013), days_from_civil.
func civil(y, m, d int) (calendar.Date, bool) {
	if y < 1 || y > 9999 || m < 1 || m > 12 || d < 1 || d > int(monthDays[m-1]) {
		return 0, false
	}
	if m == 2 && d == 29 && !(y%4 == 0 && (y%100 != 0 || y%400 == 0)) {
		return 0, false
	}
	if m <= 2 {
		y--
		m += 12
	}
	era := y / 400
	yoe := y - era*400
	doy := (153*(m-3)+2)/5 + d - 1
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	return calendar.Date(era*146097 + doe - 719468), true
}

// readStamp reads a time cell: 2025-11-20, 2025/11/20, 20251120, 11/20/2025 (in the order that the
// file uses), each with or without a time (20:47, 20:47:05.25) and an offset (Z, -04:00, -0400), or
// a count of seconds, milliseconds or microseconds since 1970.
func readStamp(b []byte, order slashOrder) (stamp, bool) {
	if n, ok := whole(b); ok {
		return countStamp(b, n)
	}
	if bytes.HasSuffix(b, []byte(".0")) { // counts that passed through a table of floats
		if n, ok := whole(b[:len(b)-2]); ok && len(b) > 10 {
			return countStamp(b[:len(b)-2], n)
		}
	}
	date, rest, ok := readDay(b, order)
	if !ok {
		return stamp{}, false
	}
	s := stamp{kind: dateOnly, date: date}
	if len(rest) == 0 {
		return s, true
	}
	if rest[0] != ' ' && rest[0] != 'T' {
		return stamp{}, false
	}
	sec, rest, ok := readClock(rest[1:])
	if !ok {
		return stamp{}, false
	}
	s.sec = sec
	if len(rest) == 0 {
		s.kind = localTime
		return s, true
	}
	offset, ok := readOffset(rest)
	if !ok {
		return stamp{}, false
	}
	s.kind = zoned
	s.unix = int64(date)*86400 + int64(sec) - int64(offset)
	return s, true
}

// countStamp reads digits only: eight are a date, nine to eleven seconds, twelve to fourteen
// milliseconds, fifteen or sixteen microseconds.
func countStamp(b []byte, n int64) (stamp, bool) {
	switch {
	case len(b) == 8:
		d, ok := civil(int(n/10000), int(n/100%100), int(n%100))
		return stamp{kind: dateOnly, date: d}, ok
	case len(b) >= 9 && len(b) <= 11:
	case len(b) >= 12 && len(b) <= 14:
		n /= 1000
	case len(b) == 15 || len(b) == 16:
		n /= 1_000_000
	default:
		return stamp{}, false
	}
	return stamp{kind: unixTime, date: calendar.Date(n / 86400), sec: int32(n % 86400), unix: n}, true
}

// readDay reads the date at the beginning of a cell and returns what follows.
func readDay(b []byte, order slashOrder) (calendar.Date, []byte, bool) {
	if len(b) >= 10 && (b[4] == '-' || b[4] == '/') && b[7] == b[4] { // 2025-11-20, the common case
		y, okY := whole(b[:4])
		m, okM := whole(b[5:7])
		d, okD := whole(b[8:10])
		if okY && okM && okD {
			date, ok := civil(int(y), int(m), int(d))
			return date, b[10:], ok
		}
	}
	var part [3]int
	var width [3]int
	sep := byte(0)
	i, n := 0, 0
	for ; i < len(b); i++ {
		c := b[i]
		if c >= '0' && c <= '9' {
			if width[n]++; width[n] > 4 {
				return 0, nil, false
			}
			part[n] = part[n]*10 + int(c-'0')
			continue
		}
		if (c == '-' || c == '/') && (sep == 0 || c == sep) && n < 2 && width[n] > 0 {
			sep = c
			n++
			continue
		}
		break
	}
	if n != 2 || width[2] == 0 {
		return 0, nil, false
	}
	y, m, d := part[0], part[1], part[2]
	switch {
	case width[0] == 4 && width[1] <= 2 && width[2] <= 2:
	case sep == '/' && width[2] == 4 && width[0] <= 2 && width[1] <= 2 && order == monthFirst:
		m, d, y = part[0], part[1], part[2]
	case sep == '/' && width[2] == 4 && width[0] <= 2 && width[1] <= 2 && order == dayFirst:
		d, m, y = part[0], part[1], part[2]
	default:
		return 0, nil, false
	}
	date, ok := civil(y, m, d)
	return date, b[i:], ok
}

// readClock reads a time of day and returns what follows.
func readClock(b []byte) (sec int32, rest []byte, ok bool) {
	if len(b) < 5 || b[2] != ':' {
		if len(b) >= 4 && b[1] == ':' { // 9:30
			sec, rest, ok = readClock(append([]byte{'0'}, b...))
		}
		return sec, rest, ok
	}
	h, okH := whole(b[:2])
	m, okM := whole(b[3:5])
	if !okH || !okM || h > 23 || m > 59 {
		return 0, nil, false
	}
	sec = int32(h*3600 + m*60)
	b = b[5:]
	if len(b) >= 3 && b[0] == ':' {
		s, ok := whole(b[1:3])
		if !ok || s > 59 {
			return 0, nil, false
		}
		sec += int32(s)
		b = b[3:]
		if len(b) > 1 && b[0] == '.' { // fractions of a second are dropped
			b = b[1:]
			digits := 0
			for len(b) > 0 && b[0] >= '0' && b[0] <= '9' {
				b = b[1:]
				digits++
			}
			if digits == 0 {
				return 0, nil, false
			}
		}
	}
	return sec, b, true
}

// readOffset reads Z, UTC, +hh, +hh:mm or +hhmm, in seconds east of Greenwich.
func readOffset(b []byte) (sec int32, ok bool) {
	b = trimSpace(b)
	if len(b) == 1 && (b[0] == 'Z' || b[0] == 'z') || string(b) == "UTC" {
		return 0, true
	}
	if len(b) < 3 || b[0] != '+' && b[0] != '-' {
		return 0, false
	}
	digits := bytes.Replace(b[1:], []byte(":"), nil, 1)
	n, ok := whole(digits)
	if !ok {
		return 0, false
	}
	switch len(digits) {
	case 2:
		n *= 100
	case 4:
	default:
		return 0, false
	}
	if n/100 > 14 || n%100 > 59 {
		return 0, false
	}
	sec = int32(n/100*3600 + n%100*60)
	if b[0] == '-' {
		sec = -sec
	}
	return sec, true
}

// in is the instant of the stamp, taken as local to loc when it has no zone.
func (s stamp) in(loc *time.Location) time.Time {
	if s.kind == zoned || s.kind == unixTime {
		return time.Unix(s.unix, 0)
	}
	c := localClock{loc: loc}
	return time.Unix(c.unix(s.date, s.sec), 0)
}

// slashes finds out from the sample in which order a column writes day and month: one part above
// twelve tells.
func (m *sample) slashes(column int) slashOrder {
	for _, rec := range m.body() {
		if column >= len(rec) {
			continue
		}
		if _, _, ok := readDay([]byte(rec[column]), monthFirst); ok {
			if _, _, ok := readDay([]byte(rec[column]), dayFirst); !ok {
				return monthFirst
			}
			continue
		}
		if _, _, ok := readDay([]byte(rec[column]), dayFirst); ok {
			return dayFirst
		}
	}
	return slashUnknown
}

// localClock turns times that clocks in one zone show into instants. It remembers the last day,
// since time.Date is slow and rows come in order.
type localClock struct {
	loc      *time.Location
	date     calendar.Date
	midnight int64
	even     bool // the day has no change of daylight saving
	set      bool
}

func (l *localClock) unix(d calendar.Date, sec int32) int64 {
	if !l.set || l.date != d {
		l.set, l.date = true, d
		l.midnight = d.At(0, 0, l.loc).Unix()
		l.even = (d+1).At(0, 0, l.loc).Unix()-l.midnight == 86400
	}
	if l.even {
		return l.midnight + int64(sec)
	}
	return d.At(0, 0, l.loc).Unix() + wallOffset(d, sec, l.loc)
}

// wallOffset is the time that passes between midnight and the moment when clocks show sec on a day
// of change.
func wallOffset(d calendar.Date, sec int32, loc *time.Location) int64 {
	y, m, day := d.YMD()
	t := time.Date(y, m, day, int(sec/3600), int(sec/60%60), int(sec%60), 0, loc)
	return t.Unix() - d.At(0, 0, loc).Unix()
}
