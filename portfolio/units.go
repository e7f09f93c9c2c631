package portfolio

import (
	"errors"
	"io"

	"faultline/evidence"
)

// MaxUnits bounds how many hedges may be offered: the search prices each on every path.
const MaxUnits = 200

// Unit is a hedge that can be bought: one or more positions held together, in the amounts of one unit.
type Unit struct {
	Name      string
	Positions []Position
}

// ReadUnits reads a CSV of hedges to choose from: the columns of a file of positions and name. Lines of one name are
// one hedge, such as the two legs of a put spread; their quantities are those of one unit. The order is that in
// which the names appear. The error joins every mistake that was found, each an *Error.
func ReadUnits(r io.Reader, file string) ([]Unit, error) {
	rows, err := ReadPositions(r, file)
	if err != nil {
		return nil, err
	}
	var out []Unit
	var bad []error
	at := map[string]int{}
	for _, p := range rows {
		fail := func(column, code string) {
			bad = append(bad, &Error{File: file, Line: p.Line, Column: column, Code: evidence.Code{Code: code}})
		}
		switch {
		case p.Name == "":
			fail("name", "unit_without_name")
		case p.Quantity == 0:
			fail("quantity", "unit_of_nothing")
		}
		i, seen := at[p.Name]
		if !seen {
			i = len(out)
			at[p.Name] = i
			out = append(out, Unit{Name: p.Name})
		}
		out[i].Positions = append(out[i].Positions, p)
	}
	if len(out) > MaxUnits {
		bad = append(bad, &Error{File: file, Line: 1, Code: evidence.Code{Code: "unit_too_many", Args: evidence.Args{"has": len(out), "most": MaxUnits}}})
	}
	if len(bad) > 0 {
		return nil, errors.Join(bad...)
	}
	return out, nil
}
