package regime

import (
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/feed"
	"faultline/market"
)

// golden is what numpy and statsmodels give for invented returns; testdata/golden.py makes it.
type golden struct {
	Returns      [][]float64 `json:"returns"` // [day][instrument]
	Index        []float64   `json:"index"`
	Volatility   float64     `json:"volatility"`
	Correlation  float64     `json:"correlation"`
	Dispersion   float64     `json:"dispersion"`
	Absorption   float64     `json:"absorption"`
	Turbulence   float64     `json:"turbulence"`
	Log          float64     `json:"log"`
	Variances    []float64   `json:"variances"`
	FilteredLast []float64   `json:"filtered_last"`
}

func readGolden(t *testing.T) (golden, *panel) {
	t.Helper()
	raw, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var g golden
	if err := json.Unmarshal(raw, &g); err != nil {
		t.Fatal(err)
	}
	p := &panel{ids: make([]string, len(g.Returns[0])), ret: make([][]float64, len(g.Returns[0]))}
	for i, row := range g.Returns {
		p.date = append(p.date, Since+calendar.Date(i))
		for k, v := range row {
			p.ret[k] = append(p.ret[k], v)
		}
	}
	return g, p
}

func TestTheMeasuresOfAPanelAgreeWithNumpy(t *testing.T) {
	g, p := readGolden(t)
	end := len(p.date) - 1
	for name, x := range map[string][2]float64{
		"volatility":  {volatility(g.Index)[end], g.Volatility},
		"correlation": {p.correlation(quarter).value[end], g.Correlation},
		"dispersion":  {p.dispersion().value[end], g.Dispersion},
		"absorption":  {p.absorption(5).value[end], g.Absorption},
		"turbulence":  {p.turbulence().value[end], g.Turbulence},
	} {
		if !(math.Abs(x[0]/x[1]-1) < 1e-9) {
			t.Errorf("%s: %v, numpy %v", name, x[0], x[1])
		}
	}
}

// statsmodels starts the chain from its stationary distribution, this model estimates the first day: the log
// likelihoods differ by less than what one day can give, and the last days do not feel the first.
func TestTheTwoStateModelAgreesWithStatsmodels(t *testing.T) {
	g, _ := readGolden(t)
	m, ok := FitStates(g.Index)
	if !ok {
		t.Fatal("no fit")
	}
	if !(math.Abs(m.Log-g.Log) < 1) {
		t.Errorf("log likelihood %v, statsmodels %v", m.Log, g.Log)
	}
	for s := range 2 {
		if !(math.Abs(m.Var[s]/g.Variances[s]-1) < 0.01) {
			t.Errorf("variance %d: %v, statsmodels %v", s, m.Var[s], g.Variances[s])
		}
	}
	p := m.Filtered(g.Index)
	for i, want := range g.FilteredLast {
		if got := p[len(p)-len(g.FilteredLast)+i]; !(math.Abs(got-want) < 0.01) {
			t.Errorf("filtered probability %d days before the end: %v, statsmodels %v", len(g.FilteredLast)-i, got, want)
		}
	}
}

// The likelihood never falls under EM, whatever the returns.
func TestTheLikelihoodNeverFalls(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		x := make([]float64, leastTurb)
		for i := range x {
			x[i] = rapid.Float64Range(-0.1, 0.1).Draw(r, "return")
		}
		m := &States{Var: [2]float64{1e-5, 1e-3}, P: [2][2]float64{{0.9, 0.1}, {0.2, 0.8}}, First: [2]float64{0.5, 0.5}}
		out := make([][2]float64, len(x))
		back := math.Inf(-1)
		for range 10 {
			log := m.filter(x, out)
			if !(log >= back-1e-7*math.Abs(log)) {
				r.Fatalf("the log likelihood fell from %v to %v", back, log)
			}
			back = log
			m.step(x, out)
		}
	})
}

// A filtered probability does not know the days after it.
func TestTheFilteredProbabilityKnowsNoFuture(t *testing.T) {
	g, _ := readGolden(t)
	m, _ := FitStates(g.Index)
	all := m.Filtered(g.Index)
	for _, n := range []int{1, 50, 700} {
		part := m.Filtered(g.Index[:n])
		if part[n-1] != all[n-1] {
			t.Errorf("day %d: %v with the future, %v without", n, all[n-1], part[n-1])
		}
	}
}

func TestAPercentileIsTheShareBelow(t *testing.T) {
	tr := &track{}
	for i, v := range []float64{math.NaN(), 1, 5, 2, 3, 3} {
		tr.date, tr.value = append(tr.date, Since+calendar.Date(i)), append(tr.value, v)
	}
	v, p, n, _, ok := tr.last(Since)
	if !ok || v != 3 || n != 5 || p != 60 { // 1 and 2 below, two 3s half each, of five
		t.Errorf("%v %v %v %v", v, p, n, ok)
	}
}

// Corwin and Schultz, equations 14 and 18, for one pair of days worked by hand, and a spread of nothing when
// the two days' range is that of either of them doubled in variance.
func TestTheSpreadFollowsItsFormula(t *testing.T) {
	b := &market.Bars{Instrument: "X", Interval: market.Day}
	day := func(i int, o, h, l, c float64) {
		b.Begin = append(b.Begin, int64(7305+i)*86400)
		b.Open, b.High, b.Low, b.Close = append(b.Open, o), append(b.High, h), append(b.Low, l), append(b.Close, c)
		b.Volume = append(b.Volume, 1e6)
		b.Known = append(b.Known, int64(7305+i+1)*86400)
	}
	for i := range 40 {
		day(i, 100, 101, 99, 100)
	}
	got := corwinSchultz(b).value[39]
	beta := 2 * math.Pow(math.Log(101.0/99), 2)
	gamma := math.Pow(math.Log(101.0/99), 2)
	k := 3 - 2*math.Sqrt2
	alpha := (math.Sqrt(2*beta)-math.Sqrt(beta))/k - math.Sqrt(gamma/k)
	want := 2 * (math.Exp(alpha) - 1) / (1 + math.Exp(alpha))
	if !(math.Abs(got-want) < 1e-12) {
		t.Errorf("spread %v, want %v", got, want)
	}
	// Every day the whole range, and no drift: the bounce is all spread, which is the range itself.
	if !(math.Abs(want-math.Log(101.0/99)) < 1e-4) {
		t.Errorf("a market that only bounces has a spread of %v, its range is %v", want, math.Log(101.0/99))
	}
	if v := amihud(b).value[39]; v != 0 {
		t.Errorf("a price that stands still has an illiquidity of %v", v)
	}
}

func TestNeweyWestWithoutLagsIsThePlainError(t *testing.T) {
	x := []float64{1, 4, 2, 8, 5, 7}
	m, s := mean(x), 0.0
	for _, v := range x {
		s += (v - m) * (v - m)
	}
	if got, want := neweyWest(x, 0), math.Sqrt(s/36); !(math.Abs(got-want) < 1e-15) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestALineThroughPointsIsLeastSquares(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		var sums regression
		n := rapid.IntRange(3, 30).Draw(r, "n")
		x, y := make([]float64, n), make([]float64, n)
		for i := range n {
			x[i], y[i] = rapid.Float64Range(-3, 3).Draw(r, "x"), rapid.Float64Range(-3, 3).Draw(r, "y")
			sums.add(x[i], y[i])
		}
		if !(variance(x) > 1e-3) {
			return
		}
		a, b, ok := sums.line()
		if !ok {
			r.Fatal("no line")
		}
		for _, d := range [][2]float64{{1e-3, 0}, {-1e-3, 0}, {0, 1e-3}, {0, -1e-3}} { // any other line is worse
			best, other := 0.0, 0.0
			for i := range n {
				best += sq(y[i] - a - b*x[i])
				other += sq(y[i] - a - d[0] - (b+d[1])*x[i])
			}
			if !(best < other) {
				r.Fatalf("%v, %v is no minimum", a, b)
			}
		}
	})
}

func TestWithoutDataEveryMeasureSaysWhy(t *testing.T) {
	var b market.Book
	_, err := Read(b.AsOf(time.Unix(1.7e9, 0)))
	var a *evidence.Absent
	if !errors.As(err, &a) || a.Code != "regime_without_prices" {
		t.Errorf("error %v", err)
	}
	if _, err := RespondToGoodNews(b.AsOf(time.Unix(1.7e9, 0))); err == nil {
		t.Error("good news without prices")
	}
	for _, p := range Foretell(b.AsOf(time.Unix(1.7e9, 0))) {
		if p.Absent == nil {
			t.Errorf("%s foretells without data", p.Key)
		}
	}
}

// Returns of value less growth that foretell the index are found to do so; a year with a hole in it foretells
// nothing.
func TestValueLessGrowthIsTestedWhereItIsGiven(t *testing.T) {
	series := func(id string) *market.Series {
		return &market.Series{ID: id, Origin: market.Origin{File: id + ".csv", Format: "series", Grade: evidence.Observed, KnownAt: "row_time"}}
	}
	run := func(hole int) Power {
		price, hml := series("shiller_sp500_monthly/sp500"), series("HML")
		level, rng := 100.0, rand.New(rand.NewPCG(7, 7))
		var past []float64
		for m := range 12 * 60 {
			at := time.Date(1960, time.Month(1+m), 1, 0, 0, 0, 0, time.UTC).Unix()
			v := 2 * rng.NormFloat64()
			past = append(past, v)
			if m >= 12+reported { // the index follows the year that was reported
				year := 0.0
				for _, x := range past[m-reported-12 : m-reported] {
					year += x
				}
				level *= math.Exp(0.002*year + 0.002*rng.NormFloat64())
			}
			price.About, price.Known, price.Value, price.Line = append(price.About, at), append(price.Known, at), append(price.Value, level), append(price.Line, int32(m+2))
			if hole > 0 && m%hole == 0 {
				continue
			}
			hml.About, hml.Known, hml.Value, hml.Line = append(hml.About, at), append(hml.Known, at), append(hml.Value, v), append(hml.Line, int32(m+2))
		}
		var b market.Book
		b.Add(market.Dataset{Series: price}, market.Dataset{Series: hml})
		for _, p := range Foretell(b.AsOf(time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC))) {
			if p.Key == "value_minus_growth" {
				return p
			}
		}
		t.Fatal("value less growth is not tested")
		return Power{}
	}
	if p := run(0); p.Absent != nil || p.N < 200 || !(p.R2 > 0.1) || !(p.P < 0.01) {
		t.Errorf("%+v", p)
	}
	if p := run(12); p.Absent == nil || p.Absent.Code != "short_history" {
		t.Errorf("every year lacks a month, and yet %+v", p)
	}
}

// real loads daily data of the shared folder.
func real(t *testing.T, at string) *market.State {
	t.Helper()
	var b market.Book
	for _, f := range append([]string{"daily/GSPC", "daily/VIX", "daily/SPY", "gex/DIX", "macro/shiller_sp500_monthly", "macro/hoin_m2"}, sectorFiles()...) {
		path := filepath.Join("..", "..", "shared", "data", f+".csv")
		if _, err := os.Stat(path); err != nil {
			t.Skip("../shared/data is absent")
		}
		r, err := feed.ReadFile(t.Context(), path, feed.Options{})
		if err != nil {
			t.Fatal(err)
		}
		b.Add(r.Sets...)
	}
	when, err := time.Parse(time.RFC3339, at)
	if err != nil {
		t.Fatal(err)
	}
	return b.AsOf(when)
}

func sectorFiles() []string {
	var out []string
	for _, id := range Sectors {
		out = append(out, "daily/"+id)
	}
	return out
}

// What the source report calls a turn from low volatility and high correlation: in October 2025 volatility
// stood at its median and correlation near its lowest since 1999.
func TestTheRegimeOfAutumn2025AsMeasured(t *testing.T) {
	r, err := Read(real(t, "2025-11-20T22:00:00Z"))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]Measure{}
	for _, m := range r.Measures {
		got[m.Key] = m
	}
	for key, bounds := range map[string][2]float64{"volatility": {40, 70}, "correlation": {0, 10}, "vix": {80, 92}, "variance_premium": {95, 100}} {
		if m := got[key]; m.Absent != nil || !(m.Percentile >= bounds[0] && m.Percentile <= bounds[1]) {
			t.Errorf("%s: %+v, want a percentile from %v to %v", key, m, bounds[0], bounds[1])
		}
	}
	if m := got["implied_correlation"]; m.Absent == nil {
		t.Errorf("implied correlation without chains of members: %+v", m)
	}
}

// Later bars change nothing of an earlier reading.
func TestAReadingKnowsNoFuture(t *testing.T) {
	at := "2025-06-30T22:00:00Z"
	when, _ := time.Parse(time.RFC3339, at)
	s := real(t, at)
	var cut market.Book
	for _, id := range append([]string{"SPX", "VIX", "SPY"}, Sectors...) {
		b, err := s.Daily(id)
		if err != nil {
			t.Fatal(err)
		}
		cut.Add(market.Dataset{Bars: b})
	}
	a, err1 := Read(s)
	b, err2 := Read(cut.AsOf(when))
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	for i := range a.Measures {
		if a.Measures[i].Value != b.Measures[i].Value || a.Measures[i].Percentile != b.Measures[i].Percentile {
			t.Errorf("%s: %v with later bars in the book, %v without", a.Measures[i].Key, a.Measures[i].Value, b.Measures[i].Value)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	g := make([]float64, 9000)
	for i := range g {
		g[i] = 0.01 * math.Sin(float64(i*i))
	}
	b.ReportAllocs()
	for b.Loop() {
		FitStates(g)
	}
}
