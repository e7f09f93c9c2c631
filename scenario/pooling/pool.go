// Package pooling holds entropy pooling: given paths of the future with prior probabilities and views on
// them, it finds the probabilities that satisfy the views and otherwise stay as close to the prior as
// relative entropy allows (Meucci, "Fully Flexible Views: Theory and Practice", Risk 21(10), 2008).
//
// It stands on floor 4: it imports the linear algebra of gonum and must not know where paths come from, what an asset
// is, or what a view is about.
package pooling

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Relation says how the expectation of a view relates to its target.
type Relation uint8

// The relations.
const (
	Equal   Relation = iota
	AtLeast          // a ranking is an expectation of a difference that is at least 0
	AtMost
)

// View is a statement on an expectation: Σ q·Values is equal to Target, at least or at most it.
type View struct {
	Name   string
	Values []float64 // one for each path, any unit
	Is     Relation
	Target float64 // in the unit of Values
}

// Mean is the view that the expectation of x is target.
func Mean(name string, x []float64, is Relation, target float64) View {
	return View{name, x, is, target}
}

// Rank is the view that a does at least as well as b in expectation.
func Rank(name string, a, b []float64) View {
	d := make([]float64, len(a))
	for i := range d {
		d[i] = a[i] - b[i]
	}
	return View{name, d, AtLeast, 0}
}

// Probability is the view that the paths for which in is true have probability p.
func Probability(name string, in []bool, is Relation, p float64) View {
	x := make([]float64, len(in))
	for i, yes := range in {
		if yes {
			x[i] = 1
		}
	}
	return View{name, x, is, p}
}

// Posterior is the answer.
type Posterior struct {
	P          []float64 // probabilities, which sum to one
	Entropy    float64   // relative entropy Σ q·ln(q/p) against the prior, in nats
	Effective  float64   // effective number of paths, exp(−Σ q·ln q); with a flat prior and no views all of them
	Lambda     []float64 // multipliers of the views, per unit of Values
	Binding    []bool    // whether a view constrains: always for equalities, else where the multiplier is not 0
	Iterations int
}

// Contradiction says that views cannot hold together: View is the first of the list that breaks
// feasibility, With the fewest of those before it that it contradicts (no smaller set of them would do).
type Contradiction struct {
	View      string
	With      []string
	Low, High float64 // what the expectation of View can be on the paths, in its unit
	Target    float64
}

func (c *Contradiction) Error() string {
	if len(c.With) == 0 {
		return fmt.Sprintf("the view %s cannot hold: on the paths it lies between %.6g and %.6g, and the target is %.6g", c.View, c.Low, c.High, c.Target)
	}
	return fmt.Sprintf("the view %s cannot hold together with %q: change or drop one of them", c.View, c.With)
}

// errInfeasible is the dual certificate that no probabilities satisfy the views.
var errInfeasible = errors.New("the views contradict each other")

const (
	// tolerance is how far an expectation may miss its target, in standard deviations of the view's values
	// under the prior. Sums over 50,000 paths carry about 1e-13 of rounding.
	tolerance = 1e-12
	// maxIterations is far above the dozen that a feasible problem takes; a target on the edge of what is
	// possible is reached only in the limit and takes one iteration for each factor e of its last path.
	maxIterations = 500
	// accepted is the miss that is let stand where rounding leaves nothing to gain.
	accepted = 1e-8
	// patience is after how many iterations such a miss is let stand in any case: views that repeat each
	// other but for rounding have targets that are consistent but for rounding.
	patience = 60
	// minDamping keeps the Hessian of views that repeat each other invertible without being felt elsewhere.
	minDamping = 1e-15
)

// Pool finds the posterior. Prior may be nil for equal probabilities. Paths of prior 0 stay at 0. An
// error is a *Contradiction where the views cannot hold.
//
// With a_j the values of path j the posterior is q_j ∝ p_j·exp(−λ·a_j) (Meucci 2008, eq. 24), where λ
// minimises the dual ln Σ p_j·exp(−λ·(a_j−b)), convex in as many variables as there are views, with
// λ ≥ 0 for views "at most" (eq. 25; "at least" are turned round). Gradient b−E[a], Hessian Cov[a] under
// q. Newton's method with an Armijo line search; bounds by projection (Bertsekas, "Projected Newton
// methods for optimization problems with simple constraints", SIAM J. Control Optim. 20, 1982). As q on one
// path has relative entropy −ln p at most, a dual below ln min p proves that the views are infeasible.
func Pool(prior []float64, views []View) (*Posterior, error) {
	n, err := check(prior, views)
	if err != nil {
		return nil, err
	}
	s := newSolver(prior, views, n)
	out, err := s.solve()
	if errors.Is(err, errInfeasible) {
		return nil, explain(prior, views, n)
	}
	return out, err
}

func check(prior []float64, views []View) (n int, err error) {
	n = len(prior)
	if prior == nil && len(views) > 0 {
		n = len(views[0].Values)
	}
	if n == 0 {
		return 0, errors.New("pool: there are no paths")
	}
	sum := 0.0
	for i, p := range prior {
		if !(p >= 0) || math.IsInf(p, 0) {
			return 0, fmt.Errorf("pool: prior probability %d is %v", i, p)
		}
		sum += p
	}
	if prior != nil && !(math.Abs(sum-1) < 1e-9) {
		return 0, fmt.Errorf("pool: prior probabilities sum to %v, not to 1", sum)
	}
	for _, v := range views {
		if len(v.Values) != n {
			return 0, fmt.Errorf("pool: view %s has %d values for %d paths", v.Name, len(v.Values), n)
		}
		if v.Target-v.Target != 0 {
			return 0, fmt.Errorf("pool: the target of view %s is %v", v.Name, v.Target)
		}
		for i, x := range v.Values {
			if x-x != 0 {
				return 0, fmt.Errorf("pool: view %s is %v on path %d", v.Name, x, i)
			}
		}
	}
	return n, nil
}

// solver holds one problem: rows of values, centred on their targets and in units of their standard
// deviation, so that one tolerance serves all.
type solver struct {
	prior   []float64 // of the paths that can happen
	index   []int     // their places in the caller's list
	n       int       // the caller's number of paths
	rows    [][]float64
	scale   []float64 // caller's units per unit of a row, negative for views "at least"
	bounded []bool    // λ ≥ 0
	floor   float64   // ln min p
	// Scratch.
	q, exponent, trial []float64
	mean, step         []float64
	weighted           [][]float64
	hessian            *mat.SymDense
}

func newSolver(prior []float64, views []View, n int) *solver {
	s := &solver{n: n, floor: 0}
	for j := range n {
		p := 1 / float64(n)
		if prior != nil {
			p = prior[j]
		}
		if p > 0 {
			s.prior = append(s.prior, p)
			s.index = append(s.index, j)
			s.floor = min(s.floor, math.Log(p))
		}
	}
	for _, v := range views {
		row := make([]float64, len(s.prior))
		var mean, square float64
		for i, j := range s.index {
			mean += s.prior[i] * v.Values[j]
		}
		for i, j := range s.index {
			d := v.Values[j] - mean
			square += s.prior[i] * d * d
		}
		scale := math.Sqrt(square)
		if !(scale > 1e-14*math.Abs(mean)) || scale == 0 {
			scale = max(math.Abs(v.Target), math.Abs(mean), 1) // the same on all paths: true or impossible
		}
		if v.Is == AtLeast {
			scale = -scale
		}
		for i, j := range s.index {
			row[i] = (v.Values[j] - v.Target) / scale
		}
		s.rows = append(s.rows, row)
		s.scale = append(s.scale, scale)
		s.bounded = append(s.bounded, v.Is != Equal)
	}
	m, k := len(s.prior), len(s.rows)
	s.q, s.exponent, s.trial = make([]float64, m), make([]float64, m), make([]float64, m)
	s.mean, s.step = make([]float64, k), make([]float64, k)
	s.weighted = make([][]float64, k)
	for i := range s.weighted {
		s.weighted[i] = make([]float64, block)
	}
	if k > 0 {
		s.hessian = mat.NewSymDense(k, nil)
	}
	return s
}

// dual sets q to the unnormalised weights at λ, scaled by the largest, and returns ln Σ p·exp(−λ·row).
func (s *solver) dual(lambda []float64) float64 {
	e := s.exponent
	clear(e)
	for k, row := range s.rows {
		if l := lambda[k]; l != 0 {
			for i, x := range row {
				e[i] -= l * x
			}
		}
	}
	top := math.Inf(-1)
	for _, x := range e {
		top = max(top, x)
	}
	sum := 0.0
	for i, x := range e {
		w := s.prior[i] * math.Exp(x-top)
		s.q[i] = w
		sum += w
	}
	inverse := 1 / sum
	for i := range s.q {
		s.q[i] *= inverse
	}
	return top + math.Log(sum)
}

// block is how many paths the Hessian takes at once: two rows of it fit the first cache.
const block = 1024

// moments sets mean to E[row] and hessian to Cov[row] under q.
func (s *solver) moments() {
	k := len(s.rows)
	clear(s.mean)
	for a := range k {
		for b := a; b < k; b++ {
			s.hessian.SetSym(a, b, 0)
		}
	}
	raw := s.hessian.RawSymmetric()
	for lo := 0; lo < len(s.q); lo += block {
		hi := min(lo+block, len(s.q))
		q := s.q[lo:hi]
		for a, row := range s.rows {
			w := s.weighted[a][:len(q)]
			x := row[lo:hi]
			sum := 0.0
			for i := range w {
				w[i] = q[i] * x[i]
				sum += w[i]
			}
			s.mean[a] += sum
		}
		for a := 0; a < k; a += 2 {
			w0, w1 := s.weighted[a][:len(q)], s.weighted[min(a+1, k-1)][:len(q)]
			for b := a; b < k; b += 2 {
				b1 := min(b+1, k-1)
				x00, x01, x10, x11 := dots(w0, w1, s.rows[b][lo:hi], s.rows[b1][lo:hi])
				raw.Data[a*raw.Stride+b] += x00
				if b1 > b {
					raw.Data[a*raw.Stride+b1] += x01
				}
				if a+1 < k {
					if b > a { // below the diagonal of a block on it
						raw.Data[(a+1)*raw.Stride+b] += x10
					}
					if b1 > b {
						raw.Data[(a+1)*raw.Stride+b1] += x11
					}
				}
			}
		}
	}
	for a := range k {
		for b := a; b < k; b++ {
			raw.Data[a*raw.Stride+b] -= s.mean[a] * s.mean[b]
		}
	}
}

// dots gives the four scalar products of two rows with two others: each number is loaded once for two
// products.
func dots(a0, a1, b0, b1 []float64) (s00, s01, s10, s11 float64) {
	a1, b0, b1 = a1[:len(a0)], b0[:len(a0)], b1[:len(a0)]
	for i, x := range a0 {
		y, u, v := a1[i], b0[i], b1[i]
		s00 += x * u
		s01 += x * v
		s10 += y * u
		s11 += y * v
	}
	return s00, s01, s10, s11
}

// solve minimises the dual.
func (s *solver) solve() (*Posterior, error) {
	k := len(s.rows)
	lambda, next := make([]float64, k), make([]float64, k)
	value := s.dual(lambda)
	damping := minDamping
	for iteration := 0; ; iteration++ {
		if k == 0 {
			return s.posterior(lambda, iteration), nil
		}
		s.moments()
		// The gradient of the dual is −mean. A bounded multiplier rests at 0 while it would only fall.
		free, worst := s.free(lambda)
		if !(worst > tolerance) || iteration >= patience && worst < accepted {
			return s.posterior(lambda, iteration), nil
		}
		if value < s.floor-1e-9 {
			return nil, errInfeasible
		}
		if iteration == maxIterations {
			return nil, fmt.Errorf("pool: no convergence after %d iterations, views missed by up to %.3g standard deviations", iteration, worst)
		}
		// Newton's step, and where it leads nowhere because the Hessian is nearly singular ever more damped
		// ones, which turn towards the gradient (Levenberg and Marquardt).
		for {
			promise := s.newton(free, damping)
			if promise < 1e-13*(1+math.Abs(value)) {
				// What is left to gain is below the rounding of the dual: only its gradient tells better from worse.
				return s.polish(lambda, worst, iteration)
			}
			if v, ok := s.search(lambda, next, free, value); ok {
				lambda, next, value = next, lambda, v
				damping = max(minDamping, damping/100)
				break
			}
			if damping *= 100; damping > 1e6 {
				return nil, fmt.Errorf("pool: the search stands still with views missed by up to %.3g standard deviations", worst)
			}
		}
	}
}

// free lists the multipliers that may move, and the largest miss among their views.
func (s *solver) free(lambda []float64) (free []int, worst float64) {
	for a, m := range s.mean {
		if s.bounded[a] && lambda[a] == 0 && m <= 0 {
			continue
		}
		free = append(free, a)
		worst = max(worst, math.Abs(m))
	}
	return free, worst
}

// search walks along the step, halving it until the dual falls by a fair part of what a straight line
// promises (Armijo); bounds are kept by projection.
func (s *solver) search(lambda, next []float64, free []int, value float64) (float64, bool) {
	for t := 1.0; t > 1e-4; t /= 2 {
		gain := s.move(lambda, next, free, t)
		if v := s.dual(next); gain > 0 && v <= value-1e-4*gain {
			return v, true
		}
	}
	return 0, false
}

// move sets next to lambda + t·step, projected, and returns the first-order gain.
func (s *solver) move(lambda, next []float64, free []int, t float64) (gain float64) {
	copy(next, lambda)
	for _, a := range free {
		next[a] = lambda[a] + t*s.step[a]
		if s.bounded[a] && next[a] < 0 {
			next[a] = 0
		}
		gain += (next[a] - lambda[a]) * s.mean[a]
	}
	return gain
}

// polish takes full Newton steps while they bring the expectations closer to their targets.
func (s *solver) polish(lambda []float64, worst float64, iteration int) (*Posterior, error) {
	next := make([]float64, len(lambda))
	for range 8 {
		free, _ := s.free(lambda)
		s.newton(free, minDamping)
		s.move(lambda, next, free, 1)
		s.dual(next)
		s.moments()
		_, w := s.free(next)
		if !(w < worst) {
			break
		}
		copy(lambda, next)
		worst = w
		iteration++
		if !(worst > tolerance) {
			break
		}
	}
	if s.dual(lambda); !(worst < accepted) {
		return nil, fmt.Errorf("pool: the search stands still with views missed by up to %.3g standard deviations", worst)
	}
	return s.posterior(lambda, iteration), nil
}

// newton sets step to the damped Newton direction in the free multipliers and returns the decrease of the dual
// that its quadratic model promises. Damping is in units of the curvature at the prior, which is 1 by scaling.
func (s *solver) newton(free []int, damping float64) (promise float64) {
	m := len(free)
	h := mat.NewSymDense(m, nil)
	g := mat.NewVecDense(m, nil)
	for i, a := range free {
		g.SetVec(i, s.mean[a])
		for j := i; j < m; j++ {
			h.SetSym(i, j, s.hessian.At(a, free[j]))
		}
	}
	var direction mat.VecDense
	for ; ; damping *= 100 { // views that repeat each other make the Hessian singular
		var c mat.Cholesky
		r := mat.NewSymDense(m, nil)
		r.CopySym(h)
		for i := range m {
			r.SetSym(i, i, h.At(i, i)+damping)
		}
		if c.Factorize(r) && c.SolveVecTo(&direction, g) == nil {
			break
		}
		if damping > 1e6 {
			direction.CloneFromVec(g)
			break
		}
	}
	clear(s.step)
	for i, a := range free {
		s.step[a] = direction.AtVec(i)
		promise += direction.AtVec(i) * g.AtVec(i) / 2
	}
	return promise
}

func (s *solver) posterior(lambda []float64, iterations int) *Posterior {
	out := &Posterior{P: make([]float64, s.n), Iterations: iterations}
	h := 0.0
	for i, j := range s.index {
		q := s.q[i]
		out.P[j] = q
		if q > 0 {
			h -= q * math.Log(q)
			out.Entropy += q * math.Log(q/s.prior[i])
		}
	}
	out.Entropy = max(out.Entropy, 0)
	out.Effective = math.Exp(h)
	for a, l := range lambda {
		out.Lambda = append(out.Lambda, l/s.scale[a])
		out.Binding = append(out.Binding, !s.bounded[a] || l > 0)
	}
	return out
}

// feasible reports whether views can hold together.
func feasible(prior []float64, views []View, n int) bool {
	_, err := newSolver(prior, views, n).solve()
	return !errors.Is(err, errInfeasible)
}

// explain finds the first view that breaks feasibility and the fewest of those before it that it
// contradicts, by leaving out one after the other (a deletion filter, Chinneck and Dravnieks, ORSA J.
// Computing 3, 1991).
func explain(prior []float64, views []View, n int) error {
	first := 0
	for feasible(prior, views[:first+1], n) {
		if first++; first == len(views) {
			return fmt.Errorf("pool: %w", errInfeasible)
		}
	}
	kept := append([]View(nil), views[:first+1]...)
	for i := 0; i < len(kept)-1; {
		without := append(append([]View(nil), kept[:i]...), kept[i+1:]...)
		if feasible(prior, without, n) {
			i++
			continue
		}
		kept = without
	}
	broken := views[first]
	c := &Contradiction{View: broken.Name, Target: broken.Target, Low: math.Inf(1), High: math.Inf(-1)}
	for j, x := range broken.Values {
		if prior == nil || prior[j] > 0 {
			c.Low, c.High = min(c.Low, x), max(c.High, x)
		}
	}
	for _, v := range kept[:len(kept)-1] {
		c.With = append(c.With, v.Name)
	}
	return c
}
