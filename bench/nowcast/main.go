// Command nowcast times the estimation of a dynamic factor model on FRED-MD (787 months of 126 series,
// transformed by their codes) against statsmodels' DynamicFactorMQ, in the same run on the same numbers:
// four factors, one lag, an autoregression of each series' own part. Where FRED-MD is not beside the
// repository it makes up a panel of that size. It prints seconds for an iteration of EM, the ratio, and
// how long it takes to reach the likelihood at which statsmodels stops.
//
// It may import macro/nowcast. It must not know any other file format than FRED-MD's.
package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"faultline/macro/nowcast"
)

const factors, lags = 4, 1

func main() {
	log.SetFlags(0)
	python := flag.String("python", "/usr/bin/python3", "interpreter that has statsmodels")
	script := flag.String("script", "", "the peer's program; without it only our side runs")
	shared := flag.String("fredmd", "../shared/data/macro/fredmd_*.csv", "FRED-MD as a file; a pattern")
	iterations := flag.Int("iterations", 5, "of EM")
	flag.Parse()
	if err := run(*python, *script, *shared, *iterations); err != nil {
		log.Fatal(err)
	}
}

func run(python, script, pattern string, iterations int) error {
	p, name, err := load(pattern)
	if err != nil {
		return err
	}
	have := 0
	for _, y := range p.Y {
		if !math.IsNaN(y) {
			have++
		}
	}
	fmt.Printf("%s: %d series, %d months, %d numbers; %d factors, %d lag, own parts of order one\n", name, p.N(), p.T, have, factors, lags)
	spec := nowcast.Spec{Factors: factors, Lags: lags, Iterations: iterations}
	best := math.Inf(1)
	var fit *nowcast.Fit
	for range 3 {
		begin := time.Now()
		if fit, err = nowcast.Estimate(context.Background(), p, spec); err != nil {
			return err
		}
		best = min(best, time.Since(begin).Seconds())
	}
	ours := best / float64(iterations)
	fmt.Printf("faultline    %8.4f s an iteration, start included   log likelihood %.1f → %.1f\n", ours, fit.Loglik[0], fit.Loglik[len(fit.Loglik)-1])
	if script == "" {
		return nil
	}
	peer, err := ask(python, script, p, iterations)
	if err != nil {
		return err
	}
	theirs := peer.Seconds / float64(iterations)
	fmt.Printf("statsmodels  %8.4f s an iteration                   log likelihood %.1f → %.1f (version %s)\n", theirs, peer.Loglik[0], peer.Loglik[len(peer.Loglik)-1], peer.Version)
	fmt.Printf("ratio        %8.1f ×\n", theirs/ours)
	last := peer.Loglik[len(peer.Loglik)-1]
	for k, l := range fit.Loglik {
		if l >= last {
			fmt.Printf("their likelihood is passed after %d of our iterations, %.3f s against %.3f s\n", k, float64(k)*ours, peer.Seconds)
			return nil
		}
	}
	fmt.Println("their likelihood is not reached in as many iterations")
	return nil
}

type answer struct {
	Seconds float64   `json:"seconds"`
	Loglik  []float64 `json:"loglik"`
	Version string    `json:"version"`
}

// ask runs the peer on the same numbers.
func ask(python, script string, p *nowcast.Panel, iterations int) (*answer, error) {
	dir, err := os.MkdirTemp("", "nowcast")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "panel.csv")
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	w := csv.NewWriter(f)
	if err := w.Write(p.Names); err != nil {
		return nil, err
	}
	row := make([]string, p.N())
	for t := range p.T {
		for i := range row {
			row[i] = ""
			if y := p.At(i, t); !math.IsNaN(y) {
				row[i] = strconv.FormatFloat(y, 'g', -1, 64)
			}
		}
		if err := w.Write(row); err != nil {
			return nil, err
		}
	}
	w.Flush()
	if err := f.Close(); err != nil {
		return nil, err
	}
	out, err := exec.Command(python, script, path, strconv.Itoa(factors), strconv.Itoa(lags), strconv.Itoa(iterations)).Output()
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", script, err)
	}
	var a answer
	if err := json.Unmarshal(out, &a); err != nil {
		return nil, fmt.Errorf("read what %s wrote: %w", script, err)
	}
	return &a, nil
}

// load reads FRED-MD, or makes a panel of its size up.
func load(pattern string) (*nowcast.Panel, string, error) {
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		return invented(126, 787), "made up", err
	}
	f, err := os.Open(files[0])
	if err != nil {
		return nil, "", err
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, "", fmt.Errorf("read %s: %w", files[0], err)
	}
	p := &nowcast.Panel{T: len(rows) - 2}
	for c := 1; c < len(rows[0]); c++ {
		x := make([]float64, p.T)
		for t := range x {
			x[t] = math.NaN()
			if s := rows[t+2][c]; s != "" {
				if x[t], err = strconv.ParseFloat(s, 64); err != nil {
					return nil, "", fmt.Errorf("read %s: %w", files[0], err)
				}
			}
		}
		code, err := strconv.Atoi(rows[1][c])
		if err != nil {
			return nil, "", fmt.Errorf("read %s: %w", files[0], err)
		}
		y, err := nowcast.Transform(x, code)
		if err != nil {
			return nil, "", err
		}
		p.Names, p.Kinds, p.Y = append(p.Names, rows[0][c]), append(p.Kinds, nowcast.Monthly), append(p.Y, y...)
	}
	return p, "FRED-MD", nil
}

// invented is a panel that two factors drive, with holes.
func invented(n, T int) *nowcast.Panel {
	g := rand.New(rand.NewPCG(7, 7))
	p := &nowcast.Panel{T: T, Y: make([]float64, n*T)}
	f := make([]float64, 2*T)
	for t := 1; t < T; t++ {
		f[2*t], f[2*t+1] = 0.8*f[2*t-2]+g.NormFloat64(), 0.4*f[2*t-1]+g.NormFloat64()
	}
	for i := range n {
		p.Names, p.Kinds = append(p.Names, fmt.Sprintf("s%d", i)), append(p.Kinds, nowcast.Monthly)
		a, b, e := g.NormFloat64(), g.NormFloat64(), 0.0
		for t := range T {
			e = 0.4*e + g.NormFloat64()
			p.Y[i*T+t] = a*f[2*t] + b*f[2*t+1] + e
			if g.IntN(50) == 0 {
				p.Y[i*T+t] = math.NaN()
			}
		}
	}
	return p
}
