package pack_test

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"faultline/calendar"
)

// syntheticRates makes up Treasury par yields at the ends of months since 2005 and day by day in November
// 2025, the balance of the Federal Reserve by Wednesday since 2024, and secured funding day by day in
// 2025. A level, a slope and a hump drive the yields; the Treasury's account fills up from October 2025
// on and funding costs more at the ends of months. None of the values is a published figure.
func syntheticRates() []byte {
	g := rand.New(rand.NewPCG(20251119, 2))
	columns := []string{"DGS6MO", "DGS1", "DGS2", "DGS5", "DGS7", "DGS10", "DGS30", "WALCL", "WTREGEN", "RRPONTSYD", "SOFR"}
	years := []float64{0.5, 1, 2, 5, 7, 10, 30}
	level, slope, hump := 3.6, 0.9, 0.2
	const lift = 1.9                            // so that the last yields are of the size that yields of the time had
	interest := func(d calendar.Date) float64 { // on reserves, as the Federal Reserve's notes state it
		switch {
		case d >= calendar.DateOf(2025, 10, 30):
			return 3.90
		case d >= calendar.DateOf(2025, 9, 18):
			return 4.15
		}
		return 4.40
	}
	var out bytes.Buffer
	out.WriteString("Date")
	for _, c := range columns {
		fmt.Fprintf(&out, ",made up (%s)", c)
	}
	out.WriteByte('\n')
	account, excess := 0.0, 0.0
	for d := calendar.DateOf(2005, 1, 3); d <= calendar.DateOf(2025, 11, 28); d++ {
		if !calendar.NYSE().Trades(d) {
			continue
		}
		// A day of each factor; they return to their means within some years.
		level += 0.0006*(3.6-level) + 0.045*g.NormFloat64()
		slope += 0.0012*(0.9-slope) + 0.03*g.NormFloat64()
		hump += 0.004*(0.2-hump) + 0.03*g.NormFloat64()
		account = 0.9*account + 12*g.NormFloat64()
		excess = 0.8*excess + 0.6*g.NormFloat64()
		next, err := calendar.NYSE().Next(d)
		if err != nil {
			panic(err)
		}
		y, m, _ := d.YMD()
		_, after, _ := next.Date.YMD()
		cells := make([]string, len(columns))
		if monthEnd := after != m; monthEnd || d >= calendar.DateOf(2025, 11, 1) {
			for i, t := range years {
				x := math.Exp(-t / 2.5)
				cells[i] = fmt.Sprintf("%.2f", max(0.05, lift+level-slope*x+hump*(t/2)*x+0.35*(1-math.Exp(-t/12))+0.01*g.NormFloat64()))
			}
		}
		if y >= 2024 && d.Weekday() == time.Wednesday {
			filled := 250 * max(0, min(1, float64(d-calendar.DateOf(2025, 9, 24))/35)) // while the government was shut
			cells[7] = fmt.Sprintf("%.0f", 7.6e6-1.0e6*float64(d-calendar.DateOf(2024, 1, 3))/690+2000*g.NormFloat64())
			cells[8] = fmt.Sprintf("%.0f", 1000*(720+filled+account))
			cells[9] = fmt.Sprintf("%.3f", 6+500*math.Exp(-float64(d-calendar.DateOf(2024, 1, 3))/180))
		}
		if y >= 2025 {
			turn := 0.0
			if after != m {
				turn = 14
			}
			cells[10] = fmt.Sprintf("%.2f", interest(d)+(-6+9*float64(d-calendar.DateOf(2025, 1, 1))/320+turn+excess)/100)
		}
		if strings.Join(cells, "") != "" {
			out.WriteString(d.String() + "," + strings.Join(cells, ",") + "\n")
		}
	}
	return out.Bytes()
}

// syntheticFutures makes up the fed funds futures of four days of November 2025 so that they say of
// December what was published: a cut with 51.0, 30.1, 39.1 and 71.0 %. The rate is 3.88 % throughout
// November, a cut moves it by a quarter of a point from 11 December on, and of January 15 % of a cut are
// expected. A month's price is 100 less the mean of its days.
func syntheticFutures() []byte {
	var out bytes.Buffer
	out.WriteString("contract_symbol,contract_month,contract_year,close_price,as_of_date\n")
	for i, cut := range []float64{0.510, 0.301, 0.391, 0.710} {
		day := calendar.DateOf(2025, 11, 18+i)
		december := 3.88 - 0.25*cut
		january := december - 0.25*0.15
		for _, c := range []struct {
			symbol      string
			month, year int
			mean        float64
		}{
			{"ZQX25", 11, 2025, 3.88},
			{"ZQZ25", 12, 2025, (10*3.88 + 21*december) / 31},
			{"ZQF26", 1, 2026, (28*december + 3*january) / 31},
			{"ZQG26", 2, 2026, january},
		} {
			fmt.Fprintf(&out, "%s,%d,%d,%.4f,%s\n", c.symbol, c.month, c.year, 100-c.mean, day)
		}
	}
	return out.Bytes()
}

func TestTheShippedRatesAreWhatTheirSeedMakes(t *testing.T) {
	for name, want := range map[string][]byte{"synthetic_rates.csv": syntheticRates(), "synthetic_futures.csv": syntheticFutures()} {
		path := filepath.Join("..", "packs", "nov2025", name)
		if *update {
			if err := os.WriteFile(path, want, 0o644); err != nil {
				t.Fatal(err)
			}
			writeSums(t, filepath.Dir(path))
		}
		have, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(have, want) {
			t.Errorf("%s is not what its seed gives; rerun with -update and look at the difference", path)
		}
	}
}
