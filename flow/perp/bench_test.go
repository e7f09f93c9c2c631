package perp

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"faultline/assumption"
)

// manyPositions makes n positions over 100 coins and all venues: sizes and leverages over orders of
// magnitude, entries within a fifth of the mark, one position in twenty in an account with others.
func manyPositions(n int) (coins []string, mark []float64, list []Position) {
	const coinsN = 100
	r := rand.New(rand.NewPCG(1, 2))
	for c := range coinsN {
		coins, mark = append(coins, fmt.Sprintf("C%02d", c)), append(mark, math.Exp(r.Float64()*10))
	}
	list = make([]Position, n)
	for i := range list {
		c := r.IntN(coinsN)
		p := &list[i]
		p.Coin, p.Venue = coins[c], VenueNames[r.IntN(len(VenueNames))]
		p.Entry = mark[c] * math.Exp(0.4*(r.Float64()-0.5))
		p.Units = math.Exp(4+8*r.Float64()) / p.Entry
		if r.IntN(2) == 0 {
			p.Units = -p.Units
		}
		p.Margin, p.Leverage = missing, math.Exp(0.3+2.2*r.Float64())
		if i%20 == 0 {
			p.Account = fmt.Sprintf("%s-%d", p.Venue, i/60)
		}
	}
	return coins, mark, list
}

var sizes = []int{10_000, 100_000, 1_000_000}

// BenchmarkMap builds the book and the maps of all coins.
func BenchmarkMap(b *testing.B) {
	for _, n := range sizes {
		coins, mark, list := manyPositions(n)
		a := assumption.Default()
		venues := Venues(a)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				book := NewBook(coins, mark, venues, nil, list)
				for c := range coins {
					book.MapOf(c, a)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/position")
		})
	}
}

// BenchmarkCascade runs a fall of a tenth in every coin to rest.
func BenchmarkCascade(b *testing.B) {
	for _, n := range sizes {
		coins, mark, list := manyPositions(n)
		a := assumption.Default()
		book := NewBook(coins, mark, Venues(a), nil, list)
		news := make([]float64, len(mark))
		for i := range news {
			news[i] = 0.9 * mark[i]
		}
		interest := make([]float64, len(coins))
		for c := range coins {
			m := book.MapOf(c, a)
			interest[c] = 5 * (m.LongUSD + m.ShortUSD) // a deep market: the cascade comes to rest
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			steps, liquidated := 0.0, 0.0
			for b.Loop() {
				c := NewCascade(book, TermsOf(coins, interest, a))
				rest, err := c.Rest(b.Context(), 6, news, 10_000)
				if err != nil || !rest {
					b.Fatalf("rest %v, %v", rest, err)
				}
				steps, liquidated = c.sec/6, 0
				for k := range c.Tally {
					liquidated += c.Tally[k].Count[0] + c.Tally[k].Count[1]
				}
			}
			b.ReportMetric(steps, "steps")
			b.ReportMetric(liquidated, "liquidated")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/position")
		})
	}
}

// What a million positions need, input and book together, stays below the limit that is promised.
func TestAMillionPositionsFitInto300Megabytes(t *testing.T) {
	if testing.Short() {
		t.Skip("a million positions take a second")
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	coins, mark, list := manyPositions(1_000_000)
	a := assumption.Default()
	book := NewBook(coins, mark, Venues(a), nil, list)
	runtime.ReadMemStats(&after)
	// Without collecting, so that the scratch memory of building counts as well.
	got := after.HeapInuse - min(before.HeapInuse, after.HeapInuse)
	t.Logf("%d MB", got>>20)
	if book.Len()+refusedCount(book.Refused) != len(list) || got > 300<<20 {
		t.Errorf("%d bytes for %d positions", got, book.Len())
	}
	runtime.KeepAlive(list)
}
