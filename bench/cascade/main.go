// Command cascade times the loop of package cascade on one asset: noise, one participant read from its
// table, linear impact, in minutes of a session. Beside it stand a C++ program that does the same in
// blocks of paths, and a plain Go loop that does it path by path. Run it through run.sh, which builds the
// C++ peer.
//
// It is a workshop beside the house: it may import cascade and what cascade is set up with, and it must
// not know any participant; nothing imports it.
package main

import (
	"context"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"time"

	"faultline/assumption"
	"faultline/calendar"
	"faultline/cascade"
	"faultline/flow"
	"faultline/impact"
	"faultline/market"
)

const (
	blocks = 320
	paths  = blocks * flow.Lanes
	rounds = 7
)

func main() {
	peer := flag.String("peer", "", "C++ program")
	flag.Parse()
	if err := run(*peer); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// hedger holds usd·(price − 1) dollars at every moment and has no memory.
type hedger struct{ usd, price float64 }

func (hedger) Name() string                                               { return "hedger" }
func (h hedger) Compile(context.Context, *flow.Env) (flow.Program, error) { return h, nil }
func (hedger) Width() int                                                 { return 1 }
func (hedger) Phases() flow.Phase                                         { return flow.Tick | flow.Open | flow.Close }
func (hedger) Start(state []float64)                                      { clear(state) }
func (hedger) Memoryless() bool                                           { return true }
func (h hedger) Step(state []float64, m *flow.Moment, out, _ []float64) {
	for l := range flow.Lanes {
		want := h.usd * (m.Price[l] - 1) / h.price
		out[l] += want - state[l]
		state[l] = want
	}
}

func run(peer string) error {
	ctx := context.Background()
	start := time.Date(2025, time.November, 19, 21, 0, 0, 0, time.UTC)
	line, err := flow.Sessions(calendar.NYSE(), start, 1)
	if err != nil {
		return err
	}
	if line, err = cascade.Minutes(line, 390); err != nil {
		return err
	}
	curve, err := impact.Law{Kind: impact.Inelastic}.Curve(impact.Market{Cap: 1e12, Multiplier: 1}, 1)
	if err != nil {
		return err
	}
	setup := &cascade.Setup{
		Env: &flow.Env{
			State: new(market.Book).AsOf(start), Assume: assumption.Default(), Timeline: line,
			Assets: []flow.Asset{{ID: "SPX", Price: 6000, LastClose: 6000}},
		},
		Players: []flow.Player{{Name: "hedger", Program: hedger{0.3e12, 6000}}},
		Curves:  []impact.Curve{curve}, Cross: impact.Own(1), Decay: impact.Lasting(),
		Noise:  cascade.Noise{Vol: []float64{0.01}, Loading: []float64{1}, Corr: []float64{1}, Overnight: 0.25},
		Memory: 16,
	}
	sim, err := cascade.New(setup, cascade.Options{Paths: paths, Cases: []cascade.Case{{Players: []bool{true}, Shock: []float64{-0.02}}}})
	if err != nil {
		return err
	}
	steps := float64(paths * len(line.Slots))
	best := map[string]float64{"go": math.Inf(1), "plain": math.Inf(1), "c++": math.Inf(1)}
	for range rounds {
		t := time.Now()
		if _, err := sim.Run(ctx, 1); err != nil {
			return err
		}
		best["go"] = min(best["go"], float64(time.Since(t).Nanoseconds())/steps)
		t = time.Now()
		if mean := plain(paths/4, len(line.Slots)); !(math.Abs(mean+0.02/0.7) < 0.002) {
			return fmt.Errorf("the plain loop's mean move is %v, want about %v", mean, -0.02/0.7)
		}
		best["plain"] = min(best["plain"], 4*float64(time.Since(t).Nanoseconds())/steps)
		if peer != "" {
			out, err := exec.CommandContext(ctx, peer, strconv.Itoa(blocks)).Output()
			if err != nil {
				return fmt.Errorf("run %s: %w", peer, err)
			}
			var ns, mean float64
			if _, err := fmt.Sscan(string(out), &ns, &mean); err != nil {
				return fmt.Errorf("read what %s wrote: %w", peer, err)
			}
			if !(math.Abs(mean+0.02/0.7) < 0.002) {
				return fmt.Errorf("the peer's mean move is %v, want about %v", mean, -0.02/0.7)
			}
			best["c++"] = min(best["c++"], ns)
		}
	}
	fmt.Printf("%-28s %8s %12s %8s\n", "one asset, one participant", "ns/step", "M steps/s", "ratio")
	for _, name := range []string{"go", "plain", "c++"} {
		fmt.Printf("%-28s %8.2f %12.0f %8.2f\n", map[string]string{"go": "cascade (Go, blocks)", "plain": "plain Go, path by path", "c++": "C++, blocks"}[name],
			best[name], 1e3/best[name], best[name]/best["go"])
	}
	return nil
}

// plain is the loop as one writes it first.
func plain(n, slots int) float64 {
	rng := rand.New(rand.NewPCG(1, 2))
	table := make([]float64, 513)
	for i := range table {
		table[i] = 0.3e12 * (0.68 + float64(i)/800 - 1) / 6000
	}
	sum := 0.0
	for range n {
		free, pushed, held, dollars := -0.02, 0.0, 0.0, 0.0
		for range slots {
			free += 0.01 * math.Sqrt(0.75/390) * rng.NormFloat64()
			x := min(max((1+free+pushed-0.68)*800, 0), 512)
			k := min(int(x), 511)
			want := table[k] + (x-float64(k))*(table[k+1]-table[k])
			dollars += 6000 * (want - held)
			held = want
			pushed = 1e-12 * dollars
		}
		sum += free + pushed
	}
	return sum / float64(n)
}
