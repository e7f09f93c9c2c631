package store

import (
	"context"
	"fmt"
	"math"
	"testing"
	"time"

	"faultline/black"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// madeChain is a chain of n contracts with invented prices, as large as a whole index chain.
func madeChain(n, day int) market.Dataset {
	c := &market.Chain{
		Origin:     market.Origin{File: fmt.Sprintf("chain_%d.csv", day), Format: "cboe_csv", Source: "made up", Grade: evidence.Synthetic, KnownAt: "quote_time"},
		Underlying: "SPX", At: time.Unix(1738184400+int64(day)*86400, 0).UTC(), Spot: 6000,
	}
	for i := range n {
		strike := 3000 + 5*float64(i/2%1000)
		x := math.Abs(math.Sin(float64(i*day + i)))
		q := market.Quote{
			Root: "SPXW", Expiry: calendar.Date(20117 + i/2000), Right: black.Call, Strike: strike, Bid: math.Round(x*4000) / 100, Ask: math.Round(x*4100) / 100,
			Last: market.Missing, Volume: float64(i % 97), OpenInterest: float64(i % 1009), IV: math.Round(x*1e4) / 1e4, Delta: math.Round(x*1e4) / 1e4, Gamma: 0.001, Line: int32(i + 5),
		}
		if i%2 == 1 {
			q.Right, q.Delta = black.Put, -q.Delta
		}
		c.Append(q)
	}
	return market.Dataset{Chain: c}
}

// madeBars is n daily bars with invented prices.
func madeBars(instrument string, n int) market.Dataset {
	b := &market.Bars{
		Origin:     market.Origin{File: instrument + ".csv", Format: "ohlc_csv", Grade: evidence.Synthetic, KnownAt: "session_close"},
		Instrument: instrument, Interval: market.Day,
	}
	for i := range n {
		p := math.Round(100*(1000+500*math.Sin(float64(i)/50))) / 100
		begin := int64(i-n+20000) * 86400
		b.Append(begin, begin+75600, p, p+3.25, p-2.5, p+0.75, float64(1e6+i), int32(i+2))
	}
	return market.Dataset{Bars: b}
}

// A whole import as a user waits for it: check, compare with what is there, write, sync.
func BenchmarkImportChain10k(b *testing.B) {
	s := open(b)
	s.limit = math.MaxInt64
	sets := make([]market.Dataset, b.N)
	for i := range sets {
		sets[i] = madeChain(10_000, i)
	}
	b.ResetTimer()
	for i := range b.N {
		if got := mustImport(b, s, sets[i]); got[0].Added != 10_000 {
			b.Fatal(got)
		}
	}
}

// The import that also compacts, into a store whose chains are compacted.
func BenchmarkImportAndCompactChain10k(b *testing.B) {
	s := open(b)
	sets := make([]market.Dataset, b.N)
	for i := range sets {
		sets[i] = madeChain(10_000, i)
	}
	b.ResetTimer()
	for i := range b.N {
		mustImport(b, s, sets[i])
		mustCompact(b, s)
	}
}

func BenchmarkImportBars25k(b *testing.B) {
	for range b.N {
		b.StopTimer()
		s := open(b)
		d := madeBars("SPX", 25_000)
		b.StartTimer()
		mustImport(b, s, d)
	}
}

// The daily case: a file that holds one row more than yesterday's.
func BenchmarkImportOneMoreBar(b *testing.B) {
	for _, where := range []string{"segment", "parquet"} {
		b.Run(where, func(b *testing.B) {
			s := open(b)
			mustImport(b, s, madeBars("SPX", 25_000))
			if where == "parquet" {
				mustCompact(b, s)
			}
			for i := range b.N {
				d := madeBars("SPX", 25_000)
				d.Bars.Append(int64(20001+i)*86400, int64(20001+i)*86400+75600, 1, 1, 1, 1, 1, 25_002)
				mustImport(b, s, d)
			}
		})
	}
}

func BenchmarkAsOf(b *testing.B) {
	for _, where := range []string{"segment", "parquet"} {
		b.Run(where, func(b *testing.B) {
			s := open(b)
			mustImport(b, s, madeBars("SPX", 25_000), madeChain(10_000, 0))
			if where == "parquet" {
				mustCompact(b, s)
			}
			b.ResetTimer()
			for range b.N {
				mustAsOf(b, s, end)
			}
		})
	}
}

// A cold reader: open the store, take the state, close.
func BenchmarkOpenAndAsOf(b *testing.B) {
	for _, where := range []string{"segment", "parquet"} {
		b.Run(where, func(b *testing.B) {
			w := open(b)
			mustImport(b, w, madeBars("SPX", 25_000), madeChain(10_000, 0))
			if where == "parquet" {
				mustCompact(b, w)
			}
			b.ResetTimer()
			for range b.N {
				s, err := OpenReadOnly(w.dir)
				if err != nil {
					b.Fatal(err)
				}
				mustAsOf(b, s, end)
				s.Close()
			}
		})
	}
}

// A year of daily files of a hundred funds, and the state of one of them.
func BenchmarkAsOfOneOfMany(b *testing.B) {
	s := open(b)
	var sets []market.Dataset
	for i := range 100 {
		sets = append(sets, madeBars(fmt.Sprintf("F%02d", i), 5_000))
	}
	mustImport(b, s, sets...)
	mustCompact(b, s)
	b.ResetTimer()
	for range b.N {
		mustAsOf(b, s, end, "bars/F42")
	}
}

func BenchmarkAsOfEverything500k(b *testing.B) {
	s := open(b)
	var sets []market.Dataset
	for i := range 100 {
		sets = append(sets, madeBars(fmt.Sprintf("F%02d", i), 5_000))
	}
	mustImport(b, s, sets...)
	mustCompact(b, s)
	b.ResetTimer()
	for range b.N {
		mustAsOf(b, s, end)
	}
}

func BenchmarkSQL(b *testing.B) {
	s := open(b)
	mustImport(b, s, madeBars("SPX", 25_000), madeChain(10_000, 0))
	mustCompact(b, s)
	b.ResetTimer()
	for range b.N {
		if _, err := s.SQL(context.Background(), "SELECT expiry, count(*) FROM chains GROUP BY ALL ORDER BY 1", 0); err != nil {
			b.Fatal(err)
		}
	}
}
