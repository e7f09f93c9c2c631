package options

import (
	"math"

	"faultline/black"
)

// boundary is the early exercise boundary of an American put struck at 1: exercise is right when the
// underlying stands at or below B(τ), τ years before expiry. It is kept as the polynomial through
//
//	H(τ) = ln²(B(τ)/B(0+)) at τ = years·((1 + x)/2)², x Chebyshev's extrema,
//
// in which the boundary is smooth: Andersen, Lake and Offengenden (2016), "High-performance American
// option pricing", Journal of Computational Finance 20(1), sections 4 and 5. A call is priced as the
// put that it mirrors: with rate and yield exchanged, and strike and price too (McDonald and Schroder
// 1998).
type boundary struct {
	rate, yield, vol, years float64
	start                   float64 // B(0+)
	h                       [nodesOfBoundary + 1]float64
}

// Sizes of the scheme: points of the boundary and most rounds of the fixed point. With these the
// premium is exact to 1e-5 of the strike.
const (
	nodesOfBoundary = 7
	boundaryRounds  = 16
)

// gauss holds nodes and weights of Gauss–Legendre quadrature on −1…1.
type gauss struct{ x, w []float64 }

// legendre computes Gauss–Legendre nodes by Newton's method on the Legendre polynomial.
func legendre(n int) gauss {
	g := gauss{make([]float64, n), make([]float64, n)}
	for i := range n {
		x := math.Cos(math.Pi * (float64(i) + 0.75) / (float64(n) + 0.5))
		for range 100 {
			p0, p1 := 1.0, x
			for k := 2; k <= n; k++ {
				p0, p1 = p1, ((2*float64(k)-1)*x*p1-(float64(k)-1)*p0)/float64(k)
			}
			d := float64(n) * (x*p1 - p0) / (x*x - 1)
			step := p1 / d
			x -= step
			if math.Abs(step) < 1e-16 {
				g.x[i], g.w[i] = x, 2/((1-x*x)*d*d)
				break
			}
			g.x[i], g.w[i] = x, 2/((1-x*x)*d*d)
		}
	}
	return g
}

var (
	alongBoundary = legendre(8)
	alongPremium  = legendre(16)
	// chebyshevX are the extrema at which H is kept, from τ = 0 to τ = years.
	chebyshevX = func() (x [nodesOfBoundary + 1]float64) {
		for i := range x {
			x[i] = -math.Cos(math.Pi * float64(i) / nodesOfBoundary)
		}
		return x
	}()
)

// exercises reports whether a put with these rates is ever exercised early: only where money earns
// something. Where the yield is negative as well the boundary can be double; rates of that kind are
// left to the European price.
func exercises(rate, yield float64) bool { return rate > 0 && (yield >= 0 || rate > yield) }

// newBoundary solves for the boundary by the fixed point of equation 3.2 of the paper in its form A,
//
//	B(τ) = e^−(r−q)τ · N(τ)/D(τ),
//
// with the integrals taken over y with u = τ·(1+y)²/4 before τ, which smooths their end. Years, vol and
// rate must be positive.
//
// The search starts from the boundary of another volatility, whose logarithm grows about in
// proportion, or, with nil, from guess.
func newBoundary(rate, yield, vol, years float64, from *boundary) *boundary {
	b := &boundary{rate: rate, yield: yield, vol: vol, years: years, start: 1}
	if yield > rate {
		b.start = rate / yield
	}
	if from == nil {
		b.guess()
	} else {
		for i, h := range from.h {
			b.h[i] = h * sq(vol/from.vol)
		}
	}
	for range boundaryRounds {
		var next [nodesOfBoundary + 1]float64
		moved := 0.0
		for i := 1; i <= nodesOfBoundary; i++ {
			x := math.Log(b.improve(i) / b.start)
			next[i] = sq(x)
			moved = max(moved, math.Abs(x+math.Sqrt(b.h[i])))
		}
		b.h = next
		if moved < 1e-4 {
			break
		}
	}
	return b
}

// tau is the time before expiry of node i.
func (b *boundary) tau(i int) float64 { return b.years * sq((1+chebyshevX[i])/2) }

// guess starts between B(0+) and the boundary of the perpetual put, at the closed form of Bjerksund and
// Stensland (1993).
func (b *boundary) guess() {
	v := b.vol * b.vol
	m := (b.rate-b.yield)/v - 0.5
	root := -m - math.Sqrt(m*m+2*b.rate/v) // the negative exponent of the perpetual put
	forever := root / (root - 1)
	for i := 1; i <= nodesOfBoundary; i++ {
		t := b.tau(i)
		// Their equation 13, mirrored to the put.
		h := -(2*b.vol*math.Sqrt(t) - (b.rate-b.yield)*t) * b.start / (b.start - min(forever, b.start*0.999))
		x := forever + (b.start-forever)*math.Exp(min(h, 0))
		b.h[i] = sq(math.Log(x / b.start))
	}
}

// at is the boundary τ years before expiry.
func (b *boundary) at(tau float64) float64 {
	return b.start * math.Exp(-math.Sqrt(max(b.interpolate(2*math.Sqrt(tau/b.years)-1), 0)))
}

// interpolate evaluates the polynomial through H at x by the barycentric formula for Chebyshev's
// extrema (Berrut and Trefethen 2004, equation 5.4).
func (b *boundary) interpolate(x float64) float64 {
	var num, den float64
	sign := 1.0
	for i := range b.h {
		d := x - chebyshevX[i]
		if d == 0 {
			return b.h[i]
		}
		w := sign / d
		if i == 0 || i == nodesOfBoundary {
			w /= 2
		}
		num, den = num+w*b.h[i], den+w
		sign = -sign
	}
	return num / den
}

// improve returns the next iterate of the boundary at node i: a Newton step on B = f(B), with the
// derivative of f over the boundary at this node alone (Jacobi–Newton, section 5 of the paper). It is
// taken only where f falls, which is where the plain step would swing ever wider: at low volatility
// and high rates.
func (b *boundary) improve(i int) float64 {
	tau := b.tau(i)
	here := b.start * math.Exp(-math.Sqrt(b.h[i]))
	root := b.vol * math.Sqrt(tau)
	d1, d2 := b.d(tau, here)
	p1, p2 := black.NormPDF(d1), black.NormPDF(d2)
	n, slopeN := p2/root, -d2*p2/(root*root) // slopes over ln B
	d, slopeD := p1/root+normCDF(d1), -d1*p1/(root*root)+p1/root
	for j, y := range alongBoundary.x {
		before := tau * sq(1+y) / 4 // τ − u
		u := tau - before
		r := b.vol * math.Sqrt(before)
		e1, e2 := b.d(before, here/b.at(u))
		q1, q2 := black.NormPDF(e1), black.NormPDF(e2)
		jacobian := alongBoundary.w[j] * tau * (1 + y) / 2
		money, asset := jacobian*b.rate*math.Exp(b.rate*u)/r, jacobian*b.yield*math.Exp(b.yield*u)/r
		n += money * q2
		slopeN -= money * e2 * q2 / r
		d += asset * (q1 + r*normCDF(e1))
		slopeD += asset * (q1 - e1*q1/r)
	}
	f := math.Exp(-(b.rate-b.yield)*tau) * n / d
	slope := f * (slopeN/n - slopeD/d) / here
	x := here + (f-here)/(1-min(slope, 0))
	// Rounding and coarse steps must not leave the range in which a boundary can lie.
	return min(max(x, here/4), b.start)
}

// d is d± of the paper: of the ratio z of two prices, t years apart.
func (b *boundary) d(t, z float64) (d1, d2 float64) {
	root := b.vol * math.Sqrt(t)
	d1 = (math.Log(z)+(b.rate-b.yield)*t)/root + root/2
	return d1, d1 - root
}

// premium is what the right to exercise early adds to the price of the put at the price s of the
// underlying, as a share of the strike: equation 2.11 of the paper. At or below the boundary the
// option is worth exercise, and the premium is that less the European price.
func (b *boundary) premium(s float64) float64 {
	if s <= b.at(b.years) {
		f := s * math.Exp((b.rate-b.yield)*b.years)
		return max(1-s-math.Exp(-b.rate*b.years)*black.Price(black.Put, f, 1, b.years, b.vol), 0)
	}
	sum := 0.0
	for j, y := range alongPremium.x {
		t := b.years * sq(1+y) / 4 // from now
		d1, d2 := b.d(t, s/b.at(b.years-t))
		g := b.rate*math.Exp(-b.rate*t)*normCDF(-d2) - b.yield*s*math.Exp(-b.yield*t)*normCDF(-d1)
		sum += alongPremium.w[j] * g * b.years * (1 + y) / 2
	}
	return max(sum, 0)
}

// americanPrice is the price of an American option, discounted, by the boundary above: for tests, and
// to see what the European approximation leaves out. rate and yield are continuous, a year.
func americanPrice(r black.Right, spot, strike, rate, yield, vol, years float64) float64 {
	f := spot * math.Exp((rate-yield)*years)
	return math.Exp(-rate*years)*black.Price(r, f, strike, years, vol) + earlyPremium(r, spot, strike, rate, yield, vol, years)
}

// earlyPremium is the early exercise premium in points; a call is the put with the roles of money and
// underlying exchanged.
func earlyPremium(r black.Right, spot, strike, rate, yield, vol, years float64) float64 {
	if r == black.Call {
		spot, strike, rate, yield = strike, spot, yield, rate
	}
	if !exercises(rate, yield) {
		return 0
	}
	return strike * newBoundary(rate, yield, vol, years, nil).premium(spot/strike)
}
