//go:build !amd64

package cta

// vectors and wide are false where there are no kernels.
var vectors, wide = false, false

const noKernel = "cta: no vector kernel on this machine"

func targetsAVX2(_, _, _ *float64, _ int, _, _ float64)              { panic(noKernel) }
func addTargetsAVX2(_, _, _, _ *float64, _ int, _, _ float64)        { panic(noKernel) }
func addTargetsAVX512(_, _, _, _ *float64, _ int, _, _ float64)      { panic(noKernel) }
func volatilitiesAVX2(_, _, _, _, _ *float64, _ int, _, _ float64)   { panic(noKernel) }
func volatilitiesAVX512(_, _, _, _, _ *float64, _ int, _, _ float64) { panic(noKernel) }
