package black

import (
	"errors"
	"math"
)

// Right is the side of the option: the right to buy or the right to sell.
type Right int8

// Call and Put are the only valid rights; their value is the sign of the payoff's slope.
const (
	Call Right = +1
	Put  Right = -1
)

// Errors of ImpliedVol, to be tested with errors.Is.
var (
	// ErrBelowIntrinsic says that the price is under what exercise at once would give.
	ErrBelowIntrinsic = errors.New("black: price below intrinsic value")
	// ErrAboveMaximum says that the price is at or over its limit for infinite volatility.
	ErrAboveMaximum = errors.New("black: price at or above its maximum")
	// ErrNoTime says that years to settlement are zero or negative.
	ErrNoTime = errors.New("black: no time to settlement")
	// ErrNotFinite says that an input is NaN or infinite, that forward or strike is not positive,
	// or that the right is neither Call nor Put.
	ErrNotFinite = errors.New("black: input not finite or out of domain")
)

// NormPDF is the standard normal density.
func NormPDF(x float64) float64 { return math.Exp(-x*x/2) / math.Sqrt(2*math.Pi) }

// NormCDF is the standard normal distribution function.
func NormCDF(x float64) float64 { return math.Erfc(-x/math.Sqrt2) / 2 }

func valid(r Right, forward, strike, years float64) bool {
	return (r == Call || r == Put) && forward > 0 && strike > 0 && years >= 0 &&
		!math.IsInf(forward, 1) && !math.IsInf(strike, 1) && !math.IsInf(years, 1)
}

func intrinsic(r Right, forward, strike float64) float64 {
	return max(0, float64(r)*(forward-strike))
}

// Price is the undiscounted Black-76 price, r·(forward·Φ(r·d1) − strike·Φ(r·d2)), in the units of
// forward. Zero years or zero volatility gives the intrinsic value. Invalid input gives NaN.
func Price(r Right, forward, strike, years, vol float64) float64 {
	if !(valid(r, forward, strike, years) && vol >= 0) {
		return math.NaN()
	}
	s := vol * math.Sqrt(years)
	base := intrinsic(r, forward, strike)
	if s == 0 {
		return base
	}
	if math.IsInf(s, 1) {
		return base + min(forward, strike)
	}
	lo, hi := min(forward, strike), max(forward, strike)
	x := math.Log(lo / hi)
	d1 := x/s + s/2
	return base + max(0, lo*NormCDF(d1)-hi*NormCDF(d1-s))
}

// ImpliedVol is the volatility per year at which Price gives price.
func ImpliedVol(r Right, price, forward, strike, years float64) (float64, error) {
	if math.IsNaN(price) || math.IsInf(price, 0) || math.IsNaN(years) || !valid(r, forward, strike, max(years, 0)) {
		return math.NaN(), ErrNotFinite
	}
	if !(years > 0) {
		return math.NaN(), ErrNoTime
	}
	value := price - intrinsic(r, forward, strike)
	if value < 0 {
		return math.NaN(), ErrBelowIntrinsic
	}
	if value >= min(forward, strike) {
		return math.NaN(), ErrAboveMaximum
	}
	if value == 0 {
		return 0, nil
	}
	side := Call
	if forward > strike {
		side = Put
	}
	lo, hi := 0.0, 1.0
	for Price(side, forward, strike, 1, hi) < value && hi < 1e3 {
		hi *= 2
	}
	for range 200 {
		mid := lo + (hi-lo)/2
		if mid == lo || mid == hi {
			break
		}
		if Price(side, forward, strike, 1, mid) < value {
			lo = mid
		} else {
			hi = mid
		}
	}
	return hi / math.Sqrt(years), nil
}
