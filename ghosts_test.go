package faultline_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"faultline"
	"faultline/assumption"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

func soldIn(t testing.TB, b *market.Book, from, to string, at string) *faultline.Analysis {
	t.Helper()
	day := func(s string) calendar.Date {
		d, err := calendar.ParseDate(s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	few, err := assumption.Default().WithText("band.draws=0", "test")
	if err != nil {
		t.Fatal(err)
	}
	eve, err := calendar.NYSE().Prev(day(from))
	if err != nil {
		t.Fatal(err)
	}
	x, err := calendar.NYSE().Session(day(at))
	if err != nil {
		t.Fatal(err)
	}
	a, err := faultline.Analyze(t.Context(), b.AsOf(x.Close.UTC()), few, faultline.Sold(day(from), day(to), b.AsOf(eve.Close.UTC())))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// Participants, assumed shocks and what is left add up to the move under every law, and the summary says so.
func TestWhoSoldAddsUpToTheMoveOfTheWeek(t *testing.T) {
	_, p := shipped(t)
	a := soldIn(t, p.Book, "2025-11-17", "2025-11-21", "2025-11-21")
	g := a.Ghosts
	if g == nil {
		t.Fatalf("nobody sold anything: %+v", a.Missing)
	}
	for l := range g.Laws {
		sum := g.Residual[l]
		for _, x := range append(append([]faultline.GhostRow{}, g.Players...), g.Shocks...) {
			sum += x.Points[l]
		}
		if !(math.Abs(sum-(g.End-g.Start)) < 1e-9*g.Start) {
			t.Errorf("%s: parts sum to %v points of %v", g.Laws[l], sum, g.End-g.Start)
		}
	}
	if g.Grade < evidence.Modelled || g.Node == "" {
		t.Errorf("grade %v, node %q", g.Grade, g.Node)
	}
	said := 0
	for _, f := range a.Findings {
		if f.Part == "ghosts" {
			said++
		}
	}
	if said != 1 {
		t.Errorf("%d findings speak of it", said)
	}
}

// A week that is not over has no last close: it is missing, and nothing later is looked up.
func TestAWeekThatIsNotOverIsMissing(t *testing.T) {
	_, p := shipped(t)
	a := soldIn(t, p.Book, "2025-11-17", "2025-11-21", "2025-11-19")
	if a.Ghosts != nil {
		t.Errorf("the week ended at %v before it was over", a.Ghosts.End)
	}
	found := false
	for _, m := range a.Missing {
		found = found || m.Part == "ghosts" && m.Absent.Code == "no_close_of_session"
	}
	if !found {
		raw, _ := json.Marshal(a.Missing)
		t.Errorf("missing %s", strings.ReplaceAll(string(raw), "\n", " "))
	}
}
