package faultline

import (
	"math"
	"sort"
	"time"

	"faultline/calendar"
	"faultline/cascade"
	"faultline/evidence"
	"faultline/market"
)

// tapeInstrument is whose minutes the branching ratio is read from.
const tapeInstrument = "SPY"

// Steps of the tape: an event is a move of three basis points, some hundreds a day; counts are taken in
// quarters of an hour. Decays between a tenth and six a minute can be seen in minutes.
const (
	tapeStep         = 0.0003
	tapeWindow       = 15.0
	tapeSlow         = 0.02
	tapeFast         = 3.0
	fewestTapeEvents = 60
	fewestTapeDays   = 20
)

// session is the events of one day, in minutes since the opening.
type tapeSession struct {
	date   calendar.Date
	events []float64
}

// tape fits a self-exciting process to every session of minutes and sets the day asked about beside the
// others and beside the model's loop gain. The usual shape of the day is taken out first: time runs as
// fast as events usually come, or the busy opening and close would look like branching.
func tape(s *market.State, about calendar.Date, days []gainDay) (*TapeValidation, error) {
	bars, err := s.Bars(tapeInstrument, time.Minute)
	if err != nil {
		return nil, err
	}
	sessions := tapeSessions(bars)
	if len(sessions) < fewestTapeDays {
		return nil, &evidence.Absent{Code: "too_few_observations"}
	}
	clock := usualClock(sessions)
	out := &TapeValidation{Instrument: tapeInstrument, Date: about.String()}
	var all []float64
	var on *cascade.Hawkes
	counted := math.NaN()
	for _, x := range sessions {
		if len(x.events) < fewestTapeEvents {
			continue
		}
		at := make([]float64, len(x.events))
		windows := make([]float64, int(minutesOfDay/tapeWindow))
		for i, t := range x.events {
			at[i] = clock(t)
			windows[min(int(at[i]/tapeWindow), len(windows)-1)]++
		}
		f := cascade.FitHawkes(at, minutesOfDay, tapeSlow, tapeFast)
		c := cascade.CountBranching(windows)
		out.Days = append(out.Days, TapeDay{Date: x.date.String(), Branching: f.Branching, Counted: c, Events: len(at)})
		all = append(all, f.Branching)
		if x.date == about {
			on, counted = &f, c
		}
	}
	if on == nil {
		return nil, &evidence.Absent{Code: "no_close_of_session"}
	}
	sort.Float64s(all)
	out.Median = all[len(all)/2]
	low, high := on.Branching-2*on.Error, on.Branching+2*on.Error
	below := 100 * float64(sort.SearchFloat64s(all, on.Branching)) / float64(len(all))
	out.Branching = Score{ID: "branching", Value: &on.Branching, Low: &low, High: &high, Unit: evidence.Ratio, N: on.Events}
	out.Percentile = Score{ID: "percentile", Value: &below, Unit: evidence.Percentile, N: len(all)}
	out.Counted = Score{ID: "counted", Value: &counted, Unit: evidence.Ratio, N: on.Events}
	out.LoopGain = Score{ID: "loop_gain", Unit: evidence.Ratio, Absent: &evidence.Absent{Code: "no_close_of_session"}}
	for i := range days {
		if days[i].date < about && about-days[i].date <= 5 {
			g := days[i].total
			out.LoopGain = Score{ID: "loop_gain", Value: &g, Unit: evidence.Ratio, N: 1}
		}
	}
	return out, nil
}

// minutesOfDay is the length of a session.
const minutesOfDay = 390.0

// tapeSessions cuts bars into sessions of the New York exchange; half days are left out. Within a bar the
// price runs from open over the extreme that is further from the close to the other one and to the close.
func tapeSessions(b *market.Bars) []tapeSession {
	var out []tapeSession
	var at, price []float64
	var x calendar.Session
	end := func() {
		if len(at) > 4*300 {
			out = append(out, tapeSession{date: x.Date, events: cascade.Crossings(at, price, tapeStep)})
		}
		at, price = nil, nil
	}
	for i := range b.Len() {
		begin := time.Unix(b.Begin[i], 0)
		if !begin.Before(x.Close) {
			end()
			d := calendar.DateOf(begin.In(calendar.NYSE().Location()).Date())
			var err error
			if x, err = calendar.NYSE().Session(d); err != nil {
				x = calendar.Session{}
				continue
			}
		}
		open, high, low, last := b.Open[i], b.High[i], b.Low[i], b.Close[i]
		if begin.Before(x.Open) || !begin.Before(x.Close) || x.Close.Sub(x.Open) < 6*time.Hour || !(open > 0 && high > 0 && low > 0) {
			continue
		}
		t := begin.Sub(x.Open).Minutes()
		first, second := high, low
		if last > open {
			first, second = low, high
		}
		at = append(at, t, t+0.25, t+0.75, t+1)
		price = append(price, open, first, second, last)
	}
	end()
	return out
}

// usualClock maps minutes of a session to minutes of a session in which events come evenly: by the share
// of all events of all sessions that come before.
func usualClock(sessions []tapeSession) func(float64) float64 {
	var all []float64
	for _, s := range sessions {
		all = append(all, s.events...)
	}
	// In pieces of five minutes, so that no single day bends its own clock.
	const piece = 5.0
	count := make([]float64, int(minutesOfDay/piece)+1)
	for _, t := range all {
		count[min(int(t/piece), len(count)-2)+1]++
	}
	for i := 1; i < len(count); i++ {
		count[i] += count[i-1]
	}
	end := count[len(count)-1]
	return func(t float64) float64 {
		i := min(int(t/piece), len(count)-2)
		share := t/piece - float64(i)
		return minutesOfDay * (count[i] + share*(count[i+1]-count[i])) / end
	}
}
