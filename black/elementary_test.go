package black

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

func TestExponentialsAreWithinTheirBound(t *testing.T) {
	// package math is within one unit of the last place itself, hence one more than stated.
	rng := rand.New(rand.NewPCG(21, 22))
	natural, binary := 0.0, 0.0
	for range 200_000 {
		x := expLowest * rng.Float64()
		if rng.IntN(2) == 0 {
			x = -math.Exp(-40 * rng.Float64())
		}
		natural = max(natural, math.Abs(expNegative(x)/math.Exp(x)-1))
		y := exp2Highest * rng.Float64()
		binary = max(binary, math.Abs(exp2Negative(y)/math.Exp2(-y)-1))
	}
	if !(natural <= 2*epsilon && binary <= 3*epsilon) {
		t.Errorf("largest errors: natural %.2f, binary %.2f, in 2⁻⁵²", natural/epsilon, binary/epsilon)
	}
	if expNegative(-706.1) != 0 || exp2Negative(1020.1) != 0 || expNegative(-1e300) != 0 || exp2Negative(1e300) != 0 || exp2Negative(math.Inf(1)) != 0 {
		t.Error("an exponential beyond its range is not zero")
	}
}

func TestLogRatioIsWithinItsBoundHoweverCloseItsArguments(t *testing.T) {
	// The oracle is 2·artanh(q), q = (n−d)/(n+d) in 200 bits, summed where |q| < 1/3, and otherwise
	// package math, whose quotient is then harmless.
	exact := func(n, d float64) float64 {
		a, b := new(big.Float).SetPrec(200).SetFloat64(n), new(big.Float).SetPrec(200).SetFloat64(d)
		q := new(big.Float).Quo(new(big.Float).Sub(a, b), new(big.Float).Add(a, b))
		if f, _ := q.Float64(); math.Abs(f) > 1.0/3 {
			return math.Log(n / d)
		}
		square := new(big.Float).Mul(q, q)
		sum, power := new(big.Float).SetPrec(200), new(big.Float).Copy(q)
		for k := 1; k < 140; k += 2 {
			sum.Add(sum, new(big.Float).Quo(power, big.NewFloat(float64(k))))
			power.Mul(power, square)
		}
		f, _ := sum.Float64()
		return 2 * f
	}
	rng := rand.New(rand.NewPCG(23, 24))
	largest := 0.0
	for i := range 6_000 {
		d := math.Exp(100 * rng.NormFloat64())
		n := d * math.Exp(math.Exp(-38*rng.Float64()+3)*float64(1-2*rng.IntN(2)))
		if i%3 == 0 {
			n = d * math.Exp(0.8*(2*rng.Float64()-1))
		}
		if n == d {
			if got := logRatio(n, d); got != 0 {
				t.Fatalf("logRatio(%x, %x) = %g, want 0", n, d, got)
			}
			continue
		}
		want := exact(n, d)
		got, wide := logRatio(n, d), logRatioAny(n, d)
		largest = max(largest, math.Abs(got/want-1), math.Abs(wide/want-1))
		if !(math.Abs(got/want-1) <= 2.5*epsilon && math.Abs(wide/want-1) <= 2.5*epsilon) {
			t.Fatalf("logRatio(%x, %x) = %g, logRatioAny %g, want %g", n, d, got, wide, want)
		}
	}
	t.Logf("largest error %.2f·2⁻⁵²", largest/epsilon)
}

func TestLogRatioAnyReachesTheEndsOfTheRange(t *testing.T) {
	f := func(n, d, want float64) {
		t.Helper()
		if got := logRatioAny(n, d); !(math.Abs(got-want) <= 2*epsilon*math.Abs(want)) {
			t.Errorf("logRatioAny(%g, %g) = %.17g, want %.17g", n, d, got, want)
		}
	}
	f(0x1p1023, 0x1p-1074, 2097*math.Ln2)
	f(0x1p-1074, 0x1p1023, -2097*math.Ln2)
	f(0x1p-1073, 0x1p-1074, math.Ln2)
	f(0x1p-1074, 0x1p-1074, 0)
	f(math.MaxFloat64, 0x1p1023, math.Log(2-0x1p-52))
}

func TestMillsDropLosesNothingWhenItsArgumentsAreClose(t *testing.T) {
	// R′(u) = u·R(u) − 1, so that a tiny gap's drop is gap·(1 − u·R(u)), up to gap²; larger gaps are
	// compared with the difference itself.
	for _, u := range []float64{-0.7, -0.1, 0, 0.3, 1, 2.5, 6} {
		for _, gap := range []float64{1e-300, 1e-30, 1e-12} {
			drop, first := millsDrop(u, u+gap, gap)
			slope := 1 - u*millsRatio(u)
			if !(math.Abs(drop/(gap*slope)-1) <= 2*gap+6*epsilon+8*epsilon*math.Abs(u*millsRatio(u))/slope) {
				t.Errorf("u=%g gap=%g: %g, want %g", u, gap, drop, gap*slope)
			}
			if !(math.Abs(first/millsRatio(u)-1) <= 2*epsilon) {
				t.Errorf("u=%g: ratio %g, want %g", u, first, millsRatio(u))
			}
		}
		for _, gap := range []float64{0.5, 3, 40} {
			drop, _ := millsDrop(u, u+gap, gap)
			want := millsRatio(u) - millsRatio(u+gap)
			if !(math.Abs(drop-want) <= 6*epsilon*millsRatio(u)) {
				t.Errorf("u=%g gap=%g: %g, want %g", u, gap, drop, want)
			}
		}
	}
}

func TestNormalTailAgreesWithErfc(t *testing.T) {
	for x := -37.0; x <= 9; x += 0.01 {
		want := 0.5 * math.Erfc(-x/math.Sqrt2)
		// −x/√2 rounds, which Erfc turns into x² roundings of the tail.
		if got := NormCDF(x); !(math.Abs(got/want-1) <= (8+x*x)*epsilon) {
			t.Fatalf("x=%g: %g, want %g", x, got, want)
		}
	}
}
