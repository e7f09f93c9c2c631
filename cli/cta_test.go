package cli_test

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const someReadouts = `date_used,date_basis,pub_date,bank,global_equity_long_usd_bn,flow_1w_flat_global,flow_1w_up_global,flow_1w_down_global,pivot_short,note
2025-02-03,stated,,Invented House,80,5,9,-20,4950,
2025-02-10,stated,,Invented House,ninety,4,8,-25,4960,
,stated,,Invented House,70,,,,,
2025-02-17,publication,,Invented House,60,,,,4900,
2025-02-18,stated,2025-02-17,Other House,60,,,,4900,
`

func TestTheNoteScoresReadoutsAndSaysWhyRowsAreNoUse(t *testing.T) {
	prices, readouts := write(t, "SPX.csv", history()), write(t, "mine.csv", someReadouts)
	path := filepath.Join(t.TempDir(), "note.html")
	out, errs, code := do(t, "cta", "note", "--prices", prices, "--readouts", readouts, "--as-of", "2025-03-04", "--out", path)
	if code != 0 || strings.TrimSpace(out) != path {
		t.Fatalf("exit %d: %s%s", code, out, errs)
	}
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(page), "invented house") || !strings.Contains(string(page), "<svg") {
		t.Error("the page has no chart or does not score the publisher")
	}
	for _, line := range []string{"mine.csv:3: global_equity_long_usd_bn", "mine.csv:4: date_used", "mine.csv:6: pub_date"} {
		if !strings.Contains(errs, line) {
			t.Errorf("nothing is said of %s:\n%s", line, errs)
		}
	}
	out, errs, code = do(t, "cta", "note", "--prices", prices, "--readouts", readouts, "--as-of", "2025-03-04", "--json", "--quiet")
	if code != 0 {
		t.Fatalf("exit %d: %s", code, errs)
	}
	var got struct {
		RunID string `json:"run_id"`
		Trend struct {
			Position struct{ Value float64 } `json:"position_usd"`
			Week     struct{ Value float64 } `json:"flow_last_week_usd"`
			Change   struct {
				Position float64                    `json:"position_usd"`
				Change   struct{ All float64 }      `json:"position_change"`
				Traded   map[string]float64         `json:"traded"`
				Pivots   map[string]json.RawMessage `json:"pivots"`
			} `json:"change"`
		} `json:"trend"`
		Banks struct {
			Readouts int
			Skipped  []struct {
				Publisher string
				Absent    struct{ Code string }
			}
		} `json:"banks"`
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	if got.Banks.Readouts != 2 || len(got.Banks.Skipped) != 1 || got.Banks.Skipped[0].Absent.Code != "readout_undated" {
		t.Errorf("readouts: %+v", got.Banks)
	}
	c := got.Trend.Change
	if sum := c.Traded["price"] + c.Traded["volatility"] + c.Traded["time"]; !(math.Abs(sum-got.Trend.Week.Value) < 1) || c.Traded["price"] == 0 {
		t.Errorf("the parts of the week's flow are %v, the flow %v", c.Traded, got.Trend.Week.Value)
	}
	if d := c.Position + c.Change.All - got.Trend.Position.Value; !(math.Abs(d) < 1) { // a dollar of billions
		t.Errorf("the position changed by %v too little", d)
	}
}

func TestValidationScoresFewReadoutsAlone(t *testing.T) {
	prices, readouts := write(t, "SPX.csv", history()), write(t, "mine.csv", someReadouts)
	out, errs, code := do(t, "validate", "cta", "--prices", prices, "--readouts", readouts)
	if code != 0 || !strings.Contains(out, "invented house") {
		t.Fatalf("exit %d: %s%s", code, out, errs)
	}
	if !strings.Contains(errs, "too few") {
		t.Errorf("it is not said that two readouts cannot be left out of a fit: %s", errs)
	}
	_, errs, code = do(t, "validate", "cta", "--prices", prices, "--readouts", prices)
	if code == 0 || !strings.Contains(errs, "holds no readouts") {
		t.Errorf("prices were taken for readouts, exit %d: %s", code, errs)
	}
}

func TestTheNoteOfThePackStandsInBothLanguages(t *testing.T) {
	for lang, want := range map[string]string{"en": "What changed since last week, and why", "zh": "与上周相比变了什么，为什么"} {
		out, errs, code := do(t, "cta", "note", "--format", "md", "--out", "-", "--lang", lang)
		if code != 0 || !strings.Contains(out, want) {
			t.Errorf("%s: exit %d: %s%s", lang, code, out, errs)
		}
	}
}
