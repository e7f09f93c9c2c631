package main

import (
	"math"
	"math/big"
)

// coefficients are every fitted number of package black. The scalar code and the vector kernels are
// both generated from one value of it.
type coefficients struct {
	mills []float64 // (u+millsPole)·R(u) in powers of 1 − millsSpan/(u+millsPole)
	exp   []float64 // (eʳ−1−r)/r² in powers of r, |r| ≤ ½·ln 2
	exp2  []float64 // 2⁻ᵍ in powers of g, |g| ≤ ½
	log   []float64 // 2·(artanh(f)/f−1)/f² in powers of f², |f| ≤ 1/5
	wing  []float64 // (ℓ/h)²/(ℓ+wingPole) in powers of 2ℓ/(ℓ+wingPole) − 1
	bulk  []float64 // y, y², … of the ratio Black deviation / Bachelier deviation − 1
	cross []float64 // a²y, a²y², … of the same
}

const (
	// millsLow is the lowest argument at which the Mills ratio is used: −0.6745, where an
	// at-the-money option is worth half its maximum, less a margin for the first guess.
	millsLow = 0.75
	// millsPole and millsTerms were chosen by trial: 5 and 27 are the cheapest pair with which
	// divided differences of the ratio stay within 5·2⁻⁵² of the truth from −0.75 to infinity.
	millsPole  = 5
	millsSpan  = 2 * (millsPole - millsLow)
	millsTerms = 27
	// expTerms, exp2Terms and logTerms leave approximation errors below 2⁻⁵⁶ of the function.
	expTerms  = 10
	exp2Terms = 12
	logTerms  = 8
	// wingPole and wingTerms keep the guess of h within 10⁻⁴ for time values down to 1e-308.
	wingPole  = 10
	wingTerms = 9
	// bulkTerms and crossTerms keep the guess of σ√T within 3·10⁻⁴ on the domain of the fit.
	bulkTerms  = 5
	crossTerms = 3
	// fitMoneyness and fitDeviation bound |ln(F/K)| and σ√T of that domain.
	fitMoneyness = 2.0
	fitDeviation = 2.5
)

func fitAll() coefficients {
	c := coefficients{mills: fitMills(), exp: fitExp(), exp2: fitExp2(), log: fitLog(), wing: fitWing()}
	c.bulk, c.cross = fitBulk(c.wing)
	return c
}

// short rounds to 24 bits. The guess needs no more, and the last bits of math.Exp and math.Log,
// which differ between machines, then leave no mark on the generated files.
func short(p []float64) []float64 {
	out := make([]float64, len(p))
	for i, x := range p {
		out[i] = float64(float32(x))
	}
	return out
}

func fitMills() []float64 {
	return rounded(chebyshev(millsTerms, func(v *big.Float) *big.Float {
		shifted := quo(num(millsSpan), sub(num(1), v))
		return mul(shifted, millsRatio(sub(shifted, num(millsPole))))
	}))
}

func fitExp() []float64 {
	// The bound is a little more than ½·ln 2, since the reduction rounds.
	bound := mul(logarithmOfTwo(), num(0.5*(1+0x1p-20)))
	p := chebyshev(expTerms, func(v *big.Float) *big.Float {
		r := mul(v, bound)
		return quo(sub(sub(exponential(r), num(1)), r), mul(r, r))
	})
	return rounded(substitute(p, quo(num(1), bound), num(0)))
}

func fitExp2() []float64 {
	p := chebyshev(exp2Terms, func(v *big.Float) *big.Float {
		return exponential(mul(v, mul(logarithmOfTwo(), num(-0.5))))
	})
	return rounded(substitute(p, num(2), num(0)))
}

func fitLog() []float64 {
	// f² runs over [0, 1/25]; the small shift keeps the nodes away from 0/0.
	bound := 0.04 * (1 + 0x1p-20)
	p := chebyshev(logTerms, func(v *big.Float) *big.Float {
		z := mul(add(v, num(1)), num(bound/2))
		sum, power := num(0), num(2)
		for k := 1; ; k++ {
			term := quo(power, num(float64(2*k+1)))
			sum = add(sum, term)
			if negligible(term, sum) {
				return sum
			}
			power = mul(power, z)
		}
	})
	return rounded(substitute(p, num(2/bound), num(-1)))
}

// bachelierLogarithm is ℓ = ln(1+z), z = h/(φ(h)·(1−h·R(h))): one plus the ratio of the distance
// between strike and forward to the Bachelier price, at h = distance / standard deviation.
func bachelierLogarithm(h float64) float64 {
	gap := toFloat64(sub(num(1), mul(num(h), millsRatio(num(h)))))
	lnz := math.Log(h) + h*h/2 + 0.5*math.Log(2*math.Pi) - math.Log(gap)
	if lnz > 30 {
		return lnz
	}
	return math.Log1p(math.Exp(lnz))
}

func invertBachelier(l float64) float64 {
	low, high := 0.0, 60.0
	for range 100 {
		if mid := (low + high) / 2; bachelierLogarithm(mid) < l {
			low = mid
		} else {
			high = mid
		}
	}
	return high
}

func fitWing() []float64 {
	// v runs from ℓ = 0 to ℓ = 760, a little over the logarithm of the largest z.
	top := 2*760.0/(760+wingPole) - 1
	alpha, beta := (top+1)/2, (top-1)/2
	p := chebyshev(wingTerms, func(t *big.Float) *big.Float {
		v := alpha*toFloat64(t) + beta
		l := wingPole * (1 + v) / (1 - v)
		h := invertBachelier(l)
		return num(l / h * (l / h) / (l + wingPole))
	})
	return short(rounded(substitute(p, num(1/alpha), num(-beta/alpha))))
}

// bachelierGuess is the standard deviation that a Bachelier model would need for the logarithmic
// moneyness a and the ratio z of distance to price.
func bachelierGuess(wing []float64, a, z float64) float64 {
	l := math.Log1p(z)
	v := 2*l/(l+wingPole) - 1
	sum := 0.0
	for i := len(wing) - 1; i >= 0; i-- {
		sum = sum*v + wing[i]
	}
	return a / l * math.Sqrt((l+wingPole)*sum)
}

// fitBulk fits s/s0, the standard deviation of Black over that of Bachelier for one price, by
// 1 + Σ bulk·yⁱ + a²·Σ cross·yⁱ, y = s0². The ratio depends on the moneyness a only weakly. Least
// squares with Lawson's reweighting brings the largest relative error near its minimum.
func fitBulk(wing []float64) (bulk, cross []float64) {
	type sample struct{ ratio, weight, y, a2 float64 }
	var samples []sample
	rootTwoPi := root(scale(pi(), 1))
	for i := range 24 {
		a := fitMoneyness * (1 - math.Cos(math.Pi*(float64(i)+0.5)/48))
		for j := range 40 {
			s := fitDeviation * math.Sin(math.Pi*(float64(j)+0.5)/80)
			u1, u2 := a/s-s/2, a/s+s/2
			if u1 > 12 {
				continue
			}
			density := quo(exponential(num(-u1*u1/2)), rootTwoPi)
			price := toFloat64(mul(density, sub(millsRatio(num(u1)), millsRatio(num(u2)))))
			s0 := bachelierGuess(wing, a, math.Expm1(a)/price)
			samples = append(samples, sample{s / s0, 1, s0 * s0, a * a})
		}
	}
	n := bulkTerms + crossTerms
	basis := func(p sample, k int) float64 {
		if k < bulkTerms {
			return math.Pow(p.y, float64(k+1))
		}
		return p.a2 * math.Pow(p.y, float64(k-bulkTerms+1))
	}
	var c []float64
	for range 30 {
		matrix := make([][]*big.Float, n)
		for r := range matrix {
			matrix[r] = make([]*big.Float, n+1)
			for k := range matrix[r] {
				matrix[r][k] = num(0)
			}
		}
		for _, p := range samples {
			w := p.weight / (p.ratio * p.ratio)
			for r := range n {
				for k := range n {
					matrix[r][k] = add(matrix[r][k], num(w*basis(p, r)*basis(p, k)))
				}
				matrix[r][n] = add(matrix[r][n], num(w*basis(p, r)*(p.ratio-1)))
			}
		}
		c = solve(matrix)
		worst := 0.0
		errors := make([]float64, len(samples))
		for i, p := range samples {
			fit := 1.0
			for k := range n {
				fit += c[k] * basis(p, k)
			}
			errors[i] = math.Abs(fit/p.ratio - 1)
			worst = max(worst, errors[i])
		}
		for i := range samples {
			samples[i].weight *= 0.2 + errors[i]/worst
		}
	}
	return short(c[:bulkTerms]), short(c[bulkTerms:])
}

// solve is Gaussian elimination of a symmetric positive definite system; the last column is the
// right-hand side. The precision of big.Float makes pivoting needless.
func solve(m [][]*big.Float) []float64 {
	n := len(m)
	for i := range n {
		for r := i + 1; r < n; r++ {
			factor := quo(m[r][i], m[i][i])
			for k := i; k <= n; k++ {
				m[r][k] = sub(m[r][k], mul(factor, m[i][k]))
			}
		}
	}
	x := make([]*big.Float, n)
	for i := n - 1; i >= 0; i-- {
		x[i] = m[i][n]
		for k := i + 1; k < n; k++ {
			x[i] = sub(x[i], mul(m[i][k], x[k]))
		}
		x[i] = quo(x[i], m[i][i])
	}
	return rounded(x)
}
