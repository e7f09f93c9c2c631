package feed

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"strings"

	"faultline/evidence"
)

// source is the decompressed file behind one window of memory. What it hands out is valid until
// the next call. It never holds more than one line, or one JSON token, and one read.
type source struct {
	r        io.Reader
	buf      []byte
	pos, end int // buf[pos:end] is unread
	read     int64
	maxBytes int64
	maxLine  int
	line     int   // lines handed out
	done     bool  // r has ended as it should
	err      error // r has failed
}

const chunk = 128 << 10 // bytes asked of the reader at a time

// open looks through gzip and through a zip archive of one file, and past a byte order mark.
func open(r io.Reader, o Options) (*source, error) {
	s := &source{r: r, maxBytes: o.MaxBytes, maxLine: o.MaxLine}
	if s.maxBytes <= 0 {
		s.maxBytes = DefaultMaxBytes
	}
	if s.maxLine <= 0 {
		s.maxLine = DefaultMaxLine
	}
	magic := s.peek(4)
	switch {
	case len(magic) == 0 && s.done:
		return nil, emptyFile()
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}):
		z, err := gzip.NewReader(s.rest())
		if err != nil {
			return nil, compressionError(err)
		}
		s = &source{r: z, maxBytes: s.maxBytes, maxLine: s.maxLine}
	case bytes.HasPrefix(magic, []byte("PK\x03\x04")):
		f, err := openZip(s.rest())
		if err != nil {
			return nil, err
		}
		s = &source{r: f, maxBytes: s.maxBytes, maxLine: s.maxLine}
	}
	if bytes.Equal(s.peek(3), []byte{0xef, 0xbb, 0xbf}) {
		s.pos += 3
	}
	if s.pos == s.end && s.err != nil {
		return nil, s.err
	}
	if s.pos == s.end && s.done {
		return nil, emptyFile()
	}
	return s, nil
}

func emptyFile() error {
	return &Error{Op: "read", Code: evidence.Code{Code: CodeEmpty}, Hint: "the file holds nothing"}
}

// rest is everything that was not taken, for a decompressor.
func (s *source) rest() io.Reader {
	head := bytes.NewReader(s.buf[s.pos:s.end])
	switch {
	case s.err != nil:
		return io.MultiReader(head, failing{s.err})
	case s.done:
		return head
	}
	return io.MultiReader(head, s.r)
}

// failing is a reader that has failed.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func openZip(r io.Reader) (io.Reader, error) {
	fail := func(hint string, err error) (io.Reader, error) {
		return nil, &Error{Op: "read", Code: evidence.Code{Code: CodeArchive}, Hint: hint, Err: err}
	}
	all, err := io.ReadAll(io.LimitReader(r, maxZip+1))
	if err != nil {
		return nil, err
	}
	if len(all) > maxZip {
		return nil, &Error{Op: "read", Code: evidence.Code{Code: CodeTooLarge, Args: evidence.Args{"limit": maxZip}}, Hint: "unpack the archive first"}
	}
	z, err := zip.NewReader(bytes.NewReader(all), int64(len(all)))
	if err != nil {
		return fail("the zip archive is damaged or cut short", err)
	}
	var file *zip.File
	for _, f := range z.File {
		if strings.HasSuffix(f.Name, "/") {
			continue
		}
		if file != nil {
			return fail("the archive holds more than one file: unpack it and import them one by one", nil)
		}
		file = f
	}
	if file == nil {
		return fail("the archive holds no file", nil)
	}
	f, err := file.Open()
	if err != nil {
		return fail("the zip archive cannot be unpacked", err)
	}
	return f, nil
}

// compressionError tells a stream that stops too early from one whose bytes are wrong.
func compressionError(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return &Error{Op: "read", Code: evidence.Code{Code: CodeTruncated}, Err: err, Hint: "the compressed file ends too early: fetch it again"}
	}
	return &Error{Op: "read", Code: evidence.Code{Code: CodeCorrupt}, Err: err, Hint: "the compressed file is damaged: fetch it again"}
}

// fill reads once more. It returns false when there is nothing more to be had; s.err says why.
func (s *source) fill() bool {
	if s.done || s.err != nil {
		return false
	}
	if s.pos > 0 && (s.pos == s.end || len(s.buf)-s.end < chunk/2) {
		copy(s.buf, s.buf[s.pos:s.end])
		s.end -= s.pos
		s.pos = 0
	}
	if len(s.buf)-s.end < chunk/2 {
		bigger := make([]byte, max(2*len(s.buf), 2*chunk))
		copy(bigger, s.buf[:s.end])
		s.buf = bigger
	}
	for range 100 { // a reader may return nothing a few times, not for ever
		n, err := s.r.Read(s.buf[s.end:])
		if n < 0 || n > len(s.buf)-s.end {
			n, err = 0, errors.New("reader returned an impossible count")
		}
		s.end += n
		s.read += int64(n)
		if s.read > s.maxBytes {
			s.end = s.pos
			s.err = &Error{Op: "read", Code: evidence.Code{Code: CodeTooLarge, Args: evidence.Args{"limit": s.maxBytes}}, Hint: "the file is larger than the limit"}
			return false
		}
		if errors.Is(err, io.EOF) {
			s.done = true
			return n > 0
		}
		if err != nil {
			s.err = readError(err)
			return n > 0
		}
		if n > 0 {
			return true
		}
	}
	s.err = io.ErrNoProgress
	return false
}

// readError tells what went wrong in a decompressor from what the operating system says.
func readError(err error) error {
	var e *Error
	switch {
	case errors.As(err, &e):
		return err
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, gzip.ErrChecksum), errors.Is(err, gzip.ErrHeader),
		errors.Is(err, zip.ErrChecksum), strings.HasPrefix(err.Error(), "flate: "):
		return compressionError(err)
	}
	return err
}

// peek returns the next n bytes, or fewer at the end of the file, without taking them.
func (s *source) peek(n int) []byte {
	for s.end-s.pos < n && s.fill() {
	}
	return s.buf[s.pos:min(s.pos+n, s.end)]
}

func (s *source) lineTooLong() error {
	return &Error{
		Op: "read", Line: s.line + 1, Code: evidence.Code{Code: CodeLineTooLong, Args: evidence.Args{"limit": s.maxLine}},
		Hint: "no format has lines this long: is this a text file with line ends?",
	}
}

// more finds the end of the line that begins at pos+from, and returns the offset from pos just
// behind it; at the end of the file, the offset of the end. The second result is false when there
// is nothing left.
func (s *source) more(from int) (int, bool, error) {
	scanned := from
	for {
		if i := bytes.IndexByte(s.buf[s.pos+scanned:s.end], '\n'); i >= 0 {
			if scanned+i-from > s.maxLine {
				return 0, false, s.lineTooLong()
			}
			return scanned + i + 1, true, nil
		}
		scanned = s.end - s.pos
		if scanned-from > s.maxLine {
			return 0, false, s.lineTooLong()
		}
		if !s.fill() {
			if err := s.err; err != nil {
				return 0, false, err
			}
			return scanned, scanned > from, nil
		}
	}
}

// next returns the next line without its end. ok is false at the end of the file.
func (s *source) next() (line []byte, ok bool, err error) {
	n, ok, err := s.more(0)
	if !ok || err != nil {
		return nil, false, err
	}
	return s.take(n, 1), true, nil
}

// take consumes n bytes that hold so many lines, and returns them without the last line's end.
func (s *source) take(n, lines int) []byte {
	line := s.buf[s.pos : s.pos+n]
	s.pos += n
	s.line += lines
	return trimEnd(line)
}

func trimEnd(line []byte) []byte {
	if n := len(line); n > 0 && line[n-1] == '\n' {
		line = line[:n-1]
	}
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	return line
}
