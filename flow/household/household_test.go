package household_test

import (
	"errors"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"faultline/assumption"
	"faultline/evidence"
	"faultline/flow"
	"faultline/flow/flowtest"
	"faultline/flow/household"
	"faultline/market"
)

// line is a start and then steps in which the market trades, each of a share of a session.
func line(start time.Time, steps int, frac float64) flow.Timeline {
	t := flow.Timeline{Start: start, Slots: []flow.Slot{{Phase: flow.Tick, At: start}}}
	for i := range steps {
		t.Slots = append(t.Slots, flow.Slot{Phase: flow.Tick, At: start.Add(time.Duration(i) * time.Hour), Session: i, Frac: frac})
	}
	return t
}

var at = time.Date(2031, 3, 14, 20, 0, 0, 0, time.UTC)

// known is a state that holds one close of each of these.
func known(ids ...string) *market.State {
	var b market.Book
	for _, id := range ids {
		bars := &market.Bars{Instrument: id, Interval: market.Day}
		m := market.Missing
		bars.Append(at.Unix()/86400*86400, at.Unix(), m, m, m, 100, m, 1)
		b.Add(market.Dataset{Bars: bars})
	}
	return b.AsOf(at)
}

func with(t testing.TB, pairs map[string]float64) assumption.Set {
	t.Helper()
	a := assumption.Default()
	for name, v := range pairs {
		var err error
		if a, err = a.With("household."+name, v, "test"); err != nil {
			t.Fatal(err)
		}
	}
	return a
}

// universe holds what households own, and two spectators.
func universe() []flow.Asset {
	return []flow.Asset{
		{ID: "SPX", Price: 6000, LastClose: 6000},
		{ID: household.BTC, Price: 90000, LastClose: 90000},
		{ID: household.ETH, Price: 3000, LastClose: 3000},
		{ID: household.NDX, Price: 24000, LastClose: 24000},
		{ID: household.HiBeta, Price: 100, LastClose: 100},
		{ID: "UST10", Price: 110, LastClose: 110},
	}
}

func env(steps int, frac float64, a assumption.Set) *flow.Env {
	return &flow.Env{State: known("BTC", "ETH", "NDX", "TSLA", "SPX"), Assume: a, Assets: universe(), Timeline: line(at, steps, frac), Memo: &flow.Memo{}}
}

func walk(t testing.TB, e *flow.Env) *flow.Walk {
	t.Helper()
	p, err := household.New().Compile(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	return flow.NewWalk(e, []flow.Player{{Name: "household", Program: p}})
}

// prices spreads the same price of each asset over all lanes.
func prices(relative ...float64) []float64 {
	out := make([]float64, len(relative)*flow.Lanes)
	for i, p := range relative {
		for l := range flow.Lanes {
			out[i*flow.Lanes+l] = p
		}
	}
	return out
}

// dollars are the orders of lane 0 at the prices of the step.
func dollars(w *flow.Walk, assets []flow.Asset, price []float64) []float64 {
	out := make([]float64, len(assets))
	for i, a := range assets {
		out[i] = w.Orders(0)[i*flow.Lanes] * a.Price * price[i*flow.Lanes]
	}
	return out
}

func step(t testing.TB, w *flow.Walk, slot int, price []float64) {
	t.Helper()
	if err := w.Step(slot, price); err != nil {
		t.Fatal(err)
	}
}

func TestHouseholdsKeepWhatMustHoldForEveryModel(t *testing.T) {
	empty := func(e flow.Env) *flow.Env {
		e.Assume = with(t, map[string]float64{"assets_scale": 0})
		return &e
	}
	t.Run("all assets", func(t *testing.T) {
		flowtest.Run(t, flowtest.Case{Model: household.New(), Env: env(4, 0.5, assumption.Default()), Empty: empty})
	})
	t.Run("after a fall of the day, bitcoin alone", func(t *testing.T) {
		e := env(3, 1, assumption.Default())
		e.Assets = []flow.Asset{{ID: "BTC", Price: 60000, LastClose: 90000}}
		flowtest.Run(t, flowtest.Case{Model: household.New(), Env: e, Empty: empty})
	})
}

// linear are margin accounts without tolerance that act at once: the banks of Greenwood, Landier and
// Thesmar.
func linear(t testing.TB, leverage float64) assumption.Set {
	return with(t, map[string]float64{
		"margin_leverage": leverage, "margin_tolerance": 0, "margin_speed": 1, "crypto_assets": 0,
	})
}

// margin accounts of the register, as shares of their assets.
var (
	marginAssets  = assumption.Default().Value("household.margin_assets")
	marginWeights = []float64{
		assumption.Default().Value("household.margin_btc"), assumption.Default().Value("household.margin_eth"),
		assumption.Default().Value("household.margin_ndx"), assumption.Default().Value("household.margin_hibeta"),
	}
)

func TestAFallIsSoldAsGreenwoodLandierAndThesmarHaveIt(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		leverage := rapid.Float64Range(0.1, 2).Draw(r, "leverage")
		e := env(1, 1, linear(t, leverage))
		w := walk(t, e)
		p := []float64{1, 1, 1, 1, 1, 1}
		for i := 1; i <= 4; i++ {
			p[i] = 1 - rapid.Float64Range(0, 0.3).Draw(r, "fall")
		}
		price := prices(p...)
		step(t, w, 0, price)
		step(t, w, 1, price)
		lost, after := 0.0, 0.0
		for i, m := range marginWeights {
			lost += marginAssets * m * (1 - p[i+1])
			after += marginAssets * m * p[i+1]
		}
		// B·A·R of equation 3, but never more than is owed or owned.
		sold := math.Min(math.Min(leverage*lost, marginAssets*leverage/(1+leverage)), after)
		got := dollars(w, e.Assets, price)
		for i, m := range marginWeights {
			want := -sold * marginAssets * m * p[i+1] / after
			if !(math.Abs(got[i+1]-want) <= 1e-9*marginAssets) {
				r.Fatalf("%s: sold %v, the closed form gives %v", e.Assets[i+1].ID, got[i+1], want)
			}
		}
		if got[0] != 0 || got[5] != 0 {
			r.Fatalf("spectators were traded: %v", got)
		}
	})
}

// The linear case with impact: a shock x sets off sales G·x dollars, sales move prices by L times dollars,
// and after k rounds the moves add up to (I + T + … + Tᵏ)·x with T = L·G, where G[i][j] = B·A·m_i·m_j is the
// matrix of Greenwood, Landier and Thesmar, M'·B·A·M. Where the spectral radius of T is below 1 the rounds
// converge to (I − T)⁻¹·x; T has rank one here, so that this is x + B·A·L·m (m'x) / (1 − B·A·Σ L_i·m_i²).
func TestRoundsOfTheLinearCaseAddUpToTheClosedForm(t *testing.T) {
	const leverage = 0.8
	e := env(60, 1, linear(t, leverage))
	w := walk(t, e)
	impact := []float64{4e-13, 9e-13, 1e-13, 6e-13} // return for each dollar sold
	shock := []float64{-1e-7, -2e-7, 0, -0.5e-7}    // small, so that second-order terms are below 1e-6 of it
	loop, hit := 0.0, 0.0
	for i, m := range marginWeights {
		loop += leverage * marginAssets * impact[i] * m * m
		hit += m * shock[i]
	}
	if !(loop > 0.05 && loop < 0.9) {
		t.Fatalf("loop gain %v tests nothing", loop)
	}
	move := append([]float64(nil), shock...)
	for slot := 1; slot < len(e.Timeline.Slots); slot++ {
		price := prices(1, 1+move[0], 1+move[1], 1+move[2], 1+move[3], 1)
		step(t, w, slot, price)
		for i, usd := range dollars(w, e.Assets, price)[1:5] {
			move[i] += impact[i] * usd
		}
	}
	for i, m := range marginWeights {
		want := shock[i] + leverage*marginAssets*impact[i]*m*hit/(1-loop)
		if !(math.Abs(move[i]-want) <= 1e-5*math.Abs(want)) {
			t.Errorf("asset %d: moved %v, the closed form gives %v", i, move[i], want)
		}
	}
	if !(move[2] < 0) {
		t.Error("what was not shocked did not fall: nothing was passed on")
	}
}

func TestLossesBeyondTheThresholdAreRaisedInProportion(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		kappa := rapid.Float64Range(0, 1).Draw(r, "propensity")
		theta := rapid.Float64Range(0, 0.5).Draw(r, "threshold")
		e := env(1, 1, with(t, map[string]float64{
			"margin_assets": 0, "crypto_propensity": kappa, "crypto_threshold": theta, "crypto_speed": 1,
		}))
		w := walk(t, e)
		fall := rapid.Float64Range(-0.2, 0.6).Draw(r, "fall of bitcoin")
		price := prices(1, 1-fall, 1, 1, 1, 1)
		step(t, w, 1, price)
		assets := assumption.Default().Value("household.crypto_assets")
		lost := assets * 0.6 * fall // the register's weight of bitcoin
		want := -kappa * math.Max(lost-theta*assets, 0)
		got := 0.0
		for _, x := range dollars(w, e.Assets, price) {
			got += x
			if x > 0 {
				r.Fatal("households bought")
			}
		}
		if !(math.Abs(got-want) <= 1e-9*assets) {
			r.Fatalf("raised %v, want %v", got, want)
		}
	})
}

func TestANeedThatIsMetIsNotMetAgain(t *testing.T) {
	e := env(3, 1, with(t, map[string]float64{"margin_speed": 1, "crypto_speed": 1}))
	w := walk(t, e)
	price := prices(1, 0.6, 0.6, 0.8, 0.7, 1)
	step(t, w, 1, price)
	first := dollars(w, e.Assets, price)
	step(t, w, 2, price)
	for i, x := range dollars(w, e.Assets, price) {
		if first[i] != 0 && !(math.Abs(x) <= 1e-9*math.Abs(first[i])) {
			t.Errorf("%s: sold %v and, with nothing new, %v again", e.Assets[i].ID, first[i], x)
		}
	}
}

func TestSplittingASessionChangesNothingWherePricesStandStill(t *testing.T) {
	price := prices(1, 0.6, 0.6, 0.8, 0.7, 1)
	sold := func(steps int) []float64 {
		e := env(steps, 1/float64(steps), assumption.Default())
		w := walk(t, e)
		sum := make([]float64, len(e.Assets))
		for s := range steps {
			step(t, w, s+1, price)
			for i, x := range dollars(w, e.Assets, price) {
				sum[i] += x
			}
		}
		return sum
	}
	one, many := sold(1), sold(390)
	for i := range one {
		if !(math.Abs(one[i]-many[i]) <= 1e-9*math.Abs(one[i])) {
			t.Errorf("asset %d: %v in one step, %v in 390", i, one[i], many[i])
		}
	}
	if !(one[1] < 0 && one[3] < 0) {
		t.Errorf("nothing was sold: %v", one)
	}
}

func TestAFallOfCryptoSellsStocks(t *testing.T) {
	e := env(1, 1, assumption.Default())
	w := walk(t, e)
	price := prices(1, 0.7, 0.7, 1, 1, 1)
	step(t, w, 1, price)
	got := dollars(w, e.Assets, price)
	if !(got[3] < 0 && got[4] < 0) {
		t.Errorf("orders %v: a loss in crypto must sell the Nasdaq 100 and the basket", got)
	}
}

func TestNobodySellsMoreThanHeOwnsWhateverHappens(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		e := env(6, 1, with(t, map[string]float64{
			"margin_leverage": rapid.Float64Range(0, 3).Draw(r, "leverage"), "margin_speed": rapid.Float64Range(0, 1).Draw(r, "speed"),
			"crypto_propensity": rapid.Float64Range(0, 2).Draw(r, "propensity"), "crypto_leverage": rapid.Float64Range(0, 3).Draw(r, "crypto leverage"),
			"sell_btc": rapid.Float64Range(0, 100).Draw(r, "weight"), "sell_ndx": rapid.Float64Range(0, 5).Draw(r, "weight"),
		}))
		w := walk(t, e)
		start := append([]float64(nil), w.Position(0)...)
		for s := range e.Timeline.Slots {
			p := make([]float64, len(e.Assets))
			for i := range p {
				p[i] = rapid.Float64Range(0.01, 1.5).Draw(r, "price")
			}
			step(t, w, s, prices(p...))
			for k, q := range w.Position(0) {
				if !(q >= -1e-12*start[k] && q <= start[k]*(1+1e-12)) {
					r.Fatalf("row %d: holds %v of %v", k, q, start[k])
				}
				if w.Orders(0)[k] > 0 {
					r.Fatalf("row %d: bought %v", k, w.Orders(0)[k])
				}
			}
		}
	})
}

func TestWhatTheUniverseLacksIsSoldWithTheRest(t *testing.T) {
	a := linear(t, 0.5)
	whole := env(1, 1, a)
	w := walk(t, whole)
	price := prices(1, 1, 1, 0.9, 1, 1)
	step(t, w, 1, price)
	want := dollars(w, whole.Assets, price)[3]
	part := env(1, 1, a)
	part.Assets = []flow.Asset{{ID: "NDX", Price: 24000, LastClose: 24000}}
	w = walk(t, part)
	price = prices(0.9)
	step(t, w, 1, price)
	if got := dollars(w, part.Assets, price)[0]; !(math.Abs(got-want) <= 1e-9*math.Abs(want)) || !(got < 0) {
		t.Errorf("sold %v of the Nasdaq 100 alone and %v beside the others", got, want)
	}
}

func TestALossOfTheDayCountsFromTheLastClose(t *testing.T) {
	a := linear(t, 0.5)
	late := env(1, 1, a)
	for i := range late.Assets {
		late.Assets[i].LastClose *= 1.25 // the price stands 20 % below it
	}
	w := walk(t, late)
	step(t, w, 1, prices(1, 1, 1, 1, 1, 1))
	got := dollars(w, late.Assets, prices(1, 1, 1, 1, 1, 1))
	early := env(1, 1, a)
	w = walk(t, early)
	price := prices(1, 0.8, 0.8, 0.8, 0.8, 1)
	step(t, w, 1, price)
	for i, want := range dollars(w, early.Assets, price) {
		if !(math.Abs(got[i]-want) <= 1e-9*math.Abs(want)) {
			t.Errorf("%s: %v after a fall before the start, %v after one behind it", early.Assets[i].ID, got[i], want)
		}
	}
}

func TestAbsenceHasItsReason(t *testing.T) {
	f := func(want string, s *market.State, assets ...flow.Asset) {
		t.Helper()
		e := env(1, 1, assumption.Default())
		e.State, e.Assets = s, assets
		_, err := household.New().Compile(t.Context(), e)
		var none *evidence.Absent
		if !errors.As(err, &none) || none.Code != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	f("no_household_asset", known("SPX"), flow.Asset{ID: "SPX", Price: 6000, LastClose: 6000})
	f("no_bars", known("SPX"), flow.Asset{ID: "BTC", Price: 9e4, LastClose: 9e4})
	f("no_bars", known("BTC"), flow.Asset{ID: "HIBETA", Price: 100, LastClose: 100})
}

func TestStepAllocatesNothing(t *testing.T) {
	step := stepper(t)
	if n := testing.AllocsPerRun(20, step); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkStepOf32Lanes(b *testing.B) {
	step := stepper(b)
	for b.Loop() {
		step()
	}
}

func stepper(t testing.TB) func() {
	e := env(1, 1, assumption.Default())
	w := walk(t, e)
	price := prices(1, 0.7, 0.7, 0.9, 0.8, 1)
	return func() {
		w.Start()
		step(t, w, 1, price)
	}
}
