package volcontrol

import (
	"errors"
	"fmt"

	"faultline/assumption"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// field is one number of a shot that does not depend on the level of any price.
type field struct {
	market, name string
	value        float64
}

// fields lists what has to be kept of a fund so that it can go on without the prices before: variances,
// covariances, what it holds and has yet to trade as shares of its assets, and the assumptions that
// these numbers rest on.
func (f *rules) fields(s *shot) []field {
	v := s.view()
	var out []field
	add := func(market, name string, value float64) { out = append(out, field{market, f.name + "_" + name, value}) }
	for i, id := range s.ids {
		add(id, "variance_short", *v.leg(i, legShort))
		add(id, "variance_long", *v.leg(i, legLong))
		add(id, "held", *v.leg(i, legUnits))
		add(id, "order", *v.leg(i, legOrder))
		for j := range i {
			add(id, "covariance_"+s.ids[j], *v.pair(j, i))
		}
	}
	add(Instrument, "since", float64(s.since))
	add(Instrument, "assume_decay_short", f.short)
	add(Instrument, "assume_decay_long", f.long)
	add(Instrument, "assume_vol_target", f.target)
	add(Instrument, "assume_cap", f.cap)
	return out
}

// Derive writes down the funds after the last close of the State: one number a series, all about the
// same session. No price can be read from one session. States of sessions that follow each other tell the
// sizes of the returns between them: a pack may hold them only where it publishes those closes.
func Derive(s *market.State, a assumption.Set) ([]market.Dataset, error) {
	var out []market.Dataset
	for _, name := range []string{Target, Parity} {
		f := read(a, name)
		p, err := panelOf(s, name)
		if err != nil {
			return nil, fmt.Errorf("derive the state of volcontrol: %w", err)
		}
		x, err := f.run(p, f.path(p))
		if err != nil {
			return nil, fmt.Errorf("derive the state of volcontrol: %w", err)
		}
		session, err := calendar.NYSE().Session(x.date)
		if err != nil {
			return nil, fmt.Errorf("derive the state of volcontrol: %w", err)
		}
		for _, n := range f.fields(x) {
			v := &market.Series{ID: stateOf(n.market) + n.name, Unit: evidence.UnitNone, Origin: market.Origin{
				File: "derived", Format: "derived_state", Source: "faultline", Grade: x.grade,
				KnownAt: "session_close", Caveats: x.caveats,
			}}
			v.Append(int64(x.date)*86400, session.Close.Unix(), n.value, 0)
			out = append(out, market.Dataset{Series: v})
		}
	}
	return out, nil
}

func stateOf(id string) string { return "state/volcontrol/" + id + "/" }

// fromDerived reads what Derive wrote.
func (f *rules) fromDerived(s *market.State) (*shot, error) {
	r := reader{state: s, prefix: f.name + "_"}
	x := &shot{from: "derived_state", ids: []string{Instrument}}
	if _, err := r.get(Instrument, "variance_long"); err != nil {
		return nil, err
	}
	if f.name == Parity {
		for _, class := range others {
			for _, id := range class {
				if _, err := s.Series(stateOf(id) + r.prefix + "variance_long"); err == nil {
					x.ids = append(x.ids, id)
					break
				}
			}
		}
	}
	x.rows = make([]float64, width(len(x.ids)))
	v := x.view()
	*v.at(rowAssets) = 1
	for i, id := range x.ids {
		x.close = append(x.close, r.close(id))
		*v.leg(i, legMark) = 1
		*v.leg(i, legShort) = r.must(id, "variance_short")
		*v.leg(i, legLong) = r.must(id, "variance_long")
		*v.leg(i, legUnits) = r.must(id, "held")
		*v.leg(i, legOrder) = r.must(id, "order")
		for j := range i {
			*v.pair(j, i) = r.must(id, "covariance_"+x.ids[j])
		}
	}
	for _, n := range f.fields(x) {
		if len(n.name) > len(r.prefix)+7 && n.name[len(r.prefix):len(r.prefix)+7] == "assume_" {
			if got := r.must(n.market, n.name[len(r.prefix):]); r.err == nil && got != n.value {
				return nil, absent("derived_state_of_other_assumptions", evidence.Args{"field": n.name, "derived": got, "asked": n.value})
			}
		}
	}
	x.since = calendar.Date(r.must(Instrument, "since"))
	if r.err != nil {
		return nil, r.err
	}
	x.date, x.grade, x.caveats = r.date, evidence.Weakest(evidence.Modelled, r.grade), r.caveats
	if len(x.ids) < classes && f.name == Parity {
		x.caveats = append(x.caveats, evidence.Code{Code: "fewer_classes", Args: evidence.Args{"classes": len(x.ids), "of": classes}})
	}
	if last, ok := lastSession(s); ok && x.date < last {
		args := evidence.Args{"instrument": Instrument, "last": x.date.String(), "session": last.String()}
		if last-x.date > staleDays {
			return nil, absent("stale_prices", args)
		}
		x.caveats = append(x.caveats, evidence.Code{Code: "stale_prices", Args: args})
	}
	return x, nil
}

// reader reads the latest observation of each field, all of one session, and keeps the first error.
type reader struct {
	state   *market.State
	prefix  string
	date    calendar.Date
	grade   evidence.Grade
	caveats []evidence.Code
	err     error
}

func (r *reader) get(id, name string) (float64, error) {
	full := stateOf(id) + r.prefix + name
	v, err := r.state.Series(full)
	if err != nil {
		return 0, err
	}
	n := v.Len() - 1
	d := calendar.Date(v.About[n] / 86400)
	if r.date == 0 {
		r.date, r.caveats = d, append(r.caveats, v.Origin.Caveats...)
	}
	if d != r.date {
		return 0, r.incomplete(full)
	}
	r.grade = evidence.Weakest(r.grade, v.Origin.Grade)
	return v.Value[n], nil
}

// must is get for a field that has to be there once the first one is.
func (r *reader) must(id, name string) float64 {
	x, err := r.get(id, name)
	var none *evidence.Absent
	if errors.As(err, &none) && none.Code == "no_series" {
		err = r.incomplete(stateOf(id) + r.prefix + name)
	}
	if r.err == nil {
		r.err = err
	}
	return x
}

func (r *reader) incomplete(name string) error {
	return absent("derived_state_incomplete", evidence.Args{"field": name, "session": r.date.String()})
}

// close is the close of the state's session, as a bar or as a published figure.
func (r *reader) close(id string) float64 {
	if b, err := r.state.Daily(id); err == nil {
		for i := b.Len() - 1; i >= 0 && b.Date(i) >= r.date; i-- {
			if b.Date(i) == r.date && b.Close[i] > 0 {
				r.grade = evidence.Weakest(r.grade, b.Origin.Grade)
				return b.Close[i]
			}
		}
	}
	for _, f := range r.state.Facts(id + "_close") {
		if f.Date() == r.date && f.Value > 0 {
			r.grade = evidence.Weakest(r.grade, r.state.FactsOrigin().Grade)
			return f.Value
		}
	}
	return market.Missing
}
