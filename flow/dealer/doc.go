// Package dealer holds the option dealers: what they are obliged to trade in the underlying so that
// their options stay hedged, and the exposures and levels that follow from it.
//
// Open interest does not say who is long. The naive convention says that dealers are long the calls
// and short the puts that their customers hold; it is an assumption of the register
// (dealer.calls_long, dealer.puts_short), never a fact, and bands draw it.
//
// The package stands on floor 3: it may import options, black, market, flow and what lies below. It
// must not know other participants, price impact, or how a result is shown.
package dealer
