package store

import (
	"cmp"
	"context"
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

// distinct makes all rows of all datasets differ, so that nothing is known twice.
func distinct(sets []market.Dataset) {
	n := 0.0
	for _, d := range sets {
		for i := range d.Len() {
			n++
			switch {
			case d.Bars != nil:
				d.Bars.Volume[i] = n
			case d.Chain != nil:
				d.Chain.Gamma[i] = n
			case d.Series != nil:
				d.Series.Value[i] = n
			default:
				d.Facts.Rows[i].Value = n
			}
		}
	}
}

func TestStateFromStoreEqualsStateFromBook(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sets := genFiles(t)
		distinct(sets)
		s := tempStore(t)
		importInSome(t, s, sets)
		all := new(market.Book)
		all.Add(sets...)
		for _, at := range []time.Time{end, time.Unix(seconds.Draw(t, "as of"), 0)} {
			sameState(t, "store", mustAsOf(t, s, at), all.AsOf(at))
		}
		b, err := s.Book(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		at := time.Unix(seconds.Draw(t, "book as of"), 0)
		sameState(t, "book", b.AsOf(at), all.AsOf(at))
	})
}

// Files that share rows, in any order, through any mixture of segment and Parquet.
func TestStateDependsOnWhatWasImportedAndNotOnTheOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sets := genOverlapping(t)
		want := oracle(sets)
		var lists [2]string
		for i := range lists {
			s := tempStore(t)
			importInSome(t, s, rapid.Permutation(sets).Draw(t, "order"))
			for _, at := range []time.Time{end, time.Unix(seconds.Draw(t, "as of"), 0)} {
				sameState(t, "segment and Parquet", mustAsOf(t, s, at), want.AsOf(at))
			}
			checkCounts(t, s, want)
			mustCompact(t, s)
			sameState(t, "Parquet", mustAsOf(t, s, end), want.AsOf(end))
			checkCounts(t, s, want)
			list, err := s.List(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			for j := range list {
				list[j].Bytes = 0 // depends on how the rows were spread over files
			}
			lists[i] = fmt.Sprint(list)
		}
		if lists[0] != lists[1] {
			t.Fatalf("the order of the imports changes the list:\n%s\n%s", lists[0], lists[1])
		}
	})
}

// checkCounts compares what List and SQL count with the oracle.
func checkCounts(t fataler, s *Store, want *market.Book) {
	t.Helper()
	rows, byView := map[string]int{}, map[string]int{}
	for _, d := range want.Sets() {
		rows[d.Key()] += d.Len()
		switch {
		case d.Bars != nil:
			byView["bars"] += d.Len()
		case d.Chain != nil:
			byView["chains"] += d.Len()
		case d.Series != nil:
			byView["series"] += d.Len()
		default:
			byView["facts"] += d.Len()
		}
	}
	list, err := s.List(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		rows[e.Key] -= e.Rows
	}
	for key, n := range rows {
		if n != 0 {
			t.Fatalf("List misses %d rows of %s", n, key)
		}
	}
	r, err := s.SQL(context.Background(), "SELECT (SELECT count(*) FROM bars), (SELECT count(*) FROM chains), (SELECT count(*) FROM series), (SELECT count(*) FROM facts)", 1)
	if err != nil {
		t.Fatal(err)
	}
	for i, view := range []string{"bars", "chains", "series", "facts"} {
		if got := r.Values[0][i]; got != int64(byView[view]) {
			t.Fatalf("SQL counts %v rows in %s, want %d", got, view, byView[view])
		}
	}
}

// genOverlapping draws datasets and copies of them under other names and with other rows, as they
// come when a file is downloaded again.
func genOverlapping(t *rapid.T) []market.Dataset {
	sets := genFiles(t)
	for range rapid.IntRange(1, 4).Draw(t, "copies") {
		d := rapid.SampledFrom(sets).Draw(t, "of")
		file := rapid.SampledFrom([]string{d.Origin().File, "0 first.csv", "z last.csv"}).Draw(t, "copy's file")
		o := rapid.OneOf(rapid.Just(*d.Origin()), origins(file)).Draw(t, "copy's origin")
		o.File = file
		if rapid.Bool().Draw(t, "other caveats") {
			o.Caveats = rapid.SliceOfN(caveats, 0, 2).Draw(t, "copy's caveats")
		}
		sets = append(sets, copyOf(t, d, o, rapid.Bool().Draw(t, "whole")))
	}
	return sets
}

// copyOf returns rows of a dataset in another order under another origin. Unless the whole
// is wanted, some are missing; a chain stays whole.
func copyOf(t *rapid.T, d market.Dataset, o market.Origin, whole bool) market.Dataset {
	order := make([]int, d.Len())
	for i := range order {
		order[i] = i
	}
	order = rapid.Permutation(order).Draw(t, "rows")
	if d.Chain == nil && !whole {
		order = order[:rapid.IntRange(1, len(order)).Draw(t, "kept")]
	}
	switch {
	case d.Bars != nil:
		n := &market.Bars{Origin: o, Instrument: d.Bars.Instrument, Interval: d.Bars.Interval}
		for line, i := range order {
			b := d.Bars
			n.Append(b.Begin[i], b.Known[i], b.Open[i], b.High[i], b.Low[i], b.Close[i], b.Volume[i], int32(line))
		}
		return market.Dataset{Bars: n}
	case d.Chain != nil:
		n := &market.Chain{Origin: o, Underlying: d.Chain.Underlying, At: d.Chain.At, Spot: d.Chain.Spot}
		for line, i := range order {
			q := d.Chain.Row(i)
			q.Line = int32(line)
			n.Append(q)
		}
		return market.Dataset{Chain: n}
	case d.Series != nil:
		n := &market.Series{Origin: o, ID: d.Series.ID, Unit: d.Series.Unit}
		for line, i := range order {
			n.Append(d.Series.About[i], d.Series.Known[i], d.Series.Value[i], int32(line))
		}
		return market.Dataset{Series: n}
	}
	n := &market.Facts{Origin: o}
	for line, i := range order {
		f := d.Facts.Rows[i]
		f.Line = int32(line)
		n.Rows = append(n.Rows, f)
	}
	return market.Dataset{Facts: n}
}

// The same content again adds nothing and writes nothing, whatever the file is called and whatever
// the order of its rows, before and after a compaction.
func TestImportingAgainAddsNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sets := genFiles(t)
		s := tempStore(t)
		mustImport(t, s, sets...)
		if rapid.Bool().Draw(t, "compact") {
			mustCompact(t, s)
		}
		before := mustAsOf(t, s, end).Digest()
		v, err := s.snapshot()
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range sets {
			o := *d.Origin()
			o.File += rapid.SampledFrom([]string{"", " (1)", "z"}).Draw(t, "renamed")
			for _, got := range mustImport(t, s, copyOf(t, d, o, true)) {
				if got.Added != 0 || got.Known != d.Len() || got.Key != d.Key() {
					t.Fatalf("a copy of %s with %d rows: %+v", d.Key(), d.Len(), got)
				}
			}
		}
		after, err := s.snapshot()
		if err != nil {
			t.Fatal(err)
		}
		if after.size != v.size || after.man != v.man {
			t.Fatalf("copies made the segment grow from %d to %d bytes", v.size, after.size)
		}
		if mustAsOf(t, s, end).Digest() != before {
			t.Fatal("copies changed the state")
		}
	})
}

// What becomes known after t leaves no trace in the state of t.
func TestLaterRowsLeaveNoTrace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := tempStore(t)
		at := rapid.Int64Range(0, 12).Draw(t, "t")
		mustImport(t, s, genFiles(t)...)
		before := mustAsOf(t, s, time.Unix(at, 0)).Digest()
		later := genFiles(t)
		for _, d := range later {
			postpone(d, at)
		}
		mustImport(t, s, later...)
		if rapid.Bool().Draw(t, "compact") {
			mustCompact(t, s)
		}
		if mustAsOf(t, s, time.Unix(at, 0)).Digest() != before {
			t.Fatal("later rows changed an earlier state")
		}
	})
}

// postpone makes every row of a dataset known after t.
func postpone(d market.Dataset, t int64) {
	later := func(col []int64) {
		for i := range col {
			col[i] = max(col[i], t+1)
		}
	}
	switch {
	case d.Bars != nil:
		later(d.Bars.Known)
	case d.Series != nil:
		later(d.Series.Known)
	case d.Chain != nil:
		d.Chain.At = time.Unix(t, 1).Add(time.Duration(d.Chain.At.UnixNano()))
	default:
		for i := range d.Facts.Rows {
			d.Facts.Rows[i].Known = max(d.Facts.Rows[i].Known, t+1)
		}
	}
}
