package evidence_test

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"faultline/evidence"
)

func TestAFigureHasTheWeakestGradeOfAllItRestsOn(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		rec := evidence.NewRecorder()
		n := rapid.IntRange(1, 12).Draw(r, "nodes")
		grades := make([]evidence.Grade, n) // brute force: the weakest of everything reachable
		ids := make([]string, n)
		for i := range n {
			own := evidence.Grade(rapid.IntRange(0, 3).Draw(r, "grade"))
			node := evidence.Node{ID: string(rune('a' + i)), Grade: own}
			grades[i] = own
			for j := range i {
				if rapid.Bool().Draw(r, "edge") {
					node.Inputs = append(node.Inputs, ids[j])
					grades[i] = max(grades[i], grades[j])
				}
			}
			ids[i] = rec.Add(node)
			if f := rec.Mint("f", 1, evidence.USD, ids[i]); f.Grade != grades[i] {
				r.Fatalf("node %d is %v, want %v", i, f.Grade, grades[i])
			}
		}
	})
}

func panics(f func()) (did bool) {
	defer func() { did = recover() != nil }()
	f()
	return false
}

func TestNoFigureWithoutEvidenceAndNoNumberThatIsNone(t *testing.T) {
	rec := evidence.NewRecorder()
	rec.Add(evidence.Node{ID: "a"})
	for what, f := range map[string]func(){
		"unknown node":  func() { rec.Mint("x", 1, evidence.USD, "nowhere") },
		"NaN":           func() { rec.Mint("x", math.NaN(), evidence.USD, "a") },
		"infinity":      func() { rec.Mint("x", math.Inf(1), evidence.USD, "a") },
		"unknown input": func() { rec.Add(evidence.Node{ID: "b", Inputs: []string{"nowhere"}}) },
		"one ID, twice": func() { rec.Add(evidence.Node{ID: "a", Method: "other"}) },
		"absent figure without a node": func() {
			rec.MintAbsent("x", evidence.USD, "nowhere", &evidence.Absent{Code: "why"})
		},
	} {
		if !panics(f) {
			t.Errorf("%s: accepted", what)
		}
	}
	if rec.Add(evidence.Node{ID: "a"}) != "a" {
		t.Error("the same node twice must be harmless")
	}
}

func TestAnAbsentFigureIsWrittenWithItsReasonAndWithoutAValue(t *testing.T) {
	rec := evidence.NewRecorder()
	rec.Add(evidence.Node{ID: "a", Grade: evidence.Modelled})
	f := rec.MintAbsent("levels.x", evidence.Points, "a", &evidence.Absent{Code: "no_chain", Args: evidence.Args{"underlying": "SPX"}})
	text, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), `"value"`) || !strings.Contains(string(text), `"absent":{"code":"no_chain","args":{"underlying":"SPX"}}`) {
		t.Errorf("written as %s", text)
	}
	var back evidence.Figure
	if err := json.Unmarshal(text, &back); err != nil || back.Absent == nil || back.Absent.Code != "no_chain" || back.Grade != evidence.Modelled {
		t.Errorf("read back as %+v, %v", back, err)
	}
}

func TestABandWithABoundThatIsNoNumberIsLeftOut(t *testing.T) {
	rec := evidence.NewRecorder()
	rec.Add(evidence.Node{ID: "a"})
	f := rec.Mint("x", 1, evidence.USD, "a")
	if g := f.WithBand(math.NaN(), 2); g.Low != nil || g.High != nil {
		t.Errorf("band %v to %v", g.Low, g.High)
	}
	if g := f.WithBand(0, 2); *g.Low != 0 || *g.High != 2 {
		t.Errorf("band %v to %v, want 0 to 2", *g.Low, *g.High)
	}
}

func TestGradesAreReadAsTheyAreWritten(t *testing.T) {
	for g := evidence.Observed; g <= evidence.Synthetic; g++ {
		text, err := g.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var back evidence.Grade
		if err := back.UnmarshalText(text); err != nil || back != g {
			t.Errorf("%v comes back as %v, %v", g, back, err)
		}
	}
	if _, err := evidence.ParseGrade("rumour"); err == nil {
		t.Error("rumour is no grade")
	}
}

func TestTheRunIDTellsEveryPartFromEveryOther(t *testing.T) {
	seen := map[string]string{}
	for _, parts := range [][]string{{"ab", "c"}, {"a", "bc"}, {"abc"}, {"", "abc"}, {"abc", ""}} {
		var b [][]byte
		for _, p := range parts {
			b = append(b, []byte(p))
		}
		id := evidence.RunID(b...)
		if other, ok := seen[id]; ok || len(id) != 16 {
			t.Errorf("%q and %s share %s", parts, other, id)
		}
		seen[id] = strings.Join(parts, "|")
	}
}

func TestCaveatsOfAFigureAreThoseOfItsWholeChainOnce(t *testing.T) {
	rec := evidence.NewRecorder()
	adjusted := evidence.Code{Code: "adjusted_prices"}
	rec.Add(evidence.Node{ID: "a", Caveats: []evidence.Code{adjusted}})
	rec.Add(evidence.Node{ID: "b", Caveats: []evidence.Code{adjusted, {Code: "partial_chain", Args: evidence.Args{"expiries": 5}}}, Inputs: []string{"a"}})
	rec.Add(evidence.Node{ID: "c", Inputs: []string{"a", "b"}})
	got := rec.Caveats("c")
	if len(got) != 2 || got[0].Code != "adjusted_prices" || got[1].String() != "partial_chain{expiries=5}" {
		t.Errorf("caveats %v", got)
	}
}

// Parts that run beside each other leave the record that they would have left one after another.
func TestForksJoinedInOrderLeaveTheRecordOfASequence(t *testing.T) {
	data := evidence.Node{ID: "data", Kind: evidence.Dataset, Grade: evidence.Published}
	first := evidence.Node{ID: "first", Kind: evidence.Run, Grade: evidence.Modelled, Inputs: []string{"data"}}
	second := evidence.Node{ID: "second", Kind: evidence.Run, Grade: evidence.Observed, Inputs: []string{"data"}}
	straight := evidence.NewRecorder()
	for _, n := range []evidence.Node{data, first, second} {
		straight.Add(n)
	}
	r := evidence.NewRecorder()
	r.Add(data)
	fork := r.Fork()
	fork.Add(second)
	r.Add(first)
	if _, ok := r.Node("second"); ok {
		t.Error("a fork writes into the record that it came from")
	}
	r.Join(fork)
	if got, want := fmt.Sprint(r.Nodes()), fmt.Sprint(straight.Nodes()); got != want {
		t.Errorf("%s\nand not\n%s", got, want)
	}
}
