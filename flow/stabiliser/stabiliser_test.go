package stabiliser

import (
	"errors"
	"math"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"faultline/assumption"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/flow"
	"faultline/flow/flowtest"
	"faultline/market"
)

func date(text string) calendar.Date {
	d, err := calendar.ParseDate(text)
	if err != nil {
		panic(err)
	}
	return d
}

func closing(d calendar.Date) time.Time {
	x, err := calendar.NYSE().Session(d)
	if err != nil {
		panic(err)
	}
	return x.Close
}

// bars are invented closes of all sessions from one date to another: f gives the log price of the k-th.
func bars(id, from, to string, f func(k int) float64) *market.Bars {
	sessions, err := calendar.NYSE().Sessions(date(from), date(to))
	if err != nil {
		panic(err)
	}
	b := &market.Bars{Instrument: id, Interval: market.Day}
	for k, s := range sessions {
		b.Append(int64(s.Date)*86400, s.Close.Unix(), market.Missing, market.Missing, market.Missing, 1000*math.Exp(f(k)), market.Missing, int32(k+2))
	}
	return b
}

func state(at string, sets ...*market.Bars) *market.State {
	var b market.Book
	for _, s := range sets {
		b.Add(market.Dataset{Bars: s})
	}
	return b.AsOf(closing(date(at)))
}

func wave(phase, size float64) func(int) float64 {
	return func(k int) float64 { return size * (math.Sin(1.3*float64(k)+phase) + 0.1*float64(k)) }
}

func world(at string) *market.State {
	return state(at, bars("SPX", "2025-09-02", at, wave(0, 0.01)), bars("IEF", "2025-09-02", at, wave(2, 0.004)))
}

func with(t testing.TB, pairs map[string]float64) assumption.Set {
	t.Helper()
	a := assumption.Default()
	for name, v := range pairs {
		var err error
		if a, err = a.With(name, v, "test"); err != nil {
			t.Fatal(err)
		}
	}
	return a
}

func env(t testing.TB, s *market.State, sessions int, ids ...string) *flow.Env {
	t.Helper()
	line, err := flow.Sessions(calendar.NYSE(), s.At(), sessions)
	if err != nil {
		t.Fatal(err)
	}
	e := &flow.Env{State: s, Assume: assumption.Default(), Timeline: line, Memo: &flow.Memo{}}
	for _, id := range ids {
		c := 50.0
		if b, err := s.Daily(id); err == nil {
			c = b.Close[b.Len()-1]
		}
		e.Assets = append(e.Assets, flow.Asset{ID: id, Price: c, LastClose: c})
	}
	return e
}

func TestStabilisersKeepWhatMustHoldForEveryModel(t *testing.T) {
	for name, ids := range map[string][]string{"equities": {"SPX"}, "with bonds": {"SPX", "IEF"}, "others first": {"BTC", "IEF", "SPX"}} {
		for _, at := range []string{"2025-11-24", "2025-12-24"} { // five sessions across the end of a month, of a quarter
			t.Run(name+" "+at, func(t *testing.T) {
				e := env(t, world(at), 5, ids...)
				e.Assume = with(t, map[string]float64{"stabiliser.buyback_elasticity": 3})
				flowtest.Run(t, flowtest.Case{
					Model: New(), Env: e,
					Empty: func(e flow.Env) *flow.Env {
						e.Assume = with(t, map[string]float64{"stabiliser.buybacks_yearly": 0, "stabiliser.pension_assets": 0})
						return &e
					},
				})
			})
		}
	}
}

func TestWindowsCloseBeforeTheEndOfAQuarterAndOpenAsCompaniesReport(t *testing.T) {
	b := readBuybacks(assumption.Default())
	for day, want := range map[string]float64{
		"2025-09-02": 0,   // 28 days before the end of the quarter
		"2025-09-16": 0.5, // 14 days
		"2025-09-30": 1,
		"2025-10-14": 1,             // 14 days after it the first ones open
		"2025-10-30": 1 - 16.0/33.0, // 30 days after it
		"2025-11-16": 0,             // 47 days
		"2025-11-20": 0,
		"2025-12-31": 1,
		"2026-01-14": 1,
		"2026-01-31": 1 - 17.0/33.0,
	} {
		if got := b.closed(date(day)); !(math.Abs(got-want) <= 1e-12) {
			t.Errorf("%s: %v closed, want %v", day, got, want)
		}
	}
	// Published: Goldman Sachs had half of the S&P 500 in closed windows on 15 September 2023; Deutsche
	// Bank had about half of the repurchases out of theirs at the end of October 2018.
	for day, want := range map[string]float64{"2023-09-15": 0.5, "2018-10-31": 0.5} {
		if got := b.closed(date(day)); !(math.Abs(got-want) <= 0.06) {
			t.Errorf("%s: %v closed, published about %v", day, got, want)
		}
	}
}

func TestSessionsOfAYearAddUpToWhatIsBoughtInIt(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		b := buybacks{
			yearly: rapid.Float64Range(0, 3e12).Draw(r, "yearly"), pause: rapid.Float64Range(0, 1).Draw(r, "pause"),
			firstClose: float64(rapid.IntRange(1, 45).Draw(r, "first close")),
			firstOpen:  float64(rapid.IntRange(1, 40).Draw(r, "first open")), lastOpen: float64(rapid.IntRange(20, 60).Draw(r, "last open")),
		}
		year := rapid.IntRange(1991, 2034).Draw(r, "year")
		sessions, err := calendar.NYSE().Sessions(calendar.DateOf(year, 1, 1), calendar.DateOf(year, 12, 31))
		if err != nil {
			r.Fatal(err)
		}
		sum := 0.0
		for _, s := range sessions {
			if c := b.closed(s.Date); !(c >= 0 && c <= 1) {
				r.Fatalf("%s: %v closed", s.Date, c)
			}
			sum += b.weight(s.Date)
		}
		if sum == 0 {
			r.Skip("nobody may ever buy")
		}
		per, err := b.perWeight(sessions[0].Date)
		if err != nil {
			r.Fatal(err)
		}
		if !(math.Abs(per*sum-b.yearly) <= 1e-9*b.yearly) {
			r.Fatalf("%v in a year of %v", per*sum, b.yearly)
		}
	})
}

func TestBuybacksAreLessInBlackoutAndTheSameAtEveryPrice(t *testing.T) {
	e := env(t, world("2025-11-10"), 1, "SPX")
	sum, err := flow.RunPaths(t.Context(), e, []flow.Model{New()}, []flow.Path{flow.Hold(0, 0.9), flow.Hold(0, 1), flow.Hold(0, 1.1)}, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	b := readBuybacks(e.Assume)
	want, err := b.session(date("2025-11-11"))
	if err != nil {
		t.Fatal(err)
	}
	for k, usd := range sum.Players[0].USD {
		if !(math.Abs(usd/want-1) <= 1e-12) {
			t.Errorf("path %d buys %v, want %v", k, usd, want)
		}
	}
	// 998 billion over 252 sessions would be 3.96 a session; open windows see more, closed ones two thirds.
	open, err := b.session(date("2025-11-20"))
	if err != nil {
		t.Fatal(err)
	}
	shut, err := b.session(date("2025-10-08"))
	if err != nil {
		t.Fatal(err)
	}
	if !(open > 3.96e9 && open < 6e9) || !(math.Abs(shut/open-0.67) <= 1e-12) {
		t.Errorf("%v with open windows, %v with closed ones", open, shut)
	}
	// With an elasticity of 2 a price of 0.9 sees 1/0.81 of the dollars.
	e.Assume = with(t, map[string]float64{"stabiliser.buyback_elasticity": 2})
	sum, err = flow.RunPaths(t.Context(), e, []flow.Model{New()}, []flow.Path{flow.Hold(0, 0.9), flow.Hold(0, 0.01)}, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	if got := sum.Players[0].USD[0] / want; !(math.Abs(got-1/0.81) <= 1e-9) {
		t.Errorf("at 0.9 they buy %v times as much", got)
	}
	if got := sum.Players[0].USD[1] / want; !(math.Abs(got-10) <= 1e-9) {
		t.Errorf("at 0.01 they buy %v times as much", got)
	}
}

// quiet leaves the pension funds alone.
func quiet(t testing.TB) assumption.Set {
	return with(t, map[string]float64{"stabiliser.buybacks_yearly": 0, "stabiliser.pension_quarterly_share": 0, "band.draws": 0})
}

func TestTheGapIsWhatEquitiesGainedOnBonds(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		re, rb := rapid.Float64Range(-0.2, 0.2).Draw(r, "equities"), rapid.Float64Range(-0.1, 0.1).Draw(r, "bonds")
		at := "2025-11-20" // before the window of the month
		n := 15            // sessions of October 31 to November 20
		line := func(gain float64) func(int) float64 {
			return func(k int) float64 { return math.Log(1+gain) * float64(max(k-23, 0)) / float64(n-1) }
		}
		s := state(at, bars("SPX", "2025-09-30", at, line(re)), bars("IEF", "2025-09-30", at, line(rb)))
		got, err := Read(s, quiet(t))
		if err != nil {
			r.Fatal(err)
		}
		p := got.Pensions[0]
		if p.Period != Month || p.From != date("2025-10-31") || p.End != date("2025-11-28") || p.Bond != "IEF" {
			r.Fatalf("%+v", p)
		}
		if !(math.Abs(p.EquityReturn-re) <= 1e-12) || !(math.Abs(p.BondReturn-rb) <= 1e-12) {
			r.Fatalf("returns %v and %v, want %v and %v", p.EquityReturn, p.BondReturn, re, rb)
		}
		// A·w·(1−w)·(r_b−r_e), with A the assets at the start: those now over what the portfolio gained.
		const w = 0.6
		gain := 1 + w*re + (1-w)*rb
		want := 9000e9 * 0.176 / gain * w * (1 - w) * (rb - re)
		if !(math.Abs(p.GapUSD-want) <= 1e-9*(1e9+math.Abs(want))) || p.DoneUSD != 0 {
			r.Fatalf("gap %v, want %v", p.GapUSD, want)
		}
		sum := 0.0
		for _, d := range got.Next {
			if d.PensionUSD != 0 && (d.Date < date("2025-11-25") || d.Date > date("2025-11-28")) {
				r.Fatalf("trades on %s", d.Date)
			}
			sum += d.PensionUSD
		}
		if !(math.Abs(sum-want) <= 1e-9*(1e9+math.Abs(want))) {
			r.Fatalf("the days add up to %v, the gap is %v", sum, want)
		}
	})
}

func TestAWalkThroughTheEndOfAMonthEndsAtTheWeightsAndAgreesWithHistory(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		spx, ief := bars("SPX", "2025-09-30", "2025-12-03", wave(rapid.Float64Range(0, 6).Draw(r, "phase"), 0.02)), bars("IEF", "2025-09-30", "2025-12-03", wave(2, 0.005))
		a := with(t, map[string]float64{"stabiliser.buybacks_yearly": 0, "stabiliser.pension_quarterly_share": 0})
		start := rapid.SampledFrom([]string{"2025-11-20", "2025-11-25", "2025-11-26"}).Draw(r, "start")
		var b market.Book
		b.Add(market.Dataset{Bars: spx}, market.Dataset{Bars: ief})
		s := b.AsOf(closing(date(start)))
		sessions, err := calendar.NYSE().Count(date(start)+1, date("2025-11-28"))
		if err != nil {
			r.Fatal(err)
		}
		e := env(t, s, sessions, "SPX", "IEF")
		e.Assume = a
		p, err := New().Compile(t.Context(), e)
		if err != nil {
			r.Fatal(err)
		}
		w := flow.NewWalk(e, []flow.Player{{Name: "stabiliser", Program: p}})
		price := func(x *market.Bars, d calendar.Date) float64 {
			for k := range x.Len() {
				if x.Date(k) == d {
					return x.Close[k]
				}
			}
			panic("no close")
		}
		x := make([]float64, 2*flow.Lanes)
		usd := 0.0
		for slot, sl := range e.Timeline.Slots {
			d := e.Timeline.Dates[sl.Session]
			for l := range flow.Lanes {
				x[l], x[flow.Lanes+l] = price(spx, d)/e.Assets[0].Price, price(ief, d)/e.Assets[1].Price
			}
			if err := w.Step(slot, x); err != nil {
				r.Fatal(err)
			}
			if sl.Phase == flow.Close && d == date("2025-11-26") {
				then, err := Read(b.AsOf(closing(d)), a)
				if err != nil {
					r.Fatal(err)
				}
				e2, b2 := w.Position(0)[0]*price(spx, d), w.Position(0)[flow.Lanes]*price(ief, d)
				if m := then.Pensions[0]; !(math.Abs(e2/(e2+b2)-m.Weight) <= 1e-12) {
					r.Fatalf("two days before the end the walk has a weight of %v, history %v", e2/(e2+b2), m.Weight)
				}
			}
			equities, held := w.Orders(0)[0]*price(spx, d), w.Orders(0)[flow.Lanes]*price(ief, d)
			if !(math.Abs(equities+held) <= 1e-3) {
				r.Fatalf("buys %v of equities and sells %v of bonds", equities, held)
			}
			usd += equities
		}
		end := date("2025-11-28")
		e1, b1 := w.Position(0)[0]*price(spx, end), w.Position(0)[flow.Lanes]*price(ief, end)
		if got := e1 / (e1 + b1); !(math.Abs(got-0.6) <= 1e-12) {
			r.Fatalf("ends at a weight of %v", got)
		}
		// After the end a new period has begun, before it a part of the gap is done.
		after, err := Read(b.AsOf(closing(date("2025-12-02"))), a)
		if err != nil {
			r.Fatal(err)
		}
		if m := after.Pensions[0]; m.From != end || m.DoneUSD != 0 {
			r.Fatalf("%+v", m)
		}
		before, err := Read(b.AsOf(closing(date("2025-11-26"))), a)
		if err != nil {
			r.Fatal(err)
		}
		if m := before.Pensions[0]; m.From != date("2025-10-31") || m.DoneUSD == 0 {
			r.Fatalf("%+v", m)
		}
		if math.IsNaN(usd) {
			r.Fatal("traded NaN")
		}
	})
}

func TestPensionFundsLeanAgainstTheMarket(t *testing.T) {
	e := env(t, world("2025-11-26"), 1, "SPX")
	e.Assume = quiet(t)
	var paths []flow.Path
	for k := range 41 {
		paths = append(paths, flow.Hold(0, 0.9+0.005*float64(k)))
	}
	sum, err := flow.RunPaths(t.Context(), e, []flow.Model{New()}, paths, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	usd := sum.Players[0].USD
	for k := 1; k < len(usd); k++ {
		if !(usd[k] < usd[k-1]) {
			t.Fatalf("at a higher price they trade %v after %v", usd[k], usd[k-1])
		}
	}
	// A fall of 10 % on the last day of the month: A·w·(1−w)·0.1 more than at an unchanged price.
	if got, want := usd[0]-usd[20], 9000e9*0.176*0.6*0.4*0.1; !(math.Abs(got/want-1) <= 0.02) {
		t.Errorf("a fall of 10 %% adds %v, want about %v", got, want)
	}
}

func TestTheWindowIsTheLastSessionsOfThePeriod(t *testing.T) {
	for _, g := range readGroups(assumption.Default()) {
		for day, want := range map[string][2]int{
			"2025-11-24": {0, 0}, "2025-11-25": {3, 0}, "2025-11-26": {2, 0}, "2025-11-28": {1, 0}, "2025-12-01": {0, 0},
			"2025-12-29": {3, 3}, "2025-12-31": {1, 1}, "2026-01-02": {0, 0}, "2026-03-31": {1, 1}, "2026-05-29": {1, 0},
		} {
			got, err := g.left(date(day))
			if err != nil {
				t.Fatal(err)
			}
			k := 0
			if g.period == Quarter {
				k = 1
			}
			if got != want[k] {
				t.Errorf("%s, %s: %d sessions left, want %d", g.period, day, got, want[k])
			}
		}
	}
}

func TestBadInputIsAnAbsenceOrACaveat(t *testing.T) {
	f := func(want string, err error) {
		t.Helper()
		var none *evidence.Absent
		if !errors.As(err, &none) || none.Code != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	_, err := Read(new(market.Book).AsOf(closing(date("2025-11-20"))), assumption.Default())
	f("no_bars", err)
	_, err = New().Compile(t.Context(), env(t, world("2025-11-20"), 1, "IEF"))
	f("not_in_universe", err)
	// Prices that cannot be leave the pension funds out and say why; companies still buy.
	leave := func(want string, s *market.State) {
		t.Helper()
		r, err := Read(s, assumption.Default())
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Pensions) != 0 || !(r.Buybacks.SessionUSD > 0) || r.Caveats[0].Code != "rebalancing_left_out" || r.Caveats[0].Args["reason"] != want {
			t.Errorf("%+v", r)
		}
		if _, err := New().Compile(t.Context(), env(t, s, 2, "SPX")); err != nil {
			t.Error(err)
		}
	}
	leave("no_close_of_session", state("2025-11-20", bars("SPX", "2025-11-05", "2025-11-20", wave(0, 0.01))))
	for _, x := range []float64{0, -1, math.Inf(1)} {
		bad := bars("SPX", "2025-09-30", "2025-11-20", wave(0, 0.01))
		bad.Close[30] = x
		leave("bad_price", state("2025-11-20", bad))
	}
	split := bars("SPX", "2025-09-30", "2025-11-20", wave(0, 0.01))
	for k := 30; k < split.Len(); k++ {
		split.Close[k] /= 2
	}
	leave("price_jump", state("2025-11-20", split))
	// Without bonds, or with one that cannot be, bonds are taken not to have moved.
	for _, s := range []*market.State{
		state("2025-11-20", bars("SPX", "2025-09-30", "2025-11-20", wave(0, 0.01))),
		state("2025-11-20", bars("SPX", "2025-09-30", "2025-11-20", wave(0, 0.01)), bars("IEF", "2025-09-30", "2025-11-20", func(k int) float64 { return float64(k) })),
	} {
		r, err := Read(s, assumption.Default())
		if err != nil {
			t.Fatal(err)
		}
		if p := r.Pensions[0]; p.Bond != "" || p.BondReturn != 0 || !has(r.Caveats, "bonds_unmoved") {
			t.Errorf("%+v, %v", p, r.Caveats)
		}
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

func TestPublishedClosesAreEnoughForTheDriftOfEquities(t *testing.T) {
	fact := func(day string, v float64) market.Fact {
		return market.Fact{ID: "SPX_close", About: closing(date(day)).Unix(), Known: closing(date(day)).Unix(), Value: v}
	}
	var b market.Book
	b.Add(market.Dataset{Facts: &market.Facts{Rows: []market.Fact{fact("2025-11-20", 4850), fact("2025-10-31", 5000), fact("2025-11-14", 4900)}}})
	r, err := Read(b.AsOf(closing(date("2025-11-20"))), quiet(t))
	if err != nil {
		t.Fatal(err)
	}
	p := r.Pensions[0]
	if want := 9000e9 * 0.176 / (1 - 0.6*0.03) * 0.24 * 0.03; !(math.Abs(p.GapUSD/want-1) <= 1e-9) || !has(r.Caveats, "bonds_unmoved") {
		t.Errorf("gap %v, want %v; %v", p.GapUSD, want, r.Caveats)
	}
}

func TestLaterObservationsChangeNothing(t *testing.T) {
	var b market.Book
	b.Add(market.Dataset{Bars: bars("SPX", "2025-09-02", "2026-01-30", wave(0, 0.01))}, market.Dataset{Bars: bars("IEF", "2025-09-02", "2026-01-30", wave(2, 0.004))})
	for _, at := range []string{"2025-10-31", "2025-11-20", "2025-11-26", "2025-12-31"} {
		got, err := Read(b.AsOf(closing(date(at))), assumption.Default())
		if err != nil {
			t.Fatal(err)
		}
		want, err := Read(world(at), assumption.Default())
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v with later closes in the book, %+v without", at, got, want)
		}
	}
}

func TestStepAllocatesNothing(t *testing.T) {
	step := stepper(t)
	if n := testing.AllocsPerRun(20, step); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkSessionOf32Lanes(b *testing.B) {
	step := stepper(b)
	for b.Loop() {
		step()
	}
}

func stepper(t testing.TB) func() {
	e := env(t, world("2025-11-26"), 1, "SPX", "IEF")
	p, err := New().Compile(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	w := flow.NewWalk(e, []flow.Player{{Name: "stabiliser", Program: p}})
	price := make([]float64, 2*flow.Lanes)
	for k := range price {
		price[k] = 1 - 0.001*float64(k%flow.Lanes)
	}
	return func() {
		for slot := range e.Timeline.Slots {
			if err := w.Step(slot, price); err != nil {
				t.Fatal(err)
			}
		}
	}
}
