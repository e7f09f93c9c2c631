package impact_test

import (
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"

	"faultline/assumption"
	"faultline/impact"
)

var market = impact.Market{Volume: 7e11, Vol: 0.012, Cap: 57e12, Multiplier: 5, Depth: math.NaN()}

func law(k impact.Kind) impact.Law {
	return impact.Law{Kind: k, Slope: 3, Root: 1, Exponent: 0.489, Start: 0.001}
}

func curve(t testing.TB, l impact.Law, m impact.Market) impact.Curve {
	t.Helper()
	c, err := l.Curve(m, 1)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestEachLawGivesItsFormulaByHand(t *testing.T) {
	const usd = -35e9 // a twentieth of the volume
	f := func(k impact.Kind, want float64) {
		t.Helper()
		c := curve(t, law(k), market)
		if got := c.Move(usd); !(math.Abs(got-want) <= 1e-15) {
			t.Errorf("%s: %v, want %v", k, got, want)
		}
	}
	f(impact.Linear, -3*0.012*0.05)
	f(impact.SquareRoot, -0.012*0.05*math.Pow(0.051, 0.489-1))
	f(impact.Inelastic, -5*35e9/57e12)
	deep := market
	deep.Depth = 7e9 // 5 % for 35 billion
	c := curve(t, law(impact.Linear), deep)
	if got := c.Move(usd); !(math.Abs(got+0.05) <= 1e-15) {
		t.Errorf("with a book of 7 billion for 1 %%: %v, want −5 %%", got)
	}
}

func TestEveryLawIsOddRisesAndIsInvertedByDollars(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		l := law(rapid.SampledFrom(impact.Kinds[:]).Draw(r, "law"))
		l.Exponent = rapid.Float64Range(0.3, 1).Draw(r, "exponent")
		l.Start = math.Pow(10, rapid.Float64Range(-6, -0.7).Draw(r, "log start"))
		c, err := l.Curve(market, rapid.Float64Range(0.05, 20).Draw(r, "liquidity"))
		if err != nil {
			r.Fatal(err)
		}
		usd := math.Pow(10, rapid.Float64Range(3, 13).Draw(r, "log dollars"))
		x := c.Move(usd)
		if !(x > 0) || c.Move(-usd) != -x || c.Move(0) != 0 || !(c.Move(usd*1.001) > x) {
			r.Fatalf("%v dollars move %v, the opposite %v, a little more %v", usd, x, c.Move(-usd), c.Move(usd*1.001))
		}
		// Newton stops at 1e-14; the condition of the inverse is at most 1/0.3.
		if back := c.Dollars(x); !(math.Abs(back/usd-1) <= 1e-12) || c.Dollars(-x) != -back {
			r.Fatalf("%v dollars move %v, which takes %v dollars", usd, x, back)
		}
		// The derivative against a central difference: its error is of order h² and of rounding over h.
		h := 1e-5 * usd
		slope := (c.Move(usd+h) - c.Move(usd-h)) / (2 * h)
		if !(math.Abs(slope/c.Slope(usd)-1) <= 1e-8) {
			r.Fatalf("slope %v, difference %v", c.Slope(usd), slope)
		}
	})
}

func TestTheSquareRootIsLinearAtItsStartAndAPowerFarAboveIt(t *testing.T) {
	c := curve(t, law(impact.SquareRoot), market)
	small := 1e-6 * market.Volume // a thousandth of the start: 0.05 % off the line
	if r := c.Move(2*small) / c.Move(small); !(math.Abs(r-2) < 2e-3) {
		t.Errorf("doubling a small flow multiplies its impact by %v, want 2", r)
	}
	if s := c.Slope(0); !(math.Abs(s*small/c.Move(small)-1) < 1e-3) {
		t.Errorf("slope at nothing %v", s)
	}
	big := market.Volume // a thousand times the start
	if r := c.Move(4*big) / c.Move(big); !(math.Abs(r-math.Pow(4, 0.489)) < 2e-3) {
		t.Errorf("four times a big flow multiplies its impact by %v, want 4^0.489", r)
	}
}

func TestThinningIsTheSameAsMoreFlow(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		c := curve(t, law(rapid.SampledFrom(impact.Kinds[:]).Draw(r, "law")), market)
		k := rapid.Float64Range(0.05, 20).Draw(r, "liquidity")
		usd := rapid.Float64Range(-1e12, 1e12).Draw(r, "dollars")
		thin := c.Thin(k)
		want := c.Move(usd / k)
		if !(math.Abs(thin.Move(usd)-want) <= 1e-13*math.Abs(want)+1e-300) {
			r.Fatalf("%v, want %v", thin.Move(usd), want)
		}
		// The block's own power is good to a few units in the last place.
		in, l, out := []float64{0, usd, -usd}, []float64{1 / k, 1 / k, 1 / k}, make([]float64, 3)
		c.Block(out, in, l)
		if out[0] != 0 || !(math.Abs(out[1]-want) <= 1e-13*math.Abs(want)+1e-300) || out[2] != -out[1] {
			r.Fatalf("block %v, want %v", out, want)
		}
	})
}

func TestACoefficientThatMakesNoSenseIsRefused(t *testing.T) {
	bad := func(l impact.Law, m impact.Market, liquidity float64) {
		t.Helper()
		var in *impact.InputError
		if _, err := l.Curve(m, liquidity); !errors.As(err, &in) || in.Name == "" || in.Reason == "" {
			t.Errorf("%+v, %+v, %v: %v", l, m, liquidity, err)
		}
	}
	negative := market
	negative.Depth = -1
	bad(law(impact.Linear), negative, 1)
	negative = market
	negative.Volume = -1
	bad(law(impact.Linear), negative, 1)
	bad(law(impact.SquareRoot), negative, 1)
	bad(law(impact.Inelastic), impact.Market{Cap: math.Inf(1), Multiplier: 1}, 1)
	bad(law(impact.Inelastic), market, 0)
	bad(law(impact.Inelastic), market, math.NaN())
	bad(impact.Law{Kind: impact.SquareRoot, Root: 1, Exponent: 1.1, Start: 1}, market, 1)
	if _, err := impact.Parse("cubic"); err == nil {
		t.Error("there is no cubic law")
	}
	for _, p := range []impact.Propagator{{Permanent: 0.8, Fast: 0.3, FastSessions: 1, SlowSessions: 1}, {Permanent: 1, SlowSessions: 1}, {Permanent: -0.1, FastSessions: 1, SlowSessions: 1}} {
		if p.Check() == nil {
			t.Errorf("%+v was taken", p)
		}
	}
}

func TestWhatIsLeftFollowsThePropagatorInOneStepOrMany(t *testing.T) {
	p := impact.Propagator{Permanent: 0.3, Fast: 0.4, FastSessions: 0.4, SlowSessions: 20}
	if !(math.Abs(p.Left(0)-1) < 1e-15) || !(math.Abs(p.Left(1e6)-0.3) < 1e-12) {
		t.Errorf("left at once %v, in the end %v", p.Left(0), p.Left(1e6))
	}
	fast, slow := 1.0, 1.0
	f, s := p.Factors(0.1)
	for range 30 {
		fast, slow = fast*f, slow*s
	}
	if want := p.Left(3); !(math.Abs(0.3+0.4*fast+0.3*slow-want) < 1e-14) {
		t.Errorf("thirty steps leave %v, one %v", 0.3+0.4*fast+0.3*slow, want)
	}
}

// Two thirds of the peak at the end of a day, for orders worked evenly over it, and one third after fifty
// days: what Bucci et al. (2018) measured.
func TestTheDecayOfTheRegisterMeetsWhatWasMeasured(t *testing.T) {
	b := book(t)
	day := 0.0
	for i := range 1000 {
		day += b.Decay.Left((float64(i) + 0.5) / 1000)
	}
	if !(math.Abs(day/1000-2./3) < 0.15) || !(math.Abs(b.Decay.Left(50)-1./3) < 0.1) {
		t.Errorf("left at the end of the day %v, after fifty days %v", day/1000, b.Decay.Left(50))
	}
}

func TestLiquidityFallsWhenVolatilityRises(t *testing.T) {
	f := func(ratio, elasticity, want float64) {
		t.Helper()
		if got := impact.Liquidity(ratio, elasticity); !(math.Abs(got-want) < 1e-15) {
			t.Errorf("%v: %v, want %v", ratio, got, want)
		}
	}
	f(1, 1, 1)
	f(2, 1, 0.5)
	f(4, 0.5, 0.5)
	f(1000, 1, 1./16)
	f(0, 1, 16)
	f(math.NaN(), 1, 1)
}

func book(t testing.TB) *impact.Book {
	t.Helper()
	nan := math.NaN()
	b, err := impact.Read(assumption.Default(), impact.Universe[:], []float64{nan, nan, nan, nan, nan, nan})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestTheRegisterDescribesAUniverseWhoseMatrixIsPositiveDefinite(t *testing.T) {
	b := book(t)
	for _, k := range impact.Kinds {
		curves, cross, err := b.Curves(k)
		if err != nil {
			t.Fatal(err)
		}
		if len(curves) != 6 || cross.Size() != 6 || cross.Weight(0, 0) != 1 {
			t.Errorf("%d curves, %d assets, own weight %v", len(curves), cross.Size(), cross.Weight(0, 0))
		}
		// In units of volatility the matrix is symmetric: half of ρ across.
		want := 0.5 * 0.95 * 0.98 * b.Markets[1].Vol / b.Markets[0].Vol
		if got := cross.Weight(1, 0); !(math.Abs(got-want) < 1e-15) {
			t.Errorf("the S&P 500 moves the Nasdaq by %v, want %v", got, want)
		}
	}
	if b.Propagator(impact.Inelastic).Left(30) != 1 {
		t.Error("the inelastic law lasts")
	}
	if _, err := impact.Read(assumption.Default(), []string{"COPPER"}, []float64{1}); err == nil {
		t.Error("the register has no copper")
	}
}

func TestAMatrixThatIsNotPositiveDefiniteIsRefused(t *testing.T) {
	vol := []float64{1, 1, 1}
	var not *impact.NotPositiveDefiniteError
	if _, err := impact.NewCross([]float64{1, 0.9, -0.9, 0.9, 1, 0.9, -0.9, 0.9, 1}, vol, 1); !errors.As(err, &not) || not.Row != 2 {
		t.Errorf("%v", err)
	}
	for _, m := range [][]float64{{1, 0.5, 0.4, 1}, {2, 0, 0, 1}, {1}, {math.NaN(), 0, 0, 1}} {
		if _, err := impact.NewCross(m, vol[:2], 0.5); err == nil {
			t.Errorf("%v was taken", m)
		}
	}
	if _, err := impact.NewCross([]float64{1}, vol[:1], 1.5); err == nil {
		t.Error("a share above 1 was taken")
	}
}

func TestCholeskyGivesTheMatrixBack(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(1, 6).Draw(r, "n")
		x := rapid.SliceOfN(rapid.Float64Range(-1, 1), n*n, n*n).Draw(r, "x")
		m := make([]float64, n*n) // x·xᵀ + 1 is positive definite
		for i := range n {
			for j := range n {
				for k := range n {
					m[i*n+j] += x[i*n+k] * x[j*n+k]
				}
				if i == j {
					m[i*n+j]++
				}
			}
		}
		l, err := impact.Cholesky(m, n)
		if err != nil {
			r.Fatal(err)
		}
		for i := range n {
			for j := range n {
				sum := 0.0
				for k := range n {
					sum += l[i*n+k] * l[j*n+k]
				}
				if !(math.Abs(sum-m[i*n+j]) <= 1e-12) || j > i && l[i*n+j] != 0 {
					r.Fatalf("entry %d, %d is %v, want %v", i, j, sum, m[i*n+j])
				}
			}
		}
	})
}

func TestBlocksAllocateNothing(t *testing.T) {
	c := curve(t, law(impact.SquareRoot), market)
	in, l, out := make([]float64, 32), make([]float64, 32), make([]float64, 32)
	for i := range in {
		in[i], l[i] = float64(i-16)*1e9, 1
	}
	if n := testing.AllocsPerRun(10, func() { c.Block(out, in, l) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkBlockOf32(b *testing.B) {
	in, l, out := make([]float64, 32), make([]float64, 32), make([]float64, 32)
	for i := range in {
		in[i], l[i] = float64(i-16)*1e9, 1
	}
	for _, k := range impact.Kinds {
		c := curve(b, law(k), market)
		b.Run(k.String(), func(b *testing.B) {
			for b.Loop() {
				c.Block(out, in, l)
			}
		})
	}
}
