package dealer_test

import (
	"errors"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"faultline/assumption"
	"faultline/black"
	"faultline/evidence"
	"faultline/flow/dealer"
	"faultline/options"
)

// oracle is the delta of a book in dollars under a convention, by DeltaProfile on columns made here
// from the definitions: at hours after the quotes, all volatilities raised by shift, and relative price x.
// What settles earlier is counted at its settlement.
func oracle(b *options.Book, a assumption.Set, hours, shift, x float64) float64 {
	n := b.Len()
	weight, forward, years, vol := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range n {
		e := b.Expiries[b.Exp[i]]
		carry := math.Log(b.Forward[i]/b.Spot) / b.Years[i]
		rate := -math.Log(e.Discount) / b.Years[i]
		years[i] = max(b.Years[i]-hours/8760, 0)
		ratio := math.Exp(carry * years[i])
		forward[i] = b.Spot * ratio
		vol[i] = b.Vol[i] + shift
		sign := a.Value("dealer.calls_long")
		if b.Right[i] == black.Put {
			sign = -a.Value("dealer.puts_short")
		}
		weight[i] = sign * b.OpenInterest[i] * b.Multiplier * math.Exp(-rate*years[i]) * ratio
	}
	var y [1]float64
	black.DeltaProfile(y[:], []float64{x}, b.Right, weight, forward, b.Strike, years, vol)
	return y[0] * b.Spot
}

func measured(t rapid.TB, b *options.Book, a assumption.Set, draws ...assumption.Set) *dealer.Exposures {
	t.Helper()
	h, err := dealer.FromOpenInterest(b)
	if err != nil {
		t.Fatalf("holding: %v", err)
	}
	return dealer.Measure(h, a, draws)
}

func TestFiniteDifferencesOfTheDeltaReproduceEveryExposure(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		b, a := drawBook(r), drawConvention(r)
		e := measured(r, b, a)
		var scale [3]float64 // of the sums, against which rounding and the third derivative are judged
		for i := range e.Strike {
			for g, of := range []dealer.Greek{e.GEX, e.VEX, e.CEX} {
				scale[g] += math.Abs(of.Call.Value[i]) + math.Abs(of.Put.Value[i])
			}
		}
		// Differences of fourth order: a gamma of one day with a low volatility is a few points wide, and the
		// third derivative of its delta, far from the strike, is too large for the plain central difference.
		const dx, dv, dh = 2e-5, 1e-5, 1e-3 // ratio, volatility a year, hours
		slope := func(f func(h float64) float64, h float64) float64 {
			return (8*(f(h)-f(-h)) - (f(2*h) - f(-2*h))) / (12 * h)
		}
		hours := e.Close.Sub(b.Quoted).Hours()
		gross := 0.0
		for i := range b.Len() {
			gross += b.OpenInterest[i] * 100 * b.Spot
		}
		for _, c := range []struct {
			what      string
			got, want float64
			tol       float64 // dollars: truncation of the difference, then rounding of the sums
		}{
			{"GEX", e.GEX.Total.Value, slope(func(h float64) float64 { return oracle(b, a, 0, 0, 1+h) }, dx) * 0.01, 1e-5*scale[0] + 1e-13*gross/dx*0.01},
			{"VEX", e.VEX.Total.Value, slope(func(h float64) float64 { return oracle(b, a, 0, h, 1) }, dv) * 0.01, 1e-5*scale[1] + 1e-13*gross/dv*0.01 + 1e-7*gross*0.01},
			{"CEX", e.CEX.Total.Value, slope(func(h float64) float64 { return oracle(b, a, h, 0, 1) }, dh), 1e-5*scale[2] + 1e-13*gross/dh + 1e-9*gross},
			{"to the close", e.ToClose.Total.Value, oracle(b, a, hours, 0, 1) - oracle(b, a, 0, 0, 1), 1e-12 * gross},
		} {
			if !(math.Abs(c.got-c.want) <= c.tol) {
				r.Fatalf("%s is %v, finite difference %v, tolerance %v", c.what, c.got, c.want, c.tol)
			}
		}
	})
}

func TestEveryDivisionOfEveryExposureSumsToItsTotal(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		b, a := drawBook(r), drawConvention(r)
		draws := []assumption.Set{a, a.Draw(1, 1), a.Draw(1, 2)}
		e := measured(r, b, a, draws...)
		for name, g := range map[string]dealer.Greek{"GEX": e.GEX, "VEX": e.VEX, "CEX": e.CEX, "to the close": e.ToClose} {
			scale := 1.0
			var strikes, net float64
			for i := range e.Strike {
				strikes += g.Call.Value[i] + g.Put.Value[i]
				net += g.Net.Value[i]
				scale += math.Abs(g.Call.Value[i]) + math.Abs(g.Put.Value[i])
			}
			for what, v := range map[string]float64{"strikes": strikes, "net strikes": net, "expiries": sum(g.ByExpiry.Value), "buckets": sum(g.ByBucket.Value)} {
				if !(math.Abs(v-g.Total.Value) <= 1e-12*scale) {
					r.Fatalf("%s: %s sum to %v, total %v", name, what, v, g.Total.Value)
				}
			}
			for what, c := range map[string]dealer.Column{"bucket": g.ByBucket, "expiry": g.ByExpiry, "call": g.Call, "put": g.Put, "net": g.Net} {
				for i := range c.Value {
					if !(c.Low[i] <= c.High[i]) {
						r.Fatalf("%s by %s: interval %v to %v", name, what, c.Low[i], c.High[i])
					}
				}
			}
		}
	})
}

// quantile is type 7 of Hyndman and Fan, on a copy.
func quantile(x []float64, q float64) float64 {
	s := slices.Sorted(slices.Values(x))
	h := q * float64(len(s)-1)
	i := min(int(h), len(s)-2)
	return s[i] + (h-float64(i))*(s[i+1]-s[i])
}

func sum(x []float64) float64 {
	s := 0.0
	for _, v := range x {
		s += v
	}
	return s
}

func TestExposuresOfOneOptionAreTheTextbookFormulas(t *testing.T) {
	// One call, 30 days, forward above spot. Haug (2007), chapter 2, for the forward; the chain rule for spot.
	const spot, carry, rate, vol, n, strike = 5000, 0.03, 0.045, 0.2, 1000, 5100
	years := 30 / 365.0
	forward := spot * math.Exp(carry*years)
	sd := vol * math.Sqrt(years)
	d1 := math.Log(forward/strike)/sd + sd/2
	phi := math.Exp(-d1*d1/2) / math.Sqrt(2*math.Pi)
	cdf := func(x float64) float64 { return math.Erfc(-x/math.Sqrt2) / 2 }
	w := n * 100 * math.Exp(-rate*years) * forward / spot
	gamma, vanna, charm := phi/(forward*sd), -phi*(d1-sd)/vol, phi*(d1-sd)/(2*years)
	e := measured(t, book(spot, carry, rate, contract{black.Call, 30, strike, vol, n}), naive())
	near(t, "GEX", e.GEX.Total.Value, w*forward/spot*gamma*spot*spot*0.01, 1e-12)
	near(t, "VEX", e.VEX.Total.Value, w*vanna*spot*0.01, 1e-12)
	near(t, "CEX", e.CEX.Total.Value, w*(charm-carry*forward*gamma-(carry-rate)*cdf(d1))*spot/8760, 1e-11)
	if e.GEX.Unit != evidence.USDPerPercent || e.VEX.Unit != evidence.USDPerVolPoint || e.CEX.Unit != evidence.USDPerHour || e.ToClose.Unit != dealer.USDToClose {
		t.Errorf("units %s, %s, %s, %s", e.GEX.Unit, e.VEX.Unit, e.CEX.Unit, e.ToClose.Unit)
	}
}

func TestTheIntervalIsThatOfPricingEachDrawAnew(t *testing.T) {
	b := book(1000, 0.01, 0.03,
		contract{black.Call, 1, 1005, 0.2, 700}, contract{black.Put, 1, 990, 0.22, 900},
		contract{black.Call, 30, 1050, 0.15, 4000}, contract{black.Put, 90, 900, 0.25, 5000})
	var draws []assumption.Set
	var gex []float64
	for k := range 64 {
		a := naive().Draw(5, k)
		draws = append(draws, a)
		gex = append(gex, measured(t, b, a).GEX.Total.Value)
	}
	e := measured(t, b, naive(), draws...)
	low, high := quantile(gex, 0.05), quantile(gex, 0.95)
	near(t, "low end", e.GEX.Total.Low, low, 1e-12)
	near(t, "high end", e.GEX.Total.High, high, 1e-12)
	if !(low < high) {
		t.Error("the draws do not differ")
	}
}

func TestUnitsConvertThereAndBackAndAgreeWithTheirDefinitions(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		rates := dealer.Rates{
			Spot: rapid.Float64Range(1, 1e5).Draw(r, "spot"), HoursToClose: rapid.Float64Range(0.01, 90).Draw(r, "hours"),
			VolPerPercent: rapid.Float64Range(-3, -0.1).Draw(r, "points of volatility per 1 %"),
		}
		v := rapid.Float64Range(-1e12, 1e12).Draw(r, "exposure")
		price := []evidence.Unit{evidence.USDPerPercent, evidence.USDPerPoint, evidence.USDPerVolPoint}
		clock := []evidence.Unit{evidence.USDPerHour, dealer.USDToClose}
		for i, from := range append(price, clock...) {
			for j, to := range append(price, clock...) {
				x, err := rates.Convert(v, from, to)
				if (i < 3) != (j < 3) {
					var absent *evidence.Absent
					if !errors.As(err, &absent) || absent.Code != "unit_not_convertible" {
						r.Fatalf("%s to %s: %v", from, to, err)
					}
					continue
				}
				if err != nil {
					r.Fatal(err)
				}
				back, err := rates.Convert(x, to, from)
				if err != nil || !(math.Abs(back-v) <= 1e-12*math.Abs(v)) {
					r.Fatalf("%s to %s and back: %v becomes %v, %v", from, to, v, back, err)
				}
			}
		}
		point, _ := rates.Convert(v, evidence.USDPerPercent, evidence.USDPerPoint)
		if want := v / (rates.Spot / 100); !(math.Abs(point-want) <= 1e-12*math.Abs(want)) {
			r.Fatalf("1 %% is %v points, so %v per 1 %% is %v per point and not %v", rates.Spot/100, v, want, point)
		}
	})
	if _, err := (dealer.Rates{Spot: 1, HoursToClose: 1, VolPerPercent: math.NaN()}).Convert(1, evidence.USDPerVolPoint, evidence.USDPerPoint); err == nil {
		t.Error("volatility became price without a stated relation")
	}
	if _, err := (dealer.Rates{Spot: 1}).Convert(1, evidence.USDPerHour, dealer.USDToClose); err == nil {
		t.Error("an hour became a day that has no time left")
	}
}

func TestBucketsCountFromTheSessionThatTheLevelsAreFor(t *testing.T) {
	// Quoted at the close of Wednesday 2025-03-05: the session is Thursday's.
	b := book(5000, 0, 0, contract{black.Call, 1, 5000, 0.2, 1}, contract{black.Call, 2, 5000, 0.2, 1},
		contract{black.Call, 8, 5000, 0.2, 1}, contract{black.Call, 9, 5000, 0.2, 1}, contract{black.Call, 33, 5000, 0.2, 1})
	e := measured(t, b, naive())
	want := [4]float64{e.GEX.ByExpiry.Value[0], e.GEX.ByExpiry.Value[1] + e.GEX.ByExpiry.Value[2], e.GEX.ByExpiry.Value[3], e.GEX.ByExpiry.Value[4]}
	for i := range want {
		near(t, dealer.Buckets[i], e.GEX.ByBucket.Value[i], want[i], 1e-12)
	}
	s, err := dealer.SessionOf(b)
	if err != nil || s.Date.String() != "2025-03-06" || !e.Close.Equal(time.Date(2025, 3, 6, 21, 0, 0, 0, time.UTC)) {
		t.Errorf("session %v, close %v, %v", s.Date, e.Close, err)
	}
}
