package scenario

import (
	"errors"
	"math"
	"math/rand/v2"
	"sort"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
	"faultline/scenario/pooling"
)

// Joint is a joint distribution of what assets do from now to a horizon: a matrix of paths. History resampled
// gives one (Bootstrap); a simulation that knows forced flows may give another.
type Joint struct {
	Names    []string
	Returns  [][]float64 // [asset][path]: returns, of yields changes in points of percent
	Prior    []float64   // probabilities of the paths; nil for equal
	Source   string      // code: bootstrap, or bootstrap_and_cascade
	Sessions int         // to the horizon
	From     string      // first and last day of the history behind it
	To       string
	// head is what the changes of each path come to after its first Month sessions: [asset][path], log returns and
	// differences of yields.
	head [][]float64
}

// Month is how many sessions the beginning of a path has that a simulation may replace.
const Month = 21

// Bootstrap draws paths of so many sessions from the daily changes of history, in blocks of geometric length with
// a mean of block sessions, so that days that follow each other stay together, and all assets of a day stay
// together (Politis and Romano, "The Stationary Bootstrap", JASA 89, 1994). Means are kept as they were: a
// path knows nothing of scenarios. Assets without daily prices are left out. The same seed gives the same paths.
func Bootstrap(s *market.State, assets []string, sessions, paths, history int, block float64, seed uint64) (*Joint, error) {
	var names []string
	var bars []*market.Bars
	for _, a := range assets {
		if b, err := s.Daily(a); err == nil {
			names, bars = append(names, a), append(bars, b)
		}
	}
	if len(names) == 0 {
		return nil, &evidence.Absent{Code: "no_joint"}
	}
	dates, changes := common(names, bars, history)
	n := len(dates)
	if n < 250 || sessions < 1 || paths < 1 {
		return nil, &evidence.Absent{Code: "too_few_observations"}
	}
	out := &Joint{
		Names: names, Returns: make([][]float64, len(names)), Source: "bootstrap", Sessions: sessions,
		From: dates[0].String(), To: dates[n-1].String(),
	}
	for i := range names {
		out.Returns[i] = make([]float64, paths)
		out.head = append(out.head, make([]float64, paths))
	}
	r := rand.New(rand.NewPCG(seed, uint64(sessions)))
	sum := make([]float64, len(names))
	for p := range paths {
		clear(sum)
		day := r.IntN(n)
		for k := range sessions {
			if k > 0 {
				if day++; day == n || r.Float64() < 1/block {
					day = r.IntN(n)
				}
			}
			for i := range sum {
				sum[i] += changes[i][day]
				if k < Month {
					out.head[i][p] = sum[i]
				}
			}
		}
		for i, name := range names {
			out.Returns[i][p] = moved(name, sum[i])
		}
	}
	return out, nil
}

// moved turns a sum of daily changes into what a path says: a return, or the change of a yield.
func moved(name string, change float64) float64 {
	if isYield(name) {
		return change
	}
	return math.Expm1(change)
}

func isYield(name string) bool {
	in, ok := market.Lookup(name)
	return ok && in.Kind == market.Yield
}

// common gives the daily changes on the sessions that all instruments have, the last ones of them: log returns,
// and differences of yields.
func common(names []string, bars []*market.Bars, last int) ([]calendar.Date, [][]float64) {
	count := map[calendar.Date]int{}
	at := make([]map[calendar.Date]float64, len(bars))
	for i, b := range bars {
		at[i] = make(map[calendar.Date]float64, b.Len())
		for k := range b.Len() {
			d := b.Date(k)
			if _, twice := at[i][d]; !twice {
				count[d]++
			}
			at[i][d] = b.Close[k]
		}
	}
	var dates []calendar.Date
	for d, c := range count {
		if c == len(bars) {
			dates = append(dates, d)
		}
	}
	sort.Slice(dates, func(a, b int) bool { return dates[a] < dates[b] })
	dates = dates[max(0, len(dates)-last-1):]
	if len(dates) < 2 {
		return nil, nil
	}
	changes := make([][]float64, len(bars))
	for i, name := range names {
		for k := 1; k < len(dates); k++ {
			a, b := at[i][dates[k-1]], at[i][dates[k]]
			c := b - a
			if !isYield(name) {
				c = math.Log(b / a)
			}
			changes[i] = append(changes[i], c)
		}
	}
	return dates[1:], changes
}

// Spread is one asset under some probabilities of the paths.
type Spread struct {
	Asset          string
	Mean, Low, Mid float64 // Low and High are the 5 % and 95 % quantiles
	High           float64
}

// Reweighted is a scenario on the paths: the probabilities closest to the joint distribution under which its assets
// do, in expectation, what the scenario says.
type Reweighted struct {
	Scenario  int
	Effective float64 // effective number of paths
	Entropy   float64 // relative entropy against the joint distribution, nats: how far the scenario is from history
	Held      float64 // share of the paths, as they were, that end inside all its ranges
	Spreads   []Spread
	Skipped   []string               // assets of the scenario that the joint distribution does not have
	Against   *pooling.Contradiction // the views contradict each other on these paths
	p         []float64
}

// Views are what a scenario says of the assets of a joint distribution, as expectations.
func (j *Joint) Views(s *Scenario) (views []pooling.View, skipped []string) {
	for _, o := range s.Outcomes {
		if o.Asset == "" {
			continue
		}
		i := indexOf(j.Names, o.Asset)
		if i < 0 {
			skipped = append(skipped, o.Asset)
			continue
		}
		if !math.IsInf(o.Low, -1) {
			views = append(views, pooling.Mean(o.Asset+" ≥", j.Returns[i], pooling.AtLeast, o.Low))
		}
		if !math.IsInf(o.High, 1) {
			views = append(views, pooling.Mean(o.Asset+" ≤", j.Returns[i], pooling.AtMost, o.High))
		}
	}
	return views, skipped
}

func indexOf(list []string, x string) int {
	for i, y := range list {
		if x == y {
			return i
		}
	}
	return -1
}

// Reweigh finds the probabilities of the paths in each scenario, and those of the whole tree: the mixture of the
// scenarios with the weights given, which are their probabilities. Scenarios that contradict the paths or say
// nothing of its assets are left out of the mixture; covered is the weight of those that are in it.
func (j *Joint) Reweigh(t *Tree, weights []float64) (list []Reweighted, mixed []Spread, covered float64, err error) {
	n := len(j.Returns[0])
	mixture := make([]float64, n)
	for i := range t.Scenarios {
		s := &t.Scenarios[i]
		r := Reweighted{Scenario: i}
		var views []pooling.View
		views, r.Skipped = j.Views(s)
		r.Held = j.held(s)
		if len(views) == 0 {
			list = append(list, r)
			continue
		}
		q, err := pooling.Pool(j.Prior, views)
		if errors.As(err, &r.Against) {
			list = append(list, r)
			continue
		}
		if err != nil {
			return nil, nil, 0, err
		}
		r.Effective, r.Entropy, r.p = q.Effective, q.Entropy, q.P
		r.Spreads = j.Spreads(q.P)
		list = append(list, r)
		covered += weights[i]
		for k, p := range q.P {
			mixture[k] += weights[i] * p
		}
	}
	if covered > 0 {
		for k := range mixture {
			mixture[k] /= covered
		}
		mixed = j.Spreads(mixture)
	}
	return list, mixed, covered, nil
}

// held is the probability, under the joint distribution as it is, of ending inside all ranges of a scenario.
func (j *Joint) held(s *Scenario) (share float64) {
	for k := range j.Returns[0] {
		in := true
		for _, o := range s.Outcomes {
			if i := indexOf(j.Names, o.Asset); i >= 0 {
				in = in && j.Returns[i][k] >= o.Low && j.Returns[i][k] <= o.High
			}
		}
		if in {
			share += j.weight(k)
		}
	}
	return share
}

func (j *Joint) weight(k int) float64 {
	if j.Prior == nil {
		return 1 / float64(len(j.Returns[0]))
	}
	return j.Prior[k]
}

// Spreads describes each asset under probabilities of the paths; nil for those of the joint distribution itself.
func (j *Joint) Spreads(p []float64) (out []Spread) {
	order := make([]int, len(j.Returns[0]))
	for i, name := range j.Names {
		x := j.Returns[i]
		for k := range order {
			order[k] = k
		}
		sort.Slice(order, func(a, b int) bool { return x[order[a]] < x[order[b]] })
		s := Spread{Asset: name}
		sum := 0.0
		low, mid, high := false, false, false
		for _, k := range order {
			w := j.weight(k)
			if p != nil {
				w = p[k]
			}
			s.Mean += w * x[k]
			sum += w
			if !low && sum >= 0.05 {
				s.Low, low = x[k], true
			}
			if !mid && sum >= 0.5 {
				s.Mid, mid = x[k], true
			}
			if !high && sum >= 0.95-1e-12 {
				s.High, high = x[k], true
			}
		}
		out = append(out, s)
	}
	return out
}
