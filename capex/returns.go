package capex

import (
	"math"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/macro/ols"
	"faultline/market"
)

// aligned are daily log returns of several instruments on the sessions that all of them have.
type aligned struct {
	date    []calendar.Date // of the later close
	returns [][]float64     // [instrument][day]
}

// align reads the closes known to a State. Adjusted closes serve: returns do not leak the future.
func align(s *market.State, ids ...string) (*aligned, error) {
	closes := make([]map[calendar.Date]float64, len(ids))
	var first *market.Bars
	for i, id := range ids {
		b, err := s.Daily(id)
		if err != nil {
			return nil, &evidence.Absent{Code: "no_price", Args: evidence.Args{"instrument": id, "as_of": s.At().Format("2006-01-02T15:04:05Z07:00")}}
		}
		if i == 0 {
			first = b
		}
		closes[i] = make(map[calendar.Date]float64, b.Len())
		for k := range b.Len() {
			closes[i][b.Date(k)] = b.Close[k]
		}
	}
	out := &aligned{returns: make([][]float64, len(ids))}
	last := make([]float64, len(ids))
	have := false
	for k := range first.Len() {
		d := first.Date(k)
		now := make([]float64, len(ids))
		all := true
		for i := range ids {
			x, ok := closes[i][d]
			now[i], all = x, all && ok && x > 0
		}
		if !all {
			continue
		}
		if have {
			out.date = append(out.date, d)
			for i := range ids {
				out.returns[i] = append(out.returns[i], math.Log(now[i]/last[i]))
			}
		}
		last, have = now, true
	}
	return out, nil
}

// until is the number of days up to and including a date.
func (a *aligned) until(d calendar.Date) int {
	n := 0
	for n < len(a.date) && a.date[n] <= d {
		n++
	}
	return n
}

// Estimate is a number with its standard error.
type Estimate struct {
	Value, Error float64
	N            int // observations that it rests on
}

// Event is the abnormal return of one instrument over a few days.
type Event struct {
	Instrument string
	Alpha      float64 // a day, log
	Beta       float64
	Sigma      float64 // of a day's residual
	Days       []EventDay
	Total      Estimate // sum over the days; N is the days of the estimation
}

// EventDay is one day of an event.
type EventDay struct {
	Date             string
	Return, Abnormal float64 // log
	Error            float64 // of Abnormal
}

// Estimation window of an event study, in sessions before its first day (MacKinlay 1997 uses 120 to 250 and
// leaves a gap, so that the event does not enter its own yardstick).
const (
	estimation = 250
	gap        = 10
)

// Study measures how an instrument moved against the market model around an event (MacKinlay, "Event Studies in
// Economics and Finance", Journal of Economic Literature 35, 1997, section 5): R = α + β·R_m + ε is fitted on 250
// sessions that end ten before the event; the abnormal return is R − α − β·R_m. Its variance is that of ε and of
// the fitted line at that market return; abnormal returns of several days share the line, so that the variance
// of their sum is σ²·(L + L²/T + (Σ R_m − L·mean)²/S), T the days of the estimation, S the sum of squares of R_m
// about its mean. Other instruments minus each other are studied by giving both: the second is subtracted.
func Study(s *market.State, instrument, minus, benchmark string, from, to calendar.Date) (*Event, error) {
	ids := []string{instrument, benchmark}
	name := instrument
	if minus != "" {
		ids = append(ids, minus)
		name += " − " + minus
	}
	a, err := align(s, ids...)
	if err != nil {
		return nil, err
	}
	y := a.returns[0]
	if minus != "" {
		y = make([]float64, len(y))
		for i := range y {
			y[i] = a.returns[0][i] - a.returns[2][i]
		}
	}
	first, end := a.until(from-1), a.until(to)
	low, high := first-gap-estimation, first-gap
	if low < 0 || end <= first {
		return nil, &evidence.Absent{Code: "too_few_observations"}
	}
	x := a.returns[1]
	var mx, my float64
	for i := low; i < high; i++ {
		mx += x[i] / estimation
		my += y[i] / estimation
	}
	var sxx, sxy float64
	for i := low; i < high; i++ {
		sxx += (x[i] - mx) * (x[i] - mx)
		sxy += (x[i] - mx) * (y[i] - my)
	}
	out := &Event{Instrument: name, Beta: sxy / sxx}
	out.Alpha = my - out.Beta*mx
	sse := 0.0
	for i := low; i < high; i++ {
		e := y[i] - out.Alpha - out.Beta*x[i]
		sse += e * e
	}
	variance := sse / (estimation - 2)
	out.Sigma = math.Sqrt(variance)
	off := 0.0
	for i := first; i < end; i++ {
		d := EventDay{Date: a.date[i].String(), Return: y[i], Abnormal: y[i] - out.Alpha - out.Beta*x[i]}
		d.Error = math.Sqrt(variance * (1 + 1.0/estimation + (x[i]-mx)*(x[i]-mx)/sxx))
		out.Days = append(out.Days, d)
		out.Total.Value += d.Abnormal
		off += x[i] - mx
	}
	l := float64(len(out.Days))
	out.Total.Error = math.Sqrt(variance * (l + l*l/estimation + off*off/sxx))
	out.Total.N = estimation
	return out, nil
}

// Lean is one piece of advice as a difference of two returns.
type Lean struct {
	Code        string // name of the lean
	Long, Short string // instruments that stand for it
}

// Leans are the document's, each with the nearest instruments of the data. A proxy is not the thing: companies
// that save labour are taken for industry, emerging markets that gain for all of them.
var Leans = []Lean{
	{"data_over_hardware", "GOOGL", "SMH"},
	{"software_over_hardware", "MSFT", "SMH"},
	{"automation", "XLI", "SPY"},
	{"energy", "XLE", "SPY"},
	{"supply_chains", "EEM", "SPY"},
	{"utilities", "XLU", "SPY"},
	{"staples", "XLP", "SPY"},
	{"cash_over_growth", "RSP", "QQQ"},
}

// Tested is how a lean did before and after a day.
type Tested struct {
	Lean          Lean
	Before, After *Estimate // difference of log returns a year, with Newey–West errors; nil where too few days are known
	Last          string    // last day of After
}

// lags of the Newey–West errors: a week of sessions.
const lags = 5

// Test measures the mean difference of daily log returns of a lean, a year, over five years up to a day and over
// what is known after it. Standard errors allow for a week of autocorrelation.
func Test(s *market.State, l Lean, day calendar.Date) (*Tested, error) {
	a, err := align(s, l.Long, l.Short)
	if err != nil {
		return nil, err
	}
	const year, back, least = 252, 5 * 252, 20
	cut := a.until(day)
	out := &Tested{Lean: l}
	mean := func(lo, hi int) (*Estimate, error) {
		if hi-lo < least {
			return nil, nil //nolint:nilnil // too few days is no estimate, and no failure of the other one
		}
		y, x := make([]float64, hi-lo), make([][]float64, hi-lo)
		for i := range y {
			y[i] = a.returns[0][lo+i] - a.returns[1][lo+i]
			x[i] = []float64{1}
		}
		f, err := ols.Regress(y, x, ols.Robust{Lags: lags})
		if err != nil {
			return nil, err
		}
		return &Estimate{year * f.Beta[0], year * f.Error[0], f.N}, nil
	}
	if out.Before, err = mean(max(0, cut-back), cut); err != nil {
		return nil, err
	}
	if out.After, err = mean(cut, len(a.date)); err != nil {
		return nil, err
	}
	if out.After != nil {
		out.Last = a.date[len(a.date)-1].String()
	}
	return out, nil
}
