package pack

import (
	"errors"
	"io/fs"
	"testing"
)

// Whatever stands in pack.yaml, reading it ends, and ends with a Meta that keeps its promises or with
// errors that say where.
func FuzzMeta(f *testing.F) {
	// Small seeds: the fuzzer spends its time on making a large one smaller.
	const small = "schema: 1\nname: x\ntitle: {en: a, zh: b}\nas_of: 2025-11-21T16:00:00-05:00\nunderlying: SPX\n" +
		"period: {from: 2025-10-01, to: 2025-11-30}\nlicence: c\nfiles:\n- {path: f.csv, format: facts, grade: published, known_at: row_time}\n"
	if _, err := parseMeta([]byte(small)); err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(small))
	f.Add([]byte(small + "synthetic:\n  note: {en: a, zh: b}\n  paths:\n  - {instrument: SPX, date: 2025-11-20, minutes: 5, vol: {fact: V, value: 20}, points: [{at: \"09:30\", fact: P, value: 1, over: {fact: Q, value: 2}}]}\n"))
	f.Add([]byte(small + "synthetic:\n  note: {en: a, zh: b}\n  chains:\n  - {underlying: SPX, date: 2025-11-20, spot: {fact: S, value: 6000}, vol_30d: {fact: V, value: 20}, long_vol: 0.2, open_interest: 10}\n"))
	for _, s := range []string{
		"", "schema: 1\n", "a: &a [*a]\n", "- 1\n", "schema: 1\n---\nschema: 1\n", "schema: !!binary aGk=\n",
		"name: &n x\ntitle: {en: *n, zh: *n}\n", "files: [{path: a}]\n", "synthetic: {chains: [{date: 1}]}\n", "\xff\xfe",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := parseMeta(text)
		if err != nil {
			faults := Errors(err)
			if m != nil || len(faults) == 0 {
				t.Fatal("an error without a fault")
			}
			for _, e := range faults {
				if e.File != MetaFile || e.Line < 0 || e.Err == nil {
					t.Fatalf("a fault without its place: %#v", e)
				}
			}
			return
		}
		if m.Period.To < m.Period.From || m.AsOf.IsZero() || len(m.Files) == 0 || len(m.Files) > maxFiles {
			t.Fatalf("was accepted: %+v", m)
		}
		for _, x := range m.Files {
			if !fs.ValidPath(x.Path) || x.Path == MetaFile || x.Path == SumsFile {
				t.Fatalf("accepted the path %q", x.Path)
			}
		}
	})
}

func FuzzSums(f *testing.F) {
	f.Add([]byte("0000000000000000000000000000000000000000000000000000000000000000  a.csv\n"))
	f.Add([]byte("zz  a\n\n\r\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		sums, err := parseSums(text)
		for path, s := range sums {
			if len(s.hex) != 64 || s.line < 1 || path == "" {
				t.Fatalf("accepted %q with %+v", path, s)
			}
		}
		var own *Error
		if err != nil && !errors.As(err, &own) {
			t.Fatalf("an error without its place: %v", err)
		}
	})
}
