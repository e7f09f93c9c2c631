// Command black times package black against its peers, on the same numbers, in the same run and on
// one thread each: QuantLib in C++, a numpy loop, and the row-by-row DataFrame code that open gamma
// tools use. Run it through run.sh, which builds the C++ peer. It prints nanoseconds for each volatility,
// contract or repricing, the ratio to each peer, and the largest difference of the peers' results.
//
// It is a workshop beside the house: it may import black, and it must not know anything else of the
// project; nothing imports it.
package main

import (
	"bufio"
	"encoding/binary"
	"flag"
	"fmt"
	"log"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"faultline/black"
)

const (
	contracts = 25_000
	points    = 200
)

// chain is a synthetic index chain of out-of-the-money options: a day to three years, volatilities of
// 8 to 58 %, strikes within four standard deviations.
type chain struct {
	right                                      []black.Right
	price, forward, strike, years, vol, weight []float64
	grid                                       []float64
}

func synthetic() chain {
	rng := rand.New(rand.NewPCG(20, 11))
	column := func() []float64 { return make([]float64, contracts) }
	c := chain{make([]black.Right, contracts), column(), column(), column(), column(), column(), column(), make([]float64, points)}
	for i := range contracts {
		c.forward[i] = 6600
		c.years[i] = math.Exp(-5.9 + 7*rng.Float64())
		c.vol[i] = 0.08 + 0.5*rng.Float64()
		c.strike[i] = c.forward[i] * math.Exp(c.vol[i]*math.Sqrt(c.years[i])*(8*rng.Float64()-4))
		c.right[i] = black.Call
		if c.strike[i] < c.forward[i] {
			c.right[i] = black.Put
		}
		c.price[i] = black.Price(c.right[i], c.forward[i], c.strike[i], c.years[i], c.vol[i])
		c.weight[i] = rng.NormFloat64()
	}
	for j := range c.grid {
		c.grid[j] = 0.85 + 0.3*float64(j)/(points-1)
	}
	return c
}

// write hands the chain to the peers: two counts, then the columns, all as little-endian float64.
func (c chain) write(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	right := make([]float64, contracts)
	for i, r := range c.right {
		right[i] = float64(r)
	}
	b := bufio.NewWriter(f)
	for _, column := range [][]float64{{contracts, points}, right, c.price, c.forward, c.strike, c.years, c.vol, c.weight, c.grid} {
		if err := binary.Write(b, binary.LittleEndian, column); err != nil {
			return err
		}
	}
	return b.Flush()
}

// fastest is the shortest of many runs, in nanoseconds for each of n items.
func fastest(runs, n int, f func()) float64 {
	best := math.Inf(1)
	for range runs {
		start := time.Now()
		f()
		best = min(best, float64(time.Since(start).Nanoseconds()))
	}
	return best / float64(n)
}

// results are nanoseconds for each item by task, and the numbers that a task came to.
type results struct {
	nanoseconds map[string]float64
	volatility  []float64
	gamma       []float64
}

func own(c chain) results {
	r := results{map[string]float64{}, make([]float64, contracts), make([]float64, points)}
	status := make([]black.Status, contracts)
	column := func(n int) []float64 { return make([]float64, n) }
	batch := black.GreekColumns{Delta: column(contracts), Gamma: column(contracts), Vega: column(contracts), Vanna: column(contracts), Charm: column(contracts)}
	grid := black.GreekColumns{Delta: column(points), Gamma: column(points), Vega: column(points), Vanna: column(points), Charm: column(points)}
	r.nanoseconds["volatility, one at a time"] = fastest(20, contracts, func() {
		for i := range c.price {
			r.volatility[i], _ = black.ImpliedVol(c.right[i], c.price[i], c.forward[i], c.strike[i], c.years[i])
		}
	})
	r.nanoseconds["volatility, in a batch"] = fastest(60, contracts, func() {
		black.ImpliedVols(r.volatility, status, c.right, c.price, c.forward, c.strike, c.years)
	})
	r.nanoseconds["greeks, in a batch"] = fastest(60, contracts, func() {
		black.GreeksBatch(batch, c.right, c.forward, c.strike, c.years, c.vol)
	})
	r.nanoseconds["gamma profile"] = fastest(30, contracts*points, func() {
		black.GammaProfile(r.gamma, c.grid, c.weight, c.forward, c.strike, c.years, c.vol)
	})
	r.nanoseconds["delta profile"] = fastest(20, contracts*points, func() {
		black.DeltaProfile(grid.Delta, c.grid, c.right, c.weight, c.forward, c.strike, c.years, c.vol)
	})
	r.nanoseconds["five-greek profile"] = fastest(20, contracts*points, func() {
		black.GreekProfile(grid, c.grid, c.right, c.weight, c.forward, c.strike, c.years, c.vol)
	})
	return r
}

// peer runs another program on the chain. It prints lines of "time NAME NANOSECONDS", "vol VALUE" and
// "gamma VALUE".
func peer(name string, arguments ...string) (results, error) {
	r := results{nanoseconds: map[string]float64{}}
	command := exec.Command(name, arguments...)
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err != nil {
		return r, fmt.Errorf("run %s: %w", filepath.Base(name), err)
	}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		var x float64
		if len(fields) < 2 {
			return r, fmt.Errorf("run %s: line %q", filepath.Base(name), line)
		}
		if _, err := fmt.Sscan(fields[len(fields)-1], &x); err != nil {
			return r, fmt.Errorf("run %s: line %q: %w", filepath.Base(name), line, err)
		}
		switch fields[0] {
		case "time":
			r.nanoseconds[strings.Join(fields[1:len(fields)-1], " ")] = x
		case "vol":
			r.volatility = append(r.volatility, x)
		case "gamma":
			r.gamma = append(r.gamma, x)
		}
	}
	return r, nil
}

func largestDifference(a, b []float64, scale func(i int) float64) float64 {
	if len(a) != len(b) {
		return math.NaN()
	}
	largest := 0.0
	for i := range a {
		if d := math.Abs(a[i]-b[i]) / scale(i); !(d <= largest) {
			largest = d
		}
	}
	return largest
}

// comparisons are the tasks of ours, the peers' tasks that they are set against, and the ratio wanted.
var comparisons = []struct {
	ours, peers string
	wanted      float64
}{
	{"volatility, in a batch", "QuantLib volatility, Newton", 40},
	{"volatility, in a batch", "QuantLib volatility, Li's over-relaxation", 40},
	{"volatility, one at a time", "QuantLib volatility, Newton", 1},
	{"greeks, in a batch", "QuantLib delta, gamma and vega", 1},
	{"gamma profile", "numpy gamma profile", 30},
	{"gamma profile", "DataFrame gamma profile", 10_000},
}

func main() {
	log.SetFlags(0)
	quantlib := flag.String("quantlib", "", "the built QuantLib peer")
	python := flag.String("python", "python3", "a Python with numpy and pandas")
	script := flag.String("script", "bench/black/peers/python_peer.py", "the numpy peer")
	flag.Parse()
	if err := run(*quantlib, *python, *script); err != nil {
		log.Fatal(err)
	}
}

func run(quantlib, python, script string) error {
	directory, err := os.MkdirTemp("", "black")
	if err != nil {
		return err
	}
	defer os.RemoveAll(directory)
	c, path := synthetic(), filepath.Join(directory, "chain")
	if err := c.write(path); err != nil {
		return fmt.Errorf("write chain: %w", err)
	}
	ours := own(c)
	inC, err := peer(quantlib, path)
	if err != nil {
		return err
	}
	inPython, err := peer(python, script, path)
	if err != nil {
		return err
	}

	fmt.Printf("%d contracts, %d grid points, one thread; shortest of several runs\n\n", contracts, points)
	for _, task := range []string{
		"volatility, one at a time", "volatility, in a batch", "greeks, in a batch",
		"gamma profile", "delta profile", "five-greek profile",
	} {
		n := contracts
		if strings.Contains(task, "profile") {
			n *= points
		}
		fmt.Printf("%-28s %9.2f ns each %9.3f ms in all\n", task, ours.nanoseconds[task], ours.nanoseconds[task]*float64(n)/1e6)
	}
	fmt.Println()
	for _, x := range comparisons {
		theirs, ok := inC.nanoseconds[x.peers]
		if !ok {
			theirs, ok = inPython.nanoseconds[x.peers]
		}
		if !ok {
			fmt.Printf("%-28s against %-44s not measured\n", x.ours, x.peers)
			continue
		}
		ratio := theirs / ours.nanoseconds[x.ours]
		verdict := "met"
		if !(ratio >= x.wanted) {
			verdict = "NOT met"
		}
		fmt.Printf("%-28s against %-44s %10.2f ns: %8.1f times (at least %g: %s)\n", x.ours, x.peers, theirs, ratio, x.wanted, verdict)
	}
	fmt.Printf("\nlargest relative difference of QuantLib's volatilities from ours: %.2g\n",
		largestDifference(inC.volatility, ours.volatility, func(i int) float64 { return ours.volatility[i] }))
	fmt.Printf("largest difference of numpy's gamma profile from ours, of its largest point: %.2g\n",
		largestDifference(inPython.gamma, ours.gamma, func(int) float64 { return largestSize(ours.gamma) }))
	return nil
}

func largestSize(x []float64) float64 {
	largest := 0.0
	for _, v := range x {
		largest = max(largest, math.Abs(v))
	}
	return largest
}
