package dealer

import (
	"faultline/assumption"
	"faultline/evidence"
)

// The kinds of level.
const (
	KindZeroGamma     = "zero_gamma"
	KindCallWall      = "call_wall"
	KindPutWall       = "put_wall"
	KindAbsoluteGamma = "absolute_gamma"
	KindPin           = "pin"
)

// Level is a price at which dealers' hedging changes or gathers, or why there is none.
type Level struct {
	Kind   string
	Price  float64          // points; meaningless when Absent is set
	Absent *evidence.Absent //
	Band   Band             // over draws of the convention; zero without draws
	Agree  float64          // share of the draws in which a strike is this very one; of crossings, Band.Share
	Gamma  float64          // dollars per 1 %: what the strike holds, signed; of a crossing 0
	Cross  *Crossing        // of zero gamma
}

// Pull is what the contracts of today's largest strike make dealers do.
type Pull struct {
	Strength float64 // dollars per 1 % of these contracts with the price at the strike: above 0 hedging pulls towards it, below 0 it pushes away
	ToClose  float64 // dollars that hedging them trades until the close at an unchanged price, buying positive
	Distance float64 // points from spot to the strike
}

// Levels are the prices that matter under one holding.
type Levels struct {
	Spot          float64 // points
	Zero          []Level // in order of price; one, absent with its reason, when there is none
	CallWall      Level
	PutWall       Level
	AbsoluteGamma Level
	Pin           Level
	Pull          Pull // valid where Pin exists
	Profile       Curve
	Exposures     *Exposures
}

// Curve is the exposure repriced over prices.
type Curve struct {
	Price []float64 // points
	GEX   Column    // dollars per 1 %
}

// All lists the levels in a fixed order.
func (l *Levels) All() []Level {
	return append(append([]Level(nil), l.Zero...), l.CallWall, l.PutWall, l.AbsoluteGamma, l.Pin)
}

// FindLevels finds every level of a holding. With G(K) the exposure at spot of the contracts struck at
// K, in dollars per 1 % and signed by the convention:
//
//	zero gamma      every price P within ±dealer.search with GEX(P) = 0, all contracts repriced at P
//	call wall       argmax over K > S of G_calls(K), where positive
//	put wall        argmin over K < S of G_puts(K), where negative
//	absolute gamma  argmax over K of |G_calls(K)| + |G_puts(K)|
//	pin             argmax over the strikes of today's expiry with |ln(K/F)| ≤ 2·σ√T, or the nearest
//	                strike, of Σ |q|·m·D·(F/S)²·Γ(F=K)·K²·0.01: the gamma with the price there
//
// Ties go to the strike nearer to spot. "Today" is the session that the levels are for. An interval is
// that of the same definition over the draws; draws in which a level does not exist are counted in
// Band.Share, and below nine in ten there is no interval.
func FindLevels(h *Holding, a assumption.Set, draws []assumption.Set) *Levels {
	s := h.stock()
	c := s.now()
	m := h.mix(a, draws)
	e := measure(s, c)
	e.apply(m)
	l := &Levels{Spot: e.Spot, Exposures: e}
	g := c.fineBasis(a.Value("dealer.search"), e.Spot)
	l.zeros(g, c, m, h.Book.Underlying)
	l.curve(g, m)
	l.CallWall, l.PutWall, l.AbsoluteGamma = e.walls(m)
	l.pin(s, c, m)
	return l
}

func (l *Levels) zeros(g *gammaBasis, c *columns, m *mix, underlying string) {
	found, absent := zero(g, c, m.base(), underlying)
	if absent != nil {
		l.Zero = []Level{{Kind: KindZeroGamma, Absent: absent}}
		return
	}
	near := g.crossings(m.draws())
	for i := range found {
		band := nearestBand(found[i].Price, near)
		l.Zero = append(l.Zero, Level{Kind: KindZeroGamma, Price: found[i].Price, Band: band, Agree: band.Share, Cross: &found[i]})
	}
}

// curve is the profile with its interval.
func (l *Levels) curve(g *gammaBasis, m *mix) {
	rows := make([][parts]float64, len(g.x))
	l.Profile.Price = make([]float64, len(g.x))
	for j, x := range g.x {
		l.Profile.Price[j] = x * g.spot
		for _, p := range g.held {
			rows[j][p] = g.part[p][j]
		}
	}
	l.Profile.GEX = m.column(rows, g.held)
}
