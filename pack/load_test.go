package pack_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/pack"
	"faultline/packs"
)

func load(t testing.TB) *pack.Pack {
	t.Helper()
	p, err := pack.Load(context.Background(), nov2025(t))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestTheSameFilesGiveTheSameState(t *testing.T) {
	a, b := load(t), load(t)
	at := a.Meta.AsOf
	if a.Book.AsOf(at).Digest() != b.Book.AsOf(at).Digest() {
		t.Error("two loads of one pack differ")
	}
	if a.Book.AsOf(at).Digest() == a.WithoutSynthetic().AsOf(at).Digest() {
		t.Error("the state without what is synthetic is the same state")
	}
}

// At the close of the 19th nobody knew the 20th: not its close, not its state, not its chain, not the
// bars that lead to it.
func TestAStateKnowsNothingOfTheDayAfter(t *testing.T) {
	p := load(t)
	eve, err := calendar.NYSE().Session(calendar.DateOf(2025, 11, 19))
	if err != nil {
		t.Fatal(err)
	}
	s := p.Book.AsOf(eve.Close)
	for _, id := range s.FactIDs() {
		for _, f := range s.Facts(id) {
			if f.About > eve.Close.Unix() || f.Known > eve.Close.Unix() {
				t.Errorf("%s about %d is known", id, f.About)
			}
		}
	}
	for _, id := range s.SeriesIDs() {
		v, err := s.Series(id)
		if err != nil {
			t.Fatal(err)
		}
		if last := calendar.Date(v.About[v.Len()-1] / 86400); last > eve.Date || strings.HasPrefix(id, "state/") && last != eve.Date {
			t.Errorf("%s: the last state is that of %s", id, last)
		}
	}
	var none *evidence.Absent
	if _, err := s.Chain("SPX"); !errors.As(err, &none) {
		t.Errorf("there is a chain: %v", err)
	}
	if keys := s.BarKeys(); len(keys) != 0 {
		t.Errorf("there are bars: %v", keys)
	}
	// And a day later all of it is there.
	next, err := calendar.NYSE().Next(eve.Date)
	if err != nil {
		t.Fatal(err)
	}
	s = p.Book.AsOf(next.Close)
	if c, err := s.Chain("SPX"); err != nil || !c.At.Equal(next.Close) {
		t.Errorf("no chain at the close of the 20th: %v", err)
	}
	if len(s.BarKeys()) != 1 {
		t.Errorf("bars at the close of the 20th: %v", s.BarKeys())
	}
}

func TestWhatIsSyntheticSaysSo(t *testing.T) {
	p := load(t)
	chains, paths := 0, 0
	for _, d := range p.Book.Sets() {
		o := d.Origin()
		switch {
		case d.Chain != nil:
			chains++
		case d.Bars != nil:
			paths++
		default:
			if o.Grade != evidence.Synthetic {
				continue
			}
			if d.Series == nil {
				t.Errorf("%s is synthetic", d.Key())
			}
		}
		if o.Grade != evidence.Synthetic || len(o.Caveats) == 0 || !strings.HasPrefix(o.Caveats[0].Code, "synthetic_") {
			t.Errorf("%s: grade %s, caveats %v", d.Key(), o.Grade, o.Caveats)
		}
	}
	if chains != 2 || paths != 1 {
		t.Errorf("%d chains and %d paths", chains, paths)
	}
	for _, d := range p.WithoutSynthetic().Sets() {
		if d.Origin().Grade == evidence.Synthetic {
			t.Errorf("%s is left", d.Key())
		}
	}
}

// The bars of the 20th pass through the published points: the gap, the print of 11:08, the high and
// the close.
func TestTheSyntheticDayPassesThroughThePublishedPoints(t *testing.T) {
	p := load(t)
	s := p.Book.AsOf(p.Meta.AsOf)
	b, err := s.Bars("SPX", 5*60*1e9)
	if err != nil {
		t.Fatal(err)
	}
	if b.Len() != 78 {
		t.Fatalf("%d bars in a session of 78", b.Len())
	}
	const before = 6642.16 // close of the 19th, facts.csv
	near := func(what string, got, want float64) {
		t.Helper()
		if d := got - want; !(d < 0.006 && d > -0.006) {
			t.Errorf("%s: %v, published %v", what, got, want)
		}
	}
	near("opening", b.Open[0], before*1.014)
	near("close", b.Close[77], 6538.76)
	high := b.High[0]
	for i := range b.Len() {
		high = max(high, b.High[i])
	}
	near("high", high, before*1.019)
	const at1108 = (11*60 + 8 - 9*60 - 30) / 5
	if b.Low[at1108] > 6733.49 || b.High[at1108] < 6733.49 {
		t.Errorf("the bar of 11:08 runs from %v to %v", b.Low[at1108], b.High[at1108])
	}
}

func TestEveryEmbeddedPackOpens(t *testing.T) {
	for _, name := range packs.Names() {
		f, err := packs.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		p, err := pack.Load(context.Background(), f)
		if err != nil {
			t.Fatal(err)
		}
		if p.Meta.Name != name {
			t.Errorf("the pack in %s is called %s", name, p.Meta.Name)
		}
	}
	if _, err := packs.Open("nov2024"); err == nil || !strings.Contains(err.Error(), "nov2025") {
		t.Errorf("an unknown name does not lead to the known ones: %v", err)
	}
}

// Faults are reported with the place where they stand, all of them at once.
func TestFaultsNameFileAndLine(t *testing.T) {
	m := copyOf(t)
	swap(t, m, pack.MetaFile, "schema: 1", "schema: 9")
	swap(t, m, pack.MetaFile, "as_of: 2025-11-21T16:00:00-05:00", "as_of: yesterday")
	swap(t, m, pack.MetaFile, "grade: modelled", "grade: certain")
	_, err := pack.Load(context.Background(), seal(m))
	faults := pack.Errors(err)
	if len(faults) != 3 {
		t.Fatalf("%d faults, not 3: %v", len(faults), err)
	}
	lines := strings.Split(string(m[pack.MetaFile].Data), "\n")
	for i, want := range []string{"schema: 9", "as_of: yesterday", "grade: certain"} {
		f := faults[i]
		if f.File != pack.MetaFile || f.Line < 1 || !strings.Contains(lines[f.Line-1], want) {
			t.Errorf("%v does not point at %q", f, want)
		}
	}
	m = copyOf(t)
	swap(t, m, "derived.csv", "T16:00:00-05:00,", "T16:00:00-05:00,x")
	_, err = pack.Load(context.Background(), seal(m))
	faults = pack.Errors(err)
	if len(faults) != 1 || faults[0].File != "derived.csv" || faults[0].Line != 2 {
		t.Errorf("a bad value in derived.csv:2 gives %v", err)
	}
}

func TestLimitsHold(t *testing.T) {
	f := func(what string, change func(fstest.MapFS)) {
		t.Helper()
		m := copyOf(t)
		change(m)
		if _, err := pack.Load(context.Background(), seal(m)); err == nil {
			t.Errorf("%s: was loaded", what)
		}
	}
	f("a pack.yaml of 300 KB", func(m fstest.MapFS) {
		m[pack.MetaFile] = &fstest.MapFile{Data: append(m[pack.MetaFile].Data, strings.Repeat("# filling\n", 30000)...)}
	})
	f("a path that leaves the folder", func(m fstest.MapFS) { swap(t, m, pack.MetaFile, "path: facts.csv", "path: ../facts.csv") })
	f("pack.yaml as data", func(m fstest.MapFS) { swap(t, m, pack.MetaFile, "path: facts.csv", "path: pack.yaml") })
	f("a key that nobody knows", func(m fstest.MapFS) { swap(t, m, pack.MetaFile, "public: true", "public: true\nsecret: 1") })
	f("two documents", func(m fstest.MapFS) {
		m[pack.MetaFile] = &fstest.MapFile{Data: append(m[pack.MetaFile].Data, "---\nschema: 1\n"...)}
	})
	f("an empty pack.yaml", func(m fstest.MapFS) { m[pack.MetaFile] = &fstest.MapFile{} })
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := pack.Load(ctx, nov2025(t)); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled load gives %v", err)
	}
	if _, err := pack.Check(ctx, nov2025(t)); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled check gives %v", err)
	}
}

func BenchmarkLoad(b *testing.B) {
	f := nov2025(b)
	for b.Loop() {
		if _, err := pack.Load(context.Background(), f); err != nil {
			b.Fatal(err)
		}
	}
}
