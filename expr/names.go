package expr

import (
	"strings"

	"faultline/calendar"
	"faultline/evidence"
)

// Param is what an argument of a name must be. Arguments are literals, so that they are checked when
// an expression is loaded.
type Param string

// The kinds of argument.
const (
	Ticker Param = "ticker" // an instrument, such as "SPX"
	Day    Param = "day"    // a date, such as "2025-12-10"
	Move   Param = "move"   // a move in per cent, such as "-20%"
	ID     Param = "id"     // the name of a series or of a published figure, such as "UNRATE"
)

// Name is one word of the vocabulary.
type Name struct {
	Name   string
	Params [][]Param // the argument lists that it takes; an empty one makes it a plain name
	Unit   string    // code of the unit: percent, ratio, points, basis_points, usd, as_stated
}

// Names is the vocabulary, in the order of docs/conditions.md.
var Names = []Name{
	{"price", [][]Param{{Ticker}, {Ticker, Day}}, "points"},
	{"ret", [][]Param{{Ticker, Day}, {Ticker, Day, Day}}, "ratio"},
	{"worst", [][]Param{{Ticker, Day, Day}}, "ratio"},
	{"best", [][]Param{{Ticker, Day, Day}}, "ratio"},
	{"lowest", [][]Param{{Ticker, Day, Day}}, "points"},
	{"highest", [][]Param{{Ticker, Day, Day}}, "points"},
	{"average", [][]Param{{Ticker, Day, Day}}, "points"},
	{"cpi.yoy", [][]Param{{}, {Day}}, "percent"},
	{"cpi.core_yoy", [][]Param{{}, {Day}}, "percent"},
	{"jobs.unemployment", [][]Param{{}, {Day}}, "percent"},
	{"fed.cut_bp", [][]Param{{Day}, {Day, Day}}, "basis_points"},
	{"fed.upper", [][]Param{{}, {Day}}, "percent"},
	{"fed.cut_odds", [][]Param{{Day}}, "ratio"},
	{"ust.y2", [][]Param{{}, {Day}}, "percent"},
	{"ust.y10", [][]Param{{}, {Day}}, "percent"},
	{"ust.y30", [][]Param{{}, {Day}}, "percent"},
	{"ust.y10_highest", [][]Param{{Day, Day}}, "percent"},
	{"vix", [][]Param{{}, {Day}}, "points"},
	{"implied.below", [][]Param{{Ticker, Day, Move}}, "ratio"},
	{"implied.touch", [][]Param{{Ticker, Day, Move}}, "ratio"},
	{"capex.quarter", [][]Param{{Ticker}, {Ticker, Day}}, "usd"},
	{"capex.guided", [][]Param{{Day}}, "usd"},
	{"series", [][]Param{{ID}, {ID, Day}}, "as_stated"},
	{"series_lowest", [][]Param{{ID, Day, Day}}, "as_stated"},
	{"series_highest", [][]Param{{ID, Day, Day}}, "as_stated"},
	{"fact", [][]Param{{ID}, {ID, Day}}, "as_stated"},
	{"model", [][]Param{{ID}}, "as_stated"},
}

// takes reports whether a literal argument can be what the parameter asks for.
func (p Param) takes(text string) bool {
	switch p {
	case Day:
		_, err := calendar.ParseDate(text)
		return err == nil
	case Ticker:
		ok := text != "" && len(text) <= 12
		for _, c := range text {
			ok = ok && ('A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.ContainsRune(".-^", c))
		}
		return ok
	case Move:
		_, ok := moveOf(text)
		return ok
	}
	return text != "" && len(text) <= 80
}

// refusal says why an argument of a name is not taken.
func (p Param) refusal(text, name string) evidence.Code {
	args := evidence.Args{"name": name, "text": text}
	switch p {
	case Day:
		return evidence.Code{Code: "expr_argument_day", Args: args}
	case Ticker:
		return evidence.Code{Code: "expr_argument_ticker", Args: args}
	case Move:
		return evidence.Code{Code: "expr_argument_move", Args: args}
	}
	return evidence.Code{Code: "expr_argument_id", Args: args}
}

// forms writes how a name is called, for messages.
func (n Name) forms() string {
	var forms []string
	for _, list := range n.Params {
		if len(list) == 0 {
			forms = append(forms, n.Name)
			continue
		}
		args := make([]string, len(list))
		for i, p := range list {
			args[i] = string(p)
		}
		forms = append(forms, n.Name+"("+strings.Join(args, ", ")+")")
	}
	return strings.Join(forms, " | ")
}
