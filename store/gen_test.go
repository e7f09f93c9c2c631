package store

import (
	"context"
	"fmt"
	"math"
	"os"
	"testing"
	"time"

	"pgregory.net/rapid"

	"faultline/black"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// The generators draw from small domains, so that rows, times and files meet often.

var texts = rapid.OneOf(
	rapid.SampledFrom([]string{"", "a", "b", "'; DROP VIEW bars; --", "标普500", "naïve \"quoted\"", "a\x00b", "line\nbreak", "🙂", "%s", "\\", "a,b;c"}),
	rapid.StringN(0, 6, 24),
)

var names = rapid.SampledFrom([]string{"SPX", "SPXW", "^X'Y", "标普", "a/b", "A"})

var numbers = rapid.OneOf(
	rapid.SampledFrom([]float64{0, 1, 2, 3, -1, 0.1, 1e-300, math.MaxFloat64, math.SmallestNonzeroFloat64, 5000.25}),
	rapid.Just(market.Missing),
	rapid.Float64(),
)

// seconds are instants close together, in several months and decades, before 1970, and at the limits.
var seconds = rapid.OneOf(rapid.Int64Range(0, 12), rapid.SampledFrom([]int64{minInstant, maxInstant, -1, -86400, 31 * 86400, 1763683200, 1763683201}))

func origins(file string) *rapid.Generator[market.Origin] {
	return rapid.Custom(func(t *rapid.T) market.Origin {
		return market.Origin{
			File: file, Format: rapid.SampledFrom([]string{"f1", "f2"}).Draw(t, "format"), Source: texts.Draw(t, "source"),
			Grade: evidence.Grade(rapid.IntRange(0, 3).Draw(t, "grade")), KnownAt: rapid.SampledFrom([]string{"", "bar_end"}).Draw(t, "rule"),
			Caveats: rapid.SliceOfN(caveats, 0, 2).Draw(t, "caveats"),
		}
	})
}

var caveats = rapid.Custom(func(t *rapid.T) evidence.Code {
	c := evidence.Code{Code: rapid.SampledFrom([]string{"adjusted", "partial_chain"}).Draw(t, "code")}
	if rapid.Bool().Draw(t, "args") {
		c.Args = evidence.Args{
			"n": rapid.Int().Draw(t, "n"), "x": rapid.Float64().Draw(t, "x"), "s": texts.Draw(t, "s"), "b": rapid.Bool().Draw(t, "b"),
			"t": time.Unix(seconds.Draw(t, "t"), rapid.Int64Range(0, 999_999_999).Draw(t, "ns")).UTC(),
			"d": calendar.Date(rapid.IntRange(-1e5, 1e5).Draw(t, "d")),
		}
	}
	return c
})

func genBars(t *rapid.T, o market.Origin) market.Dataset {
	b := &market.Bars{
		Origin: o, Instrument: names.Draw(t, "instrument"),
		Interval: rapid.SampledFrom([]time.Duration{market.Day, time.Minute, 5 * time.Minute, time.Hour, 90 * time.Second}).Draw(t, "interval"),
	}
	for i := range rapid.IntRange(1, 8).Draw(t, "rows") {
		b.Append(seconds.Draw(t, "begin"), seconds.Draw(t, "known"), numbers.Draw(t, "open"), numbers.Draw(t, "high"), numbers.Draw(t, "low"),
			float64(rapid.IntRange(1, 3).Draw(t, "close")), numbers.Draw(t, "volume"), int32(i))
	}
	return market.Dataset{Bars: b}
}

func genChain(t *rapid.T, o market.Origin) market.Dataset {
	c := &market.Chain{
		Origin: o, Underlying: names.Draw(t, "underlying"), Spot: rapid.OneOf(rapid.Just(market.Missing), rapid.Float64()).Draw(t, "spot"),
		At: time.Unix(rapid.Int64Range(0, 3*86400).Draw(t, "at"), rapid.SampledFrom([]int64{0, 1, 999_999_999}).Draw(t, "ns")).UTC(),
	}
	for i := range rapid.IntRange(1, 8).Draw(t, "rows") {
		c.Append(market.Quote{
			Root: rapid.SampledFrom([]string{"", "SPX", "SPXW"}).Draw(t, "root"), Expiry: calendar.Date(rapid.IntRange(-1, 3).Draw(t, "expiry")),
			Right: rapid.SampledFrom([]black.Right{black.Call, black.Put}).Draw(t, "right"), Strike: numbers.Draw(t, "strike"),
			Bid: numbers.Draw(t, "bid"), Ask: numbers.Draw(t, "ask"), Last: numbers.Draw(t, "last"),
			Volume: numbers.Draw(t, "volume"), OpenInterest: numbers.Draw(t, "oi"), IV: numbers.Draw(t, "iv"),
			Delta: rapid.SampledFrom([]float64{0.5, -0.5, 0, math.Copysign(0, -1)}).Draw(t, "delta"), Gamma: numbers.Draw(t, "gamma"), Line: int32(i),
		})
	}
	return market.Dataset{Chain: c}
}

func genSeries(t *rapid.T, o market.Origin) market.Dataset {
	s := &market.Series{Origin: o, ID: names.Draw(t, "id"), Unit: "percent_as_stated"}
	for i := range rapid.IntRange(1, 8).Draw(t, "rows") {
		s.Append(seconds.Draw(t, "about"), seconds.Draw(t, "known"), float64(rapid.IntRange(1, 3).Draw(t, "value")), int32(i))
	}
	return market.Dataset{Series: s}
}

func genFacts(t *rapid.T, o market.Origin) market.Dataset {
	f := &market.Facts{Origin: o}
	for i := range rapid.IntRange(1, 8).Draw(t, "rows") {
		f.Rows = append(f.Rows, market.Fact{
			ID: names.Draw(t, "id"), About: seconds.Draw(t, "about"), Known: seconds.Draw(t, "known"), Value: numbers.Draw(t, "value"),
			Text: texts.Draw(t, "text"), Unit: texts.Draw(t, "unit"), What: texts.Draw(t, "what"), Source: texts.Draw(t, "source"), Line: int32(i),
		})
	}
	return market.Dataset{Facts: f}
}

// genSet draws a dataset of a file.
func genSet(t *rapid.T, file string) market.Dataset {
	gen := rapid.SampledFrom([]func(*rapid.T, market.Origin) market.Dataset{genBars, genChain, genSeries, genFacts}).Draw(t, "kind")
	return gen(t, origins(file).Draw(t, "origin"))
}

// genFiles draws datasets of different files.
func genFiles(t *rapid.T) []market.Dataset {
	out := make([]market.Dataset, rapid.IntRange(1, 6).Draw(t, "files"))
	for i := range out {
		out[i] = genSet(t, fmt.Sprintf("%s%d.csv", rapid.SampledFrom([]string{"", "标 普", "it's"}).Draw(t, "file"), i))
	}
	return out
}

// open opens a store in a new folder that goes away with the test.
func open(t testing.TB) *Store {
	t.Helper()
	return openAt(t, t.TempDir())
}

func openAt(t testing.TB, dir string) *Store {
	t.Helper()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// tempStore is open for a rapid test, which has no TempDir.
func tempStore(t *rapid.T) *Store {
	dir, err := os.MkdirTemp("", "faultline-store-")
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.Close()
		os.RemoveAll(dir)
	})
	return s
}

// fataler is what a test and a rapid test have in common.
type fataler interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

func mustImport(t fataler, s *Store, sets ...market.Dataset) []Imported {
	t.Helper()
	got, err := s.Import(context.Background(), sets)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func mustCompact(t fataler, s *Store) {
	t.Helper()
	if err := s.Compact(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func mustAsOf(t fataler, s *Store, at time.Time, want ...string) *market.State {
	t.Helper()
	v, err := s.AsOf(context.Background(), at, want...)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// end is an instant at which everything is known.
var end = time.Unix(maxInstant, 0).UTC()
