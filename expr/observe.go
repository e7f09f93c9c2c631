package expr

import (
	"math"
	"strconv"
	"strings"
	"time"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// stateObserver reads the vocabulary from everything known at an instant.
type stateObserver struct {
	state *market.State
	at    int64
}

// Of answers the vocabulary from a State, at its own instant.
func Of(s *market.State) Observer { return stateObserver{s, s.At().Unix()} }

// OfAt answers as of an instant not after the State's own. Series of which the State keeps the latest
// vintage only are answered by that vintage: whoever needs first prints takes the State of that instant.
func OfAt(s *market.State, at time.Time) Observer {
	return stateObserver{s, min(at.Unix(), s.At().Unix())}
}

// row is one observation with its two instants, in Unix seconds, and how far it is to be trusted.
type row struct {
	value        float64
	about, known int64
	grade        evidence.Grade
}

// none says that there is nothing to read, notYet that it will only come.
func none(u Use) error {
	return &evidence.Absent{Code: "no_observation", Args: evidence.Args{"name": u.String()}}
}

func notYet(u Use) error {
	return &evidence.Absent{Code: "not_yet_observed", Args: evidence.Args{"name": u.String()}}
}

// Observe answers one name. docs/conditions.md says what each means.
func (o stateObserver) Observe(u Use) (Observation, error) {
	r, err := o.read(u)
	if err != nil {
		return Observation{}, err
	}
	return Observation{r.value, time.Unix(r.known, 0).UTC(), r.grade}, nil
}

func (o stateObserver) read(u Use) (row, error) {
	arg := func(i int) string {
		if i < len(u.Args) {
			return u.Args[i]
		}
		return ""
	}
	switch u.Name {
	case "price":
		return o.price(u, arg(0), arg(1))
	case "ret":
		return o.ret(u, arg(0), arg(1), arg(2))
	case "worst", "best", "lowest", "highest", "average":
		return o.window(u, u.Name, o.closes(arg(0)), arg(1), arg(2))
	case "cpi.yoy":
		return o.yoy(u, "CPIAUCSL", arg(0))
	case "cpi.core_yoy":
		return o.yoy(u, "CPILFESL", arg(0))
	case "jobs.unemployment":
		return o.last(u, o.series("UNRATE"), arg(0), true)
	case "fed.upper":
		return o.last(u, o.series("DFEDTARU"), arg(0), false)
	case "fed.cut_bp":
		return o.cut(u, arg(0), arg(1))
	case "fed.cut_odds":
		return o.odds(u, arg(0))
	case "ust.y2":
		return o.last(u, o.series("DGS2"), arg(0), false)
	case "ust.y10":
		return o.last(u, o.tenYear(), arg(0), false)
	case "ust.y10_highest":
		return o.window(u, "highest", o.tenYear(), arg(0), arg(1))
	case "ust.y30":
		return o.last(u, o.series("DGS30"), arg(0), false)
	case "vix":
		return o.last(u, o.closes("VIX"), arg(0), false)
	case "implied.below", "implied.touch":
		return o.implied(u, strings.TrimPrefix(u.Name, "implied."), arg(0), arg(1), arg(2))
	case "capex.quarter":
		return o.last(u, o.series("capex/"+arg(0)), arg(1), true)
	case "capex.guided":
		return o.guided(u, arg(0))
	case "series":
		return o.last(u, o.series(arg(0)), arg(1), true)
	case "series_lowest", "series_highest":
		return o.window(u, strings.TrimPrefix(u.Name, "series_"), o.series(arg(0)), arg(1), arg(2))
	case "fact":
		return o.last(u, o.facts(arg(0)), arg(1), true)
	}
	return row{}, none(u)
}

// unixDay is a date in the form of the tables: midnight UTC.
func unixDay(text string) int64 {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return math.MinInt64 // Compile has refused such a text
	}
	return t.Unix()
}

// series gives the observations of a series known at the instant.
func (o stateObserver) series(id string) (out []row) {
	s, err := o.state.Series(id)
	if err != nil {
		return nil
	}
	for i := range s.Len() {
		if s.Known[i] <= o.at {
			out = append(out, row{s.Value[i], s.About[i], s.Known[i], s.Origin.Grade})
		}
	}
	return out
}

// closes gives the daily closes of an instrument known at the instant; where there are no bars, those that
// pages state.
func (o stateObserver) closes(ticker string) (out []row) {
	in, _ := market.InstrumentOf(ticker)
	if b, err := o.state.Daily(in.ID); err == nil {
		for i := range b.Len() {
			if b.Known[i] <= o.at {
				out = append(out, row{b.Close[i], b.Begin[i], b.Known[i], b.Origin.Grade})
			}
		}
		if len(out) > 0 {
			return out
		}
	}
	return o.facts(in.ID + "_close")
}

// facts gives the numbers that pages state about one thing. Of several for one day the last known stands.
func (o stateObserver) facts(id string) (out []row) {
	for _, f := range o.state.Facts(id) {
		if f.Known > o.at || market.IsMissing(f.Value) {
			continue
		}
		r := row{f.Value, f.About - f.About%86400, f.Known, o.state.FactsOrigin().Grade}
		if n := len(out); n > 0 && out[n-1].about == r.about {
			if out[n-1].known <= r.known {
				out[n-1] = r
			}
			continue
		}
		out = append(out, r)
	}
	return out
}

// tenYear is the constant-maturity yield of the Treasury, and the market's own index where that is missing.
func (o stateObserver) tenYear() []row {
	if rows := o.series("DGS10"); len(rows) > 0 {
		return rows
	}
	return o.closes("TNX")
}

// last is the latest observation, or that of a day. Exact asks for the very period; without it the last
// one of the week before the day will do, which bridges weekends and holidays.
func (o stateObserver) last(u Use, rows []row, day string, exact bool) (row, error) {
	if len(rows) == 0 {
		return row{}, none(u)
	}
	if day == "" {
		return rows[len(rows)-1], nil
	}
	return on(u, rows, unixDay(day), exact)
}

const week = 7 * 86400

func on(u Use, rows []row, day int64, exact bool) (row, error) {
	for i := len(rows) - 1; i >= 0; i-- {
		about := rows[i].about - rows[i].about%86400
		switch {
		case about == day:
			return rows[i], nil
		case about < day && !exact && day-about < week && rows[len(rows)-1].about > day:
			return rows[i], nil // later ones are known, so that none of this day will come
		case about < day && rows[len(rows)-1].about > day:
			return row{}, none(u) // later ones are known: this one was never published
		case about < day:
			return row{}, notYet(u)
		}
	}
	return row{}, none(u)
}

func (o stateObserver) price(u Use, ticker, day string) (row, error) {
	return o.last(u, o.closes(ticker), day, false)
}

// ret is the return between two closes, to the latest where no end is given.
func (o stateObserver) ret(u Use, ticker, from, to string) (row, error) {
	rows := o.closes(ticker)
	a, err := o.last(u, rows, from, false)
	if err != nil {
		return row{}, err
	}
	b, err := o.last(u, rows, to, false)
	if err != nil {
		return row{}, err
	}
	return row{b.value/a.value - 1, b.about, b.known, evidence.Weakest(a.grade, b.grade)}, nil
}

// window looks at the observations from one day to another, as far as they are known: the lowest, highest
// or average value, and for worst and best the return since the first day.
func (o stateObserver) window(u Use, what string, rows []row, from, to string) (row, error) {
	lo, hi := unixDay(from), unixDay(to)
	var base row
	if what == "worst" || what == "best" {
		var err error
		if base, err = on(u, rows, lo, false); err != nil {
			return row{}, err
		}
	}
	var out row
	n, sum := 0, 0.0
	for _, r := range rows {
		if r.about < lo || r.about > hi+86399 {
			continue
		}
		n++
		sum += r.value
		low := what == "worst" || what == "lowest"
		if n == 1 || low && r.value < out.value || !low && r.value > out.value {
			out = r
		}
	}
	if n == 0 {
		return row{}, notYet(u)
	}
	switch what {
	case "worst", "best":
		out.value = out.value/base.value - 1
	case "average":
		out.value, out.known = sum/float64(n), rows[len(rows)-1].known
	}
	return out, nil
}

// yoy is the change over twelve months in percent.
func (o stateObserver) yoy(u Use, id, month string) (row, error) {
	rows := o.series(id)
	r, err := o.last(u, rows, month, true)
	if err != nil {
		return row{}, err
	}
	y := time.Unix(r.about, 0).UTC().AddDate(-1, 0, 0).Format(time.DateOnly)
	base, err := on(u, rows, unixDay(y), true)
	if err != nil {
		return row{}, err
	}
	return row{100 * (r.value/base.value - 1), r.about, r.known, evidence.Weakest(r.grade, base.grade)}, nil
}

// cut is by how many basis points the target of the Federal Reserve fell: at the meeting that ends on a day,
// or between two days. The new target is in force on the day after the meeting. Where the data have no series
// of the target, the table of announcements in package market serves.
func (o stateObserver) cut(u Use, from, to string) (row, error) {
	if to == "" {
		to = time.Unix(unixDay(from)+86400, 0).UTC().Format(time.DateOnly)
	}
	rows := o.series("DFEDTARU")
	if len(rows) == 0 {
		a, okA := inForce(from)
		b, okB := inForce(to)
		switch {
		case o.at < unixDay(to):
			return row{}, notYet(u)
		case !okA || !okB:
			return row{}, none(u)
		}
		return row{basisPoints(100 * (a - b)), unixDay(to), unixDay(to), evidence.Published}, nil
	}
	a, err := o.last(u, rows, from, false)
	if err != nil {
		return row{}, err
	}
	b, err := o.last(u, rows, to, false)
	if err != nil {
		return row{}, err
	}
	return row{basisPoints(a.value - b.value), b.about, b.known, evidence.Weakest(a.grade, b.grade)}, nil
}

// inForce is the target on a day, a decimal a year.
func inForce(day string) (float64, bool) {
	d, err := calendar.ParseDate(day)
	if err != nil {
		return 0, false
	}
	return market.FedFundsInForce(d)
}

// basisPoints turns percentage points into basis points without the dust of binary fractions, so that a cut
// of 25 is not 24.99….
func basisPoints(percent float64) float64 { return math.Round(1e8*percent) / 1e6 }

// odds are what futures gave for a cut at a meeting: from an export of FedWatch where the State has one,
// else as pages quote it.
func (o stateObserver) odds(u Use, meeting string) (row, error) {
	var out row
	prefix := "fedwatch/" + meeting + "/"
	upper, err := o.last(u, o.series("DFEDTARU"), "", false)
	if err == nil {
		sum, about, known, grade := 0.0, int64(0), int64(0), upper.grade
		for _, id := range o.state.SeriesIDs() {
			if !strings.HasPrefix(id, prefix) {
				continue
			}
			rows := o.series(id)
			if len(rows) == 0 {
				continue
			}
			r := rows[len(rows)-1]
			if r.about > about {
				sum, about, known = 0, r.about, r.known
			}
			grade = evidence.Weakest(grade, r.grade)
			if top, ok := rangeTop(id[len(prefix):]); ok && r.about == about && top < 100*upper.value {
				sum += r.value
			}
		}
		out = row{sum, about, known, grade}
	}
	// Pages name the month of the meeting alone, which is clear within the year before it.
	day := unixDay(meeting)
	rows := o.facts("FedWatch_" + time.Unix(day, 0).UTC().Format("Jan") + "_cut")
	for i := len(rows) - 1; i >= 0; i-- {
		if r := rows[i]; r.about <= day && day-r.about < 365*86400 {
			if r.about > out.about {
				out = row{r.value / 100, r.about, r.known, r.grade}
			}
			break
		}
	}
	if out.known == 0 {
		return row{}, none(u)
	}
	return out, nil
}

// rangeTop reads the upper end of a target range such as 350-375, in basis points.
func rangeTop(text string) (float64, bool) {
	_, high, ok := strings.Cut(text, "-")
	n, err := strconv.Atoi(high)
	return float64(n), ok && err == nil
}

// guided is the sum of what the four largest buyers guide for a calendar year, from published figures
// capex_TICKER_YEAR; it is absent unless all four have spoken.
func (o stateObserver) guided(u Use, day string) (row, error) {
	var out row
	for _, t := range []string{"MSFT", "GOOGL", "AMZN", "META"} {
		rows := o.facts("capex_" + t + "_" + day[:4])
		if len(rows) == 0 {
			return row{}, none(u)
		}
		r := rows[len(rows)-1]
		out.value += 1e9 * r.value
		out.about, out.known = max(out.about, r.about), max(out.known, r.known)
		out.grade = evidence.Weakest(out.grade, r.grade)
	}
	return out, nil
}
