package black

import (
	"errors"
	"math"
	"testing"
)

var inf, nan = math.Inf(1), math.NaN()

func TestImpliedVolNamesWhatIsWrong(t *testing.T) {
	f := func(r Right, price, forward, strike, years float64, want error) {
		t.Helper()
		v, err := ImpliedVol(r, price, forward, strike, years)
		if !errors.Is(err, want) || !math.IsNaN(v) {
			t.Errorf("right %d price %g forward %g strike %g years %g: %g, %v; want NaN, %v", r, price, forward, strike, years, v, err, want)
		}
		var dst [1]float64
		var status [1]Status
		ImpliedVols(dst[:], status[:], []Right{r}, []float64{price}, []float64{forward}, []float64{strike}, []float64{years})
		if !math.IsNaN(dst[0]) || !errors.Is(status[0].Err(), want) {
			t.Errorf("right %d price %g forward %g strike %g years %g in a batch: %g, status %d", r, price, forward, strike, years, dst[0], status[0])
		}
	}
	f(Call, 9.99, 110, 100, 1, ErrBelowIntrinsic)
	f(Put, 9.99, 100, 110, 1, ErrBelowIntrinsic)
	f(Call, -0.01, 100, 110, 1, ErrBelowIntrinsic)
	f(Put, math.Nextafter(10, 0), 100, 110, 1, ErrBelowIntrinsic)
	f(Call, 100, 100, 110, 1, ErrAboveMaximum)
	f(Call, 110, 110, 100, 1, ErrAboveMaximum)
	f(Put, 110, 100, 110, 1, ErrAboveMaximum)
	f(Put, 1e300, 100, 110, 1, ErrAboveMaximum)
	f(Call, 5, 100, 100, 0, ErrNoTime)
	f(Call, 5, 100, 100, -1, ErrNoTime)
	f(Call, nan, 100, 100, 1, ErrNotFinite)
	f(Call, inf, 100, 100, 1, ErrNotFinite)
	f(Call, -inf, 100, 100, 1, ErrNotFinite)
	f(Call, 5, nan, 100, 1, ErrNotFinite)
	f(Call, 5, inf, 100, 1, ErrNotFinite)
	f(Call, 5, 0, 100, 1, ErrNotFinite)
	f(Call, 5, -1, 100, 1, ErrNotFinite)
	f(Call, 5, 100, nan, 1, ErrNotFinite)
	f(Call, 5, 100, 0, 1, ErrNotFinite)
	f(Call, 5, 100, -1, 1, ErrNotFinite)
	f(Call, 5, 100, inf, 1, ErrNotFinite)
	f(Call, 5, 100, 100, nan, ErrNotFinite)
	f(Call, 5, 100, 100, inf, ErrNotFinite)
	f(0, 5, 100, 100, 1, ErrNotFinite)
	f(2, 5, 100, 100, 1, ErrNotFinite)
}

func TestImpliedVolOfIntrinsicValueIsZero(t *testing.T) {
	f := func(r Right, price, forward, strike float64) {
		t.Helper()
		if v, err := ImpliedVol(r, price, forward, strike, 0.5); v != 0 || err != nil {
			t.Errorf("right %d price %g forward %g strike %g: %g, %v; want 0", r, price, forward, strike, v, err)
		}
	}
	f(Call, 10, 110, 100)
	f(Put, 0, 110, 100)
	f(Call, 0, 100, 110)
	f(Put, 10, 100, 110)
	f(Call, 0, 100, 100)
	f(Put, math.Copysign(0, -1), 100, 100)
}

func TestTimeValueOfDeepOptionsIsTakenExactly(t *testing.T) {
	// The difference 6000.1 − 0.3 rounds. The exact time value of this price is that of the put.
	forward, strike, years, vol := 6000.1, 0.3, 2.0, 1.8
	call, put := Price(Call, forward, strike, years, vol), Price(Put, forward, strike, years, vol)
	if !(put > 0 && put < 1e-3) {
		t.Fatalf("the put is worth %g, which tests nothing", put)
	}
	got := timeValue(call, forward, strike)
	// call is the nearest float to intrinsic + put, so that half a unit of its last place is lost.
	if !(math.Abs(got-put) <= math.Nextafter(call, inf)-call) {
		t.Errorf("time value %g, put %g", got, put)
	}
}

func TestPriceWithoutTimeOrVolatilityIsIntrinsic(t *testing.T) {
	f := func(r Right, forward, strike, years, vol, want float64) {
		t.Helper()
		if got := Price(r, forward, strike, years, vol); got != want {
			t.Errorf("right %d forward %g strike %g years %g vol %g: %g, want %g", r, forward, strike, years, vol, got, want)
		}
	}
	for _, z := range [][2]float64{{0, 0.2}, {1, 0}, {0, 0}} {
		f(Call, 110, 100, z[0], z[1], 10)
		f(Call, 100, 110, z[0], z[1], 0)
		f(Call, 100, 100, z[0], z[1], 0)
		f(Put, 110, 100, z[0], z[1], 0)
		f(Put, 100, 110, z[0], z[1], 10)
	}
	f(Call, 100, 110, math.MaxFloat64, math.MaxFloat64, 100)
	f(Put, 100, 110, 1, 1e200, 110)
	f(Call, 100, 1e6, 1e-6, 0.1, 0)
}

func TestGreeksWithoutTimeOrVolatilityAreTheirLimits(t *testing.T) {
	f := func(r Right, forward, strike, years, vol float64, want Greeks) {
		t.Helper()
		if got := GreeksOf(r, forward, strike, years, vol); got != want {
			t.Errorf("right %d forward %g strike %g years %g vol %g: %+v, want %+v", r, forward, strike, years, vol, got, want)
		}
	}
	for _, z := range [][2]float64{{0, 0.2}, {1, 0}, {0, 0}} {
		f(Call, 110, 100, z[0], z[1], Greeks{Delta: 1})
		f(Call, 100, 110, z[0], z[1], Greeks{})
		f(Put, 110, 100, z[0], z[1], Greeks{})
		f(Put, 100, 110, z[0], z[1], Greeks{Delta: -1})
	}
	density := invRootTwoPi * 1.0
	f(Call, 100, 100, 0, 0.2, Greeks{Delta: 0.5, Gamma: inf, Theta: -inf, Charm: -inf, Speed: -inf, Colour: inf})
	f(Put, 100, 100, 4, 0, Greeks{Delta: -0.5, Gamma: inf, Vega: 100 * 2 * density, Vanna: density, Speed: -inf, Colour: inf})
	f(Call, 100, 110, 1, 1e200, Greeks{Delta: 1})
	f(Put, 100, 110, 1, 1e200, Greeks{})
}

func TestGreeksAtTheMoneyTendToTheirLimits(t *testing.T) {
	for _, vol := range []float64{1e-3, 1e-6, 1e-9} {
		got, limit := GreeksOf(Call, 100, 100, 4, vol), GreeksOf(Call, 100, 100, 4, 0)
		if !(math.Abs(got.Delta-limit.Delta) <= vol && math.Abs(got.Vega-limit.Vega) <= 100*vol && math.Abs(got.Vanna-limit.Vanna) <= vol &&
			math.Abs(got.Theta) <= 100*vol && math.Abs(got.Charm) <= vol && math.Abs(got.Vomma) <= 200*vol &&
			got.Gamma > 1e-3/vol && got.Speed < -1e-5/vol && got.Colour > 1e-4/vol) {
			t.Errorf("vol %g: %+v is not near %+v", vol, got, limit)
		}
	}
}

func TestInvalidInputGivesNaN(t *testing.T) {
	f := func(r Right, forward, strike, years, vol float64) {
		t.Helper()
		if got := Price(r, forward, strike, years, vol); !math.IsNaN(got) {
			t.Errorf("price of right %d forward %g strike %g years %g vol %g: %g, want NaN", r, forward, strike, years, vol, got)
		}
		g := GreeksOf(r, forward, strike, years, vol)
		for _, x := range []float64{g.Delta, g.Gamma, g.Vega, g.Theta, g.Vanna, g.Charm, g.Vomma, g.Speed, g.Colour} {
			if !math.IsNaN(x) {
				t.Errorf("greeks of right %d forward %g strike %g years %g vol %g: %+v, want NaN", r, forward, strike, years, vol, g)
				break
			}
		}
	}
	f(0, 100, 100, 1, 0.2)
	f(3, 100, 100, 1, 0.2)
	for _, bad := range []float64{nan, inf, -inf, -1} {
		f(Call, bad, 100, 1, 0.2)
		f(Call, 100, bad, 1, 0.2)
		f(Put, 100, 100, bad, 0.2)
		f(Put, 100, 100, 1, bad)
	}
	f(Call, 0, 100, 1, 0.2)
	f(Call, 100, 0, 1, 0.2)
}

func TestGreeksAreFiniteInTheWings(t *testing.T) {
	for _, s := range []float64{1e-299, 1e-150, 1e-20, 1e-3, 1, 30, 1e3, 1e100} {
		for _, a := range []float64{0, 1e-300, 1e-16, 1e-3, 1, 30, 700} {
			for _, r := range []Right{Call, Put} {
				for _, sign := range []float64{1, -1} {
					g := GreeksOf(r, 100, 100*math.Exp(sign*a), 1, s)
					for _, x := range []float64{g.Delta, g.Gamma, g.Vega, g.Theta, g.Vanna, g.Charm, g.Vomma, g.Speed, g.Colour} {
						if math.IsNaN(x) {
							t.Fatalf("s=%g, ln(K/F)=%g: %+v", s, sign*a, g)
						}
					}
					if !(g.Gamma >= 0 && g.Vega >= 0 && g.Theta <= 0 && math.Abs(g.Delta) <= 1) {
						t.Errorf("s=%g, ln(K/F)=%g: %+v", s, sign*a, g)
					}
				}
			}
		}
	}
}

func TestNormalLawAtTheEnds(t *testing.T) {
	f := func(x, cdf, pdf float64) {
		t.Helper()
		if NormCDF(x) != cdf || NormPDF(x) != pdf {
			t.Errorf("x=%g: %g, %g; want %g, %g", x, NormCDF(x), NormPDF(x), cdf, pdf)
		}
	}
	f(-inf, 0, 0)
	f(inf, 1, 0)
	f(-1e300, 0, 0)
	f(1e300, 1, 0)
	if got := NormCDF(0); !(math.Abs(got-0.5) <= 2*epsilon) {
		t.Errorf("x=0: %g", got)
	}
	if !math.IsNaN(NormCDF(nan)) || !math.IsNaN(NormPDF(nan)) {
		t.Error("the normal law of NaN is not NaN")
	}
}
