package main

import "math/big"

// substitute returns the coefficients, in powers of z, of p(alpha·z + beta).
func substitute(p []*big.Float, alpha, beta *big.Float) []*big.Float {
	out := []*big.Float{num(0)}
	for i := len(p) - 1; i >= 0; i-- {
		next := make([]*big.Float, len(out)+1)
		for k := range next {
			next[k] = num(0)
		}
		for k, c := range out {
			next[k] = add(next[k], mul(c, beta))
			next[k+1] = add(next[k+1], mul(c, alpha))
		}
		next[0] = add(next[0], p[i])
		out = next
	}
	return out[:len(p)]
}

func rounded(p []*big.Float) []float64 {
	out := make([]float64, len(p))
	for i, c := range p {
		out[i] = toFloat64(c)
	}
	return out
}
