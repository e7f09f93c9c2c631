package extract

import "fmt"

// when is a date or a span as far as a text gives it. A zero year is unknown; month 0 with quarter 0 is
// the whole year.
type when struct {
	year, month, day, quarter int
	toYear, toMonth, toDay    int // of a span; 0 where it has no end
	decade                    bool
	assumed                   bool // the year is the text's last one
}

func (w *when) iso() (from, to string) {
	name := func(y, m, d int) string {
		year := "-"
		if y > 0 {
			year = fmt.Sprintf("%04d", y)
		}
		switch {
		case m == 0:
			return year
		case d == 0:
			return fmt.Sprintf("%s-%02d", year, m)
		}
		return fmt.Sprintf("%s-%02d-%02d", year, m, d)
	}
	switch {
	case w.decade:
		return fmt.Sprintf("%ds", w.year), ""
	case w.quarter > 0 && w.year > 0:
		return fmt.Sprintf("%04d-Q%d", w.year, w.quarter), ""
	case w.quarter > 0:
		return fmt.Sprintf("--Q%d", w.quarter), ""
	}
	from = name(w.year, w.month, w.day)
	if w.toYear+w.toMonth+w.toDay > 0 {
		y, m := w.toYear, w.toMonth
		if y == 0 {
			y = w.year
		}
		if m == 0 && w.toDay > 0 {
			m = w.month
		}
		to = name(y, m, w.toDay)
	}
	return from, to
}

// small reads an integer of at most two digits from 1 to most.
func (l *line) small(i, most int) (n, end int, ok bool) {
	for end = i; digit(l.at(end)) && end-i < 3; end++ {
		n = n*10 + int(l.at(end)-'0')
	}
	return n, end, end > i && end-i <= 2 && n >= 1 && n <= most
}

// year reads four digits from 1800 to 2199 that stand alone.
func (l *line) year(i int) (y, end int, ok bool) {
	if digit(l.at(i - 1)) {
		return 0, i, false
	}
	for end = i; digit(l.at(end)) && end-i < 5; end++ {
		y = y*10 + int(l.at(end)-'0')
	}
	return y, end, end-i == 4 && y >= 1800 && y < 2200
}

// to reads the sign between the ends of a span.
func (l *line) to(i int) (end int, ok bool) {
	j := l.spaces(i)
	switch {
	case l.at(j) == '-' || l.at(j) == '~' || l.at(j) == '至' || l.at(j) == '到':
		return l.spaces(j + 1), true
	case j > i && l.word(j, "to"):
		return l.spaces(j + 2), true
	case j > i && l.word(j, "through"):
		return l.spaces(j + 7), true
	}
	return i, false
}

// date reads a date from i. month is the month that a bare day belongs to, or 0.
func (l *line) date(i, month int) (w when, end int, ok bool) {
	if (l.has(i, "fy") || l.has(i, "cy")) && !latin(l.at(i-1)) && l.at(i)&^0x20 == l.at(i) { // FY2025, FY25
		if y, e, is := l.year(i + 2); !is {
			if n, e, is := l.small(i+2, 99); is && e == i+4 && !latin(l.at(e)) {
				return when{year: 2000 + n}, e, true
			}
		} else if !latin(l.at(e)) {
			return when{year: y}, e, true
		}
	}
	if y, e, is := l.year(i); is {
		return l.fromYear(y, e)
	}
	if d, e, is := l.small(i, 31); is && !digit(l.at(i-1)) {
		if w, e, ok := l.fromSmall(d, e, month); ok {
			return w, e, true
		}
	}
	if w, e, ok := l.quarter(i); ok {
		return w, e, true
	}
	if han(l.at(i)) {
		v, e, is := l.numeral(i)
		if is && l.at(e) == '月' && v >= 1 && v <= 12 && v == float64(int(v)) && l.at(i-1) != '个' && !latin(l.at(i-1)) {
			return l.afterMonth(when{month: int(v)}, e+1)
		}
		return when{}, i, false
	}
	return l.monthName(i)
}

func (l *line) fromYear(y, e int) (when, int, bool) {
	w := when{year: y}
	if l.at(e) == '-' || l.at(e) == '/' || l.at(e) == '.' { // 2025-10-10
		sep := l.at(e)
		if m, e2, ok := l.small(e+1, 12); ok && l.at(e2) == sep {
			if d, e3, ok := l.small(e2+1, 31); ok && !digit(l.at(e3)) {
				w.month, w.day = m, d
				return w, e3, true
			}
		}
	}
	if l.at(e) == 's' && !latin(l.at(e+1)) && y%10 == 0 {
		w.decade = true
		return w, e + 1, true
	}
	if (l.at(e) == 'Q' || l.at(e) == 'q') && l.at(e+1) >= '1' && l.at(e+1) <= '4' && !digit(l.at(e+2)) {
		w.quarter = int(l.at(e+1) - '0')
		return w, e + 2, true
	}
	j, ok := l.to(e)
	if !ok && l.between(e-4, e) {
		j, ok = l.spaces(l.spaces(e)+3), true
	}
	if ok { // 1972-1974年, 2013 to 2019, between 2013 and 2019
		if y2, e2, ok := l.year(j); ok && y2 > y && l.at(e2) != '-' {
			w.toYear = y2
			if l.at(e2) == '年' {
				e2++
			}
			return w, e2, true
		}
	}
	if c := l.at(e); (c == 'E' || c == 'e' || c == 'F') && !latin(l.at(e+1)) { // 2026E
		return w, e + 1, true
	}
	j = l.spaces(e)
	if l.at(j) != '年' {
		// A bare number of four digits is a year where nothing that belongs to a number is beside it.
		switch {
		case l.at(e) == ',' && digit(l.at(e+1)), l.at(e) == '.' && digit(l.at(e+1)), l.at(e) == '%', latin(l.at(e)), han(l.at(e)), y < 1950, y > 2060:
			return when{}, e, false
		}
		if u, _ := l.unitAt(e); u != nil && u.kind != Duration {
			return when{}, e, false
		}
		if _, _, note := l.scale(e, false); note != "" {
			return when{}, e, false
		}
		if f, _, _ := l.scale(e, false); f != 1 {
			return when{}, e, false
		}
		return w, e, true
	}
	j++
	if l.at(j) == '代' {
		w.decade = true
		return w, j + 1, true
	}
	j2 := l.spaces(j)
	if q, e, ok := l.quarter(j2); ok {
		w.quarter = q.quarter
		return w, e, true
	}
	if m, e, ok := l.small(j2, 12); ok && l.at(e) == '月' {
		w.month = m
		return l.afterMonth(w, e+1)
	}
	return w, j, true
}

// afterMonth reads the day, the span of days or the part of the month that follows 月.
func (l *line) afterMonth(w when, e int) (when, int, bool) {
	j := l.spaces(e)
	if v, e2, ok := l.numeral(j); ok && v >= 1 && v <= 31 && v == float64(int(v)) && (l.at(e2) == '日' || l.at(e2) == '号') {
		w.day = int(v)
		return w, e2 + 1, true
	}
	if d, e2, ok := l.small(j, 31); ok && (l.at(e2) == '日' || l.at(e2) == '号') {
		w.day = d
		return l.untilDay(w, e2+1)
	} else if ok { // 20-21日
		if j, is := l.to(e2); is {
			if d2, e3, ok := l.small(j, 31); ok && (l.at(e3) == '日' || l.at(e3) == '号') {
				w.day, w.toDay = d, d2
				return w, e3 + 1, true
			}
		}
	}
	if j, ok := l.to(e); ok {
		if m, e2, ok := l.small(j, 12); ok && l.at(e2) == '月' {
			w.toMonth = m
			return w, e2 + 1, true
		}
	}
	for _, part := range []string{"份", "上旬", "中旬", "下旬", "初", "底", "末"} {
		if l.has(e, part) {
			e += len([]rune(part))
			break
		}
	}
	if j, ok := l.to(e); ok { // 10月中旬至11月
		if m, e2, ok := l.small(j, 12); ok && l.at(e2) == '月' && !digit(l.at(e2+1)) {
			w.toMonth = m
			return w, e2 + 1, true
		}
	}
	return w, e, true
}

// untilDay reads the end of a span whose first day ends at e.
func (l *line) untilDay(w when, e int) (when, int, bool) {
	k := e
	if l.at(k) == '(' || l.at(k) == '（' { // a weekday
		for n := 0; n < 6 && l.at(k) != ')' && l.at(k) != 0; n++ {
			k++
		}
		k++
	}
	j, ok := l.to(k)
	if !ok {
		return w, e, true
	}
	m := 0
	if n, e2, is := l.small(j, 12); is && l.at(e2) == '月' {
		m, j = n, e2+1
	}
	if d, e2, is := l.small(j, 31); is && (l.at(e2) == '日' || l.at(e2) == '号') {
		w.toMonth, w.toDay = m, d
		return w, e2 + 1, true
	}
	return w, e, true
}

// fromSmall reads what begins with a number of one or two digits: 11月20日, 20 November 2025, 11/20/2025.
func (l *line) fromSmall(n, e, month int) (when, int, bool) {
	switch {
	case l.at(e) == '月' && n <= 12:
		return l.afterMonth(when{month: n}, e+1)
	case l.at(e) == '-' && n <= 12: // 10-11月
		if m, e2, ok := l.small(e+1, 12); ok && l.at(e2) == '月' && m > n {
			return when{month: n, toMonth: m}, e2 + 1, true
		}
	case l.at(e) == '日' && month > 0 && !l.soon(e, "均线", 12) && !l.soon(e, "线", 2):
		return l.untilDay(when{month: month, day: n}, e+1)
	case l.at(e) == '/' && n <= 12:
		if d, e2, ok := l.small(e+1, 31); ok && l.at(e2) == '/' {
			if y, e3, ok := l.year(e2 + 1); ok {
				return when{year: y, month: n, day: d}, e3, true
			}
		}
	}
	day, last := n, 0
	if l.at(e) == '-' {
		if d, e2, ok := l.small(e+1, 31); ok && d > n {
			last, e = d, e2
		}
	}
	for _, s := range []string{"st", "nd", "rd", "th"} {
		if l.word(e, s) {
			e += 2
			break
		}
	}
	if l.at(e) != ' ' {
		return when{}, e, false
	}
	j := l.spaces(e)
	if l.word(j, "of") {
		j = l.spaces(j + 2)
	}
	m, e2, ok := l.month(j)
	if !ok {
		return when{}, e, false
	}
	w := when{month: m, day: day, toDay: last}
	if y, e3, ok := l.year(l.spaces(e2)); ok {
		w.year, e2 = y, e3
	}
	return w, e2, true
}

// soon reports whether s stands within n characters of i.
func (l *line) soon(i int, s string, n int) bool {
	for k := i; k < i+n; k++ {
		if l.has(k, s) {
			return true
		}
		if c := l.at(k); c == 0 || c == '。' || c == ',' {
			return false
		}
	}
	return false
}

// quarter reads 三季度, 第三季度, Q3, Q3 2025 or 3Q25.
func (l *line) quarter(i int) (when, int, bool) {
	j := i
	if l.at(j) == '第' {
		j++
	}
	q, e := 0.0, j
	if v, end, ok := l.numeral(j); ok {
		q, e = v, end
	} else if n, end, ok := l.small(j, 4); ok {
		q, e = float64(n), end
	}
	if q >= 1 && q <= 4 && q == float64(int(q)) && (l.has(e, "季度") || l.has(e, "财季")) {
		return when{quarter: int(q)}, e + 2, true
	}
	if latin(l.at(i-1)) || digit(l.at(i-1)) {
		return when{}, i, false
	}
	if l.at(i) == 'Q' && l.at(i+1) >= '1' && l.at(i+1) <= '4' && !digit(l.at(i+2)) && !latin(l.at(i+2)) {
		w := when{quarter: int(l.at(i+1) - '0')}
		if y, e, ok := l.year(l.spaces(i + 2)); ok {
			w.year = y
			return w, e, true
		}
		return w, i + 2, true
	}
	if c := l.at(i); c >= '1' && c <= '4' && l.at(i+1) == 'Q' {
		w := when{quarter: int(c - '0')}
		if n, e, ok := l.small(i+2, 99); ok && e == i+4 {
			w.year = 2000 + n
			return w, e, true
		}
		if y, e, ok := l.year(i + 2); ok {
			w.year = y
			return w, e, true
		}
	}
	return when{}, i, false
}

var months = []string{"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"}

// month reads the name of a month, whole or by its first three letters, with a capital.
func (l *line) month(i int) (m, end int, ok bool) {
	c := l.at(i)
	if c < 'A' || c > 'S' || latin(l.at(i-1)) {
		return 0, i, false
	}
	for k, name := range months {
		if l.word(i, name) {
			return k + 1, i + len(name), true
		}
		for _, n := range []int{3, 4} {
			if n < len(name) && l.word(i, name[:n]) && (n == 3 || k == 8) { // Sept
				end = i + n
				if l.at(end) == '.' {
					end++
				}
				return k + 1, end, true
			}
		}
	}
	return 0, i, false
}

// monthName reads November 20, 2025, Nov. 17-21, November 2025 or October. The names that are also words
// need a number behind them.
func (l *line) monthName(i int) (when, int, bool) {
	m, e, ok := l.month(i)
	if !ok {
		return when{}, i, false
	}
	w := when{month: m}
	j := l.spaces(e)
	if y, e2, ok := l.year(j); ok {
		w.year = y
		return w, e2, true
	}
	if d, e2, ok := l.small(j, 31); ok && j > e && l.at(e2) != '%' && !(l.at(e2) == '.' && digit(l.at(e2+1))) && !(l.at(e2) == ',' && digit(l.at(e2+1))) {
		w.day, e = d, e2
		for _, s := range []string{"st", "nd", "rd", "th"} {
			if l.word(e, s) {
				e += 2
				break
			}
		}
		if j, is := l.to(e); is {
			if m2, e3, ok := l.month(j); ok {
				if d2, e4, ok := l.small(l.spaces(e3), 31); ok {
					w.toMonth, w.toDay, e = m2, d2, e4
				}
			} else if d2, e3, ok := l.small(j, 31); ok && d2 > d && !digit(l.at(e3)) {
				w.toDay, e = d2, e3
			}
		}
		k := e
		if l.at(k) == ',' {
			k++
		}
		if y, e3, ok := l.year(l.spaces(k)); ok && k-e <= 1 {
			w.year, e = y, e3
		}
		return w, e, true
	}
	if l.at(j) == ',' { // November, 2025
		if y, e2, ok := l.year(l.spaces(j + 1)); ok {
			w.year = y
			return w, e2, true
		}
	}
	if m == 3 || m == 5 || e-i < len(months[m-1]) {
		return when{}, i, false
	}
	return w, e, true
}
