package faultline

import (
	"math"
	"time"

	"faultline/audit"
	"faultline/evidence"
)

// Finding is one thing that a reader of the whole takes away: a sentence with the numbers in it, which come
// from the analysis. Where an input is not there, neither is the sentence.
type Finding struct {
	Says  evidence.Code  `json:"says"`
	Part  string         `json:"part"` // section of the report that goes into it
	Grade evidence.Grade `json:"grade"`
	Node  string         `json:"node"`
}

// publishedThreshold is the fact by which pages state the level below which trend followers sell.
const publishedThreshold = "CTA_GS_threshold"

// findings writes the summary, from what the analysis holds and nothing else.
func findings(a *Analysis) []Finding {
	var out []Finding
	add := func(part string, says *evidence.Code, g evidence.Grade, node string) {
		if says != nil {
			out = append(out, Finding{Says: *says, Part: part, Grade: g, Node: node})
		}
	}
	if t := a.Trend; t != nil {
		says, grade := pivotFinding(a, t)
		add("trend", says, grade, t.Node)
	}
	if x := a.Audit; x != nil {
		for _, c := range slipFindings(x) {
			add("audit", &c, x.Grade, x.Node)
		}
		add("audit", auditFinding(x), x.Grade, x.Node)
	}
	if x := a.Replay; x != nil {
		add("replay", minuteFinding(x), x.Grade, x.Node)
		add("replay", soldFinding(x), x.Grade, x.Node)
		add("replay", rareFinding(x), x.Grade, x.Node)
	}
	if x := a.Ghosts; x != nil {
		add("ghosts", ghostsFinding(x), x.Grade, x.Node)
	}
	if x := a.Ladder; x != nil {
		add("ladder", forcedFinding(a), x.Grade, x.Node)
	}
	if x := a.Shock; x != nil {
		add("shock", loopFinding(x), x.Grade, x.Node)
	}
	if x := a.Crypto; x != nil {
		for _, c := range cryptoFindings(x) {
			add("crypto", &c.says, c.grade, c.node)
		}
	}
	if x := a.Macro; x != nil {
		if f := x.Fog; f != nil {
			add("fog", fogFinding(f, a.AsOf), f.Grade, f.Node)
		}
		if o := x.Odds; o != nil {
			add("fed", oddsFinding(o), o.Grade, o.Node)
		}
	}
	if x := a.Regime; x != nil {
		add("regime", regimeFinding(x), x.Grade, x.Node)
	}
	if x := a.Scenario; x != nil {
		add("scenario", scenarioFinding(x), x.Grade, x.Node)
	}
	return out
}

// places rounds to so many decimals: sentences carry numbers as a reader would say them.
func places(v float64, n int) float64 {
	p := math.Pow10(n)
	return math.Round(v*p) / p
}

// pivotFinding sets the pivot of now against the latest published level, and says since when the index has
// closed below that.
func pivotFinding(a *Analysis, t *Trend) (*evidence.Code, evidence.Grade) {
	if t.Pivots.Short.Price == nil || a.Spot.Value == nil {
		return nil, t.Grade
	}
	now, grade := *t.Pivots.Short.Price, evidence.Weakest(t.Grade, t.Pivots.Short.Grade)
	var level *Published
	for i := range a.Published {
		if p := &a.Published[i]; p.Series == publishedThreshold && p.Figure.Value != nil {
			level = p
		}
	}
	h := a.History
	if level == nil || h == nil || len(h.Close) == 0 || len(h.Date) != len(h.Close) {
		return &evidence.Code{Code: "finding_pivot_alone", Args: evidence.Args{"now": now, "spot": *a.Spot.Value}}, grade
	}
	published, n := *level.Figure.Value, len(h.Close)
	below := 0
	for below < n && h.Close[n-1-below] < published {
		below++
	}
	if below == 0 {
		return &evidence.Code{Code: "finding_pivot_above", Args: evidence.Args{"now": now, "published": published, "close": h.Close[n-1]}}, grade
	}
	return &evidence.Code{Code: "finding_pivot_below", Args: evidence.Args{
		"now": now, "published": published, "since": h.Date[n-below], "sessions": below,
	}}, grade
}

// slipFindings are the amounts of the audited report that one power of ten would mend, each once.
func slipFindings(x *Audit) []evidence.Code {
	var out []evidence.Code
	seen := map[string]bool{}
	for _, v := range x.Violations {
		m := v.Mend
		if m == nil || len(m.Claims) == 0 || v.Size == nil || m.Unit != "usd" || seen[m.Claims[0]] || !(m.Factor > 0) {
			continue
		}
		seen[m.Claims[0]] = true
		if math.Abs(math.Log10(m.Factor)+1) < 1e-9 {
			out = append(out, evidence.Code{Code: "finding_slip_ten", Args: evidence.Args{
				"stated": m.Value / m.Factor, "mended": m.Value, "size": places(*v.Size, 1), "rule": v.Rule,
			}})
			continue
		}
		out = append(out, evidence.Code{Code: "finding_slip", Args: evidence.Args{
			"stated": m.Value / m.Factor, "mended": m.Value, "factor": m.Factor, "rule": v.Rule,
		}})
	}
	return out
}

func auditFinding(x *Audit) *evidence.Code {
	if len(x.Claims) == 0 {
		return nil
	}
	n := func(v audit.Verdict) int { return x.Counts[string(v)] }
	return &evidence.Code{Code: "finding_audit", Args: evidence.Args{
		"claims": len(x.Claims), "contradicted": n(audit.Contradicted), "misleading": n(audit.Misleading), "supported": n(audit.Supported),
		"consistent": n(audit.Consistent), "unverifiable": n(audit.Unverifiable), "early": n(audit.NotYetDue), "conflicts": len(x.Violations),
	}}
}

// minuteFinding names the stretch of the replayed session that moved the price most.
func minuteFinding(x *Replay) *evidence.Code {
	if len(x.Parts) == 0 || x.Move.Value == nil {
		return nil
	}
	most := x.Parts[0]
	for _, p := range x.Parts[1:] {
		if math.Abs(p.Move) > math.Abs(most.Move) {
			most = p
		}
	}
	return &evidence.Code{Code: "finding_minutes", Args: evidence.Args{
		"day": x.Day, "all": *x.Move.Value, "part": most.Key, "to": most.To, "move": math.Expm1(most.Move), "crossings": len(x.Crossings),
	}}
}

// soldFinding adds up what participants were forced to trade on the replayed session, under the first law
// of impact, and what that leaves unexplained.
func soldFinding(x *Replay) *evidence.Code {
	if len(x.Parts) == 0 || len(x.Laws) == 0 || len(x.Players) == 0 || len(x.Total) != len(x.Players) {
		return nil
	}
	total, largest := 0.0, -1
	for i, f := range x.Total {
		if f.Value == nil {
			return nil
		}
		total += *f.Value
		if largest < 0 || math.Abs(*f.Value) > math.Abs(*x.Total[largest].Value) {
			largest = i
		}
	}
	points, left := 0.0, 0.0
	for _, p := range x.Parts {
		if len(p.Points) == 0 || len(p.Left) == 0 {
			return nil
		}
		for _, v := range p.Points[0] {
			points += v
		}
		left += p.Left[0]
	}
	return &evidence.Code{Code: "finding_sold", Args: evidence.Args{
		"day": x.Day, "total": total, "player": x.Players[largest].Name, "usd": *x.Total[largest].Value, "law": x.Laws[0],
		"points": places(points, 1), "move": places(points+left, 1), "left": places(left, 1),
	}}
}

// ghostsFinding sets the points that participants were forced to move the index by, and those of the assumed
// shocks, against the move, over all laws of impact.
func ghostsFinding(g *Ghosts) *evidence.Code {
	if len(g.Players) == 0 || len(g.Laws) == 0 {
		return nil
	}
	selling, buying := 0.0, 0.0
	largest := g.Players[0]
	for _, p := range g.Players {
		if p.USD < 0 {
			selling -= p.USD
		} else {
			buying += p.USD
		}
		if p.USD < largest.USD {
			largest = p
		}
	}
	if !(largest.USD < 0) {
		return nil
	}
	shocks := 0.0
	for _, s := range g.Shocks {
		shocks += s.Points[0]
	}
	low, high, left, most := math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
	for l := range g.Laws {
		points := g.Total[l] - shocks
		low, high = min(low, points), max(high, points)
		left, most = min(left, g.Residual[l]), max(most, g.Residual[l])
	}
	code := "finding_ghosts"
	if len(g.Shocks) == 0 {
		code = "finding_ghosts_days"
	}
	return &evidence.Code{Code: code, Args: evidence.Args{
		"from": g.From, "to": g.To, "move": places(g.End-g.Start, 1), "selling": selling, "buying": buying, "player": largest.Name, "usd": largest.USD,
		"low": places(low, 1), "high": places(high, 1), "shocks": places(shocks, 1), "left": places(left, 1), "most": places(most, 1), "missing": len(g.Absent),
	}}
}

func rareFinding(x *Replay) *evidence.Code {
	r := x.Rarity
	if r == nil || r.Earlier.Value == nil {
		return nil
	}
	return &evidence.Code{Code: "finding_rare", Args: evidence.Args{
		"gap": places(100*r.AtGap, 2), "change": places(100*r.AtChange, 2), "days": r.Days, "from": r.From, "falls": len(r.Falls), "earlier": *r.Earlier.Value,
	}}
}

// forcedFinding takes the two rungs of the ladder that stand among the headlines.
func forcedFinding(a *Analysis) *evidence.Code {
	var one, three *float64
	for _, h := range a.Headlines {
		switch h.ID {
		case "ladder.total.down_1":
			one = h.With.Value
		case "ladder.total.down_3":
			three = h.With.Value
		}
	}
	if one == nil || three == nil {
		return nil
	}
	return &evidence.Code{Code: "finding_forced", Args: evidence.Args{"one": *one, "three": *three, "until": a.Ladder.Until}}
}

// loopFinding is the loop under the law whose numbers stand first.
func loopFinding(x *Shock) *evidence.Code {
	for _, l := range x.Laws {
		if l.Law != x.ImpactLaw {
			continue
		}
		m, g := l.Amplification.With, l.LoopGain.Total.With
		switch {
		case l.Away:
			return &evidence.Code{Code: "finding_runs_away", Args: evidence.Args{"size": x.Size, "law": l.Law}}
		case m.Value == nil || m.Low == nil || m.High == nil || g.Value == nil || g.Low == nil || g.High == nil || l.FinalMove.With.Value == nil:
			return nil
		}
		return &evidence.Code{Code: "finding_loop", Args: evidence.Args{
			"size": x.Size, "final": *l.FinalMove.With.Value, "law": l.Law,
			"amplification": places(*m.Value, 2), "low": places(*m.Low, 2), "high": places(*m.High, 2),
			"gain": places(*g.Value, 2), "gain_low": places(*g.Low, 2), "gain_high": places(*g.High, 2),
		}}
	}
	return nil
}

// graded is a sentence with its evidence.
type graded struct {
	says  evidence.Code
	grade evidence.Grade
	node  string
}

// cryptoFindings are the liquidations that others counted, and the nearest cluster of those to come.
func cryptoFindings(x *Crypto) []graded {
	var out []graded
	for _, p := range x.Published {
		if p.Series == "crypto_liquidations_total" && p.Figure.Value != nil && p.Figure.Unit == "stated:usd bn" {
			out = append(out, graded{evidence.Code{Code: "finding_liquidated", Args: evidence.Args{
				"usd": 1e9 * *p.Figure.Value, "day": p.About,
			}}, p.Figure.Grade, p.Figure.Node})
			break
		}
	}
	for i := range x.Coins {
		c := &x.Coins[i]
		var near *LiquidationCluster
		for _, k := range []*LiquidationCluster{c.Below, c.Above} {
			if k == nil || k.Price.Value == nil || k.USD.Value == nil || k.Distance.Value == nil {
				continue
			}
			if near == nil || math.Abs(*k.Distance.Value) < math.Abs(*near.Distance.Value) {
				near = k
			}
		}
		if near != nil {
			return append(out, graded{evidence.Code{Code: "finding_cluster", Args: evidence.Args{
				"coin": c.Instrument, "price": *near.Price.Value, "distance": math.Abs(*near.Distance.Value), "usd": *near.USD.Value,
			}}, c.Grade, c.Node})
		}
	}
	return out
}

// fogFinding is the last lapse of funding that had begun.
func fogFinding(f *Fog, at time.Time) *evidence.Code {
	var last *FogCourse
	for i := range f.Lapses {
		l := &f.Lapses[i]
		if l.Begin <= at.Format(time.DateOnly) && l.PricesRatio.Value != nil && l.JobsRatio.Value != nil {
			last = l
		}
	}
	if last == nil {
		return nil
	}
	return &evidence.Code{Code: "finding_fog", Args: evidence.Args{
		"begin": last.Begin, "worst": last.Worst, "jobs": places(*last.JobsRatio.Value, 2), "prices": places(*last.PricesRatio.Value, 2),
	}}
}

func oddsFinding(o *FedOdds) *evidence.Code {
	n := len(o.Cut)
	if n == 0 || len(o.Day) != n {
		return nil
	}
	low, high := o.Cut[0], o.Cut[0]
	for _, v := range o.Cut {
		low, high = min(low, v), max(high, v)
	}
	return &evidence.Code{Code: "finding_odds", Args: evidence.Args{
		"meeting": o.Meeting, "now": o.Cut[n-1], "last": o.Day[n-1], "first": o.Day[0], "low": low, "high": high,
	}}
}

func regimeFinding(x *Regime) *evidence.Code {
	known := 0
	for _, m := range x.Measures {
		if m.Percentile != nil {
			known++
		}
	}
	if known == 0 {
		return nil
	}
	if x.Extreme == 0 {
		return &evidence.Code{Code: "finding_regime_usual", Args: evidence.Args{"known": known}}
	}
	return &evidence.Code{Code: "finding_regime_extreme", Args: evidence.Args{"known": known, "extreme": x.Extreme}}
}

// scenarioFinding is the likeliest scenario that is still possible.
func scenarioFinding(x *Scenarios) *evidence.Code {
	var best *ScenarioBranch
	dead := 0
	for i := range x.Branches {
		b := &x.Branches[i]
		if b.Dead != nil {
			dead++
			continue
		}
		if b.Posterior.Value != nil && (best == nil || *b.Posterior.Value > *best.Posterior.Value) {
			best = b
		}
	}
	switch {
	case x.Outside:
		return &evidence.Code{Code: "finding_scenario_outside", Args: evidence.Args{"count": len(x.Branches), "from": x.From}}
	case best == nil:
		return nil
	}
	return &evidence.Code{Code: "finding_scenario", Args: evidence.Args{
		"count": len(x.Branches), "name": best.Name, "now": *best.Posterior.Value, "prior": best.Prior, "from": x.From, "dead": dead,
	}}
}
