package portfolio

import (
	"errors"
	"math"

	"faultline/evidence"
	"faultline/macro/ols"
)

// Response is how the implied volatility of 30 days follows the index over a number of sessions:
//
//	ln(V'/V) = Const + Beta·r + Revert·(ln V − Mean)
//
// where r is the index's log return. A path of an index then has one volatility, which falls back to its mean over
// months instead of wandering off.
type Response struct {
	Sessions                  int
	Const, Beta, Revert, Mean float64
	R2                        float64
	N                         int
}

// FitResponse fits a response by least squares on overlapping stretches of history: closes of the index and of
// its volatility on the same days, oldest first. Overlap leaves the estimates as they are; their errors are not
// used.
func FitResponse(index, vol []float64, sessions int) (Response, error) {
	const fewest = 250 // a year of stretches
	out := Response{Sessions: sessions}
	if len(index) != len(vol) || sessions < 1 || len(index)-sessions < fewest {
		return out, &evidence.Absent{Code: "too_few_observations"}
	}
	for _, v := range vol {
		out.Mean += math.Log(v) / float64(len(vol))
	}
	var y []float64
	var x [][]float64
	for i := sessions; i < len(index); i++ {
		y = append(y, math.Log(vol[i]/vol[i-sessions]))
		x = append(x, []float64{1, math.Log(index[i] / index[i-sessions]), math.Log(vol[i-sessions]) - out.Mean})
	}
	f, err := ols.Regress(y, x, ols.Robust{Lags: sessions})
	if err != nil {
		return out, errors.Join(err, errors.New("fit the response of volatility: give daily closes that move"))
	}
	out.Const, out.Beta, out.Revert, out.R2, out.N = f.Beta[0], f.Beta[1], f.Beta[2], f.R2, f.N
	return out, nil
}

// Ratio is what volatility is multiplied by when the index moves by a relative amount, from the level of now.
func (r Response) Ratio(move, now float64) float64 {
	return math.Exp(r.Const + r.Beta*math.Log(1+move) + r.Revert*(math.Log(now)-r.Mean))
}

// Sudden is the ratio for a move at once: only what goes with the move, not what time does.
func (r Response) Sudden(move float64) float64 { return math.Exp(r.Beta * math.Log(1+move)) }
