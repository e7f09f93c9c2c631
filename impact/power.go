package impact

import "math"

// powers computes x^p for one power p, for the hot loop, where math.Pow would be most of the time. With
// x = 2^k·c·(1+r), c the centre of one of 256 parts of [1, 2) and |r| < 1/512, it is the product of two
// table entries and the binomial series of (1+r)^p to the fourth power, whose first term left out is
// below 1e-14 for p between −1 and 0. The test measures it against math.Pow.
type powers struct {
	octave  [octaves]float64 // 2^(k·p), k from −lowest
	part    [parts]float64   // c^p
	inverse [parts]float64   // 1/c
	series  [4]float64       // binomial coefficients of p
	p       float64
}

const (
	partBits = 8
	parts    = 1 << partBits
	octaves  = 64
	lowest   = 40 // x from 2^−40 to 2^24 is in the table
)

func newPowers(p float64) *powers {
	t := &powers{p: p}
	for i := range t.octave {
		t.octave[i] = math.Exp2(float64(i-lowest) * p)
	}
	for i := range t.part {
		c := 1 + (float64(i)+0.5)/parts
		t.part[i], t.inverse[i] = math.Pow(c, p), 1/c
	}
	b := 1.0
	for j := range t.series {
		b *= (p - float64(j)) / float64(j+1)
		t.series[j] = b
	}
	return t
}

// roots sets dst to scale·q·(|q| + start)^p for q = usd·inverse·load, whose sum with start must be a
// positive, normal number. It stands in one loop since a call for each entry takes as long as the rest.
func (t *powers) roots(dst, usd, load []float64, scale, inverse, start float64) {
	usd, load = usd[:len(dst)], load[:len(dst)]
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
		r := math.Float64frombits(b&(1<<52-1)|1023<<52)*t.inverse[j] - 1
		dst[i] = scale * q * t.octave[k] * t.part[j] * (1 + r*(s0+r*(s1+r*(s2+r*s3))))
	}
}
