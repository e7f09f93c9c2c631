package dealer

import (
	"math"
	"sort"

	"faultline/flow"
)

// Band is a 5–95 % interval over draws of the sign convention.
type Band struct {
	Low, High float64
	Share     float64 // share of the draws in which the number exists at all
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

// band is the interval of what was found in draws. With fewer than nine draws in ten the bounds are NaN:
// an interval over the rest would look narrower than what is known.
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
