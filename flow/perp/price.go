package perp

import "math"

// Liquidation is the price at which a position with a margin of its own is liquidated, and the price at
// which that margin is gone. A price that is not above 0, or that no price reaches, is NaN: such a
// position is never liquidated.
//
// Units are signed coins, entry and mark dollars, margin dollars. The position is liquidated when its
// equity has fallen to what the venue asks for,
//
//	margin + units·(P − entry) = rate·|units|·P − less + fee·|units|·P
//
// so that, with side ±1,
//
//	P = (entry − side·(margin + less)/|units|) / (1 − side·(rate + fee))
//
// in the bracket that holds |units|·P. Without fee and deduction this is the closed form of Hyperliquid's
// documentation, with the deduction that of Binance's, with the fee that of OKX. A venue that takes the
// margin of the value at entry (Bybit) asks for rate·|units|·entry − less + fee·|units|·B, with B the
// bankruptcy price, whatever the mark:
//
//	P = entry − side·(margin − asked)/|units|
func (v *Venue) Liquidation(coin string, units, entry, margin float64) (liquidated, bankrupt float64) {
	size, side := math.Abs(units), math.Copysign(1, units)
	bankrupt = entry - side*margin/size
	if !(bankrupt > 0) {
		bankrupt = math.NaN()
	}
	tiers := v.tiers(coin)
	if v.MarginAtCost {
		fee := v.TakerFee * size * max(entry-side*margin/size, 0)
		asked := tiers.Maintenance(size*entry) + fee
		p := entry - side*(margin-asked)/size
		if !(p > 0) {
			p = math.NaN()
		}
		return p, bankrupt
	}
	// The maintenance margin is the largest of the brackets' lines, so that the price is the largest of
	// their solutions for a long and the smallest for a short.
	p := math.Inf(-int(side))
	for k := range tiers {
		t := &tiers[k]
		solution := (entry - side*(margin+t.Less)/size) / (1 - side*(t.Rate+v.TakerFee))
		if side*solution > side*p {
			p = solution
		}
	}
	if !(p > 0) {
		p = math.NaN()
	}
	return p, bankrupt
}

// asks is the equity below which the venue liquidates a row of equal positions at a mark: maintenance
// margin and the fee for closing.
func (v *Venue) asks(coin string, units, entry, margin, mark, owners float64) float64 {
	size := math.Abs(units)
	tiers := v.tiers(coin)
	if v.MarginAtCost {
		b := max(entry-math.Copysign(1, units)*margin/size, 0)
		return owners*tiers.Maintenance(size*entry/owners) + v.TakerFee*size*b
	}
	return owners*tiers.Maintenance(size*mark/owners) + v.TakerFee*size*mark
}
