package cascade

import (
	"context"
	"fmt"
	"math"

	"faultline/flow"
	"faultline/impact"
)

// Ask is one question of where a shock comes to rest in all assets at once.
type Ask struct {
	Shock  []float64 // by asset, relative
	In     []bool    // by player
	Curves []impact.Curve
	Cross  *impact.Cross
	Decay  int // of the decays given
}

// Together is the answer.
type Together struct {
	Move []float64 // by asset; where it ran away where it was given up
	Away bool      // the prices left what is believed, or found no rest
	Gap  float64   // the largest distance, relative, between a price and the one that its orders confirm
}

// Limits of the search for a rest in all assets.
const (
	togetherSteps = 200
	togetherRest  = 1e-10
	togetherLeast = 1. / 64 // smallest share of a step that is taken
)

// RestTogether looks for the prices x of all assets that the orders at x confirm,
//
//	x_a = shock_a + Σ_b K_ab·impact_b(orders in b at x),
//
// with the prices held until the slot end, as Respond holds them, but each asset on its own and not along
// betas. From the shock it takes steps to what the orders make of the prices: whole ones, which meet the first
// rest where participants sell falls, and half of the share before whenever the gap turns round without shrinking
// to a half, which settles participants who push back hard. A linear loop of gain g between 0 and 1 is off by g^k
// after k steps. It answers at most one block of questions, each a lane of the same walk.
func RestTogether(ctx context.Context, e *flow.Env, players []flow.Player, asks []Ask, decays []impact.Propagator, end int) ([]Together, error) {
	assets := len(e.Assets)
	if len(asks) == 0 || len(asks) > lanes {
		return nil, fmt.Errorf("rest together: %d questions: between one and %d are taken", len(asks), lanes)
	}
	out := make([]Together, len(asks))
	share, open := make([]float64, len(asks)), len(asks)
	done := make([]bool, len(asks))
	for i, q := range asks {
		if len(q.Shock) != assets || len(q.Curves) != assets || q.Cross.Size() != assets || len(q.In) != len(players) {
			return nil, fmt.Errorf("rest together: question %d is not of %d assets and %d players", i+1, assets, len(players))
		}
		for _, s := range q.Shock {
			if err := CheckShock(s); err != nil {
				return nil, err
			}
		}
		out[i] = Together{Move: append([]float64(nil), q.Shock...), Gap: math.Inf(1)}
		share[i] = 1
	}
	gap := make([][]float64, len(asks))
	for i := range gap {
		gap[i] = make([]float64, assets)
	}
	own, want := make([]float64, assets), make([]float64, assets)
	for range togetherSteps {
		price := func(_, asset, point int) float64 { return max(1+out[point].Move[asset], Lowest) }
		got, _, err := follow(ctx, e, players, len(asks), price, decays, []int{end})
		if err != nil {
			return nil, err
		}
		for i, q := range asks {
			if done[i] {
				continue
			}
			for a := range own {
				usd := 0.0
				for p, r := range got[q.Decay][0] {
					if q.In[p] {
						usd += r.USD[a][i]
					}
				}
				own[a] = q.Curves[a].Move(usd)
			}
			x := &out[i]
			before, turned := x.Gap, 0.0
			x.Gap = 0
			for a := range want {
				want[a] = q.Shock[a]
				for b, w := range q.Cross.Row(a) {
					want[a] += w * own[b]
				}
				g := want[a] - x.Move[a]
				turned += g * gap[i][a]
				gap[i][a] = g
				x.Gap = max(x.Gap, math.Abs(g))
			}
			if turned < 0 && x.Gap > before/2 {
				share[i] /= 2
				for !x.within(gap[i], share[i]) && share[i] > togetherLeast {
					share[i] /= 2
				}
			}
			switch {
			case x.Gap <= togetherRest:
				copy(x.Move, want)
				x.Away, done[i] = !x.within(gap[i], 0), true
			case !x.within(gap[i], share[i]):
				x.Away, done[i] = true, true
			default:
				for a, g := range gap[i] {
					x.Move[a] += share[i] * g
				}
			}
			if done[i] {
				open--
			}
		}
		if open == 0 {
			break
		}
	}
	for i := range out {
		if !done[i] {
			out[i].Away = true
		}
	}
	return out, nil
}

// within reports whether the prices after a share of a step are such as are believed.
func (x *Together) within(step []float64, share float64) bool {
	for a, g := range step {
		if p := 1 + x.Move[a] + share*g; !(p > Lowest && p < highest) {
			return false
		}
	}
	return true
}
