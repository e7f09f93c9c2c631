package faultline_test

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"testing"
	"time"

	"faultline"
	"faultline/assumption"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
	"faultline/pack"
	"faultline/packs"
)

// economyBook is the embedded case, and what a later reader would add to it: observations of the same
// series that became known after an instant.
func economyBook(t testing.TB, later ...market.Dataset) *market.Book {
	t.Helper()
	b := &market.Book{}
	from, err := packs.Open("nov2025")
	if err != nil {
		t.Fatal(err)
	}
	p, err := pack.Load(t.Context(), from)
	if err != nil {
		t.Fatal(err)
	}
	b.Add(p.Book.Sets()...)
	b.Add(later...)
	return b
}

func macroBytes(t interface{ Fatal(...any) }, b *market.Book, at time.Time) string {
	out, err := faultline.AnalyzeMacro(context.Background(), b.AsOf(at), assumption.Default())
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(out)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The nowcast of 19 November does not know the report of 20 November, nor anything else that came later.
func TestTheNowcastKnowsNothingOfTheNextDay(t *testing.T) {
	if testing.Short() {
		t.Skip("short: many nowcasts")
	}
	at := calendar.DateOf(2025, 11, 19).At(16, 0, calendar.NewYork())
	want := macroBytes(t, economyBook(t), at)
	g := rand.New(rand.NewPCG(20251119, 1))
	for range 12 { // each runs the whole analysis
		s := &market.Series{
			ID:     []string{"UNRATE", "PAYEMS", "CPILFESL", "ICSA", "T5YIE"}[g.IntN(5)],
			Origin: market.Origin{File: "later.csv", Format: "fred", KnownAt: "release_rule", Grade: evidence.Published},
		}
		for range 1 + g.IntN(5) {
			about := calendar.DateOf(2025, time.Month(1+g.IntN(11)), 1)
			known := at.Add(time.Duration(1+g.IntN(90*24*3600)) * time.Second)
			s.Append(int64(about)*86400, known.Unix(), 1e6*g.Float64(), 1)
		}
		if got := macroBytes(t, economyBook(t, market.Dataset{Series: s}), at); got != want {
			t.Fatalf("rows of %s that became known later change the analysis", s.ID)
		}
	}
	next := macroBytes(t, economyBook(t), at.Add(17*time.Hour))
	if next == want {
		t.Error("the report of 20 November changes nothing on the 20th")
	}
}

func TestTheFogOfTheEmbeddedCase(t *testing.T) {
	at := calendar.DateOf(2025, 11, 21).At(16, 0, calendar.NewYork())
	out, err := faultline.AnalyzeMacro(context.Background(), economyBook(t).AsOf(at), assumption.Default())
	if err != nil {
		t.Fatal(err)
	}
	f := out.Macro.Fog
	if f == nil {
		t.Fatalf("no fog: %v", out.Macro.Missing)
	}
	if f.Grade != evidence.Synthetic {
		t.Errorf("the fog of a made-up economy is graded %s", f.Grade)
	}
	if len(f.Lapses) != 3 || f.Lapses[2].Worst != "2025-11-19" || f.Lapses[2].Missing[0].Report != "household" || f.Lapses[2].Missing[0].Period != "2025-10" {
		t.Errorf("lapses: %d, worst day %s, costs most %+v", len(f.Lapses), f.Lapses[2].Worst, f.Lapses[2].Missing[0])
	}
	l := f.Lapses[2]
	if l.Date[l.Projected] != "2025-11-22" || l.Date[0] != "2025-09-01" || l.Date[len(l.Date)-1] != "2025-12-31" {
		t.Errorf("days %s to %s, projected from %s", l.Date[0], l.Date[len(l.Date)-1], l.Date[l.Projected])
	}
	j := f.Surprise
	if j == nil || j.Freedom != 2 || j.At.UTC().Format("2006-01-02 15:04") != "2025-11-20 13:30" {
		t.Fatalf("surprise: %+v", j)
	}
	for _, it := range j.Items {
		if it.Series == "PAYEMS" && it.Value != 119_000 || it.Series == "UNRATE" && (it.Value < 0.04399 || it.Value > 0.04401) {
			t.Errorf("%s of %s is %v", it.Series, it.Month, it.Value)
		}
	}
	for _, n := range f.Nowcasts {
		for i := range n.Month {
			if !(n.P05[i] <= n.P25[i] && n.P25[i] <= n.P50[i] && n.P50[i] <= n.P75[i] && n.P75[i] <= n.P95[i]) {
				t.Errorf("%s of %s: quantiles out of order", n.Series, n.Month[i])
			}
		}
	}
}
