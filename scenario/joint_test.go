package scenario

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"faultline/evidence"
	"faultline/market"
)

// history is a state with daily closes from log returns that two instruments share.
func history(n int) *market.State {
	r := rand.New(rand.NewPCG(1, 2))
	a, b := &market.Bars{Instrument: "SPX", Interval: market.Day}, &market.Bars{Instrument: "TNX", Interval: market.Day}
	p, y := 6000.0, 4.0
	for i := range n {
		begin := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, i).Unix()
		x := r.NormFloat64()
		p *= math.Exp(0.0003 + 0.01*x)
		y += 0.03*x + 0.02*r.NormFloat64()
		a.Append(begin, begin, p, p, p, p, 1, int32(i+1))
		b.Append(begin, begin, y, y, y, y, 1, int32(i+1))
	}
	var book market.Book
	book.Add(market.Dataset{Bars: a}, market.Dataset{Bars: b})
	return book.AsOf(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC))
}

// The paths keep the mean, the spread and the link of history: sums of k days have k times the mean and variance.
// Standard errors of 20,000 paths and of the history itself are allowed for with four of them.
func TestPathsHaveTheMomentsOfHistory(t *testing.T) {
	s := history(3000)
	const sessions, paths = 60, 20_000
	j, err := Bootstrap(s, []string{"SPX", "NOWHERE", "TNX"}, sessions, paths, 5000, 10, 7)
	if err != nil {
		t.Fatal(err)
	}
	if len(j.Names) != 2 || len(j.Returns[0]) != paths {
		t.Fatalf("%v", j.Names)
	}
	b, err := s.Daily("SPX")
	if err != nil {
		t.Fatal(err)
	}
	var mean, square float64
	n := float64(b.Len() - 1)
	for i := 1; i < b.Len(); i++ {
		x := math.Log(b.Close[i] / b.Close[i-1])
		mean += x / n
		square += x * x / n
	}
	sd := math.Sqrt(square - mean*mean)
	var m, v, cross, vy, my float64
	for p := range paths {
		x := math.Log(1 + j.Returns[0][p])
		m += x / paths
		my += j.Returns[1][p] / paths
	}
	for p := range paths {
		x, y := math.Log(1+j.Returns[0][p])-m, j.Returns[1][p]-my
		v += x * x / paths
		vy += y * y / paths
		cross += x * y / paths
	}
	if !(math.Abs(m-sessions*mean) < 4*sd*math.Sqrt(sessions)/math.Sqrt(paths)) {
		t.Errorf("mean %v, history gives %v", m, sessions*mean)
	}
	// Blocks keep what little autocorrelation the draw has, within a tenth of the spread.
	if got, want := math.Sqrt(v), sd*math.Sqrt(sessions); !(math.Abs(got/want-1) < 0.1) {
		t.Errorf("spread %v, history gives %v", got, want)
	}
	if rho := cross / math.Sqrt(v*vy); !(math.Abs(rho-0.03/math.Hypot(0.03, 0.02)) < 0.1) {
		t.Errorf("correlation %v", rho)
	}
	again, err := Bootstrap(s, []string{"SPX", "TNX"}, sessions, paths, 5000, 10, 7)
	if err != nil || again.Returns[1][paths-1] != j.Returns[1][paths-1] {
		t.Errorf("the same seed gives other paths: %v", err)
	}
	if _, err := Bootstrap(s, []string{"NOWHERE"}, 10, 10, 10, 10, 1); err == nil {
		t.Error("paths without prices")
	}
	if _, err := Bootstrap(history(100), []string{"SPX"}, 10, 10, 1000, 10, 1); err == nil {
		t.Error("paths from a hundred days")
	}
}

func TestScenariosMoveThePathsToWhatTheySay(t *testing.T) {
	j, err := Bootstrap(history(3000), []string{"SPX", "TNX"}, 60, 5000, 5000, 10, 7)
	if err != nil {
		t.Fatal(err)
	}
	inf := math.Inf(1)
	tree := &Tree{Scenarios: []Scenario{
		{Name: "down", Outcomes: []Outcome{{Asset: "SPX", Low: -inf, High: -0.05}, {Asset: "TNX", Low: 0.1, High: inf}}},
		{Name: "up", Outcomes: []Outcome{{Asset: "SPX", Low: 0.04, High: inf}, {Asset: "BTC", Low: 0, High: inf}}},
		{Name: "impossible", Outcomes: []Outcome{{Asset: "SPX", Low: 0.1, High: inf}, {Asset: "SPX", Low: -inf, High: 0.05}}},
		{Name: "silent"},
	}}
	weights := []float64{0.3, 0.5, 0.1, 0.1}
	list, mixed, covered, err := j.Reweigh(tree, weights)
	if err != nil {
		t.Fatal(err)
	}
	if !(list[0].Spreads[0].Mean < -0.05+1e-9 && list[0].Spreads[1].Mean > 0.1-1e-9 && list[0].Entropy > 0) {
		t.Errorf("down: %+v", list[0])
	}
	if !(list[1].Spreads[0].Mean > 0.04-1e-9) || len(list[1].Skipped) != 1 || list[1].Skipped[0] != "BTC" {
		t.Errorf("up: %+v", list[1])
	}
	if list[2].Against == nil || list[2].Against.View != "SPX ≤" || len(list[2].Against.With) != 1 {
		t.Errorf("impossible: %+v", list[2].Against)
	}
	if !(math.Abs(covered-0.8) < 1e-12) || len(list) != 4 || list[3].Spreads != nil {
		t.Errorf("covered %v", covered)
	}
	want := (0.3*list[0].Spreads[0].Mean + 0.5*list[1].Spreads[0].Mean) / 0.8
	if !(math.Abs(mixed[0].Mean-want) < 1e-12) {
		t.Errorf("the mixture has mean %v, want %v", mixed[0].Mean, want)
	}
	for _, s := range mixed {
		if !(s.Low < s.Mid && s.Mid < s.High) {
			t.Errorf("%+v", s)
		}
	}
	if list[2].Held != 0 || !(list[3].Held > 0.999) {
		t.Errorf("held %v and %v", list[2].Held, list[3].Held)
	}
}

// A simulation that halves the volatility of the first month must show in the variance of the paths: the month's
// part of it falls to a quarter, the rest stays. What the simulation does not hold follows by its beta, so that
// nothing of its own variance is lost.
func TestASimulatedBeginningReplacesTheFirstMonthAndNothingElse(t *testing.T) {
	s := history(3000)
	const sessions, paths = 60, 20_000
	variance := func(j *Joint, i int, from int) (mean, v float64) {
		x := j.Returns[i][:from]
		for _, r := range x {
			c := r
			if j.Names[i] == "SPX" {
				c = math.Log1p(r)
			}
			mean += c / float64(len(x))
			v += c * c / float64(len(x))
		}
		return mean, v - mean*mean
	}
	for _, share := range []float64{0.5, 1} {
		plain, err := Bootstrap(s, []string{"SPX", "TNX"}, sessions, paths, 5000, 10, 7)
		if err != nil {
			t.Fatal(err)
		}
		j, err := Bootstrap(s, []string{"SPX", "TNX"}, sessions, paths, 5000, 10, 7)
		if err != nil {
			t.Fatal(err)
		}
		r := rand.New(rand.NewPCG(3, 4))
		moves := make([]float64, 4096)
		for k := range moves {
			moves[k] = math.Expm1(0.005 * math.Sqrt(Month) * r.NormFloat64())
		}
		if err := j.Begin([]string{"SPX", "ELSEWHERE"}, [][]float64{moves, moves}, share); err != nil {
			t.Fatal(err)
		}
		m := int(share * paths)
		for p := m; p < paths; p++ {
			if j.Returns[0][p] != plain.Returns[0][p] || j.Returns[1][p] != plain.Returns[1][p] {
				t.Fatalf("share %v: path %d is not of the share and has changed", share, p)
			}
		}
		_, before := variance(plain, 0, m)
		_, after := variance(j, 0, m)
		// A day's variance is 1e-4, of 60 days 21 fall to a quarter; 10,000 paths give it within 4·√2/100 = 6 %.
		want := before - Month*(1e-4-0.25e-4)
		if !(math.Abs(after/want-1) < 0.06) {
			t.Errorf("share %v: variance %v, want %v", share, after, want)
		}
		// Of the yield's variance a day, 0.03² + 0.02², the first part hangs on the index: it falls, the second stays.
		_, before = variance(plain, 1, m)
		_, after = variance(j, 1, m)
		want = before - Month*0.75*0.03*0.03
		if !(math.Abs(after/want-1) < 0.06) {
			t.Errorf("share %v: variance of the yield %v, want %v", share, after, want)
		}
	}
}

func TestASimulationOfAnotherMarketBeginsNoPath(t *testing.T) {
	j, err := Bootstrap(history(400), []string{"TNX"}, 30, 50, 5000, 10, 7)
	if err != nil {
		t.Fatal(err)
	}
	var absent *evidence.Absent
	if err := j.Begin([]string{"SPX"}, [][]float64{{0.1}}, 1); !errors.As(err, &absent) || absent.Code != "cascade_needs_index" {
		t.Errorf("%v", err)
	}
}
