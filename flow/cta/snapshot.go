package cta

import (
	"math"
	"sort"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// snapshot is the model of one market after its last close: all that positions, pivots and orders
// follow from. Amounts are dollars for each dollar of risk, so that a snapshot does not depend on how
// large the programs are.
type snapshot struct {
	filter
	date    calendar.Date
	close   float64         // Missing where only the derived state is known and it is not needed
	carry   float64         // a year
	bars    int             // closes that the averages have seen
	held    [speeds]float64 // at the last close
	week    float64         // traded in the last five sessions; Missing where they are not all known
	past    lastWeek
	wide    float64   // variance a session over a longer time than that which scales positions: tapes end by it
	wideW   float64   // sum of its weights
	rank    []float64 // quantiles 0, 1 … 100 % of the position since 1990; nil with too few years
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
func (p *params) needs(k int) int { return int(math.Ceil(enough * p.span[k])) }

// known tells why a speed is absent, or nil.
func (s *snapshot) known(p *params, k int) *evidence.Absent {
	needs := p.needs(k)
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

// speedsKnown counts the speeds that have seen enough closes. The others hold nothing, so that a position
// of fewer speeds is a part of what it would be.
func (s *snapshot) speedsKnown(p *params) int {
	n := 0
	for k := range speeds {
		if s.known(p, k) == nil {
			n++
		}
	}
	return n
}

// complete reports whether every speed is known.
func (s *snapshot) complete(p *params) bool { return s.bars >= p.needs(speeds-1) }

// track is the position of a market through time, at each close from the one at which all speeds are
// known.
type track struct {
	date  []calendar.Date
	held  []float64
	close []float64         // with pivot, of the last half year
	pivot [][speeds]float64 // for the next close, in points
}

// pathSessions is how far back a reading tells its position and pivots: half a year.
const pathSessions = 130

// begin is the snapshot that has seen the first close of a history.
func begin(h *history) *snapshot {
	return &snapshot{
		filter: start(), date: h.date[0], close: h.close[0], carry: h.yearly[0], bars: 1, broken: h.broken,
		from: "bars", grade: evidence.Weakest(evidence.Modelled, h.origin.Grade), past: unknownWeek(),
	}
}

// take runs the model over a history.
func take(h *history, p *params) (*snapshot, track, error) {
	n := len(h.date)
	s := begin(h)
	var past track
	var before *snapshot // the last five sessions
	for i := 1; i < n; i++ {
		if i == n-weekSessions {
			c := *s
			before = &c
		}
		s.advance(p, h.date[i], h.close[i], h.growth[i], h.yearly[i])
		if s.complete(p) {
			past.date = append(past.date, s.date)
			past.held = append(past.held, s.total())
			if i >= n-pathSessions {
				past.close = append(past.close, s.close)
				past.pivot = append(past.pivot, s.pivots())
			}
		}
	}
	if before != nil {
		before.takeWeek(p, h.sessions(n-weekSessions))
		s = before
	}
	if why := s.known(p, 0); why != nil && s.known(p, 1) != nil && s.known(p, 2) != nil {
		return nil, past, why
	}
	if !(s.square > 0) {
		return nil, past, absent("no_volatility", evidence.Args{"instrument": h.instrument, "sessions": n})
	}
	first := sort.Search(len(past.date), func(i int) bool { return past.date[i] >= rankFrom })
	s.rank = quantiles(past.held[first:])
	return s, past, nil
}

// quantiles returns the quantiles 0, 1 … 100 % of values, or nil where there are too few of them.
func quantiles(values []float64) []float64 {
	if len(values) < rankSessions {
		return nil
	}
	sorted := append([]float64(nil), values...)
	sort.Float64s(sorted)
	out := make([]float64, 101)
	for i := range out {
		out[i] = quantile(sorted, float64(i)/100)
	}
	return out
}

func quantile(sorted []float64, q float64) float64 {
	x := q * float64(len(sorted)-1)
	i := min(int(x), len(sorted)-2)
	return sorted[i] + (x-float64(i))*(sorted[i+1]-sorted[i])
}

// percentile ranks a value against such quantiles, 0 to 100.
func percentile(rank []float64, value float64) float64 {
	if rank == nil {
		return market.Missing
	}
	i := sort.SearchFloat64s(rank, value)
	if i == 0 {
		return 0
	}
	if i == len(rank) {
		return 100
	}
	return float64(i-1) + (value-rank[i-1])/(rank[i]-rank[i-1])
}

// advance trades the order that the last close decided, half of it before and half after the middle of
// the session, takes in the next close and returns what was traded.
func (s *snapshot) advance(p *params, d calendar.Date, price, growth, carry float64) float64 {
	traded := 0.0
	move := price / s.close
	for k, order := range s.orders(p) {
		traded += order * (1 + move) / 2
		s.held[k] = (s.held[k] + order) * move
	}
	s.step(p, growth)
	x := math.Log(growth)
	s.wideW = 1 + p.endDecay*s.wideW
	s.wide += (x*x - s.wide) / s.wideW
	s.bars++
	s.date, s.close, s.carry = d, price, carry
	return traded
}

// wideVol is the volatility a session in whose multiples tapes end.
func (s *snapshot) wideVol(p *params) float64 { return max(math.Sqrt(s.wide), p.floor) }

// orders are what the speeds trade in the session after the last close, in dollars at that close.
func (s *snapshot) orders(p *params) (out [speeds]float64) {
	if !(s.square > 0) {
		return out
	}
	to := s.targets(p)
	gap := 0.0
	for k := range speeds {
		if s.bars >= p.needs(k) {
			out[k] = to[k] - s.held[k]
			gap += out[k]
		}
	}
	share := p.adjust * p.easing(gap, 1/s.vol(p))
	for k := range speeds {
		out[k] *= share
	}
	return out
}

// total is the position of all speeds.
func (s *snapshot) total() float64 {
	sum := 0.0
	for _, v := range s.held {
		sum += v
	}
	return sum
}
