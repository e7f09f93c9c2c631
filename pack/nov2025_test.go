package pack_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"faultline/assumption"
	"faultline/calendar"
	"faultline/feed"
	"faultline/market"
	"faultline/pack"
	"faultline/packs"
)

var update = flag.Bool("update", false, "write packs/nov2025/derived.csv and SHA256SUMS anew")

const shared = "../../shared/data"

var (
	firstState = calendar.DateOf(2025, 11, 18)
	lastState  = calendar.DateOf(2025, 11, 28)
)

// sharedBars reads the daily S&P 500 history that the derived state was made from.
func sharedBars(t testing.TB) *market.Book {
	t.Helper()
	path := filepath.Join(shared, "daily", "GSPC.csv")
	r, err := feed.ReadFile(context.Background(), path, feed.Options{})
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("needs the data beside the repository: shared/data/daily/GSPC.csv")
	}
	if err != nil {
		t.Fatal(err)
	}
	b := &market.Book{}
	b.Add(r.Sets...)
	return b
}

// The shipped file is what the documented command makes. Rerun with -update after a change of the
// model or of the assumptions that its state depends on.
func TestTheShippedStateIsWhatTheCommandMakes(t *testing.T) {
	sets, err := pack.Derive(context.Background(), sharedBars(t), firstState, lastState, assumption.Default())
	if err != nil {
		t.Fatal(err)
	}
	var want bytes.Buffer
	if err := pack.WriteDerived(&want, sets); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("..", "packs", "nov2025", "derived.csv")
	if *update {
		if err := os.WriteFile(path, want.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		writeSums(t, filepath.Dir(path))
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want.Bytes()) {
		t.Errorf("derived.csv differs from what Derive gives; rerun with -update and look at the difference")
	}
}

func writeSums(t *testing.T, dir string) {
	t.Helper()
	var out bytes.Buffer
	for _, name := range []string{"derived.csv", "facts.csv", pack.MetaFile} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&out, "%x  %s\n", sha256.Sum256(text), name)
	}
	if err := os.WriteFile(filepath.Join(dir, pack.SumsFile), out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

func nov2025(t testing.TB) fs.FS {
	t.Helper()
	f, err := packs.Open("nov2025")
	if err != nil {
		t.Fatal(err)
	}
	return f
}
