package store

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"os"
	"path/filepath"
)

// A segment is a header and records. A record is its length, its CRC-32C, one byte that tells its
// type, and its content. An import is one head record per part, each followed by the records of its
// rows, and a commit record that says where the import began. What follows the last commit was
// never acknowledged.
const (
	segmentMagic   = "FLTSEGM\n"
	segmentVersion = 1
	segmentHeader  = int64(len(segmentMagic) + 4 + 4) // magic, version, CRC-32C of both
	recordHeader   = 4 + 4 + 1                        // length of the content, CRC-32C of type and content, type

	recordHead   = 'h' // a part, as JSON
	recordRows   = 'r' // rows of the last part
	recordCommit = 'c' // end of an import

	// maxRecordRows and maxRecordBytes bound what one record may make a reader hold: memory does not
	// grow with the size of an import.
	maxRecordRows  = 4096
	maxRecordBytes = 16 << 20
)

// commitMark begins the content of every commit record, so that one can be found behind damage.
var commitMark = []byte("\x00committed\xff")

func segmentPath(dir string, n int) string {
	return filepath.Join(dir, "segments", fmt.Sprintf("%08d.seg", n))
}

// createSegment makes an empty segment and syncs it and its name.
func createSegment(path string) error {
	b := binary.LittleEndian.AppendUint32([]byte(segmentMagic), segmentVersion)
	b = binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

func checkSegmentHeader(r io.ReaderAt) error {
	var b [segmentHeader]byte
	if _, err := r.ReadAt(b[:], 0); err != nil {
		return fmt.Errorf("%w: the header is cut short", ErrCorrupt)
	}
	n := len(segmentMagic)
	if string(b[:n]) != segmentMagic || binary.LittleEndian.Uint32(b[n+4:]) != crc32.Checksum(b[:n+4], castagnoli) {
		return fmt.Errorf("%w: the header is wrong", ErrCorrupt)
	}
	if v := binary.LittleEndian.Uint32(b[n:]); v > segmentVersion {
		return fmt.Errorf("%w: segment version %d, this program reads up to %d", ErrNewer, v, segmentVersion)
	}
	return nil
}

// segmentWriter appends the records of one import.
type segmentWriter struct {
	w       *bufio.Writer
	start   int64
	records uint32
	buf     []byte
}

func newSegmentWriter(f io.WriterAt, at int64) *segmentWriter {
	return &segmentWriter{w: bufio.NewWriterSize(io.NewOffsetWriter(f, at), 256<<10), start: at}
}

func (w *segmentWriter) record(kind byte, content []byte) error {
	if len(content) > maxRecordBytes {
		return fmt.Errorf("a record of %d bytes is longer than %d", len(content), maxRecordBytes)
	}
	var h [recordHeader]byte
	h[8] = kind
	binary.LittleEndian.PutUint32(h[0:], uint32(len(content)))
	binary.LittleEndian.PutUint32(h[4:], crc32.Update(crc32.Checksum(h[8:], castagnoli), castagnoli, content))
	if _, err := w.w.Write(h[:]); err != nil {
		return err
	}
	_, err := w.w.Write(content)
	w.records++
	return err
}

// part writes the rows of a frame under a head.
func (w *segmentWriter) part(h *head, f *frame, restates bool) error {
	p := describe(h, f)
	p.restates = restates
	content, err := json.Marshal(p)
	if err != nil {
		return err
	}
	if err := w.record(recordHead, content); err != nil {
		return err
	}
	for lo := 0; lo < f.n; {
		hi := min(f.n, lo+maxRecordRows)
		w.buf = f.slice(lo, hi).encode(w.buf[:0])
		for len(w.buf) > maxRecordBytes && hi-lo > 1 { // long texts: fewer rows a record
			hi = lo + (hi-lo)/2
			w.buf = f.slice(lo, hi).encode(w.buf[:0])
		}
		if err := w.record(recordRows, w.buf); err != nil {
			return err
		}
		lo = hi
	}
	return nil
}

// commit ends the import. It is not durable before the file is synced.
func (w *segmentWriter) commit() error {
	b := binary.LittleEndian.AppendUint64(append([]byte(nil), commitMark...), uint64(w.start))
	b = binary.LittleEndian.AppendUint32(b, w.records)
	if err := w.record(recordCommit, b); err != nil {
		return err
	}
	return w.w.Flush()
}

// describe makes the part of a frame.
func describe(h *head, f *frame) *part {
	p := &part{head: *h, rows: f.n}
	if h.kind == chains {
		p.describeChain()
		return p
	}
	about, known := f.ints[0], knownColumn(f)
	p.first, p.last, p.known = math.MaxInt64, math.MinInt64, math.MinInt64
	for i := range about {
		p.first, p.last, p.known = min(p.first, about[i]), max(p.last, about[i]), max(p.known, known[i])
	}
	return p
}

// knownColumn is the column of the known-at instants of a kind whose rows have one each.
func knownColumn(f *frame) []int64 {
	for c, col := range f.s.columns {
		if col.name == "known_at" {
			return f.ints[c]
		}
	}
	panic("store: the rows of " + f.s.view + " have no known-at instant")
}

// scan is what a reader found in a segment.
type scan struct {
	parts []*part // of whole imports, in the order in which they came
	end   int64   // behind the last commit
	size  int64   // of the file when it was read
}

// scanSegment reads the records from one commit on, checks each, and returns the parts of all whole
// imports. What follows the last commit is left out: it belongs to an import that runs or was cut
// off. Damage before a later import's commit is an error, since that import was acknowledged.
func scanSegment(r io.ReaderAt, from, size int64) (scan, error) {
	out := scan{end: from, size: size}
	in := bufio.NewReaderSize(io.NewSectionReader(r, from, size-from), 256<<10)
	var pending []*part
	var content []byte
	records := uint32(0)
	for off := from; ; {
		kind, body, err := readRecord(in, content)
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err == nil {
			content = body[:0]
			records++
			switch kind {
			case recordHead:
				p := new(part)
				if err = json.Unmarshal(body, p); err == nil {
					pending = append(pending, p)
				}
			case recordRows:
				var n uint64
				if n, _, err = takeUvarint(body); err == nil && len(pending) == 0 {
					err = errors.New("rows without a head")
				}
				if err == nil {
					p := pending[len(pending)-1]
					p.spans = append(p.spans, span{off: off, size: recordHeader + int64(len(body)), rows: int(n)})
				}
			case recordCommit:
				if start, n, ok := parseCommit(body); !ok || start != out.end || n != records-1 {
					err = errors.New("a commit that does not fit its import")
					break
				}
				out.parts = append(out.parts, pending...)
				out.end = off + recordHeader + int64(len(body))
				pending, records = nil, 0
			default:
				err = fmt.Errorf("unknown record type %q", kind)
			}
		}
		if err != nil {
			if at, found := laterImport(r, off, size); found {
				return out, fmt.Errorf("%w at byte %d, before the acknowledged import that ends at byte %d: %w", ErrCorrupt, off, at, err)
			}
			return out, nil
		}
		off += recordHeader + int64(len(body))
	}
}

// readRecord reads one record into buf. io.EOF says that the file ends here.
func readRecord(in io.Reader, buf []byte) (kind byte, content []byte, err error) {
	var h [recordHeader]byte
	if _, err := io.ReadFull(in, h[:]); err != nil {
		if errors.Is(err, io.EOF) {
			return 0, nil, io.EOF
		}
		return 0, nil, errShort
	}
	n := int(binary.LittleEndian.Uint32(h[0:]))
	if n > maxRecordBytes {
		return 0, nil, fmt.Errorf("a record claims %d bytes", n)
	}
	if cap(buf) < n {
		buf = make([]byte, n)
	}
	content = buf[:n]
	if _, err := io.ReadFull(in, content); err != nil {
		return 0, nil, errShort
	}
	if crc32.Update(crc32.Checksum(h[8:], castagnoli), castagnoli, content) != binary.LittleEndian.Uint32(h[4:]) {
		return 0, nil, errors.New("the checksum does not fit")
	}
	return h[8], content, nil
}

func parseCommit(b []byte) (start int64, records uint32, ok bool) {
	if len(b) != len(commitMark)+12 || !bytes.HasPrefix(b, commitMark) {
		return 0, 0, false
	}
	b = b[len(commitMark):]
	return int64(binary.LittleEndian.Uint64(b)), binary.LittleEndian.Uint32(b[8:]), true
}

// laterImport looks behind damage at off for the commit of an import that began after it. An import
// begins only when the one before it was synced, so that the damaged one was acknowledged. Without
// such a commit the damage is the tail that a crash leaves.
func laterImport(r io.ReaderAt, off, size int64) (end int64, found bool) {
	length := int64(len(commitMark) + 12)
	buf := make([]byte, min(1<<20, size-off))
	for at := off; ; at += int64(len(buf)) - recordHeader - length {
		n, _ := r.ReadAt(buf[:min(int64(len(buf)), size-at)], at)
		for lo := 0; ; lo++ {
			i := bytes.Index(buf[lo:n], commitMark)
			if i < 0 {
				break
			}
			lo += i
			record := at + int64(lo) - recordHeader
			if record <= off {
				continue
			}
			_, content, err := readRecord(io.NewSectionReader(r, record, recordHeader+length), nil)
			if err != nil {
				continue
			}
			if start, _, ok := parseCommit(content); ok && start > off {
				return record + recordHeader + length, true
			}
		}
		if n == 0 || at+int64(n) >= size {
			return 0, false
		}
	}
}

// readSpan reads the rows of one record again.
func readSpan(r io.ReaderAt, s *schema, sp span) (*frame, error) {
	kind, content, err := readRecord(io.NewSectionReader(r, sp.off, sp.size), nil)
	if err == nil && kind != recordRows {
		err = fmt.Errorf("the record at byte %d holds no rows", sp.off)
	}
	if err != nil {
		return nil, fmt.Errorf("%w at byte %d: %w", ErrCorrupt, sp.off, err)
	}
	f, err := decodeFrame(s, content)
	if err != nil {
		return nil, fmt.Errorf("%w at byte %d: %w", ErrCorrupt, sp.off, err)
	}
	return f, nil
}
