package replay

import (
	"context"
	"errors"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"faultline/assumption"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/flow"
	"faultline/market"
)

const day = calendar.Date(19802) // 20 March 2024, a full session

// follower trades in proportion to the move since its start, at every tick: one unit a ratio of slope.
type follower struct {
	name  string
	slope float64
	phase flow.Phase
}

func (f follower) Name() string { return f.name }

func (f follower) Compile(context.Context, *flow.Env) (flow.Program, error) { return f, nil }
func (f follower) Width() int                                               { return 1 }
func (f follower) Phases() flow.Phase                                       { return f.phase }
func (f follower) Start(state []float64)                                    { clear(state) }

func (f follower) Step(state []float64, m *flow.Moment, out, _ []float64) {
	for l := range flow.Lanes {
		out[l] = f.slope*(m.Price[l]-1) - state[l]
		state[l] += out[l]
	}
}

// gone is a participant that cannot run.
type gone struct{}

func (gone) Name() string { return "gone" }
func (gone) Compile(context.Context, *flow.Env) (flow.Program, error) {
	return nil, &evidence.Absent{Code: "no_chain"}
}

// state makes a State after the day with bars of the given closes, the first of which opens at open.
func state(t testing.TB, open float64, closes []float64) (before, after *market.State) {
	t.Helper()
	s, err := calendar.NYSE().Session(day)
	if err != nil {
		t.Fatal(err)
	}
	b := &market.Bars{Instrument: "SPX", Interval: 5 * time.Minute, Origin: market.Origin{File: "x.csv", Format: "bars", Grade: evidence.Observed, KnownAt: "bar_end"}}
	last := open
	for i, c := range closes {
		at := s.Open.Add(time.Duration(i) * 5 * time.Minute).Unix()
		b.Begin, b.Known = append(b.Begin, at), append(b.Known, at+300)
		b.Open, b.Close = append(b.Open, last), append(b.Close, c)
		b.High, b.Low = append(b.High, math.Max(last, c)), append(b.Low, math.Min(last, c))
		b.Volume, b.Line = append(b.Volume, 1), append(b.Line, int32(i+2))
		last = c
	}
	var book market.Book
	book.Add(market.Dataset{Bars: b})
	return book.AsOf(s.Open.Add(-time.Minute)), book.AsOf(s.Close.Add(time.Hour))
}

func run(t testing.TB, open float64, closes []float64, models ...flow.Model) *Replay {
	t.Helper()
	before, after := state(t, open, closes)
	r, err := Run(t.Context(), Input{
		Before: before, After: after, Day: day, Instrument: "SPX", Price: 100, Models: models, Assume: assumption.Default(),
		Levels: []Level{{"cta_short", 99.5}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestTheForcedFlowIsTheRuleOnThePathThatHappened(t *testing.T) {
	closes := []float64{101, 102, 100, 98, 99}
	r := run(t, 101, closes, follower{"trend", 10, flow.Tick}, gone{})
	if len(r.Players) != 1 || len(r.Missing) != 1 || r.Missing[0].Name != "gone" {
		t.Fatalf("players %+v, missing %+v", r.Players, r.Missing)
	}
	// By hand: the units held after each bar are ten times the move, each order at the bar's price.
	held, usd := 0.0, 0.0
	if r.Players[0].USD[0] != 0 {
		t.Errorf("an order before the first tick: %v", r.Players[0].USD[0])
	}
	for i, c := range closes {
		want := 10 * (c/100 - 1)
		usd += (want - held) * c
		held = want
		if got := r.Players[0].USD[i+1]; !(math.Abs(got-usd) < 1e-9) {
			t.Errorf("after bar %d: %v dollars, want %v", i, got, usd)
		}
	}
}

func TestOrdersOfTheCloseComeAfterTheLastBar(t *testing.T) {
	r := run(t, 101, []float64{101, 102, 103, 102, 104}, follower{"fund", 10, flow.Close})
	n := len(r.At)
	if got := r.Players[0].USD[n-2]; got != 0 {
		t.Errorf("%v dollars before the auction", got)
	}
	if got, want := r.Players[0].USD[n-1], 10*0.04*104; !(math.Abs(got-want) < 1e-9) {
		t.Errorf("%v dollars in the auction, want %v", got, want)
	}
	if !r.At[n-1].Equal(r.At[n-2].Truncate(0)) && r.At[n-1].Before(r.At[n-2]) {
		t.Error("the auction comes before the last bar")
	}
}

// The parts add up: moves to the day's, points of the participants and what is left to the part's.
func TestThePartsOfTheDayAddUp(t *testing.T) {
	rapid.Check(t, func(q *rapid.T) {
		closes := make([]float64, rapid.IntRange(4, 30).Draw(q, "bars"))
		for i := range closes {
			closes[i] = rapid.Float64Range(95, 105).Draw(q, "close")
		}
		open := rapid.Float64Range(97, 103).Draw(q, "open")
		r := run(t, open, closes, follower{"a", 3e9, flow.Tick}, follower{"b", -1e9, flow.Tick | flow.Close})
		move, base := 0.0, r.Close
		for _, p := range r.Parts {
			move += p.Move
			points := base * math.Expm1(p.Move)
			for l := range r.Laws {
				sum := p.Left[l]
				for _, v := range p.Points[l] {
					sum += v
				}
				if !(math.Abs(sum-points) < 1e-9*r.Close) {
					q.Fatalf("%s, %s: %v points, parts sum to %v", p.Key, r.Laws[l], points, sum)
				}
			}
			base *= math.Exp(p.Move)
		}
		if want := math.Log(closes[len(closes)-1] / r.Close); !(math.Abs(move-want) < 1e-12) {
			q.Fatalf("parts move by %v, the day by %v", move, want)
		}
		for i, p := range r.Players {
			sum := 0.0
			for _, part := range r.Parts {
				sum += part.USD[i]
			}
			if !(math.Abs(sum-p.Total) <= 1e-9*(1+math.Abs(p.Total))) {
				q.Fatalf("%s: parts sum to %v dollars, the day to %v", p.Name, sum, p.Total)
			}
		}
	})
}

func TestACrossingHoldsWhenTwoMoreBarsStayBeyond(t *testing.T) {
	f := func(closes []float64, want ...bool) {
		t.Helper()
		r := run(t, 100, closes)
		var got []bool
		for _, c := range r.Crossings {
			got = append(got, c.Held)
		}
		if len(got) != len(want) {
			t.Fatalf("%v: %d crossings, want %d", closes, len(got), len(want))
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%v: crossing %d held %v, want %v", closes, i, got[i], want[i])
			}
		}
	}
	f([]float64{100, 100, 100, 100})
	f([]float64{99, 99, 99, 99, 99}, true)
	f([]float64{99, 100, 100, 100, 100}, false, true)
	f([]float64{100, 100, 100, 100, 99}, false) // nobody knows whether it held
}

// While bars lack nobody knows on which side the price stood, so that an alert that was pending starts anew;
// the passage stays one.
func TestACrossingAmidMissingBarsIsOneAndHoldsByWhatIsSeen(t *testing.T) {
	start := time.Date(2031, 3, 13, 13, 30, 0, 0, time.UTC)
	at := func(minutes ...int) (out []time.Time) {
		for _, m := range minutes {
			out = append(out, start.Add(time.Duration(m)*time.Minute))
		}
		return out
	}
	f := func(minutes []int, price []float64, held bool) {
		t.Helper()
		got := crossings([]Level{{Kind: "x", Price: 100}}, 101, at(minutes...), price, 5*time.Minute)
		if len(got) != 1 || got[0].Up || got[0].Held != held {
			t.Errorf("%v: %+v", minutes, got)
		}
	}
	f([]int{0, 5, 10, 15}, []float64{101, 99, 99, 99}, true)
	f([]int{0, 5, 30}, []float64{101, 99, 99}, false)                 // an hour later it is there again: who knows
	f([]int{0, 5, 30, 35, 40}, []float64{101, 99, 99, 99, 99}, true)  // three bars in a row after the gap
	f([]int{0, 5, 30, 35}, []float64{101, 99, 99, 99}, false)         // two
	f([]int{0, 5, 10, 30, 35}, []float64{101, 99, 99, 99, 99}, false) // two before it and two after it
}

func TestADayWithoutBarsSaysSo(t *testing.T) {
	before, _ := state(t, 100, []float64{100, 100, 100, 100})
	_, err := Run(t.Context(), Input{Before: before, After: before, Day: day, Instrument: "SPX", Price: 100, Assume: assumption.Default()})
	var a *evidence.Absent
	if !errors.As(err, &a) || a.Code != "no_intraday_bars" {
		t.Errorf("error %v", err)
	}
	if _, err := Run(t.Context(), Input{Before: before, After: before, Day: day + 3, Instrument: "SPX", Price: 100, Assume: assumption.Default()}); err == nil {
		t.Error("a Saturday was replayed")
	}
}

// What participants do depends on the evening before and on the path up to the bar, not on what follows.
func TestABarKnowsNoLaterBar(t *testing.T) {
	a := run(t, 101, []float64{101, 102, 100, 98, 99, 100}, follower{"trend", 10, flow.Tick})
	b := run(t, 101, []float64{101, 102, 100, 104, 105, 106}, follower{"trend", 10, flow.Tick})
	for i := range 4 {
		if a.Players[0].USD[i] != b.Players[0].USD[i] {
			t.Errorf("bar %d: %v and %v", i, a.Players[0].USD[i], b.Players[0].USD[i])
		}
	}
}

func TestHowRareADayIs(t *testing.T) {
	b := &market.Bars{Instrument: "SPY", Interval: market.Day, Origin: market.Origin{File: "x.csv", Format: "bars", Grade: evidence.Observed, KnownAt: "session_close"}}
	add := func(d calendar.Date, open, close float64) {
		at := int64(d) * 86400
		b.Begin, b.Known = append(b.Begin, at), append(b.Known, at+21*3600)
		b.Open, b.Close = append(b.Open, open), append(b.Close, close)
		b.High, b.Low = append(b.High, math.Max(open, close)), append(b.Low, math.Min(open, close))
		b.Volume, b.Line = append(b.Volume, 1), append(b.Line, int32(len(b.Line)+2))
	}
	add(day-6, 100, 100)
	add(day-5, 101.5, 98) // up 1.5 %, down 2 %: like the day
	add(day-2, 99.9, 98)  // up 1.9 %, flat: opened so, did not fall
	add(day-1, 98, 100)   //
	add(day, 101.4, 98.4) // the day: up 1.4 %, down 1.6 %
	var book market.Book
	book.Add(market.Dataset{Bars: b})
	r, err := rarity(book.AsOf(time.Unix(int64(day+1)*86400, 0)), day, "SPX", assumption.Default())
	if err != nil {
		t.Fatal(err)
	}
	if r.AtGap != 0.0135 || r.Days != 4 || r.Gaps != 3 || len(r.Falls) != 2 || r.Falls[0] != day-5 || r.Falls[1] != day {
		t.Errorf("%+v", r)
	}
	if r.Earlier != 1 || len(r.Readings) != 4 || r.Readings[0].Earlier != 1 {
		t.Errorf("readings %+v", r.Readings)
	}
	for _, l := range r.Readings[2:] {
		if l.Absent == nil {
			t.Errorf("%s is counted without bars of the index", l.Key)
		}
	}
}

// A definition of such a day decides the count: closing down at all is more common than closing far down, and
// the index counts only where its opens are its own.
func TestTheDefinitionOfSuchADayDecidesTheCount(t *testing.T) {
	bars := func(id string) *market.Bars {
		return &market.Bars{Instrument: id, Interval: market.Day, Origin: market.Origin{File: id + ".csv", Format: "bars", Grade: evidence.Observed, KnownAt: "session_close"}}
	}
	add := func(b *market.Bars, date string, open, close float64) {
		d, err := calendar.ParseDate(date)
		if err != nil {
			t.Fatal(err)
		}
		at := int64(d) * 86400
		b.Begin, b.Known = append(b.Begin, at), append(b.Known, at+21*3600)
		b.Open, b.Close = append(b.Open, open), append(b.Close, close)
		b.High, b.Low = append(b.High, math.Max(open, close)), append(b.Low, math.Min(open, close))
		b.Volume, b.Line = append(b.Volume, 1), append(b.Line, int32(len(b.Line)+2))
	}
	fund, index := bars("SPY"), bars("SPX")
	for _, x := range []struct {
		date                    string
		open, close, iOpen, end float64
	}{
		{"2022-03-01", 100, 100, 100, 100},
		{"2022-03-02", 102, 98, 100, 98}, // the index's open is a copy: its year does not count
		{"2022-03-03", 98, 100, 98, 100},
		{"2023-03-01", 100.5, 100, 100.4, 100},
		{"2023-03-02", 102, 99.5, 101.4, 99.4}, // turned on both, not far
		{"2023-03-03", 99, 100, 99, 100},
		{"2024-03-19", 102, 98, 101, 98}, // far down on the fund; the index opened too low for it
		{"2024-03-20", 100, 96, 99.5, 96},
	} {
		add(fund, x.date, x.open, x.close)
		add(index, x.date, x.iOpen, x.end)
	}
	var book market.Book
	book.Add(market.Dataset{Bars: fund}, market.Dataset{Bars: index})
	r, err := rarity(book.AsOf(time.Unix(int64(day+1)*86400, 0)), day, "SPX", assumption.Default())
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int{"fund": 2, "fund_turned": 3, "index": 0, "index_turned": 1}
	for _, l := range r.Readings {
		if l.Earlier != want[l.Key] || l.Absent != nil {
			t.Errorf("%s: %d earlier days %v, want %d", l.Key, l.Earlier, l.Falls, want[l.Key])
		}
	}
	if from := r.Readings[2].From.String(); from != "2023-03-01" {
		t.Errorf("opens of the index count from %s", from)
	}
}

func BenchmarkRun(b *testing.B) {
	closes := make([]float64, 390/5)
	for i := range closes {
		closes[i] = 100 + math.Sin(float64(i))
	}
	before, after := state(b, 100, closes)
	var models []flow.Model
	for _, n := range []string{"a", "b", "c", "d", "e", "f"} {
		models = append(models, follower{n, 1e9, flow.Tick})
	}
	for b.Loop() {
		if _, err := Run(b.Context(), Input{Before: before, After: after, Day: day, Instrument: "SPX", Price: 100, Models: models, Assume: assumption.Default()}); err != nil {
			b.Fatal(err)
		}
	}
}
