package cta

import (
	"errors"
	"math"
	"sort"

	"faultline/assumption"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// snapshot is the model after the last close: all that positions, pivots and orders follow from.
// Amounts are dollars for each dollar of risk (params.risk), over all equity markets, so that a
// snapshot does not depend on how large the programs are.
type snapshot struct {
	filter
	date    calendar.Date
	close   float64
	carry   float64         // a year
	bars    int             // closes that the averages have seen
	held    [speeds]float64 // at the last close
	week    float64         // traded in the last five sessions; Missing where they are not all known
	rank    []float64       // quantiles 0, 1 … 100 % of the position since 1990; nil with too few years
	broken  *evidence.Absent
	from    string // "bars" or "derived_state"
	grade   evidence.Grade
	caveats []evidence.Code
}

// enough is how many closes a speed needs, as a multiple of its span: the weight of all that came
// before is then below e⁻⁴ = 1.8 %.
const enough = 2

// rankFrom is the first day of the history against which a position is ranked, and rankSessions how
// much of it there must be.
var rankFrom = calendar.DateOf(1990, 1, 1)

const rankSessions = 10 * year

// weekSessions is the length of the week whose flow is reported.
const weekSessions = 5

// needs is how many closes a speed has to see.
func (s *snapshot) needs(p *params, k int) int { return int(math.Ceil(enough * p.span[k])) }

// known tells why a speed is absent, or nil.
func (s *snapshot) known(p *params, k int) *evidence.Absent {
	needs := s.needs(p, k)
	if s.bars >= needs {
		return nil
	}
	if s.broken != nil {
		args := evidence.Args{"needs": needs, "has": s.bars}
		for name, v := range s.broken.Args {
			args[name] = v
		}
		return absent(s.broken.Code, args)
	}
	return absent("short_history", evidence.Args{"needs": needs, "has": s.bars})
}

// take runs the model over a history.
func take(h *history, p *params) (*snapshot, error) {
	n := len(h.date)
	s := &snapshot{
		filter: start(), date: h.date[0], close: h.close[0], carry: h.yearly[0], bars: 1, broken: h.broken,
		from: "bars", grade: evidence.Weakest(evidence.Modelled, h.origin.Grade),
	}
	var past []float64
	var traded [weekSessions]float64
	slow := s.needs(p, speeds-1)
	for i := 1; i < n; i++ {
		traded[i%weekSessions] = s.advance(p, h.date[i], h.close[i], h.growth[i], h.yearly[i])
		if s.date >= rankFrom && s.bars >= slow {
			past = append(past, s.total())
		}
	}
	for _, v := range traded {
		s.week += v
	}
	if !(s.square > 0) {
		return nil, absent("no_volatility", evidence.Args{"instrument": h.instrument, "sessions": n})
	}
	if s.known(p, 0) != nil && s.known(p, 1) != nil && s.known(p, 2) != nil {
		return nil, s.known(p, 0)
	}
	if len(past) >= rankSessions {
		sort.Float64s(past)
		s.rank = make([]float64, 101)
		for i := range s.rank {
			s.rank[i] = quantile(past, float64(i)/100)
		}
	}
	return s, nil
}

// advance trades the order that the last close decided, half of it before and half after the middle of
// the session, takes in the next close and returns what was traded.
func (s *snapshot) advance(p *params, d calendar.Date, price, growth, carry float64) float64 {
	traded := 0.0
	for k := range speeds {
		order := s.order(p, k)
		traded += order * (s.close + price) / 2
		s.held[k] = (s.held[k]/s.close + order) * price
	}
	s.step(p, growth)
	s.bars++
	s.date, s.close, s.carry = d, price, carry
	return traded
}

// order is how many units, for each dollar of risk, a speed trades in the session after the last close.
func (s *snapshot) order(p *params, k int) float64 {
	if s.bars < s.needs(p, k) || !(s.square > 0) {
		return 0
	}
	return p.adjust * (s.target(p, k) - s.held[k]) / s.close
}

// total is the position of all speeds.
func (s *snapshot) total() float64 {
	sum := 0.0
	for _, v := range s.held {
		sum += v
	}
	return sum
}

func quantile(sorted []float64, q float64) float64 {
	x := q * float64(len(sorted)-1)
	i := min(int(x), len(sorted)-2)
	return sorted[i] + (x-float64(i))*(sorted[i+1]-sorted[i])
}

// percentile ranks a position against the quantiles, 0 to 100.
func (s *snapshot) percentile(held float64) float64 {
	if s.rank == nil {
		return market.Missing
	}
	i := sort.SearchFloat64s(s.rank, held)
	if i == 0 {
		return 0
	}
	if i == len(s.rank) {
		return 100
	}
	return float64(i-1) + (held-s.rank[i-1])/(s.rank[i]-s.rank[i-1])
}

// Instrument is the market whose pivots are computed.
const Instrument = "SPX"

// snap returns the model's state as of the State's instant: from bars where they reach far enough
// back for every speed, else from the derived state of a pack, else from what bars there are.
func snap(s *market.State, a assumption.Set) (*snapshot, error) {
	p := read(a)
	out, err := fromBars(s, &p)
	if err == nil && out.known(&p, speeds-1) == nil {
		return out, nil
	}
	derived, why := fromDerived(s, &p)
	if why == nil {
		return derived, nil
	}
	var none *evidence.Absent
	if errors.As(why, &none) && none.Code == "no_series" {
		return out, err
	}
	if err == nil {
		out.caveats = append(out.caveats, none.Reason())
		return out, nil
	}
	return nil, why
}

func fromBars(s *market.State, p *params) (*snapshot, error) {
	h, err := daily(s, Instrument)
	if err != nil {
		return nil, err
	}
	late, err := fresh(s, Instrument, h.date[len(h.date)-1])
	if err != nil {
		return nil, err
	}
	out, err := take(h, p)
	if err != nil {
		return nil, err
	}
	out.caveats = append(out.caveats, h.origin.Caveats...)
	if late != nil {
		out.caveats = append(out.caveats, *late)
	}
	return out, nil
}

// follow steps a derived state through the closes that came after it. The close of its own session is
// the scale of everything and must be there, as a bar or as a published figure.
func (s *snapshot) follow(st *market.State, p *params) error {
	var h *history
	if b, err := st.Daily(Instrument); err == nil && b.Len() > 0 {
		if h, err = daily(st, Instrument); err != nil {
			return err
		}
	}
	first := -1
	if h != nil {
		for i, d := range h.date {
			if d == s.date {
				s.close, first = h.close[i], i
			}
		}
		s.grade = evidence.Weakest(s.grade, h.origin.Grade)
	}
	if first < 0 {
		for _, f := range st.Facts(Instrument + "_close") {
			if calendar.Date(f.About/86400) == s.date && f.Value > 0 {
				s.close = f.Value
			}
		}
	}
	if !(s.close > 0) {
		return absent("no_close_of_session", evidence.Args{"instrument": Instrument, "session": s.date.String()})
	}
	if first >= 0 {
		var traded []float64
		for i := first + 1; i < len(h.date); i++ {
			traded = append(traded, s.advance(p, h.date[i], h.close[i], h.growth[i], h.yearly[i]))
		}
		if n := len(traded); n > 0 {
			s.week = market.Missing
			if n >= weekSessions {
				s.week = 0
				for _, v := range traded[n-weekSessions:] {
					s.week += v
				}
			}
		}
	}
	late, err := fresh(st, Instrument, s.date)
	if late != nil {
		s.caveats = append(s.caveats, *late)
	}
	return err
}
