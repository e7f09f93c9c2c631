package fog

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"faultline/calendar"
	"faultline/feed"
	"faultline/macro/nowcast"
	"faultline/market"
)

// sharedBook reads FRED's series beside the repository.
func sharedBook(t *testing.T) *market.Book {
	t.Helper()
	dir := "../../../shared/data/macro"
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the shared data are not beside the repository")
	}
	b := &market.Book{}
	for _, name := range []string{
		"hoin_core_cpi.csv", "hoin_cpi.csv", "hoin_core_pce.csv", "hoin_unemployment_rate.csv", "hoin_nonfarm_payrolls.csv",
		"hoin_ppi.csv", "hoin_consumer_sentiment.csv", "fred_employment.csv", "fred_consumption.csv", "fred_growth.csv",
		"fred_housing.csv", "T5YIE.csv",
	} {
		r, err := feed.ReadFile(context.Background(), filepath.Join(dir, name), feed.Options{Now: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)})
		if err != nil {
			t.Fatal(err)
		}
		b.Add(r.Sets...)
	}
	return b
}

func month(y int, m time.Month) nowcast.Month { return nowcast.MonthOf(calendar.DateOf(y, m, 1)) }

func TestTheAutumnOf2025OnRealSeries(t *testing.T) {
	b := sharedBook(t)
	at := calendar.DateOf(2025, 12, 31).At(16, 0, calendar.NewYork())
	begin := time.Now()
	d := nowcast.Build(b.AsOf(at), Sources, month(1990, 1), month(2025, 12), at)
	t.Log("dropped", d.Dropped, d.T, d.N(), time.Since(begin))
	begin = time.Now()
	fit, err := nowcast.Estimate(context.Background(), d.Between(month(1990, 1), month(2019, 12)).Panel, nowcast.Spec{Factors: 3, Lags: 2, Iterations: 60, Tolerance: 1e-6})
	if err != nil {
		t.Fatal(err)
	}
	t.Log(time.Since(begin), len(fit.Loglik), fit.Loglik[0], fit.Loglik[len(fit.Loglik)-1], fit.Done)
	for i, n := range fit.Model.Names {
		t.Logf("%-12s mean %9.3f scale %9.3f load %.2f rho %6.3f var %7.4f noise %7.4f", n, fit.Model.Mean[i], fit.Model.Scale[i], fit.Model.Load[3*i:3*i+3], fit.Model.Rho[i], fit.Model.Var[i], fit.Model.Noise[i])
	}
	f, err := New(fit.Model, d, 3)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range Lapses {
		begin = time.Now()
		c, err := f.Measure(l, at)
		if err != nil {
			t.Fatal(err)
		}
		t.Log(l.ID, time.Since(begin), len(f.memo), "worst", c.Days[c.Worst].Date, c.Days[c.Worst].Bits(0), c.Days[c.Worst].Bits(1))
		for i := 0; i < len(c.Days); i += 7 {
			x := c.Days[i]
			t.Logf("%v sd %.3f/%.3f %.3f/%.3f ahead %.3f/%.3f %.3f/%.3f bits %.3f %.3f", x.Date, x.Actual.SD[0][0], x.OnTime.SD[0][0], x.Actual.SD[0][1], x.OnTime.SD[0][1], x.Actual.SD[1][0], x.OnTime.SD[1][0], x.Actual.SD[1][1], x.OnTime.SD[1][1], x.Bits(0), x.Bits(1))
		}
		t.Log(c.Missing)
		t.Log(c.Substitutes)
	}
}
