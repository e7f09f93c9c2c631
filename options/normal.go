package options

import (
	"math"

	"faultline/black"
)

// The fit of a surface asks for the normal distribution function a few hundred thousand times. Between
// −certain and certain it is read from a table: value and density at steps of 1/64, and Taylor's series
// to the fifth power between them. The error is below 2e-10 of the value, in the left tail too.
const (
	normalSteps = 64 // a unit
	normalSize  = int(2*certain*normalSteps) + 1
)

var normalTable = func() (t [normalSize]struct{ cdf, pdf float64 }) {
	for i := range t {
		x := float64(i)/normalSteps - certain
		t[i].cdf, t[i].pdf = black.NormCDF(x), black.NormPDF(x)
	}
	return t
}()

// normCDF is the standard normal distribution function.
func normCDF(x float64) float64 {
	if !(math.Abs(x) < certain) {
		return black.NormCDF(x)
	}
	y := (x + certain) * normalSteps
	i := int(y + 0.5)
	t := &normalTable[i]
	x0 := float64(i)/normalSteps - certain
	h := x - x0
	s := x0 * x0
	// The derivatives of the density are Hermite's polynomials.
	return t.cdf + t.pdf*h*(1-h*(x0/2-h*((s-1)/6-h*(x0*(s-3)/24-h*((s-6)*s+3)/120))))
}
