package perp

import (
	"context"
	"errors"
	"io/fs"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"faultline/assumption"
	"faultline/evidence"
	"faultline/feed"
	"faultline/market"
)

func TestEveryClaimHasACoverageThatHasWords(t *testing.T) {
	if len(claims) == 0 {
		t.Fatal("no claims")
	}
	for _, c := range claims {
		if !slices.Contains(WordKeys, "coverage."+c.Coverage) || !slices.Contains(WordKeys, "crypto_event."+c.Event) ||
			!slices.Contains(WordKeys, "crypto_measure."+c.Measure) {
			t.Errorf("claim %+v has a code without words", c)
		}
	}
	for _, bad := range []string{
		"h\noct2025,low,BTC,0,usd,x,https://a", "h\noct2025,low,BTC,5,usd,,https://a", "h\noct2025,low,BTC,5,usd,x,a",
		"h\noct2025,low,BTC,y,usd,x,https://a",
	} {
		if _, err := parseClaims(strings.NewReader(strings.Replace(bad, "h\n", "a,b,c,d,e,f,g\n", 1))); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

// fallen is an invented event: open interest and prices at 100, a fall of a tenth within ten minutes.
func fallen(late float64) *market.Book {
	e := Events[0]
	b := &market.Book{}
	bars := &market.Bars{Instrument: "BTC", Interval: 5 * time.Minute, Origin: market.Origin{Grade: evidence.Observed, File: "invented"}}
	from := e.Book.Add(-20 * 24 * time.Hour)
	for t := from; t.Before(e.Until); t = t.Add(5 * time.Minute) {
		p := 100 + 3*math.Sin(t.Sub(from).Hours()/9)
		if t.After(e.Headline) {
			p = late
		}
		bars.Append(t.Unix(), t.Unix()+300, p, p*1.001, p*0.999, p, 10, 1)
	}
	interest := &market.Series{ID: "btcusd_perp/sum_open_interest_value", Origin: market.Origin{Grade: evidence.Observed}}
	for t := from; t.Before(e.Book); t = t.Add(24 * time.Hour) {
		interest.Append(t.Unix(), t.Unix(), 1e6, 1)
	}
	b.Add(market.Dataset{Bars: bars}, market.Dataset{Series: interest})
	return b
}

func TestAReplayLiquidatesWhatTheFallReachesAndNotMore(t *testing.T) {
	until := Events[0].Until.Add(time.Hour)
	deep, err := Replay(t.Context(), fallen(80), until, Events[0], assumption.Default())
	if err != nil {
		t.Fatal(err)
	}
	flat, err := Replay(t.Context(), fallen(100), until, Events[0], assumption.Default())
	if err != nil {
		t.Fatal(err)
	}
	given := func(r *Replayed) Run {
		for _, x := range r.Runs {
			if x.Prices == GivenPrices {
				return x
			}
		}
		t.Fatal("no run with given prices")
		return Run{}
	}
	d, f := given(deep), given(flat)
	if !(d.Liquidated > 10*f.Liquidated) || d.LongShare != 1 || !(d.InterestLost > 0.05) || math.Abs(d.Low-80*0.999) > 0.01 {
		t.Errorf("a fall to 80: %+v; none: %+v", d, f)
	}
	if !d.PeakAt.After(Events[0].Book) || !(d.Peak <= d.Liquidated) || !(d.Half > 0) {
		t.Errorf("peak %v of %v from %v, half after %v", d.Peak, d.Liquidated, d.PeakAt, d.Half)
	}
}

// What happens after the book was drawn must not enter it: the runs start from the same open interest and
// the same map whatever the fall.
func TestTheBookOfAReplaySeesNothingLater(t *testing.T) {
	x, err := gather(fallen(80).AsOf(Events[0].Book), "BTC", assumption.Default())
	if err != nil {
		t.Fatal(err)
	}
	y, err := gather(fallen(130).AsOf(Events[0].Book), "BTC", assumption.Default())
	if err != nil {
		t.Fatal(err)
	}
	venues := Venues(assumption.Default())
	one, open, _ := x.infer(assumption.Default(), venues)
	two, other, _ := y.infer(assumption.Default(), venues)
	if len(one) == 0 || open != other || len(one) != len(two) {
		t.Fatalf("%d and %d positions, %v and %v coins", len(one), len(two), open, other)
	}
	for i := range one {
		if one[i].Units != two[i].Units || one[i].Entry != two[i].Entry {
			t.Fatalf("position %d is %v and %v", i, one[i], two[i])
		}
	}
}

func sharedFiles(t *testing.T, names ...string) *market.Book {
	t.Helper()
	b := &market.Book{}
	for _, name := range names {
		path := filepath.Join("..", "..", "..", "shared", "data", name)
		r, err := feed.ReadFile(context.Background(), path, feed.Options{At: time.Date(2025, 10, 11, 0, 0, 0, 0, time.UTC)})
		if errors.Is(err, fs.ErrNotExist) {
			t.Skipf("needs the shared data beside the repository: %s", name)
		}
		if err != nil {
			t.Fatal(err)
		}
		b.Add(r.Sets...)
	}
	return b
}

// The record of docs/methods/perp.md: where the model meets what was observed on 10 October 2025, and where
// it fails to, with the parameters of the register.
func TestTheReplayOfTenOctoberIsAsTheMethodsPageSays(t *testing.T) {
	b := sharedFiles(t, "intraday/BTC_5min.csv", "daily/BTC_USD.csv", "crypto/BTCUSDT_binance_funding.csv", "crypto/BTCUSD_PERP_binance_cm_metrics.csv",
		"crypto/open_interest.csv", "crypto/combined_impact_by_ticker.csv", "crypto/hl_positions_BTC_SOL.csv", "crypto/cascade_timing_results.json", "facts/nov2025_facts.csv")
	at := time.Date(2025, 12, 1, 0, 0, 0, 0, time.UTC)
	r, err := Replay(t.Context(), b, at, Events[0], assumption.Default())
	if err != nil {
		t.Fatal(err)
	}
	var given, own []Run
	for _, x := range r.Runs {
		switch {
		case x.Scale != "published":
		case x.Prices == GivenPrices:
			given = append(given, x)
		case x.Prices == OwnPrices:
			own = append(own, x)
		}
	}
	if len(given) != 3 || len(own) != 3 {
		t.Fatalf("%d and %d runs, want one for each published open interest", len(given), len(own))
	}
	for i := range given {
		// One in twelve dollars of open interest is forced out; published losses are two to three times that.
		if g := given[i]; !(g.InterestLost > 0.07 && g.InterestLost < 0.10) || g.HyperADL != 0 {
			t.Errorf("observed prices: %+v", g)
		}
		// Fitted: within one percent of the low. Nothing else was.
		if o := own[i]; !(math.Abs(o.Low/107000-1) < 0.01) {
			t.Errorf("own prices: %+v", o)
		}
	}
	if share := r.Share("BTC"); math.Abs(share-1789607763.72/5511042925.05) > 1e-9 {
		t.Errorf("Bitcoin's share at Hyperliquid is %v", share)
	}
	half := 0.0
	for _, c := range r.Observed {
		if c.Measure == "half_seconds" {
			half = c.Value
		}
	}
	if half != 214 { // counted by hand from the timeline, deleveragings taken off
		t.Errorf("half of the liquidations were done after %v seconds", half)
	}
	n, err := Replay(t.Context(), b, at, Events[1], assumption.Default())
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range n.Runs {
		// The misses of November, which must not be tuned away: on observed prices more than all venues
		// reported, on its own prices no flash fall to 80,500.
		if x.Prices == GivenPrices && !(x.Liquidated > 0.962e9) || x.Prices == OwnPrices && !(x.Low > 84000) {
			t.Errorf("%+v", x)
		}
	}
}
