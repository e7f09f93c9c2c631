package expr

import (
	"math"
	"strconv"
	"strings"

	"faultline/evidence"
)

const (
	// volSessions are the daily returns by which an asset is set against the S&P 500:
	// a quarter of a year.
	volSessions = 63
	// beside is how many days of that quarter both must have: all but a week of holidays of either.
	beside = volSessions - 5
	// barrierShift is −ζ(1/2)/√(2π), by which a barrier that is looked at once a session lies farther off
	// (Broadie, Glasserman and Kou, "A continuity correction for discrete barrier options", Mathematical
	// Finance 7, 1997).
	barrierShift = 0.5825971579390107
)

// implied is the risk-neutral probability that an asset moves, from its last close until a day: implied.below
// that it closes the day below the move, implied.touch that it closes beyond it on any day until then.
//
// It is the lognormal approximation, for want of chains of that day: without drift (interest less dividends of a
// few months is small beside the volatility), at one volatility σ for all strikes and terms. For the S&P 500
// that is the VIX; for other assets σ² = β²·VIX² + ε², with β and the residual variance ε² of a regression without
// constant of their daily log returns on those of the S&P 500 over the last 63 sessions: what moves with the market
// is priced as the VIX says, what is the asset's own stays as it was realised.
//
//	below: N((b + σ²T/2)/(σ√T)),  b = ln(1 + move)
//	touch: N((b − νT)/(σ√T)) + e^(−b)·N((b + νT)/(σ√T)),  ν = −σ²/2, b < 0, and its mirror image for b > 0
//
// the second with b shifted outwards by 0.5826·σ·√(1/252), since closes are looked at (Shreve, Stochastic
// Calculus for Finance II, 2004, section 7.2). Low strikes are dearer than one volatility says, so that far falls
// are priced at more than this.
func (o stateObserver) implied(u Use, what, ticker, until, text string) (row, error) {
	move, _ := moveOf(text)
	asset := o.closes(ticker)
	vix := o.closes("VIX")
	if len(asset) == 0 || len(vix) == 0 {
		return row{}, none(u)
	}
	sigma := vix[len(vix)-1]
	out := row{about: sigma.about, known: sigma.known, grade: evidence.Weakest(evidence.Modelled, evidence.Weakest(sigma.grade, asset[len(asset)-1].grade))}
	vol := sigma.value / 100
	if ticker != "SPX" {
		beta, own, ok := besideIndex(asset, o.closes("SPX"))
		if !ok {
			return row{}, &evidence.Absent{Code: "implied_needs_history", Args: evidence.Args{"instrument": ticker, "sessions": volSessions}}
		}
		vol = math.Sqrt(beta*beta*vol*vol + own)
	}
	years := float64(unixDay(until)+86400-o.at) / (365 * 86400)
	b := math.Log1p(move)
	if !(years > 0) || !(vol > 0) {
		return row{}, none(u)
	}
	s := vol * math.Sqrt(years)
	if what == "below" {
		out.value = normal((b + s*s/2) / s)
		return out, nil
	}
	out.value = touch(b+math.Copysign(barrierShift*vol*math.Sqrt(1./252), b), s)
	return out, nil
}

// touch is the probability that a logarithm without drift in the price, of standard deviation s at the end, reaches b.
func touch(b, s float64) float64 {
	nu, sign := -s*s/2, 1.0
	if b > 0 {
		sign = -1
	}
	return min(1, normal(sign*(b-nu)/s)+math.Exp(-b)*normal(sign*(b+nu)/s))
}

func normal(x float64) float64 { return math.Erfc(-x/math.Sqrt2) / 2 }

// besideIndex is the beta of an asset on the index and the variance a year of what it does not explain, from daily
// log returns on the last common days. Means are left out: over a quarter they are nothing beside the deviations.
func besideIndex(asset, index []row) (beta, own float64, ok bool) {
	at := map[int64]float64{}
	for _, r := range index {
		at[r.about] = r.value
	}
	var x, y []float64
	for i := len(asset) - 1; i >= 0 && len(x) <= volSessions; i-- {
		if v, ok := at[asset[i].about]; ok && v > 0 && asset[i].value > 0 {
			x, y = append(x, math.Log(v)), append(y, math.Log(asset[i].value))
		}
	}
	n := len(x) - 1
	if n < beside {
		return 0, 0, false
	}
	var xx, xy, yy float64
	for i := range n {
		p, q := x[i+1]-x[i], y[i+1]-y[i]
		xx, xy, yy = xx+p*p, xy+p*q, yy+q*q
	}
	if !(xx > 0) {
		return 0, 0, false
	}
	beta = xy / xx
	return beta, 252 * max(0, yy-beta*xy) / float64(n-1), true
}

// moveOf reads a move such as -20%, 0% or +5%.
func moveOf(text string) (float64, bool) {
	number, percent := strings.CutSuffix(text, "%")
	x, err := strconv.ParseFloat(number, 64)
	return x / 100, percent && err == nil && x > -100 && x <= 1000
}
