package contagion

import (
	"math/rand/v2"
	"sort"
)

// resample makes a series of the model out of its own residuals, drawn in blocks: the residual-based
// moving-block bootstrap of Brüggemann, Jentsch and Trenkler ("Inference in VARs with conditional
// heteroskedasticity of unknown form", Journal of Econometrics 191, 2016, 69–85). Blocks keep the clusters
// of volatility, without which functions of Σ such as variance decompositions get bands that are too
// narrow. Residuals are centred by their place in the block, as in that paper, and the first observations
// are those of the data.
func (v *VAR) resample(random *rand.Rand, block int, out [][]float64) {
	m := v.regressors()
	block = min(block, v.N)
	starts := v.N - block + 1
	centre := make([]float64, v.Vars*block)
	for k := range v.Vars {
		s := sum(v.Resid[k][:starts])
		for b := range block {
			centre[k*block+b] = s / float64(starts)
			if b+1 < block {
				s += v.Resid[k][b+starts] - v.Resid[k][b]
			}
		}
	}
	for k := range v.Vars {
		copy(out[k][:v.Lags], v.data[k][:v.Lags])
	}
	from := 0
	for t := range v.N {
		place := t % block
		if place == 0 {
			from = random.IntN(starts)
		}
		now := t + v.Lags
		for k := range v.Vars {
			c := v.Coef[k*m : (k+1)*m]
			y := c[0] + v.Resid[k][from+place] - centre[k*block+place]
			for l := range v.Lags {
				for j := range v.Vars {
					y += c[1+l*v.Vars+j] * out[j][now-1-l]
				}
			}
			out[k][now] = y
		}
	}
}

// Band is an interval of 5–95 %.
type Band struct{ Value, Low, High float64 }

// bands are intervals of functions of the table by Hall's percentile method: the value less the quantiles
// of (draw − value), which takes off the bias that a draw has in the same way as the estimate. They are cut
// to between low and high of each function.
func (v *VAR) bands(random *rand.Rand, draws, block, horizon int, limits [][2]float64, of func(Table) []float64) []Band {
	value := of(v.Decompose(horizon))
	samples := make([][]float64, len(value))
	series := make([][]float64, v.Vars)
	for k := range series {
		series[k] = make([]float64, v.N+v.Lags)
	}
	for range draws {
		v.resample(random, block, series)
		again, _, err := solve(series, v.Lags)
		if err != nil {
			continue // a draw that is collinear says nothing
		}
		for i, x := range of(again.Decompose(horizon)) {
			samples[i] = append(samples[i], x)
		}
	}
	out := make([]Band, len(value))
	for i, s := range samples {
		sort.Float64s(s)
		b := Band{Value: value[i], Low: value[i], High: value[i]}
		if len(s) > 0 {
			b.Low = min(max(2*value[i]-quantile(s, 0.95), limits[i][0]), value[i])
			b.High = max(min(2*value[i]-quantile(s, 0.05), limits[i][1]), value[i])
		}
		out[i] = b
	}
	return out
}

// shifted returns the series with those of move turned in a circle by so many observations. That keeps the
// law of each group and breaks every link between the groups.
func shifted(y [][]float64, move []int, by int) [][]float64 {
	out := append([][]float64(nil), y...)
	for _, k := range move {
		n := len(y[k])
		turned := make([]float64, n)
		for t := range turned {
			turned[t] = y[k][(t+by)%n]
		}
		out[k] = turned
	}
	return out
}
