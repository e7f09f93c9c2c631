package portfolio

import (
	"context"
	"fmt"
	"math"
	"sort"
)

// Risk is the tail of a distribution of profit and loss, dollars. Losses are positive.
type Risk struct {
	Level float64 // such as 0.95
	Mean  float64 // of profit and loss
	VaR   float64 // the loss that is passed with probability 1 − Level at most
	CVaR  float64 // the mean loss of the worst outcomes that have probability 1 − Level together
	Worst float64 // the largest loss of a path with any probability
	Paths int     // in the tail
}

// tail is the worst paths with their share of the tail, which sum to one.
type tail struct {
	path  []int
	share []float64
	at    float64 // loss at which it begins
}

// worst finds the tail of a profit and loss under probabilities p; nil is equal ones. The path in which the
// probability 1 − level is used up counts with the part of it that is left, so that the mean over the tail is the
// conditional value at risk of Rockafellar and Uryasev ("Optimization of conditional value-at-risk", Journal of
// Risk 2(3), 2000) also where outcomes have mass.
func worst(pnl, p []float64, level float64) tail {
	order := make([]int, len(pnl))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(a, b int) bool { return pnl[order[a]] < pnl[order[b]] })
	mass := 1 - level
	var t tail
	left := mass
	for _, i := range order {
		w := 1 / float64(len(pnl))
		if p != nil {
			w = p[i]
		}
		if w == 0 {
			continue
		}
		take := min(w, left)
		t.path, t.share, t.at = append(t.path, i), append(t.share, take/mass), -pnl[i]
		if left -= take; !(left > 1e-12*mass) {
			break
		}
	}
	return t
}

// mean over the tail.
func (t tail) mean(x []float64) float64 {
	sum := 0.0
	for k, i := range t.path {
		sum += t.share[k] * x[i]
	}
	return sum
}

// Measure is the risk of a profit and loss under probabilities of the paths; nil is equal ones.
func Measure(pnl, p []float64, level float64) (Risk, error) {
	if err := check(pnl, p, level); err != nil {
		return Risk{}, err
	}
	t := worst(pnl, p, level)
	return Risk{Level: level, Mean: expect(pnl, p), VaR: t.at, CVaR: -t.mean(pnl), Worst: -pnl[t.path[0]], Paths: len(t.path)}, nil
}

func check(pnl, p []float64, level float64) error {
	if len(pnl) == 0 || p != nil && len(p) != len(pnl) {
		return fmt.Errorf("measure risk: %d probabilities for %d paths", len(p), len(pnl))
	}
	if !(level > 0 && level < 1) {
		return fmt.Errorf("measure risk: a level of %v is not between 0 and 1", level)
	}
	for j, v := range pnl {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("measure risk: the profit and loss of path %d is not finite", j+1)
		}
	}
	return nil
}

// expect is the mean under probabilities; nil is equal ones.
func expect(x, p []float64) float64 {
	sum := 0.0
	for i, v := range x {
		if p == nil {
			sum += v / float64(len(x))
		} else {
			sum += p[i] * v
		}
	}
	return sum
}

// Contributions are what each position adds to the conditional value at risk, dollars: its mean loss in the
// book's tail. They add up to it, and each is the change of it for a small change of the position, per unit of
// the position's size (Tasche, "Expected shortfall and beyond", Journal of Banking and Finance 26, 2002).
func (b *Book) Contributions(ctx context.Context, paths *Paths, pnl, p []float64, level float64) ([]float64, error) {
	if err := check(pnl, p, level); err != nil {
		return nil, err
	}
	t := worst(pnl, p, level)
	rows, err := b.ByPosition(ctx, paths, t.path)
	if err != nil {
		return nil, err
	}
	out := make([]float64, len(b.Positions))
	for k, row := range rows {
		for i, v := range row {
			out[i] -= t.share[k] * v
		}
	}
	return out, nil
}
