package contagion

import (
	"runtime"
	"sort"
	"sync"

	"faultline/calendar"
	"faultline/evidence"
)

// System is the connectedness of the assets of one panel. Shares are decimals, bands 5–95 %.
type System struct {
	Name     string // long, wide or close
	Panel    *Panel
	From, To calendar.Date
	N        int // spans
	Lacks    []string

	Total    Band
	Share    []Band // [taker][giver]
	Net      []Band // what each asset gives less what it takes
	Forward  Channel
	Backward Channel
	Granger  []Link
}

// Channel is the mean share of the variance of one side that comes from the other: Forward from coins to
// stocks, Backward from stocks to coins. The sides have different numbers of assets, and what moves both on
// one day counts both ways, so that the larger of the two tells no direction: that is what Granger's test
// and the lead and lag are for.
type Channel struct {
	Band
	Null float64 // 95 % quantile where the two sides have nothing to do with each other
	P    float64 // chance of as much then
}

// Link is a test of whether the returns of one asset help to foretell another's.
type Link struct {
	Cause, Effect string
	Granger
	PHolm float64 // PRobust after Holm's correction over all links of the system
}

// measures are what bands are made for: Total, Share, Net, Forward, Backward.
func measures(from, to []int) func(Table) []float64 {
	return func(t Table) []float64 {
		out := append([]float64{t.Total()}, t.Share...)
		for i := range t.Vars {
			out = append(out, t.Net(i))
		}
		return append(out, t.Between(from, to), t.Between(to, from))
	}
}

// limits are between which the measures can lie.
func limits(vars int) [][2]float64 {
	out := make([][2]float64, 1+vars*vars, 3+vars*vars+vars)
	for i := range out {
		out[i] = [2]float64{0, 1}
	}
	for range vars {
		out = append(out, [2]float64{-1, float64(vars - 1)})
	}
	return append(out, [2]float64{0, 1}, [2]float64{0, 1})
}

// NewSystem fits a model to the whole panel, with bands and tests.
func NewSystem(name string, p *Panel, lacks []string, q params) (*System, error) {
	from, to := p.places(coins), p.places(stocks)
	if len(from) == 0 || len(to) == 0 {
		return nil, &evidence.Absent{Code: "one_side_missing"}
	}
	v, err := Fit(p.Return, q.lags)
	if err != nil {
		return nil, err
	}
	k := v.Vars
	b := v.bands(stream(q.seed, "system/"+name, 0), q.draws, q.block, q.horizon, limits(k), measures(from, to))
	s := &System{
		Name: name, Panel: p, From: p.Dates[0], To: p.Dates[len(p.Dates)-1], N: len(p.Dates), Lacks: lacks,
		Total: b[0], Share: b[1 : 1+k*k], Net: b[1+k*k : 1+k*k+k],
	}
	s.Forward, s.Backward = Channel{Band: b[1+k*k+k]}, Channel{Band: b[2+k*k+k]}
	s.Forward.Null, s.Forward.P, s.Backward.Null, s.Backward.P = null(p.Return, from, to, q, s.Forward.Value, s.Backward.Value, "null/"+name, 0)
	raw := []float64{}
	for _, pair := range [][2][]int{{from, to}, {to, from}} {
		for _, i := range pair[0] {
			for _, j := range pair[1] {
				g := v.Granger(i, j)
				s.Granger = append(s.Granger, Link{Cause: p.IDs[i], Effect: p.IDs[j], Granger: g})
				raw = append(raw, g.PRobust)
			}
		}
	}
	for i, x := range holm(raw) {
		s.Granger[i].PHolm = x
	}
	return s, nil
}

// null turns the coins in a circle against the rest, so that each side keeps its own law, and says how much
// of the other side's variance each then seems to give: the 95 % quantile, and the chance of the value seen.
func null(y [][]float64, from, to []int, q params, forward, backward float64, name string, k int) (nullF, pF, nullB, pB float64) {
	random := stream(q.seed, name, k)
	n := len(y[0])
	var fs, bs []float64
	beyondF, beyondB := 0, 0
	for range q.draws {
		by := q.block + random.IntN(max(n-2*q.block, 1))
		v, _, err := solve(shifted(y, from, by), q.lags)
		if err != nil {
			continue
		}
		t := v.Decompose(q.horizon)
		f, b := t.Between(from, to), t.Between(to, from)
		fs, bs = append(fs, f), append(bs, b)
		if f >= forward {
			beyondF++
		}
		if b >= backward {
			beyondB++
		}
	}
	sort.Float64s(fs)
	sort.Float64s(bs)
	d := float64(1 + len(fs))
	if len(fs) == 0 {
		return 0, 1, 0, 1
	}
	return quantile(fs, 0.95), float64(1+beyondF) / d, quantile(bs, 0.95), float64(1+beyondB) / d
}

// Rolling is the connectedness of windows that end on Dates.
type Rolling struct {
	Window   int // spans
	Dates    []calendar.Date
	Total    []Band
	Forward  []Channel
	Backward []Channel
}

// Roll fits a model to every window of the panel, step spans apart, the last one at its end. Windows have
// random streams of their own, so that the result does not depend on the number of cores.
func Roll(p *Panel, q params) (*Rolling, error) {
	from, to := p.places(coins), p.places(stocks)
	if len(from) == 0 || len(to) == 0 {
		return nil, &evidence.Absent{Code: "one_side_missing"}
	}
	if len(p.Dates) < q.window {
		return nil, &evidence.Absent{Code: "too_few_observations"}
	}
	var ends []int
	for end := len(p.Dates); end >= q.window; end -= q.step {
		ends = append([]int{end}, ends...)
	}
	out := &Rolling{
		Window: q.window, Dates: make([]calendar.Date, len(ends)), Total: make([]Band, len(ends)),
		Forward: make([]Channel, len(ends)), Backward: make([]Channel, len(ends)),
	}
	errs := make([]error, len(ends))
	var wg sync.WaitGroup
	next := make(chan int)
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for k := range next {
				y := p.cut(ends[k]-q.window, ends[k])
				v, err := Fit(y, q.lags)
				if err != nil {
					errs[k] = err
					continue
				}
				n := v.Vars
				b := v.bands(stream(q.seed, "rolling", k), q.draws, q.block, q.horizon, limits(n), measures(from, to))
				out.Dates[k] = p.Dates[ends[k]-1]
				out.Total[k] = b[0]
				f, g := Channel{Band: b[1+n*n+n]}, Channel{Band: b[2+n*n+n]}
				f.Null, f.P, g.Null, g.P = null(y, from, to, q, f.Value, g.Value, "rolling/null", k)
				out.Forward[k], out.Backward[k] = f, g
			}
		})
	}
	for k := range ends {
		next <- k
	}
	close(next)
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}
