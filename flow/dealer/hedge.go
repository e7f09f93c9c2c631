package dealer

import (
	"time"

	"faultline/assumption"
)

// Moves are the moves of the hedging table, as ratios.
var Moves = []float64{-0.05, -0.03, -0.02, -0.01, -0.005, -0.0025, -0.001, 0, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.05}

// Hedge is what must be traded so that the holding stays hedged, by move of the price. Buying is
// positive; each trade counts at the price that the move leads to. Volatility stays with its strike.
type Hedge struct {
	Move    []float64 // ratio
	Price   []float64 // points
	Now     Column    // dollars, when the price jumps there at once
	AtClose Column    // dollars from now to the close, when the price stands there at the close: the move and the time
	Close   time.Time
}

// HedgeTable reprices the deltas of a holding at each move, now and at the session's close. What settles
// before the close is hedged until its settlement.
func HedgeTable(h *Holding, a assumption.Set, draws []assumption.Set, moves []float64) *Hedge {
	s := h.stock()
	spot := spotOf(h.Book)
	t := &Hedge{Move: moves, Price: make([]float64, len(moves)), Close: h.session.Close}
	x := make([]float64, len(moves))
	for i, m := range moves {
		x[i] = 1 + m
		t.Price[i] = spot * x[i]
	}
	now := s.now()
	start := s.deltas(now, []float64{1})
	m := h.mix(a, draws)
	t.Now = m.column(start.rows(s.deltas(now, x), t.Price), start.held)
	t.AtClose = m.column(start.rows(s.deltas(s.at(t.Close, time.Time{}, spot), x), t.Price), start.held)
	return t
}

// deltaTable is the delta of every part over prices, in units.
type deltaTable struct {
	held []int
	part [parts][]float64
}

func (s *stock) deltas(c *columns, x []float64) *deltaTable {
	t := &deltaTable{}
	for p := range parts {
		if s.h.first[p] < s.h.first[p+1] {
			t.held = append(t.held, p)
			t.part[p] = make([]float64, len(x))
		}
	}
	c.delta(&t.part, x)
	return t
}

// rows are the dollars by part that lead from the one price of t to the prices of end.
func (t *deltaTable) rows(end *deltaTable, price []float64) [][parts]float64 {
	rows := make([][parts]float64, len(price))
	for j := range rows {
		for _, p := range t.held {
			rows[j][p] = (t.part[p][0] - end.part[p][j]) * price[j]
		}
	}
	return rows
}
