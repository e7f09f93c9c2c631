package feed

import (
	"time"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// cboeCompact is the same quotes under short names, one object a contract.
var cboeCompact = format{
	Format: Format{"cboe_compact", "Cboe delayed quotes as compact JSON: o[] with e, t, k, iv, oi, v, b, a, l, and daily bars", KnownQuote},
	match:  func(m *sample) bool { return m.hasKeys(false, "sym", "spot", "o") },
	read:   (*job).readCboeCompact,
}

// readCboeCompact reads {"sym", "spot", "asof", "fetched", "o": […], "bars": […]}. The expiry e is an
// instant whose date in New York is the expiry; as its time of day is 16:00 for monthlies too, it
// does not tell which contracts settle in the morning.
func (j *job) readCboeCompact() error {
	r := &jsonReader{s: j.src}
	b := j.newChain()
	c := &contractReader{j: j, r: r, b: b}
	c.cells = []jsonCell{
		{"k", &c.q.Strike, quotePrice},
		{"b", &c.q.Bid, quotePrice},
		{"a", &c.q.Ask, quotePrice},
		{"l", &c.q.Last, quoteLast},
		{"v", &c.q.Volume, quotePrice},
		{"oi", &c.q.OpenInterest, quotePrice},
		{"iv", &c.q.IV, quoteLast},
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
