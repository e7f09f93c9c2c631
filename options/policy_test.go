package options

import (
	"encoding/csv"
	"math"
	"os"
	"strconv"
	"testing"
	"time"

	"faultline/calendar"
)

func TestPolicyRateIsTheTargetOfTheDay(t *testing.T) {
	f := func(y int, m time.Month, d int, want float64) {
		t.Helper()
		got, known := policyRate(date(y, m, d))
		if known != (want >= 0) || known && got != want {
			t.Errorf("%d-%02d-%02d: %v, %v, want %v", y, m, d, got, known, want)
		}
	}
	f(2008, 12, 15, -1)
	f(2008, 12, 16, 0.00125)
	f(2015, 12, 16, 0.00125)
	f(2015, 12, 17, 0.00375)
	f(2023, 9, 14, 0.05375)
	f(2025, 12, 10, 0.03875)
	f(2025, 12, 11, 0.03625)
}

// The effective rate has stayed within its target range, but for days of stress in money markets.
func TestPolicyRateFollowsTheEffectiveRate(t *testing.T) {
	file, err := os.Open("../../shared/data/macro/DFF.csv")
	if err != nil {
		t.Skip("the shared data are absent: ", err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	days := 0
	for _, row := range rows[1:] {
		d, err := calendar.ParseDate(row[0])
		if err != nil {
			t.Fatal(err)
		}
		rate, known := policyRate(d)
		percent, err := strconv.ParseFloat(row[1], 64)
		if !known || err != nil {
			continue
		}
		days++
		if !(math.Abs(100*rate-percent) < 0.2) {
			t.Errorf("%s: target %v, effective rate %v %%", d, rate, percent)
		}
	}
	if days < 1000 {
		t.Errorf("only %d days", days)
	}
}
