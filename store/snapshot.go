package store

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
)

// snapshot is the store at one moment: a manifest and what its segment held. It is immutable.
type snapshot struct {
	man     *manifest
	segment string // path
	scan
}

// torn is the number of bytes behind the last commit.
func (v *snapshot) torn() int64 { return v.size - v.end }

// all returns the parts of the Parquet files and of the segment.
func (v *snapshot) all() []*part {
	var out []*part
	for _, f := range v.man.Files {
		out = append(out, f.Parts...)
	}
	return append(out, v.parts...)
}

// forget drops what the store remembers of its files.
func (s *Store) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.raw, s.last = nil, nil
}

// snapshot returns the store as it is on disk now. What was read before is read again only as far
// as it changed: the manifest when its bytes differ, the segment from the last commit on.
func (s *Store) snapshot() (*snapshot, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, &Error{Op: "read store", Path: s.dir, Err: ErrClosed}
	}
	for {
		raw, err := readManifest(s.dir)
		if err != nil {
			return nil, err
		}
		v := &snapshot{scan: scan{end: segmentHeader}}
		if s.last != nil && bytes.Equal(raw, s.raw) {
			*v = *s.last
		} else if v.man, err = decodeManifest(raw); err != nil {
			return nil, manifestError(s.dir, err)
		}
		v.segment = segmentPath(s.dir, v.man.Segment)
		changed, err := v.refresh()
		if errors.Is(err, fs.ErrNotExist) {
			// A compaction replaced the segment after the manifest was read, or the file is lost.
			if again, e := readManifest(s.dir); e == nil && !bytes.Equal(again, raw) {
				continue
			}
		}
		if err != nil {
			e := &Error{Op: "read segment", Path: v.segment, Err: err}
			if errors.Is(err, ErrCorrupt) || errors.Is(err, fs.ErrNotExist) {
				e.Hint = "restore the store from a backup, or import the data into a new one"
			}
			return nil, e
		}
		if s.last == nil || changed || v.man != s.last.man {
			s.raw, s.last = raw, v
		}
		return s.last, nil
	}
}

// refresh reads what was appended to the segment since the last look.
func (v *snapshot) refresh() (changed bool, err error) {
	f, err := os.Open(v.segment)
	if err != nil {
		return false, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return false, err
	}
	if v.size > 0 && info.Size() < v.end {
		return false, fmt.Errorf("%w: it ends at byte %d, before the acknowledged byte %d", ErrCorrupt, info.Size(), v.end)
	}
	if v.size == info.Size() && v.torn() == 0 {
		return false, nil
	}
	if v.size == 0 {
		if err := checkSegmentHeader(f); err != nil {
			return false, err
		}
	}
	// A torn tail may have been cut off and written over since, so it is always read again.
	fresh, err := scanSegment(f, v.end, info.Size())
	if err != nil {
		return false, err
	}
	changed = fresh.end != v.end || fresh.size != v.size
	fresh.parts = append(slices.Clip(v.parts), fresh.parts...)
	v.scan = fresh
	return changed, nil
}
