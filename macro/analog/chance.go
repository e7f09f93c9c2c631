package analog

import (
	"context"
	"math"
	"math/rand/v2"
	"runtime"
	"sort"
	"sync"
)

// surrogates invents pasts that have the month-to-month behaviour of the true one and no history, and
// returns the nearest distance of each kind and length in each: [trial][surrogate].
//
// The monthly changes of the three series are dealt anew in blocks that keep them together (moving
// blocks on a circle: Künsch 1989; Politis and Romano 1992), and added up from the first value of the
// true past. A straight line makes the course end where the true past ends. Blocks keep how the series move
// with each other and persist over Block months.
func surrogates(ctx context.Context, q, x *[Dims][]float64, o Options) ([][]float64, error) {
	out := make([][]float64, o.Long-o.Short+1+2*len(o.Lengths))
	for i := range out {
		out[i] = make([]float64, o.Surrogates)
	}
	workers := min(runtime.GOMAXPROCS(0), 8)
	var wait sync.WaitGroup
	for k := range workers {
		wait.Go(func() {
			for b := k; b < o.Surrogates; b += workers {
				if ctx.Err() != nil {
					return
				}
				fake := surrogate(x, o.Block, rand.New(rand.NewPCG(o.Seed, uint64(b))))
				for c, t := range everything(q, &fake, o, false) {
					out[c][b] = math.Inf(1)
					if e := nearest(t.distance); e >= 0 {
						out[c][b] = t.distance[e]
					}
				}
			}
		})
	}
	wait.Wait()
	return out, ctx.Err()
}

func surrogate(x *[Dims][]float64, block int, rng *rand.Rand) (out [Dims][]float64) {
	n := len(x[0])
	starts := make([]int, 0, n/block+1)
	for len(starts)*block < n-1 {
		starts = append(starts, rng.IntN(n-1))
	}
	for k := range Dims {
		out[k] = make([]float64, n)
		out[k][0] = x[k][0]
		for i := 1; i < n; i++ {
			from := (starts[(i-1)/block] + (i-1)%block) % (n - 1)
			out[k][i] = out[k][i-1] + x[k][from+1] - x[k][from]
		}
		off := (out[k][n-1] - x[k][n-1]) / float64(n-1)
		for i := range out[k] {
			out[k][i] -= off * float64(i)
		}
	}
	return out
}

// chance is the share of surrogates, the true past counted as one, whose best match is as near, and the
// median of theirs.
func chance(null []float64, distance float64) (share, median float64) {
	hits := 1
	for _, d := range null {
		if d <= distance {
			hits++
		}
	}
	s := append([]float64(nil), null...)
	sort.Float64s(s)
	return float64(hits) / float64(len(null)+1), s[len(s)/2]
}

// together is the share of pasts, the true one among them, that have a match as special as the most
// special one of the true past, over all kinds and lengths: the answer to having looked in many ways.
// A distance is made comparable between kinds and lengths by its mean and standard deviation over all
// pasts; the least of them is the past's statistic (single-step maxT, Westfall and Young 1993). All
// pasts are treated alike, so that the share is exact when the true one is a draw like the others.
func together(nulls [][]float64, found []float64) float64 {
	n := len(nulls[0]) + 1
	least := make([]float64, n)
	for c, null := range nulls {
		all := append(append(make([]float64, 0, n), null...), found[c])
		top := math.Inf(-1)
		for _, d := range all {
			if !math.IsInf(d, 1) {
				top = max(top, d)
			}
		}
		mid, square := 0.0, 0.0
		for b, d := range all {
			if all[b] = min(d, top); math.IsInf(top, -1) {
				all[b] = 0 // no past has a stretch of this kind and length
			}
			mid += all[b] / float64(n)
		}
		for _, d := range all {
			square += (d - mid) * (d - mid)
		}
		sd := math.Sqrt(square / float64(n))
		if !(sd > 0) {
			continue
		}
		for b, d := range all {
			least[b] = min(least[b], (d-mid)/sd)
		}
	}
	hits := 0
	for _, v := range least {
		if v <= least[n-1] {
			hits++
		}
	}
	return float64(hits) / float64(n)
}
