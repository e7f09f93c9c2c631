package options_test

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"faultline/black"
	"faultline/calendar"
	"faultline/feed"
	"faultline/market"
	"faultline/options"
)

// Real chains lie beside the repository; their licences keep them out of it.
const shared = "../../shared/data/options"

func sharedFiles(t testing.TB, pattern string) []string {
	t.Helper()
	if _, err := os.Stat(shared); err != nil {
		t.Skip("the shared data are absent: ", err)
	}
	files, err := filepath.Glob(filepath.Join(shared, pattern))
	if err != nil || len(files) == 0 {
		t.Fatalf("no file matches %s: %v", pattern, err)
	}
	return files
}

// readChain reads the one chain of a file. The file without a date is of the close of its day.
func readChain(t testing.TB, file string) *market.Chain {
	t.Helper()
	o := feed.Options{}
	if strings.Contains(file, "2025-01-29_long") {
		o.At = time.Date(2025, time.January, 29, 16, 0, 0, 0, calendar.NewYork())
	}
	r, err := feed.ReadFile(context.Background(), file, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range r.Sets {
		if s.Chain != nil {
			return s.Chain
		}
	}
	t.Fatalf("%s holds no chain", file)
	return nil
}

func book(t testing.TB, c *market.Chain) *options.Book {
	t.Helper()
	b, err := options.Prepare(c, options.DefaultParams())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// checkBook holds what must be true of every book.
func checkBook(t *testing.T, c *market.Chain, b *options.Book) {
	t.Helper()
	if b.Len()+b.Dropped != c.Len() {
		t.Errorf("%d contracts and %d dropped of %d rows", b.Len(), b.Dropped, c.Len())
	}
	seen := make([]int, c.Len())
	for _, r := range b.Row {
		seen[r]++
	}
	reasons := map[string]int{}
	for _, r := range b.Rejected {
		reasons[r.Reason]++
		if !r.Kept {
			seen[r.Row]++
		}
	}
	for i, n := range seen {
		if n != 1 {
			t.Fatalf("row %d is in the book or dropped %d times", i, n)
		}
	}
	if fmt.Sprint(reasons) != fmt.Sprint(b.RejectedBy) {
		t.Errorf("rejected %v, counted %v", reasons, b.RejectedBy)
	}
	for g, e := range b.Expiries {
		if !(e.Years > 0) || !e.Settle.After(b.At) {
			t.Errorf("%s %s settles at %v, %v years after the quotes", e.Root, e.Date, e.Settle, e.Years)
		}
		if e.Contracts != e.End-e.First {
			t.Errorf("%s %s: %d contracts in rows %d to %d", e.Root, e.Date, e.Contracts, e.First, e.End)
		}
		if e.Absent == nil && !(e.Forward > 0 && e.Discount > 0 && e.Discount < 1.05) {
			t.Errorf("%s %s: %+v", e.Root, e.Date, e)
		}
		if g > 0 && e.Settle.Before(b.Expiries[g-1].Settle) {
			t.Errorf("%s %s comes after %s", e.Root, e.Date, b.Expiries[g-1].Date)
		}
	}
	for i := range b.Len() {
		e := &b.Expiries[b.Exp[i]]
		if i > 0 && b.Exp[i] == b.Exp[i-1] && !(b.Strike[i] > b.Strike[i-1] || b.Strike[i] == b.Strike[i-1] && b.Right[i] == black.Put && b.Right[i-1] == black.Call) {
			t.Errorf("row %d is out of order", i)
		}
		if !(b.Vol[i] > 0 && b.Vol[i] < math.Inf(1)) || b.Years[i] != e.Years || b.Forward[i] != e.Forward {
			t.Errorf("%s %s %v: vol %v, years %v, forward %v", e.Root, e.Date, b.Strike[i], b.Vol[i], b.Years[i], b.Forward[i])
		}
		if b.VolFrom[i] == 0 {
			t.Errorf("row %d has no source of its volatility", i)
		}
	}
}

func TestEveryRealChainGivesASoundBook(t *testing.T) {
	for _, pattern := range []string{"cboe_csv/*.csv", "vendor_json/*.gz", "cboe_json/*.gz", "yahoo_csv/*.csv"} {
		for _, file := range sharedFiles(t, pattern) {
			t.Run(filepath.Base(file), func(t *testing.T) {
				c := readChain(t, file)
				b, err := options.Prepare(c, options.DefaultParams())
				if err != nil {
					t.Fatal(err)
				}
				checkBook(t, c, b)
			})
		}
	}
}

// synthetics finds the bid and ask of the forward at each strike of an expiry from the chain's own
// rows, and returns those of the strike where they are closest, the nearest to the forward among equals.
func synthetics(c *market.Chain, b *options.Book, e options.Expiry) (low, high float64) {
	least, near := math.Inf(1), math.Inf(1)
	for i := e.First; i+1 < e.End; i++ {
		if b.Strike[i] != b.Strike[i+1] {
			continue
		}
		call, put := b.Row[i], b.Row[i+1]
		if !(c.Bid[call] > 0 && c.Bid[put] > 0 && c.Ask[call] >= c.Bid[call] && c.Ask[put] >= c.Bid[put]) {
			continue
		}
		lo := b.Strike[i] + (c.Bid[call]-c.Ask[put])/e.Discount
		hi := b.Strike[i] + (c.Ask[call]-c.Bid[put])/e.Discount
		width, d := hi-lo, math.Abs(b.Strike[i]-e.Forward)
		if width < least-1e-8 || width < least+1e-8 && d < near {
			least, near, low, high = width, d, lo, hi
		}
	}
	return low, high
}

func TestParityForwardOfSPXLiesWithinTheBestSynthetic(t *testing.T) {
	expiries, stale := 0, 0
	for _, pattern := range []string{"cboe_csv/spx*.csv", "vendor_json/*.gz", "cboe_json/*.gz"} {
		for _, file := range sharedFiles(t, pattern) {
			c := readChain(t, file)
			b := book(t, c)
			for _, e := range b.Expiries {
				if e.ForwardFrom != "parity" {
					continue
				}
				expiries++
				low, high := synthetics(c, b, e)
				if e.Forward >= low-1e-9 && e.Forward <= high+1e-9 {
					continue
				}
				// The cheapest pair may be of another time: then it stands against all others.
				if mid := (low + high) / 2; math.Abs(mid-e.Forward) > 1.5*(high-low) && e.ForwardLow <= e.Forward && e.Forward <= e.ForwardHigh {
					stale++
					continue
				}
				t.Errorf("%s: %s %s: forward %v outside %v–%v", filepath.Base(file), e.Root, e.Date, e.Forward, low, high)
			}
		}
	}
	t.Logf("%d expiries, in %d of them the best synthetic is stale", expiries, stale)
	if expiries < 200 || stale > expiries/100 {
		t.Errorf("%d expiries, in %d of them the best synthetic is stale", expiries, stale)
	}
}

// On whole chains the median difference to the vendor's volatility is at most 0.15 points; an expiry
// that differs more does so because the vendor's forward or clock is another one, or by less than its
// quotes resolve.
func TestVolatilitiesAgreeWithTheVendorOrTheCauseIsKnown(t *testing.T) {
	for _, file := range sharedFiles(t, "cboe_csv/*.csv") {
		c := readChain(t, file)
		b := book(t, c)
		for _, v := range options.VendorGaps(b, c) {
			e := b.Expiries[v.Expiry]
			if (v.Median > options.VendorTolerance) != (v.Cause != "") || v.Cause == "unknown" {
				t.Errorf("%s: %s %s: %+v", filepath.Base(file), e.Root, e.Date, v)
			}
		}
	}
}

// Vendors' files have zero gammas on the day of expiry. Within 15 % of the forward none is zero here,
// and every one is finite.
func TestNoGammaIsZeroWithinReachOnTheDayOfExpiry(t *testing.T) {
	days := 0
	for _, pattern := range []string{"cboe_csv/spx*.csv", "vendor_json/*.gz", "cboe_json/*.gz"} {
		for _, file := range sharedFiles(t, pattern) {
			b := book(t, readChain(t, file))
			for _, e := range b.Expiries {
				if calendar.DateIn(b.Quoted, calendar.NewYork()) != e.Date {
					continue
				}
				days++
				for i := e.First; i < e.End; i++ {
					if math.Abs(math.Log(b.Strike[i]/e.Forward)) > 0.15 {
						continue
					}
					g := black.GreeksOf(b.Right[i], b.Forward[i], b.Strike[i], b.Years[i], b.Vol[i]).Gamma
					if !(g > 0) || math.IsInf(g, 1) {
						t.Errorf("%s: strike %v has gamma %v at volatility %v from %v", filepath.Base(file), b.Strike[i], g, b.Vol[i], b.VolFrom[i])
					}
				}
			}
		}
	}
	if days == 0 {
		t.Error("no chain is of a day of expiry")
	}
}

func TestSurfaceOfRealChainsHasNoArbitrage(t *testing.T) {
	for _, file := range sharedFiles(t, "cboe_csv/*.csv") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			b := book(t, readChain(t, file))
			const n = 120
			last := make([]float64, n+1)
			for g, e := range b.Expiries {
				price := make([]float64, n+1)
				for i := range price {
					share := 0.7 + 0.6*float64(i)/n
					v, err := b.VolAt(g, share*e.Forward)
					if err != nil {
						t.Fatal(err)
					}
					price[i] = black.Price(black.Call, 1, share, e.Years, v)
				}
				for i := range price {
					// A share of 1e-9 of the index is a two-hundred-thousandth of a point.
					if i > 0 && i < n && !(price[i-1]-2*price[i]+price[i+1] > -1e-9) {
						t.Errorf("%s %s: butterfly at %v: %v", e.Root, e.Date, 0.7+0.6*float64(i)/n, price[i-1:i+2])
					}
					if !(price[i] > last[i]*(1-1e-6)-1e-9) {
						t.Errorf("%s %s: calendar at %v: %v after %v", e.Root, e.Date, 0.7+0.6*float64(i)/n, price[i], last[i])
					}
				}
				last = price
			}
		})
	}
}

func TestSurfacePassesThroughTheQuotesOfWholeChains(t *testing.T) {
	for _, file := range sharedFiles(t, "cboe_csv/spx_20*.csv") {
		b := book(t, readChain(t, file))
		expiries, inside, points := 0, 0.0, 0.0
		for _, e := range b.Expiries {
			if e.Fit.Quotes < 10 {
				continue
			}
			expiries++
			inside += e.Fit.Inside
			points += 100 * e.Fit.Median
		}
		n := float64(expiries)
		if !(inside/n > 0.9) || !(points/n < 0.15) {
			t.Errorf("%s: %.3f of the quotes inside, median error %.3f points over %d expiries", filepath.Base(file), inside/n, points/n, expiries)
		}
	}
}

// The roots of these chains are known. Taken away, they must be found again from the quotes.
func TestRootsAreFoundAgain(t *testing.T) {
	for _, name := range []string{"spx_2022-06-11.csv", "spx_2022-07-12.csv", "spx_2023-09-14.csv"} {
		file := filepath.Join(shared, "cboe_csv", name)
		sharedFiles(t, "cboe_csv/"+name)
		c := readChain(t, file)
		known := append([]string(nil), c.Root...)
		for i := range c.Root {
			c.Root[i] = ""
		}
		b := book(t, c)
		right, all := map[calendar.Date]float64{}, map[calendar.Date]float64{}
		for i := range b.Len() {
			e := b.Expiries[b.Exp[i]]
			if market.IsMissing(b.OpenInterest[i]) {
				continue
			}
			all[e.Date] += b.OpenInterest[i]
			if e.Root == known[b.Row[i]] {
				right[e.Date] += b.OpenInterest[i]
			}
		}
		total, good := 0.0, 0.0
		for d, n := range all {
			total, good = total+n, good+right[d]
			if n > 0 && !(right[d]/n > 0.9) {
				t.Errorf("%s: %s: %.3f of the open interest under the right root", name, d, right[d]/n)
			}
		}
		if !(good/total > 0.98) {
			t.Errorf("%s: %.4f of the open interest under the right root", name, good/total)
		}
	}
}

func BenchmarkPrepare(b *testing.B) {
	for _, name := range []string{"spx_2023-09-14.csv", "spx_2025-01-29_long.csv", "spy_2023-09-14.csv"} {
		b.Run(strings.TrimSuffix(name, ".csv"), func(b *testing.B) {
			sharedFiles(b, "cboe_csv/"+name)
			c := readChain(b, filepath.Join(shared, "cboe_csv", name))
			b.ReportAllocs()
			b.ReportMetric(float64(c.Len()), "contracts")
			for b.Loop() {
				if _, err := options.Prepare(c, options.DefaultParams()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
