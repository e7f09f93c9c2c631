//go:build !amd64

package cascade

// vectors and wide are false where there are no kernels.
var vectors, wide = false, false

const noKernel = "cascade: no vector kernel on this machine"

func normalsAVX2(_ *float64, _ uint64, _ *float64) uint32 { panic(noKernel) }

func normalsAVX512(_ *float64, _ uint64, _ *float64) uint32 { panic(noKernel) }

func combineAVX2(_, _, _ *float64, _ int) { panic(noKernel) }

func combineAVX512(_, _, _ *float64, _ int) { panic(noKernel) }

func driftAVX2(_, _, _, _ *float64, _ int) uint32 { panic(noKernel) }

func driftAVX512(_, _, _, _ *float64, _ int) uint32 { panic(noKernel) }

func tradeAVX2(_, _, _, _, _ *float64, _ int, _, _ float64) { panic(noKernel) }

func tradeAVX512(_, _, _, _, _ *float64, _ int, _, _ float64) { panic(noKernel) }

func auditAVX2(_, _, _, _, _ *float64, _ int) int { panic(noKernel) }

func auditAVX512(_, _, _, _, _ *float64, _ int) int { panic(noKernel) }

func wearAVX2(_, _, _, _, _ *float64, _, _, _, _, _ float64, _ bool) { panic(noKernel) }

func wearAVX512(_, _, _, _, _ *float64, _, _, _, _, _ float64, _ bool) { panic(noKernel) }

func lastAVX2(_, _, _ *float64, _ float64, _ bool) { panic(noKernel) }

func lastAVX512(_, _, _ *float64, _ float64, _ bool) { panic(noKernel) }
