package faultline

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sort"
	"sync"

	"faultline/calendar"
	"faultline/cascade"
	"faultline/evidence"
	"faultline/flow"
	"faultline/flow/all"
	"faultline/impact"
	"faultline/macro/ols"
	"faultline/market"
)

// CascadeValidation holds the loop against real days.
type CascadeValidation struct {
	Days    int               `json:"days"` // scored
	First   string            `json:"first"`
	Last    string            `json:"last"`
	Players []string          `json:"players"` // whose loop gain is in
	Gain    map[string]Score  `json:"gain"`    // mean over the days, by player and in all, with 5 and 95 % quantiles of the days
	Tests   []LoopTest        `json:"tests"`
	PIT     []PITScore        `json:"pit"`
	Tape    *TapeValidation   `json:"tape,omitempty"`
	Missing []evidence.Absent `json:"missing"`
}

// LoopTest is whether one set of regressors forecasts better than another out of sample.
type LoopTest struct {
	Target   string  `json:"target"`   // abs_return or log_range of the next session
	Baseline string  `json:"baseline"` // code of the smaller set
	With     string  `json:"with"`     // code of the larger set
	Gain     float64 `json:"gain"`     // share of the mean squared error that the larger set takes off
	T        float64 `json:"t"`        // Diebold–Mariano
	P        float64 `json:"p"`        // one-sided
	N        int     `json:"n"`
	InSample float64 `json:"t_in_sample"` // of the last regressor over all days, Newey–West
}

// PITScore is how calibrated the simulated distribution of the next session's move is.
type PITScore struct {
	Name string `json:"name"` // with_participants or without
	cascadeCalibration
}

type cascadeCalibration struct {
	Bins     []float64 `json:"bins"` // share of days in each tenth
	Distance float64   `json:"ks_distance"`
	Critical float64   `json:"ks_critical"` // 5 %
	Inside   float64   `json:"inside_90"`   // share of days within the interval of 90 %
	N        int       `json:"n"`
}

// TapeValidation is how much of the tape's own movement excites more of it.
type TapeValidation struct {
	Instrument string    `json:"instrument"`
	Days       []TapeDay `json:"days"`
	Median     float64   `json:"median"`
	Date       string    `json:"date"`       // the day asked about
	Branching  Score     `json:"branching"`  // on it, with two standard errors
	Percentile Score     `json:"percentile"` // of that day among all
	Counted    Score     `json:"counted"`    // its ratio from the variance of counts
	LoopGain   Score     `json:"loop_gain"`  // the model's, as of the close before
}

// TapeDay is the branching ratio of one session.
type TapeDay struct {
	Date      string  `json:"date"`
	Branching float64 `json:"branching"`
	Counted   float64 `json:"counted"`
	Events    int     `json:"events"`
}

// gainDay is what was known at one close and what came next.
type gainDay struct {
	date        calendar.Date
	gain        []float64 // by player
	total       float64
	interaction float64
	vix         float64
	absReturn   float64 // of this day
	logRange    float64
	nextReturn  float64 // log return of the next session
	pit         [2]float64
}

// referencePrice is the level of the S&P 500 at which the register's volumes and values outstanding are
// stated. Published gamma of earlier years is brought to it, as the register's positions are.
const referencePrice = 6700

// ValidateCascade computes the loop gain of every day since 2011 on which there are prices, volatility and
// published gamma, from what was known at its close, and asks whether it, and what the participants do
// together beyond each alone, forecast the next session's absolute return and range beyond the VIX and
// lagged volatility. Positions have today's size on every day, so that days can be compared.
func ValidateCascade(ctx context.Context, book *market.Book, s *market.State, a Assumptions, about calendar.Date) (*CascadeValidation, error) {
	out := &CascadeValidation{Gain: map[string]Score{}, Missing: []evidence.Absent{}}
	days, players, err := gainDays(ctx, book, s, a)
	if err != nil {
		return nil, err
	}
	out.Players = players
	if len(days) < 1300 {
		return nil, &evidence.Absent{Code: "too_few_observations"}
	}
	out.Days, out.First, out.Last = len(days), days[0].date.String(), days[len(days)-1].date.String()
	summary := func(pick func(*gainDay) float64) Score {
		var v []float64
		sum := 0.0
		for i := range days {
			v = append(v, pick(&days[i]))
			sum += v[i] / float64(len(days))
		}
		sort.Float64s(v)
		low, high := flow.Quantile(v, 0.05), flow.Quantile(v, 0.95)
		return Score{ID: "gain", Value: &sum, Low: &low, High: &high, Unit: evidence.Ratio, N: len(v)}
	}
	for i, p := range players {
		out.Gain[p] = summary(func(d *gainDay) float64 { return d.gain[i] })
	}
	out.Gain["total"] = summary(func(d *gainDay) float64 { return d.total })
	out.Gain["interaction"] = summary(func(d *gainDay) float64 { return d.interaction })
	if out.Tests, err = forecastTests(days); err != nil {
		return nil, err
	}
	for k, name := range []string{"with_participants", "without"} {
		var pit []float64
		for i := range days {
			pit = append(pit, days[i].pit[k])
		}
		c := cascade.Calibrate(pit)
		out.PIT = append(out.PIT, PITScore{name, cascadeCalibration{c.Bins[:], c.Distance, c.Critical, c.Inside, c.N}})
	}
	if out.Tape, err = tape(s, about, days); err != nil {
		var absent *evidence.Absent
		if !errors.As(err, &absent) {
			return nil, err
		}
		out.Missing = append(out.Missing, *absent)
	}
	return out, nil
}

// gainDays walks the days. The book is cut to what the participants read, so that the State of each of
// thousands of days is quick to make.
func gainDays(ctx context.Context, book *market.Book, s *market.State, a Assumptions) ([]gainDay, []string, error) {
	spx, err := s.Daily("SPX")
	if err != nil {
		return nil, nil, err
	}
	vix, err := s.Daily("VIX")
	if err != nil {
		return nil, nil, err
	}
	gex, err := s.Series("dix/gex")
	if err != nil {
		return nil, nil, err
	}
	known := map[calendar.Date]float64{}
	for i := range gex.Len() {
		known[calendar.Date(gex.About[i]/86400)] = gex.Value[i]
	}
	fear := map[calendar.Date]float64{}
	for i := range vix.Len() {
		fear[vix.Date(i)] = vix.Close[i]
	}
	lean := &market.Book{}
	for _, d := range book.Sets() {
		if d.Bars != nil && d.Bars.Instrument == "SPX" && d.Bars.Interval == market.Day {
			lean.Add(d)
		}
	}
	var at []int
	for i := 1; i+1 < spx.Len(); i++ {
		g, ok := known[spx.Date(i)]
		if ok && g == g && fear[spx.Date(i)] > 0 && spx.High[i] > spx.Low[i] && spx.High[i+1] > spx.Low[i+1] {
			at = append(at, i)
		}
	}
	days := make([]gainDay, len(at))
	ok := make([]bool, len(at))
	var mu sync.Mutex
	var first error
	var players []string
	work := make(chan int)
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for k := range work {
				i := at[k]
				d := spx.Date(i)
				names, err := oneDay(ctx, lean, a, spx, i, known[d], fear[d], &days[k])
				var absent *evidence.Absent
				mu.Lock()
				switch {
				case errors.As(err, &absent):
				case err != nil:
					if first == nil {
						first = fmt.Errorf("loop gain of %s: %w", d, err)
					}
				case players == nil || len(names) == len(players):
					players, ok[k] = names, true
				}
				mu.Unlock()
			}
		})
	}
	for k := range at {
		if ctx.Err() != nil {
			break
		}
		work <- k
	}
	close(work)
	wg.Wait()
	if err := errors.Join(first, ctx.Err()); err != nil {
		return nil, nil, err
	}
	kept := days[:0]
	for k := range days {
		if ok[k] {
			kept = append(kept, days[k])
		}
	}
	return kept, players, nil
}

// published are option dealers whose gamma somebody else has measured: they trade against it.
type published struct {
	assets int     // of the universe; they trade the first
	usd    float64 // dollars that they buy for a rise of 1, relative
	price  float64
}

func publishedIn(assets int, usd, price float64) published { return published{assets, usd, price} }

func (p published) Width() int            { return p.assets }
func (p published) Phases() flow.Phase    { return flow.Tick | flow.Open | flow.Close }
func (p published) Start(state []float64) { clear(state) }

func (p published) Step(state []float64, m *flow.Moment, out, _ []float64) {
	for l := range flow.Lanes {
		want := p.usd * (m.Price[l] - 1) / p.price
		out[l] += want - state[l]
		state[l] = want
	}
}

// Simulated paths and ticks of a day: enough for a transform to a hundredth.
const (
	pitPaths = 512
	pitTicks = 6
)

// oneDay fills what one close knew, and where the next session's move lay in the simulated distribution.
func oneDay(ctx context.Context, book *market.Book, a Assumptions, spx *market.Bars, i int, gex, vix float64, to *gainDay) ([]string, error) {
	price := spx.Close[i]
	x, err := calendar.NYSE().Session(spx.Date(i))
	if err != nil {
		return nil, &evidence.Absent{Code: "no_close_of_session"}
	}
	state := book.AsOf(x.Close.UTC())
	line, err := flow.Sessions(calendar.NYSE(), x.Close.UTC(), 2)
	if err != nil {
		return nil, fmt.Errorf("sessions: %w", err)
	}
	e := &flow.Env{State: state, Assume: a, Timeline: line, Memo: &flow.Memo{}, Assets: []flow.Asset{{ID: "SPX", Price: price, LastClose: price}}}
	models := slices.DeleteFunc(all.Models(), func(m flow.Model) bool { return groupOf(m.Name()) != "systematic" })
	compile := func(e *flow.Env) ([]flow.Player, error) {
		players := []flow.Player{{Name: "dealer", Program: publishedIn(1, -gex/0.01*referencePrice/price, price)}}
		for _, m := range models {
			p, err := m.Compile(ctx, e)
			if err != nil {
				return nil, err
			}
			players = append(players, flow.Player{Name: m.Name(), Program: p})
		}
		return players, nil
	}
	players, err := compile(e)
	if err != nil {
		return nil, err
	}
	sd := vix / 100 / math.Sqrt(252)
	b, err := impact.Read(a, []string{"SPX"}, []float64{sd})
	if err != nil {
		return nil, err
	}
	curves, cross, err := b.Curves(impact.Linear)
	if err != nil {
		return nil, err
	}
	small := a.Value("cascade.small_move")
	responses, _, err := cascade.Respond(ctx, e, players, cascade.Axis{X: []float64{-small, 0, small}, Beta: []float64{1}}, []impact.Propagator{b.Decay}, []int{len(line.Slots) - 1})
	if err != nil {
		return nil, err
	}
	m := cascade.Map{X: []float64{-small, 0, small}, Players: responses[0][0], Curves: curves, Weight: []float64{1}, Small: small}
	total, by := m.Loop(nil).Gain(0)
	// The amplification of a loop of this gain is cut off where it would run away.
	amp := func(g float64) float64 { return 1 / (1 - min(g, 0.95)) }
	together := amp(total) - 1
	for _, g := range by {
		together -= amp(g) - 1
	}
	*to = gainDay{
		date: spx.Date(i), gain: by, total: total, interaction: together, vix: sd,
		absReturn: math.Abs(math.Log(price / spx.Close[i-1])), logRange: math.Log(math.Log(spx.High[i] / spx.Low[i])),
		nextReturn: math.Log(spx.Close[i+1] / price),
	}
	var names []string
	for _, p := range players {
		names = append(names, p.Name)
	}
	short, err := flow.Sessions(calendar.NYSE(), x.Close.UTC(), 1)
	if err != nil {
		return nil, fmt.Errorf("sessions: %w", err)
	}
	day := *e
	if day.Timeline, err = cascade.Minutes(short, pitTicks); err != nil {
		return nil, err
	}
	if players, err = compile(&day); err != nil {
		return nil, err
	}
	setup := &cascade.Setup{
		Env: &day, Players: players, Curves: curves, Cross: cross, Decay: b.Decay,
		Noise: cascade.Noise{
			Vol: []float64{sd}, Loading: []float64{1}, Corr: []float64{1}, Overnight: a.Value("cascade.overnight"),
			NewsRate: a.Value("cascade.news_rate"), NewsSize: a.Value("cascade.news_size"),
		},
		Elasticity: b.Elasticity, Memory: a.Value("cascade.memory"),
	}
	in := make([]bool, len(players))
	none := make([]bool, len(players))
	for k := range in {
		in[k] = true
	}
	sim, err := cascade.New(setup, cascade.Options{
		Paths: pitPaths, Seed: uint64(a.Value("band.seed")) + uint64(spx.Date(i)), Details: []int{0, 1}, Below: []float64{spx.Close[i+1]/price - 1},
		Cases: []cascade.Case{{Players: in, Shock: []float64{0}}, {Players: none, Shock: []float64{0}}},
	})
	if err != nil {
		return nil, err
	}
	got, err := sim.Run(ctx, 1)
	if err != nil {
		return nil, err
	}
	to.pit = [2]float64{got.Details[0].Below[0], got.Details[1].Below[0]}
	return names, nil
}

// Out-of-sample forecasts begin after four years, and the fit is renewed every month.
const (
	trainDays = 1008
	refitDays = 21
	testLags  = 10
)

// forecastTests compares sets of regressors for the next session: the VIX and heterogeneous lags of
// volatility (Corsi 2009, Journal of Financial Econometrics 7) as the baseline; then loop gain in all;
// then by participant; then what they do together.
func forecastTests(days []gainDay) ([]LoopTest, error) {
	var out []LoopTest
	n := len(days) - 1
	varies := varying(days[:min(trainDays, len(days))]) // as the first fit sees them
	for _, target := range []struct {
		name string
		past func(*gainDay) float64
		fear func(*gainDay) float64
	}{
		{"abs_return", func(d *gainDay) float64 { return d.absReturn }, func(d *gainDay) float64 { return d.vix }},
		{"log_range", func(d *gainDay) float64 { return d.logRange }, func(d *gainDay) float64 { return math.Log(d.vix) }},
	} {
		const warm = 22
		var y []float64
		sets := map[string][][]float64{}
		for i := warm; i < n; i++ {
			if days[i+1].date-days[i].date > 7 {
				continue // a day without gamma in between: the next row is not the next session
			}
			y = append(y, target.past(&days[i+1]))
			mean := func(k int) float64 {
				sum := 0.0
				for j := range k {
					sum += target.past(&days[i-j]) / float64(k)
				}
				return sum
			}
			d := &days[i]
			base := []float64{1, target.fear(d), mean(1), mean(5), mean(22)}
			sets["baseline"] = append(sets["baseline"], base)
			sets["total"] = append(sets["total"], append(slices.Clone(base), d.total))
			sets["systematic"] = append(sets["systematic"], append(slices.Clone(base), d.total-d.gain[0])) // dealers stand first
			by := slices.Clone(base)
			for _, p := range varies {
				by = append(by, d.gain[p])
			}
			sets["players"] = append(sets["players"], by)
			sets["interaction"] = append(sets["interaction"], append(slices.Clone(by), d.interaction))
		}
		forecasts := map[string][]float64{}
		lastT := map[string]float64{}
		for name, x := range sets {
			f, err := cascade.Forecasts(y, x, trainDays, refitDays)
			if err != nil {
				return nil, fmt.Errorf("forecast %s with %s: %w", target.name, name, err)
			}
			forecasts[name] = f
			whole, err := ols.Regress(y, x, ols.Robust{Lags: testLags})
			if err != nil {
				return nil, fmt.Errorf("fit %s with %s: %w", target.name, name, err)
			}
			k := len(whole.Beta) - 1
			lastT[name] = whole.Beta[k] / whole.Error[k]
		}
		for _, pair := range [][2]string{{"baseline", "total"}, {"baseline", "systematic"}, {"baseline", "players"}, {"baseline", "interaction"}, {"players", "interaction"}} {
			c, err := cascade.DieboldMariano(y, forecasts[pair[0]], forecasts[pair[1]], testLags)
			if err != nil {
				return nil, fmt.Errorf("compare %s: %w", target.name, err)
			}
			out = append(out, LoopTest{Target: target.name, Baseline: pair[0], With: pair[1], Gain: c.Gain, T: c.T, P: c.P, N: c.N, InSample: lastT[pair[1]]})
		}
	}
	return out, nil
}

// varying lists the players whose loop gain is more than a fixed multiple of volatility: the orders of
// leveraged funds with assets of one size are that, and say nothing that the VIX does not.
func varying(days []gainDay) []int {
	var out []int
	for p := range days[0].gain {
		mean, square := 0.0, 0.0
		for i := range days {
			x := days[i].gain[p] / days[i].vix
			mean += x / float64(len(days))
			square += x * x / float64(len(days))
		}
		if square-mean*mean > 1e-4*square {
			out = append(out, p)
		}
	}
	return out
}
