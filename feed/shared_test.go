package feed

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"faultline/market"
)

const sharedData = "../../shared/data"

func needShared(t *testing.T) {
	t.Helper()
	if _, err := os.Stat(sharedData); err != nil {
		t.Skip("the shared data are not beside the repository")
	}
}

// expected says of every file of the shared folder, by the longest pattern that matches, which
// format it is and how many rows are rejected for which reason; "" means that it is no known format.
var expected = []struct{ pattern, format, rejects string }{
	{"options/cboe_csv/*", "cboe_table", ""},
	{"options/cboe_csv/spx_2025-01-29_long.csv", "cboe_long", ""},
	{"options/cboe_json/*", "cboe_compact", ""},
	{"options/vendor_json/*", "vendor_json", ""},
	{"options/yahoo_csv/*", "yahoo_chain", ""},
	{"options/intraday_mids/*", "", ""},
	{"daily/*", "bars", ""},
	{"daily/jf_audusd.csv", "bars", "close_outside_range:137"},
	{"daily/jf_usdjpy.csv", "bars", "close_outside_range:256"},
	{"daily/tz_DAX.csv", "bars", "blank:168"},
	{"daily/tz_DXY.csv", "bars", "blank:3097"},
	{"daily/tz_GOLD.csv", "bars", "blank:84"},
	{"daily/tz_HSI.csv", "bars", "blank:252"},
	{"daily/tz_N225.csv", "bars", "blank:546"},
	{"daily/tz_TNX.csv", "bars", "blank:596"},
	{"intraday/*", "bars", ""},
	{"cta/*", "bars", ""},
	{"cta/bank_readouts.csv", "readouts", "no_date:17"},
	{"macro/*", "fred", ""},
	{"macro/fredmd_*", "fred_md", ""},
	{"macro/gold_usd_daily.csv", "bars", ""},
	{"macro/cot_*", "cot_legacy", ""},
	{"macro/jf_fred_cache.json", "fred_json", ""},
	{"macro/oil_gold_copper_daily.csv", "table", ""},
	{"macro/shiller_sp500_monthly.csv", "table", ""},
	{"macro/ai_capex_manual.json", "", ""},
	{"fed/FedMeeting_*", "fedwatch", ""},
	{"fed/fedwatch_history.csv", "fedwatch_history", "contradicts:209 duplicate:190"},
	{"fed/cme_validation_zq_curve.csv", "zq_curve", ""},
	{"fed/cme_validation_probabilities.csv", "!no_instant", ""},
	{"fed/kalshi_*", "table", ""},
	{"fed/fomc_*", "", ""},
	{"gex/*", "table", ""},
	{"cot/*", "cot_tff", ""},
	{"cot/aaii_sentiment.csv", "table", ""},
	{"cot/naaim_exposure.csv", "table", "contradicts:4 duplicate:14"},
	{"cot/cftc_noncommercial_net.csv", "cot_legacy", ""},
	{"cot/cot.json", "", ""},
	{"crypto/*", "table", ""},
	// What speaks of 10 October 2025 without saying so needs the user to say it.
	{"crypto/adl_*", "!no_instant", ""},
	{"crypto/*.json", "!no_instant", ""},
	{"crypto/cascade_timing_*", "liquidation_timeline", ""},
	{"crypto/all_exchanges_*", "!no_instant", ""},
	{"crypto/combined_*", "!no_instant", ""},
	{"crypto/hl_positions_*", "!no_instant", ""},
	{"capex/*.csv", "table", ""},
	{"capex/capex.json", "capex_json", ""},
	{"capex/hyperscaler_capex.json", "", ""},
	{"capex/SOURCE.txt", "", ""},
	{"facts/*", "facts", ""},
	{"README.md", "", ""},
}

func TestEveryFileOfTheSharedFolderIsReadOrRefused(t *testing.T) {
	needShared(t)
	counts := map[string]int{}
	err := filepath.WalkDir(sharedData, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel := filepath.ToSlash(strings.TrimPrefix(path, sharedData+"/"))
		at, best := -1, -1
		for i, e := range expected {
			if ok, _ := filepath.Match(e.pattern, rel); ok && len(e.pattern) > best {
				at, best = i, len(e.pattern)
			}
		}
		if at < 0 {
			t.Errorf("%s is not expected", rel)
			return nil
		}
		want := expected[at]
		r, err := ReadFile(context.Background(), path, Options{})
		checkResult(t, r, err)
		var e *Error
		got := r.Report.Format
		if errors.As(err, &e) {
			if got = "!" + e.Code.Code; e.Code.Code == CodeUnknownFormat {
				got = ""
			}
		}
		counts[got]++
		if got != want.format {
			t.Errorf("%s: format %q, want %q (%v)", rel, got, want.format, err)
		}
		if rejects := strings.TrimSuffix(strings.TrimPrefix(fmt.Sprint(r.Report.ByReason), "map["), "]"); rejects != want.rejects {
			t.Errorf("%s: rejects %q, want %q", rel, rejects, want.rejects)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Log(counts)
}

func TestVendorChainsOfClosedDaysAreTold(t *testing.T) {
	needShared(t)
	paths, err := filepath.Glob(sharedData + "/options/vendor_json/*.json.gz")
	if err != nil || len(paths) != 100 {
		t.Fatalf("%d files, %v", len(paths), err)
	}
	var closed []string
	for _, p := range paths {
		r, err := ReadFile(context.Background(), p, Options{})
		if err != nil {
			t.Fatal(err)
		}
		day := strings.TrimSuffix(filepath.Base(p), ".json.gz")[5:]
		if hasCode(t, r.Sets[0], CaveatClosedDay) {
			closed = append(closed, day)
		}
	}
	if got := strings.Join(closed, " "); got != "04-03 05-25 06-19 07-03" {
		t.Errorf("closed days %s", got)
	}
}

func readShared(t *testing.T, name string) *Result {
	t.Helper()
	r, err := ReadFile(context.Background(), filepath.Join(sharedData, name), Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// No row of a real file is known before the time that it is about has passed.
func TestRealRowsAreNotKnownEarly(t *testing.T) {
	needShared(t)
	for _, name := range []string{"daily/GSPC.csv", "daily/BTC_USD.csv", "intraday/SPX_5min_tv.csv", "intraday/SPY_1min.csv", "macro/DGS10.csv", "macro/hoin_cpi.csv", "macro/fred_employment.csv", "cot/fut_fin_txt_2025.zip", "cta/bank_readouts.csv", "gex/DIX.csv", "fed/FedMeeting_20251210.csv"} {
		for _, d := range readShared(t, name).Sets {
			switch {
			case d.Bars != nil:
				for i, b := range d.Bars.Begin {
					if end := b + int64(d.Bars.Interval.Seconds()); d.Bars.Interval != market.Day && d.Bars.Known[i] < end {
						t.Fatalf("%s: bar %d known before its end", name, i)
					}
				}
			case d.Series != nil:
				for i, a := range d.Series.About {
					if d.Series.Known[i] <= a+8*3600 {
						t.Fatalf("%s %s: observation %d known early", name, d.Series.ID, i)
					}
				}
			}
		}
	}
}

func TestTheFilesOfTenOctoberAreReadOnceTheirDayIsSaid(t *testing.T) {
	needShared(t)
	at := time.Date(2025, 10, 10, 22, 27, 0, 0, time.UTC)
	for name, want := range map[string]struct {
		format string
		rows   int
	}{
		"combined_impact_by_ticker.csv":                    {"liquidation_table", 171 * 9},
		"adl_net_volume_full_12min.csv":                    {"liquidation_table", 162 * 5},
		"adl_by_coin_REALTIME.csv":                         {"liquidation_table", 162 * 7},
		"hl_positions_BTC_SOL.csv":                         {"positions", 13031},
		"insurance_fund_results.json":                      {"liquidation_summary", 4},
		"total_impact_results.json":                        {"liquidation_summary", 38},
		"realtime_analysis_summary.json":                   {"liquidation_summary", 10},
		"all_exchanges_liq_window_volume_spot_futures.csv": {"venue_volume", 10433},
	} {
		r, err := ReadFile(context.Background(), filepath.Join(sharedData, "crypto", name), Options{At: at})
		checkResult(t, r, err)
		if err != nil || r.Report.Format != want.format || r.Report.Rows != want.rows || r.Report.Rejected != 0 {
			t.Errorf("%s: %s, %d rows, %d rejected %v, %v", name, r.Report.Format, r.Report.Rows, r.Report.Rejected, r.Report.ByReason, err)
		}
	}
}
