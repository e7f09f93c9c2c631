package dealer

import (
	"math"
	"time"

	"faultline/assumption"
	"faultline/evidence"
)

// Roll is what leaves when an expiry settles, and what is left then.
type Roll struct {
	Settle  time.Time
	Roots   []string // that settle at this instant
	GEX     float64  // dollars per 1 % that leave, signed
	VEX     float64  // dollars per volatility point that leave
	Share   float64  // of all gamma, calls and puts unsigned, that leaves
	LeftGEX float64  // dollars per 1 % of what settles later
	Zero    Level    // nearest zero gamma of what settles later, today's prices otherwise unchanged
}

// RollOff lists the next n settlements. Gamma is today's: what is left is priced as it stands now, so
// that the difference is the expiry's alone.
func RollOff(h *Holding, a assumption.Set, n int) []Roll {
	s := h.stock()
	c := s.now()
	e := measure(s, c)
	m := h.mix(a, nil)
	e.apply(m)
	w := m.base()
	gross, all := make([]float64, len(h.Book.Expiries)), 0.0
	for x, row := range e.byExpiry[gex] {
		for _, p := range e.held {
			gross[x] += math.Abs(w[p] * row[p])
		}
		all += gross[x]
	}
	var out []Roll
	for x := 0; x < len(h.Book.Expiries) && len(out) < n; {
		r := Roll{Settle: h.Book.Expiries[x].Settle}
		for ; x < len(h.Book.Expiries) && h.Book.Expiries[x].Settle.Equal(r.Settle); x++ {
			r.Roots = append(r.Roots, h.Book.Expiries[x].Root)
			r.GEX += e.GEX.ByExpiry.Value[x]
			r.VEX += e.VEX.ByExpiry.Value[x]
			if all > 0 {
				r.Share += gross[x] / all
			}
		}
		for later := x; later < len(h.Book.Expiries); later++ {
			r.LeftGEX += e.GEX.ByExpiry.Value[later]
		}
		r.Zero = s.zeroAfter(r.Settle, w, a.Value("dealer.search"))
		out = append(out, r)
	}
	return out
}

// zeroAfter is the zero gamma nearest to spot of what settles after an instant.
func (s *stock) zeroAfter(settle time.Time, w *weights, span float64) Level {
	b := s.h.Book
	c := s.at(b.Quoted, settle.Add(1), spotOf(b))
	l := Level{Kind: KindZeroGamma}
	if len(c.strike) == 0 {
		l.Absent = &evidence.Absent{Code: "nothing_left", Args: evidence.Args{"underlying": b.Underlying}}
		return l
	}
	found, absent := zero(c.fineBasis(span, spotOf(b)), c, w, b.Underlying)
	l.Absent = absent
	for i, x := range found {
		if i == 0 || math.Abs(x.Price-spotOf(b)) < math.Abs(l.Price-spotOf(b)) {
			l.Price, l.Cross = x.Price, &found[i]
		}
	}
	return l
}
