package cta

import "math"

// Zone is where the target position changes fastest with the next close.
type Zone struct {
	Price     float64 // of the steepest slope
	Low, High float64 // where the slope has fallen to half of that, at most reach away
	USDPerPct float64 // slope of the target at Price, dollars for 1 % of price, all equity markets
	USD       float64 // dollars of target between High and Low: what falling through the zone sells in the end
	USUSD     float64 // of that in US equities
	Bounded   bool    // false where a side of the zone lies beyond reach
}

// reach is how far from the last close, in log price, the zone is looked for.
const reach = 0.12

// zoneSteps is the number of closes tried on the way; between them the answer is refined.
const zoneSteps = 240

// peak finds the zone. The target is that of the programs after the next close, volatility included.
func peak(s *snapshot, p *params) *Zone {
	target := func(x float64) float64 {
		f := s.filter
		f.step(p, math.Exp(x))
		sum := 0.0
		for k, to := range f.targets(p) {
			if s.bars >= p.needs(k) {
				sum += to
			}
		}
		return sum
	}
	const h = 1e-4
	slope := func(x float64) float64 { return (target(x+h) - target(x-h)) / (2 * h) }
	step := 2 * reach / zoneSteps
	best, at := 0.0, 0
	for i := range zoneSteps + 1 {
		if v := slope(-reach + float64(i)*step); v > best {
			best, at = v, i
		}
	}
	if best == 0 {
		return nil
	}
	x := maximise(slope, -reach+float64(at-1)*step, -reach+float64(at+1)*step)
	top := slope(x)
	z := &Zone{Price: s.close * math.Exp(x), USDPerPct: p.risk * top / 100, Bounded: true}
	edge := func(dir float64) float64 {
		a := x
		for i := 1; i <= zoneSteps; i++ {
			b := x + dir*float64(i)*step
			if math.Abs(b) > reach {
				z.Bounded = false
				return dir * reach
			}
			if slope(b) < top/2 {
				return bisect(func(y float64) bool { return slope(y) < top/2 }, a, b)
			}
			a = b
		}
		return a
	}
	low, high := edge(-1), edge(1)
	z.Low, z.High = s.close*math.Exp(low), s.close*math.Exp(high)
	z.USD = p.risk * (target(low) - target(high))
	return z
}

// maximise is the golden-section search (Kiefer 1953) for the maximum of a function that has one
// between a and b.
func maximise(f func(float64) float64, a, b float64) float64 {
	g := (math.Sqrt(5) - 1) / 2
	c, d := b-g*(b-a), a+g*(b-a)
	fc, fd := f(c), f(d)
	for range 40 {
		if fc > fd {
			b, d, fd = d, c, fc
			c = b - g*(b-a)
			fc = f(c)
		} else {
			a, c, fc = c, d, fd
			d = a + g*(b-a)
			fd = f(d)
		}
	}
	return (a + b) / 2
}

// bisect narrows down where a condition begins to hold between a, where it does not, and b, where it
// does.
func bisect(holds func(float64) bool, a, b float64) float64 {
	for range 50 {
		m := (a + b) / 2
		if holds(m) {
			b = m
		} else {
			a = m
		}
	}
	return (a + b) / 2
}
