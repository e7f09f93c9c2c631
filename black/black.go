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

func positive(x float64) bool { return x > 0 && x <= math.MaxFloat64 }

// valid says whether a price exists: it is false for NaN anywhere.
func valid(r Right, forward, strike, years, vol float64) bool {
	return (r == Call || r == Put) && positive(forward) && positive(strike) &&
		years >= 0 && years <= math.MaxFloat64 && vol >= 0 && vol <= math.MaxFloat64
}

// Price is the undiscounted Black-76 price r·(F·Φ(r·d1) − K·Φ(r·d2)) (Black 1976, equation 16,
// without its discount factor), in the units of forward, where
//
//	d1 = ln(F/K)/s + s/2,  d2 = d1 − s,  s = vol·√years.
//
// It is computed as intrinsic value plus the price p of the out-of-the-money side. With a = |ln(F/K)|,
// u1 = a/s − s/2, u2 = a/s + s/2, φ the normal density and R the Mills ratio,
//
//	p = min(F,K)·φ(u1)·(R(u1) − R(u2)),
//
// whose difference millsDrop takes without cancellation; where u1 < −0.7, p is min(F,K) less
// min(F,K)·φ(u1)·(R(−u1) + R(u2)). The relative error of p is at most (16 + 2·|u1|·u2)·2⁻⁵², of which
// the second part is what one rounding of the inputs does to the true price.
//
// Zero years or zero volatility gives the intrinsic value. Invalid input (see Greeks) gives NaN.
func Price(r Right, forward, strike, years, vol float64) float64 {
	if !valid(r, forward, strike, years, vol) {
		return math.NaN()
	}
	low, high := min(forward, strike), max(forward, strike)
	value := 0.0
	if s := float64(vol * math.Sqrt(years)); s > 0 {
		value = outOfTheMoney(low, high, s)
	}
	if (r == Call) == (forward > strike) {
		return min(value+(high-low), high) // The sum may round to above the price's limit.
	}
	return value
}

// outOfTheMoney is the price p of Price for min(F,K) = low, max(F,K) = high and s > 0.
func outOfTheMoney(low, high, s float64) float64 {
	a := logMoneyness(high, low)
	h := a / s
	u1, u2 := h-s/2, h+s/2
	if u1 < millsSwitch {
		first, second := millsRatio(-u1), millsRatio(u2)
		return low - float64(low*float64(NormPDF(u1)*(first+second)))
	}
	if u1 > 37 {
		return farOutOfTheMoney(low, u1, u2, s)
	}
	drop, _ := millsDrop(u1, u2, s)
	return float64(float64(low*NormPDF(u1)) * drop)
}

// farOutOfTheMoney is outOfTheMoney where φ(u1) is no normal number, though low·φ(u1) may be one:
// the largest forward times e^(−u1²/2) is under the smallest float from u1 = 54 on.
func farOutOfTheMoney(low, u1, u2, s float64) float64 {
	if !(u1 < 60) {
		return 0
	}
	drop, _ := millsDrop(u1, u2, s)
	m, k := expParts(-0.5 * float64(u1*u1))
	return math.Ldexp(float64(float64(m*invRootTwoPi)*drop)*low, int(k-roundingMagic))
}

// millsSwitch is the u1 under which the complement of the price is computed instead of the price.
// A price of half its maximum has u1 ≥ −0.6745, and the Mills polynomial holds from −0.75.
const millsSwitch = -0.7
