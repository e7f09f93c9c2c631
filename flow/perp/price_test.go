package perp

import (
	"bytes"
	"encoding/csv"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"faultline/assumption"
)

func venueNamed(t testing.TB, name string) *Venue {
	t.Helper()
	all := Venues(assumption.Default())
	for i := range all {
		if all[i].Name == name {
			return &all[i]
		}
	}
	t.Fatalf("no venue is called %s", name)
	return nil
}

// relative is how far two numbers are apart, as a share of the larger.
func relative(x, y float64) float64 {
	return math.Abs(x-y) / math.Max(math.Abs(x), math.Abs(y))
}

// The formulas below are written as the venues' help pages write them, apart from the code under test.

// hyperliquid: price − side·margin_available/size/(1 − l·side), with l the maintenance rate and margin
// available the isolated margin and profit less the maintenance margin at the price.
func hyperliquidForm(side, size, entry, margin, mark, rate, deduction float64) float64 {
	available := margin + side*size*(mark-entry) - (size*mark*rate - deduction)
	return mark - side*available/size/(1-rate*side)
}

// binance: (WB + cum − side·size·entry) / (size·(MMR − side)), with the wallet balance of the position.
func binanceForm(side, size, entry, margin, rate, cum float64) float64 {
	return (margin + cum - side*size*entry) / (size * (rate - side))
}

// okx: long (margin − size·entry)/(size·(rate + fee − 1)), short (margin + size·entry)/(size·(rate + fee + 1)).
func okxForm(side, size, entry, margin, rate, fee, cum float64) float64 {
	if side > 0 {
		return (margin + cum - size*entry) / (size * (rate + fee - 1))
	}
	return (margin + cum + size*entry) / (size * (rate + fee + 1))
}

// bybit: entry − side·(initial margin − maintenance margin)/size, with the maintenance margin of the value
// at entry and the fee for closing at the bankruptcy price.
func bybitForm(side, size, entry, margin, rate, deduction, fee float64) float64 {
	bankrupt := entry - side*margin/size
	maintenance := size*entry*rate - deduction + size*math.Max(bankrupt, 0)*fee
	return entry - side*(margin-maintenance)/size
}

func TestLiquidationPricesAreTheVenuesClosedForms(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		side := rapid.SampledFrom([]float64{1, -1}).Draw(r, "side")
		entry := math.Exp(rapid.Float64Range(math.Log(0.01), math.Log(2e5)).Draw(r, "log entry"))
		notional := math.Exp(rapid.Float64Range(math.Log(10), math.Log(1e9)).Draw(r, "log notional"))
		leverage := rapid.Float64Range(1.1, 80).Draw(r, "leverage")
		size := notional / entry
		margin := notional / leverage
		name := rapid.SampledFrom(VenueNames).Draw(r, "venue")
		coin := rapid.SampledFrom([]string{"BTC", "ETH", "SOL", "OTHER"}).Draw(r, "coin")
		v := venueNamed(t, name)
		got, bankrupt := v.Liquidation(coin, side*size, entry, margin)
		// The bracket is that of the notional at the liquidation price, or at entry for Bybit: the formula
		// of that bracket must give the price back.
		at := got
		if math.IsNaN(at) {
			at = 0
		}
		if v.MarginAtCost {
			at = entry
		}
		b := v.tiers(coin).of(size * at)
		var want float64
		switch name {
		case "hyperliquid":
			want = hyperliquidForm(side, size, entry, margin, entry*1.01, b.Rate, b.Less)
		case "binance":
			want = binanceForm(side, size, entry, margin, b.Rate, b.Less)
		case "okx":
			want = okxForm(side, size, entry, margin, b.Rate, v.TakerFee, b.Less)
		case "bybit":
			want = bybitForm(side, size, entry, margin, b.Rate, b.Less, v.TakerFee)
		}
		if math.IsNaN(got) {
			if want > 1e-9*entry {
				r.Fatalf("%s %s: no price, the venue's form gives %v", name, coin, want)
			}
			return
		}
		// Prices near 0 are differences of large numbers: 1e-9 is of the larger of price and entry's share
		// that leverage leaves.
		if gap := math.Abs(got - want); !(gap <= 1e-9*math.Max(got, entry/1e3)) {
			r.Fatalf("%s %s: %v, the venue's form gives %v", name, coin, got, want)
		}
		if !math.IsNaN(bankrupt) && side*(got-bankrupt) < -1e-9*entry {
			r.Fatalf("liquidated at %v, beyond bankruptcy at %v", got, bankrupt)
		}
	})
}

func TestEquityAtTheLiquidationPriceIsWhatTheVenueAsksFor(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		side := rapid.SampledFrom([]float64{1, -1}).Draw(r, "side")
		entry := rapid.Float64Range(1, 1e5).Draw(r, "entry")
		size := math.Exp(rapid.Float64Range(-5, 10).Draw(r, "log size"))
		leverage := rapid.Float64Range(1.5, 50).Draw(r, "leverage")
		v := venueNamed(t, rapid.SampledFrom(VenueNames).Draw(r, "venue"))
		margin := size * entry / leverage
		p, _ := v.Liquidation("BTC", side*size, entry, margin)
		if math.IsNaN(p) {
			return
		}
		equity := margin + side*size*(p-entry)
		asked := v.asks("BTC", side*size, entry, margin, p, 1)
		// Rounding is of the notional, from which both are differences.
		if !(math.Abs(equity-asked) <= 1e-10*size*math.Max(p, entry)) {
			r.Fatalf("%s: equity %v where %v is asked", v.Name, equity, asked)
		}
	})
}

// A worked example, computed by hand: 1 BTC long from 100,000 at 10 times at Binance. Notional at the
// liquidation price is in the first bracket (0.4 %), so that P = (100,000 − 10,000)/0.996.
func TestLiquidationPriceOfAWorkedExample(t *testing.T) {
	p, b := venueNamed(t, "binance").Liquidation("BTC", 1, 100000, 10000)
	if want := 90000 / 0.996; relative(p, want) > 1e-12 || b != 90000 {
		t.Errorf("liquidated at %v and bankrupt at %v, want %v and 90000", p, b, want)
	}
	// Four coins: the notional of 361,000 there is in the second bracket, 0.5 % less 300 dollars.
	p, _ = venueNamed(t, "binance").Liquidation("BTC", 4, 100000, 40000)
	if want := (400000.0 - 40000 - 300) / 4 / 0.995; relative(p, want) > 1e-12 {
		t.Errorf("liquidated at %v, want %v", p, want)
	}
}

func TestAFullyPaidLongIsNeverLiquidated(t *testing.T) {
	if p, b := venueNamed(t, "hyperliquid").Liquidation("BTC", 1, 100000, 100000); !math.IsNaN(p) || !math.IsNaN(b) {
		t.Errorf("a long without leverage is liquidated at %v and bankrupt at %v", p, b)
	}
}

func TestMaintenanceMarginIsContinuousAcrossBrackets(t *testing.T) {
	for venue, coins := range tierTables {
		for coin, tiers := range coins {
			for _, b := range tiers[1:] {
				low, high := tiers.Maintenance(b.Above), tiers.Maintenance(b.Above*(1+1e-12))
				if relative(low, high) > 1e-10 {
					t.Errorf("%s %s: margin jumps from %v to %v at %v", venue, coin, low, high, b.Above)
				}
			}
		}
	}
}

// crossByHand finds the liquidation price of an account by bisection over prices.
func crossByHand(b *Book, a *account, coin, side int) float64 {
	mark := append([]float64(nil), b.Mark...)
	spare := func(p float64) float64 {
		mark[coin] = p
		equity, asked := b.standing(a, b.units, a.cash, mark)
		return equity - asked
	}
	good, bad := b.Mark[coin], 0.0
	if side == 1 {
		bad = 1000 * b.Mark[coin]
	}
	if spare(bad) >= 0 {
		return math.NaN()
	}
	for range 200 {
		mid := good + (bad-good)/2
		if spare(mid) >= 0 {
			good = mid
		} else {
			bad = mid
		}
	}
	return good
}

func TestCrossLiquidationPricesAgreeWithBruteForce(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		b := drawBook(r)
		scratch := make([]float64, len(b.Coins))
		for k := range b.accounts {
			for coin := range b.Coins {
				for side := range 2 {
					got, want := b.crossPrice(&b.accounts[k], coin, side, scratch), crossByHand(b, &b.accounts[k], coin, side)
					if math.IsNaN(got) != math.IsNaN(want) {
						// A root within rounding of the end of the search may be found by one of the two only.
						if x := math.Max(got, want); x == x && (x < 1e-6*b.Mark[coin] || x > 990*b.Mark[coin]) {
							continue
						}
						r.Fatalf("account %d, %s, side %d: %v, by bisection %v", k, b.Coins[coin], side, got, want)
					}
					// Equity is a difference of notionals: where the slope is small, rounding of them
					// moves the root. Units of all coins enter it.
					if got == got && !(math.Abs(got-want) <= 1e-7*math.Max(got, want)+1e-9*b.Mark[coin]) {
						r.Fatalf("account %d, %s, side %d: %v, by bisection %v", k, b.Coins[coin], side, got, want)
					}
				}
			}
		}
	})
}

func TestEveryTableOfBracketsSaysWhoStatesItOrThatItIsAssumed(t *testing.T) {
	rows, err := csv.NewReader(bytes.NewReader(tierText)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	told := 0
	for _, row := range rows[1:] {
		if source := row[4]; source != "" {
			told++
			if !strings.HasPrefix(source, "https://") && !strings.HasPrefix(source, "assumed: ") {
				t.Errorf("%s %s: source %q is neither an address nor said to be assumed", row[0], row[1], source)
			}
		}
	}
	tables := 0
	for _, coins := range tierTables {
		tables += len(coins)
	}
	if told != tables {
		t.Errorf("%d sources for %d tables", told, tables)
	}
}
