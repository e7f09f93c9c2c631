package cta

import (
	"faultline/calendar"
	"faultline/market"
)

// Readout is one published estimate of what trend followers hold and would do. It describes the state
// after the close of the last session before Date. Amounts are dollars, buying positive; what it does
// not state is Missing.
type Readout struct {
	Date       calendar.Date
	Dated      bool // the date is stated, or follows from the text; others are no use for fitting
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

// allUSFrom is the day from which published US flows count all US equities where they do not say
// otherwise; until then they count S&P futures only.
var allUSFrom = calendar.DateOf(2025, 4, 21)
