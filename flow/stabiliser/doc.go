// Package stabiliser holds those who lean against the market by rule or buy whatever it does: companies
// that buy back their own shares, less of them in the weeks before they report, and pension funds that
// bring equities and bonds back to their weights at the ends of months and quarters.
//
// It stands on floor 3: it may import flow, market, calendar, evidence and assumption. It must not
// know any other participant, any file format or any front end. Every free number is an entry of the
// register whose name begins with "stabiliser."; docs/methods/stabiliser.md says where each comes from.
package stabiliser
