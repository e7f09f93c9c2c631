package feed

import (
	"cmp"
	"slices"
	"time"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// frequency is how often a series is observed.
type frequency uint8

const (
	irregular frequency = iota
	daily
	weekly
	monthly
	quarterly
	yearly
)

// seriesBuilder collects the observations of one series.
type seriesBuilder struct {
	j      *job
	s      *market.Series
	column string
	seen   map[int64]int // made when the first observation is out of order
	sorted bool
}

// maxSeries bounds how many series one file may hold.
const maxSeries = 20000

// seriesSet is the series of one file, in the order in which they appear.
type seriesSet struct {
	j    *job
	list []*seriesBuilder
	byID map[string]*seriesBuilder
}

func (j *job) newSeries() *seriesSet { return &seriesSet{j: j, byID: map[string]*seriesBuilder{}} }

// get returns the builder of a series, nil when the file holds too many.
func (set *seriesSet) get(id, column string, unit evidence.Unit) *seriesBuilder {
	if b, ok := set.byID[id]; ok {
		return b
	}
	if len(set.list) == maxSeries {
		return nil
	}
	b := &seriesBuilder{j: set.j, s: &market.Series{ID: id, Unit: unit}, column: column, sorted: true}
	set.list = append(set.list, b)
	set.byID[id] = b
	return b
}

// tooMany is the error when get returns nil.
func (set *seriesSet) tooMany() error {
	return set.j.fail(CodeTooLarge, evidence.Args{"series": maxSeries}, "the file holds more series than are read at once")
}

// observe takes one cell: blank cells hold no observation and are counted as such.
func (b *seriesBuilder) observe(about int64, cell []byte, line int) error {
	if isBlankCell(cell) {
		b.j.blank(b.column)
		return nil
	}
	b.j.row()
	v, reason := number(cell)
	if reason != "" {
		return b.j.reject(line, b.column, cell, reason, nil)
	}
	return b.add(about, v, line, cell)
}

// isBlankCell tells the marks that statistical offices use for "no observation".
func isBlankCell(cell []byte) bool {
	switch string(cell) {
	case "", ".", "NA", "N/A", "n/a", "#N/A", "null", "None":
		return true
	}
	return false
}

// add takes one observation that the caller has counted; when it became known is found out later. The same time again is a duplicate, or
// contradicts the first, which stands.
func (b *seriesBuilder) add(about int64, v float64, line int, cell []byte) error {
	return b.addKnown(about, 0, v, line, cell)
}

// addKnown is add for a file that tells when the observation became known.
func (b *seriesBuilder) addKnown(about, known int64, v float64, line int, cell []byte) error {
	s := b.s
	n := s.Len()
	if n > 0 && about <= s.About[n-1] || b.seen != nil {
		if b.seen == nil {
			b.seen = make(map[int64]int, 2*n)
			for i, t := range s.About {
				b.seen[t] = i
			}
		}
		if i, ok := b.seen[about]; ok {
			code := ReasonContradicts
			if s.Value[i] == v {
				code = ReasonDuplicate
			}
			return b.j.reject(line, b.column, cell, code, evidence.Args{"line": int(s.Line[i]), "value": s.Value[i]})
		}
		b.seen[about] = n
		b.sorted = b.sorted && about > s.About[n-1]
	}
	s.Append(about, known, v, int32(line))
	return nil
}

// knownRule says when an observation became known; ok is false for one that never existed, with the
// reason.
type knownRule func(about int64) (known int64, reason string)

// finish dates what is known when, and hands the series over. rule makes the series' own rule once
// its frequency is known; a nil rule leaves the instants that addKnown was given.
func (set *seriesSet) finish(source string, grade evidence.Grade, rule func(*market.Series, frequency) (knownRule, []evidence.Code)) error {
	j := set.j
	for _, b := range set.list {
		s := b.s
		if s.Len() == 0 {
			continue
		}
		if !b.sorted {
			b.sort()
		}
		known, caveats := rule(s, frequencyOf(s.About))
		if err := b.date(known); err != nil {
			return err
		}
		if s.Len() == 0 {
			continue
		}
		s.Origin = j.origin(source, grade)
		s.Origin.Caveats = caveats
		j.sets = append(j.sets, market.Dataset{Series: s})
	}
	return nil
}

// date sets when each observation became known, and rejects those of the future and those that
// never existed.
func (b *seriesBuilder) date(known knownRule) error {
	s, j, k := b.s, b.j, 0
	for i := range s.About {
		at, reason := s.Known[i], ""
		if known != nil {
			at, reason = known(s.About[i])
		}
		if reason == "" && j.future(s.About[i]) {
			reason = CodeInFuture
		}
		if reason != "" {
			value := time.Unix(s.About[i], 0).UTC().Format(time.DateOnly)
			if err := j.reject(int(s.Line[i]), b.column, []byte(value), reason, nil); err != nil {
				return err
			}
			continue
		}
		j.accept()
		s.About[k], s.Known[k], s.Value[k], s.Line[k] = s.About[i], at, s.Value[i], s.Line[i]
		k++
	}
	s.About, s.Known, s.Value, s.Line = s.About[:k], s.Known[:k], s.Value[:k], s.Line[:k]
	return nil
}

func (b *seriesBuilder) sort() {
	s := b.s
	order := make([]int, s.Len())
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(x, y int) int { return cmp.Compare(s.About[x], s.About[y]) })
	out := &market.Series{}
	for _, i := range order {
		out.Append(s.About[i], s.Known[i], s.Value[i], s.Line[i])
	}
	s.About, s.Known, s.Value, s.Line = out.About, out.Known, out.Value, out.Line
}

// frequencyOf tells how often a series is observed from the median distance of its observations,
// which are in order.
func frequencyOf(about []int64) frequency {
	gap := medianGap(about)
	switch days := float64(gap) / 86400; {
	case gap == 0:
		return irregular
	case days <= 4:
		return daily
	case days >= 6 && days <= 8:
		return weekly
	case days >= 28 && days <= 31:
		return monthly
	case days >= 90 && days <= 92:
		return quarterly
	case days >= 364 && days <= 367:
		return yearly
	}
	return irregular
}

// medianGap is the median distance of neighbours, 0 where there is none.
func medianGap(about []int64) int64 {
	if len(about) < 2 {
		return 0
	}
	gaps := make([]int64, len(about)-1)
	for i := range gaps {
		gaps[i] = about[i+1] - about[i]
	}
	slices.Sort(gaps)
	return gaps[len(gaps)/2]
}

// dayOf is the date of an observation that is about a day.
func dayOf(about int64) calendar.Date {
	d := about / 86400
	if about%86400 < 0 {
		d--
	}
	return calendar.Date(d)
}

// dayUnix is the time that an observation about a day is about: midnight UTC of its date, as with
// daily bars.
func dayUnix(d calendar.Date) int64 { return int64(d) * 86400 }

// atNewYork is the instant at which New York's clocks show so many minutes past midnight.
func atNewYork(d calendar.Date, minutes int) int64 {
	return d.At(0, minutes, calendar.NewYork()).Unix()
}

// dayEnd is the end of a day in New York: what a page or file dated that day says was known then at
// the latest, and it does not say when earlier.
func dayEnd(d calendar.Date) int64 { return (d + 1).At(0, 0, calendar.NewYork()).Unix() }

// clock returns minutes past midnight.
func clock(hour, minute int) int { return 60*hour + minute }
