package cta

import (
	"errors"
	"fmt"
	"math"

	"faultline/calendar"
	"faultline/market"
)

// Table is the daily data of many markets, day after day, so that a pass over time reads memory in
// order: the value of market m on day t stands at t·Markets+m.
type Table struct {
	Markets int
	Date    []calendar.Date
	Growth  []float64 // of the carry-adjusted price from the market's session before; Missing without a session
	Move    []float64 // of the price likewise
}

// Programs is a set of programs that differ in their span only.
type Programs struct {
	Span    []float64 // sessions
	Squash  float64
	VolSpan float64
	Floor   float64 // volatility a year below which nothing is scaled up
	Adjust  float64 // share of the gap traded a day
}

// Outcome is what a backtest leaves behind. Amounts are dollars for each dollar of risk, times the
// market's risk.
type Outcome struct {
	Profit   []float64 // of each day, all markets and programs
	Held     []float64 // after the last day, [program·markets+market]
	Scenario []float64 // [week·shocks+shock]: what all programs would trade in the end if every market's next close were that far away
}

// weekly is the number of days between two repricings of the scenarios.
const weekly = 5

// Backtest runs the programs over a table in one pass, with a state of constant size for each market
// and program. Risk is in dollars by market; each program gets the same part of it. Shocks are log
// returns; every fifth day the targets are repriced at each. It computes what snapshot computes market by
// market, in the same order of operations.
func Backtest(t *Table, p *Programs, risk, shocks []float64) (*Outcome, error) {
	n, programs := t.Markets, len(p.Span)
	if n < 1 || programs < 1 || len(risk) != n || len(t.Growth) != n*len(t.Date) || len(t.Move) != len(t.Growth) {
		return nil, fmt.Errorf("backtest: %d markets, %d programs, %d risks, %d days, %d growths and %d moves do not fit together",
			n, programs, len(risk), len(t.Date), len(t.Growth), len(t.Move))
	}
	if !(p.Floor > 0) {
		return nil, errors.New("backtest: the floor of volatility has to be above 0")
	}
	b := newPass(t, p, risk)
	out := &Outcome{Profit: make([]float64, len(t.Date))}
	for day := range t.Date {
		out.Profit[day] = b.day(t.Growth[day*n:(day+1)*n], t.Move[day*n:(day+1)*n])
		if len(shocks) > 0 && day%weekly == weekly-1 {
			out.Scenario = b.reprice(shocks, out.Scenario)
		}
	}
	out.Held = b.held
	return out, nil
}

// pass is the state of a backtest. Arrays are by market, or [program·markets+market], but those that vectors
// run over to their end, whose rows are as long as stride: a market that fills up a row has no size.
type pass struct {
	p        *Programs
	markets  int
	stride   int // markets, up to a whole number of vectors
	risk     []float64
	programs float64   // how many
	needs    []int32   // closes before a program trades
	scale    []float64 // 1 / (deviation of the distance · squash), by program
	gain     [][]float64
	volGain  []float64

	seen           []int32
	square         []float64 // rows of stride
	live           []bool
	shrink, perVol []float64 // 1/growth and 1/(daily volatility) of the day
	ratio          []float64 // rows of stride
	held, to       []float64
	least, most    int32 // closes that the market with the fewest has seen, and that with the most
	whole          bool  // every market had a close on this day

	// Of scenarios, rows of stride.
	size     []float64 // dollars of a program in a market, for a volatility of 1 a session
	volNext  []float64 // gain of the variance at the next close
	v, worth []float64 // 1/(volatility at the next close), and size times that
}

// newPass prepares the gains of the averages: 1/w with w' = 1 + (1−α)·w settles at α, and from there on
// the last entry holds.
func newPass(t *Table, p *Programs, risk []float64) *pass {
	n, k := t.Markets, len(p.Span)
	row := (n + lanes - 1) &^ (lanes - 1)
	b := &pass{
		p: p, markets: n, stride: row, risk: risk, programs: float64(k),
		seen: make([]int32, n), square: make([]float64, row), live: make([]bool, n),
		shrink: make([]float64, n), perVol: make([]float64, n),
		ratio: make([]float64, row*k), held: make([]float64, n*k), to: make([]float64, n*k),
		size: make([]float64, row), volNext: make([]float64, row), v: make([]float64, row), worth: make([]float64, row),
	}
	for m, r := range risk {
		b.size[m] = r / (b.programs * math.Sqrt(year))
	}
	for i := range b.ratio {
		b.ratio[i] = 1
	}
	for _, span := range p.Span {
		q := (span - 1) / (span + 1)
		b.needs = append(b.needs, int32(math.Ceil(enough*span)))
		b.scale = append(b.scale, 1/(math.Sqrt(q*q/(1-q*q))*p.Squash))
		b.gain = append(b.gain, gains(span, 1))
	}
	b.volGain = gains(p.VolSpan, 0)
	return b
}

// gains lists 1/w after 1, 2, 3 … steps from a sum of weights, until it no longer changes.
func gains(span, w float64) []float64 {
	var out []float64
	for {
		next := 1 + (1-2/(span+1))*w
		out = append(out, 1/next)
		if next == w || len(out) > 100*int(span+1) {
			return out
		}
		w = next
	}
}

// day takes in one day and returns its profit.
func (b *pass) day(growth, move []float64) float64 {
	n := b.markets
	floor := b.p.Floor / math.Sqrt(year)
	b.whole, b.least, b.most = true, math.MaxInt32, 0
	for m, g := range growth {
		b.live[m] = !market.IsMissing(g)
		if !b.live[m] {
			b.whole, b.least, b.most = false, min(b.least, b.seen[m]), max(b.most, b.seen[m])
			continue
		}
		x := math.Log(g)
		b.square[m] += (x*x - b.square[m]) * b.volGain[min(int(b.seen[m]), len(b.volGain)-1)]
		b.shrink[m] = 1 / g
		b.perVol[m] = 1 / max(math.Sqrt(b.square[m]), floor)
		b.seen[m]++
		b.least, b.most = min(b.least, b.seen[m]), max(b.most, b.seen[m])
	}
	profit := 0.0
	perYear := 1 / (b.programs * math.Sqrt(year))
	for k := range b.p.Span {
		at := k * n
		ratio, held, to := b.ratio[k*b.stride:k*b.stride+n], b.held[at:at+n], b.to[at:at+n]
		gain := b.gain[k]
		last := int32(len(gain) - 1)
		scale, needs := b.scale[k], b.needs[k]
		if b.whole && b.least+1 >= needs && (b.least == b.most || b.least > last) {
			// Every market trades, and the average of each takes in a close at the same gain: no market is
			// asked what it is.
			profit = b.together(growth, move, ratio, held, to, gain[min(b.least-1, last)], profit)
			targetsOf(to, ratio, b.perVol, scale, perYear)
			continue
		}
		for m, live := range b.live {
			if !live {
				continue
			}
			a := gain[min(b.seen[m]-1, last)]
			u := (1-a)*ratio[m]*b.shrink[m] + a
			ratio[m] = u
			h := held[m]
			profit += h * (growth[m] - 1) * b.risk[m]
			h = (h + b.p.Adjust*(to[m]-h)) * move[m]
			held[m] = h
			if b.seen[m]+1 < needs {
				to[m] = h
				continue
			}
			v := b.perVol[m]
			to[m] = tanh((1-u)*v*scale) * v * perYear
		}
	}
	return profit
}

// together steps one program over all markets, but for the targets, and returns the profit so far.
func (b *pass) together(growth, move, ratio, held, to []float64, a, profit float64) float64 {
	n := len(ratio)
	growth, move, held, to = growth[:n], move[:n], held[:n], to[:n]
	shrink, risk, adjust, keep := b.shrink[:n], b.risk[:n], b.p.Adjust, 1-a
	for m, u := range ratio {
		ratio[m] = keep*u*shrink[m] + a
		h := held[m]
		profit += h * (growth[m] - 1) * risk[m]
		held[m] = (h + adjust*(to[m]-h)) * move[m]
	}
	return profit
}

// reprice appends what all programs would trade, in the end, if every market's next carry-adjusted close
// were each of some log returns away. Of a program whose averages take in a close at the same gain in
// every market, the next average over the next price is a + (1−a)·u/growth, and its target is
//
//	tanh( ((1−a) − (1−a)/growth·u) · scale · v ) · v · size
func (b *pass) reprice(shocks, out []float64) []float64 {
	floor := b.p.Floor / math.Sqrt(year)
	for m, seen := range b.seen {
		b.volNext[m] = b.volGain[min(int(seen), len(b.volGain)-1)]
	}
	held := b.liveHeld()
	for _, x := range shocks {
		grow, shrink := math.Exp(x), math.Exp(-x)
		volatilities(b.v, b.worth, b.square, b.volNext, b.size, x*x, floor)
		var sums [lanes]float64
		for k, scale := range b.scale {
			ratio := b.ratio[k*b.stride : (k+1)*b.stride]
			gain, needs := b.gain[k], b.needs[k]
			last := int32(len(gain) - 1)
			if b.least+1 >= needs && (b.least == b.most || b.least >= last) {
				keep := 1 - gain[min(b.least, last)]
				addTargets(&sums, ratio, b.v, b.worth, keep*scale, keep*shrink*scale)
				continue
			}
			for m, seen := range b.seen {
				if seen+1 < needs {
					continue
				}
				keep := 1 - gain[min(seen, last)]
				sums[m%lanes] += tanh((keep*scale-keep*shrink*scale*ratio[m])*b.v[m]) * b.worth[m]
			}
		}
		out = append(out, pairwise(&sums)-held*grow)
	}
	return out
}

// liveHeld is what the programs hold in the markets that they trade, in dollars of risk.
func (b *pass) liveHeld() float64 {
	total := 0.0
	for k, needs := range b.needs {
		held := b.held[k*b.markets : (k+1)*b.markets]
		for m, h := range held {
			if b.seen[m]+1 >= needs {
				total += h * b.risk[m]
			}
		}
	}
	return total
}
