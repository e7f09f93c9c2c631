// Package volcontrol holds the funds that aim at a volatility: volatility-target funds, which hold
// equities in inverse proportion to realised volatility, and risk parity, the same rule over equities,
// bonds and commodities with equal contributions to risk. It computes what they hold, what they have
// yet to trade, and what a move of the index makes them trade.
//
// It stands on floor 3: it may import flow, market, calendar, evidence and assumption. It must not
// know any other participant, any file format or any front end. Every free number is an entry of the
// register whose name begins with "volcontrol."; docs/methods/volcontrol.md says where each comes from.
package volcontrol
