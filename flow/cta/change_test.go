package cta

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"faultline/calendar"
)

// wander is a snapshot that has seen n sessions of an invented market, and five more sessions. Quiet
// leaves the price of these where it was.
func wander(t *rapid.T, n int, quiet bool) (*params, *snapshot, []session) {
	p := &params{
		span: [speeds]float64{10, 30, 60}, squash: rapid.Float64Range(0.1, 2).Draw(t, "squash"), volSpan: 20, volFloor: 0.05,
		adjust: rapid.Float64Range(0.02, 0.5).Draw(t, "adjust"), risk: 1, together: 0.5,
	}
	p.prepare()
	seed := rapid.Uint64().Draw(t, "seed")
	carry := rapid.Float64Range(-0.1, 0.1).Draw(t, "carry")
	d, price := calendar.DateOf(2024, 1, 2), 100.0
	s := &snapshot{filter: start(), date: d, close: price, carry: carry, bars: 1}
	var week []session
	for i := range n + weekSessions {
		next, err := nextSession(d)
		if err != nil {
			t.Fatal(err)
		}
		move := math.Exp(0.002 + 0.015*normal(seed, uint64(i)))
		if quiet && i >= n {
			move = 1
		}
		price *= move
		x := session{next, price, move + carry*years(d, next), carry}
		d = next
		if i >= n {
			week = append(week, x)
		} else {
			s.advance(p, x.date, x.close, x.growth, x.carry)
		}
	}
	return p, s, week
}

func TestThePartsOfAWeekAddUpToIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, s, week := wander(t, 200, false)
		before := *s
		s.takeWeek(p, week)
		after := before
		traded := 0.0
		for _, x := range week {
			traded += after.advance(p, x.date, x.close, x.growth, x.carry)
		}
		// Six sums of numbers below about 30 dollars a dollar of risk.
		const tiny = 1e-12
		if d := s.past.traded.Plus(s.past.revalued).Total() - (after.total() - before.total()); !(math.Abs(d) < tiny*30) {
			t.Errorf("the parts of the position miss its change by %g", d)
		}
		if d := s.past.traded.Total() - traded; !(math.Abs(d) < tiny*30) || s.week != traded {
			t.Errorf("the parts of what was traded miss it by %g; the week's flow is %v, not %v", d, s.week, traded)
		}
		if s.total() != after.total() || s.ratio != after.ratio || s.square != after.square || s.weight != after.weight {
			t.Error("taking in a week with its parts gives another state than taking in its closes")
		}
		if s.past.held != before.total() || s.past.close != before.close/after.close {
			t.Error("the state before the week is not that before it")
		}
	})
}

// With a price that stands still nothing is due to the price, and what is due to its volatility is that
// this falls.
func TestAPriceThatStandsStillDoesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, s, week := wander(t, 200, true)
		s.takeWeek(p, week)
		// Growth without the price's move is computed as growth − move + 1, which rounds twice.
		if x := s.past.traded.Price; !(math.Abs(x) < 1e-12) || !(math.Abs(s.past.revalued.Price)+math.Abs(s.past.revalued.Vol) < 1e-12) {
			t.Errorf("a price that did not move changed the position by %g", x)
		}
		for k := range speeds {
			if d := s.past.aged[k] - s.pivotNext(k); !(math.Abs(d) < 1e-14) {
				t.Errorf("a price that did not move moved the pivot by %g", d)
			}
		}
		if x := s.past.traded.Vol * s.past.held; !(x >= 0) && s.vol(p) > p.floor && s.past.held != 0 && sameSide(s) {
			t.Errorf("volatility fell, and a position of %g changed by %g on that account", s.past.held, s.past.traded.Vol)
		}
	})
}

// sameSide reports whether all speeds stand on one side with no sign about to change.
func sameSide(s *snapshot) bool {
	for k := range speeds {
		if (1-s.ratio[k])*s.past.held <= 0 {
			return false
		}
	}
	return true
}

func TestShapleyPartsOfAKnownFunction(t *testing.T) {
	// P(p,v) = 10 + 2p + 3v + 4pv from 7: time 3, and the joint 4 is shared.
	at := [2][2]float64{{10, 13}, {12, 19}}
	if got := attribute(7, at); got != (Parts{Price: 4, Vol: 5, Time: 3}) {
		t.Errorf("attribute gives %+v", got)
	}
}
