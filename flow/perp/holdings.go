package perp

import (
	"math"
	"slices"

	"faultline/assumption"
	"faultline/evidence"
	"faultline/flow"
	"faultline/market"
)

// How the positions of a coin came about.
const (
	FromPositions = "positions" // told by a user or a venue
	FromInterest  = "inferred"  // inferred from open interest, prices, volume and funding
)

// holdings is the positions of one coin and where they came from.
type holdings struct {
	coin    string
	from    string
	list    []Position
	price   float64 // dollars
	open    float64 // coins of open interest; NaN where positions were told
	dead    float64 // coins that left the inferred map because their liquidation price was traded
	gaps    float64 // share of the past without funding and basis
	venue   int     // positions that were told without a venue
	grade   evidence.Grade
	inputs  []string
	priceOf string // key of the input that the price is from
}

// Assets that venues take as margin, with the numbers of the register.
var collateralCoins = [...]struct{ name, coin string }{{"USDe", ""}, {"wBETH", "ETH"}, {"BNSOL", "SOL"}}

// Collaterals are the assets that are taken as margin. Where stressed is set, venues that lend against them
// mark them at the register's local prices, as Binance marked them by its own books on 10 October 2025.
func Collaterals(a assumption.Set, stressed bool) []Collateral {
	out := make([]Collateral, len(collateralCoins))
	for i, k := range collateralCoins {
		out[i] = Collateral{Name: k.name, Coin: k.coin, Ratio: a.Value("perp.ratio_" + k.name), Haircut: a.Value("perp.haircut_" + k.name)}
		if stressed {
			out[i].Local = map[string]float64{"binance": a.Value("perp.local_" + k.name)}
		}
	}
	return out
}

// told gathers the positions of a coin that the State holds, nil where it holds none. Positions of an
// account come whole: those in other coins count for its equity.
func told(s *market.State, coin string) (list []Position, assumed int, grade evidence.Grade) {
	for _, t := range s.Positions() {
		if t.Outcomes {
			continue // what became of positions is no book of open ones
		}
		with := map[string]bool{}
		for i, c := range t.Coin {
			if c == coin && t.Account[i] != "" {
				with[t.Account[i]] = true
			}
		}
		for i, c := range t.Coin {
			if c != coin && !with[t.Account[i]] {
				continue
			}
			p := Position{
				Account: t.Account[i], Venue: t.Venue[i], Coin: c, Units: t.Units[i], Entry: t.Entry[i], Margin: t.Margin[i],
				Leverage: t.Leverage[i], Asset: t.Collateral[i],
			}
			if p.Asset == "USD" || p.Asset == "USDT" || p.Asset == "USDC" {
				p.Asset = ""
			}
			if p.Venue == "" { // the largest venue's rules stand in
				p.Venue = VenueNames[0]
				assumed++
			}
			list = append(list, p)
			grade = evidence.Weakest(grade, t.Origin.Grade)
		}
	}
	return list, assumed, grade
}

// toldCoins lists the coins of which positions were told, in order.
func toldCoins(s *market.State) []string {
	var out []string
	for _, t := range s.Positions() {
		if !t.Outcomes {
			out = append(out, t.Coin...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// others lists the coins, in order, of accounts that hold several of which not all were found.
func others(found []*holdings) []string {
	var out []string
	for _, h := range found {
		for i := range h.list {
			coin := h.list[i].Coin
			if !slices.ContainsFunc(found, func(x *holdings) bool { return x.coin == coin }) {
				out = append(out, coin)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// hold finds the positions of a coin: told ones before inferred ones. Price is what the walk or the reading
// starts from, 0 for the latest known.
func hold(m *flow.Memo, s *market.State, coin string, price float64, a assumption.Set, venues []Venue) (*holdings, error) {
	if list, assumed, grade := told(s, coin); len(list) > 0 {
		q, err := spot(s, coin, a.Value("perp.price_age"))
		h := &holdings{coin: coin, from: FromPositions, list: list, open: missing, dead: missing, venue: assumed, grade: grade, inputs: []string{"positions"}}
		switch {
		case price > 0:
			h.price = price
		case err == nil:
			h.price, h.priceOf = q.price, q.key
			h.grade, h.inputs = evidence.Weakest(grade, q.grade), append(h.inputs, q.key)
		default:
			// A venue's own mark stands in for a price that nothing else gives.
			if h.price = markOf(s, coin); !(h.price > 0) {
				return nil, err
			}
			h.priceOf = "positions"
		}
		return h, nil
	}
	x, err := shared(m, s, coin, a)
	if err != nil {
		return nil, err
	}
	y := *x
	if price > 0 {
		y.price = price
	}
	h := &holdings{coin: coin, from: FromInterest, price: y.price, gaps: x.gaps, grade: x.grade, inputs: x.inputs, priceOf: x.node}
	h.list, h.open, h.dead = y.infer(a, venues)
	return h, nil
}

// markOf is the median mark that tables of positions give a coin, NaN where there is none.
func markOf(s *market.State, coin string) float64 {
	var marks []float64
	for _, t := range s.Positions() {
		for i, c := range t.Coin {
			if c == coin && t.Mark[i] > 0 {
				marks = append(marks, t.Mark[i])
			}
		}
	}
	if len(marks) == 0 {
		return math.NaN()
	}
	slices.Sort(marks)
	return marks[len(marks)/2]
}
