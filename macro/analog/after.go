package analog

import (
	"math"
	"sort"
)

// fans follows the series after the matches, and after every month of the past for comparison. Only
// months that are known are followed.
func (p *Panel) fans(matches []Match, lo, hi int, o Options) []Fan {
	var out []Fan
	for k := range Dims {
		f := Fan{Series: k, N: len(matches)}
		for h := 1; h <= o.Horizon; h++ {
			var after, base []float64
			for _, m := range matches {
				if e := int(m.End - p.From); e+h < p.Len() {
					after = append(after, p.X[k][e+h]-p.X[k][e])
				}
			}
			for e := lo; e <= hi && e+h < p.Len(); e++ {
				base = append(base, p.X[k][e+h]-p.X[k][e])
			}
			if len(after) == 0 || len(base) == 0 {
				break
			}
			sort.Float64s(after)
			sort.Float64s(base)
			f.Low, f.Mid, f.High = append(f.Low, quantile(after, 0.1)), append(f.Mid, quantile(after, 0.5)), append(f.High, quantile(after, 0.9))
			f.BaseLow, f.BaseMid, f.BaseHigh = append(f.BaseLow, quantile(base, 0.1)), append(f.BaseMid, quantile(base, 0.5)), append(f.BaseHigh, quantile(base, 0.9))
		}
		out = append(out, f)
	}
	return out
}

// quantile interpolates between the sorted values (Hyndman and Fan 1996, definition 7).
func quantile(x []float64, q float64) float64 {
	at := q * float64(len(x)-1)
	i := int(at)
	if i+1 >= len(x) {
		return x[len(x)-1]
	}
	return x[i] + (at-float64(i))*(x[i+1]-x[i])
}

// mostSplits bounds the ways of dealing matches into two groups that are gone through: 20 over 10.
const mostSplits = 184756

// branches parts the matches of all kinds by what policy did. Two matches that end less than a year
// apart tell the same story and count once.
func (p *Panel) branches(r *Result, o Options) {
	const apart = 12
	var ends []int
	var eased []bool
	for rank := range o.Matches {
		for _, k := range Kinds {
			if rank >= len(r.Matches[k]) {
				continue
			}
			m := r.Matches[k][rank]
			e := int(m.End - p.From)
			free := e+o.Horizon < p.Len()
			for _, have := range ends {
				free = free && (e-have >= apart || have-e >= apart)
			}
			if free {
				ends, eased = append(ends, e), append(eased, m.Eased)
			}
		}
	}
	rise := make([]float64, len(ends))
	r.Branches = [2]Branch{{}, {Eased: true}}
	for i, e := range ends {
		b := &r.Branches[0]
		if eased[i] {
			b = &r.Branches[1]
		}
		rise[i] = p.X[Inflation][e+o.Horizon] - p.X[Inflation][e]
		b.N++
		b.Inflation += rise[i]
		b.Unemployment += p.X[Unemployment][e+o.Horizon] - p.X[Unemployment][e]
	}
	for i := range r.Branches {
		if b := &r.Branches[i]; b.N > 0 {
			b.Inflation /= float64(b.N)
			b.Unemployment /= float64(b.N)
		}
	}
	if r.Branches[0].N < 2 || r.Branches[1].N < 2 {
		return
	}
	gap := r.Branches[1].Inflation - r.Branches[0].Inflation
	share := permute(rise, r.Branches[1].N, gap)
	r.Gap = &gap
	if share >= 0 {
		r.GapChance = &share
	}
}

// permute goes through all ways to choose the group of k and returns the share whose difference of means
// is as large in size as gap, or −1 when there are too many ways.
func permute(x []float64, k int, gap float64) float64 {
	n := len(x)
	ways := 1.0
	for i := range k {
		ways = ways * float64(n-i) / float64(i+1)
	}
	if n > 40 || ways > mostSplits {
		return -1
	}
	total := 0.0
	for _, v := range x {
		total += v
	}
	hits, count := 0, 0
	var choose func(from, left int, sum float64)
	choose = func(from, left int, sum float64) {
		if left == 0 {
			count++
			d := sum/float64(k) - (total-sum)/float64(n-k)
			if math.Abs(d) >= math.Abs(gap)-1e-12 {
				hits++
			}
			return
		}
		for i := from; i <= n-left; i++ {
			choose(i+1, left-1, sum+x[i])
		}
	}
	choose(0, k, 0)
	return float64(hits) / float64(count)
}
