package analog

import (
	"math"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// Dims is how many series are compared.
const Dims = 3

// The places of the series in a panel.
const (
	Inflation    = iota // consumer prices against a year before, percent
	Unemployment        // percent of the labour force
	Rate                // policy rate, percent a year
)

// Names are codes of the series, by place.
var Names = [Dims]string{"inflation", "unemployment", "policy_rate"}

// Sources are the series of the State that a panel is made of.
var Sources = [Dims]string{"CPIAUCSL", "UNRATE", "FEDFUNDS"}

// Month is twelve times the year plus the month, counted from 0.
type Month int

// MonthOf is the month of a date.
func MonthOf(d calendar.Date) Month {
	y, m, _ := d.YMD()
	return Month(12*y + int(m) - 1)
}

// Panel is the three series by month, without holes, as columns.
type Panel struct {
	From   Month
	X      [Dims][]float64
	Filled int // months in which at least one series was interpolated
	Grade  evidence.Grade
}

// Len is the number of months.
func (p *Panel) Len() int { return len(p.X[0]) }

// longestHole is the most months in a row that are interpolated. The one that is known is October 2025,
// whose consumer prices and unemployment were never published.
const longestHole = 2

// PanelOf reads the panel off what the State knows. It begins with the first month that all series have
// and ends with the last; a hole of a month or two between is filled on a straight line and counted.
// Unemployment and the policy rate of months after the last consumer prices are not used.
func PanelOf(s *market.State) (*Panel, error) {
	var by [Dims]map[Month]float64
	first, last := Month(math.MinInt), Month(math.MaxInt)
	grade := evidence.Modelled
	for k, id := range Sources {
		v, err := s.Series(id)
		if err != nil {
			return nil, &evidence.Absent{Code: "series_missing", Args: evidence.Args{"series": id}}
		}
		grade = evidence.Weakest(grade, v.Origin.Grade)
		by[k] = map[Month]float64{}
		for i := range v.Len() { // of vintages the last one known counts
			by[k][MonthOf(calendar.Date(v.About[i]/86400))] = v.Value[i]
		}
		if k == Inflation {
			by[k] = yearOnYear(by[k])
		}
		lo, hi := Month(math.MaxInt), Month(math.MinInt)
		for m := range by[k] {
			lo, hi = min(lo, m), max(hi, m)
		}
		first, last = max(first, lo), min(last, hi)
	}
	n := int(last-first) + 1
	if n < 2 {
		return nil, &evidence.Absent{Code: "too_few_months", Args: evidence.Args{"months": max(n, 0)}}
	}
	p := &Panel{From: first, Grade: grade}
	filled := map[Month]bool{}
	for k := range Dims {
		p.X[k] = make([]float64, n)
		for i := range p.X[k] {
			v, ok := by[k][first+Month(i)]
			if ok {
				p.X[k][i] = v
				continue
			}
			filled[first+Month(i)] = true
			j := i + 1
			for j < n {
				if _, ok := by[k][first+Month(j)]; ok {
					break
				}
				j++
			}
			if j-i > longestHole || i == 0 || j == n {
				return nil, &evidence.Absent{Code: "hole_in_series", Args: evidence.Args{
					"series": Sources[k], "month": (first + Month(i)).String(),
				}}
			}
			next := by[k][first+Month(j)]
			p.X[k][i] = p.X[k][i-1] + (next-p.X[k][i-1])/float64(j-i+1)
		}
	}
	p.Filled = len(filled)
	return p, nil
}

// String writes the month as 2025-11.
func (m Month) String() string {
	const digits = "0123456789"
	y, n := int(m)/12, int(m)%12+1
	return string([]byte{
		digits[y/1000%10], digits[y/100%10], digits[y/10%10], digits[y%10], '-', digits[n/10], digits[n%10],
	})
}

// yearOnYear is the change of an index against twelve months before, percent. A month whose own index or
// that of the year before is not known has none.
func yearOnYear(index map[Month]float64) map[Month]float64 {
	out := make(map[Month]float64, len(index))
	for m, v := range index {
		if before, ok := index[m-12]; ok && before > 0 {
			out[m] = 100 * (v/before - 1)
		}
	}
	return out
}
