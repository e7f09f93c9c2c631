package feed

import (
	"context"
	"strings"
	"testing"
	"time"
)

// fuzzFormat feeds mutated samples to Read. Whatever the bytes, Read must return, its report must add
// up, and its tables must hold what checkResult asks for; what it reads must not depend on the strict
// mode but for where it stops.
func fuzzFormat(f *testing.F, names ...string) {
	f.Helper()
	for _, name := range names {
		f.Add(sampleText(f, name), name)
	}
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text, name string) {
		o := Options{Name: name, Instrument: "", Now: now, MaxBytes: 1 << 20, MaxLine: 1 << 16}
		r, err := Read(context.Background(), strings.NewReader(text), o)
		checkResult(t, r, err)
		o.Strict = true
		s, strictErr := Read(context.Background(), strings.NewReader(text), o)
		checkResult(t, s, strictErr)
		if strictErr == nil && (err != nil || r.Report.Rejected > 0) {
			t.Errorf("strict mode read what the other did not: %v %v", err, r.Report.ByReason)
		}
	})
}

func FuzzCboeTable(f *testing.F)   { fuzzFormat(f, "cboe_table.csv", "cboe_table_padded.csv") }
func FuzzCboeLong(f *testing.F)    { fuzzFormat(f, "spx_2024-03-14_long.csv") }
func FuzzCboeJSON(f *testing.F)    { fuzzFormat(f, "cboe.json") }
func FuzzCboeCompact(f *testing.F) { fuzzFormat(f, "cboe_compact.json") }
func FuzzVendorJSON(f *testing.F)  { fuzzFormat(f, "vendor.json") }
func FuzzYahoo(f *testing.F)       { fuzzFormat(f, "yahoo.csv") }

func FuzzBars(f *testing.F) {
	fuzzFormat(f, "SPX_daily.csv", "KO.csv", "BTC_5min.csv", "SPY_1min.csv", "tz_TNX.csv")
}
func FuzzFred(f *testing.F)     { fuzzFormat(f, "DGS10.csv", "my_cpi.csv", "fred_wide.csv") }
func FuzzFredMD(f *testing.F)   { fuzzFormat(f, "fredmd.csv") }
func FuzzFredJSON(f *testing.F) { fuzzFormat(f, "fred_cache.json") }

func FuzzFedwatch(f *testing.F) {
	fuzzFormat(f, "FedMeeting_20241218.csv", "fedwatch_history.csv", "probabilities_2024-11-08.csv")
}
func FuzzZQ(f *testing.F)       { fuzzFormat(f, "zq.csv") }
func FuzzCOT(f *testing.F)      { fuzzFormat(f, "tff.txt", "cot_legacy.csv") }
func FuzzReadouts(f *testing.F) { fuzzFormat(f, "readouts.csv") }
func FuzzFacts(f *testing.F)    { fuzzFormat(f, "facts.csv") }
func FuzzTable(f *testing.F)    { fuzzFormat(f, "DIX.csv", "funding.csv", "capex.csv") }
func FuzzCapex(f *testing.F)    { fuzzFormat(f, "capex.json") }

func FuzzPositions(f *testing.F) {
	fuzzFormat(f, "positions_2024-03-14.csv", "outcomes_2024-03-15.csv")
}

func FuzzLiquidations(f *testing.F) {
	fuzzFormat(f, "totals_2024-03-15.csv", "timeline.json", "summary_2024-03-15.json", "window_2024-03-15.csv")
}

// FuzzCompressed feeds damaged archives.
func FuzzCompressed(f *testing.F) {
	f.Add(gzipped(f, sampleText(f, "SPX_daily.csv")))
	f.Add(zipped(f, sampleText(f, "tff.txt")))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := Read(context.Background(), strings.NewReader(string(data)), Options{Name: "SPX.csv", MaxBytes: 1 << 20})
		checkResult(t, r, err)
	})
}

// FuzzInstant holds that an instant that is read lies within the calendar's years.
func FuzzInstant(f *testing.F) {
	for _, s := range []string{"March 22, 2024 at 9:40 PM EDT", "2022年6月11日 GMT-4 20:47", "11 juin 2022 à 20:47 UTC−4", "11. kesäkuuta 2022 klo 20.47 UTC-4", "2022년 6월 11일 PM 8:47 GMT-4", "11.06.2022, 20:47 MESZ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if at, _, ok := readInstant(s); ok && (at.Year() < 1989 || at.Year() > 2036) {
			t.Errorf("%q was read as %v", s, at)
		}
	})
}
