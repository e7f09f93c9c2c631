package cascade

import "math"

// Stress is one joint change of what a loss depends on.
type Stress struct {
	Shock     float64 // relative move
	Liquidity float64 // 1 is as now
	Size      float64 // of all positions, 1 is as now
	Distance  float64 // in standard deviations, of the three together
	Move      float64 // final move that it leads to
	Away      bool
}

// Spread is by how much the three usually change over the horizon.
type Spread struct {
	Shock     float64 // standard deviation of the shock, relative
	Liquidity float64 // of the logarithm of liquidity
	Size      float64 // of the logarithm of the size of positions
}

// Reverse finds the smallest joint change of shock, liquidity and positions for which the final move is
// at most −loss: the least of
//
//	√((shock/σ_s)² + (ln liquidity/σ_l)² + (ln size/σ_p)²)
//
// the design point of reliability analysis (Hasofer and Lind 1974, Journal of the Engineering Mechanics
// Division 100). Liquidity only falls and positions only grow: the other ways help nobody who asks. For
// each liquidity and size the shock is found by bisection, since a larger fall never ends higher; the two
// are searched on a grid that closes in. It returns false when no change within six standard deviations
// of each does it. The grid's last step is a ten-thousandth of a standard deviation, and so is the error,
// but where the loop jumps there may be several designs of nearly the same distance.
func (l *Loop) Reverse(loss float64, s Spread) (Stress, bool) {
	const most = 6.0
	at := func(thin, large float64) (Stress, bool) {
		loop := l.With(math.Exp(-thin*s.Liquidity), math.Exp(large*s.Size))
		deep := func(shock float64) Rest { return loop.Rest(shock) }
		if deep(0).Move <= -loss {
			return loop.design(deep(0), thin, large, 0, s), true
		}
		low, high := 0.0, most
		if !(deep(-high*s.Shock).Move <= -loss) {
			return Stress{}, false
		}
		for high-low > 1e-12 {
			mid := (low + high) / 2
			if deep(-mid*s.Shock).Move <= -loss {
				high = mid
			} else {
				low = mid
			}
		}
		return loop.design(deep(-high*s.Shock), thin, large, high, s), true
	}
	best, found := at(0, 0)
	bestThin, bestLarge := 0.0, 0.0
	const cells = 12
	for width := most; width > 1e-4; width /= 3 {
		midThin, midLarge := bestThin, bestLarge
		for i := range cells + 1 {
			for j := range cells + 1 {
				thin := midThin + width*(2*float64(i)/cells-1)
				large := midLarge + width*(2*float64(j)/cells-1)
				if thin < 0 || large < 0 || thin > most || large > most {
					continue
				}
				if found && thin*thin+large*large >= best.Distance*best.Distance {
					continue
				}
				if d, ok := at(thin, large); ok && (!found || d.Distance < best.Distance) {
					best, found, bestThin, bestLarge = d, true, thin, large
				}
			}
		}
	}
	return best, found
}

func (*Loop) design(r Rest, thin, large, shock float64, s Spread) Stress {
	return Stress{
		Shock: r.Shock, Liquidity: math.Exp(-thin * s.Liquidity), Size: math.Exp(large * s.Size),
		Distance: math.Sqrt(thin*thin + large*large + shock*shock), Move: r.Move, Away: r.Away,
	}
}
