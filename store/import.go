package store

import (
	"context"
	"errors"
	"fmt"
	"os"

	"faultline/evidence"
	"faultline/market"
)

// Imported says what became of one dataset.
type Imported struct {
	Key   string
	Added int // rows that the store did not have
	Known int // rows that it had, from whatever file, or that came twice
}

// Import adds the rows of the datasets that the store does not have yet. It is all or nothing: when
// it returns no error, everything is on disk and stays there whatever happens to the process; when
// it returns one, nothing of it is ever seen. The result has one entry per dataset, in their order.
//
// A row that is known from a file with a larger name or a weaker grade moves to this one, without
// being counted as new. When the segment has grown past 16 MB the import compacts the store; should
// that fail, the import still stands and Notes says so.
func (s *Store) Import(ctx context.Context, sets []market.Dataset) ([]Imported, error) {
	s.write.Lock()
	defer s.write.Unlock()
	const op = "import into store"
	if err := s.writable(op); err != nil {
		return nil, err
	}
	v, err := s.snapshot()
	if err != nil {
		return nil, err
	}
	b := batch{store: s, view: v, owners: map[string]owners{}}
	out := make([]Imported, len(sets))
	for i, d := range sets {
		if out[i], err = b.add(ctx, d); err != nil {
			return nil, &Error{Op: op, Path: s.dir, Err: fmt.Errorf("dataset %d: %w", i+1, err)}
		}
	}
	if len(b.entries) == 0 {
		return out, nil
	}
	if err := s.append(ctx, v, b.entries); err != nil {
		return nil, &Error{Op: op, Path: s.dir, Err: err}
	}
	if v, err = s.snapshot(); err == nil && v.end > s.limit {
		if err := s.compact(ctx); err != nil {
			s.note("compaction_failed", evidence.Args{"error": err.Error()})
		}
	}
	return out, nil
}

// entry is rows that an import will write.
type entry struct {
	head     head
	rows     *frame
	restates bool
}

// owners tells, of the rows of one key, the least head that has each.
type owners map[string]*head

// batch collects what one import adds.
type batch struct {
	store   *Store
	view    *snapshot
	owners  map[string]owners // by key; of chains by content
	entries []entry
}

func (b *batch) add(ctx context.Context, d market.Dataset) (Imported, error) {
	h, f, err := take(d)
	if err != nil {
		return Imported{}, err
	}
	if err := ctx.Err(); err != nil {
		return Imported{}, err
	}
	out := Imported{Key: h.key()}
	if f.n == 0 {
		return out, nil
	}
	own, ok := b.owners[out.Key]
	if !ok {
		if own, err = b.known(ctx, &h); err != nil {
			return Imported{}, err
		}
		b.owners[out.Key] = own
	}
	if h.chain != "" {
		old := own[h.chain]
		if old == nil {
			out.Added = f.n
		} else {
			out.Known = f.n
		}
		if old == nil || comparePlace(&h, old) < 0 {
			own[h.chain] = &h
			b.entries = append(b.entries, entry{h, f, old != nil})
		}
		return out, nil
	}
	var fresh, moved []int32
	var content []byte
	for i := range f.n {
		content = h.appendContent(content[:0], f, i)
		old := own[string(content)]
		switch {
		case old == nil:
			fresh = append(fresh, int32(i))
			own[string(content)] = &h
		case comparePlace(&h, old) < 0:
			moved = append(moved, int32(i))
			own[string(content)] = &h
		}
	}
	out.Added = len(fresh)
	out.Known = f.n - len(fresh)
	if len(fresh) == f.n {
		b.entries = append(b.entries, entry{h, f, false})
		return out, nil
	}
	if len(fresh) > 0 {
		b.entries = append(b.entries, entry{h, f.pick(fresh), false})
	}
	if len(moved) > 0 {
		b.entries = append(b.entries, entry{h, f.pick(moved), true})
	}
	return out, nil
}

// known reads who owns the rows of a key that the store has. Of chains the index is enough.
func (b *batch) known(ctx context.Context, h *head) (owners, error) {
	key := h.key()
	own := owners{}
	if h.chain != "" {
		for _, p := range b.view.all() {
			if p.key() != key {
				continue
			}
			if old := own[p.chain]; old == nil || comparePlace(&p.head, old) < 0 {
				own[p.chain] = &p.head
			}
		}
		return own, nil
	}
	pieces, err := b.store.load(ctx, b.view, func(p *part) bool { return p.key() == key })
	if err != nil {
		return nil, err
	}
	var content []byte
	for i := range pieces { // in order of their heads: the first one that has a row is the least
		for r := range pieces[i].rows.n {
			content = pieces[i].head.appendContent(content[:0], pieces[i].rows, r)
			if own[string(content)] == nil {
				own[string(content)] = &pieces[i].head
			}
		}
	}
	return own, nil
}

// append writes one import behind the last commit and syncs it. After a failure the segment is cut
// back; when even that fails, what is on disk is unknown and nothing more may be written.
func (s *Store) append(ctx context.Context, v *snapshot, entries []entry) (err error) {
	f, err := os.OpenFile(v.segment, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			if cut := errors.Join(f.Truncate(v.end), f.Sync()); cut != nil {
				s.broken = fmt.Errorf("an import could not be undone: %w", cut)
			}
		}
		_ = f.Close() // what counts was synced
	}()
	w := newSegmentWriter(f, v.end)
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := w.part(&e.head, e.rows, e.restates); err != nil {
			return err
		}
		s.step("import: part written")
	}
	if err := w.commit(); err != nil {
		return err
	}
	s.step("import: committed")
	if err := f.Sync(); err != nil {
		return err
	}
	s.step("import: synced")
	return nil
}
