package letf

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestEveryProductIsComplete(t *testing.T) {
	if len(products) < 30 {
		t.Fatalf("%d products", len(products))
	}
	for _, p := range products {
		if !strings.HasPrefix(p.Source, "https://") {
			t.Errorf("%s: source %q is no address", p.Ticker, p.Source)
		}
		if away := p.PublishedOn - Base; away < -60 || away > 60 {
			if p.AssetsUSD != p.PublishedUSD && math.Abs(p.AssetsUSD/p.PublishedUSD-1) > 0.001 {
				t.Errorf("%s: a figure of %s must not be carried to %s", p.Ticker, p.PublishedOn, Base)
			}
		}
	}
}

func TestATableThatIsWrongIsRefused(t *testing.T) {
	good := "ticker,underlying,multiple,assets_usd,low_usd,high_usd,published_usd,published_on,dated,source\nAAA,SPX,2,10,9,11,10,2025-10-01,stated,https://x\n"
	if all, err := parse(strings.NewReader(good)); err != nil || len(all) != 1 {
		t.Fatalf("%v, %v", all, err)
	}
	for _, change := range [][2]string{
		{"AAA,", ","},
		{",SPX,", ",,"},
		{",2,", ",0,"},
		{",2,", ",x,"},
		{",2,", ",NaN,"},
		{",2,", ",20,"},
		{"10,9,11", "8,9,11"},
		{"10,9,11", "12,9,11"},
		{"10,9,11", "10,0,11"},
		{"2025-10-01", "2025-13-01"},
		{"stated", "guessed"},
		{"https://x\n", "\n"},
		{",https://x", ""},
		{"\nAAA,SPX,2,10,9,11,10,2025-10-01,stated,https://x\n", "\nAAA,SPX,2,10,9,11,10,2025-10-01,stated,https://x\nAAA,SPX,2,10,9,11,10,2025-10-01,stated,https://x\n"},
	} {
		if _, err := parse(strings.NewReader(strings.Replace(good, change[0], change[1], 1))); err == nil {
			t.Errorf("%q for %q is accepted", change[1], change[0])
		}
	}
}

// Cheng and Madhavan (2009): a fund of −2 times trades 6 times the day's change, one of 2 times twice, in
// the direction of the move; the others by the same x² − x.
func TestTradesOfChengAndMadhavan(t *testing.T) {
	var p params
	for multiple, want := range map[float64]float64{-3: 120, -2: 60, -1: 20, 1: 0, 2: 20, 3: 60, 1.5: 7.5, -0.5: 7.5} {
		for _, r := range []float64{0.1, -0.1} {
			if got := 100 * p.trade(multiple, r); !(math.Abs(got-want*r/0.1) <= 1e-12) {
				t.Errorf("multiple %v, return %v: trades %v, want %v", multiple, r, got, want*r/0.1)
			}
		}
	}
}

func TestAFundNeverOwesAndWhatItTradesLeadsToItsMultiple(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		p := params{offset: rapid.Float64Range(0, 1).Draw(r, "offset")}
		multiple := rapid.SampledFrom([]float64{-3, -2, -1, -0.5, 1.5, 2, 3}).Draw(r, "multiple")
		x := rapid.Float64Range(-0.99, 3).Draw(r, "return")
		left := p.next(multiple, x)
		if !(left >= 0) || math.IsInf(left, 0) {
			r.Fatalf("%v is left", left)
		}
		if held := multiple*(1+x) + p.trade(multiple, x); !(math.Abs(held-multiple*left) <= 1e-12*(1+math.Abs(held))) {
			r.Fatalf("holds %v with assets of %v", held, left)
		}
	})
}

func FuzzTableOfProducts(f *testing.F) {
	f.Add(string(table))
	f.Add("ticker\n")
	f.Fuzz(func(t *testing.T, text string) {
		all, err := parse(strings.NewReader(text))
		if err != nil {
			return
		}
		for _, p := range all {
			if !(p.AssetsUSD > 0) || math.IsInf(p.AssetsUSD, 0) || p.Ticker == "" {
				t.Fatalf("%+v was accepted", p)
			}
		}
	})
}
