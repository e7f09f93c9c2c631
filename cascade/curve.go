package cascade

import "math"

// Curve is the final move against the initial shock.
type Curve struct {
	Shock []float64
	Move  []float64
	Away  []bool
	Jumps []Jump
}

// Jump is a shock at which the final move jumps: a little less ends here, a little more there.
type Jump struct {
	Shock    float64
	From, To float64 // final moves on the two sides, the smaller shock first
}

// gap is the smallest jump that is called one, relative move.
const gap = 5e-4

// Curve solves for each shock, which must ascend, and finds where the final move jumps between two of
// them: a gap that stays when the interval of shocks is halved until it is below 1e-9.
func (l *Loop) Curve(shocks []float64) *Curve {
	c := &Curve{Shock: shocks}
	for _, s := range shocks {
		r := l.Rest(s)
		c.Move = append(c.Move, r.Move)
		c.Away = append(c.Away, r.Away)
	}
	for k := 1; k < len(shocks); k++ {
		low, high := Rest{Shock: shocks[k-1], Move: c.Move[k-1]}, Rest{Shock: shocks[k], Move: c.Move[k]}
		if !(math.Abs(high.Move-low.Move) > gap) {
			continue
		}
		for high.Shock-low.Shock > 1e-9 {
			mid := l.Rest((low.Shock + high.Shock) / 2)
			if math.Abs(mid.Move-low.Move) > math.Abs(high.Move-mid.Move) {
				high = mid
			} else {
				low = mid
			}
			if !(math.Abs(high.Move-low.Move) > gap) {
				break
			}
		}
		if math.Abs(high.Move-low.Move) > gap {
			c.Jumps = append(c.Jumps, Jump{Shock: high.Shock, From: low.Move, To: high.Move})
		}
	}
	return c
}

// Amplification is the final move that a shock adds to what happens without it, per unit of shock:
// (rest(shock) − rest(0)) / shock. Orders that come anyway, because time passes, are in both. It is NaN
// for a shock of 0; away says that one of the two ran to the end of the axis, where the ratio says no
// more than that.
func (l *Loop) Amplification(shock float64) (a float64, away bool) {
	with, without := l.Rest(shock), l.Rest(0)
	return (with.Move - without.Move) / shock, with.Away || without.Away
}
