// Package fedwatch reads what fed funds futures say about the meetings of the FOMC: the probability of
// each target range after each meeting, by the method of CME's FedWatch, with the error that the size of
// a price tick leaves. It reads the path of published probabilities too, and measures how much shares
// move when the expected rate does.
//
// It stands on floor 3: it may import market, calendar, evidence and macro/ols. It must not know any
// file format, any other macro instrument or any front end. docs/methods/fedwatch.md has the formulas,
// the conventions and how well published figures are met.
package fedwatch
