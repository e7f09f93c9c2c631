package options

import (
	"errors"
	"math"
	"runtime"
	"testing"
	"time"

	"pgregory.net/rapid"

	"faultline/black"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

func caveat(b *Book, code string) *evidence.Code {
	for i := range b.Caveats {
		if b.Caveats[i].Code == code {
			return &b.Caveats[i]
		}
	}
	return nil
}

// Each case spoils one call of a sound chain and says what must come of it.
func TestEachBadQuoteIsCountedUnderItsReason(t *testing.T) {
	const strike = 5900
	day := date(2025, 3, 10)
	f := func(name string, spoil func(q *market.Quote), reason string, kept bool) {
		t.Helper()
		w, full := indexChain()
		c := w.chain()
		for i := range full.Len() {
			q := full.Row(i)
			if q.Strike == strike && q.Expiry == day && q.Right == black.Call {
				spoil(&q)
			}
			c.Append(q)
		}
		b := prepare(t, c)
		if b.RejectedBy[reason] == 0 {
			t.Errorf("%s: rejected %v, want %s", name, b.RejectedBy, reason)
			return
		}
		for _, r := range b.Rejected {
			q := c.Row(int(r.Row))
			if r.Reason != reason || q.Expiry != day || q.Right != black.Call {
				continue
			}
			if r.Kept != kept {
				t.Errorf("%s: kept %v, want %v", name, r.Kept, kept)
			}
		}
		if !kept {
			return
		}
		for i := range b.Len() {
			if b.Strike[i] != strike || b.Expiries[b.Exp[i]].Date != day || b.Right[i] != black.Call {
				continue
			}
			want := w.vol(math.Log(strike / b.Forward[i]))
			if !(math.Abs(b.Vol[i]-want) < 0.01) {
				t.Errorf("%s: volatility %v from %v, want %v", name, b.Vol[i], b.VolFrom[i], want)
			}
			if b.VolFrom[i] == FromQuote {
				t.Errorf("%s: the volatility is from the bad quote", name)
			}
			if !(b.OpenInterest[i] > 0) {
				t.Errorf("%s: the open interest is gone", name)
			}
			return
		}
		t.Errorf("%s: the contract is gone", name)
	}
	set := func(bid, ask float64) func(*market.Quote) {
		return func(q *market.Quote) { q.Bid, q.Ask = bid, ask }
	}
	inf, missing := math.Inf(1), market.Missing
	f("crossed", func(q *market.Quote) { q.Bid, q.Ask = q.Ask+1, q.Bid }, Crossed, true)
	f("wide", func(q *market.Quote) { q.Bid, q.Ask = q.Bid/3, q.Ask*3 }, Wide, true)
	f("no bid", func(q *market.Quote) { q.Bid = 0 }, NoBid, true)
	f("blank bid", func(q *market.Quote) { q.Bid = missing }, NoBid, true)
	f("no ask", func(q *market.Quote) { q.Ask = 0 }, NoAsk, true)
	f("blank ask", func(q *market.Quote) { q.Ask = missing }, NoAsk, true)
	f("no quote", set(0, 0), NoQuote, true)
	f("blank quote", set(missing, missing), NoQuote, true)
	f("negative bid", func(q *market.Quote) { q.Bid = -1 }, BadPrice, true)
	f("infinite ask", func(q *market.Quote) { q.Ask = inf }, BadPrice, true)
	f("a price of another day", func(q *market.Quote) { q.Bid, q.Ask = q.Bid*2, q.Ask*2 }, Stale, true)
	f("more than the index", set(6100, 6101), AboveMaximum, true)
	f("strike of zero", func(q *market.Quote) { q.Strike = 0 }, BadStrike, false)
	f("negative strike", func(q *market.Quote) { q.Strike = -5 }, BadStrike, false)
	f("no strike", func(q *market.Quote) { q.Strike = missing }, BadStrike, false)
	f("infinite strike", func(q *market.Quote) { q.Strike = inf }, BadStrike, false)
	f("neither call nor put", func(q *market.Quote) { q.Right = 0 }, BadStrike, false)
	f("an adjusted contract", func(q *market.Quote) { q.Root = "SPXW1" }, AdjustedRoot, false)
	f("an expiry in another century", func(q *market.Quote) { q.Expiry = date(2099, 1, 5) }, BadExpiry, false)
	f("expired", func(q *market.Quote) { q.Expiry = date(2025, 3, 3) }, Expired, false)
}

func TestAnOptionInTheMoneyBelowItsExerciseIsBelowIntrinsic(t *testing.T) {
	w, c := indexChain()
	for i := range c.Len() {
		if c.Strike[i] == 5500 && c.Expiry[i] == date(2025, 3, 10) && c.Right[i] == black.Call {
			c.Bid[i], c.Ask[i] = 200, 201 // exercise pays 280
		}
	}
	b := prepare(t, c)
	if b.RejectedBy[BelowIntrinsic] == 0 {
		t.Errorf("rejected %v", b.RejectedBy)
	}
	_ = w
}

func TestADuplicateCountsOnce(t *testing.T) {
	_, c := indexChain()
	want := prepare(t, c)
	n := c.Len()
	worse := c.Row(10)
	worse.Bid, worse.Ask = worse.Bid/2, worse.Ask*1.4
	c.Append(c.Row(3))
	c.Append(worse)
	b := prepare(t, c)
	if b.Len() != want.Len() || b.RejectedBy[Duplicate] != 2 || b.Dropped != want.Dropped+2 {
		t.Errorf("%d contracts, rejected %v", b.Len(), b.RejectedBy)
	}
	for i := range b.Len() {
		if b.Vol[i] != want.Vol[i] {
			t.Fatalf("contract %d: volatility %v, want %v", i, b.Vol[i], want.Vol[i])
		}
	}
	for _, r := range b.Rejected {
		if r.Reason == Duplicate && r.Kept {
			t.Error("a duplicate is kept")
		}
		if r.Reason == Duplicate && int(r.Row) < n && int(r.Row) != 3 {
			t.Errorf("row %d goes instead of its worse copy", r.Row)
		}
	}
}

func TestAChainOfWhichNothingIsLeftSaysWhy(t *testing.T) {
	f := func(name string, spoil func(c *market.Chain), code, reason string) {
		t.Helper()
		_, c := indexChain()
		spoil(c)
		b, err := Prepare(c, DefaultParams())
		if absentCode(err) != code || b != nil {
			t.Errorf("%s: %v, want %s", name, err, code)
			return
		}
		if reason == "" {
			return
		}
		var a *evidence.Absent
		errors.As(err, &a)
		if n, ok := a.Args[reason].(int); !ok || n != c.Len() {
			t.Errorf("%s: %v, want %d rows %s", name, a.Args, c.Len(), reason)
		}
	}
	each := func(col func(c *market.Chain) []float64, v float64) func(*market.Chain) {
		return func(c *market.Chain) {
			for i := range col(c) {
				col(c)[i] = v
			}
		}
	}
	bid := func(c *market.Chain) []float64 { return c.Bid }
	strike := func(c *market.Chain) []float64 { return c.Strike }
	f("no rows", func(c *market.Chain) { *c = market.Chain{Underlying: "SPX", At: c.At} }, "empty_chain", "")
	f("all bids zero", each(bid, 0), "no_usable_contract", NoBid)
	f("all bids blank", each(bid, market.Missing), "no_usable_contract", NoBid)
	f("no strikes", each(strike, market.Missing), "no_usable_contract", BadStrike)
	f("all expired", func(c *market.Chain) { c.At = instant(2026, 3, 4, 12, 0) }, "no_usable_contract", Expired)
	f("before the calendar", func(c *market.Chain) { c.At = instant(1980, 3, 4, 12, 0) }, "chain_date_unknown", "")
	f("after the calendar", func(c *market.Chain) { c.At = instant(2050, 3, 4, 12, 0) }, "chain_date_unknown", "")
}

func TestOneStrikeIsEnough(t *testing.T) {
	w := indexWorld()
	c := w.chain()
	w.fill(c, "SPXW", date(2025, 4, 4), 5775, 5775, 1)
	b := prepare(t, c)
	e := b.Expiries[0]
	if b.Len() != 2 || !(math.Abs(e.Forward-w.forward(e.Years)) < 0.2) {
		t.Fatalf("%d contracts, forward %v, want %v", b.Len(), e.Forward, w.forward(e.Years))
	}
	for i := range b.Len() {
		if !(math.Abs(b.Vol[i]-w.atm) < 0.005) {
			t.Errorf("volatility %v, want %v", b.Vol[i], w.atm)
		}
	}
	if v, err := b.VolAt(0, 5000); err != nil || !(v > w.atm) {
		t.Errorf("far from the only strike: %v, %v", v, err)
	}
}

func TestSpotOutsideTheStrikes(t *testing.T) {
	for _, from := range []float64{4000, 6500} {
		w := indexWorld()
		c := w.chain()
		w.fill(c, "SPX", date(2025, 6, 20), from, from+500, 25)
		b := prepare(t, c)
		e := b.Expiries[0]
		if !(math.Abs(e.Forward-w.forward(e.Years)) < 5) {
			t.Errorf("strikes from %v: forward %v, want %v", from, e.Forward, w.forward(e.Years))
		}
		for i := range b.Len() {
			if want := w.vol(math.Log(b.Strike[i] / e.Forward)); !(math.Abs(b.Vol[i]-want) < 0.02) {
				t.Errorf("strike %v: volatility %v, want %v", b.Strike[i], b.Vol[i], want)
			}
		}
	}
}

// In the last minute nothing out of the money has a bid. Half of the ask is then all that is known.
func TestWithoutAnyBidOutOfTheMoneyTheAskServes(t *testing.T) {
	w := indexWorld()
	w.at = instant(2025, 3, 4, 15, 59).Add(30 * time.Second)
	c := w.chain()
	w.fill(c, "SPXW", date(2025, 3, 4), 5700, 5850, 5)
	b := prepare(t, c)
	served := 0
	for i := range b.Len() {
		if b.VolFrom[i] != FromAsk {
			continue
		}
		served++
		if !market.IsMissing(b.BidVol[i]) || !(b.AskVol[i] > b.Vol[i]) || !market.IsMissing(b.Mid[i]) {
			t.Errorf("strike %v: %v below an ask of %v, bid %v, mid %v", b.Strike[i], b.Vol[i], b.AskVol[i], b.BidVol[i], b.Mid[i])
		}
	}
	if served == 0 {
		t.Error("no volatility is from an ask")
	}
}

func TestALockedMarketHasAFit(t *testing.T) {
	w := indexWorld()
	w.half = 0
	c := w.chain()
	w.fill(c, "SPXW", date(2025, 4, 4), 5600, 5950, 10)
	e := prepare(t, c).Expiries[0]
	if !(math.Abs(e.Forward-w.forward(e.Years)) < 1e-3) || !(e.Fit.Median < 0.0005) || !market.IsMissing(e.Fit.Widths) {
		t.Errorf("forward %v, want %v; fit %+v", e.Forward, w.forward(e.Years), e.Fit)
	}
}

func TestHalfStrikesAreStrikes(t *testing.T) {
	w := indexWorld()
	c := w.chain()
	w.fill(c, "SPXW", date(2025, 4, 4), 5700, 5850, 2.5)
	b := prepare(t, c)
	if b.Len() != c.Len() || b.Strike[2] != 5702.5 {
		t.Errorf("%d of %d contracts, second strike %v", b.Len(), c.Len(), b.Strike[2])
	}
}

func TestVendorsVolatilityIsNeverBelieved(t *testing.T) {
	_, c := indexChain()
	want := prepare(t, c)
	for i := range c.IV {
		c.IV[i] = 5 // 500 %
	}
	b := prepare(t, c)
	for i := range b.Len() {
		if b.Vol[i] != want.Vol[i] || b.VolFrom[i] == FromVendor {
			t.Fatalf("contract %d: volatility %v from %v", i, b.Vol[i], b.VolFrom[i])
		}
	}
}

func TestAMissingSpotIsImpliedAndAWrongOneReported(t *testing.T) {
	w, c := indexChain()
	c.Spot = market.Missing
	b := prepare(t, c)
	if caveat(b, "spot_implied") == nil || !(math.Abs(b.Spot/w.spot-1) < 1e-4) {
		t.Errorf("spot %v, caveats %v", b.Spot, b.Caveats)
	}
	c.Spot = w.spot * 1.01
	b = prepare(t, c)
	if caveat(b, "spot_does_not_fit") == nil || b.Spot != c.Spot || !(math.Abs(b.SpotImplied/w.spot-1) < 1e-4) {
		t.Errorf("spot %v, implied %v, caveats %v", b.Spot, b.SpotImplied, b.Caveats)
	}
	c.Spot = w.spot
	if b = prepare(t, c); caveat(b, "spot_does_not_fit") != nil {
		t.Errorf("a right spot is reported: %v", b.Caveats)
	}
}

// A chain downloaded on a Saturday holds Friday's quotes and Friday's dead expiry.
func TestTimeRunsFromTheCloseAtWhichTheQuotesWereLive(t *testing.T) {
	w := indexWorld()
	w.at = instant(2025, 3, 7, 16, 15) // Friday's close of index options
	c := w.chain()
	w.fill(c, "SPXW", date(2025, 3, 10), 5600, 5950, 5)
	w.fill(c, "SPX", date(2025, 3, 21), 5000, 6500, 25)
	dead := w
	dead.at = instant(2025, 3, 7, 15, 0)
	dead.fill(c, "SPXW", date(2025, 3, 7), 5700, 5850, 5)
	for _, at := range []time.Time{w.at, instant(2025, 3, 7, 20, 0), instant(2025, 3, 8, 20, 47), instant(2025, 3, 9, 23, 0), instant(2025, 3, 10, 9, 0)} {
		c.At = at
		b := prepare(t, c)
		if !b.Quoted.Equal(w.at) {
			t.Errorf("known %v: quoted %v, want %v", at, b.Quoted, w.at)
		}
		if (caveat(b, "quotes_before_chain_time") != nil) != !at.Equal(w.at) {
			t.Errorf("known %v: caveats %v", at, b.Caveats)
		}
		if b.RejectedBy[Expired] != 62 || len(b.Expiries) != 2 {
			t.Errorf("known %v: rejected %v, %d expiries", at, b.RejectedBy, len(b.Expiries))
		}
		for i := range b.Len() {
			if want := w.vol(math.Log(b.Strike[i] / b.Forward[i])); b.VolFrom[i] == FromQuote && !(math.Abs(b.Vol[i]-want) < 0.004) {
				t.Fatalf("known %v: strike %v has volatility %v, want %v", at, b.Strike[i], b.Vol[i], want)
			}
		}
	}
}

func TestMorningExpiryIsDeadOnceTheMarketHasOpened(t *testing.T) {
	w := indexWorld()
	w.at = instant(2025, 3, 20, 12, 0)
	c := w.chain()
	for _, root := range []string{"SPX", "SPXW"} {
		w.fill(c, root, date(2025, 3, 21), 5600, 5950, 5)
	}
	f := func(at time.Time, roots ...string) {
		t.Helper()
		c.At = at
		b := prepare(t, c)
		var got []string
		for _, e := range b.Expiries {
			got = append(got, e.Root)
		}
		if len(got) != len(roots) || got[0] != roots[0] {
			t.Errorf("at %v: roots %v, want %v", at, got, roots)
		}
	}
	f(instant(2025, 3, 20, 16, 0), "SPX", "SPXW")
	f(instant(2025, 3, 21, 9, 29), "SPX", "SPXW")
	f(instant(2025, 3, 21, 9, 30), "SPXW")
	f(instant(2025, 3, 21, 15, 59), "SPXW")
}

func TestDelayedTablesAreQuotedEarlier(t *testing.T) {
	_, c := indexChain()
	c.Origin.Format = "cboe_table"
	b := prepare(t, c)
	if want := c.At.Add(-15 * time.Minute); !b.Quoted.Equal(want) {
		t.Errorf("quoted %v, want %v", b.Quoted, want)
	}
}

func TestRootsOfAMonthlyDateAreToldApart(t *testing.T) {
	w, c := indexChain()
	want := prepare(t, c)
	for i := range c.Root {
		c.Root[i] = ""
	}
	b := prepare(t, c)
	if caveat(b, "roots_inferred") == nil {
		t.Error("no caveat")
	}
	if len(b.Expiries) != len(want.Expiries) {
		t.Fatalf("%d expiries, want %d", len(b.Expiries), len(want.Expiries))
	}
	for g, e := range b.Expiries {
		if e.Root != want.Expiries[g].Root || e.Contracts != want.Expiries[g].Contracts {
			t.Errorf("%s %s with %d contracts, want %s with %d", e.Root, e.Date, e.Contracts, want.Expiries[g].Root, want.Expiries[g].Contracts)
		}
		if f := w.forward(e.Years); !(math.Abs(e.Forward-f) < 0.1) {
			t.Errorf("%s %s: forward %v, want %v", e.Root, e.Date, e.Forward, f)
		}
	}
}

func TestNumberOfProcessorsChangesNothing(t *testing.T) {
	_, c := indexChain()
	want := fingerprint(c, prepare(t, c))
	before := runtime.GOMAXPROCS(1)
	defer runtime.GOMAXPROCS(before)
	if got := fingerprint(c, prepare(t, c)); got != want {
		t.Error("one processor gives another book")
	}
}

func TestFundOptionsHaveTheirEarlyExerciseTakenOut(t *testing.T) {
	w := world{underlying: "SPY", at: instant(2024, 5, 1, 12, 0), spot: 500, rate: 0.05375, dividend: 0.013, atm: 0.14, skew: -0.3, half: 0.02}
	c := w.chain()
	for _, d := range []calendar.Date{date(2024, 5, 17), date(2024, 12, 20), date(2025, 6, 20)} {
		t := w.years("SPY", d)
		f := w.forward(t)
		for k := 400.0; k <= 600; k += 5 {
			for _, r := range []black.Right{black.Call, black.Put} {
				q := w.quote("SPY", d, r, k)
				p := americanPrice(r, w.spot, k, w.rate, w.dividend, w.vol(math.Log(k/f)), t)
				q.Bid, q.Ask = math.Max(p-w.half, 0), p+w.half
				c.Append(q)
			}
		}
	}
	b := prepare(t, c)
	if caveat(b, "early_exercise_removed") == nil {
		t.Errorf("caveats %v", b.Caveats)
	}
	for _, e := range b.Expiries {
		if want := w.forward(e.Years); !(math.Abs(e.Forward-want) < 0.05) {
			t.Errorf("%s: forward %v, want %v", e.Date, e.Forward, want)
		}
	}
	for i := range b.Len() {
		e := b.Expiries[b.Exp[i]]
		if want := w.vol(math.Log(b.Strike[i] / e.Forward)); b.VolFrom[i] == FromQuote && !(math.Abs(b.Vol[i]-want) < 0.0015) {
			t.Errorf("%s %v: volatility %v, want %v", e.Date, b.Strike[i], b.Vol[i], want)
		}
	}
}

// Options on a volatility index are on a future of each expiry: their forwards lie on no line, no spot
// follows from them, and variance need not grow with time.
func TestExpiriesOfAVolatilityIndexStandAlone(t *testing.T) {
	w := world{underlying: "VIX", at: instant(2025, 3, 4, 11, 0), spot: 23, rate: 0.043, atm: 1.2, skew: 0.8, half: 0.03}
	c := w.chain()
	c.Spot = 23
	days := []calendar.Date{calendar.VIXExpiry(2025, 3), calendar.VIXExpiry(2025, 4), calendar.VIXExpiry(2025, 5)}
	want := []float64{21.5, 20.4, 20.1}
	atm := []float64{1.6, 0.9, 0.5}
	for n, d := range days {
		x := w
		x.rate, x.atm = 0, atm[n]
		x.spot = want[n] // with no rate and no yield the forward is this
		for k := 12.0; k <= 40; k++ {
			for _, r := range []black.Right{black.Call, black.Put} {
				c.Append(x.quote("VIX", d, r, k))
			}
		}
	}
	b := prepare(t, c)
	if len(b.Expiries) != 3 || !market.IsMissing(b.SpotImplied) || caveat(b, "spot_does_not_fit") != nil || b.RejectedBy[Stale] != 0 {
		t.Fatalf("%d expiries, implied spot %v, %v, %v", len(b.Expiries), b.SpotImplied, b.Caveats, b.RejectedBy)
	}
	for g, e := range b.Expiries {
		if e.Style != calendar.AM || e.ForwardFrom != "parity" || !(math.Abs(e.Forward-want[g]) < 0.02) {
			t.Errorf("%s: forward %v from %q, want %v", e.Date, e.Forward, e.ForwardFrom, want[g])
		}
		if v, err := b.VolAt(g, e.Forward); err != nil || !(math.Abs(v/atm[g]-1) < 0.02) {
			t.Errorf("%s: volatility at the money %v, %v, want %v", e.Date, v, err, atm[g])
		}
	}
}

func TestAStockThatCostsToBorrowIsFlagged(t *testing.T) {
	for _, yield := range []float64{0.01, 0.2} {
		w := world{underlying: "XYZ", at: instant(2024, 5, 1, 12, 0), spot: 50, rate: 0.05375, dividend: yield, atm: 0.6, skew: -0.1, half: 0.02}
		c := w.chain()
		for _, d := range []calendar.Date{date(2024, 5, 17), date(2024, 12, 20)} {
			t := w.years("XYZ", d)
			f := w.forward(t)
			for k := 30.0; k <= 70; k += 2.5 {
				for _, r := range []black.Right{black.Call, black.Put} {
					q := w.quote("XYZ", d, r, k)
					p := americanPrice(r, w.spot, k, w.rate, w.dividend, w.vol(math.Log(k/f)), t)
					q.Bid, q.Ask = p-w.half, p+w.half
					c.Append(q)
				}
			}
		}
		b := prepare(t, c)
		e := b.Expiries[1]
		if !(math.Abs(e.DividendYield-yield) < 0.005) {
			t.Errorf("yield %v, want %v", e.DividendYield, yield)
		}
		if (yield > 0.1) != e.Borrow || (yield > 0.1) != (caveat(b, "borrow_cost") != nil) || b.Expiries[0].Borrow {
			t.Errorf("yield %v: borrow %v, %v, caveats %v", yield, b.Expiries[0].Borrow, e.Borrow, b.Caveats)
		}
	}
}

// Whatever a file holds, the result is an error or a sound book, and the same in every order of rows.
func TestAnyChainGivesASoundBookOrAnError(t *testing.T) {
	prices := []float64{market.Missing, 0, -1, 0.05, 0.1, 1, 5, 20, 100, 1e6, math.Inf(1)}
	rapid.Check(t, func(r *rapid.T) {
		underlying := rapid.SampledFrom([]string{"SPX", "SPY", "VIX", "XYZ"}).Draw(r, "underlying")
		c := &market.Chain{Underlying: underlying, At: instant(2025, 3, 20, rapid.IntRange(0, 23).Draw(r, "hour"), 30)}
		c.Spot = rapid.SampledFrom([]float64{market.Missing, 0, 100, 5000}).Draw(r, "spot")
		for range rapid.IntRange(1, 60).Draw(r, "rows") {
			q := market.Quote{
				Root:         rapid.SampledFrom([]string{"", underlying, "SPXW"}).Draw(r, "root"),
				Expiry:       date(2025, 3, rapid.IntRange(18, 28).Draw(r, "day")),
				Right:        rapid.SampledFrom([]black.Right{black.Call, black.Put, 0}).Draw(r, "right"),
				Strike:       rapid.SampledFrom([]float64{50, 95, 100, 105, 110, 500, market.Missing, -1}).Draw(r, "strike"),
				Bid:          rapid.SampledFrom(prices).Draw(r, "bid"),
				Ask:          rapid.SampledFrom(prices).Draw(r, "ask"),
				Last:         rapid.SampledFrom(prices).Draw(r, "last"),
				OpenInterest: rapid.SampledFrom(prices).Draw(r, "interest"),
				Volume:       market.Missing, IV: rapid.SampledFrom([]float64{market.Missing, 0.2, 5}).Draw(r, "iv"),
				Delta: market.Missing, Gamma: market.Missing,
			}
			c.Append(q)
		}
		b, err := Prepare(c, DefaultParams())
		s := shuffle(c, rapid.Uint64().Draw(r, "seed"))
		other, otherErr := Prepare(s, DefaultParams())
		if (err == nil) != (otherErr == nil) {
			r.Fatalf("%v in one order, %v in another", err, otherErr)
		}
		if err != nil {
			if a := (*evidence.Absent)(nil); !errors.As(err, &a) {
				r.Fatalf("the error has no code: %v", err)
			}
			return
		}
		if fingerprint(c, b) != fingerprint(s, other) {
			r.Fatal("the book depends on the order of the rows")
		}
		if b.Len()+b.Dropped != c.Len() {
			r.Fatalf("%d contracts and %d dropped of %d rows", b.Len(), b.Dropped, c.Len())
		}
		for i := range b.Len() {
			finite := func(x float64) bool { return x-x == 0 }
			if !(b.Vol[i] > 0) || !finite(b.Vol[i]) || !(b.Years[i] > 0) || !(b.Forward[i] > 0) || !finite(b.Forward[i]) || b.VolFrom[i] == 0 {
				r.Fatalf("contract %d: vol %v from %v, years %v, forward %v", i, b.Vol[i], b.VolFrom[i], b.Years[i], b.Forward[i])
			}
			if b.OpenInterest[i] < 0 || math.IsInf(b.OpenInterest[i], 0) {
				r.Fatalf("contract %d: open interest %v", i, b.OpenInterest[i])
			}
		}
	})
}
