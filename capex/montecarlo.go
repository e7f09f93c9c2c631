package capex

import (
	"math"
	"sort"

	"faultline/assumption"
)

// Range is a value with the 5 % and 95 % quantile over draws of the uncertain assumptions. The value is that of
// the assumptions in force, not the mean of the draws.
type Range struct{ Value, Low, High float64 }

// Change is how a case moves one company in one year, against nothing happening: ratios, and of the margin the
// difference.
type Change struct {
	Ticker                    string
	Year                      int
	Revenue, Margin, Earnings Range
}

// Sensitivity is the answer of the model with its uncertainty.
type Sensitivity struct {
	Substitution, Cut, Both []Change // Nvidia first, then the buyers, in LastYear of each
	Nvidia                  []Change // by year, substitution alone
	NvidiaBase              []Range  // gross margin by year under substitution
	Own                     map[string]Range
	Needed, Gap             map[string]Range // revenue a year, dollars; what today's AI revenue lacks
	HHI, TopTwo             []Range          // by year from 2025
	OneOrTwo                float64          // share of draws in which the two largest hold more than Winners by LastYear
	Draws                   int
}

// Winners is the share of the two largest makers from which the market counts as that of one or two winners.
const Winners = 0.8

// quantity is one number that the model gives for a choice of inputs.
type quantity func(in Inputs) float64

// Run computes the sensitivities for the assumptions in force and their quantiles over draws.
func Run(a assumption.Set) Sensitivity {
	base := Read(a)
	draws := make([]Inputs, int(a.Value("capex.draws")))
	seed := uint64(a.Value("band.seed"))
	for k := range draws {
		draws[k] = Read(a.Draw(seed, k))
	}
	x := make([]float64, len(draws))
	over := func(f quantity) Range {
		for k, in := range draws {
			x[k] = f(in)
		}
		sort.Float64s(x)
		r := Range{Value: f(base)}
		r.Low, r.High = r.Value, r.Value
		if len(x) > 0 {
			r.Low, r.High = quantile(x, 0.05), quantile(x, 0.95)
		}
		return r
	}
	ratio := func(of func(Result) float64, at func(in Inputs, c Case) Result, c Case) Range {
		return over(func(in Inputs) float64 { return of(at(in, c))/of(at(in, Case{})) - 1 })
	}
	change := func(ticker string, year int, c Case, at func(in Inputs, c Case) Result) Change {
		return Change{
			Ticker: ticker, Year: year,
			Revenue:  ratio(func(r Result) float64 { return r.Revenue }, at, c),
			Margin:   over(func(in Inputs) float64 { return at(in, c).Margin - at(in, Case{}).Margin }),
			Earnings: ratio(func(r Result) float64 { return r.Earnings }, at, c),
		}
	}
	nvidia := func(year int) func(Inputs, Case) Result {
		return func(in Inputs, c Case) Result { return in.NvidiaIn(year, c) }
	}
	out := Sensitivity{Own: map[string]Range{}, Needed: map[string]Range{}, Gap: map[string]Range{}, Draws: len(draws)}
	for list, c := range map[*[]Change]Case{
		&out.Substitution: {Substitution: true}, &out.Cut: {Cut: true}, &out.Both: {Substitution: true, Cut: true},
	} {
		*list = append(*list, change("NVDA", LastYear, c, nvidia(LastYear)))
		for i, t := range Buyers {
			*list = append(*list, change(t, LastYear, c, func(in Inputs, c Case) Result { return in.BuyerIn(in.Buyers[i], LastYear, c) }))
		}
	}
	for y := FirstYear; y <= LastYear; y++ {
		out.Nvidia = append(out.Nvidia, change("NVDA", y, Case{Substitution: true}, nvidia(y)))
		out.NvidiaBase = append(out.NvidiaBase, over(func(in Inputs) float64 { return in.NvidiaIn(y, Case{Substitution: true}).Margin }))
	}
	for i, t := range Buyers {
		out.Own[t] = over(func(in Inputs) float64 { return in.Own(in.Buyers[i], LastYear) })
		out.Needed[t] = over(func(in Inputs) float64 { return in.Needed(in.Buyers[i]) })
		out.Gap[t] = over(func(in Inputs) float64 { return in.Needed(in.Buyers[i]) - in.Buyers[i].AI })
	}
	for y := range LastYear - FirstYear + 2 {
		out.HHI = append(out.HHI, over(func(in Inputs) float64 { h, _ := in.Concentration(); return h[y] }))
		out.TopTwo = append(out.TopTwo, over(func(in Inputs) float64 { _, t := in.Concentration(); return t[y] }))
	}
	won := 0
	for _, in := range draws {
		if _, t := in.Concentration(); t[len(t)-1] > Winners {
			won++
		}
	}
	if len(draws) > 0 {
		out.OneOrTwo = float64(won) / float64(len(draws))
	}
	return out
}

// quantile interpolates between the order statistics of a sorted sample (Hyndman and Fan, type 7).
func quantile(sorted []float64, p float64) float64 {
	h := p * float64(len(sorted)-1)
	i := int(math.Floor(h))
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + (h-float64(i))*(sorted[i+1]-sorted[i])
}
