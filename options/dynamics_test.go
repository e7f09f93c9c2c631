package options

import (
	"math"
	"testing"
)

func TestDynamicsMoveTheVolatilityAtTheMoneyByTheirRatioOfTheSkew(t *testing.T) {
	_, c := indexChain()
	b := prepare(t, c)
	dst := make([]float64, b.Len())
	const x = 1.001
	for _, d := range []Dynamics{StickyDelta, StickyStrike, SurfaceImplied, 1.5} {
		b.Vols(dst, x, d)
		for g, e := range b.Expiries {
			near, gap := -1, math.Inf(1)
			for i := e.First; i < e.End; i++ {
				if m := math.Abs(b.Strike[i] - e.Forward); m < gap && b.VolFrom[i] == FromQuote {
					near, gap = i, m
				}
			}
			at := func(k float64) float64 {
				v, err := b.VolAt(g, e.Forward*math.Exp(k))
				if err != nil {
					t.Fatal(err)
				}
				return v
			}
			// The strike at the money today is ln x in the money after the move.
			k := math.Log(b.Strike[near] / e.Forward)
			h := 1e-4
			skew := (at(k+h) - at(k-h)) / (2 * h)
			want := (float64(d) - 1) * skew * math.Log(x)
			if got := dst[near] - b.Vol[near]; !(math.Abs(got-want) < 0.05*math.Abs(want)+1e-5) {
				t.Errorf("%s, %s %s: volatility at the money moved by %v, want %v", d, e.Root, e.Date, got, want)
			}
		}
	}
}

func TestStickyStrikeAndNoMoveChangeNothing(t *testing.T) {
	_, c := indexChain()
	b := prepare(t, c)
	dst := make([]float64, b.Len())
	f := func(x float64, d Dynamics) {
		t.Helper()
		b.Vols(dst, x, d)
		for i := range dst {
			if dst[i] != b.Vol[i] {
				t.Fatalf("%s at %v: contract %d: %v, want %v", d, x, i, dst[i], b.Vol[i])
			}
		}
	}
	f(0.9, StickyStrike)
	f(1, StickyDelta)
	f(1, SurfaceImplied)
}

func TestVolatilityStaysPositiveUnderLargeMoves(t *testing.T) {
	_, c := indexChain()
	b := prepare(t, c)
	dst := make([]float64, b.Len())
	for _, x := range []float64{0.5, 0.85, 1.15, 2} {
		for _, d := range []Dynamics{StickyDelta, SurfaceImplied} {
			b.Vols(dst, x, d)
			for i, v := range dst {
				if !(v > 0) || math.IsInf(v, 1) {
					t.Fatalf("%s at %v: contract %d has %v", d, x, i, v)
				}
			}
		}
	}
}

func BenchmarkVols(b *testing.B) {
	_, c := indexChain()
	book, err := Prepare(c, DefaultParams())
	if err != nil {
		b.Fatal(err)
	}
	dst := make([]float64, book.Len())
	for b.Loop() {
		book.Vols(dst, 1.01, StickyDelta)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(book.Len()), "ns/contract")
}

func BenchmarkVolAt(b *testing.B) {
	_, c := indexChain()
	book, err := Prepare(c, DefaultParams())
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := book.VolAt(2, 5600); err != nil {
			b.Fatal(err)
		}
	}
}
