package pack_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"faultline/evidence"
	"faultline/pack"
)

// ownFiles writes two small files in formats that feed reads. The numbers are made up.
func ownFiles(t testing.TB, dir string) []string {
	t.Helper()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	return []string{
		write("SPY.csv", "date,open,high,low,close,volume\n2025-11-18,600,610,590,605,1000\n2025-11-19,605,611,600,601,1100\n"),
		write("mine.csv", "date,time_et_if_stated,series,value,unit,what,url\n2025-11-19,,SPX_close,6000,index,an invented close,https://example.org/a\n"),
	}
}

func TestBuildMakesAPackThatLoadsAndChecks(t *testing.T) {
	src, dst := t.TempDir(), filepath.Join(t.TempDir(), "mine")
	built, err := pack.Build(context.Background(), dst, ownFiles(t, src), pack.Spec{
		Name: "mine", Grades: map[string]evidence.Grade{"SPY.csv": evidence.Modelled}, Sources: map[string]string{"SPY.csv": "me"},
	})
	if err != nil {
		t.Fatal(err)
	}
	read, err := pack.Load(context.Background(), os.DirFS(dst))
	if err != nil {
		t.Fatal(err)
	}
	if at := built.Meta.AsOf; built.Book.AsOf(at).Digest() != read.Book.AsOf(at).Digest() {
		t.Error("what was built is not what is read")
	}
	if read.Meta.Public {
		t.Error("a pack of the user's own files claims that it may be passed on")
	}
	for _, d := range read.Book.Sets() {
		o := d.Origin()
		if d.Bars != nil && (o.Grade != evidence.Modelled || o.Source != "me") {
			t.Errorf("SPY is %s from %q", o.Grade, o.Source)
		}
		for i := range d.Len() {
			if d.Bars != nil && d.Bars.Known[i] > read.Meta.AsOf.Unix() {
				t.Error("the pack's instant comes before its data")
			}
		}
	}
	findings, err := pack.Check(context.Background(), os.DirFS(dst))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range findings {
		if f.Severity == pack.Fault && f.Finding.Code != pack.FindingPrice { // SPX has a close only
			t.Error(f)
		}
	}
	onlyEntry(t, filepath.Dir(dst), "mine")
}

func onlyEntry(t *testing.T, dir, name string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1 || entries[0].Name() != name {
		t.Errorf("beside %s there is %v", name, entries)
	}
}

func TestBuildRefusesAndLeavesNothing(t *testing.T) {
	src := t.TempDir()
	files := ownFiles(t, src)
	f := func(what string, files []string, spec pack.Spec, before func(dir string)) {
		t.Helper()
		parent := t.TempDir()
		dst := filepath.Join(parent, "out")
		if before != nil {
			before(dst)
		}
		if _, err := pack.Build(context.Background(), dst, files, spec); err == nil {
			t.Errorf("%s: was built", what)
		}
		entries, err := os.ReadDir(parent)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if strings.HasPrefix(e.Name(), ".") {
				t.Errorf("%s: left %s behind", what, e.Name())
			}
		}
	}
	bad := filepath.Join(src, "bad.csv")
	if err := os.WriteFile(bad, []byte("what,is\nthis,even\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(t.TempDir(), "SPY.csv")
	if err := os.WriteFile(other, []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	named := pack.Spec{Name: "mine"}
	f("no file", nil, named, nil)
	f("no name", files, pack.Spec{}, nil)
	f("a name that is a path", files, pack.Spec{Name: "../mine"}, nil)
	f("a file that is not there", append(files[:1:1], filepath.Join(src, "gone.csv")), named, nil)
	f("a folder as a file", append(files[:1:1], src), named, nil)
	f("a file that nobody reads", append(files[:1:1], bad), named, nil)
	f("two files of one name", append(files[:1:1], other), named, nil)
	f("a grade for no file", files, pack.Spec{Name: "mine", Grades: map[string]evidence.Grade{"x.csv": evidence.Modelled}}, nil)
	f("a folder that exists", files, named, func(dir string) {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	})
	parent := t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := pack.Build(ctx, filepath.Join(parent, "out"), files, named); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled build gives %v", err)
	}
}

// buildForever is what the child process of the next test runs: it builds packs one after the other
// until it is killed.
func TestBuildForever(t *testing.T) {
	parent := os.Getenv("FAULTLINE_TEST_BUILD_FOREVER")
	if parent == "" {
		t.Skip("is run by TestAKilledBuildLeavesNoHalfPack only")
	}
	files := ownFiles(t, t.TempDir())
	for i := 0; ; i++ {
		if _, err := pack.Build(context.Background(), filepath.Join(parent, fmt.Sprintf("pack-%06d", i)), files, pack.Spec{Name: "mine"}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAKilledBuildLeavesNoHalfPack(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	whole := 0
	for round := range 12 {
		parent := t.TempDir()
		child := exec.Command(self, "-test.run=^TestBuildForever$")
		child.Env = append(os.Environ(), "FAULTLINE_TEST_BUILD_FOREVER="+parent)
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		// Wait for the first pack, so that the kill falls into a build, then a little longer each time.
		for range 1000 {
			if _, err := os.Stat(filepath.Join(parent, "pack-000000")); err == nil {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		time.Sleep(time.Duration(round) * 1700 * time.Microsecond)
		if err := child.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		if err := child.Wait(); err == nil {
			t.Fatal("the child ended by itself")
		}
		entries, err := os.ReadDir(parent)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if strings.HasPrefix(e.Name(), ".") {
				continue // what a killed build leaves: it does not bear a pack's name
			}
			if _, err := pack.Load(context.Background(), os.DirFS(filepath.Join(parent, e.Name()))); err != nil {
				t.Errorf("%s: %v", e.Name(), err)
			}
			whole++
		}
	}
	if whole == 0 {
		t.Error("no child finished a single pack before it was killed")
	}
}

func TestBuildErrorsNameThePath(t *testing.T) {
	gone := filepath.Join(t.TempDir(), "gone.csv")
	_, err := pack.Build(context.Background(), filepath.Join(t.TempDir(), "x"), []string{gone}, pack.Spec{Name: "x"})
	faults := pack.Errors(err)
	if len(faults) != 1 || faults[0].File != gone || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v does not name %s", err, gone)
	}
}
