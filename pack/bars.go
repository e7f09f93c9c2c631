package pack

import (
	"fmt"
	"math"
	"time"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// pin is a price at a minute of a session.
type pin struct {
	minute int // after the opening
	price  float64
}

// pathSpec is what synthetic bars of one session are made from, with all anchors resolved.
type pathSpec struct {
	instrument string
	session    calendar.Session
	interval   time.Duration
	seed       uint64
	vol        float64 // a year, decimal
	pins       []pin   // in order; the first at the opening, the last at the close
	known      time.Time
	caveats    []evidence.Code
	file       string
	line       int
}

// bars makes the bars: a random walk by the minute through every pinned price, which stays between
// the lowest and the highest of them, so that a published high is the path's high. A segment between
// two pins is a Brownian bridge in log price (Glasserman 2003, section 3.1) with the volatility of
// vol over 252 sessions; its noise is damped until it fits between the bounds.
//
// The path leads to prices that were fixed at the end of the session, so no bar counts as known
// before the last of its anchors was.
func (p *pathSpec) bars() (*market.Bars, error) {
	minutes := int(p.session.Close.Sub(p.session.Open) / time.Minute)
	if err := p.check(minutes); err != nil {
		return nil, err
	}
	price := p.path(minutes)
	step := int(p.interval / time.Minute)
	out := &market.Bars{
		Instrument: p.instrument, Interval: p.interval,
		Origin: market.Origin{
			File: p.file, Format: FormatPath, Grade: evidence.Synthetic, KnownAt: KnownAnchors, Caveats: p.caveats,
		},
	}
	for from := 0; from < minutes; from += step {
		to := min(from+step, minutes)
		high, low := math.Inf(-1), math.Inf(1)
		for _, x := range price[from : to+1] {
			high, low = max(high, x), min(low, x)
		}
		begin := p.session.Open.Add(time.Duration(from) * time.Minute)
		end := p.session.Open.Add(time.Duration(to) * time.Minute)
		out.Append(begin.Unix(), max(end.Unix(), p.known.Unix()), price[from], high, low, price[to], market.Missing, int32(p.line))
	}
	return out, nil
}

func (p *pathSpec) check(minutes int) error {
	switch {
	case p.interval < time.Minute || p.interval%time.Minute != 0 || p.interval > time.Hour:
		return fmt.Errorf("bars of %s: want whole minutes, from one to sixty", p.interval)
	case len(p.pins) < 2 || p.pins[0].minute != 0 || p.pins[len(p.pins)-1].minute != minutes:
		return fmt.Errorf("the first point must be the opening at %s and the last one the close at %s",
			p.session.Open.Format("15:04"), p.session.Close.Format("15:04"))
	case !(p.vol > 0 && p.vol < 10):
		return fmt.Errorf("volatility of %v a year: want a decimal above 0 and below 10", p.vol)
	}
	for i, x := range p.pins {
		if !(x.price > 0) || math.IsInf(x.price, 0) {
			return fmt.Errorf("point %d has the price %v", i+1, x.price)
		}
		if i > 0 && x.minute <= p.pins[i-1].minute {
			return fmt.Errorf("point %d is not later than the point before it", i+1)
		}
	}
	return nil
}

// path returns the price at each minute, both ends included, in hundredths.
func (p *pathSpec) path(minutes int) []float64 {
	low, high := math.Inf(1), math.Inf(-1)
	for _, x := range p.pins {
		low, high = min(low, math.Log(x.price)), max(high, math.Log(x.price))
	}
	const sessionMinutes = 390
	sd := p.vol / math.Sqrt(252*sessionMinutes)
	noise := newStream(p.seed, "path "+p.instrument+" "+p.session.Date.String())
	out := make([]float64, minutes+1)
	walk := make([]float64, minutes+1)
	for i := 1; i <= minutes; i++ {
		walk[i] = walk[i-1] + sd*noise.normal(uint64(i))
	}
	for i := 1; i < len(p.pins); i++ {
		a, b := p.pins[i-1], p.pins[i]
		x0, x1 := math.Log(a.price), math.Log(b.price)
		n := float64(b.minute - a.minute)
		at := func(m int, damp float64) float64 {
			t := float64(m-a.minute) / n
			bridge := walk[m] - walk[a.minute] - t*(walk[b.minute]-walk[a.minute])
			return x0 + t*(x1-x0) + damp*bridge
		}
		// Damping by a fifth at a time: 0.8⁶⁰ of the noise is less than the rounding to hundredths,
		// where the straight line itself keeps between the bounds.
		damp := 1.0
		for range 60 {
			inside := true
			for m := a.minute + 1; m < b.minute; m++ {
				x := at(m, damp)
				inside = inside && low < x && x < high
			}
			if inside {
				break
			}
			damp *= 0.8
		}
		for m := a.minute + 1; m < b.minute; m++ {
			x := min(max(at(m, damp), low), high)
			out[m] = math.Round(100*math.Exp(x)) / 100
		}
	}
	for _, x := range p.pins {
		out[x.minute] = x.price
	}
	return out
}
