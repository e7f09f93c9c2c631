package liquidity

import (
	"math"
	"sort"
	"time"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/macro/ols"
	"faultline/market"
)

// Story is an explanation of returns.
type Story string

// The explanations, with the unit of each. All are changes from one Wednesday to the next.
const (
	NetStory      Story = "net_liquidity"    // net measure, per 100 billion dollars
	TreasuryStory Story = "treasury_account" // less the Treasury's account, per 100 billion dollars: a build-up is negative
	SpreadStory   Story = "funding_spread"   // SOFR less interest on reserves, mean of the week, per 10 basis points
	TariffStory   Story = "tariffs"          // tariff news of the week: relief +1, escalation −1, summed
)

// tariffs are the days of tariff news that moved the front pages in 2025, as a trader could count them:
// +1 for relief, −1 for escalation. White House proclamations, executive orders and statements of those
// days; news after the close counts for the next session.
var tariffs = []struct {
	year, month, day int
	sign             float64
}{
	{2025, 2, 3, -1},   // orders on Mexico, Canada and China
	{2025, 3, 4, -1},   // they take effect
	{2025, 4, 3, -1},   // reciprocal tariffs, announced on the evening before
	{2025, 4, 4, -1},   // China answers
	{2025, 4, 9, 1},    // ninety days of pause
	{2025, 5, 12, 1},   // Geneva
	{2025, 7, 7, -1},   // letters with new rates
	{2025, 8, 1, -1},   // new rates by country
	{2025, 10, 10, -1}, // another 100 % on China
	{2025, 10, 30, 1},  // truce with China for a year
}

// Runner is one explanation alone.
type Runner struct {
	Story       Story
	Beta, Error float64 // return, as a decimal, per unit of the story
	R2          float64
	BIC         float64
	Joint       float64 // coefficient beside the tariffs, or of the tariffs beside the first story of liquidity
	JointError  float64
}

// Race is one asset: who explains its weekly returns?
type Race struct {
	Asset   string
	N       int
	First   calendar.Date
	Last    calendar.Date
	Runners []Runner // liquidity in the order of the constants, tariffs last
	Verdict string   // code
}

// verdicts are the codes.
var verdicts = [...]string{"neither_explains", "liquidity_explains", "tariffs_explain", "both_explain"}

// fewestWeeks is half a year: with less, two coefficients and their errors are no evidence.
const fewestWeeks = 26

// lags of Newey and West: four weeks, a month.
const lags = 4

// significant is the two-sided point of the normal distribution beyond which one of so many coefficients
// lies with a probability of 5 %: Bonferroni's correction for having tried one, two or three measures.
var significant = [...]float64{1.960, 2.241, 2.394}

// HighBeta are the stocks whose mean is the basket, as far as the State has their bars.
var HighBeta = []string{"COIN", "MSTR", "PLTR", "HOOD", "TSLA", "NVDA", "AMD"}

// Run races the stories for an asset over the weeks since a day: the mean of the weekly returns of the instruments given,
// Wednesday to Wednesday, each regressed on the changes of the same weeks, alone and with the tariffs. Standard errors are those of
// Newey and West with four lags. Only weeks that all stories have count, so that they run on the same course.
func Run(s *market.State, asset string, instruments []string, since calendar.Date) (*Race, error) {
	today := calendar.DateIn(s.At(), calendar.NewYork())
	stories, order := storiesOf(s)
	if len(order) == 0 {
		return nil, &evidence.Absent{Code: "no_liquidity_series"}
	}
	returns := weekly(s, instruments)
	if len(returns) == 0 {
		return nil, &evidence.Absent{Code: "no_daily_bars"}
	}
	r := &Race{Asset: asset}
	var y []float64
	var columns [][]float64 // by week
	for w := since; w <= today; w++ {
		if w.Weekday() != time.Wednesday {
			continue
		}
		ret, ok := returns[w]
		if !ok {
			continue
		}
		row := make([]float64, 0, len(order)+1)
		for _, story := range order {
			x, known := stories[story][w]
			ok = ok && known
			row = append(row, x)
		}
		if !ok {
			continue
		}
		row = append(row, tariffWeek(w))
		y, columns = append(y, ret), append(columns, row)
		if r.N == 0 {
			r.First = w
		}
		r.N, r.Last = r.N+1, w
	}
	if r.N < fewestWeeks {
		return nil, &evidence.Absent{Code: "too_few_weeks", Args: evidence.Args{"weeks": r.N, "needed": fewestWeeks}}
	}
	order = append(order, TariffStory)
	for k, story := range order {
		alone, err := regress(y, columns, k)
		if err != nil {
			return nil, err
		}
		other := len(order) - 1
		if story == TariffStory {
			other = 0
		}
		joint, err := regress(y, columns, k, other)
		if err != nil {
			return nil, err
		}
		n := float64(r.N)
		r.Runners = append(r.Runners, Runner{
			Story: story, Beta: alone.Beta[1], Error: alone.Error[1], R2: alone.R2,
			BIC:   n*math.Log(alone.SSR/n) + 2*math.Log(n),
			Joint: joint.Beta[1], JointError: joint.Error[1],
		})
	}
	code := 0
	for _, x := range r.Runners {
		limit, bit := significant[len(order)-2], 1
		if x.Story == TariffStory {
			limit, bit = significant[0], 2
		}
		if math.Abs(x.Joint) > limit*x.JointError {
			code |= bit
		}
	}
	r.Verdict = verdicts[code]
	return r, nil
}

func regress(y []float64, columns [][]float64, use ...int) (*ols.Fit, error) {
	x := make([][]float64, len(y))
	for i := range x {
		x[i] = []float64{1}
		for _, k := range use {
			x[i] = append(x[i], columns[i][k])
		}
	}
	return ols.Regress(y, x, ols.Robust{Lags: lags})
}

// storiesOf are the changes of each measure of liquidity by Wednesday.
func storiesOf(s *market.State) (map[Story]map[calendar.Date]float64, []Story) {
	out := map[Story]map[calendar.Date]float64{}
	var order []Story
	if weeks, _, err := Weeks(s); err == nil {
		net, treasury := map[calendar.Date]float64{}, map[calendar.Date]float64{}
		for i := 1; i < len(weeks); i++ {
			if a, b := weeks[i-1], weeks[i]; b.Day-a.Day == 7 {
				net[b.Day] = (b.Net() - a.Net()) / 1e11
				treasury[b.Day] = -(b.Treasury - a.Treasury) / 1e11
			}
		}
		out[NetStory], out[TreasuryStory] = net, treasury
		order = append(order, NetStory, TreasuryStory)
	}
	if days, _, err := Spreads(s); err == nil {
		sum, count := map[calendar.Date]float64{}, map[calendar.Date]float64{}
		for _, x := range days {
			w := wednesday(x.Day)
			sum[w] += x.BP
			count[w]++
		}
		change := map[calendar.Date]float64{}
		for w := range sum {
			if count[w-7] > 0 {
				change[w] = (sum[w]/count[w] - sum[w-7]/count[w-7]) / 10
			}
		}
		out[SpreadStory] = change
		order = append(order, SpreadStory)
	}
	return out, order
}

// wednesday is the Wednesday that ends the week of a day: weeks run from Thursday to Wednesday.
func wednesday(d calendar.Date) calendar.Date {
	return d + calendar.Date((int(time.Wednesday)-int(d.Weekday())+7)%7)
}

func tariffWeek(w calendar.Date) float64 {
	s := 0.0
	for _, x := range tariffs {
		if wednesday(calendar.DateOf(x.year, time.Month(x.month), x.day)) == w {
			s += x.sign
		}
	}
	return s
}

// weekly is the mean of the returns of the instruments from one Wednesday's close to the next, by the
// Wednesday that ends the week. A holiday takes the close before; a week in which nothing traded has no return.
func weekly(s *market.State, instruments []string) map[calendar.Date]float64 {
	sum, count := map[calendar.Date]float64{}, map[calendar.Date]float64{}
	for _, id := range instruments {
		b, err := s.Daily(id)
		if err != nil {
			continue
		}
		closing := map[calendar.Date]float64{} // by the Wednesday that ends the week
		dates := make([]calendar.Date, b.Len())
		for i := range dates {
			dates[i] = b.Date(i)
		}
		order := make([]int, len(dates))
		for i := range order {
			order[i] = i
		}
		sort.SliceStable(order, func(i, j int) bool { return dates[order[i]] < dates[order[j]] })
		for _, i := range order {
			closing[wednesday(dates[i])] = b.Close[i]
		}
		// The week that has not ended yet has no return.
		last := dates[order[len(order)-1]]
		for w, c := range closing {
			if before, ok := closing[w-7]; ok && before > 0 && w <= last {
				sum[w] += c/before - 1
				count[w]++
			}
		}
	}
	for w := range sum {
		sum[w] /= count[w]
	}
	return sum
}
