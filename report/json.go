package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode/utf8"

	"faultline"
	"faultline/words"
)

// JSON writes the canonical JSON form of an Analysis, which docs/json.md describes.
func JSON(w io.Writer, a *faultline.Analysis) error {
	if err := check(a); err != nil {
		return err
	}
	return Encode(w, a)
}

// Encode is the one encoder of everything that Faultline writes as JSON: keys of objects in the order
// of their type and those of maps in alphabetical order, floats as the shortest text that reads back
// as the same float, two spaces for each level, a list of plain values on one line, a line break at the
// end. The same value gives the same bytes. NaN and infinities are an error. Characters that could turn
// a line of text around, control characters and <, > and & are written as \u escapes.
func Encode(w io.Writer, v any) error {
	flat, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode JSON: %w", err)
	}
	var out bytes.Buffer
	out.Grow(2 * len(flat))
	indent(&out, flat)
	out.WriteByte('\n')
	if _, err := w.Write(out.Bytes()); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	return nil
}

// indent lays out valid JSON.
func indent(out *bytes.Buffer, src []byte) {
	depth := 0
	newline := func() {
		out.WriteByte('\n')
		for range depth {
			out.WriteString("  ")
		}
	}
	for i := 0; i < len(src); i++ {
		switch c := src[i]; c {
		case '"':
			end := stringEnd(src, i)
			escape(out, src[i:end])
			i = end - 1
		case '[', '{':
			if end := plainEnd(src, i); end > 0 {
				for ; i < end; i++ {
					if src[i] == '"' {
						last := stringEnd(src, i)
						escape(out, src[i:last])
						i = last - 1
						continue
					}
					out.WriteByte(src[i])
					if src[i] == ',' {
						out.WriteByte(' ')
					}
				}
				i--
				continue
			}
			out.WriteByte(c)
			depth++
			newline()
		case ']', '}':
			depth--
			newline()
			out.WriteByte(c)
		case ',':
			out.WriteByte(c)
			newline()
		case ':':
			out.WriteString(": ")
		default:
			out.WriteByte(c)
		}
	}
}

// stringEnd is the place after the string that begins at i.
func stringEnd(src []byte, i int) int {
	for i++; src[i] != '"'; i++ {
		if src[i] == '\\' {
			i++
		}
	}
	return i + 1
}

// plainEnd is the place after a list of plain values, or after an empty object; 0 for all others.
func plainEnd(src []byte, i int) int {
	if src[i] == '{' {
		if src[i+1] == '}' {
			return i + 2
		}
		return 0
	}
	for i++; i < len(src); i++ {
		switch src[i] {
		case '"':
			i = stringEnd(src, i) - 1
		case '[', '{':
			return 0
		case ']':
			return i + 1
		}
	}
	return 0
}

// escape writes a JSON string in which no character hides or turns the text around it.
func escape(out *bytes.Buffer, s []byte) {
	for len(s) > 0 {
		r, size := utf8.DecodeRune(s)
		switch {
		case r < 0x7f || !words.Hides(r):
			out.Write(s[:size])
		case r > 0xffff:
			fmt.Fprintf(out, `\u%04x\u%04x`, 0xd800+(r-0x10000)>>10, 0xdc00+(r-0x10000)&0x3ff)
		default:
			fmt.Fprintf(out, `\u%04x`, r)
		}
		s = s[size:]
	}
}
