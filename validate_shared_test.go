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
	if testing.Short() {
		t.Skip("short: a whole calibration")
	}
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
	if len(v.Lags) != 4 || v.Lags[1].Sessions != -1 || !(*v.Lags[1].Short < *v.Lags[0].Short && *v.Lags[1].Short < *v.Lags[2].Short) || !(*v.Lags[1].SkillUS > *v.Lags[2].SkillUS) {
		t.Errorf("lags %+v", v.Lags)
	}
	if len(v.Days) != 7 || v.Days[0].Short == nil || v.Days[6].Close == nil {
		t.Errorf("days %+v", v.Days)
	}
	if len(v.Rows) < 100 {
		t.Errorf("only %d published figures beside the model's", len(v.Rows))
	}
}

func TestLevelsAreScoredBesidePlacebosAndBadChainsAreNamed(t *testing.T) {
	if testing.Short() {
		t.Skip("short: a hundred chains")
	}
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
	at := time.Date(2026, time.August, 21, 21, 0, 0, 0, time.UTC)
	state := load(t, dir, "daily/GSPC.csv", "daily/VIX.csv", "intraday/SPX_5min_tv.csv", "gex/DIX.csv").AsOf(at)
	bars, err := state.Daily("SPX")
	if err != nil {
		t.Fatal(err)
	}
	d := faultline.LevelData{Chains: chains, Bars: bars}
	bare, err := faultline.ValidateLevels(d, assumption.Default())
	if err != nil {
		t.Fatal(err)
	}
	if len(bare.Missing) != 3 || len(bare.Published)+len(bare.Sign)+len(bare.LastHalfHour) != 0 {
		t.Errorf("without published figures: %+v", bare.Missing)
	}
	series, err := state.Series("dix/gex")
	if err != nil {
		t.Fatal(err)
	}
	d.Published = []*market.Series{series}
	if d.Intraday, err = state.Bars("SPX", 5*time.Minute); err != nil {
		t.Fatal(err)
	}
	if d.Implied, err = state.Daily("VIX"); err != nil {
		t.Fatal(err)
	}
	v, err := faultline.ValidateLevels(d, assumption.Default())
	if err != nil {
		t.Fatal(err)
	}
	if len(v.Missing) != 0 || len(v.Published) != 1 || len(v.Sign) != 1 || len(v.LastHalfHour) != 1 {
		t.Fatalf("missing %+v", v.Missing)
	}
	verdicts := map[string]string{}
	for _, x := range []faultline.SeriesScore{v.Published[0], v.Sign[0], v.LastHalfHour[0]} {
		for _, s := range x.Scores {
			verdicts[s.ID] = s.Verdict
			switch inside := s.Low != nil && s.Null != nil && *s.Low <= *s.Null && *s.Null <= *s.High; {
			case (s.Null == nil) != (s.Verdict == ""):
				t.Errorf("%s: null %v, verdict %q", s.ID, s.Null, s.Verdict)
			case s.Verdict == "nothing_seen" && !inside, (s.Verdict == "above" || s.Verdict == "below") && inside:
				t.Errorf("%s: %v … %v says %q", s.ID, *s.Low, *s.High, s.Verdict)
			}
		}
	}
	// The figures of docs/methods/dealer.md: the sign tells the range beyond implied volatility, of the last
	// half hour there is no evidence, and nine days are too few for any.
	for id, want := range map[string]string{
		"banded.beyond_expected": "above", "zero.slope_difference": "too_few", "half.slope_difference": "nothing_seen",
	} {
		if verdicts[id] != want {
			t.Errorf("%s says %q, want %q", id, verdicts[id], want)
		}
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
