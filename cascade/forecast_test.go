package cascade

import (
	"math"
	"testing"
)

func TestAForecastKnowsNothingOfWhatItForecasts(t *testing.T) {
	const n = 300
	z := make([]float64, 3*n)
	normals(z, keyOf(1))
	y, x := make([]float64, n), make([][]float64, n)
	for i := range y {
		x[i] = []float64{1, z[i]}
		y[i] = 2 + 0.5*z[i] + 0.1*z[n+i]
	}
	f, err := Forecasts(y, x, 100, 10)
	if err != nil {
		t.Fatal(err)
	}
	changed := append([]float64(nil), y...)
	for i := 200; i < n; i++ {
		changed[i] = 1e6
	}
	g, err := Forecasts(changed, x, 100, 10)
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		switch {
		case i < 100:
			if !math.IsNaN(f[i]) {
				t.Fatalf("row %d was forecast from nothing", i)
			}
		case i <= 200:
			if f[i] != g[i] {
				t.Fatalf("row %d changed with the future", i)
			}
		}
		if i >= 100 && !(math.Abs(f[i]-2-0.5*z[i]) < 0.1) {
			t.Errorf("row %d: forecast %v, want about %v", i, f[i], 2+0.5*z[i])
		}
	}
}

func TestTheBetterForecastWinsAndEqualOnesRarely(t *testing.T) {
	const n = 2000
	z := make([]float64, 3*n)
	normals(z, keyOf(2))
	y, good, bad := make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range y {
		y[i], good[i], bad[i] = z[i]+z[n+i], z[i], z[i]+0.5*z[2*n+i]
	}
	c, err := DieboldMariano(y, bad, good, 5)
	if err != nil {
		t.Fatal(err)
	}
	// Errors of variance 1.25 and 1: a fifth of the loss is gained.
	if !(c.P < 1e-6) || !(math.Abs(c.Gain-0.2) < 0.04) || c.N != n {
		t.Errorf("%+v", c)
	}
	if back, err := DieboldMariano(y, good, bad, 5); err != nil || !(math.Abs(back.T+c.T) < 1e-9) || !(math.Abs(back.P+c.P-1) < 1e-12) {
		t.Errorf("turned round: %+v, %v", back, err)
	}
	// Two forecasts that are wrong in the same way, each in its own: half of all seeds favour each.
	wins := 0
	for seed := range uint64(200) {
		normals(z, keyOf(3, seed))
		for i := range y {
			good[i], bad[i] = y[i]+z[i], y[i]+z[n+i]
		}
		if c, err := DieboldMariano(y, good, bad, 5); err != nil || c.P < 0.05 {
			wins++
		}
	}
	if wins > 25 { // 10 are expected; the standard deviation is 3
		t.Errorf("%d of 200 equal pairs differ at 5 %%", wins)
	}
}

func TestUniformTransformsAreCalibratedAndNarrowForecastsAreNot(t *testing.T) {
	const n = 4000
	z := make([]float64, n)
	normals(z, keyOf(4))
	fair, narrow := make([]float64, n), make([]float64, n)
	for i, x := range z {
		fair[i], narrow[i] = math.Erfc(-x/math.Sqrt2)/2, math.Erfc(-1.5*x/math.Sqrt2)/2
	}
	if c := Calibrate(fair); c.Distance > 1.95/math.Sqrt(n) || !(math.Abs(c.Inside-0.9) < 0.025) {
		t.Errorf("calibrated: %+v", c)
	}
	if c := Calibrate(narrow); c.Distance < c.Critical || c.Bins[0] < 0.15 || c.Inside > 0.8 {
		t.Errorf("too narrow: %+v", c)
	}
}

// hawkesPath draws a self-exciting process as a tree: immigrants at rate mu, each event with Poisson many
// children of its own at exponential delays (Hawkes and Oakes 1974).
func hawkesPath(seed uint64, mu, n, beta, end float64) []float64 {
	c := keyOf(seed)
	next := func() float64 { c += golden; return uniform(mix(c)) }
	var events []float64
	for t := -math.Log(next()) / mu; t < end; t -= math.Log(next()) / mu {
		events = append(events, t)
	}
	for i := 0; i < len(events); i++ {
		for p := next(); p > math.Exp(-n); p *= next() {
			if child := events[i] - math.Log(next())/beta; child < end {
				events = append(events, child)
			}
		}
	}
	for i := 1; i < len(events); i++ { // few enough for an insertion sort
		for j := i; j > 0 && events[j] < events[j-1]; j-- {
			events[j], events[j-1] = events[j-1], events[j]
		}
	}
	return events
}

func TestTheBranchingRatioOfAKnownProcessIsFound(t *testing.T) {
	for _, n := range []float64{0, 0.3, 0.6, 0.8} {
		sum, errors, counted := 0.0, 0.0, 0.0
		const paths = 5
		for seed := range uint64(paths) {
			at := hawkesPath(seed+100, 2*(1-n), n, 2, 390)
			f := FitHawkes(at, 390, 0.05, 20)
			sum += f.Branching / paths
			errors += f.Error / paths
			windows := make([]float64, 26)
			for _, x := range at {
				windows[min(int(x/15), 25)]++
			}
			counted += CountBranching(windows) / paths
		}
		// Five days of about 780 events. At 0 the estimate cannot lie below it, so that its mean is not 0 either.
		if !(math.Abs(sum-n) < 0.13) || !(errors > 0.005 && errors < 0.2) {
			t.Errorf("ratio %v is found as %v ± %v", n, sum, errors)
		}
		if !(math.Abs(counted-n) < 0.2) {
			t.Errorf("ratio %v is counted as %v", n, counted)
		}
	}
}

func TestCrossingsCountSteps(t *testing.T) {
	e := math.Exp
	got := Crossings([]float64{0, 1, 2, 3}, []float64{1, e(0.025), e(0.025), e(-0.005)}, 0.01)
	want := []float64{0.4, 0.8, 2.5, 2 + 2.5/3}
	if len(got) != len(want) {
		t.Fatalf("%v, want %v", got, want)
	}
	for i := range got {
		if !(math.Abs(got[i]-want[i]) < 1e-9) {
			t.Errorf("crossing %d at %v, want %v", i, got[i], want[i])
		}
	}
}
