// Package nowcast holds a dynamic factor model in state space for series of mixed frequency with any
// pattern of missing data: its estimation by the EM algorithm, the nowcast and its density, the news that
// moved it, and how unlikely a set of releases is jointly. panel.go and build.go say what goes in,
// model.go what the model is, kalman.go how it is filtered and smoothed, em.go how it is estimated.
//
// It stands on floor 3: it may import market, calendar and evidence, and macro/release for the days on
// which releases come out. It must not know any assumption's name, any file format or any front end.
// docs/methods/nowcast.md documents the method and its error.
package nowcast
