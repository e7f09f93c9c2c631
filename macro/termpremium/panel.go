package termpremium

import (
	"math"
	"sort"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// pars are the series of constant-maturity par yields, percent, with their maturities in years.
var pars = []struct {
	id    string
	years float64
}{
	{"DGS1MO", 1.0 / 12},
	{"DGS3MO", 0.25},
	{"DGS6MO", 0.5},
	{"DGS1", 1},
	{"DGS2", 2},
	{"DGS3", 3},
	{"DGS5", 5},
	{"DGS7", 7},
	{"DGS10", 10},
	{"DGS20", 20},
	{"DGS30", 30},
}

// Panel is the zero-coupon yields at the end of each month, and of the last day known.
type Panel struct {
	Months []calendar.Date // last day with yields of each full month
	Yields Yields
	Day    calendar.Date // of Now
	Now    []float64
	Curve  *Curve // of Now
	RMS    float64
	Grade  evidence.Grade
}

// PanelOf strips the par yields that the State knows. A month counts when it is over, when at least five
// maturities were quoted on its last day, and when these reach from half a year or less to ten years or more. Months
// before the last hole are left out.
func PanelOf(s *market.State, months int) (*Panel, error) {
	type quote struct{ years, yield float64 }
	byDay := map[calendar.Date][]quote{}
	p := &Panel{Grade: evidence.Modelled}
	have := 0
	for _, x := range pars {
		v, err := s.Series(x.id)
		if err != nil {
			continue
		}
		have++
		p.Grade = evidence.Weakest(p.Grade, v.Origin.Grade)
		for i := range v.Len() {
			d := calendar.Date(v.About[i] / 86400)
			if k := len(byDay[d]); k > 0 && byDay[d][k-1].years == x.years {
				byDay[d][k-1].yield = v.Value[i] / 100 // a later vintage
				continue
			}
			byDay[d] = append(byDay[d], quote{x.years, v.Value[i] / 100})
		}
	}
	const fewest = 5
	if have < fewest {
		return nil, &evidence.Absent{Code: "too_few_yields"}
	}
	var days []calendar.Date
	for d, qs := range byDay {
		if len(qs) >= fewest && qs[0].years <= 0.5 && qs[len(qs)-1].years >= 10 {
			days = append(days, d)
		}
	}
	if len(days) == 0 {
		return nil, &evidence.Absent{Code: "too_few_yields"}
	}
	sort.Slice(days, func(i, j int) bool { return days[i] < days[j] })
	var curve *Curve
	strip := func(d calendar.Date) ([]float64, bool) {
		var t, y []float64
		for _, q := range byDay[d] {
			t, y = append(t, q.years), append(y, q.yield)
		}
		c, ok := FitPar(t, y, curve)
		if !ok {
			return nil, false
		}
		curve = c
		out := make([]float64, months)
		for n := range out {
			out[n] = c.Zero(float64(n+1) / 12)
		}
		return out, true
	}
	month := func(d calendar.Date) int {
		y, m, _ := d.YMD()
		return 12*y + int(m)
	}
	for i, d := range days {
		last := i+1 == len(days)
		if !last && month(days[i+1]) == month(d) || last && month(d) == month(calendar.DateIn(s.At(), calendar.NewYork())) {
			continue
		}
		if n := len(p.Months); n > 0 && month(d) != month(p.Months[n-1])+1 {
			p.Months, p.Yields = nil, nil
		}
		row, ok := strip(d)
		if !ok {
			p.Months, p.Yields = nil, nil
			continue
		}
		p.Months, p.Yields = append(p.Months, d), append(p.Yields, row)
		p.RMS += curve.RMS * curve.RMS
	}
	p.Day = days[len(days)-1]
	now, ok := strip(p.Day)
	if !ok || len(p.Months) == 0 {
		return nil, &evidence.Absent{Code: "too_few_yields"}
	}
	p.Now, p.Curve = now, curve
	p.RMS = math.Sqrt(p.RMS / float64(len(p.Months)))
	return p, nil
}
