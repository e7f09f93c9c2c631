package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"faultline/market"
)

// threeImports makes a small store and returns the bytes of its segment, where each import ends in
// it, and the state's digest after each.
func threeImports(t *testing.T) (s *Store, segment []byte, ends []int64, digests [][32]byte) {
	t.Helper()
	s = open(t)
	ends, digests = []int64{segmentHeader}, [][32]byte{mustAsOf(t, s, end).Digest()}
	for i := range 3 {
		mustImport(t, s, [][]market.Dataset{{madeBars("SPX", 2), madeBars("NDX", 1)}, {madeChain(1, 0)}, {madeBars("SPX", 3)}}[i]...)
		v, err := s.snapshot()
		if err != nil {
			t.Fatal(err)
		}
		ends = append(ends, v.end)
		digests = append(digests, mustAsOf(t, s, end).Digest())
	}
	s.Close()
	segment, err := os.ReadFile(segmentPath(s.dir, 1))
	if err != nil {
		t.Fatal(err)
	}
	return s, segment, ends, digests
}

// Whatever length of the segment a crash leaves, the store holds the imports that end within it, a
// reader and the next writer say what was cut, and the next import follows.
func TestEveryCutOfTheSegmentLeavesWholeImports(t *testing.T) {
	s, segment, ends, digests := threeImports(t)
	path := segmentPath(s.dir, 1)
	for size := segmentHeader; size <= int64(len(segment)); size++ {
		if err := os.WriteFile(path, segment[:size], 0o644); err != nil {
			t.Fatal(err)
		}
		whole := 0
		for ends[whole] < size && whole+1 < len(ends) && ends[whole+1] <= size {
			whole++
		}
		r, err := OpenReadOnly(s.dir)
		if err != nil {
			t.Fatal(err)
		}
		if mustAsOf(t, r, end).Digest() != digests[whole] {
			t.Fatalf("cut at %d: the reader does not see the first %d imports", size, whole)
		}
		torn := size > ends[whole]
		if n := r.Notes(); torn != (len(n) == 1 && n[0].Code == "segment_tail_ignored" && n[0].Args["bytes"] == size-ends[whole]) {
			t.Fatalf("cut at %d: the reader's notes are %v", size, n)
		}
		if size%29 != 0 && size != int64(len(segment)) { // opening for writing syncs: some sizes will do
			continue
		}
		w, err := Open(s.dir)
		if err != nil {
			t.Fatal(err)
		}
		if n := w.Notes(); torn != (len(n) == 1 && n[0].Code == "segment_tail_dropped" && n[0].Args["bytes"] == size-ends[whole]) {
			t.Fatalf("cut at %d: the writer's notes are %v", size, n)
		}
		mustImport(t, w, madeBars("VIX", 2))
		if _, err := mustAsOf(t, r, end).Daily("VIX"); err != nil { // the old reader follows past the cut
			t.Fatalf("cut at %d: the reader does not see the next import: %v", size, err)
		}
		w.Close()
		r.Close()
	}
}

// A changed byte is found. In the last import it passes for a tail that was never acknowledged; before
// a later import it is damage, and nothing is thrown away.
func TestEveryChangedByteOfTheSegmentIsFound(t *testing.T) {
	s, segment, ends, digests := threeImports(t)
	path := segmentPath(s.dir, 1)
	for at := range segment {
		bad := bytes.Clone(segment)
		bad[at] ^= 0x20
		if err := os.WriteFile(path, bad, 0o644); err != nil {
			t.Fatal(err)
		}
		r, err := OpenReadOnly(s.dir)
		if int64(at) < ends[2] {
			if err == nil {
				t.Fatalf("byte %d: damage before an acknowledged import was not found", at)
			}
			if newer := int64(at) >= int64(len(segmentMagic)) && int64(at) < segmentHeader; !errors.Is(err, ErrCorrupt) && !(newer && errors.Is(err, ErrNewer)) || !strings.Contains(err.Error(), path) {
				t.Fatalf("byte %d: %v", at, err)
			}
			if _, err := Open(s.dir); err == nil {
				t.Fatalf("byte %d: a writer opened a damaged store", at)
			}
			if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, bad) {
				t.Fatalf("byte %d: the damaged segment was changed", at)
			}
			continue
		}
		if err != nil {
			t.Fatalf("byte %d: %v", at, err)
		}
		if mustAsOf(t, r, end).Digest() != digests[2] || len(r.Notes()) != 1 {
			t.Fatalf("byte %d: the reader does not see the first two imports, or says nothing", at)
		}
	}
}

func TestNewerVersionsAreRefused(t *testing.T) {
	s := open(t)
	mustImport(t, s, madeBars("SPX", 3))
	s.Close()
	raw, err := os.ReadFile(manifestPath(s.dir))
	if err != nil {
		t.Fatal(err)
	}
	newer := bytes.Replace(raw, []byte(`"version":1`), []byte(`"version":2`), 1)
	newer = append(newer, "what this program cannot know"...)
	if err := os.WriteFile(manifestPath(s.dir), newer, 0o644); err != nil {
		t.Fatal(err)
	}
	check := func(what string) {
		t.Helper()
		for _, open := range []func(string) (*Store, error){Open, OpenReadOnly} {
			_, err := open(s.dir)
			if !errors.Is(err, ErrNewer) || !strings.Contains(err.Error(), "version 2, this program reads up to 1") {
				t.Errorf("%s: got %v", what, err)
			}
		}
	}
	check("manifest")
	if now, err := os.ReadFile(manifestPath(s.dir)); err != nil || !bytes.Equal(now, newer) {
		t.Fatal("the newer manifest was changed")
	}
	if err := os.WriteFile(manifestPath(s.dir), raw, 0o644); err != nil {
		t.Fatal(err)
	}
	segment, err := os.ReadFile(segmentPath(s.dir, 1))
	if err != nil {
		t.Fatal(err)
	}
	n := len(segmentMagic)
	binary.LittleEndian.PutUint32(segment[n:], 2)
	binary.LittleEndian.PutUint32(segment[n+4:], crc32.Checksum(segment[:n+4], castagnoli))
	if err := os.WriteFile(segmentPath(s.dir, 1), segment, 0o644); err != nil {
		t.Fatal(err)
	}
	check("segment")
}

func TestDamagedManifestIsNamed(t *testing.T) {
	s := open(t)
	mustImport(t, s, madeBars("SPX", 3))
	mustCompact(t, s)
	s.Close()
	raw, err := os.ReadFile(manifestPath(s.dir))
	if err != nil {
		t.Fatal(err)
	}
	for at := range raw {
		bad := bytes.Clone(raw)
		bad[at] ^= 1
		if err := os.WriteFile(manifestPath(s.dir), bad, 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := OpenReadOnly(s.dir)
		var e *Error
		if !errors.As(err, &e) || e.Path != manifestPath(s.dir) || e.Hint == "" || !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrNewer) {
			if sameManifest(raw, bad) {
				continue
			}
			t.Fatalf("byte %d (%q): %v", at, raw[at], err)
		}
	}
}

// sameManifest reports whether two manifests differ in their first line only, and there in nothing
// that counts: JSON ignores the case of names.
func sameManifest(a, b []byte) bool {
	la, ba, _ := bytes.Cut(a, []byte("\n"))
	lb, bb, _ := bytes.Cut(b, []byte("\n"))
	var ha, hb manifestHeader
	return json.Unmarshal(la, &ha) == nil && json.Unmarshal(lb, &hb) == nil && ha == hb && bytes.Equal(ba, bb)
}

func TestDamagedOrLostParquetFileIsNamed(t *testing.T) {
	s := open(t)
	mustImport(t, s, madeChain(300, 0), madeBars("SPX", 3))
	mustCompact(t, s)
	v, err := s.snapshot()
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	var file *parquetFile
	for _, f := range v.man.Files {
		if f.Set == "chains" {
			file = f
		}
	}
	path := s.path(file)
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	check := func(what string) {
		t.Helper()
		r, err := OpenReadOnly(s.dir)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		_, asOf := r.AsOf(context.Background(), end)
		_, query := r.SQL(context.Background(), "SELECT count(*) FROM chains", 1)
		export := r.Export(context.Background(), "chain/SPX", new(bytes.Buffer), "csv")
		for _, err := range []error{asOf, query, export} {
			if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "300 rows of chains from 2025-01-29") {
				t.Fatalf("%s: %v", what, err)
			}
		}
		mustAsOf(t, r, end, "bars/") // what does not need the file is served
	}
	for at := 0; at < len(good); at += 1 + len(good)/60 {
		bad := bytes.Clone(good)
		bad[at] ^= 1
		if err := os.WriteFile(path, bad, 0o644); err != nil {
			t.Fatal(err)
		}
		check("changed byte")
	}
	if err := os.WriteFile(path, good[:len(good)-1], 0o644); err != nil {
		t.Fatal(err)
	}
	check("cut file")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	check("lost file")
}

func TestLeftoversAreRemovedByTheNextWriter(t *testing.T) {
	s := open(t)
	mustImport(t, s, madeChain(30, 0))
	mustCompact(t, s)
	s.Close()
	for _, left := range []string{"tmp/partition.parquet", "segments/00000099.seg", "parquet/dataset=chains/date=2025-01-29/00000099.parquet"} {
		if err := os.WriteFile(filepath.Join(s.dir, filepath.FromSlash(left)), []byte("left"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	again := openAt(t, s.dir)
	onlyNamedFiles(t, again)
	if got := mustAsOf(t, again, end).Underlyings(); len(got) != 1 {
		t.Fatalf("the store holds %v", got)
	}
}

func TestFramesComeBackAsTheyWere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		_, f, err := take(genSet(t, "x"))
		if err != nil {
			t.Fatal(err)
		}
		b := f.encode(nil)
		g, err := decodeFrame(f.s, b)
		if err != nil {
			t.Fatal(err)
		}
		if f.n != g.n || !bytes.Equal(b, g.encode(nil)) {
			t.Fatal("a frame came back as another")
		}
		for i := range f.n {
			if !bytes.Equal(f.appendContent(nil, i), g.appendContent(nil, i)) {
				t.Fatalf("row %d came back as another", i)
			}
		}
		cut := rapid.IntRange(0, len(b)-1).Draw(t, "cut")
		if _, err := decodeFrame(f.s, b[:cut]); err == nil {
			t.Fatal("a cut frame was read")
		}
	})
}

// FuzzSegment feeds any bytes to the reader of segments: no panic, and whatever it accepts can be
// read again.
func FuzzSegment(f *testing.F) {
	var b bytes.Buffer
	at := writerAt{&b}
	for i, d := range []market.Dataset{madeBars("SPX", 3), madeChain(2, 1), {Facts: &market.Facts{Rows: []market.Fact{{ID: "x", Text: "≈3"}}}}, {Series: &market.Series{ID: "s", About: []int64{1}, Known: []int64{2}, Value: []float64{3}, Line: []int32{4}}}} {
		w := newSegmentWriter(at, int64(b.Len()))
		h, rows, err := take(d)
		if err != nil {
			f.Fatal(err)
		}
		if err := errors.Join(w.part(&h, rows, i == 1), w.commit()); err != nil {
			f.Fatal(err)
		}
		f.Add(bytes.Clone(b.Bytes()))
	}
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		r := bytes.NewReader(b)
		got, err := scanSegment(r, 0, int64(len(b)))
		if err != nil && !errors.Is(err, ErrCorrupt) {
			t.Fatal(err)
		}
		for _, p := range got.parts {
			k := p.kind
			for _, sp := range p.spans {
				f, err := readSpan(r, schemas[k], sp)
				if err == nil && f.n != sp.rows {
					t.Fatalf("a record of %d rows gave %d", sp.rows, f.n)
				}
			}
		}
	})
}

// FuzzFrame feeds any bytes to the reader of rows.
func FuzzFrame(f *testing.F) {
	for _, d := range []market.Dataset{madeBars("SPX", 3), madeChain(2, 1), {Facts: &market.Facts{Rows: []market.Fact{{ID: "x", Text: "≈3"}}}}} {
		_, rows, err := take(d)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(bars), rows.encode(nil))
		f.Add(uint8(chains), rows.encode(nil))
		f.Add(uint8(facts), rows.encode(nil))
	}
	f.Fuzz(func(t *testing.T, k uint8, b []byte) {
		s := schemas[int(k)%len(schemas)]
		rows, err := decodeFrame(s, b)
		if err != nil {
			return
		}
		again, err := decodeFrame(s, rows.encode(nil))
		if err != nil || again.n != rows.n {
			t.Fatalf("accepted rows were not read again: %v", err)
		}
	})
}

// writerAt appends, wherever it is told to write.
type writerAt struct{ b *bytes.Buffer }

func (w writerAt) WriteAt(p []byte, _ int64) (int, error) { return w.b.Write(p) }
