package feed

import (
	"strings"
	"time"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// vendorJSON is a vendor's chain, grouped by expiry, with the vendor's own volatility and greeks.
var vendorJSON = format{
	Format: Format{"vendor_json", "vendor's S&P 500 chain as JSON: expiries with strikePrice, bidPrice, volatility", KnownQuote},
	match:  func(m *sample) bool { return m.hasKeys(false, "date", "spot", "expiries") },
	read:   (*job).readVendorJSON,
}

// readVendorJSON reads {"date", "spot", "timestamp", "expiries": {"2026-02-20": [{…}]}}. The format
// does not name its underlying; it is known for S&P 500 chains, which is assumed and said so when
// the user says nothing. Its timestamp has no zone and is the UTC of the machine that wrote it.
func (j *job) readVendorJSON() error {
	r := &jsonReader{s: j.src}
	b := j.newChain()
	c := &contractReader{j: j, r: r, b: b}
	c.cells = []jsonCell{
		{"strikePrice", &c.q.Strike, quotePrice},
		{"bidPrice", &c.q.Bid, quotePrice},
		{"askPrice", &c.q.Ask, quotePrice},
		{"lastPrice", &c.q.Last, quoteLast},
		{"volume", &c.q.Volume, quotePrice},
		{"openInterest", &c.q.OpenInterest, quotePrice},
		{"volatility", &c.q.IV, quoteLast},
		{"delta", &c.q.Delta, quoteSigned},
		{"gamma", &c.q.Gamma, quoteSigned},
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
