// Package flow holds the one idea of Faultline: every class of mechanical trader is a flow model.
// It holds a position that its rule derives from the market's state; when the market moves, the
// rule's new position minus the old one is an order.
//
// One walk serves every use. A ladder gives each lane a price: jump there, hold to the horizon,
// read the orders. A tape gives each lane a path. A cascade gives each lane a random path and lets
// the orders move the price.
//
// It stands on floor 3: it may import market, calendar, evidence and assumption. It must not know
// any participant: those are packages below flow/, each with a Model, listed in flow/all. Orders are
// in units of the asset (one unit gains one dollar when the price rises by one point); dollars appear
// only at the edge. Buying is positive.
package flow
