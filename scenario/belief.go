package scenario

// Fact is what is known of a condition.
type Fact uint8

// The three states of knowledge.
const (
	Open Fact = iota
	Met
	Failed
)

// String is the code of the state.
func (f Fact) String() string { return [...]string{"open", "met", "failed"}[f] }

// Belief is the probabilities of the scenarios after some conditions were decided. It is exact Bayes on the
// joint tables: P(s | e) ∝ prior(s)·Σ P(c | s) over the combinations c that agree with the evidence e, where
// the table of each scenario is first restricted to the combinations in which all it requires holds, since
// otherwise it would not be that scenario.
type Belief struct {
	tree  *Tree
	facts []Fact
	// weight[s][c] is prior·P(c | s) of the combinations still possible, not normalised.
	weight [][]float64
	// naive[s] is prior·Π P(e_i | s) over the decided conditions, with the conditions taken one by one.
	naive []float64
}

// restricted is the table of a scenario given that what it requires holds.
func (s *Scenario) restricted() []float64 {
	mask := 0
	for _, i := range s.Requires {
		mask |= 1 << i
	}
	out := make([]float64, len(s.table))
	sum := 0.0
	for c, p := range s.table {
		if c&mask == mask {
			out[c] = p
			sum += p
		}
	}
	for c := range out {
		out[c] /= sum
	}
	return out
}

// NewBelief is the prior.
func NewBelief(t *Tree) *Belief {
	b := &Belief{tree: t, facts: make([]Fact, len(t.Conditions))}
	for i := range t.Scenarios {
		s := &t.Scenarios[i]
		w := s.restricted()
		for c := range w {
			w[c] *= s.Prior
		}
		b.weight = append(b.weight, w)
		b.naive = append(b.naive, s.Prior)
	}
	return b
}

// Observe takes in that a condition is met or has failed. What was observed before stays; a condition that
// was decided otherwise needs a new Belief.
func (b *Belief) Observe(condition int, f Fact) {
	if f == Open || b.facts[condition] != Open {
		return
	}
	b.facts[condition] = f
	for s, w := range b.weight {
		own := b.tree.Scenarios[s].restricted()
		p := mass(own, []int{condition})
		if f == Failed {
			p = 1 - p
		}
		if p < 1e-15 {
			p = 0 // a sum over thousands of combinations misses 1 by rounding
		}
		b.naive[s] *= p
		for c := range w {
			if (c>>condition&1 == 1) != (f == Met) {
				w[c] = 0
			}
		}
	}
}

// Probabilities are the posterior of the scenarios, which sums to one. False means that the evidence is
// impossible under every scenario: the world has left the tree.
func (b *Belief) Probabilities() ([]float64, bool) {
	out := make([]float64, len(b.weight))
	for s, w := range b.weight {
		for _, x := range w {
			out[s] += x
		}
	}
	return normalise(out)
}

// Naive is what taking the conditions for independent within each scenario would give.
func (b *Belief) Naive() ([]float64, bool) {
	return normalise(append([]float64(nil), b.naive...))
}

// Condition is the probability that a condition is met, over all scenarios.
func (b *Belief) Condition(i int) (float64, bool) {
	var yes, all float64
	for _, w := range b.weight {
		for c, x := range w {
			all += x
			if c>>i&1 == 1 {
				yes += x
			}
		}
	}
	if !(all > 0) {
		return 0, false
	}
	return yes / all, true
}

func normalise(p []float64) ([]float64, bool) {
	sum := 0.0
	for _, x := range p {
		sum += x
	}
	if !(sum > 0) {
		return p, false
	}
	for i := range p {
		p[i] /= sum
	}
	return p, true
}

// Dead returns the condition whose failure makes a scenario impossible, or −1.
func (b *Belief) Dead(s int) int {
	for _, i := range b.tree.Scenarios[s].Requires {
		if b.facts[i] == Failed {
			return i
		}
	}
	return -1
}
