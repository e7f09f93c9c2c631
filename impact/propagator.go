package impact

import "math"

// Propagator is how the volume that a flow has left in the market wears off: after t sessions
//
//	G(t) = Permanent + Fast·e^(−t/FastSessions) + (1 − Permanent − Fast)·e^(−t/SlowSessions)
//
// of each dollar still counts. The price stands at the law's displacement for what still counts, which is
// model 1 of Alfonsi, Fruth and Schied (2010, Quantitative Finance 10, equation 3) with several speeds;
// for the linear law it is the propagator of Bouchaud, Gefen, Potters and Wyart (2004, Quantitative
// Finance 4). Three exponentials stand for the power law: Bucci, Benzaquen, Lillo and Bouchaud (2018,
// Market Microstructure and Liquidity 4) find two thirds of the peak left at the end of a day and about
// one third after fifty days, and the three terms meet those two points.
type Propagator struct {
	Permanent, Fast            float64
	FastSessions, SlowSessions float64
}

// Check says what of a propagator cannot be used.
func (p Propagator) Check() error {
	if !(p.Permanent >= 0 && p.Fast >= 0 && p.Permanent+p.Fast <= 1) {
		return &InputError{"permanent and fast share", p.Permanent + p.Fast, "must lie between 0 and 1, each above 0"}
	}
	if err := above("fast decay", p.FastSessions); err != nil {
		return err
	}
	return above("slow decay", p.SlowSessions)
}

// Left is G(t), the share of a dollar that still counts after t sessions.
func (p Propagator) Left(sessions float64) float64 {
	return p.Permanent + p.Fast*math.Exp(-sessions/p.FastSessions) +
		(1-p.Permanent-p.Fast)*math.Exp(-sessions/p.SlowSessions)
}

// Factors are what the fast and the slow part keep over a step of t sessions.
func (p Propagator) Factors(sessions float64) (fast, slow float64) {
	return math.Exp(-sessions / p.FastSessions), math.Exp(-sessions / p.SlowSessions)
}

// Spread are what is left of the fast and the slow part of a flow spread evenly over a step of t sessions,
// at its end: (1 − e^(−t/T))·T/t.
func (p Propagator) Spread(sessions float64) (fast, slow float64) {
	mean := func(x float64) float64 {
		if x == 0 {
			return 1
		}
		return -math.Expm1(-x) / x
	}
	return mean(sessions / p.FastSessions), mean(sessions / p.SlowSessions)
}

// Lasting is the propagator of a permanent impact, as the inelastic law has it.
func Lasting() Propagator { return Propagator{Permanent: 1, FastSessions: 1, SlowSessions: 1} }
