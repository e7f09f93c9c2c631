package feed

import (
	"bytes"
	"strings"
	"time"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// cboeJSON is the delayed quote file that cboe.com serves for its own pages.
var cboeJSON = format{
	Format: Format{"cboe_json", "Cboe delayed quotes as JSON: data.options with option symbols", KnownQuote},
	match: func(m *sample) bool {
		return m.hasKeys(false, "data.options") || m.hasKeys(false, "data") && m.hasKeys(false, "data.symbol")
	},
	read: (*job).readCboeJSON,
}

// cboeCompact is the same quotes under short names, one object a contract.
var cboeCompact = format{
	Format: Format{"cboe_compact", "Cboe delayed quotes as compact JSON: o[] with e, t, k, iv, oi, v, b, a, l, and daily bars", KnownQuote},
	match:  func(m *sample) bool { return m.hasKeys(false, "sym", "spot", "o") },
	read:   (*job).readCboeCompact,
}

// vendorJSON is a vendor's chain, grouped by expiry, with the vendor's own volatility and greeks.
var vendorJSON = format{
	Format: Format{"vendor_json", "vendor's S&P 500 chain as JSON: expiries with strikePrice, bidPrice, volatility", KnownQuote},
	match:  func(m *sample) bool { return m.hasKeys(false, "date", "spot", "expiries") },
	read:   (*job).readVendorJSON,
}

// quoteDelay is how long Cboe holds quotes back.
const quoteDelay = 15 * time.Minute

// jsonCell is one number of a JSON contract: where it goes and how it is read. bad remembers the
// first cell that cannot be read.
type jsonCell struct {
	name string
	to   *float64
	read func(token) (float64, string)
}

func jsonPrice(t token) (float64, string)  { return notNegative(t.number()) }
func jsonSigned(t token) (float64, string) { return blankIsMissing(t.number()) }

// jsonLast reads what sources print as 0 where there is none: a last price, a volatility.
func jsonLast(t token) (float64, string) {
	v, reason := notNegative(t.number())
	if v == 0 {
		v = market.Missing
	}
	return v, reason
}

// contractReader reads the objects of a list of contracts.
type contractReader struct {
	j     *job
	r     *jsonReader
	b     *chainBuilder
	u     *underlying // nil when the symbols have no roots
	cells []jsonCell
	q     market.Quote
	// text reads what is not a number: symbol, expiry, side. It returns false for other names.
	text func(name []byte, t token) (reason string, ok bool)
	// check says at the end of the object whether it is whole.
	check func() (column, reason string, args evidence.Args)
	row   int // of all lists of the file
	name  []byte
}

// list reads one array of contracts.
func (c *contractReader) list(before func()) error {
	return c.r.array(func(int) error {
		c.row++
		if c.row%1024 == 0 && c.j.ctx.Err() != nil {
			return c.j.ctx.Err()
		}
		c.j.row()
		t, err := c.r.value()
		if err != nil {
			return err
		}
		if t.kind != tokObject {
			if err := c.rest(t); err != nil {
				return err
			}
			return c.j.reject(c.row, "", t.text, ReasonShape, nil)
		}
		c.q = market.Quote{Line: int32(c.row)}
		for _, cell := range c.cells {
			*cell.to = market.Missing
		}
		before()
		return c.contract()
	})
}

// rest passes over what value only looked at.
func (c *contractReader) rest(t token) error {
	if t.kind == tokObject || t.kind == tokArray {
		return c.r.skip()
	}
	return nil
}

func (c *contractReader) contract() error {
	badColumn, badReason := "", ""
	var badValue []byte
	note := func(name []byte, t token, reason string) {
		if badReason == "" {
			badColumn, badReason, badValue = string(name), reason, bytes.Clone(t.text)
		}
	}
	err := c.r.object(func(name []byte) error {
		c.name = append(c.name[:0], name...) // the window may move when the value is read
		name = c.name
		t, err := c.r.value()
		if err != nil {
			return err
		}
		for i := range c.cells {
			cell := &c.cells[i]
			if string(name) != cell.name {
				continue
			}
			v, reason := cell.read(t)
			if reason != "" {
				note(name, t, reason)
			}
			*cell.to = v
			return c.rest(t)
		}
		if reason, ok := c.text(name, t); ok && reason != "" {
			note(name, t, reason)
		}
		return c.rest(t)
	})
	if err != nil {
		return err
	}
	var args evidence.Args
	if badReason == "" {
		badColumn, badReason, args = c.check()
	}
	if badReason != "" {
		return c.j.reject(c.row, badColumn, badValue, badReason, args)
	}
	return c.b.add(&c.q, "", nil)
}

// readCboeJSON reads {"timestamp", "data": {"options": […], "symbol", "current_price", …}}.
func (j *job) readCboeJSON() error {
	r := &jsonReader{s: j.src}
	b := j.newChain()
	u := &underlying{j: j}
	var sym symbol
	c := &contractReader{j: j, r: r, b: b, u: u}
	c.cells = []jsonCell{
		{"bid", &c.q.Bid, jsonPrice},
		{"ask", &c.q.Ask, jsonPrice},
		{"last_trade_price", &c.q.Last, jsonLast},
		{"volume", &c.q.Volume, jsonPrice},
		{"open_interest", &c.q.OpenInterest, jsonPrice},
		{"iv", &c.q.IV, jsonLast},
		{"delta", &c.q.Delta, jsonSigned},
		{"gamma", &c.q.Gamma, jsonSigned},
	}
	c.text = func(name []byte, t token) (string, bool) {
		if string(name) != "option" {
			return "", false
		}
		var ok bool
		if sym, ok = readSymbol(t.text); !ok || t.kind != tokString {
			return ReasonSymbol, true
		}
		c.q.Root, c.q.Expiry, c.q.Right, c.q.Strike = b.root(sym.root), sym.expiry, sym.right, sym.strike
		return "", true
	}
	c.check = func() (string, string, evidence.Args) {
		switch {
		case c.q.Root == "":
			return "option", ReasonBlank, nil
		case !u.root(c.q.Root):
			return "option", CodeWrongUnderlying, evidence.Args{"underlying": u.in.ID}
		}
		return "", "", nil
	}
	if err := u.named(""); err != nil {
		return err
	}
	var served, traded string
	var name string
	err := r.object(func(key []byte) error {
		switch string(key) {
		case "timestamp":
			return r.text(&served)
		case "symbol":
			return r.text(&name)
		case "data":
		default:
			return r.skip()
		}
		if r.next() != '{' {
			return r.bad("data object")
		}
		return r.object(func(key []byte) error {
			switch string(key) {
			case "options":
				if r.next() != '[' {
					return r.bad("list of options")
				}
				return c.list(func() {})
			case "symbol":
				return r.text(&name)
			case "current_price":
				return r.spot(b.chain)
			case "last_trade_time":
				return r.text(&traded)
			}
			return r.skip()
		})
	})
	if err != nil {
		return err
	}
	if err := r.end(); err != nil {
		return err
	}
	if in, ok := market.Lookup(name); ok && u.known && in.ID != u.in.ID {
		return u.wrong(name)
	}
	at, caveats, err := j.delayed(served, traded)
	if err != nil {
		return err
	}
	return b.finish(u.in, at, "Cboe", caveats...)
}

// delayed is the instant of delayed quotes: the later of the underlying's last print, in New York
// time, and the time at which the file was served, in UTC, less the delay. Neither alone would do:
// the file is served long after the close, and options trade at night when the index does not.
func (j *job) delayed(served, traded string) (time.Time, []evidence.Code, error) {
	var at time.Time
	if s, ok := readStamp([]byte(served), slashUnknown); ok && s.kind != dateOnly {
		at = s.in(time.UTC).Add(-quoteDelay)
	}
	if s, ok := readStamp([]byte(traded), slashUnknown); ok && s.kind != dateOnly {
		if t := s.in(calendar.NewYork()); t.After(at) {
			at = t
		}
	}
	if at.IsZero() {
		return j.instantOfName(calendar.Cboe())
	}
	return at, nil, nil
}

// in is the instant of the stamp, taken as local to loc when it has no zone.
func (s stamp) in(loc *time.Location) time.Time {
	if s.kind == zoned || s.kind == unixTime {
		return time.Unix(s.unix, 0)
	}
	c := localClock{loc: loc}
	return time.Unix(c.unix(s.date, s.sec), 0)
}

// text reads a string into to; another kind of value leaves it alone.
func (r *jsonReader) text(to *string) error {
	t, err := r.value()
	if err != nil {
		return err
	}
	switch t.kind {
	case tokString:
		*to = string(t.text[:min(len(t.text), 256)])
	case tokObject, tokArray:
		return r.skip()
	}
	return nil
}

// spot reads the price of the underlying; one that is not positive leaves it missing.
func (r *jsonReader) spot(c *market.Chain) error {
	t, err := r.value()
	if err != nil {
		return err
	}
	if v, reason := t.number(); reason == "" && v > 0 {
		c.Spot = v
	}
	if t.kind == tokObject || t.kind == tokArray {
		return r.skip()
	}
	return nil
}

// readCboeCompact reads {"sym", "spot", "asof", "fetched", "o": […], "bars": […]}. The expiry e is an
// instant whose date in New York is the expiry; as its time of day is 16:00 for monthlies too, it
// does not tell which contracts settle in the morning.
func (j *job) readCboeCompact() error {
	r := &jsonReader{s: j.src}
	b := j.newChain()
	c := &contractReader{j: j, r: r, b: b}
	c.cells = []jsonCell{
		{"k", &c.q.Strike, jsonPrice},
		{"b", &c.q.Bid, jsonPrice},
		{"a", &c.q.Ask, jsonPrice},
		{"l", &c.q.Last, jsonLast},
		{"v", &c.q.Volume, jsonPrice},
		{"oi", &c.q.OpenInterest, jsonPrice},
		{"iv", &c.q.IV, jsonLast},
	}
	var lastUnix int64
	var lastDate calendar.Date
	dated := false
	c.text = func(name []byte, t token) (string, bool) {
		switch string(name) {
		case "e":
			s, ok := readStamp(t.text, slashUnknown)
			if !ok || s.kind != unixTime || t.kind != tokNumber {
				return ReasonDate, true
			}
			if s.unix != lastUnix || lastDate == 0 {
				lastUnix, lastDate = s.unix, calendar.DateIn(time.Unix(s.unix, 0), calendar.NewYork())
			}
			c.q.Expiry, dated = lastDate, true
			return "", true
		case "t":
			var ok bool
			if c.q.Right, ok = readSide(t.text); !ok {
				return ReasonSide, true
			}
			return "", true
		}
		return "", false
	}
	c.check = func() (string, string, evidence.Args) {
		return rootless(&c.q, dated, "e", "t", "k")
	}
	var sym, asof, fetched string
	var raw []bar
	err := r.object(func(key []byte) error {
		switch string(key) {
		case "sym":
			return r.text(&sym)
		case "asof":
			return r.text(&asof)
		case "fetched":
			return r.text(&fetched)
		case "spot":
			return r.spot(b.chain)
		case "o":
			if r.next() != '[' {
				return r.bad("list of options")
			}
			return c.list(func() { dated, c.q.Delta, c.q.Gamma = false, market.Missing, market.Missing })
		case "bars":
			if r.next() != '[' {
				return r.skip()
			}
			var err error
			raw, err = j.compactBars(r)
			return err
		}
		return r.skip()
	})
	if err != nil {
		return err
	}
	if err := r.end(); err != nil {
		return err
	}
	u := &underlying{j: j}
	if err := u.named(sym); err != nil {
		return err
	}
	if !u.known {
		if sym == "" {
			return j.fail(CodeUnknownInstrument, nil, "the file does not name its underlying: say which it is")
		}
		u.in, _ = market.InstrumentOf(sym)
	}
	at, caveats, err := j.delayed(fetched, asof)
	if err != nil {
		return err
	}
	if err := b.finish(u.in, at, "Cboe", caveats...); err != nil {
		return err
	}
	return j.finishCompactBars(u.in, raw, fetched)
}

// rootless checks a contract that is given by expiry, side and strike.
func rootless(q *market.Quote, dated bool, expiry, side, strike string) (string, string, evidence.Args) {
	switch {
	case !dated:
		return expiry, ReasonBlank, nil
	case q.Right == 0:
		return side, ReasonBlank, nil
	case market.IsMissing(q.Strike):
		return strike, ReasonBlank, nil
	case !(q.Strike > 0):
		return strike, ReasonNotPositive, nil
	}
	return "", "", nil
}

// compactBars reads the daily bars {t, o, h, l, c, v} that come with a compact chain.
func (j *job) compactBars(r *jsonReader) ([]bar, error) {
	var out []bar
	err := r.array(func(n int) error {
		j.row()
		t, err := r.value()
		if err != nil {
			return err
		}
		if t.kind != tokObject {
			if t.kind == tokArray {
				err = r.skip()
			}
			if err != nil {
				return err
			}
			return j.reject(n, "bars", t.text, ReasonShape, nil)
		}
		v := bar{open: market.Missing, high: market.Missing, low: market.Missing, close: market.Missing, volume: market.Missing, line: n}
		badColumn, badReason := "", ""
		err = r.object(func(name []byte) error {
			var key byte
			if len(name) == 1 {
				key = name[0]
			}
			t, err := r.value()
			if err != nil {
				return err
			}
			reason := ""
			switch key {
			case 't':
				var ok bool
				if v.stamp, ok = readStamp(t.text, slashUnknown); !ok || v.stamp.kind != unixTime {
					reason = ReasonDate
				}
			case 'o':
				v.open, reason = jsonSigned(t)
			case 'h':
				v.high, reason = jsonSigned(t)
			case 'l':
				v.low, reason = jsonSigned(t)
			case 'c':
				v.close, reason = t.number()
			case 'v':
				v.volume, reason = jsonSigned(t)
			}
			if reason != "" && badReason == "" {
				badColumn, badReason = string(key), reason
			}
			if t.kind == tokObject || t.kind == tokArray {
				return r.skip()
			}
			return nil
		})
		switch {
		case err != nil:
			return err
		case badReason == "" && v.stamp.kind == 0:
			badColumn, badReason = "t", ReasonNoDate
		case badReason == "" && market.IsMissing(v.close):
			badColumn, badReason = "c", ReasonBlank
		}
		if badReason != "" {
			return j.reject(n, "bars/"+badColumn, nil, badReason, nil)
		}
		out = append(out, v)
		return nil
	})
	return out, err
}

func (j *job) finishCompactBars(in market.Instrument, raw []bar, fetched string) error {
	b := j.newBars(in)
	for i := range raw {
		v := &raw[i]
		if column, reason := b.check(v); reason != "" {
			if err := j.reject(v.line, "bars/"+column, nil, reason, nil); err != nil {
				return err
			}
			continue
		}
		if err := b.add(v, nil); err != nil {
			return err
		}
	}
	var until int64
	if s, ok := readStamp([]byte(fetched), slashUnknown); ok && s.kind != dateOnly {
		until = s.in(time.UTC).Unix()
	}
	return b.finish("", until)
}

// readVendorJSON reads {"date", "spot", "timestamp", "expiries": {"2026-02-20": [{…}]}}. The format
// does not name its underlying; it is known for S&P 500 chains, which is assumed and said so when
// the user says nothing. Its timestamp has no zone and is the UTC of the machine that wrote it.
func (j *job) readVendorJSON() error {
	r := &jsonReader{s: j.src}
	b := j.newChain()
	c := &contractReader{j: j, r: r, b: b}
	c.cells = []jsonCell{
		{"strikePrice", &c.q.Strike, jsonPrice},
		{"bidPrice", &c.q.Bid, jsonPrice},
		{"askPrice", &c.q.Ask, jsonPrice},
		{"lastPrice", &c.q.Last, jsonLast},
		{"volume", &c.q.Volume, jsonPrice},
		{"openInterest", &c.q.OpenInterest, jsonPrice},
		{"volatility", &c.q.IV, jsonLast},
		{"delta", &c.q.Delta, jsonSigned},
		{"gamma", &c.q.Gamma, jsonSigned},
	}
	var group calendar.Date
	var groupOK, contradicts bool
	c.text = func(name []byte, t token) (string, bool) {
		switch string(name) {
		case "optionType":
			var ok bool
			if c.q.Right, ok = readSide(t.text); !ok {
				return ReasonSide, true
			}
			return "", true
		case "expirationDate":
			d, rest, ok := readDay(t.text, slashUnknown)
			contradicts = !ok || len(rest) > 0 || d != group
			return "", true
		}
		return "", false
	}
	c.check = func() (string, string, evidence.Args) {
		if contradicts {
			return "expirationDate", ReasonMismatch, evidence.Args{"expiry": group.String()}
		}
		c.q.Expiry = group
		return rootless(&c.q, groupOK, "expiries", "optionType", "strikePrice")
	}
	var date, stampText string
	err := r.object(func(key []byte) error {
		switch string(key) {
		case "date":
			return r.text(&date)
		case "timestamp":
			return r.text(&stampText)
		case "spot":
			return r.spot(b.chain)
		case "expiries":
			if r.next() != '{' {
				return r.bad("object of expiries")
			}
			return r.object(func(key []byte) error {
				d, rest, ok := readDay(key, slashUnknown)
				group, groupOK = d, ok && len(rest) == 0
				if r.next() != '[' {
					return r.bad("list of contracts")
				}
				return c.list(func() { contradicts = false })
			})
		}
		return r.skip()
	})
	if err != nil {
		return err
	}
	if err := r.end(); err != nil {
		return err
	}
	u := &underlying{j: j}
	if err := u.named(""); err != nil {
		return err
	}
	var caveats []evidence.Code
	if !u.known {
		u.in, _ = market.Lookup("SPX")
		caveats = append(caveats, evidence.Code{Code: NoteInstrument, Args: evidence.Args{"instrument": u.in.ID}})
	}
	at, more, err := j.vendorInstant(date, stampText)
	if err != nil {
		return err
	}
	return b.finish(u.in, at, "", append(caveats, more...)...)
}

// vendorInstant is the timestamp, or the official close of the date when there is none. A timestamp
// of another day than the date contradicts the file.
func (j *job) vendorInstant(date, text string) (time.Time, []evidence.Code, error) {
	d, rest, okDate := readDay([]byte(date), slashUnknown)
	okDate = okDate && len(rest) == 0
	s, ok := readStamp([]byte(text), slashUnknown)
	if ok && s.kind != dateOnly {
		at := s.in(time.UTC)
		day := calendar.DateIn(at, calendar.NewYork())
		if okDate && day != d {
			return at, nil, j.fail(CodeBadHeader, evidence.Args{"date": strings.TrimSpace(printable([]byte(date))), "timestamp": printable([]byte(text))},
				"date and timestamp are of different days in New York")
		}
		if s.kind == localTime {
			return at, []evidence.Code{{Code: CaveatZone, Args: evidence.Args{"zone": "UTC"}}}, nil
		}
		return at, nil, nil
	}
	if !okDate {
		return j.instantOfName(calendar.Cboe())
	}
	end, _ := closeOf(calendar.Cboe(), d)
	return time.Unix(end, 0), []evidence.Code{{Code: CaveatTimeFromDate, Args: evidence.Args{"date": d.String()}}}, nil
}
