package scenario

import (
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"
)

// drawTree draws priors, tables and requirements over a few conditions.
func drawTree(t *rapid.T, independent bool) *Tree {
	n, k := rapid.IntRange(1, 5).Draw(t, "conditions"), rapid.IntRange(1, 4).Draw(t, "scenarios")
	tree := &Tree{Conditions: make([]Condition, n)}
	for i := range n {
		tree.Conditions[i].Name = fmt.Sprint("c", i)
	}
	sum := 0.0
	for s := range k {
		sc := Scenario{Name: fmt.Sprint("s", s), Prior: rapid.Float64Range(0.05, 1).Draw(t, "prior"), table: make([]float64, 1<<n)}
		sum += sc.Prior
		if independent {
			links := make([]*link, n)
			for i := range links {
				links[i] = &link{condition: i, p: []float64{rapid.Float64Range(0.05, 0.95).Draw(t, "p")}}
			}
			sc.table = multiply(links)
		} else {
			all := 0.0
			for c := range sc.table {
				sc.table[c] = rapid.Float64Range(0.01, 1).Draw(t, "cell")
				all += sc.table[c]
			}
			for c := range sc.table {
				sc.table[c] /= all
			}
			for i := range n {
				if rapid.IntRange(0, 3).Draw(t, "requires") == 0 {
					sc.Requires = append(sc.Requires, i)
				}
			}
		}
		tree.Scenarios = append(tree.Scenarios, sc)
	}
	for s := range tree.Scenarios {
		tree.Scenarios[s].Prior /= sum
	}
	return tree
}

// bruteForce is Bayes' rule by counting: every world is a scenario with a combination of conditions.
func bruteForce(t *Tree, facts map[int]bool) ([]float64, bool) {
	out := make([]float64, len(t.Scenarios))
	total := 0.0
	for s, sc := range t.Scenarios {
		itself, agreeing := 0.0, 0.0
		for c, p := range sc.table {
			own := true
			for _, r := range sc.Requires {
				own = own && c&(1<<r) != 0
			}
			if !own {
				continue
			}
			itself += p
			agrees := true
			for i, yes := range facts {
				agrees = agrees && (c&(1<<i) != 0) == yes
			}
			if agrees {
				agreeing += p
			}
		}
		out[s] = sc.Prior * agreeing / itself
		total += out[s]
	}
	for s := range out {
		out[s] /= total
	}
	return out, total > 0
}

func TestThePosteriorIsBayesByCountingAtEveryStepAndInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tree := drawTree(t, false)
		order := rapid.Permutation(indices(len(tree.Conditions))).Draw(t, "order")
		b := NewBelief(tree)
		facts := map[int]bool{}
		for _, i := range order {
			yes := rapid.Bool().Draw(t, "met")
			facts[i] = yes
			b.Observe(i, fact(yes))
			want, possible := bruteForce(tree, facts)
			got, ok := b.Probabilities()
			if ok != possible {
				t.Fatalf("possible %v, counting says %v", ok, possible)
			}
			if !ok {
				return
			}
			sum := 0.0
			for s := range got {
				sum += got[s]
				if !(math.Abs(got[s]-want[s]) < 1e-12) {
					t.Fatalf("after %v: %v, counting gives %v", facts, got, want)
				}
				if (b.Dead(s) >= 0) != (got[s] == 0) {
					t.Fatalf("scenario %d has %v and is dead by %d", s, got[s], b.Dead(s))
				}
			}
			if !(math.Abs(sum-1) < 1e-12) {
				t.Fatalf("probabilities sum to %v", sum)
			}
		}
	})
}

func fact(yes bool) Fact {
	if yes {
		return Met
	}
	return Failed
}

func indices(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// Where conditions are independent within each scenario, taking them one by one is right.
func TestNaiveIndependenceIsRightWhereItHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tree := drawTree(t, true)
		b := NewBelief(tree)
		for i := range tree.Conditions {
			b.Observe(i, fact(rapid.Bool().Draw(t, "met")))
			p, _ := b.Probabilities()
			q, _ := b.Naive()
			for s := range p {
				if !(math.Abs(p[s]-q[s]) < 1e-9) {
					t.Fatalf("%v and naively %v", p, q)
				}
			}
		}
	})
}

// Two conditions that are one and the same count once; taken one by one they count twice.
func TestDependentEvidenceCountsOnce(t *testing.T) {
	tree := &Tree{Conditions: make([]Condition, 2), Scenarios: []Scenario{
		{Name: "a", Prior: 0.5, table: []float64{0.2, 0, 0, 0.8}},
		{Name: "b", Prior: 0.5, table: []float64{0.8, 0, 0, 0.2}},
	}}
	b := NewBelief(tree)
	b.Observe(0, Met)
	once, _ := b.Probabilities()
	b.Observe(1, Met)
	twice, _ := b.Probabilities()
	naive, _ := b.Naive()
	if !(math.Abs(once[0]-0.8) < 1e-12 && math.Abs(twice[0]-0.8) < 1e-12) {
		t.Errorf("%v, then %v", once, twice)
	}
	if !(math.Abs(naive[0]-16.0/17) < 1e-12) { // 0.8²/(0.8²+0.2²)
		t.Errorf("naively %v", naive)
	}
}

func TestCoherenceCountsOverlapsGapsAndLeaks(t *testing.T) {
	// One condition; a requires it, b nothing: whenever a is true, so is b.
	tree := &Tree{Conditions: make([]Condition, 2), Scenarios: []Scenario{
		{Name: "a", Prior: 0.5, Requires: []int{0}, table: []float64{0.25, 0.75, 0, 0}},
		{Name: "b", Prior: 0.5, Requires: []int{1}, table: []float64{0.5, 0, 0.3, 0.2}},
	}}
	c := tree.Check()
	near := func(what string, got, want float64) {
		t.Helper()
		if !(math.Abs(got-want) < 1e-12) {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	near("leak of a", c.Leak[0], 0.25)
	near("leak of b", c.Leak[1], 0.5)
	if len(c.Overlaps) != 1 {
		t.Fatalf("%+v", c)
	}
	near("overlap", c.Overlaps[0].Probability, 0.5*0.2)
	near("gap", c.Gap, 0.5*0.25+0.5*0.5)
}

func BenchmarkObserve(b *testing.B) {
	tree := &Tree{Conditions: make([]Condition, MaxConditions), Scenarios: make([]Scenario, 4)}
	for s := range tree.Scenarios {
		links := make([]*link, MaxConditions)
		for i := range links {
			links[i] = &link{condition: i, p: []float64{0.3 + 0.1*float64(s)}}
		}
		tree.Scenarios[s] = Scenario{Prior: 0.25, table: multiply(links)}
	}
	for b.Loop() {
		x := NewBelief(tree)
		x.Observe(3, Met)
		x.Probabilities()
	}
}
