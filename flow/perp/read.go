package perp

import (
	"context"
	"errors"
	"maps"
	"math"
	"slices"
	"time"

	"faultline/assumption"
	"faultline/evidence"
	"faultline/flow"
	"faultline/market"
)

// Reading is what is liquidated at which price, coin by coin, as of an instant.
type Reading struct {
	AsOf    time.Time
	Coins   []CoinReading
	Refused map[Reason]Refused
	Stress  []Stress // what a sudden move of all coins becomes
	Grade   evidence.Grade
	Caveats []evidence.Code
}

// CoinReading is the map of one coin.
type CoinReading struct {
	*Map
	From    string       // FromPositions or FromInterest
	Open    float64      // coins of open interest, one side; NaN where positions were told
	Dead    float64      // coins that left the inferred map on the way
	Low     [2][]float64 // by bin: 5 % quantile over draws, of longs and shorts; nil without draws or where nothing was inferred
	High    [2][]float64 // 95 %
	Grade   evidence.Grade
	Inputs  []string
	PriceOf string           // key of the input that the mark is from
	Absent  *evidence.Absent // why there is no map; Map then holds the coin only
}

// Stress is what one sudden move of every coin becomes.
type Stress struct {
	Move    float64 // of the news, a share
	Coins   []Stressed
	Rest    bool // it came to rest within an hour
	Minutes float64
}

// Stressed is one coin in it.
type Stressed struct {
	Coin           string
	End            float64 // share of the start at which the price ended
	Worst          float64 // share of the start at its farthest
	WorstDeep      float64 // likewise, at twice the depth
	LongUSD        float64 // liquidated
	ShortUSD       float64
	DeleveragedUSD float64
}

// Moves are the sudden moves of a reading.
var Moves = []float64{-0.02, -0.05, -0.1, -0.2, 0.05, 0.1}

// restSteps bounds a cascade: an hour of steps.
const restSeconds = 3600

// Read makes the maps of all coins of which the State knows positions, or open interest and prices. It
// returns *evidence.Absent where the State knows no coin; a coin of which no map can be made is listed with
// the reason. Draws are of the assumptions; with them each bin of an inferred map has its band.
func Read(ctx context.Context, s *market.State, a assumption.Set, draws []assumption.Set, memo *flow.Memo) (*Reading, error) {
	r := &Reading{AsOf: s.At(), Grade: evidence.Observed}
	venues := Venues(a)
	var found []*holdings
	for _, coin := range candidates(s) {
		h, err := hold(memo, s, coin, 0, a, venues)
		var absent *evidence.Absent
		switch {
		case errors.As(err, &absent):
			c := CoinReading{Map: &Map{Coin: coin, Mark: missing}, Absent: absent, Grade: evidence.Modelled}
			if q, err := spot(s, coin, a.Value("perp.price_age")); err == nil {
				c.Mark, c.PriceOf = q.price, q.key
			}
			r.Coins = append(r.Coins, c)
			continue
		case err != nil:
			return nil, err
		}
		found = append(found, h)
	}
	if len(r.Coins)+len(found) == 0 {
		return nil, absent("no_crypto_data", evidence.Args{})
	}
	lost := unpriced(s, found)
	if len(found) == 0 {
		r.Refused = map[Reason]Refused{}
		r.refuse(lost)
		return r, nil
	}
	book := bookOf(found, venues, a)
	r.Refused = maps.Clone(book.Refused)
	r.refuse(lost)
	assumed := 0
	for i, h := range found {
		c := CoinReading{Map: book.MapOf(i, a), From: h.from, Open: h.open, Dead: h.dead, Grade: h.grade, Inputs: h.inputs, PriceOf: h.priceOf}
		if h.from == FromInterest {
			c.Grade = evidence.Weakest(evidence.Modelled, h.grade)
			if err := c.bands(ctx, s, draws, memo); err != nil {
				return nil, err
			}
			if h.gaps > 0 {
				r.Caveats = append(r.Caveats, evidence.Code{Code: "funding_gaps", Args: evidence.Args{"instrument": h.coin, "share": math.Round(1000*h.gaps) / 1000}})
			}
		}
		assumed += h.venue
		r.Grade = evidence.Weakest(r.Grade, c.Grade)
		r.Coins = append(r.Coins, c)
	}
	slices.SortStableFunc(r.Coins, func(x, y CoinReading) int {
		size := func(c CoinReading) float64 {
			if c.Absent != nil {
				return -1
			}
			return c.LongUSD + c.ShortUSD
		}
		switch a, b := size(x), size(y); {
		case a > b:
			return -1
		case a < b:
			return 1
		}
		return 0
	})
	for _, h := range found {
		if h.from == FromInterest {
			r.Caveats = append(r.Caveats, evidence.Code{Code: "positions_inferred"})
			break
		}
	}
	if assumed > 0 {
		r.Caveats = append(r.Caveats, evidence.Code{Code: "venue_assumed", Args: evidence.Args{"count": assumed, "venue": VenueNames[0]}})
	}
	r.Caveats = append(r.Caveats, evidence.Code{Code: "depth_decides"})
	var err error
	interest := make([]float64, len(found))
	for i, h := range found {
		interest[i] = h.open * h.price
	}
	r.Stress, err = stress(ctx, book, interest, a)
	return r, err
}

// unpriced counts the told positions in coins of which no price is known. Those of an account that holds a
// priced coin too are left to the book, which refuses that account whole.
func unpriced(s *market.State, found []*holdings) int {
	priced, whole := map[string]bool{}, map[string]bool{}
	for _, h := range found {
		priced[h.coin] = true
		for i := range h.list {
			if name := h.list[i].Account; name != "" {
				whole[name] = true
			}
		}
	}
	n := 0
	for _, t := range s.Positions() {
		for i, coin := range t.Coin {
			if !t.Outcomes && !priced[coin] && !whole[t.Account[i]] {
				n++
			}
		}
	}
	return n
}

// refuse adds positions in coins without a price to those that the book refused, and says how many
// positions are left out in all.
func (r *Reading) refuse(unpriced int) {
	if unpriced > 0 {
		x := r.Refused[UnknownCoin]
		x.Code, x.Count = string(UnknownCoin), x.Count+unpriced
		r.Refused[UnknownCoin] = x
	}
	if n := refusedCount(r.Refused); n > 0 {
		r.Caveats = append(r.Caveats, evidence.Code{Code: "positions_refused", Args: evidence.Args{"count": n}})
	}
}

func refusedCount(m map[Reason]Refused) int {
	n := 0
	for _, x := range m {
		n += x.Count
	}
	return n
}

// candidates lists the coins that a reading may be about, in order: those with positions, and those with
// bars or published prices.
func candidates(s *market.State) []string {
	out := toldCoins(s)
	for _, in := range market.Instruments() {
		if in.Kind == market.Coin {
			if _, err := spot(s, in.ID, math.Inf(1)); err == nil {
				out = append(out, in.ID)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// bookOf puts the positions of several coins into one book. An account that holds several coins comes with
// each of them and counts once.
func bookOf(found []*holdings, venues []Venue, a assumption.Set) *Book {
	var coins []string
	var marks []float64
	var list []Position
	seen := map[string]bool{}
	for _, h := range found {
		coins, marks = append(coins, h.coin), append(marks, h.price)
		fresh := map[string]bool{}
		for _, p := range h.list {
			if p.Account != "" {
				if seen[p.Account] {
					continue
				}
				fresh[p.Account] = true
			}
			list = append(list, p)
		}
		for name := range fresh {
			seen[name] = true
		}
	}
	return NewBook(coins, marks, venues, Collaterals(a, false), list)
}

// bands sets the quantiles of the bins of an inferred map over draws of the assumptions.
func (c *CoinReading) bands(ctx context.Context, s *market.State, draws []assumption.Set, memo *flow.Memo) error {
	if len(draws) == 0 {
		return nil
	}
	n := len(c.Price)
	samples := [2][][]float64{make([][]float64, n), make([][]float64, n)}
	for _, d := range draws {
		if err := ctx.Err(); err != nil {
			return err
		}
		venues := Venues(d)
		h, err := hold(memo, s, c.Coin, 0, d, venues)
		if err != nil {
			return err
		}
		m := bookOf([]*holdings{h}, venues, d).MapOf(0, d)
		if len(m.Price) != n {
			return nil // the map's own grid was drawn: its bins cannot be compared
		}
		for i := range n {
			samples[0][i] = append(samples[0][i], m.Sold[i])
			samples[1][i] = append(samples[1][i], m.Bought[i])
		}
	}
	for side := range samples {
		c.Low[side], c.High[side] = make([]float64, n), make([]float64, n)
		for i, x := range samples[side] {
			slices.Sort(x)
			c.Low[side][i], c.High[side][i] = flow.Quantile(x, 0.05), flow.Quantile(x, 0.95)
		}
	}
	return nil
}

// TermsOf are the market of a cascade with the numbers of the register. Venues share the depth as they
// share positions. Where the open interest of a coin is known, in dollars, its depth is a share of that:
// positions that cover a part of the market meet that part of its bids. Positions of a user meet the depth
// of the whole market.
func TermsOf(coins []string, interestUSD []float64, a assumption.Set) *Terms {
	m := readMix(a)
	t := &Terms{
		Share: m.share, Hold: a.Value("perp.depth_hold"), RefillSec: a.Value("perp.depth_refill"), DecaySec: a.Value("perp.impact_decay"),
		Fail: a.Value("perp.depth_fail"), Floor: a.Value("perp.depth_floor"), MeanSec: a.Value("perp.depth_memory"),
		Collateral: Collaterals(a, true),
	}
	for i, c := range coins {
		switch {
		case interestUSD[i] > 0:
			t.Depth = append(t.Depth, a.Value("perp.depth_interest")*interestUSD[i])
		case c == "BTC", c == "ETH", c == "SOL":
			t.Depth = append(t.Depth, a.Value("perp.depth_"+c))
		default:
			t.Depth = append(t.Depth, a.Value("perp.depth_other"))
		}
	}
	return t
}

// stress runs every coin of a book through sudden moves, at the register's depth and at twice that: whether a
// cascade stops or runs away hangs on the depth, which nobody knows to a factor of two.
func stress(ctx context.Context, b *Book, interest []float64, a assumption.Set) ([]Stress, error) {
	var out []Stress
	for _, move := range Moves {
		x, err := sudden(ctx, b, TermsOf(b.Coins, interest, a), move, a.Value("perp.cascade_seconds"))
		if err != nil {
			return nil, err
		}
		deep := TermsOf(b.Coins, interest, a)
		for c := range deep.Depth {
			deep.Depth[c] *= 2
		}
		y, err := sudden(ctx, b, deep, move, a.Value("perp.cascade_seconds"))
		if err != nil {
			return nil, err
		}
		for c := range x.Coins {
			x.Coins[c].WorstDeep = y.Coins[c].Worst
		}
		out = append(out, x)
	}
	return out, nil
}

// sudden runs every coin of a book through one sudden move.
func sudden(ctx context.Context, b *Book, terms *Terms, move, sec float64) (Stress, error) {
	c := NewCascade(b, terms)
	news := make([]float64, len(b.Coins))
	x := Stress{Move: move, Coins: make([]Stressed, len(b.Coins))}
	for k := range news {
		news[k] = b.Mark[k] * (1 + move)
		x.Coins[k] = Stressed{Coin: b.Coins[k], Worst: 1}
	}
	for t := 0.0; t < restSeconds && !x.Rest; t += sec {
		if err := ctx.Err(); err != nil {
			return x, err
		}
		if err := c.Step(sec, news, false); err != nil {
			return x, err
		}
		x.Minutes = (t + sec) / 60
		for k := range news {
			at := c.Price(k) / b.Mark[k]
			if w := &x.Coins[k].Worst; move < 0 && at < *w || move > 0 && at > *w {
				*w = at
			}
		}
		x.Rest = c.still()
	}
	for k := range news {
		t := &c.Tally[k]
		y := &x.Coins[k]
		y.End = c.Price(k) / b.Mark[k]
		y.LongUSD, y.ShortUSD = t.LiquidatedUSD(0), t.LiquidatedUSD(1)
		y.DeleveragedUSD = t.DeleveragedUSD(0) + t.DeleveragedUSD(1)
	}
	return x, nil
}
