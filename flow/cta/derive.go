package cta

import (
	"errors"
	"fmt"

	"faultline/assumption"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// prefix stands before the name of each field of derived state.
const prefix = "state/cta/" + Instrument + "/"

// field is one number of a snapshot with its name.
type field struct {
	name string
	at   *float64
}

// fields lists the numbers of a snapshot. The order is that of the datasets.
func (s *snapshot) fields() []field {
	var out []field
	add := func(name string, at *float64) { out = append(out, field{name, at}) }
	for k, name := range SpeedNames {
		add("average_to_price_"+name, &s.ratio[k])
		add("average_weight_"+name, &s.weight[k])
		add("held_"+name, &s.held[k])
	}
	add("variance", &s.square)
	add("variance_weight", &s.volume)
	add("carry", &s.carry)
	add("week", &s.week)
	return out
}

// fingerprint lists the assumptions that a snapshot depends on: the others act after it.
func (p *params) fingerprint() []field {
	out := []field{{"assume_squash", &p.squash}, {"assume_vol_span", &p.volSpan}, {"assume_vol_floor", &p.volFloor}, {"assume_adjust", &p.adjust}}
	for k, name := range SpeedNames {
		out = append(out, field{"assume_span_" + name, &p.span[k]}, field{"assume_weight_" + name, &p.weight[k]})
	}
	return out
}

// Derive writes down the model's state after the last close of the State: one number a series, all
// about the same session. With the close of that session they give the same reading as the bars do.
// Averages stand relative to the price and there is one session, so that no price can be read from
// them. States of sessions that follow each other would allow that: a pack must not hold two that are
// fewer sessions apart than there are averages.
func Derive(s *market.State, a assumption.Set) ([]market.Dataset, error) {
	p := read(a)
	shot, err := fromBars(s, &p)
	if err != nil {
		return nil, fmt.Errorf("derive the state of cta: %w", err)
	}
	for k := range speeds {
		if why := shot.known(&p, k); why != nil {
			return nil, fmt.Errorf("derive the state of cta: %s: %w", SpeedNames[k], why)
		}
	}
	session, err := calendar.NYSE().Session(shot.date)
	if err != nil {
		return nil, fmt.Errorf("derive the state of cta: %w", err)
	}
	origin := market.Origin{
		File: "derived", Format: "derived_state", Source: "faultline", Grade: shot.grade, KnownAt: "session_close",
		Caveats: shot.caveats,
	}
	var out []market.Dataset
	add := func(name string, value float64) {
		v := &market.Series{Origin: origin, ID: prefix + name, Unit: evidence.UnitNone}
		v.Append(int64(shot.date)*86400, session.Close.Unix(), value, 0)
		out = append(out, market.Dataset{Series: v})
	}
	bars := float64(shot.bars)
	for _, f := range append(append(shot.fields(), field{"closes", &bars}), p.fingerprint()...) {
		add(f.name, *f.at)
	}
	for i, v := range shot.rank {
		add(fmt.Sprintf("rank_%03d", i), v)
	}
	return out, nil
}

// fromDerived reads what Derive wrote and steps it through the closes that came after it.
func fromDerived(s *market.State, p *params) (*snapshot, error) {
	shot := &snapshot{from: "derived_state", grade: evidence.Modelled}
	date := calendar.Date(-1 << 30)
	get := func(name string) (float64, error) {
		v, err := s.Series(prefix + name)
		if err != nil {
			return 0, err
		}
		n := v.Len() - 1
		d := calendar.Date(v.About[n] / 86400)
		if date == -1<<30 {
			date = d
			shot.caveats = v.Origin.Caveats
		}
		if d != date {
			return 0, absent("derived_state_incomplete", evidence.Args{"field": name, "session": date.String()})
		}
		shot.grade = evidence.Weakest(shot.grade, v.Origin.Grade)
		return v.Value[n], nil
	}
	var bars float64
	var none *evidence.Absent
	for i, f := range append(shot.fields(), field{"closes", &bars}) {
		v, err := get(f.name)
		switch {
		case err == nil:
			*f.at = v
		case i > 0 && errors.As(err, &none) && none.Code == "no_series":
			return nil, absent("derived_state_incomplete", evidence.Args{"field": f.name, "session": date.String()})
		default:
			return nil, err
		}
	}
	shot.bars, shot.date = int(bars), date
	for _, f := range p.fingerprint() {
		if v, err := get(f.name); err != nil || v != *f.at {
			return nil, absent("derived_state_of_other_assumptions", evidence.Args{"field": f.name, "derived": v, "asked": *f.at})
		}
	}
	for i := range 101 {
		v, err := get(fmt.Sprintf("rank_%03d", i))
		if err != nil {
			shot.rank = nil
			break
		}
		shot.rank = append(shot.rank, v)
	}
	if err := shot.follow(s, p); err != nil {
		return nil, err
	}
	return shot, nil
}
