package letf_test

import (
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"faultline/assumption"
	"faultline/calendar"
	"faultline/feed"
	"faultline/flow/letf"
	"faultline/market"
)

// sharedBook reads files of real data, which stand beside the repository on the machines of those who
// have them.
func sharedBook(t testing.TB, names ...string) *market.Book {
	t.Helper()
	var b market.Book
	for _, name := range names {
		path := filepath.Join("..", "..", "..", "shared", "data", name)
		if _, err := os.Stat(path); err != nil {
			t.Skipf("shared data are absent: %v", err)
		}
		r, err := feed.ReadFile(t.Context(), path, feed.Options{})
		if err != nil {
			t.Fatal(err)
		}
		b.Add(r.Sets...)
	}
	return &b
}

var prices = []string{
	"daily/GSPC.csv", "daily/NDX_ohlcv.csv", "daily/jf_smh.csv", "daily/XLK.csv", "daily/mg_rut_daily.csv",
	"daily/NVDA.csv", "daily/TSLA.csv", "daily/AMZN.csv", "daily/XLF.csv", "daily/VIX.csv",
}

func day(t testing.TB, text string) calendar.Date {
	t.Helper()
	d, err := calendar.ParseDate(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// growth is the product of 1 + L·r over the sessions after one date up to another.
func growth(t testing.TB, s *market.State, id string, multiple float64, from, to calendar.Date) float64 {
	t.Helper()
	b, err := s.Daily(id)
	if err != nil {
		t.Fatal(err)
	}
	x := 1.0
	for k := 1; k < b.Len(); k++ {
		if b.Date(k-1) >= from && b.Date(k) <= to {
			x *= 1 + multiple*(b.Close[k]/b.Close[k-1]-1)
		}
	}
	return x
}

// Published figures near the base date were carried to it. This does it again. Strategy has no daily
// prices here, and its row is the middle of two carried figures.
func TestAssetsOfTheTableAreThePublishedOnesCarriedToTheBaseDate(t *testing.T) {
	s := sharedBook(t, prices...).AsOf(closing(day(t, "2026-06-30")))
	for _, p := range letf.Products() {
		away := p.PublishedOn - letf.Base
		if away < -60 || away > 60 || p.Underlying == letf.Volatility || p.Underlying == "MSTR" {
			continue
		}
		want := p.PublishedUSD * growth(t, s, p.Underlying, p.Multiple, p.PublishedOn, letf.Base)
		if p.PublishedOn > letf.Base {
			want = p.PublishedUSD / growth(t, s, p.Underlying, p.Multiple, letf.Base, p.PublishedOn)
		}
		if !(math.Abs(p.AssetsUSD/want-1) <= 0.005) {
			t.Errorf("%s: %.4g in the table, %.4g published on %s carried", p.Ticker, p.AssetsUSD, want, p.PublishedOn)
		}
	}
}

// All leveraged funds had 160.5 billion dollars at the end of November 2025.
func TestTheListCoversMostOfAllAssetsAndNotMore(t *testing.T) {
	r := read(t, sharedBook(t, prices...).AsOf(closing(day(t, "2025-11-28"))), assumption.Default())
	t.Logf("listed %.1f bn of %.1f, %.0f %%; %.2f bn [%.2f, %.2f] for 1 %%; %v", r.AssetsUSD/1e9, r.TotalAssetsUSD/1e9, 100*r.AssetsUSD/r.TotalAssetsUSD, r.PerPercentUSD/1e9, r.LowUSD/1e9, r.HighUSD/1e9, r.Caveats)
	if share := r.AssetsUSD / r.TotalAssetsUSD; !(share > 0.5 && share < 1) {
		t.Errorf("the list covers %v", share)
	}
}

// flows sums what a day's closes make the funds trade, from what was known the evening before.
func flows(t *testing.T, b *market.Book, before, on string) (map[string]letf.Order, float64) {
	t.Helper()
	r := read(t, b.AsOf(closing(day(t, before))), assumption.Default())
	after := b.AsOf(closing(day(t, on)))
	returns := map[string]float64{}
	for _, g := range r.Groups {
		if _, err := after.Daily(g.Underlying); err == nil {
			returns[g.Underlying] = growth(t, after, g.Underlying, 1, day(t, before), day(t, on)) - 1
		}
	}
	orders, left := r.At(returns)
	out, sum := map[string]letf.Order{}, 0.0
	for _, o := range orders {
		out[o.Underlying] = o
		sum += o.USD
		t.Logf("%s %-5s %+6.2f %%: %+7.2f bn, %+5.1f %% of the auctions", on, o.Underlying, 100*o.Return, o.USD/1e9, 100*o.ShareOfAuction)
	}
	t.Logf("%s all %+.1f bn; %.0f %% of the orders have no price", on, sum/1e9, 100*left)
	return out, sum
}

// On 20 November 2025 the index closed 1.56 % and the Nasdaq 100 2.38 % lower. The published imbalance of
// market-on-close orders was 3.6 billion dollars to buy. The funds had to sell all the same:
// docs/methods/letf.md says how the two go together.
func TestTheFundsSellIntoTheCloseOf20November2025(t *testing.T) {
	b := sharedBook(t, prices...)
	got, sum := flows(t, b, "2025-11-19", "2025-11-20")
	if !(got["SPX"].USD < -1e9 && got["SPX"].USD > -2.5e9) || !(got["NDX"].USD < -3e9 && got["NDX"].USD > -8e9) {
		t.Errorf("S&P 500 %v, Nasdaq 100 %v", got["SPX"].USD, got["NDX"].USD)
	}
	if !(sum < -8e9 && sum > -20e9) {
		t.Errorf("all %v", sum)
	}
	for _, pair := range [][2]string{{"2025-11-14", "2025-11-17"}, {"2025-11-17", "2025-11-18"}, {"2025-11-18", "2025-11-19"}, {"2025-11-20", "2025-11-21"}} {
		flows(t, b, pair[0], pair[1])
	}
	// The same from the State of the day itself.
	last, session, err := letf.Last(b.AsOf(closing(day(t, "2025-11-20"))), assumption.Default())
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range last {
		if want := got[o.Underlying]; session != day(t, "2025-11-20") || !(math.Abs(o.USD-want.USD) <= 1e-6*math.Abs(want.USD)) {
			t.Errorf("%s: %v on %s, from the evening before %v", o.Underlying, o.USD, session, want.USD)
		}
	}
	v := read(t, b.AsOf(closing(day(t, "2025-11-19"))), assumption.Default()).Volatility
	t.Logf("volatility funds: hold %.1f m a point at F = %.1f, trade %+.2f m for VIX +1, %+.2f m for the +2.8 of the day", v.HeldVega/1e6, v.Future, v.PerPoint/1e6, v.Vega(2.76)/1e6)
}

// JPMorgan put what leveraged funds sold at the close of 10 October 2025 at 26 billion dollars
// (Reuters, 13 October 2025). The list covers 64 % of all assets, with those of three weeks later.
func TestSellingOf10October2025IsOfTheSizeThatADeskPublished(t *testing.T) {
	_, sum := flows(t, sharedBook(t, prices...), "2025-10-09", "2025-10-10")
	if !(sum < -26e9/2 && sum > -26e9*1.5) {
		t.Errorf("sold %v, published 26e9", -sum)
	}
}

// On 9 April 2025 Citi expected 28.5 billion dollars of buying before the close: 5 in the S&P 500, 14 in
// the Nasdaq 100, 0.9 in the Russell 2000, 6.6 in semiconductors, 2.3 in technology. The assets here are
// half a year younger, so that only the shares compare.
func TestTheMixOf9April2025IsThatOfADesk(t *testing.T) {
	got, _ := flows(t, sharedBook(t, prices...), "2025-04-08", "2025-04-09")
	published := map[string]float64{"SPX": 5, "NDX": 14, "RUT": 0.9, "SMH": 6.6, "XLK": 2.3}
	sum, all := 0.0, 0.0
	for id, p := range published {
		sum += got[id].USD
		all += p
	}
	for id, p := range published {
		share, want := got[id].USD/sum, p/all
		t.Logf("%s: %.0f %% here, %.0f %% published", id, 100*share, 100*want)
		if !(math.Abs(share-want) <= 0.12) {
			t.Errorf("%s: share %v, published %v", id, share, want)
		}
	}
}

// The imbalance of 20 November was published at 15:50. The index fell in the twenty minutes before it,
// when dealers hedge what the funds will trade, and no further in the ten minutes after.
func TestTheIndexFellBeforeTheImbalanceWasPublishedAndNotAfter(t *testing.T) {
	s := sharedBook(t, "intraday/SPX_5min_tv.csv").AsOf(closing(day(t, "2025-11-20")).Add(time.Hour))
	b, err := s.Bars("SPX", 5*time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	at := func(hour, minute int) float64 { // the close of the bar that ends then
		begin := day(t, "2025-11-20").At(hour, minute, calendar.NewYork()).Add(-5 * time.Minute).Unix()
		for k := range b.Len() {
			if b.Begin[k] == begin {
				return b.Close[k]
			}
		}
		t.Fatalf("no bar ends at %d:%02d", hour, minute)
		return 0
	}
	before, after := at(15, 50)/at(15, 30)-1, at(16, 0)/at(15, 50)-1
	t.Logf("15:30 to 15:50 %+.2f %%, 15:50 to 16:00 %+.2f %%", 100*before, 100*after)
	if !(before < -0.005 && after > -0.001) {
		t.Errorf("%v before the imbalance was published, %v after", before, after)
	}
}
