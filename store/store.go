package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"faultline/evidence"
)

// segmentLimit is the size in bytes from which an import compacts the segment. Up to it a store
// holds about sixteen whole option chains, or a century of daily bars of ten indices, and is read
// without DuckDB.
const segmentLimit = 16 << 20

// Store is a folder of market data. Its methods may be called from several goroutines; imports and
// compactions run one after the other, and reads never wait for them.
type Store struct {
	dir      string
	lock     *os.File     // nil when opened for reading
	write    sync.Mutex   // held by whoever changes the store
	broken   error        // why nothing may be written any more
	limit    int64        // segmentLimit, less in tests
	step     func(string) // called between the steps of a change; tests end the process there
	duck     lazyDuck
	verified sync.Map // paths of the Parquet files whose checksum was found right

	mu     sync.Mutex // guards what follows
	raw    []byte     // bytes of the manifest of last
	last   *snapshot
	notes  []evidence.Code
	closed bool
}

// Open opens a store for reading and writing, and creates it where the folder is absent or empty.
// One process may have it open so; a second one gets ErrBusy with the owner's process id. What a
// killed process left unfinished is removed, and a cut-off tail of the segment is noted in Notes.
func Open(dir string) (*Store, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, &Error{Op: "open store", Path: dir, Err: err}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, &Error{Op: "open store", Path: dir, Err: err}
	}
	if err := checkFolder(dir); err != nil {
		return nil, err
	}
	owned, err := lock(filepath.Join(dir, "LOCK"))
	if err != nil {
		e := &Error{Op: "open store", Path: dir, Err: err}
		if errors.Is(err, ErrBusy) {
			e.Hint = "wait until it ends; reading needs no wait"
		}
		return nil, e
	}
	s := &Store{dir: dir, lock: owned, limit: segmentLimit, step: func(string) {}}
	if err := s.prepare(); err != nil {
		return nil, errors.Join(err, unlock(owned))
	}
	return s, nil
}

// OpenReadOnly opens a store for reading. It takes no lock, waits for no writer and changes nothing
// on disk; each call on it sees what was imported until then.
func OpenReadOnly(dir string) (*Store, error) {
	dir, err := filepath.Abs(dir) // DuckDB compares the paths that it may read as texts
	if err != nil {
		return nil, &Error{Op: "open store", Path: dir, Err: err}
	}
	s := &Store{dir: dir, limit: segmentLimit, step: func(string) {}}
	v, err := s.snapshot()
	if err != nil {
		return nil, err
	}
	if n := v.torn(); n > 0 {
		s.note("segment_tail_ignored", evidence.Args{"file": filepath.Base(v.segment), "bytes": n})
	}
	return s, nil
}

// checkFolder refuses a folder that holds something else, so that a slip of the pen does not spread
// a store over a home folder, and a store whose manifest is gone, which must not pass for empty.
func checkFolder(dir string) error {
	if _, err := os.Stat(manifestPath(dir)); err == nil {
		return nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return &Error{Op: "open store", Path: dir, Err: err}
	}
	for _, e := range entries {
		switch e.Name() {
		case "LOCK", "tmp":
			continue
		case "segments", "parquet": // a process that was killed while it created the store left one empty segment
			if onlyEmptySegment(filepath.Join(dir, e.Name())) {
				continue
			}
		}
		return &Error{
			Op: "open store", Path: dir, Err: fmt.Errorf("%w: it has no MANIFEST, but %q", ErrNoStore, e.Name()),
			Hint: "choose an empty or a new folder",
		}
	}
	return nil
}

func onlyEmptySegment(dir string) bool {
	empty := true
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		empty = empty && err == nil && info.Size() <= segmentHeader
		return err
	})
	return err == nil && empty
}

// prepare makes the folder a store that may be written to.
func (s *Store) prepare() error {
	for _, sub := range []string{"tmp", "segments", "parquet"} {
		if err := makeDir(s.dir, filepath.Join(s.dir, sub)); err != nil {
			return &Error{Op: "create store", Path: s.dir, Err: err}
		}
	}
	if _, err := os.Stat(manifestPath(s.dir)); errors.Is(err, fs.ErrNotExist) {
		if err := createSegment(segmentPath(s.dir, 1)); err != nil {
			return &Error{Op: "create store", Path: s.dir, Err: err}
		}
		if err := (&manifest{Generation: 1, Segment: 1}).write(s.dir); err != nil {
			return &Error{Op: "create store", Path: s.dir, Err: err}
		}
		if err := syncDir(filepath.Dir(filepath.Clean(s.dir))); err != nil {
			return &Error{Op: "create store", Path: s.dir, Err: err}
		}
	}
	v, err := s.snapshot()
	if err != nil {
		return err
	}
	if n := v.torn(); n > 0 {
		if err := truncate(v.segment, v.end); err != nil {
			return &Error{Op: "repair segment", Path: v.segment, Err: err}
		}
		s.note("segment_tail_dropped", evidence.Args{"file": filepath.Base(v.segment), "bytes": n})
		s.forget()
	}
	s.sweep(v.man)
	return nil
}

// truncate cuts a file and makes the cut durable.
func truncate(path string, size int64) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Truncate(size), f.Sync(), f.Close())
}

// sweep removes the files that the manifest does not name. A reader that still wants one starts
// again from the new manifest. What cannot be removed is left for the next sweep.
func (s *Store) sweep(m *manifest) {
	keep := map[string]bool{segmentPath(s.dir, m.Segment): true}
	for _, f := range m.Files {
		keep[s.path(f)] = true
	}
	for _, sub := range []string{"tmp", "segments", "parquet"} {
		_ = filepath.WalkDir(filepath.Join(s.dir, sub), func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && !keep[path] {
				_ = os.Remove(path)
			}
			return nil
		})
	}
}

func (s *Store) path(f *parquetFile) string { return filepath.Join(s.dir, filepath.FromSlash(f.Path)) }

// Close gives the lock back. What was imported is on disk already.
func (s *Store) Close() error {
	s.write.Lock()
	defer s.write.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	err := s.duck.close()
	if s.lock != nil {
		err = errors.Join(err, unlock(s.lock))
	}
	if err != nil {
		return &Error{Op: "close store", Path: s.dir, Err: err}
	}
	return nil
}

// Notes lists what a user should hear of though nothing failed: "segment_tail_dropped" or
// "segment_tail_ignored" with the file and the bytes of an import that was cut off and never
// acknowledged, and "compaction_failed" with the error of a compaction that an import set off; the
// import itself is safe and the next one tries again.
func (s *Store) Notes() []evidence.Code {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]evidence.Code(nil), s.notes...)
}

func (s *Store) note(code string, args evidence.Args) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.notes = append(s.notes, evidence.Code{Code: code, Args: args})
}

// writable says whether the store may be changed. The caller holds s.write.
func (s *Store) writable(op string) error {
	s.mu.Lock()
	closed := s.closed
	s.mu.Unlock()
	switch {
	case closed:
		return &Error{Op: op, Path: s.dir, Err: ErrClosed}
	case s.lock == nil:
		return &Error{Op: op, Path: s.dir, Err: ErrReadOnly}
	case s.broken != nil:
		return &Error{Op: op, Path: s.dir, Err: s.broken, Hint: "close the store and open it again"}
	}
	return nil
}

// read runs f on a snapshot. When it fails and the manifest has changed since, a compaction took
// files away beneath it: it runs again on the new one.
func (s *Store) read(ctx context.Context, f func(v *snapshot) error) error {
	for {
		v, err := s.snapshot()
		if err != nil {
			return err
		}
		err = f(v)
		if err == nil || ctx.Err() != nil {
			return err
		}
		if now, e := s.snapshot(); e != nil || now.man == v.man {
			return err
		}
	}
}
