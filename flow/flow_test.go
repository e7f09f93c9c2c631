package flow_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"
	"time"

	"faultline/assumption"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/flow"
	"faultline/flow/flowtest"
	"faultline/market"
)

// Three small participants show that the interface fits the three kinds that differ most: one whose
// position is a function of price and time (a dealer), one whose position depends on the path and is
// traded over the sessions that follow (a trend follower), and one that is liquidated once and never
// comes back, partly without touching the market (leveraged perpetual positions). They are tests of the
// interface; the real ones live in their own packages.

// delta holds minus gamma units for each unit of relative price, and lets an expiry roll off.
type delta struct {
	gamma  float64
	expiry time.Time
	at     []time.Time
}

func (d delta) Name() string { return "delta" }

func (d delta) Compile(_ context.Context, e *flow.Env) (flow.Program, error) {
	if _, err := e.State.Daily("SPX"); err != nil {
		return nil, err
	}
	for _, s := range e.Timeline.Slots {
		d.at = append(d.at, s.At)
	}
	return d, nil
}

func (d delta) Width() int            { return 1 }
func (d delta) Phases() flow.Phase    { return flow.Tick | flow.Open | flow.Close | flow.Settle }
func (d delta) Start(state []float64) { clear(state) }
func (d delta) Step(state []float64, m *flow.Moment, out, moved []float64) {
	gone := !d.at[m.Slot].Before(d.expiry)
	for l := range flow.Lanes {
		want := d.gamma * (m.Price[l] - 1)
		if gone {
			want = 0
		}
		change := want - state[l]
		if m.Phase == flow.Settle {
			moved[l] += change
		} else {
			if gone {
				continue // the hedge of what has expired leaves at settlement, not in the market
			}
			out[l] += change
		}
		state[l] = want
	}
}

// trend holds its whole limit long above an average of past closes and short below it, and trades half
// of the gap at each opening.
type trend struct{ limit float64 }

func (d trend) Name() string { return "trend" }

func (d trend) Compile(_ context.Context, e *flow.Env) (flow.Program, error) {
	if _, err := e.State.Daily("SPX"); err != nil {
		return nil, err
	}
	return d, nil
}

func (d trend) Width() int         { return 3 } // position, average, target
func (d trend) Phases() flow.Phase { return flow.Open | flow.Close }

func (d trend) Start(state []float64) {
	for l := range flow.Lanes {
		state[l], state[flow.Lanes+l], state[2*flow.Lanes+l] = d.limit, 0.99, d.limit
	}
}

func (d trend) Step(state []float64, m *flow.Moment, out, _ []float64) {
	for l := range flow.Lanes {
		average, target := &state[flow.Lanes+l], &state[2*flow.Lanes+l]
		if m.Phase == flow.Close {
			*average += (m.Price[l] - *average) / 20
			*target = math.Copysign(d.limit, m.Price[l]-*average)
			continue
		}
		trade := (*target - state[l]) / 2
		state[l] += trade
		out[l] += trade
	}
}

// leveraged is a long position that the exchange sells when price falls through its bound: nine tenths
// into the book, one tenth handed to a counterparty.
type leveraged struct{ size, bound float64 }

func (d leveraged) Name() string { return "leveraged" }

func (d leveraged) Compile(_ context.Context, e *flow.Env) (flow.Program, error) {
	if _, err := e.State.Daily("SPX"); err != nil {
		return nil, err
	}
	return d, nil
}

func (d leveraged) Width() int         { return 1 }
func (d leveraged) Phases() flow.Phase { return flow.Tick }

func (d leveraged) Start(state []float64) {
	for l := range flow.Lanes {
		state[l] = d.size
	}
}

func (d leveraged) Step(state []float64, m *flow.Moment, out, moved []float64) {
	for l := range flow.Lanes {
		if m.Price[l] < d.bound && state[l] > 0 {
			handed := state[l] * 0.1
			moved[l] -= handed
			out[l] -= state[l] - handed
			state[l] = 0
		}
	}
}

var start = time.Date(2025, time.November, 19, 21, 0, 0, 0, time.UTC) // the close of a Wednesday

func env(t testing.TB, sessions int) *flow.Env {
	t.Helper()
	bars := &market.Bars{Instrument: "SPX", Interval: market.Day}
	bars.Append(start.Unix()-start.Unix()%86400, start.Unix(), 100, 101, 99, 100, market.Missing, 1)
	book := &market.Book{}
	book.Add(market.Dataset{Bars: bars})
	line, err := flow.Sessions(calendar.NYSE(), start, sessions)
	if err != nil {
		t.Fatal(err)
	}
	return &flow.Env{
		State: book.AsOf(start), Assume: assumption.Default(), Timeline: line, Memo: &flow.Memo{},
		Assets: []flow.Asset{{ID: "SPX", Price: 100, LastClose: 100}},
	}
}

func TestTheInterfaceFitsADealerATrendFollowerAndALiquidationEngine(t *testing.T) {
	e := env(t, 3)
	empty := func(e flow.Env) *flow.Env { return &e }
	t.Run("dealer", func(t *testing.T) {
		flowtest.Run(t, flowtest.Case{Model: delta{gamma: -500, expiry: e.Timeline.Slots[5].At}, Env: e})
		flowtest.Run(t, flowtest.Case{Model: delta{}, Env: e, Empty: empty})
	})
	t.Run("trend", func(t *testing.T) {
		flowtest.Run(t, flowtest.Case{Model: trend{limit: 1000}, Env: e})
		flowtest.Run(t, flowtest.Case{Model: trend{}, Env: e, Empty: empty})
	})
	t.Run("leveraged", func(t *testing.T) {
		flowtest.Run(t, flowtest.Case{Model: leveraged{size: 10, bound: 0.95}, Env: e})
		flowtest.Run(t, flowtest.Case{Model: leveraged{}, Env: e, Empty: empty})
	})
}

func TestALadderReadsTheOrdersOfEachRung(t *testing.T) {
	e := env(t, 1)
	rungs := []float64{0.9, 0.96, 1, 1.1}
	var paths []flow.Path
	for _, p := range rungs {
		paths = append(paths, flow.Hold(0, p))
	}
	models := []flow.Model{leveraged{size: 10, bound: 0.95}, delta{gamma: 20, expiry: start.AddDate(1, 0, 0)}}
	got, err := flow.RunPaths(t.Context(), e, models, paths, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	// The liquidation sells nine of ten units at 90 points: 810 dollars. The other tenth bypasses the market.
	want := [][]float64{{-9 * 90, 0, 0, 0}, {20 * -0.1 * 90, 20 * -0.04 * 96, 0, 20 * 0.1 * 110}}
	for i := range want {
		for j := range rungs {
			if !(math.Abs(got.Players[i].USD[j]-want[i][j]) < 1e-9) {
				t.Errorf("%s at %v trades %v dollars, want %v", got.Players[i].Name, rungs[j], got.Players[i].USD[j], want[i][j])
			}
		}
	}
	if got.Players[0].StartUSD != 1000 {
		t.Errorf("position at the start is %v dollars, want 1000", got.Players[0].StartUSD)
	}
}

func TestAResultDoesNotDependOnHowManyRungsAreAsked(t *testing.T) {
	e := env(t, 3)
	models := []flow.Model{trend{limit: 1000}}
	all := make([]flow.Path, 75) // more than two blocks of lanes
	for i := range all {
		all[i] = flow.Hold(0, 0.8+0.005*float64(i))
	}
	whole, err := flow.RunPaths(t.Context(), e, models, all, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	for i := range all {
		one, err := flow.RunPaths(t.Context(), e, models, all[i:i+1], 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		if one.Players[0].USD[0] != whole.Players[0].USD[i] {
			t.Fatalf("rung %d trades %v alone and %v among all", i, one.Players[0].USD[0], whole.Players[0].USD[i])
		}
	}
}

// liar reports orders that are not the change of its position.
type liar struct{ leveraged }

func (d liar) Compile(context.Context, *flow.Env) (flow.Program, error) { return d, nil }

func (d liar) Step(state []float64, m *flow.Moment, out, moved []float64) {
	d.leveraged.Step(state, m, out, moved)
	out[0]++
}

func TestAnOrderThatIsNotAChangeOfPositionIsFound(t *testing.T) {
	e := env(t, 1)
	_, err := flow.RunPaths(t.Context(), e, []flow.Model{liar{leveraged{size: 10, bound: 0.5}}}, []flow.Path{flow.Hold(0, 1)}, 0, 0)
	var entry *flow.DoubleEntryError
	if !errors.As(err, &entry) {
		t.Fatalf("got %v, want a DoubleEntryError", err)
	}
}

// runaway stops being finite below a price.
type runaway struct{ leveraged }

func (d runaway) Compile(context.Context, *flow.Env) (flow.Program, error) { return d, nil }

func (d runaway) Step(state []float64, m *flow.Moment, out, _ []float64) {
	for l := range flow.Lanes {
		x := math.Log(m.Price[l]-0.9) - math.Log(1-0.9)
		out[l] += x - state[l] + d.size
		state[l] = x + d.size
	}
}

func TestARunawayLaneIsHaltedAndCountedAndHarmsNoOther(t *testing.T) {
	e := env(t, 1)
	got, err := flow.RunPaths(t.Context(), e, []flow.Model{runaway{leveraged{size: 1}}},
		[]flow.Path{flow.Hold(0, 1), flow.Hold(0, 0.8)}, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	if got.Halted != 1 || got.Players[0].USD[1] != 0 || !(math.Abs(got.Players[0].USD[0]) < 1e-12) {
		t.Fatalf("halted %d, orders %v", got.Halted, got.Players[0].USD)
	}
}

func TestAnAbsentModelIsNamedWithItsReasonAndTheOthersRun(t *testing.T) {
	e := env(t, 1)
	e.State = new(market.Book).AsOf(start)
	got, err := flow.RunPaths(t.Context(), e, []flow.Model{trend{limit: 1}, liarFree{}}, []flow.Path{flow.Hold(0, 1)}, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Absent) != 1 || got.Absent[0].Name != "trend" || got.Absent[0].Absent.Code != "no_bars" || len(got.Players) != 1 {
		t.Fatalf("got %+v", got)
	}
}

type liarFree struct{ leveraged }

func (liarFree) Name() string { return "idle" }

func (d liarFree) Compile(context.Context, *flow.Env) (flow.Program, error) { return d, nil }

func TestTheTimelineOfAnOpenSessionStartsInIt(t *testing.T) {
	noon := time.Date(2025, time.November, 20, 17, 0, 0, 0, time.UTC)
	line, err := flow.Sessions(calendar.NYSE(), noon, 2)
	if err != nil {
		t.Fatal(err)
	}
	var phases []flow.Phase
	for _, s := range line.Slots {
		phases = append(phases, s.Phase)
	}
	want := []flow.Phase{flow.Tick, flow.Tick, flow.Close, flow.Settle, flow.Open, flow.Settle, flow.Tick, flow.Close, flow.Settle}
	if len(phases) != len(want) {
		t.Fatalf("phases %v, want %v", phases, want)
	}
	for i := range want {
		if phases[i] != want[i] {
			t.Fatalf("phases %v, want %v", phases, want)
		}
	}
	// Noon is 2.5 of 6.5 hours into the session.
	if f := line.Slots[1].Frac; !(math.Abs(f-4/6.5) < 1e-12) {
		t.Errorf("the rest of the session is %v of it, want %v", f, 4/6.5)
	}
	if line.Dates[0].String() != "2025-11-20" || line.Dates[1].String() != "2025-11-21" {
		t.Errorf("sessions %v", line.Dates)
	}
}

func TestARampReachesItsEndInEqualLogSteps(t *testing.T) {
	line, err := flow.Sessions(calendar.NYSE(), start, 5)
	if err != nil {
		t.Fatal(err)
	}
	path := flow.Ramp(line, 0, 0.95, func(int) float64 { return 2 })
	for i, s := range line.Slots {
		done := float64(s.Session)
		if i > 0 && s.Phase != flow.Open && !(s.Phase == flow.Settle && line.Slots[i-1].Phase == flow.Open) {
			done++
		}
		if i == 0 {
			done = 0
		}
		want := math.Pow(0.95, done/5)
		if !(math.Abs(path(i, 0)-want) < 1e-14) || !(math.Abs(path(i, 1)-want*want) < 1e-14) {
			t.Errorf("slot %d (%v): price %v and %v, want %v and %v", i, s.Phase, path(i, 0), path(i, 1), want, want*want)
		}
	}
}

// share is a dealer whose gamma is an assumption that draws vary.
type share struct{ delta }

func (share) Name() string { return "share" }

func (d share) Compile(ctx context.Context, e *flow.Env) (flow.Program, error) {
	d.gamma = 100 * e.Assume.Value("dealer.puts_short")
	d.expiry = start.AddDate(1, 0, 0)
	return d.delta.Compile(ctx, e)
}

func TestDrawsGiveABandAroundEachRung(t *testing.T) {
	e := env(t, 1)
	paths := []flow.Path{flow.Hold(0, 1.1), flow.Hold(0, 1), flow.Hold(0, 0.9)}
	const draws = 8000
	got, err := flow.RunPaths(t.Context(), e, []flow.Model{share{}}, paths, draws, 7)
	if err != nil {
		t.Fatal(err)
	}
	again, err := flow.RunPaths(t.Context(), e, []flow.Model{share{}}, paths, draws, 7)
	if err != nil {
		t.Fatal(err)
	}
	// The share is drawn from the triangular distribution on 0 to 1 with mode 1, whose quantile at p is √p.
	// A jump of +10 % buys 10 units at 110 points for a share of 1; the 5 % quantile of 8000 draws has a standard error of 0.0055.
	p := got.Players[0]
	for j, full := range []float64{1100, 0, -900} {
		low, high := full*math.Sqrt(0.05), full*math.Sqrt(0.95)
		if full < 0 {
			low, high = high, low
		}
		if !(math.Abs(p.USD[j]-full) < 1e-9) || !(math.Abs(p.Low[j]-low) <= 0.02*math.Abs(full)) || !(math.Abs(p.High[j]-high) <= 0.02*math.Abs(full)) {
			t.Errorf("rung %d: %v dollars, %v to %v, want %v, %v to %v", j, p.USD[j], p.Low[j], p.High[j], full, low, high)
		}
		if got.Low[j] != p.Low[j] || got.High[j] != p.High[j] {
			t.Errorf("rung %d: with one player the total's band %v to %v must be his", j, got.Low[j], got.High[j])
		}
		if again.Players[0].Low[j] != p.Low[j] {
			t.Errorf("rung %d: the same seed gives another band", j)
		}
	}
}

func TestAnAbsenceIsFoundBehindAWrappedError(t *testing.T) {
	var absent *evidence.Absent
	if err := fmt.Errorf("compile: %w", &evidence.Absent{Code: "x"}); !errors.As(err, &absent) || absent.Code != "x" {
		t.Fatal("an absence must be found through errors.As")
	}
}

func TestQuantilesInterpolateBetweenOrderStatistics(t *testing.T) {
	if q := flow.Quantile([]float64{1, 2, 3, 4, 5}, 0.05); !(math.Abs(q-1.2) < 1e-12) { // 1 + 0.05·4
		t.Errorf("5 %% quantile of 1…5 is %v, want 1.2", q)
	}
	if q := flow.Quantile([]float64{7}, 0.95); q != 7 {
		t.Errorf("quantile of one value is %v", q)
	}
}
