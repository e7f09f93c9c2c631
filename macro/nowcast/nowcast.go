package nowcast

import (
	"fmt"
	"math"
)

// Nowcast is a model filtered and smoothed over a panel.
type Nowcast struct {
	s       *smoother
	targets map[int]bool
}

// Run filters and smooths a panel with a model. Targets are the series whose own future, or holes, are
// asked for.
func (m *Model) Run(p *Panel, targets ...int) (*Nowcast, error) {
	for _, i := range targets {
		if i < 0 || i >= p.N() {
			return nil, fmt.Errorf("nowcast: there is no series %d among %d", i, p.N())
		}
	}
	l, err := compile(m, p, targets)
	if err != nil {
		return nil, err
	}
	n := &Nowcast{s: newSmoother(l), targets: map[int]bool{}}
	n.s.run(true)
	for i, at := range l.at {
		if at >= 0 {
			n.targets[i] = true
		}
	}
	return n, nil
}

// Loglik is the logarithm of the density of the standardised data.
func (n *Nowcast) Loglik() float64 { return n.s.loglik }

// Factors are the smoothed factors, [month][factor].
func (n *Nowcast) Factors() []float64 {
	r, m := n.s.r, n.s.m
	out := make([]float64, n.s.months()*r)
	for t := range n.s.months() {
		copy(out[t*r:(t+1)*r], n.s.s[t*m:t*m+r])
	}
	return out
}

// Value is a number with its standard deviation given the data.
type Value struct{ Mean, SD float64 }

// Observation is what the panel's series is, or would be, in a month: its own value, noise of measurement
// included for kind Trend. The series must be a target.
func (n *Nowcast) Observation(series, month int) (Value, error) {
	if err := n.has(series, month); err != nil {
		return Value{}, err
	}
	return n.read(series, month, n.s.row(series), n.s.mod.Noise[series]), nil
}

// Signal is Λ f + e of a series in a month: its monthly latent value, without noise of measurement. The
// series must be a target.
func (n *Nowcast) Signal(series, month int) (Value, error) {
	if err := n.has(series, month); err != nil {
		return Value{}, err
	}
	return n.read(series, month, n.s.signal(series), 0), nil
}

func (n *Nowcast) read(series, month int, z []entry, noise float64) Value {
	mean, v := n.s.value(month, z)
	sd := n.s.mod.Scale[series]
	return Value{n.s.mod.Mean[series] + sd*mean, sd * math.Sqrt(v+noise)}
}

func (n *Nowcast) has(series, month int) error {
	if !n.targets[series] {
		return fmt.Errorf("nowcast: series %d was not made a target of the run", series)
	}
	if month < 0 || month >= n.s.months() {
		return fmt.Errorf("nowcast: there is no month %d among %d", month, n.s.months())
	}
	return nil
}
