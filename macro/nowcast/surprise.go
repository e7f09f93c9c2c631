package nowcast

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mathext"

	"faultline/evidence"
)

// MaxSurprises is how many releases are judged at once.
const MaxSurprises = 12

// Surprise says how unlikely a set of releases is jointly, given the model and all that was known before.
type Surprise struct {
	Items       []Item
	Correlation []float64 // of the surprises that were to be expected, [item][item]
	Squared     float64   // Mahalanobis distance squared: u′ S⁻¹ u
	Freedom     int       // number of releases
	P           float64   // probability of a larger distance, if the model is right
	// Opposed is the correlation, under the model, of the two surprises that stretch the distance most,
	// times their signs: where it is negative they contradict each other. NaN with a single release.
	Opposed float64
	Pair    [2]int // which two they are
}

// Surprise judges what only the later panel has. The distance comes from the likelihood: with S the
// covariance of the surprises u given what was known, 2 [log p(ŷ) − log p(y)] = u′ S⁻¹ u, where ŷ has the
// releases at their expectation. It has a χ² distribution with as many degrees of freedom as releases
// (Mahalanobis, Proceedings of the National Institute of Sciences of India 2, 1936). That takes the
// parameters as known and disturbances as normal: fat tails make true probabilities larger.
func (m *Model) Surprise(old, fresh *Panel) (*Surprise, error) {
	if err := comparable(old, fresh); err != nil {
		return nil, err
	}
	arrived := arrivals(old, fresh)
	k := len(arrived)
	switch {
	case k == 0:
		return nil, &evidence.Absent{Code: "nowcast_no_release"}
	case k > MaxSurprises:
		return nil, fmt.Errorf("nowcast: %d releases came at once; at most %d are judged together", k, MaxSurprises)
	}
	_, expected, err := m.expectations(fresh, arrived, arrived[0]/fresh.T)
	if err != nil {
		return nil, err
	}
	trial := &Panel{Names: fresh.Names, Kinds: fresh.Kinds, T: fresh.T, Y: append([]float64(nil), fresh.Y...), Noise: fresh.Noise}
	loglik := func(u []float64) (float64, error) {
		for j, c := range arrived {
			trial.Y[c] = expected[j].Mean + u[j]
		}
		l, err := compile(m, trial, nil)
		if err != nil {
			return 0, err
		}
		s := newSmoother(l)
		s.run(false)
		return s.loglik, nil
	}
	u := make([]float64, k)
	centre, err := loglik(u)
	if err != nil {
		return nil, err
	}
	square := func(u []float64) (float64, error) {
		x, err := loglik(u)
		return math.Max(2*(centre-x), 0), err
	}
	out := &Surprise{Freedom: k, Opposed: math.NaN()}
	for j, c := range arrived {
		u[j] = fresh.Y[c] - expected[j].Mean
		out.Items = append(out.Items, Item{Series: c / fresh.T, Month: c % fresh.T, Expected: expected[j].Mean, Value: fresh.Y[c], SD: expected[j].SD})
	}
	if out.Squared, err = square(u); err != nil {
		return nil, err
	}
	out.P = mathext.GammaIncRegComp(float64(k)/2, out.Squared/2)
	if out.Correlation, err = m.correlations(square, out.Items); err != nil {
		return nil, err
	}
	out.oppose()
	return out, nil
}

// correlations inverts u′S⁻¹u, measured along the axes and between them.
func (m *Model) correlations(square func([]float64) (float64, error), items []Item) ([]float64, error) {
	k := len(items)
	inv := make([]float64, k*k)
	u := make([]float64, k)
	// In units of the deviations: alone for the diagonal, in pairs for the rest.
	for i := range k {
		clear(u)
		u[i] = items[i].SD
		x, err := square(u)
		if err != nil {
			return nil, err
		}
		inv[i*k+i] = x
		for j := range i {
			u[j] = items[j].SD
			x, err := square(u)
			if err != nil {
				return nil, err
			}
			u[j] = 0
			inv[i*k+j] = (x - inv[i*k+i] - inv[j*k+j]) / 2
			inv[j*k+i] = inv[i*k+j]
		}
	}
	out := make([]float64, k*k)
	col := make([]float64, k)
	for i := range k {
		clear(col)
		col[i] = 1
		if !solveSymmetric(inv, k, col) {
			return nil, &evidence.Absent{Code: "nowcast_no_surprise"}
		}
		for j := range k {
			out[j*k+i] = col[j]
		}
	}
	scale := make([]float64, k)
	for i := range k {
		scale[i] = math.Sqrt(out[i*k+i])
	}
	for i := range k {
		for j := range k {
			out[i*k+j] /= scale[i] * scale[j]
		}
	}
	return out, nil
}

// oppose finds the two surprises whose joint distance exceeds the sum of their own squares most.
func (s *Surprise) oppose() {
	k := len(s.Items)
	best := math.Inf(-1)
	for i := range k {
		for j := range i {
			a := (s.Items[i].Value - s.Items[i].Expected) / s.Items[i].SD
			b := (s.Items[j].Value - s.Items[j].Expected) / s.Items[j].SD
			c := s.Correlation[i*k+j]
			strain := (a*a+b*b-2*c*a*b)/(1-c*c) - a*a - b*b
			if strain > best {
				best = strain
				s.Pair = [2]int{j, i}
				s.Opposed = math.Copysign(c, c*a*b)
			}
		}
	}
}
