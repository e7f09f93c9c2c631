// Package extract finds the figures in the text of a report: amounts, ratios, levels, counts, durations
// and dates, each with its line, its unit and what it seems to be about. It is a number grammar, by hand:
// 3,900亿 is 3.9e11, "$39bn" is 3.9e10, 25bp is 25 basis points, 三成 is 30 %.
//
// It proposes and never judges: a person edits the ledger that comes of it. The text may be hostile. Every
// string that leaves the package is free of control, invisible and direction-changing characters, is
// bounded in length, and the work is proportional to the text.
//
// It stands on floor 0: it may import the standard library only. It must not know what a claim is, nor
// what is true.
package extract
