package faultline_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"faultline"
	"faultline/assumption"
	"faultline/calendar"
	"faultline/feed"
	"faultline/market"
)

var updateValidated = flag.Bool("update", false, "write validated.csv anew")

// writeScores appends scores with their values to the text of validated.csv, three digits each.
func writeScores(to *strings.Builder, model string, scores []faultline.Score) {
	number := func(x *float64) string {
		if x == nil {
			return ""
		}
		return strconv.FormatFloat(*x, 'g', 3, 64)
	}
	for _, s := range scores {
		if s.Value != nil {
			fmt.Fprintf(to, "%s,%s,%s,%s,%s,%s,%d,%s\n", model, s.ID, number(s.Value), number(s.Low), number(s.High), s.Unit, s.N, number(s.Baseline))
		}
	}
}

// The shipped errors are those that the models make on the data. Rerun with -update after a change of a
// model, of its assumptions or of the data, read the difference, and bring docs/methods up to date.
func TestTheShippedErrorsAreThoseThatTheModelsMake(t *testing.T) {
	if testing.Short() {
		t.Skip("short: a whole calibration")
	}
	dir := shared(t)
	const index = "daily/GSPC.csv"
	regions := []string{index, "daily/tz_DAX.csv", "daily/jf_efa.csv", "daily/tz_N225.csv", "daily/tz_HSI.csv", "daily/jf_eem.csv"}
	others := []string{
		"daily/jf_shy.csv", "daily/jf_ief.csv", "daily/TLT.csv", "daily/jf_fxe.csv", "daily/jf_fxb.csv", "daily/jf_fxy.csv", "daily/jf_audusd.csv",
		"daily/tz_GOLD.csv", "daily/USO.csv", "daily/jf_ung.csv", "daily/BTC_USD.csv", "daily/ETH_USD.csv",
	}
	observed := []string{
		"cta/DBMF_total_return.csv", "cta/KMLM_total_return.csv",
		"cot/fut_fin_txt_2025.zip", "cot/FinFutYY_2026_to_2026-06.txt", "cot/cftc_noncommercial_net.csv",
	}
	var text strings.Builder
	text.WriteString("model,id,value,low,high,unit,n,baseline\n")
	at := time.Date(2026, time.June, 30, 20, 0, 0, 0, time.UTC)
	trend := func(model string, files ...string) {
		b := load(t, dir, append(files, "cta/bank_readouts.csv")...)
		v, err := faultline.ValidateTrend(t.Context(), b.AsOf(at), assumption.Default(), calendar.DateOf(2025, 11, 3), calendar.DateOf(2025, 11, 28))
		if err != nil {
			t.Fatal(err)
		}
		writeScores(&text, model, v.Scores)
	}
	trend("trend", append(append(append([]string{}, regions...), others...), observed...)...)
	trend("trend_alone", index)

	chains, err := filepath.Glob(filepath.Join(dir, "options", "vendor_json", "*.json.gz"))
	if err != nil || len(chains) < 90 {
		t.Fatalf("%d chains, %v", len(chains), err)
	}
	var all []*market.Chain
	for _, f := range chains {
		r, err := feed.ReadFile(t.Context(), f, feed.Options{})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r.Sets[0].Chain)
	}
	bars, err := load(t, dir, index).AsOf(time.Date(2026, time.August, 21, 21, 0, 0, 0, time.UTC)).Daily("SPX")
	if err != nil {
		t.Fatal(err)
	}
	levels, err := faultline.ValidateLevels(faultline.LevelData{Chains: all, Bars: bars}, assumption.Default())
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range levels.Levels {
		for _, s := range l.Scores {
			if s.ID == "level.held" || s.ID == "placebo_offset.held" || s.ID == "placebo_round.held" || s.ID == "less_placebo.held" {
				s.ID = l.Kind + "." + strings.TrimSuffix(s.ID, ".held")
				writeScores(&text, "levels", []faultline.Score{s})
			}
		}
	}
	const path = "validated.csv"
	if *updateValidated {
		if err := os.WriteFile(path, []byte(text.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != text.String() {
		t.Errorf("validated.csv is not what the models score; rerun with -update and look at the difference:\n%s", text.String())
	}
}
