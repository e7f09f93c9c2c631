package store

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"faultline/black"
	"faultline/evidence"
	"faultline/market"
)

func TestImportCountsNewAndKnownRows(t *testing.T) {
	s := open(t)
	f := func(d market.Dataset, added, known int) {
		t.Helper()
		if got := mustImport(t, s, d)[0]; got != (Imported{d.Key(), added, known}) {
			t.Fatalf("got %+v, want %d added and %d known", got, added, known)
		}
	}
	f(madeBars("SPX", 100), 100, 0)
	f(madeBars("SPX", 100), 0, 100)
	longer := madeBars("SPX", 100)
	longer.Bars.Append(20001*86400, 20001*86400+75600, 1, 2, 0.5, 1.5, market.Missing, 102)
	longer.Bars.Origin.File = "SPX tomorrow.csv"
	f(longer, 1, 100)
	twice := madeBars("VIX", 2)
	twice.Bars.Append(twice.Bars.Begin[0], twice.Bars.Known[0], twice.Bars.Open[0], twice.Bars.High[0], twice.Bars.Low[0], twice.Bars.Close[0], twice.Bars.Volume[0], 9)
	f(twice, 2, 1)
	f(madeChain(50, 0), 50, 0)
	f(madeChain(50, 0), 0, 50)
	f(madeChain(50, 1), 50, 0) // another day
	f(madeChain(49, 0), 49, 0) // another chain of the same instant: it may be the fuller one that is wrong
	f(market.Dataset{Series: &market.Series{ID: "empty"}}, 0, 0)
	if l, err := s.List(context.Background()); err != nil || len(l) != 5 { // SPX twice under the smaller name only
		t.Fatalf("%d entries, want 5: %+v, %v", len(l), l, err)
	}
}

// Several datasets in one import are all there or none is, and the later ones know the earlier.
func TestImportIsAllOrNothing(t *testing.T) {
	s := open(t)
	longer := madeBars("SPX", 10)
	for i := range int64(2) {
		longer.Bars.Append((20001+i)*86400, (20002+i)*86400, 1, 1, 1, 1, 1, 12)
	}
	got := mustImport(t, s, madeBars("SPX", 10), longer)
	if got[0].Added != 10 || got[1].Added != 2 || got[1].Known != 10 {
		t.Fatalf("%+v", got)
	}
	before := mustAsOf(t, s, end).Digest()
	bad := madeBars("VIX", 3)
	bad.Bars.Known[1] = maxInstant + 1
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, f := range []func() error{
		func() error {
			_, err := s.Import(context.Background(), []market.Dataset{madeBars("NDX", 5), bad})
			return err
		},
		func() error { _, err := s.Import(ctx, []market.Dataset{madeBars("NDX", 5)}); return err },
	} {
		if err := f(); err == nil {
			t.Fatal("an import that must fail did not")
		}
		if mustAsOf(t, s, end).Digest() != before {
			t.Fatal("a failed import left a trace")
		}
	}
	mustImport(t, s, madeBars("NDX", 5))
}

// A failure in the middle of writing leaves nothing either, and the store stays usable.
func TestInterruptedImportLeavesNothing(t *testing.T) {
	s := open(t)
	mustImport(t, s, madeBars("SPX", 10))
	before := mustAsOf(t, s, end).Digest()
	ctx, cancel := context.WithCancel(context.Background())
	s.step = func(string) { cancel() }
	if _, err := s.Import(ctx, []market.Dataset{madeChain(8000, 0), madeBars("NDX", 5)}); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v, want a cancelled import", err)
	}
	s.step = func(string) {}
	v, err := s.snapshot()
	if err != nil || v.torn() != 0 {
		t.Fatalf("%d bytes were left: %v", v.torn(), err)
	}
	if mustAsOf(t, s, end).Digest() != before {
		t.Fatal("an interrupted import left a trace")
	}
	if got := mustImport(t, s, madeBars("NDX", 5))[0]; got.Added != 5 {
		t.Fatalf("%+v", got)
	}
}

func TestImportRefusesWhatItCouldNotGiveBack(t *testing.T) {
	s := open(t)
	f := func(what string, d market.Dataset, want string) {
		t.Helper()
		_, err := s.Import(context.Background(), []market.Dataset{d})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want an error with %q", what, err, want)
		}
	}
	bars := func(change func(*market.Bars)) market.Dataset {
		d := madeBars("SPX", 3)
		change(d.Bars)
		return d
	}
	chain := func(change func(*market.Chain)) market.Dataset {
		d := madeChain(3, 0)
		change(d.Chain)
		return d
	}
	f("no table", market.Dataset{}, "0 tables")
	f("two tables", market.Dataset{Bars: madeBars("SPX", 1).Bars, Chain: madeChain(1, 0).Chain}, "2 tables")
	f("ragged columns", bars(func(b *market.Bars) { b.Low = b.Low[:2] }), "columns of 3 and of 2 rows")
	f("text that is no UTF-8", bars(func(b *market.Bars) { b.Origin.File = "\xff.csv" }), "UTF-8")
	f("root that is no UTF-8", chain(func(c *market.Chain) { c.Root[1] = "\xc3" }), "row 2: root")
	f("no name", bars(func(b *market.Bars) { b.Instrument = "" }), "name")
	f("interval of part of a second", bars(func(b *market.Bars) { b.Interval = 1500 * time.Millisecond }), "whole seconds")
	f("no interval", bars(func(b *market.Bars) { b.Interval = 0 }), "whole seconds")
	f("year 10000", bars(func(b *market.Bars) { b.Begin[2] = maxInstant + 1 }), "row 3: begin_at is out of range")
	f("neither call nor put", chain(func(c *market.Chain) { c.Right[0] = black.Right(0) }), "side is out of range")
	f("infinite spot", chain(func(c *market.Chain) { c.Spot = math.Inf(1) }), "spot")
	f("instant beyond nanoseconds", chain(func(c *market.Chain) { c.At = time.Date(2500, 1, 1, 0, 0, 0, 0, time.UTC) }), "out of range")
	f("unknown grade", bars(func(b *market.Bars) { b.Origin.Grade = 9 }), "grade")
	if l, err := s.List(context.Background()); err != nil || len(l) != 0 {
		t.Fatalf("refused rows are in the store: %+v, %v", l, err)
	}
}

func TestWantedKeysAndWhatLiesBelowThem(t *testing.T) {
	s := open(t)
	mustImport(t, s, madeBars("SPX", 3), madeBars("SPXW", 3), madeChain(4, 0))
	mustCompact(t, s)
	mustImport(t, s, madeBars("NDX", 3), market.Dataset{Facts: &market.Facts{Rows: []market.Fact{{ID: "x", Value: 1}}}})
	f := func(want string, words ...string) {
		t.Helper()
		b, err := s.Book(context.Background(), words...)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, d := range b.Sets() {
			got = append(got, d.Key())
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: got %q, want %q", words, got, want)
		}
	}
	f("bars/NDX/1d bars/SPX/1d bars/SPXW/1d chain/SPX facts")
	f("bars/SPX/1d", "bars/SPX")
	f("bars/SPX/1d", "bars/SPX/")
	f("bars/SPX/1d", "bars/SPX/1d")
	f("", "bars/SP")
	f("chain/SPX facts", "chain/", "facts")
	f("bars/NDX/1d bars/SPX/1d bars/SPXW/1d", "bars")
	f("", "nothing")
}

func TestListTellsWhatIsThere(t *testing.T) {
	s := open(t)
	mustImport(t, s, madeBars("SPX", 3), madeChain(4, 0))
	for _, compacted := range []bool{false, true} {
		if compacted {
			mustCompact(t, s)
		}
		l, err := s.List(context.Background())
		if err != nil || len(l) != 2 {
			t.Fatalf("%+v, %v", l, err)
		}
		day := func(n int64) time.Time { return time.Unix(n*86400, 0).UTC() }
		for i := range l {
			if l[i].Bytes <= 0 {
				t.Errorf("%s takes %d bytes", l[i].Key, l[i].Bytes)
			}
			l[i].Bytes = 0
		}
		bars := Entry{
			Key: "bars/SPX/1d", File: "SPX.csv", Format: "ohlc_csv", Grade: "synthetic", Rows: 3,
			First: day(19997), Last: day(19999), LastKnown: day(19999).Add(21 * time.Hour),
		}
		at := time.Unix(1738184400, 0).UTC()
		chain := Entry{Key: "chain/SPX", File: "chain_0.csv", Format: "cboe_csv", Grade: "synthetic", Rows: 4, First: at, Last: at, LastKnown: at}
		if l[0] != bars || l[1] != chain {
			t.Errorf("compacted %v: got %+v, want %+v and %+v", compacted, l, bars, chain)
		}
	}
}

func TestSecondWriterIsRefusedAndReadersAreNot(t *testing.T) {
	s := open(t)
	mustImport(t, s, madeBars("SPX", 3))
	_, err := Open(s.dir)
	if !errors.Is(err, ErrBusy) || !strings.Contains(err.Error(), fmt.Sprint("process ", os.Getpid())) || !strings.Contains(err.Error(), s.dir) {
		t.Fatalf("got %v, want ErrBusy with process %d", err, os.Getpid())
	}
	r, err := OpenReadOnly(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	want := mustAsOf(t, s, end).Digest()
	if mustAsOf(t, r, end).Digest() != want {
		t.Fatal("the reader sees something else")
	}
	if _, err := r.Import(context.Background(), nil); !errors.Is(err, ErrReadOnly) {
		t.Fatalf("import through a reader: %v", err)
	}
	if err := r.Compact(context.Background()); !errors.Is(err, ErrReadOnly) {
		t.Fatalf("compaction through a reader: %v", err)
	}
	mustImport(t, s, madeBars("NDX", 3)) // an open reader follows
	if mustAsOf(t, r, end).Digest() != mustAsOf(t, s, end).Digest() {
		t.Fatal("the reader does not see the new import")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := Open(s.dir)
	if err != nil {
		t.Fatal("the lock was not given back:", err)
	}
	again.Close()
	if _, err := s.Import(context.Background(), nil); !errors.Is(err, ErrClosed) {
		t.Fatalf("import into a closed store: %v", err)
	}
	if _, err := s.AsOf(context.Background(), end); !errors.Is(err, ErrClosed) {
		t.Fatalf("reading a closed store: %v", err)
	}
}

func TestReadersBesideImportsAndCompactions(t *testing.T) {
	s := open(t)
	const imports = 12
	digests := map[[32]byte]int{}
	b := new(market.Book)
	for i := range imports {
		d := madeChain(200, i)
		b.Add(d)
		digests[b.AsOf(end).Digest()] = i + 1
	}
	mustImport(t, s, madeChain(200, 0))
	var wg sync.WaitGroup
	done := make(chan bool)
	for reader := range 3 {
		wg.Go(func() {
			r := s
			if reader > 0 { // others than the writer itself
				var err error
				if r, err = OpenReadOnly(s.dir); err != nil {
					t.Error(err)
					return
				}
				defer r.Close()
			}
			last := 0
			for {
				v, err := r.AsOf(context.Background(), end)
				if err != nil {
					t.Error(err)
					return
				}
				n := digests[v.Digest()]
				if n == 0 || n < last {
					t.Errorf("a reader saw %d imports after %d", n, last)
					return
				}
				if last = n; reader == 2 {
					if rows, err := r.SQL(context.Background(), "SELECT count(*) % 200 FROM chains", 1); err != nil || rows.Values[0][0] != int64(0) {
						t.Errorf("a query saw a part of an import: %+v, %v", rows, err)
						return
					}
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	for i := 1; i < imports; i++ {
		mustImport(t, s, madeChain(200, i))
		if i%3 == 0 {
			mustCompact(t, s)
		}
	}
	close(done)
	wg.Wait()
}

// A store whose rows are in the segment is served without DuckDB; the first Parquet file opens it.
func TestDuckDBIsOpenedWhenNeededOnly(t *testing.T) {
	s := open(t)
	mustImport(t, s, madeBars("SPX", 30), madeChain(40, 0))
	mustAsOf(t, s, end)
	if _, err := s.List(context.Background()); err != nil {
		t.Fatal(err)
	}
	if s.duck.db != nil {
		t.Fatal("DuckDB was opened for rows of the segment")
	}
	mustCompact(t, s)
	if _, err := s.List(context.Background()); err != nil {
		t.Fatal(err)
	}
	mustAsOf(t, s, end, "chain/NDX")
	if s.duck.db != nil {
		t.Fatal("DuckDB was opened though nothing was wanted of any Parquet file")
	}
	mustAsOf(t, s, end, "chain/SPX")
	if s.duck.db == nil {
		t.Fatal("a Parquet file was read without DuckDB")
	}
}

func TestImportCompactsALargeSegment(t *testing.T) {
	s := open(t)
	s.limit = 10_000
	mustImport(t, s, madeBars("SPX", 30))
	v, err := s.snapshot()
	if err != nil || len(v.man.Files) != 0 {
		t.Fatalf("a small segment was compacted: %v", err)
	}
	mustImport(t, s, madeChain(400, 0))
	if v, err = s.snapshot(); err != nil || len(v.man.Files) == 0 || len(v.parts) != 0 {
		t.Fatalf("a large segment was not compacted: %v", err)
	}
	onlyNamedFiles(t, s)
	for _, f := range v.man.Files {
		if want := fmt.Sprintf("parquet/dataset=%s/date=%s/", f.Set, f.Date); !strings.HasPrefix(f.Path, want) {
			t.Errorf("%s does not lie under %s", f.Path, want)
		}
	}
}

// A compaction that fails takes nothing away, neither the import that set it off nor the store.
func TestFailedCompactionIsNotedAndHarmless(t *testing.T) {
	s := open(t)
	mustImport(t, s, madeBars("SPX", 30))
	mustCompact(t, s)
	v, err := s.snapshot()
	if err != nil {
		t.Fatal(err)
	}
	path := s.path(v.man.Files[0])
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	fresh, err := OpenReadOnly(s.dir) // has not verified the file yet
	if err != nil {
		t.Fatal(err)
	}
	defer fresh.Close()
	s.verified.Clear()
	if err := os.WriteFile(path, append(good[:50:50], good[51:]...), 0o644); err != nil {
		t.Fatal(err)
	}
	s.limit = 1
	if _, err := s.Import(context.Background(), []market.Dataset{madeBars("NDX", 30)}); err != nil {
		t.Fatal("the import failed with the compaction:", err)
	}
	if n := s.Notes(); len(n) != 1 || n[0].Code != "compaction_failed" || !strings.Contains(n[0].String(), path) {
		t.Fatalf("notes: %v", n)
	}
	if err := os.WriteFile(path, good, 0o644); err != nil {
		t.Fatal(err)
	}
	if got := mustAsOf(t, fresh, end).BarKeys(); len(got) != 2 {
		t.Fatalf("the store holds %v", got)
	}
	mustCompact(t, s)
	if got := mustAsOf(t, s, end).BarKeys(); len(got) != 2 {
		t.Fatalf("the store holds %v after the next compaction", got)
	}
}

func TestOpenRefusesAFolderOfSomethingElse(t *testing.T) {
	dir := t.TempDir()
	if _, err := OpenReadOnly(dir); !errors.Is(err, ErrNoStore) {
		t.Fatalf("reading an empty folder: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "letter.txt"), []byte("dear"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir); !errors.Is(err, ErrNoStore) || !strings.Contains(err.Error(), "letter.txt") {
		t.Fatalf("opening a folder of something else: %v", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Fatalf("the folder was changed: %v, %v", entries, err)
	}
	s := open(t)
	mustImport(t, s, madeBars("SPX", 3))
	s.Close()
	if err := os.Remove(manifestPath(s.dir)); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(s.dir); !errors.Is(err, ErrNoStore) {
		t.Fatalf("a store without its manifest passed for a new one: %v", err)
	}
}

// A process killed while it creates a store leaves a folder that the next one completes.
func TestHalfMadeStoreIsCompleted(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	if err := os.MkdirAll(filepath.Join(dir, "segments"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(segmentPath(dir, 1), []byte(segmentMagic), 0o644); err != nil {
		t.Fatal(err)
	}
	s := openAt(t, dir)
	mustImport(t, s, madeBars("SPX", 3))
}

func TestCaveatsComeBackAsTheyWere(t *testing.T) {
	at := time.Date(2025, 11, 20, 14, 30, 0, 5, time.UTC)
	zone := time.FixedZone("XYZ", 3600)
	in := []evidence.Code{
		{Code: "plain"},
		{Code: "all", Args: evidence.Args{
			"int": 3, "int64": int64(-1 << 60), "float": 3.0, "big": 1e21, "small": 1e-7, "text": "<a & b> 标", "bool": true, "time": at,
			"nan": math.NaN(), "zoned": at.In(zone), "stringer": evidence.Modelled, "nil": nil, "list": []int{1, 2}, "uint64": uint64(math.MaxUint64),
		}},
	}
	s, err := encodeCaveats(in)
	if err != nil {
		t.Fatal(err)
	}
	out, err := decodeCaveats(s)
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(out) != fmt.Sprint(in) {
		t.Errorf("got %v, want %v", out, in)
	}
	for name, want := range (evidence.Args{"int": 3, "float": 3.0, "big": 1e21, "time": at, "bool": true, "stringer": "modelled", "nan": "NaN"}) {
		if got := out[1].Args[name]; got != want {
			t.Errorf("%s: got %#v, want %#v", name, got, want)
		}
	}
	again, err := encodeCaveats(out)
	if err != nil || again != s {
		t.Errorf("encoded again: %s, want %s (%v)", again, s, err)
	}
}

func TestPartitionsHoldTheirRows(t *testing.T) {
	f := func(k kind, tf, instant, date string) {
		t.Helper()
		at, err := time.Parse(time.RFC3339, instant)
		if err != nil {
			t.Fatal(err)
		}
		p := k.partition(tf, at.Unix())
		if p.date() != date || !p.contains(at.Unix()) || p.contains(p.end) || !p.contains(p.start) {
			t.Errorf("%s %s: %+v from %s, want from %s", schemas[k].view, instant, p, p.date(), date)
		}
		if k.partition(tf, p.end-1) != p || k.partition(tf, p.start) != p {
			t.Errorf("%s %s: the partition's ends lie elsewhere", schemas[k].view, instant)
		}
	}
	f(chains, "", "2025-01-29T23:59:59Z", "2025-01-29")
	f(chains, "", "1969-12-31T23:59:59Z", "1969-12-31")
	f(bars, "5m", "2025-02-28T23:55:00Z", "2025-02-01")
	f(bars, "5m", "2024-12-31T23:55:00Z", "2024-12-01")
	f(bars, "1d", "1929-10-29T00:00:00Z", "1920-01-01")
	f(series, "", "1999-12-31T00:00:00Z", "1990-01-01")
	f(facts, "", "0001-01-01T00:00:00Z", "0001-01-01")
	f(facts, "", "9999-12-31T23:59:59Z", "9990-01-01")
}

func TestIntervalsAreReadBack(t *testing.T) {
	for _, d := range []time.Duration{time.Second, 90 * time.Second, time.Minute, 5 * time.Minute, time.Hour, 4 * time.Hour, market.Day, 48 * time.Hour} {
		if got, err := parseInterval(market.IntervalName(d)); err != nil || got != d {
			t.Errorf("%v: got %v, %v", d, got, err)
		}
	}
	for _, s := range []string{"", "d", "0m", "-1m", "60m", "2d", "1.5h", "1x", "99999999999h", "01m", "+1m"} {
		if d, err := parseInterval(s); err == nil {
			t.Errorf("%q was read as %v", s, d)
		}
	}
}

// A folder may have any name, with signs that SQL and DuckDB's file patterns take for their own.
func TestStoreWorksInAFolderOfAnyName(t *testing.T) {
	parent := t.TempDir() // of all of them, so that a pattern would find the others
	for _, name := range []string{"it's", "a b c", "a [b] c", "*", "what?", "標 普", "{a,b}", `back\slash`, "%20", "a=b"} {
		s := openAt(t, filepath.Join(parent, name))
		mustImport(t, s, madeBars("SPX", 3))
		want := mustAsOf(t, s, end).Digest()
		for range 2 {
			mustCompact(t, s)
			if mustAsOf(t, s, end).Digest() != want {
				t.Fatalf("%s: the state differs after a compaction", name)
			}
			if r, err := s.SQL(context.Background(), "SELECT count(*) FROM bars", 1); err != nil || r.Values[0][0] != int64(3) {
				t.Fatalf("%s: %+v, %v", name, r, err)
			}
			mustImport(t, s, market.Dataset{Facts: &market.Facts{Rows: []market.Fact{{ID: "x", Known: maxInstant}}}})
			want = mustAsOf(t, s, end).Digest()
		}
	}
}
