package cta

import (
	"errors"

	"faultline/evidence"
	"faultline/flow"
	"faultline/market"
)

// leg is one market of the programs.
type leg struct {
	venue
	share float64 // of its region's or class's risk
	shot  *snapshot
	past  track
}

// usd is the dollars at which one dollar of risk of the leg stands.
func (l *leg) usd(p *params) float64 { return p.riskOf(l.class) * l.share }

// panel is the equity markets that the State holds, the S&P 500 first, and the others.
type panel struct {
	legs    []leg
	known   int       // regions of equities
	rank    []float64 // quantiles of the position in all regions, in dollars for each dollar of a region's risk
	caveats []evidence.Code
	grade   evidence.Grade
	from    string
}

// panelOf loads the equity markets. The S&P 500 must be there; another that cannot be used is left out
// with a caveat.
func panelOf(s *market.State, memo *flow.Memo, p *params) (*panel, error) {
	g := &panel{grade: evidence.Modelled}
	var left []venue
	var kept []*loaded
	for _, v := range present(s, Equity) {
		if v.id == Instrument {
			continue
		}
		x, err := shared(memo, s, p, v)
		var none *evidence.Absent
		switch {
		case errors.As(err, &none):
			g.caveats = append(g.caveats, evidence.Code{Code: "market_left_out", Args: evidence.Args{"instrument": v.id, "reason": none.Code}})
			continue
		case err != nil:
			return nil, err
		case !x.shot.complete(p):
			g.caveats = append(g.caveats, evidence.Code{Code: "market_left_out", Args: evidence.Args{"instrument": v.id, "reason": "short_history"}})
			continue
		}
		left, kept = append(left, v), append(kept, x)
	}
	first, err := shared(memo, s, p, spx())
	if err != nil {
		return nil, err
	}
	left, kept = append([]venue{spx()}, left...), append([]*loaded{first}, kept...)
	share := shares(left)
	seen := map[Region]bool{}
	for i, v := range left {
		g.legs = append(g.legs, leg{venue: v, share: share[i], shot: kept[i].shot, past: kept[i].past})
		g.grade = evidence.Weakest(g.grade, kept[i].shot.grade)
		g.caveats = append(g.caveats, kept[i].shot.caveats...)
		if !seen[v.region] {
			seen[v.region] = true
			g.known++
		}
	}
	if g.known < regions {
		g.caveats = append(g.caveats, evidence.Code{Code: "fewer_markets", Args: evidence.Args{"regions": g.known, "of": regions}})
	}
	g.caveats = distinct(g.caveats)
	g.from = first.shot.from
	if first.shot.from == "derived_state" {
		r := &stateReader{state: s, prefix: totalState}
		g.rank = r.rank()
	} else {
		g.rank = quantiles(g.history(p))
	}
	return g, nil
}

// distinct drops codes that stand there already.
func distinct(codes []evidence.Code) []evidence.Code {
	var out []evidence.Code
	seen := map[string]bool{}
	for _, c := range codes {
		if !seen[c.String()] {
			seen[c.String()] = true
			out = append(out, c)
		}
	}
	return out
}

// sum adds a number of each snapshot over the regions, in dollars for each dollar of a region's risk,
// and makes up for the regions that are not known.
func (g *panel) sum(p *params, of func(*snapshot) float64) float64 {
	total := 0.0
	for i := range g.legs {
		total += g.legs[i].share * of(g.legs[i].shot)
	}
	return total * p.unknown(g.known)
}

// regional is the position of each region at each close of the S&P 500 since 1990, Missing where none of
// its markets was known, in dollars for each dollar of a region's risk. A market counts from the day on
// which it is known.
func (g *panel) regional() [][regions]float64 {
	var out [][regions]float64
	at := make([]int, len(g.legs)) // first entry of each track that is later than the day
	for _, d := range g.legs[0].past.date {
		var live, held [regions]float64
		for j := range g.legs {
			t := &g.legs[j].past
			for at[j] < len(t.date) && t.date[at[j]] <= d {
				at[j]++
			}
			if at[j] == 0 || d-t.date[at[j]-1] > staleDays+breakDays {
				continue
			}
			r := indexOf(g.legs[j].region)
			live[r]++
			held[r] += t.held[at[j]-1]
		}
		if d < rankFrom {
			continue
		}
		for r := range held {
			held[r] /= live[r] // 0/0 is Missing
		}
		out = append(out, held)
	}
	return out
}

// history is the position in all regions at each close of the S&P 500 since 1990.
func (g *panel) history(p *params) []float64 {
	days := g.regional()
	out := make([]float64, len(days))
	for i, day := range days {
		total, known := 0.0, 0
		for _, v := range day {
			if !market.IsMissing(v) {
				total += v
				known++
			}
		}
		out[i] = total * p.unknown(known)
	}
	return out
}

// correlation is the mean correlation of two regions' positions over the days on which both are known.
func (g *panel) correlation() float64 {
	days := g.regional()
	var mean moments
	for a := range regions {
		for b := range a {
			var c correlation
			for _, day := range days {
				if !market.IsMissing(day[a] + day[b]) {
					c.add(day[a], day[b])
				}
			}
			if c.n > 0 {
				mean.add(c.value())
			}
		}
	}
	return mean.mean()
}

var allRegions = [regions]Region{US, Europe, Japan, Emerging}

func indexOf(r Region) int {
	for i, x := range allRegions {
		if x == r {
			return i
		}
	}
	panic("cta: no region " + string(r))
}
