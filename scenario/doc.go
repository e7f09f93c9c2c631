// Package scenario holds a tree of scenarios: what must happen for each, how likely each was held to be,
// and what markets should do in it. It reads the tree from one YAML file, follows the conditions as
// observations arrive, keeps the probabilities and the log of what moved them, and sets them beside a joint
// distribution of returns.
//
// Conditions hang together, so that a scenario carries a joint table or a small network over all conditions
// of the tree; Belief is exact Bayes on those tables. docs/methods/scenario.md has the formulas.
//
// The package stands on floor 4: it may import scenario/pooling, expr, market, calendar and evidence.
// It must not know how a tree is shown, nor where returns come from other than as a matrix (Joint).
package scenario
