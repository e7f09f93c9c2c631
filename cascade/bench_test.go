package cascade_test

import (
	"testing"

	"faultline/cascade"
	"faultline/flow"
	"faultline/impact"
)

// BenchmarkOneAssetLoop is the loop of bench/cascade: noise, one player read from its table, linear
// impact that wears off, in minutes of a session.
func BenchmarkOneAssetLoop(b *testing.B) {
	s := setup(b, 1, 390, 0.01, tabled{linearPlayer{name: "one", usd: 0.3 * cap1}})
	const paths = 10240
	m, err := cascade.New(s, cascade.Options{Paths: paths, Cases: []cascade.Case{{Players: everyone(s), Shock: []float64{-0.02}}}})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := m.Run(b.Context(), 1); err != nil {
			b.Fatal(err)
		}
	}
	steps := float64(b.N) * paths * float64(len(s.Env.Timeline.Slots))
	b.ReportMetric(steps/b.Elapsed().Seconds()/1e6, "Mstep/s")
	b.ReportMetric(b.Elapsed().Seconds()*1e9/steps, "ns/step")
}

// full is six players on four assets: one read from its table, five stepped.
func full(b *testing.B) *cascade.Setup {
	e := env(b, 1, flow.Asset{ID: "SPX", Price: 6000, LastClose: 6000}, flow.Asset{ID: "NDX", Price: 24000, LastClose: 24000},
		flow.Asset{ID: "BTC", Price: 90000, LastClose: 90000}, flow.Asset{ID: "ETH", Price: 3000, LastClose: 3000})
	line, err := cascade.Minutes(e.Timeline, 390)
	if err != nil {
		b.Fatal(err)
	}
	e.Timeline = line
	models := []flow.Model{
		tabled{linearPlayer{name: "dealer", usd: 0.1 * cap1}},
		worker{linearPlayer{name: "trend", usd: 0.1 * cap1}},
		worker{linearPlayer{name: "control", usd: 0.1 * cap1}},
		linearPlayer{name: "etf", usd: 0.05 * cap1, phases: flow.Close},
		linearPlayer{name: "coins", usd: 0.05 * cap1, phases: flow.Tick},
		linearPlayer{name: "calm", usd: -0.1 * cap1, phases: flow.Tick},
	}
	law := impact.Law{Kind: impact.SquareRoot, Root: 1, Exponent: 0.489, Start: 0.001}
	c, err := law.Curve(impact.Market{Volume: 7e11, Vol: 0.012}, 1)
	if err != nil {
		b.Fatal(err)
	}
	corr := []float64{1, 0.9, 0.4, 0.4, 0.9, 1, 0.4, 0.4, 0.4, 0.4, 1, 0.8, 0.4, 0.4, 0.8, 1}
	vol := []float64{0.012, 0.015, 0.03, 0.04}
	cross, err := impact.NewCross(corr, vol, 0.5)
	if err != nil {
		b.Fatal(err)
	}
	return &cascade.Setup{
		Env: e, Players: compile(b, e, models...), Curves: []impact.Curve{c, c, c, c}, Cross: cross,
		Decay:      impact.Propagator{Permanent: 0.33, Fast: 0.33, FastSessions: 0.4, SlowSessions: 20},
		Noise:      cascade.Noise{Vol: vol, Loading: []float64{1, 1, 0.4, 0.4}, Corr: corr, Overnight: 0.25, NewsRate: 0.02, NewsSize: 3},
		Elasticity: 1, Memory: 16,
	}
}

// BenchmarkFullCase is 100,000 paths of 390 minutes with six players on four assets, on all cores.
func BenchmarkFullCase(b *testing.B) {
	s := full(b)
	m, err := cascade.New(s, cascade.Options{Paths: 100_000, Cases: []cascade.Case{{Players: everyone(s), Shock: []float64{-0.02, -0.02, -0.05, -0.05}}}})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := m.Run(b.Context(), m.Shards()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkAllSubsets is a sixteenth of all 2⁸ subsets at 10,000 paths: 64 subsets of six players, which
// with the two shocks that a subset may hold or not make 256, at 625 paths.
func BenchmarkAllSubsets(b *testing.B) {
	s := full(b)
	var cases []cascade.Case
	for k := range 256 {
		c := cascade.Case{Shock: make([]float64, 4)}
		for i := range s.Players {
			c.Players = append(c.Players, k>>i&1 == 1)
		}
		if k>>6&1 == 1 {
			c.Shock[0] -= 0.02
		}
		if k>>7&1 == 1 {
			c.Shock[2] -= 0.05
		}
		cases = append(cases, c)
	}
	m, err := cascade.New(s, cascade.Options{Paths: 640, Cases: cases})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := m.Run(b.Context(), m.Shards()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)*10000/640, "s/10k-paths")
}

func TestAStepAllocatesNothing(t *testing.T) {
	s := setup(t, 1, 390, 0.01, tabled{linearPlayer{name: "one", usd: 0.3 * cap1}}, worker{linearPlayer{name: "late", usd: 0.1 * cap1}})
	count := func(paths int) float64 {
		m, err := cascade.New(s, cascade.Options{Paths: paths, Cases: []cascade.Case{{Players: everyone(s), Shock: []float64{-0.02}}}})
		if err != nil {
			t.Fatal(err)
		}
		return testing.AllocsPerRun(3, func() {
			if _, err := m.Run(t.Context(), 1); err != nil {
				t.Fatal(err)
			}
		})
	}
	// Ten times the paths allocate no more: neither a step nor a path does.
	if few, many := count(64), count(640); many > few {
		t.Errorf("%v allocations for 64 paths, %v for 640", few, many)
	}
}
