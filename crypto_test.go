package faultline_test

import (
	"math"
	"testing"
	"time"

	"faultline"
	"faultline/assumption"
	"faultline/evidence"
	"faultline/market"
)

var cryptoAt = time.Date(2025, 3, 14, 20, 0, 0, 0, time.UTC)

// inventedCoin is 80 days of invented prices and open interest of Bitcoin about 65,000.
func inventedCoin() *market.Book {
	b := &market.Book{}
	bars := &market.Bars{Instrument: "BTC", Interval: market.Day, Origin: market.Origin{Grade: evidence.Observed, Format: "bars", KnownAt: "session_close"}}
	interest := &market.Series{ID: "btcusd_perp/sum_open_interest_value", Origin: market.Origin{Grade: evidence.Observed, Format: "table", KnownAt: "row_time"}}
	for k := range 80 {
		day := cryptoAt.AddDate(0, 0, k-80).Truncate(24 * time.Hour).Unix()
		p := 65000 * (1 + 0.07*math.Sin(float64(k)/6))
		bars.Append(day, day+86400, p, p*1.01, p*0.99, p, 1000, int32(k))
		interest.Append(day, day, 50000, int32(k))
	}
	b.Add(market.Dataset{Bars: bars}, market.Dataset{Series: interest})
	return b
}

// positionsOf is a table of positions of Bitcoin at a mark of 65,000.
func positionsOf(units, entry, leverage []float64) market.Dataset {
	p := &market.Positions{At: cryptoAt, Origin: market.Origin{Grade: evidence.Observed, File: "mine.csv", Format: "positions", KnownAt: "quote_time"}}
	for i := range units {
		p.Coin, p.Venue, p.Account, p.Collateral = append(p.Coin, "BTC"), append(p.Venue, "hyperliquid"), append(p.Account, ""), append(p.Collateral, "")
		p.Units, p.Entry, p.Leverage = append(p.Units, units[i]), append(p.Entry, entry[i]), append(p.Leverage, leverage[i])
		p.Mark, p.Margin = append(p.Mark, 65000), append(p.Margin, market.Missing)
		p.Short, p.Liquidated, p.Deleveraged = append(p.Short, units[i] < 0), append(p.Liquidated, false), append(p.Deleveraged, false)
		p.Line = append(p.Line, int32(i+2))
	}
	return market.Dataset{Positions: p}
}

func fewDraws(t *testing.T) faultline.Assumptions {
	t.Helper()
	a, err := assumption.Default().With("band.draws", 4, "test")
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestACoinAloneIsAnalysedWithItsMapAndItsLadder(t *testing.T) {
	a, err := faultline.Analyze(t.Context(), inventedCoin().AsOf(cryptoAt), fewDraws(t))
	if err != nil {
		t.Fatal(err)
	}
	if a.Underlying != "BTC" || a.Crypto == nil || len(a.Crypto.Coins) != 1 {
		t.Fatalf("underlying %s, crypto %+v", a.Underlying, a.Crypto)
	}
	c := a.Crypto.Coins[0]
	if c.From != "inferred" || c.Grade != evidence.Modelled || c.Map == nil || c.Absent != nil {
		t.Fatalf("from %s, grade %s, absent %v", c.From, c.Grade, c.Absent)
	}
	if got := *c.OpenInterest.Value / *c.Price.Value; math.Abs(got-50000) > 1e-6 {
		t.Errorf("open interest of %v coins, want 50,000", got)
	}
	for i, p := range c.Map.Price {
		if p < *c.Price.Value*0.995 && c.Map.Short[i] != 0 || p > *c.Price.Value*1.005 && c.Map.Long[i] != 0 {
			t.Errorf("at %v longs of %v and shorts of %v dollars: a side stands beyond the mark", p, c.Map.Long[i], c.Map.Short[i])
		}
		if c.Map.LongLow[i] > c.Map.LongHigh[i] || c.Map.ShortLow[i] > c.Map.ShortHigh[i] {
			t.Errorf("band at %v is upside down", p)
		}
	}
	if c.Below == nil || !(*c.Below.Distance.Value < 0) || c.Above == nil || !(*c.Above.Distance.Value > 0) {
		t.Errorf("clusters %+v and %+v", c.Below, c.Above)
	}
	if len(a.Crypto.Stress) == 0 || len(a.Crypto.Stress[0].Coins) != 1 {
		t.Errorf("stress %+v", a.Crypto.Stress)
	}
	found := false
	for _, p := range a.Ladder.Players {
		if p.Name == "perp" && p.Absent == nil {
			found = true
			if !(p.USD[0] < 0) || !(p.USD[len(p.USD)-1] > 0) {
				t.Errorf("the lowest rung trades %v dollars and the highest %v: a fall must sell and a rise buy", p.USD[0], p.USD[len(p.USD)-1])
			}
		}
	}
	if !found {
		t.Error("perpetuals are not in the ladder of a coin")
	}
}

func TestGivenPositionsComeBeforeInferredOnesAndWrongOnesAreCounted(t *testing.T) {
	run := func(units, entry, leverage []float64) *faultline.Analysis {
		b := inventedCoin()
		b.Add(positionsOf(units, entry, leverage))
		a, err := faultline.Analyze(t.Context(), b.AsOf(cryptoAt), fewDraws(t))
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	a := run([]float64{2, -1, 3, 0}, []float64{64000, 66000, 65000, 65000}, []float64{5, 4, 0, 5})
	c := a.Crypto.Coins[0]
	price := *c.Price.Value
	if c.From != "positions" || *c.Long.Value != 2*price || *c.Short.Value != price || c.OpenInterest != nil {
		t.Errorf("from %s, longs %v, shorts %v at %v", c.From, *c.Long.Value, *c.Short.Value, price)
	}
	if len(a.Crypto.Refused) != 2 || a.Crypto.Refused[0].Reason.Code != "no_leverage" || a.Crypto.Refused[0].USD != 3*price || a.Crypto.Refused[1].Reason.Code != "no_size" {
		t.Errorf("refused %+v", a.Crypto.Refused)
	}
	b := run([]float64{0, 3, -1, 2}, []float64{65000, 65000, 66000, 64000}, []float64{5, 0, 4, 5})
	if x, y := b.Crypto.Coins[0], c; *x.Long.Value != *y.Long.Value || *x.Below.Price.Value != *y.Below.Price.Value {
		t.Error("the order of the positions changes the map")
	}
}

func TestWithoutAnyCoinThereIsNoWordOfCrypto(t *testing.T) {
	b := &market.Book{}
	bars := &market.Bars{Instrument: "SPX", Interval: market.Day, Origin: market.Origin{Grade: evidence.Observed, Format: "bars", KnownAt: "session_close"}}
	for k := range 10 {
		day := cryptoAt.AddDate(0, 0, k-10).Truncate(24 * time.Hour).Unix()
		bars.Append(day, day+86400, 5000, 5010, 4990, 5000, 1, int32(k))
	}
	b.Add(market.Dataset{Bars: bars})
	a, err := faultline.Analyze(t.Context(), b.AsOf(cryptoAt), fewDraws(t))
	if err != nil {
		t.Fatal(err)
	}
	if a.Crypto != nil {
		t.Errorf("crypto %+v", a.Crypto)
	}
	for _, m := range a.Missing {
		if m.Part == "perp" {
			t.Error("perpetuals are listed as missing")
		}
	}
}

func TestVerdictsOfAReplayNeedSomethingToCompare(t *testing.T) {
	if _, err := faultline.ValidateCrypto(t.Context(), inventedCoin(), cryptoAt, fewDraws(t)); err == nil {
		t.Error("events were replayed without any price of their days")
	}
}
