// Package expr holds the language of conditions: CEL expressions over named observations, and the state
// machine that turns a condition into an alert. Scenarios, audits, replays and monitors share it, so that
// a rule means the same wherever it stands.
//
// A condition is compiled when it is loaded. Unknown names, wrong types, dates that are no dates and
// instruments that are no tickers are found then, with line and column. An expression cannot loop, cannot
// reach the system and is bounded in size, cost and time (the constants Max…). Its names are those of the
// vocabulary (Names) and those that its file defines (Vocabulary.Define); docs/conditions.md lists them.
//
// Evaluation has three outcomes, not two: true, false, and not known, with the reason. What is not known
// takes part in && and || as in SQL: false && unknown is false.
//
// The package stands on floor 1: it may import market, calendar and evidence. It must not know
// scenarios, claims or how an alert is delivered.
package expr
