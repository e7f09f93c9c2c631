package scenario_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"faultline/scenario"
)

// small is a tree that loads; each case of bad input changes a line of it.
const small = `schema: 1
name: small
from: 2025-11-21
until: 2026-03-31
define:
  calm: vix < 20.0
  warm: cpi.yoy > 3.0
conditions:
  - name: quiet
    when: calm && !warm
    by: 2025-12-31
  - name: cut
    when: fed.cut_bp("2025-12-10") >= 25
    by: 2025-12-12
scenarios:
  - name: up
    prior: 0.6
    requires: [cut]
    network:
      - {condition: cut, p: 0.8}
      - {condition: quiet, given: [cut], p: {cut: 0.7, none: 0.2}}
    outcomes:
      - {asset: SPX, low: 0, high: 0.1}
  - name: down
    prior: 0.4
    joint:
      - {true: [cut, quiet], p: 0.1}
      - {true: [cut], p: 0.3}
      - {true: [], p: 0.6}
`

func TestTheSmallTreeLoads(t *testing.T) {
	tree, err := scenario.Load(strings.NewReader(small), "small.yaml")
	if err != nil || len(tree.Conditions) != 2 || len(tree.Scenarios) != 2 {
		t.Fatalf("%+v, %v", tree, err)
	}
}

func TestMistakesInATreeSayWhereAndWhatToChange(t *testing.T) {
	f := func(old, fresh string, line, column int, says string) {
		t.Helper()
		text := strings.Replace(small, old, fresh, 1)
		if text == small {
			t.Fatalf("%q is not in the small tree", old)
		}
		_, err := scenario.Load(strings.NewReader(text), "bad.yaml")
		if err == nil {
			t.Errorf("%q was taken", fresh)
			return
		}
		want := "bad.yaml: "
		if line > 0 {
			want = fmt.Sprintf("bad.yaml: line %d, column %d: ", line, column)
		}
		if !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v\nwant %s…%s", fresh, err, want, says)
		}
		var e *scenario.Error
		if line > 0 && !errors.As(err, &e) {
			t.Errorf("%q: %T", fresh, err)
		}
	}
	f("prior: 0.6", "prior: 0.7", 17, 12, "tree_priors{sum=1.1}")
	f("prior: 0.6", "prior: many", 17, 12, "tree_probability")
	f("prior: 0.6", "prior: -0.6", 17, 12, "tree_probability")
	f("vix < 20.0\n  warm: cpi.yoy > 3.0", "warm\n  warm: calm", 6, 9, "tree_circle{name=calm others=warm}")
	f("vix < 20.0", "vixx < 20.0", 6, 9, "name=vixx")
	f("calm && !warm", "calm && warmer", 10, 19, "name=warmer")
	f("calm && !warm", "vix", 10, 11, "expr_type{got=double want=bool}")
	f("calm && !warm", "'vix < nothing'", 10, 18, "name=nothing")
	f("calm && !warm", ">-\n      vix < nothing", 11, 13, "name=nothing")
	f("by: 2025-12-31", "by: soon", 11, 9, "tree_date")
	f("until: 2026-03-31", "until: 2024-03-31", 4, 8, "tree_horizon")
	f("requires: [cut]", "requires: [cat]", 18, 16, "tree_unknown_condition{condition=cat known=cut, quiet}")
	f("condition: cut, p: 0.8", "condition: cut, given: [quiet], p: {quiet: 0.5, none: 0.5}", 21, 21, "tree_network_circle{condition=quiet scenario=up}")
	f("none: 0.2", "quiet: 0.2", 21, 56, "tree_not_given")
	f("{cut: 0.7, none: 0.2}", "{cut: 0.7}", 21, 21, "tree_given_lacks{condition=quiet text=none}")
	f("      - {condition: cut, p: 0.8}\n", "", 16, 11, "tree_network_lacks{condition=cut")
	f("{true: [], p: 0.6}", "{true: [], p: 0.5}", 27, 33, "tree_table_sum{scenario=down sum=0.9}")
	f("low: 0, high: 0.1", "low: 0.2, high: 0.1", 16, 11, "tree_outcome_range")
	f("{condition: cut, p: 0.8}", "{condition: cut, p: 0}", 16, 11, "tree_requires_impossible")
	f("- name: down", "- name: up", 24, 11, "tree_scenario_name")
	f("schema: 1", "schema: 2", 1, 1, "tree_schema{schema=2}")
	f("name: small", "nome: small", 2, 1, "tree_unknown_key{key=nome}")
	f("when: fed.cut_bp", "wenn: fed.cut_bp", 13, 1, "tree_unknown_key{key=wenn}")
}

// One slip is one message: what uses a name with a mistake is not blamed for it.
func TestAMistakeHasNoFollowers(t *testing.T) {
	f := func(old, fresh string) {
		t.Helper()
		_, err := scenario.Load(strings.NewReader(strings.Replace(small, old, fresh, 1)), "bad.yaml")
		if err == nil || strings.Count(err.Error(), "\n") != 0 {
			t.Errorf("%q: want one message, got %v", fresh, err)
		}
	}
	f("vix < 20.0", "vixx < 20.0")
	f("vix < 20.0", "calm || vix < 20.0")
	f("vix < 20.0\n  warm: cpi.yoy > 3.0", "warm\n  warm: calm")
	f("{condition: cut, p: 0.8}", "{condition: cat, p: 0.8}")
	f("calm: vix < 20.0", "calm:")
	f("prior: 0.6", "prior: many")
	f("p: 0.3", "p: many")
}

func TestCirclesAreFoundAndUsesInAnyOrderAreNot(t *testing.T) {
	text := strings.Replace(small, "calm: vix < 20.0\n  warm: cpi.yoy > 3.0", "calm: warm || vix < 20.0\n  warm: cpi.yoy > 3.0", 1)
	if _, err := scenario.Load(strings.NewReader(text), "x"); err != nil {
		t.Errorf("a name that is defined later: %v", err)
	}
	text = strings.Replace(small, "warm: cpi.yoy > 3.0", `warm: fact("calm") > 3.0`, 1)
	if _, err := scenario.Load(strings.NewReader(text), "x"); err != nil {
		t.Errorf("a name in quotation marks is no reference: %v", err)
	}
}

func TestTooLargeATreeIsRefused(t *testing.T) {
	text := small + strings.Repeat("# filler\n", scenario.MaxBytes/9+1)
	if _, err := scenario.Load(strings.NewReader(text), "x"); err == nil {
		t.Error("a tree of more than a megabyte was taken")
	}
}

func FuzzLoadNeverPanics(f *testing.F) {
	f.Add(small)
	f.Add("schema: 1\nscenarios: [{name: a, joint: [{}]}]")
	f.Add("conditions: [{name: a, when: |\n vix\n}]")
	f.Fuzz(func(t *testing.T, text string) {
		tree, err := scenario.Load(strings.NewReader(text), "x")
		if err != nil {
			return
		}
		if p, ok := scenario.NewBelief(tree).Probabilities(); !ok {
			t.Fatalf("a tree that loads has no prior: %v", p)
		}
	})
}
