package scenario

import (
	"math"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// Estimate is a mean with its standard error.
type Estimate struct {
	Value, Error float64
	N            int // observations
}

// mean gives mean and standard error of observations that do not overlap.
func mean(x []float64) Estimate {
	e := Estimate{N: len(x)}
	for _, v := range x {
		e.Value += v / float64(len(x))
	}
	for _, v := range x {
		e.Error += (v - e.Value) * (v - e.Value)
	}
	if len(x) > 1 {
		e.Error = math.Sqrt(e.Error / float64(len(x)-1) / float64(len(x)))
	}
	return e
}

// Recovered is what followed when an index won back an average that it had been below.
type Recovered struct {
	After Estimate // log return over the horizon after the day of the crossing
	All   Estimate // over all stretches of that length that do not overlap
}

// Recovery looks at every close above the average of so many closes that follows at least below closes under it, and at
// the return over the horizon from that close. Crossings within a horizon of the last one are left out, so that
// returns do not overlap.
func Recovery(b *market.Bars, average, below, horizon int) (*Recovered, error) {
	n := b.Len()
	if n < average+2*horizon {
		return nil, &evidence.Absent{Code: "too_few_observations"}
	}
	var after, all []float64
	sum, under, next := 0.0, 0, 0
	for i := range n {
		sum += b.Close[i]
		if i >= average {
			sum -= b.Close[i-average]
		}
		if i < average-1 {
			continue
		}
		if b.Close[i] < sum/float64(average) {
			under++
			continue
		}
		if under >= below && i >= next && i+horizon < n {
			after = append(after, math.Log(b.Close[i+horizon]/b.Close[i]))
			next = i + horizon
		}
		under = 0
	}
	for i := average; i+horizon < n; i += horizon {
		all = append(all, math.Log(b.Close[i+horizon]/b.Close[i]))
	}
	if len(after) < 10 {
		return nil, &evidence.Absent{Code: "too_few_observations"}
	}
	return &Recovered{mean(after), mean(all)}, nil
}

// Straddled is what one-day straddles would have earned, as shares of the index.
type Straddled struct {
	Days, Others Estimate // payoff less price, on the days asked for and on all others
	Price        float64  // of the next one, at the last close of the volatility index
}

// Straddles prices a straddle of one session at √(2/π)·σ/√252 of the index, σ the one-day volatility index at the close
// before, in decimals (the first order of Brenner and Subrahmanyam, Financial Analysts Journal 44(5), 1988), and pays
// the absolute return from close to close. Spread and fees are not taken off, and the index holds the premium of
// its whole strip, so that the price leans high where the strip is skewed.
func Straddles(index, vol *market.Bars, on map[calendar.Date]bool) (*Straddled, error) {
	sigma := map[calendar.Date]float64{}
	for i := range vol.Len() {
		sigma[vol.Date(i)] = vol.Close[i] / 100
	}
	price := func(s float64) float64 { return math.Sqrt(2/math.Pi) * s / math.Sqrt(252) }
	var days, others []float64
	for i := 1; i < index.Len(); i++ {
		s, ok := sigma[index.Date(i-1)]
		if !ok {
			continue
		}
		gain := math.Abs(index.Close[i]/index.Close[i-1]-1) - price(s)
		if on[index.Date(i)] {
			days = append(days, gain)
		} else {
			others = append(others, gain)
		}
	}
	if len(days) < 10 || len(others) < 10 {
		return nil, &evidence.Absent{Code: "too_few_observations"}
	}
	return &Straddled{mean(days), mean(others), price(vol.Close[vol.Len()-1] / 100)}, nil
}
