package eventvol

import (
	"math"
	"math/rand/v2"
	"sort"
	"time"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// Estimate is a mean with the 5–95 % interval of a bootstrap.
type Estimate struct {
	Mean, Low, High float64
	N               int
}

// Record is what straddles of one day bought at the close before have paid on the sessions of one kind.
type Record struct {
	Kind     string   // of event; "any", "none", "irregular"
	Result   Estimate // profit per unit of the premium
	Variance Estimate // realised variance over implied variance, ratio of the means
	Won      float64  // share of sessions with a profit
	Events   []string // sessions, of "irregular" only
}

// sessionsAYear is what the VIX1D counts: it does not dip on Fridays, so that its days are sessions.
const sessionsAYear = 252

// RecordOf tests straddles before releases. On the close before each session the VIX1D gives the implied move of one
// standard deviation σ₁ = VIX1D/√252; a straddle costs √(2/π)·σ₁ and pays |r|, the log return from close to close. Its
// result per unit of premium is |r|/(√(2/π)·σ₁) − 1, before spread and fees. Intervals are those of 4,000 bootstrap
// samples of sessions. Irregular are the releases that did not come as the calendar had them, which is what the
// document calls the data void: a handful, a case and no sample.
func RecordOf(index, vix1d *market.Bars, at time.Time, seed uint64) ([]Record, error) {
	implied := map[calendar.Date]float64{}
	for i := range vix1d.Len() {
		implied[vix1d.Date(i)] = vix1d.Close[i] / 100
	}
	if vix1d.Len() < 60 {
		return nil, &evidence.Absent{Code: "few_days", Args: evidence.Args{"needs": 60, "has": vix1d.Len()}}
	}
	events, err := Events(vix1d.Date(0).At(0, 0, calendar.NewYork()), at, at, nil)
	if err != nil {
		return nil, err
	}
	kinds := map[calendar.Date]map[string]bool{}
	for _, e := range events {
		if kinds[e.Session] == nil {
			kinds[e.Session] = map[string]bool{"any": true}
		}
		kinds[e.Session][e.Kind] = true
		if e.Irregular {
			kinds[e.Session]["irregular"] = true
		}
	}
	type day struct {
		date          calendar.Date
		move, implied float64
	}
	groups := map[string][]day{}
	for i := 1; i < index.Len(); i++ {
		v, ok := implied[index.Date(i-1)]
		if !ok || !(v > 0) {
			continue
		}
		d := day{index.Date(i), math.Log(index.Close[i] / index.Close[i-1]), v / math.Sqrt(sessionsAYear)}
		if kinds[d.date] == nil {
			groups["none"] = append(groups["none"], d)
		}
		for k := range kinds[d.date] {
			groups[k] = append(groups[k], d)
		}
	}
	var out []Record
	for g, kind := range append(append([]string{"any"}, Releases...), FOMC, "irregular", "none") {
		days := groups[kind]
		if len(days) < 3 {
			continue
		}
		r := Record{Kind: kind}
		result := make([]float64, len(days))
		for i, d := range days {
			result[i] = math.Abs(d.move)/Approximate(d.implied) - 1
			if result[i] > 0 {
				r.Won += 1 / float64(len(days))
			}
			if kind == "irregular" {
				r.Events = append(r.Events, d.date.String())
			}
		}
		r.Result = bootstrap(result, seed+uint64(g))
		r.Variance = resample(len(days), seed+uint64(g), func(pick func(int) int) float64 {
			var a, b float64
			for i := range days {
				d := days[pick(i)]
				a, b = a+d.move*d.move, b+d.implied*d.implied
			}
			return a / b
		})
		out = append(out, r)
	}
	return out, nil
}

// samples of a bootstrap.
const samples = 4000

// bootstrap is the mean of independent observations with the percentile interval of samples of them (Efron 1979).
func bootstrap(x []float64, seed uint64) Estimate {
	return resample(len(x), seed, func(pick func(int) int) float64 {
		sum := 0.0
		for i := range x {
			sum += x[pick(i)]
		}
		return sum / float64(len(x))
	})
}

// resample evaluates a statistic on the observations as they are and on samples of them.
func resample(n int, seed uint64, f func(pick func(int) int) float64) Estimate {
	r := rand.New(rand.NewPCG(seed, uint64(n)))
	out := Estimate{N: n, Mean: f(func(i int) int { return i })}
	draws := make([]float64, samples)
	for k := range draws {
		draws[k] = f(func(int) int { return r.IntN(n) })
	}
	sort.Float64s(draws)
	out.Low, out.High = quantile(draws, 0.05), quantile(draws, 0.95)
	return out
}
