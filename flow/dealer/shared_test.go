package dealer_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"faultline/calendar"
	"faultline/feed"
	"faultline/flow/dealer"
	"faultline/market"
	"faultline/options"
)

// Real data lie beside the repository; their licences keep them out of it.
const shared = "../../../shared/data"

func sharedFiles(t testing.TB, pattern string) []string {
	t.Helper()
	if testing.Short() {
		t.Skip("short: reads the shared data")
	}
	if _, err := os.Stat(shared); err != nil {
		t.Skip("the shared data are absent: ", err)
	}
	files, err := filepath.Glob(filepath.Join(shared, pattern))
	if err != nil || len(files) == 0 {
		t.Fatalf("no file matches %s: %v", pattern, err)
	}
	return files
}

func readSets(t testing.TB, file string) []market.Dataset {
	t.Helper()
	o := feed.Options{}
	if strings.Contains(file, "2025-01-29_long") { // a file without a date: it is of the close of its day
		o.At = time.Date(2025, time.January, 29, 16, 0, 0, 0, calendar.NewYork())
	}
	r, err := feed.ReadFile(context.Background(), file, o)
	if err != nil {
		t.Fatal(err)
	}
	return r.Sets
}

func readChain(t testing.TB, file string) *market.Chain {
	t.Helper()
	for _, s := range readSets(t, file) {
		if s.Chain != nil {
			return s.Chain
		}
	}
	t.Fatalf("%s holds no chain", file)
	return nil
}

func prepare(t testing.TB, c *market.Chain) *options.Book {
	t.Helper()
	b, err := options.Prepare(c, options.DefaultParams())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func holding(t rapid.TB, b *options.Book) *dealer.Holding {
	t.Helper()
	h, err := dealer.FromOpenInterest(b)
	if err != nil {
		t.Fatal(err)
	}
	return h
}
