// Package capex holds the trade in artificial intelligence as numbers: what the large buyers spend, how
// much of it goes to Nvidia, what happens to revenue, margin and earnings when they build their own chips or
// spend less, what they must earn to pay for it, and what a portfolio holds of either side. Beside the model
// it measures: the history of spending from filings, returns around an event, and the other leans of the
// source document.
//
// Every coefficient is an assumption with a range in assumption/register/capex.yaml; docs/methods/capex.md
// has the formulas and what the model leaves out.
//
// The package stands on floor 3: it may import market, calendar, evidence, assumption, the least squares
// of macro/ols and gonum. It must not know scenarios, files other than company facts, or how a result is
// shown.
package capex
