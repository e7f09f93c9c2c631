// Package cta holds the trend followers: programs that are long above their averages of the price and
// short below, at several speeds, with positions scaled by inverse volatility and traded towards their
// target a share of the gap a day. It computes their position, what they trade along a path, and the
// pivots: the closes at which each speed's signal changes its sign, which are exact solutions and not
// the outcome of a search.
//
// It stands on floor 3: it may import flow, market, calendar, evidence and assumption. It must not
// know any other participant, any file format or any front end. Every free number is an entry of the
// register whose name begins with "cta."; docs/methods/cta.md is the validation document.
package cta
