package extract

import (
	"math"
	"strconv"
)

// line is one line of text: its characters, with full-width digits and signs as their plain forms, so
// that one grammar serves both.
type line struct {
	r    []rune
	text []rune // as printed, for Figure.Raw
	no   int
}

// plainForm maps full-width forms and the dashes of both languages to ASCII.
func plainForm(r rune) rune {
	switch {
	case r >= '！' && r <= '～':
		return r - '！' + '!'
	case r == '　' || r == '\u00a0' || r == '\u2009' || r == '\u202f' || r == '\t':
		return ' '
	case r == '–' || r == '—' || r == '―' || r == '‐' || r == '‑' || r == '‒':
		return '-'
	case r == '〜' || r == '∼':
		return '~'
	case r == '。':
		return '。'
	}
	return r
}

func digit(r rune) bool { return r >= '0' && r <= '9' }
func latin(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }
func han(r rune) bool   { return r >= 0x4e00 && r <= 0x9fff }

// at is the character at i, or 0 outside the line.
func (l *line) at(i int) rune {
	if i < 0 || i >= len(l.r) {
		return 0
	}
	return l.r[i]
}

// spaces returns the first index from i on that is not a space.
func (l *line) spaces(i int) int {
	for l.at(i) == ' ' {
		i++
	}
	return i
}

// has reports whether the line goes on with s at i, letters of either case alike.
func (l *line) has(i int, s string) bool {
	for _, want := range s {
		got := l.at(i)
		if got >= 'A' && got <= 'Z' {
			got += 'a' - 'A'
		}
		if got != want {
			return false
		}
		i++
	}
	return true
}

// word reports whether the line goes on with the word s at i and the word ends there.
func (l *line) word(i int, s string) bool {
	end := i + len([]rune(s))
	return l.has(i, s) && !latin(l.at(end))
}

// arabic reads digits with grouping commas and a decimal point from i. ok is false where no number
// stands, and for versions such as 3.5.1 and numbers of more than maxDigits digits; end is always past
// what belongs together.
func (l *line) arabic(i int) (v float64, whole bool, end int, ok bool) {
	start, n := i, 0
	for digit(l.at(i)) {
		i, n = i+1, n+1
	}
	if n == 0 {
		return 0, false, start, false
	}
	buf := make([]byte, 0, 24)
	take := func(from, to int) {
		for k := from; k < to && len(buf) <= maxDigits; k++ {
			buf = append(buf, byte(l.r[k]))
		}
	}
	take(start, i)
	if n <= 3 {
		for l.at(i) == ',' && digit(l.at(i+1)) && digit(l.at(i+2)) && digit(l.at(i+3)) && !digit(l.at(i+4)) {
			take(i+1, i+4)
			i += 4
		}
	}
	whole = true
	if l.at(i) == '.' && digit(l.at(i+1)) {
		whole = false
		if len(buf) <= maxDigits {
			buf = append(buf, '.')
		}
		from := i + 1
		i++
		for digit(l.at(i)) {
			i++
		}
		take(from, i)
		if l.at(i) == '.' && digit(l.at(i+1)) { // a version or a section
			for digit(l.at(i)) || l.at(i) == '.' && digit(l.at(i+1)) {
				i++
			}
			return 0, false, i, false
		}
	}
	if len(buf) > maxDigits {
		return 0, false, i, false
	}
	v, err := strconv.ParseFloat(string(buf), 64)
	return v, whole, i, err == nil
}

var hanDigit = map[rune]float64{
	'零': 0, '〇': 0, '一': 1, '二': 2, '两': 2, '三': 3, '四': 4, '五': 5, '六': 6, '七': 7, '八': 8, '九': 9,
}

var hanPower = map[rune]float64{'十': 10, '百': 100, '千': 1000}

// numeral reads a number in Chinese numerals from i, such as 三十五 or 一百二十. Scales from 万 on are
// left to scale, which Arabic digits share.
func (l *line) numeral(i int) (v float64, end int, ok bool) {
	start := i
	var digits, pending float64
	had := false
	for i-start < 12 {
		r := l.at(i)
		if d, is := hanDigit[r]; is {
			pending, had = d, true
			i++
			continue
		}
		p, is := hanPower[r]
		if !is {
			break
		}
		if !had && digits == 0 {
			pending = 1 // 十五 is fifteen
		}
		digits += pending * p
		pending, had = 0, false
		i++
	}
	return digits + pending, i, i > start
}

// english reads a number in English words from i: twenty-five, a dozen, two hundred.
func (l *line) english(i int) (v float64, end int, ok bool) {
	if latin(l.at(i-1)) || l.at(i-1) == '-' || !latin(l.at(i)) {
		return 0, i, false
	}
	total := 0.0
	end = i
	for range 4 {
		n, next := l.englishWord(i)
		if math.IsNaN(n) {
			break
		}
		if n == 100 && ok {
			total *= 100
		} else {
			total += n
		}
		end, ok = next, true
		i = next
		if l.at(i) == '-' || l.at(i) == ' ' {
			i++
		}
	}
	return total, end, ok
}

var englishNumbers = []struct {
	word string
	n    float64
}{
	{"seventeen", 17},
	{"thirteen", 13},
	{"fourteen", 14},
	{"eighteen", 18},
	{"nineteen", 19},
	{"fifteen", 15},
	{"sixteen", 16},
	{"seventy", 70},
	{"hundred", 100},
	{"twenty", 20},
	{"thirty", 30},
	{"eighty", 80},
	{"ninety", 90},
	{"eleven", 11},
	{"twelve", 12},
	{"forty", 40},
	{"fifty", 50},
	{"sixty", 60},
	{"three", 3},
	{"seven", 7},
	{"eight", 8},
	{"four", 4},
	{"five", 5},
	{"nine", 9},
	{"one", 1},
	{"two", 2},
	{"six", 6},
	{"ten", 10},
}

func (l *line) englishWord(i int) (float64, int) {
	for _, e := range englishNumbers {
		if c := rune(e.word[0]); l.at(i)|0x20 == c && l.has(i, e.word) && !latin(l.at(i+len(e.word))) {
			return e.n, i + len(e.word)
		}
	}
	return math.NaN(), i
}

// scales are powers of ten in words, the longest first.
var scales = []struct {
	word   string
	factor float64
	latin  bool // ends at a letter's edge
}{
	{"万亿", 1e12, false},
	{"千亿", 1e11, false},
	{"百亿", 1e10, false},
	{"十亿", 1e9, false},
	{"千万", 1e7, false},
	{"百万", 1e6, false},
	{"十万", 1e5, false},
	{"亿", 1e8, false},
	{"万", 1e4, false},
	{"千", 1e3, false},
	{"trillion", 1e12, true},
	{"billion", 1e9, true},
	{"million", 1e6, true},
	{"thousand", 1e3, true},
	{"trn", 1e12, true},
	{"tn", 1e12, true},
	{"bln", 1e9, true},
	{"bn", 1e9, true},
	{"mln", 1e6, true},
	{"mm", 1e6, true},
	{"mn", 1e6, true},
}

// scale reads the power of ten that follows a number. The single letters k, m, b and t count only right
// behind the number; m without a currency may also be minutes or metres, which the note says.
func (l *line) scale(i int, money bool) (factor float64, end int, note string) {
	for j := i; ; j = l.spaces(i) {
		if l.at(j) == '-' && latin(l.at(j+1)) { // 39-billion
			j++
		}
		for _, s := range scales {
			if s.latin && !l.word(j, s.word) || !s.latin && !l.has(j, s.word) {
				continue
			}
			end = j + len([]rune(s.word))
			return s.factor, end, ""
		}
		if j != i || l.at(i) != ' ' {
			break
		}
	}
	if !latin(l.at(i + 1)) {
		switch l.at(i) {
		case 'k', 'K':
			return 1e3, i + 1, ""
		case 'M', 'm':
			if money {
				return 1e6, i + 1, ""
			}
			return 1e6, i + 1, "scale_ambiguous"
		case 'B', 'b':
			return 1e9, i + 1, ""
		case 'T':
			return 1e12, i + 1, ""
		case 't':
			if money {
				return 1e12, i + 1, ""
			}
		}
	}
	return 1, i, ""
}
