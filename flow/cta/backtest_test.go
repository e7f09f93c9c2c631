package cta

import (
	"math"
	"testing"

	"faultline/calendar"
	"faultline/market"
)

func TestTanhAgreesWithTheStandardLibrary(t *testing.T) {
	for i := -400000; i <= 400000; i++ {
		x := float64(i) * 6e-5
		if i%7 == 0 {
			x = math.Copysign(math.Pow(10, -float64(i%19)), x)
		}
		want := math.Tanh(x)
		if got := tanh(x); !(math.Abs(got-want) <= 5e-16*math.Abs(want)) {
			t.Fatalf("tanh(%g) = %v, want %v", x, got, want)
		}
	}
	for _, x := range []float64{math.Inf(1), math.Inf(-1), 0, 1e300, -1e300} {
		if got := tanh(x); got != math.Tanh(x) {
			t.Fatalf("tanh(%g) = %v", x, got)
		}
	}
	if !math.IsNaN(tanh(math.NaN())) {
		t.Fatal("tanh(NaN) is a number")
	}
}

// madeTable makes a table of markets that wander, some of which miss sessions.
func madeTable(markets, days int) *Table {
	t := &Table{Markets: markets}
	for d := range days {
		t.Date = append(t.Date, calendar.Date(10000+d))
		for m := range markets {
			g := math.Exp(0.01*normal(7, uint64(m), uint64(d)) + 0.0002)
			if m%5 == 3 && (d+m)%11 == 0 {
				t.Growth, t.Move = append(t.Growth, market.Missing), append(t.Move, market.Missing)
				continue
			}
			t.Growth, t.Move = append(t.Growth, g), append(t.Move, g+1e-5)
		}
	}
	return t
}

func testPrograms(k int) *Programs {
	p := &Programs{Squash: 0.2, VolSpan: 75, Floor: 0.05, Adjust: 0.135}
	for i := range k {
		p.Span = append(p.Span, 20*math.Pow(1.35, float64(i)))
	}
	return p
}

func TestBacktestComputesWhatSnapshotsCompute(t *testing.T) {
	table := madeTable(7, 2500)
	p := params{span: [speeds]float64{42, 140, 420}, squash: 0.2, volSpan: 75, volFloor: 0.05, adjust: 0.135}
	p.prepare()
	risk := []float64{1, 2, 3, 4, 5, 6, 7}
	got, err := Backtest(table, &Programs{Span: p.span[:], Squash: p.squash, VolSpan: p.volSpan, Floor: p.volFloor, Adjust: p.adjust}, risk, nil)
	if err != nil {
		t.Fatal(err)
	}
	profit := make([]float64, len(table.Date))
	for m := range table.Markets {
		s := &snapshot{filter: start(), close: 100, bars: 1}
		for d := range table.Date {
			g, move := table.Growth[d*table.Markets+m], table.Move[d*table.Markets+m]
			if market.IsMissing(g) {
				continue
			}
			profit[d] += risk[m] * s.total() * (g - 1)
			s.advance(&p, table.Date[d], s.close*move, g, 0)
		}
		for k := range speeds {
			if x, y := s.held[k], got.Held[k*table.Markets+m]; !(math.Abs(x-y) <= 1e-11*math.Abs(x)) {
				t.Errorf("market %d, %s: backtest holds %v, snapshot %v", m, SpeedNames[k], y, x)
			}
		}
	}
	total := 0.0
	for d, x := range profit {
		total += math.Abs(x)
		if !(math.Abs(x-got.Profit[d]) <= 1e-10*(1+math.Abs(x))) {
			t.Fatalf("day %d: backtest earns %v, snapshots %v", d, got.Profit[d], x)
		}
	}
	if !(total > 0) {
		t.Fatal("nothing was earned or lost: the test shows nothing")
	}
}

func TestScenarioIsTheTradeOfTheNextClose(t *testing.T) {
	table := madeTable(3, 1500)
	p := testPrograms(4)
	risk := []float64{1, 1, 1}
	shock := -0.04
	n := 1450 // a day on which scenarios are repriced
	cut := &Table{Markets: 3, Date: table.Date[:n], Growth: table.Growth[:n*3], Move: table.Move[:n*3]}
	out, err := Backtest(cut, p, risk, []float64{shock})
	if err != nil {
		t.Fatal(err)
	}
	// A program that closes the whole gap at once holds its target one day later, before that day's move.
	b := newPass(cut, p, risk)
	for d := range n {
		b.day(cut.Growth[d*3:(d+1)*3], cut.Move[d*3:(d+1)*3])
	}
	g := math.Exp(shock)
	before := append([]float64(nil), b.held...)
	all := []float64{g, g, g}
	b.p = &Programs{Span: p.Span, Squash: p.Squash, VolSpan: p.VolSpan, Floor: p.Floor, Adjust: 0}
	b.day(all, all)
	want := 0.0
	for i, to := range b.to {
		want += to - before[i]*g
	}
	if got := out.Scenario[len(out.Scenario)-1]; !(math.Abs(got-want) <= 1e-12*math.Abs(want)) {
		t.Fatalf("scenario trades %v, the next close %v", got, want)
	}
}

func TestBacktestRefusesWhatDoesNotFit(t *testing.T) {
	table := madeTable(2, 10)
	if _, err := Backtest(table, testPrograms(1), []float64{1}, nil); err == nil {
		t.Error("two markets with one risk were accepted")
	}
	p := testPrograms(1)
	p.Floor = 0
	if _, err := Backtest(table, p, []float64{1, 1}, nil); err == nil {
		t.Error("a floor of 0 was accepted: a flat series would be held without limit")
	}
}

func BenchmarkBacktest(b *testing.B) {
	const markets, programs = 60, 12
	t := madeTable(markets, 40*252)
	p := testPrograms(programs)
	risk := make([]float64, markets)
	for i := range risk {
		risk[i] = 1
	}
	b.Run("pass", func(b *testing.B) {
		for b.Loop() {
			if _, err := Backtest(t, p, risk, nil); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(len(t.Growth)*programs)*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mbars/s")
	})
	shocks := []float64{-.1, -.05, -.03, -.02, -.01, .01, .02, .03, .05}
	b.Run("scenarios", func(b *testing.B) {
		x := newPass(t, p, risk)
		for d := range 600 {
			x.day(t.Growth[d*markets:(d+1)*markets], t.Move[d*markets:(d+1)*markets])
		}
		var out []float64
		for b.Loop() {
			out = x.reprice(shocks, out[:0])
		}
		b.ReportMetric(float64(markets*programs*len(shocks))*float64(b.N)/b.Elapsed().Seconds()/1e6, "Meval/s")
	})
}

// The kernel and the scalar code agree to the last bit, tails of one to three markets included.
func TestTheVectorKernelIsTheScalarCode(t *testing.T) {
	if !vectors {
		t.Skip("this machine has no vector kernel")
	}
	for _, n := range []int{1, 3, 4, 7, 60, 61} {
		ratio, v := make([]float64, n), make([]float64, n)
		for round := range 2000 {
			for i := range n {
				ratio[i] = 1 + 0.3*normal(1, uint64(round), uint64(i))
				v[i] = 1 / (0.001 + 0.02*math.Abs(normal(2, uint64(round), uint64(i))))
			}
			if round < 4 { // no distance, and distances beyond the cut
				ratio[0] = []float64{1, -1e6, 1e6, 1 + 1e-15}[round]
			}
			fast, slow := make([]float64, n), make([]float64, n)
			targetsOf(fast, ratio, v, 1.7, perYear)
			vectors = false
			targetsOf(slow, ratio, v, 1.7, perYear)
			vectors = true
			for i := range n {
				if math.Float64bits(fast[i]) != math.Float64bits(slow[i]) {
					t.Fatalf("ratio %v, 1/σ %v: kernel %v, scalar %v", ratio[i], v[i], fast[i], slow[i])
				}
			}
		}
	}
}

// The kernels of a scenario and the scalar code agree to the last bit, at every length of vector.
func TestTheKernelsOfAScenarioAreTheScalarCode(t *testing.T) {
	if !vectors {
		t.Skip("this machine has no vector kernel")
	}
	has := wide
	defer func() { vectors, wide = true, has }()
	ways := []struct{ vectors, wide bool }{{false, false}, {true, false}}
	if has {
		ways = append(ways, struct{ vectors, wide bool }{true, true})
	}
	for _, n := range []int{8, 16, 64} {
		ratio, square, gain, size := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
		for round := range 2000 {
			for i := range n {
				ratio[i] = 1 + 0.3*normal(1, uint64(round), uint64(i))
				square[i] = 4e-4 * math.Pow(normal(2, uint64(round), uint64(i)), 2)
				gain[i] = math.Abs(math.Mod(normal(3, uint64(round), uint64(i)), 1))
				size[i] = normal(4, uint64(round), uint64(i))
			}
			if round < 4 { // no distance, distances beyond the cut, and a flat market without size
				ratio[0] = []float64{1, -1e6, 1e6, 1 + 1e-15}[round]
				square[1], size[1] = 0, 0
			}
			move := 0.002 * math.Abs(normal(5, uint64(round)))
			var first []float64
			for _, way := range ways {
				vectors, wide = way.vectors, way.wide
				perVol, worth := make([]float64, n), make([]float64, n)
				volatilities(perVol, worth, square, gain, size, move, 0.003)
				sums := [lanes]float64{1, -2, 3}
				addTargets(&sums, ratio, perVol, worth, 1.6, 1.63)
				got := append(append(perVol, worth...), sums[:]...)
				if first == nil {
					first = got
				}
				for i := range got {
					if math.Float64bits(got[i]) != math.Float64bits(first[i]) {
						t.Fatalf("%d markets, round %d, %+v, number %d: %v, scalar %v", n, round, way, i, got[i], first[i])
					}
				}
			}
		}
	}
}

// A backtest is the same to the last bit on machines with vectors of any length and with none, markets that do
// not fill a vector and scenarios before every average has settled included.
func TestABacktestIsTheSameOnEveryMachine(t *testing.T) {
	has, hasWide := vectors, wide
	defer func() { vectors, wide = has, hasWide }()
	for _, markets := range []int{1, 5, 8, 13} {
		table := madeTable(markets, 900) // from the fourth on, some markets miss sessions
		risk := make([]float64, markets)
		for i := range risk {
			risk[i] = float64(i + 1)
		}
		var first *Outcome
		for _, on := range [][2]bool{{false, false}, {has, false}, {has, hasWide}} {
			vectors, wide = on[0], on[1]
			out, err := Backtest(table, testPrograms(8), risk, []float64{-0.05, 0.02})
			if err != nil {
				t.Fatal(err)
			}
			if first == nil {
				first = out
			}
			for what, x := range map[string][2][]float64{"profit": {first.Profit, out.Profit}, "held": {first.Held, out.Held}, "scenario": {first.Scenario, out.Scenario}} {
				for i := range x[0] {
					if math.Float64bits(x[0][i]) != math.Float64bits(x[1][i]) {
						t.Fatalf("%d markets, %v: %s %d is %v, scalar %v", markets, on, what, i, x[1][i], x[0][i])
					}
				}
			}
		}
	}
}

// A pass over markets that all trade takes the short way; with a market that once lacks a session it must
// give the same for the others.
func TestTheShortWayGivesWhatTheLongOneDoes(t *testing.T) {
	const markets, days = 9, 3000
	table := madeTable(1, 1)
	table.Markets, table.Date, table.Growth, table.Move = markets, nil, nil, nil
	for d := range days {
		table.Date = append(table.Date, calendar.Date(9000+d))
		for m := range markets {
			g := math.Exp(0.01*normal(3, uint64(d), uint64(m)) + 0.0002)
			if m == markets-1 && d%2 == 0 { // the last market keeps every day from being whole
				g = market.Missing
			}
			table.Growth, table.Move = append(table.Growth, g), append(table.Move, g+1e-5)
		}
	}
	only := &Table{Markets: markets - 1, Date: table.Date}
	for d := range days {
		only.Growth = append(only.Growth, table.Growth[d*markets:(d+1)*markets-1]...)
		only.Move = append(only.Move, table.Move[d*markets:(d+1)*markets-1]...)
	}
	p := testPrograms(5)
	risk := make([]float64, markets)
	for i := range risk[:markets-1] {
		risk[i] = 1 // the last market counts for nothing
	}
	long, err := Backtest(table, p, risk, []float64{-0.03, 0.02})
	if err != nil {
		t.Fatal(err)
	}
	short, err := Backtest(only, p, risk[:markets-1], []float64{-0.03, 0.02})
	if err != nil {
		t.Fatal(err)
	}
	for d := range days {
		if long.Profit[d] != short.Profit[d] {
			t.Fatalf("day %d: %v and %v", d, long.Profit[d], short.Profit[d])
		}
	}
	for i, x := range long.Scenario {
		if !(math.Abs(x-short.Scenario[i]) <= 1e-12*math.Max(1, math.Abs(x))) {
			t.Fatalf("scenario %d: %v and %v", i, x, short.Scenario[i])
		}
	}
}
