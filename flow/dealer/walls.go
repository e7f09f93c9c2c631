package dealer

import (
	"math"

	"faultline/evidence"
)

// best follows the strike with the most of something under each convention.
type best struct {
	strike []int // −1 where none has any
	most   []float64
}

func newBest(n int) best {
	b := best{make([]int, n), make([]float64, n)}
	for d := range b.strike {
		b.strike[d] = -1
	}
	return b
}

// offer takes strike i where it has more than all before it; a tie goes to the nearer one.
func (b *best) offer(d, i int, v float64, e *Exposures) {
	if v > b.most[d] || v == b.most[d] && b.strike[d] >= 0 && math.Abs(e.Strike[i]-e.Spot) < math.Abs(e.Strike[b.strike[d]]-e.Spot) {
		b.strike[d], b.most[d] = i, v
	}
}

// level is what was found under the convention in force, with what the draws found.
func (b *best) level(e *Exposures, kind string, absent *evidence.Absent) Level {
	l := Level{Kind: kind}
	at := b.strike[0]
	if at < 0 {
		l.Absent = absent
		return l
	}
	l.Price = e.Strike[at]
	var found []float64
	draws, same := len(b.strike)-1, 0
	for _, i := range b.strike[1:] {
		if i >= 0 {
			found = append(found, e.Strike[i])
		}
		if i == at {
			same++
		}
	}
	l.Band = band(found, draws)
	if draws > 0 {
		l.Agree = float64(same) / float64(draws)
	}
	return l
}

// walls finds the strikes with the most gamma.
func (e *Exposures) walls(m *mix) (call, put, absolute Level) {
	above, below, all := newBest(m.n), newBest(m.n), newBest(m.n)
	e.eachStrike(gex, m, func(i int, call, put []float64) {
		k := e.Strike[i]
		for d := range call {
			if k > e.Spot && call[d] > 0 {
				above.offer(d, i, call[d], e)
			}
			if k < e.Spot && put[d] < 0 {
				below.offer(d, i, -put[d], e)
			}
			if v := math.Abs(call[d]) + math.Abs(put[d]); v >= nothing {
				all.offer(d, i, v, e)
			}
		}
	})
	call = above.level(e, KindCallWall, &evidence.Absent{Code: "no_call_gamma_above", Args: evidence.Args{"spot": e.Spot}})
	put = below.level(e, KindPutWall, &evidence.Absent{Code: "no_put_gamma_below", Args: evidence.Args{"spot": e.Spot}})
	absolute = all.level(e, KindAbsoluteGamma, &evidence.Absent{Code: "no_exposure", Args: evidence.Args{"underlying": e.holding.Book.Underlying}})
	if i := above.strike[0]; i >= 0 {
		call.Gamma = e.GEX.Call.Value[i]
	}
	if i := below.strike[0]; i >= 0 {
		put.Gamma = e.GEX.Put.Value[i]
	}
	if i := all.strike[0]; i >= 0 {
		absolute.Gamma = e.GEX.Net.Value[i]
	}
	return call, put, absolute
}
