package nowcast

import (
	"math"
	"testing"
)

func TestTransformationsAreThoseOfFREDMD(t *testing.T) {
	nan := math.NaN()
	x := []float64{2, 4, nan, 3, 6, 24, -1, 5}
	l := math.Log
	f := func(code int, want ...float64) {
		t.Helper()
		got, err := Transform(x, code)
		if err != nil {
			t.Fatal(err)
		}
		for i, w := range want {
			if math.IsNaN(w) != math.IsNaN(got[i]) || !math.IsNaN(w) && !near(got[i], w, 1e-12) {
				t.Errorf("code %d at %d: %v, want %v", code, i, got[i], w)
			}
		}
	}
	f(1, x...)
	f(2, nan, 2, nan, nan, 3, 18, -25, 6)
	f(3, nan, nan, nan, nan, nan, 15, -43, 31)
	f(4, l(2), l(4), nan, l(3), l(6), l(24), nan, l(5))
	f(5, nan, l(2), nan, nan, l(2), l(4), nan, nan)
	f(6, nan, nan, nan, nan, nan, l(2), nan, nan)
	f(7, nan, nan, nan, nan, nan, 2, -25.0/24-3, -6+25.0/24)
	if _, err := Transform(x, 8); err == nil {
		t.Error("code 8 was taken")
	}
}
