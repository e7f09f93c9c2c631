package faultline_test

import (
	"context"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"faultline"
	"faultline/assumption"
	"faultline/feed"
	"faultline/market"
)

// known reads files of the shared data into a book.
func known(t *testing.T, files ...string) *market.Book {
	t.Helper()
	b := &market.Book{}
	for _, name := range files {
		f, err := os.Open("../shared/data/" + name)
		if err != nil {
			t.Skip("the shared data are not beside the repository")
		}
		r, err := feed.Read(context.Background(), f, feed.Options{Name: name[strings.LastIndexByte(name, '/')+1:]})
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		if err != nil {
			t.Fatal(err)
		}
		b.Add(r.Sets...)
	}
	return b
}

// The document's tree on what is known by August 2026: its conditions chose scenario A, first print and revision of
// November's unemployment are told apart, and no probability of a day rests on what came later.
func TestTheDefaultTreeIsScoredOnWhatHappened(t *testing.T) {
	if testing.Short() {
		t.Skip("short: all data")
	}
	book := known(t, "daily/GSPC.csv", "daily/tz_TNX.csv", "macro/fred_inflation.csv", "macro/fred_employment.csv", "facts/nov2025_facts.csv")
	tree, err := faultline.DefaultTree()
	if err != nil {
		t.Fatal(err)
	}
	at := func(day string) *faultline.Scenarios {
		t.Helper()
		d, err := time.Parse(time.RFC3339, day)
		if err != nil {
			t.Fatal(err)
		}
		a, err := faultline.Analyze(context.Background(), book.AsOf(d), assumption.Default(), faultline.WithTree(tree))
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range a.Scenario.Log {
			sum := 0.0
			for _, p := range s.Posterior {
				sum += p
			}
			if !(math.Abs(sum-1) < 1e-12) {
				t.Errorf("on %s the probabilities sum to %v", s.At, sum)
			}
		}
		return a.Scenario
	}
	end, early := at("2026-08-21T20:00:00Z"), at("2025-12-20T12:00:00Z")
	if s := end.Score; len(s.True) != 1 || s.True[0] != "A" || s.Brier == nil || !(math.Abs(*s.Brier-(0.55*0.55+0.3*0.3+0.25*0.25)) < 1e-12) {
		t.Errorf("score %+v", end.Score)
	}
	revised := false
	for _, s := range end.Log {
		revised = revised || s.Condition == "unemployment_up" && s.Status == "revised"
	}
	if !revised {
		t.Error("the revision of November's unemployment is not in the log")
	}
	for i, s := range early.Log {
		if l := end.Log[i]; l.Condition != s.Condition || l.Status != s.Status || l.Posterior[0] != s.Posterior[0] {
			t.Errorf("step %d was %+v and is %+v", i, s, l)
		}
	}
	if b := early.Branches[1]; b.Dead == nil || *b.Posterior.Value != 0 {
		t.Errorf("B is alive after the cut: %+v", b)
	}
}

// What options gave on the tree's own day, against the formulas of expr computed apart with the Python of Debian from the
// same closes (VIX 23.43; betas 2.1018 and 1.3812, volatilities 0.5641 and 0.3266; 130 days): 0.0480 that Nvidia halves by
// the end of March, 0.2553 that the Nasdaq falls by a fifth. The horizon runs from the end of the tree's day in UTC, some
// hours less than whole days: 0.002 is left for that.
func TestOddsOfOptionsOnTheDayOfTheTreeAreThoseOfTheirFormula(t *testing.T) {
	if testing.Short() {
		t.Skip("short: all data")
	}
	book := known(t, "daily/GSPC.csv", "daily/IXIC.csv", "daily/NVDA.csv", "daily/VIX.csv", "facts/nov2025_facts.csv")
	at := time.Date(2026, time.March, 2, 21, 30, 0, 0, time.UTC)
	a, err := faultline.Analyze(context.Background(), book.AsOf(at), assumption.Default())
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]float64{"IXIC": 0.2553, "NVDA": 0.0480}
	for _, b := range a.Scenario.Branches {
		for _, o := range b.Outcomes {
			w, ok := want[o.Asset]
			if !ok || b.Name != "C" {
				continue
			}
			delete(want, o.Asset)
			if len(o.Odds) != 1 || o.Odds[0].Source != "options" || o.Odds[0].Probability == nil || !(math.Abs(*o.Odds[0].Probability-w) < 0.002) {
				t.Errorf("%s: %+v, want %v", o.Asset, o.Odds, w)
			}
		}
	}
	if len(want) > 0 {
		t.Errorf("nothing of %v", want)
	}
	// Half of the paths begin in the loop, where the register says so; the probabilities of the tree are left alone.
	if p := a.Scenario.Paths; p == nil || p.Loop == nil || p.Loop.Share != 0.5 || p.Loop.Sessions != 21 || p.Source != "bootstrap_and_cascade" {
		t.Errorf("paths %+v", a.Scenario.Paths)
	}
}
