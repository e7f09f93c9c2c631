package flow

import (
	"fmt"
	"time"

	"faultline/calendar"
)

// Slot is one step of a timeline.
type Slot struct {
	Phase   Phase
	At      time.Time
	Session int     // 0 for the session that is open at the start or the next one, 1 for the one after
	Frac    float64 // share of a session that the slot spans
}

// Timeline is the order of steps of a walk. The first slot is a tick at the start itself: the jump
// of a ladder happens there.
type Timeline struct {
	Start time.Time
	Dates []calendar.Date // of the sessions, by number
	Slots []Slot
}

// Sessions returns the timeline from start through the close of the n-th session. A session that is
// open at the start is the first one. Each session has an opening, the settlement of what settles in
// the morning, one tick over the day, the closing auction and the settlement of the afternoon; of a
// session that is already open the morning is past.
func Sessions(x *calendar.Exchange, start time.Time, n int) (Timeline, error) {
	if n < 1 {
		return Timeline{}, fmt.Errorf("timeline of %d sessions: at least one is needed", n)
	}
	last, err := x.LastClosed(start)
	if err != nil {
		return Timeline{}, fmt.Errorf("timeline from %s: %w", start.Format(time.RFC3339), err)
	}
	t := Timeline{Start: start, Slots: []Slot{{Phase: Tick, At: start}}}
	date := last.Date
	for i := range n {
		s, err := x.Next(date)
		if err != nil {
			return Timeline{}, fmt.Errorf("timeline from %s: %w", start.Format(time.RFC3339), err)
		}
		date = s.Date
		t.Dates = append(t.Dates, date)
		if i > 0 || !s.Open.Before(start) {
			t.Slots = append(t.Slots,
				Slot{Phase: Open, At: s.Open, Session: i},
				Slot{Phase: Settle, At: s.Open, Session: i})
		}
		from := s.Open
		if from.Before(start) {
			from = start
		}
		frac := float64(s.Close.Sub(from)) / float64(s.Close.Sub(s.Open))
		t.Slots = append(t.Slots,
			Slot{Phase: Tick, At: s.Close, Session: i, Frac: frac},
			Slot{Phase: Close, At: s.Close, Session: i},
			Slot{Phase: Settle, At: s.Close, Session: i})
	}
	return t, nil
}
