package impact

import "math"

// powers computes x^p for one power p, for the hot loop, where math.Pow would be most of the time. With
// x = 2^(8i+k−40)·c·(1+r), c the centre of one of 256 parts of [1, 2) and |r| < 1/512, it is the product of
// three table entries and the binomial series of (1+r)^p to the fourth power, whose first term left out is
// below 1.4e-14 for p between −0.7 and 0, and twice that for −1. The test measures it against math.Pow.
type powers struct {
	coarse [8]float64         // 2^((8i−40)·p)
	fine   [8]float64         // 2^(k·p)
	part   [2 * parts]float64 // c^p and 1/c by turns
	series [4]float64         // binomial coefficients of p
	p      float64
}

const (
	partBits = 8
	parts    = 1 << partBits
	octaves  = 64
	lowest   = 40 // x from 2^−40 to 2^24 is in the table
)

func newPowers(p float64) *powers {
	t := &powers{p: p}
	for i := range t.fine {
		t.coarse[i], t.fine[i] = math.Exp2(float64(8*i-lowest)*p), math.Exp2(float64(i)*p)
	}
	for i := range parts {
		c := 1 + (float64(i)+0.5)/parts
		t.part[2*i], t.part[2*i+1] = math.Pow(c, p), 1/c
	}
	b := 1.0
	for j := range t.series {
		b *= (p - float64(j)) / float64(j+1)
		t.series[j] = b
	}
	return t
}

// roots sets dst to scale·q·(|q| + start)^p for q = usd·inverse·load, whose sum with start must be a
// positive, normal number.
func (t *powers) roots(dst, usd, load []float64, scale, inverse, start float64) {
	usd, load = usd[:len(dst)], load[:len(dst)]
	for len(dst) > 0 {
		done := 0
		if n := len(dst) &^ (widest - 1); n > 0 {
			switch {
			case wide:
				done = rootsAVX512(&dst[0], &usd[0], &load[0], &t.coarse[0], &t.fine[0], &t.part[0], &t.series[0], n, scale, inverse, start)
			case vectors:
				done = rootsAVX2(&dst[0], &usd[0], &load[0], &t.coarse[0], &t.fine[0], &t.part[0], &t.series[0], n, scale, inverse, start)
			}
		}
		// What is left of a whole vector, and one that reaches beyond the table.
		end := len(dst)
		if vectors {
			end = min(done+widest, end)
		}
		t.scalar(dst[done:end], usd[done:end], load[done:end], scale, inverse, start)
		dst, usd, load = dst[end:], usd[end:], load[end:]
	}
}

// scalar is roots one by one. It stands in one loop since a call for each entry takes as long as the rest. The
// conversions keep compilers from fusing a product with the addition that follows.
func (t *powers) scalar(dst, usd, load []float64, scale, inverse, start float64) {
	s0, s1, s2, s3 := t.series[0], t.series[1], t.series[2], t.series[3]
	for i := range dst {
		q := usd[i] * inverse * load[i]
		x := math.Abs(q) + start
		b := math.Float64bits(x)
		k := b>>52 - (1023 - lowest)
		if k >= octaves {
			dst[i] = scale * q * math.Pow(x, t.p)
			continue
		}
		j := b >> (52 - partBits) & (parts - 1)
		r := float64(math.Float64frombits(b&(1<<52-1)|1023<<52)*t.part[2*j+1]) - 1
		dst[i] = scale * q * t.coarse[k>>3] * t.fine[k&7] * t.part[2*j] *
			(1 + float64(r*(s0+float64(r*(s1+float64(r*(s2+float64(r*s3))))))))
	}
}
