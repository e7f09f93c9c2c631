package fedwatch

import (
	"math"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// Step is the width of a target range and the size of a move, in basis points.
const Step = 25

// Range is a target range after a meeting.
type Range struct {
	LowBP       int
	HighBP      int
	Probability float64 // share of 1
	Error       float64 // standard error from the ticks of the prices
}

// Meeting is what the futures say about one meeting. Where Absent is set nothing else is but Date.
type Meeting struct {
	Date          calendar.Date
	Ranges        []Range // from the lowest to the highest, none left out between
	ExpectedBP    float64 // mean of the middles of the ranges
	ExpectedError float64 // basis points
	ChangeBP      float64 // expected change of the rate at this meeting
	ChangeError   float64
	StartPercent  float64 // effective rate before, percent
	EndPercent    float64 // and after; with Mean the two differ by another amount than ChangeBP
	Caveats       []evidence.Code
	Absent        *evidence.Absent
}

// Path is what the futures say about all meetings from a day on.
type Path struct {
	Day        calendar.Date // of the prices
	LowBP      int           // target range before the first meeting
	Inferred   bool          // the target range was read off the curve
	Meetings   []Meeting
	Caveats    []evidence.Code
	Rejected   []Reject
	Convention Convention
}

// Options are what else the method needs.
type Options struct {
	Convention Convention
	From       calendar.Date // meetings before it are over
	LowBP      int           // lower end of the target range in force; below 0 means: read it off the curve
	TickNear   float64       // of the contract of the month of the prices, points
	TickFar    float64       // of all others
}

// The exchange's minimum price increments, in points: "Contract Specs" of 30-Day Federal Funds
// futures, one quarter of a basis point in the nearest expiring month and one half in all others.
const (
	TickNear = 0.0025
	TickFar  = 0.005
)

// edge is how close to the edge of a range a rate may lie, in basis points, before the range that is
// read off it is called uncertain.
const edge = 2

// Find reads the probabilities off a curve.
//
// Let c be the expected change of the rate at a meeting over 25 basis points and k = ⌊c⌋. The meeting
// moves the range by k steps with probability 1 − (c − k) and by k + 1 with c − k. Meetings are taken as
// independent: the distribution after one is that before it, convolved with its two outcomes.
//
// A price that is rounded to a tick of t points has a standard error of t/√12. Each price is moved up and down by
// that much, one at a time; the root of the sum of the mean squares of what a probability moves by is
// its error. This is exact where the probability is linear in the prices, and stays sensible at the
// kinks where c passes a whole number.
func Find(c *Curve, meetings []calendar.Date, o Options) (*Path, error) {
	if len(meetings) == 0 {
		return nil, &evidence.Absent{Code: "no_meetings"}
	}
	all := sorted(meetings)
	p := &Path{Day: c.Day, Convention: o.Convention, LowBP: o.LowBP}
	change, start, end := changes(c, all, o.Convention)
	first := len(all)
	for i, d := range all {
		if d >= o.From {
			first = i
			break
		}
	}
	if first == len(all) {
		return nil, &evidence.Absent{Code: "meetings_are_over", Args: evidence.Args{"last": all[len(all)-1].String(), "as_of": o.From.String()}}
	}
	if o.LowBP < 0 {
		if math.IsNaN(start[first]) {
			return nil, why(c, all, first)
		}
		p.LowBP, p.Inferred = int(math.Floor(start[first]*100/Step))*Step, true
		p.Caveats = append(p.Caveats, evidence.Code{Code: "target_range_inferred", Args: evidence.Args{"rate": start[first]}})
		if off := start[first]*100 - float64(p.LowBP); off < edge || off > Step-edge {
			p.Caveats = append(p.Caveats, evidence.Code{Code: "target_range_uncertain", Args: evidence.Args{"rate": start[first]}})
		}
	}
	base := trees(change[first:], p.LowBP)
	ups, downs := bump(c, all, first, p.LowBP, o)
	for i := first; i < len(all); i++ {
		m := Meeting{Date: all[i]}
		if base[i-first] == nil {
			m.Absent = why(c, all, i)
			if !math.IsNaN(change[i]) { // the ranges rest on all earlier moves
				m.Absent = &evidence.Absent{Code: "earlier_meeting_unknown", Args: evidence.Args{"meeting": all[i].String()}}
			}
			p.Meetings = append(p.Meetings, m)
			continue
		}
		m.ChangeBP, m.StartPercent, m.EndPercent = 100*change[i], start[i], end[i]
		m.fill(base[i-first], i-first, ups, downs)
		m.caveats(c, all, i, o)
		p.Meetings = append(p.Meetings, m)
	}
	return p, nil
}

// tree is a distribution over ranges: probability of each from low on.
type tree struct {
	low  int // basis points
	prob []float64
}

func (t *tree) at(low int) float64 {
	i := (low - t.low) / Step
	if low < t.low || i >= len(t.prob) {
		return 0
	}
	return t.prob[i]
}

func (t *tree) mean() float64 {
	s := 0.0
	for i, p := range t.prob {
		s += p * (float64(t.low+i*Step) + Step/2.0)
	}
	return s
}

// trees convolves the changes, in percentage points, one after the other. From the first that is not
// known on there is none.
func trees(change []float64, low int) []*tree {
	out := make([]*tree, len(change))
	now := &tree{low: low, prob: []float64{1}}
	for i, x := range change {
		steps := x * 100 / Step
		if math.IsNaN(steps) {
			break
		}
		k := math.Floor(steps)
		up := steps - k
		next := &tree{low: now.low + int(k)*Step, prob: make([]float64, len(now.prob)+1)}
		for j, p := range now.prob {
			next.prob[j] += p * (1 - up)
			next.prob[j+1] += p * up
		}
		out[i], now = next, next
	}
	return out
}

// bumped is what one moved price leads to.
type bumped struct {
	change []float64
	trees  []*tree
}

// bump moves each price by its standard error, up and down.
func bump(c *Curve, all []calendar.Date, first, low int, o Options) (ups, downs []bumped) {
	near := MonthOf(c.Day)
	for i := range c.Rate {
		if market.IsMissing(c.Rate[i]) {
			continue
		}
		tick := o.TickFar
		if c.From+Month(i) <= near {
			tick = o.TickNear
		}
		for _, sign := range [2]float64{1, -1} {
			moved := &Curve{From: c.From, Day: c.Day, Rate: append([]float64(nil), c.Rate...)}
			moved.Rate[i] += sign * tick / math.Sqrt(12)
			change, _, _ := changes(moved, all, o.Convention)
			b := bumped{change[first:], trees(change[first:], low)}
			if sign > 0 {
				ups = append(ups, b)
			} else {
				downs = append(downs, b)
			}
		}
	}
	return ups, downs
}

// fill sets the ranges with their errors. Ranges at the ends that have no probability are left out.
func (m *Meeting) fill(t *tree, k int, ups, downs []bumped) {
	spread := func(base float64, of func(b *bumped) float64) float64 {
		s := 0.0
		for j := range ups {
			up, down := of(&ups[j])-base, of(&downs[j])-base
			s += (up*up + down*down) / 2
		}
		return math.Sqrt(s)
	}
	lo, hi := 0, len(t.prob)
	for hi-lo > 1 && t.prob[lo] <= 0 {
		lo++
	}
	for hi-lo > 1 && t.prob[hi-1] <= 0 {
		hi--
	}
	for i := lo; i < hi; i++ {
		low := t.low + i*Step
		m.Ranges = append(m.Ranges, Range{
			LowBP: low, HighBP: low + Step, Probability: t.prob[i],
			Error: spread(t.prob[i], func(b *bumped) float64 { return b.trees[k].at(low) }),
		})
	}
	m.ExpectedBP = t.mean()
	m.ExpectedError = spread(m.ExpectedBP, func(b *bumped) float64 { return b.trees[k].mean() })
	m.ChangeError = spread(m.ChangeBP, func(b *bumped) float64 { return 100 * b.change[k] })
}

// noisy is the standard error of a change, in basis points, from which on it is said to be noise: half
// a step.
const noisy = Step / 2.0

func (m *Meeting) caveats(c *Curve, all []calendar.Date, i int, o Options) {
	month := int(MonthOf(all[i]) - c.From)
	meets := map[Month]bool{}
	for _, d := range all {
		meets[MonthOf(d)] = true
	}
	// Without a month without a meeting behind it the end rests on this month's own price alone.
	anchored := false
	for j := month + 1; j < len(c.Rate) && !market.IsMissing(c.Rate[j]); j++ {
		if !meets[c.From+Month(j)] {
			anchored = true
			break
		}
	}
	if !anchored {
		m.Caveats = append(m.Caveats, evidence.Code{Code: "no_anchor_after"})
	}
	if m.ChangeError > noisy {
		m.Caveats = append(m.Caveats, evidence.Code{Code: "meeting_within_noise", Args: evidence.Args{"error_bp": m.ChangeError}})
	}
	if len(m.Ranges) > 0 && m.Ranges[0].LowBP < 0 {
		m.Caveats = append(m.Caveats, evidence.Code{Code: "ranges_below_zero"})
	}
	if m.Date == o.From {
		m.Caveats = append(m.Caveats, evidence.Code{Code: "meeting_today"})
	}
}

// why says why a meeting has no probabilities.
func why(c *Curve, all []calendar.Date, i int) *evidence.Absent {
	d := all[i]
	month := MonthOf(d)
	last := c.From + Month(len(c.Rate)) - 1
	for j := range all {
		if j != i && MonthOf(all[j]) == month {
			return &evidence.Absent{Code: "two_meetings_in_month", Args: evidence.Args{"meeting": d.String(), "other": all[j].String()}}
		}
	}
	if month < c.From || month > last {
		return &evidence.Absent{Code: "meeting_outside_curve", Args: evidence.Args{
			"meeting": d.String(), "first": c.From.String(), "last": last.String(),
		}}
	}
	for _, k := range [3]Month{month, month - 1, month + 1} {
		if k >= c.From && k <= last && market.IsMissing(c.Rate[k-c.From]) {
			return &evidence.Absent{Code: "month_without_price", Args: evidence.Args{"meeting": d.String(), "month": k.String()}}
		}
	}
	return &evidence.Absent{Code: "rates_undetermined", Args: evidence.Args{"meeting": d.String()}}
}
