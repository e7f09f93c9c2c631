package dealer

import (
	"errors"
	"math"

	"faultline/assumption"
	"faultline/evidence"
	"faultline/options"
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
	w, drawn := h.weights(a), h.drawn(draws)
	e := measure(s, c)
	e.apply(w, drawn)
	l := &Levels{Spot: e.Spot, Exposures: e}

	g := c.fineBasis(a.Value("dealer.search"), e.Spot)
	l.zeros(g, c, &w, drawn, h.Book.Underlying)
	l.curve(g, &w, drawn)

	l.CallWall = e.strikeLevel(KindCallWall, &w, drawn, e.callWall)
	l.PutWall = e.strikeLevel(KindPutWall, &w, drawn, e.putWall)
	l.AbsoluteGamma = e.strikeLevel(KindAbsoluteGamma, &w, drawn, e.mostGamma)
	l.pin(s, c, &w, drawn)
	return l
}

func (l *Levels) zeros(g *gammaBasis, c *columns, w *weights, draws []weights, underlying string) {
	found, absent := zero(g, c, w, underlying)
	if absent != nil {
		l.Zero = []Level{{Kind: KindZeroGamma, Absent: absent}}
		return
	}
	near := make([][]float64, len(draws))
	for d := range draws {
		for _, b := range g.brackets(&draws[d]) {
			near[d] = append(near[d], g.spot*b.crossing())
		}
	}
	for i := range found {
		band := nearestBand(found[i].Price, near)
		l.Zero = append(l.Zero, Level{Kind: KindZeroGamma, Price: found[i].Price, Band: band, Agree: band.Share, Cross: &found[i]})
	}
}

// curve is the profile with its interval.
func (l *Levels) curve(g *gammaBasis, w *weights, draws []weights) {
	rows := make([][parts]float64, len(g.x))
	l.Profile.Price = make([]float64, len(g.x))
	for j, x := range g.x {
		l.Profile.Price[j] = x * g.spot
		for _, p := range g.held {
			rows[j][p] = g.part[p][j]
		}
	}
	l.Profile.GEX = column(rows, g.held, w, draws)
}

// strikeLevel finds a strike by a rule, and what the rule finds in each draw.
func (e *Exposures) strikeLevel(kind string, w *weights, draws []weights, rule func(*weights) (int, *evidence.Absent)) Level {
	l := Level{Kind: kind}
	i, absent := rule(w)
	if absent != nil {
		l.Absent = absent
		return l
	}
	l.Price = e.Strike[i]
	if kind != KindPutWall {
		l.Gamma += e.half(i, w, false)
	}
	if kind != KindCallWall {
		l.Gamma += e.half(i, w, true)
	}
	found := make([]float64, 0, len(draws))
	same := 0
	for d := range draws {
		if j, absent := rule(&draws[d]); absent == nil {
			found = append(found, e.Strike[j])
			if i == j {
				same++
			}
		}
	}
	l.Band = band(found, len(draws))
	if len(draws) > 0 {
		l.Agree = float64(same) / float64(len(draws))
	}
	return l
}

// half is the gamma of the calls or the puts of a strike.
func (e *Exposures) half(i int, w *weights, put bool) float64 {
	sum := 0.0
	for _, p := range e.held {
		if isPut(p) == put {
			sum += w[p] * e.byStrike[gex][i][p]
		}
	}
	return sum
}

func (e *Exposures) callWall(w *weights) (int, *evidence.Absent) {
	best, most := -1, 0.0
	for i, k := range e.Strike {
		if k > e.Spot {
			if v := e.half(i, w, false); v > most {
				best, most = i, v
			}
		}
	}
	if best < 0 {
		return 0, &evidence.Absent{Code: "no_call_gamma_above", Args: evidence.Args{"spot": e.Spot}}
	}
	return best, nil
}

func (e *Exposures) putWall(w *weights) (int, *evidence.Absent) {
	best, most := -1, 0.0
	for i := len(e.Strike) - 1; i >= 0; i-- {
		if e.Strike[i] < e.Spot {
			if v := -e.half(i, w, true); v > most {
				best, most = i, v
			}
		}
	}
	if best < 0 {
		return 0, &evidence.Absent{Code: "no_put_gamma_below", Args: evidence.Args{"spot": e.Spot}}
	}
	return best, nil
}

func (e *Exposures) mostGamma(w *weights) (int, *evidence.Absent) {
	best, most := -1, 0.0
	for i, k := range e.Strike {
		v := math.Abs(e.half(i, w, false)) + math.Abs(e.half(i, w, true))
		if v > most || v == most && best >= 0 && math.Abs(k-e.Spot) < math.Abs(e.Strike[best]-e.Spot) {
			best, most = i, v
		}
	}
	if !(most >= nothing) {
		return 0, &evidence.Absent{Code: "no_exposure", Args: evidence.Args{"underlying": e.holding.Book.Underlying}}
	}
	return best, nil
}

// Walls are the strikes that hold the most gamma on each side of spot.
type Walls struct {
	Call, Put             float64 // points; valid where the error beside it is nil
	CallAbsent, PutAbsent *evidence.Absent
}

// FindWalls finds the call wall and the put wall of the open interest under the naive convention,
// whatever convention is in force: the strikes where the most gamma stands open.
func FindWalls(b *options.Book, a assumption.Set) (Walls, error) {
	h, err := FromOpenInterest(b)
	var absent *evidence.Absent
	switch {
	case errors.As(err, &absent):
		return Walls{CallAbsent: absent, PutAbsent: absent}, nil
	case err != nil:
		return Walls{}, err
	}
	var plain weights
	for c := range cells {
		plain[c] = 1
		if isPut(c) {
			plain[c] = -1
		}
	}
	s := h.stock()
	e := measure(s, s.now())
	var w Walls
	var i int
	if i, w.CallAbsent = e.callWall(&plain); w.CallAbsent == nil {
		w.Call = e.Strike[i]
	}
	if i, w.PutAbsent = e.putWall(&plain); w.PutAbsent == nil {
		w.Put = e.Strike[i]
	}
	return w, nil
}
