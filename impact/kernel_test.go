package impact

import (
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"
)

func ways(do func(way string)) {
	v, w := vectors, wide
	defer func() { vectors, wide = v, w }()
	vectors, wide = false, false
	do("one by one")
	if v {
		vectors = true
		do("four at a time")
	}
	if w {
		wide = true
		do("eight at a time")
	}
}

// curves are one of each law.
func curves(t interface{ Fatalf(string, ...any) }, exponent float64) []Curve {
	var out []Curve
	for _, k := range Kinds {
		l := Law{Kind: k, Slope: 1, Root: 1, Exponent: exponent, Start: 0.001}
		c, err := l.Curve(Market{Volume: 7e11, Vol: 0.012, Cap: 6e13, Multiplier: 5, Depth: math.NaN()}, 1)
		if err != nil {
			t.Fatalf("%v", err)
		}
		out = append(out, c)
	}
	return out
}

func TestBlocksAreTheSameToTheLastBitWithVectorsOfAnyLength(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(0, 70).Draw(r, "amounts")
		usd, load := make([]float64, n), make([]float64, n)
		for i := range usd {
			usd[i] = rapid.OneOf(
				rapid.Float64Range(-1e12, 1e12), rapid.Float64Range(-1e12, 1e12), rapid.Float64Range(-1e8, 1e8),
				// Beyond the octaves of the table, and what is no amount.
				rapid.SampledFrom([]float64{0, 1e30, -1e30, math.NaN(), math.Inf(1)}),
			).Draw(r, fmt.Sprintf("usd %d", i))
			load[i] = rapid.Float64Range(0.06, 16).Draw(r, fmt.Sprintf("load %d", i))
		}
		for _, c := range curves(r, rapid.Float64Range(0.3, 1).Draw(r, "exponent")) {
			var want []float64
			ways(func(way string) {
				dst := make([]float64, n)
				c.Block(dst, usd, load)
				if want == nil {
					want = dst
				}
				for i := range dst {
					if math.Float64bits(dst[i]) != math.Float64bits(want[i]) && !(dst[i] != dst[i] && want[i] != want[i]) {
						r.Fatalf("%v, %s: %v dollars at a load of %v move %v, want %v", c.kind, way, usd[i], load[i], dst[i], want[i])
					}
				}
			})
		}
	})
}

// The first term of the series that is left out is at most half of (1/512)^5 = 2.8e-14 for a power of −0.7 or
// more; a dozen roundings of 1.1e-16 come to it.
func TestABlockIsTheLawAmountByAmount(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		usd := []float64{math.Pow(10, rapid.Float64Range(3, 17).Draw(r, "log dollars"))}
		usd = append(usd, -usd[0])
		load := []float64{rapid.Float64Range(0.0625, 16).Draw(r, "load"), 1}
		for _, c := range curves(r, rapid.Float64Range(0.3, 1).Draw(r, "exponent")) {
			dst := make([]float64, 2)
			c.Block(dst, usd, load)
			for i := range dst {
				if want := c.Move(usd[i] * load[i]); !(math.Abs(dst[i]/want-1) <= 1.6e-14) {
					r.Fatalf("%v: %v dollars move %v, want %v", c.kind, usd[i]*load[i], dst[i], want)
				}
			}
		}
	})
}
