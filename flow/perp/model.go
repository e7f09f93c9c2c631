package perp

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"math"

	"faultline/assumption"
	"faultline/evidence"
	"faultline/flow"
	"faultline/market"
)

type model struct{}

// New returns the owners of leveraged perpetual contracts, with the engines that liquidate them, as a flow
// model. Of the assets of a universe they trade the coins of which the State shows positions, or open
// interest and prices from which positions can be inferred.
func New() flow.Model { return model{} }

func (model) Name() string { return "perp" }

// shared is gather, kept in the memo: it does not depend on the assumptions that draws change.
func shared(m *flow.Memo, s *market.State, coin string, a assumption.Set) (*signals, error) {
	digest := s.Digest()
	key := fmt.Sprintf("perp/%s/%s/%v/%v/%v", hex.EncodeToString(digest[:]), coin,
		a.Value("perp.window"), a.Value("perp.price_age"), a.Value("perp.interest_age"))
	return flow.Once(m, key, func() (*signals, error) { return gather(s, coin, a) })
}

// Compile returns *evidence.Absent where the universe has no coin, or none of which positions are known.
func (model) Compile(_ context.Context, e *flow.Env) (flow.Program, error) {
	var found []*holdings
	var asset []int
	why := absent("no_coin", evidence.Args{})
	venues := Venues(e.Assume)
	for i, a := range e.Assets {
		if in, ok := market.Lookup(a.ID); !ok || in.Kind != market.Coin {
			continue
		}
		// The walk starts at the universe's price, which may be fresher than the last bar.
		h, err := hold(e.Memo, e.State, a.ID, a.Price, e.Assume, venues)
		if err != nil {
			if !errors.As(err, &why) {
				return nil, err
			}
			continue
		}
		found, asset = append(found, h), append(asset, i)
	}
	if len(found) == 0 {
		return nil, why
	}
	// Accounts may hold coins that the universe lacks. Their prices stand still, and nothing that happens
	// to those positions is an order of this walk.
	for _, coin := range others(found) {
		if p, _, _, ok := Price(e.State, coin); ok {
			found, asset = append(found, &holdings{coin: coin, price: p}), append(asset, -1)
		}
	}
	return &program{book: bookOf(found, venues, e.Assume), asset: asset, assets: len(e.Assets)}, nil
}

// program is a book in a walk. Rows of state are the positions in units; then, of each group, how many of
// its members have been liquidated; then, of each account with several positions, whether it is open; then
// the balance of each venue's fund in dollars.
//
// The position is that of the accounts in the book: leveraged longs less leveraged shorts. Whoever is on the
// other side of them is no part of it.
type program struct {
	book   *Book
	asset  []int // of the universe, by coin; -1: not in it
	assets int
}

func (g *program) groups() int { return g.assets }
func (g *program) pools() int  { return g.groups() + len(g.book.fixed) }
func (g *program) funds() int  { return g.pools() + len(g.book.accounts) }

func (g *program) Width() int         { return g.funds() + len(g.book.Venues) }
func (g *program) Phases() flow.Phase { return flow.Tick }

// Start opens every position.
func (g *program) Start(state []float64) {
	clear(state)
	b := g.book
	for k := range b.fixed {
		_, coin, _ := b.of(k)
		sum := 0.0
		for p := b.start[k]; p < b.start[k+1]; p++ {
			sum += b.units[p]
		}
		if g.asset[coin] < 0 {
			continue
		}
		for lane := range flow.Lanes {
			state[g.asset[coin]*flow.Lanes+lane] += sum
		}
	}
	for a := range b.accounts {
		for lane := range flow.Lanes {
			state[(g.pools()+a)*flow.Lanes+lane] = 1
		}
	}
	for v := range b.Venues {
		for lane := range flow.Lanes {
			state[(g.funds()+v)*flow.Lanes+lane] = b.Venues[v].FundUSD
		}
	}
}

// mostCoins is how many coins a step can hold marks of without allocating.
const mostCoins = 128

// Step liquidates at once what the prices of the moment have brought to liquidation. What an account lacks
// to be closed at the price of the moment its venue's fund pays; where it cannot, and on a venue that
// deleverages accounts with negative equity, the position bypasses the market: it is closed against holders
// of the other side, who are taken to stand outside the book.
func (g *program) Step(state []float64, m *flow.Moment, out, moved []float64) {
	var room [mostCoins]float64
	mark := room[:]
	b := g.book
	if len(b.Coins) > mostCoins {
		mark = make([]float64, len(b.Coins))
	}
	mark = mark[:len(b.Coins)]
	for lane := range flow.Lanes {
		for c, a := range g.asset {
			if mark[c] = b.Mark[c]; a >= 0 {
				mark[c] *= m.Price[a*flow.Lanes+lane]
			}
		}
		for k := range b.fixed {
			venue, coin, side := b.of(k)
			at := (g.groups()+k)*flow.Lanes + lane
			price := mark[coin]
			p, end := b.start[k]+int32(state[at]), b.fixed[k]
			for ; p < end && (side == 0 && price <= b.price[p] || side == 1 && price >= b.price[p]); p++ {
				equity := b.cash[p] + b.units[p]*(price-b.entry[p])
				covered := g.covered(state, venue, lane, equity)
				g.trade(state, out, moved, coin, lane, b.units[p], covered)
			}
			state[at] = float64(p - b.start[k])
		}
		for a := range b.accounts {
			acc := &b.accounts[a]
			open := &state[(g.pools()+a)*flow.Lanes+lane]
			if *open == 0 {
				continue
			}
			equity, asked := b.standing(acc, b.units, acc.cash, mark)
			if equity > asked {
				continue
			}
			*open = 0
			covered := g.covered(state, acc.venue, lane, equity)
			for i, p := range acc.positions {
				g.trade(state, out, moved, int(acc.coins[i]), lane, b.units[p], covered)
			}
		}
	}
}

// covered is the share of a position that is closed in the market, given the equity of its account; what is
// below zero its venue's fund pays.
func (g *program) covered(state []float64, venue, lane int, equity float64) float64 {
	if equity >= 0 {
		return 1
	}
	if g.book.Venues[venue].Trigger == NegativeEquity {
		return 0
	}
	fund := &state[(g.funds()+venue)*flow.Lanes+lane]
	share := math.Min(1, *fund/-equity)
	*fund = math.Max(0, *fund+equity)
	return share
}

// trade closes units, the covered share in the market and the rest past it.
func (g *program) trade(state, out, moved []float64, coin, lane int, units, covered float64) {
	if g.asset[coin] < 0 {
		return
	}
	at := g.asset[coin]*flow.Lanes + lane
	state[at] -= units
	out[at] -= units * covered
	moved[at] -= units * (1 - covered)
}
