package volcontrol

import (
	"math"

	"faultline/assumption"
)

// year is how many sessions a year of volatility has.
const year = 252

// classes is how many kinds of market risk parity spreads its risk over: equities, bonds, commodities.
const classes = 3

// rules are the numbers of one fund.
type rules struct {
	name   string  // target or parity
	assets float64 // dollars
	target float64 // volatility a year that the fund aims at
	budget float64 // share of the variance aimed at that each market gets
	cap    float64 // largest sum of exposures, as a share of the assets
	lag    float64 // sessions over which the gap to the target is worked off, on average
	limit  float64 // largest trade of a session, as a share of the assets
	short  float64 // decay a session of the short variance
	long   float64 // decay a session of the long variance and of the covariances
	floor  float64 // variance a session below which no position is scaled up any further
}

// Names of the funds.
const (
	Target = "target"
	Parity = "parity"
)

func read(a assumption.Set, name string) rules {
	prefix, budget := "volcontrol.", 1.0
	if name == Parity {
		prefix, budget = "volcontrol.parity_", 1.0/classes
	}
	floor := a.Value("volcontrol.vol_floor")
	return rules{
		name: name, budget: budget, floor: floor * floor / year,
		assets: a.Value(prefix + "aum"),
		target: a.Value(prefix + "vol_target"),
		cap:    a.Value(prefix + "cap"),
		lag:    a.Value(prefix + "lag"),
		limit:  a.Value(prefix + "daily_limit"),
		short:  a.Value(prefix + "decay_short"),
		long:   a.Value(prefix + "decay_long"),
	}
}

// needs is how many closes the variances have to see: what came before then weighs less than e⁻⁴.
func (f *rules) needs() int { return int(math.Ceil(4/(1-max(f.long, f.short)))) + 1 }

// sweeps bounds the search for equal contributions; with correlations as markets have them a dozen are
// made. The property test holds the contributions to 1e-9 for correlations up to 0.95.
const sweeps = 200

// equalise fills y with exposures, in units of each market's own volatility, whose contributions to the
// variance are all the budget b:
//
//	y_i·(Ry)_i = b,  y_i > 0
//
// R are the correlations. It sweeps over the markets and solves each equation for its own y_i, which is
// cyclical coordinate descent on the convex problem of Spinu (2013), as in Griveau-Billion, Richard and
// Roncalli (2013), "A fast algorithm for computing high-dimensional risk parity portfolios", equation 5:
//
//	y_i = (−s_i + √(s_i² + 4b))/2,  s_i = Σ_{j≠i} R_ij·y_j
//
// One market gives y = √b, so that volatility targeting is the case of one market with the budget 1.
// Where R is no correlation matrix, as can be when a part of it stands still, y is still positive and
// finite, and scaled so that the variance is n·b.
func equalise(y *[classes]float64, n int, rho *[classes][classes]float64, b float64) {
	for i := range n {
		sum := 0.0
		for j := range n {
			sum += rho[i][j]
		}
		y[i] = math.Sqrt(b / max(sum, 0.1)) // exact where all correlations are the same
	}
	if n == 1 {
		return
	}
	for range sweeps {
		change := 0.0
		for i := range n {
			before, s := y[i], 0.0
			for j := range n {
				if j != i {
					s += rho[i][j] * y[j]
				}
			}
			root := math.Sqrt(s*s + 4*b)
			if s > 0 {
				y[i] = 2 * b / (s + root) // the same without cancellation
			} else {
				y[i] = (root - s) / 2
			}
			change = max(change, math.Abs(y[i]-before))
		}
		if change < 1e-12 {
			break
		}
	}
	variance := 0.0
	for i := range n {
		for j := range n {
			variance += y[i] * y[j] * rho[i][j]
		}
	}
	if variance > 0 {
		scale := math.Sqrt(float64(n) * b / variance)
		for i := range n {
			y[i] *= scale
		}
	}
}
