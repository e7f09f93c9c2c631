package portfolio

import (
	"errors"
	"math"
	"slices"
	"strings"
	"time"

	"faultline/black"
	"faultline/evidence"
	"faultline/market"
	"faultline/options"
)

// Source is what a book is prepared from.
type Source struct {
	At     time.Time
	Spot   func(asset string) (float64, bool) // dollars or points; false where nobody knows
	Chains map[string]*options.Book           // by underlying
}

// Book is positions ready for repricing: linear ones as units of an asset, options as columns.
type Book struct {
	Positions []Position
	Assets    []string  // that something follows, in order of first appearance
	Spot      []float64 // by asset
	Value     []float64 // by position, dollars, from the model's prices
	Delta     []float64 // by position, dollars of the underlying
	American  bool      // an option that may be exercised early is priced as if it could not

	linear  []float64 // by position: units of its asset, 0 for options
	asset   []int32   // by position
	options columnsOf
}

// Size is how large a position is, dollars: its value, or what a future stands for.
func (b *Book) Size(i int) float64 {
	if b.Positions[i].Kind == Future {
		return math.Abs(b.Delta[i])
	}
	return math.Abs(b.Value[i])
}

// columnsOf are the options of a book; row k is position at[k].
type columnsOf struct {
	at                                    []int32
	asset                                 []int32
	right, other                          []black.Right // other is the opposite side
	forward, strike, years, vol, discount []float64
	units                                 []float64 // contracts times multiplier
}

// Prepare looks everything up that repricing needs. The error joins every position that cannot be priced, each
// an *Error with what to change.
func Prepare(file string, positions []Position, s Source) (*Book, error) {
	b := &Book{Positions: positions, Value: make([]float64, len(positions)), Delta: make([]float64, len(positions)), linear: make([]float64, len(positions))}
	var bad []error
	place := map[string]int32{}
	for i, p := range positions {
		fail := func(column string, c evidence.Code) {
			bad = append(bad, &Error{File: file, Line: p.Line, Column: column, Code: c})
		}
		k, seen := place[p.Asset]
		if !seen {
			spot, ok := s.Spot(p.Asset)
			if !ok || !(spot > 0) || math.IsInf(spot, 0) {
				place[p.Asset], k = -1, -1
			} else {
				k = int32(len(b.Assets))
				place[p.Asset] = k
				b.Assets, b.Spot = append(b.Assets, p.Asset), append(b.Spot, spot)
			}
		}
		b.asset = append(b.asset, max(k, 0))
		if k < 0 {
			bad = append(bad, Unpriced(file, p))
			continue
		}
		if p.Kind != Option {
			b.linear[i] = p.Quantity * p.Multiplier
			b.Delta[i] = b.linear[i] * b.Spot[k]
			if p.Kind != Future { // a future is settled every day and is worth nothing after that
				b.Value[i] = b.Delta[i]
			}
			continue
		}
		chain := s.Chains[p.Asset]
		if chain == nil {
			fail("symbol", evidence.Code{Code: "position_no_chain", Args: evidence.Args{"symbol": p.Symbol}})
			continue
		}
		e, why := expiry(chain, p)
		if e < 0 {
			fail("expiry", why)
			continue
		}
		vol, err := chain.VolAt(e, p.Strike)
		if err != nil || !(vol > 0) {
			fail("strike", evidence.Code{Code: "position_no_vol", Args: evidence.Args{"strike": p.Strike}})
			continue
		}
		x := chain.Expiries[e]
		c := &b.options
		c.at, c.asset = append(c.at, int32(i)), append(c.asset, k)
		c.right, c.other = append(c.right, p.Right), append(c.other, -p.Right)
		c.forward, c.strike = append(c.forward, x.Forward), append(c.strike, p.Strike)
		c.years, c.vol, c.discount = append(c.years, x.Years), append(c.vol, vol), append(c.discount, x.Discount)
		units := p.Quantity * p.Multiplier
		c.units = append(c.units, units)
		b.Value[i] = units * x.Discount * black.Price(p.Right, x.Forward, p.Strike, x.Years, vol)
		b.Delta[i] = units * x.Discount * black.GreeksOf(p.Right, x.Forward, p.Strike, x.Years, vol).Delta * x.Forward
		in, _ := market.InstrumentOf(p.Asset)
		b.American = b.American || in.American
	}
	if len(bad) > 0 {
		return nil, errors.Join(bad...)
	}
	return b, nil
}

// expiry finds the settlement of an option: the one of its root, or where the user leaves the root open the one
// that settles on that date, the afternoon's where there are two. Below 0 it returns what is wrong and what to do.
func expiry(b *options.Book, p Position) (int, evidence.Code) {
	best := -1
	var dates []string
	for i, e := range b.Expiries {
		if e.Absent != nil || market.IsMissing(e.Forward) {
			continue
		}
		if e.Date == p.Expiry && (p.Root == "" || p.Root == e.Root) {
			best = i // expiries are in order of settlement
		}
		if d := e.Date.String(); !slices.Contains(dates, d) && e.Date >= p.Expiry-7 {
			dates = append(dates, d)
		}
	}
	if best >= 0 {
		return best, evidence.Code{}
	}
	name := p.Expiry.String()
	if p.Root != "" {
		name = p.Root + " " + name
	}
	if len(dates) == 0 {
		return -1, evidence.Code{Code: "position_chain_ended", Args: evidence.Args{"underlying": b.Underlying, "expiry": name}}
	}
	return -1, evidence.Code{Code: "position_no_expiry", Args: evidence.Args{"underlying": b.Underlying, "expiry": name, "has": strings.Join(dates[:min(6, len(dates))], ", ")}}
}

// Unpriced is the mistake of a position without a price: a ticker that is known, and only lacks prices, is told
// from one that nothing is known of.
func Unpriced(file string, p Position) *Error {
	c := evidence.Code{Code: "position_unknown", Args: evidence.Args{"symbol": p.Symbol}}
	if _, known := market.Lookup(p.Symbol); known {
		c.Code = "position_no_price"
	}
	return &Error{File: file, Line: p.Line, Column: "symbol", Code: c}
}
