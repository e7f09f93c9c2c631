package cascade_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"faultline/cascade"
	"faultline/impact"
)

const cap1 = 1e12 // dollars; with a multiplier of 1 a dollar moves the price by 1e-12

// straight is the law whose displacement is usd/cap1, so that a participant that trades g·cap1·x dollars
// at a move of x has a loop gain of g.
func straight(t testing.TB) impact.Curve {
	t.Helper()
	c, err := impact.Law{Kind: impact.Inelastic}.Curve(impact.Market{Cap: cap1, Multiplier: 1}, 1)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// made is a map of one asset with players that trade flow(x) dollars.
func made(t testing.TB, c impact.Curve, players map[string]func(x float64) float64, order ...string) *cascade.Map {
	t.Helper()
	m := &cascade.Map{X: cascade.Even(0.5, 0.0025, []float64{1}).X, Curves: []impact.Curve{c}, Weight: []float64{1}, Small: 0.01}
	for _, name := range order {
		usd := make([]float64, len(m.X))
		for k, x := range m.X {
			usd[k] = players[name](x)
		}
		m.Players = append(m.Players, cascade.Response{Name: name, USD: [][]float64{usd}})
	}
	return m
}

func linear(g float64) func(float64) float64 {
	return func(x float64) float64 { return g * cap1 * x }
}

func TestOneLinearParticipantAmplifiesByOneOverOneMinusTheGain(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		g := rapid.Float64Range(-3, 0.9).Draw(r, "gain")
		shock := rapid.Float64Range(-0.04, 0.04).Filter(func(x float64) bool { return math.Abs(x) > 1e-6 }).Draw(r, "shock")
		l := made(t, straight(t), map[string]func(float64) float64{"one": linear(g)}, "one").Loop(nil)
		got, away := l.Amplification(shock)
		// Rounding in the price of about 1e-16 is divided by the shock and amplified by up to 10; relative
		// to the shock the promise is 1e-12 for shocks of a basis point and more.
		tol := 1e-12 * math.Max(1, 1e-4/math.Abs(shock))
		if want := 1 / (1 - g); away || !(math.Abs(got-want) <= tol*math.Max(1, want)) {
			r.Fatalf("gain %v, shock %v: amplified by %v, want %v", g, shock, got, want)
		}
		if total, by := l.Gain(0); !(math.Abs(total-g) <= 1e-12*math.Max(1, math.Abs(g))) || by[0] != total {
			r.Fatalf("gain %v by player %v, want %v", total, by, g)
		}
	})
}

func TestALinearLoopOfGainOneOrMoreRunsAwayAndSaysSo(t *testing.T) {
	for _, g := range []float64{1, 1.2, 5} {
		l := made(t, straight(t), map[string]func(float64) float64{"one": linear(g)}, "one").Loop(nil)
		r := l.Rest(-0.01)
		if !r.Away || r.Move != -0.5 {
			t.Errorf("gain %v: %+v, want a stated divergence to the end of the axis", g, r)
		}
		if f := l.FixedPoints(0); g > 1 && (len(f) != 1 || f[0].Stable || f[0].Move != 0) {
			t.Errorf("gain %v: fixed points %+v, want an unstable one at 0", g, f)
		}
		if c := l.Critical(); !(math.Abs(c/g-1) < 1e-12) {
			t.Errorf("critical liquidity %v, want the gain %v", c, g)
		}
	}
}

func TestWithoutParticipantsTheFinalMoveIsTheShock(t *testing.T) {
	m := made(t, straight(t), map[string]func(float64) float64{"one": linear(0.5)}, "one")
	for _, shock := range []float64{-0.1, -0.0312345678901234, 0, 0.07} {
		if r := m.Loop([]string{}).Rest(shock); r.Move != shock || r.Away {
			t.Errorf("%v came to rest at %+v", shock, r)
		}
	}
}

func TestAParticipantWithoutAssetsChangesNoBit(t *testing.T) {
	none := func(float64) float64 { return 0 }
	f := map[string]func(float64) float64{"one": linear(0.37), "none": none}
	with := made(t, straight(t), f, "none", "one").Loop(nil)
	without := made(t, straight(t), f, "one").Loop(nil)
	for _, shock := range []float64{-0.1, -0.03, 0.001, 0.1} {
		if a, b := with.Rest(shock), without.Rest(shock); a != b {
			t.Errorf("%+v with, %+v without", a, b)
		}
	}
	a, _ := with.Gain(0)
	if b, _ := without.Gain(0); a != b {
		t.Errorf("gain %v with, %v without", a, b)
	}
}

func TestTwoLinearParticipantsMeetTheClosedFormsOfShapleyAndResonance(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		g := [2]float64{rapid.Float64Range(-1, 0.45).Draw(r, "a"), rapid.Float64Range(-1, 0.45).Draw(r, "b")}
		m := made(t, straight(t), map[string]func(float64) float64{"a": linear(g[0]), "b": linear(g[1])}, "a", "b")
		const shock = -0.03
		names := []string{"a", "b"}
		game, err := cascade.NewGame(names, func(s int) float64 {
			in := []string{}
			for i, n := range names {
				if s>>i&1 == 1 {
					in = append(in, n)
				}
			}
			a, _ := m.Loop(in).Amplification(shock)
			return a
		})
		if err != nil {
			r.Fatal(err)
		}
		a, b, both := 1/(1-g[0]), 1/(1-g[1]), 1/(1-g[0]-g[1])
		want := both - a - b + 1
		if got := game.Resonance(); !(math.Abs(got-want) <= 1e-11) {
			r.Fatalf("resonance %v, want %v", got, want)
		}
		if g[0] > 0 && g[1] > 0 && want < -1e-14 {
			r.Fatalf("resonance %v of an amplifying linear loop must be positive", want)
		}
		if got := game.Interaction(0, 1); !(math.Abs(got-want) <= 1e-11) {
			r.Fatalf("interaction of two players %v must be their resonance %v", got, want)
		}
		v := game.Shapley()
		if w := (a - 1 + both - b) / 2; !(math.Abs(v[0]-w) <= 1e-11) || !(math.Abs(v[0]+v[1]-(both-1)) <= 1e-11) {
			r.Fatalf("Shapley values %v, want %v and %v together", v, w, both-1)
		}
	})
}

// A player that sells everything below a level makes the price map fall off a cliff there.
func stop(at, usd float64) func(float64) float64 {
	return func(x float64) float64 {
		if x < at {
			return -usd
		}
		return 0
	}
}

func TestAStopLossMakesAJumpWithTwoStableRestsAroundAnUnstableOne(t *testing.T) {
	m := made(t, straight(t), map[string]func(float64) float64{"stop": stop(-0.03, 0.05*cap1)}, "stop")
	l := m.Loop(nil)
	if r := l.Rest(-0.02); r.Move != -0.02 {
		t.Errorf("above the stop nothing happens: %+v", r)
	}
	if r := l.Rest(-0.04); !(math.Abs(r.Move+0.09) < 1e-15) {
		t.Errorf("below it 5 %% more: %+v", r)
	}
	f := l.FixedPoints(-0.02)
	if len(f) != 3 || !f[0].Stable || f[1].Stable || !f[2].Stable || !(math.Abs(f[0].Move+0.07) < 1e-15) || f[2].Move != -0.02 {
		t.Fatalf("fixed points %+v", f)
	}
	var shocks []float64
	for s := -0.06; s < 0.061; s += 0.005 {
		shocks = append(shocks, s)
	}
	c := l.Curve(shocks)
	// The cliff lies in the cell between −3.25 % and −3 %; all of it is passed once its edge is.
	if len(c.Jumps) != 1 || !(c.Jumps[0].Shock <= -0.03+1e-9 && c.Jumps[0].Shock >= -0.0325) || !(c.Jumps[0].To-c.Jumps[0].From > 0.045) {
		t.Fatalf("jumps %+v", c.Jumps)
	}
	p := l.Pockets()
	if len(p) != 1 || !(p[0] < -0.0175 && p[0] > -0.0425) {
		t.Errorf("air pockets %v: one about the stop, as wide as the small move makes it", p)
	}
}

func TestTheRestIsTheNearestPriceThatTheOrdersConfirm(t *testing.T) {
	laws := []impact.Law{
		{Kind: impact.Linear, Slope: 3},
		{Kind: impact.SquareRoot, Root: 1, Exponent: 0.489, Start: 0.001},
		{Kind: impact.Inelastic},
	}
	market := impact.Market{Volume: 1e12, Vol: 0.01, Cap: 4e13, Multiplier: 5, Depth: math.NaN()}
	rapid.Check(t, func(r *rapid.T) {
		c, err := rapid.SampledFrom(laws).Draw(r, "law").Curve(market, rapid.Float64Range(0.1, 3).Draw(r, "liquidity"))
		if err != nil {
			r.Fatal(err)
		}
		g, level, size := rapid.Float64Range(-1e12, 1e12).Draw(r, "slope"), rapid.Float64Range(-0.2, 0).Draw(r, "stop"), rapid.Float64Range(0, 3e11).Draw(r, "size")
		m := made(t, c, map[string]func(float64) float64{"a": func(x float64) float64 { return g * x }, "b": stop(level, size)}, "a", "b")
		l := m.Loop(nil)
		shock := rapid.Float64Range(-0.15, 0.15).Draw(r, "shock")
		if math.Abs(shock) < 1e-9 {
			shock = 1e-9 // below the resolution of the axis the orders of a shock are rounded away
		}
		rest := l.Rest(shock)
		if rest.Away {
			return
		}
		// The map is as steep as its cells allow, 0.3 trillion in a quarter of a percent, so that one unit
		// in the last place of x is up to 1e-11 of displacement.
		if off := shock + l.Impact(rest.Move) - rest.Move; !(math.Abs(off) < 1e-10) {
			r.Fatalf("%+v is off by %v", rest, off)
		}
		near := false
		for _, f := range l.FixedPoints(shock) {
			lies := f.Move > math.Min(shock, rest.Move)+1e-9 && f.Move < math.Max(shock, rest.Move)-1e-9
			if lies && !f.Stable && math.Abs(1-f.Slope) > 1e-6 {
				r.Fatalf("passed the unstable fixed point %v on the way from %v to %v", f.Move, shock, rest.Move)
			}
			// Where the map runs along the diagonal, rounding of 1e-16 decides over 1e-16/(1 − slope).
			near = near || math.Abs(f.Move-rest.Move) < 1e-9+1e-14/math.Max(math.Abs(1-f.Slope), 1e-12)
		}
		if !near {
			r.Fatalf("%v is not among the fixed points %+v", rest.Move, l.FixedPoints(shock))
		}
	})
}

func TestCriticalLiquidityIsWhereTheGainIsOne(t *testing.T) {
	market := impact.Market{Volume: 1e12, Vol: 0.01, Depth: math.NaN()}
	c, err := impact.Law{Kind: impact.SquareRoot, Root: 1, Exponent: 0.489, Start: 0.001}.Curve(market, 1)
	if err != nil {
		t.Fatal(err)
	}
	l := made(t, c, map[string]func(float64) float64{"one": linear(0.5)}, "one").Loop(nil)
	k := l.Critical()
	if g, _ := l.With(k, 1).Gain(0); !(math.Abs(g-1) < 1e-10) {
		t.Errorf("at liquidity %v the gain is %v", k, g)
	}
	l = made(t, c, map[string]func(float64) float64{"calm": linear(-0.5)}, "calm").Loop(nil)
	if k := l.Critical(); !math.IsNaN(k) {
		t.Errorf("a loop that pushes back has critical liquidity %v", k)
	}
}

func TestWhatHasToBeTrueIsTheClosedFormOfALinearLoop(t *testing.T) {
	// With only the shock uncertain the design is the loss over the amplification, in its deviations.
	l := made(t, straight(t), map[string]func(float64) float64{"one": linear(0.25)}, "one").Loop(nil)
	d, ok := l.Reverse(0.08, cascade.Spread{Shock: 0.02, Liquidity: 1e-12, Size: 1e-12})
	if !ok || !(math.Abs(d.Shock+0.06) < 1e-9) || !(math.Abs(d.Distance-3) < 1e-6) || !(math.Abs(d.Move+0.08) < 1e-9) {
		t.Errorf("%+v, %v", d, ok)
	}
	// With liquidity uncertain too, gain 0.25/l and loss s/(1 − 0.25/l): the least distance by a fine search
	// over l beside it.
	spread := cascade.Spread{Shock: 0.02, Liquidity: 0.35, Size: 1e-12}
	d, ok = l.Reverse(0.08, spread)
	best := math.Inf(1)
	for z := 0.0; z < 4; z += 1e-4 {
		if s := 0.08 * (1 - 0.25*math.Exp(0.35*z)); s > 0 {
			best = math.Min(best, math.Hypot(s/0.02, z))
		}
	}
	if !ok || !(math.Abs(d.Distance-best) < 1e-3) || !(d.Liquidity < 1) {
		t.Errorf("%+v at %v, want %v", d, d.Distance, best)
	}
	if _, ok := l.Reverse(0.4, cascade.Spread{Shock: 0.01, Liquidity: 1e-9, Size: 1e-9}); ok {
		t.Error("a loss of 40 % is not within six deviations of 1 %")
	}
}

func TestShapleyValuesAreEfficientSymmetricAndGiveNothingToADummy(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(2, 7).Draw(r, "players")
		v := rapid.SliceOfN(rapid.Float64Range(-1, 1), 1<<n, 1<<n).Draw(r, "values")
		// Players 0 and 1 are alike: swapping them changes no value. Player n−1 adds nothing.
		value := func(s int) float64 {
			if s&3 == 1 {
				s ^= 3
			}
			if n > 2 {
				s &^= 1 << (n - 1)
			}
			return v[s]
		}
		g, err := cascade.NewGame(make([]string, n), value)
		if err != nil {
			r.Fatal(err)
		}
		x := g.Shapley()
		sum := 0.0
		for _, y := range x {
			sum += y
		}
		if want := g.Value[1<<n-1] - g.Value[0]; !(math.Abs(sum-want) < 1e-12) {
			r.Fatalf("values sum to %v, want %v", sum, want)
		}
		if !(math.Abs(x[0]-x[1]) < 1e-13) || n > 2 && !(math.Abs(x[n-1]) < 1e-13) {
			r.Fatalf("values %v: the first two are alike, the last is a dummy", x)
		}
	})
	if _, err := cascade.NewGame(make([]string, 13), func(int) float64 { return 0 }); err == nil {
		t.Error("a game of 13 players was taken")
	}
}

// The mean over all orders of joining, spelled out, for three players.
func TestShapleyValuesAreTheMeanOverAllOrders(t *testing.T) {
	v := []float64{0, 1, 2, 7, 4, 4, 9, 20}
	g, err := cascade.NewGame(make([]string, 3), func(s int) float64 { return v[s] })
	if err != nil {
		t.Fatal(err)
	}
	var want [3]float64
	for _, order := range [][]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
		s := 0
		for _, i := range order {
			want[i] += (v[s|1<<i] - v[s]) / 6
			s |= 1 << i
		}
	}
	for i, x := range g.Shapley() {
		if !(math.Abs(x-want[i]) < 1e-14) {
			t.Errorf("player %d: %v, want %v", i, x, want[i])
		}
	}
	// Pair 0, 1: half of what they add together without the third, half of it with the third.
	if got, want := g.Interaction(0, 1), ((v[3]-v[1]-v[2]+v[0])+(v[7]-v[5]-v[6]+v[4]))/2; !(math.Abs(got-want) < 1e-14) {
		t.Errorf("interaction %v, want %v", got, want)
	}
}
