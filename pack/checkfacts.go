package pack

import (
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// unit says what a published figure counts and in what multiples.
type unit struct {
	base  string
	scale float64
}

// units are those that published figures come in. One that is not listed is more often a slip than
// a new unit.
var units = map[string]unit{
	"":      {"event", 1},
	"index": {"points", 1}, "points": {"points", 1},
	"pct": {"ratio", 0.01}, "bp": {"ratio", 0.0001}, "ratio": {"ratio", 1}, "z": {"z", 1}, "percentile": {"percentile", 1},
	"usd": {"usd", 1}, "usd mn": {"usd", 1e6}, "usd bn": {"usd", 1e9}, "usd trn": {"usd", 1e12},
	"contracts": {"contracts", 1}, "thousand contracts": {"contracts", 1e3}, "mn contracts": {"contracts", 1e6},
	"shares": {"shares", 1}, "mn shares": {"shares", 1e6}, "bn shares": {"shares", 1e9}, "stocks": {"stocks", 1},
	"jobs": {"jobs", 1}, "thousand": {"jobs", 1e3}, "days": {"days", 1}, "count": {"count", 1},
}

// Endings of the names of figures that Check understands.
const (
	closeSuffix = "_close"                // an official close
	recordClose = "_record_close"         // the highest close up to its day
	dayReturn   = "_ret"                  // percent, close on close
	weekReturn  = "_week"                 // percent, close on the last close of the week before
	fromRecord  = "_dd_from_record_close" // percent, close on the record close before it
)

// implausible is how far a close may lie from the median of its name, as a ratio: more than any
// market here moved in a quarter, less than a slipped decimal point.
const implausible = 1.6

// eachFact calls f with every published figure and its file.
func (c *checker) eachFact(f func(file string, x *market.Fact)) {
	for _, d := range c.pack.Book.Sets() {
		if d.Facts != nil {
			for i := range d.Facts.Rows {
				f(d.Facts.Origin.File, &d.Facts.Rows[i])
			}
		}
	}
}

// facts judges every published figure on its own and beside those of its name and day.
func (c *checker) facts() {
	type key struct {
		id    string
		about int64
	}
	same := map[key][]*market.Fact{}
	levels := map[string][]float64{}
	c.eachFact(func(file string, x *market.Fact) {
		add := func(code string, args evidence.Args) { c.add(Fault, code, file, int(x.Line), x.ID, args) }
		u, known := units[x.Unit]
		if !known {
			add(FindingUnit, evidence.Args{"unit": x.Unit})
		}
		if !isAddress(x.Source) {
			add(FindingSource, evidence.Args{"source": x.Source})
		}
		if x.Unit != "" && market.IsMissing(x.Value) && x.Text == "" {
			add(FindingValue, nil)
		}
		day := aboutDate(*x)
		if p := c.pack.Meta.Period; (day < p.From || day > p.To) && !slices.Contains(c.pack.Meta.Background, x.ID) {
			add(FindingPeriod, evidence.Args{"date": day.String()})
		}
		if earliest, err := c.earliest(x, day); err != nil {
			add(FindingClosed, evidence.Args{"date": day.String()})
		} else if x.Known < earliest {
			add(FindingEarly, evidence.Args{"known": stamp(x.Known), "earliest": stamp(earliest)})
		}
		if strings.HasSuffix(x.ID, closeSuffix) && x.Value > 0 {
			levels[x.ID] = append(levels[x.ID], x.Value)
		}
		k := key{x.ID, x.About}
		for _, y := range same[k] {
			switch {
			case y.Source == x.Source && y.Value == x.Value:
				add(FindingTwice, evidence.Args{"line": y.Line})
			case contradict(x, y, u, units[y.Unit]):
				c.add(Note, FindingConflict, file, int(x.Line), x.ID, evidence.Args{"date": day.String(), "value": x.Value * u.scale, "other": y.Value * units[y.Unit].scale})
			}
		}
		same[k] = append(same[k], x)
	})
	for _, v := range levels {
		sort.Float64s(v)
	}
	c.eachFact(func(file string, x *market.Fact) {
		v := levels[x.ID]
		if len(v) < 3 || !strings.HasSuffix(x.ID, closeSuffix) || !(x.Value > 0) {
			return
		}
		if median := v[len(v)/2]; x.Value > median*implausible || x.Value < median/implausible {
			c.add(Fault, FindingImplausible, file, int(x.Line), x.ID, evidence.Args{"value": x.Value, "median": median})
		}
	})
}

// contradict reports whether two figures of one name and time differ by more than their rounding.
func contradict(x, y *market.Fact, ux, uy unit) bool {
	slack := max(rounding(x.Value)*ux.scale, rounding(y.Value)*uy.scale) * 1.001
	return ux.base != uy.base || math.Abs(x.Value*ux.scale-y.Value*uy.scale) > slack
}

// earliest is the first instant at which a figure can have been known: of a close, the close of the
// session; of anything else, the beginning of its day. It is an error for a close of a closed day.
func (c *checker) earliest(x *market.Fact, day calendar.Date) (int64, error) {
	if !strings.HasSuffix(x.ID, closeSuffix) {
		return day.At(0, 0, calendar.NewYork()).Unix(), nil
	}
	exchange := calendar.NYSE()
	name := strings.TrimSuffix(strings.TrimSuffix(x.ID, recordClose), closeSuffix)
	if in, ok := market.Lookup(name); ok {
		exchange = in.Calendar()
	}
	s, err := exchange.Session(day)
	if err != nil {
		return 0, err
	}
	return s.Close.Unix(), nil
}

// rounding is half a unit in the last place that a figure was printed with. Zeros at its end are
// lost, so that it may be too large, never too small.
func rounding(x float64) float64 {
	s := strconv.FormatFloat(math.Abs(x), 'f', -1, 64)
	_, decimals, _ := strings.Cut(s, ".")
	return 0.5 * math.Pow(10, -float64(len(decimals)))
}

// percentages holds stated changes against stated levels where the pack has both. Of several levels
// of one day any may be the one that the page used.
func (c *checker) percentages() {
	levels := map[string]map[calendar.Date][]float64{}
	c.eachFact(func(_ string, x *market.Fact) {
		if !strings.HasSuffix(x.ID, closeSuffix) || !(x.Value > 0) {
			return
		}
		if levels[x.ID] == nil {
			levels[x.ID] = map[calendar.Date][]float64{}
		}
		day := aboutDate(*x)
		levels[x.ID][day] = append(levels[x.ID][day], x.Value)
	})
	c.eachFact(func(file string, x *market.Fact) {
		if x.Unit != "pct" || market.IsMissing(x.Value) {
			return
		}
		day := aboutDate(*x)
		var now, before []float64
		switch {
		case strings.HasSuffix(x.ID, fromRecord):
			name := strings.TrimSuffix(x.ID, fromRecord)
			now = levels[name+closeSuffix][day]
			for d, v := range levels[name+recordClose] {
				if d <= day {
					before = append(before, v...)
				}
			}
		case strings.HasSuffix(x.ID, weekReturn):
			id := strings.TrimSuffix(x.ID, weekReturn) + closeSuffix
			monday := day - (calendar.Date(day.Weekday())+6)%7
			now, before = levels[id][day], levels[id][previous(monday)]
		case strings.HasSuffix(x.ID, dayReturn):
			id := strings.TrimSuffix(x.ID, dayReturn) + closeSuffix
			now, before = levels[id][day], levels[id][previous(day)]
		}
		if len(now) == 0 || len(before) == 0 {
			return
		}
		closest := math.Inf(1)
		for _, a := range now {
			for _, b := range before {
				percent := 100 * (a/b - 1)
				slack := rounding(x.Value) + 100*(rounding(a)/b+a*rounding(b)/(b*b))
				if math.Abs(percent-x.Value) <= slack*1.001 {
					return
				}
				if math.Abs(percent-x.Value) < math.Abs(closest-x.Value) {
					closest = percent
				}
			}
		}
		c.add(Fault, FindingPercent, file, int(x.Line), x.ID, evidence.Args{"date": day.String(), "stated": x.Value, "levels": math.Round(1000*closest) / 1000})
	})
}

// previous is the last NYSE session before a date, or 0 where the calendar does not reach.
func previous(d calendar.Date) calendar.Date {
	s, err := calendar.NYSE().Prev(d)
	if err != nil {
		return 0
	}
	return s.Date
}
