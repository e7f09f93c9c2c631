package perp

import (
	"container/heap"
	"context"
	"math"
)

// Cascade runs the liquidation engines of all venues over a book, step by step.
//
// In each step the prices move, every account whose equity is at or below what its venue asks for is
// liquidated, and the orders move the prices of the next step. A venue sends orders to its book as long as
// the book holds any; a vault takes over accounts whose equity has fallen below its share of the
// maintenance margin; the fund pays for losses beyond bankruptcy as long as it has money; auto-deleveraging
// takes what is left, by the venue's trigger and ranking.
//
// Accounts are served group by group, those first whose liquidation price is nearest to where the price
// came from; ties as in Book. Nothing depends on the order in which positions were given.
type Cascade struct {
	book  Book
	terms *Terms

	sec   float64 // of now
	price []float64
	last  []float64 // of the step before: the previous oracle price
	lob   *books

	left  []float64 // coins of each position
	cash  []float64 // dollars of each position that stands alone
	pool  []float64 // dollars of each account
	next  []int32   // by group: first member that has not been reached
	busy  []entity  // being liquidated
	back  [][]int32 // by group: positions that were reached and are healthy again
	again []float64 // their new liquidation prices, by position; nil until needed
	watch watchlist
	path  float64 // sum over steps of the largest move of any coin's log price

	fund    []fund
	stock   []holding // by venue and coin: what vaults hold
	ledger  ledger
	Tally   []Tally // by coin
	byVenue []venueTally
	ranked  map[int]*ranking
	seen    []bool // accounts, and positions that stand alone, that have been counted
}

// entity is an account with several positions, or a position that stands alone.
type entity struct {
	account  int32 // -1: position stands alone
	position int32
	tried    bool // the first part of a large position has been sent
}

// fund is an insurance fund or vault.
type fund struct {
	balance float64
	marks   []balanceAt // for the highest of eight hours, falling balances
}

type balanceAt struct{ sec, usd float64 }

// holding is what a vault took over.
type holding struct{ units, entry float64 }

// venueTally is what one venue liquidated and deleveraged, in dollars.
type venueTally struct{ liquidated, deleveraged float64 }

// drawdownSec is the time over which the drawdown of a fund counts.
const drawdownSec = 8 * 3600

// NewCascade prepares a cascade. It does not change the book.
func NewCascade(b *Book, t *Terms) *Cascade {
	c := &Cascade{book: *b, terms: t, price: append([]float64(nil), b.Mark...), last: append([]float64(nil), b.Mark...)}
	if t.Collateral != nil {
		c.book.collateral = t.Collateral
	}
	c.lob = newBooks(t, c.price)
	c.left = append([]float64(nil), b.units...)
	c.cash = append([]float64(nil), b.cash...)
	for i := range b.accounts {
		c.pool = append(c.pool, b.accounts[i].cash)
	}
	c.next = append([]int32(nil), b.start[:len(b.fixed)]...)
	c.back = make([][]int32, len(b.fixed))
	for v := range b.Venues {
		c.fund = append(c.fund, fund{balance: b.Venues[v].FundUSD})
	}
	n := len(b.Coins)
	c.stock = make([]holding, len(b.Venues)*n)
	c.Tally = make([]Tally, n)
	c.byVenue = make([]venueTally, len(b.Venues))
	c.ledger = ledger{users: make([]float64, n), vault: make([]float64, n), outside: make([]float64, n), gross: make([]float64, n)}
	for g := range b.fixed {
		_, coin, _ := b.of(g)
		for p := b.start[g]; p < b.start[g+1]; p++ {
			c.ledger.users[coin] += b.units[p]
			c.ledger.gross[coin] += math.Abs(b.units[p])
		}
	}
	for coin, u := range c.ledger.users {
		c.ledger.outside[coin] = -u // whoever is on the other side and not in the book
	}
	c.seen = make([]bool, b.Len()+len(b.accounts))
	for a := range b.accounts {
		c.watch = append(c.watch, watched{0, int32(a)})
	}
	return c
}

// Price is the price of a coin now, in dollars.
func (c *Cascade) Price(coin int) float64 { return c.price[coin] }

// Open is the units of a side of a coin that accounts and vaults still hold.
func (c *Cascade) Open(coin, side int) float64 {
	sum := 0.0
	for v := range c.book.Venues {
		g := c.book.group(v, coin, side)
		for p := c.book.start[g]; p < c.book.start[g+1]; p++ {
			sum += math.Abs(c.left[p])
		}
		if h := c.stock[v*len(c.book.Coins)+coin]; h.units != 0 && sideOf(h.units) == side {
			sum += math.Abs(h.units)
		}
	}
	return sum
}

// Fund is the balance of a venue's fund, in dollars.
func (c *Cascade) Fund(venue int) float64 { return c.fund[venue].balance }

// Busy is how many accounts are being liquidated and how much of them has found nobody yet.
func (c *Cascade) Busy() int { return len(c.busy) }

// Step lets seconds pass. News is what prices would be without liquidations, by coin, in dollars; where
// given is set, prices are these and nothing that is liquidated moves them.
func (c *Cascade) Step(sec float64, news []float64, given bool) error {
	c.sec += sec
	copy(c.last, c.price)
	c.lob.advance(sec, c.price)
	most := 0.0
	for i := range c.price {
		c.price[i] = news[i]
		if !given {
			c.price[i] *= math.Exp(c.lob.impact[i])
		}
		most = math.Max(most, math.Abs(math.Log(c.price[i]/c.last[i])))
	}
	c.path += most
	c.ranked = nil
	c.reach()
	c.serve()
	c.sellStock()
	c.lob.settle()
	for v := range c.fund {
		if b := c.fund[v].balance; !(b >= 0) {
			return &UnpaidError{c.book.Venues[v].Name, b}
		}
		c.fund[v].note(c.sec)
	}
	return c.ledger.check(c.book.Coins)
}

// Rest runs steps with the news as it is until no account is being liquidated, no vault holds anything and
// no price moves by more than a part in a million, or until steps are used up. It reports whether the
// cascade came to rest.
func (c *Cascade) Rest(ctx context.Context, sec float64, news []float64, steps int) (bool, error) {
	for range steps {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		if err := c.Step(sec, news, false); err != nil {
			return false, err
		}
		if c.still() {
			return true, nil
		}
	}
	return false, nil
}

func (c *Cascade) still() bool {
	if len(c.busy) > 0 {
		return false
	}
	for i := range c.price {
		if math.Abs(math.Log(c.price[i]/c.last[i])) > 1e-6 {
			return false
		}
	}
	for _, h := range c.stock {
		if h.units != 0 {
			return false
		}
	}
	return true
}

// reach finds the accounts that the prices have brought to liquidation.
func (c *Cascade) reach() {
	b := &c.book
	for g := range b.fixed {
		_, coin, side := b.of(g)
		price := c.price[coin]
		beyond := func(at float64) bool { return side == 0 && price <= at || side == 1 && price >= at }
		p := c.next[g]
		for ; p < b.fixed[g] && beyond(b.price[p]); p++ {
			if c.left[p] != 0 {
				c.busy = append(c.busy, entity{account: -1, position: p})
			}
		}
		c.next[g] = p
		if len(c.back[g]) > 0 {
			kept := c.back[g][:0]
			for _, p := range c.back[g] {
				switch {
				case c.left[p] == 0:
				case beyond(c.again[p]):
					c.busy = append(c.busy, entity{account: -1, position: p})
				default:
					kept = append(kept, p)
				}
			}
			c.back[g] = kept
		}
	}
	for len(c.watch) > 0 && c.watch[0].until <= c.path {
		a := c.watch[0].account
		equity, asked := b.standing(&b.accounts[a], c.left, c.pool[a], c.price)
		if equity <= asked {
			heap.Pop(&c.watch)
			c.busy = append(c.busy, entity{account: a, position: -1})
			continue
		}
		c.watch[0].until = c.path + c.safe(a, equity-asked)
		heap.Fix(&c.watch, 0)
	}
}

// safe is a bound on how far log prices can go before an account with that much to spare can be
// liquidated. Where no price has moved by more than a share x, its equity has lost no more than x for each
// dollar of its positions and of its collateral, and what is asked for has grown by no more than x for
// each dollar that is asked at the highest rate; |ln P/P₀| ≤ L means x ≤ e^L − 1.
func (c *Cascade) safe(a int32, spare float64) float64 {
	acc := &c.book.accounts[a]
	v := &c.book.Venues[acc.venue]
	usd := math.Abs(c.book.assetUSD(acc, c.price))
	for i, p := range acc.positions {
		coin := acc.coins[i]
		t := v.tiers(c.book.Coins[coin])
		usd += math.Abs(c.left[p]) * c.price[coin] * (1 + t[len(t)-1].Rate + v.TakerFee)
	}
	if usd == 0 {
		return math.Inf(1)
	}
	// A part in 10^9 keeps rounding from letting an account pass its own bound.
	return math.Log1p(spare/usd) * (1 - 1e-9)
}

// watched is an account that is safe until prices have gone so far.
type watched struct {
	until   float64
	account int32
}

// watchlist is a heap; the account that may be reached first is at 0.
type watchlist []watched

func (w watchlist) Len() int { return len(w) }
func (w watchlist) Less(i, j int) bool {
	return w[i].until < w[j].until || w[i].until == w[j].until && w[i].account < w[j].account
}
func (w watchlist) Swap(i, j int) { w[i], w[j] = w[j], w[i] }
func (w *watchlist) Push(x any) {
	if a, ok := x.(watched); ok { // the only thing that is ever pushed
		*w = append(*w, a)
	}
}

func (w *watchlist) Pop() any {
	last := len(*w) - 1
	x := (*w)[last]
	*w = (*w)[:last]
	return x
}

// note keeps the balances from which the highest of eight hours is read.
func (f *fund) note(sec float64) {
	for len(f.marks) > 0 && f.marks[len(f.marks)-1].usd <= f.balance {
		f.marks = f.marks[:len(f.marks)-1]
	}
	f.marks = append(f.marks, balanceAt{sec, f.balance})
	for f.marks[0].sec < sec-drawdownSec {
		f.marks = f.marks[1:]
	}
}

// drawdown is the share of the highest balance of eight hours that is gone.
func (f *fund) drawdown() float64 {
	if len(f.marks) == 0 || !(f.marks[0].usd > 0) {
		return 0
	}
	return math.Max(0, 1-f.balance/f.marks[0].usd)
}
