package expr

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"faultline/evidence"
)

var start = time.Date(2025, 11, 20, 15, 0, 0, 0, time.UTC)

// verdictOf reads t, f and u.
func verdictOf(c rune) Verdict {
	switch c {
	case 't':
		return Verdict{True: true}
	case 'u':
		return Verdict{Absent: &evidence.Absent{Code: "no_observation"}}
	}
	return Verdict{}
}

// Each letter is the verdict of a minute: t true, f false, u not known; the second line is the status after it.
func TestAlertsMoveAsTheTableSays(t *testing.T) {
	f := func(hold, keep int, verdicts, want string) {
		t.Helper()
		r := Rule{For: time.Duration(hold) * time.Minute, KeepFiringFor: time.Duration(keep) * time.Minute}
		var a Alert
		got := ""
		for i, c := range verdicts {
			r.Step(&a, start.Add(time.Duration(i)*time.Minute), verdictOf(c))
			got += map[Status]string{Inactive: "-", Pending: "P", Firing: "F"}[a.Status]
		}
		if got != want {
			t.Errorf("for %d, keep %d, %s: %s, want %s", hold, keep, verdicts, got, want)
		}
	}
	f(0, 0, "fttf", "-FF-")
	f(2, 0, "ttttff", "PPFF--")
	f(2, 0, "ttfttt", "PP-PPF")
	f(0, 2, "tffff", "FFF--")
	f(0, 2, "tfftffff", "FFFFFF--")
	f(2, 0, "ttuttt", "PP-PPF") // nobody can say that it held throughout
	f(0, 0, "tuuf", "FFF-")     // nobody can say that it ended
	f(0, 2, "tfuuf", "FFFF-")
}

func TestAFiringAlertWithoutDataIsStale(t *testing.T) {
	r := Rule{}
	var a Alert
	r.Step(&a, start, verdictOf('t'))
	r.Step(&a, start.Add(time.Minute), verdictOf('u'))
	if a.Status != Firing || !a.Stale {
		t.Errorf("%+v", a)
	}
	r.Step(&a, start.Add(2*time.Minute), verdictOf('t'))
	if a.Stale {
		t.Errorf("%+v", a)
	}
}

// An alert fires exactly when the condition has been true without a break for the whole of For, and stays
// until it has been false for KeepFiringFor: a second reading of the definition, over whole histories.
func TestAlertsAgreeWithTheirDefinitionOverWholeHistories(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hold, keep := rapid.IntRange(0, 5).Draw(t, "for"), rapid.IntRange(0, 5).Draw(t, "keep")
		verdicts := rapid.SliceOfN(rapid.SampledFrom([]rune("tf")), 1, 60).Draw(t, "verdicts")
		r := Rule{For: time.Duration(hold) * time.Minute, KeepFiringFor: time.Duration(keep) * time.Minute}
		var a Alert
		firing := false
		for i, c := range verdicts {
			changed := r.Step(&a, start.Add(time.Duration(i)*time.Minute), verdictOf(c))
			run := 0 // verdicts like this one up to here
			for run <= i && verdicts[i-run] == c {
				run++
			}
			was := firing
			if c == 't' {
				firing = firing || run-1 >= hold
			} else {
				firing = firing && run-1 < keep
			}
			if (a.Status == Firing) != firing {
				t.Fatalf("after %s: %s", string(verdicts[:i+1]), a.Status)
			}
			if firing != was && !changed {
				t.Fatalf("after %s: the change was not reported", string(verdicts[:i+1]))
			}
		}
	})
}
