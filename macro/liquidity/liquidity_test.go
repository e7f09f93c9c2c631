package liquidity_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/feed"
	"faultline/macro/liquidity"
	"faultline/market"
)

func observed(id string, days []calendar.Date, values []float64) market.Dataset {
	s := &market.Series{ID: id, Unit: evidence.AsStated}
	for i, d := range days {
		s.About, s.Known = append(s.About, int64(d)*86400), append(s.Known, (int64(d)+1)*86400+21*3600+1800)
		s.Value, s.Line = append(s.Value, values[i]), append(s.Line, int32(i+2))
	}
	return market.Dataset{Series: s}
}

func prices(id string, days []calendar.Date, closes []float64) market.Dataset {
	b := &market.Bars{Instrument: id, Interval: market.Day}
	for i, d := range days {
		b.Append(int64(d)*86400, int64(d)*86400+21*3600, market.Missing, market.Missing, market.Missing, closes[i], market.Missing, int32(i+2))
	}
	return market.Dataset{Bars: b}
}

// world has a Treasury account that wanders, and a coin that answers its changes by beta a hundred
// billion dollars and tariff news by gamma.
func world(beta, gamma float64) *market.Book {
	rng := rand.New(rand.NewPCG(17, 18))
	var days []calendar.Date
	var assets, treasury, repos, reserves, coin []float64
	account, level := 800.0, 60000.0
	first := calendar.DateOf(2024, 1, 3)
	for w := first; w <= calendar.DateOf(2025, 11, 19); w += 7 {
		change := 60*rng.NormFloat64() - 0.1*(account-800)
		account += change
		news := map[string]float64{"2025-02-05": -1, "2025-03-05": -1, "2025-04-09": -1, "2025-05-14": 1, "2025-07-09": -1, "2025-08-06": -1, "2025-10-15": -1, "2025-11-05": 1}[w.String()]
		if w > first {
			level *= 1 - beta*change/100 + gamma*news + 0.02*rng.NormFloat64()
		}
		days = append(days, w)
		assets, treasury = append(assets, 6.7e6+1000*rng.NormFloat64()), append(treasury, account)
		repos, reserves, coin = append(repos, 100), append(reserves, 3.2e6), append(coin, level)
	}
	var b market.Book
	b.Add(observed(liquidity.Assets, days, assets), observed(liquidity.Treasury, days, treasury),
		observed(liquidity.Repos, days, repos), observed(liquidity.Reserves, days, reserves), prices("BTC", days, coin))
	return &b
}

var friday = calendar.DateOf(2025, 11, 21).At(16, 0, calendar.NewYork())

func TestTheNetMeasureIsInDollarsWhateverTheUnitOfTheFiles(t *testing.T) {
	weeks, _, err := liquidity.Weeks(world(0, 0).AsOf(friday))
	if err != nil {
		t.Fatal(err)
	}
	w := weeks[len(weeks)-1]
	if w.Day != calendar.DateOf(2025, 11, 19) || !(math.Abs(w.Assets-6.7e12) < 1e10) || !(w.Treasury > 1e10 && w.Treasury < 5e12) || w.Repos != 1e11 || w.Reserves != 3.2e12 {
		t.Errorf("%+v", w)
	}
	if w.Net() != w.Assets-w.Treasury-w.Repos {
		t.Errorf("net %v of %+v", w.Net(), w)
	}
	// The statement of Wednesday comes out on Thursday afternoon.
	weeks, _, err = liquidity.Weeks(world(0, 0).AsOf(calendar.DateOf(2025, 11, 20).At(16, 0, calendar.NewYork())))
	if err != nil || weeks[len(weeks)-1].Day != calendar.DateOf(2025, 11, 12) {
		t.Errorf("on Thursday at the close the last week is %v: %v", weeks[len(weeks)-1].Day, err)
	}
}

func TestTheRaceIsWonByWhatMovedTheReturns(t *testing.T) {
	f := func(beta, gamma float64, want string) *liquidity.Race {
		t.Helper()
		r, err := liquidity.Run(world(beta, gamma).AsOf(friday), "BTC", []string{"BTC"}, calendar.DateOf(2024, 1, 1))
		if err != nil {
			t.Fatal(err)
		}
		if r.Verdict != want || r.N < 90 {
			t.Errorf("%v, %v: %s over %d weeks, want %s: %+v", beta, gamma, r.Verdict, r.N, want, r.Runners)
		}
		return r
	}
	r := f(0.05, 0, "liquidity_explains")
	for _, x := range r.Runners {
		if x.Story == liquidity.TreasuryStory && !(math.Abs(x.Joint-0.05) < 3*x.JointError) {
			t.Errorf("coefficient %v ± %v, it is 0.05", x.Joint, x.JointError)
		}
	}
	if a, b := r.Runners[1], r.Runners[2]; !(a.BIC < b.BIC-10) || !(a.R2 > b.R2) {
		t.Errorf("Treasury's account %+v, tariffs %+v", a, b)
	}
	f(0, 0.15, "tariffs_explain")
	f(0.05, 0.15, "both_explain")
	f(0, 0, "neither_explains")
}

func TestTheRaceKnowsNothingLater(t *testing.T) {
	b := world(0.05, 0)
	at := calendar.DateOf(2025, 6, 20).At(16, 0, calendar.NewYork())
	before, err := liquidity.Run(b.AsOf(at), "BTC", []string{"BTC"}, calendar.DateOf(2024, 1, 1))
	if err != nil {
		t.Fatal(err)
	}
	if before.Last != calendar.DateOf(2025, 6, 18) {
		t.Errorf("last week %s", before.Last)
	}
	var c market.Book
	for _, d := range b.Sets() {
		if d.Bars != nil || d.Series.ID != liquidity.Repos {
			c.Add(d)
		}
	}
	var absent *evidence.Absent
	if _, err := liquidity.Run(c.AsOf(at), "BTC", []string{"BTC"}, 0); !errors.As(err, &absent) || absent.Code != "no_liquidity_series" {
		t.Errorf("without reverse repos: %v", err)
	}
	if _, err := liquidity.Run(b.AsOf(at), "X", []string{"X"}, 0); !errors.As(err, &absent) || absent.Code != "no_daily_bars" {
		t.Errorf("without prices: %v", err)
	}
	if _, err := liquidity.Run(b.AsOf(at), "BTC", []string{"BTC"}, calendar.DateOf(2025, 4, 1)); !errors.As(err, &absent) || absent.Code != "too_few_weeks" {
		t.Errorf("a quarter: %v", err)
	}
}

func TestTheSpreadUsesTheRateInForce(t *testing.T) {
	days := []calendar.Date{calendar.DateOf(2021, 7, 28), calendar.DateOf(2025, 9, 17), calendar.DateOf(2025, 9, 18), calendar.DateOf(2025, 10, 30), calendar.DateOf(2026, 6, 1)}
	var b market.Book
	b.Add(observed("SOFR", days, []float64{0.05, 4.40, 4.20, 4.04, 3.60}))
	got, _, err := liquidity.Spreads(b.AsOf(time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)))
	if err != nil || len(got) != 3 { // before the single rate, and after the table, nothing is known
		t.Fatal(got, err)
	}
	for i, want := range []float64{0, 5, 14} {
		if !(math.Abs(got[i].BP-want) < 1e-9) {
			t.Errorf("%s: %v, want %v", got[i].Day, got[i].BP, want)
		}
	}
	b.Add(observed("IORB", days[4:], []float64{3.40}))
	got, _, err = liquidity.Spreads(b.AsOf(time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)))
	if err != nil || len(got) != 4 || !(math.Abs(got[3].BP-20) < 1e-9) {
		t.Error(got, err)
	}
}

func TestTheAutumnOf2025OnRealData(t *testing.T) {
	var b market.Book
	for _, name := range []string{"macro/SOFR.csv", "daily/BTC_USD.csv", "daily/NVDA.csv", "daily/TSLA.csv", "daily/AMD.csv"} {
		path := filepath.Join("..", "..", "..", "shared", "data", filepath.FromSlash(name))
		if _, err := os.Stat(path); err != nil {
			t.Skip("the shared data are not beside the repository")
		}
		r, err := feed.ReadFile(t.Context(), path, feed.Options{})
		if err != nil {
			t.Fatal(err)
		}
		b.Add(r.Sets...)
	}
	s := b.AsOf(friday)
	days, _, err := liquidity.Spreads(s)
	if err != nil {
		t.Fatal(err)
	}
	high := days[0]
	for _, x := range days {
		if x.Day >= calendar.DateOf(2025, 10, 1) && x.BP > high.BP {
			high = x
		}
	}
	last := days[len(days)-1]
	t.Logf("SOFR less interest on reserves: %.0f bp on %s, highest since 1 October %.0f bp on %s", last.BP, last.Day, high.BP, high.Day)
	if last.Day != calendar.DateOf(2025, 11, 20) || !(high.BP > 10) {
		t.Errorf("%+v, highest %+v", last, high)
	}
	for asset, list := range map[string][]string{"BTC": {"BTC"}, "high_beta": liquidity.HighBeta} {
		r, err := liquidity.Run(s, asset, list, calendar.DateOf(2025, 1, 1))
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d weeks %s to %s, %s", asset, r.N, r.First, r.Last, r.Verdict)
		for _, x := range r.Runners {
			t.Logf("  %s: %.4f ± %.4f alone (R² %.3f, BIC %.1f), %.4f ± %.4f jointly", x.Story, x.Beta, x.Error, x.R2, x.BIC, x.Joint, x.JointError)
		}
	}
}
