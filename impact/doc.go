// Package impact holds what a dollar of flow does to the price. The literature disagrees, so that three
// laws stand side by side: linear in the aggregate imbalance, a square root with a linear start, and the
// multiplier of inelastic markets. With them come the decay of what is transient, liquidity that falls
// when volatility rises, and the impact of one asset's flow on the price of another.
//
// Flow is in dollars at a reference price and buying is positive. What the laws return is a displacement:
// the relative move of the price that the flow holds it at, added to whatever else moves the price. It
// adds and does not compound, so that a linear loop has its closed form, 1/(1−gain).
//
// It stands on floor 2: it may import assumption and evidence. It must not know participants, chains or
// paths.
package impact
