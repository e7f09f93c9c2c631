package options

import (
	"math"
	"slices"
)

// slice is the surface of one expiry: the law fitted to its quotes, and those of the shorter
// expiries whose total variance exceeds it somewhere.
type slice struct {
	laws  []mixture // its own first
	own   table     // of its own law
	table table     // of the largest of the laws
}

func (s *slice) empty() bool { return len(s.laws) == 0 }

// at is the total variance at log moneyness k.
func (s *slice) at(k float64) float64 {
	w := 0.0
	for _, law := range s.laws {
		v, _ := law.variance(k)
		w = max(w, v)
	}
	return w
}

// table holds a total variance at some log moneyness, for the many contracts of a chain: an exact
// evaluation takes most of a microsecond.
type table struct{ k, w, slope []float64 }

// Tables and the comparison of expiries reach at least this far, in log moneyness.
const reachLeft, reachRight = -1.5, 1.0

// nodes returns the log moneyness of a table from lo to hi, or a little further: a sixth of a
// standard deviation apart near the forward, which is one itself, and wider apart outwards.
func nodes(lo, hi, sd float64) []float64 {
	const step, widen = 1.0 / 6, 1.5
	next := func(k float64) float64 { return k + sd*step*(1+k/sd/widen) }
	k := make([]float64, 0, 128)
	for x := next(0); ; x = next(x) {
		k = append(k, -x)
		if x >= -lo {
			break
		}
	}
	slices.Reverse(k)
	for x := 0.0; ; x = next(x) {
		k = append(k, x)
		if x >= hi {
			return k
		}
	}
}

// tabulate returns the table of a law at some log moneyness.
func (x mixture) tabulate(k []float64) table {
	f := make([]float64, 2*len(k))
	t := table{k, f[:len(k)], f[len(k):]}
	for i := range k {
		t.w[i], t.slope[i] = x.variance(k[i])
	}
	return t
}

// at interpolates between the nodes by cubic Hermite polynomials; outside the table total variance is
// that of its end.
func (t *table) at(k float64) float64 {
	n := len(t.k)
	if k <= t.k[0] {
		return t.w[0]
	}
	if k >= t.k[n-1] {
		return t.w[n-1]
	}
	lo, hi := 0, n-1
	for hi-lo > 1 {
		if mid := (lo + hi) / 2; t.k[mid] <= k {
			lo = mid
		} else {
			hi = mid
		}
	}
	h := t.k[hi] - t.k[lo]
	x := (k - t.k[lo]) / h
	y := 1 - x
	return y*y*(1+2*x)*t.w[lo] + x*x*(1+2*y)*t.w[hi] + h*x*y*(y*t.slope[lo]-x*t.slope[hi])
}

// orderCalendar makes the surface from the laws: beside its own law each expiry gets those of the
// shorter ones whose total variance exceeds its own, or comes near doing so, at a node of either's
// table. Near, since two laws may cross between two nodes. Expiries that are not of one underlying keep
// their own laws.
func orderCalendar(laws []mixture, lo, hi []float64, oneUnderlying bool) []slice {
	const near = 0.95
	out := make([]slice, len(laws))
	var top table // largest total variance so far, at the nodes of the last table, and of whom
	var who []int
	for g, law := range laws {
		if law == nil {
			continue
		}
		s := &out[g]
		s.laws = []mixture{law}
		w, _ := law.variance(0)
		s.own = law.tabulate(nodes(min(lo[g], reachLeft), max(hi[g], reachRight), math.Sqrt(w)))
		s.table = s.own
		owner := make([]int, len(s.own.k))
		for i := range owner {
			owner[i] = g
		}
		var over []int
		exceeds := func(j int) {
			if j != g && !slices.Contains(over, j) {
				over = append(over, j)
			}
		}
		if top.k != nil && oneUnderlying {
			for i, k := range s.own.k {
				if top.at(k) > near*s.own.w[i] {
					j, _ := slices.BinarySearch(top.k, k)
					exceeds(who[max(j-1, 0)])
					exceeds(who[min(j, len(who)-1)])
				}
			}
			for i, k := range top.k {
				if top.w[i] > near*s.own.at(k) {
					exceeds(who[i])
				}
			}
		}
		if len(over) > 0 {
			f := slices.Concat(s.own.w, s.own.slope)
			n := len(s.own.k)
			s.table = table{s.own.k, f[:n], f[n:]}
			for _, o := range over {
				s.laws = append(s.laws, laws[o])
				for i, k := range s.own.k {
					if out[o].own.at(k) < s.table.w[i]*(1-1e-6) {
						continue
					}
					if v, d := laws[o].variance(k); v > s.table.w[i] {
						s.table.w[i], s.table.slope[i], owner[i] = v, d, o
					}
				}
			}
		}
		top, who = s.table, owner
	}
	return out
}
