package extract

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ErrTooLarge is what Scan returns for a text above MaxBytes.
var ErrTooLarge = fmt.Errorf("the text is larger than %d MB: split it", MaxBytes>>20)

// maxLine is how many characters of a line are read at once; a longer line is cut there, which may cost
// the figure that stands on the cut.
const maxLine = 1 << 16

// Scan reads a text in Chinese, English or both, plain or Markdown, and hands over each figure in the
// order of the text. It stops at the first error of yield. Lines that are no UTF-8 are read as far as
// they are.
func Scan(r io.Reader, yield func(Figure) error) error {
	in := bufio.NewReaderSize(io.LimitReader(r, MaxBytes+1), 1<<16)
	s := scanner{yield: yield}
	read := 0
	l := line{no: 1}
	flush := func() error {
		err := s.line(&l)
		l.r, l.text = l.r[:0], l.text[:0]
		return err
	}
	for {
		c, n, err := in.ReadRune()
		if errors.Is(err, io.EOF) {
			return flush()
		}
		if err != nil {
			return fmt.Errorf("read the text: line %d: %w", l.no, err)
		}
		if read += n; read > MaxBytes {
			return ErrTooLarge
		}
		if c == '\n' {
			if err := flush(); err != nil {
				return err
			}
			l.no++
			continue
		}
		if hidden(c) && c != '\t' { // must not split a number, nor come out again
			continue
		}
		l.r, l.text = append(l.r, plainForm(c)), append(l.text, c)
		if len(l.r) == maxLine {
			if err := flush(); err != nil {
				return err
			}
		}
	}
}

// hidden reports whether a character is invisible or turns the direction of the text.
func hidden(c rune) bool {
	if c >= ' ' && c < 0x7f || han(c) {
		return false
	}
	return unicode.Is(unicode.Cc, c) || unicode.Is(unicode.Cf, c) || unicode.Is(unicode.Co, c) || unicode.Is(unicode.Zl, c) || unicode.Is(unicode.Zp, c)
}

// scanner carries what one line says for the next ones.
type scanner struct {
	yield func(Figure) error
	year  int // the last one that the text gave, of a month or day if there was any
	dated bool
	month int // likewise, for bare days of the same line
	// A table states a scale once, in its header: "2026 capex ($bn)". It holds for cells that consist of a
	// number, until a line too long for a cell or a heading ends the table. Columns of a Markdown table
	// have one each, plain lines share column 0.
	header   map[int]header
	mentions []mention // names of the line, in its order
	next     int       // the first mention that is not behind
}

type header struct {
	factor   float64
	currency string
}

// longestCell is the number of characters above which a line of a plain table is text.
const longestCell = 45

func (s *scanner) line(l *line) error {
	if len(l.r) == 0 {
		return nil
	}
	s.month = 0
	s.mentions, s.next = s.mentions[:0], 0
	for i := 0; i < len(l.r); {
		if m, ok := l.name(i); ok {
			s.mentions = append(s.mentions, m)
			i = m.to
			continue
		}
		i++
	}
	s.table(l)
	i := l.marker()
	for i < len(l.r) {
		next, err := s.figure(l, i)
		if err != nil {
			return err
		}
		i = max(next, i+1)
	}
	return nil
}

// table learns the scales that a header states, and forgets them where the table ends.
func (s *scanner) table(l *line) {
	if !slices.Contains(l.r, '|') {
		if len(l.r) > longestCell || l.has(l.spaces(0), "#") || l.has(l.spaces(0), "表") || l.has(l.spaces(0), "table") {
			s.header = nil
		}
		if len(l.r) <= longestCell {
			if h, ok := l.header(0, len(l.r)); ok {
				s.header = map[int]header{0: h}
			}
		}
		return
	}
	column, from := 0, 0
	for i := 0; i <= len(l.r); i++ {
		if i < len(l.r) && l.r[i] != '|' {
			continue
		}
		if h, ok := l.header(from, i); ok {
			if s.header == nil {
				s.header = map[int]header{}
			}
			s.header[column] = h
		}
		column, from = column+1, i+1
	}
}

// header reads the scale in the brackets of a header cell, such as (亿美元) or ($bn).
func (l *line) header(from, to int) (header, bool) {
	for i := from; i < to; i++ {
		if l.r[i] != '(' && l.r[i] != ':' {
			continue
		}
		h := header{factor: 1}
		j := l.spaces(i + 1)
		for _, c := range []struct{ sign, name string }{{"us$", "usd"}, {"usd", "usd"}, {"$", "usd"}, {"€", "eur"}, {"£", "gbp"}, {"¥", "cny"}} {
			if l.has(j, c.sign) {
				h.currency = c.name
				j = l.spaces(j + len([]rune(c.sign)))
				break
			}
		}
		f, e, _ := l.scale(j, true)
		if f == 1 {
			continue
		}
		if u, e2 := l.unitAt(e); u != nil && u.kind == Amount {
			h.currency, e = u.name, e2
		}
		if e = l.spaces(e); h.currency == "" || e < to && l.at(e) != ')' {
			continue
		}
		h.factor = f
		return h, true
	}
	return header{}, false
}

// marker returns where the text of a line begins: past a list's number, a heading's or a table's.
func (l *line) marker() int {
	i := l.spaces(0)
	for l.at(i) == '#' || l.at(i) == '*' || l.at(i) == '>' && l.at(i+1) == ' ' {
		i++
	}
	start := l.spaces(i)
	for _, w := range [...]string{"表", "图", "table", "figure", "exhibit", "chart", "part", "section", "chapter"} {
		if l.has(start, w) {
			j := l.spaces(start + len([]rune(w)))
			if e := j; digit(l.at(e)) {
				for digit(l.at(e)) {
					e++
				}
				return e
			}
		}
	}
	e, n := start, 0
	for digit(l.at(e)) && n < 3 {
		e, n = e+1, n+1
		if l.at(e) == '.' && digit(l.at(e+1)) && n < 3 {
			e++
		}
	}
	if e == start {
		return start
	}
	switch c := l.at(e); {
	case c == '、', c == ')', c == '.' && !digit(l.at(e+1)):
		return e + 1
	case c == ' ' && slices.Contains(l.r[start:e], '.'): // 2.3 A heading
		if u, _ := l.unitAt(e); u == nil {
			if f, _, _ := l.scale(e, false); f == 1 {
				return e
			}
		}
	}
	return start
}

// skips are names that hold numbers and are not among the names that a figure may be about.
var skips = []string{"沪深300", "中证500", "日经225", "nikkei 225", "ftse 100", "csi 300", "dow 30", "euro stoxx 50", "401(k)", "10-k", "10-q", "8-k", "24/7", "covid-19", "2-for-1"}

// begins are the characters with which a figure or a name with a number can begin: most characters of a
// text are none of them.
var begins = func() (b [1 << 16]bool) {
	mark := func(word string) {
		r := []rune(word)[0]
		b[r] = true
		if r >= 'a' && r <= 'z' {
			b[r-'a'+'A'] = true
		}
	}
	for c := range 128 {
		b[c] = digit(rune(c)) || latin(rune(c))
	}
	for _, w := range []string{"+", "-", "−", "百", "第"} {
		mark(w)
	}
	for r := range hanDigit {
		b[r] = true
	}
	for r := range hanPower {
		b[r] = true
	}
	for _, c := range currencies {
		mark(c.sign)
	}
	for _, w := range skips {
		mark(w)
	}
	for _, w := range wordFigures {
		mark(w.word)
	}
	return b
}()

// figure reads what stands at i and returns where to go on.
func (s *scanner) figure(l *line, i int) (int, error) {
	for s.next < len(s.mentions) && s.mentions[s.next].from < i {
		s.next++
	}
	if s.next < len(s.mentions) && s.mentions[s.next].from == i && holdsNumber(l, s.mentions[s.next]) {
		return s.mentions[s.next].to, nil
	}
	c := l.at(i)
	if c < 0 || int(c) >= len(begins) || !begins[c] {
		return i + 1, nil
	}
	if c == 'h' || c == 'w' || c == 'H' || c == 'W' {
		for _, w := range [...]string{"http://", "https://", "www."} {
			if l.has(i, w) {
				for l.at(i) != ' ' && l.at(i) != ')' && i < len(l.r) {
					i++
				}
				return i, nil
			}
		}
	}
	for _, w := range skips {
		if l.has(i, w) {
			return i + len([]rune(w)), nil
		}
	}
	if w, end, ok := l.date(i, s.month); ok {
		return end, s.date(l, w, i, end)
	}
	if f, end, ok := l.fraction(i); ok {
		return end, s.out(l, f, i, end)
	}
	if f, end, ok := s.number(l, i); ok {
		return end, s.out(l, f, i, end)
	}
	if f, end, ok := l.wordFigure(i); ok {
		return end, s.out(l, f, i, end)
	}
	switch {
	case latin(c):
		j := i
		for latin(l.at(j)) {
			j++
		}
		if digit(l.at(j)) { // B200, TPUv5
			for digit(l.at(j)) || latin(l.at(j)) || l.at(j) == '.' && digit(l.at(j+1)) {
				j++
			}
			return j, nil
		}
		if skip := l.product(j); skip > 0 && c >= 'A' && c <= 'Z' {
			return skip, nil
		}
		return j, nil
	case digit(c):
		for digit(l.at(i)) || (l.at(i) == '.' || l.at(i) == ',') && digit(l.at(i+1)) {
			i++
		}
		for latin(l.at(i)) || digit(l.at(i)) {
			i++
		}
		return i, nil
	}
	return i + 1, nil
}

// holdsNumber reports whether a mentioned name has digits of its own, such as S&P 500.
func holdsNumber(l *line, m mention) bool {
	if m.code == "UST10" { // the ten years are a figure
		return false
	}
	for i := m.from; i < m.to; i++ {
		if digit(l.r[i]) {
			return true
		}
	}
	return false
}

// product reads the small number behind a product's name that ends at i, such as Gemini 3 or GPT-5, and
// returns where it ends, or 0. A number with a unit is none.
func (l *line) product(i int) int {
	j := i
	if l.at(j) == ' ' || l.at(j) == '-' {
		j++
	}
	e := j
	for digit(l.at(e)) && e-j < 3 {
		e++
	}
	if l.at(e) == '.' && digit(l.at(e+1)) {
		e += 2
	}
	if e == j || e-j > 3 || digit(l.at(e)) || l.at(e) == ',' && digit(l.at(e+1)) || l.at(e) == '%' || j == i {
		return 0
	}
	if u, _ := l.unitAt(e); u != nil {
		return 0
	}
	if f, _, _ := l.scale(e, false); f != 1 {
		return 0
	}
	if l.at(e) == '月' || l.at(e) == '日' || l.at(e) == '-' {
		return 0
	}
	if _, ok := l.to(e); ok {
		return 0
	}
	if _, _, ok := l.month(l.spaces(e)); ok {
		return 0
	}
	return e
}

func (s *scanner) date(l *line, w when, from, to int) error {
	switch {
	case w.year > 0 && w.month > 0 && w.year > 1990: // a bare year may look ahead: "estimates for 2026"
		s.year, s.dated = w.year, true
	case w.year > 1990 && !w.decade && !s.dated:
		s.year = w.year
	case w.year == 0 && s.year > 0:
		w.year, w.assumed = s.year, true
		switch {
		case l.has(from-2, "去年"), l.has(from-3, "去年的"):
			w.year--
		case l.has(from-2, "明年"):
			w.year++
		}
	}
	if w.month > 0 {
		s.month = w.month
		if w.toMonth > 0 {
			s.month = w.toMonth
		}
	}
	f := Figure{Kind: Date, Value: math.NaN(), High: math.NaN()}
	f.From, f.To = w.iso()
	if w.assumed {
		f.Note = "year_assumed"
	}
	f.Line, f.Column, f.Raw = l.no, from+1, l.raw(from, to)
	f.About = l.about(from, to, s.mentions)
	return s.yield(f)
}

func (s *scanner) out(l *line, f Figure, from, to int) error {
	b, start, end := l.bound(from, to)
	if f.Bound == Exact {
		f.Bound = b
	}
	f.Line, f.Column, f.Raw = l.no, from+1, l.raw(start, end)
	f.About = l.about(from, to, s.mentions)
	f.Toward = l.toward(from, to)
	if f.Kind == Plain {
		switch f.About {
		case "SPX", "NDX", "IXIC", "DJI", "RUT", "VIX", "VIX1D", "level":
			f.Kind, f.Unit = Level, "points"
		case "payrolls":
			f.Kind, f.Unit = Count, "persons"
		case "unemployment":
			if f.Value >= 1000 { // claims for benefits, not a rate
				f.Kind, f.Unit = Count, "persons"
			}
		}
	}
	return s.yield(f)
}

func (l *line) raw(from, to int) string {
	text := l.text[from:min(to, len(l.text))]
	if len(text) > maxRaw {
		return string(text[:maxRaw-1]) + "…"
	}
	return string(text)
}

// part is one number with what belongs to it.
type part struct {
	value    float64
	money    string
	factor   float64 // of the scale behind it: 1 without one
	scaled   int     // where the number ends with its scale, without its unit
	unit     *unit
	note     string
	end      int
	whole    bool
	grouped  bool
	negative bool
	numeral  bool
}

// part reads a number at i: sign, currency, digits or numerals, scale and unit.
func (l *line) part(i int) (p part, ok bool) {
	j := i
	if c := l.at(j); (c == '-' || c == '−' || c == '+') && !digit(l.at(j-1)) && !latin(l.at(j-1)) && (!han(l.at(j-1)) || l.signed(j)) {
		p.negative = c != '+' && l.at(j-1) != '/' // +/-2.5σ
		j++
	}
	p.money, j = l.currency(j)
	if c := l.at(j); p.money != "" && (c == '-' || c == '−') {
		p.negative = true
		j++
	}
	v, whole, e, is := l.arabic(j)
	switch {
	case is:
		if latin(l.at(j-1)) && p.money == "" || digit(l.at(j-1)) {
			return p, false
		}
		p.value, p.whole, p.grouped = v, whole, e-j > len(digitsOf(v)) && whole
	case digit(l.at(j)):
		return p, false
	default:
		if v, e, is = l.portion(j); !is {
			if v, e, is = l.numeral(j); is && l.at(j-1) != '第' && l.at(j-1) != '十' {
				p.numeral = true
			} else if v, e, is = l.english(j); is {
				p.numeral = true
			} else {
				return p, false
			}
		}
		p.value, p.whole = v, true
	}
	many := func() { // 30多亿
		if c := l.at(e); (c == '多' || c == '余' || c == '来') && (han(l.at(e+1)) || l.at(e+1) == '%') {
			e++
		}
	}
	many()
	f, e2, note := l.scale(e, p.money != "")
	p.factor, p.note = f, note
	p.value *= f
	e = e2
	many()
	p.scaled = e
	p.unit, p.end = l.unitAt(e)
	if p.unit == nil {
		p.end = e
	}
	if p.unit != nil && p.unit.word == "成" { // 二成五
		if d, is := hanDigit[l.at(p.end)]; is {
			p.value += d / 10
			p.end++
		}
	}
	if l.has(j, "百分之") {
		p.unit = &unit{name: "percent", kind: Ratio, scale: 1}
		p.end = e
	}
	if p.unit != nil && p.unit.name == "percent" && l.word(l.spaces(p.end), "percentile") {
		p.unit, p.end = &unit{name: "percentile", kind: Rank, scale: 1}, l.spaces(p.end)+len("percentile")
	}
	for _, suffix := range []string{"th", "st", "nd", "rd"} { // the 94th percentile
		if p.unit == nil && l.word(e, suffix) {
			k := l.spaces(e + 2)
			if l.at(k) == '-' {
				k++
			}
			if l.word(k, "percentile") {
				p.unit, p.end = &unit{name: "percentile", kind: Rank, scale: 1}, k+len("percentile")
				break
			}
			return p, false // an ordinal counts nothing
		}
	}
	if p.negative {
		p.value = -p.value
	}
	return p, true
}

// signed reports whether the sign at j, right behind a Chinese character, belongs to the number: before a
// currency there is nothing else that it could be, nor after a word that leads to a value.
func (l *line) signed(j int) bool {
	if money, _ := l.currency(j + 1); money != "" {
		return true
	}
	switch l.at(j - 1) {
	case '为', '是', '达', '约', '报', '比':
		return true
	}
	return false
}

// fraction reads 1/3 where the words around it say that it is none of a date: a word of approximation before
// it, or one of belonging after it. "one in five" is a fraction too.
func (l *line) fraction(i int) (f Figure, end int, ok bool) {
	f = Figure{Kind: Ratio, Unit: "percent", High: math.NaN()}
	if n, e, is := l.english(i); is && n >= 1 && n < 10 && l.at(e) == ' ' && l.word(l.spaces(e), "in") {
		if d, end, is := l.english(l.spaces(l.spaces(e) + 2)); is && d > n && d <= 10 && l.unitless(end) {
			f.Value = 100 * n / d
			return f, end, true
		}
	}
	n, e, is := l.small(i, 9)
	if !is || l.at(e) != '/' || digit(l.at(i-1)) || l.at(i-1) == '/' {
		return f, i, false
	}
	d, end, is := l.small(e+1, 10)
	if !is || n >= d || digit(l.at(end)) || l.at(end) == '/' || l.at(end) == '.' && digit(l.at(end+1)) {
		return f, i, false
	}
	b, _, _ := l.bound(i, end)
	k := l.spaces(end)
	if b == Exact && l.at(end) != '的' && !l.word(k, "of") && !l.word(k, "the") {
		return f, i, false
	}
	f.Value = 100 * float64(n) / float64(d)
	return f, end, true
}

// unitless reports whether no unit of time stands at i: "one in three months" is no fraction.
func (l *line) unitless(i int) bool {
	u, _ := l.unitAt(i)
	return u == nil || u.kind != Duration
}

// digitsOf is how a whole number is written without grouping.
func digitsOf(v float64) string {
	if v >= 1e15 {
		return strings.Repeat("0", 16)
	}
	return fmt.Sprintf("%.0f", v)
}

// portion reads 百分之三十五, whose unit is percent.
func (l *line) portion(i int) (v float64, end int, ok bool) {
	if !l.has(i, "百分之") {
		return 0, i, false
	}
	if v, _, end, ok = l.arabic(i + 3); ok {
		return v, end, true
	}
	return l.numeral(i + 3)
}

// number reads a figure with its range at i.
func (s *scanner) number(l *line, i int) (f Figure, end int, ok bool) {
	p, ok := l.part(i)
	if !ok {
		return f, i, false
	}
	end = p.end
	q, ranged := part{}, false
	if j, is := l.to(p.end); !l.leaves(i) && (is || l.between(i, p.end)) {
		if !is {
			j = l.spaces(l.spaces(p.end) + len("and"))
		}
		if q, ranged = l.part(j); ranged {
			if c := l.at(j); c == '-' || c == '+' && l.at(p.end) != ' ' {
				ranged = false
			}
			if ranged = ranged && alike(&p, &q); ranged {
				end = q.end
			}
		}
	}
	u, money := p.unit, p.money
	low, high := p.value, math.NaN()
	if ranged {
		high = q.value
		if p.factor == 1 && p.unit == nil { // $400-$500亿
			low *= q.factor
		}
		if u == nil {
			u = q.unit
		}
		if money == "" {
			money = q.money
		}
	}
	f = Figure{Value: low, High: high, Note: p.note}
	switch {
	case u != nil && (money == "" || u.kind == Amount && u.name == money):
		f.Kind, f.Unit = u.kind, u.name
		f.Value *= u.scale
		f.High *= u.scale
	case money != "":
		f.Kind, f.Unit = Amount, money
		if !ranged && u != nil && u.kind == Amount { // "$36.8M BTC-USDT": what follows is another name
			end = p.scaled
		}
	default:
		f.Kind = Plain
	}
	if money != "" && f.Kind == Amount && u == nil {
		f.Unit = money
	}
	if f.Kind != Plain {
		f.Note = ""
	}
	if f.Kind == Duration && l.average(end) {
		f.Unit = "days"
	}
	if p.factor == 1 {
		s.fromHeader(l, &f, i, end)
	}
	if !l.worth(&f, &p, i, end) && !(f.Kind == Plain && p.whole && !p.numeral && math.Abs(p.value) >= 8 && s.justAfter(i, "VIX")) {
		return f, i, false
	}
	return f, end, true
}

// justAfter reports whether a name stands right before i: a bare number behind the VIX is its level.
func (s *scanner) justAfter(i int, code string) bool {
	const near = 8 // characters
	for k := len(s.mentions) - 1; k >= 0; k-- {
		if m := s.mentions[k]; m.to <= i {
			return m.code == code && i-m.to <= near
		}
	}
	return false
}

// leaves reports whether the number at i follows "from": what comes after "to" is then another figure.
func (l *line) leaves(i int) bool {
	for l.at(i-1) == ' ' {
		i--
	}
	return l.has(i-4, "from") || l.at(i-1) == '从' || l.at(i-1) == '由'
}

// between reports whether the number at i follows "between" and "and" follows it.
func (l *line) between(i, end int) bool {
	k := i
	for l.at(k-1) == ' ' {
		k--
	}
	return l.has(k-7, "between") && l.word(l.spaces(end), "and")
}

// average reports whether a moving average follows, whose window a number of days was.
func (l *line) average(end int) bool { return l.soon(end, "均线", 12) }

// alike reports whether two numbers with a dash between them are the ends of one range.
func alike(p, q *part) bool {
	switch {
	case p.numeral != q.numeral, p.unit != nil && q.unit == nil, p.unit != nil && p.unit.name != q.unit.name:
		return false
	case p.money != "" && q.money != "" && p.money != q.money, p.money != "" && q.unit != nil && q.unit.kind != Amount:
		return false
	case p.unit == nil && q.unit == nil && p.money == "" && p.value < 100: // 9-11
		return false
	}
	low := p.value
	if p.factor == 1 && p.unit == nil {
		low *= q.factor
	}
	return low < q.value
}

// fromHeader gives a number that fills its cell the scale of the table's header.
func (s *scanner) fromHeader(l *line, f *Figure, from, to int) {
	if s.header == nil || f.Kind != Plain && f.Kind != Amount {
		return
	}
	low, high, column := 0, len(l.r), 0
	for i, c := range l.r {
		if c != '|' {
			continue
		}
		if i < from {
			low, column = i+1, column+1
		} else {
			high = i
			break
		}
	}
	h, ok := s.header[column]
	_, start, end := l.bound(from, to)
	if !ok || l.spaces(low) < start || l.spaces(end) < high || f.Kind == Amount && f.Unit != h.currency {
		return
	}
	f.Kind, f.Unit, f.Note = Amount, h.currency, "scale_from_header"
	f.Value *= h.factor
	f.High *= h.factor
}

// worth reports whether a number says something: not a name, a time of day, an article or a footnote.
func (l *line) worth(f *Figure, p *part, from, to int) bool {
	if p.numeral {
		switch {
		case f.Kind == Plain, p.value == 0: // 零日到期 is a name
			return false
		case p.value == 1 && f.Kind == Count:
			return false
		case p.value == 1 && f.Kind == Duration:
			return l.at(to) == '内' || l.at(to) == '后' || l.at(to) == '前' || l.has(to, "之内") || l.has(to, "以来")
		}
		return true
	}
	if p.unit != nil && p.unit.word == "日" {
		return l.average(to)
	}
	if p.unit != nil && p.unit.word == "点" && p.whole && p.value <= 24 {
		c := l.at(from - 1)
		return !(c == '午' || c == '晨' || c == '晚' || c == '间' || l.at(to) == '半' || l.at(to) == '钟' || digit(l.at(to)))
	}
	if l.at(p.end) == ':' && digit(l.at(p.end+1)) || l.at(from-1) == ':' && digit(l.at(from-2)) {
		return false
	}
	if f.Kind == Plain {
		return !latin(l.at(to)) && (p.factor != 1 || p.grouped || !p.whole || math.Abs(p.value) >= 100)
	}
	return true
}

// figures that are words: how the text writes them and what they mean.
var wordFigures = []struct {
	word  string
	value float64
	unit  string
	kind  Kind
}{
	{"腰斩", -50, "percent", Ratio},
	{"减半", -50, "percent", Ratio},
	{"翻倍", 100, "percent", Ratio},
	{"翻番", 100, "percent", Ratio},
	{"半个月", 0.5, "months", Duration},
	{"in a week", 1, "weeks", Duration},
	{"within a week", 1, "weeks", Duration},
	{"over a week", 1, "weeks", Duration},
	{"in a month", 1, "months", Duration},
	{"within a month", 1, "months", Duration},
	{"over a month", 1, "months", Duration},
	{"半年", 0.5, "years", Duration},
	{"单日", 1, "days", Duration},
	{"单周", 1, "weeks", Duration},
	{"单月", 1, "months", Duration},
	{"in a single day", 1, "days", Duration},
	{"in a day", 1, "days", Duration},
	{"quarter-point", 0.25, "percentage_points", Ratio},
	{"half-point", 0.5, "percentage_points", Ratio},
	{"halved", -50, "percent", Ratio},
	{"doubled", 100, "percent", Ratio},
	{"tripled", 200, "percent", Ratio},
	{"quadrupled", 300, "percent", Ratio},
	{"two-thirds", 200.0 / 3, "percent", Ratio},
	{"one-third", 100.0 / 3, "percent", Ratio},
	{"three-quarters", 75, "percent", Ratio},
	{"a quarter of", 25, "percent", Ratio},
	{"a fifth of", 20, "percent", Ratio},
	{"a tenth of", 10, "percent", Ratio},
	{"half of", 50, "percent", Ratio},
	{"a third of", 100.0 / 3, "percent", Ratio},
	{"by a third", 100.0 / 3, "percent", Ratio},
	{"by half", 50, "percent", Ratio},
	{"三分之一", 100.0 / 3, "percent", Ratio},
	{"三分之二", 200.0 / 3, "percent", Ratio},
	{"四分之一", 25, "percent", Ratio},
	{"四分之三", 75, "percent", Ratio},
	{"五分之一", 20, "percent", Ratio},
	{"一半", 50, "percent", Ratio},
}

// byFirstOf indexes words by the character that they begin with, of either case.
func byFirstOf(n int, word func(int) string) map[rune][]int {
	m := map[rune][]int{}
	for i := range n {
		r := []rune(word(i))[0]
		m[r] = append(m[r], i)
		if r >= 'a' && r <= 'z' {
			m[r-'a'+'A'] = append(m[r-'a'+'A'], i)
		}
	}
	return m
}

var wordFigureAt = byFirstOf(len(wordFigures), func(i int) string { return wordFigures[i].word })

// wordFigure reads a figure that is a word.
func (l *line) wordFigure(i int) (Figure, int, bool) {
	for _, k := range wordFigureAt[l.at(i)] {
		w := &wordFigures[k]
		end := i + utf8.RuneCountInString(w.word)
		if l.has(i, w.word) && (!latin(l.at(i)) || !latin(l.at(i-1)) && !latin(l.at(end))) {
			return Figure{Kind: w.kind, Value: w.value, High: math.NaN(), Unit: w.unit}, end, true
		}
	}
	return Figure{}, i, false
}
