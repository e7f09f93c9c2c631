package feed

import (
	"faultline/black"
	"faultline/evidence"
	"faultline/market"
)

// cboeLong is the same table unrolled, one line a contract, as programs save it: neither the date
// nor the root survives.
var cboeLong = format{
	Format: Format{"cboe_long", "Cboe quotes, one line a contract, without date and root", KnownQuote},
	match: func(m *sample) bool {
		return m.has("expiration date", "strike", "type", "bid", "ask", "open interest")
	},
	read: (*job).readCboeLong,
}

func (j *job) readCboeLong() error {
	in, err := j.instrument()
	if err != nil {
		return err
	}
	at, caveats, err := j.instantOfName(in.Calendar())
	if err != nil {
		return err
	}
	m := j.head
	expiry, strike, kind := m.find("expiration date"), m.find("strike"), m.find("type")
	spot := m.find("index spot", "spot", "underlying price")
	b := j.newChain()
	var q market.Quote
	cells := quoteCells{
		{m.find("bid"), &q.Bid, priceCell},
		{m.find("ask"), &q.Ask, priceCell},
		{m.find("last sale", "last"), &q.Last, lastCell},
		{m.find("volume"), &q.Volume, groupedCell},
		{m.find("open interest"), &q.OpenInterest, groupedCell},
		{m.find("iv"), &q.IV, lastCell},
		{m.find("delta"), &q.Delta, signedCell},
		{m.find("gamma"), &q.Gamma, signedCell},
	}
	dates := dayCache{}
	err = j.table(false, func(line int, row [][]byte) error {
		j.row()
		q = market.Quote{Line: int32(line)}
		var ok bool
		if q.Expiry, ok = dates.read(row[expiry]); !ok {
			return j.reject(line, m.names[expiry], row[expiry], ReasonDate, nil)
		}
		var reason string
		if q.Strike, reason = strikeCell(row[strike]); reason != "" {
			return j.reject(line, m.names[strike], row[strike], reason, nil)
		}
		if q.Right, ok = readSide(row[kind]); !ok {
			return j.reject(line, m.names[kind], row[kind], ReasonSide, nil)
		}
		if at, reason := cells.read(row); reason != "" {
			return j.reject(line, m.names[at], row[at], reason, nil)
		}
		if spot >= 0 && len(row[spot]) > 0 {
			v, reason := number(row[spot])
			if reason == "" && !(v > 0) {
				reason = ReasonNotPositive
			}
			if reason != "" {
				return j.reject(line, m.names[spot], row[spot], reason, nil)
			}
			if market.IsMissing(b.chain.Spot) {
				b.chain.Spot = v
			} else if b.chain.Spot != v { // two snapshots in one table would make one false chain
				return j.reject(line, m.names[spot], row[spot], ReasonContradicts, evidence.Args{"spot": b.chain.Spot})
			}
		}
		return b.add(&q, m.names[strike], row[strike])
	})
	if err != nil {
		return err
	}
	return b.finish(in, at, "Cboe", caveats...)
}

// readSide reads Call, call, C, Put, put or P.
func readSide(b []byte) (black.Right, bool) {
	switch string(b) {
	case "Call", "call", "CALL", "C", "c":
		return black.Call, true
	case "Put", "put", "PUT", "P", "p":
		return black.Put, true
	}
	return 0, false
}
