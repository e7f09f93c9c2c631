package scenario

import (
	"math"
	"sort"

	"faultline/evidence"
)

// Begin replaces how a share of the paths begins, its first Month sessions or all of a shorter one, by what a
// simulation gives that knows forced flows: moves[i] are the relative moves of names[i], one for each simulated
// path, over just those sessions. The first name must be an asset of the joint distribution.
//
// Simulated and drawn paths are paired by rank of the first asset's move, so that what a bad month goes with in
// history it also goes with here. Assets that the simulation has take its move; the others follow the difference of
// the first asset's two moves with their own beta on it over such a stretch of history, and keep what that does not
// explain. What comes after the beginning stays as it was drawn. Every path keeps its probability, so that the share
// is the weight of the simulation in the mixture.
func (j *Joint) Begin(names []string, moves [][]float64, share float64) error {
	lead := -1
	if len(names) > 0 {
		lead = indexOf(j.Names, names[0])
	}
	if lead < 0 || len(moves[0]) == 0 {
		return &evidence.Absent{Code: "cascade_needs_index"}
	}
	m := int(math.Round(share * float64(len(j.Returns[0]))))
	if m == 0 {
		return nil
	}
	beta := make([]float64, len(j.Names))
	from := make([]int, len(j.Names)) // of an asset among names
	for i, name := range j.Names {
		beta[i], from[i] = slope(j.head[i], j.head[lead]), indexOf(names, name)
	}
	drawn, simulated := ranks(j.head[lead][:m]), ranks(moves[0])
	for q, p := range drawn {
		k := simulated[(2*q+1)*len(simulated)/(2*m)]
		before := j.head[lead][p]
		ahead := math.Log1p(max(moves[0][k], lowest))
		for i, name := range j.Names {
			change := j.Returns[i][p]
			if !isYield(name) {
				change = math.Log1p(change)
			}
			to := j.head[i][p] + beta[i]*(ahead-before)
			if a := from[i]; a >= 0 && !isYield(name) {
				to = math.Log1p(max(moves[a][k], lowest))
			}
			j.Returns[i][p] = moved(name, change-j.head[i][p]+to)
		}
	}
	j.Source = "bootstrap_and_cascade"
	return nil
}

// lowest is the relative move at which a simulation halts a path: nothing is left to trade.
const lowest = -0.999

// slope is that of the least squares line of y on x.
func slope(y, x []float64) float64 {
	n := float64(len(x))
	var sx, sy, sxx, sxy float64
	for k := range x {
		sx, sy = sx+x[k], sy+y[k]
	}
	for k := range x {
		d := x[k] - sx/n
		sxx, sxy = sxx+d*d, sxy+d*(y[k]-sy/n)
	}
	if !(sxx > 0) {
		return 0
	}
	return sxy / sxx
}

// ranks are the indices of x in rising order.
func ranks(x []float64) []int {
	out := make([]int, len(x))
	for k := range out {
		out[k] = k
	}
	sort.SliceStable(out, func(a, b int) bool { return x[out[a]] < x[out[b]] })
	return out
}
