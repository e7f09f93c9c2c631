// Package perp holds the owners of leveraged perpetual contracts on coins and the engines that liquidate
// them: the book of positions, given by a user or inferred from open interest, prices, volume and funding;
// liquidation prices in isolated and cross margin; the map of dollars that are sold or bought by rule at
// each price; and the cascade, in which liquidations move the price until an insurance fund, a vault or
// auto-deleveraging takes what the order book cannot.
//
// It stands on floor 3: it may import flow, market, calendar, evidence and assumption. It must not know
// any other participant, any file format or any front end. Units of positions are coins, long above 0;
// money is dollars. docs/methods/perp.md says how the models were made and how far they are off.
package perp
