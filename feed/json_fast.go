package feed

import (
	"bytes"
	"encoding/binary"
)

// Contracts of one file are written by one program: the same names in the same order, with the same
// blanks between. shape is what the first of them look like. An object that has the very bytes of the
// shape between plain values is read by one scan without looking names up; at any surprise (another
// order, an escape, an exponent, a value of another kind, the end of the window) nothing is taken, and
// the reader for all of JSON reads the object instead.
type shape struct {
	fields []shapeField
	tail   literal // from behind the last value to behind the closing brace
}

// shapeField is one value of a shape.
type shapeField struct {
	before literal // from behind the value before, or from the opening brace
	name   []byte
	cell   *jsonCell // where a number goes; nil for all others
	text   bool      // the format's own reader takes it
}

// Limits of what is read in one scan.
const (
	fastObject = 4096 // bytes of an object
	fastFields = 64
	fastDigits = 18 // digits of a number: more would not fit 64 bits
)

// learn takes the shape of the object at the beginning of b; nil where it is not plain.
func (c *contractReader) learn(b []byte) *shape {
	s := &shape{}
	p, start := 1, 0 // behind the brace
	seen := map[string]bool{}
	for len(s.fields) < fastFields {
		p = skipBlanks(b, p)
		name, end, ok := plainString(b, p)
		if !ok || seen[string(name)] {
			return nil
		}
		seen[string(name)] = true
		if p = skipBlanks(b, end); p >= len(b) || b[p] != ':' {
			return nil
		}
		p = skipBlanks(b, p+1)
		f := shapeField{before: literalOf(b[start:p]), name: bytes.Clone(name)}
		t, end, ok := plainValue(b, p)
		if !ok {
			return nil
		}
		for i := range c.cells {
			if c.cells[i].name == string(name) {
				f.cell = &c.cells[i]
			}
		}
		if f.cell == nil {
			_, f.text = c.text(name, t)
		}
		s.fields = append(s.fields, f)
		start = end
		p = skipBlanks(b, end)
		switch {
		case p >= len(b):
			return nil
		case b[p] == ',':
			p++
		case b[p] == '}':
			s.tail = literalOf(b[start : p+1])
			return s
		default:
			return nil
		}
	}
	return nil
}

// fast reads the object at the window's beginning into c.q, where it has the shape of those before. It
// reports whether it did; if not, nothing is taken.
func (c *contractReader) fast() bool {
	src := c.r.s
	b := src.peek(fastObject)
	if c.shape == nil {
		if c.shapeless {
			return false
		}
		c.shape = c.learn(b)
		if c.shapeless = c.shape == nil; !c.shapeless {
			c.b.expect(c.j.size / int64(max(c.shape.size(), 1)))
		}
		// The first object is read like all others: learning has looked at its values only.
		return false
	}
	p := 0
	for i := range c.shape.fields {
		f := &c.shape.fields[i]
		if !f.before.at(b, p) {
			return false
		}
		p += len(f.before.text)
		if f.cell != nil {
			v, n := plainNumber(b[p:])
			if n == 0 {
				return false
			}
			if f.cell.kind != quoteSigned && v < 0 {
				return false
			}
			if f.cell.kind == quoteLast && v == 0 {
				p += n
				continue // it is missing already
			}
			*f.cell.to = v
			p += n
			continue
		}
		if !f.text {
			n := passValue(b[p:])
			if n == 0 {
				return false
			}
			p += n
			continue
		}
		t, end, ok := plainValue(b, p)
		if !ok {
			return false
		}
		if reason, _ := c.text(f.name, t); reason != "" {
			return false
		}
		p = end
	}
	if !c.shape.tail.at(b, p) {
		return false
	}
	src.pos += p + len(c.shape.tail.text)
	return true
}

// size is the fewest bytes that an object of the shape has.
func (s *shape) size() int {
	n := len(s.tail.text)
	for i := range s.fields {
		n += len(s.fields[i].before.text) + 3
	}
	return n
}

// literal is a stretch of bytes that is looked for, with its first eight, the eight behind them and its
// last eight at hand: most are of eight to twenty-four bytes, and three loads cost less than a call.
type literal struct {
	text                []byte
	first, second, last uint64
}

func literalOf(b []byte) literal {
	l := literal{text: bytes.Clone(b)}
	if n := len(b); n >= 8 {
		l.first, l.last = binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[n-8:])
	}
	if len(b) >= 16 {
		l.second = binary.LittleEndian.Uint64(b[8:])
	}
	return l
}

// at reports whether b has the literal at p, and at least one byte behind it.
func (l *literal) at(b []byte, p int) bool {
	n := len(l.text)
	if len(b)-p <= n {
		return false
	}
	b = b[p:]
	switch {
	case n >= 8 && n <= 16:
		return binary.LittleEndian.Uint64(b) == l.first && binary.LittleEndian.Uint64(b[n-8:]) == l.last
	case n > 16 && n <= 24:
		return binary.LittleEndian.Uint64(b) == l.first && binary.LittleEndian.Uint64(b[8:]) == l.second && binary.LittleEndian.Uint64(b[n-8:]) == l.last
	}
	return string(b[:n]) == string(l.text)
}

func skipBlanks(b []byte, p int) int {
	for p < len(b) && (b[p] == ' ' || b[p] == '\t' || b[p] == '\n' || b[p] == '\r') {
		p++
	}
	return p
}

// plainString is the string without quotes at p, where it holds neither escapes nor control characters
// nor anything beyond ASCII, and the place behind it.
func plainString(b []byte, p int) (text []byte, end int, ok bool) {
	if p >= len(b) || b[p] != '"' {
		return nil, 0, false
	}
	for i := p + 1; i < len(b); i++ {
		switch x := b[i]; {
		case x == '"':
			return b[p+1 : i], i + 1, true
		case x < ' ' || x >= 0x7f || x == '\\':
			return nil, 0, false
		}
	}
	return nil, 0, false
}

// plainValue is the string, number, null, true or false at p.
func plainValue(b []byte, p int) (t token, end int, ok bool) {
	if p >= len(b) {
		return t, 0, false
	}
	switch x := b[p]; {
	case x == '"':
		text, end, ok := plainString(b, p)
		return token{tokString, text}, end, ok
	case x == '-' || x >= '0' && x <= '9':
		_, n := plainNumber(b[p:])
		return token{tokNumber, b[p : p+n]}, p + n, n > 0
	}
	for _, w := range []struct {
		text string
		kind tokenKind
	}{{"null", tokNull}, {"true", tokBool}, {"false", tokBool}} {
		if len(b)-p > len(w.text) && string(b[p:p+len(w.text)]) == w.text {
			return token{w.kind, b[p : p+len(w.text)]}, p + len(w.text), true
		}
	}
	return t, 0, false
}

// passValue is the length of a plain value that nobody needs, 0 where there is none.
func passValue(b []byte) int {
	if len(b) == 0 {
		return 0
	}
	if x := b[0]; x == '-' || x-'0' <= 9 {
		i := 0
		if x == '-' {
			i++
		}
		first := i
		for i < len(b) && b[i]-'0' <= 9 {
			i++
		}
		if i == first || i-first > 1 && b[first] == '0' {
			return 0
		}
		if i < len(b) && b[i] == '.' {
			i++
			first = i
			for i < len(b) && b[i]-'0' <= 9 {
				i++
			}
			if i == first {
				return 0
			}
		}
		return i
	}
	_, end, ok := plainValue(b, 0)
	if !ok {
		return 0
	}
	return end
}

// plainNumber reads a JSON number without exponent at the beginning of b, and its length; 0 where it is
// none or has more digits than one division rounds correctly (see number). What follows it is the
// caller's to check.
func plainNumber(b []byte) (v float64, n int) {
	i := 0
	negative := len(b) > 0 && b[0] == '-'
	if negative {
		i = 1
	}
	first := i
	var mantissa uint64
	for i < len(b) && b[i]-'0' <= 9 {
		mantissa = mantissa*10 + uint64(b[i]-'0')
		i++
	}
	whole := i - first
	if whole == 0 || whole > 1 && b[first] == '0' {
		return 0, 0
	}
	places := 0
	if i < len(b) && b[i] == '.' {
		i++
		first = i
		// Greeks have four and more places: four at a time.
		for len(b)-i >= 4 {
			x := binary.LittleEndian.Uint32(b[i:])
			if d := x ^ 0x30303030; (d|(d+0x76767676))&0x80808080 == 0 {
				d = d*10 + d>>8
				mantissa = mantissa*10000 + uint64(d&0xff)*100 + uint64(d>>16&0xff)
				i += 4
				continue
			}
			break
		}
		for i < len(b) && b[i]-'0' <= 9 {
			mantissa = mantissa*10 + uint64(b[i]-'0')
			i++
		}
		places = i - first
		if places == 0 {
			return 0, 0
		}
	}
	if whole+places > fastDigits || mantissa >= 1<<53 {
		return 0, 0
	}
	v = float64(mantissa)
	if places > 0 {
		v /= pow10[places]
	}
	if negative && v != 0 {
		v = -v
	}
	return v, i
}
