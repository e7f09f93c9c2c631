// Package audit holds a published report to data: a ledger of claims, the verdict on each of them as of an
// instant, and the contradictions among the claims themselves.
//
// A claim is one checkable statement in our own words. It is decided by its readings, which are expressions
// of package expr over observations, or dates of events: a claim that holds in every reading is supported,
// in none contradicted, in some misleading. What nobody observed leaves it unverifiable, and a claim about
// the future is not yet due. A causal claim is at most consistent with the data.
//
// The consistency checks need no data: they compare the figures of the claims with each other by what they
// measure, and look for the smallest slip, such as a lost zero, that would mend what does not fit.
//
// The package stands on floor 4: it may import expr, evidence, calendar and the YAML reader. It must not
// know where observations come from, nor how a verdict is shown.
package audit
