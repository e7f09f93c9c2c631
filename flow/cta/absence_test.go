package cta_test

import (
	"errors"
	"math"
	"slices"
	"testing"

	"faultline/assumption"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/flow/cta"
	"faultline/market"
)

// altered is a State made from bars that a test spoils.
func altered(t *testing.T, n int, spoil func(b *market.Bars)) *market.State {
	t.Helper()
	last := calendar.DateOf(2025, 11, 19)
	b := madeBars("SPX", n, last, 0)
	spoil(b)
	var book market.Book
	book.Add(market.Dataset{Bars: b})
	x, err := calendar.NYSE().Session(last)
	if err != nil {
		t.Fatal(err)
	}
	return book.AsOf(x.Close)
}

func cut(b *market.Bars, from, to int) {
	for _, c := range []*[]float64{&b.Open, &b.High, &b.Low, &b.Close, &b.Volume} {
		*c = slices.Delete(*c, from, to)
	}
	b.Begin, b.Known, b.Line = slices.Delete(b.Begin, from, to), slices.Delete(b.Known, from, to), slices.Delete(b.Line, from, to)
}

func TestBadPricesAreAnAbsenceWithItsReason(t *testing.T) {
	f := func(name, code string, spoil func(b *market.Bars)) {
		t.Helper()
		_, err := cta.Read(t.Context(), altered(t, 2000, spoil), noBands(t))
		var absent *evidence.Absent
		if !errors.As(err, &absent) || absent.Code != code {
			t.Errorf("%s gives %v, want %s", name, err, code)
		}
	}
	f("a price of zero", "bad_price", func(b *market.Bars) { b.Close[1500] = 0 })
	f("a negative price", "bad_price", func(b *market.Bars) { b.Close[3] = -5 })
	f("an infinite price", "bad_price", func(b *market.Bars) { b.Close[1999] = math.Inf(1) })
	f("no price", "bad_price", func(b *market.Bars) { b.Close[1999] = market.Missing })
	f("a split that was not adjusted for", "price_jump", func(b *market.Bars) {
		for i := range 1700 {
			b.Close[i] *= 2
		}
	})
	f("a flat end", "no_volatility", func(b *market.Bars) {
		for i := 1900; i < 2000; i++ {
			b.Close[i] = b.Close[1900]
		}
	})
	f("prices that ended a month ago", "stale_prices", func(b *market.Bars) { cut(b, 1978, 2000) })
	f("a gap that leaves less than the fastest speed needs", "gap", func(b *market.Bars) { cut(b, 1900, 1940) })
	f("a few days", "short_history", func(b *market.Bars) { cut(b, 0, 1950) })
	f("nothing", "no_bars", func(b *market.Bars) { cut(b, 0, 2000) })
}

func TestASpeedWithTooLittleHistoryIsAbsentAndTheOthersAreNot(t *testing.T) {
	r, err := cta.Read(t.Context(), made(300, calendar.DateOf(2025, 11, 19)), noBands(t))
	if err != nil {
		t.Fatal(err)
	}
	if r.Pivots[0].Absent != nil || r.Pivots[1].Absent != nil {
		t.Fatalf("300 closes are enough for 42 and 140 days: %v, %v", r.Pivots[0].Absent, r.Pivots[1].Absent)
	}
	long := r.Pivots[2]
	if long.Absent == nil || long.Absent.Code != "short_history" || long.Absent.Args["needs"] != 840 || long.Absent.Args["has"] != 300 {
		t.Fatalf("long pivot on 300 closes: %+v", long)
	}
	if !market.IsMissing(long.Price) || !market.IsMissing(long.SignalNow) {
		t.Fatalf("an absent pivot has price %v and signal %v", long.Price, long.SignalNow)
	}
	if r.BySpeedUSD[2] != 0 || r.BySpeedUSD[0] == 0 {
		t.Fatalf("positions by speed: %v", r.BySpeedUSD)
	}
	if !market.IsMissing(r.Percentile) {
		t.Fatalf("percentile on 300 closes is %v", r.Percentile)
	}
}

func TestAGapCutsTheHistoryAndIsNamed(t *testing.T) {
	r, err := cta.Read(t.Context(), altered(t, 2000, func(b *market.Bars) { cut(b, 1500, 1540) }), noBands(t))
	if err != nil {
		t.Fatal(err)
	}
	why := r.Pivots[2].Absent
	if why == nil || why.Code != "gap" || why.Args["has"] != 460 || why.Args["from"] == nil {
		t.Fatalf("long pivot behind a gap: %v", why)
	}
	if r.Pivots[0].Absent != nil {
		t.Fatalf("short pivot behind a gap of two months two years ago: %v", r.Pivots[0].Absent)
	}
}

func TestMissingSessionsAreACaveat(t *testing.T) {
	r, err := cta.Read(t.Context(), altered(t, 2000, func(b *market.Bars) { cut(b, 1900, 1903) }), noBands(t))
	if err != nil {
		t.Fatal(err)
	}
	want := evidence.Code{Code: "missing_sessions", Args: evidence.Args{"instrument": "SPX", "count": 3}}.String()
	for _, c := range r.Caveats {
		if c.String() == want {
			return
		}
	}
	t.Fatalf("caveats %v lack %s", r.Caveats, want)
}

func TestAMarketThatCannotBeUsedIsLeftOutWithACaveat(t *testing.T) {
	last := calendar.DateOf(2025, 11, 19)
	x, err := calendar.NYSE().Session(last)
	if err != nil {
		t.Fatal(err)
	}
	read := func(spoil func(b *market.Bars)) *cta.Reading {
		t.Helper()
		var book market.Book
		dax := madeBars("DAX", 2000, last, 2)
		spoil(dax)
		book.Add(market.Dataset{Bars: madeBars("SPX", 2000, last, 0)}, market.Dataset{Bars: dax})
		r, err := cta.Read(t.Context(), book.AsOf(x.Close), noBands(t))
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	whole := read(func(*market.Bars) {})
	if len(whole.Markets) != 2 {
		t.Fatalf("markets: %+v", whole.Markets)
	}
	broken := read(func(b *market.Bars) { b.Close[7] = -1 })
	if len(broken.Markets) != 1 {
		t.Fatalf("markets with a bad price in one: %+v", broken.Markets)
	}
	if !slices.ContainsFunc(broken.Caveats, func(c evidence.Code) bool { return c.Code == "market_left_out" && c.Args["reason"] == "bad_price" }) {
		t.Fatalf("caveats: %v", broken.Caveats)
	}
	for _, r := range []*cta.Reading{whole, broken} {
		if !slices.ContainsFunc(r.Caveats, func(c evidence.Code) bool { return c.Code == "fewer_markets" }) {
			t.Fatalf("caveats with %d of four regions: %v", len(r.Markets), r.Caveats)
		}
	}
}

// A position of one speed of three is near zero, and a reader must not take it for the whole.
func TestAPositionOfFewerSpeedsSaysSo(t *testing.T) {
	last := calendar.DateOf(2025, 6, 2)
	x, err := calendar.NYSE().Session(last)
	if err != nil {
		t.Fatal(err)
	}
	f := func(sessions, speeds int) {
		t.Helper()
		var book market.Book
		book.Add(market.Dataset{Bars: madeBars("SPX", sessions, last, 0)})
		r, err := cta.Read(t.Context(), book.AsOf(x.Close), noBands(t))
		if err != nil {
			t.Fatal(err)
		}
		said := 3
		for _, c := range r.Caveats {
			if c.Code == "fewer_speeds" {
				said = c.Args["speeds"].(int)
			}
		}
		if said != speeds {
			t.Errorf("%d sessions: %d speeds are said to be known, want %d: %v", sessions, said, speeds, r.Caveats)
		}
	}
	f(100, 1)
	f(400, 2)
	f(2000, 3)
}

func TestWhatBecomesKnownLaterChangesNothing(t *testing.T) {
	last := calendar.DateOf(2025, 6, 2)
	now, err := calendar.NYSE().Session(last)
	if err != nil {
		t.Fatal(err)
	}
	all := madeBars("SPX", 3000, calendar.DateOf(2025, 11, 19), 0)
	var long, short market.Book
	long.Add(market.Dataset{Bars: all})
	early := &market.Bars{Origin: all.Origin, Instrument: "SPX", Interval: market.Day}
	for i := range all.Len() {
		if all.Date(i) <= last {
			early.Append(all.Begin[i], all.Known[i], all.Open[i], all.High[i], all.Low[i], all.Close[i], all.Volume[i], all.Line[i])
		}
	}
	short.Add(market.Dataset{Bars: early})
	rates := &market.Series{ID: "DFF", Unit: evidence.PercentStated}
	rates.Append(int64(last+1)*86400, now.Close.Unix()+86400, 99, 2)
	long.Add(market.Dataset{Series: rates})
	a, err := cta.Read(t.Context(), long.AsOf(now.Close), assumption.Default())
	if err != nil {
		t.Fatal(err)
	}
	b, err := cta.Read(t.Context(), short.AsOf(now.Close), assumption.Default())
	if err != nil {
		t.Fatal(err)
	}
	if x, y := format(a), format(b); x != y {
		t.Fatalf("later rows changed the reading:\n%s\n%s", x, y)
	}
}

func TestRatesOfTheStateTakeThePlaceOfTheTable(t *testing.T) {
	last := calendar.DateOf(2025, 11, 19)
	base := made(2000, last)
	with := func(rate float64, about, lag int) *cta.Reading {
		t.Helper()
		var book market.Book
		b, err := base.Daily("SPX")
		if err != nil {
			t.Fatal(err)
		}
		s := &market.Series{ID: "DFF", Unit: evidence.PercentStated}
		for i := range b.Len() {
			d := b.Date(i)
			s.Append(int64(int(d)+about)*86400, int64(int(d)+about+lag)*86400, rate, 1)
		}
		book.Add(market.Dataset{Bars: b}, market.Dataset{Series: s})
		return mustRead(t, book.AsOf(base.At()))
	}
	table := mustRead(t, base)
	dear := with(10, -1, 1)
	// Dearer financing makes the future fall behind the index: the averages of the past stand higher.
	for k := range dear.Pivots {
		if !(dear.Pivots[k].Price > table.Pivots[k].Price) {
			t.Errorf("%s: pivot %v at 10 %%, %v at the table's rates", dear.Pivots[k].Name, dear.Pivots[k].Price, table.Pivots[k].Price)
		}
	}
	unknown := with(10, -1, 5000)
	for k := range unknown.Pivots {
		if unknown.Pivots[k].Price != table.Pivots[k].Price {
			t.Errorf("%s: rates that nobody knew yet moved the pivot", unknown.Pivots[k].Name)
		}
	}
	old := with(10, -1, 60)
	for k := range old.Pivots {
		if old.Pivots[k].Price != table.Pivots[k].Price {
			t.Errorf("%s: rates of two months ago took the place of the table", old.Pivots[k].Name)
		}
	}
}
