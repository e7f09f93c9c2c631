package cta

import (
	"math"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// A break is a pause between two bars that is longer than any closure of a large market since 1950,
// the eleven days of Japan's Golden Week of 2019 being the longest; nothing before it is used.
const breakDays = 12

// jumpOf is a change of log price in one session that no market of a class has seen; a split that was
// not adjusted for is one. The Hang Seng fell by 0.40 on 26 October 1987, gas and coins move more; two
// shares for one would be 0.69.
func jumpOf(c Class) float64 {
	if c == Crypto || c == Energy {
		return 0.62
	}
	return 0.45
}

// quiet is how many sessions without any change of price make a series flat.
const quiet = 20

// history is one market's closes as the model uses them.
type history struct {
	instrument string
	origin     market.Origin
	date       []calendar.Date
	known      []int64 // Unix time from which each close is known
	close      []float64
	growth     []float64 // X of the day over X of the day before: what a rolled future earned, plus 1
	yearly     []float64 // dividends less financing, a year, as known at the close
	broken     *evidence.Absent
	missing    int // sessions of the last averages' reach that have no bar
}

// sessions lists the closes from one on.
func (h *history) sessions(from int) []session {
	var out []session
	for i := from; i < len(h.date); i++ {
		out = append(out, session{h.date[i], h.close[i], h.growth[i], h.yearly[i]})
	}
	return out
}

// daily reads the bars of an instrument. It starts after the last break. Prices that cannot be are an
// absence: a position computed from them would be wrong without looking so.
func daily(s *market.State, v venue) (*history, error) {
	id := v.id
	b, err := s.Daily(id)
	if err != nil {
		return nil, err
	}
	h := &history{instrument: id, origin: b.Origin}
	first := 0
	for i := range b.Len() {
		d := b.Date(i)
		if !(b.Close[i] > 0) || math.IsInf(b.Close[i], 0) {
			return nil, absent("bad_price", evidence.Args{"instrument": id, "date": d.String(), "price": b.Close[i]})
		}
		if i == 0 {
			continue
		}
		gap := int(d - b.Date(i-1))
		if gap <= 0 {
			return nil, absent("duplicate_date", evidence.Args{"instrument": id, "date": d.String()})
		}
		if gap > breakDays {
			first = i
			h.broken = absent("gap", evidence.Args{"instrument": id, "from": b.Date(i - 1).String(), "to": d.String(), "days": gap})
			continue
		}
	}
	f := newFinancing(s, &v)
	for i := first; i < b.Len(); i++ {
		d := b.Date(i)
		x := 1.0
		if n := len(h.date); n > 0 {
			move := math.Log(b.Close[i] / b.Close[i-1])
			if math.Abs(move) > jumpOf(v.class) {
				return nil, absent("price_jump", evidence.Args{"instrument": id, "date": d.String(), "ratio": b.Close[i] / b.Close[i-1]})
			}
			x = b.Close[i]/b.Close[i-1] + h.yearly[n-1]*years(h.date[n-1], d)
		}
		h.date = append(h.date, d)
		h.known = append(h.known, b.Known[i])
		h.close = append(h.close, b.Close[i])
		h.growth = append(h.growth, x)
		h.yearly = append(h.yearly, at(v.income, d)-f.at(d, b.Known[i]))
	}
	n := len(h.date)
	h.missing = missing(id, h.date[max(0, n-reachBack):])
	if n > quiet {
		flat := true
		for i := n - quiet; i < n; i++ {
			flat = flat && h.close[i] == h.close[i-1]
		}
		if flat {
			return nil, absent("no_volatility", evidence.Args{"instrument": id, "sessions": quiet})
		}
	}
	return h, nil
}

// reachBack is how many sessions back the slowest average still weighs more than a tenth of a percent.
const reachBack = 1500

// missing counts the sessions of a market that trades on New York's calendar which have no bar.
func missing(id string, dates []calendar.Date) int {
	in, known := market.Lookup(id)
	if !known || in.Currency != "USD" || in.Calendar() != calendar.NYSE() {
		return 0
	}
	n := 0
	for i := 1; i < len(dates); i++ {
		d := dates[i-1]
		for {
			next, err := calendar.NYSE().Next(d)
			if err != nil || next.Date >= dates[i] {
				break
			}
			n++
			d = next.Date
		}
	}
	return n
}

// years is the time over which carry accrues between two sessions, in years of 365 days.
func years(from, to calendar.Date) float64 { return float64(to-from) / 365 }
