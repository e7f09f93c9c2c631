package capex

import (
	"math"

	"faultline/assumption"
)

// Buyers are the four companies of the source document's table, in its order.
var Buyers = []string{"MSFT", "GOOGL", "AMZN", "META"}

// Years of the paths: what is bought in each. Substitution is counted from the year before the first.
const (
	FirstYear = 2026
	LastYear  = 2030
)

// Buyer is what the model takes of one buyer.
type Buyer struct {
	Ticker    string
	Plan      float64 // capital expenditure of 2026, dollars
	OwnNow    float64 // share of its accelerators that are its own design, 2025
	OwnLimit  float64 // share at which that levels off
	Revenue   float64 // of the last full fiscal year, dollars
	Operating float64 // operating income of that year, dollars
	AI        float64 // revenue a year that it earns with AI today, dollars
}

// Inputs are all numbers of the model, from one choice of assumptions.
type Inputs struct {
	Buyers                               []Buyer
	Growth                               float64 // of capital expenditure a year after 2026
	Accelerators, NvidiaShare            float64 // of capital expenditure; of accelerators that are not own designs
	Midpoint, Speed                      float64 // of the S-curve: years after 2025, and the logistic rate a year
	Nvidia, Margin, Opex, OpexShare, Tax float64 // revenue 2026, gross margin, operating expenses 2026, share of these that moves with revenue, tax rate
	PriceResponse, Elasticity            float64 // fall of price for demand lost; units for price
	Cut                                  float64 // share by which the buyers cut
	OwnCost                              float64 // of an own accelerator against one bought, for the same work
	Life                                 float64 // years over which hardware is written off
	RevenuePerCapex                      float64 // revenue a year that a dollar of capital expenditure brings
	AIMargin, CostOfCapital              float64 // cash margin of AI revenue; cost of capital a year
	Makers                               []float64
	Preference                           float64
}

// Read takes the inputs from a choice of assumptions.
func Read(a assumption.Set) Inputs {
	v := func(name string) float64 { return a.Value("capex." + name) }
	in := Inputs{
		Growth: v("growth"), Accelerators: v("accelerators"), NvidiaShare: v("nvidia_share"),
		Midpoint: v("substitution_midpoint"), Speed: v("substitution_speed"),
		Nvidia: v("nvidia_revenue"), Margin: v("nvidia_margin"), Opex: v("nvidia_opex"), OpexShare: v("nvidia_opex_share"), Tax: v("nvidia_tax"),
		PriceResponse: v("price_response"), Elasticity: v("elasticity"), Cut: v("cut"), OwnCost: v("own_cost"), Life: v("life"),
		RevenuePerCapex: v("revenue_per_capex"), AIMargin: v("ai_margin"), CostOfCapital: v("cost_of_capital"), Preference: v("maker_preference"),
	}
	for _, t := range Buyers {
		b := "buyer_" + t + "_"
		in.Buyers = append(in.Buyers, Buyer{t, v(b + "plan"), v(b + "own_now"), v(b + "own_limit"), v(b + "revenue"), v(b + "operating"), v(b + "ai_revenue")})
	}
	rest := 1.0
	for _, m := range Makers[:len(Makers)-1] {
		x := v("maker_" + m)
		in.Makers = append(in.Makers, x)
		rest -= x
	}
	in.Makers = append(in.Makers, max(rest, 0))
	return in
}

// Makers of models; the last stands for all others, as one.
var Makers = []string{"openai", "google", "anthropic", "meta", "others"}

// Own is the share of a buyer's accelerators that are its own in a year, an S-curve from OwnNow in 2025 to
// OwnLimit: OwnNow + (OwnLimit−OwnNow)·(σ(t)−σ(0))/(1−σ(0)) with σ(t) = 1/(1+exp(−Speed·(t−Midpoint))), t in
// years after 2025 (the logistic substitution of Fisher and Pry, Technological Forecasting 3, 1971, put to 0
// at the start).
func (in Inputs) Own(b Buyer, year int) float64 {
	sigma := func(t float64) float64 { return 1 / (1 + math.Exp(-in.Speed*(t-in.Midpoint))) }
	t := float64(year - (FirstYear - 1))
	return b.OwnNow + (b.OwnLimit-b.OwnNow)*(sigma(t)-sigma(0))/(1-sigma(0))
}

// spending is a buyer's capital expenditure in a year.
func (in Inputs) spending(b Buyer, year int) float64 {
	return b.Plan * math.Pow(1+in.Growth, float64(year-FirstYear))
}

// Case is what is assumed to happen.
type Case struct {
	Substitution bool // own designs follow the S-curve; else they stay at the share of 2025
	Cut          bool // the buyers spend less by Cut in every year
}

// Result is one company in one year.
type Result struct {
	Revenue  float64 // dollars
	Margin   float64 // Nvidia: gross; buyers: operating; a ratio
	Earnings float64 // Nvidia: after tax; buyers: operating income; dollars
	Lost     float64 // Nvidia: share of its demand that is lost before prices answer
}

// NvidiaIn is Nvidia in a year. Demand of 2026 is stated revenue, and grows with the buyers' spending; what
// the four buyers make themselves beyond 2025, and what they cut, is lost:
//
//	ℓ = Σ_b spending·accelerators·share·(own(t) − own(2025), or what is cut)/demand
//	price = 1 − response·ℓ, units = (1−ℓ)·price^(−elasticity)
//	revenue = demand·units·price, cost = demand·(1−margin)·units
//	earnings = (revenue − cost − opex·(1 + opexshare·(revenue/demand − 1)))·(1 − tax)
//
// Costs of a unit stay, so that a lower price comes out of the margin, and fixed expenses lever earnings.
func (in Inputs) NvidiaIn(year int, c Case) Result {
	grown := math.Pow(1+in.Growth, float64(year-FirstYear))
	demand := in.Nvidia * grown
	lost := 0.0
	for _, b := range in.Buyers {
		spend, own := in.spending(b, year), b.OwnNow
		if c.Substitution {
			own = in.Own(b, year)
		}
		kept := 1.0
		if c.Cut {
			kept -= in.Cut
		}
		lost += spend * in.Accelerators * in.NvidiaShare * ((1 - b.OwnNow) - kept*(1-own))
	}
	l := min(lost/demand, 1)
	price := max(1-in.PriceResponse*l, 0.01)
	units := (1 - l) * math.Pow(price, -in.Elasticity)
	revenue := demand * units * price
	cost := demand * (1 - in.Margin) * units
	opex := in.Opex * grown * (1 + in.OpexShare*(revenue/demand-1))
	r := Result{Revenue: revenue, Earnings: (revenue - cost - opex) * (1 - in.Tax), Lost: l}
	if revenue > 0 {
		r.Margin = 1 - cost/revenue
	}
	return r
}

// BuyerIn is a buyer in a year, against its last full fiscal year held constant: what it makes itself costs
// less, what it does not spend is not written off and does not bring revenue. Spending of the years up to this
// one counts, each as long as hardware lives.
func (in Inputs) BuyerIn(b Buyer, year int, c Case) Result {
	revenue, operating := b.Revenue, b.Operating
	for y := FirstYear; y <= year; y++ {
		if float64(year-y) >= in.Life {
			continue
		}
		spend, kept := in.spending(b, y), 1.0
		if c.Cut {
			kept -= in.Cut
			// Revenue that the dollars would have brought is lost at its margin; their depreciation is saved.
			revenue -= in.Cut * spend * in.RevenuePerCapex
			operating += in.Cut*spend/in.Life - in.Cut*spend*in.RevenuePerCapex*in.AIMargin
		}
		if c.Substitution {
			operating += kept * spend * in.Accelerators * (in.Own(b, y) - b.OwnNow) * (1 - in.OwnCost) / in.Life
		}
	}
	return Result{Revenue: revenue, Margin: operating / revenue, Earnings: operating}
}

// Needed is the revenue a year, over the life of the hardware, with which the spending of 2026 earns its cost of
// capital: an annuity of the spending over the cash margin.
func (in Inputs) Needed(b Buyer) float64 {
	r := in.CostOfCapital
	annuity := 1 / in.Life
	if r > 0 {
		annuity = r / (1 - math.Pow(1+r, -in.Life))
	}
	return b.Plan * annuity / in.AIMargin
}

// Concentration is the Herfindahl–Hirschman index of the makers of models by year from 2025, and the share of
// the two largest, when each grows with a power of its share: s ∝ s^preference. Above 1 the largest pull away
// until one is left; at 1 nothing moves. The others count as ten of equal size in the index.
func (in Inputs) Concentration() (hhi, topTwo []float64) {
	const small = 10
	s := append([]float64(nil), in.Makers[:len(in.Makers)-1]...)
	for range small {
		s = append(s, in.Makers[len(in.Makers)-1]/small)
	}
	for range LastYear - FirstYear + 2 {
		var sum, index, first, second float64
		for _, x := range s {
			sum += x
		}
		for i := range s {
			s[i] /= sum
			index += s[i] * s[i]
			switch x := s[i]; {
			case x > first:
				first, second = x, first
			case x > second:
				second = x
			}
		}
		hhi, topTwo = append(hhi, index), append(topTwo, first+second)
		for i := range s {
			s[i] = math.Pow(s[i], in.Preference)
		}
	}
	return hhi, topTwo
}
