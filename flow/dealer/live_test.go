package dealer_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"

	"faultline/black"
	"faultline/flow/dealer"
	"faultline/market"
	"faultline/options"
)

func rungs(spot float64) (p [dealer.Rungs]float64) {
	for j, m := range dealer.Moves {
		p[j] = spot * (1 + m)
	}
	return p
}

// agree compares a live book with one measured and hedged from scratch.
func agree(t rapid.TB, l *dealer.Live, b *options.Book, h *dealer.Holding) {
	t.Helper()
	e := dealer.Measure(h, naive(), nil)
	gross := 30 * 5000 * 100 * b.Spot // trades that cancel leave their rounding
	scale := [3]float64{1, 1, 1}
	for i := range b.Len() {
		gross += math.Abs(h.Net(naive())[i]) * b.Multiplier * b.Spot
	}
	for i := range e.Strike {
		for g, of := range []dealer.Greek{e.GEX, e.VEX, e.CEX} {
			scale[g] += math.Abs(of.Call.Value[i]) + math.Abs(of.Put.Value[i])
		}
	}
	m := l.Marks()
	for g, v := range [][2]float64{{m.GEX, e.GEX.Total.Value}, {m.VEX, e.VEX.Total.Value}, {m.CEX, e.CEX.Total.Value}} {
		if !(math.Abs(v[0]-v[1]) <= 1e-9*scale[g]+1e-14*gross) {
			t.Fatalf("exposure %d is %v live, %v measured", g, v[0], v[1])
		}
	}
	var ladder [dealer.Rungs]float64
	l.Ladder(&ladder)
	table := dealer.HedgeTable(h, naive(), nil, dealer.Moves)
	for j, v := range ladder {
		if !(math.Abs(v-table.Now.Value[j]) <= 1e-10*gross) {
			t.Fatalf("rung %d is %v live, %v from the table", j, v, table.Now.Value[j])
		}
	}
}

func TestALiveBookAgreesWithOneMadeFromScratchAfterTradesTicksAndTime(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		b := drawDistinct(r)
		l := dealer.NewLive(holding(r, b), naive(), rungs(b.Spot))
		agree(r, l, b, holding(r, b))

		net := holding(r, b).Net(naive())
		var rows []int32
		var contracts []float64
		for range rapid.IntRange(1, 30).Draw(r, "trades") {
			i := rapid.IntRange(0, b.Len()-1).Draw(r, "row")
			q := float64(rapid.IntRange(-5000, 5000).Draw(r, "contracts"))
			rows, contracts = append(rows, int32(i)), append(contracts, q)
			net[i] += q
		}
		l.Trade(rows, contracts)
		l.Tick(b.Spot * 1.01) // and back: a tick leaves nothing behind
		l.Tick(b.Spot)
		agree(r, l, b, inventory(r, b, net))

		later := b.Quoted.Add(90 * time.Minute)
		moved := *b
		moved.Quoted = later
		moved.Years = append([]float64(nil), b.Years...)
		moved.Forward = append([]float64(nil), b.Forward...)
		moved.Expiries = append([]options.Expiry(nil), b.Expiries...)
		for e := range moved.Expiries {
			x := &moved.Expiries[e]
			years := x.Settle.Sub(later).Hours() / 8760
			x.Forward = b.Spot * math.Pow(x.Forward/b.Spot, years/x.Years)
			x.Discount = math.Pow(x.Discount, years/x.Years)
			x.Years = years
		}
		for i := range moved.Years {
			moved.Years[i], moved.Forward[i] = moved.Expiries[b.Exp[i]].Years, moved.Expiries[b.Exp[i]].Forward
		}
		l.Refresh(later)
		agree(r, l, &moved, inventory(r, &moved, net))
	})
}

// inventory is a holding of net contracts by row.
func inventory(t rapid.TB, b *options.Book, net []float64) *dealer.Holding {
	t.Helper()
	rows := positions(b)
	for i := range rows {
		rows[i].Contracts = net[i]
	}
	h, _, err := dealer.FromInventory(b, rows)
	if err != nil {
		t.Fatalf("inventory: %v", err)
	}
	return h
}

func TestAQuoteGivesItsContractTheVolatilityOfItsPrice(t *testing.T) {
	b := book(5000, 0.02, 0.04, contract{black.Call, 10, 5050, 0.2, 100}, contract{black.Put, 10, 4900, 0.2, 100}, contract{black.Call, 30, 5000, 0.2, market.Missing})
	l := dealer.NewLive(holding(t, b), naive(), rungs(5000))
	const spot = 5020
	l.Tick(spot)
	e := b.Expiries[0]
	price := func(right black.Right, strike, vol float64) float64 {
		return e.Discount * black.Price(right, e.Forward*spot/5000, strike, e.Years, vol)
	}
	bad := l.Quote([]int32{0, 1, 0}, []float64{price(black.Call, 5050, 0.3), price(black.Put, 4900, 0.25), -1})
	if bad != 1 {
		t.Errorf("%d quotes without a volatility, want 1", bad)
	}
	l.Tick(spot)
	other := *b
	other.Vol = []float64{0.3, 0.25, 0.2}
	other.Spot = spot
	other.Forward = append([]float64(nil), b.Forward...)
	other.Expiries = append([]options.Expiry(nil), b.Expiries...)
	for i := range other.Forward {
		other.Forward[i] *= spot / 5000.0
	}
	for i := range other.Expiries {
		other.Expiries[i].Forward *= spot / 5000.0
	}
	near(t, "GEX", l.Marks().GEX, measured(t, &other, naive()).GEX.Total.Value, 1e-9)
	near(t, "VEX", l.Marks().VEX, measured(t, &other, naive()).VEX.Total.Value, 1e-9)
}

func liveBook(b *testing.B) (*dealer.Live, int) {
	k := wholeBook()
	return dealer.NewLive(holding(b, k), naive(), rungs(k.Spot)), k.Len()
}

func BenchmarkTick(b *testing.B) {
	l, n := liveBook(b)
	b.ReportMetric(float64(n), "contracts")
	b.ReportAllocs()
	up := 6000.0
	for b.Loop() {
		up = 12001 - up // two prices in turn
		l.Tick(up)
	}
}

// BenchmarkTrade takes trades in random contracts of the whole chain, in batches of a thousand.
func BenchmarkTrade(b *testing.B) {
	l, n := liveBook(b)
	rng := rand.New(rand.NewPCG(3, 4))
	const trades = 1 << 16
	rows, contracts := make([]int32, trades), make([]float64, trades)
	for i := range rows {
		rows[i], contracts[i] = int32(rng.IntN(n)), float64(rng.IntN(21)-10)
	}
	b.ReportAllocs()
	var ladder [dealer.Rungs]float64
	for b.Loop() {
		for i := 0; i < trades; i += 1024 {
			l.Trade(rows[i:i+1024], contracts[i:i+1024])
			l.Ladder(&ladder)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/trades, "ns/trade")
}

func BenchmarkQuote(b *testing.B) {
	l, n := liveBook(b)
	k := wholeBook()
	rng := rand.New(rand.NewPCG(3, 4))
	const quotes = 1 << 14
	rows, mids := make([]int32, quotes), make([]float64, quotes)
	for j := 0; j < quotes; {
		i := rng.IntN(n)
		e := k.Expiries[k.Exp[i]]
		rows[j], mids[j] = int32(i), e.Discount*black.Price(k.Right[i], k.Forward[i], k.Strike[i], k.Years[i], k.Vol[i])
		if mids[j] >= 0.05 && l.Quote(rows[j:j+1], mids[j:j+1]) == 0 { // what a market quotes
			j++
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		l.Quote(rows, mids)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/quotes, "ns/quote")
}

func BenchmarkRefresh(b *testing.B) {
	l, _ := liveBook(b)
	at := wholeBook().Quoted
	for b.Loop() {
		l.Refresh(at)
	}
}
