package cascade

import (
	"math"
	"sort"
	"testing"
)

func TestNormalsHaveTheMomentsAndTheDistributionOfNormals(t *testing.T) {
	const n = 1 << 20
	z := make([]float64, n)
	normals(z, keyOf(7, 1))
	var m [5]float64
	for _, x := range z {
		for k := range m {
			m[k] += math.Pow(x, float64(k)) / n
		}
	}
	// Standard errors of the moments of n normals: √(1/n), √(2/n), √(15/n), √(96/n). Five of each.
	for k, want := range []float64{1, 0, 1, 0, 3} {
		se := math.Sqrt([]float64{0, 1, 2, 15, 96}[k] / n)
		if !(math.Abs(m[k]-want) <= 5*se+1e-9) {
			t.Errorf("moment %d is %v, want %v within %v", k, m[k], want, 5*se)
		}
	}
	sort.Float64s(z)
	worst := 0.0
	for i, x := range z {
		worst = math.Max(worst, math.Abs(math.Erfc(-x/math.Sqrt2)/2-(float64(i)+0.5)/n))
	}
	// Kolmogorov's distribution: 1.95/√n is passed with probability 0.001.
	if !(worst < 1.95/math.Sqrt(n)) {
		t.Errorf("distance to the normal distribution %v", worst)
	}
	if z[0] > -4 || z[n-1] < 4 {
		t.Errorf("no tail: %v to %v", z[0], z[n-1])
	}
}

func TestStreamsDependOnTheirPlaceOnlyAndAreUncorrelated(t *testing.T) {
	const n = 1 << 16
	a, b, part := make([]float64, n), make([]float64, n), make([]float64, 100)
	normals(a, keyOf(7, 1, 2))
	normals(b, keyOf(7, 1, 3))
	normals(part, keyOf(7, 1, 2))
	dot, lag := 0.0, 0.0
	for i := range a {
		dot += a[i] * b[i] / n
		lag += a[i] * a[(i+1)%n] / n
		if i < len(part) && part[i] != a[i] {
			t.Fatal("a shorter request gives other numbers")
		}
	}
	if se := 1 / math.Sqrt(n); !(math.Abs(dot) < 5*se) || !(math.Abs(lag) < 5*se) {
		t.Errorf("correlation %v, with the next %v", dot, lag)
	}
}

func BenchmarkNormals(b *testing.B) {
	z := make([]float64, 1024)
	key := uint64(1)
	for b.Loop() {
		normals(z, key)
		key++
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1024, "ns/normal")
}
