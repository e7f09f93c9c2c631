package options

import (
	"math"

	"faultline/black"
)

// mixture is the risk-neutral law of the price at settlement of one expiry, as a share of the
// forward: a sum of lognormal laws with weights that are never negative and mean 1. Whatever it says
// about the price is a probability, so the option prices that follow from it have no butterfly
// arbitrage, at any strike, by construction. Mixtures of lognormals: Brigo and Mercurio (2002),
// "Lognormal-mixture dynamics and calibration to market volatility smiles".
type mixture []part

// part is one lognormal law of a mixture.
type part struct {
	weight  float64 // probability
	mean    float64 // as a share of the forward
	logMean float64
	sd      float64 // of its logarithm
}

// otm is the undiscounted price, as a share of the forward, of the option out of the money at a
// strike of e^k times the forward, and its derivative over k. In the mixture's far wings, where
// every law has underflowed, it is 0. The laws come in order of their means; those on the option's
// side are summed first, and the others only if they can still be seen beside them.
func (x mixture) otm(k float64) (price, slope float64) {
	strike := math.Exp(k)
	sign, i, step := 1.0, len(x)-1, -1
	if k < 0 {
		sign, i, step = -1, 0, 1
	}
	seen, limit := 0.0, math.Inf(1)
	for ; i >= 0 && i < len(x); i += step {
		p := &x[i]
		d := sign * (p.logMean - k) / p.sd
		half := sign * p.sd / 2
		switch {
		case d+half < -certain && (d+half)*(d+half) > limit || d < -38:
			continue
		case d-half > certain:
			price += p.weight * sign * (p.mean - strike)
			slope -= p.weight * sign * strike
		default:
			below := normCDF(d - half)
			price += p.weight * sign * (p.mean*normCDF(d+half) - strike*below)
			slope -= p.weight * sign * strike * below
		}
		if price > 2*seen {
			// Beyond this many deviations, squared, a law adds less than e^−41 of the price.
			seen, limit = price, 2*(41-math.Log(price))
		}
	}
	return price, slope
}

// certain is the number of standard deviations beyond which the normal distribution function is 1 to
// the last bit.
const certain = 8.5

// faintest is the option price, as a share of the forward, below which the law says nothing: its
// volatility is carried on from there.
const faintest = 1e-200

// variance is the total implied variance, vol²·years, at log moneyness k, and its derivative.
func (x mixture) variance(k float64) (w, slope float64) {
	price, dPrice := x.otm(k)
	if !(price > faintest) {
		for !(price > faintest) {
			// Nearer and nearer to the forward until the price can be told from nothing.
			k *= 0.75
			price, _ = x.otm(k)
		}
		w, _ = x.variance(k)
		return w, 0
	}
	right, sign := black.Call, 1.0
	if k < 0 {
		right, sign = black.Put, -1
	}
	strike := math.Exp(k)
	sd, err := black.ImpliedVol(right, price, 1, strike, 1)
	if err != nil {
		return math.NaN(), 0
	}
	d1 := -k/sd + sd/2
	dsd := (dPrice + sign*strike*normCDF(sign*(d1-sd))) / black.NormPDF(d1)
	return sd * sd, 2 * sd * dsd
}

// stretched is the law whose logarithm is c times as spread out: that of an expiry c² times as long
// with the same volatilities at the same number of standard deviations, its mean set to 1.
func (x mixture) stretched(c float64) mixture {
	out := make(mixture, len(x))
	for i, p := range x {
		out[i] = part{weight: p.weight, mean: math.Exp(p.logMean * c), sd: p.sd * c}
	}
	out.centre()
	return out
}

// centre scales weights to sum 1 and means to mean 1.
func (x mixture) centre() {
	total, mean := 0.0, 0.0
	for _, p := range x {
		total, mean = total+p.weight, mean+p.weight*p.mean
	}
	for i := range x {
		x[i].weight /= total
		x[i].mean *= total / mean
		x[i].logMean = math.Log(x[i].mean)
	}
}
