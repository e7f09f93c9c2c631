package cta

import (
	"math"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// A break is a pause between two bars that is longer than any closure of a large market since 1950;
// nothing before it is used.
const breakDays = 15

// A jump is a change of log price in one session that no equity index has seen (October 1987 was
// −0.23); a split that was not adjusted for is one.
const jump = 0.38

// quiet is how many sessions without any change of price make a series flat.
const quiet = 20

// history is one market's closes as the model uses them.
type history struct {
	instrument string
	origin     market.Origin
	date       []calendar.Date
	close      []float64
	growth     []float64 // X of the day over X of the day before: what a rolled future earned, plus 1
	yearly     []float64 // dividends less financing, a year, as known at the close
	broken     *evidence.Absent
}

func absent(code string, args evidence.Args) *evidence.Absent {
	return &evidence.Absent{Code: code, Args: args}
}

// daily reads the bars of an instrument. It starts after the last break. Prices that cannot be are an
// absence: a position computed from them would be wrong without looking so.
func daily(s *market.State, id string) (*history, error) {
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
	f := newFinancing(s)
	for i := first; i < b.Len(); i++ {
		d := b.Date(i)
		x := 1.0
		if n := len(h.date); n > 0 {
			move := math.Log(b.Close[i] / b.Close[i-1])
			if math.Abs(move) > jump {
				return nil, absent("price_jump", evidence.Args{"instrument": id, "date": d.String(), "ratio": b.Close[i] / b.Close[i-1]})
			}
			x = b.Close[i]/b.Close[i-1] + h.yearly[n-1]*years(h.date[n-1], d)
		}
		h.date = append(h.date, d)
		h.close = append(h.close, b.Close[i])
		h.growth = append(h.growth, x)
		h.yearly = append(h.yearly, at(dividends, d)-f.at(d, b.Known[i]))
	}
	n := len(h.date)
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

// years is the time over which carry accrues between two sessions, in years of 365 days.
func years(from, to calendar.Date) float64 { return float64(to-from) / 365 }

// fresh tells whether a market's last close is that of the last session. Prices that are older by more
// than a week are an absence; up to a week they are a caveat.
func fresh(s *market.State, id string, d calendar.Date) (*evidence.Code, error) {
	in, _ := market.InstrumentOf(id)
	last, err := in.Calendar().LastClosed(s.At())
	if err != nil {
		return nil, err
	}
	if d >= last.Date {
		return nil, nil
	}
	args := evidence.Args{"instrument": id, "last": d.String(), "session": last.Date.String()}
	if last.Date-d > 7 {
		return nil, absent("stale_prices", args)
	}
	return &evidence.Code{Code: "stale_prices", Args: args}, nil
}
