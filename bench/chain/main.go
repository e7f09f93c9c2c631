// Command chain times the way from a file to levels on a made-up index chain of 25,000 contracts, on one
// thread: the exchange's JSON read, the chain made usable (cleaning, forwards by parity, implied volatilities, surface), the
// holding, and the levels (greeks of every contract, exposure repriced on a grid, zero gamma, walls and
// pin, each with its interval over 64 draws); then what a spot tick, an option trade and a quote cost a
// live book. It prints the shortest of several runs of each, and whether the limits of the manual hold.
//
// It may import the packages that it times and what lies below them. It must not know the store.
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"log"
	"math"
	"math/rand/v2"
	"runtime"
	"time"

	"faultline/assumption"
	"faultline/black"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/feed"
	"faultline/flow/dealer"
	"faultline/market"
	"faultline/options"
)

const contracts = 25_000

// synthetic quotes the nearest sixty expiries of both roots from a smile, with spreads, contracts
// without a bid, and open interest that grows towards round strikes.
func synthetic(at time.Time) (*market.Chain, error) {
	rng := rand.New(rand.NewPCG(20, 11))
	c := &market.Chain{Underlying: "SPX", At: at, Spot: 6000, Origin: market.Origin{File: "made up", Grade: evidence.Synthetic}}
	day := calendar.DateIn(at, calendar.NewYork())
	const expiries, strikes = 60, contracts / 2 / 60
	for e := range expiries {
		days := e
		if e > 30 {
			days = 30 + (e-30)*35
		}
		for day := day + calendar.Date(days); ; day++ {
			if !calendar.NYSE().Trades(day) || listed(c, day) {
				continue
			}
			x, err := calendar.Settle("SPXW", day)
			if err != nil {
				return nil, err
			}
			years := calendar.Years(at, x.Settle)
			forward, discount := 6000*math.Exp(0.03*years), math.Exp(-0.042*years)
			for k := range strikes {
				strike := 6000 + 5*float64(k-strikes/2)
				if days > 7 {
					strike = 6000 + 25*float64(k-strikes/2)
				}
				if !(strike > 0) {
					continue
				}
				m := math.Log(strike/forward) / math.Sqrt(years+0.02)
				vol := 0.15 - 0.12*m + 0.2*m*m
				for _, r := range []black.Right{black.Call, black.Put} {
					quote(c, rng, "SPXW", day, r, strike, discount*black.Price(r, forward, strike, years, vol))
				}
			}
			break
		}
	}
	return c, nil
}

func listed(c *market.Chain, day calendar.Date) bool {
	n := c.Len()
	return n > 0 && c.Expiry[n-1] >= day
}

func quote(c *market.Chain, rng *rand.Rand, root string, day calendar.Date, r black.Right, strike, price float64) {
	tick := 0.05
	if price > 3 {
		tick = 0.1
	}
	half := 0.01*price + tick/2
	bid := math.Max(0, math.Floor((price-half)/tick)*tick)
	ask := math.Ceil((price+half)/tick) * tick
	n := math.Floor(3000 * rng.Float64())
	if math.Mod(strike, 100) == 0 {
		n *= 5
	}
	c.Append(market.Quote{
		Root: root, Expiry: day, Right: r, Strike: strike, Bid: bid, Ask: ask, Last: market.Missing,
		Volume: math.Floor(500 * rng.Float64()), OpenInterest: n,
		IV: market.Missing, Delta: market.Missing, Gamma: market.Missing, Line: int32(c.Len() + 1),
	})
}

// cboeJSON writes a chain as the exchange serves delayed quotes: 22 fields a contract, of which nine are
// read.
func cboeJSON(c *market.Chain) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `{"timestamp": %q, "data": {"options": [`, c.At.Add(15*time.Minute).UTC().Format(time.DateTime))
	for i := range c.Len() {
		if i > 0 {
			b.WriteString(", ")
		}
		y, m, d := c.Expiry[i].YMD()
		side := "C"
		if c.Right[i] == black.Put {
			side = "P"
		}
		mid := (c.Bid[i] + c.Ask[i]) / 2
		fmt.Fprintf(&b, `{"option": "%s%02d%02d%02d%s%08d", "bid": %.2f, "bid_size": %d.0, "ask": %.2f, "ask_size": %d.0, "iv": 0.%04d, "open_interest": %.1f, "volume": %.1f, "delta": 0.%04d, "gamma": 0.%04d, "vega": %.4f, "theta": -%.4f, "rho": %.4f, "theo": %.4f, "change": %.2f, "open": %.2f, "high": %.2f, "low": %.2f, "tick": "down", "last_trade_price": %.2f, "last_trade_time": "2025-11-20T10:%02d:11", "percent_change": -%.4f, "prev_day_close": %.4f}`,
			c.Root[i], y%100, int(m), d, side, int(math.Round(1000*c.Strike[i])), c.Bid[i], i%90, c.Ask[i], i%80, 1000+i%4000,
			c.OpenInterest[i], c.Volume[i], i%10000, i%300, float64(i%77)/9, float64(i%55)/7, float64(i%88)/6, mid, float64(i%9)/10, mid, mid, mid, mid,
			i%60, float64(i%44)/3, mid)
	}
	fmt.Fprintf(&b, `], "symbol": "^SPX", "current_price": %.2f, "last_trade_time": %q}, "symbol": "_SPX"}`, c.Spot, c.At.In(calendar.NewYork()).Format("2006-01-02T15:04:05"))
	return b.Bytes()
}

// fastest is the shortest of many runs.
func fastest(runs int, f func()) time.Duration {
	best := time.Duration(math.MaxInt64)
	for range runs {
		start := time.Now()
		f()
		best = min(best, time.Since(start))
	}
	return best
}

func main() {
	log.SetFlags(0)
	runs := flag.Int("runs", 30, "runs of each step, of which the shortest counts")
	flag.Parse()
	runtime.GOMAXPROCS(1)
	if err := run(*runs); err != nil {
		log.Fatal(err)
	}
}

func run(runs int) error {
	at := time.Date(2025, time.November, 20, 15, 30, 0, 0, time.UTC)
	c, err := synthetic(at)
	if err != nil {
		return err
	}
	a := assumption.Default()
	var draws []assumption.Set
	for k := range 64 {
		draws = append(draws, a.Draw(1, k))
	}
	file := cboeJSON(c)
	var read *market.Chain
	parse := func() {
		var r *feed.Result
		if r, err = feed.Read(context.Background(), bytes.NewReader(file), feed.Options{Name: "spx.json"}); err == nil {
			read = r.Sets[0].Chain
		}
	}
	var b *options.Book
	var h *dealer.Holding
	var l *dealer.Levels
	prepare := func() { b, err = options.Prepare(read, options.DefaultParams()) }
	hold := func() { h, err = dealer.FromOpenInterest(b) }
	find := func() { l = dealer.FindLevels(h, a, draws) }
	for _, f := range []func(){parse, prepare, hold} {
		if f(); err != nil {
			return err
		}
	}
	find()
	fmt.Printf("%d rows, %d contracts, %d expiries, %d grid points, 64 draws; shortest of %d runs, one thread\n\n",
		c.Len(), b.Len(), len(b.Expiries), len(l.Profile.Price), runs)
	report := func(what string, d time.Duration) { fmt.Printf("%-46s %9.3f ms\n", what, d.Seconds()*1e3) }
	parsing := fastest(runs, parse)
	report("parse", parsing)
	report("clean, forwards, volatilities, surface", fastest(runs, prepare))
	report("holding", fastest(runs, hold))
	report("greeks, profile, levels, intervals", fastest(runs, find))
	whole := fastest(runs, func() { parse(); prepare(); hold(); find() })
	report("file to levels", whole)
	speed := float64(len(file)) / parsing.Seconds() / 1e9
	live := dealer.NewLive(h, a, ladder(b.Spot))
	price := b.Spot
	tick := fastest(10*runs, func() { price = 2*b.Spot + 1 - price; live.Tick(price) })
	report("spot tick, whole chain marked again", tick)
	rng := rand.New(rand.NewPCG(1, 2))
	const trades = 1 << 16
	rows, size, mids := make([]int32, trades), make([]float64, trades), make([]float64, trades)
	for i := range rows {
		for market.IsMissing(mids[i]) || mids[i] == 0 {
			rows[i], size[i] = int32(rng.IntN(b.Len())), float64(rng.IntN(21)-10)
			mids[i] = b.Mid[rows[i]]
		}
	}
	trade := fastest(runs, func() { live.Trade(rows, size) })
	mark := fastest(runs, func() { live.Quote(rows, mids) })
	fmt.Printf("%-46s %9.1f ns\n", "option trade into the ladder", float64(trade.Nanoseconds())/trades)
	fmt.Printf("%-46s %9.1f ns\n\n", "quote to volatility", float64(mark.Nanoseconds())/trades)
	verdict := "met"
	if !(speed >= 1.2) {
		verdict = "NOT met"
	}
	fmt.Printf("%-24s %8.2f of at least %g: %s (%.1f MB)\n", "parse, GB/s", speed, 1.2, verdict, float64(len(file))/1e6)
	for _, x := range []struct {
		what         string
		got, allowed float64
	}{
		{"file to levels, ms", whole.Seconds() * 1e3, 40},
		{"spot tick, µs", tick.Seconds() * 1e6, 150},
		{"trade, ns", float64(trade.Nanoseconds()) / trades, 10},
		{"quote, ns", float64(mark.Nanoseconds()) / trades, 100},
	} {
		verdict := "met"
		if !(x.got <= x.allowed) {
			verdict = "NOT met"
		}
		fmt.Printf("%-24s %8.2f of %g: %s\n", x.what, x.got, x.allowed, verdict)
	}
	return nil
}

func ladder(spot float64) (p [dealer.Rungs]float64) {
	for j, m := range dealer.Moves {
		p[j] = spot * (1 + m)
	}
	return p
}
