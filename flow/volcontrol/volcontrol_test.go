package volcontrol_test

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"faultline/assumption"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/flow"
	"faultline/flow/flowtest"
	"faultline/flow/volcontrol"
	"faultline/market"
)

var lastDay = calendar.DateOf(2025, 11, 19)

func closing(d calendar.Date) time.Time {
	x, err := calendar.NYSE().Session(d)
	if err != nil {
		panic(err)
	}
	return x.Close
}

// bars are n sessions up to a date at invented closes: f gives the log price of the k-th.
func bars(id string, n int, last calendar.Date, f func(k int) float64) *market.Bars {
	dates := []calendar.Date{last}
	for len(dates) < n {
		p, err := calendar.NYSE().Prev(dates[len(dates)-1])
		if err != nil {
			panic(err)
		}
		dates = append(dates, p.Date)
	}
	b := &market.Bars{Instrument: id, Interval: market.Day}
	for k := range n {
		d := dates[n-1-k]
		b.Append(int64(d)*86400, closing(d).Unix(), market.Missing, market.Missing, market.Missing, 400*math.Exp(f(k)), market.Missing, int32(k+2))
	}
	return b
}

// wave is a sum of invented waves whose volatility changes.
func wave(phase, size float64) func(int) float64 {
	return func(k int) float64 {
		t := float64(k)
		return size * (0.012*math.Sin(t*1.7+phase) + 0.014*math.Sin(t*t*.013+phase)*math.Pow(math.Sin(t/300+phase), 2) + .08*math.Sin(t/90))
	}
}

func state(sets ...*market.Bars) *market.State {
	var b market.Book
	for _, s := range sets {
		b.Add(market.Dataset{Bars: s})
	}
	return b.AsOf(closing(lastDay))
}

func three(n int) *market.State {
	return state(bars("SPX", n, lastDay, wave(0, 1)), bars("IEF", n, lastDay, wave(2, 0.4)), bars("DBC", n, lastDay, wave(4, 0.9)))
}

func env(t testing.TB, s *market.State, sessions int, ids ...string) *flow.Env {
	t.Helper()
	line, err := flow.Sessions(calendar.NYSE(), s.At(), sessions)
	if err != nil {
		t.Fatal(err)
	}
	e := &flow.Env{State: s, Assume: assumption.Default(), Timeline: line, Memo: &flow.Memo{}}
	for _, id := range ids {
		b, err := s.Daily(id)
		if err != nil {
			t.Fatal(err)
		}
		c := b.Close[b.Len()-1]
		e.Assets = append(e.Assets, flow.Asset{ID: id, Price: c, LastClose: c})
	}
	return e
}

func with(t testing.TB, a assumption.Set, pairs map[string]float64) assumption.Set {
	t.Helper()
	for name, v := range pairs {
		var err error
		if a, err = a.With(name, v, "test"); err != nil {
			t.Fatal(err)
		}
	}
	return a
}

func TestFundsKeepWhatMustHoldForEveryModel(t *testing.T) {
	for name, ids := range map[string][]string{"equities": {"SPX"}, "all markets": {"SPX", "IEF", "DBC"}, "others first": {"NVDA", "DBC", "SPX"}} {
		t.Run(name, func(t *testing.T) {
			s := state(bars("SPX", 700, lastDay, wave(0, 1)), bars("IEF", 700, lastDay, wave(2, 0.4)), bars("DBC", 700, lastDay, wave(4, 0.9)), bars("NVDA", 5, lastDay, wave(1, 1)))
			flowtest.Run(t, flowtest.Case{
				Model: volcontrol.New(), Env: env(t, s, 4, ids...),
				Empty: func(e flow.Env) *flow.Env {
					e.Assume = with(t, e.Assume, map[string]float64{"volcontrol.aum": 0, "volcontrol.parity_aum": 0})
					return &e
				},
			})
		})
	}
}

// testdata/golden.py is the same funds in another language, kept in cash and shares.
func TestFundsAreThoseOfAnIndependentProgram(t *testing.T) {
	text, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden map[string]struct {
		Want, Held, Order []float64
		VolShort          []float64 `json:"vol_short"`
		VolLong           []float64 `json:"vol_long"`
	}
	if err := json.Unmarshal(text, &golden); err != nil {
		t.Fatal(err)
	}
	s := state(bars("SPX", 700, lastDay, wave(0, 1)), bars("IEF", 700, lastDay, wave(2, 0.4)))
	r, err := volcontrol.Read(t.Context(), s, with(t, assumption.Default(), map[string]float64{"band.draws": 0}))
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Funds) != 2 || len(golden) != 2 {
		t.Fatalf("%d funds, %d in the file", len(r.Funds), len(golden))
	}
	for _, f := range r.Funds {
		g := golden[f.Name]
		near := func(what string, got, want float64) {
			t.Helper()
			if !(math.Abs(got-want) <= 1e-10) {
				t.Errorf("%s: %s is %v, the other program has %v", f.Name, what, got, want)
			}
		}
		near("exposure wanted", f.TargetExposure, g.Want[0])
		near("exposure", f.Exposure, g.Held[0])
		near("order", f.OrderUSD/f.AssetsUSD, g.Order[0])
		for i, p := range f.Positions {
			near(p.Instrument+" held", p.USD/f.AssetsUSD, g.Held[i])
			near(p.Instrument+" short volatility", p.VolShort, g.VolShort[i])
			near(p.Instrument+" long volatility", p.VolLong, g.VolLong[i])
		}
	}
}

// only turns risk parity and the bands off.
func only(t testing.TB) assumption.Set {
	return with(t, assumption.Default(), map[string]float64{"volcontrol.parity_aum": 0, "band.draws": 0})
}

func TestExposureIsTheTargetOverRealisedVolatility(t *testing.T) {
	// Moves of 1 % up and down by turns: the volatility is 0.01·√252 a year whatever the decay, and the
	// exposure 0.10 over it. Moves of 0.4 % ask for 1.57, which the cap holds at 1.
	for _, c := range []struct {
		move, want float64
		capped     bool
	}{{0.01, 0.10 / (0.01 * math.Sqrt(252)), false}, {0.02, 0.10 / (0.02 * math.Sqrt(252)), false}, {0.004, 1, true}} {
		s := state(bars("SPX", 800, lastDay, func(k int) float64 { return c.move * float64(k%2) }))
		r, err := volcontrol.Read(t.Context(), s, only(t))
		if err != nil {
			t.Fatal(err)
		}
		f := r.Funds[0]
		if !(math.Abs(f.TargetExposure-c.want) <= 1e-9) || f.Capped != c.capped {
			t.Errorf("moves of %v: exposure %v (capped %v), want %v", c.move, f.TargetExposure, f.Capped, c.want)
		}
		if vol := c.move * math.Sqrt(252); !(math.Abs(f.Positions[0].VolShort-vol) <= 1e-9 && math.Abs(f.Positions[0].VolLong-vol) <= 1e-9) {
			t.Errorf("moves of %v: volatility %v and %v, want %v", c.move, f.Positions[0].VolShort, f.Positions[0].VolLong, vol)
		}
		if !(math.Abs(f.Exposure-c.want) <= 0.01) || !(math.Abs(r.EquityUSD-400e9*f.Exposure) <= 1) {
			t.Errorf("moves of %v: holds %v of assets and %v dollars", c.move, f.Exposure, r.EquityUSD)
		}
	}
}

func TestALargeMoveSellsAndAQuietOneBuysWhateverTheSign(t *testing.T) {
	s := state(bars("SPX", 800, lastDay, func(k int) float64 { return 0.012 * float64(k%2) }))
	r, err := volcontrol.Read(t.Context(), s, only(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range r.Moves {
		large := math.Abs(m.Return) >= 0.03
		if large && !(m.GapUSD.USD < 0 && m.OrderUSD.USD < 0) || m.Return == 0 && !(m.GapUSD.USD > 0) {
			t.Errorf("after %+.0f %%: %v in all, %v in the next session", 100*m.Return, m.GapUSD.USD, m.OrderUSD.USD)
		}
	}
	// Between the bounds a close makes them buy, just outside it makes them sell. Volatility stays as it
	// was after a move of its own size, and the bounds cannot be far from it.
	for _, l := range []volcontrol.Level{r.SellBelow, r.SellAbove} {
		if l.Absent != nil {
			t.Fatal(l.Absent)
		}
		if away := math.Abs(l.Price/r.Close - 1); !(away > 0.008 && away < 0.016) {
			t.Errorf("they sell from %v on, %v away from the last close", l.Price, away)
		}
	}
	if !(r.SellBelow.Price < r.Close && r.Close < r.SellAbove.Price) {
		t.Errorf("bounds %v and %v around %v", r.SellBelow.Price, r.SellAbove.Price, r.Close)
	}
}

func TestALevelThatDoesNotExistHasAReason(t *testing.T) {
	// Volatility has just doubled: what was held is too much at any next close.
	s := state(bars("SPX", 800, lastDay, func(k int) float64 {
		if k > 795 {
			return 0.04 * float64(k%2)
		}
		return 0.012 * float64(k%2)
	}))
	r, err := volcontrol.Read(t.Context(), s, only(t))
	if err != nil {
		t.Fatal(err)
	}
	if r.SellBelow.Absent == nil || r.SellBelow.Absent.Code != "sells_after_unchanged_close" || !market.IsMissing(r.SellBelow.Price) {
		t.Errorf("%+v", r.SellBelow)
	}
	if f := r.Funds[0]; f.Side != -1 || !(f.Since > lastDay-10 && f.Since <= lastDay) || !(f.OrderUSD < 0 && f.GapUSD < f.OrderUSD) {
		t.Errorf("%+v", f)
	}
	// A cap of a tenth binds whatever the volatility after a fall of 15 %, and what is held has fallen
	// below it with the price.
	a := with(t, only(t), map[string]float64{"volcontrol.cap": 0.1})
	r, err = volcontrol.Read(t.Context(), state(bars("SPX", 800, lastDay, func(k int) float64 { return 0.004*float64(k%2) - 0.005*float64(max(k-780, 0)) })), a)
	if err != nil {
		t.Fatal(err)
	}
	if r.SellBelow.Absent == nil || r.SellBelow.Absent.Code != "buys_after_any_close" {
		t.Errorf("%+v", r.SellBelow)
	}
}

func TestAWalkAlongThePricesOfAHistoryEndsWhereTheHistoryEnds(t *testing.T) {
	const more = 12
	full := bars("SPX", 700, lastDay, wave(0, 1))
	bond := bars("IEF", 700, lastDay, wave(2, 0.4))
	cut := func(b *market.Bars) *market.Bars {
		n := b.Len() - more
		return &market.Bars{
			Instrument: b.Instrument, Interval: b.Interval, Begin: b.Begin[:n], Known: b.Known[:n], Open: b.Open[:n],
			High: b.High[:n], Low: b.Low[:n], Close: b.Close[:n], Volume: b.Volume[:n], Line: b.Line[:n],
		}
	}
	var early market.Book
	early.Add(market.Dataset{Bars: cut(full)}, market.Dataset{Bars: cut(bond)})
	from := early.AsOf(closing(full.Date(full.Len() - more - 1)))
	e := env(t, from, more, "SPX", "IEF")
	// Ten ticks a session, so that the orders are worked on the straight way between two closes.
	const ticks = 10
	line := flow.Timeline{Start: e.Timeline.Start, Dates: e.Timeline.Dates}
	for k := range more {
		line.Slots = append(line.Slots, flow.Slot{Phase: flow.Open, Session: k})
		for range ticks {
			line.Slots = append(line.Slots, flow.Slot{Phase: flow.Tick, Session: k, Frac: 1.0 / ticks})
		}
		line.Slots = append(line.Slots, flow.Slot{Phase: flow.Close, Session: k})
	}
	e.Timeline = line
	p, err := volcontrol.New().Compile(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	w := flow.NewWalk(e, []flow.Player{{Name: "volcontrol", Program: p}})
	price := make([]float64, 2*flow.Lanes)
	tick := 0
	for slot, s := range line.Slots {
		for a, b := range []*market.Bars{full, bond} {
			first := b.Len() - more - 1
			last, now := b.Close[first+s.Session], b.Close[first+s.Session+1]
			x := last
			switch s.Phase {
			case flow.Tick:
				x = last + (now-last)*(float64(tick)+0.5)/ticks
			case flow.Close:
				x = now
			}
			for l := range flow.Lanes {
				price[a*flow.Lanes+l] = x / e.Assets[a].Price
			}
		}
		if s.Phase == flow.Tick {
			tick = (tick + 1) % ticks
		}
		if err := w.Step(slot, price); err != nil {
			t.Fatal(err)
		}
	}
	// The history has the same funds with the assets of its own end: compare what does not depend on
	// their size, the ratio of the two positions and of each to the order that follows.
	late := env(t, state(full, bond), 1, "SPX", "IEF")
	q, err := volcontrol.New().Compile(t.Context(), late)
	if err != nil {
		t.Fatal(err)
	}
	end := make([]float64, q.Width()*flow.Lanes)
	q.Start(end)
	target := func(rows []float64, price float64) (exposure, order, variance float64) { // of the first fund, rows after the positions
		at := func(row int) float64 { return rows[(2+row)*flow.Lanes] }
		return at(1) * price / at(0), at(5) * price / at(0), at(3)
	}
	x1, o1, v1 := target(end, 1)
	x2, o2, v2 := target(walked(w), full.Close[full.Len()-1]/e.Assets[0].Price)
	for what, pair := range map[string][2]float64{"exposure": {x1, x2}, "order": {o1, o2}, "variance": {v1, v2}} {
		if !(math.Abs(pair[0]-pair[1]) <= 1e-12) {
			t.Errorf("%s: %v by history, %v by the walk", what, pair[0], pair[1])
		}
	}
}

// walked is the whole state of the only player of a walk: its positions are the first rows of it.
func walked(w *flow.Walk) []float64 {
	all := w.Position(0)
	return all[:cap(all)]
}

func TestAHalfDoneSessionHasHalfOfItsOrderBehindIt(t *testing.T) {
	s := three(700)
	a := env(t, s, 1, "SPX")
	p, err := volcontrol.New().Compile(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	before := make([]float64, p.Width()*flow.Lanes)
	p.Start(before)
	next, err := calendar.NYSE().Next(lastDay)
	if err != nil {
		t.Fatal(err)
	}
	noon := next.Open.Add(next.Close.Sub(next.Open) / 2)
	var b market.Book
	for _, k := range s.BarKeys() {
		x, err := s.Daily(k[:3])
		if err != nil {
			t.Fatal(err)
		}
		b.Add(market.Dataset{Bars: x})
	}
	e := *a
	e.State = b.AsOf(noon)
	if e.Timeline, err = flow.Sessions(calendar.NYSE(), noon, 1); err != nil {
		t.Fatal(err)
	}
	e.Assets = []flow.Asset{{ID: "SPX", Price: a.Assets[0].Price * 1.01, LastClose: a.Assets[0].LastClose}}
	q, err := volcontrol.New().Compile(t.Context(), &e)
	if err != nil {
		t.Fatal(err)
	}
	after := make([]float64, q.Width()*flow.Lanes)
	q.Start(after)
	w := flow.NewWalk(a, []flow.Player{{Name: "volcontrol", Program: p}})
	flat := make([]float64, flow.Lanes)
	for l := range flat {
		flat[l] = 1
	}
	day := 0.0
	for slot := range a.Timeline.Slots {
		if err := w.Step(slot, flat); err != nil {
			t.Fatal(err)
		}
		day += w.Orders(0)[0]
	}
	if got := after[0] - before[0]; day == 0 || !(math.Abs(got-day/2) <= 1e-9*math.Abs(day)) {
		t.Errorf("by noon %v units were traded, of %v in the session", got, day)
	}
}

func TestTradesStayWithinTheLimitOfADayOnAnyPath(t *testing.T) {
	e := env(t, three(700), 6, "SPX")
	e.Assume = with(t, e.Assume, map[string]float64{"volcontrol.daily_limit": 0.03, "volcontrol.lag": 1, "volcontrol.parity_aum": 0})
	p, err := volcontrol.New().Compile(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	price := e.Assets[0].Price
	rapid.Check(t, func(r *rapid.T) {
		w := flow.NewWalk(e, []flow.Player{{Name: "volcontrol", Program: p}})
		x := make([]float64, flow.Lanes)
		for l := range x {
			x[l] = 1
		}
		worth := 400e9
		last, units := 1.0, w.Position(0)[0]
		var traded float64
		before, decided := worth, 1.0
		for slot, s := range e.Timeline.Slots {
			if s.Phase == flow.Tick && s.Frac > 0 {
				x[0] = last * math.Exp(rapid.Float64Range(-0.25, 0.25).Draw(r, "move"))
			}
			worth += units * price * (x[0] - last)
			last = x[0]
			if err := w.Step(slot, x); err != nil {
				r.Fatal(err)
			}
			traded += math.Abs(w.Orders(0)[0]) * price * decided
			units = w.Position(0)[0]
			if s.Phase == flow.Close {
				if !(traded <= 0.03*max(before, 0)*(1+1e-9)) {
					r.Fatalf("traded %v with assets of %v", traded, before)
				}
				before, decided, traded = worth, x[0], 0
			}
			if math.IsNaN(units) || math.Abs(units*price*last) > 1.5*400e9*math.Max(1, last) {
				r.Fatalf("holds %v units at %v", units, last)
			}
		}
	})
}

func TestLaterObservationsChangeNothing(t *testing.T) {
	s := three(700)
	a := with(t, assumption.Default(), map[string]float64{"band.draws": 3})
	before, err := volcontrol.Read(t.Context(), s, a)
	if err != nil {
		t.Fatal(err)
	}
	next, err := calendar.NYSE().Next(lastDay)
	if err != nil {
		t.Fatal(err)
	}
	var b market.Book
	for _, id := range []string{"SPX", "IEF", "DBC"} {
		x, err := s.Daily(id)
		if err != nil {
			t.Fatal(err)
		}
		extra := &market.Bars{Instrument: id, Interval: market.Day}
		extra.Append(int64(next.Date)*86400, next.Close.Unix(), market.Missing, market.Missing, market.Missing, 123, market.Missing, 1)
		b.Add(market.Dataset{Bars: x}, market.Dataset{Bars: extra})
	}
	after, err := volcontrol.Read(t.Context(), b.AsOf(closing(lastDay)), a)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(clean(before), clean(after)) {
		t.Errorf("a close of the day after changed the reading:\n%+v\n%+v", before, after)
	}
}

// clean replaces what is missing, since NaN is not equal to itself.
func clean(r *volcontrol.Reading) volcontrol.Reading {
	out := *r
	out.Funds = append([]volcontrol.Fund(nil), r.Funds...)
	for i := range out.Funds {
		if market.IsMissing(out.Funds[i].Percentile) {
			out.Funds[i].Percentile = -1
		}
	}
	if out.SellBelow.Absent != nil {
		out.SellBelow.Price, out.SellAbove.Price = -1, -1
	}
	return out
}

func TestRiskParityWithoutBondsSaysSoAndKeepsItsBudget(t *testing.T) {
	index := bars("SPX", 800, lastDay, func(k int) float64 { return 0.01 * float64(k%2) })
	r, err := volcontrol.Read(t.Context(), state(index), with(t, assumption.Default(), map[string]float64{"band.draws": 0}))
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Funds) != 2 || r.Funds[1].Name != volcontrol.Parity {
		t.Fatalf("%+v", r.Funds)
	}
	// A third of the variance aimed at: 0.10·√(1/3) over 0.01·√252.
	if want := 0.10 / math.Sqrt(3) / (0.01 * math.Sqrt(252)); !(math.Abs(r.Funds[1].TargetExposure-want) <= 1e-9) {
		t.Errorf("exposure %v, want %v", r.Funds[1].TargetExposure, want)
	}
	if !has(r.Caveats, "fewer_classes") {
		t.Errorf("caveats %v", r.Caveats)
	}
	// A bond fund whose prices are flat is left out by name, and the next one is taken.
	flat := bars("IEF", 800, lastDay, func(int) float64 { return 0 })
	r, err = volcontrol.Read(t.Context(), state(index, flat, bars("TLT", 800, lastDay, wave(2, 0.5))), with(t, assumption.Default(), map[string]float64{"band.draws": 0}))
	if err != nil {
		t.Fatal(err)
	}
	if !has(r.Caveats, "market_left_out") || len(r.Funds[1].Positions) != 2 || r.Funds[1].Positions[1].Instrument != "TLT" {
		t.Errorf("caveats %v, positions %+v", r.Caveats, r.Funds[1].Positions)
	}
}

func has(codes []evidence.Code, code string) bool {
	for _, c := range codes {
		if c.Code == code {
			return true
		}
	}
	return false
}

func TestBadInputIsAnAbsenceWithItsReason(t *testing.T) {
	f := func(want string, s *market.State) {
		t.Helper()
		_, err := volcontrol.Read(t.Context(), s, assumption.Default())
		var none *evidence.Absent
		if !errors.As(err, &none) || none.Code != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	f("no_bars", new(market.Book).AsOf(closing(lastDay)))
	f("short_history", state(bars("SPX", 100, lastDay, wave(0, 1))))
	f("no_volatility", state(bars("SPX", 800, lastDay, func(int) float64 { return 0 })))
	f("no_volatility", state(bars("SPX", 800, lastDay, func(k int) float64 { return wave(0, 1)(min(k, 770)) })))
	f("price_jump", state(bars("SPX", 800, lastDay, func(k int) float64 {
		if k < 400 {
			return wave(0, 1)(k)
		}
		return wave(0, 1)(k) - math.Log(2)
	})))
	f("stale_prices", state(bars("SPX", 800, lastDay-14, wave(0, 1))))
	bad := bars("SPX", 800, lastDay, wave(0, 1))
	for _, x := range []float64{0, -5, math.Inf(1)} {
		bad.Close[700] = x
		f("bad_price", state(bad))
	}
	broken := bars("SPX", 800, lastDay, wave(0, 1))
	for i := range 700 {
		broken.Begin[i] -= 30 * 86400
		broken.Known[i] -= 30 * 86400
	}
	f("short_history", state(broken))
	e := env(t, three(700), 1, "IEF")
	e.Assets[0].ID = "NVDA"
	_, err := volcontrol.New().Compile(t.Context(), e)
	var none *evidence.Absent
	if !errors.As(err, &none) || none.Code != "not_in_universe" {
		t.Errorf("a universe without any market of theirs gives %v", err)
	}
}

func TestDerivedStateGivesTheReadingOfTheBars(t *testing.T) {
	s := three(700)
	a := with(t, assumption.Default(), map[string]float64{"band.draws": 0})
	want, err := volcontrol.Read(t.Context(), s, a)
	if err != nil {
		t.Fatal(err)
	}
	sets, err := volcontrol.Derive(s, a)
	if err != nil {
		t.Fatal(err)
	}
	day := time.Date(2025, 11, 19, 0, 0, 0, 0, time.UTC).Unix()
	facts := &market.Facts{Rows: []market.Fact{{ID: "SPX_close", About: closing(lastDay).Unix(), Known: day, Value: want.Close}}}
	var b market.Book
	b.Add(sets...)
	b.Add(market.Dataset{Facts: facts})
	packed := b.AsOf(closing(lastDay))
	got, err := volcontrol.Read(t.Context(), packed, a)
	if err != nil {
		t.Fatal(err)
	}
	near := func(what string, x, y float64) {
		t.Helper()
		if !(math.Abs(x-y) <= 1e-9*(1+math.Abs(y))) {
			t.Errorf("%s: %v from derived state, %v from bars", what, x, y)
		}
	}
	near("equities", got.EquityUSD, want.EquityUSD)
	near("order", got.OrderUSD.USD, want.OrderUSD.USD)
	for i := range want.Moves {
		near("gap after a move", got.Moves[i].GapUSD.USD, want.Moves[i].GapUSD.USD)
	}
	for i := range want.Funds {
		if got.Funds[i].Since != want.Funds[i].Since || len(got.Funds[i].Positions) != len(want.Funds[i].Positions) {
			t.Errorf("%+v, want %+v", got.Funds[i], want.Funds[i])
		}
	}
	if got.From != "derived_state" || want.From != "bars" {
		t.Errorf("from %s and %s", got.From, want.From)
	}
	// The model runs on it as well, and another decay is refused by name.
	e := env(t, s, 1, "SPX")
	e.State, e.Memo = packed, nil
	if _, err := volcontrol.New().Compile(t.Context(), e); err != nil {
		t.Error(err)
	}
	_, err = volcontrol.Read(t.Context(), packed, with(t, a, map[string]float64{"volcontrol.decay_long": 0.96}))
	var none *evidence.Absent
	if !errors.As(err, &none) || none.Code != "derived_state_of_other_assumptions" {
		t.Errorf("another decay gives %v", err)
	}
	// One field that is missing makes it incomplete.
	var part market.Book
	part.Add(sets[1:]...)
	part.Add(market.Dataset{Facts: facts})
	if _, err = volcontrol.Read(t.Context(), part.AsOf(closing(lastDay)), a); !errors.As(err, &none) || none.Code != "derived_state_incomplete" {
		t.Errorf("a missing field gives %v", err)
	}
}

func TestStepAllocatesNothing(t *testing.T) {
	step, _ := stepper(t)
	if n := testing.AllocsPerRun(20, step); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkSessionOf32Lanes(b *testing.B) {
	step, _ := stepper(b)
	for b.Loop() {
		step()
	}
}

func BenchmarkCompile(b *testing.B) {
	e := env(b, three(2600), 5, "SPX", "IEF", "DBC")
	for b.Loop() {
		if _, err := volcontrol.New().Compile(b.Context(), e); err != nil {
			b.Fatal(err)
		}
	}
}

// stepper returns a function that walks one session of all lanes.
func stepper(t testing.TB) (func(), *flow.Walk) {
	e := env(t, three(700), 1, "SPX", "IEF", "DBC")
	p, err := volcontrol.New().Compile(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	w := flow.NewWalk(e, []flow.Player{{Name: "volcontrol", Program: p}})
	price := make([]float64, 3*flow.Lanes)
	for k := range price {
		price[k] = 1 - 0.001*float64(k%flow.Lanes)
	}
	return func() {
		for slot := range e.Timeline.Slots {
			if err := w.Step(slot, price); err != nil {
				t.Fatal(err)
			}
		}
	}, w
}
