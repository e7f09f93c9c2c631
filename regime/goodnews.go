package regime

import (
	"math"
	"slices"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// goodNews is the gap at the open from which a morning counts as good news: half a percent.
const goodNews = 0.005

// Group is the rest of the day after good mornings of one kind.
type Group struct {
	Key    string  // code: all, short_gamma, long_gamma, high_vol, low_vol
	N      int     //
	Mean   float64 // open to close, ratio
	Error  float64 // standard error of the mean, robust to unequal variances
	Sold   float64 // share of days on which the close lay below the open
	SoldSE float64
}

// GoodNews is how the rest of the day followed good mornings.
type GoodNews struct {
	Groups []Group
	Gamma  Gap // short gamma less long gamma
	Vol    Gap // VIX above its median of the year before less below
	From   calendar.Date
	To     calendar.Date
}

// Gap is a difference of two groups with its test.
type Gap struct {
	Mean, Error, T, P float64 // P of both sides, normal
}

// RespondToGoodNews looks at every day on which the fund opened at least half a percent above the close
// before: what happened from the open to the close, by the sign of dealers' published gamma of the evening
// before, and by whether the VIX of the evening before stood above its median of the year before it.
func RespondToGoodNews(s *market.State) (*GoodNews, error) {
	spy, err := s.Daily("SPY")
	if err != nil {
		return nil, err
	}
	gex, gerr := s.Series("dix/gex")
	vix, verr := s.Daily("VIX")
	if gerr != nil && verr != nil {
		return nil, gerr
	}
	gamma := map[calendar.Date]float64{}
	if gerr == nil {
		for i := range gex.Len() {
			gamma[calendar.Date(gex.About[i]/86400)] = gex.Value[i]
		}
	}
	high := map[calendar.Date]bool{}
	level := map[calendar.Date]bool{}
	if verr == nil {
		for i := yearDays; i < vix.Len(); i++ {
			year := append([]float64(nil), vix.Close[i-yearDays:i]...)
			level[vix.Date(i)], high[vix.Date(i)] = true, vix.Close[i] > median(year)
		}
	}
	out := &GoodNews{}
	var all, shortGamma, longGamma, highVol, lowVol []float64
	for i := 1; i < spy.Len(); i++ {
		before, d := spy.Date(i-1), spy.Date(i)
		if !(spy.Open[i] > 0 && spy.Close[i-1] > 0) || spy.Open[i]/spy.Close[i-1]-1 < goodNews || d < Since {
			continue
		}
		rest := spy.Close[i]/spy.Open[i] - 1
		if len(all) == 0 {
			out.From = d
		}
		out.To = d
		all = append(all, rest)
		if g, ok := gamma[before]; ok {
			if g < 0 {
				shortGamma = append(shortGamma, rest)
			} else {
				longGamma = append(longGamma, rest)
			}
		}
		if level[before] {
			if high[before] {
				highVol = append(highVol, rest)
			} else {
				lowVol = append(lowVol, rest)
			}
		}
	}
	if len(all) < leastGood {
		return nil, absent("few_days", evidence.Args{"needs": leastGood, "has": len(all)})
	}
	for _, g := range []struct {
		key string
		x   []float64
	}{{"all", all}, {"short_gamma", shortGamma}, {"long_gamma", longGamma}, {"high_vol", highVol}, {"low_vol", lowVol}} {
		if len(g.x) >= leastGood {
			out.Groups = append(out.Groups, group(g.key, g.x))
		}
	}
	out.Gamma, out.Vol = gap(shortGamma, longGamma), gap(highVol, lowVol)
	return out, nil
}

// leastGood is the fewest days of which a mean says anything.
const leastGood = 20

func group(key string, x []float64) Group {
	sold := 0.0
	for _, v := range x {
		if v < 0 {
			sold++
		}
	}
	n := float64(len(x))
	p := sold / n
	return Group{Key: key, N: len(x), Mean: mean(x), Error: math.Sqrt(variance(x) / n), Sold: p, SoldSE: math.Sqrt(p * (1 - p) / n)}
}

// gap is the difference of two means with Welch's standard error.
func gap(a, b []float64) Gap {
	if len(a) < leastGood || len(b) < leastGood {
		return Gap{Mean: math.NaN(), Error: math.NaN(), T: math.NaN(), P: math.NaN()}
	}
	g := Gap{Mean: mean(a) - mean(b), Error: math.Sqrt(variance(a)/float64(len(a)) + variance(b)/float64(len(b)))}
	g.T = g.Mean / g.Error
	g.P = math.Erfc(math.Abs(g.T) / math.Sqrt2)
	return g
}

func median(x []float64) float64 {
	slices.Sort(x)
	n := len(x)
	return (x[(n-1)/2] + x[n/2]) / 2
}
