package feed

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"

	"faultline/evidence"
	"faultline/market"
)

// jsonReader walks a JSON text as it streams by: no tree is built. Besides JSON it takes the NaN and
// Infinity that some programs write, so that the row can be rejected and not the file.
type jsonReader struct {
	s       *source
	depth   int
	scratch []byte // of strings with escapes
}

// tokenKind is the kind of a value.
type tokenKind uint8

const (
	tokNull tokenKind = iota + 1
	tokBool
	tokNumber
	tokString
	tokWord // NaN, Infinity, -Infinity
	tokObject
	tokArray
)

// token is a value that is not an object or array, and valid until the next call; of those it is
// the kind only, and the value is still to be read.
type token struct {
	kind tokenKind
	text []byte // of numbers, words and, without quotes and escapes, strings
}

// bad is the error about a text that is not JSON. Line counts what has been read so far.
func (r *jsonReader) bad(what string) error {
	if err := r.s.err; err != nil {
		return err
	}
	if r.s.pos >= r.s.end && r.s.done {
		return &Error{Op: "read", Code: evidence.Code{Code: CodeTruncated, Args: evidence.Args{"want": what}}, Hint: "the JSON text ends too early: fetch it again"}
	}
	at := r.s.read - int64(r.s.end-r.s.pos)
	return &Error{
		Op: "read", Code: evidence.Code{Code: CodeBadJSON, Args: evidence.Args{"want": what, "byte": at, "seen": printable(r.s.peek(16))}},
		Hint: "the text breaks the grammar of JSON",
	}
}

// next skips blanks and returns the byte that follows, or 0 at the end.
func (r *jsonReader) next() byte {
	s := r.s
	for {
		for s.pos < s.end {
			switch c := s.buf[s.pos]; c {
			case ' ', '\t', '\n', '\r':
				s.pos++
			default:
				return c
			}
		}
		if !s.fill() {
			return 0
		}
	}
}

// expect takes one byte of punctuation.
func (r *jsonReader) expect(c byte) error {
	if r.next() != c {
		return r.bad(string(rune(c)))
	}
	r.s.pos++
	return nil
}

func (r *jsonReader) enter(open byte) error {
	if r.depth++; r.depth > maxDepth {
		return r.bad("less nesting")
	}
	return r.expect(open)
}

// object calls f at each name of an object; f must read the value.
func (r *jsonReader) object(f func(name []byte) error) error {
	if err := r.enter('{'); err != nil {
		return err
	}
	for first := true; ; first = false {
		c := r.next()
		if c == '}' {
			r.s.pos++
			r.depth--
			return nil
		}
		if !first {
			if err := r.expect(','); err != nil {
				return err
			}
			c = r.next()
		}
		if c != '"' {
			return r.bad("name")
		}
		name, err := r.str()
		if err != nil {
			return err
		}
		if r.s.pos < r.s.end && r.s.buf[r.s.pos] == ':' {
			r.s.pos++
		} else { // looking for the colon may move the window from under the name
			name = bytes.Clone(name)
			if err := r.expect(':'); err != nil {
				return err
			}
		}
		if err := f(name); err != nil {
			return err
		}
	}
}

// array calls f at each element of an array, counted from 1; f must read the value.
func (r *jsonReader) array(f func(n int) error) error {
	if err := r.enter('['); err != nil {
		return err
	}
	for n := 1; ; n++ {
		c := r.next()
		if c == ']' {
			r.s.pos++
			r.depth--
			return nil
		}
		if n > 1 {
			if err := r.expect(','); err != nil {
				return err
			}
		}
		if err := f(n); err != nil {
			return err
		}
	}
}

// value reads a value, or looks at the beginning of an object or array.
func (r *jsonReader) value() (token, error) {
	switch c := r.next(); {
	case c == '"':
		text, err := r.str()
		return token{tokString, text}, err
	case c == '{':
		return token{kind: tokObject}, nil
	case c == '[':
		return token{kind: tokArray}, nil
	case c == '-' || c >= '0' && c <= '9' || c == 'N' || c == 'I' || c == 't' || c == 'f' || c == 'n':
		text, err := r.bare()
		if err != nil {
			return token{}, err
		}
		switch string(text) {
		case "null":
			return token{tokNull, text}, nil
		case "true", "false":
			return token{tokBool, text}, nil
		case "NaN", "Infinity", "-Infinity":
			return token{tokWord, text}, nil
		}
		if c == '-' || c >= '0' && c <= '9' {
			return token{tokNumber, text}, nil
		}
		r.s.pos -= len(text)
	}
	return token{}, r.bad("value")
}

// skip passes over a value.
func (r *jsonReader) skip() error {
	t, err := r.value()
	if err != nil {
		return err
	}
	switch t.kind {
	case tokObject:
		return r.object(func([]byte) error { return r.skip() })
	case tokArray:
		return r.array(func(int) error { return r.skip() })
	}
	return nil
}

// end reports whether nothing but blanks follows the value.
func (r *jsonReader) end() error {
	if r.next() != 0 || r.s.err != nil {
		return r.bad("end of text")
	}
	return nil
}

// bare takes a stretch of letters, digits and the characters of numbers.
func (r *jsonReader) bare() ([]byte, error) {
	s := r.s
	n := 0
	for {
		for s.pos+n < s.end {
			c := s.buf[s.pos+n]
			if c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '.' || c == '-' || c == '+' {
				n++
				continue
			}
			text := s.buf[s.pos : s.pos+n]
			s.pos += n
			return text, nil
		}
		if n > s.maxLine {
			return nil, s.lineTooLong()
		}
		if !s.fill() { // numbers may end the text
			if err := s.err; err != nil {
				return nil, err
			}
			text := s.buf[s.pos:s.end]
			s.pos = s.end
			return text, nil
		}
	}
}

// str takes a string and returns it without quotes and escapes.
func (r *jsonReader) str() ([]byte, error) {
	s := r.s
	s.pos++ // the quote
	n := 0
	for {
		i := bytes.IndexByte(s.buf[s.pos+n:s.end], '"')
		stop := s.end - s.pos
		if i >= 0 {
			stop = n + i
		}
		if b := bytes.IndexByte(s.buf[s.pos+n:s.pos+stop], '\\'); b >= 0 {
			n += b + 2 // over the escaped character
		} else if i >= 0 {
			text := s.buf[s.pos : s.pos+stop]
			s.pos += stop + 1
			if bytes.IndexByte(text, '\\') >= 0 {
				return r.unescape(text), nil
			}
			return text, nil
		} else {
			n = stop
		}
		if n > s.maxLine {
			return nil, s.lineTooLong()
		}
		for s.pos+n >= s.end {
			if !s.fill() {
				s.pos = s.end
				return nil, r.bad("end of string")
			}
		}
	}
}

// unescape resolves the escapes of a string; those that JSON does not have stay as they are.
func (r *jsonReader) unescape(text []byte) []byte {
	out := r.scratch[:0]
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c != '\\' || i+1 == len(text) {
			out = append(out, c)
			continue
		}
		i++
		switch text[i] {
		case 'n':
			out = append(out, '\n')
		case 't':
			out = append(out, '\t')
		case 'r':
			out = append(out, '\r')
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'u':
			v, ok := hex4(text[i+1:])
			if !ok {
				out = append(out, '\\', 'u')
				continue
			}
			i += 4
			if utf16.IsSurrogate(v) && i+6 < len(text) && text[i+1] == '\\' && text[i+2] == 'u' {
				if low, ok := hex4(text[i+3:]); ok && utf16.DecodeRune(v, low) != utf8.RuneError {
					v = utf16.DecodeRune(v, low)
					i += 6
				}
			}
			out = utf8.AppendRune(out, v)
		default:
			out = append(out, text[i])
		}
	}
	r.scratch = out
	return out
}

func hex4(b []byte) (v rune, ok bool) {
	if len(b) < 4 {
		return 0, false
	}
	for _, c := range b[:4] {
		switch {
		case c >= '0' && c <= '9':
			v = v<<4 | rune(c-'0')
		case c >= 'a' && c <= 'f':
			v = v<<4 | rune(c-'a'+10)
		case c >= 'A' && c <= 'F':
			v = v<<4 | rune(c-'A'+10)
		default:
			return 0, false
		}
	}
	return v, true
}

// number reads the token as a number: null is a blank cell, and a number may stand in quotes.
func (t token) number() (float64, string) {
	switch t.kind {
	case tokNumber, tokString:
		return number(t.text)
	case tokNull:
		return market.Missing, ReasonBlank
	case tokWord:
		return market.Missing, ReasonNotFinite
	}
	return market.Missing, ReasonNumber
}

// topKeys lists the names at the top of a JSON value of which only the beginning is at hand: of an
// object its names and those of the objects in it, joined by a point; of an array the names of its
// first object.
func topKeys(head []byte) (array bool, keys []string) {
	s := &source{r: bytes.NewReader(head), maxBytes: headSize + 1, maxLine: headSize}
	r := &jsonReader{s: s}
	add := func(prefix string, then func(string) error) func([]byte) error {
		return func(name []byte) error {
			key := prefix + string(name)
			if len(keys) < 64 {
				keys = append(keys, key)
			}
			return then(key)
		}
	}
	skip := func(string) error { return r.skip() }
	nested := func(key string) error {
		t, err := r.value()
		if err != nil || t.kind != tokObject {
			if err == nil && t.kind == tokArray {
				err = r.skip()
			}
			return err
		}
		return r.object(add(key+".", skip))
	}
	// Errors are of no interest: the head ends where it ends.
	if array = r.next() == '['; array {
		if r.s.pos++; r.next() == '{' {
			_ = r.object(add("", skip))
		}
		return array, keys
	}
	_ = r.object(add("", nested))
	return array, keys
}
