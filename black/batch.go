package black

import (
	"errors"
	"math"
)

// Status says how the implied volatility of one contract of a batch came out.
type Status uint8

// The statuses, in the order of the errors of ImpliedVol.
const (
	OK Status = iota
	BelowIntrinsic
	AboveMaximum
	NoTime
	NotFinite
)

func statusOf(err error) Status {
	switch {
	case err == nil:
		return OK
	case errors.Is(err, ErrBelowIntrinsic):
		return BelowIntrinsic
	case errors.Is(err, ErrAboveMaximum):
		return AboveMaximum
	case errors.Is(err, ErrNoTime):
		return NoTime
	}
	return NotFinite
}

// ImpliedVols is ImpliedVol over len(dst) contracts.
func ImpliedVols(dst []float64, status []Status, r []Right, price, forward, strike, years []float64) {
	for i := range dst {
		v, err := ImpliedVol(r[i], price[i], forward[i], strike[i], years[i])
		dst[i], status[i] = v, statusOf(err)
	}
}

// GreekColumns are the greeks of a batch, one column each, in the units of Greeks.
type GreekColumns struct {
	Delta, Gamma, Vega, Vanna, Charm []float64
}

// GreeksBatch is GreeksOf over len(dst.Delta) contracts.
func GreeksBatch(dst GreekColumns, r []Right, forward, strike, years, vol []float64) {
	for i := range dst.Delta {
		g := GreeksOf(r[i], forward[i], strike[i], years[i], vol[i])
		dst.Delta[i], dst.Gamma[i], dst.Vega[i], dst.Vanna[i], dst.Charm[i] = g.Delta, g.Gamma, g.Vega, g.Vanna, g.Charm
	}
}

// GammaProfile sets dst[j] to the sum over contracts of weight[i] times the gamma of contract i at
// the forward forward[i]·x[j]. Contracts without time or volatility have no gamma and add nothing.
func GammaProfile(dst []float64, x []float64, weight, forward, strike, years, vol []float64) {
	for j := range dst {
		sum := 0.0
		for i := range weight {
			g := GreeksOf(Call, forward[i]*x[j], strike[i], years[i], vol[i]).Gamma
			if !math.IsInf(g, 1) {
				sum += weight[i] * g
			}
		}
		dst[j] = sum
	}
}

// DeltaProfile sets dst[j] to the sum over contracts of weight[i] times the delta of contract i at
// the forward forward[i]·x[j].
func DeltaProfile(dst []float64, x []float64, r []Right, weight, forward, strike, years, vol []float64) {
	for j := range dst {
		sum := 0.0
		for i := range weight {
			sum += weight[i] * GreeksOf(r[i], forward[i]*x[j], strike[i], years[i], vol[i]).Delta
		}
		dst[j] = sum
	}
}
