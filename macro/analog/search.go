package analog

import (
	"context"
	"math"
	"sort"

	"faultline/evidence"
)

// Kind is a way to measure likeness.
type Kind string

// The kinds of distance.
const (
	Shape    Kind = "shape"    // z-normalised Euclidean: same course, whatever the level and the swing
	Warped   Kind = "warped"   // the same under dynamic time warping: the course may run faster or slower
	Features Kind = "features" // Mahalanobis on means, changes and standard deviations: levels count
)

// Kinds are all of them, in order.
var Kinds = [...]Kind{Shape, Warped, Features}

// Options choose what is compared with what.
type Options struct {
	Short, Long int   // lengths of the stretches, months; all between are tried for Shape
	Length      int   // the length whose matches are shown and followed
	Lengths     []int // lengths tried for Warped and Features
	From, To    Month // the past that is searched: stretches begin and end within
	Matches     int   // of each kind that are followed
	Horizon     int   // months that are followed
	Band        float64
	Surrogates  int
	Block       int // months
	Seed        uint64
	EaseMonths  int     // policy eased when the rate this many months on
	EaseBy      float64 // is lower by at least this much, percentage points
	Level       float64 // below this probability chance is called unlikely
}

// Match is one stretch of the past.
type Match struct {
	Start, End Month
	Distance   float64
	Eased      bool
}

// Best is the nearest stretch of one kind and length, and how often chance finds one as near.
type Best struct {
	Kind     Kind
	Length   int
	Match    Match
	Chance   float64 // share of surrogate pasts whose best match is as near
	Expected float64 // median of their best distances
}

// Fan is what a series did after the matches, in percentage points from their ends, month by month.
type Fan struct {
	Series         int
	Low, Mid, High []float64 // 10 %, 50 % and 90 % of the matches
	BaseLow        []float64 // likewise after any month of the past
	BaseMid        []float64
	BaseHigh       []float64
	N              int // matches
}

// Branch is what followed when policy eased, or when it did not.
type Branch struct {
	Eased        bool
	N            int
	Inflation    float64 // mean change over the horizon, percentage points; 0 where N is 0
	Unemployment float64
}

// Result is the whole answer.
type Result struct {
	Query    [2]Month // first and last month of the recent stretch of the shown length
	Past     [2]Month
	Best     []Best
	Matches  map[Kind][]Match
	Fans     map[Kind][]Fan
	Branches [2]Branch // not eased, eased
	// Gap is inflation after easing less inflation without, over the horizon; GapChance is the share of
	// ways to deal the same matches into two groups of the same sizes that give as large a gap, of either
	// sign. Both are set where each group has at least two.
	Gap, GapChance *float64
	// Chance is how often a surrogate past has, in any kind and length, a match as special as the most
	// special one found: the answer to having looked in many ways.
	Chance  float64
	Special bool // Chance is below the level
}

// Find answers the question for the last months of the panel.
func Find(ctx context.Context, p *Panel, o Options) (*Result, error) {
	n := p.Len()
	lo, hi := max(int(o.From-p.From), 0), min(int(o.To-p.From), n-1)
	if hi-lo+1 < 2*o.Long || n-o.Long <= hi {
		return nil, &evidence.Absent{Code: "too_few_months", Args: evidence.Args{"months": n}}
	}
	var past, query [Dims][]float64
	for k := range Dims {
		past[k] = p.X[k][lo : hi+1]
		query[k] = p.X[k][n-o.Long:]
	}
	for k := range Dims {
		if steady(query[k][o.Long-o.Short:]) {
			return nil, &evidence.Absent{Code: "series_is_flat", Args: evidence.Args{"series": Names[k]}}
		}
	}
	all := everything(&query, &past, o, true)
	r := &Result{
		Query: [2]Month{p.From + Month(n-o.Length), p.From + Month(n-1)},
		Past:  [2]Month{p.From + Month(lo), p.From + Month(hi)},
		Fans:  map[Kind][]Fan{}, Matches: map[Kind][]Match{},
	}
	nulls, err := surrogates(ctx, &query, &past, o)
	if err != nil {
		return nil, err
	}
	found := make([]float64, len(all))
	for c, t := range all {
		found[c] = math.Inf(1)
		e := nearest(t.distance)
		if e < 0 {
			continue
		}
		found[c] = t.distance[e]
		b := Best{Kind: t.kind, Length: t.length, Match: p.match(lo, e, t, o)}
		b.Chance, b.Expected = chance(nulls[c], b.Match.Distance)
		r.Best = append(r.Best, b)
		if t.length != o.Length {
			continue
		}
		for _, e := range separate(t.distance, o.Matches, t.length) {
			r.Matches[t.kind] = append(r.Matches[t.kind], p.match(lo, e, t, o))
		}
		r.Fans[t.kind] = p.fans(r.Matches[t.kind], lo, hi, o)
	}
	r.Chance = together(nulls, found)
	r.Special = r.Chance < o.Level
	p.branches(r, o)
	return r, nil
}

func steady(x []float64) bool {
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, v := range x {
		lo, hi = min(lo, v), max(hi, v)
	}
	return !(hi-lo > flat)
}

// trial is one kind at one length.
type trial struct {
	kind     Kind
	length   int
	distance []float64 // by end; +Inf where there is no stretch
}

// everything computes all kinds and lengths. Where whole is false only the nearest stretch under warping
// has its exact distance.
func everything(q, x *[Dims][]float64, o Options, whole bool) []trial {
	var out []trial
	for i, row := range profile(q, x, o.Short, o.Long) {
		out = append(out, trial{Shape, o.Short + i, row})
	}
	for _, w := range o.Lengths {
		out = append(out, trial{Warped, w, warpAll(q, x, w, o.Band, whole)})
	}
	for _, w := range o.Lengths {
		out = append(out, trial{Features, w, mahalanobis(q, x, w)})
	}
	return out
}

// warpAll is the warped distance to every stretch. Unless all are wanted, stretches are visited in the
// order of their lower bounds, so that most are never warped; the smallest is exact all the same.
func warpAll(q, x *[Dims][]float64, w int, band float64, whole bool) []float64 {
	n := len(x[0])
	out := make([]float64, n)
	for e := range out {
		out[e] = math.Inf(1)
	}
	query := make([]float64, w*Dims)
	if !normalised(query, q, len(q[0])-1, w) {
		return out
	}
	s := newWarper(query, w, int(math.Ceil(band*float64(w))))
	if whole {
		for e := w - 1; e < n; e++ {
			out[e] = s.distance(x, e, math.Inf(1))
		}
		return out
	}
	type candidate struct {
		e     int
		bound float64
	}
	var order []candidate
	for e := w - 1; e < n; e++ {
		if normalised(s.x, x, e, w) {
			order = append(order, candidate{e, s.bound(math.Inf(1))})
		}
	}
	sort.Slice(order, func(i, j int) bool {
		if order[i].bound != order[j].bound {
			return order[i].bound < order[j].bound
		}
		return order[i].e < order[j].e
	})
	scale := 2 * float64(w) * Dims
	best := math.Inf(1)
	for _, c := range order {
		if c.bound > best*best*scale {
			break
		}
		out[c.e] = s.distance(x, c.e, best)
		best = min(best, out[c.e])
	}
	return out
}

func nearest(d []float64) int {
	best := -1
	for e, v := range d {
		if !math.IsInf(v, 1) && (best < 0 || v < d[best]) {
			best = e
		}
	}
	return best
}

// separate picks the nearest stretches of which no two overlap.
func separate(d []float64, count, length int) []int {
	order := make([]int, 0, len(d))
	for e, v := range d {
		if !math.IsInf(v, 1) {
			order = append(order, e)
		}
	}
	sort.SliceStable(order, func(i, j int) bool { return d[order[i]] < d[order[j]] })
	var out []int
	for _, e := range order {
		free := len(out) < count
		for _, have := range out {
			free = free && (e-have >= length || have-e >= length)
		}
		if free {
			out = append(out, e)
		}
	}
	return out
}

func (p *Panel) match(lo, e int, t trial, o Options) Match {
	end := lo + e
	m := Match{Start: p.From + Month(end-t.length+1), End: p.From + Month(end), Distance: t.distance[e]}
	if end+o.EaseMonths < p.Len() {
		m.Eased = p.X[Rate][end+o.EaseMonths] <= p.X[Rate][end]-o.EaseBy
	}
	return m
}
