package calendar_test

import (
	"fmt"
	"time"

	"faultline/calendar"
)

// The third Friday of November 2025 settles two S&P 500 roots, six and a half hours apart.
func ExampleSettle() {
	friday := calendar.StandardMonthly(2025, time.November)
	now := calendar.DateOf(2025, time.November, 20).At(16, 0, calendar.NewYork())
	for _, root := range []string{"SPX", "SPXW"} {
		s, err := calendar.Settle(root, friday)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(root, s.Style, s.Settle.Format(time.RFC3339), s.Settle.Sub(now))
	}
	// Output:
	// SPX AM 2025-11-21T09:30:00-05:00 17h30m0s
	// SPXW PM 2025-11-21T16:00:00-05:00 24h0m0s
}

func ExampleExchange_Session() {
	_, err := calendar.NYSE().Session(calendar.DateOf(2025, time.April, 18))
	fmt.Println(err)
	s, _ := calendar.NYSE().Session(calendar.DateOf(2025, time.November, 28))
	fmt.Println(s.Close.Format(time.Kitchen), s.Half)
	// Output:
	// NYSE is closed on 2025-04-18: Good Friday
	// 1:00PM true
}

// Over Thanksgiving, five days of calendar time hold half a session of market time.
func ExampleClock_Years() {
	from := calendar.DateOf(2025, time.November, 26).At(16, 0, calendar.NewYork())
	to := calendar.DateOf(2025, time.December, 1).At(9, 30, calendar.NewYork())
	open, err := calendar.Clock{}.Years(calendar.NYSE(), from, to)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.2f calendar days, %.2f sessions\n", calendar.Years(from, to)*365, open*252)
	// Output:
	// 4.73 calendar days, 0.54 sessions
}
