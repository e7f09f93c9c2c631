package dealer

import (
	"faultline/evidence"
	"faultline/market"
)

// Rates turn one unit of an exposure into another.
type Rates struct {
	Spot         float64 // points
	HoursToClose float64 // from now to the close of the session
	// VolPerPercent is how many volatility points volatility rises when the price rises by 1 %: negative
	// for an index. market.Missing where no such relation is stated; vanna then has no unit of price.
	VolPerPercent float64
}

// RatesOf are the rates of exposures, with the relation of volatility to price that the caller states
// or market.Missing.
func RatesOf(e *Exposures, volPerPercent float64) Rates {
	return Rates{e.Spot, e.Close.Sub(e.Now).Hours(), volPerPercent}
}

// Convert turns an exposure into another unit: dollars per 1 % and per index point (one is 1 % of spot
// over 100), per hour and to the close (a straight line, which Exposures.ToClose is not), and, where
// the rates state how volatility moves with the price, volatility points into either of the first two.
// It is absent where the two units have no relation.
func (r Rates) Convert(v float64, from, to evidence.Unit) (float64, error) {
	if from == to {
		return v, nil
	}
	f, okFrom := r.scale(from)
	t, okTo := r.scale(to)
	if !okFrom || !okTo || timed(from) != timed(to) || market.IsMissing(f) || market.IsMissing(t) || t == 0 {
		return 0, &evidence.Absent{Code: "unit_not_convertible", Args: evidence.Args{"from": string(from), "to": string(to)}}
	}
	return v * f / t, nil
}

// scale is what one unit comes to per 1 % of price, or per hour.
func (r Rates) scale(u evidence.Unit) (float64, bool) {
	switch u {
	case evidence.USDPerPercent, evidence.USDPerHour:
		return 1, true
	case evidence.USDPerPoint:
		return r.Spot * 0.01, true
	case evidence.USDPerVolPoint:
		return r.VolPerPercent, true
	case USDToClose:
		return 1 / r.HoursToClose, r.HoursToClose > 0
	}
	return 0, false
}

func timed(u evidence.Unit) bool { return u == evidence.USDPerHour || u == USDToClose }
