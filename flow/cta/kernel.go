package cta

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
