package pack

import (
	"fmt"
	"math"
	"time"

	"faultline/black"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// outOfMoney is the Black price of the out-of-the-money option on a forward of 1 at k = ln(strike).
func outOfMoney(k, w float64) float64 {
	right := black.Call
	if k < 0 {
		right = black.Put
	}
	return black.Price(right, 1, math.Exp(k), 1, math.Sqrt(w))
}

// chainSpec is what a synthetic SPX chain is made from, with all anchors resolved.
type chainSpec struct {
	at           time.Time // the official close of a session
	seed         uint64
	spot         float64 // points
	centre       float64 // points around which open interest was built up
	vol30, vol1d float64 // a year, decimal; vol1d 0 where none is published
	longVol      float64 // a year, decimal
	rate, yield  float64 // a year, decimal, continuous
	contracts    float64 // open interest in all, contracts
	caveats      []evidence.Code
	file         string // file and line that ask for the chain
	line         int
}

// How far ahead the expiries of a synthetic chain reach, in days.
const chainHorizon = 93

// listed is one expiry of a synthetic chain, with its share of the open interest before noise.
type listed struct {
	root   string
	date   calendar.Date
	settle time.Time
	weight float64
}

// listings are the expiries that Cboe lists on SPX within the horizon, thinned out: every session of
// the next eight, Fridays for seven weeks, ends of months, and third Fridays on both roots, SPX
// settling on the opening and SPXW on the close. What has settled at the instant is left out. The
// weights are round numbers in proportion to what exchange tables of 2025 show by class of expiry.
func listings(at time.Time) ([]listed, error) {
	today := calendar.DateIn(at, calendar.NewYork())
	sessions, err := calendar.NYSE().Sessions(today, today+chainHorizon+7)
	if err != nil {
		return nil, err
	}
	var out []listed
	add := func(root string, d calendar.Date, weight float64) error {
		s, err := calendar.Settle(root, d)
		if err != nil {
			return err
		}
		if s.Settle.After(at) {
			out = append(out, listed{root, d, s.Settle, weight})
		}
		return nil
	}
	for i, s := range sessions[:len(sessions)-1] {
		d := s.Date
		if d > today+chainHorizon {
			break
		}
		year, month, _ := d.YMD()
		_, nextMonth, _ := sessions[i+1].Date.YMD()
		quarterly := month%3 == 0
		weight := 0.0
		if i <= 8 {
			weight = 0.08
		}
		if i == 1 {
			weight = 0.25
		}
		if lastOfWeek := sessions[i+1].Date.Weekday() < d.Weekday(); lastOfWeek && d <= today+49 {
			weight = 0.3
		}
		if nextMonth != month {
			weight = 0.45
		}
		if d == calendar.StandardMonthly(year, month) {
			weight = 0.5
			am := 1.4
			if quarterly {
				am = 2.6
			}
			if err := add("SPX", d, am); err != nil {
				return nil, err
			}
		}
		if weight > 0 {
			if err := add("SPXW", d, weight); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// strikeStep is the distance of listed strikes at a place: finer near the money and near in time.
func strikeStep(strike, spot float64, days int) int {
	far := math.Abs(strike/spot - 1)
	switch {
	case far > 0.25:
		return 100
	case far > 0.15:
		return 50
	case days > 45 || far > 0.10:
		return 25
	case far > 0.06:
		return 10
	}
	return 5
}

// strikes are those listed on an expiry, up to 8 standard deviations below the spot and 5 above.
func strikes(spot, deviation float64, days int) []int {
	low := spot * math.Exp(-min(max(8*deviation, 0.08), 1.2))
	high := spot * math.Exp(min(max(5*deviation, 0.05), 0.6))
	var out []int
	for k := 5 * int(math.Ceil(low/5)); float64(k) <= high; k += 5 {
		if k%strikeStep(float64(k), spot, days) == 0 {
			out = append(out, k)
		}
	}
	return out
}

// roundness is how much more open interest a strike draws for being a round number, relative to one
// that is divisible by 100.
func roundness(strike int) float64 {
	switch {
	case strike%100 == 0:
		return 1
	case strike%50 == 0:
		return 0.55
	case strike%25 == 0:
		return 0.22
	}
	return 0.1
}

// placement is the density of open interest over x = ln(strike/centre)/width: calls from the centre
// up, puts below it with the longer tail.
func placement(r black.Right, x float64) float64 {
	if r == black.Call {
		if x < 0.1 {
			return math.Exp((x - 0.1) / 0.6)
		}
		return math.Exp(-(x - 0.1) / 1.0)
	}
	const puts = 1.2 // density of puts at their peak; with the longer tail, two puts a call
	if x > -0.3 {
		return puts * math.Exp(-(x+0.3)/0.6)
	}
	return puts * math.Exp((x+0.3)/2.2)
}

// ticks are twentieths of a point: SPX options trade in 0.05 below 3 points and in 0.10 above.
func tickOf(price float64) float64 {
	if price < 3 {
		return 1
	}
	return 2
}

// quote is bid and ask around a value, widened to ticks. Half the spread grows with the option's
// time value and with how deep it is in the money, where market makers quote the future's hedge.
func quote(value, outOfMoney, inside float64) (bid, ask float64) {
	half := 0.025 + 0.004*outOfMoney + 0.0007*inside
	t := tickOf(value)
	low := math.Floor((value-half)*20/t) * t
	high := math.Ceil((value+half)*20/t) * t
	return max(low, 0) / 20, max(high, low+t, 1) / 20
}

// chain makes the chain. It is the same for the same spec, whatever else is in the pack.
func (c *chainSpec) chain() (*market.Chain, error) {
	surface, err := newSmile(c.at, c.vol30, c.vol1d, c.longVol)
	if err != nil {
		return nil, err
	}
	expiries, err := listings(c.at)
	if err != nil {
		return nil, err
	}
	out := &market.Chain{
		Underlying: "SPX", At: c.at, Spot: c.spot,
		Origin: market.Origin{
			File: c.file, Format: FormatChain, Grade: evidence.Synthetic, KnownAt: KnownQuote, Caveats: c.caveats,
		},
	}
	today := calendar.DateIn(c.at, calendar.NewYork())
	thetas := make([]float64, len(expiries))
	ladders := make([][]int, len(expiries))
	n := 0
	for i, e := range expiries {
		if thetas[i], err = surface.theta(e.settle); err != nil {
			return nil, err
		}
		ladders[i] = strikes(c.spot, math.Sqrt(thetas[i]), int(e.date-today))
		n += 2 * len(ladders[i])
	}
	reserve(out, n)
	weights := make([]float64, 0, n)
	for i, e := range expiries {
		years := calendar.Years(c.at, e.settle)
		forward := c.spot * math.Exp((c.rate-c.yield)*years)
		discount := math.Exp(-c.rate * years)
		noise := newStream(c.seed, fmt.Sprintf("open interest %s %s", e.root, e.date))
		width := 0.02 + math.Sqrt(thetas[i])
		for _, k := range ladders[i] {
			strike := float64(k)
			x := math.Log(strike / forward)
			otm := outOfMoney(x, ssvi(x, thetas[i])) * forward * discount
			for side, right := range [...]black.Right{black.Call, black.Put} {
				inside := max(0, float64(right)*(forward-strike)) * discount
				bid, ask := quote(otm+inside, otm, inside)
				z := noise.normal(uint64(2*k + side))
				weights = append(weights, roundness(k)*placement(right, math.Log(strike/c.centre)/width)*math.Exp(0.6*z))
				out.Append(market.Quote{
					Root: e.root, Expiry: e.date, Right: right, Strike: strike, Bid: bid, Ask: ask,
					Last: market.Missing, Volume: market.Missing, OpenInterest: market.Missing,
					IV: market.Missing, Delta: market.Missing, Gamma: market.Missing, Line: int32(c.line),
				})
			}
		}
	}
	c.share(out, expiries, weights)
	return out, nil
}

// reserve makes room for n contracts, so that the columns are not copied while they grow.
func reserve(c *market.Chain, n int) {
	c.Root, c.Expiry, c.Right = make([]string, 0, n), make([]calendar.Date, 0, n), make([]black.Right, 0, n)
	c.Line = make([]int32, 0, n)
	for _, col := range []*[]float64{
		&c.Strike, &c.Bid, &c.Ask, &c.Last, &c.Volume, &c.OpenInterest, &c.IV, &c.Delta, &c.Gamma,
	} {
		*col = make([]float64, 0, n)
	}
}

// share deals the open interest out: to each expiry by its weight, within it by the contracts'.
func (c *chainSpec) share(out *market.Chain, expiries []listed, weights []float64) {
	all := 0.0
	for _, e := range expiries {
		all += e.weight
	}
	first := 0
	for _, e := range expiries {
		end, sum := first, 0.0
		for end < out.Len() && out.Root[end] == e.root && out.Expiry[end] == e.date {
			sum += weights[end]
			end++
		}
		for j := first; j < end; j++ {
			out.OpenInterest[j] = math.Round(c.contracts * e.weight / all * weights[j] / sum)
		}
		first = end
	}
}
