package options

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"faultline/black"
	"faultline/calendar"
	"faultline/market"
)

// priceAt is the undiscounted price, as a share of the forward, of a call struck at share κ of it.
func (b *Book) priceAt(t interface{ Fatal(args ...any) }, expiry int, share float64) float64 {
	e := b.Expiries[expiry]
	v, err := b.VolAt(expiry, share*e.Forward)
	if err != nil {
		t.Fatal(err)
	}
	return black.Price(black.Call, 1, share, e.Years, v)
}

// checkArbitrage looks for what could be had for nothing: a butterfly within an expiry, or a
// calendar spread at equal strike over forward, between strikes of from and to times the forward.
func checkArbitrage(t *testing.T, b *Book, from, to float64) {
	t.Helper()
	const n = 200
	// Prices are shares of the forward: 1e-11 is a hundred-millionth of a point of a 1,000 point index,
	// and a hundred times the rounding of a volatility turned into a price and back.
	const tolerance = 1e-11
	last := make([]float64, n+1)
	for g := range b.Expiries {
		if b.Expiries[g].Fit.From == "" {
			continue
		}
		price := make([]float64, n+1)
		for i := range price {
			price[i] = b.priceAt(t, g, from+(to-from)*float64(i)/n)
		}
		for i := range price {
			if i > 0 && i < n && !(price[i-1]-2*price[i]+price[i+1] > -tolerance) {
				t.Errorf("%s %s: butterfly at %.4f of the forward pays %.3g", b.Expiries[g].Root, b.Expiries[g].Date, from+(to-from)*float64(i)/n, 2*price[i]-price[i-1]-price[i+1])
			}
			if !(price[i] > last[i]*(1-1e-7)-tolerance) {
				t.Errorf("%s %s: calendar at %.4f of the forward: %.10g after %.10g", b.Expiries[g].Root, b.Expiries[g].Date, from+(to-from)*float64(i)/n, price[i], last[i])
			}
		}
		last = price
	}
}

func TestSurfaceOfAKnownMarketHasNoArbitrageAndFits(t *testing.T) {
	_, c := indexChain()
	b := prepare(t, c)
	checkArbitrage(t, b, 0.8, 1.2)
	for _, e := range b.Expiries {
		if e.Fit.From != "quotes" || !(e.Fit.Median < 0.001) || !(e.Fit.RMS < 0.003) {
			t.Errorf("%s %s: %+v", e.Root, e.Date, e.Fit)
		}
	}
}

// A chain whose quotes themselves cross in time and bulge in strike must still give a surface
// without arbitrage.
func TestSurfaceHasNoArbitrageWhateverTheQuotes(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		w := indexWorld()
		c := w.chain()
		at := calendar.DateIn(w.at, calendar.NewYork())
		days := rapid.SliceOfNDistinct(rapid.IntRange(0, 200), 1, 4, rapid.ID[int]).Draw(r, "days")
		for _, d := range days {
			x := w
			x.atm = rapid.Float64Range(0.05, 0.8).Draw(r, "atm")
			x.skew = rapid.Float64Range(-1.5, 1).Draw(r, "skew")
			step := rapid.Float64Range(0.01, 0.05).Draw(r, "step")
			date := at + calendar.Date(d)
			if _, err := calendar.NYSE().Session(date); err != nil {
				continue
			}
			n := rapid.IntRange(1, 15).Draw(r, "strikes")
			for i := range n {
				k := w.spot * (1 + step*float64(i-n/2))
				if rapid.IntRange(0, 9).Draw(r, "wild") == 0 {
					x.atm *= 1.3
				}
				for _, right := range []black.Right{black.Call, black.Put} {
					c.Append(x.quote("SPXW", date, right, math.Round(k)))
				}
			}
		}
		b, err := Prepare(c, DefaultParams())
		if err != nil {
			return
		}
		const n = 60
		last := make([]float64, n+1)
		for g, e := range b.Expiries {
			if e.Fit.From == "" {
				continue
			}
			price := make([]float64, n+1)
			for i := range price {
				price[i] = b.priceAt(r, g, 0.7+0.01*float64(i))
			}
			for i := range price {
				if i > 0 && i < n && !(price[i-1]-2*price[i]+price[i+1] > -1e-11) {
					r.Fatalf("%s: butterfly at %v: %v", e.Date, 0.7+0.01*float64(i), price[i-1:i+2])
				}
				if !(price[i] > last[i]*(1-1e-7)-1e-9) {
					r.Fatalf("%s: calendar at %v: %v after %v", e.Date, 0.7+0.01*float64(i), price[i], last[i])
				}
			}
			last = price
		}
	})
}

func TestVolAtSaysWhyItCannotAnswer(t *testing.T) {
	_, c := indexChain()
	b := prepare(t, c)
	f := func(expiry int, strike float64, code string) {
		t.Helper()
		_, err := b.VolAt(expiry, strike)
		if absentCode(err) != code {
			t.Errorf("VolAt(%d, %v): %v, want %s", expiry, strike, err, code)
		}
	}
	f(-1, 5000, "no_such_expiry")
	f(len(b.Expiries), 5000, "no_such_expiry")
	f(0, 0, BadStrike)
	f(0, math.NaN(), BadStrike)
	f(0, math.Inf(1), BadStrike)
}

func TestVolatilityIsFiniteAtAnyStrikeAndToTheLastMinute(t *testing.T) {
	w := indexWorld()
	w.at = instant(2025, 3, 4, 15, 59).Add(30 * time.Second)
	w.half = 0.025
	c := w.chain()
	w.fill(c, "SPXW", date(2025, 3, 4), 5700, 5850, 5)
	for _, k := range []float64{100, 3000, 5000, 6500, 20000} {
		for _, r := range []black.Right{black.Call, black.Put} {
			c.Append(w.quote("SPXW", date(2025, 3, 4), r, k))
		}
	}
	b := prepare(t, c)
	if b.Len() != c.Len() {
		t.Fatalf("%d of %d contracts: %v", b.Len(), c.Len(), b.RejectedBy)
	}
	for i := range b.Len() {
		g := black.GreeksOf(b.Right[i], b.Forward[i], b.Strike[i], b.Years[i], b.Vol[i])
		if !(b.Vol[i] > 0) || math.IsInf(b.Vol[i], 0) || market.IsMissing(g.Gamma) || market.IsMissing(g.Charm) {
			t.Errorf("strike %v: vol %v, greeks %+v", b.Strike[i], b.Vol[i], g)
		}
	}
	for _, k := range []float64{1e-3, 1, 100, 5777, 1e4, 1e7} {
		if v, err := b.VolAt(0, k); err != nil || !(v > 0) || math.IsInf(v, 0) {
			t.Errorf("VolAt(%v) = %v, %v", k, v, err)
		}
	}
}
