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

// syntheticMacro makes up the economy since 2003 that the pack carries in place of the series that only
// vendors may pass on. Three factors (slack, growth, inflation) drive it; the sizes are those that such
// series have. Its last unemployment rates, payroll changes and sentiment are the published figures of
// facts.csv, and its prices rise over the last year as was published. It ends with what had been collected by the end of November 2025, so that what the lapse of
// funding delayed is late here too.
func syntheticMacro() []byte {
	const first, months = 12 * 2003, 12*23 - 1
	g := rand.New(rand.NewPCG(20251119, 1))
	slack, growth, price := make([]float64, months), make([]float64, months), make([]float64, months)
	trend := make([]float64, months)
	for t := range months {
		if t == 0 {
			trend[t] = 2.4
			continue
		}
		growth[t] = 0.55*growth[t-1] + 0.8*g.NormFloat64()
		slack[t] = 0.985*slack[t-1] - 0.08*growth[t] + 0.05*g.NormFloat64()
		price[t] = 0.45*price[t-1] + 0.8*g.NormFloat64()
		trend[t] = 2.4 + 0.985*(trend[t-1]-2.4) + 0.07*g.NormFloat64()
	}
	ar := func(rho, sd float64) []float64 {
		e := make([]float64, months)
		for t := 1; t < months; t++ {
			e[t] = rho*e[t-1] + sd*g.NormFloat64()
		}
		return e
	}
	level := func(start float64, step func(t int) float64) []float64 {
		x := make([]float64, months)
		x[0] = start
		for t := 1; t < months; t++ {
			x[t] = x[t-1] * math.Exp(step(t)/1200)
		}
		return x
	}
	core := ar(0, 0.8)
	columns := []struct {
		head  string
		last  int // months before December 2025 that were not collected by the end of November
		round float64
		x     []float64
	}{
		{"core consumer prices (CPILFESL)", 2, 1e-3, level(193, func(t int) float64 { return trend[t] + 0.25*price[t] - 0.2*slack[t] + core[t] })},
		{"unemployment rate (UNRATE)", 2, 0.1, nil},
		{"payrolls (PAYEMS)", 2, 1, nil},
		{"consumer prices (CPIAUCSL)", 2, 1e-3, level(182, func(t int) float64 { return trend[t] + 2.2*price[t] + core[t]*0.6 + 0.8*g.NormFloat64() })},
		{"core prices of spending (PCEPILFE)", 3, 1e-3, level(80, func(t int) float64 { return trend[t] - 0.2 + 0.3*price[t] + 0.5*core[t] + 0.9*g.NormFloat64() })},
		{"producer prices (PPIACO)", 2, 1e-3, level(135, func(t int) float64 { return 2 + 9*price[t] + 6*g.NormFloat64() })},
		{"retail sales (RSAFS)", 2, 1, level(301000, func(t int) float64 { return 4 + 5*growth[t] + 2*price[t] + 9*g.NormFloat64() })},
		{"industrial production (INDPRO)", 2, 1e-4, level(90, func(t int) float64 { return 0.8 + 4*growth[t] + 5*g.NormFloat64() })},
		{"building permits (PERMIT)", 3, 1, nil},
		{"private payrolls (ADPMNUSNERSA)", 1, 1, nil},
		{"consumer sentiment (UMCSENT)", 0, 0.1, nil},
		{"card spending (CARDSPEND)", 1, 1e-3, level(100, func(t int) float64 { return 4 + 4*growth[t] + 1.5*price[t] + 8*g.NormFloat64() })},
	}
	set := func(id string) *[]float64 {
		for i := range columns {
			if strings.Contains(columns[i].head, "("+id+")") {
				return &columns[i].x
			}
		}
		panic(id)
	}
	september := 12*2025 + 8 - first
	// Consumer prices and core prices rose by 3.0 % over the year to September 2025, as published on 24 October
	// (fixedincome.fidelity.com, MT Newswires of that day). A hundredth more keeps the rate on that side when
	// the index is rounded.
	for _, id := range []string{"CPIAUCSL", "CPILFESL"} {
		x := *set(id)
		off := math.Log(1.0301 * x[september-12] / x[september])
		for t := september - 11; t < months; t++ {
			x[t] *= math.Exp(off * min(1, float64(t-september+12)/12))
		}
	}
	unemployment, e := make([]float64, months), ar(0.97, 0.04)
	for t := range months {
		unemployment[t] = 5.2 + 1.3*slack[t] + e[t] + 0.06*g.NormFloat64()
	}
	// The last two are published; a straight line over ten years leads there.
	shift := [2]float64{4.3 - unemployment[september-1], 4.4 - unemployment[september]}
	for t := range months {
		unemployment[t] += shift[0] * max(0, min(1, float64(t-(september-121))/120))
	}
	unemployment[september-1], unemployment[september] = 4.3, 4.4
	*set("UNRATE") = unemployment
	jobs, private, change := make([]float64, months), make([]float64, months), make([]float64, months)
	for t := range months {
		change[t] = math.Round(110 + 110*growth[t] + 45*g.NormFloat64())
	}
	// July follows from the three-month average of 62 that a page states with the report of September.
	change[september-2], change[september-1], change[september] = 71, -4, 119
	jobs[0], private[0] = 130_300, 108_600
	for t := 1; t < months; t++ {
		jobs[t] = jobs[t-1] + change[t]
		private[t] = private[t-1] + math.Round(0.75*change[t]+10+55*g.NormFloat64())
	}
	*set("PAYEMS"), *set("ADPMNUSNERSA") = jobs, private
	permits, sentiment := make([]float64, months), make([]float64, months)
	a, b := ar(0.97, 0.05), ar(0.85, 3)
	for t := range months {
		permits[t] = 1400 * math.Exp(-0.12*slack[t]+a[t])
		sentiment[t] = 84 - 6*slack[t] + b[t]
	}
	low := 51.0 - sentiment[months-1] // published for November 2025
	for t := range months {
		sentiment[t] += low * max(0, min(1, float64(t-(months-61))/60))
	}
	*set("UMCSENT"), *set("PERMIT") = sentiment, permits

	rows := map[string][]string{}
	var days []string
	cells := len(columns) + 2
	put := func(d calendar.Date, column int, x, round float64) {
		k := d.String()
		if rows[k] == nil {
			rows[k] = make([]string, cells)
			days = append(days, k)
		}
		rows[k][column] = fmt.Sprintf("%.*f", int(math.Round(-math.Log10(min(round, 1)))), math.Round(x/round)*round)
	}
	claims := ar(0.9, 0.02)
	breakeven := ar(0.9, 0.1)
	for d := calendar.DateOf(2003, 1, 1); d <= calendar.DateOf(2025, 11, 28); d++ {
		y, m, day := d.YMD()
		t := 12*y + int(m) - 1 - first
		if day == 1 {
			for c, col := range columns {
				if t <= months-1-col.last {
					put(d, c, col.x[t], col.round)
				}
			}
		}
		if d.Weekday() == time.Saturday && d <= calendar.DateOf(2025, 11, 15) {
			put(d, len(columns), 255_000*math.Exp(0.16*slack[t]+claims[t]+0.03*g.NormFloat64()), 1000)
		}
		if y >= 2018 && calendar.NYSE().Trades(d) && d <= calendar.DateOf(2025, 11, 28) {
			put(d, len(columns)+1, 0.6*trend[t]+0.75-0.1*slack[t]+0.12*price[t]+breakeven[t]+0.04*g.NormFloat64(), 0.01)
		}
	}
	var out bytes.Buffer
	out.WriteString("Date")
	for _, c := range columns {
		out.WriteString("," + c.head)
	}
	out.WriteString(",jobless claims (ICSA),five-year breakeven (T5YIE)\n")
	for _, k := range days {
		out.WriteString(k + "," + strings.Join(rows[k], ",") + "\n")
	}
	return out.Bytes()
}

// The shipped file is what the seed gives. Rerun with -update after a change of the generator.
func TestTheShippedEconomyIsWhatItsSeedMakes(t *testing.T) {
	want := syntheticMacro()
	path := filepath.Join("..", "packs", "nov2025", "synthetic_macro.csv")
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
