// Package eventvol holds what events are priced at: how the variance that options imply divides into ordinary days
// and scheduled events, what a straddle over an event costs and what it has paid, whether buying one before a
// release has been worth it, and what buyers of options on their last day have paid.
//
// It stands on floor 3: it may import options, market, calendar, black, evidence, the calendar of releases of
// macro/release and the meetings of macro/fedwatch. It must not know positions, scenarios or how a result is
// shown. docs/methods/eventvol.md has the formulas.
package eventvol
