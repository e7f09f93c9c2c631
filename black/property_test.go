package black

import (
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"
)

// option is a random option with a price that is not lost in its intrinsic value.
type option struct {
	r                           Right
	forward, strike, years, vol float64
}

func drawOption(t *rapid.T) option {
	o := option{
		r:       Right(2*rapid.IntRange(0, 1).Draw(t, "call") - 1),
		forward: math.Exp(rapid.Float64Range(-5, 12).Draw(t, "ln forward")),
		years:   math.Exp(rapid.Float64Range(-13, 4).Draw(t, "ln years")),
		vol:     math.Exp(rapid.Float64Range(-6, 2).Draw(t, "ln vol")),
	}
	o.strike = o.forward * math.Exp(o.deviation()*rapid.Float64Range(-6, 6).Draw(t, "deviations"))
	return o
}

func (o option) deviation() float64 { return o.vol * math.Sqrt(o.years) }

func (o option) price() float64 { return Price(o.r, o.forward, o.strike, o.years, o.vol) }

func TestCallLessPutIsForwardLessStrike(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := drawOption(t)
		call, put := Price(Call, o.forward, o.strike, o.years, o.vol), Price(Put, o.forward, o.strike, o.years, o.vol)
		if !(math.Abs(call-put-(o.forward-o.strike)) <= 4*epsilon*(call+put+math.Abs(o.forward-o.strike))) {
			t.Fatalf("%+v: call %g put %g", o, call, put)
		}
	})
}

func TestForwardAndStrikeExchangeRoles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := drawOption(t)
		if a, b := Price(Call, o.forward, o.strike, o.years, o.vol), Price(Put, o.strike, o.forward, o.years, o.vol); a != b {
			t.Fatalf("%+v: call %g, put with forward and strike exchanged %g", o, a, b)
		}
	})
}

func TestScaleByAPowerOfTwoChangesNoBitOfTheVolatility(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := drawOption(t)
		k := rapid.IntRange(-100, 100).Draw(t, "power")
		p := o.price()
		a, errA := ImpliedVol(o.r, p, o.forward, o.strike, o.years)
		b, errB := ImpliedVol(o.r, math.Ldexp(p, k), math.Ldexp(o.forward, k), math.Ldexp(o.strike, k), o.years)
		if !sameBits(a, b) || !errors.Is(errA, errB) {
			t.Fatalf("%+v by 2^%d: %g %v and %g %v", o, k, a, errA, b, errB)
		}
	})
}

func TestPriceRisesWithVolatilityAndStaysInItsBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := drawOption(t)
		// A step of 1e-10 moves the price by more than its rounding where vega·vol/price is not tiny.
		higher := Price(o.r, o.forward, o.strike, o.years, o.vol*(1+1e-10))
		low, high := intrinsicOf(o), o.forward
		if o.r == Put {
			high = o.strike
		}
		if p := o.price(); !(p >= low && p <= high && higher >= p*(1-64*epsilon)) {
			t.Fatalf("%+v: price %g within [%g, %g], at higher volatility %g", o, p, low, high, higher)
		}
	})
}

func intrinsicOf(o option) float64 { return max(0, float64(o.r)*(o.forward-o.strike)) }

func TestGreeksAreSlopesOfOneAnother(t *testing.T) {
	// Central differences with a step of 1e-4 of the scale on which the greeks bend have an error of
	// order 1e-8 of the scale given, times derivatives that grow to some hundreds in the wings.
	rapid.Check(t, func(t *rapid.T) {
		o := drawOption(t)
		s := o.deviation()
		if s > 3 || s < 1e-5 {
			t.Skip("the scale of the bend is not s")
		}
		at := func(forward, years, vol float64) (float64, Greeks) {
			return Price(o.r, forward, o.strike, years, vol), GreeksOf(o.r, forward, o.strike, years, vol)
		}
		_, g := at(o.forward, o.years, o.vol)
		df, dt, dv := 1e-4*min(s, 1)*o.forward, 1e-4*o.years, 1e-4*o.vol
		pf, gf := at(o.forward+df, o.years, o.vol)
		mf, hf := at(o.forward-df, o.years, o.vol)
		pt, gt := at(o.forward, o.years+dt, o.vol)
		mt, ht := at(o.forward, o.years-dt, o.vol)
		pv, gv := at(o.forward, o.years, o.vol+dv)
		mv, hv := at(o.forward, o.years, o.vol-dv)
		check := func(name string, got, up, down, step, scale float64) {
			rounding := 4 * epsilon * (math.Abs(up) + math.Abs(down)) / step
			if slope := (up - down) / (2 * step); !(math.Abs(got-slope) <= 2e-5*scale+rounding) {
				t.Fatalf("%s of %+v: %g, slope %g, scale %g", name, o, got, slope, scale)
			}
		}
		// The scales are those of the same greek at the money.
		gamma := invRootTwoPi / (o.forward * s)
		vega := o.forward * math.Sqrt(o.years) * invRootTwoPi
		check("delta", g.Delta, pf, mf, df, 1)
		check("gamma", g.Gamma, gf.Delta, hf.Delta, df, gamma)
		check("speed", g.Speed, gf.Gamma, hf.Gamma, df, gamma/(o.forward*s))
		check("vega", g.Vega, pv, mv, dv, vega)
		check("vomma", g.Vomma, gv.Vega, hv.Vega, dv, vega/o.vol)
		check("vanna", g.Vanna, gv.Delta, hv.Delta, dv, 1/o.vol)
		check("vanna as the slope of vega", g.Vanna, gf.Vega, hf.Vega, df, vega/(o.forward*s))
		check("theta", g.Theta, mt, pt, dt, vega*o.vol/o.years)
		check("charm", g.Charm, ht.Delta, gt.Delta, dt, 1/o.years)
		check("colour", g.Colour, ht.Gamma, gt.Gamma, dt, gamma/o.years)
	})
}

func TestVolatilityComesBackFromItsPrice(t *testing.T) {
	// The terms: out-of-the-money options worth more than 1e-12 of the forward, σ√T ≤ 4.
	rapid.Check(t, func(t *rapid.T) {
		o := drawOption(t)
		o.r = Call
		if o.forward > o.strike {
			o.r = Put
		}
		p := o.price()
		if o.deviation() > 4 || p < 1e-12*o.forward {
			t.Skip("outside the stated domain")
		}
		v, err := ImpliedVol(o.r, p, o.forward, o.strike, o.years)
		if err != nil || !(math.Abs(v/o.vol-1) <= 1e-13) {
			t.Fatalf("%+v: price %g gives %g, %v, off by %g", o, p, v, err, v/o.vol-1)
		}
	})
}

func TestGuessIsWithinFourInTenThousand(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.Float64Range(0, guessMaxMoneyness).Draw(t, "moneyness")
		s := math.Exp(rapid.Float64Range(-9, math.Log(2.2)).Draw(t, "ln s"))
		low, high := 1.0, math.Exp(a)
		value := outOfTheMoney(low, high, s)
		if value < ordinarySmallest {
			t.Skip("too far from the money")
		}
		guess, _ := guessDeviation(value, low, high, logRatio(high, low))
		if !(math.Abs(guess/s-1) <= 4e-4) {
			t.Fatalf("a=%g s=%g: guess %g", a, s, guess)
		}
		if _, ok := fastDeviation(value, low, high); !ok && s < 2 {
			t.Fatalf("a=%g s=%g: the step is declined", a, s)
		}
	})
}
