// Package replay reconstructs a session: the price bar by bar, what every participant's rule made it trade
// on that path, which levels were crossed and when, what other markets did, what came out at which minute,
// and how much of each part of the day the forced flow can explain.
//
// Two States take part. The participants stand as of the close before the day: nothing that they do rests on
// what came later, except that the path of the price is the one that happened. The bars, the news and the
// other markets come from a State after the day.
//
// It stands on floor 4: it may import flow, impact, cascade, market, calendar, evidence and assumption.
// It must not know any participant by name, any file format or any front end. docs/methods/replay.md says
// what the numbers mean.
package replay
