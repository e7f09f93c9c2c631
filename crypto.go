package faultline

import (
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"

	"faultline/evidence"
	"faultline/flow/perp"
	"faultline/market"
)

// Crypto is what is liquidated at which price in perpetual contracts on coins, and what a sudden move
// becomes.
type Crypto struct {
	Coins     []CryptoCoin      `json:"coins"`  // the largest first
	Stress    []CryptoStress    `json:"stress"` // what sudden moves of every coin become
	Refused   []RefusedPosition `json:"refused"`
	Published []Published       `json:"published"` // latest figures of others on liquidations and open interest
	Caveats   []evidence.Code   `json:"caveats"`
	Grade     evidence.Grade    `json:"grade"`
	Node      string            `json:"node,omitempty"`
}

// CryptoCoin is one coin. Either Map or Absent is there.
type CryptoCoin struct {
	Instrument   string              `json:"instrument"`
	From         string              `json:"from,omitempty"` // code: positions or inferred
	Price        evidence.Figure     `json:"price"`
	Long         *evidence.Figure    `json:"long,omitempty"`  // dollars of leveraged longs at the price
	Short        *evidence.Figure    `json:"short,omitempty"` // dollars of leveraged shorts
	OpenInterest *evidence.Figure    `json:"open_interest,omitempty"`
	Closed       *evidence.Figure    `json:"closed,omitempty"` // dollars that left the inferred map because their liquidation price was traded
	Below        *LiquidationCluster `json:"below,omitempty"`  // nearest cluster of longs
	Above        *LiquidationCluster `json:"above,omitempty"`  // nearest cluster of shorts
	Map          *LiquidationColumns `json:"map,omitempty"`
	Absent       *evidence.Absent    `json:"absent,omitempty"`
	Grade        evidence.Grade      `json:"grade"`
	Node         string              `json:"node,omitempty"`
}

// LiquidationCluster is a price at which many are liquidated.
type LiquidationCluster struct {
	Price    evidence.Figure `json:"price"`    // middle of the bin
	USD      evidence.Figure `json:"usd"`      // within the bin
	Distance evidence.Figure `json:"distance"` // from the price, a share
}

// LiquidationColumns are the dollars of positions that are liquidated in bins of the price.
type LiquidationColumns struct {
	Price     []float64     `json:"price"`              // middle of each bin
	Long      []float64     `json:"long"`               // longs, which are sold
	Short     []float64     `json:"short"`              // shorts, which are bought back
	LongLow   []float64     `json:"long_low,omitempty"` // 5 % quantile over draws of the uncertain assumptions
	LongHigh  []float64     `json:"long_high,omitempty"`
	ShortLow  []float64     `json:"short_low,omitempty"`
	ShortHigh []float64     `json:"short_high,omitempty"`
	LongRest  float64       `json:"long_beyond"`  // dollars of longs that no price in the columns liquidates
	ShortRest float64       `json:"short_beyond"` // of shorts
	Unit      evidence.Unit `json:"unit"`
}

// CryptoStress is what one sudden move of every coin becomes.
type CryptoStress struct {
	Move    float64        `json:"move"` // a share
	Coins   []StressedCoin `json:"coins"`
	Rest    bool           `json:"rest"` // it came to rest within an hour
	Minutes float64        `json:"minutes"`
}

// StressedCoin is one coin in it. Worst and End include the move.
type StressedCoin struct {
	Instrument  string          `json:"instrument"`
	End         float64         `json:"end"`        // share of the start
	Worst       float64         `json:"worst"`      // share of the start
	WorstDeep   float64         `json:"worst_deep"` // likewise, at twice the depth
	Long        evidence.Figure `json:"long"`       // dollars of longs liquidated
	Short       evidence.Figure `json:"short"`
	Deleveraged evidence.Figure `json:"deleveraged"` // dollars that auto-deleveraging closed
}

// RefusedPosition counts positions that are not in the book.
type RefusedPosition struct {
	Reason evidence.Code `json:"reason"`
	Count  int           `json:"count"`
	USD    float64       `json:"usd"` // notional at the price, of those whose coin and size are known
}

// mostPublished bounds the published figures of a section: a week of several vendors.
const mostPublished = 12

// crypto reads the owners of leveraged perpetual contracts.
func (r *run) crypto() error {
	x, err := perp.Read(r.ctx, r.state, r.assume, r.draws, r.memo)
	var absent *evidence.Absent
	if errors.As(err, &absent) {
		return nil // nobody who asks of an index alone needs to be told that crypto is missing
	}
	if err != nil {
		return fmt.Errorf("perp: %w", err)
	}
	out := &Crypto{
		Coins: []CryptoCoin{}, Stress: []CryptoStress{}, Refused: []RefusedPosition{}, Published: r.cryptoPublished(),
		Caveats: append([]evidence.Code{}, x.Caveats...), Grade: x.Grade,
	}
	keys := map[string]bool{}
	mapped := false
	for _, c := range x.Coins {
		mapped = mapped || c.Absent == nil
		for _, k := range c.Inputs {
			keys[k] = true
		}
	}
	if !mapped && len(out.Published) == 0 {
		return r.missing("perp", x.Coins[0].Absent)
	}
	if mapped {
		out.Node = r.record.Add(evidence.Node{
			ID: "run/perp", Kind: evidence.Run, Method: "perp", Grade: evidence.Weakest(evidence.Modelled, x.Grade), AsOf: r.state.At(),
			Inputs: r.nodesOf(keys), Assumes: r.names("perp."), Caveats: x.Caveats,
		})
		n, _ := r.record.Node(out.Node)
		out.Grade = n.Grade
	}
	for _, c := range x.Coins {
		out.Coins = append(out.Coins, r.coin(c, out.Node))
	}
	held := map[string]bool{} // coins of which there is a position
	for _, c := range x.Coins {
		held[c.Coin] = c.LongUSD+c.ShortUSD > 0
	}
	for _, s := range x.Stress {
		y := CryptoStress{Move: s.Move, Rest: s.Rest, Minutes: s.Minutes, Coins: []StressedCoin{}}
		for _, c := range s.Coins {
			if !held[c.Coin] {
				continue
			}
			id := fmt.Sprintf("crypto.stress.%+.0f.%s", 100*s.Move, c.Coin)
			y.Coins = append(y.Coins, StressedCoin{
				Instrument: c.Coin, End: c.End, Worst: c.Worst, WorstDeep: c.WorstDeep,
				Long:        r.record.Mint(id+".long", c.LongUSD, evidence.USD, out.Node),
				Short:       r.record.Mint(id+".short", c.ShortUSD, evidence.USD, out.Node),
				Deleveraged: r.record.Mint(id+".deleveraged", c.DeleveragedUSD, evidence.USD, out.Node),
			})
		}
		out.Stress = append(out.Stress, y)
	}
	for _, n := range x.Refused {
		out.Refused = append(out.Refused, RefusedPosition{Reason: evidence.Code{Code: n.Code}, Count: n.Count, USD: n.USD})
	}
	sort.Slice(out.Refused, func(i, j int) bool { return out.Refused[i].Reason.Code < out.Refused[j].Reason.Code })
	r.out.Crypto = out
	return nil
}

// coin mints the figures of one coin.
func (r *run) coin(c perp.CoinReading, node string) CryptoCoin {
	id := "crypto." + c.Coin
	out := CryptoCoin{Instrument: c.Coin, From: c.From, Absent: c.Absent, Grade: c.Grade}
	if c.PriceOf != "" {
		out.Price = r.record.Mint(id+".price", c.Mark, evidence.Points, "in/"+c.PriceOf)
	} else {
		out.Price = r.record.MintAbsent(id+".price", evidence.Points, r.attempt("perp/"+c.Coin), c.Absent)
	}
	if c.Absent != nil {
		return out
	}
	out.Node = node
	n, _ := r.record.Node(node)
	out.Grade = n.Grade
	usd := func(name string, v float64) *evidence.Figure {
		if market.IsMissing(v) {
			return nil
		}
		f := r.record.Mint(id+"."+name, v, evidence.USD, node)
		return &f
	}
	out.Long, out.Short = usd("long", c.LongUSD), usd("short", c.ShortUSD)
	out.OpenInterest, out.Closed = usd("open_interest", c.Open*c.Mark), usd("closed", c.Dead*c.Mark)
	out.Map = &LiquidationColumns{
		Price: c.Map.Price, Long: c.Sold, Short: c.Bought, LongLow: c.Low[0], LongHigh: c.High[0], ShortLow: c.Low[1], ShortHigh: c.High[1],
		LongRest: c.LongNever, ShortRest: c.ShortNever, Unit: evidence.USD,
	}
	cluster := func(name string, k *perp.Cluster) *LiquidationCluster {
		if k == nil {
			return nil
		}
		return &LiquidationCluster{
			Price:    r.record.Mint(id+"."+name+".price", k.Price, evidence.Points, node),
			USD:      r.record.Mint(id+"."+name+".usd", k.USD, evidence.USD, node),
			Distance: r.record.Mint(id+"."+name+".distance", k.Distance, evidence.Ratio, node),
		}
	}
	out.Below, out.Above = cluster("below", c.Below), cluster("above", c.Above)
	return out
}

// nodesOf are the nodes of inputs by their keys, in the order of the inputs.
func (r *run) nodesOf(keys map[string]bool) []string {
	out := []string{}
	for _, in := range r.out.Inputs {
		if keys[in.Key] {
			out = append(out, in.Node)
		}
	}
	return out
}

// cryptoPublished are the latest published figures on liquidations and open interest, the newest first.
func (r *run) cryptoPublished() []Published {
	out := []Published{}
	for _, id := range r.state.FactIDs() {
		if !strings.HasPrefix(id, "crypto_liquidations") && !strings.HasPrefix(id, "crypto_open_interest") &&
			!strings.Contains(id, "_OI_") && id != "perp_OI_decline" {
			continue
		}
		for i, f := range r.state.Facts(id) {
			if market.IsMissing(f.Value) {
				continue
			}
			day := f.Date().String()
			fig := r.record.Mint(fmt.Sprintf("crypto.published.%s.%s.%d", id, day, i+1), f.Value, evidence.Unit("stated:"+f.Unit), "in/facts")
			out = append(out, Published{Series: id, Figure: fig, About: day, What: f.What, Source: f.Source})
		}
	}
	slices.SortStableFunc(out, func(a, b Published) int { return strings.Compare(b.About, a.About) })
	return out[:min(len(out), mostPublished)]
}
