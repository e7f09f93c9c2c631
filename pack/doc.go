// Package pack holds the packs: folders that carry the data of one case, with a pack.yaml that says
// what each file is, who published it and from which instant it counts as known. It reads a pack
// into a market.Book, checks one, makes one from the user's own files, and makes the two kinds of
// data that stand in for what cannot be shipped: model state derived from a long price history, and
// seeded synthetic chains and bars.
//
// It stands on floor 4: it may import feed, market, calendar, black, evidence, assumption and
// flow/cta, which computes the state that a pack carries. It must not know the store, an analysis or
// how anything is shown. docs/packs.md is the format's documentation.
package pack
