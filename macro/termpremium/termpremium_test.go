package termpremium

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/feed"
	"faultline/market"
)

// made are the yields of testdata/golden.py: the same formula and the same generator.
func made() Yields {
	state := uint64(20251121)
	u := func() float64 {
		state = 6364136223846793005*state + 1442695040888963407
		return float64(state>>11)/(1<<53) - 0.5
	}
	var f [3]float64
	y := make(Yields, 180)
	for i := range y {
		for k, rho := range []float64{0.98, 0.95, 0.9} {
			f[k] = rho*f[k] + 0.004*u()
		}
		y[i] = make([]float64, 60)
		for j := range y[i] {
			n := float64(j + 1)
			slope, curve := 1-math.Exp(-n/20), n/25*math.Exp(1-n/25)
			y[i][j] = 0.03 + 0.01*slope + f[0] + f[1]*slope + f[2]*curve + 0.0002*u()
		}
	}
	return y
}

func TestTheThreeStepsAgreeWithAnotherProgram(t *testing.T) {
	text, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		Maturities            []int
		Yield, Premium, First []float64
		Largest, S2           float64
	}
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	r, err := Estimate(t.Context(), made(), nil, want.Maturities, Options{Factors: 3, Months: 60})
	if err != nil {
		t.Fatal(err)
	}
	// Both solve the same least squares of 180 rows whose condition number is below 1e4.
	near := func(name string, got, want float64) {
		t.Helper()
		if !(math.Abs(got-want) < 1e-9*math.Max(1, math.Abs(want))) {
			t.Errorf("%s is %v, another program has %v", name, got, want)
		}
	}
	for i, p := range r.Premia {
		near("yield", p.Yield, want.Yield[i])
		near("premium", p.Premium, want.Premium[i])
		near("first premium", p.History[0], want.First[i])
	}
	near("largest eigenvalue", r.Largest, want.Largest)
	near("variance of errors", r.Model.S2, want.S2)
}

// truth is an affine model with three factors, monthly.
func truth() *Model {
	return &Model{
		K:     3,
		Mu:    mat.NewVecDense(3, nil),
		Phi:   mat.NewDense(3, 3, []float64{0.97, 0.01, 0, 0, 0.92, 0.02, 0, 0, 0.8}),
		Sigma: mat.NewDense(3, 3, []float64{0.04, 0.01, 0, 0.01, 0.05, 0, 0, 0, 0.06}),
		// The long end asks for a positive premium that rises with the second factor.
		Lambda0: mat.NewVecDense(3, []float64{-0.03, 0.01, 0}),
		Lambda1: mat.NewDense(3, 3, []float64{-0.02, -0.01, 0, 0, -0.03, 0.01, 0, 0, -0.05}),
		Delta0:  0.035 / 12,
		Delta1:  mat.NewVecDense(3, []float64{0.006 / 12, 0.005 / 12, 0.004 / 12}),
	}
}

// simulate draws months of yields from a model, with errors of a tenth of a basis point, and the true
// premia of the maturities asked for.
func simulate(m *Model, rng *rand.Rand, t, months int, at []int) (y Yields, premia [][]float64) {
	var chol mat.Cholesky
	sym := mat.NewSymDense(m.K, nil)
	for i := range m.K {
		for j := range m.K {
			sym.SetSym(i, j, m.Sigma.At(i, j))
		}
	}
	if !chol.Factorize(sym) {
		panic("the covariance of the test is not positive")
	}
	var l mat.TriDense
	chol.LTo(&l)
	a, b := m.recursion(months, true)
	aq, bq := m.recursion(months, false)
	x := mat.NewVecDense(m.K, nil)
	for i := range t + 200 { // two hundred months to forget the start
		shock := mat.NewVecDense(m.K, nil)
		for k := range m.K {
			shock.SetVec(k, rng.NormFloat64())
		}
		var next, v mat.VecDense
		next.MulVec(m.Phi, x)
		v.MulVec(&l, shock)
		next.AddVec(&next, &v)
		next.AddVec(&next, m.Mu)
		x.CopyVec(&next)
		if i < 200 {
			continue
		}
		row, exact := make([]float64, months), make([]float64, len(at))
		for n := 1; n <= months; n++ {
			row[n-1] = yieldOf(a, b, n, x) + 1e-5*rng.NormFloat64()
		}
		for j, n := range at {
			exact[j] = yieldOf(a, b, n, x) - yieldOf(aq, bq, n, x)
		}
		y, premia = append(y, row), append(premia, exact)
	}
	return y, premia
}

func TestALongSampleOfAnAffineModelGivesItsPremiumBack(t *testing.T) {
	at := []int{24, 60, 120}
	y, want := simulate(truth(), rand.New(rand.NewPCG(1, 2)), 6000, 120, at)
	r, err := Estimate(t.Context(), y, nil, at, Options{Factors: 3, Months: 120})
	if err != nil {
		t.Fatal(err)
	}
	for j, p := range r.Premia {
		sum, square, spread, mean := 0.0, 0.0, 0.0, 0.0
		for i := range y {
			d := p.History[i] - want[i][j]
			sum += d
			square += d * d
			mean += want[i][j] / float64(len(y))
		}
		for i := range y {
			spread += (want[i][j] - mean) * (want[i][j] - mean)
		}
		bias := sum / float64(len(y))
		rms, sd := math.Sqrt(square/float64(len(y))), math.Sqrt(spread/float64(len(y)))
		t.Logf("%d months: bias %.1f bp, root mean square error %.1f bp, premium %.0f ± %.0f bp, fit %.2f bp", at[j], 1e4*bias, 1e4*rms, 1e4*mean, 1e4*sd, 1e4*p.FitRMS)
		// Φ is known to some √((1−ρ²)/T) = 0.3 % for ρ = 0.97, which over a mean life of 30 months is a
		// tenth of the swings of the expected rate; three times that is allowed.
		if !(rms < 0.3*sd) || !(p.FitRMS < 1e-4) {
			t.Errorf("%d months: error %.1f bp of swings of %.1f bp, fit %.2f bp", at[j], 1e4*rms, 1e4*sd, 1e4*p.FitRMS)
		}
	}
	// The eigenvalues of Φ do not depend on how factors are turned and scaled.
	if !(math.Abs(r.Largest-0.97) < 0.01) {
		t.Errorf("largest eigenvalue %v, it is 0.97", r.Largest)
	}
}

// Bands must hold the truth about as often as they say: nine of ten. Of sixteen samples fewer than ten
// inside have a probability of 0.1 % (binomial).
func TestBandsHoldTheTruthAboutAsOftenAsTheySay(t *testing.T) {
	inside, width := 0, 0.0
	for k := range 16 {
		y, want := simulate(truth(), rand.New(rand.NewPCG(uint64(k), 5)), 360, 120, []int{60})
		r, err := Estimate(t.Context(), y, nil, []int{60}, Options{Factors: 3, Months: 120, Resamples: 60, Seed: 3})
		if err != nil {
			t.Fatal(err)
		}
		p := r.Premia[0]
		if !(p.Low < p.High) {
			t.Fatalf("band from %v to %v", p.Low, p.High)
		}
		width += (p.High - p.Low) / 16
		if p.Low <= want[len(want)-1][0] && want[len(want)-1][0] <= p.High {
			inside++
		}
	}
	t.Logf("%d of 16 inside, mean width %.0f bp", inside, 1e4*width)
	if inside < 10 {
		t.Errorf("the truth is inside %d of 16 bands of 90 %%", inside)
	}
}

func TestParYieldsOfACurveGiveTheCurveBack(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		level := rapid.Float64Range(0.01, 0.08).Draw(rt, "level")
		c := &Curve{
			Beta: [4]float64{level, rapid.Float64Range(-0.03, 0.03).Draw(rt, "slope"), rapid.Float64Range(-0.03, 0.03).Draw(rt, "hump"), rapid.Float64Range(-0.02, 0.02).Draw(rt, "second")},
			Tau:  [2]float64{rapid.SampledFrom(tau1[:]).Draw(rt, "first decay"), rapid.SampledFrom(tau2[:]).Draw(rt, "second decay")},
		}
		maturities := []float64{1.0 / 12, 0.25, 0.5, 1, 2, 3, 5, 7, 10, 20, 30}
		var par []float64
		for _, m := range maturities {
			par = append(par, c.Par(m))
		}
		got, ok := FitPar(maturities, par, nil)
		if !ok {
			rt.Fatal("no fit")
		}
		for _, m := range []float64{0.25, 1, 3, 6, 10} {
			// The ridge moves a beta that few yields tell by a ten-thousandth: below a basis point.
			if !(math.Abs(got.Zero(m)-c.Zero(m)) < 1e-4) {
				rt.Fatalf("%v years: zero yield %v, it is %v", m, got.Zero(m), c.Zero(m))
			}
		}
	})
}

func TestAFlatCurveHasParYieldsOfItsRate(t *testing.T) {
	c := &Curve{Beta: [4]float64{0.05}, Tau: [2]float64{1, 5}}
	want := 2 * (math.Exp(0.025) - 1) // continuously compounded to half-yearly
	for _, m := range []float64{0.25, 1, 10, 30} {
		if !(math.Abs(c.Par(m)-want) < 1e-14) {
			t.Errorf("%v years: par yield %v, it is %v", m, c.Par(m), want)
		}
	}
}

func TestTheDerivativeOfAParYieldIsItsSlope(t *testing.T) {
	c := &Curve{Beta: [4]float64{0.04, -0.02, 0.01, 0.015}, Tau: [2]float64{1.4, 8}}
	for _, m := range []float64{0.25, 2, 10, 30} {
		par, slope := c.parSlope(m)
		if !(math.Abs(par-c.Par(m)) < 1e-14) {
			t.Errorf("%v years: %v and %v", m, par, c.Par(m))
		}
		for k := range slope {
			up, down := *c, *c
			const h = 1e-5
			up.Beta[k] += h
			down.Beta[k] -= h
			// A central difference errs by h² times the third derivative, some 1e-8 here.
			if d := (up.Par(m) - down.Par(m)) / (2 * h); !(math.Abs(d-slope[k]) < 1e-6) {
				t.Errorf("%v years: slope %d is %v, difference %v", m, k, slope[k], d)
			}
		}
	}
}

func TestPoorYieldsAreSaid(t *testing.T) {
	f := func(want string, y Yields, now []float64, at []int, factors int) {
		t.Helper()
		_, err := Estimate(t.Context(), y, now, at, Options{Factors: factors, Months: 60})
		var absent *evidence.Absent
		if !errors.As(err, &absent) || absent.Code != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	y := made()
	f("too_few_months", y[:100], nil, []int{60}, 3)
	f("maturity_outside", y, nil, []int{61}, 3)
	f("too_few_yields", y, y[0][:30], []int{60}, 3)
	hole := append([]float64(nil), y[0]...)
	hole[7] = math.NaN()
	f("too_few_yields", y, hole, []int{60}, 3)
	flat := make(Yields, 150)
	for i := range flat {
		flat[i] = make([]float64, 60)
		for j := range flat[i] {
			flat[i][j] = 0.03
		}
	}
	f("too_few_factors", flat, nil, []int{60}, 3)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Estimate(ctx, y, nil, []int{60}, Options{Factors: 3, Months: 60, Resamples: 50}); !errors.Is(err, context.Canceled) {
		t.Errorf("after cancelling: %v", err)
	}
}

func TestTheSameSeedGivesTheSameBand(t *testing.T) {
	o := Options{Factors: 3, Months: 60, Resamples: 40, Seed: 9}
	a, err := Estimate(t.Context(), made(), nil, []int{60}, o)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Estimate(t.Context(), made(), nil, []int{60}, o)
	if err != nil || a.Premia[0].Low != b.Premia[0].Low || a.Premia[0].High != b.Premia[0].High {
		t.Errorf("%v to %v, then %v to %v: %v", a.Premia[0].Low, a.Premia[0].High, b.Premia[0].Low, b.Premia[0].High, err)
	}
}

func shared(t testing.TB) *market.Book {
	t.Helper()
	var b market.Book
	for _, x := range pars {
		path := filepath.Join("..", "..", "..", "shared", "data", "macro", x.id+".csv")
		if _, err := os.Stat(path); err != nil {
			if x.id == "DGS3" {
				continue // not among the files
			}
			t.Skip("the shared data are not beside the repository")
		}
		r, err := feed.ReadFile(t.Context(), path, feed.Options{})
		if err != nil {
			t.Fatal(err)
		}
		b.Add(r.Sets...)
	}
	return &b
}

func TestThePremiumOfTreasuriesAndWhatItKnew(t *testing.T) {
	b := shared(t)
	o := Options{Factors: 5, Months: 120, Resamples: 100, Seed: 1}
	at := time.Date(2025, 11, 21, 21, 0, 0, 0, time.UTC)
	start := time.Now()
	p, err := PanelOf(b.AsOf(at), 120)
	if err != nil {
		t.Fatal(err)
	}
	stripped := time.Since(start)
	r, err := Estimate(t.Context(), p.Yields, p.Now, []int{24, 60, 120}, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d months from %s, yields of %s, curve misses by %.1f bp; %v to strip, %v in all; %d of 100 resamples count, largest eigenvalue %.4f",
		len(p.Months), p.Months[0], p.Day, 1e4*p.RMS, stripped, time.Since(start), r.Explored, r.Largest)
	for _, x := range r.Premia {
		t.Logf("%.0f years: yield %.2f %%, expected %.2f %%, premium %.2f (%.2f to %.2f), a year's change %.2f, fit %.1f bp",
			x.Years, 100*x.Yield, 100*x.Expected, 100*x.Premium, 100*x.Low, 100*x.High, 100*x.PremiumMove, 1e4*x.FitRMS)
		if !(math.Abs(x.Premium) < 0.05) || !(x.Low <= x.High) {
			t.Errorf("%+v", x.Premium)
		}
	}
	if p.Day != calendar.DateOf(2025, 11, 20) || len(p.Months) < 300 {
		t.Errorf("%d months, last day %s", len(p.Months), p.Day)
	}
	// What was known a year before does not change by what came later.
	early, err := PanelOf(b.AsOf(at.AddDate(-1, 0, 0)), 120)
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range early.Yields {
		for n, v := range row {
			if v != p.Yields[i][n] || early.Months[i] != p.Months[i] {
				t.Fatalf("%s: a stripped yield changed when later days became known", early.Months[i])
			}
		}
	}
}

func BenchmarkEstimate(b *testing.B) {
	y := made()
	for b.Loop() {
		if _, err := Estimate(b.Context(), y, nil, []int{60}, Options{Factors: 3, Months: 60}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFitPar(b *testing.B) {
	maturities := []float64{1.0 / 12, 0.25, 0.5, 1, 2, 5, 7, 10, 20, 30}
	yields := []float64{0.0375, 0.038, 0.0378, 0.0365, 0.0355, 0.0368, 0.0388, 0.041, 0.0472, 0.0474}
	for b.Loop() {
		if _, ok := FitPar(maturities, yields, nil); !ok {
			b.Fatal("no fit")
		}
	}
}
