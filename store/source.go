package store

import (
	"database/sql"
	"fmt"
	"io"
	"math"

	"github.com/duckdb/duckdb-go/v2"

	"faultline/market"
)

// source gives the rows of a segment's parts to DuckDB, a record at a time.
type source struct {
	kind    kind
	parts   []*part
	segment io.ReaderAt
	within  partition // rows outside are left out
	fields  []column
	infos   []duckdb.ColumnInfo
}

// cursor is where one scan of a source stands.
type cursor struct {
	part, span, row int
	rows            *frame
}

func newSource(k kind, parts []*part, segment io.ReaderAt) (*source, error) {
	s := &source{kind: k, segment: segment, within: partition{math.MinInt64, math.MaxInt64}, fields: k.fields()}
	for _, p := range parts {
		if p.kind == k {
			s.parts = append(s.parts, p)
		}
	}
	for _, c := range s.fields {
		t := duckdb.TYPE_BIGINT
		switch c.cell {
		case number:
			t = duckdb.TYPE_DOUBLE
		case text:
			t = duckdb.TYPE_VARCHAR
		}
		info, err := duckdb.NewTypeInfo(t)
		if err != nil {
			return nil, err
		}
		s.infos = append(s.infos, duckdb.ColumnInfo{Name: c.name, T: info})
	}
	return s, nil
}

// register makes the source known to DuckDB under the kind's function name.
func (s *source) register(conn *sql.Conn) error {
	bind := func(map[string]any, ...any) (duckdb.ParallelChunkTableSource, error) { return s, nil }
	return duckdb.RegisterTableUDF(conn, s.kind.function(), duckdb.ParallelChunkTableFunction{BindArguments: bind})
}

// ColumnInfos implements duckdb.ParallelChunkTableSource.
func (s *source) ColumnInfos() []duckdb.ColumnInfo { return s.infos }

// Cardinality implements duckdb.ParallelChunkTableSource: how many rows there are is not known.
func (s *source) Cardinality() *duckdb.CardinalityInfo { return nil }

// Init implements duckdb.ParallelChunkTableSource.
func (s *source) Init() duckdb.ParallelTableSourceInfo {
	return duckdb.ParallelTableSourceInfo{MaxThreads: 1}
}

// NewLocalState implements duckdb.ParallelChunkTableSource.
func (s *source) NewLocalState() any { return new(cursor) }

// FillChunk implements duckdb.ParallelChunkTableSource: it gives the next rows, none at the end.
func (s *source) FillChunk(state any, chunk duckdb.DataChunk) error {
	c, ok := state.(*cursor)
	if !ok {
		return fmt.Errorf("the state of a scan is a %T", state)
	}
	n := 0
	for size := duckdb.GetDataChunkCapacity(); n < size; {
		if c.rows == nil || c.row == c.rows.n {
			ok, err := s.next(c)
			if err != nil {
				return err
			}
			if !ok {
				break
			}
		}
		k := min(size-n, c.rows.n-c.row)
		if err := s.fill(chunk, n, c, k); err != nil {
			return err
		}
		n += k
		c.row += k
	}
	return chunk.SetSize(n)
}

// next moves the cursor to the next record that has wanted rows.
func (s *source) next(c *cursor) (bool, error) {
	for c.part < len(s.parts) {
		p := s.parts[c.part]
		if c.span == len(p.spans) || p.last < s.within.start || p.first >= s.within.end {
			c.part, c.span = c.part+1, 0
			continue
		}
		f, err := readSpan(s.segment, schemas[s.kind], p.spans[c.span])
		if err != nil {
			return false, err
		}
		c.span++
		if s.kind != chains && !(s.within.contains(p.first) && s.within.contains(p.last)) {
			f = f.within(s.within)
		}
		if f.n > 0 {
			c.rows, c.row = f, 0
			return true, nil
		}
	}
	return false, nil
}

// within returns the rows of a partition, for kinds whose first column is
// that time.
func (f *frame) within(at partition) *frame {
	var keep []int32
	for i, t := range f.ints[0] {
		if at.contains(t) {
			keep = append(keep, int32(i))
		}
	}
	return f.pick(keep)
}

// fill writes k rows from the cursor on into the chunk at row n.
func (s *source) fill(chunk duckdb.DataChunk, n int, c *cursor, k int) error {
	p := s.parts[c.part]
	head := len(schemas[s.kind].head)
	for col, fd := range s.fields {
		r := col - head
		if r < 0 || r >= len(schemas[s.kind].columns) {
			v := p.value(fd.name)
			for i := range k {
				if err := chunk.SetValue(col, n+i, v); err != nil {
					return err
				}
			}
			continue
		}
		for i := range k {
			var err error
			switch fd.cell {
			case number:
				if v := c.rows.nums[r][c.row+i]; market.IsMissing(v) {
					err = chunk.SetValue(col, n+i, nil)
				} else {
					err = duckdb.SetChunkValue(chunk, col, n+i, v)
				}
			case text:
				err = duckdb.SetChunkValue(chunk, col, n+i, c.rows.strs[r][c.row+i])
			default:
				err = duckdb.SetChunkValue(chunk, col, n+i, c.rows.ints[r][c.row+i])
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// value is what a head says for a column: a string, an int64, a float64, or nil where there is no
// number.
func (h *head) value(column string) any {
	switch column {
	case "instrument", "underlying", "series":
		return h.id
	case "timeframe":
		return h.timeframe
	case "unit":
		return h.unit
	case "quoted_at":
		return h.quoted
	case "spot":
		if v := math.Float64frombits(h.spot); !market.IsMissing(v) {
			return v
		}
		return nil
	case "chain":
		return h.chain
	case "file":
		return h.file
	case "format":
		return h.format
	case "publisher":
		return h.publisher
	case "grade":
		return h.grade.String()
	case "known_rule":
		return h.rule
	case "caveats":
		return h.caveats
	}
	panic("store: no column " + column)
}
