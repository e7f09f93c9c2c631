package faultline

import (
	"errors"
	"fmt"

	"faultline/black"
	"faultline/evidence"
	"faultline/flow/dealer"
	"faultline/market"
	"faultline/options"
)

// fewExpiries is the number of expiries below which an index chain is a part of the market: a whole SPX
// chain has had more than thirty since 2022.
const fewExpiries = 20

// dealers computes exposure and levels of the underlying's chain.
func (r *run) dealers() error {
	b, err := dealer.Book(r.state, r.under.ID, r.assume, r.memo)
	if err != nil {
		r.absentLevels(err, ZeroGamma, CallWall, PutWall)
		return r.missing("dealer", err)
	}
	e, err := dealer.Expose(b, r.assume)
	if err != nil {
		r.absentLevels(err, ZeroGamma, CallWall, PutWall)
		return r.missing("dealer", err)
	}
	caveats := append([]evidence.Code{
		{Code: "convention_" + dealer.Convention(r.assume)},
		{Code: "open_interest_of_last_night"},
	}, b.Caveats...)
	if e.Unknown > 0 {
		caveats = append(caveats, evidence.Code{Code: "open_interest_unknown_contracts", Args: evidence.Args{"count": e.Unknown}})
	}
	if n := len(b.Expiries); n < fewExpiries && r.under.Kind == market.Index {
		caveats = append(caveats, evidence.Code{Code: "partial_chain", Args: evidence.Args{"expiries": n}})
	}
	node := r.record.Add(evidence.Node{
		ID: "run/dealer", Kind: evidence.Run, Method: "dealer_gamma", Grade: evidence.Modelled, AsOf: b.At.UTC(),
		Inputs: []string{"in/chain/" + r.under.ID}, Assumes: r.names("dealer.", "band."), Caveats: caveats,
	})
	const half = 150 // grid points on each side: a thousandth of spot at the default search range
	span := r.assume.Value("dealer.search")
	x := make([]float64, 2*half+1)
	for i := range x {
		x[i] = 1 + span*(float64(i)/half-1)
	}
	halves := dealer.Split(b, x)
	band := halves.ExposureBand(half, r.draws)
	grade, _ := r.record.Node(node)
	gex := Greek{
		Unit:     evidence.USDPerPercent,
		Total:    r.record.Mint("exposure.gex.total", e.Total, evidence.USDPerPercent, node).WithBand(band.Low, band.High),
		ByStrike: StrikeColumns{Strike: e.Strike, Call: e.Call, Put: e.Put},
	}
	for i := range x {
		gex.Profile.Price = append(gex.Profile.Price, x[i]*halves.Spot)
		gex.Profile.GEX = append(gex.Profile.GEX, halves.At(i, r.assume))
	}
	for i, x := range b.Expiries {
		gex.ByExpiry = append(gex.ByExpiry, ExpiryExposure{
			Expiry: x.Date.String(), Root: x.Root, Settle: x.Settle.UTC(), GEX: e.ByExpiry[i], Contracts: x.Contracts,
		})
		r.out.Forward = append(r.out.Forward, forward(x))
	}
	for i, name := range dealer.Buckets {
		gex.ByBucket = append(gex.ByBucket, BucketExposure{Bucket: name, GEX: e.ByBucket[i]})
	}
	if c, err := r.state.Chain(r.under.ID); err == nil {
		for _, q := range b.Rejected {
			r.out.Rejected = append(r.out.Rejected, RejectedQuote{
				Root: c.Root[q.Row], Expiry: c.Expiry[q.Row].String(), Strike: c.Strike[q.Row], Right: side(c.Right[q.Row]),
				Reason: q.Reason, Used: q.Kept,
			})
		}
	}
	r.out.Exposure = &Exposure{
		Convention: dealer.Convention(r.assume), Dynamics: dealer.Dynamics, GEX: gex,
		Contracts: b.Len(), Grade: grade.Grade, Node: node,
	}

	crossings, err := dealer.ZeroGamma(b, r.assume)
	if err != nil {
		r.absentLevels(err, ZeroGamma)
	}
	for i, c := range crossings {
		band := halves.CrossingBand(c.Price, r.draws)
		r.out.Levels = append(r.out.Levels, Level{
			Kind: ZeroGamma, Instrument: r.under.ID, Price: finite(c.Price), Low: finite(band.Low), High: finite(band.High),
			Slope: finite(c.Slope), Grade: grade.Grade, ID: fmt.Sprintf("levels.zero_gamma.%d", i+1), Node: node,
		})
	}
	walls, err := dealer.FindWalls(b, r.assume)
	if err != nil {
		return fmt.Errorf("walls: %w", err)
	}
	for _, w := range []struct {
		kind   LevelKind
		price  float64
		absent *evidence.Absent
	}{{CallWall, walls.Call, walls.CallAbsent}, {PutWall, walls.Put, walls.PutAbsent}} {
		l := Level{Kind: w.kind, Instrument: r.under.ID, Absent: w.absent, Grade: grade.Grade, ID: "levels." + string(w.kind), Node: node}
		if w.absent == nil {
			l.Price = finite(w.price)
		}
		r.out.Levels = append(r.out.Levels, l)
	}
	return nil
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
