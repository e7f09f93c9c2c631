package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"faultline/market"
)

// lifespan is the number of imports that a victim makes into one store.
const lifespan = 30

// batchOf is the i-th import of every victim: new rows, rows that an earlier file has, rows that
// move to a file of smaller name, a chain now and then, facts.
func batchOf(i int) []market.Dataset {
	rng := rand.New(rand.NewPCG(7, uint64(i)))
	b := madeBars("SPX", 50+i).Bars
	b.Origin.File = fmt.Sprintf("bars_%d.csv", 99-i) // each file is preferred to the one before
	for j := range 10 {
		b.Close[j] += float64(rng.IntN(2))
	}
	f := &market.Facts{Origin: market.Origin{File: "facts.csv", Format: "facts_csv"}}
	for j := range 5 {
		f.Rows = append(f.Rows, market.Fact{ID: fmt.Sprintf("fact_%d", i), About: int64(j) * 1e8, Known: int64(j)*1e8 + 60, Value: market.Missing, Text: "≈" + strconv.Itoa(rng.IntN(100))})
	}
	out := []market.Dataset{{Bars: b}, {Facts: f}}
	if i%4 == 0 {
		out = append(out, madeChain(6000, i)) // larger than the writer's buffer
	}
	return out
}

// victim imports until it ends or is killed. It tells each import that it may rely on.
func victim(dir string) int {
	fail := func(err error) int {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	s, err := Open(dir)
	if err != nil {
		return fail(err)
	}
	s.limit = 300 << 10
	if n, err := strconv.Atoi(os.Getenv("FAULTLINE_STORE_STEP")); err == nil {
		s.step = func(string) {
			if n--; n == 0 {
				if err := syscall.Kill(os.Getpid(), syscall.SIGKILL); err != nil {
					panic(err)
				}
				select {}
			}
		}
	}
	first, err := strconv.Atoi(os.Getenv("FAULTLINE_STORE_FIRST"))
	if err != nil {
		return fail(err)
	}
	last, err := strconv.Atoi(os.Getenv("FAULTLINE_STORE_LAST"))
	if err != nil {
		return fail(err)
	}
	fmt.Println("open")
	for i := first; i < last; i++ {
		if _, err := s.Import(context.Background(), batchOf(i)); err != nil {
			return fail(err)
		}
		fmt.Println("imported", i)
		if i%5 == 4 {
			if err := s.Compact(context.Background()); err != nil {
				return fail(err)
			}
		}
	}
	for _, n := range s.Notes() {
		if n.Code == "compaction_failed" {
			return fail(errors.New(n.String()))
		}
	}
	if err := s.Close(); err != nil {
		return fail(err)
	}
	return 0
}

// histories are the digests of the state after each number of imports.
var histories = sync.OnceValue(func() [][32]byte {
	var out [][32]byte
	var sets []market.Dataset
	for i := range lifespan + 1 {
		out = append(out, oracle(sets).AsOf(end).Digest())
		sets = append(sets, batchOf(i)...)
	}
	return out
})

// imports tells how many imports a store holds, and fails when it holds a part of one.
func imports(t *testing.T, dir string, digests [][32]byte) int {
	t.Helper()
	s, err := OpenReadOnly(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	got := mustAsOf(t, s, end).Digest()
	for n, d := range digests {
		if d == got {
			return n
		}
	}
	t.Fatal("the store holds no whole number of imports")
	return 0
}

// kill runs a victim and kills it after a time, or lets it kill itself at a step. It returns the
// last import that the victim was told of and whether it was killed.
func kill(t *testing.T, dir string, first, last, step int, after time.Duration) (acknowledged int, killed bool) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "FAULTLINE_STORE_VICTIM="+dir, "FAULTLINE_STORE_FIRST="+strconv.Itoa(first), "FAULTLINE_STORE_LAST="+strconv.Itoa(last))
	if step > 0 {
		cmd.Env = append(cmd.Env, "FAULTLINE_STORE_STEP="+strconv.Itoa(step))
	}
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	acknowledged = first
	lines := bufio.NewReader(out)
	if step == 0 {
		if _, err := lines.ReadString('\n'); err != nil { // it has opened the store
			t.Fatal("the victim did not open the store")
		}
		time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
	}
	for {
		line, err := lines.ReadString('\n')
		if err == io.EOF {
			break // what stands in a cut line was not told
		}
		var i int
		if _, err := fmt.Sscanf(line, "imported %d\n", &i); err == nil {
			acknowledged = i + 1
		}
	}
	err = cmd.Wait()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return acknowledged, false
	case errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL:
		return acknowledged, true
	}
	t.Fatal("the victim failed:", err)
	return 0, false
}

// A process killed at any moment leaves all imports that it finished, and at most the whole of the
// one that it was in. A reader that looks on meanwhile sees whole imports only, and never fewer than
// before.
func TestKilledProcessLosesNothingAcknowledged(t *testing.T) {
	kills, seed := 20, uint64(20251120)
	switch {
	case proof:
		kills = 1000
	case testing.Short():
		kills = 5
	}
	rng := rand.New(rand.NewPCG(seed, 0))
	digests := histories()
	dir, first := t.TempDir(), 0
	done, torn := 0, 0
	for done < kills {
		stop, seen := make(chan bool), make(chan int)
		if first > 0 {
			go watch(t, dir, digests, stop, seen)
		}
		acknowledged, killed := kill(t, dir, first, lifespan, 0, time.Duration(rng.IntN(120_000))*time.Microsecond)
		watched := 0
		if first > 0 {
			close(stop)
			watched = <-seen
		}
		n := imports(t, dir, digests)
		if n < acknowledged || n > acknowledged+1 || n < watched {
			t.Fatalf("kill %d: the store holds %d imports, %d were acknowledged, a reader saw %d", done, n, acknowledged, watched)
		}
		if s, err := OpenReadOnly(dir); err != nil {
			t.Fatal(err)
		} else if len(s.Notes()) > 0 {
			torn++
		}
		if killed {
			done++
		}
		first = n
		if n >= lifespan {
			dir, first = t.TempDir(), 0
		}
	}
	t.Logf("%d kills, %d of them left a cut-off import", done, torn)
}

// watch reads the store until it is told to stop.
func watch(t *testing.T, dir string, digests [][32]byte, stop chan bool, seen chan int) {
	last := 0
	defer func() { seen <- last }()
	s, err := OpenReadOnly(dir)
	if err != nil {
		t.Error(err)
		return
	}
	defer s.Close()
	for {
		select {
		case <-stop:
			return
		default:
		}
		v, err := s.AsOf(context.Background(), end)
		if err != nil {
			t.Error("a reader beside the writer:", err)
			return
		}
		n := -1
		for i, d := range digests {
			if d == v.Digest() {
				n = i
			}
		}
		if n < last {
			t.Errorf("a reader beside the writer saw %d imports after %d", n, last)
			return
		}
		last = n
	}
}

// The same at each step of an import and of the compaction after it, where chance seldom strikes.
func TestKilledAtEachStepLosesNothingAcknowledged(t *testing.T) {
	digests := histories()
	const before = 4 // imports that the store has, some of them compacted
	template := t.TempDir()
	s := openAt(t, template)
	for i := range before {
		mustImport(t, s, batchOf(i)...)
		if i == 2 {
			mustCompact(t, s)
		}
	}
	s.Close()
	for step := 1; ; step++ {
		dir := filepath.Join(t.TempDir(), "store")
		if err := os.CopyFS(dir, os.DirFS(template)); err != nil {
			t.Fatal(err)
		}
		acknowledged, killed := kill(t, dir, before, before+1, step, 0)
		if !killed {
			if step < 12 {
				t.Fatalf("the victim took %d steps only", step-1)
			}
			t.Logf("%d steps", step-1)
			return
		}
		n := imports(t, dir, digests)
		if n < acknowledged || n > acknowledged+1 {
			t.Fatalf("step %d: the store holds %d imports, %d were acknowledged", step, n, acknowledged)
		}
		// The next writer removes what was left and goes on.
		s = openAt(t, dir)
		mustImport(t, s, batchOf(n)...)
		mustCompact(t, s)
		if got := mustAsOf(t, s, end).Digest(); got != digests[n+1] {
			t.Fatalf("step %d: the import after the kill gives another state", step)
		}
		onlyNamedFiles(t, s)
		s.Close()
	}
}

// onlyNamedFiles checks that a writer left nothing behind that the manifest does not name.
func onlyNamedFiles(t *testing.T, s *Store) {
	t.Helper()
	v, err := s.snapshot()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{v.segment: true, manifestPath(s.dir): true, filepath.Join(s.dir, "LOCK"): true}
	for _, f := range v.man.Files {
		want[s.path(f)] = true
	}
	err = filepath.WalkDir(s.dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !want[path] {
			t.Errorf("%s was left behind", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
