package cli_test

import (
	"encoding/json"
	"strings"
	"testing"

	"faultline"
)

// smallTree is a tree that loads; each case of bad input changes a line of it.
const smallTree = `schema: 1
name: small
from: 2025-11-21
until: 2026-03-31
define:
  calm: vix < 20.0
conditions:
  - name: quiet
    when: calm
    by: 2025-12-31
scenarios:
  - name: up
    prior: 1
    joint:
      - {true: [quiet], p: 0.4}
      - {true: [], p: 0.6}
`

func TestScenarioFollowsTheContractAndItsProbabilitiesSumToOne(t *testing.T) {
	out, errs, code := do(t, "scenario", "--json")
	if code != 0 {
		t.Fatalf("exit %d: %s", code, errs)
	}
	var got struct {
		Schema   int    `json:"schema"`
		RunID    string `json:"run_id"`
		Scenario *struct {
			Branches []struct {
				Name      string
				Prior     float64
				Posterior struct{ Value *float64 }
			}
			Conditions []json.RawMessage
		}
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	if got.Schema != 1 || len(got.RunID) != 16 || got.Scenario == nil || len(got.Scenario.Branches) != 3 || len(got.Scenario.Conditions) == 0 {
		t.Fatalf("%.600s", out)
	}
	var prior, posterior float64
	for _, b := range got.Scenario.Branches {
		prior += b.Prior
		if b.Posterior.Value == nil {
			t.Fatalf("no posterior of %s", b.Name)
		}
		posterior += *b.Posterior.Value
	}
	// Sums of three doubles near one differ from it by a few units in the last place.
	if !(max(prior-1, 1-prior) < 1e-12) || !(max(posterior-1, 1-posterior) < 1e-12) {
		t.Errorf("priors sum to %v, posteriors to %v", prior, posterior)
	}
}

func TestAMistakeInATreeStopsScenarioAndWatchWithItsLineAndColumn(t *testing.T) {
	for _, c := range []struct{ old, fresh, en, zh string }{
		{"prior: 1", "prior: 0.9", "line 13, column 12: the priors of the scenarios sum to 0.9", "第 13 行，第 12 列：各情景先验概率之和为 0.9"},
		{"vix < 20.0", "calm && vix < 20.0", "line 6, column 9: circular reference: calm uses itself; ", "第 6 行，第 9 列：循环引用：calm 引用了自身"},
		{"vix < 20.0", "vixx < 20.0", "line 6, column 9: unknown name vixx", "第 6 行，第 9 列：未知名称 vixx"},
		{"vix < 20.0", `vix < "a"`, "line 6, column 13: < cannot be applied to (double, string)", "第 6 行，第 13 列：< 不能用于 (double, string)"},
		{"name: small", "nome: small", "line 2, column 1: there is no key “nome”", "第 2 行，第 1 列：没有“nome”这个键"},
	} {
		path := write(t, "tree.yaml", strings.Replace(smallTree, c.old, c.fresh, 1))
		for _, verb := range []string{"scenario", "watch"} {
			for lang, says := range map[string]string{"en": c.en, "zh": c.zh} {
				out, errs, code := do(t, "--lang", lang, verb, "--json", "--tree", path)
				if code != 3 || out != "" || !strings.Contains(errs, says) || !strings.Contains(errs, "docs/conditions.md") {
					t.Errorf("%s of %q in %s: exit %d: %s%s", verb, c.fresh, lang, code, out, errs)
				}
				// One line of what happened, one of what to do: a slip has no followers.
				if strings.Count(errs, "\n") != 2 {
					t.Errorf("%s of %q in %s: %s", verb, c.fresh, lang, errs)
				}
			}
		}
	}
	if _, errs, code := do(t, "scenario", "--json", "--tree", write(t, "tree.yaml", smallTree)); code != 0 {
		t.Errorf("the tree without a mistake: exit %d: %s", code, errs)
	}
}

func TestWatchGivesStatusRuleAndRecordOfEachLine(t *testing.T) {
	out, errs, code := do(t, "watch", "--json")
	if code != 0 {
		t.Fatalf("exit %d: %s", code, errs)
	}
	var got struct{ Actions []faultline.Action }
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Actions) != 4 {
		t.Fatalf("%d actions", len(got.Actions))
	}
	// The pack has the close of the index, 6602.99, without its daily prices: enough for what waiting costs.
	if c := got.Actions[0].Cost; c == nil || c.Value == nil || !(max(*c.Value-(6725/6602.99-1), 6725/6602.99-1-*c.Value) < 1e-12) {
		t.Errorf("cost of waiting for 6725: %+v", c)
	}
	for _, a := range got.Actions {
		if a.Expression == "" || a.Title["en"] == "" || a.Title["zh"] == "" || len(a.Readings) == 0 || len(a.Record) == 0 {
			t.Errorf("%+v", a)
		}
		if c := a.Cost; c == nil || (c.Value == nil) == (c.Absent == nil) {
			t.Errorf("%s: what it costs, or why nobody can say: %+v", a.Name, c)
		}
		for _, r := range a.Record {
			if (r.Value == nil) == (r.Absent == nil) {
				t.Errorf("%s: a record has a value or a reason: %+v", a.Name, r)
			}
		}
	}
	for _, lang := range []string{"en", "zh"} {
		out, errs, code := do(t, "--lang", lang, "watch")
		if code != 0 {
			t.Fatal(errs)
		}
		for _, raw := range []string{"not_known", "inactive", "recovery_after", "no_bars", "no_price", "no_observation"} {
			if strings.Contains(out, raw) {
				t.Errorf("%s: the raw code %s", lang, raw)
			}
		}
	}
}

func TestCapexFollowsTheContractAndNamesAnUnknownTicker(t *testing.T) {
	out, errs, code := do(t, "capex", "--json")
	if code != 0 {
		t.Fatalf("exit %d: %s", code, errs)
	}
	var got struct{ Capex map[string]json.RawMessage }
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"buyers", "substitution", "cut", "both", "nvidia", "margin", "hhi", "draws", "events", "leans", "grade", "node"} {
		if len(got.Capex[key]) == 0 {
			t.Errorf("no key %s", key)
		}
	}
	path := write(t, "holdings.csv", "ticker,usd\nZZZQ,5\n")
	for _, lang := range []string{"en", "zh"} {
		out, errs, code := do(t, "--lang", lang, "capex", "--json", "--portfolio", path)
		if code != 4 || out != "" || !strings.Contains(errs, "ZZZQ") {
			t.Errorf("%s: exit %d: %s%s", lang, code, out, errs)
		}
	}
}

func TestValidateScenarioWithoutDataSaysWhatToGive(t *testing.T) {
	for _, lang := range []string{"en", "zh"} {
		out, errs, code := do(t, "--lang", lang, "validate", "scenario", "--json")
		if code != 2 || out != "" || !strings.Contains(errs, "faultline validate scenario GSPC.csv") {
			t.Errorf("%s: exit %d: %s%s", lang, code, out, errs)
		}
	}
}
