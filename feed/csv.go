package feed

import (
	"bytes"

	"faultline/evidence"
)

// csvReader splits lines into cells: commas, double quotes, doubled quotes inside them, and spaces
// around a cell dropped. Cells are valid until the next call.
type csvReader struct {
	src    *source
	prose  bool // quoted cells may hold line ends
	cells  [][]byte
	quoted []byte // cells from which doubled quotes were removed
	line   int    // line of the record's beginning
	open   bool   // the record's last quote is not closed
}

// next returns the next record that is not a blank line.
func (c *csvReader) next() (cells [][]byte, ok bool, err error) {
	for {
		n, ok, err := c.src.more(0)
		if !ok || err != nil {
			return nil, false, err
		}
		c.line = c.src.line + 1
		c.split(c.src.buf[c.src.pos : c.src.pos+n])
		lines := 1
		if c.open && c.prose {
			if n, lines, err = c.join(n); err != nil {
				return nil, false, err
			}
		}
		c.src.take(n, lines)
		if len(c.cells) == 1 && len(c.cells[0]) == 0 && !c.open {
			continue
		}
		return c.cells, true, nil
	}
}

// join extends a record of n bytes whose quote is open by the lines that follow, until the quote
// closes, and returns the record's bytes and lines. When it does not close within the limit of one
// line, the record is its first line only, so that a stray quote cannot swallow the rows behind it.
func (c *csvReader) join(n int) (size, lines int, err error) {
	size = n
	for lines = 1; ; lines++ {
		end, ok, err := c.src.more(size)
		if err != nil {
			return 0, 0, err
		}
		if !ok || end > c.src.maxLine {
			c.split(c.src.buf[c.src.pos : c.src.pos+n]) // the window may have moved
			return n, 1, nil
		}
		closed := closes(c.src.buf[c.src.pos+size : c.src.pos+end])
		size = end
		if closed {
			c.split(c.src.buf[c.src.pos : c.src.pos+size])
			return size, lines + 1, nil
		}
	}
}

// closes reports whether a line that begins inside a quoted cell ends outside of one, by the rules
// of split.
func closes(line []byte) bool {
	line = trimEnd(line)
	for {
		q := bytes.IndexByte(line, '"')
		if q < 0 {
			return false
		}
		line = line[q+1:]
		if len(line) > 0 && line[0] == '"' {
			line = line[1:]
			continue
		}
		for { // outside: go to the next cell that begins with a quote
			i := bytes.IndexByte(line, ',')
			if i < 0 {
				return true
			}
			line = trimSpace(line[i+1:])
			if len(line) > 0 && line[0] == '"' {
				line = line[1:]
				break
			}
		}
	}
}

// split cuts a record into cells.
func (c *csvReader) split(line []byte) {
	line = trimEnd(line)
	c.cells, c.quoted, c.open = c.cells[:0], c.quoted[:0], false
	for {
		cell := line
		i := bytes.IndexByte(line, ',')
		if i >= 0 {
			cell = line[:i]
		}
		cell = trimSpace(cell)
		if len(cell) > 0 && cell[0] == '"' {
			var rest []byte
			cell, rest, i = c.unquote(line)
			line = rest
		} else if i >= 0 {
			line = line[i+1:]
		}
		c.cells = append(c.cells, cell)
		if i < 0 {
			return
		}
	}
}

// unquote takes a quoted cell off the line. The last result is negative when it was the last one.
func (c *csvReader) unquote(line []byte) (cell, rest []byte, more int) {
	line = line[bytes.IndexByte(line, '"')+1:]
	start := len(c.quoted)
	for {
		q := bytes.IndexByte(line, '"')
		if q < 0 {
			c.open = true
			c.quoted = append(c.quoted, line...)
			return c.quoted[start:], nil, -1
		}
		c.quoted = append(c.quoted, line[:q]...)
		line = line[q+1:]
		if len(line) > 0 && line[0] == '"' {
			c.quoted = append(c.quoted, '"')
			line = line[1:]
			continue
		}
		// What stands between the closing quote and the comma belongs to the cell: dropping it would
		// turn "1"5 into 1.
		i := bytes.IndexByte(line, ',')
		if i < 0 {
			c.quoted = append(c.quoted, trimSpace(line)...)
			return trimSpace(c.quoted[start:]), nil, -1
		}
		c.quoted = append(c.quoted, trimSpace(line[:i])...)
		return trimSpace(c.quoted[start:]), line[i+1:], i
	}
}

func trimSpace(b []byte) []byte {
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\t') {
		b = b[1:]
	}
	for len(b) > 0 && (b[len(b)-1] == ' ' || b[len(b)-1] == '\t') {
		b = b[:len(b)-1]
	}
	return b
}

// table reads the rows behind the header line and calls f with each that has the header's number of
// cells; blank cells beyond it are padding. Other rows are rejected whole.
func (j *job) table(prose bool, f func(line int, row [][]byte) error) error {
	c := &csvReader{src: j.src, prose: prose}
	for j.src.line < j.head.headerLine {
		if _, ok, err := j.src.next(); err != nil || !ok {
			return err
		}
	}
	want := len(j.head.names)
	for n := 0; ; n++ {
		if n%1024 == 0 && j.ctx.Err() != nil {
			return j.ctx.Err()
		}
		row, ok, err := c.next()
		if err != nil || !ok {
			return err
		}
		switch {
		case c.open:
			j.row()
			err = j.reject(c.line, "", row[len(row)-1], ReasonQuote, nil)
		case len(row) < want || !allBlank(row[want:]):
			if allBlank(row) {
				continue // a padded blank line
			}
			j.row()
			err = j.reject(c.line, "", row[0], ReasonColumns, evidence.Args{"want": want, "got": len(row)})
		default:
			err = f(c.line, row[:want])
		}
		if err != nil {
			return err
		}
	}
}

func allBlank(cells [][]byte) bool {
	for _, c := range cells {
		if len(c) > 0 {
			return false
		}
	}
	return true
}
