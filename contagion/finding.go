package contagion

import (
	"math"

	"faultline/evidence"
	"faultline/market"
)

// level is the chance below which a finding counts as significant.
const level = 0.05

// find says in codes what was found: direction, size and significance, the absence of an effect included.
func (r *Reading) find() {
	if n := len(r.LeadLag); n > 0 {
		low, high, lead, late := math.Inf(1), math.Inf(-1), 0, 0
		for _, p := range r.LeadLag {
			low, high = min(low, p.Zero.Value), max(high, p.Zero.Value)
			if p.AheadP < level && p.Ahead.Value > 0 {
				lead++
			}
			if p.Best != 0 {
				late++
			}
		}
		r.Findings = append(r.Findings, evidence.Code{Code: "found_lead_lag", Args: evidence.Args{
			"low": round(low, 2), "high": round(high, 2), "pairs": n, "lead": lead, "late": late,
		}})
	}
	if y := r.system(); y != nil {
		r.Findings = append(r.Findings, evidence.Code{Code: "found_connectedness", Args: evidence.Args{
			"share": y.Forward.Value, "null": y.Forward.Null, "p": round(y.Forward.P, 3), "back": y.Backward.Value, "back_p": round(y.Backward.P, 3),
			"from": y.From.String(), "to": y.To.String(),
		}})
		forward, backward := 0, 0
		for _, g := range y.Granger {
			if g.PHolm < level && isCoin(g.Cause) {
				forward++
			} else if g.PHolm < level {
				backward++
			}
		}
		r.Findings = append(r.Findings, evidence.Code{Code: "found_forecasts", Args: evidence.Args{
			"forward": forward, "backward": backward, "links": len(y.Granger),
		}})
	}
	for _, e := range r.Events {
		if x, ok := e.effect(HiBeta); ok {
			r.Findings = append(r.Findings, evidence.Code{Code: "found_events", Args: evidence.Args{
				"events": len(e.Dates), "day": x.Day.Value, "day_p": round(x.Day.P, 3), "next": x.Next.Value, "next_p": round(x.Next.P, 3),
				"from": e.From.String(), "to": e.To.String(),
			}})
		}
	}
	if r.Tariff == nil {
		return
	}
	for _, x := range r.Tariff.Shocks {
		coin, ok := x.jump(BTC)
		stock, also := x.jump(SPX)
		if ok && also && !x.Opposed && !market.IsMissing(coin.Half) && !market.IsMissing(stock.Half) {
			args := evidence.Args{"at": x.At.UTC(), "coin": round(coin.Half, 1), "stock": round(stock.Half, 1)}
			if x.Wait > 0 {
				args["wait"] = round(x.Wait, 1)
			}
			r.Findings = append(r.Findings, evidence.Code{Code: "found_order", Args: args})
		}
	}
}

// system is the one whose clocks agree, and without it the one with most assets.
func (r *Reading) system() *System {
	var best *System
	for _, y := range r.Systems {
		best = y // they stand in the order long, wide, close
	}
	return best
}

func isCoin(id string) bool { return id == BTC || id == ETH }

func (e *Events) effect(asset string) (Effect, bool) {
	for _, x := range e.Effects {
		if x.Asset == asset {
			return x, true
		}
	}
	return Effect{}, false
}

func (x *Shock) jump(asset string) (Jump, bool) {
	for _, m := range x.Moves {
		if m.Asset == asset {
			return m, true
		}
	}
	return Jump{}, false
}

// round keeps what a sentence can bear.
func round(x float64, places int) float64 {
	scale := math.Pow10(places)
	return math.Round(x*scale) / scale
}
