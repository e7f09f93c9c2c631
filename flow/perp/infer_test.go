package perp

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"faultline/assumption"
)

func testMix() mix { return readMix(assumption.Default()) }

func drawSteps(r *rapid.T, n int) []step {
	p := 100.0
	steps := make([]step, n)
	for i := range steps {
		p *= math.Exp(rapid.Float64Range(-0.1, 0.1).Draw(r, "move"))
		steps[i] = step{
			days: rapid.Float64Range(0.01, 2).Draw(r, "days"), low: p * 0.98, high: p * 1.02, volume: rapid.Float64Range(0, 3).Draw(r, "volume"),
			interest: rapid.Float64Range(0, 1e6).Draw(r, "interest"), premium: rapid.Float64Range(-1, 1).Draw(r, "premium"),
		}
	}
	return steps
}

// The levered share of each side's open interest is booked at every step, whatever died on the way.
func TestTheStackHoldsTheLeveredShareOfTheOpenInterest(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		m := testMix()
		s := newStack(&m, "BTC", 100, Venues(assumption.Default()))
		for _, x := range drawSteps(r, rapid.IntRange(1, 30).Draw(r, "steps")) {
			s.advance(&x)
			long, short := m.shares(x.premium)
			for side, share := range []float64{long, short} {
				sum := 0.0
				for k := range s.units[side] {
					for _, u := range s.units[side][k] {
						sum += u * s.scale[side]
					}
				}
				if !(math.Abs(sum-share*x.interest) <= 1e-9*(1+share*x.interest)) {
					r.Fatalf("side %d holds %v, want %v of %v", side, sum, share, x.interest)
				}
			}
		}
	})
}

// What a step's prices have liquidated is gone at its end: no dead level stays in the map.
func TestDeadLevelsLeaveTheMap(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		m := testMix()
		s := newStack(&m, "BTC", 100, Venues(assumption.Default()))
		for _, x := range drawSteps(r, rapid.IntRange(1, 30).Draw(r, "steps")) {
			before := x
			s.advance(&x)
			for k := range leverages {
				for i, u := range s.units[0][k] {
					// Positions booked in this very step lie within its prices.
					fresh := i >= s.bucket(before.low) && i <= s.bucket(before.high)
					if at := s.price(i) * s.keep[0][k]; u > 0 && at >= x.low && !fresh {
						r.Fatalf("longs from %v are still there although %v was traded", s.price(i), x.low)
					}
				}
				for i, u := range s.units[1][k] {
					fresh := i >= s.bucket(before.low) && i <= s.bucket(before.high)
					if at := s.price(i) * s.keep[1][k]; u > 0 && at <= x.high && !fresh {
						r.Fatalf("shorts from %v are still there although %v was traded", s.price(i), x.high)
					}
				}
			}
		}
	})
}

// With volume of one mean a day, half of what was there is renewed after the half-life.
func TestPositionsAgeWithTurnover(t *testing.T) {
	m := testMix()
	s := newStack(&m, "BTC", 100, Venues(assumption.Default()))
	s.advance(&step{days: 1, low: 100, high: 100, volume: 1, interest: 1000, premium: missing})
	old := s.units[0][0][s.bucket(100)] * s.scale[0]
	for range int(m.halfLife) {
		s.advance(&step{days: 1, low: 104, high: 104, volume: 1, interest: 1000, premium: missing})
	}
	if got := s.units[0][0][s.bucket(100)] * s.scale[0]; relative(got, old/2) > 1e-9 {
		t.Errorf("%v of %v are left after the half-life", got, old)
	}
}

func TestFundingTiltsTheLeveredShareTowardsTheSideThatPays(t *testing.T) {
	m := testMix()
	long, short := m.shares(0.5)
	if !(long > short) {
		t.Errorf("longs pay, but %v of longs and %v of shorts are levered", long, short)
	}
	l2, s2 := m.shares(-0.5)
	if l2 != short || s2 != long {
		t.Errorf("the other sign gives %v and %v, want the mirror image of %v and %v", l2, s2, long, short)
	}
	if l, s := m.shares(missing); l != m.levered || s != m.levered {
		t.Errorf("without funding %v and %v", l, s)
	}
}
