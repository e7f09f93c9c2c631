package cascade_test

import (
	"errors"
	"math"
	"reflect"
	"runtime"
	"slices"
	"testing"

	"faultline/cascade"
	"faultline/flow"
	"faultline/impact"
)

// setup is one asset in minutes for a session, with a law of which a dollar moves the price by 1/cap1.
func setup(t testing.TB, sessions, ticks int, vol float64, models ...flow.Model) *cascade.Setup {
	t.Helper()
	e := env(t, sessions)
	line, err := cascade.Minutes(e.Timeline, ticks)
	if err != nil {
		t.Fatal(err)
	}
	e.Timeline = line
	return &cascade.Setup{
		Env: e, Players: compile(t, e, models...), Curves: []impact.Curve{straight(t)}, Cross: impact.Own(1),
		Decay:      impact.Lasting(),
		Noise:      cascade.Noise{Vol: []float64{vol}, Loading: []float64{1}, Corr: []float64{1}, Overnight: 0.25},
		Elasticity: 0, Memory: 16,
	}
}

func run(t testing.TB, s *cascade.Setup, o cascade.Options, shards int) *cascade.Outcome {
	t.Helper()
	m, err := cascade.New(s, o)
	if err != nil {
		t.Fatal(err)
	}
	out, err := m.Run(t.Context(), shards)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func everyone(s *cascade.Setup) []bool {
	in := make([]bool, len(s.Players))
	for i := range in {
		in[i] = true
	}
	return in
}

func TestWithoutNoiseTheSimulationComesToTheClosedFormOfALinearLoop(t *testing.T) {
	for _, g := range []float64{-0.8, 0, 0.3, 0.7} {
		s := setup(t, 1, 390, 1e-12, linearPlayer{name: "one", usd: g * cap1})
		out := run(t, s, cascade.Options{Paths: 32, Cases: []cascade.Case{{Players: everyone(s), Shock: []float64{-0.03}}}}, 1)
		// 390 ticks leave g^390 of the way to go; the noise has a standard deviation of 1e-12.
		if want := -0.03 / (1 - g); !(math.Abs(out.Moves[0].Mean-want) < 1e-11) || out.Halted[0] != 0 {
			t.Errorf("gain %v: %v, want %v; %d halted", g, out.Moves[0].Mean, want, out.Halted)
		}
	}
}

func TestAnAuctionIsSolvedToItsFixedPoint(t *testing.T) {
	// A participant that trades at the close only: the auction alone has to find 1/(1−g). Eight trials
	// leave 0.1^8 of the move.
	s := setup(t, 1, 10, 1e-12, linearPlayer{name: "one", usd: 0.1 * cap1, phases: flow.Close})
	out := run(t, s, cascade.Options{Paths: 32, Cases: []cascade.Case{{Players: everyone(s), Shock: []float64{-0.03}}}}, 1)
	if want := -0.03 / 0.9; !(math.Abs(out.Moves[0].Mean-want) < 1e-9) {
		t.Errorf("%v, want %v", out.Moves[0].Mean, want)
	}
}

func TestALoopThatRunsAwayIsHaltedAndCountedAndHarmsNoOtherCase(t *testing.T) {
	s := setup(t, 1, 390, 0.01, linearPlayer{name: "wild", usd: 2 * cap1}, linearPlayer{name: "tame", usd: -0.2 * cap1})
	both := []cascade.Case{
		{Players: []bool{true, false}, Shock: []float64{-0.03}},
		{Players: []bool{false, true}, Shock: []float64{-0.03}},
	}
	out := run(t, s, cascade.Options{Paths: 100, Cases: both, Details: []int{0}}, 1)
	alone := run(t, s, cascade.Options{Paths: 100, Cases: both[1:]}, 1)
	if out.Halted[0] != 100 || out.Halted[1] != 0 || out.Moves[1] != alone.Moves[0] {
		t.Errorf("%d lanes halted, want all 100 of the wild one; the tame one %v beside it, %v alone", out.Halted, out.Moves[1], alone.Moves[0])
	}
	for _, q := range out.Details[0].Quantile {
		if !(math.Abs(q) < 60) {
			t.Errorf("quantile %v", q)
		}
	}
}

func TestWithoutParticipantsAndShockTheMovesAreTheNoiseAsked(t *testing.T) {
	s := setup(t, 5, 39, 0.012)
	const n = 20000
	s.Noise.NewsRate, s.Noise.NewsSize = 0.1, 2
	out := run(t, s, cascade.Options{Paths: n, Seed: 3, Cases: []cascade.Case{{Players: []bool{}, Shock: []float64{0}}}, Details: []int{0}}, 4)
	sd := 0.012 * math.Sqrt(5)
	if m := out.Moves[0]; !(math.Abs(m.Mean) < 5*m.Error) || !(math.Abs(m.Error*math.Sqrt(n)/sd-1) < 0.03) {
		t.Errorf("mean %v ± %v, want 0 with a standard deviation of %v", m.Mean, m.Error, sd)
	}
}

// What is kept path by path is what the moments were taken of, in any number of shards.
func TestFinalMovesThatAreKeptHaveTheMeanThatIsStated(t *testing.T) {
	s := setup(t, 2, 13, 0.012)
	o := cascade.Options{Paths: 1000, Seed: 3, Cases: []cascade.Case{{Players: []bool{}, Shock: []float64{0}}, {Players: []bool{}, Shock: []float64{-0.02}}}, Kept: []int{1}}
	out := run(t, s, o, 7)
	if len(out.Final) != 1 || len(out.Final[0]) != 1 || len(out.Final[0][0]) != o.Paths {
		t.Fatalf("%d cases kept", len(out.Final))
	}
	sum := 0.0
	for _, x := range out.Final[0][0] {
		sum += x
	}
	// Moments are kept in fixed point with 50 bits behind it.
	if mean := sum / float64(o.Paths); !(math.Abs(mean-out.Moves[1].Mean) < 1e-12) {
		t.Errorf("mean of what is kept %v, stated %v", mean, out.Moves[1].Mean)
	}
	if again := run(t, s, o, 1); !slices.Equal(again.Final[0][0], out.Final[0][0]) {
		t.Error("another number of shards keeps other paths")
	}
}

func TestLevelsAreTouchedAsOftenAsTheReflectionPrincipleSays(t *testing.T) {
	s := setup(t, 1, 390, 0.012)
	s.Noise.Overnight = 0
	const n = 20000
	out := run(t, s, cascade.Options{Paths: n, Seed: 4, Cases: []cascade.Case{{Players: []bool{}, Shock: []float64{0}}}, Details: []int{0}, Levels: []float64{-0.02, 0.015}}, 4)
	for i, level := range []float64{0.02, 0.015} {
		// Looking 390 times moves the barrier out by 0.5826·σ√dt (Broadie, Glasserman and Kou 1997).
		want := math.Erfc((level + 0.5826*0.012/math.Sqrt(390)) / 0.012 / math.Sqrt2)
		if got := out.Details[0].Touch[i]; !(math.Abs(got-want) < 5*math.Sqrt(want*(1-want)/n)) {
			t.Errorf("%v touched by %v, want %v", level, got, want)
		}
	}
}

func TestTheSameSeedGivesTheSameBytesWithAnyNumberOfShardsAndCores(t *testing.T) {
	s := setup(t, 2, 26, 0.01, linearPlayer{name: "one", usd: 0.4 * cap1}, worker{linearPlayer{name: "late", usd: 0.3 * cap1}})
	o := cascade.Options{
		Paths: 1000, Seed: 11, Details: []int{0}, Levels: []float64{-0.02, 0.02}, Sums: [][]float64{{1, -1}},
		Cases: []cascade.Case{{Players: everyone(s), Shock: []float64{-0.02}}, {Players: []bool{true, false}, Shock: []float64{-0.02}}},
	}
	one := run(t, s, o, 1)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, cores := range []int{1, 2} {
		runtime.GOMAXPROCS(cores)
		for _, shards := range []int{1, 2, 3, 7, 100} {
			if got := run(t, s, o, shards); !reflect.DeepEqual(got, one) {
				t.Errorf("%d shards on %d cores give another outcome", shards, cores)
			}
		}
	}
	o.Seed++
	if reflect.DeepEqual(run(t, s, o, 1), one) {
		t.Error("another seed gives the same outcome")
	}
}

func TestAPlayerWithoutAssetsChangesNoByteOfASimulation(t *testing.T) {
	options := func(s *cascade.Setup) cascade.Options {
		return cascade.Options{Paths: 200, Seed: 5, Cases: []cascade.Case{{Players: everyone(s), Shock: []float64{-0.02}}}, Details: []int{0}}
	}
	build := func(models ...flow.Model) *cascade.Outcome {
		s := setup(t, 2, 26, 0.01, models...)
		s.Elasticity = 1
		s.Decay = impact.Propagator{Permanent: 0.3, Fast: 0.4, FastSessions: 0.5, SlowSessions: 10}
		return run(t, s, options(s), 2)
	}
	late := worker{linearPlayer{name: "late", usd: 0.5 * cap1}}
	without := build(late)
	with := build(late, linearPlayer{name: "none"})
	with.Details[0].Players = with.Details[0].Players[:1]
	if !reflect.DeepEqual(with, without) {
		t.Errorf("%+v with, %+v without", with.Moves, without.Moves)
	}
}

// liar reports orders that are not the change of its position.
type liar struct{ linearPlayer }

func (p liar) Compile(_ ctx, e *flow.Env) (flow.Program, error) {
	p.assets, p.price, p.phases = len(e.Assets), e.Assets[0].Price, flow.Tick
	return p, nil
}

func (p liar) Step(state []float64, m *flow.Moment, out, moved []float64) {
	p.linearPlayer.Step(state, m, out, moved)
	out[3] += 1e-6 * (1 + math.Abs(out[3]))
}

func TestDoubleEntryIsHeldAtEveryStep(t *testing.T) {
	s := setup(t, 1, 10, 0.01, liar{linearPlayer{name: "liar", usd: cap1}})
	m, err := cascade.New(s, cascade.Options{Paths: 1, Cases: []cascade.Case{{Players: everyone(s), Shock: []float64{0}}}})
	if err != nil {
		t.Fatal(err)
	}
	var entry *flow.DoubleEntryError
	if _, err := m.Run(t.Context(), 1); !errors.As(err, &entry) || entry.Player != "liar" || entry.Lane != 3 {
		t.Fatalf("%v", err)
	}
}

// tabled is the linear player as a memoryless one.
type tabled struct{ linearPlayer }

func (p tabled) Compile(c ctx, e *flow.Env) (flow.Program, error) {
	x, err := p.linearPlayer.Compile(c, e)
	return tabled{x.(linearPlayer)}, err
}

func (tabled) Memoryless() bool { return true }

func TestAMemorylessPlayerReadFromItsTableTradesAsIfItWereStepped(t *testing.T) {
	f := func(m flow.Model) *cascade.Outcome {
		s := setup(t, 2, 26, 0.01, m)
		return run(t, s, cascade.Options{Paths: 64, Seed: 2, Cases: []cascade.Case{{Players: everyone(s), Shock: []float64{-0.02}}}}, 1)
	}
	p := linearPlayer{name: "one", usd: 0.5 * cap1}
	a, b := f(p), f(tabled{p})
	// A linear position is the same between the points of the table up to rounding of 1e-16 of its size.
	if !(math.Abs(a.Moves[0].Mean-b.Moves[0].Mean) < 1e-13) {
		t.Errorf("stepped %v, read %v", a.Moves[0], b.Moves[0])
	}
}

func TestWhatWearsOffReturns(t *testing.T) {
	s := setup(t, 21, 1, 1e-12, linearPlayer{name: "one", usd: 0.3 * cap1, phases: flow.Open})
	s.Decay = impact.Propagator{Permanent: 0, Fast: 1, FastSessions: 0.5, SlowSessions: 1}
	out := run(t, s, cascade.Options{Paths: 1, Cases: []cascade.Case{{Players: everyone(s), Shock: []float64{-0.02}}}, Details: []int{0}}, 1)
	fan := out.Details[0].Fan
	// At the first close two thirds and more of the push of 0.6 % have gone; in the end there is the shock.
	if first, last := fan[1][3], fan[len(fan)-1][3]; !(first < -0.0204 && first > -0.0225) || !(math.Abs(last+0.02) < 2e-4) {
		t.Errorf("median after a session %v, in the end %v", first, last)
	}
}

func TestIntervalsOfResonanceAndShapleyValuesCoverTheirClosedFormsAtTheirStatedRate(t *testing.T) {
	// Two linear participants: path by path the joint move is s/(1−a−b) and so on, plus noise that the
	// loop amplifies. Of 1,000 intervals of 90 % between 862 and 938 hold the closed form: four standard
	// deviations of a binomial count, √(1000·0.9·0.1) = 9.5. The noise is symmetric, so that 64 paths are
	// enough for the normal approximation, and 26 ticks leave 0.55^26 of the way to go: a thousandth of an error.
	const a, b, shock = 0.25, 0.3, -0.03
	s := setup(t, 1, 26, 0.01, linearPlayer{name: "a", usd: a * cap1}, linearPlayer{name: "b", usd: b * cap1})
	var cases []cascade.Case
	for k := range 4 {
		for _, x := range []float64{shock, 0} {
			cases = append(cases, cascade.Case{Players: []bool{k&1 == 1, k&2 == 2}, Shock: []float64{x}})
		}
	}
	// The resonance of final moves with the shock, over the shock: noise without a shock is left in, so
	// that there is something to be uncertain about.
	var w []float64
	for _, x := range cascade.ResonanceWeights(2) {
		w = append(w, x/shock, 0)
	}
	want := 1/(1-a-b) - 1/(1-a) - 1/(1-b) + 1
	// The Shapley value of the first participant in final moves with the shock: half of what it adds alone and
	// half of what it adds to the other.
	var share []float64
	for _, x := range cascade.ShapleyWeights(2)[0] {
		share = append(share, x, 0)
	}
	wanted := []float64{want, shock * ((1/(1-a) - 1) + (1/(1-a-b) - 1/(1-b))) / 2}
	held := make([]int, len(wanted))
	for seed := range uint64(1000) {
		out := run(t, s, cascade.Options{Paths: 64, Seed: seed, Cases: cases, Sums: [][]float64{w, share}}, 1)
		for i, x := range wanted {
			if low, high := out.Sums[i].Interval(); low <= x && x <= high {
				held[i]++
			}
		}
	}
	for i, n := range held {
		if n < 862 || n > 938 {
			t.Errorf("%d of 1,000 intervals of 90 %% hold %v", n, wanted[i])
		}
	}
	// With the same paths without the shock taken off, a linear loop leaves nothing uncertain.
	for k := range w {
		if k%2 == 1 {
			w[k] = -w[k-1]
		}
	}
	out := run(t, s, cascade.Options{Paths: 64, Cases: cases, Sums: [][]float64{w}}, 1)
	if !(math.Abs(out.Sums[0].Mean-want) < 1e-5) || !(out.Sums[0].Error < 1e-9) {
		t.Errorf("resonance %v ± %v, want %v", out.Sums[0].Mean, out.Sums[0].Error, want)
	}
}

func TestWhatCannotBeSimulatedIsRefusedWithItsReason(t *testing.T) {
	s := setup(t, 1, 10, 0.01)
	ok := cascade.Options{Paths: 1, Cases: []cascade.Case{{Players: []bool{}, Shock: []float64{0}}}}
	f := func(what string, s *cascade.Setup, o cascade.Options) {
		t.Helper()
		if _, err := cascade.New(s, o); err == nil {
			t.Errorf("%s was taken", what)
		}
	}
	for _, x := range []float64{-1, -2, math.NaN(), math.Inf(1)} {
		o := ok
		o.Cases = []cascade.Case{{Players: []bool{}, Shock: []float64{x}}}
		f("a shock of −100 % or more, or none", s, o)
	}
	o := ok
	o.Paths = 0
	f("no path", s, o)
	o = ok
	o.Cases = []cascade.Case{{Players: []bool{true}, Shock: []float64{0}}}
	f("a player who is not there", s, o)
	bad := *s
	bad.Noise.Corr = []float64{-1}
	f("a correlation that is not positive definite", &bad, ok)
	bad = *s
	bad.Noise.NewsRate, bad.Noise.NewsSize = 0.5, 3
	f("news of more variance than there is", &bad, ok)
	bad = *s
	bad.Decay = impact.Propagator{Permanent: 2, FastSessions: 1, SlowSessions: 1}
	f("a decay of more than all", &bad, ok)
	bad = *s
	e := *s.Env
	e.Timeline.Slots = nil
	bad.Env = &e
	f("a horizon of zero", &bad, ok)
	if _, err := cascade.Minutes(s.Env.Timeline, 0); err == nil {
		t.Error("no tick was taken")
	}
}

func TestAWholeSimulationIsTheSameToTheLastBitWithVectorsOfAnyLength(t *testing.T) {
	// Linear impact that lasts and a power law that wears off, players read from tables and stepped ones.
	law := impact.Law{Kind: impact.SquareRoot, Root: 1, Exponent: 0.489, Start: 0.001}
	curve, err := law.Curve(impact.Market{Volume: 7e11, Vol: 0.012}, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, bent := range []bool{false, true} {
		s := setup(t, 2, 26, 0.01, tabled{linearPlayer{name: "one", usd: 0.4 * cap1}}, worker{linearPlayer{name: "late", usd: 0.3 * cap1}})
		if bent {
			s.Curves, s.Elasticity = []impact.Curve{curve}, 1
			s.Decay = impact.Propagator{Permanent: 0.33, Fast: 0.33, FastSessions: 0.4, SlowSessions: 20}
		}
		var want *cascade.Outcome
		cascade.Ways(func(way string) {
			got := run(t, s, cascade.Options{
				Paths: 500, Seed: 3, Details: []int{0}, Levels: []float64{-0.02},
				Cases: []cascade.Case{{Players: everyone(s), Shock: []float64{-0.03}}},
			}, 2)
			if want == nil {
				want = got
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %v, want %v", way, got.Moves, want.Moves)
			}
		})
	}
}

func TestTheTimeToHalfTheMoveIsToldApartFromWhatTheShockDoesAtOnce(t *testing.T) {
	// Who trades at closes only adds 0.3 of the shock and more at the first of two: after one session. The
	// second close brings nothing new. More than half of the whole move is there at once.
	s := setup(t, 2, 13, 1e-12, linearPlayer{name: "one", usd: 0.3 * cap1, phases: flow.Close})
	out := run(t, s, cascade.Options{Paths: 40, Cases: []cascade.Case{{Players: everyone(s), Shock: []float64{-0.02}}}, Details: []int{0}}, 1)
	d := out.Details[0]
	for i, q := range cascade.Quantiles {
		if d.Half[i] != 0 || !(math.Abs(d.After[i]-1) < 1e-9) {
			t.Errorf("at %v: half of the move after %v sessions, half of what comes after the shock after %v", q, d.Half[i], d.After[i])
		}
	}
}

// A coin that has lost 97 % is priced at the lowest price and goes on; only the first asset ends a path.
func TestAnAssetBesidesTheFirstThatIsNearlyWorthlessHaltsNoPath(t *testing.T) {
	s := setup(t, 2, 13, 0.01)
	e := *s.Env
	e.Assets = append(slices.Clone(e.Assets), flow.Asset{ID: "BTC", Price: 100, LastClose: 100})
	s.Env = &e
	s.Curves = append(s.Curves, s.Curves[0])
	s.Cross = impact.Own(2)
	s.Noise.Vol, s.Noise.Loading, s.Noise.Corr = []float64{0.01, 0.03}, []float64{1, 0.3}, []float64{1, 0.3, 0.3, 1}
	f := func(shock []float64, halted int) {
		t.Helper()
		got := run(t, s, cascade.Options{Paths: 64, Seed: 1, Cases: []cascade.Case{{Shock: shock}}}, 1)
		if got.Halted[0] != halted || halted == 0 && !(math.Abs(got.Moves[0].Mean-shock[0]) < 0.02) {
			t.Errorf("%v: %d paths halted, the mean is %v", shock, got.Halted[0], got.Moves[0].Mean)
		}
	}
	f([]float64{-0.1, -0.97}, 0)
	f([]float64{-0.97, -0.1}, 64)
}
