package feed

import (
	"cmp"
	"math"
	"slices"
	"time"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// barsFormat is a table of prices, daily or within the day, in whatever way vendors write the time.
var barsFormat = format{
	Format: Format{"bars", "price bars: a time column and close, with or without open, high, low, volume", KnownClose},
	match:  func(m *sample) bool { return m.has("close") && m.find(barTimes...) >= 0 && !m.has("strike") },
	read:   (*job).readBars,
}

// barTimes are the names of the column that says when a bar begins.
var barTimes = []string{"date", "datetime", "timestamp", "time", "day"}

// closeRounding is how far, as a share of the price, a close may lie outside high and low: vendors
// keep prices in single precision (6e-8) and multiply them by adjustments.
const closeRounding = 1e-6

// Bars whose median distance is at least dailyFrom are daily, and that distance must not be above
// dailyTo: weekly bars are not read as daily ones.
const (
	dailyFrom = 20 * 3600
	dailyTo   = 4 * 86400
)

// barBuilder collects bars until their interval is known.
type barBuilder struct {
	j      *job
	in     market.Instrument
	bars   *market.Bars
	dates  []calendar.Date // as written
	clock  localClock
	kind   stampKind     // of the first row
	seen   map[int64]int // row by beginning, made when the first row is out of order
	sorted bool
	opens  int // opens outside high and low
}

func (j *job) newBars(in market.Instrument) *barBuilder {
	return &barBuilder{
		j: j, in: in, bars: &market.Bars{Instrument: in.ID}, sorted: true,
		clock: localClock{loc: in.Calendar().Location()},
	}
}

// bar is one row as it was read.
type bar struct {
	stamp                          stamp
	open, high, low, close, volume float64
	line                           int
}

// check returns the reason for which the bar's prices contradict themselves, and the column.
func (b *barBuilder) check(r *bar) (column, reason string) {
	if b.in.Kind != market.Yield {
		for _, p := range [...]struct {
			name string
			v    float64
		}{{"close", r.close}, {"open", r.open}, {"high", r.high}, {"low", r.low}} {
			if p.v < 0 {
				return p.name, ReasonNegative
			}
			if p.v == 0 {
				return p.name, ReasonNotPositive
			}
		}
	}
	if r.volume < 0 {
		return "volume", ReasonNegative
	}
	if r.high < r.low {
		return "high", ReasonHighLow
	}
	slack := closeRounding * max(r.close, -r.close)
	if r.close > r.high+slack || r.close < r.low-slack {
		return "close", ReasonClose
	}
	if r.open > r.high+slack || r.open < r.low-slack {
		b.opens++
	}
	return "", ""
}

// add takes a bar whose prices have been checked, or rejects it.
func (b *barBuilder) add(r *bar, value []byte) error {
	j := b.j
	if b.kind == 0 {
		b.kind = r.stamp.kind
	}
	if r.stamp.kind != b.kind {
		return j.reject(r.line, "", value, ReasonDate, evidence.Args{"mixed": true})
	}
	begin := r.stamp.unix
	switch b.kind {
	case dateOnly:
		begin = int64(r.stamp.date) * 86400
	case localTime:
		begin = b.clock.unix(r.stamp.date, r.stamp.sec)
	}
	n := b.bars.Len()
	if n > 0 && begin <= b.bars.Begin[n-1] || b.seen != nil {
		if b.seen == nil {
			b.seen = make(map[int64]int, 2*n)
			for i, t := range b.bars.Begin {
				b.seen[t] = i
			}
		}
		if i, ok := b.seen[begin]; ok {
			return j.reject(r.line, "", value, b.twin(i, r), evidence.Args{"line": int(b.bars.Line[i])})
		}
		b.seen[begin] = n
		b.sorted = b.sorted && begin > b.bars.Begin[n-1]
	}
	if r.volume == 0 && !hasVolume(b.in.Kind) {
		r.volume = market.Missing // vendors fill the column of what is not traded itself with 0
	}
	b.bars.Append(begin, 0, r.open, r.high, r.low, r.close, r.volume, int32(r.line))
	b.dates = append(b.dates, r.stamp.date)
	return nil
}

// twin tells the same bar again from another bar of the same time.
func (b *barBuilder) twin(i int, r *bar) string {
	same := func(x, y float64) bool { return x == y || market.IsMissing(x) && market.IsMissing(y) }
	if same(b.bars.Open[i], r.open) && same(b.bars.High[i], r.high) && same(b.bars.Low[i], r.low) && b.bars.Close[i] == r.close {
		return ReasonDuplicate
	}
	return ReasonContradicts
}

func hasVolume(k market.Kind) bool {
	switch k {
	case market.Index, market.Volatility, market.Yield, market.Currency:
		return false
	}
	return true
}

// finish finds the interval, dates what is known when, and hands the bars over. until is when the
// file was made, where it says so: a bar that had not ended then is not finished.
func (b *barBuilder) finish(source string, until int64) error {
	j, v := b.j, b.bars
	if v.Len() == 0 {
		return nil
	}
	if !b.sorted {
		b.sort()
	}
	if err := b.interval(); err != nil {
		return err
	}
	if !j.opt.Now.IsZero() && (until == 0 || until > j.opt.Now.Unix()) {
		until = j.opt.Now.Unix()
	}
	x := b.in.Calendar()
	daily, strict := v.Interval == market.Day, strictSessions(b.in)
	err := b.keep(func(i int) (bool, error) {
		begin := v.Begin[i]
		known, open := begin+int64(v.Interval/time.Second), true
		if daily {
			known, open = closeOf(x, v.Date(i))
		}
		reason := ""
		switch {
		case daily && j.futureDate(v.Date(i)), !daily && j.future(begin):
			reason = CodeInFuture
		case !open && strict:
			reason = ReasonClosedDay
		case until != 0 && known > until:
			reason = ReasonUnfinished
		}
		if reason != "" {
			return false, j.reject(int(v.Line[i]), "", []byte(stampText(begin, daily)), reason, nil)
		}
		j.accept()
		v.Known[i] = known
		return true, nil
	})
	if err != nil || v.Len() == 0 {
		return err
	}
	v.Origin = j.origin(source, evidence.Observed)
	v.Origin.KnownAt = KnownBarEnd
	if daily {
		v.Origin.KnownAt = KnownClose
	}
	if b.kind == localTime && !daily {
		v.Origin.Caveats = []evidence.Code{{Code: CaveatZone, Args: evidence.Args{"zone": b.clock.loc.String()}}}
	}
	if b.opens > 0 {
		j.note(NoteOpenOutside, evidence.Args{"count": b.opens})
	}
	j.sets = append(j.sets, market.Dataset{Bars: v})
	return nil
}

func stampText(unix int64, daily bool) string {
	layout := time.RFC3339
	if daily {
		layout = time.DateOnly
	}
	return time.Unix(unix, 0).UTC().Format(layout)
}

// interval sets the length of the bars: of dates without a time a day; else the median distance
// from one bar to the next, which nights, weekends and missing bars do not move.
func (b *barBuilder) interval() error {
	v := b.bars
	n := v.Len()
	gap := int64(dailyFrom)
	if n > 1 {
		gaps := make([]int64, n-1)
		for i := range gaps {
			gaps[i] = v.Begin[i+1] - v.Begin[i]
		}
		slices.Sort(gaps)
		gap = gaps[len(gaps)/2]
	} else if b.kind != dateOnly {
		return b.j.fail(CodeInterval, evidence.Args{"bars": 1}, "one bar does not show how long it is")
	}
	if gap > dailyTo {
		return b.j.fail(CodeInterval, evidence.Args{"median_days": gap / 86400}, "bars of more than a day are not read")
	}
	switch {
	case b.kind == dateOnly:
	case gap < dailyFrom:
		v.Interval = time.Duration(gap) * time.Second
		return nil
	default:
		// Daily bars with a time: the date is the one written, or what the exchange's clocks show.
		for i := range v.Begin {
			d := b.dates[i]
			if b.kind == unixTime {
				d = calendar.DateIn(time.Unix(v.Begin[i], 0), b.clock.loc)
			}
			v.Begin[i] = int64(d) * 86400
		}
		if err := b.dropTwins(); err != nil {
			return err
		}
	}
	v.Interval = market.Day
	return nil
}

// dropTwins rejects bars that fall on the date of the bar before once their times are gone.
func (b *barBuilder) dropTwins() error {
	v := b.bars
	last, lastLine := int64(math.MinInt64), int32(0)
	return b.keep(func(i int) (bool, error) {
		if v.Begin[i] > last {
			last, lastLine = v.Begin[i], v.Line[i]
			return true, nil
		}
		value := []byte(stampText(v.Begin[i], true))
		return false, b.j.reject(int(v.Line[i]), "", value, ReasonContradicts, evidence.Args{"line": int(lastLine)})
	})
}

// keep leaves the bars for which f says so.
func (b *barBuilder) keep(f func(i int) (bool, error)) error {
	v, k := b.bars, 0
	for i := range v.Len() {
		ok, err := f(i)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		v.Begin[k], v.Known[k], v.Volume[k], v.Line[k] = v.Begin[i], v.Known[i], v.Volume[i], v.Line[i]
		v.Open[k], v.High[k], v.Low[k], v.Close[k] = v.Open[i], v.High[i], v.Low[i], v.Close[i]
		k++
	}
	v.Begin, v.Known, v.Volume, v.Line = v.Begin[:k], v.Known[:k], v.Volume[:k], v.Line[:k]
	v.Open, v.High, v.Low, v.Close = v.Open[:k], v.High[:k], v.Low[:k], v.Close[:k]
	return nil
}

// sort puts the bars into order of time, oldest first: some vendors begin with the newest.
func (b *barBuilder) sort() {
	v := b.bars
	order := make([]int, v.Len())
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(x, y int) int { return cmp.Compare(v.Begin[x], v.Begin[y]) })
	out := &market.Bars{Instrument: v.Instrument}
	dates := make([]calendar.Date, len(order))
	for k, i := range order {
		out.Append(v.Begin[i], 0, v.Open[i], v.High[i], v.Low[i], v.Close[i], v.Volume[i], v.Line[i])
		dates[k] = b.dates[i]
	}
	*v = *out
	b.dates = dates
}

// readBars reads a table of bars.
func (j *job) readBars() error {
	m := j.head
	symbolAt := m.find("symbol", "ticker")
	in, err := j.barInstrument(symbolAt)
	if err != nil {
		return err
	}
	timeAt, closeAt := m.find(barTimes...), m.find("close")
	order := m.slashes(timeAt)
	b := j.newBars(in)
	var r bar
	columns := [...]struct {
		name string
		at   int
		to   *float64
	}{
		{"close", closeAt, &r.close},
		{"open", m.find("open"), &r.open},
		{"high", m.find("high"), &r.high},
		{"low", m.find("low"), &r.low},
		{"volume", m.find("volume", "vol"), &r.volume},
	}
	err = j.table(false, func(line int, row [][]byte) error {
		j.row()
		r.line = line
		var ok bool
		if r.stamp, ok = readStamp(row[timeAt], order); !ok {
			return j.reject(line, m.names[timeAt], row[timeAt], ReasonDate, nil)
		}
		if symbolAt >= 0 {
			if other, _ := market.InstrumentOf(string(row[symbolAt])); other.ID != in.ID {
				return j.reject(line, m.names[symbolAt], row[symbolAt], CodeWrongUnderlying, evidence.Args{"underlying": in.ID})
			}
		}
		for _, c := range columns {
			*c.to = market.Missing
			if c.at < 0 || len(row[c.at]) == 0 && c.at != closeAt {
				continue
			}
			var reason string
			if *c.to, reason = number(row[c.at]); reason != "" {
				return j.reject(line, m.names[c.at], row[c.at], reason, nil)
			}
		}
		if name, reason := b.check(&r); reason != "" {
			at := m.find(name)
			if name == "volume" {
				at = columns[4].at
			}
			return j.reject(line, m.names[at], row[at], reason, nil)
		}
		return b.add(&r, row[timeAt])
	})
	if err != nil {
		return err
	}
	if err := b.finish("", 0); err != nil {
		return err
	}
	// With a column of adjusted closes beside it, the close is the one that was traded.
	if v := b.bars; v.Interval == market.Day && in.Adjusted() && m.find("adj close", "adj_close", "adjclose", "adjusted close") < 0 {
		v.Origin.Grade = evidence.Published // see doc.go
		v.Origin.Caveats = append(v.Origin.Caveats, evidence.Code{Code: CaveatAdjusted})
	}
	return nil
}

// barInstrument is what the bars are about, from the user, the table or the file's name.
func (j *job) barInstrument(symbolAt int) (market.Instrument, error) {
	if symbolAt >= 0 && j.opt.Instrument == "" {
		if body := j.head.body(); len(body) > 0 && symbolAt < len(body[0]) && body[0][symbolAt] != "" {
			in, _ := market.InstrumentOf(body[0][symbolAt])
			return in, nil
		}
	}
	return j.instrument()
}
