package cta

import (
	"fmt"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// Class is what kind of market a position stands in.
type Class string

// The classes.
const (
	Equity   Class = "equity"
	Rates    Class = "rates"
	Currency Class = "currency"
	Metal    Class = "metal"
	Energy   Class = "energy"
	Crypto   Class = "crypto"
)

// Region is a part of the equity risk. Each region has the same risk, split evenly over those of its
// markets that the State holds.
type Region string

// The regions of equities; markets of other classes have none.
const (
	US       Region = "us"
	Europe   Region = "europe"
	Japan    Region = "japan"
	Emerging Region = "emerging"
)

// regions is how many regions the equity risk is spread over.
const regions = 4

// venue is a market that the programs trade, as a daily series stands in for it.
type venue struct {
	id     string
	class  Class
	region Region
	income []rate // dividends that the price does not contain, a year
	rates  []rate // what financing costs; nil where a position needs no money
}

// zero is the income of a total-return series, of an index with reinvested dividends and of what pays
// nothing.
var zero = []rate{{from: calendar.First, value: 0}}

// Nikkei and Hang Seng pay about this much; the figures are averages of the yearly yields of 2005 to
// 2024 that their publishers state (Nikkei Inc.; Hang Seng Indexes), held constant.
var (
	nikkeiIncome   = []rate{{from: calendar.First, value: .018}}
	hangSengIncome = []rate{{from: calendar.First, value: .035}}
)

// venues lists the markets. One price series stands for each: an index for the futures on it, a fund
// of Treasuries or of a currency where there is no series of the future. S&P futures stand for all US
// equities. The Hong Kong dollar is pegged, and so financing there costs what it costs in the US.
var venues = []venue{
	{id: "SPX", class: Equity, region: US, income: dividends, rates: policy},
	{id: "DAX", class: Equity, region: Europe, income: zero, rates: euro},
	{id: "EFA", class: Equity, region: Europe, income: zero, rates: policy},
	{id: "N225", class: Equity, region: Japan, income: nikkeiIncome, rates: yen},
	{id: "HSI", class: Equity, region: Emerging, income: hangSengIncome, rates: policy},
	{id: "EEM", class: Equity, region: Emerging, income: zero, rates: policy},
	{id: "SHY", class: Rates, income: zero, rates: policy},
	{id: "IEF", class: Rates, income: zero, rates: policy},
	{id: "TLT", class: Rates, income: zero, rates: policy},
	{id: "FXE", class: Currency, income: zero, rates: policy},
	{id: "FXB", class: Currency, income: zero, rates: policy},
	{id: "FXY", class: Currency, income: zero, rates: policy},
	{id: "AUDUSD", class: Currency, income: zero},
	{id: "GOLD", class: Metal, income: zero, rates: policy},
	{id: "USO", class: Energy, income: zero, rates: policy},
	{id: "UNG", class: Energy, income: zero, rates: policy},
	{id: "BTC", class: Crypto, income: zero, rates: policy},
	{id: "ETH", class: Crypto, income: zero, rates: policy},
}

// Instrument is the market whose pivots are computed.
const Instrument = "SPX"

// spx is the venue of the pivots.
func spx() venue { return venues[0] }

// shares returns the part of its region's or class's risk that each of the venues present gets.
func shares(present []venue) []float64 {
	n := map[string]int{}
	key := func(v venue) string { return string(v.class) + "/" + string(v.region) }
	for _, v := range present {
		n[key(v)]++
	}
	out := make([]float64, len(present))
	for i, v := range present {
		out[i] = 1 / float64(n[key(v)])
	}
	return out
}

// stateOf names the derived state of a market.
func stateOf(id string) string { return fmt.Sprintf("state/cta/%s/", id) }

// present lists the venues of a class for which the State holds bars or derived state.
func present(s *market.State, class Class) []venue {
	var out []venue
	for _, v := range venues {
		if v.class != class {
			continue
		}
		_, bars := s.Daily(v.id)
		_, derived := s.Series(stateOf(v.id) + "variance")
		if bars == nil || derived == nil {
			out = append(out, v)
		}
	}
	return out
}

func absent(code string, args evidence.Args) *evidence.Absent {
	return &evidence.Absent{Code: code, Args: args}
}
