package feed

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"faultline/calendar"
)

// bigQuoteTable is a made-up quote table of so many lines: 21 expiries, strikes five points apart.
func bigQuoteTable(lines int) []byte {
	var b bytes.Buffer
	b.WriteString("\nS&P 500 INDEX,Last: 5210.5,Change:  -3.25\n\"Date: March 14, 2024 at 2:05 PM EDT\",Bid: 5209.9,Ask: 5211.1,Size: 1*1,Volume: 0\n" + quoteHeader)
	for i := range lines {
		strike := 2800 + 5*(i%480)
		expiry := date("2024-03-15") + calendar.Date(14*(i/480))
		y, m, dd := expiry.YMD()
		stamp := fmt.Sprintf("%02d%02d%02d", y%100, int(m), dd)
		text := fmt.Sprintf("%s %s %02d %d", expiry.Weekday().String()[:3], m.String()[:3], dd, y)
		fmt.Fprintf(&b, "%s,SPXW%sC%08d,%.2f,-1.1,%.1f,%.1f,%d,0.%04d,0.%04d,0.0012,%d,%d.00,SPXW%sP%08d,%.2f,0.2,%.1f,%.1f,%d,0.%04d,-0.%04d,0.0012,%d\n",
			text, stamp, strike*1000, float64(i%900)+0.35, float64(i%900)+0.1, float64(i%900)+0.6, i%77, 1000+i%4000, i%9999, i%12000, strike,
			stamp, strike*1000, float64(i%700)+0.15, float64(i%700)+0.1, float64(i%700)+0.4, i%33, 1000+i%4000, i%9999, i%9000)
	}
	return b.Bytes()
}

func benchmarkRead(b *testing.B, data []byte, name string, rows int) {
	b.Helper()
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		r, err := Read(context.Background(), bytes.NewReader(data), Options{Name: name})
		if err != nil {
			b.Fatal(err)
		}
		if r.Report.Accepted != rows {
			b.Fatalf("%d rows, want %d (%v)", r.Report.Accepted, rows, r.Report.ByReason)
		}
	}
}

// A Cboe quote table of 10,000 lines, 20,000 contracts, must be read in less than 150 ms.
func BenchmarkCboeTable10k(b *testing.B) { benchmarkRead(b, bigQuoteTable(10000), "spx.csv", 20000) }

func BenchmarkVendorJSON4k(b *testing.B) {
	var s strings.Builder
	s.WriteString(`{"date": "2024-03-14", "spot": 5210.5, "timestamp": "2024-03-14T21:32:02.584613", "expiries": {"2024-03-18": [`)
	for i := range 4000 {
		if i > 0 {
			s.WriteString(", ")
		}
		side := [2]string{"Call", "Put"}[i%2]
		fmt.Fprintf(&s, `{"strikePrice": %d, "lastPrice": %.2f, "volatility": 0.%04d, "delta": 0.%06d, "gamma": 0.00%04d, "theta": -1.064368, "vega": 0.009279, "rho": -0.000435, "openInterest": %d, "volume": %d, "optionType": "%s", "daysToExpiration": 4, "expirationDate": "2024-03-18", "bidPrice": %.1f, "askPrice": %.1f}`,
			2000+i/2, float64(i%500), 1000+i%3000, i*7, i%9999, i%40000, i%77, side, float64(i%500), float64(i%500)+0.3)
	}
	s.WriteString("]}}")
	benchmarkRead(b, []byte(s.String()), "x.json", 4000)
}

func BenchmarkDailyBars10k(b *testing.B) {
	var s strings.Builder
	s.WriteString("date,open,high,low,close,volume\n")
	n := 0
	for d := date("1985-01-01"); n < 10000; d++ {
		if worksIn(d) && d.Weekday() != 0 && d.Weekday() != 6 {
			fmt.Fprintf(&s, "%s,17.65999984741211,17.95999984741211,17.25999984741211,17.75999984741211,%d\n", d, 1000000+n)
			n++
		}
	}
	benchmarkRead(b, []byte(s.String()), "SPX.csv", 10000)
}

func BenchmarkMinuteBars50k(b *testing.B) {
	var s strings.Builder
	s.WriteString("datetime,open,high,low,close,volume\n")
	n := 0
	for d := date("2024-01-02"); n < 50000; d++ {
		for m := 570; m < 960 && n < 50000; m++ {
			fmt.Fprintf(&s, "%s %02d:%02d:00,659.5800,660.0100,659.4750,659.9600,%d\n", d, m/60, m%60, n)
			n++
		}
	}
	benchmarkRead(b, []byte(s.String()), "SPY.csv", 50000)
}

func BenchmarkFred16k(b *testing.B) {
	var s strings.Builder
	s.WriteString("observation_date,DGS10\n")
	n := 0
	for d := date("1985-01-01"); n < 16000; d++ {
		fmt.Fprintf(&s, "%s,4.%02d\n", d, n%100)
		n++
	}
	benchmarkRead(b, []byte(s.String()), "DGS10.csv", 16000)
}

// bigCboeJSON is a made-up delayed-quotes file of so many contracts, in the form of the exchange's own:
// 22 fields of which nine are read, some 420 bytes a contract.
func bigCboeJSON(contracts int) []byte {
	var b bytes.Buffer
	b.WriteString(`{"timestamp": "2024-03-14 18:20:31", "data": {"options": [`)
	for i := range contracts {
		if i > 0 {
			b.WriteString(", ")
		}
		expiry := date("2024-03-15") + calendar.Date(14*(i/960))
		y, m, d := expiry.YMD()
		fmt.Fprintf(&b, `{"option": "SPXW%02d%02d%02d%s%08d", "bid": %.2f, "bid_size": %d.0, "ask": %.2f, "ask_size": %d.0, "iv": 0.%04d, "open_interest": %d.0, "volume": %d.0, "delta": 0.%04d, "gamma": 0.%04d, "vega": %.4f, "theta": -%.4f, "rho": %.4f, "theo": %.4f, "change": %.2f, "open": %.2f, "high": %.2f, "low": %.2f, "tick": "down", "last_trade_price": %.2f, "last_trade_time": "2024-03-14T14:%02d:11", "percent_change": -%.4f, "prev_day_close": %.4f}`,
			y%100, int(m), d, [2]string{"C", "P"}[i%2], (2800+5*(i%960/2))*1000,
			float64(i%900)+0.35, i%90, float64(i%900)+0.85, i%80, 1000+i%4000, i%9999, i%777, i%10000, i%300, float64(i%77)/9, float64(i%55)/7, float64(i%88)/6,
			float64(i%900)+0.5512, float64(i%9)/10, float64(i%900)+0.1, float64(i%900)+0.7, float64(i%900)+0.05, float64(i%900)+0.4, i%60, float64(i%44)/3, float64(i%900)+0.25)
	}
	b.WriteString(`], "symbol": "^SPX", "current_price": 5210.5, "last_trade_time": "2024-03-14T14:05:30"}, "symbol": "_SPX"}`)
	return b.Bytes()
}

// A Cboe file of 25,000 contracts must be read at 1.2 GB/s or more.
func BenchmarkCboeJSON25k(b *testing.B) { benchmarkRead(b, bigCboeJSON(25000), "spx.json", 25000) }
