// Package letf holds the leveraged and inverse funds, on indices, sectors and single stocks, and on
// volatility. To give a multiple of each day's return, they trade at every close in the direction of the
// day's move, whether they are leveraged or inverse. It computes that order, its share of what the
// closing auctions trade, and what the funds on volatility trade in vega.
//
// It stands on floor 3: it may import flow, market, calendar, evidence and assumption. It must not
// know any other participant, any file format or any front end. The funds stand in products.csv, each
// with its assets, their date and the page that states them; docs/methods/letf.md says how the table was
// made.
package letf
