package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"sync"

	"github.com/duckdb/duckdb-go/v2"

	"faultline/market"
)

// duckDSN opens DuckDB in memory. Extensions stay where they are: everything needed is linked in,
// and no query may fetch code. One thread makes the order of every result the same every time.
const duckDSN = "?autoinstall_known_extensions=false&autoload_known_extensions=false&threads=1"

// duckMemory bounds what one DuckDB may hold. A compaction spills to the store's tmp folder beyond
// it; a query fails.
const duckMemory = "512MB"

// openDuck opens a DuckDB of its own. The folder takes what does not fit into memory; "" forbids
// that.
func openDuck(ctx context.Context, spill string) (*sql.DB, *sql.Conn, error) {
	connector, err := duckdb.NewConnector(duckDSN, nil)
	if err != nil {
		return nil, nil, fmt.Errorf("open DuckDB: %w", err)
	}
	db := sql.OpenDB(connector)
	conn, err := db.Conn(ctx)
	if err == nil {
		err = run(
			ctx, conn, "SET memory_limit = '"+duckMemory+"'", "SET temp_directory = "+quote(spill),
			"SET TimeZone = 'UTC'", "SET enable_external_file_cache = false", "SET enable_progress_bar = false",
		)
	}
	if err != nil {
		db.Close()
		return nil, nil, fmt.Errorf("open DuckDB: %w", err)
	}
	return db, conn, nil
}

func run(ctx context.Context, conn *sql.Conn, statements ...string) error {
	for _, q := range statements {
		if _, err := conn.ExecContext(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

// lazyDuck is the DuckDB that reads Parquet files, opened when one must be read first.
type lazyDuck struct {
	mu   sync.Mutex
	db   *sql.DB
	conn *sql.Conn
}

// use runs f on the connection, one caller at a time.
func (l *lazyDuck) use(ctx context.Context, f func(*sql.Conn) error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.db == nil {
		var err error
		if l.db, l.conn, err = openDuck(ctx, ""); err != nil {
			return err
		}
	}
	return f(l.conn)
}

func (l *lazyDuck) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.db == nil {
		return nil
	}
	l.conn.Close()
	err := l.db.Close()
	l.db, l.conn = nil, nil
	return err
}

// quote writes a text as an SQL literal.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

func quoteAll(list []string) string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = quote(s)
	}
	return strings.Join(out, ", ")
}

// name writes a column's name so that no keyword is in the way.
func name(s string) string { return `"` + s + `"` }

// fields are all columns of a kind's view and files: the head, the rows, the origin.
func (k kind) fields() []column {
	var out []column
	for _, h := range schemas[k].head {
		c := column{h, text}
		switch h {
		case "quoted_at":
			c.cell = nanos
		case "spot":
			c.cell = number
		}
		out = append(out, c)
	}
	out = append(out, schemas[k].columns...)
	for _, o := range originColumns {
		out = append(out, column{o, text})
	}
	return out
}

func (k kind) names() string {
	var out []string
	for _, c := range k.fields() {
		out = append(out, name(c.name))
	}
	return strings.Join(out, ", ")
}

// fromMemory is the column as it stands in the view, computed from what the segment's function
// gives.
func (c column) fromMemory() string {
	n := name(c.name)
	switch c.cell {
	case instant:
		return "make_timestamp(" + n + " * 1000000) AS " + n
	case nanos:
		return "make_timestamp_ns(" + n + ") AS " + n
	case day:
		return "(DATE '1970-01-01' + CAST(" + n + " AS INTEGER)) AS " + n
	case side:
		return "CASE " + n + " WHEN 1 THEN 'C' ELSE 'P' END AS " + n
	case count:
		return "CAST(" + n + " AS INTEGER) AS " + n
	}
	return n
}

// toMemory is the inverse of fromMemory.
func (c column) toMemory() string {
	n := name(c.name)
	switch c.cell {
	case instant:
		return "epoch_us(" + n + ") // 1000000"
	case nanos:
		return "epoch_ns(" + n + ")"
	case day:
		return "CAST(" + n + " - DATE '1970-01-01' AS BIGINT)"
	case side:
		return "CAST(CASE " + n + " WHEN 'C' THEN 1 ELSE -1 END AS BIGINT)"
	case count:
		return "CAST(" + n + " AS BIGINT)"
	}
	return n
}

// key is the column as something to sort or group by. A sort gives back the values of its keys and
// takes the negative zero for the zero; an expression leaves the column itself alone.
func (c column) key() string {
	n := name(c.name)
	if c.cell == number {
		return "CASE WHEN " + n + " = 0 THEN 0 ELSE " + n + " END"
	}
	return n
}

// order is the total order of a kind's files: by head, then by row.
func (k kind) order() string {
	var out []string
	for _, c := range append(k.headFields(), schemas[k].columns...) {
		out = append(out, c.key()+" NULLS FIRST")
	}
	return strings.Join(out, ", ")
}

// headFields are the columns that tell the parts of a file apart.
func (k kind) headFields() []column {
	f, n := k.fields(), len(schemas[k].head)
	return append(slices.Clone(f[:n]), f[n+len(schemas[k].columns):]...)
}

// query selects the rows of files and, where asked, of the segment's function. Where the segment
// restates rows, each row is taken once, under its least head: the same choice as settle makes.
func (k kind) query(files []string, restated bool) string {
	var from []string
	for _, c := range k.fields() {
		from = append(from, c.fromMemory())
	}
	q := "SELECT " + strings.Join(from, ", ") + " FROM " + k.function() + "()"
	if len(files) > 0 {
		q = "SELECT " + k.names() + " FROM read_parquet([" + quoteAll(files) + "], hive_partitioning = false) UNION ALL " + q
	}
	if !restated {
		return q
	}
	content := []string{`"chain"`}
	if k != chains {
		content = nil
		for _, h := range schemas[k].head {
			content = append(content, name(h))
		}
		for _, c := range schemas[k].columns[:len(schemas[k].columns)-1] {
			content = append(content, c.key())
			if c.cell == number {
				content = append(content, "signbit("+name(c.name)+")")
			}
		}
	}
	return "SELECT * FROM (" + q + ") QUALIFY rank() OVER (PARTITION BY " + strings.Join(content, ", ") +
		" ORDER BY list_position(['observed', 'published', 'modelled', 'synthetic'], grade), file, format, publisher," +
		" strlen(caveats) DESC, caveats, known_rule) = 1"
}

// function is the name under which DuckDB asks for the segment's rows of a kind.
func (k kind) function() string { return "segment_" + schemas[k].view }

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
		if pk, _ := p.kind(); pk == k {
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
	c := state.(*cursor)
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
		_, tf := h.kind()
		return tf
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

// readParquet reads the wanted parts of one file. The file holds its parts one after the other in
// the order of the manifest, so that rows are told apart by counting.
func (s *Store) readParquet(ctx context.Context, file *parquetFile, wanted []*part, add func(*part, []*frame) error) error {
	if err := s.verify(file); err != nil {
		return err
	}
	k, _ := wanted[0].kind()
	sch := schemas[k]
	var cells []string
	for _, c := range sch.columns {
		cells = append(cells, c.toMemory())
	}
	q := "SELECT " + strings.Join(cells, ", ") + " FROM read_parquet(" + quote(s.path(file)) + ", hive_partitioning = false, file_row_number = true)"
	var ids []string
	for _, p := range wanted {
		if !slices.Contains(ids, p.id) {
			ids = append(ids, p.id)
		}
	}
	if sch.id != "" {
		q += " WHERE " + name(sch.id) + " IN (" + quoteAll(ids) + ")"
	}
	q += " ORDER BY file_row_number"
	err := s.duck.use(ctx, func(conn *sql.Conn) error {
		return scanRows(ctx, conn, q, func(rows driver.Rows) error {
			for _, p := range file.Parts {
				if !slices.Contains(ids, p.id) {
					continue
				}
				f, err := takeRows(rows, sch, p.rows)
				if err != nil {
					return err
				}
				if slices.Contains(wanted, p) {
					if err := add(p, []*frame{f}); err != nil {
						return err
					}
				}
			}
			if err := rows.Next(make([]driver.Value, len(sch.columns))); err != io.EOF {
				return fmt.Errorf("%w: it has more rows than the manifest says", ErrCorrupt)
			}
			return nil
		})
	})
	if err != nil {
		return &Error{Op: "read Parquet file", Path: s.path(file), Err: err}
	}
	return nil
}

// scanRows runs a query and gives its rows as the driver has them: the conversions of package sql
// would take longer than the query.
func scanRows(ctx context.Context, conn *sql.Conn, query string, f func(driver.Rows) error) error {
	return conn.Raw(func(c any) error {
		rows, err := c.(driver.QueryerContext).QueryContext(ctx, query, nil)
		if err != nil {
			return err
		}
		defer rows.Close()
		return f(rows)
	})
}

// takeRows reads n rows.
func takeRows(rows driver.Rows, s *schema, n int) (*frame, error) {
	f := newFrame(s, n)
	cells := make([]driver.Value, len(s.columns))
	for i := range n {
		if err := rows.Next(cells); err == io.EOF {
			return nil, fmt.Errorf("%w: it has fewer rows than the manifest says", ErrCorrupt)
		} else if err != nil {
			return nil, err
		}
		for c, v := range cells {
			switch v := v.(type) {
			case int64:
				f.ints[c][i] = v
			case float64:
				f.nums[c][i] = v
			case string:
				f.strs[c][i] = v
			case nil:
				if f.nums[c] == nil {
					return nil, fmt.Errorf("%w: row %d has no %s", ErrCorrupt, i+1, s.columns[c].name)
				}
				f.nums[c][i] = market.Missing
			default:
				return nil, fmt.Errorf("column %s holds a %T", s.columns[c].name, v)
			}
		}
	}
	return f, nil
}
