package letf_test

import (
	"errors"
	"math"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"faultline/assumption"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/flow"
	"faultline/flow/flowtest"
	"faultline/flow/letf"
	"faultline/market"
)

var lastDay = calendar.DateOf(2025, 11, 19)

func closing(d calendar.Date) time.Time {
	x, err := calendar.NYSE().Session(d)
	if err != nil {
		panic(err)
	}
	return x.Close
}

// bars are the closes of the last sessions up to a date.
func bars(id string, last calendar.Date, closes ...float64) *market.Bars {
	dates := []calendar.Date{last}
	for len(dates) < len(closes) {
		p, err := calendar.NYSE().Prev(dates[len(dates)-1])
		if err != nil {
			panic(err)
		}
		dates = append(dates, p.Date)
	}
	b := &market.Bars{Instrument: id, Interval: market.Day}
	for k, c := range closes {
		d := dates[len(closes)-1-k]
		b.Append(int64(d)*86400, closing(d).Unix(), market.Missing, market.Missing, market.Missing, c, market.Missing, int32(k+2))
	}
	return b
}

func state(at calendar.Date, sets ...*market.Bars) *market.State {
	var b market.Book
	for _, s := range sets {
		b.Add(market.Dataset{Bars: s})
	}
	return b.AsOf(closing(at))
}

// since are invented closes of every session since the base date.
func since(start float64) []float64 {
	n, err := calendar.NYSE().Count(letf.Base, lastDay)
	if err != nil {
		panic(err)
	}
	out := make([]float64, n)
	for k := range out {
		out[k] = start * (1 + 0.01*math.Sin(3*float64(k)))
	}
	return out
}

func with(t testing.TB, pairs map[string]float64) assumption.Set {
	t.Helper()
	a := assumption.Default()
	for name, v := range pairs {
		var err error
		if a, err = a.With(name, v, "test"); err != nil {
			t.Fatal(err)
		}
	}
	return a
}

func env(t testing.TB, s *market.State, sessions int, assets ...flow.Asset) *flow.Env {
	t.Helper()
	line, err := flow.Sessions(calendar.NYSE(), s.At(), sessions)
	if err != nil {
		t.Fatal(err)
	}
	return &flow.Env{State: s, Assume: assumption.Default(), Timeline: line, Memo: &flow.Memo{}, Assets: assets}
}

func world() *market.State {
	return state(lastDay, bars("SPX", lastDay, since(6000)...), bars("NDX", lastDay, since(24000)...), bars("NVDA", lastDay, since(190)...), bars("VIX", lastDay, since(20)...))
}

func TestFundsKeepWhatMustHoldForEveryModel(t *testing.T) {
	for name, assets := range map[string][]flow.Asset{
		"an index":            {{ID: "SPX", Price: 5990, LastClose: 6010}},
		"indices and a stock": {{ID: "NDX", Price: 24000, LastClose: 24000}, {ID: "BTC", Price: 9e4, LastClose: 9e4}, {ID: "NVDA", Price: 190, LastClose: 185}},
	} {
		t.Run(name, func(t *testing.T) {
			flowtest.Run(t, flowtest.Case{
				Model: letf.New(), Env: env(t, world(), 3, assets...),
				Empty: func(e flow.Env) *flow.Env {
					e.Assume = with(t, map[string]float64{"letf.assets_scale": 0})
					return &e
				},
			})
		})
	}
}

func read(t testing.TB, s *market.State, a assumption.Set) *letf.Reading {
	t.Helper()
	r, err := letf.Read(s, a)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestOrdersAtACloseAreThoseOfChengAndMadhavan(t *testing.T) {
	r := read(t, world(), assumption.Default())
	for _, x := range []float64{-0.1, -0.0156, 0.01, 0.2} {
		returns, want := map[string]float64{}, map[string]float64{}
		for _, g := range r.Groups {
			returns[g.Underlying] = x
		}
		orders, left := r.At(returns)
		if left != 0 || len(orders) != len(r.Groups) {
			t.Fatalf("%d orders of %d, %v left", len(orders), len(r.Groups), left)
		}
		// L(L−1)·assets·return, summed over the table: only SPX, NDX and NVDA have prices to carry the
		// assets, so that those of the others are the table's.
		for _, p := range letf.Products() {
			want[p.Underlying] += p.Multiple * (p.Multiple - 1) * p.AssetsUSD * x
		}
		for _, o := range orders {
			switch o.Underlying {
			case "SPX", "NDX", "NVDA":
				continue
			}
			if !(math.Abs(o.USD-want[o.Underlying]) <= 1e-9*math.Abs(o.USD)) || !(math.Abs(o.ShareOfAuction-o.USD/55.5e9) <= 1e-12) {
				t.Errorf("%s after %v: %v, want %v", o.Underlying, x, o.USD, want[o.Underlying])
			}
		}
	}
}

func TestAssetsAreCarriedByTheMultipleOfEachDaysReturn(t *testing.T) {
	closes := since(6000)
	r := read(t, state(lastDay, bars("SPX", lastDay, closes...)), assumption.Default())
	held, assets := 0.0, 0.0
	for _, p := range letf.Products() {
		if p.Underlying != "SPX" {
			continue
		}
		a := p.AssetsUSD
		for k := 1; k < len(closes); k++ {
			a += a * p.Multiple * (closes[k] - closes[k-1]) / closes[k-1]
		}
		assets += a
		held += p.Multiple * a
	}
	for _, g := range r.Groups {
		if g.Underlying == "SPX" && (!(math.Abs(g.AssetsUSD/assets-1) <= 1e-12) || !(math.Abs(g.HeldUSD/held-1) <= 1e-12)) {
			t.Errorf("assets %v and holdings %v, want %v and %v", g.AssetsUSD, g.HeldUSD, assets, held)
		}
	}
	if len(r.Caveats) != 1 || r.Caveats[0].Code != "assets_not_carried" {
		t.Errorf("caveats %v: the other underlyings have no prices", r.Caveats)
	}
}

func TestAWalkHoldsTheMultipleOfTheAssetsAfterEveryClose(t *testing.T) {
	s := world()
	rapid.Check(t, func(r *rapid.T) {
		e := env(t, s, 4, flow.Asset{ID: "NDX", Price: 24000, LastClose: 23500})
		e.Assume = with(t, map[string]float64{"letf.flow_offset": rapid.Float64Range(0, 1).Draw(r, "offset")})
		p, err := letf.New().Compile(t.Context(), e)
		if err != nil {
			r.Fatal(err)
		}
		w := flow.NewWalk(e, []flow.Player{{Name: "letf", Program: p}})
		var on []letf.Product
		for _, q := range letf.Products() {
			if q.Underlying == "NDX" {
				on = append(on, q)
			}
		}
		x := make([]float64, flow.Lanes)
		for slot, sl := range e.Timeline.Slots {
			for l := range x {
				x[l] = 1 + rapid.Float64Range(-0.6, 0.6).Draw(r, "price")
				if l > 2 {
					x[l] = 1
				}
			}
			if err := w.Step(slot, x); err != nil {
				r.Fatal(err)
			}
			if sl.Phase != flow.Close {
				if w.Orders(0)[0] != 0 {
					r.Fatal("traded before the close")
				}
				continue
			}
			rows := w.Position(0)
			rows = rows[:cap(rows)] // the assets of the products stand after the positions
			for l := range 3 {
				held := 0.0
				for k, q := range on {
					assets := rows[(1+k)*flow.Lanes+l]
					if !(assets >= 0) || math.IsInf(assets, 0) {
						r.Fatalf("assets of %s are %v", q.Ticker, assets)
					}
					held += q.Multiple * assets
				}
				if got := rows[l] * x[l] * 24000; !(math.Abs(got-held) <= 1e-9*(1e11+math.Abs(held))) {
					r.Fatalf("holds %v, assets ask for %v", got, held)
				}
			}
		}
	})
}

func TestOrdersGoWithTheMoveAndInvestorsTakeTheirShareAway(t *testing.T) {
	s := world()
	rapid.Check(t, func(r *rapid.T) {
		x := rapid.Float64Range(-0.3, 0.3).Draw(r, "return") // no fund of the table dies within ±1/3
		offset := rapid.Float64Range(0, 0.99).Draw(r, "offset")
		plain := read(t, s, assumption.Default())
		less := read(t, s, with(t, map[string]float64{"letf.flow_offset": offset}))
		all, _ := plain.At(map[string]float64{"SPX": x, "NDX": x})
		some, left := less.At(map[string]float64{"SPX": x, "NDX": x})
		if !(left > 0 && left < 1) {
			r.Fatalf("%v of the orders has no return", left)
		}
		for k, o := range all {
			if o.USD*x < 0 || math.Abs(x) > 1e-9 && o.USD == 0 {
				r.Fatalf("%s: orders of %v after a return of %v", o.Underlying, o.USD, x)
			}
			if want := (1 - offset) * o.USD; !(math.Abs(some[k].USD-want) <= 1e-6+1e-9*math.Abs(o.USD)) {
				r.Fatalf("%s: %v with an offset of %v, want %v", o.Underlying, some[k].USD, offset, want)
			}
		}
	})
}

func TestAFundThatHasLostEverythingIsClosed(t *testing.T) {
	e := env(t, world(), 2, flow.Asset{ID: "NDX", Price: 24000, LastClose: 24000})
	p, err := letf.New().Compile(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	w := flow.NewWalk(e, []flow.Player{{Name: "letf", Program: p}})
	x := make([]float64, flow.Lanes)
	for l := range x {
		x[l] = 0.4
	}
	for slot := range e.Timeline.Slots {
		if err := w.Step(slot, x); err != nil {
			t.Fatal(err)
		}
	}
	// The long funds are gone; what is left are the inverse ones, and those are short.
	if n := w.Halted(flow.Lanes); n != 0 || !(w.Position(0)[0] < 0) {
		t.Errorf("%d lanes halted, position %v", n, w.Position(0)[0])
	}
}

func TestALadderAndTheReadingAgree(t *testing.T) {
	s := world()
	b, err := s.Daily("SPX")
	if err != nil {
		t.Fatal(err)
	}
	last := b.Close[b.Len()-1]
	e := env(t, s, 1, flow.Asset{ID: "SPX", Price: last, LastClose: last})
	sum, err := flow.RunPaths(t.Context(), e, []flow.Model{letf.New()}, []flow.Path{flow.Hold(0, 0.97), flow.Hold(0, 1), flow.Hold(0, 1.02)}, 16, 1)
	if err != nil {
		t.Fatal(err)
	}
	r := read(t, s, assumption.Default())
	for k, x := range []float64{-0.03, 0, 0.02} {
		orders, _ := r.At(map[string]float64{"SPX": x})
		if got := sum.Players[0].USD[k]; !(math.Abs(got-orders[0].USD) <= 1e-6*(1+math.Abs(got))) {
			t.Errorf("after %v: ladder %v, reading %v", x, got, orders[0].USD)
		}
	}
	if p := sum.Players[0]; !(p.Low[0] < p.USD[0] && p.USD[0] < 0 && p.High[0] < 0 && p.Low[0] < p.High[0]) {
		t.Errorf("band %v to %v around %v", p.Low[0], p.High[0], p.USD[0])
	}
}

func TestTheLastCloseIsComputedFromAssetsBeforeIt(t *testing.T) {
	closes := since(6000)
	n := len(closes)
	before := bars("SPX", lastDay-1, closes[:n-1]...)
	r := read(t, state(lastDay-1, before), assumption.Default())
	want, _ := r.At(map[string]float64{"SPX": closes[n-1]/closes[n-2] - 1})
	got, session, err := letf.Last(state(lastDay, bars("SPX", lastDay, closes...)), assumption.Default())
	if err != nil {
		t.Fatal(err)
	}
	if session != lastDay || len(got) != 1 || len(want) != 1 || !(math.Abs(got[0].USD/want[0].USD-1) <= 1e-9) || math.Abs(got[0].Return-want[0].Return) > 1e-15 {
		t.Errorf("%+v on %s, the evening before gives %+v", got, session, want)
	}
	_, _, err = letf.Last(state(lastDay, before), assumption.Default())
	var none *evidence.Absent
	if !errors.As(err, &none) || none.Code != "no_close_of_session" {
		t.Errorf("without the close: %v", err)
	}
}

func TestLaterObservationsChangeNothing(t *testing.T) {
	closes := since(6000)
	var b market.Book
	b.Add(market.Dataset{Bars: bars("SPX", lastDay, closes...)})
	next, err := calendar.NYSE().Next(lastDay)
	if err != nil {
		t.Fatal(err)
	}
	b.Add(market.Dataset{Bars: bars("SPX", next.Date, 1)})
	got := read(t, b.AsOf(closing(lastDay)), assumption.Default())
	want := read(t, state(lastDay, bars("SPX", lastDay, closes...)), assumption.Default())
	if !reflect.DeepEqual(got.Groups, want.Groups) || got.PerPercentUSD != want.PerPercentUSD {
		t.Error("a close of the day after changed the reading")
	}
}

func TestAssetsOfALaterDaySayThatTheyAre(t *testing.T) {
	d := calendar.DateOf(2025, 4, 9)
	r := read(t, state(d, bars("SPX", d, 5000, 5400)), assumption.Default())
	if len(r.Caveats) != 1 || r.Caveats[0].Code != "assets_of_later_date" || r.Caveats[0].Args["date"] != "2025-04-09" {
		t.Errorf("%v", r.Caveats)
	}
	// A gap in the prices, or one that cannot be, carries nothing across.
	for _, broken := range []*market.Bars{
		bars("SPX", lastDay, 6000, 6100),
		bars("SPX", lastDay, append(since(6000)[:5], 0, 1, 2, 3, 4, 5, 6, 7, 8)...),
	} {
		r = read(t, state(lastDay, broken), assumption.Default())
		if len(r.Caveats) != 1 || r.Caveats[0].Code != "assets_not_carried" || !(r.PerPercentUSD > 0) || math.IsInf(r.PerPercentUSD, 0) {
			t.Errorf("caveats %v, %v for one percent", r.Caveats, r.PerPercentUSD)
		}
	}
}

func TestAbsenceHasItsReason(t *testing.T) {
	f := func(want string, err error) {
		t.Helper()
		var none *evidence.Absent
		if !errors.As(err, &none) || none.Code != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	empty := new(market.Book).AsOf(closing(lastDay))
	_, err := letf.Read(empty, assumption.Default())
	f("no_bars", err)
	_, err = letf.New().Compile(t.Context(), env(t, world(), 1, flow.Asset{ID: "EURUSD", Price: 1, LastClose: 1}))
	f("no_product", err)
	_, err = letf.New().Compile(t.Context(), env(t, world(), 1, flow.Asset{ID: "VIX", Price: 20, LastClose: 20}))
	f("no_product", err)
	_, err = letf.New().Compile(t.Context(), env(t, empty, 1, flow.Asset{ID: "SPX", Price: 6000, LastClose: 6000}))
	f("no_bars", err)
	// A published close is enough to know that the market is there.
	var b market.Book
	b.Add(market.Dataset{Facts: &market.Facts{Rows: []market.Fact{{ID: "SPX_close", About: closing(lastDay).Unix(), Known: closing(lastDay).Unix(), Value: 6000}}}})
	if _, err = letf.New().Compile(t.Context(), env(t, b.AsOf(closing(lastDay)), 1, flow.Asset{ID: "SPX", Price: 6000, LastClose: 6000})); err != nil {
		t.Error(err)
	}
}

func TestVegaOfVolatilityFunds(t *testing.T) {
	r := read(t, world(), assumption.Default())
	g := r.Volatility
	// F = 20 + 0.5·(VIX − 20); a rise by Δ is a return of 0.5·Δ/F; 1.5·0.5 = 0.75 for UVXY, 2 for UVIX,
	// 2 for SVIX, 0.75 for SVXY.
	f := 20 + 0.5*(g.VIX-20)
	for _, points := range []float64{-3, 1, 5, 10} {
		x := 0.5 * points / f
		want := (0.75*613e6 + 2*619e6 + 2*380e6 + 0.75*96480947) * x / (f * (1 + x))
		if got := g.Vega(points); !(math.Abs(got-want) <= 1e-6*math.Abs(want)) {
			t.Errorf("VIX %+v: %v dollars a point, want %v", points, got, want)
		}
	}
	if held := (1.5*613e6 + 2*619e6 - 380e6 - 0.5*96480947) / f; !(math.Abs(g.HeldVega/held-1) <= 1e-12) || g.PerPoint != g.Vega(1) {
		t.Errorf("holds %v, want %v", g.HeldVega, held)
	}
	if r := read(t, state(lastDay, bars("SPX", lastDay, since(6000)...)), assumption.Default()); r.Volatility.Absent == nil || r.Volatility.Absent.Code != "no_bars" || !market.IsMissing(r.Volatility.Vega(1)) {
		t.Errorf("without the VIX: %+v", r.Volatility)
	}
}

func TestStepAllocatesNothing(t *testing.T) {
	step := stepper(t)
	if n := testing.AllocsPerRun(20, step); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkSessionOf32Lanes(b *testing.B) {
	step := stepper(b)
	for b.Loop() {
		step()
	}
}

func stepper(t testing.TB) func() {
	e := env(t, world(), 1, flow.Asset{ID: "SPX", Price: 6000, LastClose: 6000}, flow.Asset{ID: "NDX", Price: 24000, LastClose: 24000}, flow.Asset{ID: "NVDA", Price: 190, LastClose: 190})
	p, err := letf.New().Compile(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	w := flow.NewWalk(e, []flow.Player{{Name: "letf", Program: p}})
	price := make([]float64, 3*flow.Lanes)
	for k := range price {
		price[k] = 1 - 0.001*float64(k%flow.Lanes)
	}
	return func() {
		for slot := range e.Timeline.Slots {
			if err := w.Step(slot, price); err != nil {
				t.Fatal(err)
			}
		}
	}
}
