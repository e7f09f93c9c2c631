// Command cta times cta.Backtest against its peers, on the same numbers, in the same run and on one
// thread each, by processor time: pandas one instrument at a time, pandas on the whole frame, and numpy for the scenarios.
// Run it through run.sh. It prints program-bars and evaluations a second, the ratio to each peer, and how
// far the peers' sums are from its own; it fails where they differ by more than a part in a billion.
//
// It is a workshop beside the house: it may import flow/cta and calendar, and it must not know anything
// else of the project; nothing imports it.
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
	"strconv"
	"strings"
	"syscall"

	"faultline/calendar"
	"faultline/flow/cta"
)

const (
	markets  = 60
	days     = 40 * 252
	programs = 12
	rounds   = 40 // the best of them counts; scenarios are told by a difference, which needs many
)

var shocks = []float64{-0.1, -0.05, -0.03, -0.02, -0.01, 0.01, 0.02, 0.03, 0.05}

func main() {
	log.SetFlags(0)
	python := flag.String("python", "/usr/bin/python3", "interpreter with numpy and pandas")
	script := flag.String("script", "", "the peers")
	flag.Parse()
	t, p := made()
	dir, err := os.MkdirTemp("", "cta")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "table")
	if err := write(file, t, p); err != nil {
		log.Fatal(err)
	}
	risk := make([]float64, markets)
	for i := range risk {
		risk[i] = 1
	}
	// What the scenarios take is the difference of a pass with them and one without. The two alternate, so that
	// what else the machine does slows both alike.
	pass, both := math.Inf(1), math.Inf(1)
	var out *cta.Outcome
	for range rounds {
		for _, x := range [][]float64{nil, shocks} {
			start := spent()
			o, err := cta.Backtest(t, p, risk, x)
			if err != nil {
				log.Fatal(err)
			}
			if took := spent() - start; x == nil {
				pass = min(pass, took)
			} else {
				out, both = o, min(both, took)
			}
		}
	}
	if !(both > pass) {
		log.Fatal("a pass with scenarios took no longer than one without: the machine is too busy to tell")
	}
	bars, evals := float64(markets*days*programs), float64(len(out.Scenario)*markets*programs)
	fmt.Printf("%-34s %9.2f M bars/s %18.1f M evaluations/s\n", "Go, one pass", bars/pass/1e6, evals/(both-pass)/1e6)
	want := map[string]float64{"profit": size(out.Profit), "held": size(out.Held), "scenario": size(out.Scenario)}

	peers, err := exec.Command(*python, *script, file).Output()
	if err != nil {
		log.Fatalf("peers: %v", err)
	}
	failed := false
	for line := range strings.Lines(string(peers)) {
		f := strings.Fields(line) // name, kind, seconds, then sums as name=value
		seconds, err := strconv.ParseFloat(f[2], 64)
		if err != nil {
			log.Fatalf("peers: %q: %v", line, err)
		}
		rate, ratio, unit := bars/seconds/1e6, seconds/pass, "bars/s"
		if f[1] == "scenarios" {
			rate, ratio, unit = evals/seconds/1e6, seconds/(both-pass), "evaluations/s"
		}
		worst := 0.0
		for _, sum := range f[3:] {
			name, text, _ := strings.Cut(sum, "=")
			x, err := strconv.ParseFloat(text, 64)
			if err != nil {
				log.Fatalf("peers: %q: %v", line, err)
			}
			d := math.Abs(x/want[name] - 1)
			if !(d < 1e-9) {
				failed = true
			}
			worst = max(worst, d)
		}
		fmt.Printf("%-34s %9.2f M %-14s Go is %5.1f times as fast; sums differ by %.0e\n", strings.ReplaceAll(f[0], "_", " "), rate, unit, ratio, worst)
	}
	if failed {
		log.Fatal("a peer computes something else")
	}
}

// made is a table of markets that wander, the same every time.
func made() (*cta.Table, *cta.Programs) {
	rng := rand.New(rand.NewPCG(20, 11))
	t := &cta.Table{Markets: markets}
	for d := range days {
		t.Date = append(t.Date, calendar.Date(7000+d))
		for range markets {
			g := math.Exp(0.0002 + 0.01*rng.NormFloat64())
			t.Growth, t.Move = append(t.Growth, g), append(t.Move, g+1e-5)
		}
	}
	p := &cta.Programs{Squash: 0.2, VolSpan: 75, Floor: 0.05, Adjust: 0.135}
	for i := range programs {
		p.Span = append(p.Span, math.Round(20*math.Pow(1.35, float64(i))))
	}
	return t, p
}

// spent is the processor time of this process in seconds: that of a clock would count whatever else the
// machine does.
func spent() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		log.Fatal(err)
	}
	return float64(u.Utime.Sec+u.Stime.Sec) + float64(u.Utime.Usec+u.Stime.Usec)/1e6
}

// size is a sum that no cancellation makes small: of absolute values.
func size(v []float64) float64 {
	s := 0.0
	for _, x := range v {
		s += math.Abs(x)
	}
	return s
}

// write hands the table to the peers: counts and parameters, then the columns, as little-endian float64.
func write(path string, t *cta.Table, p *cta.Programs) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	b := bufio.NewWriter(f)
	head := []float64{markets, days, programs, float64(len(shocks)), p.Squash, p.VolSpan, p.Floor, p.Adjust}
	for _, column := range [][]float64{head, p.Span, shocks, t.Growth, t.Move} {
		if err := binary.Write(b, binary.LittleEndian, column); err != nil {
			return err
		}
	}
	return b.Flush()
}
