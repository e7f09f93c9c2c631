package nowcast

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"faultline/evidence"
)

// invent simulates a panel of a model with r factors; the last series are of the given kinds.
func invent(seed uint64, T, n, r int, kinds ...Kind) *Panel {
	g := rand.New(rand.NewPCG(seed, 1))
	p := &Panel{T: T, Y: make([]float64, n*T)}
	const burn = 10
	f, e := make([]float64, (T+burn)*r), make([]float64, (T+burn)*n)
	for t := 1; t < T+burn; t++ {
		for j := range r {
			f[t*r+j] = (0.8-0.2*float64(j)/float64(r))*f[(t-1)*r+j] + g.NormFloat64()
		}
		for i := range n {
			e[t*n+i] = (0.1+0.6*float64(i)/float64(n))*e[(t-1)*n+i] + 0.7*g.NormFloat64()
		}
	}
	for i := range n {
		p.Names = append(p.Names, fmt.Sprintf("s%d", i))
		k := Monthly
		if j := i - (n - len(kinds)); j >= 0 {
			k = kinds[j]
		}
		p.Kinds = append(p.Kinds, k)
		load := make([]float64, r)
		for j := range load {
			load[j] = g.NormFloat64()
		}
		for t := range T {
			at := func(t int) float64 { return dot(load, f[t*r:(t+1)*r]) + e[t*n+i] }
			y := at(t + burn)
			switch {
			case k == Trend:
				y += 0.5 * g.NormFloat64()
			case k == Quarterly && t%3 == 2:
				y = 0
				for j, w := range quarterWeights {
					y += w * at(t+burn-j)
				}
			case k == Quarterly:
				y = math.NaN()
			}
			p.Y[i*T+t] = 3*y + float64(i)
		}
	}
	return p
}

func spec(r, lags, iterations int) Spec {
	return Spec{Factors: r, Lags: lags, Iterations: iterations, Tolerance: 1e-7}
}

// punch makes holes: single ones, a late start, a long one, a month without anything, a ragged end.
func punch(t *rapid.T, p *Panel) {
	for k := range p.Y {
		if rapid.IntRange(0, 9).Draw(t, "hole") == 0 {
			p.Y[k] = math.NaN()
		}
	}
	i := rapid.IntRange(0, p.N()-1).Draw(t, "late")
	for m := range p.T / 3 {
		p.Y[i*p.T+m] = math.NaN()
	}
	i = rapid.IntRange(0, p.N()-1).Draw(t, "long")
	for m := p.T / 2; m < p.T/2+8; m++ {
		p.Y[i*p.T+m] = math.NaN()
	}
	for i := range p.N() {
		p.Y[i*p.T+p.T-5] = math.NaN()
		for m := range rapid.IntRange(0, 4).Draw(t, "ragged") {
			p.Y[i*p.T+p.T-1-m] = math.NaN()
		}
	}
}

func TestEMNeverLosesLikelihoodAndNothingIsNaNWhateverIsMissing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		T := rapid.IntRange(40, 60).Draw(t, "months")
		n := rapid.IntRange(3, 8).Draw(t, "series")
		r := rapid.IntRange(1, 2).Draw(t, "factors")
		p := invent(rapid.Uint64().Draw(t, "seed"), T, n, r, Trend, Quarterly)
		punch(t, p)
		s := spec(r, rapid.IntRange(1, 3).Draw(t, "lags"), 8)
		s.White = rapid.Bool().Draw(t, "white")
		fit, err := Estimate(context.Background(), p, s)
		if err != nil {
			var absent *evidence.Absent
			if !errors.As(err, &absent) {
				t.Fatal(err)
			}
			return
		}
		for k := 1; k < len(fit.Loglik); k++ {
			if d := fit.Loglik[k] - fit.Loglik[k-1]; !(d >= -1e-8*(1+math.Abs(fit.Loglik[k]))) {
				t.Fatalf("iteration %d: %.12g → %.12g", k, fit.Loglik[k-1], fit.Loglik[k])
			}
		}
		finite(t, fit)
	})
}

// finite fails on any number of a fit, or of its nowcast three months ahead, that is not finite.
func finite(t interface{ Fatalf(string, ...any) }, fit *Fit) {
	m := fit.Model
	for name, list := range map[string][]float64{"loadings": m.Load, "A": m.A, "Q": m.Q, "ρ": m.Rho, "σ²": m.Var, "noise": m.Noise, "scale": m.Scale, "likelihood": fit.Loglik} {
		for i, x := range list {
			if x-x != 0 {
				t.Fatalf("%s %d is %v", name, i, x)
			}
		}
	}
	targets := make([]int, fit.Panel.N())
	for i := range targets {
		targets[i] = i
	}
	n, err := m.Run(fit.Panel.Extend(3), targets...)
	if err != nil {
		t.Fatalf("run: %v", err)
	}
	for _, f := range n.Factors() {
		if f-f != 0 {
			t.Fatalf("a factor is %v", f)
		}
	}
	for i := range targets {
		for h := range 3 {
			v, err := n.Observation(i, fit.Panel.T+h)
			if err != nil || v.Mean-v.Mean != 0 || !(v.SD >= 0) || v.SD-v.SD != 0 {
				t.Fatalf("series %d, %d months ahead: %v ± %v, %v", i, h+1, v.Mean, v.SD, err)
			}
		}
	}
}

func TestBadPanelsGiveAnAnswerOrAClearReason(t *testing.T) {
	nan := math.NaN()
	f := func(name string, change func(*Panel), months, series int, s Spec, code string, dropped ...string) {
		t.Helper()
		p := invent(3, months, series, 1)
		change(p)
		fit, err := Estimate(context.Background(), p, s)
		var absent *evidence.Absent
		switch {
		case code != "":
			if !errors.As(err, &absent) || absent.Code != code {
				t.Errorf("%s: %v, want %s", name, err, code)
			}
			return
		case err != nil:
			t.Errorf("%s: %v", name, err)
			return
		}
		finite(t, fit)
		if len(fit.Dropped) != len(dropped) {
			t.Errorf("%s: dropped %v, want %v", name, fit.Dropped, dropped)
			return
		}
		for i, d := range fit.Dropped {
			if d.Reason.Code != dropped[i] {
				t.Errorf("%s: dropped for %s, want %s", name, d.Reason.Code, dropped[i])
			}
		}
	}
	row := func(p *Panel, i int) []float64 { return p.Y[i*p.T : (i+1)*p.T] }
	f("a single observation", func(p *Panel) {
		for t := range row(p, 0) {
			if t != 7 {
				row(p, 0)[t] = nan
			}
		}
	}, 60, 5, spec(1, 1, 30), "", "nowcast_few_observations")
	f("a constant", func(p *Panel) {
		for t := range row(p, 2) {
			row(p, 2)[t] = 4.25
		}
	}, 60, 5, spec(1, 1, 30), "", "nowcast_constant")
	f("the same series twice", func(p *Panel) { copy(row(p, 1), row(p, 0)) }, 60, 5, spec(1, 1, 200), "")
	f("all series the same but for scale", func(p *Panel) {
		for i := 1; i < p.N(); i++ {
			for t := range row(p, i) {
				row(p, i)[t] = float64(i+1)*row(p, 0)[t] - 3
			}
		}
	}, 60, 5, spec(2, 1, 200), "")
	f("more series than months", func(*Panel) {}, 12, 40, spec(2, 1, 100), "")
	f("more factors than the data have", func(*Panel) {}, 9, 6, spec(6, 2, 100), "")
	f("nothing but holes", func(p *Panel) {
		for k := range p.Y {
			p.Y[k] = nan
		}
	}, 60, 5, spec(1, 1, 30), "nowcast_no_series")
	f("no series", func(p *Panel) { *p = Panel{T: 60} }, 60, 5, spec(1, 1, 30), "nowcast_no_data")
	f("fewer series than factors", func(*Panel) {}, 60, 2, spec(3, 1, 30), "nowcast_few_series")
	f("fewer months than lags", func(*Panel) {}, 5, 4, spec(1, 12, 30), "nowcast_few_months")
	f("huge numbers", func(p *Panel) {
		for t := range row(p, 0) {
			row(p, 0)[t] *= 1e90
		}
	}, 60, 5, spec(1, 1, 30), "")
	f("tiny numbers", func(p *Panel) {
		for t := range row(p, 0) {
			row(p, 0)[t] *= 1e-90
		}
	}, 60, 5, spec(1, 1, 30), "")
	f("a step", func(p *Panel) {
		for t := range row(p, 0) {
			row(p, 0)[t] = float64(t / 30)
		}
	}, 60, 5, spec(1, 1, 100), "")
	f("a straight line", func(p *Panel) {
		for t := range row(p, 0) {
			row(p, 0)[t] = float64(t)
		}
	}, 60, 5, spec(1, 2, 100), "")
	p := invent(1, 30, 3, 1)
	p.Y[4] = math.Inf(1)
	if _, err := Estimate(context.Background(), p, spec(1, 1, 5)); err == nil {
		t.Error("an infinite observation was taken")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Estimate(ctx, invent(1, 30, 3, 1), spec(1, 1, 5)); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled estimation gave %v", err)
	}
}

// Factors that made the data are found again, up to sign and rotation.
func TestEstimationFindsTheFactorsThatMadeTheData(t *testing.T) {
	const T, n, r = 300, 30, 2
	g := rand.New(rand.NewPCG(9, 9))
	f := make([]float64, T*r)
	p := &Panel{T: T, Y: make([]float64, n*T)}
	for t := 1; t < T; t++ {
		for j := range r {
			f[t*r+j] = []float64{0.8, 0.4}[j]*f[(t-1)*r+j] + g.NormFloat64()
		}
	}
	for i := range n {
		p.Names, p.Kinds = append(p.Names, fmt.Sprint(i)), append(p.Kinds, Monthly)
		a, b, e := g.NormFloat64(), g.NormFloat64(), 0.0
		for t := range T {
			e = 0.5*e + 0.5*g.NormFloat64()
			p.Y[i*T+t] = a*f[t*r] + b*f[t*r+1] + e
			if g.IntN(5) == 0 {
				p.Y[i*T+t] = math.NaN()
			}
		}
	}
	fit, err := Estimate(context.Background(), p, Spec{Factors: r, Lags: 1, Iterations: 200, Tolerance: 1e-8})
	if err != nil {
		t.Fatal(err)
	}
	run, err := fit.Model.Run(fit.Panel)
	if err != nil {
		t.Fatal(err)
	}
	// Some 24 series a month with noise of variance 1/3 and loadings of one leave 1/72 = 0.014 of a factor
	// whose variance is 1.2; the estimated loadings, on 240 observations each, leave about as much again.
	if left := span(run.Factors(), f, T, r); !(left < 0.04) {
		t.Errorf("the estimated factors leave %.3g of the true ones' variance, want under 0.04", left)
	}
	for i, rho := range fit.Model.Rho {
		// The standard error of an autoregression of 0.5 over some 240 observations is 0.056.
		if !(math.Abs(rho-0.5) < 0.25) {
			t.Errorf("ρ of series %d is %.2f, want 0.5", i, rho)
		}
	}
}

func TestNewsAddUpToTheChangeOfTheNowcast(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		full := invent(rapid.Uint64Range(0, 50).Draw(t, "seed"), 40, 6, 1, Trend, Quarterly)
		fit, err := Estimate(context.Background(), full, spec(1, 1, 3))
		if err != nil {
			t.Fatal(err)
		}
		p := fit.Panel
		old := &Panel{Names: p.Names, Kinds: p.Kinds, T: p.T, Y: append([]float64(nil), p.Y...)}
		fresh := &Panel{Names: p.Names, Kinds: p.Kinds, T: p.T, Y: append([]float64(nil), p.Y...)}
		for i := range p.N() {
			for m := range 4 {
				k := i*p.T + p.T - 1 - m
				switch rapid.IntRange(0, 3).Draw(t, "what") {
				case 0:
					old.Y[k] = math.NaN()
				case 1:
					old.Y[k], fresh.Y[k] = math.NaN(), math.NaN()
				case 2:
					old.Y[k] += rapid.Float64Range(-1, 1).Draw(t, "revision")
				}
			}
		}
		target := rapid.IntRange(0, p.N()-1).Draw(t, "target")
		month := p.T - 1
		if p.Kinds[target] == Quarterly {
			month = p.T - 1 - (p.T-1+1)%3
		}
		news, err := fit.Model.News(old, fresh, target, month)
		if err != nil {
			t.Fatal(err)
		}
		sum := news.Before + news.Revision
		for _, it := range news.Items {
			sum += it.Impact
		}
		if !near(sum, news.After, 1e-7) {
			t.Fatalf("before %v + revision %v + impacts = %v, after %v", news.Before, news.Revision, sum, news.After)
		}
		// What is known exactly has a deviation of zero, known to the square root of rounding.
		if news.AfterSD > news.BeforeSD*(1+1e-9)+1e-6*fit.Model.Scale[target] {
			t.Fatalf("the nowcast was ±%v and is ±%v with more data", news.BeforeSD, news.AfterSD)
		}
	})
}

// The distance of one release is its surprise in standard deviations, and that of independent releases adds
// up; a model without common factors makes them so.
func TestTheDistanceOfASurpriseIsThatOfItsCovariance(t *testing.T) {
	full := invent(11, 80, 6, 1)
	fit, err := Estimate(context.Background(), full, spec(1, 1, 20))
	if err != nil {
		t.Fatal(err)
	}
	p, last := fit.Panel, full.T-1
	for _, cells := range [][]int{{0}, {0, 3}, {1, 2, 4}} {
		old := &Panel{Names: p.Names, Kinds: p.Kinds, T: p.T, Y: append([]float64(nil), p.Y...)}
		for _, i := range cells {
			old.Y[i*p.T+last] = math.NaN()
		}
		s, err := fit.Model.Surprise(old, p)
		if err != nil {
			t.Fatal(err)
		}
		// u′S⁻¹u from the correlations and deviations that the surprise states itself.
		k := len(cells)
		cov, u := make([]float64, k*k), make([]float64, k)
		for a := range k {
			u[a] = s.Items[a].Value - s.Items[a].Expected
			for b := range k {
				cov[a*k+b] = s.Correlation[a*k+b] * s.Items[a].SD * s.Items[b].SD
			}
		}
		x := append([]float64(nil), u...)
		if !solveSymmetric(cov, k, x) {
			t.Fatal("the covariance of the surprises is singular")
		}
		if d := dot(u, x); !near(d, s.Squared, 1e-6) {
			t.Errorf("%v: distance² %.9g, from the covariance %.9g", cells, s.Squared, d)
		}
		// One degree of freedom: p = erfc(|z|/√2); two: exp(−d²/2).
		if want := map[int]float64{1: math.Erfc(math.Sqrt(s.Squared / 2)), 2: math.Exp(-s.Squared / 2)}; k < 3 && !near(s.P, want[k], 1e-9) {
			t.Errorf("%v: p %.9g, want %.9g", cells, s.P, want[k])
		}
	}
}

// Draws have the mean and the spread that the smoother gives in closed form, and are the same every time.
func TestDrawsHaveTheMomentsOfTheNowcast(t *testing.T) {
	p := invent(21, 60, 5, 1, Trend, Quarterly)
	for i := range p.N() {
		for m := range 1 + i%3 {
			p.Y[i*p.T+p.T-1-m] = math.NaN()
		}
	}
	fit, err := Estimate(context.Background(), p, spec(1, 1, 15))
	if err != nil {
		t.Fatal(err)
	}
	x := fit.Panel.Extend(3)
	for _, target := range []int{0, 3, 4} {
		n, err := fit.Model.Run(x, target)
		if err != nil {
			t.Fatal(err)
		}
		months := []int{p.T - 1, p.T, p.T + 2}
		const draws = 4000
		paths, err := n.Simulate([]int{target}, months, draws, 7)
		if err != nil {
			t.Fatal(err)
		}
		again, err := n.Simulate([]int{target}, months, 2, 7)
		if err != nil {
			t.Fatal(err)
		}
		for k, month := range months {
			sum, square := 0.0, 0.0
			for _, path := range paths {
				sum += path[0][k]
				square += path[0][k] * path[0][k]
			}
			mean := sum / draws
			sd := math.Sqrt(square/draws - mean*mean)
			want, err := n.Observation(target, month)
			if err != nil {
				t.Fatal(err)
			}
			// Five standard errors: sd/√4000 of the mean, sd/√8000 of the deviation.
			if !(math.Abs(mean-want.Mean) <= 5*want.SD/math.Sqrt(draws)+1e-9) || !(math.Abs(sd-want.SD) <= 5*want.SD/math.Sqrt(2*draws)+1e-9) {
				t.Errorf("series %d month %d: draws %.4g ± %.4g, smoother %.4g ± %.4g", target, month, mean, sd, want.Mean, want.SD)
			}
			if again[1][0][k] != paths[1][0][k] {
				t.Errorf("the second draw is %v, then %v", paths[1][0][k], again[1][0][k])
			}
		}
	}
}

// A quarterly series that joins leaves the others where they were, or better: the likelihood climbs from
// there, and the quarter is foretold with less error than by its mean.
func TestAQuarterlySeriesJoinsAFit(t *testing.T) {
	p := invent(31, 120, 8, 1, Quarterly)
	months := []int{0, 1, 2, 3, 4, 5, 6}
	fit, err := Estimate(context.Background(), p.Select(months), spec(1, 1, 30))
	if err != nil {
		t.Fatal(err)
	}
	joined, err := fit.Join(context.Background(), p, spec(1, 1, 10))
	if err != nil {
		t.Fatal(err)
	}
	finite(t, joined)
	if n := len(joined.Loglik); !(joined.Loglik[n-1] > joined.Loglik[0]) {
		t.Errorf("likelihood %v", joined.Loglik)
	}
	last := p.T - 1
	held := &Panel{Names: p.Names, Kinds: p.Kinds, T: p.T, Y: append([]float64(nil), p.Y...)}
	held.Y[7*p.T+last] = math.NaN()
	run, err := joined.Model.Run(held, 7)
	if err != nil {
		t.Fatal(err)
	}
	v, err := run.Observation(7, last)
	if err != nil {
		t.Fatal(err)
	}
	if !(v.SD < joined.Model.Scale[7]) || !(math.Abs(v.Mean-p.At(7, last)) < 4*v.SD) {
		t.Errorf("the quarter was %v, foretold as %v ± %v; its own deviation is %v", p.At(7, last), v.Mean, v.SD, joined.Model.Scale[7])
	}
	if _, err := fit.Join(context.Background(), p.Select([]int{0, 1, 7}), spec(1, 1, 2)); err == nil {
		t.Error("a panel without the fit's own series joined it")
	}
}
