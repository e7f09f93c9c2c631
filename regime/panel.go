package regime

import (
	"math"
	"sort"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// Sectors are the funds of the S&P 500's sectors that have traded since 1998.
var Sectors = []string{"XLE", "XLF", "XLI", "XLK", "XLP", "XLU", "XLV", "XLY"}

// panel is the daily log returns of several instruments on the days on which all of them closed, in
// columns of one length.
type panel struct {
	ids    []string
	date   []calendar.Date // of each return: the later of its two closes
	ret    [][]float64     // [instrument][day]
	source []string        // keys of the datasets used
}

func absent(code string, args evidence.Args) *evidence.Absent {
	return &evidence.Absent{Code: code, Args: args}
}

// returns reads one instrument.
func returns(s *market.State, id string) (*market.Bars, []float64, error) {
	b, err := s.Daily(id)
	if err != nil {
		return nil, nil, err
	}
	r := make([]float64, b.Len())
	for i := range r {
		r[i] = math.NaN()
		if i > 0 && b.Close[i] > 0 && b.Close[i-1] > 0 {
			r[i] = math.Log(b.Close[i] / b.Close[i-1])
		}
	}
	return b, r, nil
}

// newPanel aligns instruments. Those without bars are left out; fewer than least is an absence.
func newPanel(s *market.State, ids []string, least int) (*panel, error) {
	p := &panel{}
	at := map[calendar.Date][]float64{}
	for _, id := range ids {
		b, r, err := returns(s, id)
		if err != nil {
			continue
		}
		k := len(p.ids)
		p.ids = append(p.ids, id)
		p.source = append(p.source, market.Dataset{Bars: b}.Key())
		for i := 1; i < b.Len(); i++ {
			if d := b.Date(i); !math.IsNaN(r[i]) && len(at[d]) == k {
				at[d] = append(at[d], r[i])
			}
		}
	}
	if len(p.ids) < least {
		return nil, absent("few_instruments", evidence.Args{"needs": least, "has": len(p.ids)})
	}
	for d, row := range at {
		if len(row) == len(p.ids) {
			p.date = append(p.date, d)
		}
	}
	sort.Slice(p.date, func(i, j int) bool { return p.date[i] < p.date[j] })
	p.ret = make([][]float64, len(p.ids))
	for k := range p.ids {
		p.ret[k] = make([]float64, len(p.date))
		for i, d := range p.date {
			p.ret[k][i] = at[d][k]
		}
	}
	return p, nil
}

// track is a measure through time: NaN where the window is not full yet.
type track struct {
	date  []calendar.Date
	value []float64
}

// last is the latest value and its percentile among all values of the track from a day on: the share of
// them that lie below it, ties counted half, in percent.
func (t *track) last(from calendar.Date) (value, percentile float64, n int, day calendar.Date, ok bool) {
	end := len(t.value) - 1
	if end < 0 || !(t.value[end]-t.value[end] == 0) {
		return 0, 0, 0, 0, false
	}
	value, day = t.value[end], t.date[end]
	below := 0.0
	for i, v := range t.value {
		if t.date[i] < from || !(v-v == 0) {
			continue
		}
		n++
		switch {
		case v < value:
			below++
		case v == value:
			below += 0.5
		}
	}
	if n == 0 {
		return 0, 0, 0, 0, false
	}
	return value, 100 * below / float64(n), n, day, true
}

// mean and variance of a window, by two passes.
func mean(x []float64) float64 {
	s := 0.0
	for _, v := range x {
		s += v
	}
	return s / float64(len(x))
}

func variance(x []float64) float64 {
	m, s := mean(x), 0.0
	for _, v := range x {
		s += (v - m) * (v - m)
	}
	return s / float64(len(x)-1)
}
