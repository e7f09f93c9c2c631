package store

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"faultline/evidence"
	"faultline/market"
)

// Compact moves the rows of the segment into Parquet files. Each partition that gets rows is
// written anew, old rows and new ones together, so that it stays one sorted file without
// repetition. Nothing changes for readers, and a process killed meanwhile leaves the store as it
// was. An empty segment is left alone.
func (s *Store) Compact(ctx context.Context) error {
	s.write.Lock()
	defer s.write.Unlock()
	if err := s.writable("compact store"); err != nil {
		return err
	}
	return s.compact(ctx)
}

// compact is Compact; the caller holds s.write.
func (s *Store) compact(ctx context.Context) error {
	v, err := s.snapshot()
	if err != nil || len(v.parts) == 0 {
		return err
	}
	if err := s.rewrite(ctx, v); err != nil {
		return &Error{Op: "compact store", Path: s.dir, Err: err}
	}
	return nil
}

func (s *Store) rewrite(ctx context.Context, v *snapshot) error {
	segment, err := os.Open(v.segment)
	if err != nil {
		return err
	}
	defer segment.Close()
	jobs, err := plan(v, segment)
	if err != nil {
		return err
	}
	db, conn, err := openDuck(ctx, filepath.Join(s.dir, "tmp"))
	if err != nil {
		return err
	}
	defer db.Close()
	defer conn.Close()
	next := &manifest{Generation: v.man.Generation + 1, Segment: v.man.Segment + 1}
	sources := map[kind]*source{}
	for _, k := range kinds {
		if sources[k], err = newSource(k, nil, segment); err != nil {
			return err
		}
		if err := sources[k].register(conn); err != nil {
			return err
		}
	}
	replaced := map[*parquetFile]bool{}
	for _, j := range jobs {
		src := sources[j.kind]
		src.parts, src.within = j.parts, j.partition
		if j.old != nil {
			if err := s.verify(j.old); err != nil {
				return err
			}
			replaced[j.old] = true
		}
		f, err := s.writePartition(ctx, conn, j, next.Generation)
		if err != nil {
			return fmt.Errorf("write %s from %s on: %w", j.set(), j.partition.date(), err)
		}
		next.Files = append(next.Files, f)
		s.step("compact: file written")
	}
	for _, f := range v.man.Files {
		if !replaced[f] {
			next.Files = append(next.Files, f)
		}
	}
	slices.SortFunc(next.Files, func(a, b *parquetFile) int { return strings.Compare(a.Path, b.Path) })
	if err := createSegment(segmentPath(s.dir, next.Segment)); err != nil {
		return err
	}
	s.step("compact: segment made")
	if err := next.write(s.dir); err != nil {
		return err
	}
	s.step("compact: manifest replaced")
	s.sweep(next)
	return nil
}

// job is one partition to write.
type job struct {
	kind      kind
	timeframe string
	partition partition
	parts     []*part      // of the segment, all of the set
	rows      int          // that the segment adds
	restates  bool         // some of the segment's rows stand elsewhere too
	old       *parquetFile // what the partition holds so far; nil when nothing
}

// plan finds the partitions that the segment's rows belong to.
func plan(v *snapshot, segment *os.File) ([]*job, error) {
	type place struct {
		kind      kind
		timeframe string
		partition partition
	}
	jobs := map[place]*job{}
	touch := func(p *part, at partition, rows int) {
		to := place{p.kind, p.timeframe, at}
		j := jobs[to]
		if j == nil {
			j = &job{kind: p.kind, timeframe: p.timeframe, partition: at}
			jobs[to] = j
		}
		if len(j.parts) == 0 || j.parts[len(j.parts)-1] != p {
			j.parts = append(j.parts, p)
		}
		if p.restates {
			j.restates = true
		} else {
			j.rows += rows
		}
	}
	for _, p := range v.parts {
		at := p.kind.partition(p.timeframe, p.first)
		if at.contains(p.last) {
			touch(p, at, p.rows)
			continue
		}
		for _, sp := range p.spans {
			f, err := readSpan(segment, schemas[p.kind], sp)
			if err != nil {
				return nil, err
			}
			rows := 0 // in a row of the partition at
			for _, t := range f.ints[0] {
				if !at.contains(t) {
					if rows > 0 {
						touch(p, at, rows)
					}
					at, rows = p.kind.partition(p.timeframe, t), 0
				}
				rows++
			}
			if rows > 0 {
				touch(p, at, rows)
			}
		}
	}
	for _, f := range v.man.Files {
		for _, j := range jobs {
			if f.Set == j.set() && f.Date == j.partition.date() {
				j.old = f
			}
		}
	}
	out := slices.Collect(maps.Values(jobs))
	slices.SortFunc(out, func(a, b *job) int { return strings.Compare(a.folder(), b.folder()) })
	return out, nil
}

func (j *job) set() string { return j.kind.set(j.timeframe) }

func (j *job) folder() string { return "parquet/dataset=" + j.set() + "/date=" + j.partition.date() }

// writePartition writes one partition under tmp, reads back what it holds, syncs it and gives it its
// name.
func (s *Store) writePartition(ctx context.Context, conn *sql.Conn, j *job, generation int) (*parquetFile, error) {
	var old []string
	want := j.rows
	if j.old != nil {
		old = append(old, s.path(j.old))
		want += j.old.Rows
	}
	tmp := filepath.Join(s.dir, "tmp", "partition.parquet")
	// Dictionary encoding takes the negative zero for the zero, and a vendor's delta of -0 would come
	// back as 0: it is switched off, at the price of an eighth in size.
	err := run(
		ctx, conn, "COPY (SELECT * FROM ("+j.kind.query(old, j.restates)+") ORDER BY "+j.kind.order("")+") TO "+quote(tmp)+
			" (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 16384, DICTIONARY_SIZE_LIMIT 0)",
	)
	if err != nil {
		return nil, err
	}
	f := &parquetFile{Set: j.set(), Date: j.partition.date(), Path: fmt.Sprintf("%s/%08d.parquet", j.folder(), generation)}
	if f.Parts, err = partsOf(ctx, conn, j, tmp); err != nil {
		return nil, fmt.Errorf("read back: %w", err)
	}
	for _, p := range f.Parts {
		p.file = f
		f.Rows += p.rows
	}
	if f.Rows != want {
		return nil, fmt.Errorf("the new file has %d rows, want %d", f.Rows, want)
	}
	if f.Bytes, f.CRC, err = sumFile(tmp, true); err != nil {
		return nil, err
	}
	path := s.path(f)
	if err := makeDir(s.dir, filepath.Dir(path)); err != nil {
		return nil, err
	}
	if err := os.Rename(tmp, path); err != nil {
		return nil, err
	}
	return f, syncDir(filepath.Dir(path))
}

// partsOf lists the parts of a new file in the order of its rows.
func partsOf(ctx context.Context, conn *sql.Conn, j *job, path string) ([]*part, error) {
	var cells, order []string
	fields := j.kind.headFields()
	for _, c := range fields {
		if c.cell == number { // the spot follows from the chain, and as a key would lose the sign of a zero
			cells = append(cells, "any_value("+name(c.name)+")")
			continue
		}
		cells = append(cells, c.toMemory())
		order = append(order, c.toMemory()+" NULLS FIRST")
	}
	about, known := "epoch_ns(quoted_at) // 1000000000", "epoch_ns(quoted_at) // 1000000000"
	if j.kind != chains {
		about, known = column{schemas[j.kind].columns[0].name, instant}.toMemory(), column{"known_at", instant}.toMemory()
	}
	//nolint:gosec // names of columns and a quoted path
	query := "SELECT " + strings.Join(cells, ", ") + ", count(*), min(" + about + "), max(" + about + "), max(" + known +
		") FROM read_parquet(" + quotePath(path) + ", hive_partitioning = false) GROUP BY ALL ORDER BY " + strings.Join(order, ", ")
	rows, err := conn.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []*part
	for rows.Next() {
		p := &part{head: head{kind: j.kind, timeframe: j.timeframe, spot: math.Float64bits(market.Missing)}}
		var grade string
		var spot sql.NullFloat64
		var timeframe string // known already
		to := map[string]any{
			"instrument": &p.id, "underlying": &p.id, "series": &p.id, "timeframe": &timeframe, "unit": &p.unit,
			"quoted_at": &p.quoted, "spot": &spot, "chain": &p.chain, "file": &p.head.file, "format": &p.format,
			"publisher": &p.publisher, "grade": &grade, "known_rule": &p.rule, "caveats": &p.caveats,
		}
		var args []any
		for _, c := range fields {
			args = append(args, to[c.name])
		}
		if err := rows.Scan(append(args, &p.rows, &p.first, &p.last, &p.known)...); err != nil {
			return nil, err
		}
		if p.grade, err = evidence.ParseGrade(grade); err != nil {
			return nil, err
		}
		if j.kind == chains {
			if spot.Valid {
				p.spot = math.Float64bits(spot.Float64)
			}
			p.describeChain()
		} else {
			p.spot = 0
		}
		out = append(out, p)
	}
	return out, rows.Err()
}

// describeChain sets the times of a chain's part, which are all that of its quotes. It is known from
// the first whole second that is not before them.
func (p *part) describeChain() {
	t := time.Unix(0, p.quoted)
	p.first, p.last, p.known = t.Unix(), t.Unix(), t.Unix()
	if t.Nanosecond() > 0 {
		p.known++
	}
}
