package report

import "faultline"

// checkScenario holds the columns of scenarios and of the capex trade against each other.
func checkScenario(a *faultline.Analysis, fault func(string, ...any)) {
	if x := a.Scenario; x != nil {
		for i, s := range x.Log {
			if len(s.Posterior) != len(x.Branches) || len(s.Naive) != len(x.Branches) {
				fault("scenario.log[%d] has %d and %d probabilities for %d scenarios", i, len(s.Posterior), len(s.Naive), len(x.Branches))
			}
		}
		for _, b := range x.Branches {
			if b.Posterior.Value == nil {
				fault("scenario.branches: %s has no probability", b.Name)
			}
		}
	}
	if x := a.Capex; x != nil {
		if len(x.HHI) == 0 || len(x.Years) == 0 || len(x.Nvidia) != len(x.Years) {
			fault("capex has %d years, %d results of Nvidia and %d of concentration", len(x.Years), len(x.Nvidia), len(x.HHI))
		}
		for i, e := range x.Events {
			if n := len(e.Date); len(e.Return) != n || len(e.Abnormal) != n || len(e.Error) != n {
				fault("capex.events[%d] has columns of different lengths", i)
			}
		}
		for i, h := range x.History {
			if n := len(h.Quarter); len(h.USD) != n || len(h.Rule) != n {
				fault("capex.history[%d] has columns of different lengths", i)
			}
		}
		if p := x.Portfolio; p != nil {
			for i, t := range p.Tilts {
				if n := len(t.Ticker); len(t.Trade) != n || len(t.After) != n {
					fault("capex.portfolio.tilts[%d] has columns of different lengths", i)
				}
			}
		}
		for i, l := range x.Leans {
			for _, r := range []*faultline.ActionRecord{l.Before, l.After} {
				if r != nil && (r.Value == nil) != (r.Error == nil) {
					fault("capex.leans[%d] has a value without its error", i)
				}
			}
		}
	}
}
