// Package black holds undiscounted Black-76 on (forward, strike, years, volatility): price, implied
// volatility, greeks, sums of greeks over a grid of prices, and their vector kernels.
//
// It may import the standard library and golang.org/x/sys/cpu only. It must not know what a chain, a
// date, a dollar discount factor or a position is: callers hand it forwards and years to settlement.
package black

//go:generate go run faultline/black/internal/gen .
