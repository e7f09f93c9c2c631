//go:build !amd64

package cta

// vectors is false where there is no kernel.
var vectors = false

func targetsAVX2(_, _, _ *float64, _ int, _, _ float64) {
	panic("cta: no vector kernel on this machine")
}
