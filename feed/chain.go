package feed

import (
	"math"
	"time"

	"faultline/black"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// chainBuilder collects the contracts of one chain and finds those that come twice.
type chainBuilder struct {
	j     *job
	chain *market.Chain
	slots []int32 // open addressing: index of a contract plus one
	roots map[string]string
	last  string // root of the contract before
}

func (j *job) newChain() *chainBuilder {
	const slots = 1 << 6 // a Yahoo file may hold thousands of small chains
	return &chainBuilder{j: j, chain: &market.Chain{Spot: market.Missing}, slots: make([]int32, slots), roots: map[string]string{}}
}

// root returns the one string for a root, so that twenty thousand contracts share a few.
func (b *chainBuilder) root(text []byte) string {
	if string(text) == b.last {
		return b.last
	}
	r, ok := b.roots[string(text)]
	if !ok {
		r = string(text)
		b.roots[r] = r
	}
	b.last = r
	return r
}

// maxContracts bounds the open interest and the volume of one contract: all SPX options together have
// had an open interest of some twenty million.
const maxContracts = 1e8

// add takes a contract, or rejects it as one that the chain already has. Without roots two
// contracts may share expiry, strike and side where the monthly, which settles in the morning, and
// the weekly expire on the same day; package options tells them apart.
func (b *chainBuilder) add(q *market.Quote, column string, value []byte) error {
	c := b.chain
	if q.OpenInterest > maxContracts || q.Volume > maxContracts {
		return b.j.reject(int(q.Line), column, value, ReasonRange, evidence.Args{"most": maxContracts})
	}
	if 2*c.Len() >= len(b.slots) {
		b.grow()
	}
	twins, first := 0, 0
	same := false
	mask := uint64(len(b.slots) - 1)
	at := contractHash(q.Root, q.Expiry, q.Right, q.Strike) & mask
	for ; b.slots[at] != 0; at = (at + 1) & mask {
		i := int(b.slots[at] - 1)
		if c.Strike[i] != q.Strike || c.Expiry[i] != q.Expiry || c.Right[i] != q.Right || c.Root[i] != q.Root {
			continue
		}
		if twins == 0 {
			first = i
		}
		twins++
		same = same || sameQuote(c, i, q)
	}
	allowed := 0
	if q.Root == "" && isMonthly(q.Expiry) {
		allowed = 1
	}
	if twins > allowed {
		code := ReasonContradicts
		if same {
			code = ReasonDuplicate
		}
		return b.j.reject(int(q.Line), column, value, code, evidence.Args{"line": int(c.Line[first])})
	}
	b.slots[at] = int32(c.Len() + 1)
	c.Append(*q)
	b.j.accept()
	return nil
}

// mostExpected bounds the room made on the word of a file's size.
const mostExpected = 100_000

// expect makes room for so many contracts.
func (b *chainBuilder) expect(contracts int64) {
	n := int(min(contracts, mostExpected))
	b.chain.Grow(n)
	for len(b.slots) <= 2*n {
		b.grow()
	}
}

func (b *chainBuilder) grow() {
	old := b.slots
	b.slots = make([]int32, 4*len(old))
	mask := uint64(len(b.slots) - 1)
	c := b.chain
	for i := range c.Len() {
		at := contractHash(c.Root[i], c.Expiry[i], c.Right[i], c.Strike[i]) & mask
		for b.slots[at] != 0 {
			at = (at + 1) & mask
		}
		b.slots[at] = int32(i + 1)
	}
}

// contractHash mixes the key of a contract with the finaliser of splitmix64 (G. Steele, D. Lea,
// C. Flood, OOPSLA 2014).
func contractHash(root string, expiry calendar.Date, right black.Right, strike float64) uint64 {
	h := math.Float64bits(strike) ^ uint64(uint32(expiry))<<20 ^ uint64(uint8(right))<<8 ^ uint64(len(root))
	if n := len(root); n > 0 {
		h ^= uint64(root[0])<<56 ^ uint64(root[n-1])<<48
	}
	h ^= h >> 30
	h *= 0xbf58476d1ce4e5b9
	h ^= h >> 27
	h *= 0x94d049bb133111eb
	return h ^ h>>31
}

func sameQuote(c *market.Chain, i int, q *market.Quote) bool {
	same := func(a, b float64) bool { return a == b || market.IsMissing(a) && market.IsMissing(b) }
	return same(c.Bid[i], q.Bid) && same(c.Ask[i], q.Ask) && same(c.Last[i], q.Last) &&
		same(c.Volume[i], q.Volume) && same(c.OpenInterest[i], q.OpenInterest) &&
		same(c.IV[i], q.IV) && same(c.Delta[i], q.Delta) && same(c.Gamma[i], q.Gamma)
}

// isMonthly reports whether standard monthly options expire on the date.
func isMonthly(d calendar.Date) bool {
	y, m, _ := d.YMD()
	return d == calendar.StandardMonthly(y, m)
}

// partialDays and partialExpiries say when a chain is called partial: every listed class has
// expiries more than half a year out, and at least four of them.
const (
	partialDays     = 180
	partialExpiries = 4
)

// finish sets what the chain as a whole tells, and hands it over.
func (b *chainBuilder) finish(in market.Instrument, at time.Time, source string, caveats ...evidence.Code) error {
	j, c := b.j, b.chain
	if c.Len() == 0 {
		return nil // the caller's report says that nothing was accepted
	}
	if j.future(at.Unix()) {
		return j.fail(CodeInFuture, evidence.Args{"at": at.UTC().Format(time.RFC3339), "now": j.opt.Now.UTC().Format(time.RFC3339)},
			"the quotes are dated after the present: check the file's date and the clock")
	}
	c.Underlying, c.At = in.ID, at.UTC()
	c.Origin = j.origin(source, evidence.Observed)
	c.Origin.Caveats = append(caveats, b.caveats(in)...)
	j.report.Notes = append(j.report.Notes, c.Origin.Caveats...)
	j.sets = append(j.sets, market.Dataset{Chain: c})
	return nil
}

func (b *chainBuilder) caveats(in market.Instrument) []evidence.Code {
	c := b.chain
	var out []evidence.Code
	if in.Exchange == "nyse" || in.Exchange == "cboe" {
		x := calendar.Cboe() // options of indices and funds trade until 16:15
		ny := calendar.NewYork()
		day := calendar.DateIn(c.At, ny)
		s, err := x.Session(day)
		if closed := closedError(err); closed != nil {
			args := evidence.Args{"date": day.String(), "why": closed.Reason}
			if prev, err := x.Prev(day); err == nil {
				args["session"] = prev.Date.String()
			}
			out = append(out, evidence.Code{Code: CaveatClosedDay, Args: args})
		} else if err == nil && (c.At.Before(s.Open) || c.At.After(s.Close)) {
			out = append(out, evidence.Code{Code: CaveatOutside, Args: evidence.Args{
				"at": c.At.In(ny).Format("15:04"), "open": s.Open.Format("15:04"), "close": s.Close.Format("15:04"),
			}})
		}
	}
	bids, rootless := 0, 0
	expiries := map[calendar.Date]bool{}
	last := c.Expiry[0]
	for i := range c.Len() {
		if c.Bid[i] > 0 {
			bids++
		}
		if c.Root[i] == "" {
			rootless++
		}
		if i == 0 || c.Expiry[i] != c.Expiry[i-1] {
			expiries[c.Expiry[i]] = true
			last = max(last, c.Expiry[i])
		}
	}
	if bids == 0 {
		out = append(out, evidence.Code{Code: CaveatNoBids, Args: evidence.Args{"contracts": c.Len()}})
	}
	if rootless > 0 {
		out = append(out, evidence.Code{Code: CaveatNoRoot, Args: evidence.Args{"contracts": rootless}})
	}
	if day := calendar.DateIn(c.At, calendar.NewYork()); last-day < partialDays || len(expiries) < partialExpiries {
		out = append(out, evidence.Code{Code: CaveatPartial, Args: evidence.Args{"expiries": len(expiries), "last": last.String()}})
	}
	return out
}

// quoteCells are the numbers of a contract in a table: the column, where the number goes and how it
// is read. A table without the column has -1.
type quoteCells []struct {
	at   int
	to   *float64
	read func([]byte) (float64, string)
}

// read fills the quote that the cells point to. When a cell cannot be read, it returns the cell's
// column and the reason.
func (cells quoteCells) read(row [][]byte) (at int, reason string) {
	for i := range cells {
		c := &cells[i]
		if c.at < 0 {
			*c.to = market.Missing
		} else if *c.to, reason = c.read(row[c.at]); reason != "" {
			return c.at, reason
		}
	}
	return 0, ""
}

// priceCell reads a bid, an ask or a count of contracts: not negative, and Missing where the cell is
// blank.
func priceCell(b []byte) (float64, string) { return notNegative(number(b)) }

// groupedCell reads a count that may have commas between groups of digits.
func groupedCell(b []byte) (float64, string) { return notNegative(grouped(b)) }

// lastCell reads what sources print as 0 where there is none: a last price, a volatility.
func lastCell(b []byte) (float64, string) {
	v, reason := notNegative(number(b))
	if v == 0 {
		v = market.Missing
	}
	return v, reason
}

// signedCell reads a greek: any number, and Missing where the cell is blank.
func signedCell(b []byte) (float64, string) { return blankIsMissing(number(b)) }

// strikeCell reads a number that must be positive.
func strikeCell(b []byte) (float64, string) {
	v, reason := number(b)
	if reason == "" && !(v > 0) {
		reason = ReasonNotPositive
	}
	return v, reason
}

func notNegative(v float64, reason string) (float64, string) {
	if v < 0 {
		return market.Missing, ReasonNegative
	}
	return blankIsMissing(v, reason)
}

func blankIsMissing(v float64, reason string) (float64, string) {
	if reason == ReasonBlank {
		return market.Missing, ""
	}
	return v, reason
}

// symbol is an option symbol taken apart: root, date, side and strike, as in SPXW251121C06500000.
type symbol struct {
	root   []byte
	expiry calendar.Date
	right  black.Right
	strike float64
}

// readSymbol takes an option symbol apart. Its last fifteen characters are yymmdd, C or P and the
// strike in thousandths.
func readSymbol(b []byte) (s symbol, ok bool) {
	n := len(b) - 15
	if n < 1 || n > 6 {
		return s, false
	}
	date, okD := whole(b[n : n+6])
	strike, okS := whole(b[n+7:])
	if !okD || !okS || strike == 0 {
		return s, false
	}
	switch b[n+6] {
	case 'C':
		s.right = black.Call
	case 'P':
		s.right = black.Put
	default:
		return s, false
	}
	s.root = trimSpace(b[:n])
	s.strike = float64(strike) / 1000
	s.expiry, ok = civil(2000+int(date/10000), int(date/100%100), int(date%100))
	return s, ok && len(s.root) > 0
}

// rootInstrument is the instrument that a root's options are about; adjusted contracts have a digit
// behind the root.
func rootInstrument(root string) (market.Instrument, bool) {
	if in, ok := market.Lookup(root); ok {
		return in, true
	}
	base := root
	for len(base) > 1 && base[len(base)-1] >= '0' && base[len(base)-1] <= '9' {
		base = base[:len(base)-1]
	}
	return market.InstrumentOf(base)
}
