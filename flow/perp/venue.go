package perp

import (
	"slices"

	"faultline/assumption"
)

// Trigger is what makes a venue deleverage profitable positions by rule.
type Trigger uint8

// The triggers.
const (
	// FundExhausted: the insurance fund cannot pay the loss beyond bankruptcy (Binance, OKX).
	FundExhausted Trigger = iota
	// FundDrawdown: that, or the fund has lost a share of its highest balance of eight hours (Bybit).
	FundDrawdown
	// NegativeEquity: the equity of the account, or of the isolated position, is below zero (Hyperliquid).
	NegativeEquity
)

// Ranking is the order in which profitable positions are deleveraged.
type Ranking uint8

// The rankings.
const (
	// ProfitTimesLeverage: profit as a share of the value at entry, times effective leverage; of losers,
	// divided by it (Binance, Bybit, OKX).
	ProfitTimesLeverage Ranking = iota
	// PriceRatioTimesLeverage: price over entry (entry over price of shorts) times notional over account
	// value (Hyperliquid).
	PriceRatioTimesLeverage
)

// Venue is the rules of one venue.
type Venue struct {
	Name         string
	Tiers        map[string]Tiers // by coin; * for all others
	TakerFee     float64          // of the notional at liquidation, counted into what the margin must cover
	MarginAtCost bool             // maintenance margin of the value at entry and not at the mark
	FirstAbove   float64          // dollars of notional above which the first order is a part only
	FirstShare   float64          // that part
	VaultBelow   float64          // share of the maintenance margin below which a vault takes over; 0: no vault
	VaultLever   float64          // dollars of notional that the vault takes for each dollar that it has
	FundUSD      float64          // insurance fund or vault at the start
	KeepsRest    bool             // what is left of the margin of a closed position goes to the fund
	Trigger      Trigger
	Drawdown     float64 // share of the fund's highest balance of eight hours
	Ranking      Ranking
}

// tiers are the brackets of a coin.
func (v *Venue) tiers(coin string) Tiers {
	if t, ok := v.Tiers[coin]; ok {
		return t
	}
	return v.Tiers["*"]
}

// VenueNames lists the venues whose rules are known, in the order in which positions count them.
var VenueNames = []string{"binance", "bybit", "okx", "hyperliquid"}

// Venues are the rules with the numbers of the register.
func Venues(a assumption.Set) []Venue {
	out := make([]Venue, len(VenueNames))
	for i, name := range VenueNames {
		out[i] = Venue{
			Name: name, Tiers: tierTables[name], FundUSD: a.Value("perp.fund_" + name),
			TakerFee: a.Value("perp.fee_" + name), KeepsRest: true,
		}
	}
	at := func(name string) *Venue { return &out[slices.Index(VenueNames, name)] }
	b := at("bybit")
	b.Trigger, b.Drawdown, b.MarginAtCost = FundDrawdown, a.Value("perp.bybit_drawdown"), true
	h := at("hyperliquid")
	h.Trigger, h.Ranking, h.KeepsRest = NegativeEquity, PriceRatioTimesLeverage, false
	h.FirstAbove, h.FirstShare = a.Value("perp.first_above"), a.Value("perp.first_share")
	h.VaultBelow, h.VaultLever = a.Value("perp.vault_below"), a.Value("perp.vault_leverage")
	return out
}
