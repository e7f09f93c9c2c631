package cta

import (
	"cmp"
	"slices"
	"strings"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// Readout is one published estimate of what trend followers hold and would do. It describes the state
// after the close of the last session before Date. Amounts are dollars, buying positive; what it does
// not state is Missing.
type Readout struct {
	Date       calendar.Date
	Dated      bool // the date can be relied on; others are no use for fitting
	Futures    bool // flows into the US count S&P 500 futures only
	Publisher  string
	Position   float64 // all equities
	PositionUS float64
	Percentile float64          // of Position, 0 to 100
	Flow       [2][3][2]float64 // by Horizon, Shape (flat, up, down) and area (global, US)
	Pivot      [speeds]float64  // index points
}

// Areas are the names of the areas of flows.
var Areas = [2]string{"global", "us"}

// Empty is a readout that states nothing.
func Empty(d calendar.Date) Readout {
	r := Readout{Date: d, Position: market.Missing, PositionUS: market.Missing, Percentile: market.Missing}
	for h := range r.Flow {
		for s := range r.Flow[h] {
			r.Flow[h][s] = [2]float64{market.Missing, market.Missing}
		}
	}
	for k := range r.Pivot {
		r.Pivot[k] = market.Missing
	}
	return r
}

// readoutPrefix begins the names of the series that hold published estimates: readout/PUBLISHER/FIGURE.
const readoutPrefix = "readout/"

// ReadoutsOf collects the published estimates that a State holds, by date and publisher. Amounts are
// taken in billions of dollars where their unit says so. Two figures are flags, 1 or 0: dated says
// whether the date can be relied on, which it can where the flag is absent; us_futures_only says what
// flows into the US count, which follows from the date where it is absent.
func ReadoutsOf(s *market.State) []Readout {
	type key struct {
		date      calendar.Date
		publisher string
	}
	found := map[key]*Readout{}
	for _, id := range s.SeriesIDs() {
		rest, ok := strings.CutPrefix(id, readoutPrefix)
		publisher, name, two := strings.Cut(rest, "/")
		if !ok || !two {
			continue
		}
		series, err := s.Series(id)
		if err != nil {
			continue
		}
		scale := 1.0
		if series.Unit == evidence.USDBillions {
			scale = 1e9
		}
		for i := range series.Len() {
			k := key{calendar.Date(series.About[i] / 86400), publisher}
			r := found[k]
			if r == nil {
				e := Empty(k.date)
				e.Dated, e.Publisher, e.Futures = true, publisher, k.date < allUSFrom
				r = &e
				found[k] = r
			}
			switch to := r.figure(name); {
			case to != nil:
				*to = scale * series.Value[i]
			case name == "dated":
				r.Dated = series.Value[i] != 0
			case name == "us_futures_only":
				r.Futures = series.Value[i] != 0
			}
		}
	}
	out := make([]Readout, 0, len(found))
	for _, r := range found {
		out = append(out, *r)
	}
	slices.SortFunc(out, func(x, y Readout) int {
		return cmp.Or(cmp.Compare(x.Date, y.Date), cmp.Compare(x.Publisher, y.Publisher))
	})
	return out
}

// figure is the place of a figure by the name that tables of readouts give it; nil for another name.
func (r *Readout) figure(name string) *float64 {
	switch name {
	case "global_equity_long_usd_bn":
		return &r.Position
	case "us_equity_long_usd_bn":
		return &r.PositionUS
	case "percentile":
		return &r.Percentile
	}
	for k, speed := range SpeedNames {
		if name == "pivot_"+speed {
			return &r.Pivot[k]
		}
	}
	for h, horizon := range Horizons {
		for s := range r.Flow[h] {
			for a, area := range Areas {
				if name == "flow_"+horizon+"_"+Shapes[s]+"_"+area {
					return &r.Flow[h][s][a]
				}
			}
		}
	}
	return nil
}

// allUSFrom is the day from which published US flows count all US equities where they do not say
// otherwise; until then they count S&P futures only.
var allUSFrom = calendar.DateOf(2025, 4, 21)
