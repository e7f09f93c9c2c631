package dealer

import (
	"math"
	"time"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// HalfHour is one session divided as Baltussen, Da, Lammers and Martens (2021, Journal of Financial
// Economics 142, 377–403) do: from the close before to half an hour before the close, and the rest.
type HalfHour struct {
	Date       calendar.Date
	Rest, Last float64 // log returns
	Gamma      float64 // the published figure last known at the opening
}

// HalfHours divides the full sessions of bars of at most half an hour, with the gamma that was known
// when each opened and is not older than maxAge. Half days, and sessions without a price at the division
// or at the close, are left out.
func HalfHours(b *market.Bars, gamma *market.Series, maxAge time.Duration) ([]HalfHour, error) {
	if b.Interval > 30*time.Minute || b.Len() == 0 {
		return nil, &evidence.Absent{Code: "no_bars_of_the_day", Args: evidence.Args{"instrument": b.Instrument}}
	}
	in, _ := market.InstrumentOf(b.Instrument)
	x := in.Calendar()
	date := func(i int) calendar.Date { return calendar.DateIn(time.Unix(b.Begin[i], 0), x.Location()) }
	sessions, err := x.Sessions(date(0), date(b.Len()-1))
	if err != nil {
		return nil, err
	}
	var out []HalfHour
	before, i, known := market.Missing, 0, 0
	for _, s := range sessions {
		late := s.Close.Add(-30 * time.Minute).Unix()
		split, end := market.Missing, market.Missing
		for ; i < b.Len() && b.Begin[i] < s.Close.Unix(); i++ {
			switch {
			case b.Begin[i] < s.Open.Unix():
			case b.Known[i] == late:
				split = b.Close[i]
			case b.Known[i] == s.Close.Unix():
				end = b.Close[i]
			}
		}
		for known < gamma.Len() && gamma.Known[known] <= s.Open.Unix() {
			known++
		}
		fresh := known > 0 && s.Open.Unix()-gamma.Known[known-1] <= int64(maxAge/time.Second)
		h := HalfHour{Date: s.Date, Rest: math.Log(split / before), Last: math.Log(end / split)}
		if fresh && !s.Half && !math.IsNaN(h.Rest) && !math.IsNaN(h.Last) {
			h.Gamma = gamma.Value[known-1]
			out = append(out, h)
		}
		before = end
	}
	return out, nil
}

// Momentum says whether the last half hour follows the rest of the day, in one group of days.
type Momentum struct {
	Slope   Estimate // of Last on Rest, by least squares with a constant
	Follows Estimate // share of days on which both have the same sign, of those with a return in both
}

// ValidateMomentum compares days that opened with a gamma below a threshold to the others: dealers who
// are short gamma trade with the day's move towards the close, which would show as a greater slope.
func ValidateMomentum(days []HalfHour, threshold float64, seed uint64) (below, above Momentum, difference Estimate) {
	low := func(h HalfHour) bool { return h.Gamma < threshold }
	high := func(h HalfHour) bool { return !(h.Gamma < threshold) }
	group := func(in func(HalfHour) bool) Momentum {
		m := Momentum{
			Slope: bootstrap(len(days), seed, func(d []int) float64 { return slope(days, d, in) }),
			Follows: bootstrap(len(days), seed, func(d []int) float64 {
				return mean(d, func(i int) (float64, bool) {
					h := days[i]
					if !in(h) || h.Rest*h.Last == 0 {
						return 0, false
					}
					if h.Rest*h.Last > 0 {
						return 1, true
					}
					return 0, true
				})
			}),
		}
		n := 0
		for _, h := range days {
			if in(h) {
				n++
			}
		}
		m.Slope.N, m.Follows.N = n, n
		return m
	}
	return group(low), group(high), bootstrap(len(days), seed, func(d []int) float64 {
		return slope(days, d, low) - slope(days, d, high)
	})
}

// slope is that of Last on Rest by least squares over some of the days; not a number with fewer than
// three.
func slope(all []HalfHour, days []int, in func(HalfHour) bool) float64 {
	var n, x, y, xx, xy float64
	for _, d := range days {
		if h := all[d]; in(h) {
			n++
			x += h.Rest
			y += h.Last
			xx += h.Rest * h.Rest
			xy += h.Rest * h.Last
		}
	}
	if n < 3 {
		return math.NaN()
	}
	return (xy - x*y/n) / (xx - x*x/n)
}
