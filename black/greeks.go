package black

import "math"

// Greeks are the derivatives of the undiscounted price, per unit of the underlying.
type Greeks struct {
	Delta  float64 // ∂price/∂forward, units of the forward per option
	Gamma  float64 // ∂²price/∂forward², per point of forward
	Vega   float64 // ∂price/∂vol, points per 1.00 of volatility (divide by 100 for one vol point)
	Theta  float64 // change of price as calendar time passes, points per year
	Vanna  float64 // ∂delta/∂vol = ∂vega/∂forward, per 1.00 of volatility
	Charm  float64 // change of delta as calendar time passes, per year
	Vomma  float64 // ∂vega/∂vol, points per 1.00 of volatility squared
	Speed  float64 // ∂gamma/∂forward, per point of forward squared
	Colour float64 // change of gamma as calendar time passes, per point per year
}

// GreeksOf returns the greeks of one option. Invalid input gives NaN in every field.
func GreeksOf(r Right, forward, strike, years, vol float64) Greeks {
	if !(valid(r, forward, strike, years) && vol >= 0) {
		n := math.NaN()
		return Greeks{n, n, n, n, n, n, n, n, n}
	}
	root := math.Sqrt(years)
	s := vol * root
	if s == 0 {
		switch {
		case forward == strike:
			return Greeks{Delta: float64(r) / 2, Gamma: math.Inf(1)}
		case (forward > strike) == (r == Call):
			return Greeks{Delta: float64(r)}
		}
		return Greeks{}
	}
	d1 := math.Log(forward/strike)/s + s/2
	d2 := d1 - s
	n := NormPDF(d1)
	g := Greeks{}
	g.Delta = float64(r) * NormCDF(float64(r)*d1)
	g.Gamma = n / (forward * s)
	g.Vega = forward * n * root
	g.Theta = -forward * n * vol / (2 * root)
	g.Vanna = -n * d2 / vol
	g.Charm = n * d2 / (2 * years)
	g.Vomma = g.Vega * d1 * d2 / vol
	g.Speed = -g.Gamma / forward * (1 + d1/s)
	g.Colour = g.Gamma / (2 * years) * (1 - d1*d2)
	return g
}
