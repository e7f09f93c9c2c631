package regime

import (
	"math"

	"faultline/market"
)

// amihud is the illiquidity of Amihud (2002), Journal of Financial Markets 5: the mean over a month of the
// day's absolute return over its dollar volume, per billion dollars.
func amihud(b *market.Bars) *track {
	day := nans(b.Len())
	for i := 1; i < b.Len(); i++ {
		if b.Volume[i] > 0 && b.Close[i-1] > 0 {
			day[i] = math.Abs(b.Close[i]/b.Close[i-1]-1) / (b.Volume[i] * b.Close[i] / 1e9)
		}
	}
	return monthly(b, day)
}

// rangeOverVolume is the mean over a month of the day's range, ln(high/low), per billion dollars traded.
func rangeOverVolume(b *market.Bars) *track {
	day := nans(b.Len())
	for i := range day {
		if b.Volume[i] > 0 && b.Low[i] > 0 && b.High[i] >= b.Low[i] {
			day[i] = math.Log(b.High[i]/b.Low[i]) / (b.Volume[i] * b.Close[i] / 1e9)
		}
	}
	return monthly(b, day)
}

// corwinSchultz is the bid–ask spread of Corwin and Schultz (2012), Journal of Finance 67, equations 14 and
// 18, from the highs and lows of two days, with their adjustment for the night (section II.C) and negative
// estimates set to zero, as they advise; the mean over a month, as a ratio.
func corwinSchultz(b *market.Bars) *track {
	day := nans(b.Len())
	k := 3 - 2*math.Sqrt2
	for i := 1; i < b.Len(); i++ {
		h0, l0, h1, l1 := b.High[i-1], b.Low[i-1], b.High[i], b.Low[i]
		if !(l0 > 0 && l1 > 0 && h0 >= l0 && h1 >= l1) || h0 == l0 || h1 == l1 {
			continue
		}
		// A gap over night is no part of the range: the second day is moved back to the first one's close.
		if c := b.Close[i-1]; l1 > c {
			h1, l1 = h1-(l1-c), c
		} else if h1 < c {
			h1, l1 = c, l1+(c-h1)
		}
		beta := sq(math.Log(h0/l0)) + sq(math.Log(h1/l1))
		gamma := sq(math.Log(max(h0, h1) / min(l0, l1)))
		alpha := (math.Sqrt(2*beta)-math.Sqrt(beta))/k - math.Sqrt(gamma/k)
		e := math.Exp(alpha)
		day[i] = max(2*(e-1)/(1+e), 0)
	}
	return monthly(b, day)
}

func sq(x float64) float64 { return x * x }

// monthly is the mean of the last month's values that exist, where more than half of them do.
func monthly(b *market.Bars, day []float64) *track {
	t := &track{value: nans(len(day))}
	for i := range day {
		t.date = append(t.date, b.Date(i))
		if i < short {
			continue
		}
		sum, n := 0.0, 0
		for _, v := range day[i-short+1 : i+1] {
			if v-v == 0 {
				sum, n = sum+v, n+1
			}
		}
		if n > short/2 {
			t.value[i] = sum / float64(n)
		}
	}
	return t
}
