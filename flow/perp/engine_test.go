package perp

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"faultline/assumption"
)

func testTerms(b *Book) *Terms {
	t := &Terms{
		Hold: 5, RefillSec: 30, DecaySec: 900, Fail: 10, Floor: 0.05, MeanSec: 900,
		Share: make([]float64, len(b.Venues)), Depth: make([]float64, len(b.Coins)),
	}
	for v := range t.Share {
		t.Share[v] = 1 / float64(len(t.Share))
	}
	for c := range t.Depth {
		t.Depth[c] = 2e6
	}
	return t
}

func drawTerms(r *rapid.T, b *Book) *Terms {
	t := testTerms(b)
	for c := range t.Depth {
		t.Depth[c] = math.Exp(rapid.Float64Range(8, 20).Draw(r, "log depth"))
	}
	for v := range t.Share {
		t.Share[v] = rapid.SampledFrom([]float64{0, 0.1, 0.5}).Draw(r, "share") // 0: the venue's depth has failed
	}
	t.Hold = rapid.Float64Range(0.1, 10).Draw(r, "hold")
	for v := range b.Venues {
		b.Venues[v].FundUSD = rapid.SampledFrom([]float64{0, 1000, 1e6, 1e9}).Draw(r, "fund")
	}
	return t
}

// holds checks what must be true after every step by counting everything anew.
func holds(r *rapid.T, c *Cascade, step int) {
	b := &c.book
	for coin := range b.Coins {
		users, gross := 0.0, 0.0
		for v := range b.Venues {
			for side := range 2 {
				g := b.group(v, coin, side)
				for p := b.start[g]; p < b.start[g+1]; p++ {
					users += c.left[p]
					gross += math.Abs(b.units[p])
					if c.left[p]*b.units[p] < 0 || math.Abs(c.left[p]) > math.Abs(b.units[p]) {
						r.Fatalf("step %d: a position of %v became %v", step, b.units[p], c.left[p])
					}
				}
			}
		}
		stock := 0.0
		for v := range b.Venues {
			stock += c.stock[v*len(b.Coins)+coin].units
		}
		if !(math.Abs(users-c.ledger.users[coin]) <= 1e-9*gross) || !(math.Abs(stock-c.ledger.vault[coin]) <= 1e-9*gross) {
			r.Fatalf("step %d: accounts hold %v and vaults %v, the ledger says %v and %v", step, users, stock, c.ledger.users[coin], c.ledger.vault[coin])
		}
		if !(math.Abs(users+stock+c.ledger.outside[coin]) <= 1e-9*gross) {
			r.Fatalf("step %d: %v + %v + %v is not zero", step, users, stock, c.ledger.outside[coin])
		}
	}
	for v := range c.fund {
		if !(c.fund[v].balance >= 0) {
			r.Fatalf("step %d: the fund of %s has %v dollars", step, b.Venues[v].Name, c.fund[v].balance)
		}
	}
}

func TestContractsAreConservedAndFundsPayWhatTheyHaveInEveryStep(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		b := drawBook(r)
		c := NewCascade(b, drawTerms(r, b))
		news := append([]float64(nil), b.Mark...)
		for step := range rapid.IntRange(1, 12).Draw(r, "steps") {
			for i := range news {
				news[i] *= math.Exp(rapid.Float64Range(-0.25, 0.2).Draw(r, "news"))
			}
			if err := c.Step(rapid.Float64Range(0.5, 60).Draw(r, "seconds"), news, rapid.Bool().Draw(r, "given")); err != nil {
				r.Fatal(err)
			}
			holds(r, c, step)
		}
	})
}

// Every liquidated unit has gone to the book, the vault, a ranked position or outside, and users hold what
// is left.
func TestEveryLiquidatedContractHasACounterparty(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		b := drawBook(r)
		c := NewCascade(b, drawTerms(r, b))
		news := append([]float64(nil), b.Mark...)
		for range 6 {
			for i := range news {
				news[i] *= math.Exp(rapid.Float64Range(-0.3, 0.25).Draw(r, "news"))
			}
			if err := c.Step(6, news, false); err != nil {
				r.Fatal(err)
			}
		}
		for coin := range b.Coins {
			gone, scale := [2]float64{}, 0.0
			for v := range b.Venues {
				for side := range 2 {
					g := b.group(v, coin, side)
					for p := b.start[g]; p < b.start[g+1]; p++ {
						gone[side] += math.Abs(b.units[p]) - math.Abs(c.left[p])
						scale += math.Abs(b.units[p])
					}
				}
			}
			t := &c.Tally[coin]
			for side := range 2 {
				want := t.Vault.Units[ToRanked][1-side] + t.Units[ToRanked][1-side] // closed as ranked counterparties
				for w := range ways {
					want += t.Units[w][side]
				}
				if !(math.Abs(gone[side]-want) <= 1e-9*scale) {
					r.Fatalf("%s side %d: accounts lost %v coins, takers got %v", b.Coins[coin], side, gone[side], want)
				}
			}
		}
	})
}

func TestACascadeDoesNotDependOnTheOrderOfThePositions(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		list := drawPositions(r, testMark, 60)
		venues := Venues(assumption.Default())
		shuffled := append([]Position(nil), list...)
		rand.New(rand.NewPCG(rapid.Uint64().Draw(r, "seed"), 1)).Shuffle(len(shuffled), func(i, j int) {
			shuffled[i], shuffled[j] = shuffled[j], shuffled[i]
		})
		run := func(list []Position) *Cascade {
			b := NewBook(testCoins, testMark, venues, testCollateral(), list)
			c := NewCascade(b, testTerms(b))
			for k := range 8 {
				news := []float64{testMark[0] * (1 - 0.03*float64(k)), testMark[1] * (1 - 0.04*float64(k)), testMark[2] * (1 + 0.05*float64(k))}
				if err := c.Step(6, news, false); err != nil {
					r.Fatal(err)
				}
			}
			return c
		}
		one, two := run(list), run(shuffled)
		for coin := range testCoins {
			if one.Tally[coin] != two.Tally[coin] || one.price[coin] != two.price[coin] {
				r.Fatalf("%s: %+v at %v, shuffled %+v at %v", testCoins[coin], one.Tally[coin], one.price[coin], two.Tally[coin], two.price[coin])
			}
		}
		for v := range one.fund {
			if one.fund[v].balance != two.fund[v].balance {
				r.Fatalf("fund %d is %v in one order and %v in another", v, one.fund[v].balance, two.fund[v].balance)
			}
		}
	})
}

// one makes a book of a long at a venue and shorts on the other side.
func oneLong(venue string, change func(v *Venue), shorts ...Position) *Book {
	venues := Venues(assumption.Default())
	for i := range venues {
		if venues[i].Name == venue {
			change(&venues[i])
		}
	}
	list := append([]Position{{Venue: venue, Coin: "BTC", Units: 2, Entry: 100000, Margin: missing, Leverage: 10}}, shorts...)
	return NewBook(testCoins, testMark, venues, nil, list)
}

func short(venue string, units, entry, leverage float64) Position {
	return Position{Venue: venue, Coin: "BTC", Units: -units, Entry: entry, Margin: missing, Leverage: leverage}
}

func mustStep(t *testing.T, c *Cascade, btc float64) {
	t.Helper()
	if err := c.Step(6, []float64{btc, testMark[1], testMark[2]}, true); err != nil {
		t.Fatal(err)
	}
}

func TestADeepBookTakesALiquidationAndTheFundKeepsTheRest(t *testing.T) {
	b := oneLong("binance", func(v *Venue) { v.FundUSD = 0 })
	terms := testTerms(b)
	terms.Depth[0] = 1e12
	c := NewCascade(b, terms)
	mustStep(t, c, 90200) // liquidation at 90,361, bankruptcy at 90,000
	if got := c.Tally[0].Units[ToBook][0]; got != 2 {
		t.Fatalf("%v coins went to the book, want 2", got)
	}
	if got := c.Fund(0); math.Abs(got-400) > 0.5 { // 2 coins sold 200 dollars above bankruptcy
		t.Errorf("the fund has %v dollars, want 400", got)
	}
}

func TestTheFundPaysBeyondBankruptcyAndThenPositionsAreDeleveraged(t *testing.T) {
	b := oneLong("binance", func(v *Venue) { v.FundUSD = 1000 }, short("binance", 5, 99000, 5))
	terms := testTerms(b)
	terms.Depth[0] = 1e12
	c := NewCascade(b, terms)
	mustStep(t, c, 89000) // 1,000 dollars below bankruptcy: the fund can pay for one coin
	u := &c.Tally[0].Units
	if math.Abs(u[ToBook][0]-1) > 1e-6 || math.Abs(u[ToRanked][0]-1) > 1e-6 || u[ToOutside][0] != 0 {
		t.Errorf("book %v, ranked %v, outside %v; want 1, 1 and 0", u[ToBook][0], u[ToRanked][0], u[ToOutside][0])
	}
	if c.Fund(0) > 1e-6 {
		t.Errorf("the fund still has %v dollars", c.Fund(0))
	}
	if got := c.Tally[0].USD[ToRanked][0] / u[ToRanked][0]; relative(got, 90000) > 1e-9 {
		t.Errorf("deleveraged at %v, want the bankruptcy price", got)
	}
}

func TestAVaultTakesOverBelowTwoThirdsOfTheMaintenanceMargin(t *testing.T) {
	b := oneLong("hyperliquid", func(v *Venue) { v.FundUSD = 1e6 })
	terms := testTerms(b)
	for v := range terms.Share {
		terms.Share[v] = 0 // the book has failed
	}
	c := NewCascade(b, terms)
	mustStep(t, c, 91100) // liquidated at 91,139; two thirds of the maintenance margin at 90,756
	if c.Tally[0].LiquidatedUSD(0) != 0 || c.Busy() != 1 {
		t.Fatalf("%v dollars liquidated without a book", c.Tally[0].LiquidatedUSD(0))
	}
	mustStep(t, c, 90700)
	if got := c.Tally[0].Units[ToVault][0]; got != 2 || c.stock[3*3].units != 2 {
		t.Fatalf("the vault took %v coins, want 2", got)
	}
	if got := c.Fund(3); math.Abs(got-1e6-1400) > 1e-6 { // equity of 20,000 − 2·9,300
		t.Errorf("the vault has %v dollars, want 1,001,400", got)
	}
}

func TestNegativeEquityIsDeleveragedAtThePreviousPriceInTheOrderOfTheRanking(t *testing.T) {
	b := oneLong("hyperliquid", func(v *Venue) { v.FundUSD = 1e6 },
		short("hyperliquid", 1.5, 105000, 20), // the most leverage and the most profit: first
		short("hyperliquid", 1.5, 101000, 3),
		short("binance", 9, 110000, 20), // another venue: never
	)
	terms := testTerms(b)
	c := NewCascade(b, terms)
	mustStep(t, c, 92000)
	mustStep(t, c, 89000) // bankrupt at 90,000
	tally := &c.Tally[0]
	if tally.Units[ToRanked][0] != 2 {
		t.Fatalf("%v coins deleveraged, want 2: %+v", tally.Units[ToRanked][0], tally)
	}
	if got := tally.USD[ToRanked][0] / 2; got != 92000 {
		t.Errorf("deleveraged at %v, want the previous price of 92,000", got)
	}
	g := b.group(3, 0, 1)
	var left []float64
	for p := b.start[g]; p < b.start[g+1]; p++ {
		left = append(left, c.left[p]) // by liquidation price: the one from 105,000 at 20 times comes first
	}
	if len(left) != 2 || left[0] != 0 || left[1] != -1 {
		t.Errorf("shorts left are %v, want 0 and −1", left)
	}
	if other := b.start[b.group(0, 0, 1)]; c.left[other] != -9 {
		t.Error("a short of another venue was deleveraged")
	}
}

func TestWithoutCounterpartiesHoldersOutsideTakeThePosition(t *testing.T) {
	b := oneLong("hyperliquid", func(v *Venue) { v.FundUSD = 0 })
	c := NewCascade(b, testTerms(b))
	mustStep(t, c, 80000)
	if got := c.Tally[0].Units[ToOutside][0]; got != 2 || c.ledger.outside[0] != 0 {
		t.Errorf("outside took %v coins and holds %v, want 2 and 0", got, c.ledger.outside[0])
	}
}

func TestTheDrawdownOfThePoolDeleveragesBeforeItIsEmpty(t *testing.T) {
	run := func(drawdown float64) *Cascade {
		b := oneLong("bybit", func(v *Venue) { v.FundUSD, v.Drawdown = 10000, drawdown },
			short("bybit", 5, 99000, 5),
			Position{Venue: "bybit", Coin: "BTC", Units: 3, Entry: 100000, Margin: missing, Leverage: 11})
		terms := testTerms(b)
		terms.Depth[0] = 1e12
		c := NewCascade(b, terms)
		mustStep(t, c, 100000)
		mustStep(t, c, 89400) // three coins bankrupt at 90,909: 4,527 dollars from the fund
		mustStep(t, c, 89000) // two coins bankrupt at 90,000
		return c
	}
	c := run(0.3)
	if c.Tally[0].Units[ToRanked][0] == 0 || !(c.Fund(1) > 1000) {
		t.Errorf("%v coins deleveraged with %v dollars in the pool", c.Tally[0].Units[ToRanked][0], c.Fund(1))
	}
	if c := run(1); c.Tally[0].Units[ToRanked][0] != 0 {
		t.Errorf("%v coins deleveraged although the pool could pay", c.Tally[0].Units[ToRanked][0])
	}
}

func TestOnlyAPartOfALargePositionIsSentFirst(t *testing.T) {
	b := oneLong("hyperliquid", func(*Venue) {})
	terms := testTerms(b)
	terms.Depth[0] = 1e12
	c := NewCascade(b, terms)
	mustStep(t, c, 91000)
	if got := c.Tally[0].Units[ToBook][0]; relative(got, 0.4) > 1e-12 {
		t.Fatalf("%v coins were sent first, want a fifth of 2", got)
	}
	mustStep(t, c, 91000)
	// A fifth less notional with the same margin: healthy again, and watched at its new price.
	if got := c.Tally[0].Units[ToBook][0]; relative(got, 0.4) > 1e-12 || c.Busy() != 0 {
		t.Errorf("%v coins after the second step, %d busy", got, c.Busy())
	}
	mustStep(t, c, 90200)
	if got := c.Tally[0].Units[ToBook][0]; got != 0.4 && relative(got, 0.4) > 1e-12 {
		t.Errorf("%v coins above the new liquidation price", got)
	}
	mustStep(t, c, 88700) // (100,000 − 12,344)/0.9875 ≈ 88,766
	if got := c.Tally[0].LiquidatedUSD(0); !(got > 0.4*91000*1.01) {
		t.Errorf("liquidated %v dollars in all below the new liquidation price", got)
	}
}

func TestAVenuesOwnMarkOfCollateralLiquidatesWithoutAnyMoveOfTheCoin(t *testing.T) {
	collateral := testCollateral()
	list := []Position{
		{Account: "a", Venue: "binance", Coin: "BTC", Units: 1, Entry: 100000, Margin: 20000, Leverage: missing, Asset: "USDe"},
		{Account: "b", Venue: "okx", Coin: "BTC", Units: 1, Entry: 100000, Margin: 20000, Leverage: missing, Asset: "USDe"},
	}
	b := NewBook(testCoins, testMark, Venues(assumption.Default()), collateral, list)
	if b.Len() != 2 {
		t.Fatalf("refused %v", b.Refused)
	}
	terms := testTerms(b)
	terms.Depth[0] = 1e12
	terms.Collateral = testCollateral()
	terms.Collateral[0].Local = map[string]float64{"binance": 0.01}
	c := NewCascade(b, terms)
	mustStep(t, c, 100000)
	if got := c.Tally[0].Units[ToBook][0]; got != 1 {
		t.Errorf("%v coins liquidated, want the one at the venue with the dislocated mark", got)
	}
}

// A cascade moves the price, and the price moves the cascade: with feedback the price ends lower than the
// news, and more is liquidated than at the news alone.
func TestLiquidationsFeedOnThemselves(t *testing.T) {
	var list []Position
	for i := range 200 {
		list = append(list, Position{
			Venue: "binance", Coin: "BTC", Units: 3, Entry: 100000 + float64(i), Margin: missing, Leverage: 5 + float64(i%40),
		})
	}
	run := func(depth float64) *Cascade {
		b := NewBook(testCoins, testMark, Venues(assumption.Default()), nil, list)
		terms := testTerms(b)
		terms.Depth[0] = depth
		c := NewCascade(b, terms)
		if rest, err := c.Rest(t.Context(), 6, []float64{97000, testMark[1], testMark[2]}, 5000); err != nil || !rest {
			t.Fatalf("rest %v, %v", rest, err)
		}
		return c
	}
	deep, thin := run(1e12), run(5e6)
	if !(thin.Tally[0].LiquidatedUSD(0) > 1.5*deep.Tally[0].LiquidatedUSD(0)) {
		t.Errorf("a thin book liquidates %v dollars, a deep one %v", thin.Tally[0].LiquidatedUSD(0), deep.Tally[0].LiquidatedUSD(0))
	}
}
