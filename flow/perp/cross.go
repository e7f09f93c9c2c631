package perp

import "math"

// crossPrice is the price of one coin at which an account is liquidated while the prices of all others
// stand still, below the mark for side 0 and above it for side 1; NaN where no price does it.
//
// The equity less what the venue asks for,
//
//	h(P) = cash + asset·value(P) + Σ units·(price − entry) − Σ asked
//
// is concave and piecewise linear in P, since each maintenance margin is convex, and positive at the mark.
// Newton's method from beyond the root goes towards it without passing it, and ends in the bracket that
// holds it after at most as many steps as there are brackets.
func (b *Book) crossPrice(a *account, coin, side int, scratch []float64) float64 {
	mark := scratch[:len(b.Mark)]
	copy(mark, b.Mark)
	const farAbove = 1000 // times the mark; nothing has risen so far within the life of a position
	x := 0.0
	if side == 1 {
		x = b.Mark[coin] * farAbove
	}
	const steps = 64 // far more than any table has brackets
	for range steps {
		mark[coin] = x
		equity, asked := b.standing(a, b.units, a.cash, mark)
		y := equity - asked
		slope := b.slope(a, coin, x)
		if y >= 0 || side == 0 && slope <= 0 || side == 1 && slope >= 0 {
			if x == 0 || x == b.Mark[coin]*farAbove || y < 0 {
				return missing // not even there
			}
			return x
		}
		next := x - y/slope
		if math.Abs(next-x) <= 1e-15*b.Mark[coin] {
			return next
		}
		x = next
	}
	return x
}

// slope is the change of an account's equity less what its venue asks for, for each dollar of a coin's
// price, at a price: on the side of the smaller bracket where the price is at the edge of one.
func (b *Book) slope(a *account, coin int, price float64) float64 {
	v := &b.Venues[a.venue]
	slope := 0.0
	for i, p := range a.positions {
		if int(a.coins[i]) != coin {
			continue
		}
		size := math.Abs(b.units[p])
		slope += b.units[p] - v.TakerFee*size
		if !v.MarginAtCost {
			slope -= v.tiers(b.Coins[coin]).of(size*price/float64(b.owners[p])).Rate * size
		}
	}
	if a.asset >= 0 && b.assetCoin[a.asset] == coin {
		k := &b.collateral[a.asset]
		unit := a.worth * k.Ratio * (1 - k.Haircut)
		if local, ok := k.Local[v.Name]; ok {
			unit *= local
		}
		slope += unit
	}
	return slope
}
