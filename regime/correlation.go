package regime

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// Windows, in sessions. Those of absorption and turbulence are the published ones.
const (
	short      = 21   // a month: volatility, correlation, dispersion, liquidity
	quarter    = 63   // a quarter, for the mean pairwise correlation
	absorbed   = 500  // window of the absorption ratio: two years
	halfLife   = 250  // half-life of its exponential weights: one year
	shiftShort = 15   // its standardised shift: fifteen days …
	shiftLong  = 250  // … against one year
	turbulent  = 2500 // history behind the turbulence of a day: ten years
	leastTurb  = 500
)

// yearDays turns a daily variance into one a year.
const yearDays = 252

// volatility is the realised volatility a year of each window of short sessions, about zero: the standard
// deviation that a variance swap pays on, sqrt(252/n · Σ r²).
func volatility(ret []float64) []float64 {
	out := nans(len(ret))
	sum := 0.0
	for i, r := range ret {
		sum += r * r
		if i >= short {
			sum -= ret[i-short] * ret[i-short]
		}
		if i >= short-1 {
			// The running sum drifts by rounding only, far below a day's variance; it is summed anew each year.
			if i%yearDays == 0 {
				sum = 0
				for _, v := range ret[i-short+1 : i+1] {
					sum += v * v
				}
			}
			out[i] = math.Sqrt(max(sum, 0) * yearDays / short)
		}
	}
	return out
}

func nans(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = math.NaN()
	}
	return out
}

// correlation is the mean of all pairwise Pearson correlations over a trailing window.
func (p *panel) correlation(window int) *track {
	t := &track{date: p.date, value: nans(len(p.date))}
	n := len(p.ids)
	z := make([][]float64, n)
	for k := range z {
		z[k] = make([]float64, window)
	}
	for i := window - 1; i < len(p.date); i++ {
		flat := false
		for k := range n {
			w := p.ret[k][i-window+1 : i+1]
			m, s := mean(w), math.Sqrt(variance(w)*float64(window-1))
			flat = flat || !(s > 0)
			for j, v := range w {
				z[k][j] = (v - m) / s
			}
		}
		if flat {
			continue // a flat price correlates with nothing
		}
		// Σ over pairs of ρ = (|Σ z|² − n) / 2 for columns of unit length.
		sum := 0.0
		for j := range window {
			row := 0.0
			for k := range n {
				row += z[k][j]
			}
			sum += row * row
		}
		t.value[i] = (sum - float64(n)) / float64(n*(n-1))
	}
	return t
}

// dispersion is the mean over a trailing month of the day's cross-sectional standard deviation of returns,
// a year.
func (p *panel) dispersion() *track {
	day := make([]float64, len(p.date))
	x := make([]float64, len(p.ids))
	for i := range day {
		for k := range x {
			x[k] = p.ret[k][i]
		}
		day[i] = math.Sqrt(variance(x) * yearDays)
	}
	t := &track{date: p.date, value: nans(len(p.date))}
	for i := short - 1; i < len(day); i++ {
		t.value[i] = mean(day[i-short+1 : i+1])
	}
	return t
}

// absorption is the absorption ratio of Kritzman, Li, Page and Rigobon (2011), "Principal components as a
// measure of systemic risk": the share of the total variance of the sectors that the first n/5 principal
// components explain, from a covariance over 500 sessions with exponential weights of a half-life of 250.
// It is computed on every step-th session back from the last one, and stands until the next one.
func (p *panel) absorption(step int) *track {
	t := &track{date: p.date, value: nans(len(p.date))}
	n := len(p.ids)
	keep := max(1, int(math.Round(float64(n)/5)))
	weight := make([]float64, absorbed)
	total := 0.0
	for j := range weight {
		weight[j] = math.Pow(0.5, float64(absorbed-1-j)/halfLife)
		total += weight[j]
	}
	cov := mat.NewSymDense(n, nil)
	m := make([]float64, n)
	var eigen mat.EigenSym
	for i := len(p.date) - 1; i >= absorbed-1; i -= step {
		from := i - absorbed + 1
		for k := range n {
			m[k] = 0
			for j, w := range weight {
				m[k] += w * p.ret[k][from+j]
			}
			m[k] /= total
		}
		for a := range n {
			for b := a; b < n; b++ {
				s := 0.0
				for j, w := range weight {
					s += w * (p.ret[a][from+j] - m[a]) * (p.ret[b][from+j] - m[b])
				}
				cov.SetSym(a, b, s/total)
			}
		}
		if !eigen.Factorize(cov, false) {
			continue
		}
		values := eigen.Values(nil) // ascending
		all, first := 0.0, 0.0
		for k, v := range values {
			all += v
			if k >= n-keep {
				first += v
			}
		}
		if all > 0 {
			t.value[i] = first / all
		}
	}
	held := math.NaN()
	for i, v := range t.value {
		if v-v == 0 {
			held = v
		} else if i >= absorbed-1 {
			t.value[i] = held
		}
	}
	return t
}

// shift is the standardised shift of the absorption ratio as published: the mean of fifteen days less that
// of a year, over the year's standard deviation.
func (t *track) shift() *track {
	out := &track{date: t.date, value: nans(len(t.date))}
	for i := shiftLong - 1; i < len(t.value); i++ {
		year := t.value[i-shiftLong+1 : i+1]
		if math.IsNaN(year[0]) {
			continue
		}
		if s := math.Sqrt(variance(year)); s > 0 {
			out.value[i] = (mean(t.value[i-shiftShort+1:i+1]) - mean(year)) / s
		}
	}
	return out
}

// turbulence is that of Kritzman and Li (2010), "Skulls, financial turbulence, and risk management": the
// squared Mahalanobis distance of the day's returns from their history, divided by their number so that its
// mean is about one. The history is the ten years before the day (at least two), estimated anew each month
// so that no day is part of its own measure.
func (p *panel) turbulence() *track {
	t := &track{date: p.date, value: nans(len(p.date))}
	n := len(p.ids)
	cov := mat.NewSymDense(n, nil)
	m, y, x := make([]float64, n), mat.NewVecDense(n, nil), mat.NewVecDense(n, nil)
	var chol mat.Cholesky
	ready := false
	for i := leastTurb; i < len(p.date); i++ {
		if !ready || (i-leastTurb)%short == 0 {
			from := max(0, i-turbulent)
			for k := range n {
				m[k] = mean(p.ret[k][from:i])
			}
			for a := range n {
				for b := a; b < n; b++ {
					s := 0.0
					for j := from; j < i; j++ {
						s += (p.ret[a][j] - m[a]) * (p.ret[b][j] - m[b])
					}
					cov.SetSym(a, b, s/float64(i-from-1))
				}
			}
			ready = chol.Factorize(cov)
		}
		if !ready {
			continue
		}
		for k := range n {
			y.SetVec(k, p.ret[k][i]-m[k])
		}
		if err := chol.SolveVecTo(x, y); err != nil {
			continue
		}
		t.value[i] = mat.Dot(y, x) / float64(n)
	}
	return t
}

// smooth is the mean over a trailing month.
func (t *track) smooth() *track {
	out := &track{date: t.date, value: nans(len(t.date))}
	for i := short - 1; i < len(t.value); i++ {
		out.value[i] = mean(t.value[i-short+1 : i+1]) // NaN while the window is not full
	}
	return out
}
