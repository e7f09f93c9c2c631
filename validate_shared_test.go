package faultline_test

import (
	"path/filepath"
	"testing"
	"time"

	"faultline"
	"faultline/assumption"
	"faultline/calendar"
	"faultline/feed"
	"faultline/market"
)

// load reads files of the shared folder into a book.
func load(t testing.TB, dir string, names ...string) *market.Book {
	t.Helper()
	var b market.Book
	for _, n := range names {
		r, err := feed.ReadFile(t.Context(), filepath.Join(dir, n), feed.Options{})
		if err != nil {
			t.Fatal(err)
		}
		b.Add(r.Sets...)
	}
	return &b
}

func TestTheTrendModelIsScoredOnReadoutsLeftOut(t *testing.T) {
	dir := shared(t)
	b := load(t, dir, "cta/bank_readouts.csv", "daily/GSPC.csv", "daily/tz_DAX.csv", "daily/tz_N225.csv", "daily/tz_HSI.csv", "daily/jf_eem.csv", "daily/jf_efa.csv")
	at := time.Date(2026, time.August, 20, 20, 0, 0, 0, time.UTC)
	v, err := faultline.ValidateTrend(t.Context(), b.AsOf(at), assumption.Default(), calendar.DateOf(2025, 11, 12), calendar.DateOf(2025, 11, 20))
	if err != nil {
		t.Fatal(err)
	}
	scores := map[string]float64{}
	for _, s := range v.Scores {
		if (s.Value == nil) == (s.Absent == nil) {
			t.Errorf("%s has both or neither of value and reason", s.ID)
		}
		if s.Value != nil {
			scores[s.ID] = *s.Value
		}
	}
	// The figures of docs/methods/cta.md, which flow/cta holds to their bounds; here they must arrive whole.
	if v.Readouts != 19 || !(scores["pivot_short.mean_abs_error"] < 0.0008) || !(scores["flow_global.skill"] > 0.55) || !(scores["flow_us.skill"] > 0.55) {
		t.Errorf("%d readouts, scores %v", v.Readouts, scores)
	}
	if len(v.Days) != 7 || v.Days[0].Short == nil || v.Days[6].Close == nil {
		t.Errorf("days %+v", v.Days)
	}
	if len(v.Rows) < 100 {
		t.Errorf("only %d published figures beside the model's", len(v.Rows))
	}
}

func TestLevelsAreScoredBesidePlacebosAndBadChainsAreNamed(t *testing.T) {
	dir := shared(t)
	files, err := filepath.Glob(filepath.Join(dir, "options", "vendor_json", "2026-0[34]-*.json.gz"))
	if err != nil || len(files) < 30 {
		t.Fatalf("%d chains, %v", len(files), err)
	}
	var chains []*market.Chain
	for _, f := range files {
		r, err := feed.ReadFile(t.Context(), f, feed.Options{})
		if err != nil {
			t.Fatal(err)
		}
		chains = append(chains, r.Sets[0].Chain)
	}
	bars, err := load(t, dir, "daily/GSPC.csv").AsOf(time.Date(2026, time.August, 21, 21, 0, 0, 0, time.UTC)).Daily("SPX")
	if err != nil {
		t.Fatal(err)
	}
	v, err := faultline.ValidateLevels(chains, bars, assumption.Default())
	if err != nil {
		t.Fatal(err)
	}
	for _, day := range []string{"2026-03-24", "2026-04-03", "2026-04-21"} {
		if v.Skipped[day+".json.gz"] != "spot_off_day" {
			t.Errorf("the chain of %s, whose spot is not of its day, is skipped as %q", day, v.Skipped[day+".json.gz"])
		}
	}
	if v.Days+len(v.Skipped) != len(files) {
		t.Errorf("%d scored and %d skipped of %d", v.Days, len(v.Skipped), len(files))
	}
	for _, l := range v.Levels {
		if l.Sessions+l.Without != v.Days || len(l.Scores) != 12 {
			t.Errorf("%s: %d sessions and %d without of %d, %d scores", l.Kind, l.Sessions, l.Without, v.Days, len(l.Scores))
		}
	}
}
