package scenario

// Overlap is how likely two scenarios are to be true at once.
type Overlap struct {
	A, B        int
	Probability float64
}

// Coherence is what the tree says about itself. Priors and tables that do not sum to one are mistakes that
// Load refuses; what stands here is for the reader to judge.
type Coherence struct {
	// Leak is, for each scenario, the probability under its own table that something it requires fails.
	Leak []float64
	// Overlaps are pairs whose requirements can hold together: a world that is both. The probability is
	// over the priors and the tables as stated.
	Overlaps []Overlap
	// Gap is the probability, over the priors and the tables as stated, that no scenario has all it requires.
	Gap float64
	// Idle are the scenarios that require nothing: they can never be ruled out.
	Idle []int
}

// Check computes the coherence of a tree.
func (t *Tree) Check() Coherence {
	var out Coherence
	masks := make([]int, len(t.Scenarios))
	for i, s := range t.Scenarios {
		for _, r := range s.Requires {
			masks[i] |= 1 << r
		}
		out.Leak = append(out.Leak, 1-mass(s.table, s.Requires))
		if len(s.Requires) == 0 {
			out.Idle = append(out.Idle, i)
		}
	}
	for a := range t.Scenarios {
		for b := a + 1; b < len(t.Scenarios); b++ {
			o := Overlap{A: a, B: b}
			for _, s := range t.Scenarios {
				for c, p := range s.table {
					if c&masks[a] == masks[a] && c&masks[b] == masks[b] {
						o.Probability += s.Prior * p
					}
				}
			}
			if o.Probability > 0 {
				out.Overlaps = append(out.Overlaps, o)
			}
		}
	}
	for _, s := range t.Scenarios {
		for c, p := range s.table {
			none := true
			for _, m := range masks {
				none = none && c&m != m
			}
			if none {
				out.Gap += s.Prior * p
			}
		}
	}
	return out
}
