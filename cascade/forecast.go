package cascade

import (
	"math"
	"sort"

	"faultline/macro/ols"
)

// Forecasts are one-step forecasts of y out of sample: the forecast of y[i] comes from a least-squares fit
// to rows that were complete before it, of which there are at least first; the fit is renewed every
// refit rows. x[i] must hold only what was known before y[i]. NaN stands before the first forecast.
func Forecasts(y []float64, x [][]float64, first, refit int) ([]float64, error) {
	out := make([]float64, len(y))
	var beta []float64
	for i := range y {
		if i < first {
			out[i] = math.NaN()
			continue
		}
		if (i-first)%refit == 0 {
			f, err := ols.Regress(y[:i], x[:i], ols.Robust{})
			if err != nil {
				return nil, err
			}
			beta = f.Beta
		}
		for j, b := range beta {
			out[i] += b * x[i][j]
		}
	}
	return out, nil
}

// Comparison is the test of Diebold and Mariano (1995, Journal of Business and Economic Statistics 13) for
// equal squared error of two forecasts.
type Comparison struct {
	Gain float64 // mean squared error of the first less that of the second, as a share of the first
	T    float64 // of the mean difference of losses; above 0 the second is better
	P    float64 // probability of so large a T, or larger, when both are as good
	N    int
}

// DieboldMariano compares forecasts a and b of y where both are numbers, with a long-run variance of
// Newey and West over so many lags. The normal distribution is that of the test for forecasts that are
// not nested; where a is nested in b, T leans below 0 under the null, so that P is on the safe side
// (Clark and West 2007, Journal of Econometrics 138).
func DieboldMariano(y, a, b []float64, lags int) (Comparison, error) {
	var d []float64
	var one [][]float64
	lossA := 0.0
	for i := range y {
		if !finite(a[i]) || !finite(b[i]) {
			continue
		}
		la, lb := (y[i]-a[i])*(y[i]-a[i]), (y[i]-b[i])*(y[i]-b[i])
		d, one = append(d, la-lb), append(one, []float64{1})
		lossA += la
	}
	f, err := ols.Regress(d, one, ols.Robust{Lags: lags})
	if err != nil {
		return Comparison{}, err
	}
	t := f.Beta[0] / f.Error[0]
	return Comparison{Gain: f.Beta[0] * float64(len(d)) / lossA, T: t, P: math.Erfc(t/math.Sqrt2) / 2, N: len(d)}, nil
}

// Calibration is how probability-integral transforms lie in [0, 1]; of a calibrated forecast they are
// uniform (Diebold, Gunther and Tay 1998, International Economic Review 39).
type Calibration struct {
	Bins     [10]float64 // share in each tenth
	Distance float64     // of Kolmogorov and Smirnov
	Critical float64     // which independent uniform numbers pass in 5 of 100 samples: 1.358/√n
	Inside   float64     // share between 0.05 and 0.95, of which a calibrated forecast has 0.9
	N        int
}

// Calibrate counts transforms.
func Calibrate(pit []float64) Calibration {
	c := Calibration{N: len(pit)}
	v := append([]float64(nil), pit...)
	sort.Float64s(v)
	n := float64(len(v))
	for i, u := range v {
		c.Bins[min(int(u*10), 9)] += 1 / n
		c.Distance = max(c.Distance, u-float64(i)/n, float64(i+1)/n-u)
		if u > 0.05 && u < 0.95 {
			c.Inside += 1 / n
		}
	}
	c.Critical = 1.358 / math.Sqrt(n)
	return c
}
