package audit

import (
	"context"
	"fmt"
	"math"
	"time"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/expr"
)

// Verdict is what data say of a claim.
type Verdict string

// The verdicts.
const (
	Supported    Verdict = "supported"
	Contradicted Verdict = "contradicted"
	Misleading   Verdict = "misleading" // true in one reading, false in another
	Unverifiable Verdict = "unverifiable"
	NotYetDue    Verdict = "not_yet_due"
	Consistent   Verdict = "consistent_with" // as much as data can say of a cause
)

// Observer answers what expressions and dates ask for.
type Observer interface {
	expr.Observer
	// Day is the day of a published fact, and when it became known.
	Day(fact string) (calendar.Date, time.Time, error)
	// Closes visits the daily closes of an instrument in order of their days, as far as known.
	Closes(ticker string, visit func(day calendar.Date, close float64, known time.Time) bool) error
}

// Result is the outcome of one reading.
type Result struct {
	Text     Text
	Holds    bool
	Measured float64       // in the figure's unit; NaN where the reading gives no number
	Day      calendar.Date // of a date reading
	Miss     float64       // measured less the nearest value that the claim allows without tolerance; NaN where it has none
	Stretch  float64       // the factor by which the tolerance would have to grow for the reading to hold; at most 1 when it holds, NaN without a number, +Inf when no tolerance was stated
	Used     []expr.Reading
	Absent   *evidence.Absent
}

// Finding is the verdict on one claim.
type Finding struct {
	Claim   *Claim
	Verdict Verdict
	Results []Result
	Absent  *evidence.Absent // what is missing, where the claim is unverifiable although it has readings
}

// Judge decides every claim of a ledger on what an observer knew at an instant. The order is the ledger's.
func Judge(ctx context.Context, l *Ledger, o Observer, at time.Time) ([]Finding, error) {
	out := make([]Finding, 0, len(l.Claims))
	for i := range l.Claims {
		f, err := judge(ctx, &l.Claims[i], o, at)
		if err != nil {
			return nil, fmt.Errorf("audit %s: %w", l.Claims[i].ID, err)
		}
		out = append(out, *f)
	}
	return out, nil
}

func judge(ctx context.Context, c *Claim, o Observer, at time.Time) (*Finding, error) {
	f := &Finding{Claim: c, Verdict: Unverifiable}
	if !c.dueAt(at) {
		f.Verdict = NotYetDue
		return f, nil
	}
	yes, no := 0, 0
	for i := range c.Readings {
		r, err := read(ctx, c, &c.Readings[i], o)
		if err != nil {
			return nil, err
		}
		f.Results = append(f.Results, *r)
		switch {
		case r.Absent != nil:
			if f.Absent == nil {
				f.Absent = r.Absent
			}
		case r.Holds:
			yes++
		default:
			no++
		}
	}
	switch {
	case len(c.Readings) == 0 || f.Absent != nil:
	case no == 0 && c.Kind == Causal:
		f.Verdict = Consistent
	case no == 0:
		f.Verdict = Supported
	case yes == 0:
		f.Verdict = Contradicted
	default:
		f.Verdict = Misleading
	}
	return f, nil
}

func read(ctx context.Context, c *Claim, r *Reading, o Observer) (*Result, error) {
	out := &Result{Text: r.Text, Measured: math.NaN(), Miss: math.NaN(), Stretch: math.NaN()}
	switch {
	case r.Holds != nil:
		v, err := r.Holds.Eval(ctx, o)
		if err != nil {
			return nil, err
		}
		out.Holds, out.Absent, out.Used = v.True, v.Absent, v.Read
	case r.Measure != nil:
		v, err := r.Measure.Eval(ctx, o)
		if err != nil {
			return nil, err
		}
		if out.Absent, out.Used = v.Absent, v.Read; out.Absent == nil {
			out.Measured = v.Value
			out.Holds, out.Miss, out.Stretch = c.Figure.against(v.Value)
		}
	case r.Event != "":
		day, known, err := o.Day(r.Event)
		if out.Absent = asAbsent(err); err != nil {
			return out, unless(out.Absent, err)
		}
		out.dated(c.Figure, day)
		out.Used = []expr.Reading{{Use: expr.Use{Name: "fact", Args: []string{r.Event}}, Value: float64(day), Known: known}}
	default:
		return out, out.crossed(c.Figure, r.First, o)
	}
	return out, nil
}

func (out *Result) crossed(f *Figure, x *Crossing, o Observer) error {
	used := expr.Use{Name: "price", Args: []string{x.Of}}
	found := false
	err := o.Closes(x.Of, func(day calendar.Date, price float64, known time.Time) bool {
		if day < x.From || x.Below != (price < x.Level) || price == x.Level {
			return true
		}
		found = true
		out.dated(f, day)
		used.Args = append(used.Args, day.String())
		out.Used = []expr.Reading{{Use: used, Value: price, Known: known}}
		return false
	})
	if out.Absent = asAbsent(err); err != nil {
		return unless(out.Absent, err)
	}
	if !found {
		out.Absent = &evidence.Absent{Code: "not_yet_observed", Args: evidence.Args{"name": used.String()}}
	}
	return nil
}

func (out *Result) dated(f *Figure, day calendar.Date) {
	out.Day = day
	out.Miss = float64(day - f.Day)
	out.Holds = math.Abs(out.Miss) <= f.Tolerance
	out.Stretch = stretch(math.Abs(out.Miss), f.Tolerance)
}

// asAbsent is the absence behind an error, or nil.
func asAbsent(err error) *evidence.Absent {
	a, _ := err.(*evidence.Absent) //nolint:errorlint // an Observer returns the absence itself
	return a
}

func unless(a *evidence.Absent, err error) error {
	if a != nil {
		return nil
	}
	return err
}

// against holds a measured number against the figure: whether it fits, by how much it misses the nearest
// value that the claim allows, and how far the tolerance would have to be stretched.
func (f *Figure) against(v float64) (holds bool, miss, factor float64) {
	low, high := f.ends()
	switch f.Bound {
	case "above", "at_least":
		high = math.Inf(1)
	case "below", "at_most":
		low = math.Inf(-1)
	}
	switch {
	case v < low:
		miss = v - low
	case v > high:
		miss = v - high
	}
	holds = math.Abs(miss) <= f.Tolerance*(1+1e-12)
	if f.Bound == "above" && !(v > f.Value) || f.Bound == "below" && !(v < f.Value) {
		holds = false
		if miss == 0 {
			return false, 0, stretch(math.SmallestNonzeroFloat64, 0)
		}
	}
	return holds, miss, stretch(math.Abs(miss), f.Tolerance)
}

// stretch is miss over tolerance.
func stretch(miss, tolerance float64) float64 {
	switch {
	case miss == 0:
		return 0
	case tolerance == 0:
		return math.Inf(1)
	}
	return miss / tolerance
}
