package options

import (
	"math"

	"faultline/black"
)

// twin is a contract that a chain without roots lists twice: one row is of the morning root, the
// other of the afternoon root. Its features are positive where row a looks like the morning one.
type twin struct {
	a, b   int32
	f      [features]float64
	region uint8   // of what may look alike: side, in or out of the money, near or far
	score  float64 // log odds that a is the morning row
}

// The features that tell the roots apart.
const (
	byValue    = iota // the afternoon option lives half a day longer and is worth more
	byInterest        // the older morning root has more open interest
	bySpread          // one root is quoted wider, which one differs by region
	features
)

// nameRoots divides the rows of a group whose source does not tell the root, on a date on which the
// morning and the afternoon root of an index both expire.
//
// A contract listed once is the morning one, or the afternoon one once the morning root has
// settled: every standard monthly date has the morning root, and in the chains at hand whose roots
// are known its strikes contain those of the afternoon root without exception. A contract listed
// twice is divided by tellTwins.
func (w *work) nameRoots(g int) {
	f := families[w.in.ID]
	rows, date := w.groups[g].rows, w.groups[g].Date
	w.groups[g].rows = nil
	w.sortRows(rows)
	morning, whyAM := w.expiry(f.am, date)
	afternoon, whyPM := w.expiry(f.pm, date)
	var am, pm, single []int32
	var twins []twin
	for i := 0; i < len(rows); {
		j := i + 1
		for j < len(rows) && w.c.Strike[rows[j]] == w.c.Strike[rows[i]] && w.c.Right[rows[j]] == w.c.Right[rows[i]] {
			j++
		}
		same := rows[i:j]
		if len(same) > 2 { // the same rows listed again; what differs comes first
			different := 1
			for k := 1; k < len(same); k++ {
				if w.compareRows(same[different-1], same[k]) != 0 {
					same[different], same[k] = same[k], same[different]
					different++
				}
			}
			for _, r := range same[2:] {
				w.reject(r, duplicate)
			}
			same = same[:2]
		}
		if len(same) == 1 {
			single = append(single, same[0])
		} else {
			twins = append(twins, twin{a: same[0], b: same[1]})
		}
		i = j
	}
	w.tellTwins(twins, whyAM == ok)
	for _, t := range twins {
		if t.score < 0 {
			t.a, t.b = t.b, t.a
		}
		am, pm = append(am, t.a), append(pm, t.b)
	}
	if whyAM == ok || len(twins) > len(single) {
		am = append(am, single...)
	} else {
		pm = append(pm, single...)
	}
	w.addRoot(morning, whyAM, am)
	w.addRoot(afternoon, whyPM, pm)
	w.rootsInferred += len(rows)
}

func (w *work) addRoot(e Expiry, why uint8, rows []int32) {
	switch {
	case why != ok:
		for _, r := range rows {
			w.reject(r, why)
		}
	case len(rows) > 0:
		for g := range w.groups { // rows that name the root join those that do not
			if have := &w.groups[g]; have.Root == e.Root && have.Date == e.Date && len(have.rows) > 0 {
				have.rows = append(have.rows, rows...)
				return
			}
		}
		w.groups = append(w.groups, group{Expiry: e, rows: rows})
	}
}

// tellTwins scores each twin: the log odds that its row a is of the morning root.
//
// Where both rows are out of the money, the afternoon row is worth more, and near the forward by
// more than the noise of the quotes. From the twins that this decides, the two roots' habits are
// learned: how much more open interest the morning root has, and which root is quoted wider in each
// region. These habits then decide the others. It is expectation maximisation for a mixture of two
// mirrored normal distributions with independent features (Dempster, Laird and Rubin 1977), a fixed
// number of rounds. On 24 dates whose roots are known it puts 97.6 % of open interest under the
// right root on average and 77 % at worst, where far strikes a day before settlement look the same;
// those have no gamma under either.
func (w *work) tellTwins(twins []twin, alive bool) {
	const (
		rounds      = 10
		floor       = 0.05 // least variance of a feature: quotes come in ticks
		prior       = 3    // twins' worth of belief that a feature says nothing
		leastHabit  = 0.5  // the morning root has at least e^0.5 times the open interest
		firstBelief = 0.01 // weight of open interest before anything is learned
	)
	forward := w.roughForward(twins)
	for i := range twins {
		t := &twins[i]
		outside := w.features(t, forward, alive)
		t.score = firstBelief * t.f[byInterest]
		if outside && t.f[byValue] != 0 {
			t.score = t.f[byValue]
		}
	}
	const regions = 8
	for round := range rounds {
		var sum, sum2 [regions][features]float64
		var weight [regions]float64
		for i := range twins {
			t := &twins[i]
			wt := math.Abs(t.score)
			if round > 0 {
				wt = math.Abs(math.Tanh(t.score / 2))
			}
			weight[t.region] += wt
			for j, x := range t.f {
				x = math.Copysign(x, x*t.score)
				sum[t.region][j] += wt * x
				sum2[t.region][j] += wt * x * x
			}
		}
		var mean, variance [regions][features]float64
		var all, all1, all2 float64
		for r := range regions {
			for j := range features {
				n := weight[r] + 1e-9
				m := sum[r][j] / (weight[r] + prior)
				mean[r][j], variance[r][j] = m, sum2[r][j]/n-2*m*sum[r][j]/n+m*m+floor
			}
			if r&outsideBit != 0 {
				mean[r][byValue] = max(mean[r][byValue], 0)
			}
			all, all1, all2 = all+weight[r], all1+sum[r][byInterest], all2+sum2[r][byInterest]
		}
		habit := all1 / (all + prior)
		spread := all2/(all+1e-9) - 2*habit*all1/(all+1e-9) + habit*habit + floor
		for i := range twins {
			t := &twins[i]
			t.score = 2 * max(habit, leastHabit) * t.f[byInterest] / spread
			for _, j := range [2]int{byValue, bySpread} {
				t.score += 2 * mean[t.region][j] * t.f[j] / variance[t.region][j]
			}
		}
	}
}

// Bits of a twin's region.
const (
	callBit = 1 << iota
	outsideBit
	nearBit
)

// features fills in the features and the region of a twin, and reports whether it is out of the
// money at the rough forward.
func (w *work) features(t *twin, forward float64, alive bool) bool {
	c := w.c
	k, call := c.Strike[t.a], c.Right[t.a] == black.Call
	outside := k <= forward
	if call {
		outside = k >= forward
		t.region |= callBit
	}
	if outside {
		t.region |= outsideBit
	}
	if math.Abs(math.Log(k/forward)) < 0.05 {
		t.region |= nearBit
	}
	clip := func(x, limit float64) float64 { return min(max(x, -limit), limit) }
	width := func(r int32) float64 { return math.Abs(zeroIfMissing(c.Ask[r]) - zeroIfMissing(c.Bid[r])) }
	middle := func(r int32) float64 { return (zeroIfMissing(c.Ask[r]) + zeroIfMissing(c.Bid[r])) / 2 }
	if alive { // a settled root has no value to compare
		t.f[byValue] = clip((middle(t.b)-middle(t.a))/((width(t.a)+width(t.b))/2+0.025), 3)
		t.f[bySpread] = clip(math.Log((width(t.a)+0.01)/(width(t.b)+0.01)), 2)
	}
	t.f[byInterest] = math.Log((zeroIfMissing(c.OpenInterest[t.a]) + 3) / (zeroIfMissing(c.OpenInterest[t.b]) + 3))
	return outside
}

func zeroIfMissing(x float64) float64 {
	if x > 0 && !math.IsInf(x, 1) {
		return x
	}
	return 0
}

// roughForward is the strike among the twins at which call and put are worth about the same.
func (w *work) roughForward(twins []twin) float64 {
	at := math.NaN()
	least := math.Inf(1)
	for i := 1; i < len(twins); i++ {
		call, put := twins[i-1].a, twins[i].a // calls come first
		if w.c.Strike[call] != w.c.Strike[put] || quoteState(w.c.Bid[call], w.c.Ask[call]) != ok || quoteState(w.c.Bid[put], w.c.Ask[put]) != ok {
			continue
		}
		gap := math.Abs(w.c.Bid[call] + w.c.Ask[call] - w.c.Bid[put] - w.c.Ask[put])
		if gap < least {
			least, at = gap, w.c.Strike[call]
		}
	}
	switch {
	case !math.IsNaN(at):
		return at
	case w.b.Spot > 0:
		return w.b.Spot
	case len(twins) > 0:
		return w.c.Strike[twins[len(twins)/2].a]
	}
	return 1
}
