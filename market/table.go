package market

import (
	"fmt"
	"math"
	"slices"
	"time"

	"faultline/black"
	"faultline/calendar"
	"faultline/evidence"
)

// Missing marks a number that a row does not have. Columns may hold it; nothing computed may. It
// is a NaN, so that a reader who forgets to ask gets NaN and never a plausible zero.
var Missing = math.NaN()

// IsMissing reports whether a column holds no number at that place.
func IsMissing(x float64) bool { return x != x }

// Origin says where the rows of a dataset came from and by which rule their known-at instant was
// set.
type Origin struct {
	File    string          // base name of the file, without its folder
	Format  string          // code of the format it was recognised as
	Source  string          // who published it, where the data say so
	Grade   evidence.Grade  // of the rows as they stand
	KnownAt string          // code of the rule that dated them: "session_close", "bar_end", "quote_time", …
	Caveats []evidence.Code // what a reader must know: adjusted prices, latest vintage, partial chain
}

// Bars are the prices of one instrument over equal intervals, oldest first, as a struct of arrays.
type Bars struct {
	Origin     Origin
	Instrument string
	Interval   time.Duration // Day for one bar a session
	Begin      []int64       // Unix seconds; of a daily bar: midnight UTC of the session's date
	Known      []int64       // Unix seconds from which the bar's close is known
	Open       []float64     // Missing where the source has only closes
	High       []float64     // likewise
	Low        []float64     // likewise
	Close      []float64     // always a positive number (yields and spreads: any finite number)
	Volume     []float64     // shares or contracts; Missing where the source has none
	Line       []int32       // line of the file
}

// Day is the interval of one bar a session.
const Day = 24 * time.Hour

// Len is the number of bars.
func (b *Bars) Len() int { return len(b.Begin) }

// Date is the session's date of a daily bar.
func (b *Bars) Date(i int) calendar.Date { return calendar.Date(floorDiv(b.Begin[i], 86400)) }

// Append adds one bar.
func (b *Bars) Append(begin, known int64, open, high, low, closing, volume float64, line int32) {
	b.Begin = append(b.Begin, begin)
	b.Known = append(b.Known, known)
	b.Open = append(b.Open, open)
	b.High = append(b.High, high)
	b.Low = append(b.Low, low)
	b.Close = append(b.Close, closing)
	b.Volume = append(b.Volume, volume)
	b.Line = append(b.Line, line)
}

// Chain is every quoted option of one underlying at one instant, as a struct of arrays. Rows are
// kept as the source gives them: package options makes them usable.
type Chain struct {
	Origin       Origin
	Underlying   string    // instrument ID
	At           time.Time // instant of the quotes, from which the chain is known
	Spot         float64   // price of the underlying that the source prints; Missing when it has none
	Root         []string  // option root, such as SPXW; "" where the source does not tell
	Expiry       []calendar.Date
	Right        []black.Right
	Strike       []float64
	Bid          []float64 // Missing where the cell is blank; 0 where the source says 0 (no bid)
	Ask          []float64
	Last         []float64
	Volume       []float64 // contracts today
	OpenInterest []float64 // contracts at last night's clearing
	IV           []float64 // the vendor's, a decimal a year; kept for comparison only
	Delta        []float64 // the vendor's
	Gamma        []float64 // the vendor's
	Line         []int32
}

// Len is the number of contracts.
func (c *Chain) Len() int { return len(c.Strike) }

// Quote is one row of a chain.
type Quote struct {
	Root                 string
	Expiry               calendar.Date
	Right                black.Right
	Strike               float64
	Bid, Ask, Last       float64
	Volume, OpenInterest float64
	IV, Delta, Gamma     float64
	Line                 int32
}

// Grow makes room for n more contracts.
func (c *Chain) Grow(n int) {
	c.Root, c.Expiry, c.Right, c.Line = slices.Grow(c.Root, n), slices.Grow(c.Expiry, n), slices.Grow(c.Right, n), slices.Grow(c.Line, n)
	for _, column := range []*[]float64{
		&c.Strike, &c.Bid, &c.Ask, &c.Last, &c.Volume, &c.OpenInterest, &c.IV, &c.Delta, &c.Gamma,
	} {
		*column = slices.Grow(*column, n)
	}
}

// Append adds one contract.
func (c *Chain) Append(q Quote) {
	c.Root = append(c.Root, q.Root)
	c.Expiry = append(c.Expiry, q.Expiry)
	c.Right = append(c.Right, q.Right)
	c.Strike = append(c.Strike, q.Strike)
	c.Bid = append(c.Bid, q.Bid)
	c.Ask = append(c.Ask, q.Ask)
	c.Last = append(c.Last, q.Last)
	c.Volume = append(c.Volume, q.Volume)
	c.OpenInterest = append(c.OpenInterest, q.OpenInterest)
	c.IV = append(c.IV, q.IV)
	c.Delta = append(c.Delta, q.Delta)
	c.Gamma = append(c.Gamma, q.Gamma)
	c.Line = append(c.Line, q.Line)
}

// Row returns one contract.
func (c *Chain) Row(i int) Quote {
	return Quote{
		Root: c.Root[i], Expiry: c.Expiry[i], Right: c.Right[i], Strike: c.Strike[i],
		Bid: c.Bid[i], Ask: c.Ask[i], Last: c.Last[i],
		Volume: c.Volume[i], OpenInterest: c.OpenInterest[i],
		IV: c.IV[i], Delta: c.Delta[i], Gamma: c.Gamma[i], Line: c.Line[i],
	}
}

// Series is a list of observations, each with the time it is about and the time it became known.
// The same time may be observed more than once: those are vintages.
type Series struct {
	Origin Origin
	ID     string        // such as "DGS10" or "fedwatch/2025-12-10/350-375"
	Unit   evidence.Unit // as the source gives it
	About  []int64       // Unix seconds
	Known  []int64       // Unix seconds
	Value  []float64     // always finite: a blank cell is no observation
	Line   []int32
}

// Len is the number of observations.
func (s *Series) Len() int { return len(s.About) }

// Append adds one observation.
func (s *Series) Append(about, known int64, value float64, line int32) {
	s.About = append(s.About, about)
	s.Known = append(s.Known, known)
	s.Value = append(s.Value, value)
	s.Line = append(s.Line, line)
}

// Fact is one published figure or event, as its page stated it. Sources may contradict each other:
// all are kept.
type Fact struct {
	ID     string  // what it is about, such as "SPX_close"
	About  int64   // Unix seconds of the time it speaks of
	Known  int64   // Unix seconds from which it was public
	Value  float64 // Missing for an event, or where the figure is a range
	Text   string  // the figure as printed, where it is no single number
	Unit   string  // as printed
	What   string  // what the page says it is, in short
	Source string  // address
	Line   int32
}

// Date is the day that the fact speaks of, in New York where it gives a time.
func (f Fact) Date() calendar.Date {
	if f.About%86400 == 0 {
		return calendar.Date(f.About / 86400)
	}
	return calendar.DateIn(time.Unix(f.About, 0), calendar.NewYork())
}

// Facts is a list of published figures from one file.
type Facts struct {
	Origin Origin
	Rows   []Fact
}

// Positions are leveraged positions at one instant, as a struct of arrays, as their owner or a venue
// states them. Rows are kept as the source gives them: package perp makes a book of them.
type Positions struct {
	Origin      Origin
	At          time.Time // from which they are known
	Coin        []string  // instrument ID, or the source's name in capitals
	Venue       []string  // "" where the source does not tell
	Account     []string  // positions of one account share its money; "": a position of its own
	Collateral  []string  // asset of the margin; "": dollars
	Units       []float64 // coins, short below 0
	Short       []bool    // the side, which a size of 0 does not tell
	Entry       []float64 // dollars; Missing where blank
	Mark        []float64 // dollars at which the source marks it
	Margin      []float64 // dollars
	Leverage    []float64
	Liquidated  []bool // what became of it, where Outcomes is set
	Deleveraged []bool
	Outcomes    bool // the table says what became of positions and is no book of open ones
	Line        []int32
}

// Len is the number of positions.
func (p *Positions) Len() int { return len(p.Coin) }

// Dataset is one table: exactly one of its fields is set.
type Dataset struct {
	Bars   *Bars
	Chain  *Chain
	Series *Series
	Facts  *Facts

	Positions *Positions
}

// Key names the dataset within a book or a store: kind, then what it holds.
func (d Dataset) Key() string {
	switch {
	case d.Bars != nil:
		return "bars/" + d.Bars.Instrument + "/" + IntervalName(d.Bars.Interval)
	case d.Chain != nil:
		return "chain/" + d.Chain.Underlying
	case d.Series != nil:
		return "series/" + d.Series.ID
	case d.Facts != nil:
		return "facts"
	case d.Positions != nil:
		return "positions"
	}
	panic("market: empty dataset")
}

// Origin is where the dataset came from.
func (d Dataset) Origin() *Origin {
	switch {
	case d.Bars != nil:
		return &d.Bars.Origin
	case d.Chain != nil:
		return &d.Chain.Origin
	case d.Series != nil:
		return &d.Series.Origin
	case d.Facts != nil:
		return &d.Facts.Origin
	case d.Positions != nil:
		return &d.Positions.Origin
	}
	panic("market: empty dataset")
}

// Len is the number of rows.
func (d Dataset) Len() int {
	switch {
	case d.Bars != nil:
		return d.Bars.Len()
	case d.Chain != nil:
		return d.Chain.Len()
	case d.Series != nil:
		return d.Series.Len()
	case d.Facts != nil:
		return len(d.Facts.Rows)
	case d.Positions != nil:
		return d.Positions.Len()
	}
	return 0
}

// IntervalName writes an interval as it stands in keys: "1d", "5m", "1h".
func IntervalName(d time.Duration) string {
	switch {
	case d == Day:
		return "1d"
	case d%time.Hour == 0:
		return fmt.Sprintf("%dh", d/time.Hour)
	case d%time.Minute == 0:
		return fmt.Sprintf("%dm", d/time.Minute)
	}
	return fmt.Sprintf("%ds", d/time.Second)
}

// ParseInterval reads what IntervalName writes; 0 for anything else.
func ParseInterval(s string) time.Duration {
	if s == "1d" {
		return Day
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		return 0
	}
	return d
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}
