package store

import (
	"slices"
	"strings"
)

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
func (c column) key(table string) string {
	n := table + name(c.name)
	if c.cell == number {
		return "CASE WHEN " + n + " = 0 THEN 0 ELSE " + n + " END"
	}
	return n
}

// order is the total order of a kind's files: by head, then by row. The table is a prefix of the
// columns, or "" where they can be taken for no others.
func (k kind) order(table string) string {
	var out []string
	for _, c := range append(k.headFields(), schemas[k].columns...) {
		out = append(out, c.key(table)+" NULLS FIRST")
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
		paths := make([]string, len(files))
		for i, f := range files {
			paths[i] = quotePath(f)
		}
		q = "SELECT " + k.names() + " FROM read_parquet([" + strings.Join(paths, ", ") + "], hive_partitioning = false) UNION ALL " + q
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
			content = append(content, c.key(""))
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
