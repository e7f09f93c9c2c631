package cascade

import "math"

// Hawkes is a self-exciting process fitted to the times of events: intensity
//
//	λ(t) = μ + n·β·Σ e^(−β(t − t_i)) over events before t
//
// n is the branching ratio: of so many events in a hundred others are the cause. Filimonov and Sornette
// (2012, Physical Review E 85, 056108) read it as how reflexive a market is.
type Hawkes struct {
	Branching float64
	Error     float64 // standard error, from the curvature of the likelihood
	Decay     float64 // β, a unit of time
	Events    int
}

// hawkesLog is the log-likelihood by the recursion of Ozaki (1979, Annals of the Institute of Statistical
// Mathematics 31), with μ such that the expected number of events is the one seen.
func hawkesLog(at []float64, end, n, beta float64) float64 {
	// ∫λ = μ·T + n·Σ(1 − e^(−β(T − t_i))); setting it to the count gives μ.
	reach := 0.0
	for _, t := range at {
		reach -= math.Expm1(-beta * (end - t))
	}
	mu := (float64(len(at)) - n*reach) / end
	if !(mu > 0) {
		return math.Inf(-1)
	}
	sum, a := 0.0, 0.0
	for i, t := range at {
		if i > 0 {
			a = math.Exp(-beta*(t-at[i-1])) * (1 + a)
		}
		sum += math.Log(mu + n*beta*a)
	}
	return sum - float64(len(at))
}

// FitHawkes finds the maximum of the likelihood over branching ratios of 0 to 0.99 and decays between two
// bounds, on a grid that closes in; times must ascend between 0 and end. An intensity of its own that
// changes over the day looks like branching: rescale time first. Close to 1 the ratio is biased, since a
// kernel with a long tail looks critical to an exponential one (Hardiman, Bercot and Bouchaud 2013,
// European Physical Journal B 86, 442).
func FitHawkes(at []float64, end, slowest, fastest float64) Hawkes {
	best := Hawkes{Events: len(at)}
	top := math.Inf(-1)
	low, high := math.Log(slowest), math.Log(fastest)
	midN, widthN := 0.495, 0.495
	midB, widthB := (low+high)/2, (high-low)/2
	const cells = 12
	for widthN > 1e-4 {
		fromN, fromB := midN, midB
		for i := range cells + 1 {
			n := fromN + widthN*(2*float64(i)/cells-1)
			if n < 0 || n > 0.99 {
				continue
			}
			for j := range cells + 1 {
				b := fromB + widthB*(2*float64(j)/cells-1)
				if b < low || b > high {
					continue
				}
				if l := hawkesLog(at, end, n, math.Exp(b)); l > top {
					top, midN, midB = l, n, b
				}
			}
		}
		widthN, widthB = widthN/2.5, widthB/2.5
	}
	best.Branching, best.Decay = midN, math.Exp(midB)
	const h = 0.01
	curve := 2*top - hawkesLog(at, end, midN+h, best.Decay) - hawkesLog(at, end, max(midN-h, 0), best.Decay)
	best.Error = math.Sqrt(h * h / curve)
	return best
}

// CountBranching is the branching ratio from the counts of events in windows much longer than what one
// event sets off: 1 − √(mean/variance) (Hardiman and Bouchaud 2014, Physical Review E 90, 062807,
// equation 6), 0 where counts vary no more than those of independent events. It assumes no kernel.
func CountBranching(counts []float64) float64 {
	mean, square := 0.0, 0.0
	n := float64(len(counts))
	for _, c := range counts {
		mean += c / n
	}
	for _, c := range counts {
		square += (c - mean) * (c - mean) / (n - 1)
	}
	if !(square > mean) {
		return 0
	}
	return 1 - math.Sqrt(mean/square)
}

// Crossings are the instants at which a price that runs straight between its points has moved by step, in
// its logarithm, since the crossing before: events of price, whatever time they take.
func Crossings(at, price []float64, step float64) []float64 {
	var out []float64
	if len(price) == 0 {
		return nil
	}
	mark := math.Log(price[0])
	for i := 1; i < len(price); i++ {
		from, to := math.Log(price[i-1]), math.Log(price[i])
		for math.Abs(to-mark) >= step {
			mark += math.Copysign(step, to-mark)
			share := 1.0
			if to != from {
				share = min(max((mark-from)/(to-from), 0), 1)
			}
			out = append(out, at[i-1]+share*(at[i]-at[i-1]))
		}
	}
	return out
}
