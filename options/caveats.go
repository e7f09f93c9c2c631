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
		w.americanCaveats(add)
	}
	if !b.Quoted.Equal(b.At) {
		add("quotes_before_chain_time", evidence.Args{"at": b.At.UTC(), "quoted": b.Quoted.UTC()})
	}
	if hours, found := vendorClock(b, w.c); found {
		add("vendor_clock_differs", evidence.Args{"hours": math.Round(hours*10) / 10})
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

// americanCaveats says how early exercise was treated. Greeks from the book's volatilities are those of
// the European option in either case.
func (w *work) americanCaveats(add func(string, evidence.Args)) {
	plain := 0
	for g := range w.groups {
		if e := &w.groups[g]; e.Contracts > 0 && e.ForwardFrom == "parity" && e.early == nil {
			plain++
		}
	}
	add("early_exercise_removed", evidence.Args{"underlying": w.in.ID, "rate": w.p.RatePrior})
	borrow, most := 0, 0.0
	for g := range w.groups {
		if e := &w.groups[g]; e.Borrow {
			borrow, most = borrow+1, max(most, e.DividendYield)
		}
	}
	if borrow > 0 {
		add("borrow_cost", evidence.Args{"underlying": w.in.ID, "expiries": borrow, "yield": most})
	}
	if plain > 0 {
		add("european_approximation", evidence.Args{"underlying": w.in.ID, "expiries": plain})
	}
}
