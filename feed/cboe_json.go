package feed

import (
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

// readCboeJSON reads {"timestamp", "data": {"options": […], "symbol", "current_price", …}}.
func (j *job) readCboeJSON() error {
	r := &jsonReader{s: j.src}
	b := j.newChain()
	u := &underlying{j: j}
	var sym symbol
	c := &contractReader{j: j, r: r, b: b, u: u}
	c.cells = []jsonCell{
		{"bid", &c.q.Bid, quotePrice},
		{"ask", &c.q.Ask, quotePrice},
		{"last_trade_price", &c.q.Last, quoteLast},
		{"volume", &c.q.Volume, quotePrice},
		{"open_interest", &c.q.OpenInterest, quotePrice},
		{"iv", &c.q.IV, quoteLast},
		{"delta", &c.q.Delta, quoteSigned},
		{"gamma", &c.q.Gamma, quoteSigned},
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

// quoteDelay is how long Cboe holds quotes back.
const quoteDelay = 15 * time.Minute

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
