package contagion

import (
	"math"
	"slices"
	"sort"
	"time"
)

// Day is one session of a pair: the ticks of both within it. Those of x reach beyond it by the largest lag,
// so that a shift finds what it needs.
type Day struct {
	Open, Close int64 // Unix seconds
	X, Y        Ticks
}

// Pair is what the sessions of a pair say about who moves first. Lags are those of y behind x: at a positive
// lag x moved first. Intervals are 5–95 %.
type Pair struct {
	X, Y       string
	Instrument string // whose prices stand for Y
	From, To   time.Time
	Days       int
	Ticks      int // increments of y

	Lag         []float64 // seconds
	Correlation []float64 // at each lag

	Zero   Estimate // correlation at lag 0
	Ahead  Estimate // sum of the correlations at positive lags: what y does after x moved
	Behind Estimate // sum of those at negative lags: what x does after y moved

	Best              float64 // lag of the largest correlation, in size: seconds
	BestLow, BestHigh float64

	// Ratio is Σ_{θ>0} ρ² / Σ_{θ<0} ρ², the lead–lag ratio of Huth and Abergel ("High frequency lead/lag
	// relationships", Journal of Empirical Finance 26, 2014, 41–58): above 1 x leads.
	Ratio  float64
	RatioP float64 // chance of a ratio at least as far from 1 where neither leads
	AheadP float64 // of Ahead, after Holm's correction over all pairs of a reading
}

// Estimate is a number with its standard error and the chance of one at least as large, in size, where
// the truth is 0.
type Estimate struct{ Value, Error, P float64 }

// estimate tests against 0 by the normal law. An estimate without error says nothing about chance.
func estimate(value, err float64) Estimate {
	e := Estimate{Value: value, Error: err, P: 1}
	if err > 0 {
		e.P = normalTail(value / err)
	}
	return e
}

// blocks are the covariances of each session, of which every estimate of a pair is made.
type blocks struct {
	u      [][]float64 // [session][lag]
	vx, vy []float64
}

// measure is ρ(θ) = Σ_d U_d(θ) / √(Σ_d VX_d · Σ_d VY_d) over sessions, each counted so many times.
func (b *blocks) measure(out []float64, times []float64) {
	vx, vy := 0.0, 0.0
	for k := range out {
		out[k] = 0
	}
	for d, n := range times {
		vx += n * b.vx[d]
		vy += n * b.vy[d]
		for k, u := range b.u[d] {
			out[k] += n * u
		}
	}
	scale := 1 / math.Sqrt(vx*vy)
	for k := range out {
		out[k] *= scale
	}
}

// LeadLag measures a pair over sessions, at lags that are multiples of step seconds up to reach on each
// side. Sessions are what is resampled: increments within a session need not be independent.
//
// Standard errors are those of the jackknife over sessions (Efron and Stein, Annals of Statistics 9, 1981).
// The interval of the best lag is that of the bootstrap over sessions. For the ratio, each session is
// reversed in time or left as it is, by chance: where neither price leads, U_d(θ) and U_d(−θ) have one law,
// and the test is exact up to the number of draws.
func LeadLag(days []Day, step, reach int64, draws int, seed uint64) Pair {
	n := int(reach / step)
	lags := make([]int64, 2*n+1)
	p := Pair{Days: len(days)}
	for k := range lags {
		lags[k] = int64(k-n) * step
		p.Lag = append(p.Lag, float64(lags[k]))
	}
	b := blocks{}
	for _, d := range days {
		u := make([]float64, len(lags))
		Covariances(u, d.X, d.Y, lags)
		b.u = append(b.u, u)
		b.vx = append(b.vx, d.X.variance(d.Open, d.Close))
		b.vy = append(b.vy, d.Y.variance(d.Open, d.Close))
		p.Ticks += max(len(d.Y.At)-1, 0)
	}
	times := make([]float64, len(days))
	for d := range times {
		times[d] = 1
	}
	p.Correlation = make([]float64, len(lags))
	b.measure(p.Correlation, times)
	ahead := func(r []float64) float64 { return sum(r[n+1:]) }
	behind := func(r []float64) float64 { return sum(r[:n]) }
	zero := func(r []float64) float64 { return r[n] }

	// One session left out at a time.
	var left [3][]float64
	r := make([]float64, len(lags))
	for d := range days {
		times[d] = 0
		b.measure(r, times)
		times[d] = 1
		for k, of := range []func([]float64) float64{zero, ahead, behind} {
			left[k] = append(left[k], of(r))
		}
	}
	p.Zero = estimate(zero(p.Correlation), jackknife(left[0]))
	p.Ahead = estimate(ahead(p.Correlation), jackknife(left[1]))
	p.Behind = estimate(behind(p.Correlation), jackknife(left[2]))

	p.Best = float64(lags[largest(p.Correlation)])
	p.Ratio = ratio(p.Correlation, n)
	random := stream(seed, "leadlag", 0)
	var best []float64
	beyond := 0
	for range draws {
		clear(times)
		for range days {
			times[random.IntN(len(days))]++
		}
		b.measure(r, times)
		best = append(best, float64(lags[largest(r)]))
	}
	sort.Float64s(best)
	if draws > 0 {
		p.BestLow, p.BestHigh = quantile(best, 0.05), quantile(best, 0.95)
	}
	flipped := blocks{u: make([][]float64, len(days)), vx: b.vx, vy: b.vy}
	for d := range times {
		times[d] = 1
	}
	for range draws {
		for d, u := range b.u {
			flipped.u[d] = u
			if random.IntN(2) == 1 {
				flipped.u[d] = slices.Clone(u)
				slices.Reverse(flipped.u[d])
			}
		}
		flipped.measure(r, times)
		if math.Abs(math.Log(ratio(r, n))) >= math.Abs(math.Log(p.Ratio)) {
			beyond++
		}
	}
	p.RatioP = float64(1+beyond) / float64(1+draws)
	return p
}

// ratio is the lead–lag ratio of correlations with n lags on each side.
func ratio(r []float64, n int) float64 {
	lead, lag := 0.0, 0.0
	for k := range n {
		lead += r[n+1+k] * r[n+1+k]
		lag += r[k] * r[k]
	}
	return lead / lag
}

// jackknife is the standard error of an estimate from those with one block left out:
// √((n − 1)/n · Σ (x_d − mean)²).
func jackknife(left []float64) float64 {
	n := float64(len(left))
	if n < 2 {
		return math.NaN()
	}
	mean := sum(left) / n
	s := 0.0
	for _, x := range left {
		s += (x - mean) * (x - mean)
	}
	return math.Sqrt((n - 1) / n * s)
}

func sum(x []float64) float64 {
	s := 0.0
	for _, v := range x {
		s += v
	}
	return s
}

// largest is the place of the largest number, in size.
func largest(x []float64) int {
	best := 0
	for k, v := range x {
		if math.Abs(v) > math.Abs(x[best]) {
			best = k
		}
	}
	return best
}

// quantile of sorted values, by linear interpolation (type 7 of Hyndman and Fan 1996).
func quantile(sorted []float64, q float64) float64 {
	h := q * float64(len(sorted)-1)
	i := min(int(h), len(sorted)-1)
	if i+1 == len(sorted) {
		return sorted[i]
	}
	return sorted[i] + (h-float64(i))*(sorted[i+1]-sorted[i])
}
