package perp

import (
	"cmp"
	"container/heap"
	"math"
	"slices"
)

// ranking is the positions of one group that can be deleveraged, the first to go at 0.
type ranking struct {
	score []float64
	at    []int32
}

func (r *ranking) Len() int { return len(r.at) }
func (r *ranking) Less(i, j int) bool {
	return r.score[i] > r.score[j] || r.score[i] == r.score[j] && r.at[i] < r.at[j]
}

func (r *ranking) Swap(i, j int) {
	r.score[i], r.score[j] = r.score[j], r.score[i]
	r.at[i], r.at[j] = r.at[j], r.at[i]
}
func (r *ranking) Push(any) { panic("perp: nothing joins a ranking") }
func (r *ranking) Pop() any {
	last := len(r.at) - 1
	p := r.at[last]
	r.at, r.score = r.at[:last], r.score[:last]
	return p
}

// Score is a venue's rank of a position for auto-deleveraging; the largest goes first. Units are signed
// coins, equity is that of its account, in dollars.
//
// ProfitTimesLeverage is profit/cost · leverage for winners and profit/cost ÷ leverage for losers, with
// leverage = notional/equity. PriceRatioTimesLeverage is (mark/entry)^side · notional/equity. An account
// without equity is about to be liquidated itself and is not ranked.
func (r Ranking) Score(units, entry, mark, equity float64) float64 {
	side := math.Copysign(1, units)
	leverage := math.Abs(units) * mark / equity
	if r == PriceRatioTimesLeverage {
		if side > 0 {
			return mark / entry * leverage
		}
		return entry / mark * leverage
	}
	profit := side * (mark - entry) / entry
	if profit >= 0 {
		return profit * leverage
	}
	return profit / leverage
}

// rank ranks the positions of a group at the prices of now. Positions that are being liquidated, and those
// of accounts without equity, are left out.
func (c *Cascade) rank(g int) *ranking {
	if r := c.ranked[g]; r != nil {
		return r
	}
	venue, coin, _ := c.book.of(g)
	v := &c.book.Venues[venue]
	r := &ranking{}
	for p := c.book.start[g]; p < c.book.start[g+1]; p++ {
		if c.left[p] == 0 {
			continue
		}
		e := entity{account: c.book.account[p], position: p}
		equity, asked := c.standing(&e)
		if !(equity > 0 && equity > asked) {
			continue
		}
		r.at = append(r.at, p)
		r.score = append(r.score, v.Ranking.Score(c.left[p], c.book.entry[p], c.price[coin], equity))
	}
	heap.Init(r)
	if c.ranked == nil {
		c.ranked = map[int]*ranking{}
	}
	c.ranked[g] = r
	return r
}

// deleverage closes a position that nobody else takes against ranked ones of the other side. The price is
// the one that leaves its account with nothing; on a venue that deleverages accounts at once it is the
// previous oracle price, where that is better for the account, so that no bad debt is left.
func (c *Cascade) deleverage(e *entity, p int32, bankrupt float64) {
	venue, coin, side := c.book.of(c.book.groupOf(p))
	price := bankrupt
	if c.book.Venues[venue].Trigger == NegativeEquity {
		if side == 0 {
			price = math.Max(price, c.last[coin])
		} else {
			price = math.Min(price, c.last[coin])
		}
	}
	units := math.Abs(c.left[p])
	if units == 0 {
		return
	}
	*c.money(e) += c.left[p] * (price - c.book.entry[p])
	c.byVenue[venue].liquidated += units * price
	c.ledger.users[coin] -= c.left[p]
	c.left[p] = 0
	c.closeAgainst(&c.Tally[coin].Passed, venue, coin, side, units, price)
}

// closeAgainst finds who takes units of a closed position of a side: ranked positions of the other side,
// then holders outside the book.
func (c *Cascade) closeAgainst(t *Passed, venue, coin, side int, units, price float64) {
	r := c.rank(c.book.group(venue, coin, 1-side))
	c.byVenue[venue].deleveraged += units * price
	way := 1.0 // sign of the closed position
	if side == 1 {
		way = -1
	}
	for units > 0 && r.Len() > 0 {
		q := r.at[0]
		open := math.Abs(c.left[q])
		if open == 0 {
			heap.Pop(r)
			continue
		}
		taken := math.Min(open, units)
		other := entity{account: c.book.account[q], position: q}
		*c.money(&other) -= way * taken * (price - c.book.entry[q])
		c.reduce(q, coin, taken)
		if c.left[q] == 0 {
			heap.Pop(r)
		}
		units -= taken
		t.Units[ToRanked][side] += taken
		t.USD[ToRanked][side] += taken * price
	}
	if units > 0 {
		c.ledger.outside[coin] += way * units
		t.Units[ToOutside][side] += units
		t.USD[ToOutside][side] += units * price
	}
}

// Rank lists the positions of one side of a coin at a venue in the order in which they would be
// deleveraged at the mark, with their scores.
func (b *Book) Rank(venue, coin, side int) (units, score []float64) {
	c := NewCascade(b, &Terms{Depth: make([]float64, len(b.Coins)), Share: make([]float64, len(b.Venues))})
	r := c.rank(b.group(venue, coin, side))
	order := make([]int, r.Len())
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int {
		return cmp.Or(-cmp.Compare(r.score[i], r.score[j]), cmp.Compare(r.at[i], r.at[j]))
	})
	for _, i := range order {
		units, score = append(units, b.units[r.at[i]]), append(score, r.score[i])
	}
	return units, score
}
