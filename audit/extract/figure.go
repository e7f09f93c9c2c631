package extract

import "math"

// Kind is what a figure measures.
type Kind string

// The kinds.
const (
	Amount   Kind = "amount"   // money, in units of its currency
	Ratio    Kind = "ratio"    // percent, percentage points, basis points, multiples
	Rank     Kind = "rank"     // percentile
	Level    Kind = "level"    // points of an index
	Count    Kind = "count"    // things that are counted
	Duration Kind = "duration" // in the unit that the text uses
	Date     Kind = "date"     // a day, month, quarter, year or decade, or a span of them
	Plain    Kind = "number"   // a number whose unit the text does not give
)

// Bound says how exactly the text means a figure.
type Bound string

// The bounds.
const (
	Exact   Bound = ""
	About   Bound = "about"
	Above   Bound = "above"    // more than
	AtLeast Bound = "at_least" //
	Below   Bound = "below"    // less than
	AtMost  Bound = "at_most"  //
)

// Figure is one number or date as a text states it.
type Figure struct {
	Line   int    // of the text, from 1
	Column int    // character of the line, from 1
	Raw    string // as printed, made harmless, at most maxRaw characters
	Kind   Kind
	Value  float64 // in Unit; the lower end of a range
	High   float64 // upper end of a range; NaN where there is one number
	Unit   string  // usd, cny …; percent, percentage_points, basis_points, times, sigma; percentile; points; persons, contracts … or count; days …
	Bound  Bound
	From   string // date: ISO, cut to its precision: 2025-11-20, 2025-11, 2025-Q3, 2025, 1970s; --11-20 when no year is known
	To     string // last day, month or year of a span; empty when it is one
	Toward int    // -1 where the words say fall or sell, +1 for rise or buy, 0 where they say neither
	About  string // code of what it seems to be about, such as SPX or cta; empty when no name is near
	Note   string // code of a doubt: scale_ambiguous, scale_from_header, year_assumed; empty when there is none
}

// Range reports whether the figure has two ends.
func (f *Figure) Range() bool { return !math.IsNaN(f.High) }

const (
	maxRaw    = 60       // characters of Figure.Raw
	maxDigits = 40       // digits of one number; longer ones are no figures
	MaxBytes  = 64 << 20 // of one report
)
