package faultline

import (
	"context"
	"errors"
	"slices"
	"time"

	"faultline/calendar"
	"faultline/capex"
	"faultline/eventvol"
	"faultline/evidence"
	"faultline/expr"
	"faultline/market"
	"faultline/scenario"
)

// Action is a line of advice as a rule, with where it stands, how it did and what it costs.
type Action struct {
	Name       string            `json:"name"`
	Title      map[string]string `json:"title"`
	Expression string            `json:"expression"`
	Status     string            `json:"status"` // code: inactive, pending, firing, not_known
	Since      string            `json:"since,omitempty"`
	Readings   []ScenarioReading `json:"readings"`
	Record     []ActionRecord    `json:"record"`
	Cost       *ActionRecord     `json:"cost,omitempty"`
	Source     string            `json:"source"`
}

// ActionRecord is one measured line: a mean with its standard error. Code says of what.
type ActionRecord struct {
	Code   string           `json:"code"`
	Value  *float64         `json:"value,omitempty"`
	Error  *float64         `json:"error,omitempty"`
	N      int              `json:"n"`
	Grade  *evidence.Grade  `json:"grade,omitempty"` // where it is weaker than what was observed
	Absent *evidence.Absent `json:"absent,omitempty"`
}

// actions says where the rules of a tree stand, how such advice did, and what it costs.
func actions(ctx context.Context, s *market.State, t *Tree, events *EventVol) ([]Action, error) {
	list, err := t.tree.Watch(ctx, t.tree.Days(s.At()), func(at time.Time) expr.Observer { return expr.OfAt(s, at) })
	if err != nil {
		return nil, err
	}
	out := []Action{}
	for _, w := range list {
		x := Action{
			Name: w.Rule.Name, Title: w.Rule.Title, Expression: w.Rule.When.Text(), Status: string(w.Alert.Status),
			Readings: readings(w.Last.Read), Record: []ActionRecord{}, Source: w.Rule.Source,
		}
		if !w.Alert.Since.IsZero() {
			x.Since = w.Alert.Since.Format(time.DateOnly)
		}
		if !w.Last.Known() {
			x.Status = "not_known"
		}
		if err := x.records(s, t.tree); err != nil {
			return nil, err
		}
		if x.Name == "buy_volatility" {
			x.overEvent(events)
		}
		out = append(out, x)
	}
	return out, nil
}

// records measures what stands behind a line of advice that the program knows; rules of a user's own have none.
func (x *Action) records(s *market.State, t *scenario.Tree) error {
	switch x.Name {
	case "watch_6725":
		return x.recovery(s)
	case "cut_hardware":
		return x.lean(s, t, "data_over_hardware", "software_over_hardware")
	case "hedge_tariffs":
		return x.lean(s, t, "gold", "supply_chains")
	case "buy_volatility":
		return x.straddles(s)
	}
	return nil
}

// add appends a line; an absence keeps its reason.
func (x *Action) add(code string, value, deviation float64, n int) {
	x.Record = append(x.Record, ActionRecord{Code: code, Value: finite(value), Error: finite(deviation), N: n})
}

func (x *Action) without(code string, err error) error {
	r := ActionRecord{Code: code}
	if !errors.As(err, &r.Absent) {
		return err
	}
	x.Record = append(x.Record, r)
	return nil
}

// recovery is what followed when the index won back its 50-day average after a week below: the level of the advice
// is one day's, the average is what stands for it in all other years.
func (x *Action) recovery(s *market.State) error {
	const average, below, month = 50, 5, 21
	// Who waits for the level misses the way to it, from the price that the rule itself read.
	if len(x.Readings) == 1 {
		if p := x.Readings[0].Value; p != nil && *p > 0 && *p < 6725 {
			x.Cost = &ActionRecord{Code: "cost_of_waiting", Value: finite(6725 / *p - 1), N: 1}
		}
	}
	if x.Cost == nil {
		x.Cost = &ActionRecord{Code: "cost_of_waiting", Absent: &evidence.Absent{Code: "cost_level_reached", Args: evidence.Args{"level": "6725"}}}
		if len(x.Readings) == 1 && x.Readings[0].Absent != nil {
			x.Cost.Absent = x.Readings[0].Absent
		}
	}
	b, err := s.Daily("SPX")
	if err != nil {
		return x.without("recovery_after", err)
	}
	r, err := scenario.Recovery(b, average, below, month)
	if err != nil {
		return x.without("recovery_after", err)
	}
	x.add("recovery_after", r.After.Value, r.After.Error, r.After.N)
	x.add("recovery_all", r.All.Value, r.All.Error, r.All.N)
	return nil
}

// lean is how the instruments that stand for a piece of advice did, before it and since.
func (x *Action) lean(s *market.State, t *scenario.Tree, codes ...string) error {
	day := calendar.DateIn(t.From, time.UTC)
	for i, code := range codes {
		for _, l := range append([]capex.Lean{{Code: "gold", Long: "GLD", Short: "SPY"}}, capex.Leans...) {
			if l.Code != code {
				continue
			}
			r, err := capex.Test(s, l, day)
			if err != nil {
				if err := x.without(code+"_before", err); err != nil {
					return err
				}
				if i == 0 {
					x.Cost = unpriced("cost_a_year", l.Long, l.Short)
				}
				continue
			}
			for _, e := range []struct {
				code string
				e    *capex.Estimate
			}{{code + "_before", r.Before}, {code + "_after", r.After}} {
				if e.e == nil {
					x.Record = append(x.Record, ActionRecord{Code: e.code, Absent: &evidence.Absent{Code: "too_few_observations"}})
					continue
				}
				x.add(e.code, e.e.Value, e.e.Error, e.e.N)
			}
			// What the other side earned more, a year, is what the advice would have cost.
			if i == 0 && r.Before == nil {
				x.Cost = unpriced("cost_a_year", l.Long, l.Short)
			}
			if i == 0 && r.Before != nil {
				x.Cost = &ActionRecord{Code: "cost_a_year", Value: finite(-r.Before.Value), Error: finite(r.Before.Error), N: r.Before.N}
			}
		}
	}
	return nil
}

// unpriced is a cost that cannot be told without the five years of prices behind it.
func unpriced(code, long, short string) *ActionRecord {
	return &ActionRecord{Code: code, Absent: &evidence.Absent{Code: "cost_needs_prices", Args: evidence.Args{"long": long, "short": short}}}
}

// overEvent is the cost of a straddle over nothing but the next event, where the price of one to the next close is not
// known: what the chain asks for that event, as a share of the index.
func (x *Action) overEvent(events *EventVol) {
	switch {
	case x.Cost != nil:
	case events == nil || len(events.Events) == 0 || events.Events[0].Straddle.Value == nil:
		x.Cost = &ActionRecord{Code: "cost_of_straddle", Absent: &evidence.Absent{Code: "cost_needs_volatility"}}
	default:
		f := events.Events[0].Straddle
		x.Cost = &ActionRecord{Code: "cost_of_event_straddle", Value: f.Value, N: 1, Grade: &f.Grade}
	}
}

// straddles is what one-day straddles earned on the days of the consumer price index and of the employment report.
func (x *Action) straddles(s *market.State) error {
	index, err := s.Daily("SPX")
	if err != nil {
		return x.without("straddle_releases", err)
	}
	vol, err := s.Daily("VIX1D")
	if err != nil {
		return x.without("straddle_releases", err)
	}
	days := map[calendar.Date]bool{}
	list, err := eventvol.Events(time.Unix(vol.Begin[0], 0), s.At(), s.At(), nil)
	if err != nil {
		return x.without("straddle_releases", &evidence.Absent{Code: "calendar_ends"})
	}
	for _, e := range list {
		if slices.Contains(eventvol.Releases, e.Kind) {
			days[e.Session] = true
		}
	}
	r, err := scenario.Straddles(index, vol, days)
	if err != nil {
		return x.without("straddle_releases", err)
	}
	x.add("straddle_releases", r.Days.Value, r.Days.Error, r.Days.N)
	x.add("straddle_others", r.Others.Value, r.Others.Error, r.Others.N)
	x.Cost = &ActionRecord{Code: "cost_of_straddle", Value: finite(r.Price), N: 1}
	return nil
}
