package black

import "math"

const (
	// gridBlock is how many grid points are summed side by side. It is a multiple of what every
	// kernel takes per pass (see the generator), so that a padded block can be handed over whole.
	gridBlock = 240

	// exponentScale is √(log₂e/2). Distances are scaled by it, so that e^(−d²/2) is 2^(−y²).
	exponentScale = 0x1.b2da4e9808a53p-01
)

// hoisted is what stays the same over the grid for each contract of a chunk. At the multiple x of
// its forward a contract has y = exponentScale·r·d1 = distance + ln(x)·inverse.
type hoisted struct {
	inverse, distance [chunk]float64 // exponentScale times r/s, and times r·d1 at x = 1
	deviation         [chunk]float64 // exponentScale·r·s
	// Factors of the sums over contracts; none depends on x.
	delta, gamma, vega, vanna, charm [chunk]float64
}

// contracts are the columns that a profile sums over. A nil right means calls.
type contracts struct {
	right                               []Right
	weight, forward, strike, years, vol []float64
}

func (c *contracts) rightOf(i int) Right {
	if c.right == nil {
		return Call
	}
	return c.right[i]
}

// GammaProfile sets dst[j] to Σ weight[i]·gamma of contract i repriced at the forward forward[i]·x[j],
// for each j < len(dst), over len(weight) contracts. Since gamma is φ(d1)/(F·x·s),
//
//	dst[j] = 1/x[j] · Σ weight/(F·s·√(2π)) · exp(−½·(d1 + ln(x[j])/s)²).
//
// The sum runs in the order of the contracts, within each chunk of 256 those declined by the kernels
// (see priceScale) last. The bits of the result are the same whatever vector instructions the processor
// has, and do not depend on which other grid points are asked for. Each term is within
// (16 + 4·d1²)·2⁻⁵² of the truth, and zero where |d1| > 37.6.
//
// A contract without time or volatility has no gamma and adds nothing. An invalid contract makes the
// whole profile NaN; an x that is not positive and finite makes its own point NaN.
func GammaProfile(dst []float64, x []float64, weight, forward, strike, years, vol []float64) {
	n := len(weight)
	c := contracts{nil, weight, forward[:n], strike[:n], years[:n], vol[:n]}
	profile(GreekColumns{Gamma: dst}, len(dst), x, &c, sumGamma)
}

// DeltaProfile sets dst[j] to Σ weight[i]·delta of contract i repriced at the forward forward[i]·x[j],
// under the rules of GammaProfile. A contract without time or volatility counts with its limit: 0, r,
// or r/2 where forward[i]·x[j] equals the strike.
func DeltaProfile(dst []float64, x []float64, r []Right, weight, forward, strike, years, vol []float64) {
	n := len(weight)
	c := contracts{r[:n], weight, forward[:n], strike[:n], years[:n], vol[:n]}
	profile(GreekColumns{Delta: dst}, len(dst), x, &c, sumDelta)
}

// GreekProfile sets every column of dst to the sum of weight[i] times that greek of contract i
// repriced at the forward forward[i]·x[j], under the rules of GammaProfile and DeltaProfile. The
// length of dst.Delta rules.
func GreekProfile(dst GreekColumns, x []float64, r []Right, weight, forward, strike, years, vol []float64) {
	n := len(weight)
	c := contracts{r[:n], weight, forward[:n], strike[:n], years[:n], vol[:n]}
	profile(dst, len(dst.Delta), x, &c, sumGreeks)
}

// sums are the running totals of a grid block. Gamma lacks its 1/x and vega its x until the end.
type sums struct {
	delta, gamma, vega, vanna, charm [gridBlock]float64
}

// kind is which of the sums a profile needs.
type kind int

const (
	sumDelta kind = iota
	sumGamma
	sumGreeks
)

func profile(dst GreekColumns, n int, x []float64, c *contracts, k kind) {
	var (
		h      hoisted
		logs   [gridBlock]float64
		totals sums
		m      marks
	)
	for start := 0; start < n; start += gridBlock {
		points := min(gridBlock, n-start)
		block := x[start : start+points]
		for j, at := range block {
			logs[j] = 0
			if positive(at) {
				logs[j] = logMoneyness(at, 1)
			}
		}
		totals = sums{}
		for first := 0; first < len(c.weight); first += chunk {
			count := min(chunk, len(c.weight)-first)
			done, lanes := hoistKernel(&h, &m, c, first, count, k)
			m.declined(done, lanes, func(i int) { h.clear(i) })
			for i := done; i < count; i++ {
				if !h.hoist(c, first+i, i) {
					h.clear(i)
				}
			}
			if !sumKernel(&totals, &logs, points, &h, count, k) {
				h.sum(&totals, &logs, points, count, k)
			}
			for i := range count {
				if h.inverse[i] == 0 {
					totals.repriced(c, first+i, block)
				}
			}
		}
		for j, at := range block {
			if !positive(at) {
				at = math.NaN()
			}
			valid := at - at // Zero, or NaN.
			switch k {
			case sumGamma:
				dst.Gamma[start+j] = totals.gamma[j] / at
			case sumDelta:
				dst.Delta[start+j] = totals.delta[j] + valid
			case sumGreeks:
				dst.Delta[start+j] = totals.delta[j] + valid
				dst.Gamma[start+j] = totals.gamma[j] / at
				dst.Vega[start+j] = float64(totals.vega[j] * at)
				dst.Vanna[start+j] = totals.vanna[j] + valid
				dst.Charm[start+j] = totals.charm[j] + valid
			}
		}
	}
}

// hoist fills row i with contract k. It is false where the numbers are not ordinary, which leaves the
// contract to GreeksOf.
func (h *hoisted) hoist(c *contracts, k, i int) bool {
	forward, strike, years := c.forward[k], c.strike[k], c.years[k]
	r := c.rightOf(k)
	root := math.Sqrt(years)
	s := float64(c.vol[k] * root)
	if !(within(forward, priceScale) && within(strike, priceScale) && within(years, timeScale) && within(s, timeScale) && (r == Call || r == Put)) {
		return false
	}
	sign := float64(r)
	d1, _, inverse := distances(logRatio(forward, strike), s)
	h.inverse[i] = sign * float64(inverse*exponentScale)
	h.distance[i] = sign * float64(d1*exponentScale)
	h.deviation[i] = sign * float64(s*exponentScale)
	weight := c.weight[k]
	scaled := float64(weight * invRootTwoPi)
	h.delta[i] = sign * weight
	h.gamma[i] = float64(scaled*inverse) / forward
	h.vega[i] = float64(float64(forward*root) * scaled)
	signed := sign * float64(weight*(invRootTwoPi/exponentScale))
	h.vanna[i] = -float64(signed * float64(root*inverse))
	h.charm[i] = float64(0.5*signed) / years
	return true
}

// The kernels of greeks and profiles take forwards and strikes within priceScale of one, and years and
// deviations within timeScale: nothing that is computed from them then leaves the normal numbers.
const (
	priceScale = 0x1p+800
	timeScale  = 0x1p+100
)

func within(x, scale float64) bool { return x >= 1/scale && x <= scale }

// clear makes row i add nothing. A row's inverse is zero only then.
func (h *hoisted) clear(i int) {
	h.inverse[i], h.distance[i], h.deviation[i] = 0, 0, 0
	h.delta[i], h.gamma[i], h.vega[i], h.vanna[i], h.charm[i] = 0, 0, 0, 0, 0
}

// sum adds the chunk's contracts to the totals, point by point in the order of the contracts.
func (h *hoisted) sum(t *sums, logs *[gridBlock]float64, points, count int, k kind) {
	for i := range count {
		inverse, distance := h.inverse[i], h.distance[i]
		for j, at := range logs[:points] {
			y := math.FMA(at, inverse, distance)
			e := exp2Negative(float64(y * y))
			if k == sumGamma {
				t.gamma[j] = math.FMA(h.gamma[i], e, t.gamma[j])
				continue
			}
			w := 1 / (math.Abs(y) + millsPole*exponentScale)
			ratio := float64(w * millsPoly(math.FMA(-millsSpan*exponentScale, w, 1)))
			law := float64(float64(e*(invRootTwoPi*exponentScale)) * ratio)
			if !(y < 0) {
				law = 1 - law
			}
			t.delta[j] = math.FMA(h.delta[i], law, t.delta[j])
			if k == sumDelta {
				continue
			}
			ed2 := float64(e * (y - h.deviation[i]))
			t.gamma[j] = math.FMA(h.gamma[i], e, t.gamma[j])
			t.vega[j] = math.FMA(h.vega[i], e, t.vega[j])
			t.vanna[j] = math.FMA(h.vanna[i], ed2, t.vanna[j])
			t.charm[j] = math.FMA(h.charm[i], ed2, t.charm[j])
		}
	}
}

// repriced adds contract k, which no kernel takes, by GreeksOf.
func (t *sums) repriced(c *contracts, k int, x []float64) {
	for j, at := range x {
		forward := float64(c.forward[k] * at)
		g := GreeksOf(c.rightOf(k), forward, c.strike[k], c.years[k], c.vol[k])
		if math.IsInf(g.Gamma, 1) {
			g = Greeks{Delta: g.Delta, Vega: g.Vega, Vanna: g.Vanna}
		}
		w := c.weight[k]
		t.delta[j] += float64(w * g.Delta)
		t.gamma[j] += float64(w * float64(g.Gamma*at))
		t.vega[j] += float64(w * (g.Vega / at))
		t.vanna[j] += float64(w * g.Vanna)
		t.charm[j] += float64(w * g.Charm)
	}
}
