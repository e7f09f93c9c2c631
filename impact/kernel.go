package impact

// widest is how many numbers the longest vector holds.
const widest = 8

// straight sets dst to slope·usd·load. Where the machine can, four or eight go at a time, in the same order of
// operations: the numbers are the same to the last bit.
func straight(dst, usd, load []float64, slope float64) {
	usd, load = usd[:len(dst)], load[:len(dst)]
	n := 0
	if vectors {
		n = len(dst) &^ (widest - 1)
	}
	switch {
	case n == 0:
	case wide:
		straightAVX512(&dst[0], &usd[0], &load[0], n, slope)
	default:
		straightAVX2(&dst[0], &usd[0], &load[0], n, slope)
	}
	for i := n; i < len(dst); i++ {
		dst[i] = slope * usd[i] * load[i]
	}
}
