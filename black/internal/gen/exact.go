package main

import "math/big"

// precision is the mantissa, in bits, of everything the generator computes before it rounds once to
// float64. The worst cancellation, in millsRatio at u = 8, loses about 47 bits.
const precision = 320

func num(x float64) *big.Float             { return new(big.Float).SetPrec(precision).SetFloat64(x) }
func add(a, b *big.Float) *big.Float       { return new(big.Float).SetPrec(precision).Add(a, b) }
func sub(a, b *big.Float) *big.Float       { return new(big.Float).SetPrec(precision).Sub(a, b) }
func mul(a, b *big.Float) *big.Float       { return new(big.Float).SetPrec(precision).Mul(a, b) }
func quo(a, b *big.Float) *big.Float       { return new(big.Float).SetPrec(precision).Quo(a, b) }
func root(a *big.Float) *big.Float         { return new(big.Float).SetPrec(precision).Sqrt(a) }
func scale(a *big.Float, k int) *big.Float { return new(big.Float).SetPrec(precision).SetMantExp(a, k) }
func toFloat64(a *big.Float) float64       { f, _ := a.Float64(); return f }
func negligible(term, sum *big.Float) bool {
	return term.Sign() == 0 || sum.Sign() != 0 && term.MantExp(nil) < sum.MantExp(nil)-precision-8
}

// exponential is eˣ by its Taylor series after halving x until |x| < 2⁻⁸.
func exponential(x *big.Float) *big.Float {
	halvings := max(0, x.MantExp(nil)+8)
	y := scale(x, -halvings)
	sum, term := num(1), num(1)
	for k := 1; ; k++ {
		term = quo(mul(term, y), num(float64(k)))
		sum = add(sum, term)
		if negligible(term, sum) {
			break
		}
	}
	for range halvings {
		sum = mul(sum, sum)
	}
	return sum
}

// cosine is cos x by its Taylor series; the generator needs 0 ≤ x ≤ π only.
func cosine(x *big.Float) *big.Float {
	sum, term := num(1), num(1)
	for k := 1; ; k++ {
		term = quo(mul(term, mul(x, x)), num(-float64((2*k-1)*2*k)))
		sum = add(sum, term)
		if negligible(term, sum) {
			return sum
		}
	}
}

// arctanInverse is arctan(1/n) by its Taylor series.
func arctanInverse(n float64) *big.Float {
	power := quo(num(1), num(n))
	sum := power
	for k := 1; ; k++ {
		power = quo(power, num(-n*n))
		term := quo(power, num(float64(2*k+1)))
		sum = add(sum, term)
		if negligible(term, sum) {
			return sum
		}
	}
}

// pi is Machin's formula, π = 16·arctan(1/5) − 4·arctan(1/239).
func pi() *big.Float {
	return sub(mul(num(16), arctanInverse(5)), mul(num(4), arctanInverse(239)))
}

// logarithmOfTwo is ln 2 = 2·artanh(1/3).
func logarithmOfTwo() *big.Float {
	sum, power := num(0), quo(num(1), num(3))
	for k := 0; ; k++ {
		term := quo(power, num(float64(2*k+1)))
		sum = add(sum, term)
		if negligible(term, sum) {
			return scale(sum, 1)
		}
		power = quo(power, num(9))
	}
}

// millsRatio is R(u) = (1−Φ(u))/φ(u), the Mills ratio of the normal law. Up to u = 8 it is
// √(π/2)·e^(u²/2) − Σ u^(2k+1)/(2k+1)!! (Abramowitz and Stegun 26.2.11); beyond, Laplace's continued
// fraction 1/(u+1/(u+2/(u+3/(u+…)))) (26.2.14), of which 600 terms leave an error below 2⁻³⁰⁰.
func millsRatio(u *big.Float) *big.Float {
	if u.Cmp(num(8)) > 0 {
		tail := num(0)
		for k := 600; k > 0; k-- {
			tail = quo(num(float64(k)), add(u, tail))
		}
		return quo(num(1), add(u, tail))
	}
	square := mul(u, u)
	sum, term := num(0), u
	for k := 1; ; k++ {
		sum = add(sum, term)
		if negligible(term, sum) {
			break
		}
		term = quo(mul(term, square), num(float64(2*k+1)))
	}
	return sub(mul(root(scale(pi(), -1)), exponential(scale(square, -1))), sum)
}

// chebyshev interpolates f on [−1, 1] at n Chebyshev points and returns the coefficients of the
// polynomial in powers of its argument, lowest first. For the smooth functions here the interpolant
// is within a small factor of the best polynomial of that degree.
func chebyshev(n int, f func(*big.Float) *big.Float) []*big.Float {
	half := pi()
	angle := func(j, k int) *big.Float {
		// cos(jπ(k+½)/n) repeats every 4n half steps; folding keeps the Taylor series short.
		turns := (j * (2*k + 1)) % (4 * n)
		if turns > 2*n {
			turns = 4*n - turns
		}
		return cosine(quo(mul(half, num(float64(turns))), num(float64(2*n))))
	}
	values := make([]*big.Float, n)
	for k := range values {
		values[k] = f(angle(1, k))
	}
	powers := make([]*big.Float, n)
	previous, current := make([]*big.Float, n), make([]*big.Float, n) // T(j−1), T(j) in powers
	for i := range n {
		powers[i], previous[i], current[i] = num(0), num(0), num(0)
	}
	current[0] = num(1)
	for j := range n {
		c := num(0)
		for k := range values {
			c = add(c, mul(values[k], angle(j, k)))
		}
		c = quo(c, num(float64(n)))
		if j > 0 {
			c = scale(c, 1)
		}
		next := make([]*big.Float, n)
		for i := range n {
			powers[i] = add(powers[i], mul(c, current[i]))
			next[i] = sub(num(0), previous[i])
			if i > 0 {
				factor := 2.0
				if j == 0 {
					factor = 1
				}
				next[i] = add(next[i], mul(num(factor), current[i-1]))
			}
		}
		if j == 0 {
			next[0] = num(0)
		}
		previous, current = current, next
	}
	return powers
}
