// Package calendar holds the days and instants that fix every other number in Faultline: civil dates,
// the sessions of NYSE, Cboe, CME and the round-the-clock crypto market from 1990 to 2035, the
// instants at which options stop trading and settle, and the lengths of time between two instants in
// calendar years and in variance time.
//
// It stands on the ground floor: it imports the standard library only. It must not know prices,
// instruments, files or flow models. A package that wants to know whether a market was open, when it
// closed, or how long an option has to live asks here and nowhere else.
//
// Daylight saving comes from time zone data, of which a copy is linked into every binary that imports
// this package, so that a machine without zone files gives the same instants.
//
// Everything is immutable after it is built and safe for use by many goroutines.
package calendar
