package cli

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"faultline/evidence"
	"faultline/feed"
	"faultline/market"
	"faultline/store"
	"faultline/words"
)

type dataCmd struct {
	Import  importCmd  `cmd:"" help:"Read files and add what is new to the store."`
	LS      listCmd    `cmd:"" name:"ls" help:"List what the store holds."`
	Show    showCmd    `cmd:"" help:"Print the rows of one dataset."`
	Export  exportCmd  `cmd:"" help:"Write one dataset as CSV, JSON or Parquet."`
	SQL     sqlCmd     `cmd:"" name:"sql" help:"Query the store: views bars, chains, series and facts."`
	Formats formatsCmd `cmd:"" help:"List the file formats that are recognised."`
}

// open opens the store of --data for reading.
func (g *Globals) open() (*store.Store, error) {
	if g.Data == "" {
		return nil, usage("open the store", "", "name its folder with --data DIR or FAULTLINE_DATA", "no store is named")
	}
	s, err := store.OpenReadOnly(g.Data)
	if err != nil {
		return nil, &Error{Op: "open the store", Path: g.Data, Err: err, Exit: exitInput, Hint: "create it with: faultline data import --data " + g.Data + " FILE…"}
	}
	return s, nil
}

type importCmd struct {
	Files      []string `arg:"" name:"file" help:"Files of market data."`
	Instrument string   `help:"What the rows are about, where the file does not tell."`
	Strict     bool     `help:"Stop at the first row that cannot be used."`
	Rejects    bool     `help:"Print every rejected row: line, column, value, reason."`
}

// Run imports files. Each file is one import: it is in the store whole, or not at all.
func (c *importCmd) Run(ctx context.Context, g *Globals, o *output) error {
	if g.Data == "" {
		return usage("open the store", "", "name its folder with --data DIR or FAULTLINE_DATA", "no store is named")
	}
	at, err := g.instant(nyse())
	if err != nil {
		return err
	}
	s, err := store.Open(g.Data)
	if err != nil {
		return &Error{Op: "open the store", Path: g.Data, Err: err, Exit: exitInput}
	}
	defer s.Close()
	type line struct {
		File     string         `json:"file"`
		Format   string         `json:"format"`
		Rows     int            `json:"rows"`
		Rejected int            `json:"rejected"`
		ByReason map[string]int `json:"by_reason,omitempty"`
		Added    int            `json:"added"`
		Known    int            `json:"already_there"`
	}
	var all []line
	done := o.progress("importing", len(c.Files))
	for _, p := range c.Files {
		r, err := feed.ReadFile(ctx, p, feed.Options{Instrument: c.Instrument, At: at, Now: o.now(), Strict: c.Strict})
		if err != nil {
			return err
		}
		got, err := s.Import(ctx, r.Sets)
		if err != nil {
			return &Error{Op: "import", Path: p, Err: err}
		}
		l := line{File: r.Report.File, Format: r.Report.Format, Rows: r.Report.Rows, Rejected: r.Report.Rejected, ByReason: r.Report.ByReason}
		for _, x := range got {
			l.Added += x.Added
			l.Known += x.Known
		}
		all = append(all, l)
		if !g.JSON {
			fmt.Fprintf(o.w, "%s: %s, %d rows, %d new, %d already there\n", l.File, l.Format, l.Rows, l.Added, l.Known)
			if l.Rejected > 0 {
				fmt.Fprintln(o.w, "  "+rejected(o, l.File, l.Rows, l.Rejected, l.ByReason))
			}
			if c.Rejects {
				for _, x := range r.Report.Rejects {
					fmt.Fprintf(o.w, "  line %d, %s, %q: %s\n", x.Line, x.Column, x.Value, o.words.Say(x.Reason))
				}
			}
			for _, n := range r.Report.Notes {
				fmt.Fprintln(o.w, "  "+o.words.Say(n))
			}
		}
		done(1)
	}
	if g.JSON {
		return writeJSON(o.w, map[string]any{"imports": all})
	}
	return nil
}

type listCmd struct{}

// Run lists the store.
func (listCmd) Run(ctx context.Context, g *Globals, o *output) error {
	s, err := g.open()
	if err != nil {
		return err
	}
	defer s.Close()
	entries, err := s.List(ctx)
	if err != nil {
		return &Error{Op: "list", Path: g.Data, Err: err, Exit: exitInput}
	}
	if g.JSON {
		type entry struct {
			Key       string    `json:"key"`
			File      string    `json:"file"`
			Format    string    `json:"format"`
			Grade     string    `json:"grade"`
			Rows      int       `json:"rows"`
			First     time.Time `json:"first"`
			Last      time.Time `json:"last"`
			LastKnown time.Time `json:"last_known"`
			Bytes     int64     `json:"bytes"`
		}
		list := []entry{}
		for _, e := range entries {
			list = append(list, entry{e.Key, e.File, e.Format, e.Grade, e.Rows, e.First, e.Last, e.LastKnown, e.Bytes})
		}
		return writeJSON(o.w, map[string]any{"datasets": list})
	}
	w := tabwriter.NewWriter(o.w, 0, 4, 2, ' ', 0)
	for _, e := range entries {
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\t%s\n", e.Key, e.Rows, e.First.Format("2006-01-02"), e.Last.Format("2006-01-02"), e.Grade, e.File)
	}
	return w.Flush()
}

type showCmd struct {
	Key   string `arg:"" help:"Dataset, as 'faultline data ls' names it."`
	Limit int    `default:"20" help:"Rows to print, the last ones."`
}

// Run prints the last rows of a dataset as they were known.
func (c *showCmd) Run(ctx context.Context, g *Globals, o *output) error {
	s, err := g.open()
	if err != nil {
		return err
	}
	defer s.Close()
	at, err := g.instant(nyse())
	if err != nil {
		return err
	}
	if at.IsZero() {
		at = o.now()
	}
	state, err := s.AsOf(ctx, at, c.Key)
	if err != nil {
		return &Error{Op: "read", Path: c.Key, Err: err, Exit: exitInput}
	}
	if g.JSON {
		head, all, err := rows(state, c.Key, c.Limit)
		if err != nil {
			return err
		}
		return writeJSON(o.w, map[string]any{"key": c.Key, "columns": head, "rows": append([][]any{}, all...)})
	}
	return show(o, state, c.Key, c.Limit)
}

// rows are the last rows of one dataset of a state, as a table: times, texts and numbers, nil where a
// number is missing.
func rows(s *market.State, key string, limit int) (head []string, out [][]any, err error) {
	number := func(x float64) any {
		if market.IsMissing(x) {
			return nil
		}
		return x
	}
	stamp := func(t int64) string { return time.Unix(t, 0).UTC().Format("2006-01-02 15:04") }
	kind, name, _ := strings.Cut(key, "/")
	switch kind {
	case "bars":
		id, interval, _ := strings.Cut(name, "/")
		b, err := s.Bars(id, market.ParseInterval(interval))
		if err != nil {
			return nil, nil, err
		}
		for i := max(0, b.Len()-limit); i < b.Len(); i++ {
			out = append(out, []any{
				stamp(b.Begin[i]), stamp(b.Known[i]), number(b.Open[i]), number(b.High[i]), number(b.Low[i]), number(b.Close[i]), number(b.Volume[i]),
			})
		}
		return []string{"begin", "known", "open", "high", "low", "close", "volume"}, out, nil
	case "chain":
		c, err := s.Chain(name)
		if err != nil {
			return nil, nil, err
		}
		for i := max(0, c.Len()-limit); i < c.Len(); i++ {
			q := c.Row(i)
			right := "C"
			if q.Right < 0 {
				right = "P"
			}
			out = append(out, []any{q.Root, q.Expiry.String(), number(q.Strike), right, number(q.Bid), number(q.Ask), number(q.Volume), number(q.OpenInterest)})
		}
		return []string{"root", "expiry", "strike", "right", "bid", "ask", "volume", "open interest"}, out, nil
	case "series":
		v, err := s.Series(name)
		if err != nil {
			return nil, nil, err
		}
		for i := max(0, v.Len()-limit); i < v.Len(); i++ {
			out = append(out, []any{stamp(v.About[i]), stamp(v.Known[i]), number(v.Value[i])})
		}
		return []string{"about", "known", "value"}, out, nil
	case "facts":
		for _, id := range s.FactIDs() {
			for _, f := range s.Facts(id) {
				out = append(out, []any{stamp(f.About), f.ID, number(f.Value), f.Unit, f.Source})
			}
		}
		return []string{"about", "id", "value", "unit", "source"}, out, nil
	}
	return nil, nil, &Error{Op: "show", Path: key, Err: &evidence.Absent{Code: "no_dataset", Args: evidence.Args{"key": key}}, Exit: exitAbsent, Hint: "list the datasets with: faultline data ls"}
}

// show prints the last rows of one dataset of a state.
func show(o *output, s *market.State, key string, limit int) error {
	head, all, err := rows(s, key, limit)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(o.w, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, strings.Join(head, "\t"))
	for _, row := range all {
		cells := make([]string, len(row))
		for i, v := range row {
			switch v := v.(type) {
			case nil:
				cells[i] = "·"
			case float64:
				cells[i] = fmt.Sprintf("%.10g", v)
			case string:
				cells[i] = words.Clean(v)
			}
		}
		fmt.Fprintln(w, strings.Join(cells, "\t"))
	}
	return w.Flush()
}

type exportCmd struct {
	Key    string `arg:"" help:"Dataset, as 'faultline data ls' names it."`
	Format string `enum:"csv,json,parquet" default:"csv" help:"csv, json or parquet."`
	Out    string `placeholder:"PATH" help:"File to write; standard output without it."`
}

// Run exports a dataset.
func (c *exportCmd) Run(ctx context.Context, g *Globals, o *output) error {
	s, err := g.open()
	if err != nil {
		return err
	}
	defer s.Close()
	if g.JSON {
		c.Format = "json"
	}
	write := func(w io.Writer) error { return s.Export(ctx, c.Key, w, c.Format) }
	if c.Out != "" {
		err = writeFile(c.Out, write)
	} else {
		err = write(o.w)
	}
	if err != nil {
		return &Error{Op: "export", Path: c.Key, Err: err, Exit: exitInput, Hint: "list the datasets with: faultline data ls"}
	}
	return nil
}

type sqlCmd struct {
	Query string `arg:"" help:"One SELECT. The views are bars, chains, series and facts."`
	Limit int    `default:"1000" help:"Rows at the most."`
}

// Run queries the store.
func (c *sqlCmd) Run(ctx context.Context, g *Globals, o *output) error {
	s, err := g.open()
	if err != nil {
		return err
	}
	defer s.Close()
	rows, err := s.SQL(ctx, c.Query, c.Limit)
	if err != nil {
		return &Error{Op: "query", Err: err, Exit: exitUsage, Hint: "the views are bars, chains, series and facts; try: SELECT * FROM bars LIMIT 1"}
	}
	if g.JSON {
		return writeJSON(o.w, map[string]any{"columns": rows.Columns, "types": rows.Types, "rows": append([][]any{}, rows.Values...), "truncated": rows.Truncated})
	}
	w := tabwriter.NewWriter(o.w, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, strings.Join(rows.Columns, "\t"))
	for _, r := range rows.Values {
		cells := make([]string, len(r))
		for i, v := range r {
			cells[i] = fmt.Sprint(v)
			if v == nil {
				cells[i] = "·"
			}
		}
		fmt.Fprintln(w, strings.Join(cells, "\t"))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if rows.Truncated {
		o.note("only the first %d rows; raise --limit for more", c.Limit)
	}
	return nil
}

type formatsCmd struct{}

// Run lists the formats.
func (formatsCmd) Run(g *Globals, o *output) error {
	if g.JSON {
		type format struct {
			Name  string `json:"name"`
			About string `json:"about"`
			Known string `json:"known_at"`
		}
		list := []format{}
		for _, f := range feed.Formats() {
			list = append(list, format(f))
		}
		return writeJSON(o.w, map[string]any{"formats": list})
	}
	w := tabwriter.NewWriter(o.w, 0, 4, 2, ' ', 0)
	for _, f := range feed.Formats() {
		fmt.Fprintf(w, "%s\t%s\n", f.Name, f.About)
	}
	return w.Flush()
}
