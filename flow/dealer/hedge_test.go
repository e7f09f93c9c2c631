package dealer_test

import (
	"errors"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"faultline/assumption"
	"faultline/black"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/flow"
	"faultline/flow/dealer"
	"faultline/market"
)

func TestTheHedgingTableIsWhatTheFlowModelTrades(t *testing.T) {
	e := env(t, 1)
	b, err := dealer.Book(e.State, "SPX", e.Assume, e.Memo)
	if err != nil {
		t.Fatal(err)
	}
	e.Assets[0].Price = b.Spot
	// The made-up chain was quoted at 21:00 UTC, the close of the fund: the walk starts there too.
	table := dealer.HedgeTable(holding(t, b), e.Assume, nil, dealer.Moves)
	w := flow.NewWalk(e, players(t, e))
	price := make([]float64, flow.Lanes)
	for l := range price {
		price[l] = 1
		if l < len(dealer.Moves) {
			price[l] = 1 + dealer.Moves[l]
		}
	}
	total := make([]float64, flow.Lanes)
	for s, slot := range e.Timeline.Slots {
		if err := w.Step(s, price); err != nil {
			t.Fatal(err)
		}
		for l := range total {
			total[l] += w.Orders(0)[l]
		}
		for l := range dealer.Moves {
			want := total[l] * table.Price[l]
			switch {
			case s == 0:
				near(t, "the jump", table.Now.Value[l], want, 1e-9)
			case slot.Phase == flow.Close:
				near(t, "the move until the close", table.AtClose.Value[l], want, 1e-9)
			}
		}
	}
}

func TestHedgesOfLongGammaLeanAgainstTheMove(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		b := drawBook(r)
		for i := range b.Len() {
			b.Right[i] = black.Call
		}
		h := holding(r, b)
		table := dealer.HedgeTable(h, naive(), nil, dealer.Moves)
		for i, m := range table.Move {
			if v := table.Now.Value[i]; v*m > 0 || m == 0 && v != 0 {
				r.Fatalf("long calls only, and a move of %v makes dealers trade %v", m, v)
			}
		}
		x := []float64{0.99, 1, 1.02}
		e := dealer.Measure(h, naive(), nil)
		m := dealer.HeatMap(h, naive(), x, []time.Time{b.Quoted, b.Quoted.Add(time.Minute), e.Close})
		tol := func(scale float64) float64 { return 1e-9 * (1 + math.Abs(scale)) }
		if !(math.Abs(m.GEX[0][1]-e.GEX.Total.Value) <= tol(e.GEX.Total.Value)) {
			r.Fatalf("the map starts with GEX %v, measured %v", m.GEX[0][1], e.GEX.Total.Value)
		}
		charm := 0.0
		for i := range e.Strike {
			charm += math.Abs(e.CEX.Call.Value[i])
		}
		if !(math.Abs(m.CEX[0][1]-e.CEX.Total.Value) <= 1e-9*(1+charm)) {
			r.Fatalf("the map starts with CEX %v, measured %v", m.CEX[0][1], e.CEX.Total.Value)
		}
		end := dealer.HedgeTable(h, naive(), nil, []float64{-0.01, 0, 0.02})
		for j := range x {
			if !(math.Abs(m.Trade[2][j]-end.AtClose.Value[j]) <= 1e-9*(1+1e5*math.Abs(b.Spot))) {
				r.Fatalf("by the close at %v the map trades %v, the table %v", x[j], m.Trade[2][j], end.AtClose.Value[j])
			}
		}
		at := dealer.Instants(h, 5)
		if !at[4].Equal(e.Close) || at[0].Before(b.Quoted) || !at[1].After(at[0]) {
			r.Fatalf("quoted at %v, the instants run from %v to %v", b.Quoted, at[0], at[4])
		}
	})
}

func TestTheIntervalOfAHedgeHoldsItsValueUnderEachMildDraw(t *testing.T) {
	b := book(5000, 0.01, 0.03, contract{black.Call, 1, 5010, 0.15, 500}, contract{black.Put, 30, 4900, 0.18, 800})
	var draws []assumption.Set
	for k := range 64 {
		draws = append(draws, naive().Draw(3, k))
	}
	h := holding(t, b)
	table := dealer.HedgeTable(h, naive(), draws, []float64{-0.02, 0.02})
	for i := range table.Move {
		var all []float64
		for _, a := range draws {
			all = append(all, dealer.HedgeTable(h, a, nil, table.Move).Now.Value[i])
		}
		near(t, "low", table.Now.Low[i], quantile(all, 0.05), 1e-9)
		near(t, "high", table.Now.High[i], quantile(all, 0.95), 1e-9)
	}
}

func TestASmallFallOfVolatilityIsVEXTimesTheFall(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		b, a := drawBook(r), drawConvention(r)
		h := holding(r, b)
		const points = 1e-3
		got := dealer.AfterEvent(h, a, nil, dealer.Event{Points: points})
		e := dealer.Measure(h, a, nil)
		scale := 0.0
		for i := range e.Strike {
			scale += math.Abs(e.VEX.Call.Value[i]) + math.Abs(e.VEX.Put.Value[i])
		}
		gross := 0.0
		for i := range b.Len() {
			gross += b.OpenInterest[i] * 100 * b.Spot
		}
		// Holdings gain −VEX·fall of delta, and the hedge trades the opposite. The second derivative
		// in volatility is of the order of the first over the volatility, 0.08 at least.
		if !(math.Abs(got.Vanna.Value-e.VEX.Total.Value*points) <= 1e-3*scale*points+1e-12*gross+1e-8*gross*points) {
			r.Fatalf("a fall of %v points trades %v, VEX says %v", points, got.Vanna.Value, e.VEX.Total.Value*points)
		}
		if !(math.Abs(got.Vanna.Value+got.Charm.Value-got.Both.Value) <= 1e-9*(1+1e-3*gross)) {
			r.Fatalf("%v and %v are not %v", got.Vanna.Value, got.Charm.Value, got.Both.Value)
		}
	})
}

func TestAtTheBalancePriceNothingIsTradedByTheClose(t *testing.T) {
	// Dealers long out-of-the-money calls and short puts below buy as volatility falls; above spot the
	// gamma of the calls makes them sell.
	b := book(5000, 0.01, 0.03, contract{black.Call, 9, 5050, 0.22, 1000}, contract{black.Put, 9, 4800, 0.25, 1500})
	ev := dealer.Event{Points: 4, Move: 0.01}
	h := holding(t, b)
	var draws []assumption.Set
	for k := range 64 {
		draws = append(draws, naive().Draw(3, k))
	}
	got := dealer.AfterEvent(h, naive(), draws, ev)
	if !(got.Vanna.Value > 0) || got.Floored != 0 {
		t.Fatalf("the collapse makes dealers trade %v, %d volatilities floored", got.Vanna.Value, got.Floored)
	}
	if len(got.Balance) == 0 || got.Absent != nil {
		t.Fatal("no balance: ", got.Absent)
	}
	for _, x := range got.Balance {
		if x.Buys != (x.Price > 5000) || !(x.Between > 0) || !(x.Band.Low <= x.Price && x.Price <= x.Band.High) {
			t.Errorf("balance %+v", x)
		}
		// The same sum from the definition, with the lower volatilities written into the book.
		after := *b
		after.Vol = append([]float64(nil), b.Vol...)
		for i := range after.Vol {
			after.Vol[i] = math.Sqrt(b.Vol[i]*b.Vol[i]-ev.Move*ev.Move/b.Years[i]) - 0.01*ev.Points
		}
		s, err := dealer.SessionOf(b)
		if err != nil {
			t.Fatal(err)
		}
		hours := s.Close.Sub(b.Quoted).Hours()
		left := oracle(b, naive(), 0, 0, 1) - oracle(&after, naive(), hours, 0, x.Price/5000)
		one := oracle(&after, naive(), hours, 0, x.Price/5000+1e-3) - oracle(&after, naive(), hours, 0, x.Price/5000)
		if !(math.Abs(left) <= 0.02*math.Abs(one)) { // within a fiftieth of what 5 points trade: the grid's straight lines
			t.Errorf("at %v dealers still trade %v by the close, of %v for five points", x.Price, left, one)
		}
	}
	none := dealer.AfterEvent(holding(t, book(5000, 0, 0, contract{black.Call, 9, 9000, 0.2, 1})), naive(), nil, ev)
	if none.Absent == nil || none.Absent.Code != "nothing_to_trade" {
		t.Errorf("a book of dust: %+v", none)
	}
}

func TestAnEventLeavesWhatSettlesBeforeItAndNoVolatilityBelowTheFloor(t *testing.T) {
	b := book(5000, 0, 0, contract{black.Call, 2, 5050, 0.2, 100}, contract{black.Call, 9, 5050, 0.2, 100})
	early := dealer.AfterEvent(holding(t, b), naive(), nil, dealer.Event{Points: 100, At: b.Expiries[0].Settle.Add(time.Hour)})
	if early.Floored != 1 {
		t.Errorf("%d volatilities at the floor, want only that of the later expiry", early.Floored)
	}
	all := dealer.AfterEvent(holding(t, b), naive(), nil, dealer.Event{Points: 100})
	if all.Floored != 2 {
		t.Errorf("%d volatilities at the floor, want 2", all.Floored)
	}
}

func TestTheLoopOfASqueezeIsGammaOverDepth(t *testing.T) {
	b := book(100, 0, 0.04, contract{black.Call, 9, 105, 0.9, 20000}, contract{black.Call, 30, 120, 0.8, 30000}, contract{black.Put, 30, 90, 0.8, 5000})
	b.Underlying = "TSLA"
	b.Volume = []float64{5000, 0, 700}
	open := measured(t, b, must(naive().With("dealer.calls_long", -1, "test")))
	d := dealer.Depth{PerPercent: -open.GEX.Total.Value / 0.95, Volume: 1e9, Float: 1e8}
	q, err := dealer.FindSqueeze(b, naive(), nil, d)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "gain at spot", q.Gain[0], 0.95, 1e-9)
	if q.RunAbsent != nil || !(q.Runaway.Value > 100) {
		t.Errorf("gamma grows towards the strikes, and the loop never reaches 1: %+v", q.RunAbsent)
	}
	for i, p := range q.Price {
		if p < q.Runaway.Value && q.Gain[i] >= 1 {
			t.Errorf("gain %v at %v, below where it is said to run away", q.Gain[i], p)
		}
	}
	for _, x := range q.Rise {
		want := -(oracle(b, must(naive().With("dealer.calls_long", -1, "test")), 0, 0, 1+x.Move) - oracle(b, must(naive().With("dealer.calls_long", -1, "test")), 0, 0, 1)) * (1 + x.Move)
		near(t, "dollars", x.Dollars.Value, want, 1e-9)
		near(t, "of the volume", x.Volume.Share, math.Abs(want)/1e9, 1e-9)
		near(t, "of the float", x.Float, math.Abs(want)/(100*(1+x.Move))/1e8, 1e-9)
	}
	delta := black.GreeksOf(black.Call, b.Forward[0], 105, b.Years[0], 0.9).Delta
	near(t, "behind today's calls", q.Bought, 5000*100*delta*b.Expiries[0].Discount*100, 1e-9)

	blind, err := dealer.FindSqueeze(b, naive(), nil, dealer.Depth{market.Missing, market.Missing, market.Missing})
	if err != nil {
		t.Fatal(err)
	}
	if blind.GainAbsent == nil || blind.GainAbsent.Code != "depth_unknown" || blind.Rise[0].Volume.Absent == nil || !math.IsNaN(blind.Rise[0].Float) {
		t.Errorf("without depth: %+v", blind)
	}
	deep, err := dealer.FindSqueeze(b, naive(), nil, dealer.Depth{PerPercent: 1e12})
	if err != nil || deep.RunAbsent == nil || deep.RunAbsent.Code != "no_runaway" {
		t.Errorf("in a deep market: %+v, %v", deep.RunAbsent, err)
	}
}

func TestTodaysShareIsOfAllContracts(t *testing.T) {
	b := book(5000, 0, 0, contract{black.Call, 1, 5000, 0.2, 100}, contract{black.Put, 9, 5000, 0.2, 300})
	b.Volume = []float64{900, 100}
	x := dealer.ShareOfToday(holding(t, b))
	e := measured(t, b, naive())
	near(t, "gamma", x.Gamma, e.GEX.Call.Value[0]/(e.GEX.Call.Value[0]-e.GEX.Put.Value[0]), 1e-12)
	near(t, "volume", x.Volume, 0.9, 1e-12)
	near(t, "open interest", x.OpenInterest, 0.25, 1e-12)
	b.Volume = []float64{market.Missing, market.Missing}
	if x := dealer.ShareOfToday(holding(t, b)); x.NoVolume == nil || !math.IsNaN(x.Volume) {
		t.Errorf("without volumes: %+v", x)
	}
}

func TestLevelsConvertByTheRatioOfTwoPricesOfOneMoment(t *testing.T) {
	x, err := dealer.TermsOf("SPX", 6600, "ES", 6633)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "a level in ES", x.Level(6500), 6500*1.005, 1e-12)
	near(t, "basis", x.Points, 33, 1e-12)
	x, err = dealer.TermsOf("SPX", 6600, "SPY", 658)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "spot in SPY", x.Level(6600), 658, 1e-12)
	near(t, "basis in SPY", x.Points, -2, 1e-12)
	var absent *evidence.Absent
	for code, price := range map[string]float64{"basis_implausible": 6300, "no_other_price": market.Missing} {
		if _, err := dealer.TermsOf("SPX", 6600, "ES", price); !errors.As(err, &absent) || absent.Code != code {
			t.Errorf("ES at %v: %v, want %s", price, err, code)
		}
	}
}

func TestAFutureWithoutAPriceStandsAtTheParityForward(t *testing.T) {
	b := book(5000, 0.03, 0.045, contract{black.Call, 2, 5000, 0.2, 1}, contract{black.Call, 200, 5000, 0.2, 1})
	day := dealer.FrontQuarter(calendar.DateOf(2025, 3, 5))
	if day.String() != "2025-03-21" {
		t.Fatalf("front quarter %s", day)
	}
	x, err := dealer.FutureTerms(b, "ES", day)
	if err != nil {
		t.Fatal(err)
	}
	settle, err := calendar.Settle("SPX", day)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "ratio", x.Ratio, math.Exp(0.03*calendar.Years(b.Quoted, settle.Settle)), 1e-12)
	if x.Source != "forward" {
		t.Errorf("source %s", x.Source)
	}
	var absent *evidence.Absent
	if _, err := dealer.FutureTerms(b, "ES", calendar.DateOf(2026, 3, 20)); !errors.As(err, &absent) || absent.Code != "no_forward_there" {
		t.Errorf("beyond the last expiry: %v", err)
	}
	for date, want := range map[string]string{"2025-03-12": "2025-03-21", "2025-03-13": "2025-06-20", "2025-12-25": "2026-03-20"} {
		d, err := calendar.ParseDate(date)
		if err != nil {
			t.Fatal(err)
		}
		if got := dealer.FrontQuarter(d).String(); got != want {
			t.Errorf("on %s the front is %s, want %s", date, got, want)
		}
	}
}

func TestExpectedVolumeIsTheMedianOfTheSameHours(t *testing.T) {
	b := &market.Bars{Instrument: "SPY", Interval: 30 * time.Minute}
	x := calendar.NYSE()
	sessions, err := x.Sessions(calendar.DateOf(2025, 2, 24), calendar.DateOf(2025, 3, 5))
	if err != nil {
		t.Fatal(err)
	}
	for d, s := range sessions {
		for k := range 13 {
			at := s.Open.Add(time.Duration(k) * 30 * time.Minute)
			b.Append(at.Unix(), at.Add(30*time.Minute).Unix(), 10, 10, 10, 10, float64(100*(d+1)+k), 1)
		}
	}
	day := sessions[len(sessions)-1]
	from := day.Close.Add(-time.Hour)
	got, err := dealer.ExpectedVolume(b, from, day.Close, 5)
	if err != nil {
		t.Fatal(err)
	}
	// The five sessions before are the third to the seventh; of the fifth the last two bars count.
	near(t, "expected", got, (500+11+500+12)*10, 1e-12)
	if s := dealer.ShareOf(-1023, got); s.Share != 0.1 || s.Absent != nil {
		t.Errorf("share %+v", s)
	}
	if s := dealer.ShareOf(5, market.Missing); s.Absent == nil || s.Absent.Code != "volume_unknown" {
		t.Errorf("share of nobody knows what: %+v", s)
	}
	if _, err := dealer.ExpectedVolume(b, sessions[3].Open, sessions[3].Close, 5); err == nil {
		t.Error("three earlier sessions are enough to expect anything")
	}
}
