package dealer

import (
	"math"

	"faultline/assumption"
)

// Amount is a number with its 5–95 % interval over draws of the convention. Without draws the bounds
// are the number.
type Amount struct{ Value, Low, High float64 }

// Column is amounts, one for each row of something.
type Column struct{ Value, Low, High []float64 }

func newColumn(n int) Column {
	all := make([]float64, 3*n)
	return Column{all[:n:n], all[n : 2*n : 2*n], all[2*n:]}
}

// amount is the only row of a column.
func (c Column) amount() Amount { return Amount{c.Value[0], c.Low[0], c.High[0]} }

// mix is a convention and draws of it, by part: the first is the one in force.
type mix struct {
	n       int // draws and one
	w       [parts][]float64
	weights []weights // the same by draw
}

func (h *Holding) mix(a assumption.Set, draws []assumption.Set) *mix {
	m := &mix{weights: []weights{h.weights(a)}}
	for _, d := range draws {
		m.weights = append(m.weights, h.weights(d))
	}
	m.spread()
	return m
}

// spread fills the weights by part from those by draw.
func (m *mix) spread() {
	m.n = len(m.weights)
	for p := range parts {
		m.w[p] = make([]float64, m.n)
		for d := range m.weights {
			m.w[p][d] = m.weights[d][p]
		}
	}
}

// base is the convention in force, draws are the others.
func (m *mix) base() *weights   { return &m.weights[0] }
func (m *mix) draws() []weights { return m.weights[1:] }

// sum sets dst[d] to the weighted sum of the given parts of a row.
func (m *mix) sum(dst []float64, of []int, row *[parts]float64) {
	clear(dst)
	for _, p := range of {
		v := row[p]
		if v == 0 {
			continue
		}
		for d, w := range m.w[p][:len(dst)] {
			dst[d] += v * w
		}
	}
}

// column weighs the given parts of rows.
func (m *mix) column(rows [][parts]float64, of []int) Column {
	c, q, all := newColumn(len(rows)), m.quantiles(), make([]float64, m.n)
	for i := range rows {
		m.sum(all, of, &rows[i])
		q.fill(&c, i, all)
	}
	return c
}

// ofSide are the parts of one side.
func ofSide(of []int, put bool) []int {
	var out []int
	for _, p := range of {
		if isPut(p) == put {
			out = append(out, p)
		}
	}
	return out
}

// quantiles keeps the tails of a sample, from which its 5 and 95 % quantiles follow (type 7 of Hyndman
// and Fan 1996, as flow.Quantile): sorting all of it for each of some thousand rows would cost more
// than the pricing.
type quantiles struct {
	n, seen   int
	at        float64   // position of the 5 % quantile among the ordered sample
	low, high []float64 // the smallest ascending, the largest descending
}

func (m *mix) quantiles() *quantiles {
	n := m.n - 1
	at := 0.05 * float64(max(n-1, 0))
	keep := min(int(math.Floor(at))+2, max(n, 1))
	return &quantiles{n: n, at: at, low: make([]float64, keep), high: make([]float64, keep)}
}

// fill sets row i of a column from the value in force and those of the draws.
func (q *quantiles) fill(c *Column, i int, all []float64) {
	c.Value[i], c.Low[i], c.High[i] = all[0], all[0], all[0]
	if q.n == 0 {
		return
	}
	q.seen = 0
	for _, v := range all[1:] {
		q.add(v)
	}
	c.Low[i], c.High[i] = q.bounds()
}

func (q *quantiles) add(v float64) {
	last := len(q.low) - 1
	full := q.seen > last
	if !full || v < q.low[last] {
		i := min(q.seen, last)
		for ; i > 0 && q.low[i-1] > v; i-- {
			q.low[i] = q.low[i-1]
		}
		q.low[i] = v
	}
	if !full || v > q.high[last] {
		i := min(q.seen, last)
		for ; i > 0 && q.high[i-1] < v; i-- {
			q.high[i] = q.high[i-1]
		}
		q.high[i] = v
	}
	q.seen++
}

func (q *quantiles) bounds() (low, high float64) {
	i := int(q.at)
	j := min(i+1, len(q.low)-1)
	f := q.at - float64(i)
	return q.low[i] + f*(q.low[j]-q.low[i]), q.high[i] + f*(q.high[j]-q.high[i])
}
