package black_test

import (
	"errors"
	"fmt"

	"faultline/black"
)

func ExampleImpliedVol() {
	vol, err := black.ImpliedVol(black.Put, 85, 6600, 6500, 0.08)
	fmt.Printf("%.4f %v\n", vol, err)
	_, err = black.ImpliedVol(black.Call, 99, 6600, 6500, 0.08)
	fmt.Println(errors.Is(err, black.ErrBelowIntrinsic))
	// Output:
	// 0.1744 <nil>
	// true
}

func ExampleGammaProfile() {
	// Dealers long one call at 110 and short one put at 90: gamma changes sign between them.
	x := []float64{0.9, 1, 1.1}
	gamma := make([]float64, len(x))
	black.GammaProfile(gamma, x, []float64{1, -1}, []float64{100, 100}, []float64{110, 90}, []float64{0.1, 0.1}, []float64{0.2, 0.2})
	for j := range x {
		fmt.Printf("%.0f %+.4f\n", 100*x[j], gamma[j])
	}
	// Output:
	// 90 -0.0695
	// 100 +0.0063
	// 110 +0.0570
}
