// Package contagion measures whether falls of crypto pass on to equities: lead and lag within the day
// (Hayashi–Yoshida), connectedness of daily returns (Diebold–Yilmaz) with Granger's test, an event study of
// the largest falls of bitcoin, and the size of the tariff shocks of 2025.
//
// It stands on floor 3: it may import market, calendar, evidence, assumption and gonum. It must not know
// any flow model, any file format or any front end. It measures only: nothing here trades. Every free
// number is an entry of the register whose name begins with "contagion."; docs/methods/contagion.md says
// what was found and how far it can be trusted.
package contagion
