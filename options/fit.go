package options

import (
	"math"
	"slices"

	"faultline/black"
)

// knot is one strike whose quote tells a volatility, as the fit of its expiry sees it.
type knot struct {
	k         float64 // ln(strike/forward)
	vol       float64 // a year
	low, high float64 // volatility of bid and ask
	unit      float64 // half the distance of low and high, not below what quotes can resolve
}

// The laws of which every mixture is made, in units of the standard deviation at the money: law j
// has its mean at e to the power of centres[j] and the spread spreads[j]. Near the forward they
// stand 0.42 apart, and further out wider apart in proportion, as far as quotes reach. A spread of
// 0.65 of the distance is narrow enough for the sharp peak of short expiries and leaves no ripples.
// The numbers are those that fit the 272 expiries of the chains at hand best for their cost.
var centres, spreads = func() (c, s []float64) {
	const step, widen, left, right, spread = 0.42, 2.5, -40.0, 25.0, 0.65
	gap := func(x float64) float64 { return step * (1 + math.Abs(x)/widen) }
	for x := -gap(0); x > left; x -= gap(x) {
		c = append(c, x)
	}
	slices.Reverse(c)
	for x := 0.0; x < right; x += gap(x) {
		c = append(c, x)
	}
	for _, x := range c {
		s = append(s, spread*gap(x))
	}
	return c, s
}()

// believed is the law of an index before any quote is seen: nine parts in ten a bell narrower than
// the implied one, one part crashes and a hundredth rallies, with exponential tails.
var believed = func() []float64 {
	p := make([]float64, len(centres))
	total := 0.0
	for j, c := range centres {
		bell := 0.9 * black.NormPDF((c-0.15)/0.85) / 0.85
		crash, rally := 0.1/1.5*math.Exp(min(c, 0)/1.5), 0.01/0.7*math.Exp(-max(c, 0)/0.7)
		p[j] = (bell + crash*black.NormCDF(-c) + rally*black.NormCDF(c)) * spreads[j]
		total += p[j]
	}
	for j := range p {
		p[j] /= total
	}
	return p
}()

// fitter finds the mixture of one expiry after the other. Its columns are used again.
type fitter struct {
	ls    *nonNegativeLS
	rows  []float64 // price of each law at each quote, over vega and unit
	want  []float64
	err   []float64
	prior []float64
	thin  []knot
}

func newFitter() *fitter {
	return &fitter{ls: newNonNegativeLS(len(centres)), prior: append([]float64(nil), believed...)}
}

// fit finds weights of the laws by least squares over the quotes, in units of their spread:
//
//	min over p ≥ 0 of Σᵢ hᵢ·((Σⱼ pⱼ·priceⱼ(kᵢ) − priceᵢ)/(vegaᵢ·unitᵢ))² + Σⱼ ((pⱼ − qⱼ)/(10·qⱼ))²
//
// with heavy rows for Σ p = 1 and mean 1. Dividing by vega makes the error of a price that of a
// volatility. The last term says that without evidence the law is that of the next longer expiry, q,
// at the same number of standard deviations. hᵢ are Huber's weights. The problem is convex: there is
// one solution, whatever the start.
func (f *fitter) fit(knots []knot, years float64) (law mixture, good bool) {
	const (
		rounds  = 3
		huber   = 2.0  // half spreads beyond which a quote counts linearly
		strict  = 0.05 // weight of the two conditions: this share of the error of the quote at the money
		believe = 10.0 // standard deviation of a weight about its belief, as a share of it

		negligible = 80 // a law whose price has a density e^−40 times the quote's is none
	)
	atm := atTheMoney(knots)
	sd := atm.vol * math.Sqrt(years)
	f.thinOut(knots, sd)
	n, m := len(f.thin), len(centres)
	f.rows, f.want, f.err = grow(f.rows, n*m), grow(f.want, n), grow(f.err, n)
	root := math.Sqrt(years)
	means := make([]float64, m)
	for j := range m {
		means[j] = math.Exp(sd * centres[j])
	}
	for i, q := range f.thin {
		quote := q.vol * root
		d1 := -q.k/quote + quote/2
		scale := 1 / (black.NormPDF(d1) * root * q.unit) // vega is φ(d1)·√years
		f.want[i], _ = mixture{{weight: scale, mean: 1, sd: quote}}.otm(q.k)
		one := make(mixture, 1)
		for j := range m {
			one[0] = part{scale, means[j], sd * centres[j], sd * spreads[j]}
			f.rows[i*m+j] = 0
			out := (q.k - one[0].logMean) / one[0].sd // how far the law stops short of the strike
			if q.k < 0 {
				out = -out
			}
			if out -= one[0].sd; out < 0 || out*out < d1*d1+negligible {
				f.rows[i*m+j], _ = one.otm(q.k)
			}
		}
		f.err[i] = 0
	}
	s := f.ls
	copy(s.x, f.prior)
	heavy := 1 / (strict * atm.unit * root * 0.4) // 0.4: vega at the money over √years
	for range rounds {
		for i := range s.q {
			s.q[i] = 0
		}
		for j := range s.c {
			s.c[j] = 0
		}
		for i := range n {
			h := 1.0
			if e := math.Abs(f.err[i]); e > huber {
				h = huber / e
			}
			addRow(s, f.rows[i*m:(i+1)*m], f.want[i], h)
		}
		for j := range m {
			for l := range j + 1 {
				s.q[j*m+l] += heavy * heavy * (1 + means[j]*means[l])
			}
			s.c[j] += heavy * heavy * (1 + means[j])
			t := 1 / (believe * f.prior[j])
			s.q[j*m+j] += t * t
			s.c[j] += t * t * f.prior[j]
		}
		for j := range m {
			for l := range j {
				s.q[l*m+j] = s.q[j*m+l]
			}
		}
		if !s.solve() {
			return nil, false
		}
		for i := range n {
			e := -f.want[i]
			for j, p := range s.x {
				e += f.rows[i*m+j] * p
			}
			f.err[i] = e
		}
	}
	for j, p := range s.x {
		if p > 0 {
			law = append(law, part{weight: p, mean: means[j], sd: sd * spreads[j]})
		}
	}
	if len(law) == 0 {
		return nil, false
	}
	law.centre()
	f.believeIn(s.x)
	return law, true
}

// addRow adds h·rowᵀrow to the lower triangle of Q, and h·want·row to c.
func addRow(s *nonNegativeLS, row []float64, want, h float64) {
	m := s.n
	for j, a := range row {
		ha := h * a
		if ha == 0 {
			continue
		}
		q := s.q[j*m : j*m+j+1]
		for l := range q {
			q[l] += ha * row[l]
		}
		s.c[j] += ha * want
	}
}

// believeIn makes the weights of an expiry the belief about the next shorter one: smoothed, since a
// weight of zero is not known to be zero, and blended with what was believed of old.
func (f *fitter) believeIn(p []float64) {
	const old = 0.25
	total := 0.0
	for _, v := range p {
		total += v
	}
	m := len(p)
	for j := range p {
		smooth := (p[max(j-1, 0)] + 2*p[j] + p[min(j+1, m-1)]) / (4 * total)
		f.prior[j] = (1-old)*smooth + old*believed[j]
	}
}

// atTheMoney is the quote nearest to the forward.
func atTheMoney(knots []knot) knot {
	best := 0
	for i := range knots {
		if math.Abs(knots[i].k) < math.Abs(knots[best].k) {
			best = i
		}
	}
	return knots[best]
}

// thinOut averages the quotes that stand closer together than the laws could tell apart.
func (f *fitter) thinOut(knots []knot, sd float64) {
	const step, widen = 0.2, 3.0
	f.thin = f.thin[:0]
	for i := 0; i < len(knots); {
		edge := knots[i].k + sd*step*(1+math.Abs(knots[i].k/sd)/widen)
		if knots[i].k < 0 {
			edge = min(edge, 0) // puts and calls are priced apart
		}
		var k, vol, weight, most float64
		j := i
		for ; j < len(knots) && (j == i || knots[j].k < edge); j++ {
			w := 1 / (knots[j].unit * knots[j].unit)
			k, vol, weight, most = k+w*knots[j].k, vol+w*knots[j].vol, weight+w, max(most, w)
		}
		// Quotes of one bin share their errors: together they count for two of the best, not for all.
		f.thin = append(f.thin, knot{k: k / weight, vol: vol / weight, unit: 1 / math.Sqrt(min(weight, 2*most))})
		i = j
	}
}

func grow(s []float64, n int) []float64 {
	if cap(s) < n {
		return make([]float64, n)
	}
	return s[:n]
}
