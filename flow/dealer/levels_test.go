package dealer_test

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"faultline/assumption"
	"faultline/black"
	"faultline/calendar"
	"faultline/flow/dealer"
	"faultline/market"
)

func TestBothCrossingsBetweenTwoGridPointsAreFound(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		// Wide calls give an almost level exposure; a put with a deviation of six steps dents it below
		// zero over less than one step.
		const spot = 5000
		center := spot * rapid.Float64Range(0.9, 1.1).Draw(r, "centre")
		vol := 0.006 / math.Sqrt(2/365.0)
		wide := 0.3
		gamma := func(strike, years, vol float64) float64 {
			return black.GreeksOf(black.Call, center, strike, years, vol).Gamma
		}
		over := rapid.Float64Range(1.0005, 1.0015).Draw(r, "depth of the dent")
		n := 1e4 * gamma(center, 1, wide) / gamma(center, 2/365.0, vol) * over
		b := book(spot, 0, 0, contract{black.Call, 365, center, wide, 1e4}, contract{black.Put, 2, center, vol, n})
		got, err := zeroGamma(b, naive())
		if err != nil {
			r.Fatal(err)
		}
		if len(got) != 2 {
			r.Fatalf("crossings %+v, want the two sides of the dent at %v", got, center)
		}
		if !(got[1].Price-got[0].Price < 0.001*spot) || !(got[0].Slope < 0 && got[1].Slope > 0) {
			r.Fatalf("crossings %+v are not the sides of a dent narrower than a step", got)
		}
		for _, c := range got {
			y := profile(b, naive(), []float64{(c.Price - 0.02) / spot, (c.Price + 0.02) / spot})
			if y[0] > 0 == (y[1] > 0) {
				r.Fatalf("no change of sign at %v: %v", c.Price, y)
			}
		}
	})
}

func TestInTheLastMinuteEveryStrikeHasItsOwnCrossings(t *testing.T) {
	// One minute before settlement a strike's gamma is six points wide. Two strikes that dealers are
	// short stand in a sea of calls: four crossings, two about each.
	const spot, vol = 5000, 0.2
	years := 60.0 / (365 * 86400)
	b := book(spot, 0, 0, contract{black.Put, 1, 4952.5, vol, 100}, contract{black.Put, 1, 5047.5, vol, 100}, contract{black.Call, 60, 5000, 0.2, 10000})
	b.Quoted = b.Expiries[0].Settle.Add(-time.Minute)
	b.Expiries[0].Years = years
	b.Years[0], b.Years[1] = years, years
	got, err := zeroGamma(b, naive())
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 4 {
		t.Fatalf("crossings %+v, want four", got)
	}
	sd := vol * math.Sqrt(years)
	for i, c := range got {
		strike := 4952.5 // half way between grid points
		if i > 1 {
			strike = 5047.5
		}
		if !(math.Abs(c.Price-strike) < 6*sd*strike) || (c.Slope < 0) != (i%2 == 0) || (c.Side == "above") != (i > 1) {
			t.Errorf("crossing %d: %+v", i, c)
		}
	}
}

func TestLevelsFollowTheirFormulas(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		b, a := drawBook(r), drawConvention(r)
		draws := []assumption.Set{a.Draw(9, 0), a.Draw(9, 1), a.Draw(9, 2)}
		h := holding(r, b)
		l := dealer.FindLevels(h, a, draws)
		g := l.Exposures.GEX
		k := l.Exposures.Strike
		var call, put, most float64
		for i := range k {
			if k[i] > l.Spot {
				call = max(call, g.Call.Value[i])
			}
			if k[i] < l.Spot {
				put = min(put, g.Put.Value[i])
			}
			most = max(most, math.Abs(g.Call.Value[i])+math.Abs(g.Put.Value[i]))
		}
		at := func(price float64) int {
			for i := range k {
				if k[i] == price {
					return i
				}
			}
			r.Fatalf("%v is no strike", price)
			return 0
		}
		check := func(l dealer.Level, exists bool, got func(i int) float64, want float64) {
			if (l.Absent == nil) != exists {
				r.Fatalf("%s: %+v, exists %v", l.Kind, l, exists)
			}
			if exists && !(math.Abs(got(at(l.Price))-want) <= 1e-9*(1+math.Abs(want))) {
				r.Fatalf("%s at %v has %v, the most is %v", l.Kind, l.Price, got(at(l.Price)), want)
			}
			if l.Agree < 0 || l.Agree > 1 || l.Band.Low > l.Band.High {
				r.Fatalf("%s: %+v", l.Kind, l)
			}
		}
		check(l.CallWall, call > 0, func(i int) float64 { return g.Call.Value[i] }, call)
		check(l.PutWall, put < 0, func(i int) float64 { return g.Put.Value[i] }, put)
		check(l.AbsoluteGamma, most >= 1, func(i int) float64 { return math.Abs(g.Call.Value[i]) + math.Abs(g.Put.Value[i]) }, most)

		zeros, err := zeroGamma(b, a)
		if (err == nil) != (l.Zero[0].Absent == nil) || err == nil && len(zeros) != len(l.Zero) {
			r.Fatalf("levels have %+v, alone %+v, %v", l.Zero, zeros, err)
		}
		for i, c := range zeros {
			if l.Zero[i].Price != c.Price {
				r.Fatalf("zero gamma %v among the levels, %v alone", l.Zero[i].Price, c.Price)
			}
		}
		middle := len(l.Profile.Price) / 2
		if math.Abs(l.Profile.Price[middle]-l.Spot) < 1e-9*l.Spot && !(math.Abs(l.Profile.GEX.Value[middle]-g.Total.Value) <= 1e-6*(1+math.Abs(most))) {
			r.Fatalf("the profile has %v at spot, the total is %v", l.Profile.GEX.Value[middle], g.Total.Value)
		}
	})
}

func TestThePinIsTheLargestStrikeWithinReachAndPullsTowardsItself(t *testing.T) {
	// Quoted at the close; tomorrow's deviation at 16 % is 0.84 %, 42 points; two of them reach 4916 to 5084.
	b := book(5000, 0, 0,
		contract{black.Call, 1, 5025, 0.16, 3000}, contract{black.Call, 1, 5050, 0.16, 5000},
		contract{black.Call, 1, 5200, 0.16, 90000}, contract{black.Put, 1, 4950, 0.16, 4000}, contract{black.Call, 9, 5000, 0.16, 90000})
	l := dealer.FindLevels(holding(t, b), naive(), nil)
	if l.Pin.Absent != nil || l.Pin.Price != 5050 {
		t.Fatalf("pin %+v, want 5050: 5200 is out of reach and 5000 expires later", l.Pin)
	}
	if !(l.Pull.Strength > 0) || l.Pull.Distance != 50 || !(l.Pull.ToClose > 0) {
		t.Errorf("dealers long the strike above buy as its calls lose their delta: %+v", l.Pull)
	}
	years := b.Years[1]
	gamma := black.GreeksOf(black.Call, 5050, 5050, years, 0.16).Gamma
	near(t, "strength", l.Pull.Strength, 5000*100*gamma*5050*5050*0.01, 1e-12)
	near(t, "to the close", l.Pull.ToClose, 5000*100*black.GreeksOf(black.Call, 5000, 5050, years, 0.16).Delta*5000, 1e-9)

	short := dealer.FindLevels(holding(t, b), must(naive().With("dealer.calls_long", -1, "test")), nil)
	if short.Pin.Price != 5050 || !(short.Pull.Strength < 0) || !(short.Pull.ToClose < 0) {
		t.Errorf("dealers short the strike push away from it: %+v", short.Pull)
	}
	none := dealer.FindLevels(holding(t, book(5000, 0, 0, contract{black.Call, 30, 5000, 0.16, 1000})), naive(), nil)
	if none.Pin.Absent == nil || none.Pin.Absent.Code != "no_expiry_today" {
		t.Errorf("without an expiry today: %+v", none.Pin)
	}
	far := dealer.FindLevels(holding(t, book(5000, 0, 0, contract{black.Call, 1, 5500, 0.16, 1e6}, contract{black.Call, 1, 5400, 0.16, 1e6})), naive(), nil)
	if far.Pin.Absent != nil || far.Pin.Price != 5400 {
		t.Errorf("out of reach of all strikes the nearest stands: %+v", far.Pin)
	}
}

func TestWhatRollsOffAndWhatIsLeftSumToTheTotal(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		b, a := drawBook(r), drawConvention(r)
		h := holding(r, b)
		e := dealer.Measure(h, a, nil)
		gone, share, scale := 0.0, 0.0, 1.0
		for i := range e.Strike {
			scale += math.Abs(e.GEX.Call.Value[i]) + math.Abs(e.GEX.Put.Value[i])
		}
		rolls := dealer.RollOff(h, a, len(b.Expiries)+1)
		for i, x := range rolls {
			gone += x.GEX
			share += x.Share
			if !(math.Abs(gone+x.LeftGEX-e.GEX.Total.Value) <= 1e-9*scale) {
				r.Fatalf("after %d settlements %v are gone and %v left of %v", i+1, gone, x.LeftGEX, e.GEX.Total.Value)
			}
		}
		if scale > 2 && !(math.Abs(share-1) <= 1e-9) {
			r.Fatalf("the shares sum to %v", share)
		}
		if last := rolls[len(rolls)-1]; last.Zero.Absent == nil || last.Zero.Absent.Code != "nothing_left" {
			r.Fatalf("after the last settlement: %+v", last.Zero)
		}
	})
}

func TestMorningAndAfternoonOfOneDateRollOffApart(t *testing.T) {
	b := twoRoots()
	am, err := calendar.Settle("SPX", b.Expiries[0].Date)
	if err != nil {
		t.Fatal(err)
	}
	b.Expiries[0].Settle = am.Settle
	rolls := dealer.RollOff(holding(t, b), naive(), 5)
	if len(rolls) != 2 || rolls[0].Roots[0] != "SPX" || rolls[1].Roots[0] != "SPXW" || !rolls[0].Settle.Before(rolls[1].Settle) {
		t.Errorf("roll-off %+v", rolls)
	}
}

func TestALevelThatFewDrawsHaveGetsNoInterval(t *testing.T) {
	b := book(5000, 0, 0, contract{black.Call, 20, 5100, 0.18, 10}, contract{black.Put, 20, 4900, 0.18, 10})
	var draws []assumption.Set
	for k := range 20 {
		share := 1.0
		if k < 3 {
			share = -1
		}
		draws = append(draws, must(naive().With("dealer.calls_long", share, "test")))
	}
	l := dealer.FindLevels(holding(t, b), naive(), draws)
	if l.CallWall.Absent != nil || l.CallWall.Band.Share != 0.85 || !math.IsNaN(l.CallWall.Band.Low) || l.CallWall.Agree != 0.85 {
		t.Errorf("call wall %+v", l.CallWall)
	}
	if l.PutWall.Band.Share != 1 || l.PutWall.Band.Low != 4900 || l.PutWall.Agree != 1 {
		t.Errorf("put wall %+v", l.PutWall)
	}
	for i, v := range l.Exposures.GEX.Call.Low {
		if market.IsMissing(v) {
			t.Errorf("strike %v has no bound", l.Exposures.Strike[i])
		}
	}
}
