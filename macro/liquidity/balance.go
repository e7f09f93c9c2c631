package liquidity

import (
	"sort"
	"time"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// The series of the Federal Reserve's weekly statement (H.4.1) and of its reverse repos, by their names at FRED.
const (
	Assets   = "WALCL"     // total assets, Wednesday
	Treasury = "WTREGEN"   // Treasury general account
	Reserves = "WRESBAL"   // reserve balances
	Repos    = "RRPONTSYD" // overnight reverse repos, daily
)

// Week is the balance of one Wednesday, dollars. Reserves may be market.Missing.
type Week struct {
	Day                               calendar.Date
	Assets, Treasury, Repos, Reserves float64
}

// Net is the measure: what is left of the assets to those who hold dollars for other ends than paying the
// Treasury or lending to the Federal Reserve.
//
//	net = assets − Treasury's account − reverse repos
func (w *Week) Net() float64 { return w.Assets - w.Treasury - w.Repos }

// dollars reads a series in dollars. FRED has printed these series in millions and in billions at different
// times; no balance was ever twenty trillion dollars, so that a series with a value above 20,000 is in millions.
func dollars(v *market.Series) map[calendar.Date]float64 {
	const millions = 20000
	scale := 1e9
	for _, x := range v.Value {
		if x > millions {
			scale = 1e6
		}
	}
	out := make(map[calendar.Date]float64, v.Len())
	for i := range v.Len() { // of vintages the last one known counts
		out[calendar.Date(v.About[i]/86400)] = v.Value[i] * scale
	}
	return out
}

// repoGap is how many days an amount of reverse repos may be old: a holiday on a Wednesday.
const repoGap = 4

// Weeks reads the weekly balance off what the State knows. A week that lacks assets, the Treasury's
// account or reverse repos is left out.
func Weeks(s *market.State) ([]Week, evidence.Grade, error) {
	grade := evidence.Modelled
	var parts [4]map[calendar.Date]float64
	for k, id := range [4]string{Assets, Treasury, Repos, Reserves} {
		v, err := s.Series(id)
		if err != nil {
			if id == Reserves {
				continue // shown beside the measure, and no part of it
			}
			return nil, grade, &evidence.Absent{Code: "series_missing", Args: evidence.Args{"series": id}}
		}
		grade = evidence.Weakest(grade, v.Origin.Grade)
		parts[k] = dollars(v)
	}
	var out []Week
	for d, assets := range parts[0] {
		w := Week{Day: d, Assets: assets, Reserves: market.Missing}
		treasury, ok := parts[1][d]
		w.Treasury = treasury
		found := false
		for back := calendar.Date(0); back <= repoGap && !found; back++ {
			w.Repos, found = parts[2][d-back]
		}
		if r, ok := parts[3][d]; ok {
			w.Reserves = r
		}
		if ok && found {
			out = append(out, w)
		}
	}
	if len(out) == 0 {
		return nil, grade, &evidence.Absent{Code: "too_few_observations"}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Day < out[j].Day })
	return out, grade, nil
}

// interest are the rates on reserve balances, percent, from the day on which each took effect: Federal
// Reserve, implementation notes to the FOMC's statements since the single rate of July 2021. The series IORB is used
// where it is known.
var interest = []struct {
	year, month, day int
	percent          float64
}{
	{2021, 7, 29, 0.15},
	{2022, 3, 17, 0.40},
	{2022, 5, 5, 0.90},
	{2022, 6, 16, 1.65},
	{2022, 7, 28, 2.40},
	{2022, 9, 22, 3.15},
	{2022, 11, 3, 3.90},
	{2022, 12, 15, 4.40},
	{2023, 2, 2, 4.65},
	{2023, 3, 23, 4.90},
	{2023, 5, 4, 5.15},
	{2023, 7, 27, 5.40},
	{2024, 9, 19, 4.90},
	{2024, 11, 8, 4.65},
	{2024, 12, 19, 4.40},
	{2025, 9, 18, 4.15},
	{2025, 10, 30, 3.90},
	{2025, 12, 11, 3.65},
}

// tableEnds is the last day that the table speaks of: the day before the meeting after the last entry
// could take effect.
var tableEnds = calendar.DateOf(2026, 1, 28)

// Spread is SOFR less the interest on reserves on one day, basis points.
type Spread struct {
	Day calendar.Date
	BP  float64
}

// Spreads are the days on which both rates are known.
func Spreads(s *market.State) ([]Spread, evidence.Grade, error) {
	v, err := s.Series("SOFR")
	if err != nil {
		return nil, evidence.Modelled, &evidence.Absent{Code: "series_missing", Args: evidence.Args{"series": "SOFR"}}
	}
	grade := v.Origin.Grade
	known := map[calendar.Date]float64{}
	if r, err := s.Series("IORB"); err == nil {
		for i := range r.Len() {
			known[calendar.Date(r.About[i]/86400)] = r.Value[i]
		}
	}
	paid := func(d calendar.Date) (float64, bool) {
		if x, ok := known[d]; ok {
			return x, true
		}
		if d > tableEnds {
			return 0, false
		}
		for i := len(interest) - 1; i >= 0; i-- {
			x := interest[i]
			if d >= calendar.DateOf(x.year, time.Month(x.month), x.day) {
				return x.percent, true
			}
		}
		return 0, false
	}
	last := map[calendar.Date]int{}
	var out []Spread
	for i := range v.Len() {
		d := calendar.Date(v.About[i] / 86400)
		r, ok := paid(d)
		if !ok {
			continue
		}
		x := Spread{Day: d, BP: 100 * (v.Value[i] - r)}
		if j, ok := last[d]; ok {
			out[j] = x
			continue
		}
		last[d] = len(out)
		out = append(out, x)
	}
	if len(out) == 0 {
		return nil, grade, &evidence.Absent{Code: "too_few_observations"}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Day < out[j].Day })
	return out, grade, nil
}
