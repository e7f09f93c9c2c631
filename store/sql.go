package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/duckdb/duckdb-go/v2"

	"faultline/calendar"
)

// Limits of a query.
const (
	maxQueryRows = 1_000_000
	queryTimeout = 30 * time.Second
)

// Rows is the result of a query. A value is nil, bool, int64, float64, string, time.Time in UTC, or
// calendar.Date; whatever else DuckDB has becomes a string.
type Rows struct {
	Columns   []string
	Types     []string // DuckDB's names
	Values    [][]any  // by row
	Truncated bool     // there were more rows than the limit
}

// SQL runs one SELECT over the views bars, chains, series and facts, which hold every row of the
// store, in the segment or compacted. Times are in UTC. DESCRIBE bars lists a view's columns, SHOW
// TABLES the views.
//
// A query reads no file but the store's own, loads no extension, reaches no network and changes
// nothing. It gives at most limit rows, a million where limit is not positive or larger, and is
// stopped after 30 seconds or beyond 512 MB.
func (s *Store) SQL(ctx context.Context, query string, limit int) (*Rows, error) {
	if limit <= 0 || limit > maxQueryRows {
		limit = maxQueryRows
	}
	ctx, cancel := context.WithTimeout(ctx, queryTimeout)
	defer cancel()
	var out *Rows
	err := s.read(ctx, func(v *snapshot) error {
		return s.session(ctx, v, kinds[:], func(conn *sql.Conn) error {
			if err := lockDown(ctx, conn, s.files(v)); err != nil {
				return err
			}
			if err := checkQuery(ctx, conn, query); err != nil {
				return err
			}
			var err error
			out, err = collect(ctx, conn, query, limit)
			return err
		})
	})
	if err != nil {
		e := &Error{Op: "query store", Path: s.dir, Err: err}
		switch {
		case errors.Is(ctx.Err(), context.DeadlineExceeded):
			e.Err = fmt.Errorf("%w: it ran longer than %v", ErrQuery, queryTimeout)
			e.Hint = "ask for fewer rows or fewer days"
		case strings.Contains(err.Error(), "Out of Memory Error"):
			e.Hint = "ask for fewer rows or fewer days"
		}
		return nil, e
	}
	return out, nil
}

// files lists the paths of all Parquet files.
func (s *Store) files(v *snapshot) []string {
	var out []string
	for _, f := range v.man.Files {
		out = append(out, s.path(f))
	}
	return out
}

// session opens a DuckDB of its own with the views of the given kinds.
func (s *Store) session(ctx context.Context, v *snapshot, views []kind, f func(*sql.Conn) error) error {
	segment, err := os.Open(v.segment)
	if err != nil {
		return err
	}
	defer segment.Close()
	db, conn, err := openDuck(ctx, "")
	if err != nil {
		return err
	}
	defer db.Close()
	defer conn.Close()
	for _, k := range views {
		var files []string
		for _, file := range v.man.Files {
			if fk, _, err := kindOfSet(file.Set); err != nil {
				return err
			} else if fk != k {
				continue
			}
			if err := s.verify(file); err != nil {
				return err
			}
			files = append(files, s.path(file))
		}
		src, err := newSource(k, v.parts, segment)
		if err != nil {
			return err
		}
		if err := src.register(conn); err != nil {
			return err
		}
		restated := false
		for _, p := range src.parts {
			restated = restated || p.restates
		}
		if err := run(ctx, conn, "CREATE VIEW "+schemas[k].view+" AS "+k.query(files, restated)); err != nil {
			return err
		}
	}
	return f(conn)
}

// lockDown leaves a session nothing but the given files, and no way back.
func lockDown(ctx context.Context, conn *sql.Conn, files []string) error {
	allowed := slices.Clone(files)
	for _, f := range files {
		allowed = append(allowed, pattern(f)) // DuckDB asks before it looks which files a pattern fits
	}
	return run(
		ctx, conn, "SET allowed_paths = ["+quoteAll(allowed)+"]", "SET allow_community_extensions = false",
		"SET enable_external_access = false", "SET lock_configuration = true",
	)
}

// checkQuery accepts exactly one SELECT. DuckDB itself is asked, through the function that writes a
// SELECT's syntax tree and nothing else's: the driver would run all statements but the last while it
// prepares them.
func checkQuery(ctx context.Context, conn *sql.Conn, query string) error {
	var tree string
	if err := conn.QueryRowContext(ctx, "SELECT CAST(json_serialize_sql(CAST(? AS VARCHAR)) AS VARCHAR)", query).Scan(&tree); err != nil {
		return fmt.Errorf("%w: %w", ErrQuery, err)
	}
	var t struct {
		Error      bool              `json:"error"`
		Type       string            `json:"error_type"`
		Message    string            `json:"error_message"`
		Statements []json.RawMessage `json:"statements"`
	}
	if err := json.Unmarshal([]byte(tree), &t); err != nil {
		return fmt.Errorf("%w: %w", ErrQuery, err)
	}
	switch {
	case t.Error && t.Type == "parser":
		return fmt.Errorf("%w: %s", ErrQuery, t.Message)
	case t.Error:
		return fmt.Errorf("%w: only SELECT, DESCRIBE and SHOW TABLES are", ErrQuery)
	case len(t.Statements) != 1:
		return fmt.Errorf("%w: it has %d statements, want one", ErrQuery, len(t.Statements))
	}
	return nil
}

// collect runs a checked query. The limit is part of what DuckDB runs, since the driver holds the
// whole result before it gives the first row.
func collect(ctx context.Context, conn *sql.Conn, query string, limit int) (*Rows, error) {
	query = strings.TrimRight(strings.TrimSpace(query), "; \t\r\n")
	rows, err := conn.QueryContext(ctx, fmt.Sprintf("SELECT * FROM (%s\n) LIMIT %d", query, limit+1))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrQuery, err)
	}
	defer rows.Close()
	types, err := rows.ColumnTypes()
	if err != nil {
		return nil, err
	}
	out := new(Rows)
	for _, t := range types {
		out.Columns = append(out.Columns, t.Name())
		out.Types = append(out.Types, t.DatabaseTypeName())
	}
	for rows.Next() {
		if len(out.Values) == limit {
			out.Truncated = true
			break
		}
		row := make([]any, len(types))
		to := make([]any, len(types))
		for i := range row {
			to[i] = &row[i]
		}
		if err := rows.Scan(to...); err != nil {
			return nil, err
		}
		for i, v := range row {
			row[i] = plain(v, out.Types[i])
		}
		out.Values = append(out.Values, row)
	}
	return out, rows.Err()
}

// plain turns the driver's values into those that Rows promises.
func plain(v any, typ string) any {
	switch v := v.(type) {
	case nil, bool, int64, float64, string:
		return v
	case int8:
		return int64(v)
	case int16:
		return int64(v)
	case int32:
		return int64(v)
	case uint8:
		return int64(v)
	case uint16:
		return int64(v)
	case uint32:
		return int64(v)
	case float32:
		return float64(v)
	case *big.Int:
		if v.IsInt64() {
			return v.Int64()
		}
		return v.String()
	case duckdb.Decimal:
		return v.Float64()
	case time.Time:
		switch typ {
		case "DATE":
			return calendar.DateIn(v, time.UTC)
		case "TIME":
			return v.UTC().Format("15:04:05.999999999")
		}
		return v.UTC()
	}
	return fmt.Sprint(v)
}
