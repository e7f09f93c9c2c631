package faultline

import (
	"errors"

	"faultline/cascade"
	"faultline/evidence"
	"faultline/impact"
	"faultline/scenario"
)

// loopPaths are simulated beginnings of paths, with the participants in the loop and without any shock.
type loopPaths struct {
	sessions int
	moves    [][]float64 // [asset of impact.Universe][path]
	absent   *evidence.Absent
}

// loop simulates so many sessions, once an analysis. It is absent where the loop cannot run.
func (r *run) loop(sessions int) (*loopPaths, error) {
	if r.looped != nil && r.looped.sessions == sessions {
		return r.looped, nil
	}
	out := &loopPaths{sessions: sessions}
	err := r.walkLoop(out)
	if err != nil && !errors.As(err, &out.absent) {
		return nil, err
	}
	r.looped = out
	return out, nil
}

// walkLoop fills the moves.
func (r *run) walkLoop(out *loopPaths) error {
	x, err := r.stage(ShockOptions{})
	if err != nil {
		return err
	}
	const own = "scenario" // a horizon of its own
	session := out.sessions - 1
	if len(x.line.Slots) > 1 && x.line.Slots[1].Session == 0 && x.lines["1d"] > x.lines["close"] {
		session++ // the rest of today is not a session
	}
	for i, s := range x.line.Slots {
		if s.Session <= session {
			x.lines[own] = i
		}
	}
	x.opts.Horizon = own
	law, err := impact.Parse(x.opts.Law)
	if err != nil {
		return err
	}
	c, err := x.cast(x.base)
	if err != nil {
		return err
	}
	setup, err := x.setup(law, x.base, c)
	if err != nil {
		return err
	}
	l := &lattice{x: x, known: map[string]int{}}
	l.add(x.base.names(""), nil)
	a := r.assume
	got, err := x.walk(setup, cascade.Options{
		Paths: int(a.Value("cascade.paths")), Seed: uint64(a.Value("band.seed")), Cases: l.cases, Kept: []int{0},
	})
	if err != nil {
		return err
	}
	out.moves = got.Final[0]
	return nil
}

// impactLaw is the law of the register.
func impactLaw(a Assumptions) string { return impact.Names[int(a.Value("impact.law"))] }

// joint is the joint distribution of assets to a horizon: history in blocks, of which the register's share begins
// with a month of the loop. Why that could not be is the second result.
func (r *run) joint(assets []string, sessions int) (*scenario.Joint, *evidence.Absent, error) {
	a := r.assume
	j, err := scenario.Bootstrap(r.state, assets, sessions, int(a.Value("scenario.paths")), int(a.Value("scenario.history")),
		a.Value("scenario.block"), uint64(a.Value("band.seed")))
	if err != nil {
		return nil, nil, err
	}
	share := a.Value("scenario.cascade_share")
	if !(share > 0) {
		return j, nil, nil
	}
	l, err := r.loop(min(sessions, scenario.Month))
	if err != nil {
		return nil, nil, err
	}
	if l.absent != nil {
		return j, l.absent, nil
	}
	var absent *evidence.Absent
	if err := j.Begin(impact.Universe[:], l.moves, share); err != nil && !errors.As(err, &absent) {
		return nil, nil, err
	}
	return j, absent, nil
}
