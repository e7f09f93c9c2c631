package perp

import (
	"container/heap"
	"math"
	"slices"
)

// serve liquidates what is being liquidated, as far as books, vaults and funds allow in this step.
func (c *Cascade) serve() {
	kept := c.busy[:0]
	for _, e := range c.busy {
		if c.serveOne(&e) {
			kept = append(kept, e)
		}
	}
	c.busy = kept
}

// serveOne works on one account and reports whether it has to be served again.
func (c *Cascade) serveOne(e *entity) bool {
	equity, asked := c.standing(e)
	if equity > asked {
		c.healthy(e)
		return false
	}
	one := [1]int32{e.position}
	positions := one[:]
	if e.account >= 0 {
		positions = c.largest(e.account)
	}
	total := 0.0
	for _, p := range positions {
		total += math.Abs(c.left[p]) * c.price[c.coin(p)]
	}
	for _, p := range positions {
		if c.left[p] == 0 {
			continue
		}
		// The price at which the position would leave nothing: what the account has, or lacks, falls on
		// its positions in proportion to their notional.
		bankrupt := c.price[c.coin(p)] * (1 - math.Copysign(1, c.left[p])*equity/total)
		c.close(e, p, equity, asked, bankrupt)
		if e.account >= 0 && equity >= 0 {
			// Selling the largest first may be enough.
			if now, need := c.standing(e); now > need {
				break
			}
		}
	}
	for _, p := range positions {
		if c.left[p] != 0 {
			return true
		}
	}
	c.finished(e)
	return false
}

// coin is the coin of a position, found through its group.
func (c *Cascade) coin(p int32) int { _, coin, _ := c.book.of(c.book.groupOf(p)); return coin }

// groupOf is the group of a position.
func (b *Book) groupOf(p int32) int {
	g, _ := slices.BinarySearch(b.start, p+1) // the first group that begins behind p
	return g - 1
}

// largest lists the open positions of an account, the largest notional first, ties by place.
func (c *Cascade) largest(a int32) []int32 {
	acc := &c.book.accounts[a]
	out := make([]int32, 0, len(acc.positions))
	usd := make(map[int32]float64, len(acc.positions))
	for i, p := range acc.positions {
		if c.left[p] != 0 {
			out = append(out, p)
			usd[p] = math.Abs(c.left[p]) * c.price[acc.coins[i]]
		}
	}
	slices.SortFunc(out, func(x, y int32) int {
		switch {
		case usd[x] > usd[y]:
			return -1
		case usd[x] < usd[y]:
			return 1
		}
		return int(x - y)
	})
	return out
}

// standing is the equity of an account now and what its venue asks for.
func (c *Cascade) standing(e *entity) (equity, asked float64) {
	if e.account >= 0 {
		return c.book.standing(&c.book.accounts[e.account], c.left, c.pool[e.account], c.price)
	}
	p := e.position
	g := c.book.groupOf(p)
	venue, coin, _ := c.book.of(g)
	mark := c.price[coin]
	return c.cash[p] + c.left[p]*(mark-c.book.entry[p]),
		c.book.Venues[venue].asks(c.book.Coins[coin], c.left[p], c.book.entry[p], c.cash[p], mark, float64(c.book.owners[p]))
}

// money is where the dollars of an account stand.
func (c *Cascade) money(e *entity) *float64 {
	if e.account >= 0 {
		return &c.pool[e.account]
	}
	return &c.cash[e.position]
}

// close takes one position of an account that is liquidated as far as this step allows.
func (c *Cascade) close(e *entity, p int32, equity, asked, bankrupt float64) {
	venue, coin, side := c.book.of(c.book.groupOf(p))
	v := &c.book.Venues[venue]
	c.count(e, p, coin, side)
	if equity < 0 && (v.Trigger == NegativeEquity || v.Trigger == FundDrawdown && c.fund[venue].drawdown() >= v.Drawdown) {
		c.deleverage(e, p, bankrupt)
		return
	}
	if equity >= 0 && v.VaultBelow > 0 && equity < v.VaultBelow*asked && c.vaultTakes(e, p, venue, coin, equity) {
		return
	}
	units := math.Abs(c.left[p])
	if v.FirstAbove > 0 && !e.tried && units*c.price[coin] > v.FirstAbove*float64(c.book.owners[p]) {
		units *= v.FirstShare
		e.tried = true
	}
	if owed := c.sell(e, p, units, bankrupt, venue, coin, side); owed {
		c.deleverage(e, p, bankrupt)
	}
}

// sell sends an order to the venue's book. What a fill is worse than bankruptcy the fund pays; where it
// cannot pay for all, the fill is cut to what it can, and owed says that the rest must be deleveraged.
func (c *Cascade) sell(e *entity, p int32, units, bankrupt float64, venue, coin, side int) (owed bool) {
	selling := side == 0
	filled, at := c.lob.take(venue, coin, selling, units, c.price[coin])
	if filled == 0 {
		return false // the book is empty: the position waits
	}
	way := math.Copysign(1, c.left[p])
	worse := way * (bankrupt - at)
	if f := &c.fund[venue].balance; worse > 0 {
		if filled*worse > *f {
			filled, owed = *f/worse, true
		}
		paid := math.Min(filled*worse, *f)
		*f -= paid
		*c.money(e) += paid
	}
	c.lob.taken(venue, coin, selling, filled*at)
	*c.money(e) += way * filled * (at - c.book.entry[p])
	c.reduce(p, coin, filled)
	c.ledger.outside[coin] += way * filled
	c.Tally[coin].Units[ToBook][side] += filled
	c.Tally[coin].USD[ToBook][side] += filled * at
	c.byVenue[venue].liquidated += filled * at
	return owed
}

// reduce takes units off a position. What remains of rounding goes with the last part.
func (c *Cascade) reduce(p int32, coin int, units float64) {
	before := c.left[p]
	after := before - math.Copysign(units, before)
	if math.Abs(after) <= 1e-12*math.Abs(c.book.units[p]) || after*before < 0 {
		after = 0
	}
	c.left[p] = after
	c.ledger.users[coin] += after - before
}

// vaultTakes hands a position and its share of the account's equity over to the venue's vault, at the
// mark, unless the vault has too little for it. It reports whether it was taken.
func (c *Cascade) vaultTakes(e *entity, p int32, venue, coin int, equity float64) bool {
	v := &c.book.Venues[venue]
	mark := c.price[coin]
	held := 0.0
	for k := range c.book.Coins {
		held += math.Abs(c.stock[venue*len(c.book.Coins)+k].units) * c.price[k]
	}
	usd := math.Abs(c.left[p]) * mark
	if held+usd > v.VaultLever*c.vaultWorth(venue) {
		return false
	}
	share := 1.0
	if e.account >= 0 {
		total := 0.0
		for _, q := range c.book.accounts[e.account].positions {
			total += math.Abs(c.left[q]) * c.price[c.coin(q)]
		}
		share = usd / total
	}
	units := c.left[p]
	*c.money(e) += units*(mark-c.book.entry[p]) - share*equity
	c.fund[venue].balance += share * equity
	h := &c.stock[venue*len(c.book.Coins)+coin]
	c.fund[venue].balance += c.merge(venue, h, units, mark)
	c.ledger.vault[coin] += units
	c.ledger.users[coin] -= units
	c.left[p] = 0
	c.Tally[coin].Units[ToVault][sideOf(units)] += math.Abs(units)
	c.Tally[coin].USD[ToVault][sideOf(units)] += usd
	c.byVenue[venue].liquidated += usd
	return true
}

// merge adds units at a price to what a vault holds, at a mean entry; units of the other side close what
// it holds, and the gain or loss is returned. A loss beyond what the fund has stays in the entry of what is
// left, or, where nothing is left, cannot be: the vault takes over only what it can carry.
func (c *Cascade) merge(venue int, h *holding, units, price float64) (gain float64) {
	if h.units == 0 || (h.units > 0) == (units > 0) {
		h.entry = (h.entry*math.Abs(h.units) + price*math.Abs(units)) / (math.Abs(h.units) + math.Abs(units))
		h.units += units
		return 0
	}
	closed := math.Min(math.Abs(units), math.Abs(h.units))
	gain = math.Copysign(closed, h.units) * (price - h.entry)
	rest := h.units + units
	if (rest > 0) != (h.units > 0) && rest != 0 {
		h.entry = price
	}
	h.units = rest
	return math.Max(gain, -c.fund[venue].balance)
}

// vaultWorth is the fund of a venue with what its vault holds at the marks.
func (c *Cascade) vaultWorth(venue int) float64 {
	sum := c.fund[venue].balance
	for k := range c.book.Coins {
		h := &c.stock[venue*len(c.book.Coins)+k]
		sum += h.units * (c.price[k] - h.entry)
	}
	return sum
}

// sellStock lets vaults sell what they hold into what the books have left, and deleverages a vault that is
// worth less than nothing: its positions are closed at the prices that leave it with nothing.
func (c *Cascade) sellStock() {
	n := len(c.book.Coins)
	for venue := range c.book.Venues {
		worth := c.vaultWorth(venue)
		held := 0.0
		for k := range n {
			held += math.Abs(c.stock[venue*n+k].units) * c.price[k]
		}
		for k := range n {
			h := &c.stock[venue*n+k]
			if h.units == 0 {
				continue
			}
			way, side := math.Copysign(1, h.units), sideOf(h.units)
			if worth < 0 {
				price := c.price[k] * (1 - way*worth/held)
				units := math.Abs(h.units)
				c.fund[venue].balance = math.Max(0, c.fund[venue].balance+h.units*(price-h.entry))
				c.ledger.vault[k] -= h.units
				h.units = 0
				c.closeAgainst(&c.Tally[k].Vault, venue, k, side, units, price)
				continue
			}
			filled, at := c.lob.take(venue, k, side == 0, math.Abs(h.units), c.price[k])
			if loss := way * (h.entry - at); loss > 0 && filled*loss > c.fund[venue].balance {
				filled = c.fund[venue].balance / loss
			}
			if filled == 0 {
				continue
			}
			c.lob.taken(venue, k, side == 0, filled*at)
			c.fund[venue].balance = math.Max(0, c.fund[venue].balance+way*filled*(at-h.entry))
			if filled >= math.Abs(h.units)*(1-1e-12) {
				filled = math.Abs(h.units)
			}
			h.units -= way * filled
			c.ledger.vault[k] -= way * filled
			c.ledger.outside[k] += way * filled
		}
	}
}

// count counts an account the first time that one of its positions is liquidated.
func (c *Cascade) count(e *entity, p int32, coin, side int) {
	at := int(p)
	if e.account >= 0 {
		at = c.book.Len() + int(e.account)
	}
	if !c.seen[at] {
		c.seen[at] = true
		c.Tally[coin].Count[side] += float64(c.book.owners[p])
	}
}

// healthy puts an account that no longer has to be liquidated back to where it is watched.
func (c *Cascade) healthy(e *entity) {
	if e.account >= 0 {
		heap.Push(&c.watch, watched{c.path, e.account})
		return
	}
	p := e.position
	if c.again == nil {
		c.again = make([]float64, c.book.Len())
	}
	g := c.book.groupOf(p)
	venue, coin, _ := c.book.of(g)
	n := float64(c.book.owners[p])
	c.again[p], _ = c.book.Venues[venue].Liquidation(c.book.Coins[coin], c.left[p]/n, c.book.entry[p], c.cash[p]/n)
	c.back[g] = append(c.back[g], p)
}

// finished closes an account of which nothing is left. What remains of its margin is its owner's, or its
// venue's.
func (c *Cascade) finished(e *entity) {
	p, money := e.position, c.money(e)
	venue := 0
	if e.account >= 0 {
		venue = c.book.accounts[e.account].venue
	} else {
		venue, _, _ = c.book.of(c.book.groupOf(p))
	}
	if c.book.Venues[venue].KeepsRest && *money > 0 && (e.account < 0 || c.book.accounts[e.account].asset < 0) {
		c.fund[venue].balance += *money
		*money = 0
	}
}
