package contagion

import "math"

// Ticks are the logarithms of a price at increasing instants, in Unix seconds.
type Ticks struct {
	At  []int64
	Log []float64
}

// Covariances are the covariance of two prices that tick at different times, with the first one shifted by
// each lag, in seconds:
//
//	U(θ) = Σ_{I,J} ΔY(I)·ΔX(J)·1{(J + θ) ∩ I ≠ ∅}
//
// where I and J run over the intervals (t, t'] between neighbouring ticks of y and x. Hayashi and Yoshida
// ("On covariance estimation of non-synchronously observed diffusion processes", Bernoulli 11, 2005,
// 359–379) have θ = 0, which is unbiased without putting either price on the other's clock; Hoffmann,
// Rosenbaum and Yoshida ("Estimation of the lead-lag parameter from non-synchronous data", Bernoulli 19,
// 2013, 426–461) take the θ at which |U| is largest as the time by which x leads y: at θ > 0 what x did is
// held against what y does θ later.
//
// The result goes to out, one for each lag. The work is linear in the ticks for each lag.
func Covariances(out []float64, x, y Ticks, lags []int64) {
	for k, lag := range lags {
		sum := 0.0
		first := 1 // the first interval of x that may still overlap
		for i := 1; i < len(y.At); i++ {
			from, to := y.At[i-1]-lag, y.At[i]-lag
			for first < len(x.At) && x.At[first] <= from {
				first++
			}
			if first == len(x.At) {
				break
			}
			dx := 0.0
			for j := first; j < len(x.At) && x.At[j-1] < to; j++ {
				dx += x.Log[j] - x.Log[j-1]
			}
			sum += dx * (y.Log[i] - y.Log[i-1])
		}
		out[k] = sum
	}
}

// variance is the realised variance of the intervals that end after from and begin before to.
func (x Ticks) variance(from, to int64) float64 {
	sum := 0.0
	for i := 1; i < len(x.At); i++ {
		if x.At[i] > from && x.At[i-1] < to {
			d := x.Log[i] - x.Log[i-1]
			sum += d * d
		}
	}
	return sum
}

// normalTail is the chance that a standard normal variable is at least as far from 0 as z.
func normalTail(z float64) float64 { return math.Erfc(math.Abs(z) / math.Sqrt2) }
