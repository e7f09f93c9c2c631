package contagion

import (
	"hash/fnv"
	"math/rand/v2"
)

// stream is a random stream of its own for each seed, name and number, so that results do not depend on
// the order in which work is done.
func stream(seed uint64, name string, k int) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(name)) // never fails
	return rand.New(rand.NewPCG(seed, h.Sum64()+uint64(k)*0x9e3779b97f4a7c15))
}

// holm are the p-values after the correction of Holm ("A simple sequentially rejective multiple test
// procedure", Scandinavian Journal of Statistics 6, 1979): the chance that any of the true hypotheses of a
// family is rejected stays below the level.
func holm(p []float64) []float64 {
	out := make([]float64, len(p))
	done := make([]bool, len(p))
	worst := 0.0
	for rank := range p {
		best := -1
		for i := range p {
			if !done[i] && (best < 0 || p[i] < p[best]) {
				best = i
			}
		}
		done[best] = true
		worst = max(worst, min(1, float64(len(p)-rank)*p[best]))
		out[best] = worst
	}
	return out
}
