package assumption_test

import (
	"errors"
	"math"
	"sort"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"faultline/assumption"
)

func TestEveryEntryOfTheRegisterIsComplete(t *testing.T) {
	for _, it := range assumption.Default().Items() {
		if it.Unit == "" || it.Source == "" || it.Means == "" {
			t.Errorf("%s lacks a unit, a source or a meaning", it.Name)
		}
		if !(it.Low <= it.Value && it.Value <= it.High) || it.Origin != "" || it.Default != it.Value {
			t.Errorf("%+v", it)
		}
		if !strings.Contains(it.Name, ".") {
			t.Errorf("%s does not say whose it is", it.Name)
		}
	}
}

func TestAnOverrideIsRecordedAndTheOldSetIsUntouched(t *testing.T) {
	a := assumption.Default()
	b, err := a.WithText("ladder.range=0.2", "--set")
	if err != nil {
		t.Fatal(err)
	}
	if a.Value("ladder.range") != 0.1 || b.Value("ladder.range") != 0.2 {
		t.Errorf("%v and %v", a.Value("ladder.range"), b.Value("ladder.range"))
	}
	for _, it := range b.Items() {
		if (it.Name == "ladder.range") != (it.Origin == "--set") {
			t.Errorf("%s is said to be changed by %q", it.Name, it.Origin)
		}
	}
	if string(a.Bytes()) == string(b.Bytes()) {
		t.Error("another value, the same bytes to hash")
	}
}

func TestAWrongOverrideSaysWhatIsWrong(t *testing.T) {
	a := assumption.Default()
	var unknown *assumption.UnknownError
	if _, err := a.WithText("ladder.rnage=0.2", "t"); !errors.As(err, &unknown) || len(unknown.Near) == 0 || unknown.Near[0] != "ladder.range" {
		t.Errorf("a misspelt name gives %v", err)
	}
	var outside *assumption.RangeError
	for _, text := range []string{"ladder.range=2", "ladder.range=-1"} {
		if _, err := a.WithText(text, "t"); !errors.As(err, &outside) {
			t.Errorf("%s gives %v", text, err)
		}
	}
	for _, text := range []string{"ladder.range", "ladder.range=", "ladder.range=NaN", "ladder.range=Inf", "ladder.range=0,2", "=1", "", "band.draws=2.5", "ladder.sessions=1.5"} {
		if _, err := a.WithText(text, "t"); err == nil {
			t.Errorf("%q is accepted", text)
		}
	}
	_, err := a.Override(strings.NewReader("ladder.rnage: 1\nladder.range: 7\nladder.step: 0.01\n"), "mine.yaml")
	if err == nil || !strings.Contains(err.Error(), "ladder.rnage") || !strings.Contains(err.Error(), "ladder.range = 7") || !strings.Contains(err.Error(), "mine.yaml") {
		t.Errorf("a file with two mistakes gives %v", err)
	}
	for _, text := range []string{"", "- a\n- b\n", "ladder.range: wide\n", "\x00"} {
		if _, err := a.Override(strings.NewReader(text), "mine.yaml"); err == nil {
			t.Errorf("the file %q is accepted", text)
		}
	}
}

func TestAFileOverridesWhatItNames(t *testing.T) {
	a, err := assumption.Default().Override(strings.NewReader("ladder.range: 0.05\nband.draws: 0\n"), "mine.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if a.Value("ladder.range") != 0.05 || a.Value("band.draws") != 0 {
		t.Errorf("%v, %v", a.Value("ladder.range"), a.Value("band.draws"))
	}
}

func TestDrawsStayInTheirRangeAndKeepWhatTheUserSet(t *testing.T) {
	a, err := assumption.Default().With("dealer.calls_long", 0.3, "--set")
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(r *rapid.T) {
		seed, k := rapid.Uint64().Draw(r, "seed"), rapid.IntRange(0, 1e6).Draw(r, "draw")
		d := a.Draw(seed, k)
		again := a.Draw(seed, k)
		if string(d.Bytes()) != string(again.Bytes()) {
			r.Fatal("the same draw differs")
		}
		if d.Value("dealer.calls_long") != 0.3 {
			r.Fatal("a draw changed what the user set")
		}
		for _, it := range a.Items() {
			low, high := it.Low, it.High
			if it.Draw != nil {
				low, high = it.Draw[0], it.Draw[1]
			}
			switch v := d.Value(it.Name); {
			case it.Spread && it.Origin == "":
				if !(low <= v && v <= high) {
					r.Fatalf("%s is drawn as %v, outside %v to %v", it.Name, v, low, high)
				}
			case v != it.Value:
				r.Fatalf("%s has no spread and is drawn as %v", it.Name, v)
			}
		}
	})
}

func TestDrawsFollowTheTriangularDistribution(t *testing.T) {
	// dealer.puts_short: mode 1 on the range 0 to 1, so the distribution function is x² and its
	// quantile at p is √p.
	const n = 4000
	x := make([]float64, n)
	for k := range x {
		x[k] = assumption.Default().Draw(7, k).Value("dealer.puts_short")
	}
	sort.Float64s(x)
	worst := 0.0
	for i, v := range x {
		worst = math.Max(worst, math.Abs(v*v-(float64(i)+0.5)/n))
	}
	// Kolmogorov's distribution: the greatest distance of n draws passes 1.95/√n in one case of a thousand.
	if !(worst < 1.95/math.Sqrt(n)) {
		t.Errorf("the draws are %v away from their distribution", worst)
	}
}

func TestAnUnknownNameIsAMistakeOfTheProgram(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	assumption.Default().Value("no.such")
}
