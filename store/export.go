package store

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Export writes every row of one dataset, in order of its times, as CSV with a header, as a Parquet
// file, or as a JSON array of objects. Instants are in UTC; what is missing is empty in CSV and null
// elsewhere.
func (s *Store) Export(ctx context.Context, key string, w io.Writer, format string) error {
	const op = "export from store"
	var how string
	switch format {
	case "csv":
		how = "FORMAT csv, HEADER true"
	case "json":
		how = "FORMAT json, ARRAY true"
	case "parquet":
		how = "FORMAT parquet, COMPRESSION zstd, DICTIONARY_SIZE_LIMIT 0"
	default:
		return &Error{Op: op, Path: s.dir, Err: fmt.Errorf("unknown format %q", format), Hint: "csv, parquet or json"}
	}
	// The file is made whole before its first byte is passed on: when a compaction takes files away
	// meanwhile, the export starts again.
	dir, err := os.MkdirTemp("", "faultline-export-")
	if err != nil {
		return &Error{Op: op, Path: key, Err: err}
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "export")
	err = s.read(ctx, func(v *snapshot) error {
		var h *head
		for _, p := range v.all() {
			if p.key() == key {
				h = &p.head
				break
			}
		}
		if h == nil {
			return ErrNoDataset
		}
		k := h.kind
		q := "SELECT " + k.exported(format) + " FROM " + schemas[k].view + " v"
		if id := schemas[k].id; id != "" {
			q += " WHERE " + name(id) + " = " + quote(h.id)
		}
		if k == bars {
			q += " AND timeframe = " + quote(h.timeframe)
		}
		return s.session(ctx, v, []kind{k}, func(conn *sql.Conn) error {
			return run(ctx, conn, "COPY ("+q+" ORDER BY "+k.chronological()+") TO "+quote(path)+" ("+how+")")
		})
	})
	if err != nil {
		return &Error{Op: op, Path: key, Err: err}
	}
	f, err := os.Open(path)
	if err != nil {
		return &Error{Op: op, Path: key, Err: err}
	}
	defer f.Close()
	if _, err := io.Copy(w, f); err != nil {
		return &Error{Op: op, Path: key, Err: err}
	}
	return nil
}

// exported lists the columns of an export. Texts cannot tell that an instant is in UTC unless they
// say so, so CSV and JSON write it as RFC 3339 does.
func (k kind) exported(format string) string {
	if format == "parquet" {
		return "*"
	}
	var out []string
	for _, c := range k.fields() {
		n := name(c.name)
		switch c.cell {
		case instant:
			n = "strftime(" + n + ", '%Y-%m-%dT%H:%M:%SZ') AS " + n
		case nanos:
			// strftime garbles what follows %n, the nanoseconds.
			fraction := "((epoch_ns(" + n + ") % 1000000000 + 1000000000) % 1000000000)"
			n = "strftime(" + n + ", '%Y-%m-%dT%H:%M:%S') || CASE WHEN " + fraction + " = 0 THEN '' ELSE '.' || lpad(CAST(" + fraction + " AS VARCHAR), 9, '0') END || 'Z' AS " + n
		}
		out = append(out, n)
	}
	return strings.Join(out, ", ")
}

// chronological orders an export by time first, then by all else.
func (k kind) chronological() string {
	first := schemas[k].columns[0].name
	if k == chains {
		first = "quoted_at"
	}
	return "v." + name(first) + ", " + k.order("v.") // the columns of the view, not the texts made of them
}
