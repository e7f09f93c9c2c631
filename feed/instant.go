package feed

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"faultline/calendar"
)

// readInstant reads an instant as people's computers write it: "March 22, 2024 at 9:40 PM EDT",
// "11 juin 2022 à 20:47 UTC−4", "2022年6月11日 GMT-4 20:47". It wants exactly one year, month, day
// and time of day; what it cannot read for certain, such as 06/11/2022 or a zone that it does not
// know, it does not read. Without any zone the time is taken for New York's, and zoneKnown is false.
func readInstant(text string) (t time.Time, zoneKnown, ok bool) {
	const longest = 120 // no date is longer; the header of a strange file may be
	if len(text) > longest {
		return t, false, false
	}
	s := foldDigits(text)
	offset, s, zone := takeZone(s)
	if zone == zoneStrange {
		return t, false, false
	}
	sec, s, ok := takeClock(s)
	if !ok {
		return t, false, false
	}
	d, ok := wordDate(s)
	if !ok || d < calendar.First || d > calendar.Last {
		return t, false, false
	}
	if zone == zoneNone {
		c := localClock{loc: calendar.NewYork()}
		return time.Unix(c.unix(d, int32(sec)), 0), false, true
	}
	return time.Unix(int64(d)*86400+int64(sec-offset), 0), true, true
}

// foldDigits writes full-width digits and typographic signs and spaces as ASCII, and drops marks of
// writing direction.
func foldDigits(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '０' && r <= '９':
			return r - '０' + '0'
		case r == '−' || r == '–' || r == '—' || r == '‐':
			return '-'
		case r == '：':
			return ':'
		case r == '\u200e' || r == '\u200f':
			return -1
		case unicode.IsSpace(r) || r == '[' || r == ']' || r == '(' || r == ')':
			return ' '
		}
		return r
	}, s)
}

type zoneFound uint8

const (
	zoneNone zoneFound = iota
	zoneRead
	zoneStrange
)

// zoneHours are the names of zones, in hours east of Greenwich. Names that mean several zones, such
// as IST, are not among them.
var zoneHours = map[string]float64{
	"EDT": -4, "EST": -5, "CDT": -5, "CST": -6, "MDT": -6, "MST": -7, "PDT": -7, "PST": -8,
	"AKDT": -8, "AKST": -9, "HST": -10, "ADT": -3, "AST": -4,
	"HAE": -4, "HNE": -5, "HAC": -5, "HNC": -6, "HAR": -6, "HNR": -7, "HAP": -7, "HNP": -8, // French in Canada
	"WET": 0, "WEST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "MEZ": 1, "MESZ": 2, "OEZ": 2, "OESZ": 3,
	"SEČ": 1, "SELČ": 2, // Czech and Slovak
	"BST": 1, "MSK": 3, "BRT": -3, "JST": 9, "KST": 9, "HKT": 8, "SGT": 8,
	"AEST": 10, "AEDT": 11, "ACST": 9.5, "ACDT": 10.5, "AWST": 8, "NZST": 12, "NZDT": 13, "Z": 0,
}

// dayHalves are the words for the halves of the day; the value is the hour at which the half begins.
// The longer come first where one holds the other.
var dayHalves = []struct {
	word string
	hour int
}{
	{"p.m.", 12},
	{"p. m.", 12},
	{"pm", 12},
	{"μ.μ.", 12},
	{"ptg", 12},
	{"下午", 12},
	{"晚上", 12},
	{"中午", 12},
	{"午後", 12},
	{"오후", 12},
	{"a.m.", 0},
	{"a. m.", 0},
	{"am", 0},
	{"π.μ.", 0},
	{"pg", 0},
	{"上午", 0},
	{"凌晨", 0},
	{"清晨", 0},
	{"早上", 0},
	{"午前", 0},
	{"오전", 0},
}

// takeZone takes the zone off the text. Seconds are east of Greenwich.
func takeZone(s string) (seconds int, rest string, found zoneFound) {
	upper := strings.ToUpper(s)
	if len(upper) != len(s) { // a letter whose capital is longer: places would not agree
		upper = s
	}
	for _, name := range []string{"GMT", "UTC", "ГРИНУИЧ"} {
		i := strings.Index(upper, name)
		if i < 0 {
			continue
		}
		tail := s[i+len(name):]
		trimmed := strings.TrimLeft(tail, " ")
		if len(trimmed) < 2 || trimmed[0] != '+' && trimmed[0] != '-' || !isDigit(trimmed[1]) {
			return 0, s[:i] + " " + tail, zoneRead
		}
		sign, digits := trimmed[0], trimmed[1:]
		n := 0
		for n < len(digits) && (digits[n] >= '0' && digits[n] <= '9' || digits[n] == ':') {
			n++
		}
		h, m, _ := strings.Cut(digits[:n], ":")
		if m == "" && len(h) == 4 {
			h, m = h[:2], h[2:]
		}
		hours, okH := whole([]byte(h))
		minutes, okM := whole([]byte(m))
		if !okH || m != "" && !okM || hours > 14 || minutes > 59 {
			return 0, s, zoneStrange
		}
		seconds = int(hours*3600 + minutes*60)
		if sign == '-' {
			seconds = -seconds
		}
		return seconds, s[:i] + " " + digits[n:], zoneRead
	}
	for _, w := range letterRuns(s) {
		word := s[w[0]:w[1]]
		if hours, ok := zoneHours[word]; ok {
			return int(hours * 3600), s[:w[0]] + " " + s[w[1]:], zoneRead
		}
	}
	for _, w := range letterRuns(s) {
		word := s[w[0]:w[1]]
		if n := utf8.RuneCountInString(word); n >= 3 && n <= 5 && isCapitals(word) && halfOf(word) < 0 && monthByName()[strings.ToLower(word)] == 0 {
			return 0, s, zoneStrange // a zone that is not in the table
		}
	}
	return 0, s, zoneNone
}

func isCapitals(s string) bool {
	for _, c := range s {
		if !unicode.IsUpper(c) {
			return false
		}
	}
	return true
}

func halfOf(word string) int {
	for _, h := range dayHalves {
		if strings.EqualFold(word, h.word) {
			return h.hour
		}
	}
	return -1
}

// letterRuns lists the stretches of letters as [begin, end).
func letterRuns(s string) (runs [][2]int) {
	start := -1
	for i, r := range s {
		if unicode.IsLetter(r) || unicode.IsMark(r) {
			if start < 0 {
				start = i
			}
		} else if start >= 0 {
			runs = append(runs, [2]int{start, i})
			start = -1
		}
	}
	if start >= 0 {
		runs = append(runs, [2]int{start, len(s)})
	}
	return runs
}

// takeClock takes the time of day off the text: 20:47, 20:47:05, 20 h 47, 20时47分, 20.47, each with
// or without a half of the day.
func takeClock(s string) (sec int, rest string, ok bool) {
	half := -1
	lower := strings.ToLower(s)
	if len(lower) != len(s) {
		lower = s
	}
	for _, h := range dayHalves {
		i := strings.Index(lower, h.word)
		if i < 0 || isASCIIWord(h.word) && !standsAlone(lower, i, len(h.word)) {
			continue
		}
		half = h.hour
		s = s[:i] + " " + s[i+len(h.word):]
		break
	}
	for _, sep := range []string{":", " h ", "h", "时", "時", "시 ", "시", "点", "."} {
		for from := 0; ; {
			i := strings.Index(s[from:], sep)
			if i < 0 {
				break
			}
			i += from
			from = i + len(sep)
			begin := i
			for begin > 0 && isDigit(s[begin-1]) {
				begin--
			}
			end := from
			for end < len(s) && isDigit(s[end]) {
				end++
			}
			if i-begin < 1 || i-begin > 2 || end-from != 2 || sep == "." && partOfDate(s, begin, end) {
				continue
			}
			h, _ := whole([]byte(s[begin:i]))
			m, _ := whole([]byte(s[from:end]))
			sec := 0
			if sep == ":" && len(s) >= end+3 && s[end] == ':' && isDigit(s[end+1]) && isDigit(s[end+2]) {
				n, _ := whole([]byte(s[end+1 : end+3]))
				sec = int(n)
				end += 3
			}
			tail := s[end:]
			for _, minute := range []string{"分", "분"} {
				tail = strings.TrimPrefix(tail, minute)
			}
			if half >= 0 && h <= 12 {
				h = h%12 + int64(half)
			}
			if h > 23 || m > 59 || sec > 59 {
				return 0, s, false
			}
			return int(h*3600+m*60) + sec, s[:begin] + " " + tail, true
		}
	}
	return 0, s, false
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isASCIIWord(s string) bool { return s[0] < 0x80 }

// standsAlone reports whether the word at i is not part of a longer one: pm in "pm", not in "Rpm".
func standsAlone(s string, i, n int) bool {
	return (i == 0 || !isLetter(rune(s[i-1])) && s[i-1] < 0x80) && (i+n == len(s) || !isLetter(rune(s[i+n])) && s[i+n] < 0x80)
}

// partOfDate reports whether digits around a point belong to 11.06.2022 and not to 20.47.
func partOfDate(s string, begin, end int) bool {
	return end < len(s)-1 && s[end] == '.' && isDigit(s[end+1]) || begin > 1 && s[begin-1] == '.' && isDigit(s[begin-2])
}

// wordDate reads the date in what is left of the text when zone and time are gone.
func wordDate(s string) (calendar.Date, bool) {
	if d, ok := numericDate(s); ok {
		return d, true
	}
	month := 0
	for _, w := range letterRuns(s) {
		word := strings.ToLower(s[w[0]:w[1]])
		m, ok := monthByName()[word]
		if !ok {
			m, ok = monthByName()[strings.TrimPrefix(word, "ב")] // Hebrew for "in"
		}
		if !ok {
			continue
		}
		if m == 0 || month != 0 && m != month {
			return 0, false
		}
		month = m
	}
	var year, day int
	for i := 0; i < len(s); {
		if !isDigit(s[i]) {
			i++
			continue
		}
		end := i
		for end < len(s) && isDigit(s[end]) {
			end++
		}
		n, ok := whole([]byte(s[i:end]))
		tail := strings.TrimLeft(s[end:], " ")
		before := strings.ToLower(strings.TrimRight(s[:i], " "))
		switch {
		case !ok:
			return 0, false
		case strings.HasPrefix(tail, "月") || strings.HasPrefix(tail, "월") || strings.HasSuffix(before, "tháng"):
			if month != 0 {
				return 0, false
			}
			month = int(n)
		case end-i == 4 && year == 0:
			year = int(n)
		case end-i <= 2 && day == 0:
			day = int(n)
		default:
			return 0, false
		}
		i = end
	}
	return civil(year, month, day)
}

// numericDate reads 2022-06-11, 2022/06/11 and 11.06.2022, whose orders are the same everywhere.
func numericDate(s string) (calendar.Date, bool) {
	f := strings.FieldsFunc(s, func(r rune) bool { return !isDigit(byte(r)) && r != '.' && r != '-' && r != '/' || r > 0x7f })
	for _, w := range f {
		w = strings.Trim(w, ".-/")
		if d, rest, ok := readDay([]byte(w), slashUnknown); ok && len(rest) == 0 {
			return d, true
		}
		p := strings.Split(w, ".")
		if len(p) != 3 || len(p[2]) != 4 || len(p[0]) > 2 || len(p[1]) > 2 {
			continue
		}
		day, okD := whole([]byte(p[0]))
		month, okM := whole([]byte(p[1]))
		year, okY := whole([]byte(p[2]))
		if okD && okM && okY {
			return civil(int(year), int(month), int(day))
		}
	}
	return 0, false
}
