package pack_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"faultline/assumption"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/feed"
	"faultline/flow/cta"
	"faultline/flow/volcontrol"
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
	// A part in a billion allows for other orders of summation; anything that a reader of the report
	// could see is a million times larger.
	ours, theirs := strings.Split(string(got), "\n"), strings.Split(want.String(), "\n")
	if len(ours) != len(theirs) {
		t.Fatalf("derived.csv has %d lines, Derive gives %d; rerun with -update and look at the difference", len(ours), len(theirs))
	}
	for i := range ours {
		a, x := lastCell(ours[i])
		b, y := lastCell(theirs[i])
		if a != b || x != y && !(math.Abs(x-y) <= 1e-9*max(math.Abs(x), math.Abs(y), 1e-3)) {
			t.Fatalf("line %d of derived.csv is %q, Derive gives %q; rerun with -update and look at the difference", i+1, ours[i], theirs[i])
		}
	}
}

// lastCell splits a line into what stands before its last number, and the number; a line without one
// is all text.
func lastCell(line string) (string, float64) {
	i := strings.LastIndexByte(line, ',')
	x, err := strconv.ParseFloat(line[i+1:], 64)
	if err != nil {
		return line, 0
	}
	return line[:i], x
}

func writeSums(t *testing.T, dir string) {
	t.Helper()
	var out bytes.Buffer
	for _, name := range []string{"derived.csv", "facts.csv", pack.MetaFile, "synthetic_futures.csv", "synthetic_macro.csv", "synthetic_rates.csv"} {
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

// No number of the derived state is one of the prices that it was made from, and every close among the
// published figures has an address.
func TestNoVendorRowShips(t *testing.T) {
	p := load(t)
	prices := map[float64]bool{}
	for _, d := range sharedBars(t).Sets() {
		for i := range d.Bars.Len() {
			for _, x := range []float64{d.Bars.Open[i], d.Bars.High[i], d.Bars.Low[i], d.Bars.Close[i], d.Bars.Volume[i]} {
				if x != 0 {
					prices[x] = true
				}
			}
		}
	}
	if len(prices) < 50_000 {
		t.Fatalf("only %d prices to compare with", len(prices))
	}
	states := 0
	for _, d := range p.Book.Sets() {
		switch {
		case d.Series != nil:
			if d.Series.Origin.Grade == evidence.Synthetic {
				continue // made up from a seed, which another test holds it to
			}
			if strings.Contains(d.Series.ID, "/assume_") {
				continue // the spans of the averages, in days: the index stood at 42 and at 140 once
			}
			for i, x := range d.Series.Value {
				states++
				if prices[x] {
					t.Errorf("%s line %d: %v is a price of the history", d.Series.ID, d.Series.Line[i], x)
				}
			}
		case d.Facts != nil:
			for _, f := range d.Facts.Rows {
				if strings.HasSuffix(f.ID, "_close") && !strings.HasPrefix(f.Source, "http") {
					t.Errorf("%s on line %d has no address", f.ID, f.Line)
				}
			}
		}
	}
	if states < 1000 {
		t.Errorf("only %d numbers of derived state", states)
	}
}

// Whoever has the file can solve two states for the return between them, u′ = (1−1/w)·u/g + 1/w. All
// that he learns stands among the published figures.
func TestTheStatesTellOnlyPublishedReturns(t *testing.T) {
	p := load(t)
	s := p.Book.AsOf(lastState.At(23, 0, calendar.NewYork()))
	closes := map[calendar.Date][]float64{}
	for _, f := range s.Facts("SPX_close") {
		closes[f.Date()] = append(closes[f.Date()], f.Value)
	}
	solved := 0
	for _, speed := range []string{"short", "medium", "long"} {
		u, err := s.Series("state/cta/SPX/average_to_price_" + speed)
		if err != nil {
			t.Fatal(err)
		}
		weights, err := s.Series("state/cta/SPX/average_weight_" + speed)
		if err != nil {
			t.Fatal(err)
		}
		carries, err := s.Series("state/cta/SPX/carry")
		if err != nil {
			t.Fatal(err)
		}
		for i := 1; i < u.Len(); i++ {
			before, now := calendar.Date(u.About[i-1]/86400), calendar.Date(u.About[i]/86400)
			w := weights.Value[i]
			ratio := (1-1/w)*u.Value[i-1]/(u.Value[i]-1/w) - carries.Value[i-1]*float64(now-before)/365
			closest := math.Inf(1)
			for _, a := range closes[now] {
				for _, b := range closes[before] {
					closest = min(closest, math.Abs(ratio-a/b))
				}
			}
			// Closes are published to 0.01 of 6500 points: 3e-6 for the ratio of two.
			if !(closest < 4e-6) {
				t.Errorf("%s: the states of %s and %s tell a ratio of %v, which no published closes have", speed, before, now, ratio)
			}
			solved++
		}
	}
	if solved < 3*7 {
		t.Errorf("only %d returns were solved for", solved)
	}
}

// Two states of the volatility-target funds tell the size of the return between them, v′ = d·v + (1−d)·r².
// All that anybody learns of it stands among the published figures.
func TestTheStatesOfFundsTellOnlyPublishedReturns(t *testing.T) {
	p := load(t)
	s := p.Book.AsOf(lastState.At(23, 0, calendar.NewYork()))
	closes := map[calendar.Date][]float64{}
	for _, f := range s.Facts("SPX_close") {
		closes[f.Date()] = append(closes[f.Date()], f.Value)
	}
	get := func(name string) *market.Series {
		v, err := s.Series("state/volcontrol/SPX/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	solved := 0
	for _, name := range []string{"target_%s_short", "target_%s_long", "parity_%s_short", "parity_%s_long"} {
		v, decay := get(fmt.Sprintf(name, "variance")), get(fmt.Sprintf(name, "assume_decay"))
		for i := 1; i < v.Len(); i++ {
			before, now := calendar.Date(v.About[i-1]/86400), calendar.Date(v.About[i]/86400)
			d := decay.Value[i]
			size := math.Sqrt((v.Value[i] - d*v.Value[i-1]) / (1 - d))
			closest := math.Inf(1)
			for _, a := range closes[now] {
				for _, b := range closes[before] {
					closest = min(closest, math.Abs(size-math.Abs(math.Log(a/b))))
				}
			}
			// Closes are published to 0.01 of 6500 points: 3e-6 for the ratio of two.
			if !(closest < 4e-6) {
				t.Errorf("%s: the states of %s and %s tell a return of ±%v, which no published closes have", name, before, now, size)
			}
			solved++
		}
	}
	if solved != 4*7 {
		t.Errorf("%d returns were solved for", solved)
	}
}

// The pack gives the reading of the trend followers and of the funds that the whole history gives.
func TestThePackReadsAsTheHistoryDoes(t *testing.T) {
	prices, p := sharedBars(t), load(t)
	sessions, err := calendar.NYSE().Sessions(firstState, lastState)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sessions {
		want, err := cta.Read(context.Background(), prices.AsOf(s.Close), assumption.Default())
		if err != nil {
			t.Fatal(err)
		}
		got, err := cta.Read(context.Background(), p.Book.AsOf(s.Close), assumption.Default())
		if err != nil {
			t.Fatalf("%s: %v", s.Date, err)
		}
		if got.From != "derived_state" || got.Session != s.Date {
			t.Errorf("%s: read from %s as of %s", s.Date, got.From, got.Session)
		}
		for k := range want.Pivots {
			// Closes are published to 0.01; half of it, scaled by a pivot near the price, is 0.005.
			if d := got.Pivots[k].Price - want.Pivots[k].Price; !(math.Abs(d) < 0.006) {
				t.Errorf("%s: the %s pivot is %v, of the history %v", s.Date, want.Pivots[k].Name, got.Pivots[k].Price, want.Pivots[k].Price)
			}
		}
		if !(math.Abs(got.PositionUSD/want.PositionUSD-1) < 1e-6) {
			t.Errorf("%s: the position is %v, of the history %v", s.Date, got.PositionUSD, want.PositionUSD)
		}
		funds, err := volcontrol.Read(context.Background(), prices.AsOf(s.Close), assumption.Default())
		if err != nil {
			t.Fatal(err)
		}
		mine, err := volcontrol.Read(context.Background(), p.Book.AsOf(s.Close), assumption.Default())
		if err != nil {
			t.Fatalf("%s: %v", s.Date, err)
		}
		if mine.From != "derived_state" || !(math.Abs(mine.EquityUSD/funds.EquityUSD-1) < 1e-6) {
			t.Errorf("%s: the funds hold %v from %s, of the history %v", s.Date, mine.EquityUSD, mine.From, funds.EquityUSD)
		}
	}
}
