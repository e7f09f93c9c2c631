package store

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"faultline/market"
)

// oracle is what the store must hold, computed the plain way: all rows of all datasets, each under
// the least origin that gave it.
func oracle(sets []market.Dataset) *market.Book {
	order := slices.Clone(sets)
	less := func(a, b market.Dataset) int {
		p, q := a.Origin(), b.Origin()
		pc, _ := encodeCaveats(p.Caveats)
		qc, _ := encodeCaveats(q.Caveats)
		return cmp.Or(
			cmp.Compare(a.Key(), b.Key()), cmp.Compare(p.Grade, q.Grade), cmp.Compare(p.File, q.File), cmp.Compare(p.Format, q.Format),
			cmp.Compare(p.Source, q.Source), cmp.Compare(len(qc), len(pc)), cmp.Compare(pc, qc), cmp.Compare(p.KnownAt, q.KnownAt),
		)
	}
	slices.SortStableFunc(order, less)
	seen := map[string]bool{}
	fresh := func(format string, args ...any) bool {
		k := fmt.Sprintf(format, args...)
		was := seen[k]
		seen[k] = true
		return !was
	}
	out := new(market.Book)
	for _, d := range order {
		switch {
		case d.Bars != nil:
			b := d.Bars
			n := &market.Bars{Origin: b.Origin, Instrument: b.Instrument, Interval: b.Interval}
			for i := range b.Begin {
				if fresh("%s %d %d %x %x %x %x %x", d.Key(), b.Begin[i], b.Known[i], b.Open[i], b.High[i], b.Low[i], b.Close[i], b.Volume[i]) {
					n.Append(b.Begin[i], b.Known[i], b.Open[i], b.High[i], b.Low[i], b.Close[i], b.Volume[i], b.Line[i])
				}
			}
			out.Add(market.Dataset{Bars: n})
		case d.Chain != nil:
			var rows []string
			for i := range d.Chain.Len() {
				q := d.Chain.Row(i)
				q.Line = 0
				rows = append(rows, fmt.Sprintf("%q %x %v %v %v", q.Root, []float64{q.Strike, q.Bid, q.Ask, q.Last, q.Volume, q.OpenInterest, q.IV, q.Delta, q.Gamma}, q.Expiry, q.Right, q.Line))
			}
			slices.Sort(rows)
			if fresh("%s %d %x %q", d.Key(), d.Chain.At.UnixNano(), d.Chain.Spot, rows) {
				out.Add(d)
			}
		case d.Series != nil:
			s := d.Series
			n := &market.Series{Origin: s.Origin, ID: s.ID, Unit: s.Unit}
			for i := range s.About {
				if fresh("%s %d %d %x", d.Key(), s.About[i], s.Known[i], s.Value[i]) {
					n.Append(s.About[i], s.Known[i], s.Value[i], s.Line[i])
				}
			}
			out.Add(market.Dataset{Series: n})
		default:
			n := &market.Facts{Origin: d.Facts.Origin}
			for _, f := range d.Facts.Rows {
				line := f.Line
				f.Line = 0
				if fresh("%q %d %d %x %q %q %q %q", f.ID, f.About, f.Known, f.Value, f.Text, f.Unit, f.What, f.Source) {
					f.Line = line
					n.Rows = append(n.Rows, f)
				}
			}
			out.Add(market.Dataset{Facts: n})
		}
	}
	return out
}

// knownSets leaves out the datasets of which nothing was known at t, as a state of t must.
func knownSets(b *market.Book, t time.Time) *market.Book {
	out := new(market.Book)
	for _, d := range b.Sets() {
		if knownBy(d, t) {
			out.Add(d)
		}
	}
	return out
}

func sameState(t fataler, what string, got, want *market.State) {
	t.Helper()
	if got.Digest() != want.Digest() {
		t.Fatalf("%s: the states of %v differ:\n got %s\nwant %s", what, want.At(), show(got), show(want))
	}
}

// show prints a state for a failure.
func show(s *market.State) string {
	out := ""
	for _, k := range s.BarKeys() {
		i := len(k) - 1
		for k[i] != '/' {
			i--
		}
		d, _ := parseInterval(k[i+1:])
		b, _ := s.Bars(k[:i], d)
		out += fmt.Sprintf("bars %+v\n", *b)
	}
	for _, u := range s.Underlyings() {
		for _, c := range s.Chains(u) {
			out += fmt.Sprintf("chain %+v\n", *c)
		}
	}
	for _, id := range s.SeriesIDs() {
		v, _ := s.Series(id)
		out += fmt.Sprintf("series %+v\n", *v)
	}
	for _, id := range s.FactIDs() {
		out += fmt.Sprintf("facts %+v %+v\n", s.FactsOrigin(), s.Facts(id))
	}
	return out
}

// Each way the rows can take through the store must give the same state: from the segment, from
// Parquet, from both.
func importInSome(t *rapid.T, s *Store, sets []market.Dataset) {
	for len(sets) > 0 {
		n := rapid.IntRange(1, len(sets)).Draw(t, "together")
		mustImport(t, s, sets[:n]...)
		sets = sets[n:]
		if rapid.IntRange(0, 3).Draw(t, "compact") == 0 {
			mustCompact(t, s)
		}
	}
}

func TestStateFromStoreEqualsStateFromBook(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sets := genFiles(t)
		s := tempStore(t)
		importInSome(t, s, rapid.Permutation(sets).Draw(t, "order"))
		for _, at := range []time.Time{end, time.Unix(seconds.Draw(t, "as of"), 0)} {
			want := knownSets(oracle(sets), at).AsOf(at)
			sameState(t, "segment and Parquet", mustAsOf(t, s, at), want)
		}
		mustCompact(t, s)
		at := time.Unix(seconds.Draw(t, "as of"), 0)
		sameState(t, "Parquet", mustAsOf(t, s, at), knownSets(oracle(sets), at).AsOf(at))
	})
}
