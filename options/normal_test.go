package options

import (
	"math"
	"testing"

	"faultline/black"
)

func TestTabulatedNormalDistributionAgreesWithTheExactOne(t *testing.T) {
	for x := -12.0; x < 12; x += 1.0 / 1024 / math.Pi {
		got, want := normCDF(x), black.NormCDF(x)
		if !(math.Abs(got/want-1) < 2e-10) {
			t.Fatalf("at %v: %v, want %v", x, got, want)
		}
	}
	if !math.IsNaN(normCDF(math.NaN())) || normCDF(math.Inf(1)) != 1 || normCDF(math.Inf(-1)) != 0 {
		t.Error("at the edges")
	}
}

func BenchmarkNormCDF(b *testing.B) {
	f := func(name string, cdf func(float64) float64) {
		b.Run(name, func(b *testing.B) {
			x, sum := -7.0, 0.0
			for b.Loop() {
				if x += 0.37; x > 7 {
					x -= 14
				}
				sum += cdf(x)
			}
			if math.IsNaN(sum) {
				b.Fatal(sum)
			}
		})
	}
	f("table", normCDF)
	f("exact", black.NormCDF)
}
