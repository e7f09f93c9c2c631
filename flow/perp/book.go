package perp

import (
	"cmp"
	"math"
	"slices"
)

// Missing marks a number that a position does not have.
var missing = math.NaN()

// Position is one leveraged position as its owner or a venue states it.
type Position struct {
	Account  string // positions with the same account share its money; "" is a position of its own
	Venue    string
	Coin     string
	Units    float64 // coins, long above 0
	Entry    float64 // dollars
	Margin   float64 // dollars put up for it; NaN: units·entry/leverage
	Leverage float64 // NaN where the margin is given
	Asset    string  // the margin's asset where it is not dollars: a Collateral's name
	Owners   float64 // equal positions that this row stands for, which decides their bracket; 0: one
}

// Collateral is an asset that a venue takes as margin at a price of its own.
type Collateral struct {
	Name    string
	Coin    string             // whose price it follows; "" stands for a dollar
	Ratio   float64            // units of that coin, or dollars, that it is worth elsewhere
	Haircut float64            // share of its value that the venue does not count
	Local   map[string]float64 // by venue: the venue's own price, as a share of what it is worth elsewhere; 1 where absent
}

// Reason is why a position is not in the book.
type Reason string

// The reasons. A position counts under the first that applies.
const (
	UnknownCoin     Reason = "unknown_coin"
	UnknownVenue    Reason = "unknown_venue"
	UnknownAsset    Reason = "unknown_collateral"
	NoSize          Reason = "no_size"
	NoEntry         Reason = "no_entry"
	NoLeverage      Reason = "no_leverage"
	NegativeAtStart Reason = "negative_equity"
	LiquidatableNow Reason = "mark_beyond_liquidation"
	TwoVenues       Reason = "account_on_two_venues"
)

// WordKeys names the words that front ends look up: for the reasons, and for what a replay says.
var WordKeys = []string{
	"codes.unknown_coin", "codes.unknown_venue", "codes.unknown_collateral", "codes.no_size", "codes.no_entry", "codes.no_leverage",
	"codes.negative_equity", "codes.mark_beyond_liquidation", "codes.account_on_two_venues",
	"crypto_from.positions", "crypto_from.inferred",
	"crypto_prices.given", "crypto_prices.failed", "crypto_prices.own", "crypto_scale.covered", "crypto_scale.published",
	"crypto_event.oct2025", "crypto_event.nov2025",
	"crypto_measure.liquidated", "crypto_measure.long_share", "crypto_measure.interest_lost", "crypto_measure.forced_share", "crypto_measure.low",
	"crypto_measure.hyperliquid_liquidated", "crypto_measure.hyperliquid_deleveraged", "crypto_measure.half_seconds",
	"coverage.all_24h", "coverage.all_14h", "coverage.all_40min", "coverage.longs_of_bitcoin", "coverage.bitcoin_47_to_35",
	"coverage.bitcoin_560_to_481", "coverage.one_of_fourteen", "coverage.vendor_low", "coverage.spot_5m", "coverage.hyperliquid_12min",
	"coverage.hyperliquid_accounts", "coverage.hyperliquid_events",
	"crypto_verdict.overlaps", "crypto_verdict.close", "crypto_verdict.model_above", "crypto_verdict.model_below", "crypto_verdict.nothing_to_compare",
}

// Refused counts the positions that are not in a book.
type Refused struct {
	Code  string // of the reason
	Count int
	USD   float64 // notional at the mark, of those whose coin and size are known
}

// Book is a set of positions as a struct of arrays, in a canonical order: the order in which positions
// are given changes nothing. It is immutable.
//
// Positions are sorted by group, which is a venue, a coin and a side, and within it by liquidation price,
// those first that are liquidated first; of equal prices by entry, units and margin. Positions of accounts
// that hold several, or whose margin is not in dollars, have no constant price and come last.
type Book struct {
	Coins   []string
	Mark    []float64 // dollars, by coin
	Venues  []Venue
	Refused map[Reason]Refused

	units   []float64
	entry   []float64
	cash    []float64 // margin in dollars; 0 where the account has it
	owners  []float32 // equal positions that a row stands for
	price   []float64 // liquidation price; NaN: never, or not constant
	account []int32   // index of the account with money of its own, -1: the position stands alone
	start   []int32   // by group: first position
	fixed   []int32   // by group: end of the positions with a price

	accounts   []account
	collateral []Collateral
	assetCoin  []int // of a collateral, -1: a dollar
}

// account is the money behind several positions, or behind one whose margin is not in dollars.
type account struct {
	name      string
	venue     int
	cash      float64 // dollars
	asset     int     // collateral, -1: none
	worth     float64 // units of it
	positions []int32
	coins     []int32 // of the positions
}

// Len is the number of positions.
func (b *Book) Len() int { return len(b.units) }

// group is the index of the positions of one venue, coin and side; side is 0 for longs, 1 for shorts.
func (b *Book) group(venue, coin, side int) int { return (venue*len(b.Coins)+coin)*2 + side }

// of is the venue, coin and side of a group.
func (b *Book) of(group int) (venue, coin, side int) {
	return group / 2 / len(b.Coins), group / 2 % len(b.Coins), group % 2
}

func sideOf(units float64) int {
	if units < 0 {
		return 1
	}
	return 0
}

// draft is a book in the making: accepted positions in the order in which they came.
type draft struct {
	*Book
	coinAt, venueAt, assetAt map[string]int
	group                    []int32
	rejected                 map[Reason][]float64 // notionals, dollars
}

// NewBook checks positions and puts them into order. Coins and marks go together. Positions that cannot
// be are refused and counted; where one position of an account is refused, so are its others, since its
// equity is not known.
func NewBook(coins []string, mark []float64, venues []Venue, collateral []Collateral, list []Position) *Book {
	n := len(list)
	d := &draft{
		Book:   &Book{Coins: coins, Mark: mark, Venues: venues, collateral: collateral, Refused: map[Reason]Refused{}},
		coinAt: indexOf(coins), venueAt: map[string]int{}, assetAt: map[string]int{}, rejected: map[Reason][]float64{},
	}
	for i := range venues {
		d.venueAt[venues[i].Name] = i
	}
	for i := range collateral {
		d.assetAt[collateral[i].Name] = i
		c, ok := d.coinAt[collateral[i].Coin]
		if !ok {
			c = -1
		}
		d.assetCoin = append(d.assetCoin, c)
	}
	d.units, d.entry, d.cash = make([]float64, 0, n), make([]float64, 0, n), make([]float64, 0, n)
	d.owners = make([]float32, 0, n)
	d.price, d.account, d.group = make([]float64, 0, n), make([]int32, 0, n), make([]int32, 0, n)
	named := map[string][]int32{}
	for i := range list {
		p := &list[i]
		if p.Account != "" || p.Asset != "" {
			named[p.Account] = append(named[p.Account], int32(i))
			continue
		}
		c, v, why := d.check(p)
		if why != "" {
			d.refuse(why, p)
			continue
		}
		d.alone(p, c, v)
	}
	names := make([]string, 0, len(named))
	for name := range named {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		of := named[name]
		slices.SortFunc(of, func(x, y int32) int { return compare(&list[x], &list[y]) })
		if name == "" { // positions that stand alone with a margin that is not in dollars
			for i := range of {
				d.join("", list, of[i:i+1])
			}
			continue
		}
		d.join(name, list, of)
	}
	d.sort()
	for why, usd := range d.rejected {
		slices.Sort(usd) // so that the sum does not depend on the order of the positions
		r := Refused{Code: string(why), Count: len(usd)}
		for _, x := range usd {
			r.USD += x
		}
		d.Refused[why] = r
	}
	return d.Book
}

func indexOf(names []string) map[string]int {
	m := make(map[string]int, len(names))
	for i, n := range names {
		m[n] = i
	}
	return m
}

func (d *draft) refuse(why Reason, p *Position) {
	usd := 0.0
	if c, ok := d.coinAt[p.Coin]; ok {
		if x := math.Abs(p.Units) * d.Mark[c]; x-x == 0 {
			usd = x
		}
	}
	d.rejected[why] = append(d.rejected[why], usd)
}

// compare orders the positions of an account by what they are and not by where they stood.
func compare(x, y *Position) int {
	return cmp.Or(
		cmp.Compare(x.Venue, y.Venue), cmp.Compare(x.Coin, y.Coin), cmp.Compare(x.Entry, y.Entry), cmp.Compare(x.Units, y.Units),
		cmp.Compare(x.Margin, y.Margin), cmp.Compare(x.Leverage, y.Leverage), cmp.Compare(x.Asset, y.Asset),
	)
}

// check finds the coin and the venue of a position, and says what is wrong with it by itself.
func (d *draft) check(p *Position) (coin, venue int, why Reason) {
	coin, known := d.coinAt[p.Coin]
	if !known || !(d.Mark[coin] > 0) || math.IsInf(d.Mark[coin], 0) {
		return coin, 0, UnknownCoin
	}
	venue, known = d.venueAt[p.Venue]
	if !known {
		return coin, 0, UnknownVenue
	}
	if p.Asset != "" {
		if _, ok := d.assetAt[p.Asset]; !ok {
			return coin, venue, UnknownAsset
		}
	}
	switch {
	case p.Units == 0 || math.IsNaN(p.Units) || math.IsInf(p.Units, 0):
		why = NoSize
	case !(p.Entry > 0) || math.IsInf(p.Entry, 0):
		why = NoEntry
	case !(p.Owners >= 0) || p.Owners > math.MaxFloat32:
		why = NoSize
	case math.IsNaN(p.Margin) && (!(p.Leverage > 0) || math.IsInf(p.Leverage, 0)), math.IsInf(p.Margin, 0), p.Margin < 0:
		why = NoLeverage
	}
	return coin, venue, why
}

// margin is what was put up for a position.
func (p *Position) margin() float64 {
	if !math.IsNaN(p.Margin) {
		return p.Margin
	}
	return math.Abs(p.Units) * p.Entry / p.Leverage
}

// owners is how many equal positions the row stands for.
func (p *Position) owners() float64 {
	if p.Owners > 0 {
		return float64(float32(p.Owners)) // as the book keeps it
	}
	return 1
}

// fault is what an equity says of an account at the start.
func fault(equity, asked float64) Reason {
	switch {
	case !(equity >= 0):
		return NegativeAtStart
	case !(equity > asked):
		return LiquidatableNow
	}
	return ""
}

// alone takes a position with a margin of its own.
func (d *draft) alone(p *Position, c, v int) {
	venue, margin, mark := &d.Venues[v], p.margin(), d.Mark[c]
	if why := fault(margin+p.Units*(mark-p.Entry), venue.asks(p.Coin, p.Units, p.Entry, margin, mark, p.owners())); why != "" {
		d.refuse(why, p)
		return
	}
	price, _ := venue.Liquidation(p.Coin, p.Units/p.owners(), p.Entry, margin/p.owners())
	d.push(p, margin, price, -1, v, c)
}

func (d *draft) push(p *Position, cash, price float64, account int32, venue, coin int) {
	d.units, d.entry = append(d.units, p.Units), append(d.entry, p.Entry)
	d.cash, d.price = append(d.cash, cash), append(d.price, price)
	d.account, d.owners = append(d.account, account), append(d.owners, float32(p.owners()))
	d.group = append(d.group, int32(d.Book.group(venue, coin, sideOf(p.Units))))
}

// join takes the positions of one account. One position with dollars behind it stands alone.
func (d *draft) join(name string, list []Position, of []int32) {
	head := &list[of[0]]
	why := Reason("")
	for _, i := range of {
		p := &list[i]
		_, _, bad := d.check(p)
		if bad == "" && p.Venue != head.Venue {
			bad = TwoVenues
		}
		if why == "" {
			why = bad
		}
	}
	if why == "" && len(of) == 1 && head.Asset == "" {
		d.alone(head, d.coinAt[head.Coin], d.venueAt[head.Venue])
		return
	}
	if why == "" {
		why = d.together(name, list, of)
	}
	if why != "" {
		for _, i := range of {
			d.refuse(why, &list[i])
		}
	}
}

// together takes an account with several positions or with a margin that is not in dollars.
func (d *draft) together(name string, list []Position, of []int32) Reason {
	a := account{name: name, venue: d.venueAt[list[of[0]].Venue], asset: -1}
	n := len(d.units)
	usd := 0.0
	for _, i := range of {
		p := &list[i]
		if p.Asset == "" {
			a.cash += p.margin()
			continue
		}
		if k := d.assetAt[p.Asset]; a.asset < 0 || a.asset == k {
			a.asset = k
			usd += p.margin()
		} else {
			return UnknownAsset // an account has one asset beside dollars
		}
	}
	if a.asset >= 0 {
		// Margins are stated in dollars at what the asset is worth elsewhere.
		unit := d.collateral[a.asset].Ratio
		if c := d.assetCoin[a.asset]; c >= 0 {
			unit *= d.Mark[c]
		}
		a.worth = usd / unit
	}
	for _, i := range of {
		p := &list[i]
		a.positions = append(a.positions, int32(len(d.units)))
		a.coins = append(a.coins, int32(d.coinAt[p.Coin]))
		d.push(p, 0, missing, int32(len(d.accounts)), a.venue, d.coinAt[p.Coin])
	}
	equity, asked := d.standing(&a, d.units, a.cash, d.Mark)
	if why := fault(equity, asked); why != "" {
		d.units, d.entry, d.cash, d.price = d.units[:n], d.entry[:n], d.cash[:n], d.price[:n]
		d.account, d.group, d.owners = d.account[:n], d.group[:n], d.owners[:n]
		return why
	}
	d.accounts = append(d.accounts, a)
	return ""
}

// standing is the equity of an account at prices, with the units and the dollars that it has by then, and
// what its venue asks for.
func (b *Book) standing(a *account, units []float64, cash float64, mark []float64) (equity, asked float64) {
	v := &b.Venues[a.venue]
	equity = cash + b.assetUSD(a, mark)
	for i, p := range a.positions {
		if units[p] == 0 {
			continue
		}
		c := a.coins[i]
		equity += units[p] * (mark[c] - b.entry[p])
		size, n := math.Abs(units[p]), float64(b.owners[p])
		price := mark[c]
		if v.MarginAtCost {
			price = b.entry[p]
		}
		asked += n*v.tiers(b.Coins[c]).Maintenance(size*price/n) + v.TakerFee*size*mark[c]
	}
	return equity, asked
}

// assetUSD is what the venue counts of an account's collateral asset, in dollars.
func (b *Book) assetUSD(a *account, mark []float64) float64 {
	if a.asset < 0 {
		return 0
	}
	k := &b.collateral[a.asset]
	unit := k.Ratio * (1 - k.Haircut)
	if c := b.assetCoin[a.asset]; c >= 0 {
		unit *= mark[c]
	}
	if local, ok := k.Local[b.Venues[a.venue].Name]; ok {
		unit *= local
	}
	return a.worth * unit
}
