package faultline_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"faultline"
	"faultline/assumption"
	"faultline/feed"
	"faultline/market"
)

// shared returns the folder of real market data, or skips the test where it is not there.
func shared(t testing.TB) string {
	t.Helper()
	dir := filepath.Join("..", "shared", "data")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the shared market data are not beside the repository")
	}
	return dir
}

func TestEveryCboeChainGivesLevelsAndALadder(t *testing.T) {
	if testing.Short() {
		t.Skip("short: every chain")
	}
	dir := shared(t)
	files, err := filepath.Glob(filepath.Join(dir, "options", "cboe_csv", "*.csv"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no chains in %s: %v", dir, err)
	}
	prices, err := feed.ReadFile(t.Context(), filepath.Join(dir, "daily", "GSPC.csv"), feed.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		t.Run(filepath.Base(f), func(t *testing.T) {
			chain, err := feed.ReadFile(t.Context(), f, feed.Options{})
			if err != nil {
				t.Fatal(err)
			}
			var book market.Book
			book.Add(prices.Sets...)
			book.Add(chain.Sets...)
			at := chain.Sets[0].Chain.At
			start := time.Now()
			a, err := faultline.Analyze(t.Context(), book.AsOf(at), assumption.Default())
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%v: %s at %v, spot %v, %d contracts, %d rejected, missing %v", time.Since(start).Round(time.Millisecond), a.Underlying, a.AsOf, *a.Spot.Value, chain.Sets[0].Chain.Len(), len(a.Rejected), a.Missing)
			for _, l := range a.Levels {
				text, err := json.Marshal(l)
				if err != nil {
					t.Fatal(err)
				}
				t.Logf("  %s", text)
			}
			if a.Exposure == nil || a.Ladder == nil {
				t.Fatalf("no exposure or ladder: %v", a.Missing)
			}
			text, _ := json.Marshal(a.Exposure.GEX.Total)
			t.Logf("  %s", text)
		})
	}
}
