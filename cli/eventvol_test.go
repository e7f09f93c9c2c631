package cli_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
)

func TestAnEventOfOnesOwnThatCannotBeReadSaysHowToWriteIt(t *testing.T) {
	for text, says := range map[string][2]string{
		"NVDA":            {"“NVDA” has no name before a =", "“NVDA”在 = 之前没有名称"},
		"=2025-11-24":     {"has no name", "之前没有名称"},
		"NVDA=tomorrow":   {"“tomorrow” is no time", "“tomorrow”不是时间"},
		"NVDA=2025-11-24": {"/before or /after", "/before、/after"},
	} {
		for i, lang := range []string{"en", "zh"} {
			out, errs, code := do(t, "--lang", lang, "eventvol", "--json", "--event", text)
			if code != 2 || out != "" || !strings.Contains(errs, says[i]) {
				t.Errorf("%s in %s: exit %d: %s%s", text, lang, code, out, errs)
			}
		}
	}
}

func TestEventsWithoutAChainSayWhatToGive(t *testing.T) {
	prices := write(t, "GSPC.csv", history())
	for lang, says := range map[string]string{"en": "--chain FILE", "zh": "请用 --chain FILE 提供期权链"} {
		out, errs, code := do(t, "--lang", lang, "eventvol", "--json", prices)
		if code != 4 || out != "" || !strings.Contains(errs, says) {
			t.Errorf("%s: exit %d: %s%s", lang, code, out, errs)
		}
	}
}

// What an event is priced at follows the contract, and the two ways to write an implied move are one number:
// the straddle is √(2/π) of the standard deviation.
func TestEventVolFollowsTheContract(t *testing.T) {
	out, errs, code := do(t, "eventvol", "--json", "--event", "NVDA=2025-11-24/after")
	if code != 0 {
		t.Fatalf("exit %d: %s", code, errs)
	}
	var got struct {
		Schema   int
		RunID    string `json:"run_id"`
		EventVol *struct {
			Terms  []struct{ Expiry, Root string }
			Events []struct {
				Events         []struct{ Kind string }
				Expiry, Root   string
				Move, Straddle struct{ Value, Low, High *float64 }
			}
			Missing, Caveats []json.RawMessage
		} `json:"eventvol"`
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	if got.Schema != 1 || len(got.RunID) != 16 || got.EventVol == nil || len(got.EventVol.Terms) < 4 || len(got.EventVol.Events) == 0 {
		t.Fatalf("%.600s", out)
	}
	own := false
	for _, e := range got.EventVol.Events {
		if d := *e.Straddle.Value - math.Sqrt(2/math.Pi)**e.Move.Value; !(math.Abs(d) < 1e-12) {
			t.Errorf("%s: straddle %v of a move of %v", e.Expiry, *e.Straddle.Value, *e.Move.Value)
		}
		if !(*e.Move.Low <= *e.Move.Value && *e.Move.Value <= *e.Move.High) {
			t.Errorf("%s: %v outside its band", e.Expiry, *e.Move.Value)
		}
		for _, x := range e.Events {
			own = own || x.Kind == "NVDA"
		}
	}
	if !own {
		t.Error("the event of the user is not among those priced")
	}
}
