// Package market holds what the world has shown: instruments, price bars, option chains, series of
// observations and published facts, each row with the instant at which it became known, and the
// State, which is everything known at one instant.
//
// It stands on floor 1: it may import calendar, black (for the side of an option) and evidence. It
// must not know file formats, the store, or any model. A State is immutable; every number that
// Faultline prints is computed from one.
package market
