package cta

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math"

	"faultline/evidence"
	"faultline/flow"
	"faultline/market"
)

// budget is what a correlation-aware risk budget needs: the markets of the programs as they stand at one
// instant, and how their returns have moved together. By itself each market is scaled by its own volatility
// alone, as if the book's risk were the sum of its parts. With the budget one factor scales all of them, so
// that the volatility of the whole book, correlations included, meets a target:
//
//	e_i    = R_i · s_i · σ_i/max(σ_i, floor)       risk that market i's target carries, dollars a year, signed
//	σ_book = √(Σ_ij e_i e_j C_ij)                  C the trailing correlation of returns
//	σ_full = √(Σ_ij R_i R_j K_ij)                  what the register's risks add up to at full signal
//	φ      = min( σ_full · Σ|e_i|/ΣR_i / σ_book , cap ) ^ strength
//
// K is the correlation that the register assumes: 1 within a region of equities or a class, ρ between two
// regions, 0 between classes. The target shrinks with the mean conviction Σ|e|/ΣR, so that programs without
// a signal hold nothing; a book that hedges itself would be levered without limit, hence the cap. One factor
// for the whole book is that of Baltas and Kosowski (2015, "Demystifying time-series momentum strategies:
// volatility estimators, trading rules and pairwise correlations"), who scale by the mean signed correlation.
// φ is 1 for a single market, whatever its signal.
type budget struct {
	legs  []budgetLeg
	moves []float64 // C, [market·markets+market]
}

type budgetLeg struct {
	venue
	share  float64
	signed float64 // e for a dollar of R
}

// newBudgetLeg reads what a snapshot's target carries. Speeds that are not known hold nothing.
func newBudgetLeg(p *params, l leg) budgetLeg {
	s := 0.0
	for k, to := range l.shot.targets(p) {
		if l.shot.bars >= p.needs(k) {
			s += to
		}
	}
	return budgetLeg{venue: l.venue, share: l.share, signed: s * math.Sqrt(l.shot.square) / perYear}
}

// lever is φ. capped reports whether the cap holds it.
func (b *budget) lever(p *params) (factor float64, capped bool) {
	n := len(b.legs)
	risk, signed := make([]float64, n), make([]float64, n)
	all, conviction := 0.0, 0.0
	for i := range b.legs {
		l := &b.legs[i]
		risk[i] = p.riskOf(l.class) * l.share
		signed[i] = risk[i] * l.signed
		all += risk[i]
		conviction += math.Abs(signed[i])
	}
	if !(conviction > 0) {
		return 1, false // nothing is held, and so nothing is scaled
	}
	book, full := 0.0, 0.0
	for i := range n {
		for j := range n {
			book += signed[i] * signed[j] * b.moves[i*n+j]
			full += risk[i] * risk[j] * p.assumed(&b.legs[i].venue, &b.legs[j].venue)
		}
	}
	factor = math.Sqrt(full) * conviction / all / math.Sqrt(max(book, 0))
	if !(factor < p.budgetCap) {
		factor, capped = p.budgetCap, true
	}
	return math.Pow(factor, p.budget), capped
}

// assumed is the correlation of two markets that the register's risks rest on.
func (p *params) assumed(a, b *venue) float64 {
	switch {
	case a.class != b.class:
		return 0
	case a.region != b.region:
		return p.together
	}
	return 1
}

// levered is the parameters with every risk scaled.
func (p params) levered(factor float64) params {
	p.risk *= factor
	p.other *= factor
	p.crypto *= factor
	return p
}

// budgetOf builds the budget of every market that the State holds, or returns nil where the register asks
// for none. A market that cannot be used is left out, as it is left out of the positions. It is an absence
// where a market stands on derived state: that holds no returns.
func budgetOf(s *market.State, memo *flow.Memo, p *params) (*budget, error) {
	if p.budget == 0 {
		return nil, nil
	}
	b := &budget{}
	var hist []*history
	for _, class := range []Class{Equity, Rates, Currency, Metal, Energy, Crypto} {
		var legs []leg
		var have []venue
		for _, v := range present(s, class) {
			x, err := shared(memo, s, p, v)
			var none *evidence.Absent
			if errors.As(err, &none) {
				continue
			}
			if err != nil {
				return nil, err
			}
			if x.shot.from == "derived_state" {
				return nil, absent("risk_budget_unknown", evidence.Args{"instrument": v.id})
			}
			h, err := daily(s, v)
			if err != nil {
				return nil, fmt.Errorf("risk budget of cta: %s: %w", v.id, err)
			}
			legs, have, hist = append(legs, leg{venue: v, shot: x.shot}), append(have, v), append(hist, h)
		}
		for i, share := range shares(have) {
			legs[i].share = share
			b.legs = append(b.legs, newBudgetLeg(p, legs[i]))
		}
	}
	if len(hist) == 0 {
		return nil, nil
	}
	digest := s.Digest()
	key := fmt.Sprintf("cta/budget/%x/%s", p.budgetSpan, hex.EncodeToString(digest[:]))
	var err error
	b.moves, err = flow.Once(memo, key, func() ([]float64, error) { return correlations(hist, p.budgetSpan), nil })
	return b, err
}

// overlap is the sessions of a return from which correlations are measured. Markets close at different hours;
// of two sessions most of what they share falls into the same return (Forbes and Rigobon 2002 average two
// days for this reason).
const overlap = 2

// correlations is the trailing correlation of log returns over two sessions of the first market, which
// overlap, [market·markets+market]:
//
//	c_ij = Σ_t w_t x_it x_jt / √(Σ w x_i² · Σ w x_j²),   w_t = (1−α)^(sessions before the last), α = 2/(span+1)
//
// A market keeps its last price over its holidays and before it begins, so that all share one set of weights
// and no book can have a variance below zero. A young market's correlations are drawn towards zero by that.
func correlations(hist []*history, span float64) []float64 {
	n := len(hist)
	grid := hist[0].date
	level := make([][]float64, n) // log of the carry-adjusted price at each session of the first market
	for m, h := range hist {
		level[m] = make([]float64, len(grid))
		x, next := 0.0, 1 // its first close is where the level is 0
		for t, d := range grid {
			for next < len(h.date) && h.date[next] <= d {
				x += math.Log(h.growth[next])
				next++
			}
			level[m][t] = x
		}
	}
	sum := make([]float64, n*n)
	keep := 1 - 2/(span+1)
	x := make([]float64, n)
	for t := overlap; t < len(grid); t++ {
		for m := range x {
			x[m] = level[m][t] - level[m][t-overlap]
		}
		for i := range n {
			for j := range i + 1 {
				sum[i*n+j] = keep*sum[i*n+j] + x[i]*x[j]
			}
		}
	}
	out := make([]float64, n*n)
	for i := range n {
		out[i*n+i] = 1
		for j := range i {
			if v := sum[i*n+i] * sum[j*n+j]; v > 0 {
				out[i*n+j] = sum[i*n+j] / math.Sqrt(v)
				out[j*n+i] = out[i*n+j]
			}
		}
	}
	return out
}

// budgeted is the parameters whose risks meet the budget, and what is to be said of it. Where the budget
// cannot be known the risks stay as they are and a caveat says so: fewer data mean a weaker answer, not none.
func budgeted(s *market.State, memo *flow.Memo, p params) (params, *budget, *evidence.Code, error) {
	b, err := budgetOf(s, memo, &p)
	var none *evidence.Absent
	if errors.As(err, &none) && none.Code == "risk_budget_unknown" {
		c := none.Reason()
		return p, nil, &c, nil
	}
	if b == nil || err != nil {
		return p, nil, nil, err
	}
	factor, capped := b.lever(&p)
	c := evidence.Code{Code: "risk_budget", Args: evidence.Args{"scale": math.Round(factor*1000) / 1000, "markets": len(b.legs)}}
	if capped {
		c.Code = "risk_budget_capped"
	}
	return p.levered(factor), b, &c, nil
}

// under is the parameters of a draw whose risks meet the same budget; b may be nil.
func (p params) under(b *budget) params {
	if b == nil {
		return p
	}
	factor, _ := b.lever(&p)
	return p.levered(factor)
}
