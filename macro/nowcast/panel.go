package nowcast

import (
	"fmt"
	"math"

	"faultline/evidence"
)

// Kind says how a series follows the factors. Time runs in months.
type Kind uint8

// The kinds of series. Λ are loadings, f the factors, e an autoregression of order one of the series' own.
const (
	// Monthly: y_t = Λ f_t + e_t.
	Monthly Kind = iota
	// Quarterly growth in the last month of the quarter: y_t = Σ_j w_j (Λ f_{t−j} + e_{t−j}) with
	// w = 1, 2, 3, 2, 1 (Mariano and Murasawa, Journal of Applied Econometrics 18, 2003, equation 3; the
	// factor 1/3 goes into the units of the latent monthly growth).
	Quarterly
	// Trend: y_t = Λ f_t + e_t + ν_t with white ν. The signal Λ f_t + e_t is never observed.
	Trend
)

// quarterWeights are w of Quarterly.
var quarterWeights = [5]float64{1, 2, 3, 2, 1}

// Limits of a panel. FRED-MD has 126 series of 787 months.
const (
	MaxSeries = 1000
	MaxMonths = 5000
)

// Panel is the data of a model: series by months. Missing numbers are NaN.
type Panel struct {
	Names []string
	Kinds []Kind
	T     int       // months
	Y     []float64 // [series][month], in the unit of the series
	// Noise is the variance, in squared units of Y, with which an observation stands for its month: a
	// month's average of a daily series is known only in part before the month has ended. Nil means none.
	Noise []float64
}

// At is an observation.
func (p *Panel) At(series, month int) float64 { return p.Y[series*p.T+month] }

// N is the number of series.
func (p *Panel) N() int { return len(p.Names) }

// noise is the extra variance of an observation.
func (p *Panel) noise(i, t int) float64 {
	if p.Noise == nil {
		return 0
	}
	return p.Noise[i*p.T+t]
}

// Extend returns the panel with empty months at its end, to forecast into.
func (p *Panel) Extend(months int) *Panel {
	out := &Panel{Names: p.Names, Kinds: p.Kinds, T: p.T + months, Y: make([]float64, p.N()*(p.T+months))}
	if p.Noise != nil {
		out.Noise = make([]float64, len(out.Y))
	}
	for i := range p.N() {
		row := out.Y[i*out.T : (i+1)*out.T]
		n := copy(row, p.Y[i*p.T:(i+1)*p.T])
		for t := n; t < out.T; t++ {
			row[t] = math.NaN()
		}
		if p.Noise != nil {
			copy(out.Noise[i*out.T:], p.Noise[i*p.T:(i+1)*p.T])
		}
	}
	return out
}

// check says what is wrong with the form of a panel.
func (p *Panel) check() error {
	n := p.N()
	switch {
	case n == 0 || p.T == 0:
		return &evidence.Absent{Code: "nowcast_no_data"}
	case n > MaxSeries || p.T > MaxMonths:
		return &evidence.Absent{Code: "nowcast_too_large", Args: evidence.Args{"series": n, "months": p.T, "max_series": MaxSeries, "max_months": MaxMonths}}
	case len(p.Kinds) != n || len(p.Y) != n*p.T || p.Noise != nil && len(p.Noise) != len(p.Y):
		return fmt.Errorf("nowcast: a panel of %d series and %d months has %d kinds, %d numbers and %d variances", n, p.T, len(p.Kinds), len(p.Y), len(p.Noise))
	}
	for i, y := range p.Y {
		if math.IsInf(y, 0) || math.Abs(y) > 1e100 {
			return fmt.Errorf("nowcast: %s holds %v in month %d", p.Names[i/p.T], y, i%p.T)
		}
		if p.Noise != nil && !(p.Noise[i] >= 0 && p.Noise[i] < 1e100) {
			return fmt.Errorf("nowcast: the variance of %s in month %d is %v", p.Names[i/p.T], i%p.T, p.Noise[i])
		}
	}
	return nil
}

// Dropped is a series that a model leaves out, with the reason.
type Dropped struct {
	Name   string
	Reason *evidence.Absent
}

// minObservations is how many observations a series needs to have a mean, a scale and a loading.
const minObservations = 4

// usable parts the series that a model can learn from, those with enough observations that are not all
// alike, from the others.
func (p *Panel) usable() (keep []int, dropped []Dropped) {
	for i := range p.N() {
		n, first, alike := 0, math.NaN(), true
		scale := 0.0
		for t := range p.T {
			y := p.At(i, t)
			if math.IsNaN(y) || p.noise(i, t) > 0 {
				continue
			}
			if n == 0 {
				first = y
			}
			scale = max(scale, math.Abs(y))
			alike = alike && math.Abs(y-first) <= 1e-12*scale
			n++
		}
		switch {
		case n < minObservations:
			dropped = append(dropped, Dropped{p.Names[i], &evidence.Absent{Code: "nowcast_few_observations", Args: evidence.Args{"series": p.Names[i], "count": n, "least": minObservations}}})
		case alike:
			dropped = append(dropped, Dropped{p.Names[i], &evidence.Absent{Code: "nowcast_constant", Args: evidence.Args{"series": p.Names[i]}}})
		default:
			keep = append(keep, i)
		}
	}
	return keep, dropped
}

// Select returns the panel of some of its series.
func (p *Panel) Select(series []int) *Panel {
	out := &Panel{T: p.T}
	for _, i := range series {
		out.Names = append(out.Names, p.Names[i])
		out.Kinds = append(out.Kinds, p.Kinds[i])
		out.Y = append(out.Y, p.Y[i*p.T:(i+1)*p.T]...)
		if p.Noise != nil {
			out.Noise = append(out.Noise, p.Noise[i*p.T:(i+1)*p.T]...)
		}
	}
	return out
}

// Find is the place of a series, −1 when there is none.
func (p *Panel) Find(name string) int {
	for i, n := range p.Names {
		if n == name {
			return i
		}
	}
	return -1
}
