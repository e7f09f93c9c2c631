// Package termpremium parts Treasury yields into what short rates are expected to be and what holders
// ask for the risk: zero-coupon yields from par yields by Nelson, Siegel and Svensson, then the three-step
// regression of Adrian, Crump and Moench, with bands.
//
// It stands on floor 3: it may import market, calendar, evidence and gonum. It must not know any file
// format, any other macro instrument or any front end. docs/methods/termpremium.md has the formulas, how
// well simulated models are recovered, and the limits.
package termpremium
