package perp

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"faultline/assumption"
)

var testCoins = []string{"BTC", "ETH", "SOL"}

// drawPositions draws positions of every kind, good and bad ones.
func drawPositions(r *rapid.T, mark []float64, most int) []Position {
	n := rapid.IntRange(0, most).Draw(r, "positions")
	list := make([]Position, n)
	for i := range list {
		c := rapid.IntRange(0, len(testCoins)-1).Draw(r, "coin")
		p := &list[i]
		p.Coin = testCoins[c]
		p.Venue = rapid.SampledFrom(VenueNames).Draw(r, "venue")
		p.Entry = mark[c] * rapid.Float64Range(0.7, 1.4).Draw(r, "entry")
		usd := math.Exp(rapid.Float64Range(3, 17).Draw(r, "log dollars"))
		p.Units = usd / p.Entry
		if rapid.Bool().Draw(r, "short") {
			p.Units = -p.Units
		}
		p.Margin, p.Leverage = missing, rapid.Float64Range(1, 60).Draw(r, "leverage")
		if k := rapid.IntRange(0, 9).Draw(r, "account"); k < 5 {
			p.Account = fmt.Sprintf("%s-%d", p.Venue, k)
		}
		if rapid.IntRange(0, 9).Draw(r, "asset") == 0 {
			p.Asset = rapid.SampledFrom([]string{"USDe", "wBETH"}).Draw(r, "which asset")
		}
	}
	return list
}

func testCollateral() []Collateral {
	return []Collateral{
		{Name: "USDe", Ratio: 1, Haircut: 0.02},
		{Name: "wBETH", Coin: "ETH", Ratio: 1.08, Haircut: 0.05},
	}
}

var testMark = []float64{100000, 4000, 200}

func drawBook(r *rapid.T) *Book {
	return NewBook(testCoins, testMark, Venues(assumption.Default()), testCollateral(), drawPositions(r, testMark, 40))
}

func TestABookDoesNotDependOnTheOrderOfItsPositions(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		list := drawPositions(r, testMark, 60)
		for range rapid.IntRange(0, 5).Draw(r, "twins") {
			if len(list) > 0 {
				list = append(list, list[rapid.IntRange(0, len(list)-1).Draw(r, "twin")])
			}
		}
		venues := Venues(assumption.Default())
		one := NewBook(testCoins, testMark, venues, testCollateral(), list)
		shuffled := append([]Position(nil), list...)
		rand.New(rand.NewPCG(rapid.Uint64().Draw(r, "seed"), 1)).Shuffle(len(shuffled), func(i, j int) {
			shuffled[i], shuffled[j] = shuffled[j], shuffled[i]
		})
		two := NewBook(testCoins, testMark, venues, testCollateral(), shuffled)
		for _, col := range [][2][]float64{{one.units, two.units}, {one.entry, two.entry}, {one.cash, two.cash}, {one.price, two.price}} {
			for i := range col[0] {
				if math.Float64bits(col[0][i]) != math.Float64bits(col[1][i]) {
					r.Fatalf("row %d is %v in one order and %v in another", i, col[0][i], col[1][i])
				}
			}
		}
		if !reflect.DeepEqual(one.account, two.account) || !reflect.DeepEqual(one.start, two.start) || !reflect.DeepEqual(one.fixed, two.fixed) ||
			!reflect.DeepEqual(one.Refused, two.Refused) || len(one.accounts) != len(two.accounts) {
			r.Fatal("accounts, groups or refusals depend on the order of the positions")
		}
	})
}

func TestEveryPositionIsInTheBookOrRefused(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		list := drawPositions(r, testMark, 60)
		b := NewBook(testCoins, testMark, Venues(assumption.Default()), testCollateral(), list)
		n := b.Len()
		for _, x := range b.Refused {
			n += x.Count
		}
		if n != len(list) {
			r.Fatalf("%d positions became %d", len(list), n)
		}
	})
}

func TestPositionsThatCannotBeAreCountedWithTheirReason(t *testing.T) {
	good := Position{Venue: "binance", Coin: "BTC", Units: 1, Entry: 100000, Margin: missing, Leverage: 5}
	f := func(name string, change func(p *Position), want Reason, usd float64) {
		t.Helper()
		p := good
		change(&p)
		b := NewBook(testCoins, testMark, Venues(assumption.Default()), testCollateral(), []Position{good, p})
		if b.Len() != 1 || len(b.Refused) != 1 || b.Refused[want].Count != 1 || b.Refused[want].USD != usd {
			t.Errorf("%s: %d in the book, refused %v; want one of %s with %v dollars", name, b.Len(), b.Refused, want, usd)
		}
		m := b.MapOf(0, assumption.Default())
		if m.LongUSD != 100000 || m.ShortUSD != 0 {
			t.Errorf("%s: the map holds %v dollars of longs and %v of shorts", name, m.LongUSD, m.ShortUSD)
		}
	}
	f("leverage of zero", func(p *Position) { p.Leverage = 0 }, NoLeverage, 100000)
	f("leverage below zero", func(p *Position) { p.Leverage = -3 }, NoLeverage, 100000)
	f("leverage absent", func(p *Position) { p.Leverage = missing }, NoLeverage, 100000)
	f("infinite leverage", func(p *Position) { p.Leverage = math.Inf(1) }, NoLeverage, 100000)
	f("margin below zero", func(p *Position) { p.Margin = -1 }, NoLeverage, 100000)
	f("entry of zero", func(p *Position) { p.Entry = 0 }, NoEntry, 100000)
	f("entry absent", func(p *Position) { p.Entry = missing }, NoEntry, 100000)
	f("no size", func(p *Position) { p.Units = 0 }, NoSize, 0)
	f("size absent", func(p *Position) { p.Units = missing }, NoSize, 0)
	f("infinite size", func(p *Position) { p.Units = math.Inf(1) }, NoSize, 0)
	f("unknown coin", func(p *Position) { p.Coin = "NOPE" }, UnknownCoin, 0)
	f("unknown venue", func(p *Position) { p.Venue = "nowhere" }, UnknownVenue, 100000)
	f("unknown collateral", func(p *Position) { p.Asset = "shells" }, UnknownAsset, 100000)
	f("mark beyond the liquidation price", func(p *Position) { p.Entry, p.Leverage = 110000, 10.7 }, LiquidatableNow, 100000)
	f("negative equity", func(p *Position) { p.Entry, p.Leverage = 130000, 10 }, NegativeAtStart, 100000)
	f("a short of which the mark is on the wrong side", func(p *Position) { p.Units, p.Entry, p.Leverage = -1, 80000, 10 }, NegativeAtStart, 100000)
}

func TestAnAccountWithAPositionThatCannotBeIsRefusedWhole(t *testing.T) {
	list := []Position{
		{Account: "a", Venue: "binance", Coin: "BTC", Units: 1, Entry: 100000, Margin: missing, Leverage: 5},
		{Account: "a", Venue: "binance", Coin: "ETH", Units: 1, Entry: 0, Margin: missing, Leverage: 5},
		{Account: "b", Venue: "binance", Coin: "BTC", Units: 1, Entry: 100000, Margin: missing, Leverage: 5},
		{Account: "b", Venue: "okx", Coin: "BTC", Units: 1, Entry: 100000, Margin: missing, Leverage: 5},
	}
	b := NewBook(testCoins, testMark, Venues(assumption.Default()), nil, list)
	if b.Len() != 0 || b.Refused[NoEntry].Count != 2 || b.Refused[TwoVenues].Count != 2 {
		t.Errorf("%d positions, refused %v", b.Len(), b.Refused)
	}
}

func TestTheMapHoldsEveryDollarOfTheBook(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		b := drawBook(r)
		for coin := range b.Coins {
			m := b.MapOf(coin, assumption.Default())
			want := [2]float64{}
			for v := range b.Venues {
				for side := range 2 {
					g := b.group(v, coin, side)
					for p := b.start[g]; p < b.start[g+1]; p++ {
						want[side] += math.Abs(b.units[p]) * b.Mark[coin]
					}
				}
			}
			if relative(m.LongUSD+1, want[0]+1) > 1e-12 || relative(m.ShortUSD+1, want[1]+1) > 1e-12 {
				r.Fatalf("%v and %v dollars, want %v", m.LongUSD, m.ShortUSD, want)
			}
			// At the price of its bin instead of the mark, what is in the map is what is not out of it.
			in := 0.0
			for i, x := range m.Sold {
				in += x * b.Mark[coin] / m.Price[i]
			}
			// A bin is half a percent wide: its middle is within a quarter of a percent of the mark, which
			// near half the mark is half a percent of the price.
			if want := m.LongUSD - m.LongNever; math.Abs(in-want) > 0.006*want+1e-6 {
				r.Fatalf("longs in the map are %v dollars, outside %v of %v", in, m.LongNever, m.LongUSD)
			}
		}
	})
}

func TestTheNearestClusterIsFoundOnEachSide(t *testing.T) {
	list := []Position{
		{Venue: "hyperliquid", Coin: "BTC", Units: 5, Entry: 100000, Margin: missing, Leverage: 10},   // about 91,139
		{Venue: "hyperliquid", Coin: "BTC", Units: 500, Entry: 100000, Margin: missing, Leverage: 5},  // about 81,013
		{Venue: "hyperliquid", Coin: "BTC", Units: -300, Entry: 100000, Margin: missing, Leverage: 4}, // about 123,457
	}
	b := NewBook(testCoins, testMark, Venues(assumption.Default()), nil, list)
	m := b.MapOf(0, assumption.Default())
	// The five coins are less than two hundredths of the longs in the map: no cluster.
	if m.Below == nil || math.Abs(m.Below.Price-80000/0.9875) > 500 || math.Abs(m.Below.USD-500*80000/0.9875) > 1 || !(m.Below.Distance < -0.18) {
		t.Errorf("below: %+v", m.Below)
	}
	if m.Above == nil || math.Abs(m.Above.Price-125000/1.0125) > 500 || !(m.Above.Distance > 0.22) {
		t.Errorf("above: %+v", m.Above)
	}
	if empty := b.MapOf(1, assumption.Default()); empty.Below != nil || empty.Above != nil {
		t.Error("a coin without positions has clusters")
	}
}
