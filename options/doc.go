// Package options holds a chain made usable: each quoted option with the forward of its expiry, its
// time to settlement and a volatility, and a reason for every quote that was not believed.
//
// A raw chain cannot be used as it is. The index level that a file prints is stale or of another
// instant than the options; two roots share a date and settle hours apart; a third of the far
// strikes have no bid; some quotes are crossed or left over. Prepare settles all of this once, so
// that dealer exposure, the event tools and the pages read the same Book.
//
// What is kept matters more than what is thrown out. Open interest hedges whether or not its
// contract has a bid tonight, so a contract is dropped only when it has settled, when its row is
// not a contract, or when neither its expiry nor its neighbours have a forward or a volatility. A
// contract whose own quote is unusable takes the volatility of the other side of its pair or of its
// expiry's surface, and VolFrom says so.
//
// The package stands on floor 2: it may import market, calendar, black, evidence and gonum. It must
// not know file formats, the store, positions, dealers or any flow model.
package options
