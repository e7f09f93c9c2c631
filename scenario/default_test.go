package scenario_test

import (
	"os"
	"testing"

	"faultline/scenario"
)

func defaultTree(t testing.TB) *scenario.Tree {
	t.Helper()
	f, err := os.Open("../packs/scenarios/nov2025.yaml")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	tree, err := scenario.Load(f, "scenarios.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func TestTheDefaultTreeHasTheDocumentsPriors(t *testing.T) {
	tree := defaultTree(t)
	want := map[string]float64{"A": 0.45, "B": 0.30, "C": 0.25}
	for _, s := range tree.Scenarios {
		if s.Prior != want[s.Name] {
			t.Errorf("%s: %v", s.Name, s.Prior)
		}
		if s.Title.In("zh") == s.Title.In("en") || s.Title.In("fr") != s.Title.In("en") {
			t.Errorf("%s: titles %v", s.Name, s.Title)
		}
	}
	if len(tree.Scenarios) != len(want) {
		t.Errorf("%d scenarios", len(tree.Scenarios))
	}
	c := tree.Check()
	t.Logf("%+v", c)
}
