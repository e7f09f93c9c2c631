// Package cascade puts the participants into one feedback loop with the price and measures it: how much
// price impact a small move sets off (loop gain), where the loop runs away, which prices it can rest at,
// how far a shock goes, who is to blame for how much of it, and what would have to be true for a loss.
//
// There are two ways to the answer. The to-rest solver holds the price at each point of an axis until a
// horizon, reads the orders, and looks for the prices that the orders confirm: x = shock + impact(orders
// at x). The simulation walks random paths in time with the participants at their own cadence. Impact
// adds to the price and does not compound, so that both meet the closed form of a linear loop,
// 1/(1−gain).
//
// It stands on floor 4: it may import flow, macro/ols, impact, market, calendar, evidence and assumption. It must
// not know any participant: it takes models and programs by name.
package cascade
