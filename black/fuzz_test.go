package black

import "testing"

// FuzzImpliedVol looks for inputs that hang, panic, come out as NaN without an error, miss their
// price, or have other bits in a batch than alone.
func FuzzImpliedVol(f *testing.F) {
	f.Add(int8(1), 10.45, 100.0, 100.0, 1.0)
	f.Add(int8(-1), 3.2, 6725.0, 6500.0, 0.0027)
	f.Add(int8(1), 1e-300, 100.0, 120.0, 0.01)
	f.Add(int8(-1), 99.999999, 1.0, 100.0, 30.0)
	f.Fuzz(func(t *testing.T, right int8, price, forward, strike, years float64) {
		r := Right(right)
		if fault := faultOf(r, price, forward, strike, years); fault != "" {
			t.Fatal(fault)
		}
		single, err := ImpliedVol(r, price, forward, strike, years)
		var dst [3]float64
		var status [3]Status
		ImpliedVols(dst[:], status[:], []Right{Call, r, Put}, []float64{1, price, 1}, []float64{10, forward, 10},
			[]float64{11, strike, 9}, []float64{1, years, 1})
		if !sameBits(dst[1], single) || status[1] != statusOf(err) {
			t.Fatalf("batch %x status %d, single %x %v", dst[1], status[1], single, err)
		}
	})
}
