package options

import (
	"math"

	"faultline/evidence"
	"faultline/market"
)

// caveats tells the reader what the book rests on, in order of the codes.
func (w *work) caveats() {
	b := w.b
	add := func(code string, args evidence.Args) {
		b.Caveats = append(b.Caveats, evidence.Code{Code: code, Args: args})
	}
	b.Caveats = append(b.Caveats, w.c.Origin.Caveats...)
	if w.in.American {
		add("european_approximation", evidence.Args{"underlying": w.in.ID})
	}
	if !b.Quoted.Equal(b.At) {
		add("quotes_before_chain_time", evidence.Args{"at": b.At.UTC(), "quoted": b.Quoted.UTC()})
	}
	if w.rootsInferred > 0 {
		add("roots_inferred", evidence.Args{"contracts": w.rootsInferred})
	}
	if x := b.SpotImplied / b.Spot; math.Abs(x-1) > w.p.SpotTooFar {
		add("spot_does_not_fit", evidence.Args{"spot": b.Spot, "implied": b.SpotImplied})
	}
	if market.IsMissing(b.Spot) && !market.IsMissing(b.SpotImplied) {
		b.Spot = b.SpotImplied
		add("spot_implied", evidence.Args{"implied": b.SpotImplied})
	}
}
