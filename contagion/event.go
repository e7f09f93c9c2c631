package contagion

import (
	"math"
	"sort"

	"faultline/calendar"
	"faultline/evidence"
)

// Lengths of an event study, in sessions.
const (
	estimation  = 120 // over which the normal return is estimated
	gapBefore   = 5   // between the end of that and the event
	afterEvent  = 5   // after the event that are added up
	eventsApart = 6   // between two events, so that their windows do not overlap
)

// Events is what happened to other assets around the sessions of the largest falls of one.
type Events struct {
	Of       string
	Clock    string
	From, To calendar.Date
	Dates    []calendar.Date // the worst first
	Falls    []float64       // logarithmic return of Of on each
	Effects  []Effect
}

// Effect is the mean abnormal return of one asset on the session before the events, on their own, on the
// next one, and over the five after them. The errors are across events; P is that of placebos.
type Effect struct {
	Asset                    string
	Before, Day, Next, After Estimate
}

// Study finds the largest falls of one asset and the mean abnormal return of the others around them: the
// return less its mean over the 120 sessions that end five before the event (Brown and Warner, "Using daily
// stock returns: the case of event studies", Journal of Financial Economics 14, 1985, 3–31, mean-adjusted
// returns; Campbell, Lo and MacKinlay, The Econometrics of Financial Markets, 1997, chapter 4). The chance
// P is the share of as many random sessions whose mean is at least as far from 0, so that neither fat
// tails nor clusters of volatility over the whole sample are mistaken for an effect.
func Study(p *Panel, of string, count, draws int, seed uint64) (*Events, error) {
	at := p.at(of)
	first, end := estimation+gapBefore, len(p.Dates)-afterEvent
	if at < 0 || end-first < 4*count {
		return nil, &evidence.Absent{Code: "too_few_observations"}
	}
	order := make([]int, 0, end-first)
	for t := first; t < end; t++ {
		order = append(order, t)
	}
	fall := p.Return[at]
	sort.SliceStable(order, func(a, b int) bool { return fall[order[a]] < fall[order[b]] })
	e := &Events{Of: of, Clock: p.Clock, From: p.Dates[0], To: p.Dates[len(p.Dates)-1]}
	var when []int
	for _, t := range order {
		if len(when) == count {
			break
		}
		if apart(when, t) {
			when = append(when, t)
			e.Dates = append(e.Dates, p.Dates[t])
			e.Falls = append(e.Falls, fall[t])
		}
	}
	random := stream(seed, "events/"+p.Clock, 0)
	placebos := make([][]int, draws)
	for k := range placebos {
		for len(placebos[k]) < len(when) {
			if t := first + random.IntN(end-first); apart(placebos[k], t) {
				placebos[k] = append(placebos[k], t)
			}
		}
	}
	for i, id := range p.IDs {
		if i == at {
			continue
		}
		r := p.Return[i]
		normal := make([]float64, len(r)) // mean over the estimation window before each session
		for t := first; t < end; t++ {
			normal[t] = sum(r[t-gapBefore-estimation:t-gapBefore]) / estimation
		}
		measure := func(from, to int) Estimate {
			abnormal := func(t int) float64 {
				s := 0.0
				for k := from; k <= to; k++ {
					s += r[t+k] - normal[t]
				}
				return s
			}
			mean, err := meanError(when, abnormal)
			beyond := 0
			for _, days := range placebos {
				if m, _ := meanError(days, abnormal); math.Abs(m) >= math.Abs(mean) {
					beyond++
				}
			}
			return Estimate{Value: mean, Error: err, P: float64(1+beyond) / float64(1+draws)}
		}
		e.Effects = append(e.Effects, Effect{
			Asset: id, Before: measure(-1, -1), Day: measure(0, 0), Next: measure(1, 1), After: measure(1, afterEvent),
		})
	}
	return e, nil
}

// apart reports whether a session is far enough from all of a list.
func apart(list []int, t int) bool {
	for _, x := range list {
		if x-t < eventsApart && t-x < eventsApart {
			return false
		}
	}
	return true
}

// meanError is the mean of a function over sessions and its standard error.
func meanError(days []int, of func(int) float64) (mean, err float64) {
	n := float64(len(days))
	for _, t := range days {
		mean += of(t) / n
	}
	for _, t := range days {
		d := of(t) - mean
		err += d * d
	}
	return mean, math.Sqrt(err / (n - 1) / n)
}
