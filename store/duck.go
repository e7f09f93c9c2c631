package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/duckdb/duckdb-go/v2"
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
		return nil, nil, fmt.Errorf("open DuckDB: %w", errors.Join(err, db.Close()))
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
	err := errors.Join(l.conn.Close(), l.db.Close())
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

// quotePath writes the path of an existing file as an SQL literal for read_parquet, which takes it
// for a pattern.
func quotePath(path string) string { return quote(pattern(path)) }

// pattern is the file pattern that fits one path only.
func pattern(path string) string {
	return strings.NewReplacer("*", "[*]", "?", "[?]", "[", "[[]").Replace(path)
}
