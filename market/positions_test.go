package market

import (
	"testing"
	"time"

	"faultline/evidence"
)

func held(at time.Time, file string, outcomes bool, units ...float64) Dataset {
	p := &Positions{At: at, Outcomes: outcomes, Origin: Origin{File: file, Grade: evidence.Observed}}
	for _, u := range units {
		p.Coin, p.Venue, p.Account, p.Collateral = append(p.Coin, "BTC"), append(p.Venue, "okx"), append(p.Account, ""), append(p.Collateral, "")
		p.Units, p.Entry, p.Mark, p.Margin, p.Leverage = append(p.Units, u), append(p.Entry, 1), append(p.Mark, Missing), append(p.Margin, Missing), append(p.Leverage, 2)
		p.Short, p.Liquidated, p.Deleveraged = append(p.Short, u < 0), append(p.Liquidated, false), append(p.Deleveraged, false)
		p.Line = append(p.Line, 1)
	}
	return Dataset{Positions: p}
}

func TestTheOrderOfPositionsInAFileChangesNoDigest(t *testing.T) {
	at := time.Date(2024, 3, 14, 12, 0, 0, 0, time.UTC)
	digest := func(units ...float64) [32]byte {
		var b Book
		b.Add(held(at, "a.csv", false, units...))
		return b.AsOf(at).Digest()
	}
	want := digest(1, -2, 3, 3)
	if got := digest(3, 1, 3, -2); got != want {
		t.Error("shuffled rows have another digest")
	}
	for _, other := range [][]float64{{1, -2, 3}, {1, 2, 3, 3}, {1, -2, 3, 4}, {1, 1, -2, 3}} {
		if digest(other...) == want {
			t.Errorf("positions of %v units have the digest of others", other)
		}
	}
}

func TestPositionsOfTheLatestInstantCountOnceAndInAnyOrder(t *testing.T) {
	t0 := time.Date(2024, 3, 14, 12, 0, 0, 0, time.UTC)
	sets := []Dataset{
		held(t0, "a.csv", false, 1, 2),
		held(t0.Add(time.Hour), "b.csv", false, 3),
		held(t0.Add(time.Hour), "c.csv", false, 4, 5),
		held(t0.Add(time.Hour), "b.csv", false, 3), // the same file again
		held(t0, "d.csv", true, 6),
		held(t0.Add(3*time.Hour), "late.csv", false, 7),
	}
	var one, two Book
	one.Add(sets...)
	for i := range sets {
		two.Add(sets[len(sets)-1-i])
	}
	at := t0.Add(2 * time.Hour)
	a, b := one.AsOf(at), two.AsOf(at)
	if a.Digest() != b.Digest() {
		t.Error("the order of the tables changes the digest")
	}
	n, outcomes := 0, 0
	for _, p := range a.Positions() {
		n += p.Len()
		if p.Outcomes {
			outcomes++
		}
	}
	if len(a.Positions()) != 3 || n != 4 || outcomes != 1 {
		t.Errorf("%d tables, %d positions, %d of outcomes; want 3, 4 and 1", len(a.Positions()), n, outcomes)
	}
	if earlier := one.AsOf(t0); len(earlier.Positions()) != 2 || earlier.Digest() == a.Digest() {
		t.Errorf("%d tables at the first instant", len(earlier.Positions()))
	}
	if left := a.Without(evidence.Observed).Positions(); len(left) != 0 {
		t.Errorf("%d tables are left without what was observed", len(left))
	}
}
