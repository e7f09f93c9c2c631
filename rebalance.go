package faultline

import (
	"context"
	"fmt"
	"time"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/flow/letf"
	"faultline/market"
)

// FundOrder is what the leveraged and inverse funds on one underlying had to trade at a close.
type FundOrder struct {
	Underlying     string  `json:"underlying"`
	Return         float64 `json:"return"` // from the close before
	USD            float64 `json:"usd"`
	ShareOfAuction float64 `json:"share_of_auction"` // of what closing auctions trade in a session
}

// StatedImbalance is an imbalance of market-on-close orders as somebody published it.
type StatedImbalance struct {
	Figure string  `json:"figure"` // name of the published figure
	USD    float64 `json:"usd"`    // buying positive
	What   string  `json:"what"`
	Source string  `json:"source"`
}

// RebalanceValidation sets what the funds had to trade at a close beside the imbalance that was published
// for it.
type RebalanceValidation struct {
	Session  string            `json:"session"`
	Orders   []FundOrder       `json:"orders"`
	Total    float64           `json:"total_usd"`
	Share    float64           `json:"share_of_auction"`
	Covered  float64           `json:"covered"` // listed assets over those of all leveraged funds
	Stated   []StatedImbalance `json:"stated"`
	Opposite bool              `json:"opposite"`         // the funds sold what the imbalance had to buy, or the other way round
	Others   *float64          `json:"others,omitempty"` // what others had to trade if every order had been in the imbalance, dollars
	Before   *float64          `json:"before,omitempty"` // return of the index from 15:30 to 15:50, when the imbalance is published
	After    *float64          `json:"after,omitempty"`  // from then to the close
	Reasons  []evidence.Code   `json:"reasons"`          // how the two go together
}

// imbalanceFact is the name of the published figure, in billions of dollars.
const imbalanceFact = "SPX_MOC"

// ValidateRebalancing computes what leveraged and inverse funds traded at the last close that the State knows,
// from assets and closes before it, and confronts it with the published imbalance of that day, which later holds:
// it became known after the close.
func ValidateRebalancing(_ context.Context, s, later *market.State, a Assumptions) (*RebalanceValidation, error) {
	orders, session, err := letf.Last(s, a)
	if err != nil {
		return nil, fmt.Errorf("orders of leveraged funds: %w", err)
	}
	reading, err := letf.Read(s, a)
	if err != nil {
		return nil, fmt.Errorf("assets of leveraged funds: %w", err)
	}
	out := &RebalanceValidation{
		Session: session.String(), Orders: []FundOrder{}, Stated: []StatedImbalance{}, Reasons: []evidence.Code{},
		Covered: reading.AssetsUSD / reading.TotalAssetsUSD,
	}
	index := 0.0
	for _, o := range orders {
		out.Orders = append(out.Orders, FundOrder(o))
		out.Total += o.USD
		out.Share += o.ShareOfAuction
		if o.Underlying == "SPX" {
			index = o.USD
		}
	}
	for _, f := range later.Facts(imbalanceFact) {
		if f.Date() == session && !market.IsMissing(f.Value) {
			out.Stated = append(out.Stated, StatedImbalance{imbalanceFact, f.Value * 1e9, f.What, f.Source})
		}
	}
	out.lastHalfHour(s, session.At(15, 30, calendar.NewYork()), session.At(15, 50, calendar.NewYork()), session.At(16, 0, calendar.NewYork()))
	if len(out.Stated) == 0 {
		return out, nil
	}
	stated := out.Stated[0].USD
	out.Opposite = stated*index < 0
	others := stated - index
	out.Others = &others
	if !out.Opposite {
		return out, nil
	}
	code := func(name string, args evidence.Args) {
		out.Reasons = append(out.Reasons, evidence.Code{Code: name, Args: args})
	}
	code("imbalance_other_order", nil)
	if out.Before != nil && out.After != nil {
		code("imbalance_other_time", evidence.Args{"before": *out.Before, "after": *out.After})
	} else {
		code("imbalance_other_time", nil)
	}
	code("imbalance_part_of_auction", nil)
	code("imbalance_net_of_all", evidence.Args{"others": others})
	code("imbalance_own_flows", nil)
	return out, nil
}

// lastHalfHour fills in what the index did before and after the imbalance was published, where bars of the
// day are known that end at these instants. Bars that were made up say nothing about a day.
func (v *RebalanceValidation) lastHalfHour(s *market.State, from, published, end time.Time) {
	b, err := s.Bars("SPX", 5*time.Minute)
	if err != nil || b.Origin.Grade == evidence.Synthetic {
		return
	}
	at := func(t time.Time) float64 {
		for i := b.Len() - 1; i >= 0; i-- {
			if b.Begin[i] == t.Add(-5*time.Minute).Unix() {
				return b.Close[i]
			}
		}
		return market.Missing
	}
	v.Before, v.After = finite(at(published)/at(from)-1), finite(at(end)/at(published)-1)
}
