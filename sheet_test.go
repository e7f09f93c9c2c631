package faultline_test

import (
	"testing"
	"time"

	"faultline"
	"faultline/calendar"
	"faultline/market"
)

// week makes chains of the evenings of a week and the prices that followed.
func week(t testing.TB) (sets []market.Dataset, evenings []calendar.Session) {
	t.Helper()
	sessions, err := calendar.NYSE().Sessions(calendar.DateOf(2025, 3, 3), calendar.DateOf(2025, 3, 5))
	if err != nil {
		t.Fatal(err)
	}
	bars := prices(t)
	for i := range bars.Close { // a quiet market, so that each evening's price is that of its chain
		bars.Open[i], bars.High[i], bars.Low[i], bars.Close[i] = 5000, 5030, 4990, 5000
	}
	sets = append(sets, market.Dataset{Bars: bars})
	for _, s := range sessions {
		c := quotes(t, evening(s))
		c.Origin.File = s.Date.String() + ".csv"
		sets = append(sets, market.Dataset{Chain: c})
	}
	return sets, sessions
}

func sheet(t testing.TB, sets []market.Dataset, s calendar.Session) *faultline.Sheet {
	t.Helper()
	var b market.Book
	b.Add(sets...)
	out, err := faultline.LevelSheet(t.Context(), &b, evening(s), few(t))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestTheSheetScoresTheLevelsOfTheSessionBefore(t *testing.T) {
	sets, evenings := week(t)
	out := sheet(t, sets, evenings[2])
	if out.Session != "2025-03-06" || out.Absent != nil || out.Last == nil {
		t.Fatalf("for %s: %v %+v", out.Session, out.Absent, out.Last)
	}
	l := out.Last
	if l.Session != "2025-03-05" || l.Ago != 1 || l.During || l.High != 5030 || l.Spot != 5000 || l.Made.After(evening(evenings[1])) {
		t.Errorf("%+v", l)
	}
	for _, o := range l.Levels {
		if o.Price == nil {
			if o.Absent == nil {
				t.Errorf("%s is neither there nor absent", o.Kind)
			}
			continue
		}
		want := *o.Price <= 5030*1.0005 && *o.Price >= 4990*0.9995
		if o.Touched != want {
			t.Errorf("%s at %v: touched %v, the session ran from 4990 to 5030", o.Kind, *o.Price, o.Touched)
		}
	}
	for _, r := range out.Record {
		if r.Sessions > 2 || r.Held+r.Beyond > r.Sessions || r.Held > r.Touched {
			t.Errorf("%+v", r)
		}
	}
}

func TestTheSheetKnowsNothingOfTheSessionToCome(t *testing.T) {
	sets, evenings := week(t)
	want, later := sheet(t, sets[:3], evenings[1]), sheet(t, sets, evenings[1])
	if want.Analysis.RunID != later.Analysis.RunID || want.Last.Session != later.Last.Session || len(want.Last.Levels) != len(later.Last.Levels) {
		t.Error("a chain of later changes the sheet")
	}
	if want.Last.Session != evenings[1].Date.String() {
		t.Errorf("on the evening of %s the session of %s is scored", evenings[1].Date, want.Last.Session)
	}
}

func TestASheetWithoutAnEarlierChainSaysSo(t *testing.T) {
	sets, evenings := week(t)
	out := sheet(t, append(sets[:1:1], sets[3]), evenings[2])
	if out.Last != nil || out.Absent == nil || out.Absent.Code != "no_earlier_levels" || len(out.Record) != 0 {
		t.Errorf("%+v %v", out.Last, out.Absent)
	}
	gap := sheet(t, append(sets[:2:2], sets[3]), evenings[2])
	if gap.Last == nil || gap.Last.Ago != 2 {
		t.Errorf("the session of two days before is %+v", gap.Last)
	}
}

// evening is when a chain of a session is downloaded after its options have closed.
func evening(s calendar.Session) time.Time { return s.Close.Add(2 * time.Hour) }
