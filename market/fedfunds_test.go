package market_test

import (
	"encoding/csv"
	"math"
	"os"
	"strconv"
	"testing"
	"time"

	"faultline/calendar"
	"faultline/market"
)

func TestTheTargetInForceIsThatOfTheDay(t *testing.T) {
	f := func(y int, m time.Month, d int, want float64) {
		t.Helper()
		got, known := market.FedFundsInForce(calendar.DateOf(y, m, d))
		if known != (want >= 0) || known && got != want {
			t.Errorf("%d-%02d-%02d: %v, %v, want %v", y, m, d, got, known, want)
		}
	}
	f(1989, 12, 20, -1) // announced on that day, in force from the next
	f(1989, 12, 21, 0.0825)
	f(2008, 12, 16, 0.01)
	f(2008, 12, 17, 0.00125)
	f(2015, 12, 16, 0.00125)
	f(2015, 12, 17, 0.00375)
	f(2023, 9, 14, 0.05375)
	f(2025, 12, 10, 0.03875)
	f(2025, 12, 11, 0.03625)
}

// The effective rate has stayed within its target range, but for days of stress in money markets.
func TestTheTargetFollowsTheEffectiveRate(t *testing.T) {
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
		rate, known := market.FedFundsInForce(d)
		if d < calendar.DateOf(2008, 12, 17) {
			continue // before, the open market desk missed its target by more, day by day
		}
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

func TestTargetsAreInOrderAndMoveByQuarters(t *testing.T) {
	list := market.FedFunds()
	for i, x := range list[1:] {
		if x.Announced <= list[i].Announced {
			t.Errorf("%s does not follow %s", x.Announced, list[i].Announced)
		}
		// Steps are of an eighth of a percent or more; the move to a range took off seven eighths.
		if eighths := (x.Rate - list[i].Rate) / 0.00125; !(math.Abs(eighths-math.Round(eighths)) < 1e-9) || eighths == 0 {
			t.Errorf("%s: from %v to %v", x.Announced, list[i].Rate, x.Rate)
		}
	}
	list[0].Rate = 1
	if market.FedFunds()[0].Rate == 1 {
		t.Error("a caller can change the table")
	}
}
