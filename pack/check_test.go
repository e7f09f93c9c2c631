package pack_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"faultline/pack"
)

// copyOf is the embedded pack as a map that a test may change.
func copyOf(t testing.TB) fstest.MapFS {
	t.Helper()
	out := fstest.MapFS{}
	src := nov2025(t)
	err := fs.WalkDir(src, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(src, path)
		out[path] = &fstest.MapFile{Data: text}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// seal writes SHA256SUMS anew, so that a test sees the fault that it put in and not the broken hash.
func seal(m fstest.MapFS) fstest.MapFS {
	delete(m, pack.SumsFile)
	var out bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(m)) {
		fmt.Fprintf(&out, "%x  %s\n", sha256.Sum256(m[name].Data), name)
	}
	m[pack.SumsFile] = &fstest.MapFile{Data: out.Bytes()}
	return m
}

// swap replaces one text by another, which must stand in the file.
func swap(t testing.TB, m fstest.MapFS, file, old, new string) {
	t.Helper()
	if !bytes.Contains(m[file].Data, []byte(old)) {
		t.Fatalf("%s does not hold %q", file, old)
	}
	m[file] = &fstest.MapFile{Data: bytes.Replace(m[file].Data, []byte(old), []byte(new), 1)}
}

func TestTheEmbeddedPackHasNoFault(t *testing.T) {
	findings, err := pack.Check(context.Background(), nov2025(t))
	if err != nil {
		t.Fatal(err)
	}
	conflicts := 0
	for _, f := range findings {
		if f.Severity == pack.Fault {
			t.Error(f)
		}
		if f.Finding.Code == pack.FindingConflict {
			conflicts++
		}
	}
	if conflicts == 0 {
		t.Error("the sources of these weeks contradict each other in places; Check saw none of it")
	}
}

func TestCheckFindsEachKindOfDamage(t *testing.T) {
	fact := func(text string) func(*testing.T, fstest.MapFS) {
		return func(_ *testing.T, m fstest.MapFS) {
			m["facts.csv"] = &fstest.MapFile{Data: append(bytes.Clone(m["facts.csv"].Data), text+"\n"...)}
		}
	}
	change := func(file, old, new string) func(*testing.T, fstest.MapFS) {
		return func(t *testing.T, m fstest.MapFS) { t.Helper(); swap(t, m, file, old, new) }
	}
	firstValue := func(text string) func(*testing.T, fstest.MapFS) {
		return func(_ *testing.T, m fstest.MapFS) {
			lines := strings.Split(string(m["derived.csv"].Data), "\n")
			lines[1] = lines[1][:strings.LastIndexByte(lines[1], ',')+1] + text
			m["derived.csv"] = &fstest.MapFile{Data: []byte(strings.Join(lines, "\n"))}
		}
	}
	for _, c := range []struct {
		name   string
		want   string
		damage func(*testing.T, fstest.MapFS)
	}{
		{"a unit that nobody knows", pack.FindingUnit, fact("2025-11-20,,2025-11-21T00:00:00-05:00,X,3,furlongs,made up,https://example.org/x")},
		{"a figure without an address", pack.FindingSource, fact("2025-11-20,,2025-11-21T00:00:00-05:00,X,3,index,made up,a friend")},
		{"a date outside the period", pack.FindingPeriod, fact("2025-12-20,,2025-12-21T00:00:00-05:00,X,3,index,made up,https://example.org/x")},
		{"a close of a Saturday", pack.FindingClosed, fact("2025-11-22,,2025-11-23T00:00:00-05:00,SPX_close,6600,index,made up,https://example.org/x")},
		{"a close known before it was", pack.FindingEarly, fact("2025-11-20,,2025-11-20T12:00:00-05:00,RUT_close,2305,index,made up,https://example.org/x")},
		{"the same figure twice", pack.FindingTwice, fact("2025-11-20,,2025-11-20T16:00:00-05:00,RUT_close,2305,index,closing level,https://www.eoption.com/market-review-november-20-2025")},
		{"a slipped decimal point", pack.FindingImplausible, fact("2025-11-05,,2025-11-05T16:00:00-05:00,SPX_close,67.96,index,made up,https://example.org/x")},
		{"a return that the closes contradict", pack.FindingPercent, fact("2025-11-20,,2025-11-21T00:00:00-05:00,SPX_ret,1.6,pct,made up,https://example.org/x")},
		{"a week that the closes contradict", pack.FindingPercent, fact("2025-11-21,,2025-11-22T00:00:00-05:00,SPX_week,-3.5,pct,made up,https://example.org/x")},
		{"a distance that the closes contradict", pack.FindingPercent, change("facts.csv", "SPX_dd_from_record_close,-3.2", "SPX_dd_from_record_close,-2.3")},
		{"state of a session without a published close", pack.FindingStateClose, change("facts.csv", "SPX_close,6617.32", "XYZ_close,6617.32")},
		{"state that tells of a close before it", pack.FindingStateClose, change("facts.csv", "SPX_close,6846.61", "XYZ_close,6846.61")},
		{"state with a gap", pack.FindingStateGap, func(t *testing.T, m fstest.MapFS) {
			var kept []string
			for _, l := range strings.Split(string(m["derived.csv"].Data), "\n") {
				if !strings.Contains(l, ",2025-11-24,") {
					kept = append(kept, l)
				}
			}
			m["derived.csv"] = &fstest.MapFile{Data: []byte(strings.Join(kept, "\n"))}
		}},
		{"state that is a price", pack.FindingStatePrice, change("derived.csv", "state/cta/SPX/", "state/cta/SPX/last,,2025-11-18,2025-11-18T16:00:00-05:00,6617.3198\nstate/cta/SPX/")},
		{"a vendor's bars", pack.FindingVendor, func(t *testing.T, m fstest.MapFS) {
			m["GSPC.csv"] = &fstest.MapFile{Data: []byte("date,open,high,low,close,volume\n2025-11-19,1,2,1,1.5,10\n2025-11-20,1.5,2,1,1.8,10\n")}
			swap(t, m, pack.MetaFile, "files:\n", "files:\n  - {path: GSPC.csv, format: bars, grade: observed, known_at: session_close}\n")
		}},
		{"a vendor's bars that claim to be published", pack.FindingVendor, func(t *testing.T, m fstest.MapFS) {
			m["SPY.csv"] = &fstest.MapFile{Data: []byte("date,open,high,low,close,volume\n2025-11-19,1,2,1,1.5,10\n2025-11-20,1.5,2,1,1.8,10\n")}
			swap(t, m, pack.MetaFile, "files:\n", "files:\n  - {path: SPY.csv, format: bars, grade: published, known_at: session_close}\n")
		}},
		{"a synthetic file without the word in its name", pack.FindingUnmarked, func(t *testing.T, m fstest.MapFS) {
			m["SPY.csv"] = &fstest.MapFile{Data: []byte("date,open,high,low,close,volume\n2025-11-19,1,2,1,1.5,10\n2025-11-20,1.5,2,1,1.8,10\n")}
			swap(t, m, pack.MetaFile, "files:\n", "files:\n  - {path: SPY.csv, format: bars, grade: synthetic, known_at: session_close}\n")
		}},
		{"a synthetic file without a note", pack.FindingNote, func(t *testing.T, m fstest.MapFS) {
			m["synthetic/SPY.csv"] = &fstest.MapFile{Data: []byte("date,open,high,low,close,volume\n2025-11-19,1,2,1,1.5,10\n2025-11-20,1.5,2,1,1.8,10\n")}
			swap(t, m, pack.MetaFile, "files:\n", "files:\n  - {path: synthetic/SPY.csv, format: bars, grade: synthetic, known_at: session_close}\n")
			text := string(m[pack.MetaFile].Data)
			m[pack.MetaFile] = &fstest.MapFile{Data: []byte(text[:strings.Index(text, "synthetic:\n")])}
		}},
		{"an instant without a price", pack.FindingPrice, change(pack.MetaFile, "as_of: 2025-11-21T16:00:00-05:00", "as_of: 2025-10-02T16:00:00-04:00")},
		{"a row that cannot be read", pack.FindingRejected, fact("yesterday,,,SPX_close,1,index,made up,https://example.org/x")},
		{"a grade stronger than the file's", pack.FindingLoad, change(pack.MetaFile, "grade: modelled", "grade: observed")},
		{"another known-at rule", pack.FindingLoad, change(pack.MetaFile, "known_at: session_close", "known_at: bar_end")},
		{"another format", pack.FindingLoad, change(pack.MetaFile, "format: derived_state", "format: fred")},
		{"an anchor that is not published", pack.FindingLoad, change(pack.MetaFile, "spot: {fact: SPX_close, value: 6538.76}", "spot: {fact: SPX_close, value: 6538.77}")},
		{"an anchor from the future", pack.FindingLoad, change(pack.MetaFile, "centre: {fact: SPX_50dma, value: 6713}", "centre: {fact: SPX_50dma, date: 2025-11-24, value: 6713}")},
		{"derived state known before its close", pack.FindingLoad, change("derived.csv", "2025-11-18T16:00:00-05:00", "2025-11-18T15:00:00-05:00")},
		{"derived state that is not a number", pack.FindingLoad, firstValue("NaN")},
		{"a file that is not listed", pack.FindingLoad, func(_ *testing.T, m fstest.MapFS) { m["more.csv"] = &fstest.MapFile{Data: []byte("x")} }},
		{"a listed file that is not there", pack.FindingLoad, func(_ *testing.T, m fstest.MapFS) { delete(m, "derived.csv") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := copyOf(t)
			c.damage(t, m)
			findings, err := pack.Check(context.Background(), seal(m))
			if err != nil {
				t.Fatal(err)
			}
			if !slices.ContainsFunc(findings, func(f pack.Finding) bool { return f.Severity == pack.Fault && f.Finding.Code == c.want }) {
				t.Errorf("no fault %s among %v", c.want, findings)
			}
		})
	}
}

func TestAChangedByteIsFound(t *testing.T) {
	for _, name := range []string{pack.MetaFile, "facts.csv", "derived.csv"} {
		m := copyOf(t)
		data := bytes.Clone(m[name].Data)
		data[len(data)-2] ^= 1
		m[name] = &fstest.MapFile{Data: data}
		findings, err := pack.Check(context.Background(), m)
		if err != nil {
			t.Fatal(err)
		}
		if pack.Faults(findings) == 0 {
			t.Errorf("%s: a changed byte goes unseen", name)
		}
	}
}

func TestFindingsComeInAFixedOrder(t *testing.T) {
	m := copyOf(t)
	swap(t, m, "facts.csv", "6672.41", "6572.41")
	swap(t, m, "facts.csv", "SPX_close,6617.32", "XYZ_close,6617.32")
	seal(m)
	first, err := pack.Check(context.Background(), m)
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		again, err := pack.Check(context.Background(), m)
		if err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(again) != fmt.Sprint(first) {
			t.Fatalf("%v\nthen\n%v", first, again)
		}
	}
}
