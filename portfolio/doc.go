// Package portfolio holds what a user owns: the positions of a file, made ready for repricing; their profit and
// loss on paths of the future with every option repriced; value at risk and conditional value at risk under any
// probabilities of the paths, with what each position contributes; what leaving at once with everybody else
// costs; and the cheapest hedge that holds a bound.
//
// It stands on floor 4: it may import options, impact, macro/ols, market, calendar, black, evidence and the linear
// programmes of gonum. It must not know where paths and their probabilities come from, what a scenario is, or how
// a result is shown. docs/methods/portfolio.md has the formulas.
package portfolio
