package scenario

import (
	"math"
	"testing"
	"time"

	"faultline/calendar"
	"faultline/market"
)

func closes(id string, x []float64) *market.Bars {
	b := &market.Bars{Instrument: id, Interval: market.Day}
	for i, p := range x {
		at := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, i).Unix()
		b.Append(at, at, p, p, p, p, 1, int32(i+1))
	}
	return b
}

// A price that falls for 30 days and rises for 30 crosses its average of 10 once in each round, and what follows is
// known.
func TestRecoveryFindsEachCrossingOnce(t *testing.T) {
	var x []float64
	p := 100.0
	for i := range 60 * 20 {
		if i/30%2 == 0 {
			p *= math.Exp(-0.01)
		} else {
			p *= math.Exp(0.01)
		}
		x = append(x, p)
	}
	r, err := Recovery(closes("SPX", x), 10, 5, 5)
	if err != nil {
		t.Fatal(err)
	}
	// Each crossing lies in a rise that goes on for more than five days: 5 %.
	if r.After.N < 18 || r.After.N > 20 || !(math.Abs(r.After.Value-0.05) < 1e-9) || !(r.After.Error < 1e-9) {
		t.Errorf("%+v", r.After)
	}
	if !(math.Abs(r.All.Value) < 0.005) {
		t.Errorf("%+v", r.All)
	}
	if _, err := Recovery(closes("SPX", x[:20]), 10, 5, 5); err == nil {
		t.Error("a record from twenty days")
	}
}

func TestStraddlesPayTheMoveLessThePrice(t *testing.T) {
	var x, v []float64
	on := map[calendar.Date]bool{}
	p := 100.0
	b := closes("SPX", make([]float64, 100))
	for i := range 100 {
		if i > 0 {
			move := 0.01
			if i%4 == 0 {
				move = 0.03
				on[b.Date(i)] = true
			}
			if i%2 == 0 {
				move = -move
			}
			p *= 1 + move
		}
		x, v = append(x, p), append(v, 20)
	}
	got, err := Straddles(closes("SPX", x), closes("VIX1D", v), on)
	if err != nil {
		t.Fatal(err)
	}
	price := math.Sqrt(2/math.Pi) * 0.2 / math.Sqrt(252)
	if !(math.Abs(got.Days.Value-(0.03-price)) < 1e-12) || !(math.Abs(got.Others.Value-(0.01-price)) < 1e-12) || got.Days.N != 24 || got.Price != price {
		t.Errorf("%+v", got)
	}
}
