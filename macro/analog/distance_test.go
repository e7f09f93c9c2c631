package analog

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// walk is three random walks.
func walk(rng *rand.Rand, n int) (x [Dims][]float64) {
	for k := range Dims {
		x[k] = make([]float64, n)
		v := 5 + rng.NormFloat64()
		for i := range x[k] {
			v += 0.3 * rng.NormFloat64()
			x[k][i] = v
		}
	}
	return x
}

// brute is the definition: bring both stretches to mean 0 and standard deviation 1, and add up squares.
func brute(q, x *[Dims][]float64, e, w int) float64 {
	a, b := make([]float64, w*Dims), make([]float64, w*Dims)
	if e < w-1 || !normalised(a, q, len(q[0])-1, w) || !normalised(b, x, e, w) {
		return math.Inf(1)
	}
	s := 0.0
	for i := range a {
		s += (a[i] - b[i]) * (a[i] - b[i])
	}
	return math.Sqrt(s / (2 * float64(w) * Dims))
}

func TestAllLengthsAtOnceAgreeWithTheDefinition(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 1))
		long := rapid.IntRange(4, 20).Draw(rt, "long")
		short := rapid.IntRange(3, long).Draw(rt, "short")
		q, x := walk(rng, long+rapid.IntRange(0, 5).Draw(rt, "more")), walk(rng, rapid.IntRange(long, 60).Draw(rt, "months"))
		if rapid.Bool().Draw(rt, "flat") { // a stretch in which nothing moves
			for i := range min(long+3, len(x[1])) {
				x[1][i] = 4
			}
		}
		for i, row := range profile(&q, &x, short, long) {
			for e, got := range row {
				want := brute(&q, &x, e, short+i)
				// The squared distance is 1 − ρ; ρ of numbers near 1 carries an error of some 1e-13
				// where the stretch moves by a tenth of its distance from the mean or more, and its root
				// one of 1e-6 at zero.
				if math.IsInf(want, 1) != math.IsInf(got, 1) || !math.IsInf(want, 1) && !(math.Abs(got*got-want*want) < 1e-9) {
					rt.Fatalf("length %d, end %d: %v, by definition %v", short+i, e, got, want)
				}
			}
		}
	})
}

func TestTheSameShapeIsAtZeroAndTheMirrorImageAtRootTwo(t *testing.T) {
	x := walk(rand.New(rand.NewPCG(3, 4)), 40)
	var q, mirror [Dims][]float64
	for k := range Dims {
		for i := 10; i < 30; i++ {
			q[k] = append(q[k], 7*x[k][i]+float64(k)-3) // another level, another swing
			mirror[k] = append(mirror[k], -2*x[k][i])
		}
	}
	if d := profile(&q, &x, 20, 20)[0][29]; !(d < 1e-6) {
		t.Errorf("the same shape is %v away", d)
	}
	if d := profile(&mirror, &x, 20, 20)[0][29]; !(math.Abs(d-math.Sqrt2) < 1e-9) {
		t.Errorf("the mirror image is %v away", d)
	}
}

// bruteWarp is dynamic time warping over the whole table, without bounds.
func bruteWarp(q, x *[Dims][]float64, e, w, band int) float64 {
	a, b := make([]float64, w*Dims), make([]float64, w*Dims)
	if e < w-1 || !normalised(a, q, len(q[0])-1, w) || !normalised(b, x, e, w) {
		return math.Inf(1)
	}
	table := make([][]float64, w+1)
	for i := range table {
		table[i] = make([]float64, w+1)
		for j := range table[i] {
			table[i][j] = math.Inf(1)
		}
	}
	table[0][0] = 0
	for i := 1; i <= w; i++ {
		for j := 1; j <= w; j++ {
			if i-j > band || j-i > band {
				continue
			}
			c := 0.0
			for k := range Dims {
				d := a[(i-1)*Dims+k] - b[(j-1)*Dims+k]
				c += d * d
			}
			table[i][j] = c + min(table[i-1][j], table[i][j-1], table[i-1][j-1])
		}
	}
	return math.Sqrt(table[w][w] / (2 * float64(w) * Dims))
}

func TestPrunedWarpingFindsTheSameNearestStretchAsTheFullTable(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 2))
		w := rapid.IntRange(4, 24).Draw(rt, "length")
		share := rapid.Float64Range(0, 0.4).Draw(rt, "band")
		q, x := walk(rng, w), walk(rng, rapid.IntRange(w, 80).Draw(rt, "months"))
		band := int(math.Ceil(share * float64(w)))
		want := make([]float64, len(x[0]))
		for e := range want {
			want[e] = bruteWarp(&q, &x, e, w, band)
		}
		all, pruned := warpAll(&q, &x, w, share, true), warpAll(&q, &x, w, share, false)
		for e := range want {
			if math.IsInf(want[e], 1) != math.IsInf(all[e], 1) || !math.IsInf(want[e], 1) && !(math.Abs(all[e]-want[e]) < 1e-12) {
				rt.Fatalf("end %d: %v, full table %v", e, all[e], want[e])
			}
		}
		a, b := nearest(want), nearest(pruned)
		if a != b && !(math.Abs(want[a]-want[b]) < 1e-12) || a >= 0 && !(math.Abs(want[a]-pruned[b]) < 1e-12) {
			rt.Fatalf("nearest is %d, pruned search finds %d", a, b)
		}
	})
}

func TestWarpingWithoutABandIsThePlainDistanceAndMoreFreedomIsNeverFarther(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 9))
	q, x := walk(rng, 30), walk(rng, 90)
	plain, some, more := warpAll(&q, &x, 30, 0, true), warpAll(&q, &x, 30, 0.1, true), warpAll(&q, &x, 30, 0.5, true)
	for e := 29; e < 90; e++ {
		if !(math.Abs(plain[e]-brute(&q, &x, e, 30)) < 1e-12) || !(some[e] <= plain[e]+1e-12) || !(more[e] <= some[e]+1e-12) {
			t.Fatalf("end %d: %v, %v, %v", e, plain[e], some[e], more[e])
		}
	}
}

func TestFeaturesDoNotDependOnUnits(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	q, x := walk(rng, 30), walk(rng, 200)
	want := mahalanobis(&q, &x, 24)
	for k := range Dims {
		scale, shift := math.Pow(10, float64(k-1)), float64(10*k)
		for i := range q[k] {
			q[k][i] = q[k][i]*scale + shift
		}
		for i := range x[k] {
			x[k][i] = x[k][i]*scale + shift
		}
	}
	got := mahalanobis(&q, &x, 24)
	for e := 23; e < 200; e++ {
		// The solution of nine equations whose matrix has a condition number of at most 1e4.
		if !(math.Abs(got[e]-want[e]) < 1e-8*want[e]) {
			t.Fatalf("end %d: %v in other units, %v", e, got[e], want[e])
		}
	}
	// A stretch is at 0 from itself.
	var self [Dims][]float64
	for k := range Dims {
		self[k] = x[k][100:124]
	}
	if d := mahalanobis(&self, &x, 24); !(d[123] < 1e-9) || nearest(d) != 123 {
		t.Errorf("a stretch is %v from itself", d[123])
	}
}

func TestSurrogatesKeepTheChangesAndTheEnds(t *testing.T) {
	x := walk(rand.New(rand.NewPCG(1, 2)), 300)
	y := surrogate(&x, 24, rand.New(rand.NewPCG(3, 3)))
	for k := range Dims {
		if y[k][0] != x[k][0] || !(math.Abs(y[k][299]-x[k][299]) < 1e-9) {
			t.Errorf("%s runs from %v to %v, the true past from %v to %v", Names[k], y[k][0], y[k][299], x[k][0], x[k][299])
		}
		a, b := 0.0, 0.0
		for i := 1; i < 300; i++ {
			a += (x[k][i] - x[k][i-1]) * (x[k][i] - x[k][i-1])
			b += (y[k][i] - y[k][i-1]) * (y[k][i] - y[k][i-1])
		}
		// The sum of 299 squares of normal numbers, dealt anew in thirteen blocks: its standard deviation
		// is √(2/299)·√2 = 12 % of it.
		if !(math.Abs(a/b-1) < 0.5) {
			t.Errorf("%s: squared changes %v, of the true past %v", Names[k], b, a)
		}
	}
}

func BenchmarkProfile(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 1))
	q, x := walk(rng, 60), walk(rng, 432)
	for b.Loop() {
		profile(&q, &x, 24, 60)
	}
}

func BenchmarkProfileByDefinition(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 1))
	q, x := walk(rng, 60), walk(rng, 432)
	for b.Loop() {
		for w := 24; w <= 60; w++ {
			for e := range x[0] {
				brute(&q, &x, e, w)
			}
		}
	}
}

func BenchmarkWarpedNearest(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 1))
	q, x := walk(rng, 48), walk(rng, 432)
	for b.Loop() {
		warpAll(&q, &x, 48, 0.1, false)
	}
}

func BenchmarkWarpedNearestFullTable(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 1))
	q, x := walk(rng, 48), walk(rng, 432)
	for b.Loop() {
		for e := range x[0] {
			bruteWarp(&q, &x, e, 48, 5)
		}
	}
}
