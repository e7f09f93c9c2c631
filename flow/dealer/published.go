package dealer

import (
	"math"
	"slices"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// IntervalScore is the score of Gneiting and Raftery (2007, Journal of the American Statistical
// Association 102, equation 43) of an interval that claims to hold y with probability 1 − alpha: its
// width and, where it fails, 2/alpha for each unit of failure. Lower is better.
func IntervalScore(low, high, y, alpha float64) float64 {
	s := high - low
	if y < low {
		s += 2 / alpha * (low - y)
	}
	if y > high {
		s += 2 / alpha * (y - high)
	}
	return s
}

// Claimed is one interval for dealers' exposure with what was published for the same day.
type Claimed struct {
	Date      calendar.Date
	Claim     Amount  // dollars per 1 %
	Published float64 // dollars, in the publisher's own unit and scope
}

// Comparison says how claims fare against a published figure.
type Comparison struct {
	Days       int
	Signs      Estimate // share of days with the same sign, of those whose published size is at least the floor
	Covered    Estimate // share of days on which the interval holds the published figure; 0.9 is claimed
	Score      float64  // mean interval score, dollars; lower is better
	PointScore float64  // the same of the bare value, an interval without width
	Ratio      float64  // median of |claimed value| over |published|, the difference in scale
}

// Compare scores claims. Published figures smaller than floor have no sign worth comparing.
func Compare(claims []Claimed, floor float64, seed uint64) Comparison {
	n := len(claims)
	c := Comparison{Days: n}
	count := 0
	ratio := make([]float64, 0, n)
	for _, x := range claims {
		c.Score += IntervalScore(x.Claim.Low, x.Claim.High, x.Published, 0.1) / float64(n)
		c.PointScore += IntervalScore(x.Claim.Value, x.Claim.Value, x.Published, 0.1) / float64(n)
		ratio = append(ratio, math.Abs(x.Claim.Value/x.Published))
		if math.Abs(x.Published) >= floor {
			count++
		}
	}
	is := func(yes bool) float64 {
		if yes {
			return 1
		}
		return 0
	}
	c.Signs = bootstrap(n, seed, func(days []int) float64 {
		return mean(days, func(i int) (float64, bool) {
			x := claims[i]
			return is(x.Claim.Value > 0 == (x.Published > 0)), math.Abs(x.Published) >= floor
		})
	})
	c.Signs.N = count
	c.Covered = bootstrap(n, seed, func(days []int) float64 {
		return mean(days, func(i int) (float64, bool) {
			x := claims[i]
			return is(x.Claim.Low <= x.Published && x.Published <= x.Claim.High), true
		})
	})
	if n > 0 {
		c.Ratio = median(ratio)
	}
	return c
}

// GammaDay is a session with what was known of dealers' gamma when it opened.
type GammaDay struct {
	Date   calendar.Date
	Gamma  float64 // published figure
	Median float64 // of its absolute values over the figures of the year before
	Usual  float64 // range to expect: mean of ln(high/low) over the 20 sessions before, or by implied volatility
	Range  float64 // ln(high/low) of the session
}

// banded is the sign of a published figure with an error of share times its usual size: 0 where the
// band holds zero.
func (d GammaDay) banded(share float64) int {
	switch {
	case d.Gamma > share*d.Median:
		return 1
	case d.Gamma < -share*d.Median:
		return -1
	}
	return 0
}

// windows of GammaDays, in figures and in sessions.
const (
	yearDays  = 252
	usualDays = 20
)

// GammaDays sets each session's range beside the published gamma last known when it opened. Sessions
// before a year of figures and without a figure of the last five days are left out. Where daily bars of
// an implied volatility in points are given, the range to expect is its last close over 100·√252;
// without (nil), the range of the last month.
func GammaDays(b *market.Bars, gamma *market.Series, implied *market.Bars) ([]GammaDay, error) {
	if b.Interval != market.Day {
		return nil, &evidence.Absent{Code: "no_daily_bars", Args: evidence.Args{"instrument": b.Instrument}}
	}
	in, _ := market.InstrumentOf(b.Instrument)
	var out []GammaDay
	known, quoted := 0, 0
	for i := usualDays; i < b.Len(); i++ {
		s, err := in.Calendar().Session(b.Date(i))
		if err != nil {
			continue // a bar on a day without a session
		}
		for known < gamma.Len() && gamma.Known[known] <= s.Open.Unix() {
			known++
		}
		if known < yearDays || s.Open.Unix()-gamma.Known[known-1] > 5*86400 {
			continue
		}
		size := make([]float64, yearDays)
		for j := range size {
			size[j] = math.Abs(gamma.Value[known-1-j])
		}
		slices.Sort(size)
		d := GammaDay{Date: b.Date(i), Gamma: gamma.Value[known-1], Median: size[yearDays/2], Range: math.Log(b.High[i] / b.Low[i])}
		if implied == nil {
			for j := 1; j <= usualDays; j++ {
				d.Usual += math.Log(b.High[i-j]/b.Low[i-j]) / usualDays
			}
		} else {
			for quoted < implied.Len() && implied.Known[quoted] <= s.Open.Unix() {
				quoted++
			}
			if quoted > 0 && s.Open.Unix()-implied.Known[quoted-1] <= 5*86400 {
				d.Usual = implied.Close[quoted-1] / 100 / math.Sqrt(252)
			}
		}
		if d.Range > 0 && d.Usual > 0 {
			out = append(out, d)
		}
	}
	return out, nil
}

// SignTest says what the sign of a published figure tells of the next session's range.
type SignTest struct {
	Short, Unsure, Long Estimate // mean range, ratio, after a sign below zero, a band that holds zero, a sign above
	ShortOverLong       Estimate // ratio of the mean ranges
	// Beyond is the coefficient of (short − long) in a regression of ln range on ln of the range to
	// expect: what the sign adds to what was known anyway.
	Beyond Estimate
}

// ValidateSign tests the banded sign: share is the error of a figure as a share of its usual size, 0
// for the bare sign.
func ValidateSign(days []GammaDay, share float64, seed uint64) SignTest {
	sign := make([]int, len(days))
	count := map[int]int{}
	for i, d := range days {
		sign[i] = d.banded(share)
		count[sign[i]]++
	}
	after := func(want int) func([]int) float64 {
		return func(some []int) float64 {
			return mean(some, func(i int) (float64, bool) { return days[i].Range, sign[i] == want })
		}
	}
	estimate := func(want int) Estimate {
		e := bootstrap(len(days), seed, after(want))
		e.N = count[want]
		return e
	}
	return SignTest{
		Short: estimate(-1), Unsure: estimate(0), Long: estimate(1),
		ShortOverLong: bootstrap(len(days), seed, func(some []int) float64 { return after(-1)(some) / after(1)(some) }),
		Beyond:        bootstrap(len(days), seed, func(some []int) float64 { return beyond(days, sign, some) }),
	}
}

// beyond is the coefficient of −sign in the least squares of ln range on a constant, ln usual range and
// −sign, by the partialled-out regression of Frisch and Waugh (1933).
func beyond(days []GammaDay, sign, some []int) float64 {
	var n, x, y, z, xx, xy, xz, yz, zz float64
	for _, i := range some {
		a, b, c := math.Log(days[i].Usual), math.Log(days[i].Range), -float64(sign[i])
		n++
		x, y, z = x+a, y+b, z+c
		xx, xy, xz, yz, zz = xx+a*a, xy+a*b, xz+a*c, yz+b*c, zz+c*c
	}
	xx, xy, xz, yz, zz = xx-x*x/n, xy-x*y/n, xz-x*z/n, yz-y*z/n, zz-z*z/n
	return (yz - xy*xz/xx) / (zz - xz*xz/xx)
}
