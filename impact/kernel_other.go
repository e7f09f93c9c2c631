//go:build !amd64

package impact

// vectors and wide are false where there are no kernels.
var vectors, wide = false, false

const noKernel = "impact: no vector kernel on this machine"

func straightAVX2(_, _, _ *float64, _ int, _ float64)                      { panic(noKernel) }
func straightAVX512(_, _, _ *float64, _ int, _ float64)                    { panic(noKernel) }
func rootsAVX2(_, _, _, _, _, _, _ *float64, _ int, _, _, _ float64) int   { panic(noKernel) }
func rootsAVX512(_, _, _, _, _, _, _ *float64, _ int, _, _, _ float64) int { panic(noKernel) }
