package replay

import (
	"math"
	"time"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/flow"
	"faultline/market"
)

// Bars are the bars of one instrument on the day, each at the instant at which it ended.
type Bars struct {
	Instrument string
	Interval   time.Duration
	At         []time.Time
	Open       []float64 // of the bar
	High       []float64
	Low        []float64
	Close      []float64
	Volume     []float64 // NaN where the source has none
	Grade      evidence.Grade
	Key        string // of the dataset
}

// intervals are the lengths of bars that serve, the finest first. A replay of minutes takes two seconds; a
// finer one would say nothing that a minute does not.
var intervals = []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour}

// barsOf finds the finest bars of an instrument within a session.
func barsOf(s *market.State, id string, open, end time.Time) (*Bars, error) {
	for _, every := range intervals {
		b, err := s.Bars(id, every)
		if err != nil {
			continue
		}
		out := &Bars{Instrument: id, Interval: every, Grade: b.Origin.Grade, Key: market.Dataset{Bars: b}.Key()}
		for i := range b.Len() {
			from := time.Unix(b.Begin[i], 0)
			if from.Before(open) || !from.Before(end) || !(b.Close[i] > 0) {
				continue
			}
			at := from.Add(every)
			if at.After(end) {
				at = end
			}
			out.At = append(out.At, at.UTC())
			out.Open, out.High = append(out.Open, b.Open[i]), append(out.High, b.High[i])
			out.Low, out.Close = append(out.Low, b.Low[i]), append(out.Close, b.Close[i])
			v := math.NaN()
			if !market.IsMissing(b.Volume[i]) {
				v = b.Volume[i]
			}
			out.Volume = append(out.Volume, v)
		}
		if len(out.At) >= leastBars {
			return out, nil
		}
	}
	return nil, &evidence.Absent{Code: "no_intraday_bars", Args: evidence.Args{"instrument": id}}
}

// leastBars is the fewest bars that make a session: hours of a half day.
const leastBars = 4

// timeline is the session in the order in which participants act: the close before as its start, the opening
// and what settles on it, one tick at the end of each bar, the close, and what settles on that.
func timeline(start time.Time, day calendar.Date, s calendar.Session, bars *Bars) flow.Timeline {
	t := flow.Timeline{Start: start, Dates: []calendar.Date{day}, Slots: []flow.Slot{
		{Phase: flow.Tick, At: start},
		{Phase: flow.Open, At: s.Open},
		{Phase: flow.Settle, At: s.Open},
	}}
	length, from := s.Close.Sub(s.Open), s.Open
	for _, at := range bars.At {
		t.Slots = append(t.Slots, flow.Slot{Phase: flow.Tick, At: at, Frac: float64(at.Sub(from)) / float64(length)})
		from = at
	}
	return flow.Timeline{Start: t.Start, Dates: t.Dates, Slots: append(t.Slots,
		flow.Slot{Phase: flow.Close, At: s.Close},
		flow.Slot{Phase: flow.Settle, At: s.Close})}
}

// firstTick is the slot of the first bar.
const (
	firstTick = 3
)

// priceAt is the price at a slot, relative to the price at the start: the close before until the opening,
// the open of the first bar at the opening, then the close of each bar.
func priceAt(bars *Bars, start float64, slot int) float64 {
	switch i := slot - firstTick; {
	case slot == 0:
		return 1
	case i < 0:
		return bars.Open[0] / start
	default:
		return bars.Close[min(i, len(bars.Close)-1)] / start
	}
}
