package dealer

import (
	"math"
	"sort"

	"faultline/assumption"
	"faultline/black"
	"faultline/flow"
	"faultline/options"
)

// Halves are the exposures of all calls and of all puts, unsigned, repriced on a grid of relative
// prices. Under any convention the exposure is long·Call − short·Put, so that draws of the convention
// need no new pricing.
type Halves struct {
	X         []float64 // relative prices, ascending
	Spot      float64   // points
	Call, Put []float64 // dollars per 1 %
}

// Split reprices the two halves of a book on a grid.
func Split(b *options.Book, x []float64) Halves {
	h := Halves{X: x, Spot: spotOf(b), Call: make([]float64, len(x)), Put: make([]float64, len(x))}
	plain := weigh(b, assumption.Default())
	for half, dst := range [][]float64{h.Call, h.Put} {
		part := gammas{spot: plain.spot}
		for k, i := range plain.row {
			if (b.Right[i] == black.Put) == (half == 1) {
				part.weight = append(part.weight, math.Abs(plain.weight[k]))
				part.forward = append(part.forward, plain.forward[k])
				part.strike = append(part.strike, plain.strike[k])
				part.years = append(part.years, plain.years[k])
				part.vol = append(part.vol, plain.vol[k])
			}
		}
		part.profile(dst, x)
	}
	return h
}

// At is the exposure at grid point j under a convention.
func (h Halves) At(j int, a assumption.Set) float64 {
	return a.Value("dealer.calls_long")*h.Call[j] - a.Value("dealer.puts_short")*h.Put[j]
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
	var found []float64
	for _, a := range draws {
		best := math.NaN()
		before := -1
		for i := range h.X {
			y := h.At(i, a)
			if math.Abs(y) < nothing {
				continue
			}
			j := before
			before = i
			if j < 0 {
				continue
			}
			last := h.At(j, a)
			if last > 0 == (y > 0) {
				continue
			}
			p := h.Spot * (h.X[j] + (h.X[i]-h.X[j])*last/(last-y))
			if !(math.Abs(p-price) >= math.Abs(best-price)) {
				best = p
			}
		}
		if !math.IsNaN(best) {
			found = append(found, best)
		}
	}
	return band(found, len(draws))
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
