package dealer

import (
	"math/rand/v2"
	"slices"

	"faultline/flow"
)

// Estimate is a number measured on a sample of days, with a 95 % interval.
type Estimate struct {
	Value, Low, High float64
	N                int // days it rests on
}

// blockDays is the length of the blocks that are drawn: neighbouring days share volatility and levels.
const blockDays = 5

// resamples is how many samples are drawn; the standard error of a 2.5 % quantile is then about 0.35
// percentage points.
const resamples = 2000

// bootstrap gives the interval of a statistic of n days in order of time, by drawing days with
// replacement in circular blocks (Politis and Romano 1992) and taking the percentiles of the statistic.
// stat must not keep the slice; where it is NaN for a sample, that sample is left out.
func bootstrap(n int, seed uint64, stat func(days []int) float64) Estimate {
	days := make([]int, n)
	for i := range days {
		days[i] = i
	}
	e := Estimate{Value: stat(days), N: n}
	e.Low, e.High = e.Value, e.Value
	if n < 2 {
		return e
	}
	rng := rand.New(rand.NewPCG(seed, uint64(n)))
	all := make([]float64, 0, resamples)
	for range resamples {
		for i := 0; i < n; i += blockDays {
			start := rng.IntN(n)
			for j := i; j < min(i+blockDays, n); j++ {
				days[j] = (start + j - i) % n
			}
		}
		if v := stat(days); v == v {
			all = append(all, v)
		}
	}
	if len(all) > 1 {
		slices.Sort(all)
		e.Low, e.High = flow.Quantile(all, 0.025), flow.Quantile(all, 0.975)
	}
	return e
}

// mean is that of a quantity over the days on which it is defined, not a number without any.
func mean(days []int, of func(day int) (float64, bool)) float64 {
	sum, n := 0.0, 0
	for _, d := range days {
		if v, ok := of(d); ok {
			sum += v
			n++
		}
	}
	return sum / float64(n)
}
