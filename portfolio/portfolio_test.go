package portfolio

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"
	"time"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize/convex/lp"
	"pgregory.net/rapid"

	"faultline/assumption"
	"faultline/black"
	"faultline/calendar"
	"faultline/impact"
	"faultline/market"
	"faultline/options"
)

// made is a chain of SPX at 5,000 with a volatility of 20 %, quoted two ticks wide.
func made(t testing.TB) *options.Book {
	t.Helper()
	at := time.Date(2025, 11, 20, 15, 0, 0, 0, calendar.NewYork())
	c := &market.Chain{Underlying: "SPX", At: at, Spot: 5000, Origin: market.Origin{File: "made", Format: "made"}}
	for _, d := range []calendar.Date{calendar.DateOf(2025, 12, 19), calendar.DateOf(2026, 1, 16)} {
		years := calendar.Years(at, d.At(16, 0, calendar.NewYork()))
		for k := 4000.0; k <= 6000; k += 50 {
			for _, r := range []black.Right{black.Call, black.Put} {
				v := black.Price(r, 5000, k, years, 0.2)
				c.Append(market.Quote{
					Root: "SPXW", Expiry: d, Right: r, Strike: k, Bid: max(0.05, v-0.05), Ask: v + 0.05,
					Last: v, Volume: 1, OpenInterest: 10, IV: market.Missing, Delta: market.Missing, Gamma: market.Missing,
				})
			}
		}
	}
	b, err := options.Prepare(c, options.DefaultParams())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func source(t testing.TB) Source {
	spots := map[string]float64{"SPX": 5000, "NVDA": 180, "BTC": 85000}
	return Source{
		Spot:   func(a string) (float64, bool) { v, ok := spots[a]; return v, ok },
		Chains: map[string]*options.Book{"SPX": made(t)},
	}
}

const file = `kind,symbol,quantity,expiry,right,strike
shares,NVDA,-100,,,
option,SPX,3,2025-12-19,put,4800
option,SPX,-2,2026-01-16,call,5100
future,ES,1,,,
crypto,BTC,0.5,,,
`

func book(t testing.TB) *Book {
	t.Helper()
	p, err := ReadPositions(strings.NewReader(file), "file.csv")
	if err != nil {
		t.Fatal(err)
	}
	b, err := Prepare("file.csv", p, source(t))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestBadFilesSayWhereAndWhatToChange(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		_, err := ReadPositions(strings.NewReader(text), "p.csv")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
		var e *Error
		if !errors.As(err, &e) || e.Code.Code == "" {
			t.Errorf("%q: the mistake does not say what to change: %v", text, err)
		}
	}
	head := "kind,symbol,quantity,expiry,right,strike\n"
	f("", "p.csv:1: position_no_head")
	f("kind,symbol\n", "quantity")
	f("kind,symbol,quantity,colour\n", "colour")
	f(head, "position_none")
	f(head+"bond,X,1,,,\n", "p.csv:2: kind: position_kind{text=bond}")
	f(head+"shares,NVDA,\n", "quantity")
	f(head+"shares,NVDA,NaN\n", "quantity")
	f(head+"shares,NVDA,1\nshares,,1\n", "p.csv:3: symbol")
	f(head+"option,SPX,1,19/12/2025,put,4800\n", "expiry")
	f(head+"option,SPX,1,2025-12-19,both,4800\n", "right")
	f(head+"option,SPX,1,2025-12-19,put,-1\n", "strike")
	f(head+"future,XYZ,1,,,\n", "multiplier")
}

func TestLinesOfOneNameAreOneHedge(t *testing.T) {
	text := "name,kind,symbol,quantity,expiry,right,strike\nspread,option,SPX,1,2025-12-19,put,4800\ngold,shares,GLD,10\nspread,option,SPX,-1,2025-12-19,put,4600\n"
	got, err := ReadUnits(strings.NewReader(text), "h.csv")
	if err != nil || len(got) != 2 || got[0].Name != "spread" || len(got[0].Positions) != 2 || got[0].Positions[1].Quantity != -1 || got[1].Name != "gold" {
		t.Fatalf("%+v, %v", got, err)
	}
	f := func(text, want string) {
		t.Helper()
		if _, err := ReadUnits(strings.NewReader(text), "h.csv"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	f("kind,symbol,quantity\nshares,GLD,1\n", "h.csv:2: name: unit_without_name")
	f("name,kind,symbol,quantity\ngold,shares,GLD,0\n", "h.csv:2: quantity: unit_of_nothing")
	f("name,kind,symbol,quantity\ngold,bond,GLD,0\n", "position_kind")
	many := "name,kind,symbol,quantity\n"
	for i := range MaxUnits + 1 {
		many += fmt.Sprintf("h%d,shares,GLD,1\n", i)
	}
	f(many, "unit_too_many")
}

func TestWhatCannotBePricedIsNamedWithWhatToChange(t *testing.T) {
	f := func(line string, want ...string) {
		t.Helper()
		p, err := ReadPositions(strings.NewReader("kind,symbol,quantity,expiry,right,strike\n"+line), "p.csv")
		if err != nil {
			t.Fatal(err)
		}
		_, err = Prepare("p.csv", p, source(t))
		for _, w := range want {
			if err == nil || !strings.Contains(err.Error(), w) {
				t.Errorf("%q: %v, want %q", line, err, w)
			}
		}
	}
	f("shares,NVDAX,1,,,", "p.csv:2", "position_unknown{symbol=NVDAX}")
	f("shares,AMD,1,,,", "p.csv:2", "position_no_price{symbol=AMD}")
	f("option,NVDA,1,2025-12-19,put,150", "position_no_chain{symbol=NVDA}")
	f("option,SPX,1,2025-12-18,put,4800", "position_no_expiry{expiry=2025-12-18 has=2025-12-19")
}

func TestEveryOptionIsRepricedAsTheScalarPriceSays(t *testing.T) {
	b := book(t)
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 5).Draw(t, "paths")
		p := &Paths{Assets: []string{"BTC", "NVDA", "SPX"}, Term: 30.0 / 365, Years: rapid.Float64Range(0, 0.12).Draw(t, "years")}
		for range p.Assets {
			p.Moves = append(p.Moves, rapid.SliceOfN(rapid.Float64Range(-0.9, 2), n, n).Draw(t, "moves"))
		}
		p.Vol = rapid.SliceOfN(rapid.Float64Range(0.1, 5), n, n).Draw(t, "vol")
		got, err := b.Reprice(context.Background(), p)
		if err != nil {
			t.Fatal(err)
		}
		list := make([]int, n)
		for j := range list {
			list[j] = j
		}
		rows, err := b.ByPosition(context.Background(), p, list)
		if err != nil {
			t.Fatal(err)
		}
		for j := range n {
			want := -100*180*p.Moves[1][j] + 50*5000*p.Moves[2][j] + 0.5*85000*p.Moves[0][j]
			for k, i := range b.options.at {
				o := b.options
				left := max(0, o.years[k]-p.Years)
				reach := 1.0
				if left > p.Term {
					reach = math.Sqrt(p.Term / left)
				}
				v := o.vol[k] * (1 + (p.Vol[j]-1)*reach)
				want += o.units[k]*o.discount[k]*black.Price(o.right[k], o.forward[k]*(1+p.Moves[2][j]), o.strike[k], left, v) - b.Value[i]
			}
			sum := 0.0
			for _, v := range rows[j] {
				sum += v
			}
			// 500 units of about 15,000 points, each within 2⁻⁴⁶ of them: 1e-7 dollars.
			if !(math.Abs(got[j]-want) < 1e-6) || !(math.Abs(sum-want) < 1e-6) {
				t.Fatalf("path %d: %v in all, %v by position, want %v", j, got[j], sum, want)
			}
		}
	})
}

func TestTheNumberOfCoresChangesNoBit(t *testing.T) {
	b := large(t, 700)
	p := randomPaths(300)
	var got [2][]float64
	before := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(before)
	for i, cores := range []int{1, 3} {
		runtime.GOMAXPROCS(cores)
		var err error
		if got[i], err = b.Reprice(context.Background(), p); err != nil {
			t.Fatal(err)
		}
	}
	for j := range got[0] {
		if math.Float64bits(got[0][j]) != math.Float64bits(got[1][j]) {
			t.Fatalf("path %d: %v and %v", j, got[0][j], got[1][j])
		}
	}
}

func TestNothingMovesNothing(t *testing.T) {
	b := book(t)
	got, err := b.Reprice(context.Background(), &Paths{Assets: b.Assets, Moves: [][]float64{{0}, {0}, {0}}})
	if err != nil || !(math.Abs(got[0]) < 1e-6) {
		t.Fatalf("%v, %v", got, err)
	}
}

func TestPathsThatNoPriceCanTakeAreRefused(t *testing.T) {
	b := book(t)
	for _, p := range []*Paths{
		{Assets: b.Assets, Moves: [][]float64{{-1}, {0}, {0}}},
		{Assets: b.Assets, Moves: [][]float64{{math.NaN()}, {0}, {0}}},
		{Assets: b.Assets, Moves: [][]float64{{0}, {0}, {0}}, Vol: []float64{0}},
		{Assets: b.Assets[:2], Moves: [][]float64{{0}, {0}}},
	} {
		if _, err := b.Reprice(context.Background(), p); err == nil {
			t.Errorf("%+v was taken", p)
		}
	}
}

// outcomes draws a profit and loss with ties, and probabilities of which some are zero.
func outcomes(t *rapid.T) (pnl, p []float64) {
	n := rapid.IntRange(1, 40).Draw(t, "n")
	sum := 0.0
	for range n {
		pnl = append(pnl, float64(rapid.IntRange(-20, 20).Draw(t, "pnl")))
		w := float64(rapid.IntRange(0, 5).Draw(t, "weight"))
		p, sum = append(p, w), sum+w
	}
	if sum == 0 {
		p[0], sum = 1, 1
	}
	for i := range p {
		p[i] /= sum
	}
	return pnl, p
}

// The oracle is Rockafellar and Uryasev's minimum over a of a + E[(loss − a)⁺]/(1 − level), which is reached at
// one of the losses.
func TestCVaRIsTheMinimumOfRockafellarAndUryasev(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pnl, p := outcomes(t)
		level := rapid.SampledFrom([]float64{0.5, 0.9, 0.95, 0.99}).Draw(t, "level")
		r, err := Measure(pnl, p, level)
		if err != nil {
			t.Fatal(err)
		}
		best := math.Inf(1)
		for _, v := range pnl {
			a, over := -v, 0.0
			for i := range pnl {
				over += p[i] * max(0, -pnl[i]-a)
			}
			best = min(best, a+over/(1-level))
		}
		if !(math.Abs(r.CVaR-best) < 1e-9) || !(r.VaR <= r.CVaR+1e-9) || !(r.CVaR <= r.Worst+1e-9) {
			t.Fatalf("%+v, minimum %v", r, best)
		}
		passed := 0.0
		for i, v := range pnl {
			if -v > r.VaR {
				passed += p[i]
			}
		}
		if !(passed <= 1-level+1e-9) {
			t.Fatalf("VaR %v is passed with probability %v", r.VaR, passed)
		}
	})
}

func TestContributionsAddUpAndArePricesOfSize(t *testing.T) {
	b := book(t)
	p := randomPaths(2000)
	pnl, err := b.Reprice(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	c, err := b.Contributions(context.Background(), p, pnl, nil, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	r, _ := Measure(pnl, nil, 0.95)
	sum := 0.0
	for _, v := range c {
		sum += v
	}
	if !(math.Abs(sum-r.CVaR) < 1e-6*r.CVaR) {
		t.Fatalf("contributions add up to %v, CVaR %v", sum, r.CVaR)
	}
	// A thousandth more of one position changes CVaR by a thousandth of its contribution, as long as the tail
	// keeps its paths.
	list := make([]int, len(pnl))
	for j := range list {
		list[j] = j
	}
	rows, _ := b.ByPosition(context.Background(), p, list)
	for i := range b.Positions {
		more := append([]float64(nil), pnl...)
		for j := range more {
			more[j] += 1e-6 * rows[j][i]
		}
		s, _ := Measure(more, nil, 0.95)
		if got := (s.CVaR - r.CVaR) / 1e-6; !(math.Abs(got-c[i]) < 1e-3*r.CVaR) {
			t.Errorf("position %d: slope %v, contribution %v", i, got, c[i])
		}
	}
}

// whole solves the programme of Rockafellar and Uryasev with a variable for each path: what Cheapest avoids.
func whole(t *rapid.T, pnl []float64, hedges []Hedge, b Bound) (float64, error) {
	n, k := len(pnl), len(hedges)
	// x (k), a⁺, a⁻, z (n), then slacks: n for z ≥ loss − a, 1 for the bound, k for the limits.
	v := k + 2 + n
	m := n + 1 + k
	a, rhs, cost := mat.NewDense(m, v+m, nil), make([]float64, m), make([]float64, v+m)
	put := func(row int, need float64, sign float64) { // sum − slack·sign = need
		a.Set(row, v+row, -sign)
		rhs[row] = need
	}
	for j := range n {
		for i, h := range hedges {
			a.Set(j, i, h.PnL[j])
		}
		a.Set(j, k, 1)
		a.Set(j, k+1, -1)
		a.Set(j, k+2+j, 1)
		put(j, -pnl[j], 1)
	}
	a.Set(n, k, 1)
	a.Set(n, k+1, -1)
	for j := range n {
		a.Set(n, k+2+j, 1/(float64(n)*(1-b.Level)))
	}
	put(n, b.CVaR, -1)
	for i, h := range hedges {
		a.Set(n+1+i, i, 1)
		put(n+1+i, h.Max, -1)
		cost[i] = h.Cost
	}
	for row := range m {
		if rhs[row] < 0 {
			rhs[row] = -rhs[row]
			for j := range v + m {
				a.Set(row, j, -a.At(row, j))
			}
		}
	}
	value, _, err := lp.Simplex(cost, a, rhs, 1e-10, nil)
	return value, err
}

func TestTheHedgeIsThatOfTheWholeProgramme(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(4, 16).Draw(t, "paths")
		pnl := rapid.SliceOfN(rapid.Float64Range(-10, 5), n, n).Draw(t, "book")
		var hedges []Hedge
		for i := range rapid.IntRange(1, 3).Draw(t, "hedges") {
			h := Hedge{Name: fmt.Sprint(i), Cost: rapid.Float64Range(0.1, 2).Draw(t, "cost"), Max: rapid.Float64Range(0.5, 3).Draw(t, "max")}
			h.PnL = rapid.SliceOfN(rapid.Float64Range(-2, 8), n, n).Draw(t, "pnl")
			hedges = append(hedges, h)
		}
		b := Bound{Name: "all", Level: rapid.SampledFrom([]float64{0.5, 0.75}).Draw(t, "level"), CVaR: rapid.Float64Range(-2, 9).Draw(t, "bound")}
		plan, err := Cheapest(pnl, hedges, []Bound{b})
		var none *NoHedgeError
		if errors.As(err, &none) {
			b.CVaR += none.Excess + 1e-4
			if _, err := Cheapest(pnl, hedges, []Bound{b}); err != nil {
				t.Fatalf("no mix although the bound rose by %v: %v", none.Excess, err)
			}
			b.CVaR -= none.Excess/2 + 2e-4
			if none.Excess > 1e-2 {
				if _, err := Cheapest(pnl, hedges, []Bound{b}); !errors.As(err, &none) {
					t.Fatalf("a mix although the bound rose by half of what it must: %v", err)
				}
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if !(plan.After[0] <= b.CVaR+1e-4) {
			t.Fatalf("CVaR %v above the bound %v", plan.After[0], b.CVaR)
		}
		want, err := whole(t, pnl, hedges, b)
		if err != nil {
			return // gonum's simplex gives up on some degenerate programmes of this form; the bound was checked above
		}
		// The bounds are held to a millionth of a scale of at most 10, which a unit of cost buys for 2/0.1 at most.
		if !(math.Abs(plan.Cost-want) < 1e-3) {
			t.Fatalf("cost %v, whole programme %v", plan.Cost, want)
		}
	})
}

func TestAHedgeWithoutSolutionSaysWhatToChange(t *testing.T) {
	pnl := []float64{-100, -90, 10, 20}
	h := []Hedge{{Name: "put", PnL: []float64{30, 20, -5, -5}, Cost: 5, Max: 1}}
	_, err := Cheapest(pnl, h, []Bound{{Name: "all", Level: 0.75, CVaR: 10}})
	var none *NoHedgeError
	if !errors.As(err, &none) || !(math.Abs(none.Excess-60) < 1e-3) { // 100 − 30 is the least that can be reached
		t.Fatalf("%v, want an excess of 60", err)
	}
	if !strings.Contains(err.Error(), "raise") {
		t.Errorf("%q does not say what to change", err)
	}
	if _, err := Cheapest(pnl, nil, nil); err == nil {
		t.Error("a hedge was found without instruments")
	}
}

func TestABoundThatHoldsNeedsNoHedge(t *testing.T) {
	plan, err := Cheapest([]float64{-1, 2}, []Hedge{{Name: "put", PnL: []float64{1, -1}, Cost: 1, Max: 1}}, []Bound{{Level: 0.5, CVaR: 1}})
	if err != nil || plan.Units[0] != 0 || plan.Cost != 0 {
		t.Fatalf("%+v, %v", plan, err)
	}
}

func TestLeavingUnderTheLinearLawHasItsClosedForm(t *testing.T) {
	m, err := impact.Read(assumption.Default(), impact.Universe[:], nans(len(impact.Universe)))
	if err != nil {
		t.Fatal(err)
	}
	curves, _, err := m.Curves(impact.Linear)
	if err != nil {
		t.Fatal(err)
	}
	own, forced := -2e9, -30e9
	x := Leave(&curves[0], own, forced)
	per := curves[0].Move(1e9) / 1e9
	if want := own * per * own / 2; !(math.Abs(x.Alone-want) < 1e-6*want) {
		t.Errorf("alone %v, want %v", x.Alone, want)
	}
	if want := own * per * (own + forced) / 2; !(math.Abs(x.Among-want) < 1e-6*want) {
		t.Errorf("among others %v, want %v", x.Among, want)
	}
	if x := Leave(&curves[0], own, 30e9); !(x.Among < 0) {
		t.Errorf("selling to forced buyers costs %v", x.Among)
	}
}

func nans(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = math.NaN()
	}
	return out
}

// large is a book of n options, strikes and lives spread out.
func large(t testing.TB, n int) *Book {
	t.Helper()
	chain := made(t)
	var p []Position
	for i := range n {
		x := Position{Kind: Option, Asset: "SPX", Symbol: "SPX", Quantity: float64(i%7 - 3), Multiplier: 100, Right: black.Call, Strike: 4000 + float64(i%2000), Expiry: chain.Expiries[i%2].Date}
		if i%3 == 0 {
			x.Right = black.Put
		}
		p = append(p, x)
	}
	b, err := Prepare("", p, Source{Spot: func(string) (float64, bool) { return 5000, true }, Chains: map[string]*options.Book{"SPX": chain}})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// randomPaths are n paths of three assets, without a generator to seed.
func randomPaths(n int) *Paths {
	p := &Paths{Assets: []string{"SPX", "NVDA", "BTC"}, Term: 30.0 / 365, Years: 5.0 / 365}
	for a := range p.Assets {
		var m []float64
		for j := range n {
			_, u := math.Modf(float64(j+1) * math.Sqrt(float64([]int{2, 3, 5}[a])))
			m = append(m, 0.3*(u-0.5))
		}
		p.Moves = append(p.Moves, m)
	}
	for j := range n {
		p.Vol = append(p.Vol, 1-2*p.Moves[0][j])
	}
	return p
}

// BenchmarkReprice is 10,000 options on 10,000 paths, each with its own price and volatility.
func BenchmarkReprice(b *testing.B) {
	book, paths := large(b, 10_000), randomPaths(10_000)
	for b.Loop() {
		if _, err := book.Reprice(context.Background(), paths); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1e8, "ns/price")
}

func FuzzReadPositions(f *testing.F) {
	f.Add(file)
	f.Add("kind,symbol,quantity\n\"")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ReadPositions(strings.NewReader(text), "f")
		if (err == nil) != (len(p) > 0) {
			t.Fatalf("%d positions with %v", len(p), err)
		}
		for _, x := range p {
			if !(x.Multiplier > 0) || math.IsNaN(x.Quantity) || x.Asset == "" {
				t.Fatalf("%+v", x)
			}
		}
	})
}
