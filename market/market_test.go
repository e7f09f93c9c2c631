package market_test

import (
	"bytes"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"faultline/black"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

var noon = time.Date(2025, time.November, 20, 17, 0, 0, 0, time.UTC)

// drawSets draws datasets of every kind whose rows became known between from and from plus two days.
func drawSets(r *rapid.T, label string, from time.Time) []market.Dataset {
	known := func(what string) int64 {
		return from.Unix() + rapid.Int64Range(0, 2*86400).Draw(r, label+what)
	}
	number := func(what string) float64 {
		if rapid.IntRange(0, 4).Draw(r, label+what+" missing") == 0 {
			return market.Missing
		}
		return rapid.Float64Range(0.01, 1e4).Draw(r, label+what)
	}
	origin := func() market.Origin {
		return market.Origin{File: rapid.SampledFrom([]string{"a.csv", "b.csv"}).Draw(r, label+"file"), Grade: evidence.Grade(rapid.IntRange(0, 3).Draw(r, label+"grade"))}
	}
	var sets []market.Dataset
	for range rapid.IntRange(0, 3).Draw(r, label+"bars") {
		b := &market.Bars{Origin: origin(), Instrument: "SPX", Interval: market.Day}
		for range rapid.IntRange(1, 5).Draw(r, label+"rows") {
			day := rapid.Int64Range(20400, 20405).Draw(r, label+"day")
			b.Append(day*86400, known("bar"), number("o"), number("h"), number("l"), rapid.Float64Range(1, 9).Draw(r, label+"c"), number("v"), int32(b.Len()))
		}
		sets = append(sets, market.Dataset{Bars: b})
	}
	for range rapid.IntRange(0, 3).Draw(r, label+"series") {
		s := &market.Series{Origin: origin(), ID: rapid.SampledFrom([]string{"DGS10", "CPI"}).Draw(r, label+"id")}
		for range rapid.IntRange(1, 5).Draw(r, label+"rows") {
			s.Append(rapid.Int64Range(1, 3).Draw(r, label+"about"), known("obs"), rapid.Float64Range(-5, 5).Draw(r, label+"value"), int32(s.Len()))
		}
		sets = append(sets, market.Dataset{Series: s})
	}
	for range rapid.IntRange(0, 2).Draw(r, label+"chains") {
		c := &market.Chain{Origin: origin(), Underlying: "SPX", At: time.Unix(known("chain"), 0), Spot: number("spot")}
		for range rapid.IntRange(1, 5).Draw(r, label+"rows") {
			c.Append(market.Quote{
				Root: rapid.SampledFrom([]string{"SPX", "SPXW"}).Draw(r, label+"root"), Expiry: calendar.Date(rapid.Int32Range(20410, 20412).Draw(r, label+"expiry")),
				Right: rapid.SampledFrom([]black.Right{black.Call, black.Put}).Draw(r, label+"right"), Strike: number("strike"),
				Bid: number("bid"), Ask: number("ask"), Last: number("last"), Volume: number("vol"), OpenInterest: number("oi"),
				IV: number("iv"), Delta: number("delta"), Gamma: number("gamma"), Line: int32(c.Len()),
			})
		}
		sets = append(sets, market.Dataset{Chain: c})
	}
	if rapid.Bool().Draw(r, label+"facts") {
		f := &market.Facts{Origin: origin()}
		for range rapid.IntRange(1, 4).Draw(r, label+"rows") {
			f.Rows = append(f.Rows, market.Fact{
				ID: rapid.SampledFrom([]string{"SPX_close", "BTC"}).Draw(r, label+"id"), About: rapid.Int64Range(1, 2).Draw(r, label+"about"),
				Known: known("fact"), Value: number("value"), Source: "https://example.org",
			})
		}
		sets = append(sets, market.Dataset{Facts: f})
	}
	return sets
}

func shuffle(r *rapid.T, d market.Dataset) market.Dataset {
	order := rapid.Permutation(func() []int {
		o := make([]int, d.Len())
		for i := range o {
			o[i] = i
		}
		return o
	}()).Draw(r, "order")
	switch {
	case d.Bars != nil:
		b := &market.Bars{Origin: d.Bars.Origin, Instrument: d.Bars.Instrument, Interval: d.Bars.Interval}
		for _, i := range order {
			b.Append(d.Bars.Begin[i], d.Bars.Known[i], d.Bars.Open[i], d.Bars.High[i], d.Bars.Low[i], d.Bars.Close[i], d.Bars.Volume[i], int32(i))
		}
		return market.Dataset{Bars: b}
	case d.Series != nil:
		s := &market.Series{Origin: d.Series.Origin, ID: d.Series.ID, Unit: d.Series.Unit}
		for _, i := range order {
			s.Append(d.Series.About[i], d.Series.Known[i], d.Series.Value[i], int32(i))
		}
		return market.Dataset{Series: s}
	case d.Chain != nil:
		c := &market.Chain{Origin: d.Chain.Origin, Underlying: d.Chain.Underlying, At: d.Chain.At, Spot: d.Chain.Spot}
		for _, i := range order {
			c.Append(d.Chain.Row(i))
		}
		return market.Dataset{Chain: c}
	}
	f := &market.Facts{Origin: d.Facts.Origin}
	for _, i := range order {
		f.Rows = append(f.Rows, d.Facts.Rows[i])
	}
	return market.Dataset{Facts: f}
}

func digest(sets []market.Dataset, at time.Time) []byte {
	var b market.Book
	b.Add(sets...)
	d := b.AsOf(at).Digest()
	return d[:]
}

func TestWhatBecomesKnownLaterChangesNothing(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		now := drawSets(r, "now ", noon.Add(-24*time.Hour))
		later := drawSets(r, "later ", noon.Add(time.Second))
		if !bytes.Equal(digest(now, noon), digest(append(later, now...), noon)) {
			r.Fatal("rows known after the instant changed the state")
		}
	})
}

func TestTheOrderOfRowsAndFilesChangesNothing(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		sets := drawSets(r, "", noon.Add(-24*time.Hour))
		if len(sets) == 0 {
			return
		}
		var mixed []market.Dataset
		for _, i := range rapid.Permutation(indices(len(sets))).Draw(r, "files") {
			mixed = append(mixed, shuffle(r, sets[i]))
		}
		if !bytes.Equal(digest(sets, noon), digest(mixed, noon)) {
			r.Fatal("the order of rows or files changed the state")
		}
	})
}

func TestEveryRowOfAStateWasKnown(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		var b market.Book
		b.Add(drawSets(r, "", noon.Add(-24*time.Hour))...)
		s := b.AsOf(noon)
		for _, id := range s.SeriesIDs() {
			v, err := s.Series(id)
			if err != nil {
				r.Fatal(err)
			}
			for i := range v.Len() {
				if v.Known[i] > noon.Unix() || i > 0 && v.About[i] <= v.About[i-1] {
					r.Fatalf("series %s: row %d known at %d, about %v", id, i, v.Known[i], v.About)
				}
			}
		}
		if v, err := s.Daily("SPX"); err == nil {
			for i := range v.Len() {
				if v.Known[i] > noon.Unix() || i > 0 && v.Begin[i] <= v.Begin[i-1] {
					r.Fatalf("bars: row %d known at %d, begins %v", i, v.Known[i], v.Begin)
				}
			}
		}
		for _, c := range s.Chains("SPX") {
			if c.At.After(noon) {
				r.Fatalf("chain of %v", c.At)
			}
		}
		for _, id := range s.FactIDs() {
			for _, f := range s.Facts(id) {
				if f.Known > noon.Unix() {
					r.Fatalf("fact known at %d", f.Known)
				}
			}
		}
	})
}

func TestTheLatestVintageStandsAndARevisionWaitsForItsDay(t *testing.T) {
	s := &market.Series{ID: "PAYEMS"}
	s.Append(100, noon.Unix(), 119, 1)
	s.Append(100, noon.Unix()+86400, 108, 2)
	var b market.Book
	b.Add(market.Dataset{Series: s})
	for _, c := range []struct {
		at   time.Time
		want float64
	}{{noon, 119}, {noon.Add(23 * time.Hour), 119}, {noon.Add(24 * time.Hour), 108}} {
		v, err := b.AsOf(c.at).Series("PAYEMS")
		if err != nil || v.Len() != 1 || v.Value[0] != c.want {
			t.Errorf("as of %v: %+v, %v, want one value %v", c.at, v, err, c.want)
		}
	}
	if _, err := b.AsOf(noon.Add(-time.Second)).Series("PAYEMS"); err == nil {
		t.Error("the series is there before its first release")
	}
}

func TestAContradictionBetweenFilesIsCountedAndTheStrongerGradeWins(t *testing.T) {
	bars := func(file string, g evidence.Grade, closing float64) market.Dataset {
		b := &market.Bars{Origin: market.Origin{File: file, Grade: g}, Instrument: "SPX", Interval: market.Day}
		b.Append(86400, 86400, closing, closing, closing, closing, market.Missing, 1)
		return market.Dataset{Bars: b}
	}
	var b market.Book
	b.Add(bars("a.csv", evidence.Synthetic, 1), bars("z.csv", evidence.Observed, 2))
	v, err := b.AsOf(noon).Daily("SPX")
	if err != nil {
		t.Fatal(err)
	}
	if v.Close[0] != 2 || v.Origin.Grade != evidence.Observed || len(v.Origin.Caveats) != 1 || v.Origin.Caveats[0].Code != "conflicting_rows" {
		t.Errorf("got close %v from %+v", v.Close[0], v.Origin)
	}
}

func TestTheTableOfInstrumentsIsSound(t *testing.T) {
	seen := map[string]bool{}
	for _, in := range market.Instruments() {
		if seen[in.ID] {
			t.Errorf("%s stands twice", in.ID)
		}
		seen[in.ID] = true
		if in.Multiplier <= 0 || in.Currency == "" || in.Calendar() == nil {
			t.Errorf("%+v is incomplete", in)
		}
		if got, ok := market.Lookup(in.ID); !ok || got.ID != in.ID {
			t.Errorf("%s is not found by its own name", in.ID)
		}
	}
	for name, id := range map[string]string{"^gspc": "SPX", "S&P 500 INDEX": "SPX", "Standard & Poors 500 Index": "SPX", "btc-usd": "BTC", "NASDAQ 100": "NDX"} {
		if in, ok := market.Lookup(name); !ok || in.ID != id {
			t.Errorf("%q is %q, want %q", name, in.ID, id)
		}
	}
	if in, known := market.InstrumentOf("zzzz"); known || in.ID != "ZZZZ" || in.Kind != market.Stock {
		t.Errorf("an unknown ticker is %+v, %v", in, known)
	}
}

func TestMissingIsNeverANumber(t *testing.T) {
	if !market.IsMissing(market.Missing) || market.IsMissing(0) || market.IsMissing(math.Inf(1)) {
		t.Fatal("Missing must be told from every number")
	}
}

func TestADailyBarNamesItsSession(t *testing.T) {
	b := &market.Bars{Interval: market.Day}
	for _, day := range []calendar.Date{calendar.DateOf(1927, 12, 30), calendar.DateOf(1970, 1, 1), calendar.DateOf(2025, 11, 20)} {
		b.Append(int64(day)*86400, 0, 1, 1, 1, 1, 1, 1)
		if got := b.Date(b.Len() - 1); got != day {
			t.Errorf("%v reads as %v", day, got)
		}
	}
}

func indices(n int) []int {
	o := make([]int, n)
	for i := range o {
		o[i] = i
	}
	return o
}
