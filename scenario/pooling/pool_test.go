package pooling

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"testing"

	"pgregory.net/rapid"
)

// normals draws standard normal numbers from a stated seed.
func normals(seed uint64, n int) []float64 {
	r := rand.New(rand.NewPCG(seed, 7))
	x := make([]float64, n)
	for i := range x {
		x[i] = r.NormFloat64()
	}
	return x
}

func expectation(p, x []float64) (sum float64) {
	for i := range p {
		sum += p[i] * x[i]
	}
	return sum
}

// holds says whether a posterior satisfies a view to within eps of the spread of its values.
func holds(p []float64, v View, eps float64) bool {
	spread := 0.0
	for _, x := range v.Values {
		spread = max(spread, math.Abs(x-v.Target))
	}
	d := (expectation(p, v.Values) - v.Target) / max(spread, 1e-300)
	switch v.Is {
	case AtLeast:
		return d > -eps
	case AtMost:
		return d < eps
	}
	return math.Abs(d) < eps
}

// On a fine grid of a normal distribution the posterior is known in closed form (Meucci 2008, section 3.1): a
// view on the mean moves it and leaves the variance; one on mean and second moment gives that normal
// distribution; the relative entropies are those between normals. The trapezoidal rule on a smooth
// integrand that vanishes at both ends errs by less than 1e-12 here.
func TestNormalPriorsGiveTheClosedFormsOfTheLiterature(t *testing.T) {
	const n = 4001
	x, square, prior := make([]float64, n), make([]float64, n), make([]float64, n)
	sum := 0.0
	for i := range x {
		x[i] = -10 + 20*float64(i)/(n-1)
		square[i] = x[i] * x[i]
		prior[i] = math.Exp(-x[i] * x[i] / 2)
		sum += prior[i]
	}
	for i := range prior {
		prior[i] /= sum
	}
	f := func(mean, sd float64, entropy float64, views ...View) {
		t.Helper()
		q, err := Pool(prior, views)
		if err != nil {
			t.Fatal(err)
		}
		if !(math.Abs(q.Entropy-entropy) < 1e-8) {
			t.Errorf("relative entropy %v, want %v", q.Entropy, entropy)
		}
		for i := range x {
			z := (x[i] - mean) / sd
			want := math.Exp(-z*z/2) / (sd * math.Sqrt(2*math.Pi)) * 20 / (n - 1)
			if !(math.Abs(q.P[i]-want) < 1e-8*0.01) { // probabilities of grid points are about 0.002
				t.Fatalf("at %v: %v, want %v", x[i], q.P[i], want)
			}
		}
	}
	f(0.7, 1, 0.7*0.7/2, Mean("mean", x, Equal, 0.7))
	f(-1.2, 1, 1.2*1.2/2, Mean("mean", x, AtMost, -1.2))
	f(0, 1, 0, Mean("mean", x, AtMost, 0.5)) // it holds already
	const sd = 0.6
	f(0.3, sd, (sd*sd+0.3*0.3-1)/2-math.Log(sd),
		Mean("mean", x, Equal, 0.3), Mean("second moment", square, Equal, sd*sd+0.3*0.3))
}

// golden is what testdata/golden.py wrote: the published implementation of Fortitudo Technologies
// (entropy-pooling, function ep) on the shapes of its own tests, polished until its gradient vanishes.
type golden struct {
	Name   string      `json:"name"`
	Prior  []float64   `json:"prior"`
	Values [][]float64 `json:"values"`
	Is     []Relation  `json:"is"`
	Target []float64   `json:"target"`
	Want   []float64   `json:"want"`
	Raw    []float64   `json:"raw"` // of the implementation with its own stopping rule
}

func TestPosteriorsAgreeWithAPublishedImplementation(t *testing.T) {
	b, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []golden
	if err := json.Unmarshal(b, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) < 6 {
		t.Fatalf("only %d cases", len(cases))
	}
	for _, c := range cases {
		var views []View
		for i := range c.Values {
			views = append(views, View{fmt.Sprint("view ", i), c.Values[i], c.Is[i], c.Target[i]})
		}
		q, err := Pool(c.Prior, views)
		if err != nil {
			t.Errorf("%s: %v", c.Name, err)
			continue
		}
		worst, raw := 0.0, 0.0
		for i, p := range q.P {
			worst = max(worst, math.Abs(p-c.Want[i]))
			raw = max(raw, math.Abs(p-c.Raw[i]))
		}
		if !(worst < 1e-8) {
			t.Errorf("%s: probabilities differ by %v", c.Name, worst)
		}
		if !(raw < 1e-4) { // its own tests ask for 1e-5 in the moments
			t.Errorf("%s: probabilities differ by %v from the untouched run", c.Name, raw)
		}
	}
}

// drawProblem draws paths, a prior and views that some probabilities satisfy. Values are normal numbers on
// many more paths than there are views, so that no view nearly repeats others: those have a test of their own.
func drawProblem(t *rapid.T) (prior []float64, views []View, inside []float64) {
	n := rapid.IntRange(40, 120).Draw(t, "paths")
	weights := func(label string) []float64 {
		w, sum := make([]float64, n), 0.0
		for i := range w {
			w[i] = rapid.Float64Range(0.05, 1).Draw(t, label)
			sum += w[i]
		}
		for i := range w {
			w[i] /= sum
		}
		return w
	}
	prior, inside = weights("prior"), weights("inside")
	for k := range rapid.IntRange(0, 5).Draw(t, "views") {
		x := normals(rapid.Uint64().Draw(t, "seed")+uint64(k)<<32, n)
		v := View{fmt.Sprint("view ", k), x, Relation(rapid.IntRange(0, 2).Draw(t, "is")), expectation(inside, x)}
		slack := rapid.Float64Range(0, 0.2).Draw(t, "slack")
		switch v.Is {
		case AtLeast:
			v.Target -= slack
		case AtMost:
			v.Target += slack
		}
		views = append(views, v)
	}
	return prior, views, inside
}

func entropy(q, p []float64) (sum float64) {
	for i := range q {
		if q[i] > 0 {
			sum += q[i] * math.Log(q[i]/p[i])
		}
	}
	return sum
}

// The posterior satisfies the views, sums to one, and no other probabilities that satisfy them are closer to
// the prior: neither those by which the views were made nor any mixture with them (the entropy is convex).
func TestThePosteriorIsTheClosestThatSatisfiesTheViews(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		prior, views, inside := drawProblem(t)
		q, err := Pool(prior, append([]View(nil), views...))
		if len(views) == 0 {
			if err != nil || q.Entropy > 1e-12 {
				t.Fatalf("without views: %v, %v", q, err)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		sum := 0.0
		for _, p := range q.P {
			if !(p >= 0) {
				t.Fatalf("a probability is %v", p)
			}
			sum += p
		}
		if !(math.Abs(sum-1) < 1e-12) {
			t.Fatalf("probabilities sum to %v", sum)
		}
		for i, v := range views {
			if !holds(q.P, v, 1e-8) {
				t.Fatalf("%s (%d): %v, target %v", v.Name, v.Is, expectation(q.P, v.Values), v.Target)
			}
			if !q.Binding[i] && q.Lambda[i] != 0 {
				t.Fatalf("%s does not bind and has the multiplier %v", v.Name, q.Lambda[i])
			}
		}
		if n := float64(len(prior)); !(q.Effective > 0.99 && q.Effective < n+1e-6) {
			t.Fatalf("effective number %v of %v", q.Effective, n)
		}
		for _, mix := range []float64{1, 0.3, 0.01} {
			other := make([]float64, len(prior))
			for i := range other {
				other[i] = (1-mix)*q.P[i] + mix*inside[i]
			}
			if !(entropy(other, prior) > q.Entropy-1e-9) {
				t.Fatalf("a mixture with %v is closer: %v below %v", mix, entropy(other, prior), q.Entropy)
			}
		}
	})
}

// Which view stands first must not matter, nor the unit of its values.
func TestOrderAndUnitsDoNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		prior, views, _ := drawProblem(t)
		if len(views) == 0 {
			return
		}
		a, err := Pool(prior, views)
		if err != nil {
			t.Fatal(err)
		}
		unit := rapid.Float64Range(1e-4, 1e4).Draw(t, "unit")
		turned := make([]View, len(views))
		for i, v := range views {
			x := make([]float64, len(v.Values))
			for j := range x {
				x[j] = v.Values[j] * unit
			}
			turned[len(views)-1-i] = View{v.Name, x, v.Is, v.Target * unit}
		}
		b, err := Pool(prior, turned)
		if err != nil {
			t.Fatal(err)
		}
		for i := range a.P {
			// A view satisfied to 1e-12 of its spread fixes probabilities to about its condition times that.
			if !(math.Abs(a.P[i]-b.P[i]) < 1e-6) {
				t.Fatalf("path %d: %v and %v", i, a.P[i], b.P[i])
			}
		}
	})
}

func TestViewsThatContradictEachOtherNameTheOneThatBreaks(t *testing.T) {
	a, b, c := normals(1, 500), normals(2, 500), normals(3, 500)
	f := func(view string, with []string, views ...View) {
		t.Helper()
		_, err := Pool(nil, views)
		var got *Contradiction
		if !errors.As(err, &got) {
			t.Errorf("want a contradiction, got %v", err)
			return
		}
		if got.View != view || fmt.Sprint(got.With) != fmt.Sprint(with) {
			t.Errorf("%v: want %s against %v", got, view, with)
		}
	}
	f("high", nil, Mean("fine", a, Equal, 0.1), Mean("high", b, Equal, 99))
	f("a low", []string{"a high"}, Mean("a high", a, AtLeast, 0.5), Mean("b", b, Equal, 0.2), Mean("a low", a, AtMost, 0.4), Mean("c", c, Equal, 0))
	f("c over a", []string{"a far over b", "b over c"},
		Mean("a far over b", sub(a, b), AtLeast, 0.1), Mean("unrelated", c, AtMost, 0.5), Rank("b over c", b, c), Rank("c over a", c, a))
	f("surely not", []string{"surely"}, Probability("surely", above(a, 0), Equal, 1-1e-9), Probability("surely not", above(a, 0), Equal, 0.2))
}

func sub(a, b []float64) []float64 {
	out := make([]float64, len(a))
	for i := range a {
		out[i] = a[i] - b[i]
	}
	return out
}

func above(x []float64, level float64) []bool {
	out := make([]bool, len(x))
	for i := range x {
		out[i] = x[i] > level
	}
	return out
}

// Of two half-lines for the same expectation Pool says "contradiction" exactly when they do not overlap.
func TestFeasibilityIsDecidedExactly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOfN(rapid.Float64Range(-1, 1), 3, 40).Draw(t, "x")
		lo, hi := math.Inf(1), math.Inf(-1)
		for _, v := range x {
			lo, hi = min(lo, v), max(hi, v)
		}
		low := rapid.Float64Range(-1.5, 1.5).Draw(t, "at least")
		high := rapid.Float64Range(-1.5, 1.5).Draw(t, "at most")
		const gap = 1e-3 // targets on the very edge are met only in the limit
		if math.Abs(low-hi) < gap || math.Abs(high-lo) < gap || math.Abs(low-high) < gap || hi-lo < gap {
			return
		}
		_, err := Pool(nil, []View{Mean("at least", x, AtLeast, low), Mean("at most", x, AtMost, high)})
		var c *Contradiction
		if possible := low < hi && high > lo && low < high; possible != !errors.As(err, &c) || possible && err != nil {
			t.Fatalf("at least %v, at most %v, values from %v to %v: %v", low, high, lo, hi, err)
		}
	})
}

func TestRepeatedAndIdleViewsChangeNothing(t *testing.T) {
	a := normals(4, 400)
	one, err := Pool(nil, []View{Mean("a", a, Equal, 0.3)})
	if err != nil {
		t.Fatal(err)
	}
	same := make([]float64, len(a))
	for i := range same {
		same[i] = 2
	}
	many, err := Pool(nil, []View{Mean("a", a, Equal, 0.3), Mean("a again", a, Equal, 0.3), Mean("idle", same, Equal, 2), Mean("slack", a, AtLeast, -1)})
	if err != nil {
		t.Fatal(err)
	}
	for i := range one.P {
		if !(math.Abs(one.P[i]-many.P[i]) < 1e-10) {
			t.Fatalf("path %d: %v and %v", i, one.P[i], many.P[i])
		}
	}
	if many.Binding[3] {
		t.Error("a view that holds already binds")
	}
	if _, err := Pool(nil, []View{Mean("never", same, Equal, 3)}); err == nil {
		t.Error("a constant was given another value")
	}
}

func TestBadInputSaysWhatIsWrong(t *testing.T) {
	x := []float64{1, 2, 3}
	for name, f := range map[string]func() error{
		"no paths":         func() error { _, err := Pool(nil, nil); return err },
		"a short view":     func() error { _, err := Pool([]float64{0.5, 0.5}, []View{Mean("x", x, Equal, 2)}); return err },
		"a NaN":            func() error { _, err := Pool(nil, []View{Mean("x", []float64{1, math.NaN()}, Equal, 2)}); return err },
		"a NaN target":     func() error { _, err := Pool(nil, []View{Mean("x", x, Equal, math.NaN())}); return err },
		"a prior of two":   func() error { _, err := Pool([]float64{1, 1, 0}, []View{Mean("x", x, Equal, 2)}); return err },
		"a negative prior": func() error { _, err := Pool([]float64{-1, 1, 1}, []View{Mean("x", x, Equal, 2)}); return err },
		"a level of 2":     func() error { _, err := PoolTails(nil, nil, []Tail{{"x", x, 2, 1}}); return err },
		"a tail too deep":  func() error { _, err := PoolTails(nil, nil, []Tail{{"x", x, 0.5, -9}}); return err },
	} {
		if f() == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func TestPathsThatCannotHappenStayAtZero(t *testing.T) {
	q, err := Pool([]float64{0.5, 0, 0.5}, []View{Mean("x", []float64{0, 5, 1}, Equal, 0.8)})
	if err != nil || q.P[1] != 0 || !(math.Abs(q.P[2]-0.8) < 1e-10) {
		t.Errorf("%+v, %v", q, err)
	}
	if _, err := Pool([]float64{0.5, 0, 0.5}, []View{Mean("x", []float64{0, 5, 1}, Equal, 2)}); err == nil {
		t.Error("a path of probability 0 made a view possible")
	}
}

// The mean of the worst outcomes with probability Level is the target, measured from the posterior alone.
func TestTailsHaveTheWantedMean(t *testing.T) {
	x, y := normals(5, 2000), normals(6, 2000)
	for _, c := range []struct{ level, target float64 }{{0.05, -2.6}, {0.05, -1.5}, {0.1, -2.2}, {0.01, -3}} {
		q, err := PoolTails(nil, []View{Mean("y", y, Equal, 0.1)}, []Tail{{"x", x, c.level, c.target}})
		if err != nil {
			t.Fatal(err)
		}
		got := tailMean(q.P, x, c.level)
		if !(math.Abs(got-c.target) < 1e-3) { // one path more or less in the tail moves its mean by about 1e-3
			t.Errorf("level %v: mean of the tail %v, want %v", c.level, got, c.target)
		}
		if !holds(q.P, Mean("y", y, Equal, 0.1), 1e-9) {
			t.Error("the other view was lost")
		}
	}
	two, err := PoolTails(nil, nil, []Tail{{"x", x, 0.05, -2.4}, {"y", y, 0.05, -2.3}})
	if err != nil {
		t.Fatal(err)
	}
	if a, b := tailMean(two.P, x, 0.05), tailMean(two.P, y, 0.05); !(math.Abs(a+2.4) < 1e-3 && math.Abs(b+2.3) < 1e-3) {
		t.Errorf("two tails: %v and %v", a, b)
	}
}

// tailMean is the mean of the lowest outcomes with probability level, the last one taken in part.
func tailMean(p, x []float64, level float64) float64 {
	order := make([]int, len(x))
	for i := range order {
		order[i] = i
	}
	for i := 1; i < len(order); i++ { // insertion is enough here
		for j := i; j > 0 && x[order[j]] < x[order[j-1]]; j-- {
			order[j], order[j-1] = order[j-1], order[j]
		}
	}
	left, sum := level, 0.0
	for _, i := range order {
		w := min(p[i], left)
		sum += w * x[i]
		left -= w
	}
	return sum / level
}

// The recursive search must find the tail that trying every size finds.
func TestTailsAgreeWithTryingEverything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(20, 120).Draw(t, "paths")
		x := normals(rapid.Uint64().Draw(t, "seed"), n)
		tail := Tail{"x", x, rapid.Float64Range(0.05, 0.3).Draw(t, "level"), rapid.Float64Range(-1.8, -0.8).Draw(t, "target")}
		q, err := PoolTails(nil, nil, []Tail{tail})
		order := make([]int, n)
		for i := range order {
			order[i] = i
		}
		for i := 1; i < n; i++ {
			for j := i; j > 0 && x[order[j]] < x[order[j-1]]; j-- {
				order[j], order[j-1] = order[j-1], order[j]
			}
		}
		least := math.Inf(1)
		for k := 1; k < n; k++ {
			if p, err := newSolver(nil, tailViews(tail, order, k), n).solve(); err == nil {
				least = min(least, p.Entropy)
			}
		}
		if math.IsInf(least, 1) {
			if err == nil {
				t.Fatal("a tail was found where there is none")
			}
			return
		}
		// Where the entropy is not quite unimodal in the size of the tail the search may stop beside the best.
		if err != nil || !(q.Entropy < least+0.02*least+1e-9) {
			t.Fatalf("%v, %v; the least is %v", q, err, least)
		}
	})
}

func BenchmarkPool50000x20(b *testing.B) {
	const n, k = 50_000, 20
	var views []View
	for i := range k {
		x := normals(uint64(i+1), n)
		v := Mean(fmt.Sprint("view ", i), x, Equal, 0.2*float64(i%5-2))
		if i%3 == 2 {
			v.Is, v.Target = AtLeast, 0.02
		}
		views = append(views, v)
	}
	var q *Posterior
	for b.Loop() {
		var err error
		if q, err = Pool(nil, views); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(q.Iterations), "iterations")
}
