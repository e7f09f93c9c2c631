package dealer

import (
	"math"
	"time"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// Share says how large a trade is against what trades anyway.
type Share struct {
	Dollars float64 // to trade, buying positive
	Volume  float64 // dollars expected to change hands in the window; market.Missing when Absent is set
	Share   float64 // |Dollars| over Volume
	Absent  *evidence.Absent
}

// ShareOf sets dollars against an expected volume, market.Missing where nobody knows it.
func ShareOf(dollars, volume float64) Share {
	if !(volume > 0) {
		return Share{Dollars: dollars, Volume: market.Missing, Share: market.Missing, Absent: &evidence.Absent{Code: "volume_unknown"}}
	}
	return Share{Dollars: dollars, Volume: volume, Share: math.Abs(dollars) / volume}
}

// ExpectedVolume is the median, over up to n earlier sessions, of the dollars that changed hands between
// the same times of day as from and to, in bars of at most an hour. Volume has a strong shape over the
// day, so that a share of a daily total would not do. It is absent with fewer than five such sessions.
func ExpectedVolume(b *market.Bars, from, to time.Time, n int) (float64, error) {
	in, _ := market.InstrumentOf(b.Instrument)
	zone := in.Calendar().Location()
	clock := func(t time.Time) time.Duration {
		t = t.In(zone)
		return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute + time.Duration(t.Second())*time.Second
	}
	low, high, today := clock(from), clock(to), calendar.DateIn(from, zone)
	var sums []float64
	for i, day := b.Len()-1, calendar.Date(0); i >= 0; i-- {
		t := time.Unix(b.Begin[i], 0)
		d := calendar.DateIn(t, zone)
		if d >= today {
			continue
		}
		if at := clock(t); at < low || at >= high || market.IsMissing(b.Volume[i]) {
			continue
		}
		if d != day {
			if len(sums) == n {
				break
			}
			sums, day = append(sums, 0), d
		}
		sums[len(sums)-1] += b.Volume[i] * b.Close[i]
	}
	if len(sums) < 5 || b.Interval > time.Hour {
		return market.Missing, &evidence.Absent{Code: "volume_unknown", Args: evidence.Args{"instrument": b.Instrument, "sessions": len(sums)}}
	}
	return median(sums), nil
}

// Coverage is the share of a day's volume that bars within the day have: the median, over up to n
// sessions of which daily bars tell the volume too. Feeds of a single venue have a few percent of it. It
// is false with fewer than five such sessions.
func Coverage(bars, daily *market.Bars, n int) (float64, bool) {
	in, _ := market.InstrumentOf(bars.Instrument)
	zone := in.Calendar().Location()
	whole := map[calendar.Date]float64{}
	for i := range daily.Len() {
		if daily.Volume[i] > 0 {
			whole[daily.Date(i)] = daily.Volume[i]
		}
	}
	var shares []float64
	day := calendar.Date(0)
	sum := 0.0
	end := func() {
		if v, ok := whole[day]; ok && sum > 0 && len(shares) < n {
			shares = append(shares, sum/v)
		}
		sum = 0
	}
	for i := bars.Len() - 1; i >= 0 && len(shares) < n; i-- {
		if d := calendar.DateIn(time.Unix(bars.Begin[i], 0), zone); d != day {
			end()
			day = d
		}
		if !market.IsMissing(bars.Volume[i]) {
			sum += bars.Volume[i]
		}
	}
	end()
	if len(shares) < 5 {
		return 0, false
	}
	return median(shares), true
}
