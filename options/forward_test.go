package options

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"faultline/market"
)

func TestWeightedMedianIsTheLeastValueWithHalfTheWeightAtOrBelow(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		v := rapid.SliceOfN(rapid.Custom(func(r *rapid.T) weighted {
			return weighted{float64(rapid.IntRange(-5, 5).Draw(r, "value")), float64(rapid.IntRange(1, 4).Draw(r, "weight"))}
		}), 1, 40).Draw(r, "v")
		sorted := slices.Clone(v)
		slices.SortFunc(sorted, func(a, b weighted) int { return int(a.value - b.value) })
		total, sum, want := 0.0, 0.0, math.NaN()
		for _, x := range sorted {
			total += x.weight
		}
		for _, x := range sorted {
			if sum += x.weight; sum >= total/2 {
				want = x.value
				break
			}
		}
		if got := weightedMedian(v); got != want {
			r.Fatalf("got %v, want %v of %v", got, want, sorted)
		}
	})
}

// One pair in five of another time must not move forward or rate.
func TestForwardAndRateStandUnderStalePairs(t *testing.T) {
	w := indexWorld()
	w.half = 0.1
	d := date(2025, 6, 20)
	c := w.chain()
	w.fill(c, "SPX", d, 4000, 7500, 25)
	late := w
	late.spot *= 0.99
	for i := range c.Len() {
		if int(c.Strike[i]/25)%5 == 0 {
			q := late.quote("SPX", d, c.Right[i], c.Strike[i])
			c.Bid[i], c.Ask[i] = q.Bid, q.Ask
		}
	}
	e := prepare(t, c).Expiries[0]
	want := w.forward(e.Years)
	if !(math.Abs(e.Forward-want) < 0.1) {
		t.Errorf("forward %v, want %v", e.Forward, want)
	}
	if !(math.Abs(e.Rate-w.rate) < 0.001) {
		t.Errorf("rate %v, want %v", e.Rate, w.rate)
	}
	if !(math.Abs(e.DividendYield-w.dividend) < 0.002) {
		t.Errorf("dividend yield %v, want %v", e.DividendYield, w.dividend)
	}
}

func TestForwardOfAnExpiryWithoutPairsComesFromTheNeighbours(t *testing.T) {
	f := func(name string, keep func(i int, c *market.Chain) bool, from string) {
		t.Helper()
		w, full := indexChain()
		c := w.chain()
		for i := range full.Len() {
			if keep(i, full) {
				c.Append(full.Row(i))
			}
		}
		b := prepare(t, c)
		found := false
		for _, e := range b.Expiries {
			if e.ForwardFrom == "parity" {
				continue
			}
			found = true
			if e.ForwardFrom != from || e.Absent != nil || e.Contracts == 0 {
				t.Errorf("%s: %s %s: forward from %q, %+v", name, e.Root, e.Date, e.ForwardFrom, e.Absent)
			}
			if want := w.forward(e.Years); !(math.Abs(e.Forward-want) < 0.2) {
				t.Errorf("%s: forward %v, want %v", name, e.Forward, want)
			}
			if !market.IsMissing(e.ForwardLow) || !market.IsMissing(e.ForwardHigh) {
				t.Errorf("%s: a forward from neighbours has the bounds %v–%v", name, e.ForwardLow, e.ForwardHigh)
			}
		}
		if !found {
			t.Errorf("%s: every expiry has parity", name)
		}
	}
	without := func(root string, month, day int, side float64) func(int, *market.Chain) bool {
		return func(i int, c *market.Chain) bool {
			_, m, d := c.Expiry[i].YMD()
			return !(c.Root[i] == root && int(m) == month && d == day && float64(c.Right[i]) == side)
		}
	}
	f("a middle expiry without puts", without("SPXW", 3, 10, -1), "interpolated")
	f("the last expiry without calls", without("SPX", 6, 20, 1), "extrapolated")
	f("the first expiry without puts", without("SPXW", 3, 4, -1), "extrapolated")
}

func TestNoForwardIsMadeFromARateAlone(t *testing.T) {
	w := indexWorld()
	c := w.chain()
	w.fill(c, "SPXW", date(2025, 3, 5), 5700, 5850, 5) // a day away: its carry says nothing
	for k := 5000.0; k <= 6500; k += 25 {              // calls only
		c.Append(w.quote("SPX", date(2025, 6, 20), 1, k))
	}
	b := prepare(t, c)
	e := b.Expiries[1]
	if e.Absent == nil || e.Absent.Code != NoForward || e.Contracts != 0 || !market.IsMissing(e.Forward) {
		t.Errorf("%+v", e)
	}
	if b.RejectedBy[NoForward] != 61 || b.Dropped != 61 {
		t.Errorf("rejected %v, dropped %d", b.RejectedBy, b.Dropped)
	}
}

func TestAnExpiryOfAnotherTimeIsStale(t *testing.T) {
	w, c := indexChain()
	late := w
	late.spot *= 0.97
	for i := range c.Len() {
		if c.Expiry[i] == date(2025, 3, 10) {
			q := late.quote(c.Root[i], c.Expiry[i], c.Right[i], c.Strike[i])
			c.Bid[i], c.Ask[i] = q.Bid, q.Ask
		}
	}
	b := prepare(t, c)
	for _, e := range b.Expiries {
		stale := e.Date == date(2025, 3, 10)
		if (e.ForwardFrom != "parity") != stale {
			t.Errorf("%s %s: forward from %q", e.Root, e.Date, e.ForwardFrom)
		}
		if want := w.forward(e.Years); !(math.Abs(e.Forward/want-1) < 1e-4) {
			t.Errorf("%s %s: forward %v, want %v", e.Root, e.Date, e.Forward, want)
		}
	}
	if b.RejectedBy[Stale] == 0 {
		t.Error("no quote is counted as stale")
	}
}
