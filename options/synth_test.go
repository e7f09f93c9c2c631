package options

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"faultline/black"
	"faultline/calendar"
	"faultline/market"
)

// world is a made-up market with a known answer: a smile that is quadratic in standard deviations,
// a constant rate and a constant dividend yield, quoted with a spread around the true price.
type world struct {
	underlying     string
	at             time.Time
	spot           float64
	rate, dividend float64
	atm, skew      float64 // volatility at the forward, and its slope per unit of log moneyness
	half           float64 // half spread, points
}

func indexWorld() world {
	return world{
		underlying: "SPX", at: instant(2025, 3, 4, 11, 0), spot: 5777,
		rate: 0.043, dividend: 0.012, atm: 0.18, skew: -0.4, half: 0.05,
	}
}

func instant(y int, m time.Month, d, hour, min int) time.Time {
	return time.Date(y, m, d, hour, min, 0, 0, calendar.NewYork())
}

func (w world) years(root string, d calendar.Date) float64 {
	s, err := calendar.Settle(root, d)
	if err != nil {
		panic(err)
	}
	return calendar.Years(w.at, s.Settle)
}

func (w world) forward(t float64) float64 { return w.spot * math.Exp((w.rate-w.dividend)*t) }

func (w world) vol(k float64) float64 { return math.Max(w.atm+w.skew*k*math.Exp(-2*math.Abs(k)), 0.05) }

// quote is the row of one contract: its true price less and plus half a spread, no bid where that
// is worth less than nothing.
func (w world) quote(root string, d calendar.Date, r black.Right, strike float64) market.Quote {
	t := w.years(root, d)
	f := w.forward(t)
	price := math.Exp(-w.rate*t) * black.Price(r, f, strike, t, w.vol(math.Log(strike/f)))
	return market.Quote{
		Root: root, Expiry: d, Right: r, Strike: strike,
		Bid: math.Max(price-w.half, 0), Ask: price + w.half, Last: price,
		Volume: 10, OpenInterest: 100 + strike/100,
		IV: market.Missing, Delta: market.Missing, Gamma: market.Missing,
	}
}

func (w world) chain() *market.Chain {
	return &market.Chain{Underlying: w.underlying, At: w.at, Spot: w.spot}
}

func (w world) fill(c *market.Chain, root string, d calendar.Date, from, to, step float64) {
	for k := from; k <= to; k += step {
		for _, r := range []black.Right{black.Call, black.Put} {
			c.Append(w.quote(root, d, r, k))
		}
	}
}

func date(y int, m time.Month, d int) calendar.Date { return calendar.DateOf(y, m, d) }

// indexChain has a same-day expiry, a Monday, a monthly date with both roots, and a quarter.
func indexChain() (world, *market.Chain) {
	w := indexWorld()
	c := w.chain()
	w.fill(c, "SPXW", date(2025, 3, 4), 5600, 5950, 5)
	w.fill(c, "SPXW", date(2025, 3, 10), 5400, 6100, 10)
	w.fill(c, "SPX", date(2025, 3, 21), 4800, 6500, 25)
	w.fill(c, "SPXW", date(2025, 3, 21), 4800, 6500, 25)
	w.fill(c, "SPX", date(2025, 6, 20), 4000, 7500, 50)
	return w, c
}

func shuffle(c *market.Chain, seed uint64) *market.Chain {
	out := &market.Chain{Origin: c.Origin, Underlying: c.Underlying, At: c.At, Spot: c.Spot}
	for _, i := range rand.New(rand.NewPCG(seed, 1)).Perm(c.Len()) {
		out.Append(c.Row(i))
	}
	return out
}

func prepare(t *testing.T, c *market.Chain) *Book {
	t.Helper()
	b, err := Prepare(c, DefaultParams())
	if err != nil {
		t.Fatal(err)
	}
	return b
}
