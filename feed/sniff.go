package feed

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// sample is what the beginning of a file shows: the first records of a table, or the names at the
// top of a JSON value.
type sample struct {
	head       []byte
	records    [][]string // of text: the first records, the header among them
	lines      []int      // their lines
	headerLine int        // line of the header
	names      []string   // cells of the header
	lower      []string   // the same in lower case
	array      bool       // of JSON: the value is an array
	keys       []string   // of JSON: names of the object, or of the array's first object
}

const sampleRecords = 12

// sniff looks at the head of the file without taking it.
func sniff(s *source) (*sample, error) {
	head := s.peek(headSize)
	if s.end-s.pos < headSize {
		if err := s.err; err != nil {
			return nil, err
		}
	}
	text := bytes.TrimLeft(head, " \t\r\n")
	if len(text) == 0 && s.end-s.pos < headSize {
		return nil, emptyFile()
	}
	if i := bytes.IndexByte(head, '\n'); i < 0 && len(head) == headSize && text[0] != '{' && text[0] != '[' {
		// Not one line end: either a line above the limit, which says so, or a wide header.
		if _, _, err := s.more(0); err != nil {
			return nil, err
		}
		head = s.peek(headSize)
		text = bytes.TrimLeft(head, " \t\r\n")
	}
	m := &sample{head: bytes.Clone(head)}
	if len(text) > 0 && (text[0] == '{' || text[0] == '[') {
		m.array, m.keys = topKeys(m.head)
		return m, nil
	}
	m.readRecords(s.maxLine)
	return m, nil
}

// readRecords splits the head into records. The header is the first one that is not a comment.
func (m *sample) readRecords(maxLine int) {
	c := &csvReader{src: &source{r: bytes.NewReader(m.head), maxBytes: headSize + 1, maxLine: max(maxLine, headSize)}, prose: true}
	for len(m.records) < sampleRecords {
		cells, ok, err := c.next()
		if err != nil || !ok {
			break
		}
		if len(m.records) == 0 && bytes.HasPrefix(cells[0], []byte("#")) {
			continue
		}
		rec := make([]string, len(cells))
		for i, cell := range cells {
			rec[i] = string(cell)
		}
		m.records, m.lines = append(m.records, rec), append(m.lines, c.line)
	}
	if len(m.records) > 0 {
		m.header(0)
	}
}

// header makes the i-th record the header of the table. Blank cells at its end are padding.
func (m *sample) header(i int) {
	m.headerLine = m.lines[i]
	m.names = m.records[i]
	for len(m.names) > 1 && m.names[len(m.names)-1] == "" {
		m.names = m.names[:len(m.names)-1]
	}
	m.lower = make([]string, len(m.names))
	for k, n := range m.names {
		m.lower[k] = strings.ToLower(n)
	}
}

// find returns the index of the first of the names that the header has, or -1.
func (m *sample) find(names ...string) int {
	for _, n := range names {
		for i, h := range m.lower {
			if h == n {
				return i
			}
		}
	}
	return -1
}

// has reports whether the header has all of the names.
func (m *sample) has(names ...string) bool {
	for _, n := range names {
		if m.find(n) < 0 {
			return false
		}
	}
	return len(m.lower) > 0
}

// body returns the records behind the header that the sample holds.
func (m *sample) body() [][]string {
	for i, l := range m.lines {
		if l > m.headerLine {
			return m.records[i:]
		}
	}
	return nil
}

// hasKeys reports whether the JSON object, or the first object of the array, has all the names.
func (m *sample) hasKeys(array bool, names ...string) bool {
	if m.array != array || m.keys == nil {
		return false
	}
	for _, n := range names {
		ok := false
		for _, k := range m.keys {
			ok = ok || k == n
		}
		if !ok {
			return false
		}
	}
	return true
}

// describe says in a few words what the file looks like, for the error about an unknown format.
func (m *sample) describe() string {
	switch {
	case m.keys != nil:
		kind := "JSON object with "
		if m.array {
			kind = "JSON array of objects with "
		}
		return kind + printable([]byte(strings.Join(m.keys, ", ")))
	case !utf8.Valid(cutRune(m.head)) || bytes.IndexByte(m.head, 0) >= 0:
		return "binary data beginning with " + printable(m.head[:min(8, len(m.head))])
	case len(m.names) > 1:
		return "table with columns " + printable([]byte(strings.Join(m.names, ", ")))
	}
	return "text beginning with " + printable(bytes.TrimSpace(m.head))
}

// cutRune drops a rune that the end of the head cut in two.
func cutRune(b []byte) []byte {
	for i := 1; i < utf8.UTFMax && i <= len(b); i++ {
		if utf8.RuneStart(b[len(b)-i]) {
			if !utf8.FullRune(b[len(b)-i:]) {
				return b[:len(b)-i]
			}
			break
		}
	}
	return b
}
