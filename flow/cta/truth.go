package cta

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sort"

	"faultline/assumption"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// Truth is how the model compares with data that no parameter was fitted to.
type Truth struct {
	// Positions compares the weekly change of the modelled S&P 500 position, in units of the index,
	// with that of the positions that traders report to the CFTC.
	Positions []Comparison
	// Returns compares the monthly return of the modelled program over all its markets with that of
	// funds that replicate trend followers.
	Returns []Comparison
	Markets []string // of the modelled program
	Absent  []evidence.Code
}

// Comparison is a correlation between the model and something observed.
type Comparison struct {
	With        string // series or instrument
	Correlation Interval
	From, To    calendar.Date
	Lagged      float64 // correlation with the model one week or month before
}

// reported lists the CFTC series whose difference long less short is compared: futures on the S&P 500,
// all sizes together where the report has them, and speculators of the legacy report.
var reported = []reportedPair{
	{"cot/13874+/leveraged_funds", "cot/13874+/Lev_Money_Positions_Long_All", "cot/13874+/Lev_Money_Positions_Short_All"},
	{"cot/13874+/asset_managers", "cot/13874+/Asset_Mgr_Positions_Long_All", "cot/13874+/Asset_Mgr_Positions_Short_All"},
	{"cot/13874A/leveraged_funds", "cot/13874A/Lev_Money_Positions_Long_All", "cot/13874A/Lev_Money_Positions_Short_All"},
	{"cot/13874A/asset_managers", "cot/13874A/Asset_Mgr_Positions_Long_All", "cot/13874A/Asset_Mgr_Positions_Short_All"},
	{"cot_legacy/s&p_500/speculators", "cot_legacy/s&p_500/spec_long", "cot_legacy/s&p_500/spec_short"},
}

// replicators are the funds whose returns are compared.
var replicators = []string{"DBMF", "KMLM"}

// Confront compares the model with what the State holds of CFTC positions and replicating funds. What
// is not there is listed as absent.
func Confront(_ context.Context, s *market.State, a assumption.Set) (*Truth, error) {
	p := read(a)
	h, err := daily(s, spx())
	if err != nil {
		return nil, err
	}
	out := &Truth{}
	units := unitsHeld(h, &p)
	for _, r := range reported {
		c, err := r.compare(s, h.date, units)
		var none *evidence.Absent
		switch {
		case errors.As(err, &none):
			out.Absent = append(out.Absent, none.Reason())
		case err != nil:
			return nil, err
		default:
			c.With = r.name
			out.Positions = append(out.Positions, c)
		}
	}
	program, markets, err := monthly(s, &p)
	if err != nil {
		return nil, err
	}
	out.Markets = markets
	for _, id := range replicators {
		b, err := s.Daily(id)
		if err != nil {
			out.Absent = append(out.Absent, evidence.Code{Code: "no_bars", Args: evidence.Args{"instrument": id, "interval": "1d"}})
			continue
		}
		c, err := compareMonths(b, program)
		if err != nil {
			out.Absent = append(out.Absent, evidence.Code{Code: "short_history", Args: evidence.Args{"with": id}})
			continue
		}
		c.With = id
		out.Returns = append(out.Returns, c)
	}
	return out, nil
}

// unitsHeld is the position after each close in units of the index for each dollar of risk.
func unitsHeld(h *history, p *params) []float64 {
	out := make([]float64, len(h.date))
	s := begin(h)
	for i := 1; i < len(h.date); i++ {
		s.advance(p, h.date[i], h.close[i], h.growth[i], h.yearly[i])
		out[i] = s.total() / s.close
	}
	return out
}

// leastPairs is how many changes a correlation rests on at least.
const leastPairs = 20

func (r *reportedPair) compare(s *market.State, dates []calendar.Date, units []float64) (Comparison, error) {
	long, err := s.Series(r.long)
	if err != nil {
		return Comparison{}, err
	}
	short, err := s.Series(r.short)
	if err != nil {
		return Comparison{}, err
	}
	other := map[int64]float64{}
	for i, t := range short.About {
		other[t] = short.Value[i]
	}
	var day []calendar.Date
	var net, model []float64
	for i, t := range long.About {
		v, ok := other[t]
		d := calendar.Date(t / 86400)
		j := sort.Search(len(dates), func(j int) bool { return dates[j] > d }) - 1
		if !ok || j < 0 || d-dates[j] > staleDays {
			continue
		}
		day, net, model = append(day, d), append(net, long.Value[i]-v), append(model, units[j])
	}
	if len(day) <= leastPairs {
		return Comparison{}, absent("short_history", evidence.Args{"needs": leastPairs + 1, "has": len(day)})
	}
	x, y := differences(model), differences(net)
	return compare(x, y, day[1:]), nil
}

// reportedPair names the two series whose difference is a net position.
type reportedPair struct{ name, long, short string }

func differences(v []float64) []float64 {
	out := make([]float64, len(v)-1)
	for i := range out {
		out[i] = v[i+1] - v[i]
	}
	return out
}

// compare correlates the model with what was observed over the same periods.
func compare(model, observed []float64, ends []calendar.Date) Comparison {
	c := Comparison{From: ends[0], To: ends[len(ends)-1]}
	c.Correlation = bootstrap(len(model), func(pick []int) float64 {
		var r correlation
		for _, i := range pick {
			r.add(model[i], observed[i])
		}
		return r.value()
	})
	var r correlation
	for i := 1; i < len(model); i++ {
		r.add(model[i-1], observed[i])
	}
	c.Lagged = r.value()
	return c
}

// month numbers the months.
func month(d calendar.Date) int {
	y, m, _ := d.YMD()
	return 12*y + int(m) - 1
}

// monthly is the profit of the modelled program in each month since 1990, in dollars, over every market
// that the State holds: each day's position of the evening before times what the rolled future earned.
func monthly(s *market.State, p *params) (map[int]float64, []string, error) {
	var names []string
	out := map[int]float64{}
	for _, class := range []Class{Equity, Rates, Currency, Metal, Energy, Crypto} {
		var have []venue
		var hist []*history
		for _, v := range present(s, class) {
			h, err := daily(s, v)
			var none *evidence.Absent
			if errors.As(err, &none) {
				continue
			}
			if err != nil {
				return nil, nil, fmt.Errorf("program of cta: %w", err)
			}
			have, hist = append(have, v), append(hist, h)
		}
		for i, share := range shares(have) {
			names = append(names, have[i].id)
			h, x := hist[i], begin(hist[i])
			for t := 1; t < len(h.date); t++ {
				if h.date[t] >= rankFrom {
					out[month(h.date[t])] += share * p.riskOf(class) * x.total() * (h.growth[t] - 1)
				}
				x.advance(p, h.date[t], h.close[t], h.growth[t], h.yearly[t])
			}
		}
	}
	return out, names, nil
}

// compareMonths correlates monthly returns of a fund with the program's profits.
func compareMonths(b *market.Bars, program map[int]float64) (Comparison, error) {
	var ends []calendar.Date
	var closes []float64
	for i := range b.Len() {
		if i+1 == b.Len() || month(b.Date(i+1)) != month(b.Date(i)) {
			ends, closes = append(ends, b.Date(i)), append(closes, b.Close[i])
		}
	}
	if n := len(ends); n > 0 {
		ends, closes = ends[:n-1], closes[:n-1] // the last month may not have ended
	}
	var model, fund []float64
	var at []calendar.Date
	for i := 1; i < len(ends); i++ {
		v, ok := program[month(ends[i])]
		if !ok || month(ends[i]) != month(ends[i-1])+1 {
			continue
		}
		model, fund, at = append(model, v), append(fund, math.Log(closes[i]/closes[i-1])), append(at, ends[i])
	}
	if len(model) < leastPairs {
		return Comparison{}, absent("short_history", evidence.Args{"needs": leastPairs, "has": len(model)})
	}
	return compare(model, fund, at), nil
}
