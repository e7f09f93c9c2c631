package cta_test

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"faultline/assumption"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/flow"
	"faultline/flow/cta"
	"faultline/flow/flowtest"
	"faultline/market"
)

// made returns a State with n sessions of an invented index up to a date, its close included.
func made(n int, last calendar.Date) *market.State { return madeMarkets(n, last, "SPX") }

// madeMarkets is made for several markets, no two of which are alike.
func madeMarkets(n int, last calendar.Date, ids ...string) *market.State {
	var b market.Book
	for i, id := range ids {
		b.Add(market.Dataset{Bars: madeBars(id, n, last, 3*float64(i))})
	}
	x, err := calendar.NYSE().Session(last)
	if err != nil {
		panic(err)
	}
	return b.AsOf(x.Close)
}

// madeBars walks an index by a fixed sum of waves, so that it trends, turns and has no pattern that a
// test could lean on by accident.
func madeBars(id string, n int, last calendar.Date, phase float64) *market.Bars {
	b := &market.Bars{Instrument: id, Interval: market.Day}
	b.Origin.KnownAt = "session_close"
	d := last
	var dates []calendar.Date
	for range n {
		dates = append(dates, d)
		p, err := calendar.NYSE().Prev(d)
		if err != nil {
			break
		}
		d = p.Date
	}
	for i := range dates {
		d := dates[len(dates)-1-i]
		t := float64(int(d) - 7300)
		x := 0.0002*t + .12*math.Sin(t/211+phase) + .05*math.Sin(t/47+1+phase) + .012*math.Sin(t*1.7+phase) + .008*math.Sin(t*t*.013)
		s, err := calendar.NYSE().Session(d)
		if err != nil {
			panic(err)
		}
		c := 300 * math.Exp(x)
		b.Append(int64(d)*86400, s.Close.Unix(), market.Missing, market.Missing, market.Missing, c, market.Missing, int32(i+2))
	}
	return b
}

func env(t *testing.T, s *market.State, sessions int) *flow.Env {
	t.Helper()
	tl, err := flow.Sessions(calendar.NYSE(), s.At(), sessions)
	if err != nil {
		t.Fatal(err)
	}
	b, err := s.Daily("SPX")
	if err != nil {
		t.Fatal(err)
	}
	c := b.Close[b.Len()-1]
	return &flow.Env{State: s, Assume: assumption.Default(), Timeline: tl, Assets: []flow.Asset{{ID: "SPX", Price: c, LastClose: c}}}
}

func TestModelIsAFlowModel(t *testing.T) {
	t.Run("one kind of signal", func(t *testing.T) { isAFlowModel(t, assumption.Default()) })
	t.Run("every kind", func(t *testing.T) { isAFlowModel(t, everyKind(t)) })
}

func isAFlowModel(t *testing.T, a assumption.Set) {
	t.Helper()
	e := env(t, made(6000, calendar.DateOf(2025, 11, 19)), 5)
	e.Assume = a
	flowtest.Run(t, flowtest.Case{
		Model: cta.New(), Env: e,
		Empty: func(e flow.Env) *flow.Env {
			a, err := e.Assume.With("cta.aum", 0, "test")
			if err != nil {
				t.Fatal(err)
			}
			e.Assume = a
			return &e
		},
	})
}

// closeAt appends a session to the bars of a State.
func closeAt(t *testing.T, s *market.State, price float64) *market.State {
	t.Helper()
	b, err := s.Daily("SPX")
	if err != nil {
		t.Fatal(err)
	}
	next, err := calendar.NYSE().Next(b.Date(b.Len() - 1))
	if err != nil {
		t.Fatal(err)
	}
	extra := &market.Bars{Origin: b.Origin, Instrument: "SPX", Interval: market.Day}
	extra.Append(int64(next.Date)*86400, next.Close.Unix(), market.Missing, market.Missing, market.Missing, price, market.Missing, 1)
	var book market.Book
	book.Add(market.Dataset{Bars: b}, market.Dataset{Bars: extra})
	return book.AsOf(next.Close)
}

func mustRead(t *testing.T, s *market.State) *cta.Reading {
	t.Helper()
	r, err := cta.Read(t.Context(), s, noBands(t))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// noBands turns the draws off: most tests do not look at bands.
func noBands(t *testing.T) assumption.Set {
	t.Helper()
	a, err := assumption.Default().With("band.draws", 0, "test")
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// pivotsAfter are the pivots and signals after the last close of a State.
func pivotsAfter(t *testing.T, s *market.State) [3]cta.Pivot {
	t.Helper()
	b, err := s.Daily("SPX")
	if err != nil {
		t.Fatal(err)
	}
	next, err := calendar.NYSE().Next(b.Date(b.Len() - 1))
	if err != nil {
		t.Fatal(err)
	}
	days, err := cta.Pivots(s, assumption.Default(), next.Date, next.Date)
	if err != nil {
		t.Fatal(err)
	}
	return days[0].Pivots
}

func TestPivotIsWhereTheSignalChangesItsSign(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(900, 3000).Draw(r, "sessions")
		last, err := calendar.NYSE().Prev(calendar.DateOf(2025, 11, rapid.IntRange(3, 28).Draw(r, "day")))
		if err != nil {
			t.Fatal(err)
		}
		s := made(n, last.Date)
		now := pivotsAfter(t, s)
		for k, p := range now {
			if p.Absent != nil {
				t.Fatalf("%s pivot is absent: %v", p.Name, p.Absent)
			}
			above := pivotsAfter(t, closeAt(t, s, p.Price*(1+1e-9)))[k].SignalNow
			below := pivotsAfter(t, closeAt(t, s, p.Price*(1-1e-9)))[k].SignalNow
			if !(above > 0 && below < 0) {
				t.Fatalf("%s: signal is %g for a close just above the pivot %v and %g just below", p.Name, above, p.Price, below)
			}
		}
	})
}

func TestDerivedStateGivesTheSameReading(t *testing.T) {
	full := madeMarkets(6000, calendar.DateOf(2025, 11, 19), "SPX", "DAX", "N225", "HSI", "EEM")
	sets, err := cta.Derive(full, assumption.Default())
	if err != nil {
		t.Fatal(err)
	}
	b, err := full.Daily("SPX")
	if err != nil {
		t.Fatal(err)
	}
	n := b.Len() - 1
	one := &market.Bars{Origin: b.Origin, Instrument: "SPX", Interval: market.Day}
	one.Append(b.Begin[n], b.Known[n], b.Open[n], b.High[n], b.Low[n], b.Close[n], b.Volume[n], 1)
	var book market.Book
	book.Add(sets...)
	book.Add(market.Dataset{Bars: one})
	want, err := cta.Read(t.Context(), full, assumption.Default())
	if err != nil {
		t.Fatal(err)
	}
	got, err := cta.Read(t.Context(), book.AsOf(full.At()), assumption.Default())
	if err != nil {
		t.Fatal(err)
	}
	if got.From != "derived_state" || want.From != "bars" {
		t.Fatalf("readings come from %q and %q", got.From, want.From)
	}
	if len(got.Markets) != 5 {
		t.Fatalf("derived state gives %d markets", len(got.Markets))
	}
	got.From, want.Path = want.From, nil // one session has no half year behind it
	almost(t, "reading", reflect.ValueOf(*want), reflect.ValueOf(*got))
	other, err := assumption.Default().With("cta.span_short", 50, "test")
	if err != nil {
		t.Fatal(err)
	}
	_, err = cta.Read(t.Context(), book.AsOf(full.At()), other)
	var absent *evidence.Absent
	if !errors.As(err, &absent) || absent.Code != "derived_state_of_other_assumptions" {
		t.Fatalf("derived state under other spans gives %v, want an absence", err)
	}
}

// almost fails where two values of one type differ by more than 1e-9 of their size in any number, or
// at all in anything else.
func almost(t *testing.T, at string, a, b reflect.Value) {
	t.Helper()
	switch a.Kind() {
	case reflect.Float64:
		x, y := a.Float(), b.Float()
		if !(x == y || math.IsNaN(x) && math.IsNaN(y) || math.Abs(x-y) <= 1e-9*math.Max(math.Abs(x), math.Abs(y))) {
			t.Errorf("%s: %v and %v", at, x, y)
		}
	case reflect.Struct:
		if a.Type() == reflect.TypeFor[time.Time]() {
			if !a.Interface().(time.Time).Equal(b.Interface().(time.Time)) {
				t.Errorf("%s: %v and %v", at, a, b)
			}
			return
		}
		for i := range a.NumField() {
			almost(t, at+"."+a.Type().Field(i).Name, a.Field(i), b.Field(i))
		}
	case reflect.Array, reflect.Slice:
		if a.Len() != b.Len() {
			t.Errorf("%s: %d and %d entries", at, a.Len(), b.Len())
			return
		}
		for i := range a.Len() {
			almost(t, fmt.Sprintf("%s[%d]", at, i), a.Index(i), b.Index(i))
		}
	case reflect.Pointer:
		if a.IsNil() != b.IsNil() {
			t.Errorf("%s: %v and %v", at, a, b)
		} else if !a.IsNil() {
			almost(t, at, a.Elem(), b.Elem())
		}
	default:
		if !reflect.DeepEqual(a.Interface(), b.Interface()) {
			t.Errorf("%s: %v and %v", at, a, b)
		}
	}
}

// finite copies a value into what JSON can hold: NaN becomes nil.
func finite(v any) any {
	x := reflect.ValueOf(v)
	for x.Kind() == reflect.Pointer && !x.IsNil() {
		x = x.Elem()
	}
	switch x.Kind() {
	case reflect.Float64:
		if math.IsNaN(x.Float()) {
			return nil
		}
		return x.Float()
	case reflect.Struct:
		if x.Type() == reflect.TypeFor[time.Time]() {
			return x.Interface()
		}
		m := map[string]any{}
		for i := range x.NumField() {
			m[x.Type().Field(i).Name] = finite(x.Field(i).Interface())
		}
		return m
	case reflect.Array, reflect.Slice:
		out := []any{}
		for i := range x.Len() {
			out = append(out, finite(x.Index(i).Interface()))
		}
		return out
	case reflect.Pointer:
		return nil
	}
	return x.Interface()
}
