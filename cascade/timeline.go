package cascade

import (
	"errors"
	"fmt"
	"time"

	"faultline/flow"
)

// Minutes splits the first session of a timeline into ticks of equal length: minutes within the day, days
// beyond. One tick leaves it as it is.
func Minutes(t flow.Timeline, ticks int) (flow.Timeline, error) {
	if ticks < 1 {
		return t, fmt.Errorf("simulate: %d ticks a session: at least one is needed", ticks)
	}
	out := flow.Timeline{Start: t.Start, Dates: t.Dates}
	for i, s := range t.Slots {
		if i == 0 || s.Phase != flow.Tick || s.Session != 0 {
			out.Slots = append(out.Slots, s)
			continue
		}
		from := t.Slots[i-1].At
		step := s.At.Sub(from) / time.Duration(ticks)
		for k := range ticks {
			piece := s
			piece.Frac = s.Frac / float64(ticks)
			if k < ticks-1 {
				piece.At = from.Add(step * time.Duration(k+1))
			}
			out.Slots = append(out.Slots, piece)
		}
	}
	return out, nil
}

// errNoSlots says that a simulation has nothing to walk through.
var errNoSlots = errors.New("simulate: a horizon of zero has no steps")
