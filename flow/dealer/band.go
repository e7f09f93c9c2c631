package dealer

import (
	"math"
	"sort"

	"faultline/assumption"
	"faultline/flow"
	"faultline/options"
)

// Halves are the exposures of all calls and of all puts, unsigned, repriced on a grid of relative
// prices, so that draws of the convention need no new pricing.
type Halves struct {
	X         []float64 // relative prices, ascending
	Spot      float64   // points
	Call, Put []float64 // dollars per 1 %

	h     *Holding
	basis *gammaBasis
}

// Split reprices the two halves of a book's open interest on a grid.
func Split(b *options.Book, x []float64) Halves {
	out := Halves{X: x, Spot: spotOf(b), Call: make([]float64, len(x)), Put: make([]float64, len(x))}
	h, err := FromOpenInterest(b)
	if err != nil {
		return out
	}
	out.h, out.basis = h, h.stock().now().basis(x, out.Spot)
	for _, p := range out.basis.held {
		to := out.Call
		if isPut(p) {
			to = out.Put
		}
		for j, v := range out.basis.part[p] {
			to[j] += v
		}
	}
	return out
}

// At is the exposure at grid point j under a convention.
func (h Halves) At(j int, a assumption.Set) float64 {
	if h.basis == nil {
		return 0
	}
	w := h.h.weights(a)
	return h.basis.at(j, &w)
}

// Band is a 5–95 % interval over draws of the sign convention.
type Band struct {
	Low, High float64
	Share     float64 // share of the draws in which the number exists at all
}

// CrossingBand follows one zero-gamma price through draws of the convention: in each draw the crossing
// nearest to price, by linear interpolation on the grid. Where fewer than nine draws in ten have any
// crossing the bounds are NaN: an interval over the rest would look narrower than what is known.
func (h Halves) CrossingBand(price float64, draws []assumption.Set) Band {
	if h.basis == nil {
		return nearestBand(price, make([][]float64, len(draws)))
	}
	all := make([]weights, len(draws))
	for i, a := range draws {
		all[i] = h.h.weights(a)
	}
	return nearestBand(price, h.basis.crossings(all))
}

// nearestBand is the interval of the crossing nearest to price, given the crossings of each draw.
func nearestBand(price float64, near [][]float64) Band {
	var found []float64
	for _, of := range near {
		best := math.NaN()
		for _, p := range of {
			if !(math.Abs(p-price) >= math.Abs(best-price)) {
				best = p
			}
		}
		if !math.IsNaN(best) {
			found = append(found, best)
		}
	}
	return band(found, len(near))
}

// ExposureBand is the band of the exposure at grid point j.
func (h Halves) ExposureBand(j int, draws []assumption.Set) Band {
	all := make([]float64, len(draws))
	for k, a := range draws {
		all[k] = h.At(j, a)
	}
	return band(all, len(draws))
}

func band(found []float64, draws int) Band {
	b := Band{Low: math.NaN(), High: math.NaN()}
	if draws == 0 {
		return b
	}
	b.Share = float64(len(found)) / float64(draws)
	if b.Share >= 0.9 {
		sort.Float64s(found)
		b.Low, b.High = flow.Quantile(found, 0.05), flow.Quantile(found, 0.95)
	}
	return b
}
