package dealer

import (
	"math"

	"faultline/assumption"
	"faultline/black"
	"faultline/evidence"
	"faultline/market"
	"faultline/options"
)

// Depth is what a name can absorb. Each field may be market.Missing.
type Depth struct {
	PerPercent float64 // dollars of orders that move the price by 1 %
	Volume     float64 // dollars that change hands in a day
	Float      float64 // shares that can be traded
}

// Squeeze is the loop that call buying sets off in one name: dealers who sold the calls buy the stock,
// which lifts it, which makes them buy more.
type Squeeze struct {
	Underlying string
	Spot       float64 // points
	Unknown    int     // contracts of which nothing tells what is held

	Gain       []float64 // loop gain at Price: percent that the price moves on by, per percent that it has moved
	Price      []float64 // points, from spot upwards
	GainAbsent *evidence.Absent
	Runaway    Amount // price, points, from which the gain is 1 or more
	RunAbsent  *evidence.Absent

	Bought      float64 // dollars of stock that stand behind today's call volume, were all of it bought by customers from dealers
	BoughtOf    Share   // against the day's volume
	Rise        []Rise
	CallVolume  float64 // contracts
	CallsAbsent *evidence.Absent
}

// Rise is what dealers must buy when the price rises at once.
type Rise struct {
	Move    float64 // ratio
	Dollars Amount  // at the price there, buying positive
	Volume  Share   // of a day's volume
	Float   float64 // share of the float; market.Missing where that is unknown
}

// rises are the moves of the table, as ratios: of the size that squeezes have.
var rises = []float64{0.05, 0.1, 0.2, 0.5}

// FindSqueeze computes the loop. It sets the naive convention aside: in a stock that everybody chases
// customers buy calls, and dealers are short the register's dealer.squeeze_calls of them, and short puts
// by the usual share. With −GEX the dollars per 1 % that dealers must buy, the loop gain at a price is
//
//	gain = −GEX(price) / (dollars that move the price by 1 %)
//
// A price above spot with a gain of 1 or more moves itself on. Depth is taken as the same at every
// price, in dollars. FindSqueeze is absent as FromOpenInterest is.
func FindSqueeze(b *options.Book, a assumption.Set, draws []assumption.Set, d Depth) (*Squeeze, error) {
	h, err := FromOpenInterest(b)
	if err != nil {
		return nil, err
	}
	short := func(a assumption.Set) weights {
		w := h.weights(a)
		for c := range cells {
			if !isPut(c) {
				w[c] = -clamp(a.Value("dealer.squeeze_calls") + a.Value(tilts[c]))
			}
		}
		return w
	}
	m := &mix{weights: []weights{short(a)}}
	for _, d := range draws {
		m.weights = append(m.weights, short(d))
	}
	m.spread()
	s := h.stock()
	c := s.now()
	q := &Squeeze{Underlying: b.Underlying, Spot: spotOf(b), Unknown: h.Unknown, Runaway: Amount{market.Missing, market.Missing, market.Missing}}
	q.loop(c, m, d)
	q.rise(s, c, m, d)
	q.bought(b, d)
	return q, nil
}

// squeezeSpan is how far above spot the loop is followed, as a ratio.
const squeezeSpan = 0.5

// loop fills the gains over prices and where they reach 1.
func (q *Squeeze) loop(c *columns, m *mix, d Depth) {
	if !(d.PerPercent > 0) {
		q.GainAbsent = &evidence.Absent{Code: "depth_unknown", Args: evidence.Args{"underlying": q.Underlying}}
		q.RunAbsent = q.GainAbsent
		return
	}
	const n = 101
	x := make([]float64, n)
	for j := range x {
		x[j] = 1 + squeezeSpan*float64(j)/(n-1)
	}
	g := c.basis(x, q.Spot)
	first := func(w *weights) float64 {
		for j := range x {
			if -g.at(j, w)/d.PerPercent >= 1 {
				return x[j] * q.Spot
			}
		}
		return math.NaN()
	}
	for j := range x {
		q.Price = append(q.Price, x[j]*q.Spot)
		q.Gain = append(q.Gain, -g.at(j, m.base())/d.PerPercent)
	}
	q.Runaway.Value = first(m.base())
	if math.IsNaN(q.Runaway.Value) {
		most := 0.0
		for _, v := range q.Gain {
			most = max(most, v)
		}
		q.RunAbsent = &evidence.Absent{Code: "no_runaway", Args: evidence.Args{"underlying": q.Underlying, "gain": math.Round(most*1000) / 1000}}
	}
	var found []float64
	draws := m.draws()
	for i := range draws {
		if p := first(&draws[i]); !math.IsNaN(p) {
			found = append(found, p)
		}
	}
	b := band(found, len(draws))
	q.Runaway.Low, q.Runaway.High = b.Low, b.High
}

// rise fills what must be bought on a jump.
func (q *Squeeze) rise(s *stock, c *columns, m *mix, d Depth) {
	x, price := make([]float64, len(rises)), make([]float64, len(rises))
	for i, move := range rises {
		x[i] = 1 + move
		price[i] = x[i] * q.Spot
	}
	start := s.deltas(c, []float64{1})
	t := m.column(start.rows(s.deltas(c, x), price), start.held)
	for i, move := range rises {
		q.Rise = append(q.Rise, Rise{
			Move: move, Dollars: Amount{t.Value[i], t.Low[i], t.High[i]},
			Volume: ShareOf(t.Value[i], d.Volume), Float: math.Abs(t.Value[i]/price[i]) / positiveOr(d.Float, market.Missing),
		})
	}
}

func positiveOr(x, otherwise float64) float64 {
	if x > 0 {
		return x
	}
	return otherwise
}

// bought fills what stands behind the day's calls.
func (q *Squeeze) bought(b *options.Book, d Depth) {
	known := false
	for i, v := range b.Volume {
		if b.Right[i] != black.Call || market.IsMissing(v) {
			continue
		}
		known = true
		if v == 0 {
			continue
		}
		e := &b.Expiries[b.Exp[i]]
		delta := black.GreeksOf(black.Call, b.Forward[i], b.Strike[i], b.Years[i], b.Vol[i]).Delta
		q.CallVolume += v
		q.Bought += v * b.Multiplier * delta * e.Discount * b.Forward[i] / Reference(b) * q.Spot
	}
	if !known {
		q.CallsAbsent = &evidence.Absent{Code: "no_volume_today", Args: evidence.Args{"underlying": b.Underlying}}
		q.Bought, q.CallVolume = market.Missing, market.Missing
	}
	q.BoughtOf = ShareOf(q.Bought, d.Volume)
}
