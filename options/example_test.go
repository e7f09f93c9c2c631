package options_test

import (
	"fmt"
	"math"
	"time"

	"faultline/black"
	"faultline/calendar"
	"faultline/market"
	"faultline/options"
)

// A chain of one expiry, quoted a nickel on either side of a volatility of 15 %.
func ExamplePrepare() {
	at := time.Date(2025, time.March, 4, 11, 0, 0, 0, calendar.NewYork())
	expiry := calendar.DateOf(2025, time.April, 4)
	settle, err := calendar.Settle("SPXW", expiry)
	if err != nil {
		panic(err)
	}
	years := calendar.Years(at, settle.Settle)
	c := &market.Chain{Underlying: "SPX", At: at, Spot: 5800}
	for strike := 5700.0; strike <= 5900; strike += 25 {
		for _, right := range []black.Right{black.Call, black.Put} {
			price := math.Exp(-0.043*years) * black.Price(right, 5815, strike, years, 0.15)
			c.Append(market.Quote{Root: "SPXW", Expiry: expiry, Right: right, Strike: strike, Bid: price - 0.05, Ask: price + 0.05, OpenInterest: 100})
		}
	}
	b, err := options.Prepare(c, options.DefaultParams())
	if err != nil {
		panic(err)
	}
	e := b.Expiries[0]
	v, err := b.VolAt(0, 5812.5)
	if err != nil {
		panic(err)
	}
	fmt.Printf("%d contracts of %s %s settle %s\n", e.Contracts, e.Root, e.Date, e.Style)
	fmt.Printf("forward %.1f by %s, volatility at 5812.5: %.1f %%\n", e.Forward, e.ForwardFrom, 100*v)
	// Output:
	// 18 contracts of SPXW 2025-04-04 settle PM
	// forward 5815.0 by parity, volatility at 5812.5: 15.0 %
}
