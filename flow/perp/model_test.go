package perp_test

import (
	"errors"
	"math"
	"testing"
	"time"

	"faultline/assumption"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/flow"
	"faultline/flow/flowtest"
	"faultline/flow/perp"
	"faultline/market"
)

var at = time.Date(2025, 3, 14, 20, 0, 0, 0, time.UTC)

// invented is a book of invented prices, open interest and funding of two coins: BTC moves between 60,000
// and 70,000, ETH between 3,000 and 3,600.
func invented() *market.Book {
	b := &market.Book{}
	for _, c := range []struct {
		id, perp string
		price    float64
		coins    float64
	}{{"BTC", "btcusd_perp", 65000, 50000}, {"ETH", "ethusd_perp", 3300, 800000}} {
		bars := &market.Bars{Instrument: c.id, Interval: market.Day, Origin: market.Origin{Grade: evidence.Observed}}
		interest := &market.Series{ID: c.perp + "/sum_open_interest_value", Origin: market.Origin{Grade: evidence.Observed}}
		funding := &market.Series{ID: c.perp[:3] + "usdt/funding_rate", Origin: market.Origin{Grade: evidence.Observed}}
		for k := range 80 {
			day := at.AddDate(0, 0, k-80).Truncate(24 * time.Hour).Unix()
			p := c.price * (1 + 0.07*math.Sin(float64(k)/6))
			bars.Append(day, day+86400, p, p*1.01, p*0.99, p*1.002, 1000+100*float64(k%7), int32(k))
			interest.Append(day, day, c.coins*(1+0.2*math.Sin(float64(k)/9)), int32(k))
			for h := range 3 {
				funding.Append(day+int64(h)*28800, day+int64(h)*28800, 1e-4, int32(3*k+h))
			}
		}
		b.Add(market.Dataset{Bars: bars}, market.Dataset{Series: interest}, market.Dataset{Series: funding})
	}
	return b
}

func env(t *testing.T) *flow.Env {
	t.Helper()
	s := invented().AsOf(at)
	line, err := flow.Sessions(calendar.NYSE(), at.Add(-24*time.Hour), 3)
	if err != nil {
		t.Fatal(err)
	}
	e := &flow.Env{State: s, Assume: assumption.Default(), Timeline: line, Memo: &flow.Memo{}}
	for _, id := range []string{"SPX", "BTC", "ETH"} {
		a := flow.Asset{ID: id, Price: 5000, LastClose: 5000}
		if b, err := s.Daily(id); err == nil {
			a.Price = b.Close[b.Len()-1]
			a.LastClose = a.Price
		}
		e.Assets = append(e.Assets, a)
	}
	return e
}

func TestOwnersOfPerpetualsAreAFlowModel(t *testing.T) {
	flowtest.Run(t, flowtest.Case{
		Model: perp.New(), Env: env(t),
		Empty: func(e flow.Env) *flow.Env {
			e.Assets = e.Assets[:1] // no coin
			e.Memo = nil
			return &e
		},
	})
}

func TestWithoutACoinOrOpenInterestTheModelIsAbsentWithItsReason(t *testing.T) {
	f := func(name string, change func(*flow.Env), code string) {
		t.Helper()
		e := *env(t)
		e.Memo = nil
		change(&e)
		_, err := perp.New().Compile(t.Context(), &e)
		var absent *evidence.Absent
		if !errors.As(err, &absent) || absent.Code != code {
			t.Errorf("%s: %v, want %s", name, err, code)
		}
	}
	without := func(drop func(market.Dataset) bool) *market.State {
		b := &market.Book{}
		for _, d := range invented().Sets() {
			if !drop(d) {
				b.Add(d)
			}
		}
		return b.AsOf(at)
	}
	f("no coin", func(e *flow.Env) { e.Assets = e.Assets[:1] }, "no_coin")
	f("no open interest", func(e *flow.Env) {
		e.State = without(func(d market.Dataset) bool {
			return d.Series != nil && d.Series.ID[len(d.Series.ID)-5:] == "value"
		})
	}, "no_open_interest")
	f("no price", func(e *flow.Env) { e.State = without(func(d market.Dataset) bool { return d.Bars != nil }) }, "no_price")
	f("old open interest", func(e *flow.Env) {
		b := &market.Book{}
		for _, d := range invented().Sets() {
			if d.Series != nil && d.Series.Len() == 80 { // daily ones are the open interest
				s := *d.Series
				s.About, s.Known, s.Value, s.Line = s.About[:60], s.Known[:60], s.Value[:60], s.Line[:60]
				d.Series = &s
			}
			b.Add(d)
		}
		e.State = b.AsOf(at)
	}, "open_interest_stale")
	f("old prices", func(e *flow.Env) { e.State = invented().AsOf(at.AddDate(0, 0, 5)) }, "stale_prices")
}

// A fall liquidates longs, who sell, and a rise shorts, who buy; a rung twice as far sells at least as much.
func TestForcedSalesGrowWithTheFall(t *testing.T) {
	e := env(t)
	var paths []flow.Path
	moves := []float64{-0.4, -0.2, -0.1, -0.05, 0, 0.05, 0.1, 0.2, 0.4}
	for _, m := range moves {
		paths = append(paths, flow.Hold(1, 1+m))
	}
	sum, err := flow.RunPaths(t.Context(), e, []flow.Model{perp.New()}, paths, 0, 1)
	if err != nil || len(sum.Players) != 1 {
		t.Fatalf("%v, %+v", err, sum)
	}
	units := sum.Players[0].Units[1]
	for i, m := range moves {
		switch {
		case m == 0 && units[i] != 0, m < 0 && !(units[i] < 0), m > 0 && !(units[i] > 0):
			t.Errorf("a move of %v trades %v coins", m, units[i])
		case i > 0 && units[i] < units[i-1]:
			t.Errorf("%v coins at %v, %v at %v", units[i], m, units[i-1], moves[i-1])
		}
	}
}

// Nothing that becomes known later changes what the model says of an instant.
func TestLaterRowsChangeNothing(t *testing.T) {
	later := invented()
	late := &market.Series{ID: "btcusd_perp/sum_open_interest_value", Origin: market.Origin{Grade: evidence.Observed}}
	late.Append(at.Unix()+3600, at.Unix()+3600, 1e9, 1)
	later.Add(market.Dataset{Series: late})
	e := env(t)
	f := *e
	f.State, f.Memo = later.AsOf(at), nil
	one, err := flow.RunPaths(t.Context(), e, []flow.Model{perp.New()}, []flow.Path{flow.Hold(1, 0.8)}, 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	two, err := flow.RunPaths(t.Context(), &f, []flow.Model{perp.New()}, []flow.Path{flow.Hold(1, 0.8)}, 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	if one.Players[0].USD[0] != two.Players[0].USD[0] {
		t.Errorf("%v dollars, with a later row %v", one.Players[0].USD[0], two.Players[0].USD[0])
	}
}

// An account with coins of which one is outside the universe is in the walk, with that coin standing still.
func TestAnAccountWithACoinOutsideTheUniverseIsInTheWalk(t *testing.T) {
	b := invented()
	held := &market.Positions{At: at, Origin: market.Origin{Grade: evidence.Observed}}
	for i, coin := range []string{"BTC", "ETH"} {
		held.Coin, held.Venue, held.Account, held.Collateral = append(held.Coin, coin), append(held.Venue, "okx"), append(held.Account, "a"), append(held.Collateral, "")
		held.Units, held.Entry = append(held.Units, []float64{10, -20}[i]), append(held.Entry, []float64{65000, 3300}[i])
		held.Mark, held.Margin, held.Leverage = append(held.Mark, market.Missing), append(held.Margin, market.Missing), append(held.Leverage, 5)
		held.Short, held.Liquidated, held.Deleveraged = append(held.Short, i == 1), append(held.Liquidated, false), append(held.Deleveraged, false)
		held.Line = append(held.Line, int32(i))
	}
	b.Add(market.Dataset{Positions: held})
	e := env(t)
	e.State, e.Memo = b.AsOf(at), nil
	e.Assets = e.Assets[1:2]
	sum, err := flow.RunPaths(t.Context(), e, []flow.Model{perp.New()}, []flow.Path{flow.Hold(0, 0.95), flow.Hold(0, 0.6)}, 0, 1)
	if err != nil || len(sum.Players) != 1 {
		t.Fatalf("%v %+v", err, sum)
	}
	if got := sum.Players[0].Units[0]; got[0] != 0 || got[1] != -10 {
		t.Errorf("a small fall trades %v coins and a large one %v, want 0 and −10", got[0], got[1])
	}
	// The same account, with several coins in the universe, as a flow model in every respect.
	full := env(t)
	full.State, full.Memo = b.AsOf(at), nil
	flowtest.Run(t, flowtest.Case{Model: perp.New(), Env: full})
}
