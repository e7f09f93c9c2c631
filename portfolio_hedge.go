package faultline

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"faultline/black"
	"faultline/evidence"
	"faultline/portfolio"
)

// offered is one hedge that can be bought: one or more positions held together, as one unit.
type offered struct {
	name      string
	positions []portfolio.Position
	price     float64 // of one unit at the middle, dollars
	spread    float64 // half of bid to ask on all its parts, dollars
	notional  float64 // by which its size is limited, dollars
	pnl       []float64
}

// offer prices one hedge on the paths. Half of the distance from bid to ask is paid on every part.
func (x *ownedRun) offer(file, name string, positions []portfolio.Position) (o offered, err error) {
	b, err := portfolio.Prepare(file, positions, x.source)
	if err != nil {
		return o, err
	}
	o = offered{name: name, positions: positions}
	for i, p := range positions {
		half := x.assume.Value("portfolio.fund_half_spread")
		if p.Kind == portfolio.Option {
			half = x.assume.Value("portfolio.option_half_spread")
		}
		o.price += b.Value[i]
		o.spread += half * math.Abs(b.Value[i])
		k := slices.Index(b.Assets, p.Asset)
		o.notional = max(o.notional, math.Abs(p.Quantity*p.Multiplier)*b.Spot[k])
	}
	if o.pnl, err = b.Reprice(x.ctx, x.paths); err != nil {
		return o, err
	}
	for j := range o.pnl {
		o.pnl[j] -= o.spread
	}
	return o, nil
}

// offers lists the hedges to choose from: the user's, each of which must have prices, or those of the program for
// which there are prices, with the names of the others.
func (x *ownedRun) offers() (list []offered, lacks []string, err error) {
	if x.ownedAsked.Hedges != nil {
		list, err = x.asked()
		return list, nil, err
	}
	var own []offered
	if x.source.Chains["SPX"] == nil {
		lacks = append(lacks, "index_options")
	}
	if x.source.Chains["VIX"] == nil {
		lacks = append(lacks, "vix_call")
	}
	own = append(own, x.listed()...)
	for _, f := range hedgeFunds {
		if !slices.Contains(x.joint.Names, f) {
			lacks = append(lacks, f)
			continue
		}
		own = append(own, offered{name: f, positions: []portfolio.Position{{Kind: portfolio.Shares, Symbol: f, Asset: f, Quantity: 1, Multiplier: 1}}})
	}
	for _, o := range own {
		priced, err := x.offer(o.name, o.name, o.positions)
		var mistake *portfolio.Error
		switch {
		case errors.As(err, &mistake):
			lacks = append(lacks, o.name)
		case err != nil:
			return nil, nil, err
		default:
			list = append(list, priced)
		}
	}
	return list, lacks, nil
}

// asked prices the user's hedges; a mistake in one is told with all others.
func (x *ownedRun) asked() (list []offered, err error) {
	file := x.ownedAsked.HedgeFile
	var bad []error
	for _, u := range x.ownedAsked.Hedges {
		k := slices.IndexFunc(u.Positions, func(p portfolio.Position) bool { return !slices.Contains(x.joint.Names, p.Asset) })
		if k >= 0 {
			p := u.Positions[k]
			bad = append(bad, portfolio.Unpriced(file, p))
			continue
		}
		o, err := x.offer(file, u.Name, u.Positions)
		var mistake *portfolio.Error
		switch {
		case errors.As(err, &mistake):
			bad = append(bad, err)
		case err != nil:
			return nil, err
		}
		list = append(list, o)
	}
	if len(bad) > 0 {
		return nil, errors.Join(bad...)
	}
	return list, nil
}

// listed are the option hedges at the first settlement at or after the horizon, or the last one before it, at the
// listed strikes nearest to a share of the forward.
func (x *ownedRun) listed() (out []offered) {
	for _, of := range []struct {
		chain string
		names []string
	}{
		{chain: "SPX", names: []string{"put_95", "put_90", "put_80", "put_spread", "straddle"}},
		{chain: "VIX", names: []string{"vix_call"}},
	} {
		b := x.source.Chains[of.chain]
		if b == nil {
			continue
		}
		best := -1
		for i, e := range b.Expiries {
			if e.Absent != nil || e.Contracts < 4 {
				continue
			}
			if best = i; !e.Settle.Before(x.until) {
				break
			}
		}
		if best < 0 {
			continue
		}
		e := b.Expiries[best]
		leg := func(right black.Right, at, units float64) portfolio.Position {
			strike := math.NaN()
			for i := e.First; i < e.End; i++ {
				if k := b.Strike[i]; b.Right[i] == right && !(math.Abs(k-at*e.Forward) >= math.Abs(strike-at*e.Forward)) {
					strike = k
				}
			}
			return portfolio.Position{
				Kind: portfolio.Option, Symbol: of.chain, Asset: of.chain, Quantity: units, Multiplier: b.Multiplier, Root: e.Root, Expiry: e.Date, Right: right, Strike: strike,
			}
		}
		for _, name := range of.names {
			var p []portfolio.Position
			switch name {
			case "put_95":
				p = append(p, leg(black.Put, 0.95, 1))
			case "put_90":
				p = append(p, leg(black.Put, 0.9, 1))
			case "put_80":
				p = append(p, leg(black.Put, 0.8, 1))
			case "put_spread":
				p = append(p, leg(black.Put, 0.95, 1), leg(black.Put, 0.85, -1))
			case "straddle":
				p = append(p, leg(black.Call, 1, 1), leg(black.Put, 1, 1))
			case "vix_call":
				p = append(p, leg(black.Call, 1.3, 1))
			}
			if !slices.ContainsFunc(p, func(q portfolio.Position) bool { return math.IsNaN(q.Strike) }) {
				out = append(out, offered{name: name, positions: p})
			}
		}
	}
	return out
}

// hedge searches the cheapest mix that holds the bound. The cost of a unit is what it loses on the mean of the paths
// as history has them, and half of its spread at least: a hedge that history rewards is not taken for free.
func (x *ownedRun) hedge() error {
	o := x.ownedAsked
	list, lacks, err := x.offers()
	if err != nil {
		return fmt.Errorf("portfolio: hedge: %w", err)
	}
	out := &PortfolioHedge{Bound: o.Bound, Scenarios: []HedgedScenario{}, Units: []HedgeUnits{}, Offered: len(list), Lacks: append([]string{}, lacks...), Effects: []HedgeEffect{}}
	x.out.Hedge = out
	if len(list) == 0 {
		out.Absent = &evidence.Absent{Code: "hedge_nothing_to_buy"}
		return nil
	}
	names := o.Scenarios
	if len(names) == 0 {
		names = []string{x.headline().name}
	}
	var bounds []portfolio.Bound
	for _, name := range names {
		k := slices.IndexFunc(x.weights, func(w weighted) bool { return w.name == name && w.absent == nil })
		if k < 0 {
			var known []string
			for _, w := range x.weights {
				if w.absent == nil {
					known = append(known, w.name)
				}
			}
			return &UnknownNameError{"scenario", name, known}
		}
		bounds = append(bounds, portfolio.Bound{Name: name, P: x.weights[k].p, Level: x.out.Level, CVaR: o.Bound})
	}
	var hedges []portfolio.Hedge
	for _, i := range list {
		mean := 0.0
		for _, v := range i.pnl {
			mean += v / float64(len(i.pnl))
		}
		hedges = append(hedges, portfolio.Hedge{
			Name: i.name, PnL: i.pnl, Cost: max(i.spread, -mean), Max: x.assume.Value("portfolio.hedge_size") * *x.out.Gross.Value / i.notional,
		})
	}
	plan, err := portfolio.Cheapest(x.pnl, hedges, bounds)
	var none *portfolio.NoHedgeError
	if errors.As(err, &none) {
		out.Absent = &evidence.Absent{Code: "hedge_out_of_reach", Args: evidence.Args{"excess": math.Ceil(none.Excess), "bound": o.Bound, "reachable": math.Ceil(o.Bound + none.Excess)}}
		out.Excess = finite(none.Excess)
		return nil
	}
	if err != nil {
		return fmt.Errorf("portfolio: %w", err)
	}
	out.Cost = plan.Cost
	for i, b := range bounds {
		out.Scenarios = append(out.Scenarios, HedgedScenario{b.Name, plan.Before[i], plan.After[i]})
	}
	for i, u := range plan.Units {
		if u*hedges[i].Cost < 1e-9*o.Bound && u < 1e-6*hedges[i].Max {
			continue // what the programme leaves over of nothing
		}
		h := HedgeUnits{Name: list[i].name, Units: u, Price: list[i].price, Outlay: u * (list[i].price + list[i].spread)}
		out.Outlay += h.Outlay
		out.Units = append(out.Units, h)
	}
	for _, w := range x.weights {
		if w.absent != nil {
			continue
		}
		before, err := portfolio.Measure(x.pnl, w.p, x.out.Level)
		if err != nil {
			return err
		}
		after, err := portfolio.Measure(plan.PnL, w.p, x.out.Level)
		if err != nil {
			return err
		}
		out.Effects = append(out.Effects, HedgeEffect{w.name, before.Mean, after.Mean})
	}
	return nil
}
