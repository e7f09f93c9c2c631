package nowcast

import (
	"fmt"
	"math"
)

// Item is one release that moved a nowcast.
type Item struct {
	Series, Month   int
	Expected, Value float64 // in units of the series
	SD              float64 // of the surprise, before it came
	Impact          float64 // on the nowcast, in units of the target
}

// News are what moved the nowcast of one series between two panels: revisions of what both have, then the
// surprises of what only the later one has. Before + Revision + Σ Impact = After.
type News struct {
	Target, Month    int
	Before, Revision float64
	After            float64
	BeforeSD         float64
	AfterSD          float64
	Items            []Item
}

// News decomposes a change of the nowcast (Bańbura and Modugno 2014, section 2.3): the revision is taken
// first, and each surprise has its weight in the last state of knowledge. Everything that the old panel has
// the new one must have. The smoothed target is linear in the data of a pattern, so that the impact of a
// release is what the smoother makes of its surprise alone.
func (m *Model) News(old, fresh *Panel, target, month int) (*News, error) {
	if err := comparable(old, fresh); err != nil {
		return nil, err
	}
	before, err := m.Run(old, target)
	if err != nil {
		return nil, err
	}
	after, err := m.Run(fresh, target)
	if err != nil {
		return nil, err
	}
	a, err := before.Observation(target, month)
	if err != nil {
		return nil, err
	}
	b, err := after.Observation(target, month)
	if err != nil {
		return nil, err
	}
	out := &News{Target: target, Month: month, Before: a.Mean, BeforeSD: a.SD, After: b.Mean, AfterSD: b.SD}
	arrived := arrivals(old, fresh)
	revised, expected, err := m.expectations(fresh, arrived, target)
	if err != nil {
		return nil, err
	}
	r, err := revised.Observation(target, month)
	if err != nil {
		return nil, err
	}
	out.Revision = r.Mean - a.Mean
	s := after.s
	z, scale := s.row(target), m.Scale[target]
	y := make([]float64, len(s.y))
	smoothed := make([]float64, len(s.s))
	for k, c := range arrived {
		i, t := c/fresh.T, c%fresh.T
		clear(y)
		y[c] = (fresh.Y[c] - expected[k].Mean) / m.Scale[i]
		s.means(y, true, smoothed)
		impact := 0.0
		for _, e := range z {
			impact += e.v * smoothed[month*s.m+e.col]
		}
		out.Items = append(out.Items, Item{
			Series: i, Month: t, Expected: expected[k].Mean, Value: fresh.Y[c], SD: expected[k].SD, Impact: scale * impact,
		})
	}
	return out, nil
}

// comparable says whether the second panel holds the first.
func comparable(old, fresh *Panel) error {
	if old.N() != fresh.N() || old.T != fresh.T {
		return fmt.Errorf("nowcast: panels of %d series in %d months and of %d in %d cannot be compared", old.N(), old.T, fresh.N(), fresh.T)
	}
	for k, x := range old.Y {
		if !math.IsNaN(x) && math.IsNaN(fresh.Y[k]) {
			return fmt.Errorf("nowcast: %s of month %d is gone from the later panel", old.Names[k/old.T], k%old.T)
		}
	}
	return nil
}

// arrivals lists the places of what only the later panel has, month by month.
func arrivals(old, fresh *Panel) []int {
	var out []int
	for t := range fresh.T {
		for i := range fresh.N() {
			if k := i*fresh.T + t; math.IsNaN(old.Y[k]) && !math.IsNaN(fresh.Y[k]) {
				out = append(out, k)
			}
		}
	}
	return out
}

// expectations runs the later panel without what arrived, and says what was expected of that.
func (m *Model) expectations(fresh *Panel, arrived []int, target int) (*Nowcast, []Value, error) {
	revised := &Panel{Names: fresh.Names, Kinds: fresh.Kinds, T: fresh.T, Y: append([]float64(nil), fresh.Y...), Noise: fresh.Noise}
	targets := []int{target}
	for _, k := range arrived {
		revised.Y[k] = math.NaN()
		targets = append(targets, k/fresh.T)
	}
	n, err := m.Run(revised, targets...)
	if err != nil {
		return nil, nil, err
	}
	values := make([]Value, len(arrived))
	for j, k := range arrived {
		v, err := n.Observation(k/fresh.T, k%fresh.T)
		if err != nil {
			return nil, nil, err
		}
		v.SD = math.Sqrt(v.SD*v.SD + fresh.noise(k/fresh.T, k%fresh.T))
		values[j] = v
	}
	return n, values, nil
}
