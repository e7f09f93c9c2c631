package pack

import (
	"context"
	"fmt"
	"sort"

	"faultline/assumption"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/flow/cta"
	"faultline/flow/volcontrol"
	"faultline/market"
)

// Derive computes, for every NYSE session from one date to another, the state that the trend
// followers and the volatility-target funds carry out of its close: a series for each number of the state, an observation a session,
// known from that close. Prices must reach back as far as the model looks; of each session only what
// was known at its close counts.
//
// What it gives can ship where the prices cannot. States do tell the returns between them, though, and
// those of the week before the first: Check holds a public pack to states of sessions that follow each
// other without a gap and to telling only of closes that the pack publishes anyway.
func Derive(ctx context.Context, prices *market.Book, from, to calendar.Date, a assumption.Set) ([]market.Dataset, error) {
	fault := func(err error) error { return &Error{Op: "derive state", Err: err} }
	sessions, err := calendar.NYSE().Sessions(from, to)
	if err != nil {
		return nil, fault(err)
	}
	if len(sessions) == 0 {
		return nil, fault(fmt.Errorf("there is no session from %s to %s", from, to))
	}
	merged := map[string]*market.Series{}
	for _, s := range sessions {
		if err := ctx.Err(); err != nil {
			return nil, fault(err)
		}
		known := prices.AsOf(s.Close)
		sets, err := cta.Derive(known, a)
		if err != nil {
			return nil, fault(fmt.Errorf("%s: %w", s.Date, err))
		}
		funds, err := volcontrol.Derive(known, a)
		if err != nil {
			return nil, fault(fmt.Errorf("%s: %w", s.Date, err))
		}
		sets = append(sets, funds...)
		for _, d := range sets {
			v := d.Series
			if v == nil || v.Len() != 1 {
				return nil, fault(fmt.Errorf("%s: the model gave %s with %d rows, not a series with one", s.Date, d.Key(), d.Len()))
			}
			if got := calendar.Date(v.About[0] / 86400); got != s.Date {
				return nil, fault(fmt.Errorf("%s: the last price is that of %s", s.Date, got))
			}
			into := merged[v.ID]
			if into == nil {
				into = &market.Series{ID: v.ID, Unit: v.Unit, Origin: v.Origin}
				into.Origin.Grade = evidence.Weakest(evidence.Modelled, v.Origin.Grade)
				merged[v.ID] = into
			}
			into.Append(v.About[0], v.Known[0], v.Value[0], 0)
		}
	}
	ids := make([]string, 0, len(merged))
	for id := range merged {
		ids = append(ids, id)
	}
	sort.Strings(ids)
	out := make([]market.Dataset, len(ids))
	for i, id := range ids {
		out[i].Series = merged[id]
	}
	return out, nil
}
