package feed

import (
	"strings"
	"time"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// cboeTable is the quote table that cboe.com offers for download: a line with name and last price, a
// line with the time in the reader's own language, a header, and one line a strike with the call on
// the left and the put on the right.
var cboeTable = format{
	Format: Format{"cboe_table", "Cboe quote table, one line a strike with call and put", KnownQuote},
	match:  func(m *sample) bool { return m.quoteTable() >= 0 },
	read:   (*job).readCboeTable,
}

// quoteTable returns the index of the record that is the header of a quote table, or -1.
func (m *sample) quoteTable() int {
	for i, rec := range m.records {
		if len(rec) >= 22 && rec[0] == "Expiration Date" && rec[1] == "Calls" {
			return i
		}
	}
	return -1
}

// side is where one half of a quote table's line has its cells.
type side struct {
	name                                                   string // Calls or Puts
	symbol, last, bid, ask, volume, iv, delta, gamma, open int
}

// findSide finds the columns of one half: they lie between its symbol column and the next half.
func (m *sample) findSide(name string, from, to int) (s side, missing string) {
	s = side{name: name, symbol: from}
	for _, w := range []struct {
		at   *int
		name string
	}{
		{&s.last, "last sale"},
		{&s.bid, "bid"},
		{&s.ask, "ask"},
		{&s.volume, "volume"},
		{&s.iv, "iv"},
		{&s.delta, "delta"},
		{&s.gamma, "gamma"},
		{&s.open, "open interest"},
	} {
		*w.at = -1
		for i := from; i < to; i++ {
			if m.lower[i] == w.name {
				*w.at = i
			}
		}
		if *w.at < 0 {
			return s, w.name
		}
	}
	return s, ""
}

func (j *job) readCboeTable() error {
	m := j.head
	at := m.quoteTable()
	m.header(at)
	strike, puts := m.find("strike"), m.find("puts")
	if strike < 0 || puts < 0 {
		return j.fail(CodeBadHeader, evidence.Args{"missing": "Strike, Puts"}, "the header is not that of a quote table")
	}
	call, missing := m.findSide("Calls", 1, min(strike, puts))
	put, missingPut := m.findSide("Puts", puts, len(m.lower))
	if missing+missingPut != "" {
		return j.fail(CodeBadHeader, evidence.Args{"missing": missing + missingPut}, "the header is not that of a quote table")
	}
	b := j.newChain()
	name, instant, caveats, err := j.cboeHead(m.records[:at], b.chain)
	if err != nil {
		return err
	}
	u := &underlying{j: j}
	if err := u.named(name); err != nil {
		return err
	}
	var q market.Quote
	dates := dayCache{}
	err = j.table(false, func(line int, row [][]byte) error {
		expiry, okDate := dates.read(row[0])
		k, reason := number(row[strike])
		for _, s := range [2]*side{&call, &put} {
			if len(row[s.symbol]) == 0 && allBlank(row[s.symbol:s.open+1]) {
				continue // a strike may be listed on one side only
			}
			j.row()
			var err error
			switch {
			case !okDate:
				err = j.reject(line, m.names[0], row[0], ReasonDate, nil)
			case reason != "":
				err = j.reject(line, m.names[strike], row[strike], reason, nil)
			default:
				q = market.Quote{Expiry: expiry, Strike: k, Line: int32(line)}
				err = j.cboeContract(b, u, s, row, &q)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return b.finish(u.in, instant, "Cboe", caveats...)
}

// cboeContract reads one half of a line.
func (j *job) cboeContract(b *chainBuilder, u *underlying, s *side, row [][]byte, q *market.Quote) error {
	line := int(q.Line)
	text := row[s.symbol]
	sym, ok := readSymbol(text)
	if !ok {
		return j.reject(line, s.name, text, ReasonSymbol, nil)
	}
	if sym.expiry != q.Expiry || sym.strike != q.Strike || (sym.right > 0) != (s.name == "Calls") {
		return j.reject(line, s.name, text, ReasonMismatch, evidence.Args{"expiry": q.Expiry.String(), "strike": q.Strike})
	}
	q.Root, q.Right = b.root(sym.root), sym.right
	if !u.root(q.Root) {
		return j.reject(line, s.name, text, CodeWrongUnderlying, evidence.Args{"underlying": u.in.ID})
	}
	at, reason := s.read(row, q)
	if reason != "" {
		return j.reject(line, s.name+"/"+j.head.names[at], row[at], reason, nil)
	}
	return b.add(q, s.name, text)
}

// read fills the quote from one half of a line. When a cell cannot be read, it returns the cell's
// column and the reason.
func (s *side) read(row [][]byte, q *market.Quote) (at int, reason string) {
	if q.Last, reason = lastCell(row[s.last]); reason != "" {
		return s.last, reason
	}
	if q.Bid, reason = priceCell(row[s.bid]); reason != "" {
		return s.bid, reason
	}
	if q.Ask, reason = priceCell(row[s.ask]); reason != "" {
		return s.ask, reason
	}
	if q.Volume, reason = groupedCell(row[s.volume]); reason != "" {
		return s.volume, reason
	}
	if q.IV, reason = lastCell(row[s.iv]); reason != "" { // as with the last price, 0 stands for none
		return s.iv, reason
	}
	if q.Delta, reason = signedCell(row[s.delta]); reason != "" {
		return s.delta, reason
	}
	if q.Gamma, reason = signedCell(row[s.gamma]); reason != "" {
		return s.gamma, reason
	}
	q.OpenInterest, reason = groupedCell(row[s.open])
	return s.open, reason
}

// cboeHead reads the lines above the header: the name with the last price, and the instant.
func (j *job) cboeHead(records [][]string, c *market.Chain) (name string, at time.Time, caveats []evidence.Code, err error) {
	for _, rec := range records {
		for i, cell := range rec {
			last, ok := strings.CutPrefix(cell, "Last:")
			if !ok {
				continue
			}
			if name == "" {
				name = strings.TrimSpace(strings.Join(rec[:i], ","))
			}
			if v, reason := grouped([]byte(strings.TrimSpace(last))); reason == "" && v > 0 {
				c.Spot = v
			}
		}
	}
	for _, rec := range records {
		text := dateText(rec)
		if text == "" {
			continue
		}
		t, zoneKnown, ok := readInstant(text)
		if !ok {
			if !j.opt.At.IsZero() {
				break
			}
			return name, at, nil, &Error{
				Op: "read", Code: evidence.Code{Code: CodeBadHeader, Args: evidence.Args{"date": printable([]byte(text))}},
				Hint: "the date of the header is in no form that Faultline reads: give the instant of the quotes",
			}
		}
		if !zoneKnown {
			caveats = append(caveats, evidence.Code{Code: CaveatZone, Args: evidence.Args{"zone": "America/New_York"}})
		}
		return name, t, caveats, nil
	}
	at, code, err := j.instantOfName(calendar.Cboe())
	return name, at, append(caveats, code...), err
}

// dateText returns what the second line says before the bid: the date may hold commas, and not every
// program that saved the file put quotes around it.
func dateText(rec []string) string {
	text := ""
	for i, cell := range rec {
		if strings.HasPrefix(cell, "Last:") {
			return ""
		}
		if strings.HasPrefix(cell, "Bid:") {
			break
		}
		if i > 0 {
			text += ", "
		}
		text += cell
	}
	if label, rest, ok := strings.Cut(text, ":"); ok && !strings.ContainsAny(label, "0123456789０１２３４５６７８９") {
		text = rest
	}
	if !strings.ContainsAny(text, "0123456789０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹०१२३४५६७८९") {
		return ""
	}
	return strings.TrimSpace(strings.TrimRight(text, ", "))
}

// instantOfName is the instant of quotes whose file has none: what the user gives, or the official
// close of the day in the file's name. When they are of different days the name stands: an analysis
// as of a later day must not make younger quotes of old ones.
func (j *job) instantOfName(x *calendar.Exchange) (time.Time, []evidence.Code, error) {
	d, ok := j.nameDate()
	given := j.opt.At
	switch {
	case !given.IsZero() && (!ok || calendar.DateIn(given, calendar.NewYork()) == d):
		return given, []evidence.Code{{Code: CaveatTimeGiven}}, nil
	case ok:
		end, _ := closeOf(x, d)
		return time.Unix(end, 0), []evidence.Code{{Code: CaveatTimeFromName, Args: evidence.Args{"date": d.String()}}}, nil
	}
	return time.Time{}, nil, j.fail(CodeNoInstant, nil, "the file does not say when the quotes were taken: give the instant, or put the date into the file's name")
}

// underlying is what a chain is about: the user's word, the file's name for it and the roots of the
// symbols must not contradict each other.
type underlying struct {
	j       *job
	in      market.Instrument
	known   bool
	lastFor string // the last root asked about
	lastOK  bool
}

// named takes the name that the file prints, which may be one that no table has.
func (u *underlying) named(name string) error {
	in, ok := market.Lookup(name)
	if u.j.opt.Instrument != "" {
		u.in, _ = market.InstrumentOf(u.j.opt.Instrument)
		u.known = true
		if ok && in.ID != u.in.ID {
			return u.wrong(name)
		}
		return nil
	}
	u.in, u.known = in, ok
	return nil
}

func (u *underlying) wrong(seen string) error {
	return u.j.fail(CodeWrongUnderlying, evidence.Args{"want": u.in.ID, "seen": printable([]byte(seen))},
		"the file is about another underlying than the one asked for")
}

// root reports whether contracts of a root are about the underlying. The first root decides where
// nothing else did.
func (u *underlying) root(root string) bool {
	if u.known && root == u.lastFor {
		return u.lastOK
	}
	in, _ := rootInstrument(root)
	if !u.known {
		u.in, u.known = in, true
	}
	u.lastFor, u.lastOK = root, in.ID == u.in.ID
	return u.lastOK
}

// dayCache reads expiry cells, which repeat from line to line.
type dayCache struct {
	text []byte
	date calendar.Date
	ok   bool
}

// read reads Fri Mar 22 2024 or 2024-03-22.
func (c *dayCache) read(b []byte) (calendar.Date, bool) {
	if len(b) > 0 && string(b) == string(c.text) {
		return c.date, c.ok
	}
	c.text = append(c.text[:0], b...)
	c.date, c.ok = expiryDay(b)
	return c.date, c.ok
}

const monthNames = "JanFebMarAprMayJunJulAugSepOctNovDec"

func expiryDay(b []byte) (calendar.Date, bool) {
	if d, rest, ok := readDay(b, monthFirst); ok && len(rest) == 0 {
		return d, true
	}
	f := strings.Fields(string(b[:min(len(b), 32)]))
	if len(f) != 4 || len(f[1]) != 3 || len(f[3]) != 4 {
		return 0, false
	}
	month := strings.Index(monthNames, f[1])
	day, okD := whole([]byte(f[2]))
	year, okY := whole([]byte(f[3]))
	if month < 0 || month%3 != 0 || !okD || !okY {
		return 0, false
	}
	return civil(int(year), month/3+1, int(day))
}
