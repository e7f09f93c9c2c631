package dealer_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/flow/dealer"
	"faultline/market"
)

func TestALevelIsScoredByWhatTheSessionDid(t *testing.T) {
	const spot, tol = 6600, 0.0005 // three and a third points at 6,650
	for _, c := range []struct {
		what                       string
		level                      float64
		open, high, low, close     float64
		side                       string
		touched, held, beyond, gap bool
		overshoot                  float64
	}{
		{"a wall above that is never reached", 6650, 6605, 6640, 6590, 6630, "below", false, false, false, false, 0},
		{"a wall above that is nearly reached", 6650, 6605, 6647, 6590, 6630, "below", true, true, false, false, 0},
		{"a wall above that holds", 6650, 6605, 6660, 6590, 6640, "below", true, true, false, false, 10},
		{"a close on the wall, within the tolerance", 6650, 6605, 6660, 6590, 6652, "below", true, true, false, false, 10},
		{"a close beyond the wall", 6650, 6605, 6670, 6590, 6655, "below", true, false, true, false, 20},
		{"a gap over the wall that closes beyond", 6650, 6670, 6690, 6660, 6680, "below", true, false, true, true, 40},
		{"a gap over the wall that falls back", 6650, 6670, 6690, 6630, 6640, "below", true, true, false, true, 40},
		{"a wall below that holds", 6550, 6605, 6640, 6545, 6560, "above", true, true, false, false, 5},
		{"a close below the wall below", 6550, 6605, 6640, 6500, 6510, "above", true, false, true, false, 50},
		{"a level at the price", 6600, 6605, 6640, 6500, 6510, "at", true, false, false, false, 100},
	} {
		r := dealer.Range{Open: c.open, High: c.high, Low: c.low, Close: c.close}
		o := dealer.Score([]dealer.Level{{Kind: "x", Price: c.level}}, spot, r, tol)[0]
		want := dealer.Outcome{Kind: "x", Price: c.level, Side: c.side, Touched: c.touched, Held: c.held, Beyond: c.beyond, Gapped: c.gap, Overshoot: c.overshoot}
		if o != want {
			t.Errorf("%s: %+v, want %+v", c.what, o, want)
		}
	}
	none := &evidence.Absent{Code: "no_such_level"}
	if o := dealer.Score([]dealer.Level{{Kind: "x", Absent: none}}, spot, dealer.Range{}, tol)[0]; o.Absent != none || o.Touched {
		t.Errorf("an absent level is scored: %+v", o)
	}
}

func TestScoresDoNotDependOnTheSide(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		// Reflected in logarithms about spot, above becomes below and all else stays, but for the
		// tolerance, which is none here.
		p := func(name string) float64 { return math.Exp(rapid.Float64Range(-0.05, 0.05).Draw(r, name)) }
		level, open, close := p("level"), p("open"), p("close")
		high, low := max(open, close)*math.Abs(p("up")), min(open, close)/math.Max(1, p("down"))
		high = max(high, open, close)
		a := dealer.Score([]dealer.Level{{Price: level}}, 1, dealer.Range{Open: open, High: high, Low: low, Close: close}, 0)[0]
		b := dealer.Score([]dealer.Level{{Price: 1 / level}}, 1, dealer.Range{Open: 1 / open, High: 1 / low, Low: 1 / high, Close: 1 / close}, 0)[0]
		if a.Touched != b.Touched || a.Held != b.Held || a.Beyond != b.Beyond || a.Gapped != b.Gapped {
			r.Fatalf("%+v reflected is %+v", a, b)
		}
		if a.Held && !a.Touched || a.Held && a.Beyond || a.Beyond && !a.Touched {
			r.Fatalf("impossible: %+v", a)
		}
	})
}

// daily makes daily bars of sessions that drift and swing as rng says.
func daily(rng *rand.Rand, from, to calendar.Date, swing func(i int) float64) *market.Bars {
	b := &market.Bars{Instrument: "SPX", Interval: market.Day}
	sessions, err := calendar.NYSE().Sessions(from, to)
	if err != nil {
		panic(err)
	}
	price := 5000.0
	for i, s := range sessions {
		x := swing(i)
		open := price
		price *= math.Exp(x * rng.NormFloat64())
		high, low := max(open, price)*math.Exp(x*rng.Float64()), min(open, price)*math.Exp(-x*rng.Float64())
		b.Append(int64(s.Date)*86400, s.Close.Unix(), open, high, low, price, 1, int32(i+1))
	}
	return b
}

func TestTheRangeOfASessionComesFromItsOwnBars(t *testing.T) {
	day := calendar.DateOf(2025, 3, 5)
	s, err := calendar.NYSE().Session(day)
	if err != nil {
		t.Fatal(err)
	}
	b := &market.Bars{Instrument: "SPX", Interval: 30 * time.Minute}
	add := func(at time.Time, o, h, l, c float64) {
		b.Append(at.Unix(), at.Add(30*time.Minute).Unix(), o, h, l, c, 1, 1)
	}
	add(s.Open.Add(-time.Hour), 1, 9000, 1, 2)
	add(s.Open, 10, 12, 9, 11)
	add(s.Open.Add(30*time.Minute), 11, 13, 10, 12.5)
	add(s.Close, 1, 9000, 1, 2)
	got, err := dealer.RangeOf(b, day)
	if want := (dealer.Range{Date: day, Open: 10, High: 13, Low: 9, Close: 12.5}); err != nil || got != want {
		t.Errorf("%+v, %v, want %+v", got, err, want)
	}
	var absent *evidence.Absent
	for _, d := range []calendar.Date{day + 1, calendar.DateOf(2025, 3, 8)} {
		if _, err := dealer.RangeOf(b, d); !errors.As(err, &absent) || absent.Code != "no_bars_of_session" {
			t.Errorf("%s: %v", d, err)
		}
	}
}

// levelDays are made-up days on which a wall 1 % above the price is never crossed at the close by
// construction, while the put wall below is an arbitrary distance.
func levelDays(n int, holds bool) []dealer.LevelDay {
	rng := rand.New(rand.NewPCG(5, 6))
	var days []dealer.LevelDay
	for i := range n {
		wall := 6000 * (1 + 0.004 + 0.008*rng.Float64())
		high := 6000 * (1 + 0.016*rng.Float64())
		close := 6000 + (high-6000)*rng.Float64()
		if holds && close > wall {
			close = wall - 1
		}
		low := min(6000, close) - 20
		days = append(days, dealer.LevelDay{
			Spot: 6000, GEX: dealer.Amount{Value: float64(i%2*2 - 1)},
			Levels: []dealer.Level{{Kind: dealer.KindCallWall, Price: wall}, {Kind: dealer.KindPutWall, Absent: &evidence.Absent{Code: "no_put_gamma_below"}}},
			Next:   dealer.Range{Open: 6000, High: high, Low: low, Close: close},
		})
	}
	return days
}

func find(t *testing.T, all []dealer.Record, kind string) dealer.Record {
	t.Helper()
	for _, r := range all {
		if r.Kind == kind {
			return r
		}
	}
	t.Fatalf("no record of %s", kind)
	return dealer.Record{}
}

func TestALevelThatHoldsBeatsItsPlaceboAndOneThatDoesNotDoesNot(t *testing.T) {
	good := find(t, dealer.ValidateLevels(levelDays(300, true), naive(), 1), dealer.KindCallWall)
	if good.Level.NotBeyond.Value != 1 || !(good.Against.NotBeyond.Low > 0) || !(good.Offset.NotBeyond.Value < 1) {
		t.Errorf("a wall that always holds: %+v", good)
	}
	null := find(t, dealer.ValidateLevels(levelDays(300, false), naive(), 1), dealer.KindCallWall)
	if !(null.Against.NotBeyond.Low < 0 && null.Against.NotBeyond.High > 0) {
		t.Errorf("a wall that means nothing beats its placebo: %+v", null.Against.NotBeyond)
	}
	if put := find(t, dealer.ValidateLevels(levelDays(30, true), naive(), 1), dealer.KindPutWall); put.Days != 0 || put.Missing != 30 {
		t.Errorf("a level that never exists: %+v", put)
	}
	again := find(t, dealer.ValidateLevels(levelDays(300, false), naive(), 1), dealer.KindCallWall)
	if again != null {
		t.Error("the same seed gives other numbers")
	}
}

func TestVolatilityIsThatOfParkinsonOnEachSide(t *testing.T) {
	days := levelDays(40, false)
	for i := range days {
		x := 0.01
		if days[i].GEX.Value < 0 {
			x = 0.02
		}
		days[i].Next.Low, days[i].Next.High = 6000, 6000*math.Exp(x)
	}
	v := dealer.ValidateVolatility(days, 1)
	near(t, "below", v.Below.Value, 0.02*math.Sqrt(252/(4*math.Ln2)), 1e-9)
	near(t, "above", v.Above.Value, 0.01*math.Sqrt(252/(4*math.Ln2)), 1e-9)
	near(t, "ratio", v.Ratio.Low, 2, 1e-9)
	if v.Below.N != 20 || v.Above.N != 20 {
		t.Errorf("%d and %d days", v.Below.N, v.Above.N)
	}
}

func TestLevelsOfAChainNeverSeeTheSessionThatScoresThem(t *testing.T) {
	c := chain(quoted)
	bars := daily(rand.New(rand.NewPCG(1, 1)), calendar.DateOf(2025, 1, 2), calendar.DateOf(2025, 3, 6), func(int) float64 { return 0.005 })
	last := bars.Len() - 1
	bars.Close[last-1], bars.High[last-1], bars.Low[last-1] = 5000, 5010, 4990 // the chain's day
	bars.Open[last], bars.High[last], bars.Low[last], bars.Close[last] = 5000, 5030, 4980, 5020
	days, skipped, err := dealer.LevelDays([]*market.Chain{c, c}, bars, naive(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(days) != 1 || len(skipped) != 1 || skipped[0].Absent.Code != "session_already_scored" {
		t.Fatalf("%d days, skipped %+v", len(days), skipped)
	}
	if d := days[0]; d.Next.Date.String() != "2025-03-06" || d.Next.High != 5030 || d.Spot != 5000 {
		t.Errorf("day %+v", d)
	}
	bars.High[last], bars.Close[last] = 6000, 5900
	again, _, err := dealer.LevelDays([]*market.Chain{c}, bars, naive(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, l := range days[0].Levels {
		if l.Price != again[0].Levels[i].Price {
			t.Errorf("%s moved from %v to %v with the session after it", l.Kind, l.Price, again[0].Levels[i].Price)
		}
	}
	off := chain(quoted)
	off.Spot = 5100
	if _, skipped, err := dealer.LevelDays([]*market.Chain{off}, bars, naive(), nil); err != nil || len(skipped) != 1 || skipped[0].Absent.Code != "spot_off_day" {
		t.Errorf("a spot of another day: %+v, %v", skipped, err)
	}
}

// fiveMinutes makes bars of sessions whose last half hour is slope(i) times the rest, and noise.
func fiveMinutes(n int, slope func(i int) float64) *market.Bars {
	rng := rand.New(rand.NewPCG(8, 9))
	b := &market.Bars{Instrument: "SPX", Interval: 5 * time.Minute}
	sessions, err := calendar.NYSE().Sessions(calendar.DateOf(2025, 1, 2), calendar.DateOf(2026, 12, 30))
	if err != nil {
		panic(err)
	}
	price := 5000.0
	for i, s := range sessions[:n] {
		rest := 0.01 * rng.NormFloat64()
		last := slope(i)*rest + 0.0001*rng.NormFloat64()
		bars := int(s.Close.Sub(s.Open) / (5 * time.Minute))
		start := price
		for k := range bars {
			at := s.Open.Add(time.Duration(k) * 5 * time.Minute)
			open := price
			if k < bars-6 {
				price = start * math.Exp(rest*float64(k+1)/float64(bars-6))
			} else {
				price = start * math.Exp(rest+last*float64(k+1-(bars-6))/6)
			}
			b.Append(at.Unix(), at.Add(5*time.Minute).Unix(), open, max(open, price), min(open, price), price, 1, 1)
		}
	}
	return b
}

func TestALastHalfHourThatFollowsUnderShortGammaIsFound(t *testing.T) {
	const n = 300
	short := func(i int) bool { return i%3 == 0 }
	b := fiveMinutes(n, func(i int) float64 {
		if short(i) {
			return 0.3
		}
		return -0.1
	})
	sessions, err := calendar.NYSE().Sessions(calendar.DateOf(2024, 12, 31), calendar.DateOf(2026, 12, 30))
	if err != nil {
		t.Fatal(err)
	}
	g := &market.Series{ID: "gamma"}
	for i := range n { // of the session before, known before the open
		v := 1.0
		if short(i) {
			v = -1
		}
		g.Append(int64(sessions[i].Date)*86400, sessions[i+1].Open.Add(-time.Hour).Unix(), v, 1)
	}
	days, err := dealer.HalfHours(b, g, 5*24*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	halves := 0
	for _, s := range sessions[1 : n+1] {
		if s.Half {
			halves++
		}
	}
	if want := n - 1 - halves; len(days) != want {
		t.Errorf("%d days, want all but the first and %d half days: %d", len(days), halves, want)
	}
	below, above, difference := dealer.ValidateMomentum(days, 0, 1)
	near(t, "slope below", below.Slope.Value, 0.3, 0.05)
	near(t, "slope above", above.Slope.Value, -0.1, 0.05)
	if !(difference.Low > 0.3 && difference.High < 0.5) || !(below.Follows.Value > 0.9) || !(above.Follows.Value < 0.1) {
		t.Errorf("difference %+v, follows %+v and %+v", difference, below.Follows, above.Follows)
	}
	if below.Slope.N+above.Slope.N != len(days) {
		t.Errorf("%d and %d of %d days", below.Slope.N, above.Slope.N, len(days))
	}
	// A figure that is published only after the open must not be used.
	late := &market.Series{ID: "gamma", About: g.About, Value: g.Value, Line: g.Line}
	for i := range g.Known {
		late.Known = append(late.Known, sessions[i+1].Open.Add(time.Minute).Unix())
	}
	shifted, err := dealer.HalfHours(b, late, 5*24*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	_, _, lost := dealer.ValidateMomentum(shifted, 0, 1)
	if math.Abs(lost.Value-difference.Value) < 0.1 {
		t.Error("figures from after the open have been used")
	}
}

func TestASignThatTellsTheRangeIsFoundAndOneThatTellsNothingIsNot(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	const n = 900
	sign := make([]float64, n+1)
	for i := range sign {
		sign[i] = rng.NormFloat64()
	}
	make := func(effect float64) []dealer.GammaDay {
		b := daily(rand.New(rand.NewPCG(2, 2)), calendar.DateOf(2020, 1, 2), calendar.DateOf(2023, 7, 20), func(i int) float64 {
			if i < n && sign[i] < 0 {
				return 0.01 * (1 + effect)
			}
			return 0.01
		})
		g := &market.Series{ID: "gamma"}
		for i := 1; i < min(n, b.Len()); i++ { // known an hour before the session that it tells of
			s, err := calendar.NYSE().Session(b.Date(i))
			if err != nil {
				t.Fatal(err)
			}
			g.Append(b.Begin[i-1], s.Open.Add(-time.Hour).Unix(), sign[i], 1)
		}
		days, err := dealer.GammaDays(b, g, nil)
		if err != nil {
			t.Fatal(err)
		}
		return days
	}
	told := dealer.ValidateSign(make(1), 0.3, 1)
	if !(told.Beyond.Low > 0.1) || !(told.ShortOverLong.Low > 1.3) || told.Unsure.N == 0 || !(told.Short.Value > told.Unsure.Value && told.Unsure.Value > told.Long.Value) {
		t.Errorf("ranges doubled below zero: %+v", told)
	}
	null := dealer.ValidateSign(make(0), 0.3, 1)
	if !(null.Beyond.Low < 0 && null.Beyond.High > 0) || !(null.ShortOverLong.Low < 1 && null.ShortOverLong.High > 1) {
		t.Errorf("ranges that the sign tells nothing of: %+v", null)
	}
}

func TestTheIntervalScoreIsWidthAndTwentyTimesTheMiss(t *testing.T) {
	for _, c := range []struct{ y, want float64 }{{1, 4}, {-1, 4}, {3, 4}, {4, 24}, {-2, 24}} {
		near(t, "score", dealer.IntervalScore(-1, 3, c.y, 0.1), c.want, 1e-12)
	}
	claims := []dealer.Claimed{
		{Claim: dealer.Amount{Value: 2, Low: -1, High: 3}, Published: 1},
		{Claim: dealer.Amount{Value: -2, Low: -3, High: -1}, Published: 4},
		{Claim: dealer.Amount{Value: 2, Low: -1, High: 3}, Published: -0.1},
	}
	got := dealer.Compare(claims, 0.5, 1)
	near(t, "signs", got.Signs.Value, 0.5, 1e-12)
	near(t, "covered", got.Covered.Value, 2.0/3, 1e-12)
	near(t, "score", got.Score, (4+102+4)/3.0, 1e-12)
	near(t, "score of the bare value", got.PointScore, (20+120+42)/3.0, 1e-12)
	near(t, "ratio", got.Ratio, 2, 1e-12)
	if got.Signs.N != 2 {
		t.Errorf("%d days with a sign", got.Signs.N)
	}
}
