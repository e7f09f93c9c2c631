package feed

import (
	"strings"
	"time"

	"faultline/evidence"
	"faultline/market"
)

// positionsTable is a table of leveraged positions: a user's own, or those of a venue's accounts.
var positionsTable = format{
	Format: Format{"positions", "leveraged positions: coin, side, units, entry, leverage or margin; venue and account where known", KnownQuote},
	match: func(m *sample) bool {
		return m.find(positionCoin...) >= 0 && m.find(positionUnits...) >= 0 && m.find(positionEntry...) >= 0
	},
	read: (*job).readPositions,
}

// liquidationTable is what a liquidation event came to, one row a coin.
var liquidationTable = format{
	Format: Format{"liquidation_table", "totals of a liquidation event by coin: ticker or coin, notional liquidated or deleveraged", KnownQuote},
	match: func(m *sample) bool {
		return m.find("ticker", "coin") >= 0 && m.find("liq_notional", "adl_notional", "net_notional_usd") >= 0
	},
	read: (*job).readLiquidationTable,
}

// liquidationTimeline is the number of liquidations and deleveragings by the second of an event.
var liquidationTimeline = format{
	Format: Format{"liquidation_timeline", "liquidations by the second of an event: {event_start, timeline [{second, liquidations, adls}]}", KnownInstant},
	match:  func(m *sample) bool { return m.hasKeys(false, "event_start", "timeline") },
	read:   (*job).readLiquidationTimeline,
}

// liquidationSummary is the figures of an analysis of an event.
var liquidationSummary = format{
	Format: Format{"liquidation_summary", "figures of a liquidation event as a JSON object, one series a number", KnownQuote},
	match: func(m *sample) bool {
		return m.hasKeys(false, "liquidations", "adl", "total") || m.hasKeys(false, "total_adl_events") ||
			m.hasKeys(false, "total_events", "total_notional") || m.hasKeys(false, "analysis_type", "adl_events_analyzed")
	},
	read: (*job).readLiquidationSummary,
}

// venueVolume is what every market of every venue traded within one window.
var venueVolume = format{
	Format: Format{"venue_volume", "volume of a window by market: exchange, type, base, quote, usd_volume", KnownQuote},
	match:  func(m *sample) bool { return m.has("exchange", "type", "base", "quote", "usd_volume") },
	read:   (*job).readVenueVolume,
}

// Names of the columns of a table of positions.
var (
	positionCoin   = []string{"coin", "asset", "symbol", "ticker"}
	positionUnits  = []string{"units", "position_size", "size", "quantity", "qty"}
	positionEntry  = []string{"entry", "entry_price", "avg_entry_price"}
	positionLever  = []string{"leverage", "leverage_ratio"}
	positionMargin = []string{"margin", "margin_usd", "isolated_margin"}
)

// CaveatCountedTwice says that the timeline counts deleveragings among the liquidations too.
const CaveatCountedTwice = "deleveragings_counted_twice"

// instant is the time of a file that does not tell one: the user's, or the end of the day in its name.
func (j *job) fileInstant() (time.Time, error) {
	if !j.opt.At.IsZero() {
		return j.opt.At.UTC(), nil
	}
	if d, ok := j.nameDate(); ok {
		return time.Unix(dayEnd(d), 0).UTC(), nil
	}
	return time.Time{}, j.fail(CodeNoInstant, nil, "say when it was taken with --as-of")
}

// readPositions reads positions as they are: what is wrong with one is for whoever builds a book of them to
// say, since a wrong one must be counted there with its reason. Only a cell that is no number, and a row
// without a coin or a side, is rejected.
func (j *job) readPositions() error {
	m := j.head
	at, err := j.fileInstant()
	if err != nil {
		return err
	}
	out := &market.Positions{At: at}
	text := func(names ...string) int { return m.find(names...) }
	coinAt, sideAt, venueAt, accountAt := text(positionCoin...), text("side", "direction"), text("venue", "exchange"), text("account", "user", "owner")
	collateralAt, liquidatedAt, deleveragedAt := text("collateral", "margin_asset"), text("was_liquidated", "liquidated"), text("was_adl", "deleveraged")
	numbers := [...]struct {
		at int
		to *[]float64
	}{
		{m.find(positionUnits...), &out.Units},
		{m.find(positionEntry...), &out.Entry},
		{m.find("mark_price", "mark"), &out.Mark},
		{m.find(positionMargin...), &out.Margin},
		{m.find(positionLever...), &out.Leverage},
	}
	cell := func(row [][]byte, at int) string {
		if at < 0 {
			return ""
		}
		return printable(row[at])
	}
	err = j.table(false, func(line int, row [][]byte) error {
		j.row()
		coin := cell(row, coinAt)
		if coin == "" {
			return j.reject(line, m.names[coinAt], nil, ReasonBlank, nil)
		}
		if in, ok := market.Lookup(coin); ok {
			coin = in.ID
		} else {
			coin = strings.ToUpper(coin)
		}
		sign := 0.0 // told by the sign of the units where there is no side
		if sideAt >= 0 {
			switch strings.ToLower(string(row[sideAt])) {
			case "long", "buy", "b":
				sign = 1
			case "short", "sell", "s":
				sign = -1
			default:
				return j.reject(line, m.names[sideAt], row[sideAt], ReasonDirection, nil)
			}
		}
		account := cell(row, accountAt)
		if accountAt >= 0 && len(row[accountAt]) > maxValue { // cut short, two accounts could become one
			return j.reject(line, m.names[accountAt], row[accountAt], ReasonRange, nil)
		}
		var value [len(numbers)]float64
		for i, c := range numbers {
			value[i] = market.Missing
			if c.at < 0 || isBlankCell(row[c.at]) {
				continue
			}
			v, reason := number(row[c.at])
			if reason != "" {
				return j.reject(line, m.names[c.at], row[c.at], reason, nil)
			}
			value[i] = v
		}
		if sign != 0 && value[0] < 0 && sign > 0 {
			return j.reject(line, m.names[numbers[0].at], row[numbers[0].at], ReasonNegative, nil)
		}
		if sign < 0 && value[0] > 0 {
			value[0] = -value[0]
		}
		for i, c := range numbers {
			*c.to = append(*c.to, value[i])
		}
		out.Coin = append(out.Coin, coin)
		out.Short = append(out.Short, sign < 0 || sign == 0 && value[0] < 0)
		out.Venue = append(out.Venue, strings.ToLower(cell(row, venueAt)))
		out.Account = append(out.Account, account)
		out.Collateral = append(out.Collateral, cell(row, collateralAt))
		out.Liquidated = append(out.Liquidated, isTrue(cell(row, liquidatedAt)))
		out.Deleveraged = append(out.Deleveraged, isTrue(cell(row, deleveragedAt)))
		out.Line = append(out.Line, int32(line))
		j.accept()
		return nil
	})
	if err != nil || out.Len() == 0 {
		return err
	}
	out.Outcomes = liquidatedAt >= 0 || deleveragedAt >= 0
	out.Origin = j.origin("", evidence.Observed)
	if j.opt.At.IsZero() {
		out.Origin.Caveats = []evidence.Code{{Code: CaveatTimeFromName}}
	} else {
		out.Origin.Caveats = []evidence.Code{{Code: CaveatTimeGiven}}
	}
	j.sets = append(j.sets, market.Dataset{Positions: out})
	return nil
}

func isTrue(s string) bool { return strings.EqualFold(s, "true") || s == "1" }

// eventSeries hands over series whose observations all speak of one instant, which the file does not tell.
func (j *job) eventSeries(set *seriesSet, at time.Time) error {
	return set.finish("", evidence.Published, func(*market.Series, frequency) (knownRule, []evidence.Code) {
		return func(int64) (int64, string) { return at.Unix(), "" }, []evidence.Code{{Code: CaveatTimeGiven}}
	})
}

func (j *job) readLiquidationTable() error {
	m := j.head
	at, err := j.fileInstant()
	if err != nil {
		return err
	}
	coinAt := m.find("ticker", "coin")
	set := j.newSeries()
	err = j.table(false, func(line int, row [][]byte) error {
		if len(row[coinAt]) == 0 {
			j.row()
			return j.reject(line, m.names[coinAt], nil, ReasonBlank, nil)
		}
		// Names of coins tell PEPE from kPEPE by case.
		prefix := "liquidation/" + slug(j.stem()) + "/" + printable(row[coinAt]) + "/"
		for i, name := range m.names {
			if i == coinAt {
				continue
			}
			b := set.get(prefix+slug(name), name, evidence.AsStated)
			if b == nil {
				return set.tooMany()
			}
			if err := b.observe(at.Unix(), row[i], line); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return j.eventSeries(set, at)
}

func (j *job) readVenueVolume() error {
	m := j.head
	at, err := j.fileInstant()
	if err != nil {
		return err
	}
	var key [4]int
	for i, name := range []string{"exchange", "type", "base", "quote"} {
		key[i] = m.find(name)
	}
	volumeAt, tableAt := m.find("usd_volume"), m.find("table")
	set := j.newSeries()
	err = j.table(false, func(line int, row [][]byte) error {
		for _, i := range key {
			if len(row[i]) == 0 {
				j.row()
				return j.reject(line, m.names[i], nil, ReasonBlank, nil)
			}
		}
		name := func(i int) string { return slug(string(row[key[i]])) }
		id := "volume/" + name(0) + "/" + name(1) + "/" + name(2) + "-" + name(3)
		if tableAt >= 0 && len(row[tableAt]) > 0 { // a venue may have several contracts on a pair
			id += "/" + slug(string(row[tableAt]))
		}
		b := set.get(id, m.names[volumeAt], evidence.USD)
		if b == nil {
			return set.tooMany()
		}
		return b.observe(at.Unix(), row[volumeAt], line)
	})
	if err != nil {
		return err
	}
	return j.eventSeries(set, at)
}

func (j *job) readLiquidationTimeline() error {
	r := &jsonReader{s: j.src}
	set := j.newSeries()
	type bucket struct {
		n          int
		second     float64
		value      [2]float64
		okay       [3]bool
		shapeWrong bool
	}
	var start time.Time
	started := false
	var list []bucket
	names := [...]string{"liquidations", "adls"}
	err := r.object(func(key []byte) error {
		switch string(key) {
		case "event_start":
			var text string
			if err := r.text(&text); err != nil {
				return err
			}
			t, err := time.Parse(time.RFC3339, text)
			start, started = t, err == nil
			return nil
		case "timeline":
			if r.next() != '[' {
				return r.bad("array of buckets")
			}
			return r.array(func(n int) error {
				b := bucket{n: n}
				t, err := r.value()
				if err != nil {
					return err
				}
				if t.kind != tokObject {
					b.shapeWrong = true
					list = append(list, b)
					if t.kind == tokArray {
						return r.skip()
					}
					return nil
				}
				err = r.object(func(name []byte) error {
					to, i := (*float64)(nil), 0
					switch string(name) {
					case "second":
						to = &b.second
					case names[0]:
						to, i = &b.value[0], 1
					case names[1]:
						to, i = &b.value[1], 2
					default:
						return r.skip()
					}
					t, err := r.value()
					if err != nil {
						return err
					}
					if t.kind == tokObject || t.kind == tokArray {
						return r.skip()
					}
					v, reason := t.number()
					*to, b.okay[i] = v, reason == "" && v >= 0
					return nil
				})
				list = append(list, b)
				return err
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
	if !started {
		return j.fail(CodeNoInstant, nil, "event_start must be an instant such as 2025-03-14T12:00:00+00:00")
	}
	const mostSeconds = 30 * 86400 // an event is not longer than a month
	for _, b := range list {
		for i, name := range names {
			j.row()
			switch {
			case b.shapeWrong:
				err = j.reject(b.n, "timeline", nil, ReasonShape, nil)
			case !b.okay[0] || b.second > mostSeconds:
				err = j.reject(b.n, "second", nil, ReasonRange, nil)
			case !b.okay[i+1]:
				err = j.reject(b.n, name, nil, ReasonNumber, nil)
			default:
				s := set.get("liquidation/timeline/"+name, name, evidence.Count)
				err = s.add(start.Unix()+int64(b.second), b.value[i], b.n, nil)
			}
			if err != nil {
				return err
			}
		}
	}
	return set.finish("", evidence.Published, func(*market.Series, frequency) (knownRule, []evidence.Code) {
		return func(about int64) (int64, string) { return about, "" }, []evidence.Code{{Code: CaveatCountedTwice}}
	})
}

func (j *job) readLiquidationSummary() error {
	at, err := j.fileInstant()
	if err != nil {
		return err
	}
	r := &jsonReader{s: j.src}
	set := j.newSeries()
	n := 0
	var walk func(path string) error
	walk = func(path string) error {
		return r.object(func(key []byte) error {
			name := path + "/" + slug(printable(key))
			t, err := r.value()
			if err != nil {
				return err
			}
			switch t.kind {
			case tokObject:
				return walk(name)
			case tokArray:
				return r.skip() // lists of single accounts are no figures of the event
			case tokNumber, tokWord:
				n++
				j.row()
				v, reason := t.number()
				if reason != "" {
					return j.reject(n, printable([]byte(name)), t.text, reason, nil)
				}
				b := set.get(name, name, evidence.AsStated)
				if b == nil {
					return set.tooMany()
				}
				return b.add(at.Unix(), v, n, t.text)
			}
			return nil
		})
	}
	if err := walk("liquidation/" + slug(j.stem())); err != nil {
		return err
	}
	if err := r.end(); err != nil {
		return err
	}
	return j.eventSeries(set, at)
}
