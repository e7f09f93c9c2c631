package perp

import "math"

// Terms are the market in which a cascade runs.
type Terms struct {
	Depth      []float64    // by coin: dollars of orders that move the price by 1 % in calm times, all venues together
	Share      []float64    // by venue: share of that depth; 0 is a venue whose book has failed
	Hold       float64      // dollars that a book holds on one side, in units of its depth: after these it is empty
	RefillSec  float64      // seconds in which an empty book refills to 63 %
	DecaySec   float64      // seconds in which 63 % of the liquidations' own impact is gone; 0: it stays
	Fail       float64      // depth is multiplied by exp(−Fail·|move|), of the log price against its recent mean
	Floor      float64      // and by no less than this
	MeanSec    float64      // seconds over which the recent mean is taken
	Collateral []Collateral // of the book, with the venues' own prices during the cascade; nil: those of the book
}

// books are the order books of all venues during a cascade.
type books struct {
	t       *Terms
	coins   int
	mean    []float64    // log price, by coin
	impact  []float64    // log price by which liquidations have moved it, by coin
	pending []float64    // the part that came in this step
	left    [2][]float64 // dollars that bids (0) and asks (1) still hold, by venue and coin
	depth   []float64    // dollars for 1 % now, by coin
}

func newBooks(t *Terms, price []float64) *books {
	n := len(price)
	k := &books{t: t, coins: n, mean: make([]float64, n), impact: make([]float64, n), pending: make([]float64, n), depth: make([]float64, n)}
	for c := range price {
		k.mean[c] = math.Log(price[c])
		k.depth[c] = t.Depth[c]
	}
	for side := range k.left {
		k.left[side] = make([]float64, len(t.Share)*n)
		for v, share := range t.Share {
			for c := range n {
				k.left[side][v*n+c] = t.Hold * share * t.Depth[c]
			}
		}
	}
	return k
}

// advance lets a step of seconds pass: impact decays, depth follows the recent move, books refill.
func (k *books) advance(sec float64, price []float64) {
	t := k.t
	for c := range price {
		x := math.Log(price[c])
		k.depth[c] = t.Depth[c] * math.Max(t.Floor, math.Exp(-t.Fail*math.Abs(x-k.mean[c])))
		k.mean[c] += (x - k.mean[c]) * -math.Expm1(-sec/t.MeanSec)
		if t.DecaySec > 0 {
			k.impact[c] *= math.Exp(-sec / t.DecaySec)
		}
		for side := range k.left {
			for v, share := range t.Share {
				full := t.Hold * share * k.depth[c]
				at := &k.left[side][v*k.coins+c]
				*at = math.Min(full, *at+(full-*at)*-math.Expm1(-sec/t.RefillSec))
			}
		}
	}
}

// take fills up to a number of units at a venue, selling into its bids or buying from its asks, at a price
// that moves as
//
//	d ln P = ∓ 0.01·dollars/depth
//
// and returns what was filled and the mean price of it.
func (k *books) take(venue, coin int, selling bool, units, price float64) (filled, at float64) {
	side, way := 1, 1.0
	if selling {
		side, way = 0, -1
	}
	left := &k.left[side][venue*k.coins+coin]
	price *= math.Exp(k.pending[coin])
	usd := math.Min(units*price, *left)
	if !(usd > 0) {
		return 0, price
	}
	move := way * 0.01 * usd / k.depth[coin]
	at = price * math.Exp(move/2)
	if filled = usd / at; filled > units {
		filled = units
	}
	return filled, at
}

// taken books a fill that take proposed.
func (k *books) taken(venue, coin int, selling bool, usd float64) {
	side, way := 1, 1.0
	if selling {
		side, way = 0, -1
	}
	left := &k.left[side][venue*k.coins+coin]
	*left = math.Max(0, *left-usd)
	k.pending[coin] += way * 0.01 * usd / k.depth[coin]
}

// settle adds what the step's orders moved to the impact.
func (k *books) settle() {
	for c := range k.pending {
		k.impact[c] += k.pending[c]
		k.pending[c] = 0
	}
}
