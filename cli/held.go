package cli

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"faultline"
	"faultline/black"
	"faultline/calendar"
	"faultline/evidence"
)

// Held are the flags by which a user tells who holds what, in place of the sign convention, and in
// which unit exposures are wanted.
type Held struct {
	Inventory   string   `placeholder:"FILE" xor:"held" help:"CSV of your own option positions in place of the sign convention: root (may be blank), expiry, right, strike, contracts (negative where short)."`
	Trades      string   `placeholder:"FILE" xor:"held" help:"CSV of what customers traded, dealers on the other side: root (may be blank), expiry, right, strike, bought, sold."`
	TradesWhole bool     `help:"The trades cover the life of their contracts and not only today."`
	Unit        []string `placeholder:"UNIT" help:"Unit of exposures: usd_per_pct, usd_per_point, usd_per_volpoint, usd_per_hour or usd_to_close; vex=usd_per_pct names the exposure. May be repeated."`
}

// mostHeld bounds the rows of a table of positions.
const mostHeld = 1_000_000

// options reads what the flags name.
func (h *Held) options(o *output) ([]faultline.Option, error) {
	path, columns := h.Inventory, []string{"contracts"}
	if h.Trades != "" {
		path, columns = h.Trades, []string{"bought", "sold"}
	}
	if path == "" {
		if h.TradesWhole {
			return nil, usage("read", "--trades-whole", "name the file of trades with --trades FILE", "there are no trades that could cover the life of their contracts")
		}
		return nil, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, &Error{Op: "read", Path: path, Err: err, Exit: exitInput}
	}
	defer f.Close()
	told, err := readHeld(f, columns)
	if err != nil {
		return nil, &Error{Op: "read", Path: path, Err: err, Exit: exitInput, Hint: "the columns are root, expiry, right, strike, " + strings.Join(columns, ", ") + "; root may be left out"}
	}
	told.File, told.Whole = filepath.Base(path), h.TradesWhole
	if n := len(told.Rejected); n > 0 {
		why := map[string]int{}
		for _, x := range told.Rejected {
			why[x.Reason.Code]++
		}
		o.note("%s", rejected(o, told.File, n+len(told.Inventory)+len(told.Trades), n, why))
	}
	return []faultline.Option{faultline.HeldAs(*told)}, nil
}

// convert brings exposures into the units that were asked for.
func (h *Held) convert(a *faultline.Analysis) error {
	if err := a.Convert(h.Unit...); err != nil {
		var absent *evidence.Absent
		if errors.As(err, &absent) {
			return &Error{Op: "convert", Path: "--unit", Err: absent, Exit: exitUsage}
		}
		units := make([]string, len(faultline.ExposureUnits))
		for i, u := range faultline.ExposureUnits {
			units[i] = string(u)
		}
		return &Error{Op: "read", Path: "--unit", Err: err, Exit: exitUsage, Hint: "choose among: " + strings.Join(units, ", ")}
	}
	return nil
}

// readHeld reads a table of positions. A row that cannot be used is counted with the first of its faults.
func readHeld(in io.Reader, amounts []string) (*faultline.Told, error) {
	r := csv.NewReader(in)
	r.ReuseRecord, r.FieldsPerRecord, r.TrimLeadingSpace = true, -1, true
	head, err := r.Read()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("the file is empty")
	}
	if err != nil {
		return nil, err
	}
	place := map[string]int{}
	for i, name := range head {
		place[strings.ToLower(strings.TrimSpace(strings.TrimPrefix(name, "\ufeff")))] = i
	}
	for _, name := range append([]string{"expiry", "right", "strike"}, amounts...) {
		if _, ok := place[name]; !ok {
			return nil, fmt.Errorf("the header has no column %s", name)
		}
	}
	told := &faultline.Told{}
	for row := 1; ; row++ {
		rec, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if row > mostHeld {
			return nil, fmt.Errorf("there are more than %d rows", mostHeld)
		}
		cell := func(name string) string {
			if i, ok := place[name]; ok && i < len(rec) {
				return strings.TrimSpace(rec[i])
			}
			return ""
		}
		p, numbers, reason := heldRow(cell, amounts)
		switch {
		case reason != "":
			told.Rejected = append(told.Rejected, faultline.Unplaced{Row: row, Reason: evidence.Code{Code: reason}})
		case len(amounts) == 1:
			p.Contracts = numbers[0]
			told.Inventory = append(told.Inventory, p)
		default:
			told.Trades = append(told.Trades, faultline.Signed{
				Root: p.Root, Expiry: p.Expiry, Right: p.Right, Strike: p.Strike, Bought: numbers[0], Sold: numbers[1],
			})
		}
	}
	if len(told.Inventory)+len(told.Trades) == 0 {
		return nil, fmt.Errorf("none of its %d rows can be used", len(told.Rejected))
	}
	return told, nil
}

// heldRow reads one row, or says what is wrong with it.
func heldRow(cell func(string) string, amounts []string) (p faultline.Position, numbers []float64, reason string) {
	p.Root = strings.ToUpper(cell("root"))
	var err error
	if p.Expiry, err = calendar.ParseDate(cell("expiry")); err != nil {
		return p, nil, "held_bad_expiry"
	}
	switch strings.ToLower(cell("right")) {
	case "call", "c":
		p.Right = black.Call
	case "put", "p":
		p.Right = black.Put
	default:
		return p, nil, "held_bad_right"
	}
	if p.Strike, err = strconv.ParseFloat(cell("strike"), 64); err != nil || !(p.Strike > 0) || math.IsInf(p.Strike, 0) {
		return p, nil, "held_bad_strike"
	}
	for _, name := range amounts {
		v, err := strconv.ParseFloat(cell(name), 64)
		if err != nil || v-v != 0 || name != "contracts" && v < 0 {
			return p, nil, "held_bad_amount"
		}
		numbers = append(numbers, v)
	}
	return p, numbers, ""
}
