package household

import (
	"math"

	"faultline/assumption"
)

// The assets that households own, by their names in a universe. The S&P 500 and Treasuries may stand
// beside them in the universe: households do not trade those.
const (
	BTC    = "BTC"
	ETH    = "ETH"
	NDX    = "NDX"    // Nasdaq 100
	HiBeta = "HIBETA" // market.HighBeta, in equal parts
)

// owned is how many assets households own.
const owned = 4

// assetIDs lists them in the order of every row.
var assetIDs = [owned]string{BTC, ETH, NDX, HiBeta}

// keys are the endings of their names in the register.
var keys = [owned]string{"btc", "eth", "ndx", "hibeta"}

// Kinds are the kinds of household, in order.
var Kinds = [...]string{"margin", "crypto"}

// kind is one kind of household, all its members taken together.
//
// Let q_i be the units held of asset i, S_i its price in dollars, A = Σ q_i·S_i the assets, D the debt and
// E = A − D the equity, with D = B·E at the last close. Two needs make it sell, both in dollars.
//
// Leverage. Debt above the target leverage B by more than the tolerance τ is repaid out of sales:
//
//	need = min(D, max(0, D − B·(1 + τ)·E))
//
// For a fall that multiplies the assets by 1 + R and τ = 0 this is −B·A·R, equation 3 of Greenwood, Landier
// and Thesmar ("Vulnerable banks", Journal of Financial Economics 115, 2015, 471–485). Their banks also buy
// back after gains; households do not.
//
// Liquidity. Of what has been lost beyond the share θ of the equity at the last close, E₀, the share κ is
// raised by sales and taken out. With P what was taken out before:
//
//	need = max(0, κ·((1 − θ)·E₀ − E − P) − P)
//
// This is the selling of Cont and Wagalath ("Running for the exit: distressed selling and endogenous
// correlation in financial markets", Mathematical Finance 23, 2013, 718–741; "Fire sales forensics:
// measuring endogenous risk", Mathematical Finance 26, 2016, 835–866): nothing down to a threshold of the
// fund's value, then in proportion to the loss, in all positions at once.
//
// Of both needs the share 1 − (1 − speed)^f is met in a step that spans the share f of a session, so that
// splitting a step changes nothing where prices stand still.
type kind struct {
	held      [owned]float64 // dollars at the last close
	debt      float64        // dollars at the last close
	leverage  float64        // B
	tolerance float64        // τ
	propel    float64        // κ
	threshold float64        // θ
	speed     float64        // share of the need that is met within a session
}

// rules are the numbers of the register, read once.
type rules struct {
	kinds  [len(Kinds)]kind
	weight [owned]float64 // willingness to sell a dollar of each asset
}

func read(a assumption.Set) rules {
	var r rules
	scale := a.Value("household.assets_scale")
	for i, key := range keys {
		r.weight[i] = a.Value("household.sell_" + key)
	}
	for k, name := range Kinds {
		value := func(what string) float64 { return a.Value("household." + name + "_" + what) }
		h := kind{
			leverage: value("leverage"), tolerance: value("tolerance"), propel: value("propensity"),
			threshold: value("threshold"), speed: value("speed"),
		}
		assets, sum := scale*value("assets"), 0.0
		for i, key := range keys {
			h.held[i] = value(key)
			sum += h.held[i]
		}
		for i := range h.held {
			if sum > 0 {
				h.held[i] *= assets / sum // the weights are shares of what they add up to
			}
		}
		if sum > 0 {
			h.debt = assets * h.leverage / (1 + h.leverage)
		}
		r.kinds[k] = h
	}
	return r
}

// equity at the last close.
func (k *kind) equity() float64 {
	sum := -k.debt
	for _, x := range k.held {
		sum += x
	}
	return sum
}

// needs are the dollars to raise for the debt and to take out, where assets are worth as much, debt is
// owed and raised was taken out before.
func (k *kind) needs(assets, debt, raised float64) (repay, raise float64) {
	equity := assets - debt
	repay = min(max(debt-k.leverage*(1+k.tolerance)*equity, 0), debt)
	raise = max(k.propel*((1-k.threshold)*k.equity()-equity-raised)-raised, 0)
	return repay, raise
}

// share of a need that is met in a step.
func (k *kind) share(frac float64) float64 { return 1 - math.Pow(1-k.speed, frac) }

// split spreads dollars to raise over holdings, in proportion to weight times value, and never more than
// there is of each: what one asset cannot give is asked of the others. It returns what was raised.
func split(need float64, value, weight *[owned]float64, sale *[owned]float64) float64 {
	*sale = [owned]float64{}
	done := [owned]bool{}
	left := need
	for range owned {
		sum := 0.0
		for i := range owned {
			if !done[i] {
				sum += weight[i] * value[i]
			}
		}
		if !(sum > 0) || !(left > 0) {
			break
		}
		full, ask := false, left
		for i := range owned {
			if !done[i] && ask*weight[i] >= sum && weight[i]*value[i] > 0 { // asked for all of it or more
				sale[i], done[i], full = value[i], true, true
				left -= value[i]
			}
		}
		if full {
			continue
		}
		for i := range owned {
			if !done[i] {
				sale[i] = ask * weight[i] * value[i] / sum
			}
		}
		left = 0
	}
	raised := 0.0
	for i := range owned {
		raised += sale[i]
	}
	return raised
}
