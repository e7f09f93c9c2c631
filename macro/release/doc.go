// Package release holds the calendar of economic releases: for each report and period when it was due,
// when it came out, and what became of it (on time, delayed, cancelled, partial), as it was known at an
// instant. The three lapses of federal funding that moved releases since 2013 stand in releases.csv, each
// row with the page that says so; all other dates follow each report's rule and are marked as such.
//
// It stands on floor 3: it may import market, calendar and evidence. It must not know any model, any file
// format of the outside or any front end.
package release
