package impact

import "math"

// log2 and exp2 serve the hot loop, where math.Pow would be most of the time. Both work by a table of 64
// entries and a short polynomial; together they give a power with exponent between −1 and 0 to a relative
// 1e-12 (the test measures it), which is far below what any coefficient of a law is known to.

const (
	tableBits = 6
	tableSize = 1 << tableBits
)

var logTable, inverseTable, expTable = tables()

func tables() (logs, inverses, exps [tableSize]float64) {
	for i := range tableSize {
		c := 1 + (float64(i)+0.5)/tableSize // centre of the i-th part of [1, 2)
		inverses[i] = 1 / c
		logs[i] = -math.Log2(inverses[i])
		exps[i] = math.Exp2(float64(i) / tableSize)
	}
	return logs, inverses, exps
}

// log2 is the logarithm of a positive, normal number: x = 2^k·c·(1+r) with |r| < 1/128, and
// log2(1+r) by the series to the sixth power.
func log2(x float64) float64 {
	b := math.Float64bits(x)
	k := int64(b>>52) - 1023
	i := b >> (52 - tableBits) & (tableSize - 1)
	m := math.Float64frombits(b&(1<<52-1) | 1023<<52)
	r := m*inverseTable[i] - 1
	p := r * (1 + r*(-1./2+r*(1./3+r*(-1./4+r*(1./5-r/6)))))
	return float64(k) + logTable[i] + p*math.Log2E
}

// exp2 is 2^x for |x| < 1000: x = k + i/64 + r with |r| ≤ 1/128, and 2^r by the series to the fifth power.
// Adding and taking off 1.5·2^52 rounds to a whole number and leaves it in the low bits.
func exp2(x float64) float64 {
	const shift = 3 << 51
	n := x*tableSize + shift
	k := int64(math.Float64bits(n)<<13) >> 13
	r := (x - (n-shift)/tableSize) * math.Ln2
	p := 1 + r*(1+r*(1./2+r*(1./6+r*(1./24+r/120))))
	return math.Float64frombits(uint64((k>>tableBits)+1023)<<52) * expTable[k&(tableSize-1)] * p
}
