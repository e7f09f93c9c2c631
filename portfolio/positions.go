package portfolio

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"faultline/black"
	"faultline/calendar"
	"faultline/market"
)

// Limits of a file of positions.
const (
	MaxPositions = 100_000
	MaxBytes     = 16 << 20
)

// Kind is what a position is.
type Kind string

// The kinds of position.
const (
	Shares Kind = "shares"
	Option Kind = "option"
	Future Kind = "future"
	Crypto Kind = "crypto"
)

// Position is one line of the file.
type Position struct {
	Line       int
	Kind       Kind
	Symbol     string  // as the user wrote it
	Asset      string  // instrument whose price it follows
	Quantity   float64 // shares, contracts or coins; short is negative
	Multiplier float64 // units of the underlying that one of it stands for
	Root       string  // of an option; "" where the user leaves it open
	Expiry     calendar.Date
	Right      black.Right
	Strike     float64
}

// Error is a mistake in a file of positions, at its place, with what to change.
type Error struct {
	File   string
	Line   int
	Column string // "" where it is not one column's
	Text   string
	Hint   string
}

func (e *Error) Error() string {
	at := fmt.Sprintf("%s:%d", e.File, e.Line)
	if e.Column != "" {
		at += ": " + e.Column
	}
	return at + ": " + e.Text + "; " + e.Hint
}

// futures are the contracts known by their own symbol (CME Group, contract specifications): the index that each
// follows, and dollars a point.
var futures = map[string]struct {
	asset      string
	multiplier float64
}{
	"ES": {"SPX", 50}, "MES": {"SPX", 5}, "NQ": {"NDX", 20}, "MNQ": {"NDX", 2}, "BTC": {"BTC", 5}, "MBT": {"BTC", 0.1},
	"ETH": {"ETH", 50}, "MET": {"ETH", 0.1},
}

// columns of the file; the first three must be there.
var columns = []string{"kind", "symbol", "quantity", "multiplier", "root", "expiry", "right", "strike"}

// ReadPositions reads a CSV with the columns kind (shares, option, future, crypto), symbol and quantity, and for
// options expiry, right and strike; root and multiplier may be left out where they are known. The error joins
// every mistake that was found, each an *Error; nothing is left out in silence.
func ReadPositions(r io.Reader, file string) ([]Position, error) {
	limited := &io.LimitedReader{R: r, N: MaxBytes + 1}
	c := csv.NewReader(limited)
	c.FieldsPerRecord, c.TrimLeadingSpace, c.Comment = -1, true, '#'
	head, err := c.Read()
	if err != nil {
		return nil, &Error{File: file, Line: 1, Text: "there is no first line", Hint: "begin with the names of the columns: kind,symbol,quantity,expiry,right,strike"}
	}
	at := map[string]int{}
	for i, name := range head {
		name = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(name, "\ufeff")))
		known := false
		for _, k := range columns {
			known = known || k == name
		}
		if _, twice := at[name]; !known || twice {
			return nil, &Error{File: file, Line: 1, Column: name, Text: "the column is not known, or there twice", Hint: "the columns are " + strings.Join(columns, ", ")}
		}
		at[name] = i
	}
	for _, name := range columns[:3] {
		if _, ok := at[name]; !ok {
			return nil, &Error{File: file, Line: 1, Column: name, Text: "the column is missing", Hint: "add it; the columns are " + strings.Join(columns, ", ")}
		}
	}
	var out []Position
	var bad []error
	for {
		row, err := c.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		line := 1
		if err == nil {
			line, _ = c.FieldPos(0)
		}
		if limited.N <= 0 || len(out)+len(bad) >= MaxPositions {
			return nil, &Error{File: file, Line: line, Text: "the file is too large", Hint: fmt.Sprintf("keep it below %d positions and %d bytes", MaxPositions, MaxBytes)}
		}
		if err != nil {
			var parse *csv.ParseError
			if errors.As(err, &parse) {
				line = parse.Line
			}
			return nil, &Error{File: file, Line: line, Text: err.Error(), Hint: "mend the quotation marks of the line"}
		}
		p, mistake := position(row, at)
		if mistake != nil {
			mistake.File, mistake.Line = file, line
			bad = append(bad, mistake)
			continue
		}
		p.Line = line
		out = append(out, p)
	}
	if len(bad) > 0 {
		return nil, errors.Join(bad...)
	}
	if len(out) == 0 {
		return nil, &Error{File: file, Line: 1, Text: "there are no positions", Hint: "add a line for each, such as shares,NVDA,100"}
	}
	return out, nil
}

// position reads one row.
func position(row []string, at map[string]int) (Position, *Error) {
	cell := func(name string) string {
		if i, ok := at[name]; ok && i < len(row) {
			return strings.TrimSpace(row[i])
		}
		return ""
	}
	p := Position{Kind: Kind(strings.ToLower(cell("kind"))), Symbol: strings.ToUpper(cell("symbol")), Root: strings.ToUpper(cell("root"))}
	if len(row) > len(at) {
		return p, &Error{Text: "the line has more cells than the first line has columns", Hint: "take the spare commas out"}
	}
	if p.Symbol == "" {
		return p, &Error{Column: "symbol", Text: "it is blank", Hint: "write a ticker, such as NVDA"}
	}
	if in, known := market.Lookup(p.Symbol); known {
		p.Asset = in.ID
	} else {
		p.Asset = p.Symbol
	}
	number := func(name string) (float64, *Error) {
		v, err := strconv.ParseFloat(cell(name), 64)
		if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
			return 0, &Error{Column: name, Text: fmt.Sprintf("%q is not a number", cell(name)), Hint: "write it without thousands separators, such as -1500.5"}
		}
		return v, nil
	}
	var bad *Error
	if p.Quantity, bad = number("quantity"); bad != nil {
		return p, bad
	}
	in, _ := market.InstrumentOf(p.Asset)
	switch p.Kind {
	case Shares, Crypto:
		p.Multiplier = 1
	case Future:
		f, known := futures[p.Symbol]
		if known {
			p.Asset, p.Multiplier = f.asset, f.multiplier
		} else if cell("multiplier") == "" {
			return p, &Error{Column: "multiplier", Text: "the dollars a point of the future " + p.Symbol + " are not known", Hint: "write them into the column, with the underlying as symbol"}
		}
	case Option:
		if p.Multiplier = in.Multiplier; p.Multiplier == 0 {
			p.Multiplier = 100
		}
		return p, option(&p, cell, number)
	default:
		return p, &Error{Column: "kind", Text: fmt.Sprintf("%q is not a kind of position", cell("kind")), Hint: "write shares, option, future or crypto"}
	}
	return p, multiplier(&p, cell, number)
}

// multiplier takes the one that the user gives.
func multiplier(p *Position, cell func(string) string, number func(string) (float64, *Error)) *Error {
	if cell("multiplier") == "" {
		return nil
	}
	v, bad := number("multiplier")
	if bad != nil {
		return bad
	}
	if !(v > 0) {
		return &Error{Column: "multiplier", Text: "it must be above 0", Hint: "a short position has a negative quantity"}
	}
	p.Multiplier = v
	return nil
}

// option reads what only options have.
func option(p *Position, cell func(string) string, number func(string) (float64, *Error)) *Error {
	d, err := calendar.ParseDate(cell("expiry"))
	if err != nil {
		return &Error{Column: "expiry", Text: fmt.Sprintf("%q is not a date", cell("expiry")), Hint: "write it as 2025-12-19"}
	}
	p.Expiry = d
	switch strings.ToLower(cell("right")) {
	case "c", "call":
		p.Right = black.Call
	case "p", "put":
		p.Right = black.Put
	default:
		return &Error{Column: "right", Text: fmt.Sprintf("%q is neither side", cell("right")), Hint: "write call or put"}
	}
	v, bad := number("strike")
	if bad != nil {
		return bad
	}
	if !(v > 0) {
		return &Error{Column: "strike", Text: "it must be above 0", Hint: "write the price at which the option may be exercised"}
	}
	p.Strike = v
	return multiplier(p, cell, number)
}
