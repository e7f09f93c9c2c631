package faultline

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"faultline/evidence"
	"faultline/flow/perp"
	"faultline/market"
)

// CryptoValidation is two falls replayed. The parameters of the second are those that stood after the first.
type CryptoValidation struct {
	Events []CryptoEvent `json:"events"`
}

// CryptoEvent is one fall: what the model makes of it beside what was observed and published.
type CryptoEvent struct {
	Event    string             `json:"event"`
	Book     time.Time          `json:"book"` // nothing known later is in the book
	Headline time.Time          `json:"headline"`
	Shock    time.Time          `json:"shock_end"`
	Until    time.Time          `json:"until"`
	Rows     []CryptoComparison `json:"rows"`
	Runs     []CryptoRun        `json:"runs"`
	Missing  []*evidence.Absent `json:"missing"` // coins that could not be replayed
}

// CryptoComparison is one measure of an event.
type CryptoComparison struct {
	Measure string        `json:"measure"`
	Coin    string        `json:"coin"`
	Unit    evidence.Unit `json:"unit"`
	Given   *ModelRange   `json:"given,omitempty"`  // with the observed prices
	Failed  *ModelRange   `json:"failed,omitempty"` // likewise, while the order book of Hyperliquid takes nothing
	Own     *ModelRange   `json:"own,omitempty"`    // with the prices of the cascade itself
	Claims  []CryptoClaim `json:"claims"`
	OfGiven string        `json:"verdict_given"` // code: overlaps, close (within a tenth), model_above, model_below, nothing_to_compare
	OfOwn   string        `json:"verdict_own"`   // likewise, of the prices of the cascade itself
}

// ModelRange is a measure over all scales of the open interest.
type ModelRange struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// CryptoClaim is what somebody says, or what the data show.
type CryptoClaim struct {
	Value    float64  `json:"value"`
	Compared *float64 `json:"compared,omitempty"` // the part of it that is comparable: of all coins, Bitcoin's share at Hyperliquid
	Coverage string   `json:"coverage"`           // code
	Source   string   `json:"source"`
}

// CryptoRun is one replay of one coin.
type CryptoRun struct {
	Coin         string     `json:"coin"`
	Prices       string     `json:"prices"` // code: given, failed or own
	Scale        string     `json:"scale"`  // code: covered or published
	Interest     float64    `json:"open_interest_usd"`
	Liquidated   float64    `json:"liquidated_usd"`
	Peak         float64    `json:"peak_usd"` // in the twelve minutes that had most
	PeakAt       *time.Time `json:"peak_at,omitempty"`
	LongShare    *float64   `json:"long_share,omitempty"`
	InterestLost float64    `json:"interest_lost"`
	Low          float64    `json:"low"`
	Deleveraged  float64    `json:"deleveraged_usd"`
	HyperUSD     float64    `json:"hyperliquid_liquidated_usd"`
	HyperADL     float64    `json:"hyperliquid_deleveraged_usd"`
	HalfSeconds  *float64   `json:"half_seconds,omitempty"`
}

// measures are what is compared, in order, with how a run gives it.
var measures = []struct {
	name string
	unit evidence.Unit
	of   func(*perp.Run) float64
}{
	{"liquidated", evidence.USD, func(r *perp.Run) float64 { return r.Liquidated }},
	{"long_share", evidence.Ratio, func(r *perp.Run) float64 { return r.LongShare }},
	{"interest_lost", evidence.Ratio, func(r *perp.Run) float64 { return r.InterestLost }},
	{"forced_share", evidence.Ratio, nil}, // nobody who leaves of his own will is in the model
	{"low", evidence.Points, func(r *perp.Run) float64 { return r.Low }},
	{"hyperliquid_liquidated", evidence.USD, func(r *perp.Run) float64 { return r.HyperUSD }},
	{"hyperliquid_deleveraged", evidence.USD, func(r *perp.Run) float64 { return r.HyperADL }},
	{"half_seconds", evidence.Unit("seconds"), func(r *perp.Run) float64 { return r.Half }},
}

// ValidateCrypto replays the falls of 10 October and of 20 to 21 November 2025. The book of each event sees
// nothing that became known after it was drawn.
func ValidateCrypto(ctx context.Context, b *market.Book, at time.Time, a Assumptions) (*CryptoValidation, error) {
	out := &CryptoValidation{Events: []CryptoEvent{}}
	var why *evidence.Absent
	for _, e := range perp.Events {
		r, err := perp.Replay(ctx, b, at, e, a)
		var absent *evidence.Absent
		if errors.As(err, &absent) {
			if why == nil {
				why = absent
			}
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("replay %s: %w", e.Name, err)
		}
		out.Events = append(out.Events, eventOf(r))
	}
	if len(out.Events) == 0 {
		return nil, why
	}
	return out, nil
}

func eventOf(r *perp.Replayed) CryptoEvent {
	e := CryptoEvent{
		Event: r.Event.Name, Book: r.Event.Book, Headline: r.Event.Headline, Shock: r.Event.Shock, Until: r.Event.Until,
		Rows: []CryptoComparison{}, Runs: []CryptoRun{}, Missing: append([]*evidence.Absent{}, r.Missing...),
	}
	coins := []string{}
	published := map[string]bool{}
	for i := range r.Runs {
		x := &r.Runs[i]
		if len(coins) == 0 || coins[len(coins)-1] != x.Coin {
			coins = append(coins, x.Coin)
		}
		published[x.Coin] = published[x.Coin] || x.Scale == "published"
		run := CryptoRun{
			Coin: x.Coin, Prices: x.Prices, Scale: x.Scale, Interest: x.InterestUSD, Liquidated: x.Liquidated, Peak: x.Peak,
			LongShare: finite(x.LongShare), InterestLost: x.InterestLost, Low: x.Low, Deleveraged: x.Deleveraged,
			HyperUSD: x.HyperUSD, HyperADL: x.HyperADL, HalfSeconds: finite(x.Half),
		}
		if !x.PeakAt.IsZero() {
			run.PeakAt = &x.PeakAt
		}
		e.Runs = append(e.Runs, run)
	}
	for _, coin := range coins {
		for _, m := range measures {
			row := CryptoComparison{Measure: m.name, Coin: coin, Unit: m.unit, Claims: claimsOf(r, m.name, coin)}
			if m.of != nil {
				for _, p := range []struct {
					code string
					to   **ModelRange
				}{{perp.GivenPrices, &row.Given}, {perp.FailedBook, &row.Failed}, {perp.OwnPrices, &row.Own}} {
					for i := range r.Runs {
						x := &r.Runs[i]
						// What the data cover is compared only where nobody says what they are a part of.
						if x.Coin == coin && x.Prices == p.code && (x.Scale == "published") == published[coin] {
							widen(p.to, m.of(x))
						}
					}
				}
			}
			if m.name == "low" { // the low of observed prices is no finding of the model
				row.Given, row.Failed = nil, nil
			}
			row.OfGiven, row.OfOwn = verdict(row.Given, row.Claims), verdict(row.Own, row.Claims)
			if len(row.Claims) > 0 {
				e.Rows = append(e.Rows, row)
			}
		}
	}
	return e
}

func widen(to **ModelRange, v float64) {
	switch {
	case math.IsNaN(v):
	case *to == nil:
		*to = &ModelRange{v, v}
	default:
		(*to).Low, (*to).High = math.Min((*to).Low, v), math.Max((*to).High, v)
	}
}

// claimsOf are the claims and observations about a measure. Of what is about all coins a coin's part is
// that of its liquidations at Hyperliquid on 10 October, the one venue of which every coin is known.
func claimsOf(r *perp.Replayed, measure, coin string) []CryptoClaim {
	out := []CryptoClaim{}
	for _, list := range [][]perp.Claim{r.Observed, r.Claims} {
		for _, c := range list {
			if c.Measure != measure || c.Coin != coin && c.Coin != "*" {
				continue
			}
			k := CryptoClaim{Value: c.Value, Coverage: c.Coverage, Source: c.Source}
			if c.Coin == "*" && measure == "liquidated" {
				if share := r.Share(coin); share > 0 {
					part := c.Value * share
					k.Compared = &part
				}
			}
			out = append(out, k)
		}
	}
	return out
}

// verdict says how a range of the model lies to that of the claims.
func verdict(model *ModelRange, claims []CryptoClaim) string {
	low, high := math.Inf(1), math.Inf(-1)
	for _, c := range claims {
		v := c.Value
		if c.Compared != nil {
			v = *c.Compared
		}
		low, high = math.Min(low, v), math.Max(high, v)
	}
	const near = 0.1
	switch {
	case model == nil || low > high:
		return "nothing_to_compare"
	case model.Low <= high && model.High >= low:
		return "overlaps"
	case model.Low <= high*(1+near) && model.High >= low*(1-near):
		return "close"
	case model.Low > high:
		return "model_above"
	}
	return "model_below"
}
