package feed

import (
	"cmp"
	"slices"
	"time"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// yahooChain is an option chain as programs save it from Yahoo: one line a contract, with the time of
// its last trade but not that of the quotes.
var yahooChain = format{
	Format: Format{"yahoo_chain", "Yahoo option chain, one line a contract, with last trade dates", KnownQuote},
	match: func(m *sample) bool {
		return m.has("contractsymbol", "strike", "bid", "ask", "openinterest", "impliedvolatility")
	},
	read: (*job).readYahoo,
}

// maxSnapshots bounds how many snapshots one file may hold.
const maxSnapshots = 4096

// snapshot names one of the snapshots that a file may hold: the day from which days to expiry are
// counted and the price of the underlying are the same in all its rows.
type snapshot struct {
	base calendar.Date // expiry less days to expiry; 0 when the file has none
	spot float64       // 0 when the file has none
}

type yahooGroup struct {
	b     *chainBuilder
	u     *underlying
	last  int64   // latest trade, Unix seconds
	trade []int64 // last trade of each contract taken; 0 when it has none
}

// readYahoo reads a chain, or several: rows that differ in the price of the underlying or in the day
// from which they count are of different snapshots. The quotes are at least as young as the latest
// trade in their snapshot, and in a chain of thousands of contracts hardly younger: that trade's
// instant is taken for theirs, and a caveat says so.
func (j *job) readYahoo() error {
	m := j.head
	symbolAt, tradeAt := m.find("contractsymbol"), m.find("lasttradedate")
	expiryAt, daysAt, spotAt := m.find("expirationdate", "expiration"), m.find("days_to_expire", "dte"), m.find("underlyingprice")
	strikeAt, sideAt := m.find("strike"), m.find("optiontype")
	var q market.Quote
	cells := quoteCells{
		{m.find("bid"), &q.Bid, priceCell},
		{m.find("ask"), &q.Ask, priceCell},
		{m.find("lastprice"), &q.Last, lastCell},
		{m.find("volume"), &q.Volume, priceCell},
		{m.find("openinterest"), &q.OpenInterest, priceCell},
		{m.find("impliedvolatility"), &q.IV, lastCell},
		{-1, &q.Delta, nil},
		{-1, &q.Gamma, nil},
	}
	groups := map[snapshot]*yahooGroup{}
	err := j.table(false, func(line int, row [][]byte) error {
		j.row()
		sym, ok := readSymbol(row[symbolAt])
		if !ok {
			return j.reject(line, m.names[symbolAt], row[symbolAt], ReasonSymbol, nil)
		}
		q = market.Quote{Expiry: sym.expiry, Right: sym.right, Strike: sym.strike, Line: int32(line)}
		if v, reason := number(row[strikeAt]); reason != "" {
			return j.reject(line, m.names[strikeAt], row[strikeAt], reason, nil)
		} else if v != sym.strike {
			return j.reject(line, m.names[strikeAt], row[strikeAt], ReasonMismatch, evidence.Args{"strike": sym.strike})
		}
		if sideAt >= 0 {
			if side, ok := readSide(row[sideAt]); !ok || side != sym.right {
				return j.reject(line, m.names[sideAt], row[sideAt], ReasonMismatch, nil)
			}
		}
		var key snapshot
		if expiryAt >= 0 {
			if d, rest, ok := readDay(row[expiryAt], slashUnknown); !ok || len(rest) > 0 || d != sym.expiry {
				return j.reject(line, m.names[expiryAt], row[expiryAt], ReasonMismatch, evidence.Args{"expiry": sym.expiry.String()})
			}
		}
		if daysAt >= 0 && len(row[daysAt]) > 0 {
			v, reason := number(row[daysAt])
			if reason == "" && !(v > -36500 && v < 36500) {
				reason = ReasonRange
			}
			if reason != "" {
				return j.reject(line, m.names[daysAt], row[daysAt], reason, nil)
			}
			key.base = sym.expiry - calendar.Date(v)
		}
		if spotAt >= 0 && len(row[spotAt]) > 0 {
			v, reason := strikeCell(row[spotAt])
			if reason != "" {
				return j.reject(line, m.names[spotAt], row[spotAt], reason, nil)
			}
			key.spot = v
		}
		var trade int64
		if tradeAt >= 0 && len(row[tradeAt]) > 0 {
			s, ok := readStamp(row[tradeAt], slashUnknown)
			if !ok || s.kind == dateOnly {
				return j.reject(line, m.names[tradeAt], row[tradeAt], ReasonDate, nil)
			}
			if trade = s.in(time.UTC).Unix(); j.future(trade) {
				return j.reject(line, m.names[tradeAt], row[tradeAt], CodeInFuture, nil)
			}
		}
		if at, reason := cells.read(row); reason != "" {
			return j.reject(line, m.names[at], row[at], reason, nil)
		}
		g := groups[key]
		if g == nil {
			if len(groups) == maxSnapshots {
				return j.fail(CodeTooLarge, evidence.Args{"snapshots": maxSnapshots}, "the file holds more snapshots than are read at once")
			}
			g = &yahooGroup{b: j.newChain(), u: &underlying{j: j}}
			if key.spot > 0 {
				g.b.chain.Spot = key.spot
			}
			if err := g.u.named(""); err != nil {
				return err
			}
			groups[key] = g
		}
		q.Root = g.b.root(sym.root)
		if !g.u.root(q.Root) {
			return j.reject(line, m.names[symbolAt], row[symbolAt], CodeWrongUnderlying, evidence.Args{"underlying": g.u.in.ID})
		}
		taken := g.b.chain.Len()
		if err := g.b.add(&q, m.names[symbolAt], row[symbolAt]); err != nil {
			return err
		}
		if g.b.chain.Len() > taken {
			g.last = max(g.last, trade)
			g.trade = append(g.trade, trade)
		}
		return nil
	})
	if err != nil {
		return err
	}
	keys := make([]snapshot, 0, len(groups))
	for k := range groups {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b snapshot) int {
		return cmp.Or(cmp.Compare(groups[a].last, groups[b].last), cmp.Compare(a.base, b.base), cmp.Compare(a.spot, b.spot))
	})
	for _, k := range keys {
		if err := j.finishYahoo(groups[k]); err != nil {
			return err
		}
	}
	return nil
}

func (j *job) finishYahoo(g *yahooGroup) error {
	var at time.Time
	var caveats []evidence.Code
	if g.last == 0 {
		var err error
		if at, caveats, err = j.instantOfName(calendar.Cboe()); err != nil {
			return err
		}
	} else {
		at = time.Unix(g.last, 0)
		caveats = []evidence.Code{{Code: CaveatTimeTrades, Args: evidence.Args{"at": at.UTC().Format(time.RFC3339)}}}
	}
	today := calendar.DateIn(at, calendar.NewYork())
	midnight := today.At(0, 0, calendar.NewYork()).Unix()
	stale := 0
	for _, t := range g.trade {
		if t < midnight {
			stale++
		}
	}
	if stale > 0 {
		caveats = append(caveats, evidence.Code{Code: CaveatStaleTrades, Args: evidence.Args{"contracts": stale, "of": len(g.trade)}})
	}
	return g.b.finish(g.u.in, at, "Yahoo", caveats...)
}
