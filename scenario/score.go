package scenario

import (
	"context"
	"math"

	"faultline/evidence"
	"faultline/expr"
)

// ConditionScore holds one condition against what happened.
type ConditionScore struct {
	Condition int
	Fact      Fact
	Tree      float64    // probability by the tree on its day
	Odds      []*float64 // by markets on that day, in the order of the tree
	BrierTree *float64   // squared error; nil while the condition is open
	BrierOdds []*float64 // of the markets
}

// OutcomeScore holds what an asset should have done against what it did.
type OutcomeScore struct {
	Scenario, Outcome int
	True              bool
	Read              []expr.Reading
	Absent            *evidence.Absent
	// Odds are those of markets on the tree's day, in the order of the tree, Brier their squared errors once the
	// horizon has passed. The tree itself gives the outcome at least the prior of its scenario, Least, since what
	// it thinks of the outcome in the other scenarios it does not say.
	Odds, Brier []*float64
	Least       float64
	BrierLeast  *float64
}

// Score is how the tree did. A tree is one observation: no error can be given for it.
type Score struct {
	Conditions []ConditionScore
	Outcomes   []OutcomeScore
	// True are the scenarios of which everything required came true; Undecided those that may still.
	True, Undecided []int
	// Brier is Σ (prior − happened)² over the scenarios, Uniform what equal probabilities would score; Log is
	// −ln of the prior of the one that came true. They stand where exactly one scenario came true and none
	// is undecided.
	Brier, Uniform, Log *float64
}

// Score holds the tree against a path and against what is known at its end. start answers as of the tree's own
// day, now as of the end. Ended says that the horizon has passed, so that what an outcome says is decided.
func (t *Tree) Score(ctx context.Context, p *Path, start, now expr.Observer, ended bool) (*Score, error) {
	out := &Score{}
	prior := NewBelief(t)
	for i := range t.Conditions {
		c := ConditionScore{Condition: i, Fact: p.States[i].Fact}
		c.Tree, _ = prior.Condition(i)
		var err error
		if c.Odds, err = ask(ctx, t.Conditions[i].Odds, start); err != nil {
			return nil, err
		}
		c.BrierOdds = make([]*float64, len(c.Odds))
		if c.Fact != Open {
			c.BrierTree = squared(&c.Tree, c.Fact == Met)
			for k, p := range c.Odds {
				c.BrierOdds[k] = squared(p, c.Fact == Met)
			}
		}
		out.Conditions = append(out.Conditions, c)
	}
	for i, s := range t.Scenarios {
		came, open := true, false
		for _, r := range s.Requires {
			came = came && p.States[r].Fact == Met
			open = open || p.States[r].Fact == Open
		}
		switch {
		case came:
			out.True = append(out.True, i)
		case open && p.Died[i] < 0:
			out.Undecided = append(out.Undecided, i)
		}
		for k, o := range s.Outcomes {
			if o.Check == nil {
				continue
			}
			v, err := o.Check.Eval(ctx, now)
			if err != nil {
				return nil, err
			}
			x := OutcomeScore{Scenario: i, Outcome: k, True: v.True, Read: v.Read, Absent: v.Absent, Least: s.Prior}
			if x.Odds, err = ask(ctx, o.Odds, start); err != nil {
				return nil, err
			}
			x.Brier = make([]*float64, len(x.Odds))
			if ended && v.Known() {
				x.BrierLeast = squared(&s.Prior, v.True)
				for m, p := range x.Odds {
					x.Brier[m] = squared(p, v.True)
				}
			}
			out.Outcomes = append(out.Outcomes, x)
		}
	}
	if len(out.True) == 1 && len(out.Undecided) == 0 {
		brier, uniform := 0.0, 0.0
		even := 1 / float64(len(t.Scenarios))
		for i, s := range t.Scenarios {
			y := 0.0
			if i == out.True[0] {
				y = 1
			}
			brier += (s.Prior - y) * (s.Prior - y)
			uniform += (even - y) * (even - y)
		}
		l := -math.Log(t.Scenarios[out.True[0]].Prior)
		out.Brier, out.Uniform, out.Log = &brier, &uniform, &l
	}
	return out, nil
}

// squared is the squared error of a probability; nil where there is none.
func squared(p *float64, happened bool) *float64 {
	if p == nil {
		return nil
	}
	e := *p
	if happened {
		e--
	}
	e *= e
	return &e
}
