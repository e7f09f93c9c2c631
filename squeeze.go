package faultline

import (
	"math"
	"slices"

	"faultline/evidence"
	"faultline/flow/dealer"
	"faultline/market"
	"faultline/options"
)

// Squeeze is the loop that call buying sets off in a single stock, were dealers short its calls: they
// buy the stock, which lifts it, which makes them buy more.
type Squeeze struct {
	Depth      evidence.Figure `json:"depth"`       // dollars of orders that move the price by 1 %
	Volume     evidence.Figure `json:"volume"`      // dollars that change hands in a day
	Gain       evidence.Figure `json:"gain"`        // loop gain at spot: percent that the price moves on by, per percent that it has moved
	Runaway    evidence.Figure `json:"runaway"`     // price, points, from which the gain is 1 or more
	CallVolume evidence.Figure `json:"call_volume"` // contracts
	Bought     evidence.Figure `json:"bought"`      // dollars of stock behind today's call volume, were all of it bought by customers
	Rise       RiseColumns     `json:"rise"`
	Curve      *GainColumns    `json:"curve,omitempty"`
	Node       string          `json:"node"`
}

// RiseColumns are what dealers must buy when the price rises at once.
type RiseColumns struct {
	Move  []float64 `json:"move"` // ratio
	USD   []float64 `json:"usd"`
	Low   []float64 `json:"low,omitempty"`
	High  []float64 `json:"high,omitempty"`
	Share []float64 `json:"share,omitempty"` // of a day's volume
}

// GainColumns are the loop gain at each price.
type GainColumns struct {
	Price []float64 `json:"price"`
	Gain  []float64 `json:"gain"`
}

// squeeze computes the loop of a single stock; nil for anything else.
func (r *run) squeeze(b *options.Book) (*Squeeze, error) {
	if r.under.Kind != market.Stock {
		return nil, nil
	}
	d, inputs := r.depth(b)
	q, err := dealer.FindSqueeze(b, r.assume, r.draws, d)
	if err != nil {
		return nil, err
	}
	node := r.record.Add(evidence.Node{
		ID: "run/squeeze", Kind: evidence.Run, Method: "squeeze", Grade: evidence.Modelled, AsOf: b.At.UTC(),
		Inputs: append([]string{"in/chain/" + r.under.ID}, inputs...), Assumes: r.names("dealer.", "band."),
		Caveats: []evidence.Code{{Code: "squeeze_upper_bound"}, {Code: "float_unknown"}},
	})
	banded := len(r.draws) > 0
	known := func(id string, v float64, u evidence.Unit, why *evidence.Absent) evidence.Figure {
		if why == nil && !(v-v == 0) {
			why = &evidence.Absent{Code: "depth_unknown", Args: evidence.Args{"underlying": b.Underlying}}
		}
		if why != nil {
			return r.record.MintAbsent(id, u, node, why)
		}
		return r.record.Mint(id, v, u, node)
	}
	noVolume := &evidence.Absent{Code: "volume_unknown", Args: evidence.Args{"instrument": b.Underlying}}
	if d.Volume > 0 {
		noVolume = nil
	}
	out := &Squeeze{
		Depth: known("squeeze.depth", d.PerPercent, evidence.USD, q.GainAbsent), Volume: known("squeeze.volume", d.Volume, evidence.USD, noVolume),
		Runaway:    known("squeeze.runaway", q.Runaway.Value, evidence.Points, q.RunAbsent),
		CallVolume: known("squeeze.call_volume", q.CallVolume, evidence.Contracts, q.CallsAbsent),
		Bought:     known("squeeze.bought", q.Bought, evidence.USD, q.CallsAbsent), Node: node,
	}
	gain := market.Missing
	if len(q.Gain) > 0 {
		gain = q.Gain[0]
		out.Curve = &GainColumns{Price: q.Price, Gain: q.Gain}
	}
	out.Gain = known("squeeze.gain", gain, evidence.Ratio, q.GainAbsent)
	if banded && q.RunAbsent == nil {
		out.Runaway = out.Runaway.WithBand(q.Runaway.Low, q.Runaway.High)
	}
	for _, x := range q.Rise {
		out.Rise.Move, out.Rise.USD = append(out.Rise.Move, x.Move), append(out.Rise.USD, x.Dollars.Value)
		if banded {
			out.Rise.Low, out.Rise.High = append(out.Rise.Low, x.Dollars.Low), append(out.Rise.High, x.Dollars.High)
		}
		if x.Volume.Absent == nil {
			out.Rise.Share = append(out.Rise.Share, x.Volume.Share)
		}
	}
	return out, nil
}

// depth is what a stock can absorb. Its volume is the median of the daily bars of a month. By the
// square-root law of impact (Tóth et al. 2011, Physical Review X 1, 021006) orders of Q dollars on a day
// of V dollars move the price by Y·σ·√(Q/V), σ being its volatility a day; the orders that move it by
// 1 % are V·(0.01/(Y·σ))².
func (r *run) depth(b *options.Book) (dealer.Depth, []string) {
	d := dealer.Depth{PerPercent: market.Missing, Volume: market.Missing, Float: market.Missing}
	bars, err := r.state.Daily(b.Underlying)
	n := int(r.assume.Value("dealer.volume_sessions"))
	if err != nil || bars.Len() <= n {
		return d, nil
	}
	var dollars []float64
	sum := 0.0
	for i := bars.Len() - n; i < bars.Len(); i++ {
		if !market.IsMissing(bars.Volume[i]) && bars.Volume[i] > 0 {
			dollars = append(dollars, bars.Volume[i]*bars.Close[i])
		}
		x := math.Log(bars.Close[i] / bars.Close[i-1])
		sum += x * x / float64(n)
	}
	if len(dollars) < n/2+1 || !(sum > 0) {
		return d, nil
	}
	slices.Sort(dollars)
	d.Volume = (dollars[(len(dollars)-1)/2] + dollars[len(dollars)/2]) / 2
	move := 0.01 / (r.assume.Value("dealer.impact") * math.Sqrt(sum))
	d.PerPercent = d.Volume * move * move
	return d, []string{"in/bars/" + b.Underlying + "/1d"}
}
