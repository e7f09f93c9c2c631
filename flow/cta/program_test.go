package cta_test

import (
	"encoding/json"
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"

	"faultline/assumption"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/flow"
	"faultline/flow/cta"
	"faultline/market"
)

// format writes a reading with every digit; NaN has no JSON form and becomes null.
func format(v any) string {
	b, err := json.Marshal(finite(v))
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// Walking the program along the closes that came must lead to the position that the longer history
// gives: stock and flow are one model.
func TestWalkingAlongWhatCameGivesTheLongerHistory(t *testing.T) {
	for name, a := range map[string]assumption.Set{"one kind of signal": noBands(t), "every kind": everyKind(t)} {
		t.Run(name, func(t *testing.T) { walkAlong(t, a) })
	}
}

// everyKind gives each kind of signal a weight, the speeds unequal parts, and a buffer.
func everyKind(t *testing.T) assumption.Set {
	t.Helper()
	a := noBands(t)
	for name, v := range map[string]float64{
		"cta.weight_crossover": 0.5, "cta.weight_momentum": 0.7, "cta.weight_breakout": 0.4, "cta.momentum_window": 0.1, "cta.breakout_window": 0.3,
		"cta.part_short": 2, "cta.buffer": 0.03,
	} {
		var err error
		if a, err = a.With(name, v, "test"); err != nil {
			t.Fatal(err)
		}
	}
	return a
}

func walkAlong(t *testing.T, assume assumption.Set) {
	t.Helper()
	ids := []string{"SPX", "N225"}
	last := calendar.DateOf(2025, 11, 19)
	later := madeMarkets(3010, last, ids...)
	full, err := cta.Read(t.Context(), later, assume)
	if err != nil {
		t.Fatal(err)
	}
	var book market.Book
	var path [][]float64
	var at calendar.Date
	for _, id := range ids {
		b, err := later.Daily(id)
		if err != nil {
			t.Fatal(err)
		}
		early := &market.Bars{Origin: b.Origin, Instrument: id, Interval: market.Day}
		n := b.Len() - 8
		for i := range n {
			early.Append(b.Begin[i], b.Known[i], b.Open[i], b.High[i], b.Low[i], b.Close[i], b.Volume[i], b.Line[i])
		}
		at = early.Date(n - 1)
		book.Add(market.Dataset{Bars: early})
		path = append(path, b.Close[n-1:])
	}
	x, err := calendar.NYSE().Session(at)
	if err != nil {
		t.Fatal(err)
	}
	s := book.AsOf(x.Close)
	tl, err := flow.Sessions(calendar.NYSE(), s.At(), 8)
	if err != nil {
		t.Fatal(err)
	}
	e := &flow.Env{State: s, Assume: assume, Timeline: tl}
	for i, id := range ids {
		e.Assets = append(e.Assets, flow.Asset{ID: id, Price: path[i][0], LastClose: path[i][0]})
	}
	p, err := cta.New().Compile(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	w := flow.NewWalk(e, []flow.Player{{Name: "cta", Program: p}})
	price := make([]float64, len(ids)*flow.Lanes)
	for i, slot := range tl.Slots {
		done := slot.Session
		if slot.Phase != flow.Open && i > 0 {
			done++
		}
		for k := range price {
			a := k / flow.Lanes
			price[k] = path[a][done] / path[a][0]
		}
		if err := w.Step(i, price); err != nil {
			t.Fatal(err)
		}
	}
	for i, m := range full.Markets {
		got := w.Position(0)[i*flow.Lanes] * path[i][8]
		if !(math.Abs(got-m.USD) <= 1e-9*math.Abs(m.USD)) {
			t.Errorf("%s: the walk holds %v dollars, the longer history %v", m.Instrument, got, m.USD)
		}
	}
}

func TestAnOrderIsTradedAtTheOpeningAndOverTheSession(t *testing.T) {
	s := made(3000, calendar.DateOf(2025, 11, 19))
	e := env(t, s, 2)
	p, err := cta.New().Compile(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	w := flow.NewWalk(e, []flow.Player{{Name: "cta", Program: p}})
	price := make([]float64, flow.Lanes)
	for i := range price {
		price[i] = 1
	}
	traded := map[flow.Phase]float64{}
	for i, slot := range e.Timeline.Slots {
		if err := w.Step(i, price); err != nil {
			t.Fatal(err)
		}
		if slot.Session == 0 {
			traded[slot.Phase] += w.Orders(0)[0]
		}
	}
	whole := traded[flow.Open] + traded[flow.Tick]
	share := assumption.Default().Value("cta.open_share")
	if whole == 0 || !(math.Abs(traded[flow.Open]/whole-share) < 1e-12) || traded[flow.Close] != 0 {
		t.Fatalf("traded %v", traded)
	}
}

func TestAStartWithinTheSessionHasTradedPartOfTheOrder(t *testing.T) {
	last := calendar.DateOf(2025, 11, 19)
	evening := made(3000, last)
	bars, err := evening.Daily("SPX")
	if err != nil {
		t.Fatal(err)
	}
	position := func(s *market.State) (start, order float64) {
		t.Helper()
		e := env(t, s, 1)
		p, err := cta.New().Compile(t.Context(), e)
		if err != nil {
			t.Fatal(err)
		}
		w := flow.NewWalk(e, []flow.Player{{Name: "cta", Program: p}})
		start = w.Position(0)[0]
		price := make([]float64, flow.Lanes)
		for i := range price {
			price[i] = 1
		}
		for i := range e.Timeline.Slots {
			if err := w.Step(i, price); err != nil {
				t.Fatal(err)
			}
		}
		return start, w.Position(0)[0] - start
	}
	before, whole := position(evening)
	next, err := calendar.NYSE().Next(last)
	if err != nil {
		t.Fatal(err)
	}
	var book market.Book
	book.Add(market.Dataset{Bars: bars})
	noon := book.AsOf(next.Open.Add(next.Close.Sub(next.Open) / 4))
	during, rest := position(noon)
	open := assumption.Default().Value("cta.open_share")
	if want := (1 - open) * 0.75 * whole; !(math.Abs(rest-want) <= 1e-9*math.Abs(whole)) {
		t.Errorf("a quarter into the session %v of %v units are left, want %v", rest, whole, want)
	}
	if !(math.Abs(during+rest-before-whole) <= 1e-9*math.Abs(before)) {
		t.Errorf("the session ends at %v units from its middle and at %v from the evening before", during+rest, before+whole)
	}
}

func TestAUniverseWithoutTheMarketIsAnAbsence(t *testing.T) {
	s := made(2000, calendar.DateOf(2025, 11, 19))
	e := env(t, s, 1)
	e.Assets[0].ID = "KO"
	_, err := cta.New().Compile(t.Context(), e)
	var absent *evidence.Absent
	if !errors.As(err, &absent) || absent.Code != "not_in_universe" {
		t.Fatalf("a universe of one stock gives %v", err)
	}
}

func TestTheMemoDoesNotChangeTheProgram(t *testing.T) {
	s := made(2000, calendar.DateOf(2025, 11, 19))
	memo := &flow.Memo{}
	for k := range 3 {
		e := env(t, s, 2)
		e.Assume = assumption.Default().Draw(5, k)
		plain, err := flow.RunPaths(t.Context(), e, []flow.Model{cta.New()}, []flow.Path{flow.Hold(0, 0.97)}, 0, 1)
		if err != nil {
			t.Fatal(err)
		}
		e.Memo = memo
		kept, err := flow.RunPaths(t.Context(), e, []flow.Model{cta.New()}, []flow.Path{flow.Hold(0, 0.97)}, 0, 1)
		if err != nil {
			t.Fatal(err)
		}
		if plain.Players[0].USD[0] != kept.Players[0].USD[0] {
			t.Fatalf("draw %d: %v without and %v with the memo", k, plain.Players[0].USD[0], kept.Players[0].USD[0])
		}
	}
}

func TestLowerPathsSellMore(t *testing.T) {
	s := made(4000, calendar.DateOf(2025, 11, 19))
	e := env(t, s, 5)
	e.Memo = &flow.Memo{}
	rapid.Check(t, func(r *rapid.T) {
		high := rapid.Float64Range(0.85, 1.15).Draw(r, "higher")
		low := high - rapid.Float64Range(0.001, 0.05).Draw(r, "distance")
		sum, err := flow.RunPaths(t.Context(), e, []flow.Model{cta.New()}, []flow.Path{flow.Hold(0, high), flow.Hold(0, low)}, 0, 1)
		if err != nil {
			t.Fatal(err)
		}
		u := sum.Players[0].Units[0]
		start := sum.Players[0].StartUSD / e.Assets[0].Price
		// Volatility rises with the size of the jump and shrinks what is held either way, so that only
		// the signs of the end are certain far from the averages; close by, lower means fewer.
		if math.Abs(high-1) < 0.02 && math.Abs(low-1) < 0.02 && u[1] > u[0]+1e-9*math.Abs(start) {
			r.Fatalf("held at %v: bought %v units; at the lower %v: %v", high, u[0], low, u[1])
		}
	})
}

func TestTapesAreOrderedAndTheSameEveryTime(t *testing.T) {
	s := madeMarkets(4000, calendar.DateOf(2025, 11, 19), "SPX", "N225", "EFA")
	a, err := cta.Read(t.Context(), s, assumption.Default())
	if err != nil {
		t.Fatal(err)
	}
	b, err := cta.Read(t.Context(), s, assumption.Default())
	if err != nil {
		t.Fatal(err)
	}
	if format(a) != format(b) {
		t.Fatal("the same State gave two readings")
	}
	for h := range a.Tapes {
		tapes := a.Tapes[h]
		for _, x := range tapes {
			for _, v := range []cta.Amount{x.Global, x.US} {
				if !(v.P05 <= v.P50 && v.P50 <= v.P95 && v.Error > 0) {
					t.Errorf("%s %s: %+v", cta.Horizons[h], cta.Shapes[x.Shape], v)
				}
			}
		}
		if !(tapes[cta.Up].Return > 0 && tapes[cta.Flat].Return == 0 && tapes[cta.Down].Return < 0 && tapes[cta.DownBig].Return < tapes[cta.Down].Return) {
			t.Errorf("returns of tapes: %+v", tapes)
		}
		if !(tapes[cta.Up].US.P50 > tapes[cta.DownBig].US.P50) {
			t.Errorf("up buys %v, down big %v", tapes[cta.Up].US.P50, tapes[cta.DownBig].US.P50)
		}
	}
}

func TestThePeakIsWhereTheTargetChangesFastest(t *testing.T) {
	s := made(4000, calendar.DateOf(2025, 11, 19))
	r := mustRead(t, s)
	if r.Peak == nil {
		t.Fatal("no peak")
	}
	z := *r.Peak
	if !(z.Low < z.Price && z.Price < z.High && z.USD < 0 && z.USDPerPct > 0) {
		t.Fatalf("zone %+v", z)
	}
	// The slope at other closes, from programs that trade the whole gap the day after: a difference of
	// two walks, and nothing of the search.
	a, err := noBands(t).With("cta.adjust", 0.5, "test")
	if err != nil {
		t.Fatal(err)
	}
	if a, err = a.With("cta.buffer", 0, "test"); err != nil { // which holds orders back, and not the target
		t.Fatal(err)
	}
	e := env(t, s, 2)
	e.Assume, e.Memo = a, &flow.Memo{}
	slope := func(price float64) float64 {
		t.Helper()
		x := price / r.Close
		h := 1e-5
		sum, err := flow.RunPaths(t.Context(), e, []flow.Model{cta.New()}, []flow.Path{settle(x * (1 + h)), settle(x * (1 - h))}, 0, 1)
		if err != nil {
			t.Fatal(err)
		}
		return (sum.Players[0].Units[0][0]*x*(1+h) - sum.Players[0].Units[0][1]*x*(1-h)) / h
	}
	top := slope(z.Price)
	for p := r.Close * 0.9; p < r.Close*1.1; p += r.Close * 0.002 {
		if v := slope(p); v > top*(1+1e-3) {
			t.Fatalf("slope %v at %v, %v at the peak %v", v, p, top, z.Price)
		}
	}
}

// settle is a path whose first close is at a price and which stays there.
func settle(x float64) flow.Path { return func(int, int) float64 { return x } }
