package cli

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"

	"faultline/black"
)

type ivCmd struct {
	File string `arg:"" optional:"" default:"-" help:"CSV with the columns forward, strike, time, price and right; - is standard input."`
}

// ivBatch is how many rows are solved at once: enough for the vector kernel, little memory.
const ivBatch = 4096

// ivStatus names a result in the status column.
var ivStatus = map[black.Status]string{
	black.OK: "ok", black.BelowIntrinsic: "below_intrinsic", black.AboveMaximum: "above_maximum",
	black.NoTime: "no_time", black.NotFinite: "not_finite",
}

// ivRows are rows read and not yet solved, as columns.
type ivRows struct {
	right                         []black.Right
	price, forward, strike, years []float64
	vol                           []float64
	status                        []black.Status
	bad                           []string // what is wrong with a row; empty where nothing is
}

// Run solves Black-76 for the volatility of each row: forward, strike and undiscounted price in points,
// time in years, right as call, put, c or p. It writes the volatility with 17 digits, which is enough to
// read the same float64 back, and a status. A row that cannot be read or has no volatility keeps its
// place with an empty volatility and its reason.
func (c *ivCmd) Run(ctx context.Context, g *Globals, o *output) error {
	in := io.Reader(os.Stdin)
	if c.File != "-" {
		f, err := os.Open(c.File)
		if err != nil {
			return &Error{Op: "read", Path: c.File, Err: err, Exit: exitInput}
		}
		defer f.Close()
		in = f
	}
	r := csv.NewReader(bufio.NewReaderSize(in, 1<<20))
	r.ReuseRecord = true
	r.FieldsPerRecord = -1
	r.TrimLeadingSpace = true
	head, err := r.Read()
	if err != nil {
		return &Error{Op: "read", Path: c.File, Err: err, Exit: exitInput, Hint: ivColumns}
	}
	at := map[string]int{}
	for i, name := range head {
		at[strings.ToLower(strings.TrimSpace(strings.TrimPrefix(name, "\ufeff")))] = i
	}
	var place [5]int
	for i, name := range []string{"forward", "strike", "time", "price", "right"} {
		k, ok := at[name]
		if !ok {
			return &Error{Op: "read", Path: c.File, Err: fmt.Errorf("the header has no column %s", name), Exit: exitInput, Hint: ivColumns}
		}
		place[i] = k
	}
	w := bufio.NewWriterSize(o.w, 1<<16)
	if g.JSON {
		_, err = w.WriteString("[")
	} else {
		_, err = w.WriteString("volatility,status\n")
	}
	if err != nil {
		return err
	}
	var rows ivRows
	first := true
	for more := true; more; {
		if err := ctx.Err(); err != nil {
			return err
		}
		rec, err := r.Read()
		switch {
		case errors.Is(err, io.EOF):
			more = false
		case err != nil:
			return &Error{Op: "read", Path: c.File, Err: err, Exit: exitInput}
		default:
			rows.read(rec, place)
		}
		if len(rows.bad) == ivBatch || !more {
			rows.solve()
			if err := rows.write(w, g.JSON, &first); err != nil {
				return err
			}
		}
	}
	if g.JSON {
		if _, err := w.WriteString("]\n"); err != nil {
			return err
		}
	}
	return w.Flush()
}

const ivColumns = "the columns are forward, strike, time (years), price (undiscounted) and right (call or put)"

// read appends a row. What cannot be read becomes a row that names its column.
func (s *ivRows) read(rec []string, place [5]int) {
	var x [4]float64
	bad := ""
	cell := func(i int) string {
		if place[i] >= len(rec) {
			return ""
		}
		return strings.TrimSpace(rec[place[i]])
	}
	for i, name := range []string{"forward", "strike", "time", "price"} {
		v, err := strconv.ParseFloat(cell(i), 64)
		if err != nil && bad == "" {
			bad = "bad_" + name
		}
		x[i] = v
	}
	right := black.Call
	switch strings.ToLower(cell(4)) {
	case "call", "c":
	case "put", "p":
		right = black.Put
	default:
		if bad == "" {
			bad = "bad_right"
		}
	}
	s.right = append(s.right, right)
	s.forward = append(s.forward, x[0])
	s.strike = append(s.strike, x[1])
	s.years = append(s.years, x[2])
	s.price = append(s.price, x[3])
	s.vol = append(s.vol, math.NaN())
	s.status = append(s.status, black.NotFinite)
	s.bad = append(s.bad, bad)
}

func (s *ivRows) solve() {
	black.ImpliedVols(s.vol, s.status, s.right, s.price, s.forward, s.strike, s.years)
}

// write prints the rows and empties the columns.
func (s *ivRows) write(w *bufio.Writer, asJSON bool, first *bool) error {
	for i, bad := range s.bad {
		status, vol := ivStatus[s.status[i]], ""
		if bad != "" {
			status = bad
		} else if s.status[i] == black.OK {
			vol = strconv.FormatFloat(s.vol[i], 'g', 17, 64)
		}
		var err error
		switch {
		case !asJSON:
			_, err = fmt.Fprintf(w, "%s,%s\n", vol, status)
		case vol == "":
			_, err = fmt.Fprintf(w, "%s{\"status\":%q}", comma(*first), status)
		default:
			_, err = fmt.Fprintf(w, "%s{\"volatility\":%s,\"status\":%q}", comma(*first), vol, status)
		}
		*first = false
		if err != nil {
			return err
		}
	}
	s.right, s.price, s.forward, s.strike = s.right[:0], s.price[:0], s.forward[:0], s.strike[:0]
	s.years, s.vol, s.status, s.bad = s.years[:0], s.vol[:0], s.status[:0], s.bad[:0]
	return nil
}

func comma(first bool) string {
	if first {
		return "\n"
	}
	return ",\n"
}
