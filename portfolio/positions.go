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
	"faultline/evidence"
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
	Name       string // of the hedge that it is a part of; "" for what is owned
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
	Column string        // "" where it is not one column's
	Code   evidence.Code // what is wrong and what to change
}

func (e *Error) Error() string {
	at := fmt.Sprintf("%s:%d", e.File, e.Line)
	if e.Column != "" {
		at += ": " + e.Column
	}
	return at + ": " + e.Code.String()
}

// Where is the place of the mistake.
func (e *Error) Where() (file string, line, column int, name string) {
	return e.File, e.Line, 0, e.Column
}

// Reason is the mistake as a code.
func (e *Error) Reason() evidence.Code { return e.Code }

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
var columns = []string{"kind", "symbol", "quantity", "multiplier", "root", "expiry", "right", "strike", "name"}

// ReadPositions reads a CSV with the columns kind (shares, option, future, crypto), symbol and quantity, and for
// options expiry, right and strike; root and multiplier may be left out where they are known. The error joins
// every mistake that was found, each an *Error; nothing is left out in silence.
func ReadPositions(r io.Reader, file string) ([]Position, error) {
	limited := &io.LimitedReader{R: r, N: MaxBytes + 1}
	c := csv.NewReader(limited)
	c.FieldsPerRecord, c.TrimLeadingSpace, c.Comment = -1, true, '#'
	head, err := c.Read()
	if err != nil {
		return nil, &Error{File: file, Line: 1, Code: evidence.Code{Code: "position_no_head"}}
	}
	at := map[string]int{}
	for i, name := range head {
		name = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(name, "\ufeff")))
		known := false
		for _, k := range columns {
			known = known || k == name
		}
		if _, twice := at[name]; !known || twice {
			return nil, &Error{File: file, Line: 1, Column: name, Code: evidence.Code{Code: "position_column", Args: evidence.Args{"known": strings.Join(columns, ", ")}}}
		}
		at[name] = i
	}
	for _, name := range columns[:3] {
		if _, ok := at[name]; !ok {
			return nil, &Error{File: file, Line: 1, Column: name, Code: evidence.Code{Code: "position_column_missing", Args: evidence.Args{"known": strings.Join(columns, ", ")}}}
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
			return nil, &Error{File: file, Line: line, Code: evidence.Code{Code: "position_too_many", Args: evidence.Args{"most": MaxPositions, "bytes": MaxBytes}}}
		}
		if err != nil {
			var parse *csv.ParseError
			if errors.As(err, &parse) {
				line = parse.Line
			}
			return nil, &Error{File: file, Line: line, Code: evidence.Code{Code: "position_not_csv", Args: evidence.Args{"detail": err.Error()}}}
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
		return nil, &Error{File: file, Line: 1, Code: evidence.Code{Code: "position_none"}}
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
	p := Position{Name: cell("name"), Kind: Kind(strings.ToLower(cell("kind"))), Symbol: strings.ToUpper(cell("symbol")), Root: strings.ToUpper(cell("root"))}
	if len(row) > len(at) {
		return p, &Error{Code: evidence.Code{Code: "position_cells"}}
	}
	if p.Symbol == "" {
		return p, &Error{Column: "symbol", Code: evidence.Code{Code: "position_blank"}}
	}
	if in, known := market.Lookup(p.Symbol); known {
		p.Asset = in.ID
	} else {
		p.Asset = p.Symbol
	}
	number := func(name string) (float64, *Error) {
		v, err := strconv.ParseFloat(cell(name), 64)
		if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
			return 0, &Error{Column: name, Code: evidence.Code{Code: "position_number", Args: evidence.Args{"text": cell(name)}}}
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
			return p, &Error{Column: "multiplier", Code: evidence.Code{Code: "position_future", Args: evidence.Args{"symbol": p.Symbol}}}
		}
	case Option:
		if p.Multiplier = in.Multiplier; p.Multiplier == 0 {
			p.Multiplier = 100
		}
		return p, option(&p, cell, number)
	default:
		return p, &Error{Column: "kind", Code: evidence.Code{Code: "position_kind", Args: evidence.Args{"text": cell("kind")}}}
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
		return &Error{Column: "multiplier", Code: evidence.Code{Code: "position_multiplier"}}
	}
	p.Multiplier = v
	return nil
}

// option reads what only options have.
func option(p *Position, cell func(string) string, number func(string) (float64, *Error)) *Error {
	d, err := calendar.ParseDate(cell("expiry"))
	if err != nil {
		return &Error{Column: "expiry", Code: evidence.Code{Code: "position_date", Args: evidence.Args{"text": cell("expiry")}}}
	}
	p.Expiry = d
	switch strings.ToLower(cell("right")) {
	case "c", "call":
		p.Right = black.Call
	case "p", "put":
		p.Right = black.Put
	default:
		return &Error{Column: "right", Code: evidence.Code{Code: "position_right", Args: evidence.Args{"text": cell("right")}}}
	}
	v, bad := number("strike")
	if bad != nil {
		return bad
	}
	if !(v > 0) {
		return &Error{Column: "strike", Code: evidence.Code{Code: "position_strike"}}
	}
	p.Strike = v
	return multiplier(p, cell, number)
}
