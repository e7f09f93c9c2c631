package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"faultline/market"
)

// readParquet reads the wanted parts of one file. The file holds its parts one after the other in
// the order of the manifest, so that rows are told apart by counting.
func (s *Store) readParquet(ctx context.Context, file *parquetFile, wanted []*part, add func(*part, []*frame) error) error {
	if err := s.verify(file); err != nil {
		return err
	}
	sch := schemas[wanted[0].kind]
	var cells []string
	for _, c := range sch.columns {
		cells = append(cells, c.toMemory())
	}
	q := "SELECT " + strings.Join(cells, ", ") + " FROM read_parquet(" + quotePath(s.path(file)) + ", hive_partitioning = false, file_row_number = true)"
	ids, want := map[string]bool{}, map[*part]bool{}
	for _, p := range wanted {
		ids[p.id], want[p] = true, true
	}
	if sch.id != "" && len(wanted) < len(file.Parts) {
		q += " WHERE " + name(sch.id) + " IN (" + quoteAll(slices.Sorted(maps.Keys(ids))) + ")"
	}
	q += " ORDER BY file_row_number"
	err := s.duck.use(ctx, func(conn *sql.Conn) error {
		return scanRows(ctx, conn, q, func(rows driver.Rows) error {
			for _, p := range file.Parts {
				if !ids[p.id] {
					continue
				}
				f, err := takeRows(rows, sch, p.rows)
				if err != nil {
					return err
				}
				if want[p] {
					if err := add(p, []*frame{f}); err != nil {
						return err
					}
				}
			}
			if err := rows.Next(make([]driver.Value, len(sch.columns))); !errors.Is(err, io.EOF) {
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
		q, ok := c.(driver.QueryerContext)
		if !ok {
			return fmt.Errorf("the driver has no queries: %T", c)
		}
		rows, err := q.QueryContext(ctx, query, nil)
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
		if err := rows.Next(cells); errors.Is(err, io.EOF) {
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

// verify finds a Parquet file that is not the one that was written, once per file and Store: the
// files never change.
func (s *Store) verify(f *parquetFile) error {
	path := s.path(f)
	if _, ok := s.verified.Load(path); ok {
		return nil
	}
	size, sum, err := sumFile(path, false)
	switch {
	case err != nil:
	case size != f.Bytes:
		err = fmt.Errorf("%w: it has %d bytes, want %d", ErrCorrupt, size, f.Bytes)
	case sum != f.CRC:
		err = fmt.Errorf("%w: its checksum does not fit", ErrCorrupt)
	}
	if err != nil {
		return &Error{
			Op: "read Parquet file", Path: path, Err: err,
			Hint: fmt.Sprintf("it holds %d rows of %s from %s on: restore it from a backup, or import the data into a new store", f.Rows, f.Set, f.Date),
		}
	}
	s.verified.Store(path, true)
	return nil
}
