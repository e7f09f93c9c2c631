package pack

import (
	"fmt"
	"math"
	"time"

	"faultline/calendar"
)

// smile is the volatility surface of a synthetic chain: the SSVI surface of Gatheral and Jacquier
// (Quantitative Finance 14, 2014, 59–71, section 4) over a term structure of total variance,
//
//	w(k, θ) = θ/2 · (1 + ρ·φ·k + √((φ·k + ρ)² + 1 − ρ²)),   φ = η / √(θ·(1 + θ)),
//
// where k is ln(strike/forward) and w is volatility² × years. With η·(1+|ρ|) ≤ 2 it has no butterfly
// arbitrage, and with θ growing in time no calendar arbitrage (their corollary 4.1 and theorem 4.1).
//
// θ is a constant share of the total variance V(τ) of a variance swap, where τ is variance time: one
// forward variance up to the first close, so that the volatility of one session is the published
// VIX1D; another from there to 30 days, so that the model-free variance of 30 days is the published
// VIX squared; and from there on a decay to a long-run level at the rate smileDecay a year.
type smile struct {
	at               time.Time
	clock            calendar.Clock
	tau1, tau30      float64 // variance time to the next close and over 30 days
	near, mid, limit float64 // forward variance a year: first session, up to 30 days, in the long run
	share            float64 // θ as a share of V
}

const (
	smileRho   = -0.70 // skew of a large equity index
	smileEta   = 1.10  // with ρ, a slope of −1.3 volatilities per unit of log strike at 30 days
	smileDecay = 4.0   // a year: half of a gap to the long run is left after two months
)

// newSmile fits the surface to volatilities a year, decimal: of 30 calendar days, of the next session
// (0: not published, the forward variance of the 30 days holds for it too), and in the long run.
func newSmile(at time.Time, vol30, vol1d, longVol float64) (*smile, error) {
	s := &smile{at: at, clock: calendar.DefaultClock(), limit: longVol * longVol}
	next, err := calendar.NYSE().Next(calendar.DateIn(at, calendar.NewYork()))
	if err != nil {
		return nil, err
	}
	if s.tau1, err = s.clock.Years(calendar.NYSE(), at, next.Close); err != nil {
		return nil, err
	}
	if s.tau30, err = s.clock.Years(calendar.NYSE(), at, at.AddDate(0, 0, 30)); err != nil {
		return nil, err
	}
	total30 := vol30 * vol30 * 30 / 365
	if vol1d > 0 {
		total1 := vol1d * vol1d / 252
		s.near, s.mid = total1/s.tau1, (total30-total1)/(s.tau30-s.tau1)
	} else {
		s.near = total30 / s.tau30
		s.mid = s.near
	}
	if !(s.near > 0 && s.mid > 0 && s.limit > 0) {
		return nil, fmt.Errorf("volatilities %v over 30 days, %v over one and %v in the long run leave no positive forward variance", vol30, vol1d, longVol)
	}
	// The share is found by iterating on the 30 days: it hardly depends on θ, and four rounds leave
	// less than 1e-6 of VIX.
	s.share = 1
	for range 4 {
		s.share *= total30 / modelFree(s.share*total30)
	}
	return s, nil
}

// total is V(τ).
func (s *smile) total(tau float64) float64 {
	switch {
	case tau <= s.tau1:
		return s.near * tau
	case tau <= s.tau30:
		return s.near*s.tau1 + s.mid*(tau-s.tau1)
	}
	rest := tau - s.tau30
	return s.near*s.tau1 + s.mid*(s.tau30-s.tau1) + s.limit*rest + (s.mid-s.limit)*(1-math.Exp(-smileDecay*rest))/smileDecay
}

// theta is the total variance at the money at a settlement.
func (s *smile) theta(settle time.Time) (float64, error) {
	tau, err := s.clock.Years(calendar.NYSE(), s.at, settle)
	if err != nil {
		return 0, err
	}
	return s.share * s.total(tau), nil
}

// ssvi is w(k, θ).
func ssvi(k, theta float64) float64 {
	phi := smileEta / math.Sqrt(theta*(1+theta))
	x := phi*k + smileRho
	return theta / 2 * (1 + smileRho*phi*k + math.Sqrt(x*x+1-smileRho*smileRho))
}

// modelFree is the total variance of a variance swap on the smile of one θ,
//
//	2 ∫ Q(k)·e^(−k) dk,   Q the price of the out-of-the-money option on a forward of 1,
//
// (Britten-Jones and Neuberger 2000; the VIX methodology sums the same integrand), by Simpson's rule
// over ±12 standard deviations.
func modelFree(theta float64) float64 {
	const n = 600
	width := 12 * math.Sqrt(theta)
	h := 2 * width / n
	sum := 0.0
	for i := range n + 1 {
		k := -width + float64(i)*h
		weight := 2.0
		switch {
		case i == 0 || i == n:
			weight = 1
		case i%2 == 1:
			weight = 4
		}
		sum += weight * outOfMoney(k, ssvi(k, theta)) * math.Exp(-k)
	}
	return 2 * sum * h / 3
}
