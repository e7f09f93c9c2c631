package scenario

import (
	"context"
	"fmt"
	"slices"
	"time"

	"faultline/evidence"
	"faultline/expr"
)

// overlaid answers from the evidence of the tree first, then from the data.
type overlaid struct {
	data expr.Observer
	list []Evidence
	at   time.Time
}

func (o overlaid) Observe(u expr.Use) (expr.Observation, error) {
	name := u.String()
	for _, e := range o.list {
		if e.Use.String() == name && !o.at.Before(e.Known) && (e.Until.IsZero() || o.at.Before(e.Until)) {
			return expr.Observation{Value: e.Value, Known: e.Known, Grade: evidence.Published}, nil
		}
	}
	return o.data.Observe(u)
}

// Observer answers as of an instant from the evidence of the tree and from data as of that instant.
func (t *Tree) Observer(data expr.Observer, at time.Time) expr.Observer {
	return overlaid{data, t.Evidence, at}
}

// State is what is known of one condition at an instant.
type State struct {
	Fact    Fact
	Since   time.Time // when it was decided
	Read    []expr.Reading
	Absent  *evidence.Absent // why it is open, where data lack
	Revised bool             // what decided it was revised later and would not decide it so any more
	Odds    []*float64       // what markets give for it, in the order of the tree; of a decided one the last before
}

// Step is one entry of the log: at an instant the conditions moved, and the probabilities with them.
type Step struct {
	At        time.Time
	Condition int  // −1 for the first entry, the priors
	Fact      Fact // what it became
	Revision  bool // a later vintage contradicts it; the probabilities stay, as markets saw the first print
	Read      []expr.Reading
	P, Naive  []float64 // of the scenarios, after the step
	Outside   bool      // no scenario allows what happened; P is that before
	Dead      []int     // scenarios that this step made impossible
}

// Path is the course of a tree over time.
type Path struct {
	Steps  []Step
	States []State // of the conditions, at the last instant
	Belief *Belief
	P      []float64
	Naive  []float64
	Died   []int // for each scenario the condition that made it impossible, or −1
	// Outside is true where no scenario allows what happened; P is then the last that some allowed.
	Outside bool
}

// Follow evaluates the conditions at each instant, in order, and keeps the log of what moved the
// probabilities. data answers as of an instant. The path up to an instant does not depend on later ones.
//
// A condition is met when it is true at or before its day (at its day where it is judged at the end). It has
// failed when its day has passed and it is known to be false, or when Fails is true. What is not known stays
// open, also after its day.
func Follow(ctx context.Context, t *Tree, times []time.Time, data func(time.Time) expr.Observer) (*Path, error) {
	p := &Path{Belief: NewBelief(t), States: make([]State, len(t.Conditions)), Died: make([]int, len(t.Scenarios))}
	for i := range p.Died {
		p.Died[i] = -1
	}
	p.P, _ = p.Belief.Probabilities()
	p.Naive, _ = p.Belief.Naive()
	p.Steps = []Step{{At: t.From, Condition: -1, P: p.P, Naive: p.Naive}}
	for _, at := range times {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		o := t.Observer(data(at), at)
		for i := range t.Conditions {
			if err := p.look(ctx, t, i, at, o); err != nil {
				return nil, fmt.Errorf("condition %s at %s: %w", t.Conditions[i].Name, at.Format(time.DateOnly), err)
			}
		}
	}
	return p, nil
}

// look evaluates one condition at one instant.
func (p *Path) look(ctx context.Context, t *Tree, i int, at time.Time, o expr.Observer) error {
	c, s := &t.Conditions[i], &p.States[i]
	if s.Fact == Open {
		odds, err := ask(ctx, c.Odds, o)
		if err != nil {
			return err
		}
		s.Odds = odds
	}
	v, err := c.When.Eval(ctx, o)
	if err != nil {
		return err
	}
	if s.Fact != Open {
		// What a later vintage says is noted once, for conditions that were met by an observation.
		if gone := s.Fact == Met && v.Known() && !v.True && !s.Revised && sameWindow(v.Read, s.Read); gone {
			s.Revised = true
			p.Steps = append(p.Steps, Step{At: at, Condition: i, Fact: s.Fact, Revision: true, Read: v.Read, P: p.P, Naive: p.Naive, Outside: p.Outside})
		}
		return nil
	}
	passed := !at.Before(c.By)
	s.Absent, s.Read = v.Absent, v.Read
	fact := Open
	switch {
	case v.Known() && v.True && (!c.AtEnd || passed):
		fact = Met
	case v.Known() && !v.True && passed:
		fact = Failed
	case c.Fails != nil:
		f, err := c.Fails.Eval(ctx, o)
		if err != nil {
			return err
		}
		if f.Known() && f.True {
			fact, s.Read = Failed, f.Read
		}
	}
	if fact == Open {
		return nil
	}
	s.Fact, s.Since, s.Absent = fact, at, nil
	p.Belief.Observe(i, fact)
	step := Step{At: at, Condition: i, Fact: fact, Read: s.Read}
	if q, ok := p.Belief.Probabilities(); ok {
		p.P = q
	} else {
		p.Outside = true
	}
	if q, ok := p.Belief.Naive(); ok {
		p.Naive = q
	}
	for k := range t.Scenarios {
		if p.Died[k] < 0 && p.Belief.Dead(k) >= 0 {
			p.Died[k] = p.Belief.Dead(k)
			step.Dead = append(step.Dead, k)
		}
	}
	step.P, step.Naive, step.Outside = p.P, p.Naive, p.Outside
	p.Steps = append(p.Steps, step)
	return nil
}

// ask is what markets give; nil where it is not known.
func ask(ctx context.Context, list []Odds, o expr.Observer) ([]*float64, error) {
	out := make([]*float64, len(list))
	for i, m := range list {
		v, err := m.Probability.Eval(ctx, o)
		if err != nil {
			return nil, err
		}
		if v.Known() {
			out[i] = &v.Value
		}
	}
	return out, nil
}

// Asks reports whether the tree asks a market for the probability of an outcome.
func (t *Tree) Asks(source string) bool {
	for _, s := range t.Scenarios {
		for _, o := range s.Outcomes {
			if slices.ContainsFunc(o.Odds, func(m Odds) bool { return m.Source == source }) {
				return true
			}
		}
	}
	return false
}

// sameWindow reports whether an evaluation rests on other values of the very observations on which a
// condition was decided, which is what a revision is.
func sameWindow(now, then []expr.Reading) bool {
	was := map[string]float64{}
	for _, r := range then {
		if r.Absent == nil {
			was[r.Use.String()] = r.Value
		}
	}
	for _, r := range now {
		if x, ok := was[r.Use.String()]; ok && r.Absent == nil && x != r.Value && len(r.Use.Args) > 0 {
			return true
		}
	}
	return false
}

// Days are the ends of all days from the tree's own up to an instant, and that instant; at most those of its
// horizon and the year after, in which late figures come in.
func (t *Tree) Days(until time.Time) (out []time.Time) {
	last := t.Until.AddDate(1, 0, 0)
	if until.Before(last) {
		last = until
	}
	for d := t.From.AddDate(0, 0, 1); d.Before(last); d = d.AddDate(0, 0, 1) {
		out = append(out, d)
	}
	if !last.Before(t.From) {
		out = append(out, last)
	}
	return out
}

// Start is the instant as of which the tree's own day is known: its end, or until where that is earlier.
func (t *Tree) Start(until time.Time) time.Time {
	if end := t.From.AddDate(0, 0, 1); end.Before(until) {
		return end
	}
	return until
}

// Watched is one rule with its state.
type Watched struct {
	Rule  *Rule
	Alert expr.Alert
	Last  expr.Verdict // of the last instant
}

// Watch runs the rules of a tree through the instants, as alerts would, and returns where they stand.
func (t *Tree) Watch(ctx context.Context, times []time.Time, data func(time.Time) expr.Observer) ([]Watched, error) {
	out := make([]Watched, len(t.Rules))
	for i := range t.Rules {
		out[i] = Watched{Rule: &t.Rules[i], Alert: expr.Alert{Status: expr.Inactive}}
		for _, at := range times {
			v, err := t.Rules[i].When.Eval(ctx, t.Observer(data(at), at))
			if err != nil {
				return nil, fmt.Errorf("rule %s: %w", t.Rules[i].Name, err)
			}
			t.Rules[i].Step(&out[i].Alert, at, v)
			out[i].Last = v
		}
	}
	return out, nil
}
