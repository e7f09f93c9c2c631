package cta

import (
	"errors"
	"fmt"

	"faultline/assumption"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// field is one number of a snapshot with its name.
type field struct {
	name string
	at   *float64
}

// fields lists the numbers of a snapshot. The order is that of the datasets.
func (s *snapshot) fields() []field {
	w := &s.past
	out := []field{
		{"variance", &s.square},
		{"variance_weight", &s.volume},
		{"tape_variance", &s.wide},
		{"tape_variance_weight", &s.wideW},
		{"carry", &s.carry},
		{"week", &s.week},
		{"week_close", &w.close},
		{"week_variance", &w.square},
		{"week_held", &w.held},
		{"week_traded_price", &w.traded.Price},
		{"week_traded_vol", &w.traded.Vol},
		{"week_traded_time", &w.traded.Time},
		{"week_revalued_price", &w.revalued.Price},
		{"week_revalued_vol", &w.revalued.Vol},
		{"week_revalued_time", &w.revalued.Time},
	}
	for k, name := range SpeedNames {
		out = append(out,
			field{"average_to_price_" + name, &s.ratio[k]},
			field{"average_weight_" + name, &s.weight[k]},
			field{"held_" + name, &s.held[k]},
			field{"quick_to_price_" + name, &s.quick[k]},
			field{"quick_weight_" + name, &s.quickW[k]},
			field{"week_pivot_" + name, &w.pivot[k]},
			field{"week_aged_pivot_" + name, &w.aged[k]})
	}
	return out
}

// fingerprint lists the assumptions that a snapshot depends on: the others act after it.
func (p *params) fingerprint() []field {
	out := []field{{"assume_buffer", &p.buffer}, {"assume_weight_price", &p.mix.weight[kindPrice]}, {"assume_crossover_fast", &p.mix.fast}, {"assume_squash", &p.squash}, {"assume_vol_span", &p.volSpan}, {"assume_tape_span", &p.tapeSpan}, {"assume_vol_floor", &p.volFloor}, {"assume_adjust", &p.adjust}}
	for k, name := range SpeedNames {
		out = append(out, field{"assume_span_" + name, &p.span[k]}, field{"assume_part_" + name, &p.part[k]})
	}
	return out
}

// total names the derived state of all equity markets together.
const totalState = "state/cta/equity/"

// Derive writes down the model's state after the last close of the State: one number a series, all
// about the same session, for each equity market that the State holds. With the close of the S&P 500
// they give the same reading as the bars do. Averages stand relative to the price and there is one
// session, so that no price can be read from them. States of sessions that follow each other would
// allow that: a pack must not hold two that are fewer sessions apart than there are averages. Signals that
// look into a window of past prices cannot go on from it: it is the state of programs without them.
func Derive(s *market.State, a assumption.Set) ([]market.Dataset, error) {
	p := read(a).windowless()
	var out []market.Dataset
	g, err := panelOf(s, nil, &p)
	if err != nil {
		return nil, fmt.Errorf("derive the state of cta: %w", err)
	}
	for _, l := range g.legs {
		if !l.shot.complete(&p) {
			return nil, fmt.Errorf("derive the state of cta: %s: %w", l.id, l.shot.known(&p, speeds-1))
		}
		w := stateWriter{prefix: stateOf(l.id), shot: l.shot, known: s.At().Unix()}
		bars := float64(l.shot.bars)
		for _, f := range append(append(l.shot.fields(), field{"closes", &bars}), p.fingerprint()...) {
			w.add(f.name, *f.at)
		}
		w.rank(l.shot.rank)
		out = append(out, w.out...)
	}
	w := stateWriter{prefix: totalState, shot: g.legs[0].shot, known: s.At().Unix()}
	w.rank(g.rank)
	return append(out, w.out...), nil
}

type stateWriter struct {
	prefix string
	shot   *snapshot
	known  int64
	out    []market.Dataset
}

func (w *stateWriter) add(name string, value float64) {
	v := &market.Series{ID: w.prefix + name, Unit: evidence.UnitNone, Origin: market.Origin{
		File: "derived", Format: "derived_state", Source: "faultline", Grade: w.shot.grade,
		KnownAt: "session_close", Caveats: w.shot.caveats,
	}}
	known := w.known
	if x, err := calendar.NYSE().Session(w.shot.date); err == nil {
		known = x.Close.Unix()
	}
	v.Append(int64(w.shot.date)*86400, known, value, 0)
	w.out = append(w.out, market.Dataset{Series: v})
}

func (w *stateWriter) rank(rank []float64) {
	for i, v := range rank {
		w.add(fmt.Sprintf("rank_%03d", i), v)
	}
}

// stateReader reads what a stateWriter wrote: the latest observation of each field, all of one
// session.
type stateReader struct {
	state  *market.State
	prefix string
	date   calendar.Date
	first  *market.Series
	grade  evidence.Grade
}

func (r *stateReader) get(name string) (float64, error) {
	v, err := r.state.Series(r.prefix + name)
	if err != nil {
		var none *evidence.Absent
		if r.first != nil && errors.As(err, &none) {
			return 0, r.incomplete(name)
		}
		return 0, err
	}
	n := v.Len() - 1
	d := calendar.Date(v.About[n] / 86400)
	if r.first == nil {
		r.first, r.date = v, d
	}
	if d != r.date {
		return 0, r.incomplete(name)
	}
	r.grade = evidence.Weakest(r.grade, v.Origin.Grade)
	return v.Value[n], nil
}

func (r *stateReader) incomplete(name string) error {
	return absent("derived_state_incomplete", evidence.Args{"field": r.prefix + name, "session": r.date.String()})
}

func (r *stateReader) rank() []float64 {
	var out []float64
	for i := range 101 {
		v, err := r.get(fmt.Sprintf("rank_%03d", i))
		if err != nil {
			return nil
		}
		out = append(out, v)
	}
	return out
}

// fromDerived reads what Derive wrote and steps it through the closes that came after it.
func fromDerived(s *market.State, p *params, v venue) (*snapshot, error) {
	shot := &snapshot{from: "derived_state"}
	shot.blind = true
	blind := p.windowless()
	r := &stateReader{state: s, prefix: stateOf(v.id), grade: evidence.Modelled}
	var bars float64
	for _, f := range append(shot.fields(), field{"closes", &bars}) {
		x, err := r.get(f.name)
		if err != nil {
			return nil, err
		}
		*f.at = x
	}
	shot.bars, shot.date = int(bars), r.date
	shot.caveats = append(shot.caveats, r.first.Origin.Caveats...)
	if p.mix.reach > 0 {
		shot.caveats = append(shot.caveats, evidence.Code{Code: "signals_without_history"})
	}
	for _, f := range blind.fingerprint() {
		x, err := r.get(f.name)
		if err != nil {
			return nil, err
		}
		if x != *f.at {
			return nil, absent("derived_state_of_other_assumptions", evidence.Args{"field": f.name, "derived": x, "asked": *f.at})
		}
	}
	shot.rank, shot.grade = r.rank(), r.grade
	if err := shot.follow(s, p, v); err != nil {
		return nil, err
	}
	late, err := fresh(s, v, shot.date)
	if late != nil {
		shot.caveats = append(shot.caveats, *late)
	}
	return shot, err
}

// follow finds the close of the state's session, as a bar or as a published figure, and steps the
// state through the closes that came after it. Of a market that is not stepped the close does not
// matter: all else stands relative to it.
func (s *snapshot) follow(st *market.State, p *params, v venue) error {
	s.close = market.Missing
	for _, f := range st.Facts(v.id + "_close") {
		if calendar.Date(f.About/86400) == s.date && f.Value > 0 {
			s.close = f.Value
			s.grade = evidence.Weakest(s.grade, st.FactsOrigin().Grade)
		}
	}
	if _, err := st.Daily(v.id); err == nil {
		h, err := daily(st, v)
		if err != nil {
			return err
		}
		next := len(h.date)
		for next > 0 && h.date[next-1] > s.date {
			next--
		}
		if next > 0 && h.date[next-1] == s.date {
			s.close = h.close[next-1]
			s.grade = evidence.Weakest(s.grade, h.origin.Grade)
		}
		if steps := h.sessions(next); len(steps) > 0 && s.close > 0 {
			whole := max(len(steps)-weekSessions, 0)
			for _, x := range steps[:whole] {
				s.advance(p, x.date, x.close, x.growth, x.carry)
			}
			s.takeWeek(p, steps[whole:])
			if len(steps) < weekSessions {
				s.week = market.Missing
			}
		}
	}
	if v.id == Instrument && !(s.close > 0) {
		return absent("no_close_of_session", evidence.Args{"instrument": v.id, "session": s.date.String()})
	}
	return nil
}
