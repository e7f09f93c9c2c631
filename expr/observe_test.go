package expr

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"

	"faultline/evidence"
	"faultline/market"
)

func day(text string) int64 { return unixDay(text) }

// table is a series of monthly or daily values, each known a day after the day it is about.
func table(id string, about []string, values ...float64) market.Dataset {
	s := &market.Series{ID: id, Origin: market.Origin{File: id, Grade: evidence.Published}}
	for i, a := range about {
		s.Append(day(a), day(a)+86400, values[i], int32(i+1))
	}
	return market.Dataset{Series: s}
}

func bars(id string, begin []string, closes ...float64) market.Dataset {
	b := &market.Bars{Instrument: id, Interval: market.Day, Origin: market.Origin{File: id}}
	for i, d := range begin {
		b.Append(day(d), day(d)+21*3600, market.Missing, market.Missing, market.Missing, closes[i], market.Missing, int32(i+1))
	}
	return market.Dataset{Bars: b}
}

func stateAt(at string, sets ...market.Dataset) *market.State {
	var b market.Book
	b.Add(sets...)
	t, err := time.Parse(time.RFC3339, at)
	if err != nil {
		panic(err)
	}
	return b.AsOf(t)
}

func TestTheVocabularyReadsTheStateAsOfItsInstant(t *testing.T) {
	sets := []market.Dataset{
		table("CPIAUCSL", []string{"2024-11-01", "2025-11-01"}, 300, 309),
		table("UNRATE", []string{"2025-09-01", "2025-11-01"}, 4.4, 4.6),
		table("DFEDTARU", []string{"2025-12-09", "2025-12-10", "2025-12-11", "2026-01-29"}, 4, 4, 3.75, 3.75),
		table("DGS10", []string{"2025-12-10", "2025-12-11", "2025-12-12"}, 4.1, 4.3, 4.2),
		bars("IXIC", []string{"2025-11-21", "2025-11-24", "2025-11-25", "2025-11-26"}, 20000, 18000, 21000, 20500),
	}
	s := stateAt("2026-02-01T00:00:00Z", sets...)
	f := func(name string, args []string, want float64) {
		t.Helper()
		got, err := Of(s).Observe(Use{name, args})
		if err != nil || !(math.Abs(got.Value-want) < 1e-12) || got.Known.After(s.At()) {
			t.Errorf("%v: %+v, %v, want %v", Use{name, args}, got, err, want)
		}
	}
	f("cpi.yoy", nil, 3)
	f("cpi.yoy", []string{"2025-11-01"}, 3)
	f("jobs.unemployment", nil, 4.6)
	f("jobs.unemployment", []string{"2025-09-01"}, 4.4)
	f("fed.cut_bp", []string{"2025-12-10"}, 25)
	f("fed.cut_bp", []string{"2025-12-11", "2026-01-29"}, 0)
	f("ust.y10", nil, 4.2)
	f("ust.y10_highest", []string{"2025-12-10", "2025-12-31"}, 4.3)
	f("price", []string{"IXIC", "2025-11-23"}, 20000) // a Sunday: the Friday before
	f("ret", []string{"IXIC", "2025-11-21"}, 0.025)
	f("ret", []string{"IXIC", "2025-11-21", "2025-11-25"}, 0.05)
	f("worst", []string{"IXIC", "2025-11-21", "2026-03-31"}, -0.1)
	f("best", []string{"IXIC", "2025-11-21", "2026-03-31"}, 0.05)
	f("average", []string{"IXIC", "2025-11-24", "2025-11-25"}, 19500)

	lacks := func(o Observer, code, name string, args ...string) {
		t.Helper()
		_, err := o.Observe(Use{name, args})
		var a *evidence.Absent
		if !errors.As(err, &a) || a.Code != code {
			t.Errorf("%v: %v, want %s", Use{name, args}, err, code)
		}
	}
	early, err := time.Parse(time.RFC3339, "2025-12-11T12:00:00Z")
	if err != nil {
		t.Fatal(err)
	}
	// The range after the meeting of 10 December is known on the 12th.
	lacks(OfAt(s, early), "not_yet_observed", "fed.cut_bp", "2025-12-10")
	lacks(Of(s), "not_yet_observed", "jobs.unemployment", "2026-01-01")
	lacks(Of(s), "no_observation", "jobs.unemployment", "2025-10-01") // never published
	lacks(Of(s), "no_observation", "ust.y2")
	lacks(Of(s), "not_yet_observed", "ret", "IXIC", "2025-11-21", "2026-03-31")
	lacks(Of(s), "not_yet_observed", "worst", "IXIC", "2026-03-01", "2026-03-31")
	lacks(Of(s), "no_observation", "cpi.core_yoy")
	// Without the series the table of announcements serves.
	lacks(Of(stateAt("2025-12-10T23:00:00Z")), "not_yet_observed", "fed.cut_bp", "2025-12-10")
	if x, err := Of(stateAt("2025-12-11T00:00:00Z")).Observe(Use{"fed.cut_bp", []string{"2025-12-10"}}); err != nil || x.Value != 25 {
		t.Errorf("the cut of 10 December 2025 is %v, %v", x, err)
	}
}

func TestPublishedFiguresServeWhereThereAreNoTables(t *testing.T) {
	facts := &market.Facts{Origin: market.Origin{File: "facts.csv"}}
	add := func(id, at string, known string, value float64) {
		facts.Rows = append(facts.Rows, market.Fact{ID: id, About: day(at), Known: day(known), Value: value})
	}
	add("SPX_close", "2025-11-20", "2025-11-21", 6538.76)
	add("SPX_close", "2025-11-20", "2025-11-22", 6539)
	add("FedWatch_Dec_cut", "2025-11-20", "2025-11-21", 39.1)
	add("FedWatch_Dec_cut", "2024-11-20", "2024-11-21", 55)
	for i, c := range []string{"MSFT", "GOOGL", "AMZN"} {
		add("capex_"+c+"_2026", "2025-11-10", "2025-11-10", float64(100+i))
	}
	s := stateAt("2025-12-01T00:00:00Z", market.Dataset{Facts: facts})
	o := Of(s)
	if x, err := o.Observe(Use{"price", []string{"SPX"}}); err != nil || x.Value != 6539 {
		t.Errorf("price %v, %v", x, err)
	}
	if x, err := o.Observe(Use{"fed.cut_odds", []string{"2025-12-10"}}); err != nil || x.Value != 0.391 {
		t.Errorf("odds %v, %v", x, err)
	}
	if x, err := o.Observe(Use{"fed.cut_odds", []string{"2023-12-13"}}); err == nil {
		t.Errorf("odds of another year: %v", x)
	}
	if x, err := o.Observe(Use{"capex.guided", []string{"2026-01-01"}}); err == nil {
		t.Errorf("three of four buyers make %v", x)
	}
	add("capex_META_2026", "2025-11-11", "2025-11-11", 90)
	s = stateAt("2025-12-01T00:00:00Z", market.Dataset{Facts: facts})
	if x, err := Of(s).Observe(Use{"capex.guided", []string{"2026-01-01"}}); err != nil || x.Value != 393e9 {
		t.Errorf("guided %v, %v", x, err)
	}
}

func TestOddsAddUpTheRangesBelowTodays(t *testing.T) {
	sets := []market.Dataset{
		table("DFEDTARU", []string{"2025-08-01"}, 4.5),
		table("fedwatch/2025-12-10/375-400", []string{"2025-08-10"}, 0.3),
		table("fedwatch/2025-12-10/400-425", []string{"2025-08-10"}, 0.5),
		table("fedwatch/2025-12-10/425-450", []string{"2025-08-10"}, 0.2),
		table("fedwatch/2025-12-10/350-375", []string{"2025-08-09"}, 0.9), // of another day
	}
	x, err := Of(stateAt("2025-08-20T00:00:00Z", sets...)).Observe(Use{"fed.cut_odds", []string{"2025-12-10"}})
	if err != nil || !(math.Abs(x.Value-0.8) < 1e-12) {
		t.Errorf("%v, %v", x, err)
	}
}

// What becomes known later must not change an answer as of an instant.
func TestLaterObservationsChangeNoAnswer(t *testing.T) {
	v := vocabulary(t)
	p, err := v.Compile(`worst("IXIC", "2025-11-21", "2025-12-31") < -0.1 || price("IXIC") > 110.0`, Bool, Position{1, 1, 0})
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 25).Draw(t, "days")
		cut := rapid.IntRange(1, n).Draw(t, "known")
		var days []string
		var closes []float64
		for i := range n {
			days = append(days, time.Unix(day("2025-11-21")+int64(i)*86400, 0).UTC().Format(time.DateOnly))
			closes = append(closes, rapid.Float64Range(50, 150).Draw(t, "close"))
		}
		at := time.Unix(day(days[cut-1])+22*3600, 0).UTC()
		var all, some market.Book
		all.Add(bars("IXIC", days, closes...))
		some.Add(bars("IXIC", days[:cut], closes[:cut]...))
		answer := func(o Observer) Verdict {
			got, err := p.Eval(context.Background(), o)
			if err != nil {
				t.Fatal(err)
			}
			return got
		}
		a, b, c := answer(Of(all.AsOf(at))), answer(Of(some.AsOf(at))), answer(OfAt(all.AsOf(at.AddDate(1, 0, 0)), at))
		if a.True != b.True || a.Known() != b.Known() || a.True != c.True || a.Known() != c.Known() {
			t.Fatalf("%+v\n%+v\n%+v", a, b, c)
		}
	})
}

// An answer is to be trusted as far as the weakest thing that it was read from.
func TestAnAnswerHasTheGradeOfWhatItWasReadFrom(t *testing.T) {
	index := table("CPIAUCSL", []string{"2024-09-01", "2025-09-01"}, 100, 103)
	index.Series.Origin.Grade = evidence.Synthetic
	closes := bars("IXIC", []string{"2025-11-21", "2025-11-24"}, 20000, 18000)
	closes.Bars.Origin.Grade = evidence.Observed
	s := stateAt("2026-02-01T00:00:00Z", index, closes)
	f := func(name string, args []string, want evidence.Grade) {
		t.Helper()
		got, err := Of(s).Observe(Use{name, args})
		if err != nil || got.Grade != want {
			t.Errorf("%s: %+v, %v, want the grade %v", name, got, err, want)
		}
	}
	f("cpi.yoy", nil, evidence.Synthetic)
	f("ret", []string{"IXIC", "2025-11-21"}, evidence.Observed)
	f("worst", []string{"IXIC", "2025-11-21", "2025-11-24"}, evidence.Observed)
}

// Random walks are an independent oracle: the share of driftless lognormal paths, looked at once a session, that
// end below a level or have closed beyond it. 40,000 paths give a standard error of at most 0.0025; the
// correction for looking once a session errs by less than that.
func TestImpliedOddsAgreeWithRandomWalks(t *testing.T) {
	closes, days := make([]float64, 70), make([]string, 70)
	for i := range closes {
		days[i] = time.Date(2025, time.August, 1+i, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
		closes[i] = 100 * math.Exp(0.01*float64(i%2))
	}
	wide := make([]float64, 70)
	for i := range wide {
		wide[i] = 50 * math.Exp(0.02*float64(i%2))
	}
	s := stateAt("2025-10-10T00:00:00Z", bars("SPX", days, closes...), bars("NVDA", days, wide...), bars("VIX", days[69:], 25))
	const paths, sessions = 40_000, 63
	years := float64(sessions) / 252
	until := s.At().Add(time.Duration(years*365*24*3600)*time.Second - 24*time.Hour).Format(time.DateOnly)
	r := rand.New(rand.NewPCG(5, 7))
	for _, c := range []struct {
		ticker string
		vol    float64
		move   string
		b      float64
	}{{"SPX", 0.25, "-8%", math.Log(0.92)}, {"NVDA", 0.5, "-20%", math.Log(0.8)}, {"SPX", 0.25, "+6%", math.Log(1.06)}} {
		below, touched := 0, 0
		step := c.vol * math.Sqrt(years/sessions)
		for range paths {
			x, hit := 0.0, false
			for range sessions {
				x += step*r.NormFloat64() - step*step/2
				hit = hit || c.b < 0 && x <= c.b || c.b > 0 && x >= c.b
			}
			if x < c.b {
				below++
			}
			if hit {
				touched++
			}
		}
		for what, n := range map[string]int{"implied.below": below, "implied.touch": touched} {
			want := float64(n) / paths
			got, err := Of(s).Observe(Use{what, []string{c.ticker, until, c.move}})
			// Whole days: the horizon is up to a day off its 63 sessions, which moves a probability by 0.004.
			if err != nil || !(math.Abs(got.Value-want) < 4*0.0025+0.004) || got.Grade != evidence.Modelled {
				t.Errorf("%s of %s %s: %+v, %v, of walks %v", what, c.ticker, c.move, got, err, want)
			}
		}
	}
	if _, err := Of(s).Observe(Use{"implied.below", []string{"BTC", until, "-8%"}}); err == nil {
		t.Error("an asset without prices has odds")
	}
	if _, err := Of(s).Observe(Use{"implied.below", []string{"SPX", "2025-10-01", "-8%"}}); err == nil {
		t.Error("a day that has passed has odds")
	}
}
