package fedwatch

import (
	"math"
	"sort"

	"faultline/calendar"
	"faultline/market"
)

// Effective says from which day a decision moves the rate.
type Effective string

// The two conventions of the day of a meeting.
const (
	// NextDay is the practice: the decision is announced in the afternoon, and the rate moves from the
	// next day on, so that the announcement day counts with the days before. The published
	// probabilities of today follow it.
	NextDay Effective = "next_day"
	// SameDay counts the announcement day with the days after. CME's worked examples of 2015 and 2022
	// follow it.
	SameDay Effective = "same_day"
)

// Between says how the rate between two meetings is found when both stand in neighbouring months that
// have months without a meeting on the outer sides, so that the prices say more than is needed.
type Between string

// The three ways.
const (
	// Anchors takes the rate from the later month: its end is the next month's price, its start follows
	// from its own price, and the earlier month ends there. The earlier month's own price is not used.
	// Published probabilities follow it (docs/methods/fedwatch.md compares the three).
	Anchors Between = "anchors"
	// Forward starts from the month before and goes forward through the prices of both, as the worked
	// example of 2022 does.
	Forward Between = "forward"
	// Mean is the mean of the forward and the backward solution of the earlier month's change.
	Mean Between = "mean"
)

// Convention is the pair. The zero value is not one: use Today.
type Convention struct {
	Effective Effective
	Between   Between
}

// Today is the convention of the published probabilities.
var Today = Convention{NextDay, Anchors}

// Examples is the convention of the worked examples of 2015 and 2022.
var Examples = Convention{SameDay, Forward}

// month is what is known of one month; rates in percent, NaN where not known.
type month struct {
	rate       float64 // mean of the days
	before     float64 // days at the old rate
	after      float64 // days at the new rate
	meets      bool
	clash      bool // more than one meeting
	start, end float64
}

// months sets the meetings beside the prices. Meetings outside the curve are left out.
func months(c *Curve, meetings []calendar.Date, e Effective) []month {
	out := make([]month, len(c.Rate))
	for i := range out {
		out[i] = month{rate: c.Rate[i], start: math.NaN(), end: math.NaN()}
	}
	for _, d := range meetings {
		m := MonthOf(d)
		i := int(m - c.From)
		if i < 0 || i >= len(out) {
			continue
		}
		_, _, day := d.YMD()
		x := &out[i]
		x.clash = x.meets
		x.meets = true
		x.before = float64(day)
		if e == SameDay {
			x.before--
		}
		x.after = float64(m.Days()) - x.before
	}
	return out
}

// solve fills the rates at which each month starts and ends.
//
// A month without a meeting starts and ends at its mean. In a month with one, of N days of which b come
// before the new rate and a after it,
//
//	N · mean = b · start + a · end
//
// and a month starts where the one before ended. (CME Group, "Fed funds futures probability tree
// calculator".)
func solve(ms []month, how Between) {
	anchored := func(i int) bool {
		return i >= 0 && i < len(ms) && !ms[i].meets && !market.IsMissing(ms[i].rate)
	}
	for i := range ms {
		if anchored(i) {
			ms[i].start, ms[i].end = ms[i].rate, ms[i].rate
		}
	}
	for i := range ms {
		x := &ms[i]
		if !x.meets || x.clash {
			continue
		}
		if anchored(i - 1) {
			x.start = ms[i-1].end
		}
		if anchored(i + 1) {
			x.end = ms[i+1].start
		}
	}
	if how == Forward {
		forward(ms)
	}
	for i := len(ms) - 1; i >= 0; i-- {
		x := &ms[i]
		if !x.meets || x.clash {
			continue
		}
		if math.IsNaN(x.end) && i+1 < len(ms) {
			x.end = ms[i+1].start
		}
		if math.IsNaN(x.start) && x.before > 0 {
			x.start = x.backward()
		}
	}
	forward(ms)
}

// forward goes from what is known into the following months.
func forward(ms []month) {
	for i := range ms {
		x := &ms[i]
		if !x.meets || x.clash {
			continue
		}
		if math.IsNaN(x.start) && i > 0 {
			x.start = ms[i-1].end
		}
		if math.IsNaN(x.end) && x.after > 0 {
			x.end = x.forward()
		}
	}
}

// forward is the end that start and mean imply. A month without a day at the old rate ends at its mean.
func (x *month) forward() float64 {
	if x.before == 0 {
		return x.rate
	}
	return ((x.before+x.after)*x.rate - x.before*x.start) / x.after
}

// backward is the start that end and mean imply. A month without a day at the new rate starts at its mean.
func (x *month) backward() float64 {
	if x.after == 0 {
		return x.rate
	}
	return ((x.before+x.after)*x.rate - x.after*x.end) / x.before
}

// change is what the meeting of a month adds to the rate, percentage points. Under Mean a month whose
// start the month before gives, and whose end the next meeting's month gives, has two solutions: the
// forward one keeps its start and its mean, the backward one its end and its mean.
func (ms solved) change(i int) float64 {
	x := &ms.months[i]
	between := i > 0 && !ms.months[i-1].meets && i+1 < len(ms.months) && ms.months[i+1].meets
	if ms.how != Mean || !between || !(x.after > 0) || !(x.before > 0) || market.IsMissing(x.rate) {
		return x.end - x.start
	}
	return ((x.forward() - x.start) + (x.end - x.backward())) / 2
}

type solved struct {
	months []month
	how    Between
}

// changes solves the curve and returns, for each meeting, its change and the rates before and after.
func changes(c *Curve, meetings []calendar.Date, conv Convention) (change, start, end []float64) {
	ms := months(c, meetings, conv.Effective)
	solve(ms, conv.Between)
	all := solved{ms, conv.Between}
	for _, d := range meetings {
		i := int(MonthOf(d) - c.From)
		if i < 0 || i >= len(ms) || ms[i].clash {
			change, start, end = append(change, math.NaN()), append(start, math.NaN()), append(end, math.NaN())
			continue
		}
		change, start, end = append(change, all.change(i)), append(start, ms[i].start), append(end, ms[i].end)
	}
	return change, start, end
}

// sorted returns the meetings in order, each once.
func sorted(meetings []calendar.Date) []calendar.Date {
	out := append([]calendar.Date(nil), meetings...)
	sort.Slice(out, func(i, j int) bool { return out[i] < out[j] })
	n := 0
	for i, d := range out {
		if i == 0 || d != out[n-1] {
			out[n] = d
			n++
		}
	}
	return out[:n]
}
