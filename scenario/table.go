package scenario

import (
	"math"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"faultline/evidence"
)

// joint reads a table of combinations: those conditions that are true, and the probability. Combinations
// that are not listed have probability 0.
func (l *loader) joint(s fileScenario) []float64 {
	table := make([]float64, 1<<len(l.tree.Conditions))
	sum, errs := 0.0, len(l.errs)
	for _, cell := range s.Joint {
		c := 0
		for _, n := range cell.True {
			if i, ok := l.condition(n); ok {
				c |= 1 << i
			}
		}
		p := l.probability(cell.P)
		if table[c] != 0 {
			l.fail(cell.P, evidence.Code{Code: "tree_combination_twice", Args: evidence.Args{"scenario": s.Name.Value}})
		}
		table[c] += p
		sum += p
	}
	if len(l.errs) == errs && !(math.Abs(sum-1) < 1e-9) {
		l.fail(s.Joint[0].P, evidence.Code{Code: "tree_table_sum", Args: evidence.Args{"scenario": s.Name.Value, "sum": rounded(sum)}})
	}
	return table
}

// link is one condition of a network: p[k] is its probability when the k-th set of parents (bit j: parent j
// is true) holds.
type link struct {
	condition int
	parents   []int
	p         []float64
}

// network reads a network over all conditions and multiplies it out into a table.
func (l *loader) network(s fileScenario) []float64 {
	links := make([]*link, len(l.tree.Conditions))
	at := make([]yaml.Node, len(links))
	errs := len(l.errs)
	for _, n := range s.Network {
		i, ok := l.condition(n.Condition)
		if !ok {
			continue
		}
		if links[i] != nil {
			l.fail(n.Condition, evidence.Code{Code: "tree_network_twice", Args: evidence.Args{"condition": n.Condition.Value, "scenario": s.Name.Value}})
			continue
		}
		k := &link{condition: i}
		for _, g := range n.Given {
			if j, ok := l.condition(g); ok {
				k.parents = append(k.parents, j)
			}
		}
		k.p = l.conditional(n, k)
		links[i], at[i] = k, n.Condition
	}
	if len(l.errs) > errs { // a name with a slip is not also one that is left out
		return nil
	}
	for i, k := range links {
		if k == nil {
			l.fail(s.Name, evidence.Code{Code: "tree_network_lacks", Args: evidence.Args{"scenario": s.Name.Value, "condition": l.tree.Conditions[i].Name}})
		}
	}
	if len(l.errs) > errs {
		return nil
	}
	// Conditions whose parents have all been reached, again and again; what is left goes round in a circle.
	done := make([]bool, len(links))
	for left := len(links); left > 0; {
		before := left
		for i, k := range links {
			if !done[i] && !slices.ContainsFunc(k.parents, func(j int) bool { return !done[j] }) {
				done[i] = true
				left--
			}
		}
		if left == before {
			i := slices.Index(done, false)
			l.fail(at[i], evidence.Code{Code: "tree_network_circle", Args: evidence.Args{"scenario": s.Name.Value, "condition": l.tree.Conditions[i].Name}})
			return nil
		}
	}
	return multiply(links)
}

// multiply gives the probability of every combination: the product of each condition given its parents.
func multiply(links []*link) []float64 {
	table := make([]float64, 1<<len(links))
	for c := range table {
		p := 1.0
		for i, k := range links {
			set := 0
			for j, parent := range k.parents {
				set |= c >> parent & 1 << j
			}
			if c>>i&1 == 1 {
				p *= k.p[set]
			} else {
				p *= 1 - k.p[set]
			}
		}
		table[c] = p
	}
	return table
}

// conditional reads the probabilities of one condition: a number, or a map from the parents that are true,
// separated by spaces ("none" for none of them), to a number.
func (l *loader) conditional(n fileNode, k *link) []float64 {
	out := make([]float64, 1<<len(k.parents))
	if len(k.parents) == 0 {
		out[0] = l.probability(n.P)
		return out
	}
	if n.P.Kind != yaml.MappingNode {
		l.fail(n.Condition, evidence.Code{Code: "tree_given_map", Args: evidence.Args{"condition": n.Condition.Value, "count": len(k.parents)}})
		return out
	}
	seen := make([]bool, len(out))
	for i := 0; i+1 < len(n.P.Content); i += 2 {
		key, set := n.P.Content[i], 0
		for _, name := range strings.Fields(key.Value) {
			if name == "none" {
				continue
			}
			j := slices.IndexFunc(n.Given, func(g yaml.Node) bool { return g.Value == name })
			if j < 0 {
				l.fail(*key, evidence.Code{Code: "tree_not_given", Args: evidence.Args{"name": name, "condition": n.Condition.Value}})
				continue
			}
			set |= 1 << j
		}
		if seen[set] {
			l.fail(*key, evidence.Code{Code: "tree_given_twice", Args: evidence.Args{"text": key.Value}})
		}
		seen[set] = true
		out[set] = l.probability(*n.P.Content[i+1])
	}
	if i := slices.Index(seen, false); i >= 0 {
		var names []string
		for j, g := range n.Given {
			if i>>j&1 == 1 {
				names = append(names, g.Value)
			}
		}
		if len(names) == 0 {
			names = []string{"none"}
		}
		l.fail(n.Condition, evidence.Code{Code: "tree_given_lacks", Args: evidence.Args{"condition": n.Condition.Value, "text": strings.Join(names, " ")}})
	}
	return out
}

// mass is the probability that all of some conditions are true.
func mass(table []float64, all []int) (sum float64) {
	mask := 0
	for _, i := range all {
		mask |= 1 << i
	}
	for c, p := range table {
		if c&mask == mask {
			sum += p
		}
	}
	return sum
}
