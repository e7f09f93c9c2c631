package letf

import (
	"faultline/assumption"
	"faultline/evidence"
	"faultline/market"
)

// VolatilityGroup is the funds on an index of short-dated futures on the VIX. They trade vega at the
// close: dollars for each volatility point. Funds with a multiple of 1, such as VXX, need not rebalance.
type VolatilityGroup struct {
	Tickers   []string
	AssetsUSD float64
	VIX       float64 // points, at the last close known; Missing with Absent
	Future    float64 // level of the futures index that goes with it, volatility points: an assumption
	HeldVega  float64 // dollars for each point of the future
	PerPoint  float64 // vega to trade at the close for a rise of the VIX by one point
	Absent    *evidence.Absent

	beta     float64
	products []holding
}

// read finds the level of the futures. There are no prices of VIX futures: at a constant maturity of
// thirty days they are taken to lie on the line from their long-run mean,
//
//	F = mean + β·(VIX − mean)
//
// so that a rise of the VIX by Δ raises them by β·Δ.
func (g *VolatilityGroup) read(s *market.State, a assumption.Set) {
	g.VIX, g.Future, g.HeldVega, g.PerPoint = market.Missing, market.Missing, market.Missing, market.Missing
	b, err := s.Daily("VIX")
	if err != nil || b.Len() == 0 || !(b.Close[b.Len()-1] > 0) {
		g.Absent = absent("no_bars", evidence.Args{"instrument": "VIX"})
		return
	}
	g.VIX = b.Close[b.Len()-1]
	mean := a.Value("letf.vix_future_mean")
	g.beta = a.Value("letf.vix_future_beta")
	g.Future = mean + g.beta*(g.VIX-mean)
	g.HeldVega = 0
	for _, h := range g.products {
		g.HeldVega += h.multiple * h.assets / g.Future
	}
	g.PerPoint = g.Vega(1)
}

// Vega is what the funds trade at the close where the VIX has moved by some points since the last one,
// in dollars for each volatility point: with the futures' return r = β·Δ/F,
//
//	Σ L(L−1)·assets·r / F·(1+r)
//
// It is Missing where the VIX is not known. Investors' flows are not taken off.
func (g *VolatilityGroup) Vega(points float64) float64 {
	if g.Absent != nil {
		return market.Missing
	}
	var p params
	r := g.beta * points / g.Future
	sum := 0.0
	for _, h := range g.products {
		sum += h.assets * p.trade(h.multiple, r) / (g.Future * (1 + r))
	}
	return sum
}
