// Command contagion times connectedness over rolling windows against statsmodels' VAR with the decomposition
// in numpy, and Hayashi–Yoshida covariances against searches and sums of whole columns in numpy, in the same
// run on the same invented numbers. It prints seconds, the ratio, and by how much the results differ.
//
// It may import contagion. It must not know any file format.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"faultline/contagion"
)

const (
	vars, sessions, window, step, lags, horizon = 5, 2764, 250, 21, 2, 10
	days, increments                            = 60, 390
)

// task is what both sides are given.
type task struct {
	Y       [][]float64 `json:"y"`
	Window  int         `json:"window"`
	Step    int         `json:"step"`
	Lags    int         `json:"lags"`
	Horizon int         `json:"horizon"`
	AtX     []int64     `json:"at_x"`
	X       []float64   `json:"x"`
	AtY     []int64     `json:"at_y"`
	LogY    []float64   `json:"log_y"`
	Shifts  []int64     `json:"shifts"`
}

// answer is what a side found, and the seconds it took.
type answer struct {
	Total      []float64 `json:"total"`
	Covariance []float64 `json:"covariance"`
	Rolling    float64   `json:"rolling_seconds"`
	Ticks      float64   `json:"ticks_seconds"`
	Version    string    `json:"version"`
}

func main() {
	log.SetFlags(0)
	python := flag.String("python", "/usr/bin/python3", "interpreter that has statsmodels")
	script := flag.String("script", "", "the peer's program; without it only our side runs")
	flag.Parse()
	if err := run(*python, *script); err != nil {
		log.Fatal(err)
	}
}

func run(python, script string) error {
	t := invented()
	ours, err := solve(t)
	if err != nil {
		return err
	}
	fmt.Printf("%d windows of %d sessions, %d assets; %d ticks against %d, %d lags\n", len(ours.Total), window, vars, len(t.AtY), len(t.AtX), len(t.Shifts))
	fmt.Printf("faultline    %.5f s rolling, %.5f s Hayashi–Yoshida\n", ours.Rolling, ours.Ticks)
	if script == "" {
		return nil
	}
	peer, err := ask(python, script, t)
	if err != nil {
		return err
	}
	fmt.Printf("peers        %.5f s rolling, %.5f s Hayashi–Yoshida (statsmodels %s)\n", peer.Rolling, peer.Ticks, peer.Version)
	fmt.Printf("ratio        %.1f ×, %.1f ×\n", peer.Rolling/ours.Rolling, peer.Ticks/ours.Ticks)
	fmt.Printf("difference   %.1e of the shares, %.1e of the covariances\n", apart(ours.Total, peer.Total), apart(ours.Covariance, peer.Covariance))
	return nil
}

// apart is the largest difference, relative to the largest number.
func apart(a, b []float64) float64 {
	if len(a) != len(b) {
		return math.Inf(1)
	}
	most, size := 0.0, 0.0
	for i := range a {
		most, size = max(most, math.Abs(a[i]-b[i])), max(size, math.Abs(a[i]))
	}
	return most / size
}

func solve(t *task) (*answer, error) {
	a := &answer{Rolling: math.Inf(1), Ticks: math.Inf(1)}
	for range 5 {
		begin := time.Now()
		a.Total = a.Total[:0]
		for end := window; end <= sessions; end += step {
			part := make([][]float64, vars)
			for k := range part {
				part[k] = t.Y[k][end-window : end]
			}
			v, err := contagion.Fit(part, lags)
			if err != nil {
				return nil, fmt.Errorf("window that ends at %d: %w", end, err)
			}
			a.Total = append(a.Total, v.Decompose(horizon).Total())
		}
		a.Rolling = min(a.Rolling, time.Since(begin).Seconds())
		begin = time.Now()
		a.Covariance = make([]float64, len(t.Shifts))
		contagion.Covariances(a.Covariance, contagion.Ticks{At: t.AtX, Log: t.X}, contagion.Ticks{At: t.AtY, Log: t.LogY}, t.Shifts)
		a.Ticks = min(a.Ticks, time.Since(begin).Seconds())
	}
	return a, nil
}

// ask runs the peer on the same numbers.
func ask(python, script string, t *task) (*answer, error) {
	dir, err := os.MkdirTemp("", "contagion")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "task.json")
	b, err := json.Marshal(t)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		return nil, err
	}
	out, err := exec.Command(python, script, path).Output()
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", script, err)
	}
	var a answer
	if err := json.Unmarshal(out, &a); err != nil {
		return nil, fmt.Errorf("read what %s wrote: %w", script, err)
	}
	return &a, nil
}

// invented are returns with a common factor, and two prices that tick a minute and five minutes apart.
func invented() *task {
	g := rand.New(rand.NewPCG(5, 5))
	t := &task{Window: window, Step: step, Lags: lags, Horizon: horizon, Y: make([][]float64, vars)}
	for k := range t.Y {
		t.Y[k] = make([]float64, sessions)
	}
	for s := range sessions {
		common := g.NormFloat64()
		for k := range t.Y {
			t.Y[k][s] = 0.01 * (0.7*common + g.NormFloat64())
		}
	}
	x, y := 0.0, 0.0
	for i := range days * increments {
		t.AtY, t.LogY = append(t.AtY, int64(i)*60), append(t.LogY, y)
		if i%5 == 0 {
			t.AtX, t.X = append(t.AtX, int64(i)*60), append(t.X, x)
		}
		common := g.NormFloat64()
		x += 0.001 * (common + g.NormFloat64())
		y += 0.001 * (common + g.NormFloat64())
	}
	for lag := int64(-1800); lag <= 1800; lag += 300 {
		t.Shifts = append(t.Shifts, lag)
	}
	return t
}
