package cta_test

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"faultline/assumption"
	"faultline/calendar"
	"faultline/feed"
	"faultline/flow/cta"
	"faultline/market"
)

// sharedFile is the path of a file of real data, which stands beside the repository on the machines of
// those who have it.
func sharedFile(t testing.TB, name string) string {
	t.Helper()
	path := filepath.Join("..", "..", "..", "shared", "data", name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("shared data are absent: %v", err)
	}
	return path
}

// sharedBook reads files of real data.
func sharedBook(t testing.TB, names ...string) *market.Book {
	t.Helper()
	var b market.Book
	for _, name := range names {
		r, err := feed.ReadFile(t.Context(), sharedFile(t, name), feed.Options{})
		if err != nil {
			t.Fatal(err)
		}
		b.Add(r.Sets...)
	}
	return &b
}

var equityFiles = []string{
	"daily/GSPC.csv", "daily/tz_DAX.csv", "daily/jf_efa.csv", "daily/tz_N225.csv", "daily/tz_HSI.csv", "daily/jf_eem.csv",
}

// closeOf is the instant of a session's close.
func closeOf(t testing.TB, date string) time.Time {
	t.Helper()
	d, err := calendar.ParseDate(date)
	if err != nil {
		t.Fatal(err)
	}
	x, err := calendar.NYSE().Session(d)
	if err != nil {
		t.Fatal(err)
	}
	return x.Close
}

// bankReadouts reads the published estimates.
func bankReadouts(t testing.TB) []cta.Readout {
	t.Helper()
	f, err := os.Open(sharedFile(t, "cta/bank_readouts.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []cta.Readout
	for _, row := range rows[1:] {
		get := func(name string) string {
			for i, h := range rows[0] {
				if h == name {
					return row[i]
				}
			}
			t.Fatalf("readouts have no column %s", name)
			return ""
		}
		number := func(name string, scale float64) float64 {
			text := get(name)
			if text == "" {
				return market.Missing
			}
			v, err := strconv.ParseFloat(text, 64)
			if err != nil {
				t.Fatal(err)
			}
			return v * scale
		}
		d, err := calendar.ParseDate(get("date_used"))
		if err != nil {
			continue
		}
		r := cta.Empty(d)
		r.Dated = get("date_basis") == "stated" || get("date_basis") == "inferred"
		r.Futures = strings.Contains(get("note"), "us_basis=SPX futures only")
		r.Publisher = get("bank")
		r.Position = number("global_equity_long_usd_bn", 1e9)
		r.PositionUS = number("us_equity_long_usd_bn", 1e9)
		r.Percentile = number("percentile", 1)
		for h, horizon := range cta.Horizons {
			for s, shape := range []string{"flat", "up", "down"} {
				for k, area := range cta.Areas {
					r.Flow[h][s][k] = number("flow_"+horizon+"_"+shape+"_"+area, 1e9)
				}
			}
		}
		for k, name := range cta.SpeedNames {
			r.Pivot[k] = number("pivot_"+name, 1)
		}
		out = append(out, r)
	}
	return out
}

func TestValidationPrint(t *testing.T) {
	files := equityFiles
	if os.Getenv("ONLY") != "" {
		files = files[:1]
	}
	s := sharedBook(t, files...).AsOf(closeOf(t, "2026-08-20"))
	rs := cta.ReadoutsOf(sharedBook(t, "cta/bank_readouts.csv").AsOf(closeOf(t, "2026-08-20")))
	if os.Getenv("CSV") != "" {
		rs = bankReadouts(t)
	}
	v, err := cta.Validate(t.Context(), rs, s, assumption.Default())
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("n %d regions %d\nin force %+v\nall %+v", v.Readouts, v.Regions, v.InForce, v.All)
	for _, f := range v.Folds {
		t.Logf("fold %+v", f)
	}
	for _, p := range v.Pivots {
		t.Logf("%+v", p)
	}
	for i := range v.Flows {
		t.Logf("%+v\n  base %+v", v.Flows[i], v.Baseline[i])
	}
	t.Logf("pos %+v us %+v pct %+v rms %v", v.Position, v.PositionUS, v.Percentile, v.PositionRMS)
	for _, l := range v.Lags {
		t.Logf("%+v", l)
	}
}

func TestCasePrint(t *testing.T) {
	b := sharedBook(t, equityFiles...)
	s := b.AsOf(closeOf(t, "2025-11-28"))
	from, _ := calendar.ParseDate("2025-11-03")
	to, _ := calendar.ParseDate("2025-11-28")
	days, err := cta.Pivots(s, assumption.Default(), from, to)
	if err != nil {
		t.Fatal(err)
	}
	bars, _ := s.Daily("SPX")
	for _, d := range days {
		c := 0.0
		for i := range bars.Len() {
			if bars.Date(i) == d.Session {
				c = bars.Close[i]
			}
		}
		t.Logf("%s %.1f %.1f %.1f close %.2f", d.Session, d.Pivots[0].Price, d.Pivots[1].Price, d.Pivots[2].Price, c)
	}
	for _, date := range []string{"2025-11-12", "2025-11-14", "2025-11-18", "2025-11-19", "2025-11-20", "2025-11-28"} {
		r, err := cta.Read(t.Context(), b.AsOf(closeOf(t, date)), assumption.Default())
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s pos %.1f us %.1f pct %.0f us %.0f week %.1f speeds %.0f sig %.2f %.2f %.2f peak %+v", date, r.PositionUSD/1e9, r.PositionUSUSD/1e9, r.Percentile, r.PercentileUS, r.FlowLastWeekUSD/1e9, r.BySpeedUSD, r.Pivots[0].SignalNow, r.Pivots[1].SignalNow, r.Pivots[2].SignalNow, r.Peak)
		for h := range r.Tapes {
			for _, x := range r.Tapes[h] {
				t.Logf("   %s %s ret %.3f global [%.1f %.1f %.1f] us [%.1f %.1f %.1f]", cta.Horizons[x.Horizon], cta.Shapes[x.Shape], x.Return, x.Global.P05/1e9, x.Global.P50/1e9, x.Global.P95/1e9, x.US.P05/1e9, x.US.P50/1e9, x.US.P95/1e9)
			}
		}
		for _, m := range r.Markets {
			t.Logf("   %+v", m)
		}
		t.Logf("   %v %v", r.Caveats, r.SellerInEveryScenario)
	}
}

var otherFiles = []string{
	"daily/jf_shy.csv", "daily/jf_ief.csv", "daily/TLT.csv", "daily/jf_fxe.csv", "daily/jf_fxb.csv", "daily/jf_fxy.csv", "daily/jf_audusd.csv",
	"daily/tz_GOLD.csv", "daily/USO.csv", "daily/jf_ung.csv", "daily/BTC_USD.csv", "daily/ETH_USD.csv",
}

func TestTruthPrint(t *testing.T) {
	files := append(append([]string{}, equityFiles...), otherFiles...)
	files = append(files, "cta/DBMF_total_return.csv", "cta/KMLM_total_return.csv", "cot/fut_fin_txt_2025.zip", "cot/FinFutYY_2026_to_2026-06.txt", "cot/cftc_noncommercial_net.csv")
	s := sharedBook(t, files...).AsOf(closeOf(t, "2026-06-30"))
	for _, id := range s.SeriesIDs() {
		if strings.HasPrefix(id, "cot_legacy/s") || strings.HasPrefix(id, "cot/13874+/Lev_M") {
			t.Log(id)
		}
	}
	x, err := cta.Confront(t.Context(), s, assumption.Default())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range append(x.Positions, x.Returns...) {
		t.Logf("%+v", c)
	}
	t.Log(x.Absent, x.Markets)
}

func TestMomentumPrint(t *testing.T) {
	s := sharedBook(t, append(append([]string{}, equityFiles...), otherFiles...)...).AsOf(closeOf(t, "2026-06-30"))
	m, err := cta.TimeSeriesMomentum(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", m)
}
