// Package report renders an Analysis: a summary for the terminal, a self-contained HTML page with
// charts, Markdown, and the canonical JSON that docs/json.md describes. Each comes in every language of
// package words.
//
// It computes nothing: a number in a report stands in the Analysis, and all that happens here is
// rounding, scaling to a unit, sorting and drawing. One document (view.go and the files beside it) is
// built from the Analysis and the words of a language, and the three front ends draw that document.
//
// Every renderer first checks the Analysis and refuses one that holds a number which is not finite, a
// figure with neither value nor reason, or columns of different length. Every string from outside
// passes words.Clean, and each format escapes its own markup.
//
// The package stands on floor 6: it may import the module root, calendar, evidence and words. It must
// not know files, the store, or how an Analysis is made.
package report
