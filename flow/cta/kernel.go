package cta

import "math"

// lanes is how many sums a sum over markets is made of: market m goes to sum m modulo lanes. The sums are
// those of the longest vector, and so every machine adds up in the same order.
const lanes = 8

// targetsOf writes the position that one program wants in each market, in dollars for each dollar of risk:
// tanh((1−u)·v·scale)·v·perYear. Where the machine can, four markets go at a time, in the same order of
// operations: the numbers are the same to the last bit.
func targetsOf(dst, ratio, perVol []float64, scale, perYear float64) {
	n := len(dst)
	ratio, perVol = ratio[:n], perVol[:n]
	from := 0
	if vectors && n >= 4 {
		from = n &^ 3
		targetsAVX2(&dst[0], &ratio[0], &perVol[0], from, scale, perYear)
	}
	for m := from; m < n; m++ {
		v := perVol[m]
		dst[m] = tanh((1-ratio[m])*v*scale) * v * perYear
	}
}

// addTargets adds tanh((whole−slope·ratio)·perVol)·worth of each market to its sum. All have the same length,
// a whole number of lanes. Vectors give the numbers of the scalar code to the last bit.
func addTargets(sums *[lanes]float64, ratio, perVol, worth []float64, whole, slope float64) {
	n := len(ratio)
	perVol, worth = perVol[:n], worth[:n]
	switch {
	case wide:
		addTargetsAVX512(&sums[0], &ratio[0], &perVol[0], &worth[0], n, whole, slope)
	case vectors:
		addTargetsAVX2(&sums[0], &ratio[0], &perVol[0], &worth[0], n, whole, slope)
	default:
		for m, u := range ratio {
			sums[m%lanes] += tanh((whole-slope*u)*perVol[m]) * worth[m]
		}
	}
}

// volatilities writes one over the volatility that each market has if the square of its next return is move,
// and size times that. All have the same length, a whole number of lanes; floor is above 0. Vectors give the
// numbers of the scalar code to the last bit.
func volatilities(perVol, worth, square, gain, size []float64, move, floor float64) {
	n := len(perVol)
	worth, square, gain, size = worth[:n], square[:n], gain[:n], size[:n]
	switch {
	case wide:
		volatilitiesAVX512(&perVol[0], &worth[0], &square[0], &gain[0], &size[0], n, move, floor)
	case vectors:
		volatilitiesAVX2(&perVol[0], &worth[0], &square[0], &gain[0], &size[0], n, move, floor)
	default:
		for m, s := range square {
			perVol[m] = 1 / max(math.Sqrt(s+(move-s)*gain[m]), floor)
			worth[m] = size[m] * perVol[m]
		}
	}
}

// pairwise adds up sums two by two.
func pairwise(s *[lanes]float64) float64 {
	return ((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7]))
}
