package contagion

import (
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"faultline/assumption"
	"faultline/feed"
	"faultline/market"
)

// real is what the shared data say as of the end of 2025.
func real(t testing.TB) *market.State {
	t.Helper()
	root := filepath.Join("..", "..", "shared", "data")
	if _, err := os.Stat(root); err != nil {
		t.Skip("the shared data are not beside the repository")
	}
	at := time.Date(2025, 12, 31, 21, 0, 0, 0, time.UTC)
	var b market.Book
	for _, f := range []string{
		"intraday/BTC_5min.csv", "intraday/BTC_1h.csv", "intraday/ETH_1h.csv", "intraday/COIN_1min.csv", "intraday/QQQ_1min.csv",
		"intraday/SPY_1min.csv", "intraday/SPX_5min_tv.csv", "intraday/PLTR_5min.csv", "intraday/TSLA_5min.csv", "intraday/HOOD_5min.csv",
		"intraday/MSTR_5min.csv", "daily/BTC_USD.csv", "daily/ETH_USD.csv", "daily/NDX_ohlcv.csv", "daily/GSPC.csv", "daily/TSLA.csv",
		"daily/jf_ief.csv",
	} {
		r, err := feed.ReadFile(t.Context(), filepath.Join(root, f), feed.Options{Now: at})
		if err != nil {
			t.Fatal(err)
		}
		b.Add(r.Sets...)
	}
	return b.AsOf(at)
}

func TestWhatTheDocumentSaysOfRealPricesIsWhatIsMeasured(t *testing.T) {
	r, err := Read(t.Context(), real(t), assumption.Default())
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Missing) > 0 || len(r.LeadLag) != 7 || len(r.Systems) != 3 || r.Rolling == nil || len(r.Events) != 2 || r.Tariff == nil {
		t.Fatalf("missing %v, %d pairs, %d systems", r.Missing, len(r.LeadLag), len(r.Systems))
	}
	for _, p := range r.LeadLag {
		if p.Days < 55 || !(p.Zero.Value > 0.35 && p.Zero.Value < 0.7) || p.Best != 0 || !(p.AheadP > 0.05) {
			t.Errorf("%s: %d sessions, %+v at lag 0, best lag %v, p ahead %v", p.Y, p.Days, p.Zero, p.Best, p.AheadP)
		}
	}
	for _, y := range r.Systems {
		if !(y.Forward.P < 0.01 && y.Forward.Value > y.Forward.Null) {
			t.Errorf("%s: coins to stocks %+v", y.Name, y.Forward)
		}
		for _, g := range y.Granger {
			if !(g.PHolm > 0.05) {
				t.Errorf("%s: %s foretells %s, p %v", y.Name, g.Cause, g.Effect, g.PHolm)
			}
		}
	}
	for _, e := range r.Events {
		x, ok := e.effect(HiBeta)
		if !ok || !(x.Day.Value < -0.01 && x.Day.P < 0.01) || !(x.Next.P > 0.05) {
			t.Errorf("%s: %+v", e.Clock, x)
		}
	}
	if n := len(r.Rolling.Dates); n < 100 || !(r.Rolling.Forward[0].P > 0.05) || !(r.Rolling.Forward[n-1].P < 0.01) {
		t.Errorf("%d windows: the first has %+v, the last %+v", n, r.Rolling.Forward[0], r.Rolling.Forward[n-1])
	}
	// The register's sizes are these as relative moves, rounded to three places.
	for _, m := range r.Tariff.Mean {
		move, _, ok := InForce(assumption.Default(), m.Asset)
		if !ok || !(math.Abs(move-math.Expm1(m.Return.Value)) <= 0.0006) {
			t.Errorf("%s: measured %+v, the register has %v", m.Asset, m.Return, move)
		}
	}
}

func BenchmarkReadOfRealPrices(b *testing.B) {
	s := real(b)
	for b.Loop() {
		if _, err := Read(b.Context(), s, assumption.Default()); err != nil {
			b.Fatal(err)
		}
	}
}
