package contagion

import (
	"math"
	"slices"
	"time"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// leader is the price that is held against all others within the day.
const leader = BTC

// leastTicks is the share of a session's increments that a session must have to count, and leastDays how
// many sessions there must be.
const (
	leastTicks = 0.6
	leastDays  = 20
)

// followers are the assets and stocks that the leader is held against, with the instruments whose prices
// stand for them. Funds come before the index that they follow: in the first minutes of a session an index
// is still made of last night's prices, which would look like a lag.
func followers() (assets []string, candidates [][]string) {
	for _, m := range market.HighBeta() {
		assets = append(assets, m)
		candidates = append(candidates, []string{m})
	}
	for _, id := range []string{NDX, SPX} {
		assets = append(assets, id)
		candidates = append(candidates, []string{intradayProxy[id], id})
	}
	return assets, candidates
}

// leadLags measures every follower against the leader over the last days of its prices. A follower without
// prices is left out and named in lacks.
func leadLags(s *market.State, p params) (pairs []Pair, used, lacks []string, err error) {
	x := finest(s, leader)
	if x == nil || x.Interval > time.Duration(p.lagStep)*time.Second {
		return nil, nil, nil, &evidence.Absent{Code: "no_bars_of_the_day"}
	}
	end := x.Known[x.Len()-1]
	begin := max(end-int64(p.intradayDays)*86400, x.Begin[0])
	used = append(used, key(x))
	assets, candidates := followers()
	for k, asset := range assets {
		var y *market.Bars
		for _, id := range candidates[k] {
			if b := finest(s, id); b != nil && b.Interval <= time.Duration(p.lagStep)*time.Second && y == nil {
				y = b
			}
		}
		if y == nil {
			lacks = append(lacks, asset)
			continue
		}
		days, err := sessionsOf(x, y, begin, end, p.lagReach)
		if err != nil {
			return nil, nil, nil, err
		}
		if len(days) < leastDays {
			lacks = append(lacks, asset)
			continue
		}
		pair := LeadLag(days, p.lagStep, p.lagReach, p.placebos, p.seed)
		pair.X, pair.Y, pair.Instrument = leader, asset, y.Instrument
		pair.From, pair.To = time.Unix(days[0].Open, 0).UTC(), time.Unix(days[len(days)-1].Close, 0).UTC()
		pairs = append(pairs, pair)
		used = append(used, key(y))
	}
	if len(pairs) == 0 {
		return nil, nil, nil, &evidence.Absent{Code: "no_bars_of_the_day"}
	}
	raw := make([]float64, len(pairs))
	for i := range pairs {
		raw[i] = pairs[i].Ahead.P
	}
	for i, q := range holm(raw) {
		pairs[i].AheadP = q
	}
	return pairs, used, lacks, nil
}

// sessionsOf cuts two bars into sessions of New York.
func sessionsOf(x, y *market.Bars, begin, end, reach int64) ([]Day, error) {
	nyse := calendar.NYSE()
	from := calendar.DateIn(time.Unix(begin, 0), calendar.NewYork())
	to := calendar.DateIn(time.Unix(end, 0), calendar.NewYork())
	sessions, err := nyse.Sessions(from, to)
	if err != nil {
		return nil, &evidence.Absent{Code: "calendar_ends"}
	}
	var out []Day
	for _, s := range sessions {
		d := Day{Open: s.Open.Unix(), Close: s.Close.Unix()}
		if d.Open-reach < begin || d.Close+reach > end {
			continue
		}
		d.X = ticks(x, d.Open-reach, d.Close+reach)
		d.Y = ticks(y, d.Open, d.Close)
		if whole(d.X, x, d.Close-d.Open+2*reach) && whole(d.Y, y, d.Close-d.Open) {
			out = append(out, d)
		}
	}
	return out, nil
}

// whole reports whether there are enough ticks of a span of seconds.
func whole(t Ticks, b *market.Bars, span int64) bool {
	return float64(len(t.At)-1) >= leastTicks*float64(span)/b.Interval.Seconds()
}

// ticks are the prices of bars within a span: the open of the first bar, then every close.
func ticks(b *market.Bars, from, to int64) Ticks {
	var t Ticks
	width := int64(b.Interval / time.Second)
	first, _ := slices.BinarySearch(b.Begin, from)
	for i := first; i < b.Len() && b.Begin[i]+width <= to; i++ {
		if len(t.At) == 0 && b.Open[i] > 0 {
			t.At, t.Log = append(t.At, b.Begin[i]), append(t.Log, math.Log(b.Open[i]))
		}
		t.At, t.Log = append(t.At, b.Begin[i]+width), append(t.Log, math.Log(b.Close[i]))
	}
	return t
}
