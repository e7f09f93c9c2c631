package store

import (
	"context"
	"fmt"
	"os"
	"slices"
	"time"

	"faultline/market"
)

// AsOf returns what was known at t of the wanted keys: "chain/SPX" is one, "bars/SPX" and "chain/"
// are all below; none is everything. The result equals market.Book.AsOf of what was imported. A
// word that fits nothing is no error: the State says what is absent.
func (s *Store) AsOf(ctx context.Context, t time.Time, want ...string) (*market.State, error) {
	b, err := s.book(ctx, func(p *part) bool {
		if !matches(p.key(), want) {
			return false
		}
		return p.kind != chains || !time.Unix(0, p.quoted).After(t)
	})
	if err != nil {
		return nil, &Error{Op: "read store", Path: s.dir, Err: err}
	}
	return b.AsOf(t), nil
}

// Book returns every row of the wanted keys, whenever it became known, in an order that depends on
// the content only.
func (s *Store) Book(ctx context.Context, want ...string) (*market.Book, error) {
	b, err := s.book(ctx, func(p *part) bool { return matches(p.key(), want) })
	if err != nil {
		return nil, &Error{Op: "read store", Path: s.dir, Err: err}
	}
	return b, nil
}

func (s *Store) book(ctx context.Context, want func(*part) bool) (*market.Book, error) {
	var b *market.Book
	err := s.read(ctx, func(v *snapshot) error {
		b = new(market.Book)
		pieces, err := s.load(ctx, v, want)
		if err != nil {
			return err
		}
		for _, p := range pieces {
			d, err := give(&p.head, p.rows)
			if err != nil {
				return fmt.Errorf("%s: %w", p.head.key(), err)
			}
			b.Add(d)
		}
		return nil
	})
	return b, err
}

// piece is the rows of one head from all places.
type piece struct {
	head head
	rows *frame
}

// load reads the wanted parts and returns one piece per head, in order of the heads, each row once
// and under its least head.
func (s *Store) load(ctx context.Context, v *snapshot, want func(*part) bool) ([]piece, error) {
	frames := map[head][]*frame{}
	restated := map[string]bool{}
	add := func(p *part, f []*frame) error {
		n := 0
		for _, x := range f {
			n += x.n
		}
		if n != p.rows {
			return fmt.Errorf("%s of %s: %w: %d rows, want %d", p.key(), p.head.file, ErrCorrupt, n, p.rows)
		}
		frames[p.head] = append(frames[p.head], f...)
		if p.restates {
			restated[p.key()] = true
		}
		return nil
	}
	for _, file := range v.man.Files {
		parts := slices.Clone(file.Parts)
		parts = slices.DeleteFunc(parts, func(p *part) bool { return !want(p) })
		if len(parts) == 0 {
			continue
		}
		if err := s.readParquet(ctx, file, parts, add); err != nil {
			return nil, err
		}
	}
	if err := readSegment(ctx, v, want, add); err != nil {
		return nil, err
	}
	out := make([]piece, 0, len(frames))
	for h, f := range frames {
		out = append(out, piece{h, join(schemas[h.kind], f)})
	}
	slices.SortFunc(out, func(a, b piece) int { return compareHead(&a.head, &b.head) })
	if len(restated) > 0 {
		out = settle(out, restated)
	}
	for _, p := range out {
		p.rows.sort()
	}
	return out, nil
}

// readSegment decodes the wanted parts of the segment.
func readSegment(ctx context.Context, v *snapshot, want func(*part) bool, add func(*part, []*frame) error) error {
	var f *os.File
	for _, p := range v.parts {
		if !want(p) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if f == nil {
			var err error
			if f, err = os.Open(v.segment); err != nil {
				return err
			}
			defer f.Close()
		}
		frames := make([]*frame, len(p.spans))
		for i, sp := range p.spans {
			var err error
			if frames[i], err = readSpan(f, schemas[p.kind], sp); err != nil {
				return &Error{Op: "read segment", Path: v.segment, Err: err}
			}
		}
		if err := add(p, frames); err != nil {
			return err
		}
	}
	return nil
}

// settle leaves each row of the named keys under the least of the heads that have it. The pieces
// are in order of their heads, so that of one key the first that has a row is the least. A chain is
// settled as a whole.
func settle(pieces []piece, keys map[string]bool) []piece {
	seen := map[string]bool{}
	out := pieces[:0]
	key := ""
	var b []byte
	for _, p := range pieces {
		if !keys[p.head.key()] {
			out = append(out, p)
			continue
		}
		if p.head.key() != key {
			key = p.head.key()
			clear(seen)
		}
		if p.head.chain != "" {
			if !seen[p.head.chain] {
				seen[p.head.chain] = true
				out = append(out, p)
			}
			continue
		}
		keep := make([]int32, 0, p.rows.n)
		for i := range p.rows.n {
			b = p.head.appendContent(b[:0], p.rows, i)
			if !seen[string(b)] {
				seen[string(b)] = true
				keep = append(keep, int32(i))
			}
		}
		if len(keep) > 0 {
			out = append(out, piece{p.head, p.rows.pick(keep)})
		}
	}
	return out
}

// Entry is the rows that one file gave to one dataset.
type Entry struct {
	Key, File, Format, Grade string
	Rows                     int
	First, Last              time.Time // that the rows are about
	LastKnown                time.Time // from which the last row is known
	Bytes                    int64     // on disk; of a shared file its share by rows
}

// List returns what the store holds, in order of key and file. A row that several files gave is
// counted once, for the file that it is kept under.
func (s *Store) List(ctx context.Context) ([]Entry, error) {
	var out []Entry
	err := s.read(ctx, func(v *snapshot) error {
		restated := map[string]bool{}
		for _, p := range v.parts {
			if p.restates {
				restated[p.key()] = true
			}
		}
		// Rows that stand twice are counted by reading them; all others are in the index.
		var parts []*part
		size := map[head]int64{}
		for _, p := range v.all() {
			size[p.head] += p.bytes()
			if !restated[p.key()] {
				parts = append(parts, p)
			}
		}
		if len(restated) > 0 {
			pieces, err := s.load(ctx, v, func(p *part) bool { return restated[p.key()] })
			if err != nil {
				return err
			}
			for _, p := range pieces {
				parts = append(parts, describe(&p.head, p.rows))
			}
		}
		out = entries(parts, size)
		return nil
	})
	if err != nil {
		return nil, &Error{Op: "list store", Path: s.dir, Err: err}
	}
	return out, nil
}

// bytes is the size of a part on disk.
func (p *part) bytes() int64 {
	if p.file != nil {
		return p.file.Bytes * int64(p.rows) / int64(max(1, p.file.Rows))
	}
	var n int64
	for _, sp := range p.spans {
		n += sp.size
	}
	return n
}

// entries adds the parts up by head.
func entries(parts []*part, size map[head]int64) []Entry {
	total := map[head]*part{}
	var heads []*part
	for _, p := range parts {
		t := total[p.head]
		if t == nil {
			t = &part{head: p.head, first: p.first, last: p.last, known: p.known}
			total[p.head] = t
			heads = append(heads, t)
		}
		t.rows += p.rows
		t.first, t.last, t.known = min(t.first, p.first), max(t.last, p.last), max(t.known, p.known)
	}
	slices.SortFunc(heads, func(a, b *part) int { return compareHead(&a.head, &b.head) })
	out := make([]Entry, len(heads))
	for i, p := range heads {
		out[i] = Entry{
			Key: p.key(), File: p.head.file, Format: p.format, Grade: p.grade.String(), Rows: p.rows, Bytes: size[p.head],
			First: time.Unix(p.first, 0).UTC(), Last: time.Unix(p.last, 0).UTC(), LastKnown: time.Unix(p.known, 0).UTC(),
		}
		if p.kind == chains {
			at := time.Unix(0, p.quoted).UTC()
			out[i].First, out[i].Last, out[i].LastKnown = at, at, at
		}
	}
	return out
}
