// Package regime measures the state of the market: how high volatility and correlation stand, how tightly
// sectors are coupled, how unusual a day was, how liquid trading is, each against its own history, and what
// a two-state model of volatility says. It also tests the claims of a new regime: whether value or
// liquidity foretells returns out of sample, and whether good news is sold when dealers are short gamma.
//
// Everything is as of the State's instant: a percentile ranks a value among those that were known then, and
// the model's probability is filtered, never smoothed.
//
// It stands on floor 3: it may import market, calendar, evidence and gonum. It must not know any participant,
// any file format or any front end. docs/methods/regime.md has the definitions and what was found.
package regime
