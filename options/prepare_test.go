package options

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"faultline/black"
	"faultline/evidence"
	"faultline/market"
)

func TestForwardDiscountAndVolatilityOfAKnownMarketAreRecovered(t *testing.T) {
	w, c := indexChain()
	b := prepare(t, c)
	if b.Len()+b.Dropped != c.Len() {
		t.Fatalf("%d contracts and %d dropped of %d rows", b.Len(), b.Dropped, c.Len())
	}
	if len(b.Expiries) != 5 {
		t.Fatalf("%d expiries, want 5: both roots of the monthly date apart", len(b.Expiries))
	}
	for _, e := range b.Expiries {
		years := w.years(e.Root, e.Date)
		if e.Years != years || e.ForwardFrom != "parity" || e.Absent != nil {
			t.Errorf("%s %s: %+v", e.Root, e.Date, e)
		}
		if !(math.Abs(e.Forward-w.forward(years)) < 0.02) {
			t.Errorf("%s %s: forward %v, want %v", e.Root, e.Date, e.Forward, w.forward(years))
		}
		if !(e.ForwardLow <= e.Forward && e.Forward <= e.ForwardHigh) {
			t.Errorf("%s %s: forward %v outside its synthetic %v–%v", e.Root, e.Date, e.Forward, e.ForwardLow, e.ForwardHigh)
		}
	}
	for i := range b.Len() {
		e := b.Expiries[b.Exp[i]]
		want := w.vol(math.Log(b.Strike[i] / e.Forward))
		if b.VolFrom[i] == FromSurface {
			continue // no bid: the surface extrapolates
		}
		if !(math.Abs(b.Vol[i]-want) < 0.001) {
			t.Errorf("%s %s %v: vol %v, want %v", e.Root, e.Date, b.Strike[i], b.Vol[i], want)
		}
	}
	if !(math.Abs(b.SpotImplied/w.spot-1) < 1e-5) {
		t.Errorf("implied spot %v, want %v", b.SpotImplied, w.spot)
	}
}

func TestRowOrderChangesNothing(t *testing.T) {
	_, c := indexChain()
	want := fingerprint(c, prepare(t, c))
	for seed := range uint64(5) {
		s := shuffle(c, seed)
		if got := fingerprint(s, prepare(t, s)); got != want {
			t.Fatalf("seed %d: the book depends on the order of the rows", seed)
		}
	}
}

// fingerprint writes everything a book says, with rows named by their content.
func fingerprint(c *market.Chain, b *Book) string {
	s := fmt.Sprint(b.Expiries, b.Exp, b.Right, b.Strike, b.Years, b.Forward, b.Vol, b.OpenInterest, b.Volume, b.Mid, b.BidVol, b.AskVol, b.VolFrom, b.RejectedBy, b.Dropped, b.Caveats, b.Spot, b.SpotImplied, b.surface)
	for _, r := range b.Row {
		s += fmt.Sprint(c.Row(int(r)))
	}
	for _, r := range b.Rejected {
		s += fmt.Sprint(c.Row(int(r.Row)), r.Reason, r.Kept)
	}
	return s
}

func TestOpenInterestWithoutABidKeepsItsGamma(t *testing.T) {
	w, c := indexChain()
	far := w.quote("SPXW", date(2025, 3, 4), black.Call, 6100)
	far.Bid, far.Ask, far.OpenInterest = 0, 0.05, 12345
	c.Append(far)
	b := prepare(t, c)
	for i := range b.Len() {
		if b.Strike[i] != 6100 || b.OpenInterest[i] != 12345 {
			continue
		}
		if b.VolFrom[i] != FromSurface || !(b.Vol[i] > 0.01 && b.Vol[i] < 5) {
			t.Errorf("vol %v from %v", b.Vol[i], b.VolFrom[i])
		}
		if g := black.GreeksOf(b.Right[i], b.Forward[i], b.Strike[i], b.Years[i], b.Vol[i]); !(g.Gamma > 0) {
			t.Errorf("gamma %v", g.Gamma)
		}
		if b.RejectedBy[NoBid] == 0 {
			t.Error("the quote without a bid is not counted")
		}
		return
	}
	t.Fatal("the contract was dropped")
}

func absentCode(err error) string {
	var a *evidence.Absent
	if errors.As(err, &a) {
		return a.Code
	}
	return fmt.Sprint(err)
}

// Working memory is a fixed number of columns: more contracts make them longer, not more.
func TestAllocationsDoNotGrowWithContracts(t *testing.T) {
	allocations := func(step float64) (float64, int) {
		w := indexWorld()
		c := w.chain()
		w.fill(c, "SPXW", date(2025, 3, 10), 5400, 6100, step)
		w.fill(c, "SPX", date(2025, 3, 21), 5400, 6100, step)
		return testing.AllocsPerRun(5, func() { prepare(t, c) }), c.Len()
	}
	few, n := allocations(20)
	many, m := allocations(2)
	if !(many < 1.3*few) {
		t.Errorf("%v allocations for %d contracts, %v for %d", few, n, many, m)
	}
}

func BenchmarkPrepareMadeUp(b *testing.B) {
	w := indexWorld()
	c := w.chain()
	for _, d := range []int{5, 6, 7, 10, 11, 12, 13, 14, 17, 18, 19, 20, 24, 25, 26, 27, 28, 31} {
		w.fill(c, "SPXW", date(2025, 3, d), 4800, 6500, 5)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Prepare(c, DefaultParams()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(c.Len()), "contracts")
}
