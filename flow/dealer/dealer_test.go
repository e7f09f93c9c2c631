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
	"faultline/calendar"
	"faultline/evidence"
	"faultline/flow"
	"faultline/flow/dealer"
	"faultline/flow/flowtest"
	"faultline/market"
	"faultline/options"
)

var quoted = time.Date(2025, time.March, 5, 21, 0, 0, 0, time.UTC) // a Wednesday's close

// contract is one option of a made-up book.
type contract struct {
	right          black.Right
	days           int
	strike, vol, n float64
}

// book makes a usable book without going through quotes: forward = spot·e^(carry·t).
func book(spot, carry, rate float64, contracts ...contract) *options.Book {
	b := &options.Book{Underlying: "SPX", At: quoted, Quoted: quoted, Spot: spot, Multiplier: 100}
	at := map[int]int{}
	for _, c := range contracts {
		e, ok := at[c.days]
		years := float64(c.days) / 365
		if !ok {
			e = len(b.Expiries)
			at[c.days] = e
			settle := quoted.Add(time.Duration(c.days) * 24 * time.Hour)
			b.Expiries = append(b.Expiries, options.Expiry{
				Root: "SPXW", Date: calendar.DateIn(settle, calendar.NewYork()), Style: calendar.PM, Settle: settle, Years: years,
				Forward: spot * math.Exp(carry*years), Discount: math.Exp(-rate * years),
			})
		}
		b.Exp = append(b.Exp, int32(e))
		b.Right = append(b.Right, c.right)
		b.Strike = append(b.Strike, c.strike)
		b.Years = append(b.Years, years)
		b.Forward = append(b.Forward, b.Expiries[e].Forward)
		b.Vol = append(b.Vol, c.vol)
		b.OpenInterest = append(b.OpenInterest, c.n)
		b.Volume = append(b.Volume, market.Missing)
	}
	return b
}

func naive() assumption.Set { return assumption.Default() }

// zeroGamma are the crossings of a book's open interest, or the reason why there are none.
func zeroGamma(b *options.Book, a assumption.Set) ([]dealer.Crossing, error) {
	h, err := dealer.FromOpenInterest(b)
	if err != nil {
		return nil, err
	}
	var out []dealer.Crossing
	for _, l := range dealer.FindLevels(h, a, nil).Zero {
		if l.Absent != nil {
			return nil, l.Absent
		}
		out = append(out, *l.Cross)
	}
	return out, nil
}

// profile is the exposure of a book's open interest at relative prices.
func profile(b *options.Book, a assumption.Set, x []float64) []float64 {
	h, err := dealer.FromOpenInterest(b)
	if err != nil {
		panic(err)
	}
	return dealer.HeatMap(h, a, x, []time.Time{b.Quoted}).GEX[0]
}

// gammaOfOne is the exposure of one contract of a row that dealers are long, dollars per 1 %, by the
// formula.
func gammaOfOne(b *options.Book, i int) float64 {
	e := &b.Expiries[b.Exp[i]]
	f := b.Forward[i] * b.Spot / dealer.Reference(b)
	return b.Multiplier * e.Discount * f * f * black.GreeksOf(b.Right[i], f, b.Strike[i], b.Years[i], b.Vol[i]).Gamma * 0.01
}

func near(t testing.TB, what string, got, want, tol float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tol*math.Max(1, math.Abs(want))) {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

func TestExposureOfOneOptionIsTheTextbookFormula(t *testing.T) {
	// One call, 30 days, at the money forward: d1 = σ√T/2. Exposure = n·100·D·(F/S)²·φ(d1)/(F·σ√T)·S²·0.01.
	const spot, carry, rate, vol, n = 5000, 0.03, 0.045, 0.2, 1000
	years := 30 / 365.0
	forward := spot * math.Exp(carry*years)
	sd := vol * math.Sqrt(years)
	gamma := math.Exp(-sd*sd/8) / math.Sqrt(2*math.Pi) / (forward * sd)
	want := n * 100 * math.Exp(-rate*years) * math.Pow(forward/spot, 2) * gamma * spot * spot * 0.01
	for right, sign := range map[black.Right]float64{black.Call: 1, black.Put: -1} {
		h := holding(t, book(spot, carry, rate, contract{right, 30, forward, vol, n}))
		near(t, "exposure", dealer.Measure(h, naive(), nil).GEX.Total.Value, sign*want, 1e-12)
	}
}

func TestZeroGammaOfACallAndAPutIsTheGeometricMeanOfTheirStrikes(t *testing.T) {
	// Equal open interest, volatility and time: the gammas are equal where d1 of one is minus d1 of the
	// other, at forward √(K1·K2)·e^(−σ²T/2).
	const spot, carry, vol, days = 5000, 0.02, 0.18, 21
	years := float64(days) / 365
	for _, k := range [][2]float64{{5100, 4900}, {5010, 4700}, {5300, 5000}} {
		b := book(spot, carry, 0.04, contract{black.Call, days, k[0], vol, 10}, contract{black.Put, days, k[1], vol, 10})
		got, err := zeroGamma(b, naive())
		if err != nil {
			t.Fatal(err)
		}
		want := math.Sqrt(k[0]*k[1]) * math.Exp(-vol*vol*years/2) / math.Exp(carry*years)
		if len(got) != 1 {
			t.Fatalf("strikes %v: %d crossings %v, want one at %v", k, len(got), got, want)
		}
		if !(math.Abs(got[0].Price-want) <= 0.01) {
			t.Errorf("strikes %v: zero gamma at %v, want %v", k, got[0].Price, want)
		}
		if !(got[0].Slope > 0) {
			t.Errorf("strikes %v: dealers are long gamma above, so the slope must be positive, got %v", k, got[0].Slope)
		}
	}
}

func TestAMissingZeroGammaHasAReason(t *testing.T) {
	for code, b := range map[string]*options.Book{
		"gamma_positive_throughout": book(5000, 0, 0.04, contract{black.Call, 30, 5000, 0.2, 10}),
		"gamma_negative_throughout": book(5000, 0, 0.04, contract{black.Put, 30, 5000, 0.2, 10}),
		"no_open_interest":          book(5000, 0, 0.04, contract{black.Put, 30, 5000, 0.2, 0}),
		"open_interest_unknown":     book(5000, 0, 0.04, contract{black.Put, 30, 5000, 0.2, market.Missing}),
	} {
		_, err := zeroGamma(b, naive())
		var absent *evidence.Absent
		if !errors.As(err, &absent) || absent.Code != code {
			t.Errorf("got %v, want %s", err, code)
		}
	}
}

func drawBook(r *rapid.T) *options.Book {
	n := rapid.IntRange(1, 40).Draw(r, "contracts")
	var all []contract
	for range n {
		all = append(all, contract{
			right:  rapid.SampledFrom([]black.Right{black.Call, black.Put}).Draw(r, "right"),
			days:   rapid.SampledFrom([]int{1, 2, 8, 30, 90}).Draw(r, "days"),
			strike: math.Round(rapid.Float64Range(800, 1200).Draw(r, "strike")/5) * 5,
			vol:    rapid.Float64Range(0.08, 0.6).Draw(r, "vol"),
			n:      float64(rapid.IntRange(1, 50000).Draw(r, "open interest")),
		})
	}
	slices.SortStableFunc(all, func(x, y contract) int { return x.days - y.days }) // books are sorted by settlement
	return book(1000, rapid.Float64Range(-0.02, 0.05).Draw(r, "carry"), rapid.Float64Range(0, 0.06).Draw(r, "rate"), all...)
}

func drawConvention(r *rapid.T) assumption.Set {
	a, err := naive().With("dealer.calls_long", rapid.Float64Range(-1, 1).Draw(r, "calls long"), "test")
	if err == nil {
		a, err = a.With("dealer.puts_short", rapid.Float64Range(-1, 1).Draw(r, "puts short"), "test")
	}
	if err != nil {
		r.Fatal(err)
	}
	return a
}

func TestPartsOfTheExposureSumToTheTotalAndTheProfileAgreesAtSpot(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		b, a := drawBook(r), drawConvention(r)
		h := holding(r, b)
		e := dealer.Measure(h, a, nil).GEX
		var strikes, expiries, buckets, scale float64
		for i := range e.Call.Value {
			strikes += e.Call.Value[i] + e.Put.Value[i]
			scale += math.Abs(e.Call.Value[i]) + math.Abs(e.Put.Value[i])
		}
		for _, v := range e.ByExpiry.Value {
			expiries += v
		}
		for _, v := range e.ByBucket.Value {
			buckets += v
		}
		// The contracts that dealers are long, one by one.
		alone, net := 0.0, h.Net(a)
		for i, n := range net {
			alone += n * gammaOfOne(b, i)
		}
		for what, v := range map[string]float64{
			"strikes": strikes, "expiries": expiries, "buckets": buckets, "profile": profile(b, a, []float64{0.97, 1, 1.02})[1], "contracts": alone,
		} {
			if !(math.Abs(v-e.Total.Value) <= 1e-9*(1+scale)) {
				r.Fatalf("%s sum to %v, total %v", what, v, e.Total.Value)
			}
		}
	})
}

func TestEveryZeroGammaPriceIsOneAndNoneIsMissedOnAFinerGrid(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		b := drawBook(r)
		got, err := zeroGamma(b, naive())
		var absent *evidence.Absent
		if err != nil && !errors.As(err, &absent) {
			r.Fatal(err)
		}
		for _, c := range got {
			y := profile(b, naive(), []float64{(c.Price - 0.02) / 1000, (c.Price + 0.02) / 1000})
			if y[0]*y[1] > 0 {
				r.Fatalf("no change of sign at %v: %v", c.Price, y)
			}
			if c.Slope > 0 != (y[1] > y[0]) {
				r.Fatalf("slope %v at %v, but exposure goes from %v to %v", c.Slope, c.Price, y[0], y[1])
			}
		}
		const n = 1001 // four times the search's own grid
		x := make([]float64, n)
		for i := range x {
			x[i] = 0.85 + 0.3*float64(i)/(n-1)
		}
		y := profile(b, naive(), x)
		before, most := -1, 0.0
		for _, v := range y {
			most = max(most, math.Abs(v))
		}
		for i := range y {
			// Close to what the search takes for nothing, in dollars or against the largest exposure.
			if math.Abs(y[i]) < max(100, 1e-4*most) {
				continue
			}
			j := before
			before = i
			if j < 0 || y[j] > 0 == (y[i] > 0) {
				continue
			}
			if !slices.ContainsFunc(got, func(c dealer.Crossing) bool {
				return c.Price >= x[j]*1000-0.01 && c.Price <= x[i]*1000+0.01
			}) {
				r.Fatalf("the exposure goes from %v at %v to %v at %v, and no crossing is found between: %+v", y[j], x[j]*1000, y[i], x[i]*1000, got)
			}
		}
	})
}

func TestWallsAreTheStrikesWithTheMostGammaOnTheirSide(t *testing.T) {
	b := book(5000, 0, 0,
		contract{black.Call, 30, 5100, 0.15, 900}, contract{black.Call, 30, 5200, 0.15, 1000}, contract{black.Call, 30, 4900, 0.15, 1e6},
		contract{black.Put, 30, 4900, 0.15, 500}, contract{black.Put, 30, 4800, 0.15, 400}, contract{black.Put, 30, 5100, 0.15, 1e6})
	w := dealer.FindLevels(holding(t, b), naive(), nil)
	// With 900 against 1000 contracts the nearer strike still has more gamma: its density is 2.7 times higher.
	if w.CallWall.Price != 5100 || w.PutWall.Price != 4900 || w.CallWall.Absent != nil || w.PutWall.Absent != nil {
		t.Errorf("walls %+v and %+v, want 5100 and 4900", w.CallWall, w.PutWall)
	}
	only := dealer.FindLevels(holding(t, book(5000, 0, 0, contract{black.Call, 30, 5100, 0.15, 1})), naive(), nil)
	if only.PutWall.Absent == nil || only.PutWall.Absent.Code != "no_put_gamma_below" || only.CallWall.Absent != nil {
		t.Errorf("walls of calls only: %+v and %+v", only.CallWall, only.PutWall)
	}
}

func TestTheBandOfACrossingHoldsTheCrossingOfEveryMildDraw(t *testing.T) {
	b := book(5000, 0, 0.04, contract{black.Call, 20, 5100, 0.18, 10}, contract{black.Put, 20, 4900, 0.18, 10})
	h := holding(t, b)
	var draws []assumption.Set
	for _, share := range []float64{0.5, 0.75, 1} {
		a, err := naive().With("dealer.puts_short", share, "test")
		if err != nil {
			t.Fatal(err)
		}
		draws = append(draws, a)
	}
	base := dealer.FindLevels(h, naive(), draws).Zero
	band := base[0].Band
	low, err := zeroGamma(b, draws[0])
	if err != nil {
		t.Fatal(err)
	}
	if band.Share != 1 || !(band.Low < base[0].Price) || !(band.High <= base[0].Price+1) || !(band.Low >= low[0].Price-1) {
		t.Errorf("band %+v around %v, lowest draw %v", band, base[0].Price, low[0].Price)
	}
	none := dealer.FindLevels(h, naive(), []assumption.Set{must(naive().With("dealer.puts_short", 0, "test"))}).Zero[0].Band
	if none.Share != 0 || !math.IsNaN(none.Low) {
		t.Errorf("a band of draws without a crossing: %+v", none)
	}
}

func must(a assumption.Set, err error) assumption.Set {
	if err != nil {
		panic(err)
	}
	return a
}

// chain quotes a made-up smile so that the book comes from quotes, as in life.
func chain(at time.Time) *market.Chain {
	c := &market.Chain{Underlying: "SPX", At: at, Spot: 5000, Origin: market.Origin{File: "made up", Grade: evidence.Synthetic}}
	for _, date := range []calendar.Date{calendar.DateOf(2025, 3, 6), calendar.DateOf(2025, 3, 7), calendar.DateOf(2025, 3, 21), calendar.DateOf(2025, 4, 17)} {
		root := "SPXW"
		x, err := calendar.Settle(root, date)
		if err != nil {
			panic(err)
		}
		years := calendar.Years(at, x.Settle)
		forward := 5000 * math.Exp(0.03*years)
		for k := 4500.0; k <= 5500; k += 25 {
			vol := 0.16 + 0.4*math.Pow(math.Log(k/forward), 2) - 0.1*math.Log(k/forward)
			for _, right := range []black.Right{black.Call, black.Put} {
				p := black.Price(right, forward, k, years, vol) * math.Exp(-0.04*years)
				bid := math.Floor(p*20) / 20
				n := 100 + math.Mod(k, 100)*3
				if right == black.Put && k < 5000 || right == black.Call && k > 5000 {
					n *= 10
				}
				c.Append(market.Quote{
					Root: root, Expiry: date, Right: right, Strike: k, Bid: bid, Ask: bid + 0.1, Last: market.Missing,
					Volume: 10, OpenInterest: n, IV: market.Missing, Delta: market.Missing, Gamma: market.Missing, Line: int32(c.Len() + 1),
				})
			}
		}
	}
	return c
}

func env(t testing.TB, sessions int) *flow.Env {
	t.Helper()
	var b market.Book
	b.Add(market.Dataset{Chain: chain(quoted)})
	line, err := flow.Sessions(calendar.NYSE(), quoted, sessions)
	if err != nil {
		t.Fatal(err)
	}
	return &flow.Env{
		State: b.AsOf(quoted), Assume: naive(), Timeline: line, Memo: &flow.Memo{},
		Assets: []flow.Asset{{ID: "SPX", Price: 5000, LastClose: 5000}},
	}
}

func TestDealersKeepWhatMustHoldForEveryModel(t *testing.T) {
	flowtest.Run(t, flowtest.Case{
		Model: dealer.New(), Env: env(t, 2),
		Empty: func(e flow.Env) *flow.Env {
			e.Assume = must(must(e.Assume.With("dealer.calls_long", 0, "test")).With("dealer.puts_short", 0, "test"))
			return &e
		},
	})
}

func TestDealersOfOtherHoldingsKeepTheSame(t *testing.T) {
	flowtest.Run(t, flowtest.Case{
		Model: dealer.With("volume", dealer.FromVolume), Env: env(t, 2),
		Empty: func(e flow.Env) *flow.Env {
			e.Assume = must(must(e.Assume.With("dealer.calls_long", 0, "test")).With("dealer.puts_short", 0, "test"))
			return &e
		},
	})
	// An inventory is traded as it stands, whatever the convention.
	e := env(t, 1)
	b, err := dealer.Book(e.State, "SPX", e.Assume, e.Memo)
	if err != nil {
		t.Fatal(err)
	}
	own := func(b *options.Book) (*dealer.Holding, error) {
		h, _, err := dealer.FromInventory(b, positions(b))
		return h, err
	}
	e.Assume = must(e.Assume.With("dealer.calls_long", -1, "test"))
	p, err := dealer.With("own", own).Compile(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	w := flow.NewWalk(e, []flow.Player{{Name: "dealer", Program: p}})
	price := make([]float64, flow.Lanes)
	for l := range price {
		price[l] = 1.01
	}
	if err := w.Step(0, price); err != nil {
		t.Fatal(err)
	}
	h, err := own(b)
	if err != nil {
		t.Fatal(err)
	}
	want := dealer.HedgeTable(h, naive(), nil, []float64{0.01}).Now.Value[0]
	near(t, "dollars of the jump", w.Orders(0)[0]*b.Spot*1.01, want, 1e-9)
}

func TestAJumpIsHedgedByTheGammaOfTheBook(t *testing.T) {
	e := env(t, 1)
	// For a small jump the order in dollars is minus the exposure times the jump in percent; the central
	// difference of two jumps removes the change of gamma between them.
	b, err := dealer.Book(e.State, "SPX", e.Assume, e.Memo)
	if err != nil {
		t.Fatal(err)
	}
	x := dealer.Measure(holding(t, b), e.Assume, nil).GEX.Total.Value
	w := flow.NewWalk(e, players(t, e))
	const jump = 1e-5
	price := make([]float64, flow.Lanes)
	for l := range price {
		price[l] = 1 + jump
		if l > 0 {
			price[l] = 1 - jump
		}
	}
	if err := w.Step(0, price); err != nil {
		t.Fatal(err)
	}
	got := (w.Orders(0)[0] - w.Orders(0)[1]) / 2 * 5000
	want := -x * jump * 100
	if !(math.Abs(got-want) <= 1e-5*math.Abs(want)) { // the third derivative enters at jump²
		t.Errorf("order of %v dollars, want %v", got, want)
	}
}

func players(t testing.TB, e *flow.Env) []flow.Player {
	t.Helper()
	p, err := dealer.New().Compile(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	return []flow.Player{{Name: "dealer", Program: p}}
}

func TestWhatSettlesLeavesThroughSettlementAndNotThroughTheMarket(t *testing.T) {
	e := env(t, 1) // through 2025-03-06, when the first expiry settles
	w := flow.NewWalk(e, players(t, e))
	price := make([]float64, flow.Lanes)
	for l := range price {
		price[l] = 1.01
	}
	var moved float64
	for s := range e.Timeline.Slots {
		if err := w.Step(s, price); err != nil {
			t.Fatal(err)
		}
		moved += math.Abs(w.Moved(0)[0])
		if e.Timeline.Slots[s].Phase == flow.Settle && w.Orders(0)[0] != 0 {
			t.Errorf("slot %d: an order of %v units in a settlement", s, w.Orders(0)[0])
		}
		if e.Timeline.Slots[s].Phase != flow.Settle && w.Moved(0)[0] != 0 {
			t.Errorf("slot %d: a transfer of %v units in the market", s, w.Moved(0)[0])
		}
	}
	if moved == 0 {
		t.Error("nothing left through settlement")
	}
}

func TestLevelsBelongToTheQuotesAndNotToAPrintedSpotOfAnotherMoment(t *testing.T) {
	zero := func(spot float64) float64 {
		c := chain(quoted)
		c.Spot = spot
		var b market.Book
		b.Add(market.Dataset{Chain: c})
		k, err := dealer.Book(b.AsOf(quoted), "SPX", naive(), nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := zeroGamma(k, naive())
		if err != nil || len(got) != 1 {
			t.Fatalf("spot %v: %v, %v", spot, got, err)
		}
		return got[0].Price
	}
	want := zero(5000)
	for _, spot := range []float64{4960, 4980, 5025} {
		// The implied spot of rounded quotes is itself good to a few hundredths of a point.
		if got := zero(spot); !(math.Abs(got-want) < 0.1) {
			t.Errorf("with a printed spot of %v zero gamma lies at %v, with the right one at %v", spot, got, want)
		}
	}
}

func TestAChainThatIsTooOldIsNotUsed(t *testing.T) {
	var b market.Book
	b.Add(market.Dataset{Chain: chain(quoted)})
	_, err := dealer.Book(b.AsOf(quoted.Add(5*24*time.Hour)), "SPX", naive(), nil)
	var absent *evidence.Absent
	if !errors.As(err, &absent) || absent.Code != "stale_chain" {
		t.Errorf("got %v, want stale_chain", err)
	}
}

func BenchmarkZeroGamma(b *testing.B) {
	s := new(market.Book)
	s.Add(market.Dataset{Chain: chain(quoted)})
	k, err := dealer.Book(s.AsOf(quoted), "SPX", naive(), nil)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(k.Len()), "contracts")
	for b.Loop() {
		if _, err := zeroGamma(k, naive()); err != nil {
			b.Fatal(err)
		}
	}
}
