package release

import (
	"slices"
	"time"

	"faultline/market"
)

// Vintage is one value of an observation and the instant from which it stood.
type Vintage struct {
	Known time.Time
	Value float64 // in the unit of the series
}

// Vintages lists every value that the tables of a book give for the observation of a series about an
// instant and that was known at another, oldest first. A value that is repeated by a later table is no
// new vintage.
func Vintages(b *market.Book, series string, about, at time.Time) []Vintage {
	var out []Vintage
	for _, set := range b.Sets() {
		s := set.Series
		if s == nil || s.ID != series {
			continue
		}
		for i := range s.About {
			if s.About[i] == about.Unix() && s.Known[i] <= at.Unix() {
				out = append(out, Vintage{time.Unix(s.Known[i], 0).UTC(), s.Value[i]})
			}
		}
	}
	slices.SortFunc(out, func(a, b Vintage) int {
		if c := a.Known.Compare(b.Known); c != 0 {
			return c
		}
		if a.Value < b.Value {
			return -1
		}
		return 1
	})
	return slices.CompactFunc(out, func(a, b Vintage) bool { return a.Value == b.Value })
}
