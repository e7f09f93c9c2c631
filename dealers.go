package faultline

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"faultline/black"
	"faultline/evidence"
	"faultline/flow/dealer"
	"faultline/market"
	"faultline/options"
)

// nextRolls is how many settlements ahead are listed: a week of daily expiries.
const nextRolls = 5

// fewExpiries is the number of expiries below which an index chain is a part of the market: a whole SPX
// chain has had more than thirty since 2022.
const fewExpiries = 20

// dealers computes exposure and levels of the underlying's chain.
func (r *run) dealers() error {
	b, err := dealer.Book(r.state, r.under.ID, r.assume, r.memo)
	if err != nil {
		var none *options.Unusable
		if errors.As(err, &none) {
			r.rejected(none.Rejected)
		}
		r.absentLevels(err, dealerKinds...)
		return r.missing("dealer", err)
	}
	h, lost, err := r.hold(b)
	if err != nil {
		r.absentLevels(err, dealerKinds...)
		return r.missing("dealer", err)
	}
	caveats := append([]evidence.Code{
		conventionCaveat(h.Convention(r.assume)),
	}, b.Caveats...)
	if r.told == nil || r.told.Inventory == nil {
		caveats = append(caveats, evidence.Code{Code: "open_interest_of_last_night"})
	}
	caveats = append(caveats, h.Caveats...)
	if h.Unknown > 0 {
		caveats = append(caveats, evidence.Code{Code: "open_interest_unknown_contracts", Args: evidence.Args{"count": h.Unknown}})
	}
	inputs := []string{"in/chain/" + r.under.ID}
	if r.told != nil {
		inputs = append(inputs, r.toldInput())
	}
	partial := slices.ContainsFunc(b.Caveats, func(c evidence.Code) bool { return c.Code == "partial_chain" })
	if n := len(b.Expiries); !partial && n < fewExpiries && r.under.Kind == market.Index {
		caveats = append(caveats, evidence.Code{Code: "partial_chain", Args: evidence.Args{"expiries": n}})
	}
	node := r.record.Add(evidence.Node{
		ID: "run/dealer", Kind: evidence.Run, Method: "dealer_gamma", Grade: evidence.Weakest(evidence.Modelled, h.Grade), AsOf: b.At.UTC(),
		Inputs: inputs, Assumes: r.names("dealer.", "band."), Caveats: caveats,
	})
	grade, _ := r.record.Node(node)
	levels := dealer.FindLevels(h, r.assume, r.signs())
	x := levels.Exposures
	banded := len(r.signs()) > 0
	out := &Exposure{
		Convention: h.Convention(r.assume), Dynamics: dealer.Dynamics,
		GEX:       r.greek("exposure.gex", &x.GEX, x.Strike, b.Expiries, node, banded),
		VEX:       r.greek("exposure.vex", &x.VEX, x.Strike, b.Expiries, node, banded),
		CEX:       r.greek("exposure.cex", &x.CEX, x.Strike, b.Expiries, node, banded),
		ToClose:   r.bounded("exposure.to_close", x.ToClose.Total, evidence.USD, node, banded),
		Contracts: b.Len(), Grade: grade.Grade, Node: node, rates: r.ratesOf(x),
	}
	if r.told != nil {
		out.Unplaced = r.told.unplaced(lost)
	}
	out.Notes = beyondBand(out)
	out.GEX.Profile = &ProfileColumns{Price: levels.Profile.Price, GEX: levels.Profile.GEX.Value}
	hedge := dealer.HedgeTable(h, r.assume, r.signs(), dealer.Moves)
	out.Hedge = &HedgeColumns{
		Move: hedge.Move, Price: hedge.Price, Now: hedge.Now.Value, Close: hedge.AtClose.Value, At: hedge.Close.UTC(), Unit: evidence.USD,
	}
	if banded {
		out.Hedge.NowLow, out.Hedge.NowHigh = hedge.Now.Low, hedge.Now.High
		out.Hedge.CloseLow, out.Hedge.CloseHigh = hedge.AtClose.Low, hedge.AtClose.High
	}
	for _, x := range dealer.RollOff(h, r.assume, nextRolls) {
		out.Rolls = append(out.Rolls, RollOff{Settle: x.Settle.UTC(), Roots: x.Roots, GEX: x.GEX, VEX: x.VEX, Share: x.Share, LeftGEX: x.LeftGEX})
	}
	for _, e := range b.Expiries {
		r.out.Forward = append(r.out.Forward, forward(e))
	}
	r.rejected(b.Rejected)
	r.out.Exposure = out
	r.out.Levels = append(r.out.Levels, r.levelsOf(levels, grade, "levels.")...)
	return r.dealersDay(b, h, out)
}

// rejected lists the quotes of the underlying's chain that were not believed.
func (r *run) rejected(rows []options.Reject) {
	c, err := r.state.Chain(r.under.ID)
	if err != nil {
		return
	}
	for _, q := range rows {
		r.out.Rejected = append(r.out.Rejected, RejectedQuote{
			Root: c.Root[q.Row], Expiry: c.Expiry[q.Row].String(), Strike: c.Strike[q.Row], Right: side(c.Right[q.Row]),
			Reason: q.Reason, Used: q.Kept,
		})
	}
}

// dealersDay adds what dealers do until the close and after an event.
func (r *run) dealersDay(b *options.Book, h *dealer.Holding, out *Exposure) (err error) {
	out.Surface = surface(b)
	out.Map = r.dayMap(h)
	out.Event = r.afterEvent(h, out.Node)
	if out.Volume, err = r.volume(b, out.Node); err != nil {
		return err
	}
	out.Hedge.NowShare = shares(out.Hedge.Now, &out.Volume.USD)
	out.Hedge.CloseShare = shares(out.Hedge.Close, &out.Volume.USD)
	if out.Today, err = r.today(b, h, out.Node); err != nil {
		return err
	}
	if r.told == nil {
		if out.Adjusted, err = r.volumeAdjusted(b, b.At.UTC()); err != nil {
			return err
		}
	}
	if out.Squeeze, err = r.squeeze(b); err != nil {
		return err
	}
	r.terms(b, out.Node)
	return nil
}

// beyondBand names the exposures whose value lies at or beyond an end of their own band: dealers cannot
// be long more than all calls, so that the naive convention is an end of what is possible.
func beyondBand(e *Exposure) (notes []evidence.Code) {
	for _, x := range []struct {
		name string
		f    evidence.Figure
	}{{"gex", e.GEX.Total}, {"vex", e.VEX.Total}, {"cex", e.CEX.Total}, {"to_close", e.ToClose}} {
		if f := x.f; f.Value != nil && f.Low != nil && f.High != nil && (*f.Value <= *f.Low || *f.Value >= *f.High) && *f.Low < *f.High {
			notes = append(notes, evidence.Code{Code: "value_at_end_of_band", Args: evidence.Args{"exposure": x.name}})
		}
	}
	return notes
}

// levelsOf gives the levels of a holding their identities, below a prefix.
func (r *run) levelsOf(levels *dealer.Levels, node evidence.Node, prefix string) (out []Level) {
	crossings := 0
	for _, l := range levels.All() {
		level := Level{Kind: LevelKind(l.Kind), Instrument: r.under.ID, Absent: l.Absent, Grade: node.Grade, ID: prefix + l.Kind, Node: node.ID}
		if l.Kind == dealer.KindZeroGamma {
			crossings++
			level.ID = fmt.Sprintf("%szero_gamma.%d", prefix, crossings)
		}
		if l.Absent == nil {
			level.Price = finite(l.Price)
			if len(r.signs()) > 0 {
				level.Low, level.High = finite(l.Band.Low), finite(l.Band.High)
				level.Share, level.Agree = finite(l.Band.Share), finite(l.Agree)
				if level.Low == nil || level.High == nil {
					level.Low, level.High = nil, nil
					level.NoBand = &evidence.Absent{Code: "band_too_few_draws", Args: evidence.Args{"share": math.Round(l.Band.Share*1e3) / 1e3}}
				}
			}
			if l.Cross != nil {
				level.Slope = finite(l.Cross.Slope)
			}
		} else {
			level.Reason = l.Absent.Code
		}
		out = append(out, level)
	}
	return out
}

// dealerKinds are the levels that come from a chain.
var dealerKinds = []LevelKind{ZeroGamma, CallWall, PutWall, AbsoluteGamma, Pin}

// bounded mints an amount with its interval.
func (r *run) bounded(id string, a dealer.Amount, unit evidence.Unit, node string, banded bool) evidence.Figure {
	f := r.record.Mint(id, a.Value, unit, node)
	if banded {
		f = f.WithBand(a.Low, a.High)
	}
	return f
}

// greek gives one exposure its figures and columns.
func (r *run) greek(id string, g *dealer.Greek, strikes []float64, expiries []options.Expiry, node string, banded bool) Greek {
	out := Greek{
		Unit: g.Unit, Total: r.bounded(id+".total", g.Total, g.Unit, node, banded),
		ByStrike: StrikeColumns{Strike: strikes, Call: g.Call.Value, Put: g.Put.Value},
	}
	bound := func(column []float64, i int) *float64 {
		if !banded {
			return nil
		}
		return finite(column[i])
	}
	if banded {
		out.ByStrike.Low, out.ByStrike.High = g.Net.Low, g.Net.High
	}
	for i, x := range expiries {
		out.ByExpiry = append(out.ByExpiry, ExpiryExposure{
			Expiry: x.Date.String(), Root: x.Root, Settle: x.Settle.UTC(), Contracts: x.Contracts,
			Value: g.ByExpiry.Value[i], Low: bound(g.ByExpiry.Low, i), High: bound(g.ByExpiry.High, i),
		})
	}
	for i, name := range dealer.Buckets {
		out.ByBucket = append(out.ByBucket, BucketExposure{
			Bucket: name, Value: g.ByBucket.Value[i], Low: bound(g.ByBucket.Low, i), High: bound(g.ByBucket.High, i),
		})
	}
	return out
}

// conventionCaveat says how the signs were told.
func conventionCaveat(convention string) evidence.Code {
	switch convention {
	case "naive":
		return evidence.Code{Code: "convention_naive"}
	case "inventory":
		return evidence.Code{Code: "convention_inventory"}
	case "trades":
		return evidence.Code{Code: "convention_trades"}
	}
	return evidence.Code{Code: "convention_stated_shares"}
}

func side(r black.Right) string {
	if r == black.Put {
		return "put"
	}
	return "call"
}

func forward(x options.Expiry) Forward {
	f := Forward{Expiry: x.Date.String(), Root: x.Root, Settle: x.Settle.UTC(), Method: x.ForwardFrom, Absent: x.Absent}
	if x.Absent == nil {
		f.Forward, f.Low, f.High, f.Discount = finite(x.Forward), finite(x.ForwardLow), finite(x.ForwardHigh), finite(x.Discount)
	}
	return f
}

// absentLevels lists levels that do not exist, with the reason.
func (r *run) absentLevels(err error, kinds ...LevelKind) {
	var absent *evidence.Absent
	if !errors.As(err, &absent) {
		return
	}
	for _, k := range kinds {
		id := "levels." + string(k)
		if k == ZeroGamma {
			id += ".1"
		}
		r.out.Levels = append(r.out.Levels, Level{Kind: k, Instrument: r.under.ID, Absent: absent, Grade: evidence.Modelled, ID: id, Node: r.attempt(string(k))})
	}
}

// attempt records that something was tried and gave nothing, so that an absence too has evidence.
func (r *run) attempt(what string) string {
	inputs := []string{}
	if _, ok := r.record.Node("in/chain/" + r.under.ID); ok {
		inputs = append(inputs, "in/chain/"+r.under.ID)
	}
	return r.record.Add(evidence.Node{
		ID: "run/attempt/" + what, Kind: evidence.Run, Method: "attempt", Grade: evidence.Modelled, AsOf: r.state.At(), Inputs: inputs,
	})
}
